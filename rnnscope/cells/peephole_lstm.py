"""LSTM with peepholes: each gate also looks at its own unit's cell state, through one weight per unit."""

from rnnscope.cells import Cell, candidate, gate, linear, peephole, previous, register, sigmoid, state, symbols, tanh, x


@register
def peephole_lstm(activation=tanh, recurrent_activation=sigmoid, unit_forget_bias=True) -> Cell:
    h_prev, c_prev = previous("h"), previous("c")
    i, f, g, c, o = symbols("i f g c o")
    seen = linear(x, h_prev) + peephole(c_prev)
    seen_forget = linear(x, h_prev, bias_start=1 if unit_forget_bias else 0) + peephole(c_prev)
    return Cell(
        "PeepholeLSTM",
        gate("i", recurrent_activation(seen), "how much of the candidate is added", title="input gate"),
        gate("f", recurrent_activation(seen_forget), "how much of the cell state is kept", title="forget gate"),
        candidate("g", activation(linear(x, h_prev)), "new content for the cell state", title="candidate"),
        state("c", f * c_prev + i * g, "the memory that is carried along", title="cell state"),
        gate(
            "o",
            recurrent_activation(linear(x, h_prev) + peephole(c)),
            "it sees the new cell state",
            title="output gate",
        ),
        state("h", o * activation(c), "what the cell puts out", title="hidden state"),
        title="long short-term memory with peepholes",
        year=2000,
        columns=("f", "i", "g", "o"),
        papers=("F. A. Gers, J. Schmidhuber, Recurrent Nets that Time and Count, IJCNN 2000",),
    )
