"""A training in a thread of its own: started, paused, changed while it runs, and taken back to the start."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from rnnscope.checks import describe, positive_int
from rnnscope.live.rates import Rates, sweep
from rnnscope.live.room import run_for
from rnnscope.live.script import script_of
from rnnscope.models.fitting import Fitting
from rnnscope.models.hyperparameters import Hyperparameters
from rnnscope.trace.labels import Labels
from rnnscope.trace.record import Record
from rnnscope.trace.trace import Trace

RUNNING: WeakSet[LiveTraining] = WeakSet()
"""The trainings that go on in the background."""


class LiveTraining:
    """A training that goes on in the background.

    It computes what `fit` computes: the same epochs give the same numbers. What is changed on the way acts from the
    next epoch on. Any thread may call its methods.

    Parameters
    ----------
    model
        A model that is compiled. It is trained, and may be used between any two epochs.
    x, y
        Inputs and targets, or batches as `x` alone, as in `fit`.
    epochs
        After so many epochs it is finished; by default as many as can be recorded within the budget, up to 10,000.
    record
        What to record, as in `fit`; by default all samples, and of the weights the newest ones always.
    labels
        Names of the time steps, of the classes of the output and of the samples.
    **options
        Other arguments of `fit`, such as `batch_size` and `validation_split`.

    Attributes
    ----------
    model
        The model.
    epochs
        After so many epochs it is finished.
    pace
        So many epochs a second at most; None for as many as it can.
    told
        Is called, without arguments, from the thread in which it happens, when training starts or comes to rest.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.live import LiveTraining
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile("adam", "mse")
    >>> live = LiveTraining(model, task.x, task.y)
    >>> live.start(epochs=10)
    >>> live.wait()
    >>> live.state, len(live.trace.epochs)
    ('paused', 10)
    >>> live.change(learning_rate=0.01)
    'learning rate 0.01'
    """

    def __init__(
        self,
        model: Fitting,
        x: Any,
        y: Any = None,
        *,
        epochs: int | None = None,
        record: bool | Record = True,
        labels: Labels | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(model, Fitting):
            raise TypeError(f"model: expected a model of rnnscope that is compiled; got {describe(model)}")
        if record is False:
            raise ValueError("record: expected True or an rs.Record; got False: nothing could be shown")
        if "initial_epoch" in options:
            wanted = "none: a live training goes on from the epochs that the model was trained for"
            raise ValueError(f"initial_epoch: expected {wanted}; got {options['initial_epoch']!r}")
        if hasattr(x, "__next__"):
            wanted = "arrays, or batches that can be gone through anew, such as an object with __len__ and __getitem__"
            raise TypeError(f"x: expected {wanted}; got {describe(x)}")
        self.model = model
        self.told: Callable[[], None] = lambda: None
        self.pace: float | None = None
        self._woken, self._may_go_on = threading.Event(), threading.Event()
        self._may_go_on.set()
        self._given = {"x": x, "y": y, "labels": labels, **options}
        chosen = None if epochs is None else positive_int("epochs", epochs)
        self.epochs, self._record = run_for(lambda **run: model.train_steps(**self._given, **run), chosen, record)
        self._control, self._worker = threading.RLock(), None
        self._left: int | None = None
        self._is_pausing = self._is_closed = False
        self._saved = copy.deepcopy(model)
        self._begin()

    def _begin(self) -> None:
        self._steps = self.model.train_steps(**self._given, epochs=self.epochs, record=self._record)
        self._steps.hush()
        self._is_over, self._error, self._kept = False, None, (None, None)
        self._first = self._steps.before()

    # ---------------------------------------------------------------------------------------------- what can be asked

    @property
    def state(self) -> str:
        """`"training"`, `"pausing"` (until the epoch ends), `"paused"`, `"finished"`, `"stopped"` or `"closed"`."""
        if self._worker is not None:
            return "pausing" if self._is_pausing else "training"
        if self._is_closed:
            return "closed"
        if not self._is_over:
            return "paused"
        return "finished" if self.stopped is None else "stopped"

    @property
    def goes_on(self) -> bool:
        """Whether it trains, if only until the epoch ends."""
        return self._worker is not None

    @property
    def stopped(self) -> str | None:
        """Why training ended early, or None."""
        if self._error is not None:
            return f"{type(self._error).__name__}: {self._error}"
        return self._steps.stopped if self._is_over else None

    @property
    def finished(self) -> int:
        """The number of epochs that are finished."""
        return self._steps.finished

    @property
    def hyperparameters(self) -> Hyperparameters:
        """How the model learns from the next epoch on."""
        return self._steps.hyperparameters

    @property
    def trace(self) -> Trace:
        """What was recorded until now; before the first epoch, a pass with the weights as they are.

        It is the same object as long as no further epoch is finished.
        """
        now = self._steps, self.finished, self.stopped
        if now[1] and self._kept[0] != now:
            self._kept = now, self._steps.trace
        return self._kept[1] if now[1] else self._first

    @property
    def script(self) -> str:
        """The lines that train a model like this one just so."""
        return script_of(self._given, self.finished, self.trace.first_epoch, self._steps.changes)

    # ------------------------------------------------------------------------------------------------- what can be done

    def start(self, epochs: int | None = None) -> None:
        """Train on, for so many epochs, or until it is paused."""
        left = None if epochs is None else positive_int("epochs", epochs)
        with self._control:
            self._check_open()
            self._check_can_go_on("start")
            if self._worker is None:
                self._check_model()
                self.model.lend(self)
                RUNNING.add(self)
            self._left, self._is_pausing = left, False
            self._woken.clear()
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="rnnscope live training", daemon=True)
                self._worker.start()
        self.told()

    def pause(self) -> None:
        """Pause when the epoch that runs has ended."""
        with self._control:
            self._is_pausing = self._worker is not None
            self._woken.set()
        self.told()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until training comes to rest, for so many seconds at most; an interrupt pauses it."""
        worker = self._worker
        try:
            if worker is not None:
                self._may_go_on.set()  # whoever made it stand by may be the one that waits
                worker.join(timeout)
        except KeyboardInterrupt:
            self.pause()
            raise

    def change(self, **changes: Any) -> str:
        """Change how the model learns from the next epoch on, and return it in words; see `Steps.change`."""
        self._check_open()
        self._check_can_go_on("change")
        words = self._steps.change(**changes)
        self.told()
        return words

    @contextmanager
    def standing_by(self) -> Iterator[None]:
        """Let no epoch begin inside the block: two threads that both compute hold each other up."""
        self._may_go_on.clear()
        try:
            yield
        finally:
            self._may_go_on.set()

    def reset(self) -> None:
        """Go back to the start: the weights, the averages of the optimizer and the order of samples, as they were."""
        self._check_open()
        self._halt()
        with self._control:
            self._steps.close()
            self.model.take_over(copy.deepcopy(self._saved))
            self._begin()
        self.told()

    def rates(self) -> Rates:
        """Return learning rates that are too small, good and too large for the model as it began, by a short sweep."""
        options = {name: value for name, value in self._given.items() if name not in ("labels", "callbacks")}
        return sweep(self._saved, **options)

    def close(self) -> None:
        """End the training for good; the model keeps its weights, and the trace stays."""
        self._halt()
        self._steps.close()
        self._is_closed = True
        self.told()

    def _halt(self) -> None:
        """Let training end after the step that runs, and wait for it."""
        worker = self._worker
        if worker is not None:
            self._is_pausing = True
            self._woken.set()
            self._steps.stop()
            self._may_go_on.set()
            worker.join()

    def _check_model(self) -> None:
        """Refuse a model that something else has trained on meanwhile."""
        if self.model.trained_epochs != self.trace.first_epoch + self.finished:
            wanted = "the model as this training left it; it was trained elsewhere"
            raise ValueError(f"start: expected {wanted}. Type reset(), or call rs.train_live again")

    def _check_can_go_on(self, wanted: str) -> None:
        if self._is_over:
            why = self.stopped or f"all {self.epochs} epochs are finished"
            raise ValueError(f"{wanted}: expected a training that can go on; {why}. Type reset() to begin anew")

    def _check_open(self) -> None:
        if self._is_closed:
            raise ValueError("live training: expected one that is open; this one was closed. Call rs.train_live again")

    def _work(self) -> None:
        """Train epoch by epoch, until there is a reason to rest."""
        while not self._comes_to_rest():
            self._may_go_on.wait()
            try:
                self._is_over = next(self._steps, None) is None
            except BaseException as error:  # of a callback: nothing else would ever show it
                self._error, self._is_over = error, True
            if self._left is not None:
                self._left -= 1
            if self.pace and not self._is_over and self._left != 0:
                self._woken.wait(1 / self.pace)
        self.told()

    def _comes_to_rest(self) -> bool:
        """Say whether there is a reason to rest; then another start is needed."""
        with self._control:
            rests = self._is_over or self._is_pausing or self._left == 0
            if rests:
                self._worker, self._is_pausing = None, False
                self.model.give_back()
                RUNNING.discard(self)
        return rests
