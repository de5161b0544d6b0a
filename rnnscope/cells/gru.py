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
        gate("z", recurrent_activation(opening), "update gate: how much of the hidden state is kept"),
        gate("r", recurrent_activation(opening), "reset gate: how much of the hidden state the candidate reads"),
        candidate("g", activation(content), "candidate: new content for the hidden state"),
        state("h", z * h_prev + (1 - z) * g, "hidden state: the memory, and what the cell puts out"),
        title="gated recurrent unit",
        papers=("K. Cho et al., Learning Phrase Representations using RNN Encoder-Decoder, EMNLP 2014",),
    )
