"""Playback: one step after another, driven by the kernel, never faster than pictures arrive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from rnnscope.checks import number
from rnnscope.figures.flow import flow_of
from rnnscope.trace.walk import SPEED

BREATH = 0.01
"""Seconds between the end of a step and the next at least, in which the kernel hears the user."""

FLOW_FPS = 20
"""While it plays, information flows in so many frames per second."""

SHOWN_PATIENCE = 1.0
"""After so many seconds the next step is taken though the last picture has not arrived."""


class Timer(Protocol):
    """What `later` returns."""

    def cancel(self) -> None:
        """Forget the call."""


def soon(seconds: float, call: Callable[[], None]) -> Timer:
    """Call something after so many seconds, in the event loop of the kernel."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("play: expected a running event loop, as a notebook has; got none") from None
    return loop.call_later(seconds, call)


class Player:
    """Takes steps at a speed, until there are no more, or until it is paused.

    A step that takes longer than it should puts off those after it: none is left out, and none waits in a queue. Where
    information flows, a step is shown in several frames, all within its time.

    Parameters
    ----------
    step
        Takes a step over `"epoch"`, `"time"` or `"phase"`; returns whether there was one.
    changed
        Is called when playing begins or ends.
    flows
        Says whether information flows in what is shown, when it is played over something.
    show
        Is called when the step that is shown has come further.
    arrived
        Says whether the last picture is on the screen; until then, for at most `SHOWN_PATIENCE`, a step waits.
    later, clock
        Call something later, and tell the time, in seconds.

    Attributes
    ----------
    over
        What is played, or None.
    speed
        Steps per second.
    part
        How far the step that is shown has come, from 0 to 1.
    """

    def __init__(
        self,
        step: Callable[[str], bool],
        changed: Callable[[], None] = lambda: None,
        *,
        flows: Callable[[str], bool] = lambda over: False,
        show: Callable[[], None] = lambda: None,
        arrived: Callable[[], bool] = lambda: True,
        later: Callable[[float, Callable[[], None]], Timer] = soon,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.step, self.changed, self.arrived, self.later, self.clock = step, changed, arrived, later, clock
        self.flows, self.show = flows, show
        self.over: str | None = None
        self.part = 1.0
        self._frames: list[float] = []
        self._ticks, self._shown = 1, 0
        self._speed = float(SPEED)
        self._timer: Timer | None = None
        self._since = 0.0

    @property
    def speed(self) -> float:
        """Steps per second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = number("speed", speed, 0, open_low=True)

    def play(self, over: str) -> None:
        """Begin to play, whatever was played before."""
        self._stop()
        self._timer = self.later(0, self._tick)
        self.over, self._since = over, self.clock()
        self.changed()

    def pause(self) -> None:
        """Stop."""
        was, _ = self.over, self._stop()
        if was:
            self.changed()

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self.over = None
        if self._frames:
            self._frames = []
            self._show_part(1.0)

    def _tick(self) -> None:
        start = self.clock()
        if not self.arrived() and start < self._since + SHOWN_PATIENCE:
            self._timer = self.later(BREATH, self._tick)
            return
        self._since = start
        if self._frames:
            self._show_part(self._frames.pop(0))
        elif not self._step():
            self.pause()
        if self.over:
            left = 1 if self._frames else self._ticks - self._shown
            self._timer = self.later(
                max(BREATH, left / (self._ticks * self.speed) - (self.clock() - start)), self._tick
            )

    def _step(self) -> bool:
        """Take a step, of which the first frame is shown, or all of it if there is no time for several."""
        parts, self._ticks = flow_of(self.speed, FLOW_FPS) if self.flows(self.over) else ([], 1)
        self.part, *self._frames = [*parts, 1.0]
        self._shown = len(parts)
        return self.step(self.over)

    def _show_part(self, part: float) -> None:
        self.part = part
        self.show()
