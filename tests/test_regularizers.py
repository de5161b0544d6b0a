"""Penalties on weights: part of the loss and of its gradient, by hand and by finite differences."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import rnnscope as rs

R = rs.regularizers
CASES = {
    "L1": (R.L1(0.25), lambda w: 0.25 * np.abs(w).sum()),
    "L2": (R.L2(0.5), lambda w: 0.5 * np.square(w).sum()),
    "L1L2": (R.L1L2(0.25, 0.5), lambda w: 0.25 * np.abs(w).sum() + 0.5 * np.square(w).sum()),
    "nothing": (R.L1L2(), lambda w: 0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_values_and_gradients(case):
    regularizer, exact = CASES[case]
    weights = np.random.default_rng(0).normal(size=(3, 4))
    assert regularizer(weights) == pytest.approx(exact(weights), rel=1e-12)
    moved = np.zeros_like(weights)
    moved[1, 2] = 1e-6
    slope = (exact(weights + moved) - exact(weights - moved)) / 2e-6
    assert regularizer.gradient(weights)[1, 2] == pytest.approx(slope, rel=1e-6, abs=1e-9)
    assert regularizer.gradient(weights.astype(np.float32)).dtype == np.float32


def model_of(layers, seed=0, dtype="float64"):
    """Return a compiled model whose weights are drawn at random."""
    model = rs.Sequential(layers, dtype=dtype)
    model.compile(rs.optimizers.SGD(0.1), "mse")
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    return model


def data(features=2, outputs=1):
    rng = np.random.default_rng(1)
    return rng.normal(size=(5, 4, features)), rng.normal(size=(5, outputs))


REGULAR = {"kernel_regularizer": R.L2(0.5), "recurrent_regularizer": "l1", "bias_regularizer": R.L1L2(0.25, 0.125)}


@pytest.mark.parametrize("cell", ["LSTM", "GRU", "SimpleRNN"])
def test_they_are_part_of_the_loss_and_of_its_gradient(cell, central_differences):
    kind = getattr(rs, cell)
    layers = [kind(2, input_shape=(4, 2), **REGULAR), rs.Dense(1, kernel_regularizer="l2")]
    model, plain = model_of(layers), model_of([kind(2, input_shape=(4, 2)), rs.Dense(1)])
    (x, y), (kernel, recurrent, bias, dense, _) = data(), model.get_weights()
    one = float(np.float32(0.01))
    penalty = 0.5 * np.sum(kernel**2) + one * np.abs(recurrent).sum() + one * np.sum(dense**2)
    penalty += 0.25 * np.abs(bias).sum() + 0.125 * np.sum(bias**2)
    assert model.evaluate(x, y) == pytest.approx(plain.evaluate(x, y) + penalty, rel=1e-12)
    trace = model.trace(x, y)
    assert trace.loss[0] == pytest.approx(model.evaluate(x, y), rel=1e-12)
    np.testing.assert_array_equal(trace[trace.layers[0]].grad["h"], plain.trace(x, y)[trace.layers[0]].grad["h"])

    def loss(weights):
        model.set_weights(weights)
        return model.evaluate(x, y)

    start = model.get_weights()
    wanted = central_differences(loss, start)
    model.set_weights(start)
    for mine, slope in zip(model.gradients(x, y), wanted, strict=True):
        np.testing.assert_allclose(mine, slope, rtol=1e-6, atol=1e-7)


def test_training_takes_them_into_every_step():
    model = model_of([rs.SimpleRNN(3, input_shape=(4, 2), **REGULAR), rs.Dense(1)])
    x, y = data()
    weights, losses = model.get_weights(), []
    for _ in range(3):
        losses.append(model.evaluate(x, y))
        weights = [w - 0.1 * g for w, g in zip(model.get_weights(), model.gradients(x, y), strict=True)]
        trace = model.fit(x, y, verbose=0, validation_data=(x, y), record=rs.Record(samples=[0, 2]))
        for mine, wanted in zip(model.get_weights(), weights, strict=True):
            np.testing.assert_allclose(mine, wanted, rtol=0, atol=1e-13)
        assert trace.history["loss"] == pytest.approx([losses[-1]], rel=1e-12)
        assert trace.history["val_loss"] == pytest.approx([model.evaluate(x, y)], rel=1e-12)
        before = model_of([rs.SimpleRNN(3, input_shape=(4, 2), **REGULAR), rs.Dense(1)])
        before.set_weights(trace.weights(trace.epochs[0]))
        assert trace.loss[0] == pytest.approx(before.evaluate(x[[0, 2]], y[[0, 2]]), rel=1e-12)


def test_weights_of_frozen_layers_are_not_penalized():
    layers = [rs.GRU(2, input_shape=(4, 2), trainable=False, **REGULAR), rs.Dense(1)]
    model, plain = model_of(layers), model_of([rs.GRU(2, input_shape=(4, 2)), rs.Dense(1)])
    x, y = data()
    assert model.evaluate(x, y) == plain.evaluate(x, y)
    model.layers[0].trainable = True
    assert model.evaluate(x, y) > plain.evaluate(x, y) + 0.1


def test_layers_of_others_have_their_own():
    both = rs.layers.Bidirectional(rs.LSTM(2, kernel_regularizer=R.L2(0.5)))
    x, y = data()
    model = rs.Sequential([rs.Input((4, 2)), both, rs.Dense(1)], dtype="float64")
    model.compile("sgd", "mse")
    forward, backward = model.get_weights()[0], model.get_weights()[3]
    predicted = np.mean((model.predict(x) - y) ** 2)
    penalty = 0.5 * (np.sum(forward**2) + np.sum(backward**2))
    assert model.evaluate(x, y) == pytest.approx(predicted + penalty, rel=1e-12)
    table = rs.Sequential([rs.layers.Embedding(5, 2, embeddings_regularizer="l2"), rs.LSTM(2)], dtype="float64")
    table.compile("sgd", "mse")
    tokens = np.array([[1, 4, 2], [0, 0, 3]])
    predicted = table.predict(tokens)
    (rows, *_) = table.get_weights()
    assert table.evaluate(tokens, predicted) == pytest.approx(float(np.float32(0.01)) * np.sum(rows**2), rel=1e-12)


def test_the_gradient_of_a_penalized_table_is_no_sum_of_lookups():
    """Keras squares the gradient of a table look-up by look-up, but not if the penalty adds to every row."""
    model = rs.Sequential([rs.layers.Embedding(5, 2, embeddings_regularizer="l2"), rs.SimpleRNN(2)], dtype="float64")
    model.compile(rs.optimizers.Adam(0.1), "mse")
    tokens, y = np.array([[1, 1, 2], [0, 1, 3]]), np.random.default_rng(0).normal(size=(2, 2))
    model.predict(tokens)
    flat = np.concatenate([w.ravel() for w in model.get_weights()])
    optimizer = rs.optimizers.Adam(0.1)
    for _ in range(3):
        gradients = np.concatenate([g.ravel() for g in model.gradients(tokens, y)])
        optimizer.update(flat, gradients, [])
        model.fit(tokens, y, verbose=0)
        np.testing.assert_allclose(np.concatenate([w.ravel() for w in model.get_weights()]), flat, rtol=0, atol=1e-13)


def test_copies_keep_them():
    layer = rs.LSTM(2, input_shape=(4, 2), **REGULAR)
    model = model_of([layer, rs.Dense(1)])
    x, y = data()
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert copied.evaluate(x, y) == model.evaluate(x, y)
    assert repr(model.layers[0].regularizers["bias"]) == "L1L2(l1=0.25, l2=0.125)"


@pytest.mark.parametrize(
    ("given", "kind"), [("l1", R.L1), ("L2", R.L2), ("L1L2", R.L1L2), ("l1_l2", R.L1L2), (R.L2, R.L2)]
)
def test_names(given, kind):
    assert type(rs.Dense(1, kernel_regularizer=given).regularizers["kernel"]) is kind


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: rs.Dense(1, kernel_regularizer="l3"),
            "Dense: kernel_regularizer: expected one of l1, l1_l2, l2; got 'l3'",
        ),
        (lambda: rs.LSTM(1, bias_regularizer=0.1), "LSTM: bias_regularizer: expected one of .* or None; got 0.1"),
        (lambda: R.L2(-1), "L2: l2: expected a number of at least 0; got -1"),
        (lambda: R.L1L2("much"), "L1L2: l1: expected a number"),
        (lambda: rs.LSTM(1, activity_regularizer="l2"), "activity_regularizer.*, which is not here: leave it out"),
    ],
)
def test_regularizers_that_cannot_be(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()
