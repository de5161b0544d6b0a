"""The minimal gated unit: one forget gate both hides the old state from the candidate and blends the two."""

from rnnscope.cells import Cell, candidate, gate, linear, previous, register, sigmoid, state, symbols, tanh, x


@register
def minimal_gated_unit(activation=tanh, recurrent_activation=sigmoid) -> Cell:
    h_prev = previous("h")
    f, g = symbols("f g")
    return Cell(
        "MinimalGatedUnit",
        gate(
            "f",
            recurrent_activation(linear(x, h_prev)),
            "how much of the hidden state is replaced",
            title="forget gate",
        ),
        candidate("g", activation(linear(x, f * h_prev)), "new content for the hidden state", title="candidate"),
        state("h", (1 - f) * h_prev + f * g, "the memory, and what the cell puts out", title="hidden state"),
        title="minimal gated unit",
        year=2016,
        papers=("G.-B. Zhou et al., Minimal Gated Unit for Recurrent Neural Networks, IJAC 13(3), 2016",),
    )
