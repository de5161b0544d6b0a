"""The minimal gated recurrent unit: its gate and its candidate read the input alone, never the state.

Without a recurrent kernel, all time steps of a sequence could be computed at once; here they are computed one after the
other, with the same numbers.
"""

from rnnscope.cells import (
    Cell,
    candidate,
    gate,
    linear,
    linear_activation,
    previous,
    register,
    sigmoid,
    state,
    symbols,
    x,
)


@register
def min_gru(activation=linear_activation, recurrent_activation=sigmoid) -> Cell:
    z, g = symbols("z g")
    return Cell(
        "MinGRU",
        gate("z", recurrent_activation(linear(x)), "how much of the hidden state is replaced", title="update gate"),
        candidate("g", activation(linear(x)), "new content for the hidden state", title="candidate"),
        state("h", (1 - z) * previous("h") + z * g, "the memory, and what the cell puts out", title="hidden state"),
        title="minimal gated recurrent unit",
        year=2024,
        papers=("L. Feng, F. Tung, M. O. Ahmed, Y. Bengio, H. Hajimirsadeghi, Were RNNs All We Needed?, 2024",),
    )
