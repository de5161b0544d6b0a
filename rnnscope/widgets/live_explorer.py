"""An explorer of a training that goes on: its pictures follow it, and its controls change it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from rnnscope.interventions import Change
from rnnscope.live import LiveTraining, Rates
from rnnscope.live.live_training import RUNNING
from rnnscope.models.fitting import Fitting
from rnnscope.session import Session
from rnnscope.session.playback import BREATH, SHOWN_PATIENCE, Timer, soon
from rnnscope.trace import Cursor, Trace
from rnnscope.widgets.explorer import Explorer
from rnnscope.widgets.interrupts import Interrupts
from rnnscope.widgets.live_controls import SEEKING, LiveControls
from rnnscope.widgets.thread import OWNER, by_owner

FPS = 15
"""While it trains, pictures follow so many times a second at most."""


class LiveExplorer(Explorer):
    """A training that goes on, with controls that change it and pictures that follow; made by `rs.train_live`.

    What an explorer does it does too: while the model trains one may go back to any epoch. At the newest epoch it
    follows.

    Attributes
    ----------
    training
        The training: `start`, `pause`, `change`, `reset`, `trace`, `state`, `script`, `model`.
    """

    def __init__(self, live: LiveTraining, views: Sequence[str], cursor: Cursor | None) -> None:
        super().__init__({"": live.trace}, views, cursor)
        self.training = live
        self._controls = LiveControls(live, self._screen.board, self._find_rates)
        self._screen.put_above(self._controls.box)
        self._screen.show()
        self._timer: Timer | None = None
        self._since, self._is_passing = 0.0, False
        self._interrupts = Interrupts(live.pause)
        live.told = lambda: OWNER.post(self._follow)

    @property
    def model(self) -> Fitting:
        """The model that is trained."""
        return self.training.model

    @property
    def trace(self) -> Trace:
        """What was recorded until now."""
        return self.training.trace

    @by_owner
    def change(self, *changes: Change, **settings: Any) -> None:
        """Change something by hand at the moment (`Explorer.change`), or how the model learns (`Steps.change`)."""
        if settings:
            self.training.change(**settings)
        if changes or not settings:
            super().change(*changes)

    def start(self, epochs: int | None = None) -> None:
        """Train on, for so many epochs, or until it is paused."""
        self.training.start(epochs)

    def pause(self) -> None:
        """Pause the training, and what plays."""
        self.training.pause()
        super().pause()

    def reset(self) -> None:
        """Take the training back to the start."""
        self.training.reset()

    @property
    def _now(self) -> Session:
        """The session, with what was trained until now: in a cell that runs nothing follows by itself."""
        if self._session.is_open and self.training.trace not in self._session.hands.traces.values():
            self.refresh()
        return self._session

    @by_owner
    def refresh(self) -> None:
        """Show what was trained until now; in a notebook that happens by itself."""
        self._session.check_open()
        with self.training.standing_by(), self._session.speaking():
            self._refresh()

    def _refresh(self) -> None:
        session, trace = self._session, self.training.trace
        (shown,), goes_on = session.hands.traces.values(), self.training.goes_on
        if self._is_passing or shown is not trace:
            is_newest = session.cursor.epoch == session.walk.epochs[-1]
            newest = replace(session.cursor, epoch=int(trace.epochs[-1])) if is_newest else None
            session.renew({"": trace}, newest, passes_by=goes_on)
        self._is_passing = goes_on
        self._controls.show()

    @by_owner
    def close(self) -> None:
        """End the training for good, and take everything off the page; the model and the trace stay."""
        if self._session.is_open:
            self.training.told = lambda: None
            self._rest()
            self.training.close()
            super().close()

    def _follow(self) -> None:
        """Follow the training until it rests."""
        if self._session.is_open and self._timer is None:
            self._interrupts.begin()
            self._tick()

    def _tick(self) -> None:
        self._timer, start = None, time.monotonic()
        if not self._screen.has_shown() and start < self._since + SHOWN_PATIENCE:
            self._timer = soon(BREATH, self._tick)
            return
        self._since = start
        runs = self.training.goes_on  # asked before: what comes after is shown by the next tick
        try:
            self.refresh()
        except Exception as error:  # nothing else would ever tell the user
            self._screen.tell(f"{type(error).__name__}: {error}", error)
        if runs:
            self._timer = soon(max(BREATH, 1 / FPS - (time.monotonic() - start)), self._tick)
        else:
            self._rest()

    def _rest(self) -> None:
        self._interrupts.end()
        if self._timer:
            self._timer.cancel()
        self._timer = None

    def _find_rates(self) -> None:
        """Look for learning rates in a thread of its own, and offer them."""
        self._controls.seek(SEEKING)

        def work() -> None:
            try:
                rates = self.training.rates()
            except Exception as error:  # it is told in the place of the rates
                text = str(error)
                OWNER.post(lambda: self._controls.seek(text))
            else:
                OWNER.post(lambda: self._offer(rates))

        threading.Thread(target=work, name="rnnscope learning rates", daemon=True).start()

    def _offer(self, rates: Rates) -> None:
        if self._session.is_open:
            with self._session.speaking():
                self._controls.offer(rates)
            self._screen.hear()


@by_owner
def train_live(
    model: Fitting,
    x: Any,
    y: Any = None,
    views: Sequence[str] = ("training", "network"),
    cursor: Cursor | None = None,
    **options: Any,
) -> LiveExplorer:
    """Train in a notebook with the controls in hand: start, pause, change how the model learns, and see it.

    It trains in a thread of its own, so the notebook stays free. The same epochs give the same numbers as `fit`; the
    result is an ordinary model and trace.

    Parameters
    ----------
    model
        A model that is compiled. It is trained, and may be used between any two epochs.
    x, y
        Inputs and targets, as in `fit`.
    views
        Names of the views that follow; buttons show and hide others.
    cursor
        Where to begin.
    **options
        Those of `rs.live.LiveTraining` and of `fit`: `epochs`, `record`, `labels`, `batch_size`, `validation_split` …

    Returns
    -------
    LiveExplorer
        What the notebook shows. `.training` is the training, `.trace` what was recorded, `.model` the model.

    Raises
    ------
    TypeError, ValueError
        As `fit` and `rs.explore`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile("adam", "mse")
    >>> explorer = rs.train_live(model, task.x, task.y)
    >>> explorer.training.start(epochs=20)
    >>> explorer.training.wait()
    >>> explorer.training.change(learning_rate=0.1)
    'learning rate 0.1'
    >>> len(explorer.trace.epochs)
    20
    >>> explorer.close()
    """
    for other in tuple(RUNNING):  # one that a cell made, which was run again, could be stopped no more
        other.pause()
        if other.model is model:
            other.wait()
    return LiveExplorer(LiveTraining(model, x, y, **options), views, cursor)
