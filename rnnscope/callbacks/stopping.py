"""Callbacks that end training."""

from __future__ import annotations

from rnnscope.callbacks.callback import Callback, Logs
from rnnscope.callbacks.monitor import Monitor
from rnnscope.checks import flag, number, positive_int
from rnnscope.languages import tr


class EarlyStopping(Monitor):
    """Ends training when a number has not become better for some epochs.

    Parameters
    ----------
    monitor
        Its name in `history`.
    min_delta
        A number is better if it is so by more than this.
    patience
        After so many epochs without a better number training ends.
    verbose
        1 to say it.
    mode
        `"min"`, `"max"`, or `"auto"`.
    baseline
        Epochs also count as without a better number until it is better than this.
    restore_best_weights
        Whether the model ends with the weights of the end of the best epoch.
    start_from_epoch
        Epochs before this one do not count.

    Attributes
    ----------
    stopped_epoch, best_epoch
        The epoch after which training ended (0 if it did not), and the best one.
    best
        The best number.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile(optimizer=rs.optimizers.Adam(0.0), loss="mse")
    >>> stop = rs.callbacks.EarlyStopping(monitor="loss", patience=2)
    >>> len(model.fit(task.x, task.y, epochs=50, verbose=0, callbacks=[stop]).history["loss"])
    3
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = positive_int("EarlyStopping: patience", patience, 0)
        self.verbose = verbose
        self.baseline = None if baseline is None else number("EarlyStopping: baseline", baseline, -float("inf"))
        self.restore_best_weights = flag("EarlyStopping: restore_best_weights", restore_best_weights)
        self.start_from_epoch = positive_int("EarlyStopping: start_from_epoch", start_from_epoch, 0)
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin anew."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Look whether the number became better."""
        current = self.value_in(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self._keep(epoch)
        self.wait += 1
        if self.is_better(current, self.best):
            self.best = current
            self._keep(epoch)
            if self.baseline is None or self.is_better(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Give the model its best weights, if that was asked for."""
        if self.stopped_epoch and self.verbose:
            print(tr("Epoch {number}: early stopping", number=self.stopped_epoch + 1))
        if self.best_weights is not None:
            if self.verbose:
                print(tr("The weights are those of the end of the best epoch, {number}", number=self.best_epoch + 1))
            self.model.set_weights(self.best_weights)

    def _keep(self, epoch: int) -> None:
        self.best_epoch = epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()


class TerminateOnNaN(Callback):
    """Taken for Keras's sake: training ends at the first NaN or infinity in any case, and says where it began.

    Examples
    --------
    >>> import rnnscope as rs
    >>> callbacks = [rs.callbacks.TerminateOnNaN()]
    """
