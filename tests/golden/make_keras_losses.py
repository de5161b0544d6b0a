"""Make `keras_losses/`: what Keras on TensorFlow computes of losses behind their last layer, momentum and start biases.

Run with Keras 3.15 and TensorFlow 2.21: `python make_keras_losses.py`. The tests read what it writes.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

FOLDER = Path(__file__).parent / "keras_losses"
LOSSES = ("BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy")
HEADS = ("sigmoid", "softmax", "linear", "relu", "tanh", "hard_sigmoid")
FAR = {
    "float64": [[20.0, -30.0, 3.0], [800.0, -800.0, 0.0], [-15.5, 15.5, 40.0], [-1.0, 0.5, 2.0], [0.0, 0.0, 0.0]],
    "float32": [[20.0, -30.0, 3.0], [100.0, -100.0, 0.0], [-15.5, 15.5, 40.0], [-1.0, 0.5, 2.0], [0.0, 0.0, 0.0]],
}
"""Arguments of sigmoids and softmaxes; probabilities pass 1e-7, and some are 0 or 1 when they are rounded."""
NEAR = [[0.3, 0.9, 0.2], [1.5, 0.4, 0.0], [0.1, 0.6, 0.7], [0.8, 0.05, 0.5], [0.25, 0.25, 0.75]]
"""Arguments of other functions; some values pass 0 or 1."""
CLASSES = np.array([1, 1, 0, 2, 0])


def use(dtype: str) -> None:
    """Let layers and losses compute in a precision."""
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)


def targets(loss: str) -> np.ndarray:
    """Return targets of five samples: class numbers, rows with a one, or several labels at once."""
    if loss.startswith("Sparse"):
        return CLASSES
    rows = np.eye(3)[CLASSES]
    return rows if loss.startswith("Cat") else np.array([[0, 1, 0.25], [0, 1, 1], [1, 0, 1], [1, 1, 0], [0.5, 1, 0]])


def heads() -> dict[str, np.ndarray]:
    """Return the loss of every pair of last activation and loss, and its gradient by the pre-activation."""
    found = {}
    for dtype in ("float64", "float32"):
        use(dtype)
        cases = {
            f"{head}/{name}/{from_logits}": behind(
                head, getattr(keras.losses, name)(from_logits=from_logits), arguments(head, dtype), targets(name)
            )
            for head in HEADS
            for name in LOSSES
            for from_logits in (False, True)
        }
        dead, odd = np.full((5, 3), -1.0, dtype), np.array([[1, 0.5, 0], [0, 0, 0], [0, 1, 0], [1, 1, 1], [0, 0, 0.5]])
        cases["dead"] = behind("relu", keras.losses.SparseCategoricalCrossentropy(), dead, CLASSES)
        cases["odd"] = behind("softmax", keras.losses.CategoricalCrossentropy(), arguments("softmax", dtype), odd)
        found |= {f"{dtype}/loss": [loss for loss, _ in cases.values()]}
        found |= {f"{dtype}/gradient": [gradient for _, gradient in cases.values()]}
        found |= {f"{dtype}/far": FAR[dtype], "near": NEAR, "classes": CLASSES, "odd": odd, "names": list(cases)}
        found |= {"rows": targets("CategoricalCrossentropy"), "several": targets("BinaryCrossentropy")}
    return {key: np.array(value) for key, value in found.items()}


def arguments(head: str, dtype: str) -> np.ndarray:
    """Return the arguments of the last activation of five samples."""
    return np.array(FAR[dtype] if head in ("sigmoid", "softmax") else NEAR, dtype)


def behind(head: str, loss: keras.losses.Loss, z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the loss behind a layer of an activation, as `fit` computes it, and the gradient by its argument."""
    model = keras.Sequential([keras.Input(z.shape[1:]), keras.layers.Activation(head)])
    model.compile("sgd", loss)

    @tf.function
    def run(given: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(given)
            value = model.compute_loss(y=tf.constant(y.astype(z.dtype)), y_pred=model(given, training=True))
        return value, tape.gradient(value, given)

    return tuple(each.numpy() for each in run(tf.constant(z)))


def trainings() -> dict[str, np.ndarray]:
    """Return start weights, data, losses and final weights of some trainings in float64."""
    use("float64")
    layers, sgd, losses = keras.layers, keras.optimizers.SGD, keras.losses
    several = (np.random.default_rng(1).uniform(size=(10, 3)) < 0.5).astype(float)
    classes = np.random.default_rng(2).integers(0, 3, 10)
    numbers = np.arange(3, 500, 7)
    cases = {
        "lstm_softmax": (layers.LSTM(4), "softmax", losses.SparseCategoricalCrossentropy(), classes, sgd(0.5, 0.9)),
        "gru_sigmoid": (layers.GRU(4), "sigmoid", losses.BinaryCrossentropy(), several, sgd(0.2, 0.8, nesterov=True)),
        "rnn_relu": (layers.SimpleRNN(4), "relu", losses.SparseCategoricalCrossentropy(), classes, sgd(0.05, 0.9)),
        "lstm_softmax_binary": (layers.LSTM(4), "softmax", losses.BinaryCrossentropy(), several, sgd(0.1, 0.5)),
        "gru_sigmoid_categorical": (
            layers.GRU(4, return_sequences=True),
            "sigmoid",
            losses.CategoricalCrossentropy(),
            np.eye(3)[np.random.default_rng(3).integers(0, 3, (10, 5))],
            sgd(0.2, 0.3),
        ),
    }
    found = {}
    for name, (layer, head, loss, y, optimizer) in cases.items():
        rng = np.random.default_rng(len(name))
        x = rng.normal(size=(10, 5, 2))
        model = keras.Sequential([keras.Input((5, 2)), layer, layers.Dense(3, activation=head)])
        start = [rng.normal(scale=0.6, size=w.shape) for w in model.get_weights()]
        start[-2] *= 20
        found |= trained(name, model, start, x, y, loss, optimizer)
    x = numbers[:, None].astype(float)
    model = keras.Sequential(
        [keras.Input((1,)), layers.Dense(8, activation="relu"), layers.Dense(3, activation="softmax")]
    )
    start = [np.random.default_rng(5).normal(size=w.shape) for w in model.get_weights()]
    loss, optimizer = losses.SparseCategoricalCrossentropy(), keras.optimizers.Adam(0.05)
    return found | trained("integers", model, start, x, numbers // 170, loss, optimizer, epochs=60)


def trained(name, model, start, x, y, loss, optimizer, epochs=12) -> dict[str, np.ndarray]:
    """Train a model on batches of four in their order."""
    model.compile(optimizer, loss)
    model.set_weights(start)
    history = model.fit(x, y, batch_size=4 if len(x) == 10 else 32, epochs=epochs, shuffle=False, verbose=0)
    found = {"x": x, "y": y, "losses": np.array(history.history["loss"]), "prediction": model.predict(x, verbose=0)}
    found |= {"start": flat(start), "end": flat(model.get_weights())}
    return {f"{name}/{key}": value for key, value in found.items()}


def flat(arrays: list[np.ndarray]) -> np.ndarray:
    """Return all numbers of some arrays, one after the other."""
    return np.concatenate([array.ravel() for array in arrays])


def biases() -> dict[str, np.ndarray]:
    """Return the largest size in each block of biases over many draws, (row, block)."""
    use("float32")
    found = {}
    for name in ("glorot_uniform", "he_uniform", "lecun_uniform"):
        for case, layer in {
            "LSTM": keras.layers.LSTM(6, bias_initializer=name),
            "LSTM/unit_forget_bias=False": keras.layers.LSTM(6, bias_initializer=name, unit_forget_bias=False),
            "GRU": keras.layers.GRU(6, bias_initializer=name),
            "GRU/reset_after=False": keras.layers.GRU(6, bias_initializer=name, reset_after=False),
            "SimpleRNN": keras.layers.SimpleRNN(6, bias_initializer=name),
        }.items():
            drawn = []
            for seed in range(150):
                keras.utils.set_random_seed(seed)
                made = type(layer).from_config(layer.get_config())
                made.build((None, 4, 2))
                drawn.append(made.get_weights()[2])
            rows = np.abs(drawn).reshape(150, -1, drawn[0].shape[-1] // 6, 6)
            found[f"{name}/{case}"] = rows.max(axis=(0, 3))
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    FOLDER.mkdir(exist_ok=True)
    for part in (heads, trainings, biases):
        np.savez_compressed(FOLDER / f"{part.__name__}.npz", **part())
    sys.stdout.write(f"Keras {keras.__version__}, TensorFlow {tf.__version__}\n")
