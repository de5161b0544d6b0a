"""Long short-term memory: a cell state runs along the top, and three gates decide what is kept, added and shown."""

from rnnscope.cells import Cell, candidate, gate, linear, previous, register, sigmoid, state, symbols, tanh, x


@register
def lstm(activation=tanh, recurrent_activation=sigmoid, unit_forget_bias=True) -> Cell:
    h_prev, c_prev = previous("h"), previous("c")
    i, f, g, o, c = symbols("i f g o c")
    forget_start = 1 if unit_forget_bias else 0
    return Cell(
        "LSTM",
        gate("i", recurrent_activation(linear(x, h_prev)), "how much of the candidate is added", title="input gate"),
        gate(
            "f",
            recurrent_activation(linear(x, h_prev, bias_start=forget_start)),
            "how much of the cell state is kept",
            title="forget gate",
        ),
        candidate("g", activation(linear(x, h_prev)), "new content for the cell state", title="candidate"),
        gate("o", recurrent_activation(linear(x, h_prev)), "how much of the cell state is shown", title="output gate"),
        state("c", f * c_prev + i * g, "the memory that is carried along", title="cell state"),
        state("h", o * activation(c), "what the cell puts out", title="hidden state"),
        title="long short-term memory",
        year=1997,
        columns=("f", "i", "g", "o"),
        papers=(
            "S. Hochreiter, J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997",
            "F. A. Gers, J. Schmidhuber, F. Cummins, Learning to Forget, Neural Computation 12(10), 2000",
        ),
    )
