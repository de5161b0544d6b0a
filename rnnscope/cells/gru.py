"""The gated recurrent unit: one update gate blends the old hidden state with a candidate, no separate cell state.

In the form of 2014 the reset gate scales the hidden state before the matrix product; in the form that Keras and
PyTorch run by default it scales the product, bias included.
"""

from rnnscope.cells import Cell, candidate, gate, linear, previous, register, sigmoid, state, symbols, tanh, x


@register
def gru(activation=tanh, recurrent_activation=sigmoid, reset_after=True) -> Cell:
    h_prev = previous("h")
    z, r, g = symbols("z r g")
    if reset_after:
        opening = linear(x) + linear(h_prev)
        content = linear(x) + r * linear(h_prev)
    else:
        opening = linear(x, h_prev)
        content = linear(x, r * h_prev)
    return Cell(
        "GRU",
        gate("z", recurrent_activation(opening), "how much of the hidden state is kept", title="update gate"),
        gate(
            "r", recurrent_activation(opening), "how much of the hidden state the candidate reads", title="reset gate"
        ),
        candidate("g", activation(content), "new content for the hidden state", title="candidate"),
        state("h", z * h_prev + (1 - z) * g, "the memory, and what the cell puts out", title="hidden state"),
        title="gated recurrent unit",
        year=2014,
        papers=("K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, EMNLP 2014",),
    )
