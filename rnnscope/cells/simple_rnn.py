"""The simple recurrent cell: the hidden state is the only memory, and every step rewrites all of it."""

from rnnscope.cells import Cell, linear, previous, register, state, tanh, x


@register
def simple_rnn(activation=tanh) -> Cell:
    h_prev = previous("h")
    return Cell(
        "SimpleRNN",
        state("h", activation(linear(x, h_prev)), "what the cell remembers and puts out", title="hidden state"),
        title="simple recurrent network",
        year=1990,
        papers=("J. L. Elman, Finding Structure in Time, Cognitive Science 14(2), 1990",),
    )
