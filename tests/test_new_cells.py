"""Cells that Keras and PyTorch lack beside NumPy versions of their papers' steps, written from the papers alone."""

from dataclasses import replace

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.cells import (
    Cell,
    DeclarationError,
    candidate,
    constant,
    gate,
    linear,
    log_sigmoid,
    maximum,
    peephole,
    previous,
    sigmoid,
    softplus,
    state,
    symbols,
    tanh,
    x,
)

STEPS, SAMPLES, FEATURES, UNITS = 7, 5, 3, 4

# ------------------------------------------------------------------------------------------- the steps of the papers


def logistic(z):
    return 1 / (1 + np.exp(-z))


def min_gru(weights, inputs, activation=lambda v: v):
    """L. Feng et al. 2024: z_t = σ(Linear(x_t)), h̃_t = Linear(x_t), h_t = (1 − z_t) ⊙ h_{t−1} + z_t ⊙ h̃_t."""
    kernel, bias = weights
    (w_z, w_h), (b_z, b_h) = np.split(kernel, 2, axis=1), np.split(bias, 2)
    h, out = np.zeros((SAMPLES, UNITS)), []
    for x_t in inputs:
        z_t, h_tilde = logistic(x_t @ w_z + b_z), activation(x_t @ w_h + b_h)
        h = h + z_t * (h_tilde - h)
        out.append(h)
    return np.array(out)


def slstm(weights, inputs):
    """M. Beck et al. 2024: c_t = f_t c_{t−1} + i_t z_t, n_t = f_t n_{t−1} + i_t, h_t = o_t c_t / n_t.

    The gates are i_t = exp(ĩ_t) and f_t = σ(f̃_t), without the stabilizer: it changes nothing as long as no number
    overflows.
    """
    kernel, recurrent, bias = weights
    h = c = n = np.zeros((SAMPLES, UNITS))
    out = []
    for x_t in inputs:
        f_tilde, i_tilde, z_tilde, o_tilde = np.split(x_t @ kernel + h @ recurrent + bias, 4, axis=1)
        i_t, f_t = np.exp(i_tilde), logistic(f_tilde)
        c = f_t * c + i_t * np.tanh(z_tilde)
        n = f_t * n + i_t
        h = logistic(o_tilde) * c / n
        out.append(h)
    return np.array(out)


def rglru(weights, inputs):
    """S. De et al. 2024, with log a_t = −c · softplus(Λ) ⊙ r_t and c = 8 as in their code."""
    kernel, bias, big_lambda = weights
    (w_a, w_x, w_in), (b_a, b_x) = np.split(kernel, 3, axis=1), np.split(bias, 2)
    h, out = np.zeros((SAMPLES, UNITS)), []
    for x_t in inputs:
        r_t, i_t = logistic(x_t @ w_a + b_a), logistic(x_t @ w_x + b_x)
        log_a = -8.0 * r_t * np.log(1 + np.exp(big_lambda))
        h = np.exp(log_a) * h + np.sqrt(1 - np.exp(2 * log_a)) * (i_t * (x_t @ w_in))
        out.append(h)
    return np.array(out)


def lru(weights, inputs):
    """A. Orvieto et al. 2023: x_k = Λ x_{k−1} + γ ⊙ B u_k, y_k = Re(C x_k) + D u_k, λ = exp(−exp(ν) + i exp(θ))."""
    kernel, recurrent, constants = weights
    (b_re, b_im, d), (c_im, c_re) = np.split(kernel, 3, axis=1), np.split(recurrent, 2, axis=1)
    nu, theta = np.split(constants, 2)[::-1]
    lam = np.exp(-np.exp(nu) + 1j * np.exp(theta))
    gamma = np.sqrt(1 - np.abs(lam) ** 2)
    memory, out = np.zeros((SAMPLES, UNITS), complex), []
    for u_k in inputs:
        memory = lam * memory + gamma * (u_k @ (b_re + 1j * b_im))
        out.append((memory @ (c_re - 1j * c_im)).real + u_k @ d)
    return np.array(out)


def peephole_lstm(weights, inputs):
    """F. A. Gers, J. Schmidhuber 2000: the input and the forget gate see s_c(t−1), the output gate the new s_c(t)."""
    kernel, recurrent, bias, peepholes = weights
    p_in, p_forget, p_out = np.split(peepholes, 3)
    y = s = np.zeros((SAMPLES, UNITS))
    out = []
    for x_t in inputs:
        in_, forget, cell, out_ = np.split(x_t @ kernel + y @ recurrent + bias, 4, axis=1)
        s, before = logistic(forget + p_forget * s) * s, s
        s = s + logistic(in_ + p_in * before) * np.tanh(cell)
        y = logistic(out_ + p_out * s) * np.tanh(s)
        out.append(y)
    return np.array(out)


def minimal_gated_unit(weights, inputs):
    """G.-B. Zhou et al. 2016: h̃_t = tanh(W_h [f_t ⊙ h_{t−1}, x_t] + b_h), h_t = (1 − f_t) ⊙ h_{t−1} + f_t ⊙ h̃_t."""
    (w_f, w_h), (u_f, u_h), (b_f, b_h) = (np.split(array, 2, axis=-1) for array in weights)
    h, out = np.zeros((SAMPLES, UNITS)), []
    for x_t in inputs:
        f_t = logistic(x_t @ w_f + h @ u_f + b_f)
        h = h + f_t * (np.tanh(x_t @ w_h + (f_t * h) @ u_h + b_h) - h)
        out.append(h)
    return np.array(out)


PAPERS = {
    "LRU": lru,
    "MinGRU": min_gru,
    "MinimalGatedUnit": minimal_gated_unit,
    "PeepholeLSTM": peephole_lstm,
    "RGLRU": rglru,
    "SLSTM": slstm,
}


def layer_of(name, seed=0, scale=0.8, **options):
    """Return a model of one layer with random weights, in float64."""
    rng = np.random.default_rng(seed)
    layer = getattr(rs.layers, name)(UNITS, return_sequences=True, input_shape=(STEPS, FEATURES), **options)
    model = rs.Sequential([layer], dtype="float64")
    model.set_weights([rng.normal(0, scale, w.shape) for w in model.get_weights()])
    return model


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PAPERS)
def test_every_step_is_that_of_the_paper(name, seed, relative_error):
    model = layer_of(name, seed)
    inputs = np.random.default_rng(seed + 100).normal(0, 1.5, (SAMPLES, STEPS, FEATURES))
    wanted = PAPERS[name](model.get_weights(), np.moveaxis(inputs, 1, 0))
    assert relative_error(model.predict(inputs), np.moveaxis(wanted, 0, 1)) < 1e-12


def test_the_positive_form_of_a_minimal_gru(registry_restored, relative_error):
    """The authors' g(v) = v + ½ where v ≥ 0 and σ(v) elsewhere is the larger of the two."""
    z, v, g = symbols("z v g")
    cell = Cell(
        "Positive",
        gate("z", sigmoid(linear(x)), ""),
        candidate("v", linear(x), ""),
        candidate("g", maximum(v + 0.5, sigmoid(v)), ""),
        state("h", (1 - z) * previous("h") + z * g, ""),
    )
    rs.register(cell)
    model = layer_of("Positive")
    inputs = np.random.default_rng(5).normal(0, 1.5, (SAMPLES, STEPS, FEATURES))
    wanted = min_gru(model.get_weights(), np.moveaxis(inputs, 1, 0), lambda v: np.where(v >= 0, v + 0.5, logistic(v)))
    assert relative_error(model.predict(inputs), np.moveaxis(wanted, 0, 1)) < 1e-12


# -------------------------------------------------------------------------------------------------- where they start


def test_a_decay_starts_slow():
    """With an open recurrence gate between 0.9 and 0.999, as the paper says."""
    layer = rs.layers.RGLRU(2000, input_shape=(4, 1))
    start = rs.Sequential([layer], seed=1).get_weights()[-1]
    decay = np.exp(-8 * np.log1p(np.exp(start.astype(float))))
    assert 0.9 <= decay.min() < 0.901
    assert 0.9985 < decay.max() <= 0.9991


def test_a_memory_starts_in_a_ring():
    model = rs.Sequential([rs.layers.LRU(2000, input_shape=(4, 1))], seed=1)
    theta, nu = np.split(model.get_weights()[-1].astype(float), 2)
    factor = np.exp(-np.exp(nu) + 1j * np.exp(theta))
    assert 0.5 <= np.abs(factor).min() < 0.51
    assert 0.98 < np.abs(factor).max() <= 0.9901
    assert np.pi / 50 <= np.angle(factor).min() < 0.07
    assert 1.5 < np.angle(factor).max() <= np.pi / 2


@pytest.mark.parametrize("unit_forget_bias", [True, False])
def test_the_forget_gate_of_an_slstm_starts_open(unit_forget_bias):
    *_, bias = rs.Sequential([rs.layers.SLSTM(4, unit_forget_bias=unit_forget_bias, input_shape=(4, 1))]).get_weights()
    assert bias.tolist() == [float(unit_forget_bias)] * 4 + [0.0] * 12


# ---------------------------------------------------------------------------------------------------- large numbers


def large_problem():
    """Return the counting task with its inputs a hundred times as large."""
    task = rs.tasks.counting()
    return 100 * task.x, task.y


def trained(layer):
    model = rs.Sequential([layer, rs.Dense(1)], seed=3)
    model.compile(rs.optimizers.Adam(0.01), "mse")
    return model.fit(*large_problem(), epochs=10, verbose=0)


def test_an_slstm_trains_with_large_inputs():
    trace = trained(rs.layers.SLSTM(16, input_shape=(4, 1)))
    layer = trace["slstm"]
    assert trace.stopped is None
    assert all(np.isfinite(layer[name]).all() and np.isfinite(layer.grad[name]).all() for name in layer.quantities)
    assert (layer["n"] >= 1 - 1e-6).all()
    assert trace.history["loss"][-1] < trace.history["loss"][0]


def test_a_stabilizer_that_starts_at_zero_divides_by_zero(registry_restored):
    parts = {q.name: q for q in rs.cells.build("SLSTM")}
    rs.register(Cell("ZeroStart", *{**parts, "m": replace(parts["m"], start=0.0)}.values()))
    with pytest.warns(rs.TrainingStopped, match=r"'zero_start'.*quantity 'h'"):
        trace = trained(rs.layers.ZeroStart(16, input_shape=(4, 1)))
    assert trace.stopped is not None
    assert len(trace.history["loss"]) < 10


def test_a_stabilizer_starts_at_minus_infinity_and_pictures_say_so():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.layers.SLSTM(4, input_shape=(4, 1)), rs.Dense(1)])
    model.compile("adam", "mse")
    trace = model.fit(task.x, task.y, epochs=2, verbose=0)
    assert (trace["slstm"].prev["m"][:, :, 0] == -np.inf).all()
    assert np.isfinite(trace["slstm"]["m"]).all()
    assert "−∞" in rs.formulas.substitute(trace, rs.Cursor(time=0, phase="m")).text
    numbers = rs.figures.cell(trace, rs.Cursor(time=0)).views[0].numbers.texts
    assert numbers["m_prev"].get_text() == "−∞"


# -------------------------------------------------------------------------------------------------- what is refused

h_prev = previous("h")
(f, m) = symbols("f m")


def one(equation):
    """Return a cell with a gate of that equation."""
    return Cell("Bad", gate("f", equation, ""), state("h", tanh(linear(x, h_prev)) + f, ""))


REFUSED = {
    "a constant without a name": (lambda: one(softplus(constant(""))), "cell Bad, quantity 'f'.*name such as 'Λ'"),
    "a constant named by a number": (lambda: one(softplus(constant(3))), "cell Bad, quantity 'f'.*name such as 'Λ'.*3"),
    "a start that is no number": (
        lambda: one(softplus(constant("Λ", start="high"))),
        "cell Bad, quantity 'f': constant 'Λ': start: expected a finite number, or two; got .*high",
    ),
    "one of two starts that is none": (
        lambda: one(softplus(constant("Λ", start=(0, None)))),
        "cell Bad, quantity 'f': constant 'Λ': start: expected a finite number, or two; got None",
    ),
    "two starts of one constant": (
        lambda: one(softplus(constant("Λ", start=1)) + softplus(constant("Λ", start=2))),
        "cell Bad, quantity 'f': constant 'Λ': expected one start; got .*1.* and .*2",
    ),
    "a maximum of one": (
        lambda: one(maximum(linear(x))),
        "cell Bad, quantity 'f': maximum: expected 2 arguments; got 1",
    ),
    "a peephole of a number": (
        lambda: one(sigmoid(peephole(1) + linear(x))),
        r"cell Bad, quantity 'f'.*expected a vector.*got 1.*constant\('name'",
    ),
    "a value where the previous one is meant": (
        lambda: Cell("Bad", gate("f", sigmoid(linear(x, symbols("h")[0])), ""), state("h", f * h_prev, "")),
        r"cell Bad, quantity 'f': it reads 'h'.*use previous\('h'\)",
    ),
    "a start of −∞ that is shown": (
        lambda: Cell(
            "Bad",
            gate("f", log_sigmoid(linear(x)), ""),
            state("m", f + previous("m"), "", start=-np.inf),
            state("h", tanh(linear(x)) + m, ""),
        ),
        "cell Bad, quantity 'm': expected a finite number at the first time step.*got -inf from state 'm'",
    ),
    "a start that is not a number": (
        lambda: state("m", h_prev, "", start=np.nan),
        "quantity 'm': start: expected a number, or -np.inf; got nan",
    ),
    "a function of NumPy": (lambda: np.tanh(linear(x)), "np.tanh: expected .*tanh of rnnscope.cells"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    declare, message = REFUSED[what]
    with pytest.raises(DeclarationError, match=message):
        declare()
