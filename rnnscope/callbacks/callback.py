"""What may be done at every epoch and every batch of a training: the base of all callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from rnnscope.checks import describe

Logs = dict[str, Any]
"""What an epoch, or the batches of it until now, came to, by name: `loss`, the metrics, and `val_` before those of
validation."""

BATCHES = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")


class Callback:
    """What `fit(callbacks=[...])` calls; a class of one's own overrides what it needs.

    Epochs and batches are numbered from 0. What a callback puts into `logs` at the end of an epoch comes into
    `trace.history`. An error in a callback ends the training: the weights are those of the last step.

    Attributes
    ----------
    model
        The model that is trained; `model.stop_training = True` ends the training.
    params
        `epochs`, `steps` and `verbose` of the training.

    Examples
    --------
    >>> import rnnscope as rs
    >>> class Printed(rs.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, sorted(logs))
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile(optimizer="adam", loss="mse", metrics=["mae"])
    >>> trace = model.fit(task.x, task.y, epochs=2, verbose=0, callbacks=[Printed()])
    0 ['loss', 'mae']
    1 ['loss', 'mae']
    """

    model: Any = None
    params: Mapping[str, Any] = {}

    def set_model(self, model: Any) -> None:
        """Take the model that is trained."""
        self.model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Take what the training was asked for."""
        self.params = params

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Be called before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Be called after the last epoch, with what it came to."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Be called before an epoch."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Be called after an epoch and its validation."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Be called before a batch of training."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Be called after a batch of training."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Be called before a batch of training; by default calls `on_batch_begin`."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Be called after a batch of training; by default calls `on_batch_end`."""
        self.on_batch_end(batch, logs=logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Be called before `evaluate`, or before validation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Be called after `evaluate`, or after validation."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Be called before a batch of `evaluate`, or of validation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Be called after a batch of `evaluate`, or of validation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Be called before `predict`."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Be called after `predict`."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Be called before a batch of `predict`."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Be called after a batch of `predict`, with its `outputs`."""


class LambdaCallback(Callback):
    """Functions in place of a class.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end
        Called with the epoch and the logs.
    on_train_begin, on_train_end
        Called with the logs.
    on_train_batch_begin, on_train_batch_end
        Called with the batch and the logs.
    **others
        Any other method of `Callback`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> printed = rs.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, f"{logs['loss']:.2f}"))
    """

    def __init__(
        self,
        on_epoch_begin: Any = None,
        on_epoch_end: Any = None,
        on_train_begin: Any = None,
        on_train_end: Any = None,
        on_train_batch_begin: Any = None,
        on_train_batch_end: Any = None,
        **others: Any,
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **others,
        }
        there = [name for name in dir(Callback) if name.startswith("on_")]
        for name, function in given.items():
            if name not in there:
                raise TypeError(f"LambdaCallback: expected {', '.join(there)}; got {name!r}")
            if function is not None and not callable(function):
                raise TypeError(f"LambdaCallback: {name}: expected a function; got {describe(function)}")
            if function is not None:
                setattr(self, name, function)


class History(Callback):
    """Keeps what every epoch came to, as Keras does; the trace that `fit` returns has it anyway.

    Attributes
    ----------
    history
        Numbers by name, one per epoch.
    epoch
        The numbers of the epochs.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.callbacks.History().history
    {}
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Forget the numbers of the epochs of the training before."""
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Keep what the epoch came to."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


def _watches_batches(callback: Callback) -> bool:
    """Say whether a callback does anything at a batch of training."""
    return any(
        name in vars(callback) or getattr(type(callback), name) is not getattr(Callback, name) for name in BATCHES
    )


class Callbacks:
    """The callbacks of a run, called one after the other.

    Attributes
    ----------
    watch_batches
        Whether one of them wants to be called at every batch of training.
    """

    def __init__(self, callbacks: Iterable[Any], model: Any, params: Mapping[str, Any]) -> None:
        self._all = list(callbacks)
        self.watch_batches = any(map(_watches_batches, self._all))
        for callback in self._all:
            callback.set_model(model)
            callback.set_params(params)

    def __bool__(self) -> bool:
        return bool(self._all)

    def call(self, name: str, *numbers: int, logs: Logs | None = None) -> Logs:
        """Call a method of all of them, and return the logs as they left them."""
        logs = {} if logs is None else logs
        for callback in self._all:
            getattr(callback, name)(*numbers, logs=logs)
        return logs


NO_CALLBACKS = Callbacks([], None, {})
"""Nothing is called."""


def callbacks_of(callbacks: Any, model: Any, params: Mapping[str, Any]) -> Callbacks:
    """Return the callbacks of a run, out of a list, one alone, or nothing."""
    if callbacks is None:
        callbacks = []
    given = list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
    given = list(chain.from_iterable(entry if isinstance(entry, list | tuple) else [entry] for entry in given))
    for entry in given:
        if isinstance(entry, type):
            raise TypeError(f"callbacks: expected rs.callbacks; got a class. Call it: {entry.__name__}()")
        if not isinstance(entry, Callback):
            wanted = "rs.callbacks, or objects of a class of your own: class Mine(rs.callbacks.Callback)"
            hint = ""
            if callable(getattr(entry, "on_epoch_end", None)):
                hint = ". Callbacks of Keras read models of Keras: take the one of that name in rs.callbacks"
            raise TypeError(f"callbacks: expected {wanted}; got {describe(entry)}{hint}")
    return Callbacks(given, model, params)
