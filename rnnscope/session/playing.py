"""How a session plays: what follows what, where it begins anew, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnscope.figures.registry import CLASSES
from rnnscope.findings.texts import why
from rnnscope.languages import noted, tr
from rnnscope.session.playback import Player
from rnnscope.session.watcher import fault
from rnnscope.trace import Cursor, Walk

if TYPE_CHECKING:
    from rnnscope.session.session import Session

STEPS = {"epoch": noted("epochs"), "time": noted("time steps"), "phase": noted("phases")}
"""What is played, in words."""

FIRST = "time"
"""What the space bar plays first."""


class Playing:
    """Plays a session over phases, time steps or epochs.

    Parameters
    ----------
    session
        What is played.

    Attributes
    ----------
    player
        What takes the steps.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        watchers = session.watchers
        self.player = Player(
            self._go_on, watchers.show_playing, flows=self._flows, show=watchers.show, arrived=watchers.has_shown
        )
        self._last: str | None = None
        self._went_on = ""

    @property
    def over(self) -> str | None:
        """What is played over, or None."""
        return self.player.over

    @property
    def status(self) -> str:
        """Why this moment is shown, what plays, and what the space bar does, in words."""
        with self.session.speaking():
            said = told(self.over, self._last, self.session.cursor, self._went_on)
            return " ".join(filter(None, (why(self.session.chosen), said)))

    def play(self, over: str = FIRST, speed: float | None = None) -> None:
        """Step on by itself over `"phase"`, `"time"` or `"epoch"`, so many steps per second; at the end, begin anew."""
        session = self.session
        session.check_open()
        is_end = following(session.walk, session.cursor, over) is None
        if speed is not None:
            self.player.speed = speed
        self._went_on = ""
        self.player.play(over)
        self._last = over
        if is_end:
            session.go(beginning(session.walk, session.cursor, over))

    def pause(self) -> None:
        """Stop playing."""
        self.player.pause()

    def toggle(self, over: str | None = None) -> None:
        """Play, or pause if it plays already; by default what was played last."""
        over = over or self.over or self._last or FIRST
        if self.over == over:
            self.pause()
        else:
            self.play(over)

    def _flows(self, over: str) -> bool:
        """Say whether information flows in a view that is shown, from moment to moment of an epoch."""
        return over != "epoch" and any(CLASSES[view].flows for view in self.session.views)

    def _go_on(self, over: str) -> bool:
        """Take a step of the player; an error is told, and ends the playing."""
        session = self.session
        try:
            before, found = session.cursor, following(session.walk, session.cursor, over)
            if found is None:
                return False
            if found.layer != before.layer:
                self._went_on = noted("layer {layer}", layer=found.layer)
            elif found.epoch != before.epoch and over != "epoch":
                self._went_on = noted("epoch {epoch}", epoch=found.epoch)
            session.go(found)
            return True
        except Exception as error:  # nothing else would ever tell the user
            session.watchers.tell(*fault(error))
            return False


def following(walk: Walk, cursor: Cursor, over: str) -> Cursor | None:
    """Return what is played after a moment; None at the end.

    Over time it stays in its layer: after the last time step comes the first one of the next epoch.
    """
    found = walk.step(cursor, over, 1)
    if over != "time" or found is None or found.layer == cursor.layer:
        return found
    next_epoch = walk.step(cursor, "epoch", 1)
    return next_epoch and walk.begin(next_epoch, over)


def beginning(walk: Walk, cursor: Cursor, over: str) -> Cursor:
    """Return where playing begins anew that has come to its end: over time in the same layer."""
    return walk.begin(cursor, over) if over == "time" else walk.first(cursor, over)


def told(over: str | None, last: str | None, cursor: Cursor, went_on: str) -> str:
    """Return in words what plays and where, or what the space bar plays (again); and that it went on elsewhere.

    Examples
    --------
    >>> import rnnscope as rs
    >>> told(None, "phase", rs.Cursor(), "")
    'Paused. Space plays phases again.'
    >>> told("time", "time", rs.Cursor(epoch=3, layer="lstm"), "epoch 3")
    'Plays time steps in layer lstm, epoch 3. It went on to epoch 3. Space pauses.'
    """
    if over is None:
        if last:
            return tr("Paused. Space plays {steps} again.", steps=STEPS[last])
        return tr("Space plays {steps}.", steps=STEPS[FIRST])
    parts = {"steps": STEPS[over], "layer": cursor.layer}
    if over == "epoch":
        plays = tr("Plays {steps} in layer {layer}.", **parts)
    else:
        plays = tr("Plays {steps} in layer {layer}, epoch {epoch}.", epoch=cursor.epoch, **parts)
    gone = tr("It went on to {place}.", place=went_on) if went_on else ""
    return " ".join(filter(None, (plays, gone, tr("Space pauses."))))
