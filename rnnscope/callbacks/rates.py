"""Callbacks that change the learning rate."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from rnnscope.callbacks.callback import Callback, Logs
from rnnscope.callbacks.monitor import Monitor
from rnnscope.checks import describe, number, positive_int
from rnnscope.languages import tr


class LearningRateScheduler(Callback):
    """Sets the learning rate before every epoch.

    Parameters
    ----------
    schedule
        A function of the epoch and the learning rate until now, or of the epoch alone, that returns the new one.
    verbose
        1 to say it.

    Examples
    --------
    >>> import rnnscope as rs
    >>> halved = rs.callbacks.LearningRateScheduler(lambda epoch, rate: rate if epoch < 10 else rate / 2)
    """

    def __init__(self, schedule: Any, verbose: int = 0) -> None:
        if not callable(schedule):
            wanted = "a function of epoch and learning rate"
            raise TypeError(f"LearningRateScheduler: schedule: expected {wanted}; got {describe(schedule)}")
        self.schedule, self.verbose = schedule, verbose
        self._arguments = 2 if _takes(schedule, 2) else 1

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate."""
        optimizer = self.model.optimizer
        given = (epoch, float(optimizer.learning_rate))
        rate = self.schedule(*given[: self._arguments])
        optimizer.learning_rate = number("LearningRateScheduler: what schedule returns", rate, 0)
        if self.verbose:
            print(_told(epoch, optimizer.learning_rate))

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Put the learning rate into the history."""
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class ReduceLROnPlateau(Monitor):
    """Makes the learning rate smaller when a number has not become better for some epochs.

    Parameters
    ----------
    monitor
        Its name in `history`.
    factor
        The learning rate is multiplied by this.
    patience
        After so many epochs without a better number it is.
    verbose
        1 to say it.
    mode
        `"min"`, `"max"`, or `"auto"`.
    min_delta
        A number is better if it is so by more than this.
    cooldown
        So many epochs after a change do not count.
    min_lr
        The learning rate becomes no smaller than this.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.callbacks.ReduceLROnPlateau(monitor="loss", factor=0.5, patience=3).factor
    0.5
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.factor = number("ReduceLROnPlateau: factor", factor, 0, 1)
        self.patience = positive_int("ReduceLROnPlateau: patience", patience, 0)
        self.cooldown = positive_int("ReduceLROnPlateau: cooldown", cooldown, 0)
        self.min_lr = number("ReduceLROnPlateau: min_lr", min_lr, 0)
        self.verbose = verbose
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin anew."""
        self.best, self.wait, self._cooling = None, 0, 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look whether the number became better; the learning rate comes into the history."""
        current = self.value_in(logs)
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        if current is None:
            return
        if self._cooling:
            self._cooling -= 1
            self.wait = 0
        if self.is_better(current, self.best):
            self.best, self.wait = current, 0
        elif not self._cooling:
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def _reduce(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        before = float(optimizer.learning_rate)
        if before > self.min_lr:
            optimizer.learning_rate = max(before * self.factor, self.min_lr)
            self._cooling, self.wait = self.cooldown, 0
            if self.verbose:
                print(_told(epoch, optimizer.learning_rate))


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Say whether a function takes so many arguments by position; of those that do not say it, that it does."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _told(epoch: int, rate: float) -> str:
    """Say that the learning rate is another one."""
    return tr("Epoch {number}: the learning rate is now {rate}", number=epoch + 1, rate=f"{rate:g}")
