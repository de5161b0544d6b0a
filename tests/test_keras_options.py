"""Activations, losses, optimizers, schedules and regularizers against stored runs of Keras on TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import rnnscope as rs

FOLDER = Path(__file__).parent / "golden" / "keras_options"
FUNCTIONS, TRAININGS = (dict(np.load(FOLDER / f"{name}.npz")) for name in ("functions", "trainings"))
O, S, L, R = rs.optimizers, rs.optimizers.schedules, rs.losses, rs.regularizers
ACTIVATIONS = [key.partition("/")[2] for key in FUNCTIONS if key.startswith("activation/")]
LOSSES = {
    "huber": L.Huber(),
    "huber of 0.5": L.Huber(0.5),
    "mape": L.MeanAbsolutePercentageError(),
    "msle": L.MeanSquaredLogarithmicError(),
    "log cosh": L.LogCosh(),
    "poisson": L.Poisson(),
    "hinge": L.Hinge(),
    "squared hinge": L.SquaredHinge(),
    "kl divergence": L.KLDivergence(),
    "binary, smoothed": L.BinaryCrossentropy(label_smoothing=0.2),
    "binary, smoothed logits": L.BinaryCrossentropy(from_logits=True, label_smoothing=0.2),
    "categorical, smoothed": L.CategoricalCrossentropy(label_smoothing=0.3),
    "categorical, smoothed logits": L.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3),
}
OPTIMIZERS = {
    "adamw": O.AdamW(0.02),
    "adam with decay": O.Adam(0.02, weight_decay=0.3, amsgrad=True),
    "nadam": O.Nadam(0.02, beta_1=0.8, weight_decay=0.1),
    "adagrad": O.Adagrad(0.2, initial_accumulator_value=0.3),
    "sgd with decay": O.SGD(0.05, momentum=0.9, weight_decay=0.2),
    "rmsprop with decay": O.RMSprop(0.01, weight_decay=0.2, clipnorm=1.0),
    "exponential": O.SGD(S.ExponentialDecay(0.2, 7, 0.9)),
    "exponential stairs": O.SGD(S.ExponentialDecay(0.2, 7, 0.8, staircase=True)),
    "inverse time": O.SGD(S.InverseTimeDecay(0.2, 7, 0.3)),
    "polynomial": O.SGD(S.PolynomialDecay(0.2, 12, 0.01, power=0.7)),
    "polynomial cycles": O.SGD(S.PolynomialDecay(0.2, 5, 0.01, power=2.0, cycle=True)),
    "cosine": O.Adam(S.CosineDecay(0.1, 20, alpha=0.1)),
    "cosine after warmup": O.SGD(S.CosineDecay(0.01, 12, 0.1, warmup_target=0.2, warmup_steps=5)),
    "piecewise": O.SGD(S.PiecewiseConstantDecay([5, 12], [0.2, 0.1, 0.05])),
    "penalties": O.Adam(0.05),
}
PENALTIES = {
    "kernel_regularizer": R.L2(0.03),
    "recurrent_regularizer": R.L1(0.02),
    "bias_regularizer": R.L1L2(0.01, 0.04),
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    """Values and slopes, in a dense layer that does nothing else."""
    points = FUNCTIONS["points"]
    model = rs.Sequential([rs.Dense(1, name, input_shape=(1,))], dtype="float64")
    model.set_weights([[[1.0]], [0.0]])
    model.compile("sgd", "mse")
    y = model.predict(points[:, None]) - points.size / 2  # the gradient by the output is then 1
    dense = model.trace(points[:, None], y)["dense"]
    values, slopes = FUNCTIONS[f"activation/{name}"]
    np.testing.assert_allclose(dense["y"][0, :, 0], values, rtol=1e-14, atol=1e-15)
    np.testing.assert_allclose(dense.grad["y"][0, :, 0], 1, rtol=1e-2)
    np.testing.assert_allclose(dense.grad_pre["y"][0, :, 0] / dense.grad["y"][0, :, 0], slopes, rtol=1e-13, atol=2e-15)


def test_all_activations_are_compared():
    from rnnscope.engine.dense import OUTPUT_ACTIVATIONS

    assert {*OUTPUT_ACTIVATIONS, "swish"} == {*ACTIVATIONS, "softmax", "gelu_exact"}


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    value, *gradient = FUNCTIONS[f"loss/{name}"]
    y, p = FUNCTIONS["y"], FUNCTIONS["p"]
    assert LOSSES[name](y, p) == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(LOSSES[name].gradient(p, y).ravel(), gradient, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_trainings(name, relative_error):
    options = PENALTIES if name == "penalties" else {}
    layer = rs.LSTM(3, "gelu", "silu", input_shape=(4, 2), **options)
    model = rs.Sequential([layer, rs.Dense(2, "selu")], dtype="float64")
    model.compile(OPTIMIZERS[name], "huber")
    like = model.get_weights()
    parts = np.split(TRAININGS["start"], np.cumsum([w.size for w in like])[:-1])
    model.set_weights([part.reshape(w.shape) for part, w in zip(parts, like, strict=True)])
    x, y = TRAININGS["x"], TRAININGS["y"]
    held = (x[:3], y[:3])
    trace = model.fit(x, y, 4, 8, verbose=0, shuffle=False, validation_data=held, record=False)
    losses = np.array([trace.history["loss"], trace.history["val_loss"]])
    assert relative_error(losses, TRAININGS[f"{name}/losses"]) < 1e-12
    end = np.concatenate([w.ravel() for w in model.get_weights()])
    assert relative_error(end, TRAININGS[f"{name}/end"]) < 1e-12
