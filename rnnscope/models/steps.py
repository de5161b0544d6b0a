"""The epochs of a training one by one, and what may be changed between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from rnnscope.callbacks.callback import Logs
from rnnscope.models.hyperparameters import Hyperparameters
from rnnscope.models.recorder import Recorder, empty_trace
from rnnscope.models.training import Plan, Training
from rnnscope.trace.trace import Trace

if TYPE_CHECKING:
    from rnnscope.models.data import Data
    from rnnscope.models.fitting import Fitting
    from rnnscope.trace.labels import Labels


@dataclass(frozen=True)
class Epoch:
    """An epoch that has been trained.

    Attributes
    ----------
    number
        Its number in the trace.
    logs
        What it came to, by name: `loss`, the metrics, and `val_` before those of validation.
    steps
        What goes through the epochs.
    """

    number: int
    logs: Logs
    steps: Steps = field(repr=False, compare=False)

    @property
    def loss(self) -> float:
        """The mean loss over the samples, each as it was before the step of its batch."""
        return self.logs["loss"]

    @property
    def trace(self) -> Trace:
        """What was recorded until now."""
        return self.steps.trace

    def change(self, **changes: Any) -> str:
        """Change how the model learns from the next epoch on; see `Steps.change`."""
        return self.steps.change(**changes)


class Steps:
    """Goes through the epochs of a training; made by `model.train_steps`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile("adam", "mse")
    >>> steps = model.train_steps(task.x, task.y, epochs=100)
    >>> for epoch in steps:
    ...     if epoch.number == 4:
    ...         print(epoch.change(learning_rate=0.01))
    ...     if epoch.number == 9:
    ...         break
    learning rate 0.01
    >>> steps.trace.epochs.tolist(), steps.trace.marks
    ([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], ((5, 'learning rate 0.01'),))
    """

    def __init__(
        self, model: Fitting, training: Training, plan: Plan, recorder: Recorder | None, data: Data, labels: Labels
    ) -> None:
        self._model, self._training, self._plan, self._recorder = model, training, plan, recorder
        self._data, self._labels = data, labels
        self._epochs = training.epochs(plan, recorder)

    def __iter__(self) -> Iterator[Epoch]:
        return self

    def __next__(self) -> Epoch:
        before = self._training.learner.optimizer
        try:
            number, logs = next(self._epochs)
        finally:
            self._model.trained_epochs = self._plan.first + self._training.finished
            if self._training.learner.optimizer is not before:
                self._model.learns_by(self._training.learner.optimizer)
        return Epoch(number, logs, self)

    def drain(self) -> Trace:
        """Train all epochs that are left, and return what was recorded."""
        with self._training.at_work():
            for _ in self:
                pass
        return self.trace

    def before(self) -> Trace:
        """Return what a pass over the recorded samples records now: as a rule, before the first epoch."""
        record = replace(self._recorder.record, every=1, weights=True)
        return self._model._recorded(self._data, record, self._labels, first=self._plan.first)

    def hush(self) -> None:
        """Give no warning when a NaN or an infinity ends the training; `stopped` says it."""
        self._training.warns = False

    @property
    def nbytes(self) -> int:
        """Bytes of all that is to be recorded."""
        return self._recorder.nbytes

    def close(self) -> None:
        """Leave the epochs that are left."""
        self._epochs.close()

    def stop(self) -> None:
        """End the training after the step that runs; any thread may call it."""
        self._training.interrupt.requested = True

    @property
    def changes(self) -> list[tuple[int, dict[str, Any]]]:
        """What was changed on the way: the number of the first epoch with it, and the arguments of `change`."""
        return list(self._training.changes)

    @property
    def finished(self) -> int:
        """The number of epochs that are finished."""
        return self._training.finished

    @property
    def stopped(self) -> str | None:
        """Why training ended early, or None."""
        return self._training.stopped

    @property
    def hyperparameters(self) -> Hyperparameters:
        """How the model learns now."""
        return self._training.hyperparameters

    def change(self, **changes: Any) -> str:
        """Change how the model learns from the next epoch on, and return it in words; any thread may, at any time.

        Parameters
        ----------
        **changes
            Some of `optimizer` (a name, with its own learning rate, or one of `rs.optimizers`), `learning_rate`,
            `batch_size`, `noise` (the standard deviation of what is added to the inputs of every batch, new each time)
            and `clipnorm` (None for no clipping).

        Raises
        ------
        TypeError, ValueError
            If one of them is wrong; then nothing changes.
        """
        return self._training.ask(changes).in_words(changes)

    @property
    def trace(self) -> Trace:
        """What was recorded until now."""
        training, recorder, x, y = self._training, self._recorder, self._data.x, self._data.y
        finished, *told = *training.told(), training.stopped
        if recorder is None:
            samples, output = range(len(y)), self._model._output(x)
            found = empty_trace(training.network, x, y, output, *told, self._plan.first)
        else:
            samples = recorder.samples
            found = recorder.trace(finished, *told, training.steps)
        found = self._model._told(found, self._labels.some(samples))
        found.marks = tuple(mark for mark in training.marks if mark[0] < self._plan.first + finished)
        return found
