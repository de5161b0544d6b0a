"""Make `keras_options/`: activations, losses and trainings with optimizers, schedules and regularizers of Keras.

Run with Keras 3.15 and TensorFlow 2.21: `python make_keras_options.py`. The tests read what it writes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

keras.config.set_floatx("float64")
FOLDER = Path(__file__).parent / "keras_options"
ACTIVATIONS = (
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "swish",
    "tanh",
)
POINTS = np.array([-30.0, -7.5, -3.0, -1.3, -0.2, 0.0, 0.1, 0.6, 2.9, 3.0, 5.2, 6.0, 6.5, 30.0])
O, S, L, R = keras.optimizers, keras.optimizers.schedules, keras.losses, keras.regularizers
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
Y = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
P = np.array([[0.3, 1.6, 0.1], [0.05, 0.9, 0.4], [2.5, 0.7, 0.02], [0.6, 0.2, 0.2]])
OPTIMIZERS = {
    "adamw": lambda: O.AdamW(0.02),
    "adam with decay": lambda: O.Adam(0.02, weight_decay=0.3, amsgrad=True),
    "nadam": lambda: O.Nadam(0.02, beta_1=0.8, weight_decay=0.1),
    "adagrad": lambda: O.Adagrad(0.2, initial_accumulator_value=0.3),
    "sgd with decay": lambda: O.SGD(0.05, momentum=0.9, weight_decay=0.2),
    "rmsprop with decay": lambda: O.RMSprop(0.01, weight_decay=0.2, clipnorm=1.0),
    "exponential": lambda: O.SGD(S.ExponentialDecay(0.2, 7, 0.9)),
    "exponential stairs": lambda: O.SGD(S.ExponentialDecay(0.2, 7, 0.8, staircase=True)),
    "inverse time": lambda: O.SGD(S.InverseTimeDecay(0.2, 7, 0.3)),
    "polynomial": lambda: O.SGD(S.PolynomialDecay(0.2, 12, 0.01, power=0.7)),
    "polynomial cycles": lambda: O.SGD(S.PolynomialDecay(0.2, 5, 0.01, power=2.0, cycle=True)),
    "cosine": lambda: O.Adam(S.CosineDecay(0.1, 20, alpha=0.1)),
    "cosine after warmup": lambda: O.SGD(S.CosineDecay(0.01, 12, 0.1, warmup_target=0.2, warmup_steps=5)),
    "piecewise": lambda: O.SGD(S.PiecewiseConstantDecay([5, 12], [0.2, 0.1, 0.05])),
}


def functions() -> dict[str, np.ndarray]:
    """Return values and slopes of activations, and the values of losses with their gradients."""
    found = {"points": POINTS, "y": Y, "p": P}
    for name in ACTIVATIONS:
        z = tf.constant(POINTS)
        with tf.GradientTape() as tape:
            tape.watch(z)
            value = tf.convert_to_tensor(keras.activations.get(name)(z))
        found[f"activation/{name}"] = np.array([value.numpy(), tape.gradient(value, z).numpy()])
    for name, loss in LOSSES.items():
        p = tf.constant(P)
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = loss(tf.constant(Y), p)
        found[f"loss/{name}"] = np.concatenate([[value.numpy()], tape.gradient(value, p).numpy().ravel()])
    return found


def trainings() -> dict[str, np.ndarray]:
    """Return the losses and the last weights of trainings, all from the same start and on the same data."""
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(10, 4, 2)), rng.normal(size=(10, 2))
    start = [rng.normal(scale=0.5, size=w.shape) for w in network().get_weights()]
    found = {"x": x, "y": y, "start": flat(start)}
    penalties = {
        "kernel_regularizer": R.L2(0.03),
        "recurrent_regularizer": R.L1(0.02),
        "bias_regularizer": R.L1L2(0.01, 0.04),
    }
    cases = {name: (make(), {}) for name, make in OPTIMIZERS.items()}
    cases["penalties"] = O.Adam(0.05), penalties
    for name, (optimizer, options) in cases.items():
        model = network(**options)
        model.compile(optimizer, "huber")
        model.set_weights(start)
        history = model.fit(x, y, batch_size=4, epochs=8, shuffle=False, verbose=0, validation_data=(x[:3], y[:3]))
        found[f"{name}/losses"] = np.array([history.history["loss"], history.history["val_loss"]])
        found[f"{name}/end"] = flat(model.get_weights())
    return found


def network(**options: object) -> keras.Model:
    """Return a small model with gates and candidates of other functions than usual."""
    own = {"activation": "gelu", "recurrent_activation": "silu", **options}
    return keras.Sequential([keras.Input((4, 2)), keras.layers.LSTM(3, **own), keras.layers.Dense(2, "selu")])


def flat(arrays: list[np.ndarray]) -> np.ndarray:
    """Return all numbers of some arrays, one after the other."""
    return np.concatenate([array.ravel() for array in arrays])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for part in (functions, trainings):
        np.savez_compressed(FOLDER / f"{part.__name__}.npz", **part())
    sys.stdout.write(f"Keras {keras.__version__}, TensorFlow {tf.__version__}\n")
