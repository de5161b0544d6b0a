"""Optimizers against Keras's documented arithmetic, written once more in the plainest way, and through `fit`."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.engine.optimizers import base
from rnnscope.engine.optimizers.lookups import Lookups

SHAPES = [(200, 300), (9000,), (3, 4), (1,)]
"""A border of the blocks in which weights are updated lies inside the second of these arrays."""


class Plain:
    """One step for one weight array, as Keras's documentation writes it."""

    def __init__(self, kind, learning_rate, **options):
        self.kind, self.rate, self.options, self.kept, self.t = kind, learning_rate, options, {}, 0

    def slot(self, name, w):
        return self.kept.setdefault(name, np.zeros_like(w))

    def __call__(self, w, g):
        self.t += 1
        options = dict(self.options)
        decay = options.pop("weight_decay", 0.004 if self.kind == "adamw" else 0.0)
        w = w - w * float(np.float32(decay)) * self.rate
        return getattr(self, self.kind)(w, g, **options)

    def sgd(self, w, g, momentum=0.0, nesterov=False):
        if momentum == 0:
            return w - self.rate * g
        momentum = float(np.float32(momentum))
        velocity = momentum * self.slot("velocity", w) - self.rate * g
        self.kept["velocity"] = velocity
        return w + momentum * velocity - self.rate * g if nesterov else w + velocity

    def rmsprop(self, w, g, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
        square = self.kept["square"] = rho * self.slot("square", w) + (1 - rho) * g**2
        mean = self.kept["mean"] = rho * self.slot("mean", w) + (1 - rho) * g
        increment = self.rate * g / np.sqrt((square - mean**2 if centered else square) + epsilon)
        moved = self.kept["moved"] = momentum * self.slot("moved", w) + increment
        return w - moved

    def adagrad(self, w, g, initial_accumulator_value=0.1, epsilon=1e-7):
        start = np.full_like(w, float(np.float32(initial_accumulator_value)))
        total = self.kept["total"] = self.kept.get("total", start) + g**2
        return w - self.rate * g / np.sqrt(total + epsilon)

    def nadam(self, w, g, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        exact = [beta_1 * (1 - 0.96**t / 2) for t in range(1, self.t + 1)]
        beta_1, beta_2, decay = (float(np.float32(value)) for value in (beta_1, beta_2, 0.96))
        u, u_next = (beta_1 * (1 - decay**t / 2) for t in (self.t, self.t + 1))
        product = math.prod(exact)
        m = self.kept["m"] = beta_1 * self.slot("m", w) + (1 - beta_1) * g
        v = self.kept["v"] = beta_2 * self.slot("v", w) + (1 - beta_2) * g**2
        ahead = u_next * m / (1 - product * u_next) + (1 - u) * g / (1 - product)
        return w - self.rate * ahead / (np.sqrt(v / (1 - beta_2**self.t)) + epsilon)

    def adamw(self, w, g, **options):
        return self.adam(w, g, **options)

    def adam(self, w, g, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False):
        m = self.kept["m"] = beta_1 * self.slot("m", w) + (1 - beta_1) * g
        v = self.kept["v"] = beta_2 * self.slot("v", w) + (1 - beta_2) * g**2
        if amsgrad:
            v = self.kept["largest"] = np.maximum(self.slot("largest", w), v)
        rounded_1, rounded_2 = float(np.float32(beta_1)), float(np.float32(beta_2))
        alpha = self.rate * math.sqrt(1 - rounded_2**self.t) / (1 - rounded_1**self.t)
        return w - alpha * m / (np.sqrt(v) + epsilon)


CASES = [
    ("SGD", 0.05, {}),
    ("SGD", 0.05, {"momentum": 0.9}),
    ("SGD", 0.05, {"momentum": 0.7, "nesterov": True}),
    ("SGD", 0.05, {"nesterov": True}),
    ("RMSprop", 0.01, {}),
    ("RMSprop", 0.01, {"rho": 0.8, "epsilon": 1e-3}),
    ("RMSprop", 0.01, {"momentum": 0.5}),
    ("RMSprop", 0.01, {"centered": True}),
    ("RMSprop", 0.01, {"centered": True, "momentum": 0.5, "rho": 0.95}),
    ("Adam", 0.003, {}),
    ("Adam", 0.02, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    ("Adam", 0.02, {"beta_1": 0.0, "beta_2": 0.0}),
    ("Adam", 0.02, {"amsgrad": True, "beta_2": 0.5}),
    ("Adam", 0.02, {"weight_decay": 0.3}),
    ("AdamW", 0.02, {}),
    ("AdamW", 0.02, {"weight_decay": 1.5, "amsgrad": True, "beta_1": 0.7}),
    ("Nadam", 0.02, {}),
    ("Nadam", 0.02, {"beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "weight_decay": 0.2}),
    ("Adagrad", 0.05, {}),
    ("Adagrad", 0.05, {"initial_accumulator_value": 0.7, "epsilon": 1e-2, "weight_decay": 0.2}),
    ("SGD", 0.05, {"momentum": 0.9, "weight_decay": 0.4}),
    ("RMSprop", 0.01, {"weight_decay": 0.4}),
]
CLIPS = [{}, {"clipvalue": 0.3}, {"clipnorm": 2.0}, {"global_clipnorm": 3.0}, {"clipnorm": 1e9}]


def clipped(gradients, clipnorm=None, clipvalue=None, global_clipnorm=None):
    """Clip by value, by the norm of each array, or by the norm of all of them, as Keras does."""
    if clipvalue is not None:
        return [np.clip(g, -clipvalue, clipvalue) for g in gradients]
    if clipnorm is not None:
        return [g * min(1, clipnorm / math.sqrt(np.sum(g**2))) for g in gradients]
    if global_clipnorm is not None:
        norm = math.sqrt(sum(np.sum(g**2) for g in gradients))
        return [g * min(1, global_clipnorm / norm) for g in gradients]
    return gradients


def split(flat, shapes):
    stops = np.cumsum([math.prod(shape) for shape in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, stops[:-1]), shapes, strict=True)]


def run(name, rate, options, clip, dtype, steps=5):
    """Return the flat weights after some steps of the library, and of the plain arithmetic in float64."""
    rng = np.random.default_rng(7)
    optimizer = getattr(rs.optimizers, name)(rate, **options, **clip)
    weights = rng.normal(size=sum(math.prod(shape) for shape in SHAPES))
    mine, plain = weights.astype(dtype), split(weights.copy(), SHAPES)
    rules = [Plain(name.lower(), rate, **options) for _ in SHAPES]
    for _ in range(steps):
        drawn = rng.normal(size=weights.size) * rng.choice([1e-4, 0.1, 3.0], size=weights.size)
        gradients = drawn.astype(dtype)
        optimizer.update(mine, gradients, split(gradients, SHAPES))
        plain = [rule(w, g) for rule, w, g in zip(rules, plain, clipped(split(drawn, SHAPES), **clip), strict=True)]
    return mine, np.concatenate([w.ravel() for w in plain]), weights


@pytest.mark.parametrize(("name", "rate", "options"), CASES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_several_steps(name, rate, options, dtype):
    mine, plain, start = run(name, rate, options, {}, dtype)
    assert mine.dtype == dtype
    assert np.abs(plain - start).max() > rate
    np.testing.assert_allclose(mine, plain, rtol=0, atol={"float64": 1e-12, "float32": 2e-5}[dtype])


@pytest.mark.parametrize("block", [1, 7, 1000, 69013, 10**6])
def test_blocks_do_not_change_the_numbers(monkeypatch, block):
    if block < 1000:
        monkeypatch.setattr(f"{__name__}.SHAPES", [(3, 4), (1,), (20,)])
    whole = run("RMSprop", 0.01, {"centered": True, "momentum": 0.5}, {}, "float32")[0]
    monkeypatch.setattr(base, "BLOCK", block)
    np.testing.assert_array_equal(run("RMSprop", 0.01, {"centered": True, "momentum": 0.5}, {}, "float32")[0], whole)


@pytest.mark.parametrize("clip", CLIPS, ids=str)
@pytest.mark.parametrize(("name", "rate", "options"), [CASES[1], CASES[6], CASES[9]], ids=str)
def test_clipping(name, rate, options, clip):
    mine, plain, _ = run(name, rate, options, clip, "float64")
    np.testing.assert_allclose(mine, plain, rtol=0, atol=1e-12)
    is_felt = not np.allclose(plain, run(name, rate, options, {}, "float64")[1], rtol=0, atol=1e-6)
    assert is_felt == (clip not in ({}, {"clipnorm": 1e9}))


def test_the_textbook_adam_differs_by_parts_in_a_million_only():
    rng = np.random.default_rng(0)
    optimizer, w, m, v = rs.optimizers.Adam(0.01), np.ones(4), np.zeros(4), np.zeros(4)
    mine = w.copy()
    for t in range(1, 6):
        g = rng.normal(size=4)
        optimizer.update(mine, g.copy(), [])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        w = w - 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-7)
    np.testing.assert_allclose(mine, w, rtol=0, atol=0.05 * 1e-5)
    assert np.abs(w - 1).max() > 0.01


def test_centered_rmsprop_stays_finite_under_a_constant_gradient():
    gradient = np.random.default_rng(0).uniform(0.5, 50, 2000).astype(np.float32)
    optimizer, w = rs.optimizers.RMSprop(0.001, centered=True), np.ones(2000, np.float32)
    with np.errstate(all="ignore"):
        for _ in range(200):
            optimizer.update(w, gradient.copy(), [])
    assert np.isfinite(w).all()


def data():
    rng = np.random.default_rng(1)
    return rng.normal(size=(6, 4, 2)), 5 * rng.normal(size=(6, 1))


def new_model(optimizer):
    layers = [rs.LSTM(3, return_sequences=True, input_shape=(4, 2)), rs.GRU(3), rs.Dense(1)]
    model = rs.Sequential(layers, seed=2, dtype="float64")
    model.compile(optimizer, "mse")
    return model


@pytest.mark.parametrize("clip", [{}, {"clipvalue": 0.05}, {"clipnorm": 0.3}, {"global_clipnorm": 0.5}], ids=str)
@pytest.mark.parametrize(("name", "rate", "options"), [CASES[2], CASES[8], CASES[9]], ids=str)
def test_fit_takes_these_steps(name, rate, options, clip):
    x, y = data()
    model = new_model(getattr(rs.optimizers, name)(rate, **options, **clip))
    probe, plain = new_model("sgd"), model.get_weights()
    rules = [Plain(name.lower(), rate, **options) for _ in plain]
    for _ in range(4):
        probe.set_weights(plain)
        gradients = clipped(probe.gradients(x, y), **clip)
        plain = [rule(w, g) for rule, w, g in zip(rules, plain, gradients, strict=True)]
    model.fit(x, y, epochs=4, verbose=0)
    for mine, wanted in zip(model.get_weights(), plain, strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("sgd", rs.optimizers.SGD(0.01, momentum=0.0, nesterov=False)),
        ("rmsprop", rs.optimizers.RMSprop(0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False)),
        ("Adam", rs.optimizers.Adam(0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)),
        ("adamw", rs.optimizers.AdamW(0.001, 0.004, 0.9, 0.999, 1e-7, False)),
        ("nadam", rs.optimizers.Nadam(0.001, 0.9, 0.999, 1e-7, None)),
        ("adagrad", rs.optimizers.Adagrad(0.001, 0.1, 1e-7)),
        (rs.optimizers.Adam, rs.optimizers.Adam(0.001, 0.9, 0.999, 1e-7, False, None)),
    ],
)
def test_names_stand_for_keras_defaults(name, same):
    x, y = data()
    first, second = new_model(name), new_model(same)
    first.fit(x, y, epochs=3, verbose=0)
    second.fit(x, y, epochs=3, verbose=0)
    for mine, wanted in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_the_learning_rate_may_be_changed_between_epochs():
    x, y = data()
    optimizer = rs.optimizers.SGD(0.1)
    model = new_model(optimizer)
    model.fit(x, y, epochs=2, verbose=0)
    before = model.get_weights()
    optimizer.learning_rate = 0.0
    model.fit(x, y, epochs=2, verbose=0)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    optimizer.learning_rate = 0.5
    wanted = [w - 0.5 * g for w, g in zip(before, model.gradients(x, y), strict=True)]
    model.fit(x, y, verbose=0)
    for now, then in zip(model.get_weights(), wanted, strict=True):
        np.testing.assert_allclose(now, then, rtol=0, atol=1e-13)


def falling(*points):
    """Return a schedule of a user's own that goes through some rates."""

    class Own(rs.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return points[step]

    return Own()


def test_a_schedule_says_the_rate_of_every_step():
    x, y = data()
    by_schedule, by_hand = new_model(rs.optimizers.Adam(falling(0.1, 0.03, 0.02, 0.0))), new_model("adam")
    by_schedule.fit(x, y, epochs=3, verbose=0)
    assert by_schedule._optimizer.learning_rate == 0.0
    optimizer = rs.optimizers.Adam(0.1)
    by_hand.compile(optimizer, "mse")
    for rate in (0.1, 0.03, 0.02):
        optimizer.learning_rate = rate
        by_hand.fit(x, y, verbose=0)
    for mine, wanted in zip(by_schedule.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_a_schedule_takes_no_number_and_a_number_takes_a_schedule():
    optimizer = rs.optimizers.SGD(falling(0.1))
    with pytest.raises(TypeError, match=r"learning_rate: expected a schedule, since SGD was made with one; got 0.5"):
        optimizer.learning_rate = 0.5
    other = rs.optimizers.SGD(0.1)
    other.learning_rate = falling(0.7)
    assert (optimizer.learning_rate, other.learning_rate) == (0.1, 0.7)
    assert other.schedule is not None and rs.optimizers.SGD().schedule is None


def test_steps_are_taken_back_with_their_averages():
    """A step that would end in an infinity is undone: the next one is what it would have been without."""
    rng = np.random.default_rng(2)
    first, second = rs.optimizers.Nadam(0.1), rs.optimizers.Nadam(0.1)
    mine, wanted = np.ones(5), np.ones(5)
    for k in range(4):
        g = rng.normal(size=5)
        if k == 2:
            before = first.checkpoint(mine)
            first.update(mine, np.full(5, 7.0), [])
            first.restore(mine, before)
        first.update(mine, g.copy(), [])
        second.update(wanted, g.copy(), [])
    np.testing.assert_array_equal(mine, wanted)


S = rs.optimizers.schedules


@pytest.mark.parametrize(
    ("schedule", "exact"),
    [
        (S.ExponentialDecay(0.1, 7, 0.9), lambda t: 0.1 * 0.9 ** (t / 7)),
        (S.ExponentialDecay(0.1, 7, 0.9, staircase=True), lambda t: 0.1 * 0.9 ** (t // 7)),
        (S.InverseTimeDecay(0.1, 7, 0.3), lambda t: 0.1 / (1 + 0.3 * t / 7)),
        (S.InverseTimeDecay(0.1, 7, 0.3, True), lambda t: 0.1 / (1 + 0.3 * (t // 7))),
        (S.PolynomialDecay(0.1, 12), lambda t: 0.0999 * (1 - min(t, 12) / 12) + 0.0001),
        (S.PolynomialDecay(0.1, 12, 0.01, power=2), lambda t: 0.09 * (1 - min(t, 12) / 12) ** 2 + 0.01),
        (S.PolynomialDecay(0.1, 5, 0.01, cycle=True), lambda t: 0.09 * (1 - t / (5 * max(1, -(-t // 5)))) + 0.01),
        (S.CosineDecay(0.1, 12, 0.2), lambda t: 0.1 * (0.4 * (1 + math.cos(math.pi * min(t, 12) / 12)) + 0.2)),
        (
            S.CosineDecay(0.01, 12, warmup_target=0.1, warmup_steps=4),
            lambda t: 0.01 + 0.09 * t / 4 if t < 4 else 0.05 * (1 + math.cos(math.pi * min(t - 4, 12) / 12)),
        ),
        (
            S.PiecewiseConstantDecay([5, 12], [0.1, 0.03, 0.007]),
            lambda t: 0.1 if t <= 5 else 0.03 if t <= 12 else 0.007,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_schedules(schedule, exact):
    for step in range(25):
        assert schedule(step) == pytest.approx(exact(step), rel=1e-5, abs=1e-8)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: S.ExponentialDecay(-0.1, 7, 0.9), "ExponentialDecay: initial_learning_rate"),
        (lambda: S.CosineDecay(0.1, 0), "CosineDecay: decay_steps"),
        (lambda: S.CosineDecay(0.1, 3, alpha=-1), "CosineDecay: alpha"),
        (lambda: S.InverseTimeDecay(0.1, 3, "slow"), "InverseTimeDecay: decay_rate"),
        (lambda: S.PolynomialDecay(0.1, 3, cycle=1), "PolynomialDecay: cycle"),
        (lambda: S.PiecewiseConstantDecay([1], [0.1]), "PiecewiseConstantDecay"),
        (lambda: S.PiecewiseConstantDecay([3, 1], [0.1, 0.2, 0.3]), "PiecewiseConstantDecay"),
    ],
)
def test_bad_options_of_schedules(make, word):
    with pytest.raises((TypeError, ValueError), match=f"{word}: expected .*; got "):
        make()


def test_an_optimizer_stays_with_its_model():
    x, y = data()
    optimizer = rs.optimizers.Adam()
    new_model(optimizer).fit(x, y, verbose=0)
    other = rs.Sequential([rs.Dense(1, input_shape=(2,))])
    other.compile(optimizer, "mse")
    weights = other.get_weights()
    with pytest.raises(ValueError, match=r"optimizer: expected the model of 148 weights .* got 3"):
        other.fit(x[:, 0], y, verbose=0)
    for now, then in zip(other.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("make", rs.optimizers.OPTIMIZERS.values())
@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"learning_rate": -0.1}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"learning_rate": "fast"}, "learning_rate"),
        ({"learning_rate": True}, "learning_rate"),
        ({"clipnorm": 0}, "clipnorm"),
        ({"clipvalue": -1}, "clipvalue"),
        ({"global_clipnorm": "a"}, "global_clipnorm"),
        ({"clipnorm": 1, "clipvalue": 1}, "at most one of them; got clipnorm, clipvalue"),
    ],
    ids=str,
)
def test_bad_options(make, options, word):
    with pytest.raises((TypeError, ValueError), match=f"{word}.*expected|expected.*{word}"):
        make(**options)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: rs.optimizers.SGD(momentum=1.0), "momentum"),
        (lambda: rs.optimizers.SGD(momentum=-0.1), "momentum"),
        (lambda: rs.optimizers.SGD(nesterov=1), "nesterov"),
        (lambda: rs.optimizers.RMSprop(rho=1), "rho"),
        (lambda: rs.optimizers.RMSprop(epsilon=0), "epsilon"),
        (lambda: rs.optimizers.RMSprop(centered="yes"), "centered"),
        (lambda: rs.optimizers.Adam(beta_1=1), "beta_1"),
        (lambda: rs.optimizers.Adam(beta_2=-0.5), "beta_2"),
        (lambda: rs.optimizers.Adam(epsilon=None), "epsilon"),
        (lambda: rs.optimizers.Adam(beta_1=1 - 1e-9), "beta_1"),  # 1 when it is rounded to float32
        (lambda: rs.optimizers.Adam(amsgrad=1), "amsgrad"),
        (lambda: rs.optimizers.AdamW(weight_decay=None), "weight_decay"),
        (lambda: rs.optimizers.SGD(weight_decay=-1), "weight_decay"),
        (lambda: rs.optimizers.Nadam(beta_2=1), "beta_2"),
        (lambda: rs.optimizers.Adagrad(initial_accumulator_value=-1), "initial_accumulator_value"),
        (lambda: rs.optimizers.Adam(use_ema=True), "Adam"),
    ],
)
def test_bad_options_of_one_optimizer(make, word):
    with pytest.raises((TypeError, ValueError), match=f"{word}: expected .*; got "):
        make()


@pytest.mark.parametrize("frozen", [False, True])
def test_a_table_is_squared_by_look_up_over_all_blocks(frozen):
    """A table of more than one block between other weights: m is of the sums of its look-ups, v of their squares."""
    rng, table = np.random.default_rng(0), slice(5, 5 + 2 * 70_000)
    rows, values = np.array([[0, 69_999, 3], [3, 40_000, 3]]), rng.normal(size=(2, 3, 2))
    gradients, squares = rng.normal(size=table.stop + 4), np.zeros((70_000, 2))
    gradients[table] = 0
    for row, value in zip(rows.ravel(), values.reshape(-1, 2), strict=True):
        gradients[table].reshape(-1, 2)[row] += value
        squares[row] += value**2
    v = gradients**2
    v[table] = squares.ravel()
    start = rng.normal(size=gradients.size)
    weights = start.copy()
    parts = [slice(0, 5), slice(table.stop, weights.size)] if frozen else None
    adam = rs.optimizers.Adam(0.1)
    adam.update(weights, gradients.copy(), [], parts, [Lookups(table, rows, values)])
    rate = 0.1 * np.sqrt(1 - float(np.float32(0.999))) / (1 - float(np.float32(0.9)))
    expected = start - rate * 0.1 * gradients / (np.sqrt(0.001 * v) + 1e-7)
    if frozen:
        expected[table] = start[table]
    np.testing.assert_allclose(weights, expected, rtol=1e-12, atol=1e-14)


def test_clipping_looks_at_all_look_ups():
    """Look-ups that cancel each other out still count in the norm of all gradients."""
    table, values = slice(0, 4), np.array([[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0]])
    gradients, weights = np.array([0.0, 0.0, 0.0, 1.0, 2.0]), np.zeros(5)
    lookups = [Lookups(table, np.array([0, 0, 1]), values)]
    rs.optimizers.SGD(1.0, global_clipnorm=1.0).update(weights, gradients.copy(), [], None, lookups)
    np.testing.assert_allclose(weights, -gradients / np.sqrt(9 + 9 + 1 + 4), rtol=1e-14)
