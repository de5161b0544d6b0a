"""A session: one or several traces, the moment that is shown of them, in which views, and what plays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rnnscope.checks import describe, one_of
from rnnscope.figures import VIEWS
from rnnscope.figures.compare import SCREEN, drawn, stacked
from rnnscope.figures.picture import Picture
from rnnscope.session.frames import Frames
from rnnscope.session.playback import Player
from rnnscope.session.watcher import Watcher, fault
from rnnscope.trace import Cursor, Moment, Trace, Walk
from rnnscope.trace.moment import Position

WIDEST = 9.0
"""Pictures are at most so many inches wide, so that their letters are not small on a narrow page."""


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
    traces, walk
        The traces, and the way through them.
    player
        What takes the steps while it plays.
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
        self.traces = dict(traces)
        self.walk = Walk(list(traces.values()))
        self._position = self.walk.at(Cursor() if cursor is None else cursor)
        self._views = views_checked(views)
        self.frames = Frames(lambda view, at: drawn(self._named(at), view, most=self._widest))
        self.player = Player(self._play_on, self._show_playing, arrived=self._has_arrived)
        self._watchers: list[Watcher] = []
        self._observers: list[Callable[[Cursor], Any]] = []
        self._last_over, self.is_open = "time", True
        self._widest = WIDEST if len(self.traces) == 1 else SCREEN[0]

    # ------------------------------------------------------------------------------------------------------ the moment

    @property
    def cursor(self) -> Cursor:
        """The moment that is shown, with nothing left open but which unit is the largest."""
        return self._position.cursor

    @property
    def moments(self) -> tuple[Moment, ...]:
        """What it comes to in each trace."""
        return self._position.moments

    def go(self, cursor: Cursor | str) -> None:
        """Show the moment that a cursor, or its text, means, and tell those who observe if it is another."""
        self.check_open()
        before = self.cursor
        self._position = self.walk.at(Cursor.parse(cursor) if isinstance(cursor, str) else cursor)
        self._show()
        if self.cursor != before:
            self._call_observers()

    def move(self, **changes: Any) -> None:
        """Go to the same moment but for what changes."""
        self.go(replace(self.cursor, **changes))

    def step(self, over: str, by: int = 1) -> bool:
        """Take a step over `"phase"`, `"time"` or `"epoch"`, on (1) or back (−1); return False at the end."""
        self.check_open()
        found = self.walk.step(self.cursor, over, by)
        if found:
            self.go(found)
        return found is not None

    # --------------------------------------------------------------------------------------------------- what is shown

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the views that are shown, in order."""
        return self._views

    @views.setter
    def views(self, views: Sequence[str]) -> None:
        self.check_open()
        self._views = views_checked(views)
        self._show()

    def toggle_view(self, view: str, is_shown: bool) -> None:
        """Show or hide a view."""
        others = [other for other in self._views if other != view]
        self.views = [*others, view] if is_shown else others

    def png(self, view: str) -> bytes:
        """Return the picture of a view at this moment."""
        return self.frames.png(view, self._position)

    @property
    def alt(self) -> str:
        """What is shown, in words."""
        self.check_open()
        return "\n".join(self._words(view) for view in self._views)

    def picture(self) -> Picture:
        """Return a figure of its own of the views that are shown, at this moment, one below the other."""
        self.check_open()
        if not self._views:
            raise ValueError("views: expected at least one to draw; none is shown")
        return stacked(self._named(self._position), self._views, most=self._widest)

    def _named(self, at: Position) -> dict[str, Moment]:
        """Return the moments of a position by the names of their traces."""
        return dict(zip(self.traces, at.moments, strict=True))

    def _words(self, view: str) -> str:
        try:
            return self.frames.picture(view, self._position).alt
        except ValueError as error:
            return f"{view}: {error}"

    # --------------------------------------------------------------------------------------------------------- playing

    def play(self, over: str = "time", speed: float | None = None) -> None:
        """Step on by itself over `"phase"`, `"time"` or `"epoch"`, so many steps per second; at the end, begin anew."""
        self.check_open()
        is_end = self.walk.step(self.cursor, over, 1) is None
        if speed is not None:
            self.player.speed = speed
        self.player.play(over)
        self._last_over = over
        if is_end:
            self.go(self.walk.first(self.cursor, over))

    def pause(self) -> None:
        """Stop playing."""
        self.player.pause()

    def toggle_play(self, over: str | None = None) -> None:
        """Play, or pause if it plays already; by default what was played last."""
        over = over or self.player.over or self._last_over
        if self.player.over == over:
            self.pause()
        else:
            self.play(over)

    def _play_on(self, over: str) -> bool:
        """Take a step of the player; an error is told, and ends the playing."""
        try:
            return self.step(over)
        except Exception as error:  # nothing else would ever tell the user
            self._tell(*fault(error))
            return False

    def _show_playing(self) -> None:
        for watcher in self._watchers:
            watcher.show_playing()

    def _has_arrived(self) -> bool:
        return all(watcher.has_shown() for watcher in self._watchers)

    # ------------------------------------------------------------------------------------------------ who is told of it

    def watch(self, watcher: Watcher) -> None:
        """Let something show the session from now on."""
        self._watchers.append(watcher)
        watcher.show()

    def observe(self, call: Callable[[Cursor], Any]) -> None:
        """Call a function with the new cursor whenever it has changed; what it raises is told, and stops nothing."""
        self.check_open()
        if not callable(call):
            raise TypeError(f"observe_cursor: expected a function of a cursor; got {describe(call)}")
        self._observers.append(call)

    def unobserve(self, call: Callable[[Cursor], Any]) -> None:
        """No longer call a function."""
        if call not in self._observers:
            raise ValueError(f"unobserve_cursor: expected a function that observes; got {describe(call)}")
        self._observers.remove(call)

    def _call_observers(self) -> None:
        cursor = self.cursor
        for call in list(self._observers):
            try:
                call(cursor)
            except Exception as error:  # a user's own code
                name = getattr(call, "__qualname__", repr(call))
                self._tell(f"observe_cursor: {name} raised {type(error).__name__}: {error}", error)
            if self.cursor != cursor:  # it went elsewhere, which all have been told
                break

    def _show(self) -> None:
        for watcher in self._watchers:
            watcher.show()

    def _tell(self, text: str, error: Exception | None) -> None:
        for watcher in self._watchers:
            watcher.tell(text, error)

    # ------------------------------------------------------------------------------------------------------------- end

    def check_open(self) -> None:
        """Refuse to go on after the end."""
        if not self.is_open:
            raise ValueError("explorer: expected one that is open; this one was closed. Call rs.explore again")

    def close(self) -> None:
        """Stop playing, and let go of pictures and traces; the cursor and the views stay known."""
        self.player.pause()
        self.is_open = False
        for held in (self.traces, self.frames, self._watchers, self._observers):
            held.clear()
        self.walk, self._position = None, Position(self.cursor, ())


def views_checked(views: Sequence[str]) -> tuple[str, ...]:
    """Return the names of views, each once."""
    if isinstance(views, str) or not isinstance(views, Sequence):
        raise TypeError(f"views: expected a list of names, such as ['network', 'cell']; got {describe(views)}")
    return tuple(dict.fromkeys(one_of("views", view, VIEWS) for view in views))
