"""Callbacks that write files while a model is trained."""

from __future__ import annotations

import csv
import io
from os import PathLike
from pathlib import Path

from rnnscope.callbacks.callback import Callback, Logs
from rnnscope.callbacks.monitor import Monitor
from rnnscope.checks import describe, flag, number, positive_int
from rnnscope.languages import tr

WEIGHTS, MODEL = ".weights.h5", ".keras"


class ModelCheckpoint(Monitor):
    """Writes the model, or its weights, at the end of epochs; Keras reads the files too.

    Parameters
    ----------
    filepath
        Name of the file, ending in `.keras`, or in `.weights.h5` for weights alone. `{epoch:02d}` stands for the epoch,
        numbered from 1, `{loss:.3f}` for a number of the history.
    monitor
        The number that says which model is the best, such as `"val_loss"`.
    verbose
        1 to say it.
    save_best_only
        Whether only a model is written that is better than all before.
    save_weights_only
        Whether weights alone are written.
    mode
        `"min"`, `"max"`, or `"auto"`.
    save_freq
        `"epoch"`, or a number of batches.
    initial_value_threshold
        The first model has to be better than this.

    Examples
    --------
    >>> import rnnscope as rs
    >>> best = rs.callbacks.ModelCheckpoint("best.keras", monitor="loss", save_best_only=True)
    """

    def __init__(
        self,
        filepath: str | PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        self.save_best_only = flag("ModelCheckpoint: save_best_only", save_best_only)
        self.save_weights_only = flag("ModelCheckpoint: save_weights_only", save_weights_only)
        self.filepath = _path("ModelCheckpoint: filepath", filepath)
        wanted = WEIGHTS if save_weights_only else MODEL
        if not self.filepath.endswith(wanted) or (self.filepath.endswith(WEIGHTS) and not save_weights_only):
            what = "save_weights_only=True" if save_weights_only else "a whole model (save_weights_only=False)"
            words = f"expected a name that ends in {wanted} with {what}"
            raise ValueError(f"ModelCheckpoint: filepath: {words}; got {self.filepath!r}")
        self.save_freq = save_freq if save_freq == "epoch" else positive_int("ModelCheckpoint: save_freq", save_freq)
        if initial_value_threshold is not None:
            self.best = number("ModelCheckpoint: initial_value_threshold", initial_value_threshold, -float("inf"))
        self.verbose = verbose
        self._epoch = self._batches = 0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Write the model after so many batches, if that was asked for."""
        if self.save_freq == "epoch":
            return
        self._batches += 1
        if self._batches % self.save_freq == 0:
            self._save({"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the model."""
        if self.save_freq == "epoch":
            self._save(logs or {})

    def _save(self, logs: Logs) -> None:
        path = self._named(logs)
        if self.save_best_only:
            current = self.value_in(logs)
            if current is not None and not self.is_better(current, self.best):
                return
            self.best = self.best if current is None else current
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            print(tr("Epoch {number}: the model is in {path}", number=self._epoch + 1, path=path))

    def _named(self, logs: Logs) -> str:
        """Return the name of the file of an epoch."""
        values = {"epoch": self._epoch + 1, **logs}
        try:
            return self.filepath.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            there = ", ".join(f"{{{name}}}" for name in values)
            raise ValueError(
                f"ModelCheckpoint: filepath: expected names of {there}; got {self.filepath!r} ({error})"
            ) from error


class CSVLogger(Callback):
    """Writes what every epoch came to as a line of a table.

    Parameters
    ----------
    filename
        Name of the file.
    separator
        What stands between two numbers.
    append
        Whether lines are added to a file that is there.

    Examples
    --------
    >>> import rnnscope as rs
    >>> logger = rs.callbacks.CSVLogger("log.csv")
    """

    def __init__(self, filename: str | PathLike[str], separator: str = ",", append: bool = False) -> None:
        self.filename = _path("CSVLogger: filename", filename)
        if not isinstance(separator, str) or len(separator) != 1:
            raise ValueError(f"CSVLogger: separator: expected one character; got {describe(separator)}")
        self.separator, self.append = separator, flag("CSVLogger: append", append)
        self._names: list[str] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin the file."""
        self._names = None
        if not self.append:
            Path(self.filename).write_text("", encoding="utf-8")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line."""
        logs, path, rows = logs or {}, Path(self.filename), []
        if self._names is None:
            self._names = sorted(logs)
            if not any(name.startswith("val_") for name in self._names):  # as in Keras: they may come later
                self._names += [f"val_{name}" for name in self._names]
            if not path.exists() or not path.stat().st_size:
                rows.append(["epoch", *self._names])
        rows.append([epoch, *(logs.get(name, "NA") for name in self._names)])
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator).writerows(rows)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())


def _path(argument: str, path: str | PathLike[str]) -> str:
    if not isinstance(path, str | PathLike) or not str(path):
        raise TypeError(f"{argument}: expected the name of a file; got {describe(path)}")
    return str(path)
