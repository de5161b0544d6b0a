"""The sLSTM of xLSTM, with one head: exponential gates, and a normalizer and a stabilizer that keep them in bounds.

Its input gate is an exponential and can grow without end, so two more states go along with the cell state. The
normalizer n adds up the weights with which the cell state was written, and the output is divided by it. The stabilizer
m is the logarithm of the largest of these weights, by which all of them are divided: the output is the same, and no
number overflows. Before the first step nothing was written, and m is −∞; a stabilizer that starts at 0 lets all weights
vanish beside it where the input is large, and divides zero by zero.
"""

import numpy as np
from sympy import exp

from rnnscope.cells import (
    Cell,
    candidate,
    gate,
    linear,
    log_sigmoid,
    maximum,
    previous,
    register,
    sigmoid,
    state,
    symbols,
    tanh,
    x,
)


@register
def slstm(activation=tanh, unit_forget_bias=True) -> Cell:
    h_prev, c_prev, n_prev, m_prev = map(previous, ("h", "c", "n", "m"))
    lf, li, m, f, i, g, o, c, n = symbols("lf li m f i g o c n")
    opening = linear(x, h_prev)
    opening_forget = linear(x, h_prev, bias_start=1 if unit_forget_bias else 0)
    return Cell(
        "SLSTM",
        gate("lf", log_sigmoid(opening_forget), "the logarithm of the forget gate", r"\log f", title="log forget gate"),
        gate("li", opening, "the logarithm of the input gate", r"\log i", title="log input gate"),
        state("m", maximum(lf + m_prev, li), "the largest logarithm of a weight", title="stabilizer", start=-np.inf),
        gate("f", exp(lf + m_prev - m), "how much of the cell state is kept", "f'", title="forget gate"),
        gate("i", exp(li - m), "how much of the candidate is added", "i'", title="input gate"),
        candidate("g", activation(opening), "new content for the cell state", title="candidate"),
        gate("o", sigmoid(opening), "how much of the cell state is shown", title="output gate"),
        state("c", f * c_prev + i * g, "the memory that is carried along", title="cell state"),
        state("n", f * n_prev + i, "how much weight the cell state holds", title="normalizer"),
        state("h", o * c / n, "what the cell puts out", title="hidden state"),
        title="long short-term memory with exponential gates",
        year=2024,
        papers=("M. Beck et al., xLSTM: Extended Long Short-Term Memory, NeurIPS 2024",),
    )
