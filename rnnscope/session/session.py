"""A session: one or several traces, the moment that is shown of them, in which views, and what plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from rnnscope.figures.alike import are_alike
from rnnscope.figures.compare import drawn, stacked
from rnnscope.figures.picture import Picture
from rnnscope.languages import language, speaking
from rnnscope.session.choices import options_checked, views_checked
from rnnscope.session.clicks import clicked
from rnnscope.session.frames import Frames
from rnnscope.session.hands import Hands
from rnnscope.session.nearest import nearest
from rnnscope.session.observers import Observers
from rnnscope.session.playing import Playing
from rnnscope.session.room import widest
from rnnscope.session.watcher import Watcher, Watchers
from rnnscope.trace import Cursor, Moment, Trace, Walk
from rnnscope.trace.moment import Position


class Session:
    """Goes from moment to moment of traces, and tells those who watch; it needs no page.

    Parameters
    ----------
    traces
        The traces by their names; of a single one the name may be empty.
    views
        Names of the views that are shown at first.
    cursor
        Where to begin.

    Attributes
    ----------
    names, walk
        The names of the traces, and the way through them.
    hands
        What is changed in them by hand.
    playing
        What plays it.
    is_open
        Whether it has not been closed.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.session import Session
    >>> task = rs.tasks.counting()
    >>> trace = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1)), rs.layers.Dense(1)]).trace(task.x)
    >>> session = Session({"": trace}, ["gates"], rs.Cursor(time=0))
    >>> session.step("time")
    True
    >>> session.cursor.time, session.moments[0].layer.kind, session.png("gates")[1:4]
    (1, 'GRU', b'PNG')
    """

    def __init__(self, traces: Mapping[str, Trace], views: Sequence[str], cursor: Cursor | None = None) -> None:
        self.names, self.walk = list(traces), Walk(list(traces.values()))
        self._position = self.walk.at(Cursor() if cursor is None else cursor)
        self._views = views_checked(views)
        self._options: dict[str, Any] = {}
        self._room: float | None = None
        self._is_loose = False
        self._widest = widest(len(self.names))
        self.frames = Frames(lambda view, at: drawn(self._named(at), view, most=self._widest, options=self._options))
        self.language = language()
        self.watchers = Watchers(self.language)
        self.observers = Observers(self.watchers)
        self.is_open = True
        self.playing, self.hands = Playing(self), Hands(self)

    # ------------------------------------------------------------------------------------------------------ the moment

    @property
    def cursor(self) -> Cursor:
        """The moment that is shown, with nothing left open but which unit is the largest."""
        return self._position.cursor

    @property
    def traces(self) -> dict[str, Trace]:
        """The traces by their names."""
        return dict(zip(self.names, self.walk.traces, strict=True)) if self.is_open else {}

    @property
    def moments(self) -> tuple[Moment, ...]:
        """What it comes to in each trace."""
        return self._position.moments

    @property
    def chosen(self) -> tuple[str, ...]:
        """What of the moment was left open and chosen for what happens there."""
        return self._position.chosen

    def go(self, cursor: Cursor | str) -> None:
        """Show the moment that a cursor, or its text, means, and tell those who observe if it is another."""
        self.check_open()
        before = self.cursor
        self._position = self.walk.at(Cursor.parse(cursor) if isinstance(cursor, str) else cursor)
        self.watchers.show()
        if self.cursor != before:
            self.observers.call(lambda: self.cursor)

    def move(self, **changes: Any) -> None:
        """Go to the same moment but for what changes."""
        self.go(replace(self.cursor, **changes))

    def click(self, view: str, across: float, down: float) -> bool:
        """Go where a click in the picture of a view means; return False where that means no moment.

        Its place is given as parts of the width from the left, and of the height from the top.
        """
        self.check_open()
        with self.speaking():
            found = self.frames.picture(view, self._position).pick(across, down)
        if found:
            self.go(clicked(self.walk, self.cursor, *found))
        return found is not None

    def step(self, over: str, by: int = 1) -> bool:
        """Take a step over `"phase"`, `"time"` or `"epoch"`, on (1) or back (−1); return False at the end."""
        self.check_open()
        found = self.walk.step(self.cursor, over, by)
        if found:
            self.go(found)
        return found is not None

    def renew(self, traces: Mapping[str, Trace], cursor: Cursor | None = None, *, passes_by: bool = False) -> None:
        """Exchange the traces for others, with other names or another number of them.

        Parameters
        ----------
        traces
            The traces by their names.
        cursor
            Where to go; by default the moment nearest to the one that is shown.
        passes_by
            Whether further traces follow soon, of a training that goes on: pictures are then drawn in less time, on
            scales that may be a little wide, and those that take long now and then. Renew once more at the end.

        Raises
        ------
        ValueError
            If there is no way through them, or the cursor is outside; then the session stays as it was.
        """
        self.check_open()
        if self._is_loose and not passes_by:
            self.frames.clear()
        self._is_loose = self.frames.passes_by = passes_by
        try:
            self.hands.renew(traces, cursor)
        finally:
            self.frames.passes_by = False

    def go_through(self, names: Sequence[str], walk: Walk, cursor: Cursor | None = None) -> None:
        """Go on another way, through traces of some names; tell those who observe if the moment is another."""
        position, before = walk.at(nearest(walk, self.cursor) if cursor is None else cursor), self.cursor
        if are_alike(self.walk.traces, walk.traces):
            self.frames.exchange()
        else:
            self.frames.clear()
        self.names, self.walk, self._position = list(names), walk, position
        self._widest = widest(len(names), self._room)
        if self.cursor != before:
            self.observers.call(lambda: self.cursor)

    # --------------------------------------------------------------------------------------------------- what is shown

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the views that are shown, in order."""
        return self._views

    @views.setter
    def views(self, views: Sequence[str]) -> None:
        self.check_open()
        self._views = views_checked(views)
        self.watchers.show()

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of views that were chosen, such as `{"order": "activity"}`; each view takes its own."""
        return dict(self._options)

    @options.setter
    def options(self, options: Mapping[str, Any]) -> None:
        self.check_open()
        self._options.update(options_checked(options, self.moments[0].trace))
        self._draw_anew()

    def speaking(self) -> AbstractContextManager[None]:
        """Speak, inside a `with`, the language in which the session began: it keeps it, whatever is spoken later."""
        return speaking(self.language)

    @property
    def is_dark(self) -> bool:
        """Whether pictures are on dark paper, if the rcParams have no colours of their own."""
        return self.frames.is_dark

    @property
    def widest(self) -> float:
        """How many inches wide pictures are at most."""
        return self._widest

    def place(self, is_dark: bool, room: float) -> None:
        """Draw for a place on dark or light paper, so many pixels wide."""
        wide, self._room = widest(len(self.names), room), room
        if (is_dark, wide) != (self.frames.is_dark, self._widest):
            self.frames.is_dark, self._widest = is_dark, wide
            self._draw_anew()

    def _draw_anew(self) -> None:
        self.frames.clear()
        self.watchers.show()

    def toggle_view(self, view: str, is_shown: bool) -> None:
        """Show or hide a view."""
        others = [other for other in self._views if other != view]
        self.views = [*others, view] if is_shown else others

    def png(self, view: str) -> bytes:
        """Return the picture of a view at this moment."""
        with self.speaking():
            return self.frames.png(view, self._position, self.playing.player.part)

    @property
    def alt(self) -> str:
        """What is shown, in words."""
        self.check_open()
        with self.speaking():
            return "\n".join(self._words(view) for view in self._views)

    def picture(self) -> Picture:
        """Return a figure of its own of the views that are shown, at this moment, one below the other."""
        self.check_open()
        if not self._views:
            raise ValueError("views: expected at least one to draw; none is shown")
        most = widest(len(self.names))
        with self.speaking():
            return stacked(self._named(self._position), self._views, most=most, options=self._options)

    def _named(self, at: Position) -> dict[str, Moment]:
        """Return the moments of a position by the names of their traces."""
        return dict(zip(self.names, at.moments, strict=True))

    def _words(self, view: str) -> str:
        try:
            return self.frames.picture(view, self._position).alt
        except ValueError as error:
            return f"{view}: {error}"

    # ------------------------------------------------------------------------------------------------ who is told of it

    def watch(self, watcher: Watcher) -> None:
        """Let something show the session from now on."""
        self.watchers.all.append(watcher)
        with self.speaking():
            watcher.show()

    def observe(self, call: Callable[[Cursor], Any]) -> None:
        """Call a function with the new cursor whenever it has changed; what it raises is told, and stops nothing."""
        self.check_open()
        self.observers.add(call)

    # ------------------------------------------------------------------------------------------------------------- end

    def check_open(self) -> None:
        """Refuse to go on after the end."""
        if not self.is_open:
            raise ValueError("explorer: expected one that is open; this one was closed. Call rs.explore again")

    def close(self) -> None:
        """Stop playing, and let go of pictures and traces; the cursor and the views stay known."""
        self.playing.pause()
        self.is_open = False
        for held in (self.frames, self.watchers.all, self.observers):
            held.clear()
        self.walk, self.hands, self._position = None, None, Position(self.cursor, ())
