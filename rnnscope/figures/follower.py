"""What can be in a picture: it shows a moment of one or several traces, and moves to others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from matplotlib.artist import Artist

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.picking import picked
from rnnscope.trace import Cursor, Moment, Trace


class Follower(Canvas, ABC):
    """An axes that follows a cursor: what a picture knows of the views in it.

    Attributes
    ----------
    moments
        What it shows: the moments of its trace and of those that it is compared with.
    moving
        The artists that a change of the moment moves.
    """

    flows: ClassVar[bool] = False
    """Whether it can show how information flows while something is computed (`flow`); when it moves, all has come."""
    stands_on_trace: ClassVar[bool] = True
    """Whether more of what stands still than the scales may be of its trace; a view of which nothing is moves, rather
    than being drawn anew, from a trace to one that is alike, and with more epochs, too."""
    moments: tuple[Moment, ...]
    moving: list[Artist]

    @property
    @abstractmethod
    def alt(self) -> str:
        """What is shown, in words."""

    @abstractmethod
    def titles(self) -> list[str]:
        """Return what is seen in a few words, the longest way first."""

    @property
    @abstractmethod
    def opener(self) -> Callable[..., Any]:
        """What chooses for it where a cursor is open: views with the same one mean the same moment."""

    @abstractmethod
    def opened(self, cursor: Cursor | None, traces: Sequence[Trace]) -> tuple[Moment, ...]:
        """Return what a cursor means in traces."""

    @abstractmethod
    def own(self, moments: Sequence[Moment]) -> Moment:
        """Return which of the moments of several traces is that of its own."""

    @abstractmethod
    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment that cannot be shown."""

    @abstractmethod
    def exchange(self, moments: Sequence[Moment]) -> None:
        """Take moments of other traces, which are alike, in place of those that it shows; `show` then shows one."""

    @abstractmethod
    def show(self, moments: Sequence[Moment]) -> bool:
        """Move to moments that were checked; return whether what stands still had to be drawn anew."""

    def pick(self, x: float, y: float) -> dict[str, Any] | None:
        """Return which fields of the cursor a click goes to, at a place of the figure in pixels; None if it has none.

        What the panels say of themselves is enough (`drawing/panel.py`).
        """
        return picked(self.host.child_axes, self.own(self.moments), x, y)

    def resolve(self, cursor: Cursor) -> tuple[Moment, ...]:
        """Return what a cursor means in its trace and those that it is compared with."""
        return self.opened(cursor, [moment.trace for moment in self.moments])

    def update(self, cursor: Cursor) -> bool:
        """Move to another moment; return whether what stands still had to be drawn anew."""
        moments = self.resolve(cursor)
        self.check_moment(self.own(moments))
        return self.show(moments)

    def flow(self, part: float) -> None:
        """Show how far what is computed at the moment has come, from 0 (not begun) to 1, if it `flows`."""
