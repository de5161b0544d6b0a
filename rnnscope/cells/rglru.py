"""The real-gated linear recurrent unit of Griffin: a decay of each unit's own, which a gate raises to a power.

The state never passes through a weight, and gates read the input alone. What is added is scaled so that the state keeps
its size whatever the decay. (The authors' code takes the factor 1 at the first time step of a sequence.)
"""

from sympy import exp, sqrt

from rnnscope.cells import (
    Cell,
    candidate,
    constant,
    gate,
    linear,
    previous,
    register,
    sigmoid,
    softplus,
    state,
    symbols,
    x,
)

SLOW, FAST = -8.98, -4.32
"""Where Λ starts: an open recurrence gate then decays a state by a factor between 0.999 and 0.9."""


@register
def rglru() -> Cell:
    r, i, a, g = symbols("r i a g")
    decay = exp(-8 * r * softplus(constant("Λ", start=(SLOW, FAST))))
    return Cell(
        "RGLRU",
        gate("r", sigmoid(linear(x)), "how fast the hidden state decays", title="recurrence gate"),
        gate("i", sigmoid(linear(x)), "how much of the candidate is added", title="input gate"),
        gate("a", decay, "how much of the hidden state is kept", title="decay"),
        candidate("g", linear(x, bias=False), "new content for the hidden state", title="candidate"),
        state(
            "h",
            a * previous("h") + sqrt(1 - a**2) * (i * g),
            "the memory, and what the cell puts out",
            title="hidden state",
        ),
        title="real-gated linear recurrent unit",
        year=2024,
        papers=("S. De et al., Griffin: Mixing Gated Linear Recurrences with Local Attention, 2024",),
    )
