"""Cells of other papers, declared in the words of the library: the page about them runs, trains and checks each."""

import numpy as np
from sympy import exp

import rnnscope as rs
from rnnscope.cells import (
    Cell,
    candidate,
    constant,
    gate,
    linear,
    maximum,
    peephole,
    previous,
    relu,
    sigmoid,
    softplus,
    state,
    symbols,
    tanh,
    x,
)


def min_lstm():
    """An LSTM without recurrent kernel and without output gate, whose two gates are made to add up to one.

    L. Feng et al., *Were RNNs All We Needed?*, arXiv 2410.01201.
    """
    f, i, g = symbols("f i g")
    return Cell(
        "MinLSTM",
        gate("f", sigmoid(linear(x)), "how much of the hidden state is kept", title="forget gate"),
        gate("i", sigmoid(linear(x)), "how much of the candidate is added", title="input gate"),
        candidate("g", linear(x), "new content", title="candidate"),
        state("h", (f * previous("h") + i * g) / (f + i), "the memory, and what is put out", title="hidden state"),
    )


def ind_rnn():
    """Units that do not see each other: each reads only its own state, through one weight.

    S. Li et al., *Independently Recurrent Neural Network*, arXiv 1803.04831.
    """
    return Cell(
        "IndRNN",
        state("h", relu(linear(x) + peephole(previous("h"))), "what each unit keeps by itself", title="hidden state"),
    )


def ugrnn():
    """One update gate, and nothing else.

    J. Collins, J. Sohl-Dickstein, D. Sussillo, *Capacity and Trainability in Recurrent Neural Networks*,
    arXiv 1611.09913.
    """
    z, g, h_prev = *symbols("z g"), previous("h")
    return Cell(
        "UGRNN",
        gate("z", sigmoid(linear(x, h_prev)), "how much of the hidden state is kept", title="update gate"),
        candidate("g", tanh(linear(x, h_prev)), "new content", title="candidate"),
        state("h", z * h_prev + (1 - z) * g, "the memory, and what is put out", title="hidden state"),
    )


def li_gru():
    """A GRU for speech without reset gate, with relu. The batch normalization of the paper is left out here.

    M. Ravanelli et al., *Light Gated Recurrent Units for Speech Recognition*, arXiv 1803.10225.
    """
    z, g, h_prev = *symbols("z g"), previous("h")
    return Cell(
        "LiGRU",
        gate("z", sigmoid(linear(x, h_prev, bias=False)), "how much of the hidden state is kept", title="update gate"),
        candidate("g", relu(linear(x, h_prev, bias=False)), "new content, without end", title="candidate"),
        state("h", z * h_prev + (1 - z) * g, "the memory, and what is put out", title="hidden state"),
    )


def janet():
    """An LSTM of which only the forget gate is left; it lets in a little less than it forgets.

    J. van der Westhuizen, J. Lasenby, *The Unreasonable Effectiveness of the Forget Gate*, arXiv 1804.04849.
    """
    s, f, i, g = symbols("s f i g")
    h_prev = previous("h")
    return Cell(
        "JANET",
        gate("s", linear(x, h_prev, bias_start=1), "what both gates are made of", title="opening"),
        gate("f", sigmoid(s), "how much of the hidden state is kept", title="forget gate"),
        gate("i", 1 - sigmoid(s - 1), "how much of the candidate is added", title="input gate"),
        candidate("g", tanh(linear(x, h_prev)), "new content", title="candidate"),
        state("h", f * h_prev + i * g, "the memory, and what is put out", title="hidden state"),
    )


def sru():
    """Gates that see the state through peepholes only, so that all matrix products are of the input.

    The way past the memory reads the input through a kernel of its own, since it may have another width.
    T. Lei et al., *Simple Recurrent Units for Highly Parallelizable Recurrence*, arXiv 1709.02755.
    """
    g, f, r, c = symbols("g f r c")
    c_prev = previous("c")
    return Cell(
        "SRU",
        candidate("g", linear(x, bias=False), "new content", title="candidate"),
        gate("f", sigmoid(linear(x) + peephole(c_prev)), "how much of the cell state is kept", title="forget gate"),
        gate("r", sigmoid(linear(x) + peephole(c_prev)), "how much of the cell state is shown", title="reset gate"),
        state("c", f * c_prev + (1 - f) * g, "the memory", title="cell state"),
        state("h", r * c + (1 - r) * linear(x, bias=False), "what is put out", title="hidden state"),
    )


def cfc():
    """A cell that solves a differential equation in closed form, here with one unit of time between steps.

    R. Hasani et al., *Closed-form Continuous-time Neural Networks*, arXiv 2106.13898.
    """
    u, z, g, k = symbols("u z g k")
    return Cell(
        "CfC",
        candidate("u", 1.7159 * tanh(0.666 * linear(x, previous("h"))), "what all else reads", title="backbone"),
        gate("z", sigmoid(linear(u)), "how far time has gone", title="time gate"),
        candidate("g", tanh(linear(u)), "the state at the beginning", title="first candidate"),
        candidate("k", tanh(linear(u)), "the state at the end", title="last candidate"),
        state("h", g * (1 - z) + z * k, "what is put out", title="hidden state"),
    )


def s6():
    """The selective state space of Mamba, with one state per channel: the input says how long a step is.

    The paper has many states per channel, which would take quantities with one more axis.
    A. Gu, T. Dao, *Mamba: Linear-Time Sequence Modeling with Selective State Spaces*, arXiv 2312.00752.
    """
    delta, v, bx, cx, s = symbols("delta v bx cx s")
    rate = exp(constant("α", start=(-1.0, 1.0)))
    return Cell(
        "S6",
        gate("delta", softplus(linear(x)), "how long the step is", r"\Delta", title="step size"),
        candidate("v", linear(x, bias=False), "what the channel reads", title="channel"),
        gate("bx", linear(x, bias=False), "how strongly it is written", "B", title="input map"),
        gate("cx", linear(x, bias=False), "how strongly the memory is read", "C", title="output map"),
        state("s", exp(-delta * rate) * previous("s") + delta * bx * v, "the memory of the channel", title="state"),
        state("h", cx * s + constant("δ", start=1.0) * v, "what is put out", title="hidden state"),
    )


def rwkv():
    """The time mixing of RWKV-4: attention as a recurrence, a weighted mean whose weights fade.

    As in an sLSTM, a state keeps the largest logarithm of a weight: it starts at −∞. The mixing of each input with the
    one before is left out.
    B. Peng et al., *RWKV: Reinventing RNNs for the Transformer Era*, arXiv 2305.13048.
    """
    k, v, r, q, y, m = symbols("k v r q y m")
    m_prev, c_prev, n_prev = map(previous, ("m", "c", "n"))
    fade, bonus = exp(constant("ω", start=(-2.0, 0.0))), constant("υ", start=0.5) + k
    return Cell(
        "RWKV",
        gate("k", linear(x, bias=False), "the logarithm of a weight", title="key"),
        candidate("v", linear(x, bias=False), "new content", title="value"),
        gate("r", sigmoid(linear(x, bias=False)), "how much is let out", title="receptance"),
        gate("q", maximum(m_prev, bonus), "the larger of the two logarithms", title="largest now"),
        candidate(
            "y",
            (exp(m_prev - q) * c_prev + exp(bonus - q) * v) / (exp(m_prev - q) * n_prev + exp(bonus - q)),
            "the mean of all values, by their weights",
            title="weighted mean",
        ),
        state("m", maximum(m_prev - fade, k), "the largest logarithm of a weight", title="stabilizer", start=-np.inf),
        state("c", exp(m_prev - fade - m) * c_prev + exp(k - m) * v, "values times weights", title="sum"),
        state("n", exp(m_prev - fade - m) * n_prev + exp(k - m), "weights", title="weight"),
        state("h", linear(r * y, bias=False), "what is put out", title="hidden state"),
    )


def gradient_error(layer, step=1e-6):
    """Return by how much the gradients of a layer's weights differ from finite differences of the loss."""
    task = rs.tasks.counting()
    model = rs.Sequential([layer, rs.layers.Dense(1)], dtype="float64", seed=0)
    model.compile("adam", "mse")
    rng, inputs, largest = np.random.default_rng(0), task.x / 10, 0.0
    start = [weights + rng.normal(0, 0.1, weights.shape) for weights in model.get_weights()]  # not where a relu turns
    model.set_weights(start)
    for array, exact in zip(start, model.gradients(inputs, task.y), strict=True):
        found = np.zeros_like(array)
        for place in np.ndindex(array.shape):
            value, losses = array[place], []
            for shifted in (value + step, value - step):
                array[place] = shifted
                model.set_weights(start)
                losses.append(model.evaluate(inputs, task.y))
            array[place], found[place] = value, (losses[0] - losses[1]) / (2 * step)
        largest = max(largest, np.abs(exact - found).max() / max(np.abs(found).max(), 1e-3))
    return largest


CELLS = (min_lstm, ind_rnn, ugrnn, li_gru, janet, sru, cfc, s6, rwkv)
"""The cells of the page, in its order."""

DRAWN = (min_lstm, janet, sru, s6)
"""Those whose wiring is shown."""
