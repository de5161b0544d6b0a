"""Trainings that are written once and run with Keras and with rnnscope: `k` is either of them.

Each case returns what it came to, numbers by name. `make_keras_habits.py` keeps what Keras comes to.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Found = dict[str, Any]
CASES: dict[str, Callable[[Any], Found]] = {}

LENGTHS = np.array([5, 3, 2, 5, 1, 4, 5, 2, 5, 3])
"""Time steps that count, of ten samples."""


def case(function: Callable[[Any], Found]) -> Callable[[Any], Found]:
    """Keep a case under its name."""
    CASES[function.__name__] = function
    return function


def made(k: Any, *layers: Any, seed: int = 0) -> Any:
    """Return a model in float64 with drawn weights."""
    options = {} if k.__name__ == "keras" else {"dtype": "float64"}
    model = k.Sequential(list(layers), **options)
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(scale=0.5, size=w.shape) for w in model.get_weights()])
    return model


def numbers(seed: int = 0, outputs: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return ten samples of five steps, and targets that are numbers."""
    rng = np.random.default_rng(100 + seed)
    return rng.normal(size=(10, 5, 2)), rng.normal(size=(10, outputs))


def classes(count: int, shape: tuple[int, ...] = (10,)) -> np.ndarray:
    """Return classes of ten samples."""
    return np.random.default_rng(7).integers(0, count, shape)


def weights(*shape: int) -> np.ndarray:
    """Return weights of samples; some are 0."""
    drawn = np.random.default_rng(8).uniform(0, 3, shape)
    return np.where(drawn < 0.5, 0, drawn)


def masked() -> np.ndarray:
    """Return ten samples with trailing steps of zeros."""
    x, _ = numbers(3)
    return x * (np.arange(5) < LENGTHS[:, None])[..., None]


def came_to(model: Any, history: Any) -> Found:
    """Return the history of a training, and the weights after it."""
    found = {f"history/{name}": values for name, values in history.history.items()}
    return {**found, "end": np.concatenate([w.ravel() for w in model.get_weights()])}


def judged(model: Any, *data: Any, **options: Any) -> Found:
    """Return what `evaluate` says, as a list and by name; where two metrics share one, Keras repeats it in the list."""
    by_name = model.evaluate(*data, verbose=0, return_dict=True, **options)
    found = {f"evaluate/{name}": value for name, value in by_name.items()}
    is_clear = not any(name.startswith("weighted_") for name in by_name)
    return {**found, "evaluate": model.evaluate(*data, verbose=0, **options)} if is_clear else found


@case
def regression(k: Any) -> Found:
    """Metrics of numbers, validation split off, training ended early, and the best weights."""
    x, y = numbers(outputs=2)
    model = made(k, k.Input((5, 2)), k.layers.LSTM(3), k.layers.Dense(2))
    metrics = ["mae", k.metrics.RootMeanSquaredError(), "mape", "mean_squared_error", k.metrics.MeanAbsoluteError()]
    model.compile(k.optimizers.RMSprop(0.05), "mse", metrics=metrics)
    stop = k.callbacks.EarlyStopping(patience=3, restore_best_weights=True)
    options = {"batch_size": 3, "epochs": 40, "verbose": 0, "shuffle": False, "validation_split": 0.3}
    history = model.fit(x, y, callbacks=[stop], **options)
    return {
        **came_to(model, history),
        **judged(model, x, y),
        "stopped": [stop.stopped_epoch, stop.best, stop.best_epoch],
    }


@case
def baseline(k: Any) -> Found:
    """A metric that should become larger, a baseline, a first epoch, and a change that counts."""
    x, _ = numbers(1)
    model = made(k, k.Input((5, 2)), k.layers.GRU(3), k.layers.Dense(1, activation="sigmoid"))
    model.compile(k.optimizers.SGD(0.3), "binary_crossentropy", metrics=["accuracy"])
    stop = k.callbacks.EarlyStopping("accuracy", min_delta=0.05, patience=4, baseline=0.6, start_from_epoch=2)
    history = model.fit(x, classes(2), epochs=30, verbose=0, callbacks=[stop])
    return {**came_to(model, history), "stopped": [stop.stopped_epoch, stop.best]}


@case
def plateau(k: Any) -> Found:
    """The learning rate becomes smaller, with a pause after it, down to a bound."""
    x, y = numbers(2)
    model = made(k, k.Input((5, 2)), k.layers.SimpleRNN(3), k.layers.Dense(1))
    model.compile(k.optimizers.SGD(0.5, momentum=0.5), "mse")
    slower = k.callbacks.ReduceLROnPlateau("loss", factor=0.3, patience=2, min_delta=0.05, cooldown=1, min_lr=0.02)
    return came_to(model, model.fit(x, y, batch_size=4, epochs=16, verbose=0, shuffle=False, callbacks=[slower]))


@case
def scheduled(k: Any) -> Found:
    """A learning rate for every epoch, from a first epoch that is not 0."""
    x, y = numbers(4)
    model = made(k, k.Input((5, 2)), k.layers.LSTM(3), k.layers.Dense(1))
    model.compile(k.optimizers.Adam(0.1), "mae")
    falling = k.callbacks.LearningRateScheduler(lambda epoch, rate: rate / (1.0 + epoch))
    seen = []
    watch = k.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch))
    options = {"initial_epoch": 2, "epochs": 7, "verbose": 0, "callbacks": [falling, watch]}
    return {**came_to(model, model.fit(x, y, **options)), "seen": seen}


@case
def binary(k: Any) -> Found:
    """Two classes with weights, and validation with weights of samples."""
    x, _ = numbers(5)
    y = classes(2)[:, None]
    model = made(k, k.Input((5, 2)), k.layers.LSTM(3), k.layers.Dense(1, activation="sigmoid"))
    metrics = ["acc", "binary_accuracy", k.metrics.BinaryAccuracy(name="strict", threshold=0.7), "binary_crossentropy"]
    model.compile(k.optimizers.Adam(0.05), "binary_crossentropy", metrics=metrics, weighted_metrics=["acc", "mse"])
    held = (x[:6], y[:6], weights(6))
    options = {"batch_size": 4, "epochs": 6, "verbose": 0, "shuffle": False, "validation_batch_size": 2}
    history = model.fit(x, y, class_weight={0: 0.5, 1: 4.0}, validation_data=held, **options)
    return {**came_to(model, history), **judged(model, x, y, sample_weight=weights(10))}


@case
def several_labels(k: Any) -> Found:
    """Several labels at once: `accuracy` is that of the largest output, as Keras chooses it by the shapes."""
    x, _ = numbers(6)
    model = made(k, k.Input((5, 2)), k.layers.GRU(3), k.layers.Dense(3, activation="sigmoid"))
    model.compile(k.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy", "binary_accuracy"])
    history = model.fit(x, classes(2, (10, 3)), batch_size=4, epochs=4, verbose=0, shuffle=False)
    return came_to(model, history)


@case
def sparse(k: Any) -> Found:
    """Class numbers, with weights of some classes, validated after some epochs."""
    x, _ = numbers(7)
    y = classes(3)
    model = made(k, k.Input((5, 2)), k.layers.LSTM(4), k.layers.Dense(3, activation="softmax"))
    names = ["accuracy", "sparse_categorical_accuracy", "sparse_categorical_crossentropy"]
    model.compile(k.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=names)
    options = {"batch_size": 4, "epochs": 7, "verbose": 0, "shuffle": False, "validation_freq": 3}
    history = model.fit(x, y, class_weight={1: 3.0, 2: 0.2}, validation_split=0.2, **options)
    return {**came_to(model, history), **judged(model, x, y)}


@case
def categorical(k: Any) -> Found:
    """Rows with a 1 at the class, weights of samples, and metrics with and without them."""
    x, _ = numbers(8)
    y = np.eye(3)[classes(3)]
    model = made(k, k.Input((5, 2)), k.layers.SimpleRNN(4), k.layers.Dense(3, activation="softmax"))
    names = ["accuracy", "categorical_accuracy", "categorical_crossentropy", "mae"]
    model.compile(k.optimizers.Adam(0.05), "categorical_crossentropy", metrics=names, weighted_metrics=names)
    options = {"batch_size": 4, "epochs": 5, "verbose": 0, "shuffle": False, "validation_freq": [1, 4]}
    history = model.fit(x, y, sample_weight=weights(10), validation_split=0.3, **options)
    return {**came_to(model, history), **judged(model, x, y, sample_weight=weights(10))}


@case
def masked_classes(k: Any) -> Found:
    """Classes at time steps, some of which do not count, with weights of time steps."""
    x, y = masked(), classes(3, (10, 5))
    model = made(
        k,
        k.Input((5, 2)),
        k.layers.Masking(),
        k.layers.LSTM(4, return_sequences=True),
        k.layers.Dense(3, activation="softmax"),
    )
    names = ["accuracy", "sparse_categorical_crossentropy"]
    model.compile(k.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=names, weighted_metrics=names)
    options = {"batch_size": 4, "epochs": 5, "verbose": 0, "shuffle": False}
    found = came_to(model, model.fit(x, y, sample_weight=weights(10, 5), **options))
    return {**found, **judged(model, x, y), **{f"all/{n}": v for n, v in judged(model, x, y, batch_size=3).items()}}


@case
def masked_numbers(k: Any) -> Found:
    """Numbers at time steps, some of which do not count, with a weight per sample."""
    x, y = masked(), np.random.default_rng(9).normal(size=(10, 5, 2))
    model = made(k, k.Input((5, 2)), k.layers.Masking(), k.layers.GRU(3, return_sequences=True), k.layers.Dense(2))
    metrics = ["mae", k.metrics.RootMeanSquaredError(), "mse"]
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=metrics, weighted_metrics=["mae"])
    options = {"batch_size": 4, "epochs": 5, "verbose": 0, "shuffle": False, "validation_split": 0.3}
    found = came_to(model, model.fit(x, y, sample_weight=weights(10, 1), **options))
    return {**found, **judged(model, x, y, sample_weight=weights(10, 5))}


@case
def tokens(k: Any) -> Found:
    """Token numbers with a mask, and weights of samples."""
    x = np.random.default_rng(10).integers(1, 6, (10, 5)) * (np.arange(5) < LENGTHS[:, None])
    model = made(
        k, k.Input((5,)), k.layers.Embedding(6, 3, mask_zero=True), k.layers.LSTM(3), k.layers.Dense(1, "sigmoid")
    )
    model.compile(k.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy"])
    return came_to(model, model.fit(x, classes(2), epochs=5, verbose=0, sample_weight=weights(10, 1)))


@case
def frozen(k: Any) -> Found:
    """A frozen layer, gradients cut by the norm of those that are left, and then no layer frozen."""
    x, y = numbers(11)
    first = k.layers.LSTM(3, return_sequences=True)
    model = made(k, k.Input((5, 2)), first, k.layers.GRU(3), k.layers.Dense(1))
    first.trainable = False
    model.compile(k.optimizers.Adam(0.05, global_clipnorm=0.2), "mse")
    counts = [len(model.trainable_weights), len(model.non_trainable_weights), len(model.weights)]
    found = came_to(model, model.fit(x, y, batch_size=4, epochs=5, verbose=0, shuffle=False))
    first.trainable = True
    model.compile(k.optimizers.SGD(0.1, momentum=0.9), "mse")
    again = came_to(model, model.fit(x, y, batch_size=4, epochs=3, verbose=0, shuffle=False))
    return {**found, **{f"again/{name}": value for name, value in again.items()}, "counts": counts}


@case
def frozen_wrapper(k: Any) -> Found:
    """Two frozen directions, with momentum and each gradient cut by its own norm."""
    x, y = numbers(12)
    model = made(k, k.Input((5, 2)), k.layers.Bidirectional(k.layers.LSTM(2)), k.layers.Dense(3), k.layers.Dense(1))
    model.layers[0].trainable = False
    model.layers[2].trainable = False
    model.compile(k.optimizers.SGD(0.2, momentum=0.8, clipnorm=0.3), "mse", metrics=["mae"])
    return came_to(model, model.fit(x, y, batch_size=4, epochs=5, verbose=0, shuffle=False))


@case
def so_many_steps(k: Any) -> Found:
    """Epochs of so many batches, each of which goes on where the one before ended."""
    x, y = numbers(13)
    model = made(k, k.Input((5, 2)), k.layers.LSTM(3), k.layers.Dense(1))
    model.compile(k.optimizers.Adam(0.05), "mse", metrics=["mae"])
    options = {"validation_data": (x, y), "validation_steps": 2, "validation_batch_size": 3}
    found = came_to(model, model.fit(x, y, 2, steps_per_epoch=1, epochs=10, verbose=0, shuffle=False, **options))
    return {**found, **judged(model, x, y, steps=2)}


@case
def generator(k: Any) -> Found:
    """Batches out of a generator that goes on for ever, with weights of samples, and validation out of another one."""
    x, y = numbers(14)

    def batches(size: int) -> Any:
        while True:
            for first in range(0, 10, size):
                chosen = slice(first, first + size)
                yield x[chosen], y[chosen], weights(10)[chosen]

    model = made(k, k.Input((5, 2)), k.layers.GRU(3), k.layers.Dense(1))
    model.compile(k.optimizers.Adam(0.05), "mse", metrics=["mae"], weighted_metrics=["mse"])
    options = {"steps_per_epoch": 3, "epochs": 4, "verbose": 0, "shuffle": False}
    return came_to(model, model.fit(batches(4), validation_data=batches(5), validation_steps=2, **options))


@case
def numbered_batches(k: Any) -> Found:
    """An object that knows how many batches it has, told at the end of an epoch, with weights of classes."""
    x, _ = numbers(15)
    y, told = classes(2), []

    class Numbered(k.utils.PyDataset if k.__name__ == "keras" else object):
        def __len__(self) -> int:
            return 3

        def __getitem__(self, number: int) -> Any:
            return x[4 * number : 4 * number + 4], y[4 * number : 4 * number + 4]

        def on_epoch_end(self) -> None:
            told.append(len(told))

    model = made(k, k.Input((5, 2)), k.layers.SimpleRNN(3), k.layers.Dense(1, activation="sigmoid"))
    model.compile(k.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    found = came_to(model, model.fit(Numbered(), epochs=4, verbose=0, shuffle=False, class_weight={0: 2.0}))
    assert told
    return {**found, **judged(model, Numbered()), "predicted": model.predict(Numbered(), verbose=0)}


@case
def one_batch(k: Any) -> Found:
    """Steps by hand."""
    x, _ = numbers(16)
    y = classes(3)
    model = made(k, k.Input((5, 2)), k.layers.LSTM(3), k.layers.Dense(3, activation="softmax"))
    model.compile(k.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    steps = [model.train_on_batch(x[k : k + 4], y[k : k + 4], sample_weight=weights(4)) for k in (0, 3, 6)]
    steps += [model.train_on_batch(x, y, class_weight={0: 3.0}), model.test_on_batch(x, y)]
    steps += [model.test_on_batch(x, y, sample_weight=weights(10))]
    by_name = model.train_on_batch(x, y, return_dict=True)
    return {"steps": steps, "by_name": [by_name["loss"], by_name["accuracy"]], "out": model.predict_on_batch(x)}


@case
def batch_logs(k: Any) -> Found:
    """What callbacks see at every batch, and a training that one of them ends within an epoch."""
    x, y = numbers(17)
    model = made(k, k.Input((5, 2)), k.layers.GRU(3), k.layers.Dense(1))
    model.compile(k.optimizers.SGD(0.1), "mse", metrics=["mae"])
    seen: list[list[float]] = []

    class Watch(k.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append([batch, logs["loss"], logs["mae"]])
            self.model.stop_training = len(seen) == 7

        def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
            seen.append([100 + batch, logs["loss"], logs["mae"]])

        def on_train_end(self, logs: Any = None) -> None:
            seen.append([200, logs["loss"], logs["val_mae"]])

    options = {"batch_size": 3, "epochs": 5, "verbose": 0, "shuffle": False, "validation_split": 0.2}
    return {**came_to(model, model.fit(x, y, callbacks=[Watch()], **options)), "seen": seen}


@case
def checkpoints(k: Any) -> Found:
    """Files that are written when the model is better than before, and a table of what every epoch came to."""
    x, y = numbers(18)
    model = made(k, k.Input((5, 2)), k.layers.LSTM(3), k.layers.Dense(1))
    model.compile(k.optimizers.SGD(0.9), "mse", metrics=["mae"])
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/new/{{epoch:02d}}-{{val_loss:.3f}}.weights.h5"
        best = k.callbacks.ModelCheckpoint(path, save_best_only=True, save_weights_only=True)
        often = k.callbacks.ModelCheckpoint(f"{folder}/new/{{epoch}}-{{batch}}.keras", "mae", save_freq=5)
        table = k.callbacks.CSVLogger(f"{folder}/log.csv")
        options = {"batch_size": 3, "epochs": 8, "verbose": 0, "shuffle": False, "validation_split": 0.2}
        found = came_to(model, model.fit(x, y, callbacks=[best, often, table], **options))
        names = sorted(file.name for file in Path(folder, "new").iterdir())
        header, *rows = Path(folder, "log.csv").read_text().splitlines()
        last = [name for name in names if name.endswith(".weights.h5")][-1]
        model.load_weights(f"{folder}/new/{last}")
    found |= {"names": names, "header": header, "rows": [[float(v) for v in row.split(",")] for row in rows]}
    return {**found, "best": model.predict(x, verbose=0)}


@case
def twice(k: Any) -> Found:
    """A second training goes on with the averages of the optimizer; the history is that of it alone."""
    x, y = numbers(19)
    model = made(k, k.Input((5, 2)), k.layers.LSTM(3), k.layers.Dense(1))
    model.compile(k.optimizers.Adam(0.05), "mse")
    first = came_to(model, model.fit(x, y, batch_size=4, epochs=3, verbose=0, shuffle=False))
    model.optimizer.learning_rate = 0.01
    second = came_to(model, model.fit(x, y, batch_size=4, epochs=3, verbose=0, shuffle=False))
    return {**first, **{f"second/{name}": value for name, value in second.items()}}


@case
def lookups(k: Any) -> Found:
    """What an embedding learns where tokens are looked up several times, with every optimizer and every clipping."""
    rng, found = np.random.default_rng(4), {}
    x, y = rng.integers(0, 6, (12, 5)), rng.normal(size=(12, 1))
    chosen = {
        "adam": k.optimizers.Adam(0.05),
        "adamw": k.optimizers.AdamW(0.05),
        "nadam": k.optimizers.Nadam(0.05),
        "rmsprop": k.optimizers.RMSprop(0.05, momentum=0.5),
        "centered": k.optimizers.RMSprop(0.01, centered=True, epsilon=0.1),
        "adagrad": k.optimizers.Adagrad(0.05),
        "sgd": k.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        "clipnorm": k.optimizers.Adam(0.05, clipnorm=0.02),
        "clipvalue": k.optimizers.Adam(0.05, clipvalue=0.002),
        "clipped sgd": k.optimizers.SGD(0.1, clipnorm=0.02),
    }
    for name, optimizer in chosen.items():
        layers = k.layers.Embedding(6, 3, mask_zero=True), k.layers.GRU(2), k.layers.Dense(1)
        model = made(k, k.Input((5,)), *layers, seed=5)
        model.compile(optimizer, "mse")
        history = model.fit(x, y, batch_size=5, epochs=4, verbose=0, shuffle=False)
        found |= {f"{name}/{key}": value for key, value in came_to(model, history).items()}
    return found
