"""Random models of a live Keras, brought in by `rs.from_keras`: predictions, losses, gradients and training.

`RNNSCOPE_LIVE=300` says how many models; a fifth of that by default. They run on any backend, in float64.
"""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.models.passes import Passes

keras = pytest.importorskip("keras")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

from keras.src.backend.common import dtypes  # noqa: E402
from random_keras import drops, model_and_data  # noqa: E402 — it needs no Keras, but is of no use without

MODELS = int(os.environ.get("RNNSCOPE_LIVE", "60"))


@pytest.fixture(autouse=True)
def _in_float64(monkeypatch):
    """Let Keras compute in float64, which it turns into float32 on all backends but TensorFlow."""
    monkeypatch.setitem(dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    if keras.backend.backend() == "torch":  # its own slope is 1/6 in float32
        from torch.nn import functional

        monkeypatch.setattr(functional, "hardsigmoid", lambda x: functional.relu6(x + 3) / 6)
    if keras.backend.backend() != "tensorflow":  # others add the gradients of a token up before they are squared
        monkeypatch.setattr(Passes, "lookups", lambda *_: [])
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    keras.utils.set_random_seed(0)
    yield
    keras.config.set_floatx(before)


def distance(own, other):
    """Return the largest difference, as a share of the largest number if that is above 1."""
    return float(np.abs(own - other).max() / max(1.0, np.abs(other).max()))


@pytest.mark.parametrize("number", range(MODELS))
def test_predictions_loss_and_gradients_are_those_of_keras(number):
    theirs, x = model_and_data(keras, number)
    theirs.compile(keras.optimizers.SGD(1.0), "mse", run_eagerly=True, jit_compile=False)
    expected = keras.ops.convert_to_numpy(theirs(x, training=False))
    ours = rs.from_keras(theirs, dtype="float64")
    assert distance(ours.predict(x), expected) < 1e-12
    y, weights = np.random.default_rng(number).normal(size=expected.shape), theirs.get_weights()
    ours.compile("sgd", "mse")
    gradients = ours.gradients(x, y)
    assert distance(ours.evaluate(x, y), theirs.test_on_batch(x, y)) < 1e-12
    if drops(theirs):
        return  # what it drops in training is its own
    theirs.train_on_batch(x, y)
    for before, after, gradient in zip(weights, theirs.get_weights(), gradients, strict=True):
        assert distance(gradient, before - after) < 1e-12


def _training(side, number, has_weights):
    """Return how a model of a number is trained, in Keras or here: optimizer, and the options of fit.

    Keras on TensorFlow rounds momentum and betas to float32, as is done here; on other backends it does not, and those
    are taken that are not changed by it.
    """
    draw, rounds = random.Random(1000 + number), keras.backend.backend() == "tensorflow"
    momentum, betas = (0.9, {}) if rounds else (0.875, {"beta_1": 0.875, "beta_2": 0.9921875})
    rate = draw.choice((0.01, 0.03))
    optimizer = draw.choice(
        [
            lambda: side.optimizers.Adam(rate, **betas),
            lambda: side.optimizers.RMSprop(rate, clipnorm=1.0),
            lambda: side.optimizers.SGD(rate, momentum=momentum),
            lambda: side.optimizers.SGD(rate, momentum=0.5, nesterov=True, clipvalue=0.5),
        ]
    )
    callbacks = draw.choice(
        [
            lambda: [],
            lambda: [side.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.7)],
            lambda: [side.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=1, min_delta=0.5)],
            lambda: [side.callbacks.EarlyStopping(monitor="loss", patience=1, min_delta=0.05)],
        ]
    )
    weights = np.random.default_rng(number).uniform(0.2, 2.0, 50) if has_weights and draw.random() < 0.5 else None
    return optimizer(), callbacks(), weights


@pytest.mark.parametrize("number", range(MODELS // 3))
def test_training_is_that_of_keras(number):
    theirs, x = model_and_data(keras, number, may_drop=False)
    samples = len(x[0]) if isinstance(x, list) else len(x)
    shape = keras.ops.convert_to_numpy(theirs(x, training=False)).shape
    y, ours = np.random.default_rng(number).normal(size=shape), rs.from_keras(theirs, dtype="float64")
    histories = []
    for side, model in ((keras, theirs), (rs, ours)):
        optimizer, callbacks, weights = _training(side, number, len(shape) == 2)
        how = {"run_eagerly": True, "jit_compile": False} if side is keras else {}
        model.compile(optimizer, "mse", **how)
        found = model.fit(
            x,
            y,
            epochs=4,
            batch_size=2,
            shuffle=False,
            verbose=0,
            callbacks=callbacks,
            sample_weight=None if weights is None else weights[:samples],
        )
        histories.append(np.array(found.history["loss"]))
    assert histories[0].shape == histories[1].shape
    assert distance(histories[1], histories[0]) < 1e-9
    for own, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert distance(own, other) < 1e-8


@pytest.mark.parametrize("number", range(0, 12, 2))
def test_a_live_model_is_looked_inside_in_one_line(number):
    theirs, x = model_and_data(keras, number)
    trace = rs.look_inside(theirs, x, dtype="float64")
    expected = keras.ops.convert_to_numpy(theirs(x, training=False))
    assert distance(trace.predictions[0], expected) < 1e-12
