"""Optimizers against Keras's documented arithmetic, written once more in the plainest way, and through `fit`."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rnnscope as rs

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
        return getattr(self, self.kind)(w, g, **self.options)

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

    def adam(self, w, g, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
        m = self.kept["m"] = beta_1 * self.slot("m", w) + (1 - beta_1) * g
        v = self.kept["v"] = beta_2 * self.slot("v", w) + (1 - beta_2) * g**2
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
    monkeypatch.setattr(rs.optimizers, "BLOCK", block)
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


@pytest.mark.parametrize("make", [rs.optimizers.SGD, rs.optimizers.RMSprop, rs.optimizers.Adam])
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
    ],
)
def test_bad_options_of_one_optimizer(make, word):
    with pytest.raises((TypeError, ValueError), match=f"{word}: expected .*; got "):
        make()
