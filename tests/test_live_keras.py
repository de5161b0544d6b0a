"""Random models of a live Keras, brought in by `rs.from_keras`: predictions, losses, gradients and training.

`RNNSCOPE_LIVE=300` says how many models; a fifth of that by default. They run on TensorFlow, in float64.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

import rnnscope as rs

keras = pytest.importorskip("keras")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

from random_keras import drops, model_and_data  # noqa: E402 — it needs no Keras, but is of no use without

MODELS = int(os.environ.get("RNNSCOPE_LIVE", "60"))


@pytest.fixture(autouse=True)
def _in_float64():
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
