"""An explorer: one cursor behind sliders, buttons, keys and the pictures of one or several traces."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image

from rnnscope.checks import describe, one_of
from rnnscope.figures import VIEWS
from rnnscope.figures.compare import drawn, stacked
from rnnscope.figures.picture import Picture
from rnnscope.trace import Cursor, Trace, Walk
from rnnscope.widgets.board import Board, parts
from rnnscope.widgets.controls import Panel, note
from rnnscope.widgets.frames import Frames
from rnnscope.widgets.home import at_home
from rnnscope.widgets.playback import Player

WIDEST = 9.0
"""Pictures are at most so many inches wide, so that their letters are not small on a narrow page."""


class Explorer:
    """Sliders, buttons and keys that step through traces, and the pictures that follow; made by `rs.explore`.

    Attributes
    ----------
    cursor
        The moment that is shown, with nothing left open but which unit is the largest. Set it (or its text) to go
        somewhere else; `str(explorer.cursor)` is a line of text that brings one back, here and in every picture.
    views
        Names of the views that are shown, in order. Set them to show others.
    """

    def __init__(self, traces: Mapping[str, Trace], views: Sequence[str], cursor: Cursor | None) -> None:
        self._traces = dict(traces)
        self.walk = Walk(list(traces.values()))
        self._cursor = self.walk.at(Cursor() if cursor is None else cursor).cursor
        self._views = views_checked(views)
        self._frames = Frames(self._draw)
        self._panels: dict[str, Panel] = {}
        self._observers: list[Callable[[Cursor], Any]] = []
        self._last_over, self._is_open = "time", True
        self.player = Player(self._play_on, lambda: self._board.show(), arrived=lambda: self._board.keyboard.is_served)
        self._board = Board(self)
        self._show()

    # -------------------------------------------------------------------------------------------- what a user calls

    @property
    def cursor(self) -> Cursor:
        """The moment that is shown."""
        return self._cursor

    @cursor.setter
    @at_home
    def cursor(self, cursor: Cursor | str) -> None:
        self._check_open()
        self.go(self.walk.at(Cursor.parse(cursor) if isinstance(cursor, str) else cursor).cursor)

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the views that are shown."""
        return self._views

    @views.setter
    @at_home
    def views(self, views: Sequence[str]) -> None:
        self._check_open()
        self._views = views_checked(views)
        self._show()

    @at_home
    def step(self, over: str, by: int = 1) -> bool:
        """Take a step over `"phase"`, `"time"` or `"epoch"`, on (1) or back (−1); return False at the end.

        After the last phase comes the next time step, after the last time step the next layer, then the next epoch. In
        the backward direction all of this but the epochs runs the other way, as the gradient does.
        """
        self._check_open()
        found = self.walk.step(self._cursor, over, by)
        if found:
            self.go(self.walk.at(found).cursor)
        return found is not None

    @at_home
    def play(self, over: str = "time", speed: float | None = None) -> None:
        """Step on by itself over `"phase"`, `"time"` or `"epoch"`; at the end, begin anew.

        Parameters
        ----------
        over
            What is stepped over.
        speed
            Steps per second.
        """
        self._check_open()
        is_end = self.walk.step(self._cursor, over, 1) is None
        if speed is not None:
            self.player.speed = speed
        self.player.play(over)
        self._last_over = over
        if is_end:
            self.go(self.walk.at(self.walk.first(self._cursor, over)).cursor)

    @at_home
    def pause(self) -> None:
        """Stop playing."""
        self.player.pause()

    def observe_cursor(self, call: Callable[[Cursor], Any]) -> None:
        """Call a function with the new cursor whenever it has changed.

        What it raises is shown as a message in the explorer, and stops nothing.
        """
        self._check_open()
        if not callable(call):
            raise TypeError(f"observe_cursor: expected a function of a cursor; got {describe(call)}")
        self._observers.append(call)

    def unobserve_cursor(self, call: Callable[[Cursor], Any]) -> None:
        """No longer call a function."""
        if call not in self._observers:
            raise ValueError(f"unobserve_cursor: expected a function that observes; got {describe(call)}")
        self._observers.remove(call)

    @at_home
    def picture(self) -> Picture:
        """Return a figure of its own of the views that are shown, at this moment, one below the other.

        A view that has nothing to show is left out, unless it is the only one.
        """
        self._check_open()
        if not self._views:
            raise ValueError("views: expected at least one to draw; none is shown")
        return stacked(self._traces, self._views, self._cursor, most=WIDEST)

    @at_home
    def save(self, path: str | PathLike[str], **options: Any) -> None:
        """Write the views that are shown, at this moment, to one file, with their text alternative.

        Parameters
        ----------
        path
            Name of the file, which ends in `.png`, `.svg` or `.pdf`.
        **options
            As in `matplotlib.figure.Figure.savefig`, such as `dpi=200`.
        """
        self.picture().savefig(path, **options)

    @at_home
    def close(self) -> None:
        """Take the explorer off the page, stop playing, and let go of its pictures and traces."""
        if not self._is_open:
            return
        self.player.pause()
        self._is_open = False
        panels = [widget for panel in self._panels.values() for widget in (panel.box, panel.image, panel.trouble)]
        for part in [part for widget in (self._board.root, *panels) for part in parts(widget)]:
            part.close()
        for held in (self._panels, self._observers, self._traces):
            held.clear()
        self._frames.clear()
        self.walk = self._board = None

    @property
    @at_home
    def alt(self) -> str:
        """What is shown, in words."""
        self._check_open()
        return "\n".join(self._words(view) for view in self._views)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the widget, and for pages without a kernel the picture of this moment and a text."""
        if not self._is_open:
            return {"text/plain": repr(self)}
        bundle = self._board.root._repr_mimebundle_() or {}
        pngs = [panel.png for panel in map(self._panels.get, self._views) if panel.png]
        if pngs:
            bundle["image/png"] = base64.b64encode(_stacked(pngs)).decode()
        return {**bundle, "text/plain": f"{self._cursor}\n{self.alt}"}

    def __repr__(self) -> str:
        if not self._is_open:
            return "<rnnscope.Explorer, closed>"
        return f"<rnnscope.Explorer of {', '.join(self._traces) or 'a trace'} at {self._cursor}>"

    # ------------------------------------------------------------------------------------------- what controls call

    def go(self, cursor: Cursor) -> None:
        """Show a moment of the walk, and tell those who observe if it is another."""
        is_other, self._cursor = cursor != self._cursor, cursor
        self._show()
        for call in list(self._observers) if is_other else ():
            try:
                call(cursor)
            except Exception as error:  # a user's own code
                name = getattr(call, "__qualname__", repr(call))
                text = f"observe_cursor: {name} raised {type(error).__name__}: {error}"
                self._board.message.value = note(text, error)
            if self._cursor != cursor:  # it went elsewhere, which all have been told
                break

    def move(self, **changes: Any) -> None:
        """Go to the same moment but for what changes."""
        self.go(self.walk.at(replace(self._cursor, **changes)).cursor)

    def paste(self, text: str) -> None:
        """Go to the moment that a text names."""
        self.go(self.walk.at(Cursor.parse(text)).cursor)

    def toggle_view(self, view: str, is_shown: bool) -> None:
        """Show or hide a view."""
        others = [other for other in self._views if other != view]
        self.views = [*others, view] if is_shown else others

    def toggle_play(self, over: str | None = None) -> None:
        """Play, or pause if it plays already; by default what was played last."""
        over = over or self.player.over or self._last_over
        if self.player.over == over:
            self.pause()
        else:
            self.play(over)

    def show_words(self) -> None:
        """Say below the pictures what they show, if that is wanted."""
        lines = self.alt.splitlines() if self._board.in_words.value else []
        text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        self._board.alt.value = f'<div aria-live="polite" style="line-height:1.4">{text}</div>'

    # ------------------------------------------------------------------------------------------------ what is shown

    def _check_open(self) -> None:
        if not self._is_open:
            raise ValueError("explorer: expected one that is open; this one was closed. Call rs.explore again")

    def _draw(self, view: str, cursor: Cursor) -> Picture:
        return drawn(self._traces, view, cursor, most=WIDEST)

    def _show(self) -> None:
        """Show the moment in all controls and pictures."""
        board = self._board
        board.message.value = ""
        board.show()
        for view in self._views:
            self._show_view(view)
        boxes = tuple(self._panels[view].box for view in self._views)
        if board.pictures.children != boxes:
            board.pictures.children = boxes
        if board.in_words.value:
            self.show_words()
        board.keyboard.drawn += 1

    def _show_view(self, view: str) -> None:
        if view not in self._panels:
            self._panels[view] = Panel()
        panel = self._panels[view]
        try:
            panel.show(self._frames.png(view, self._cursor))
        except ValueError as error:  # a view that this trace has nothing for
            panel.fail(f"{view}: {error}")
        except Exception as error:  # no view keeps the others from following
            panel.fail(f"{view}: {type(error).__name__}: {error}", error)

    def _words(self, view: str) -> str:
        try:
            return self._frames.picture(view, self._cursor).alt
        except ValueError as error:
            return f"{view}: {error}"

    def _play_on(self, over: str) -> bool:
        """Take a step of the player; an error is shown and ends the playing."""
        moved = []
        self._board.safely(lambda: moved.append(self.step(over)))()
        return bool(moved and moved[0])


def views_checked(views: Sequence[str]) -> tuple[str, ...]:
    """Return the names of views, each once."""
    if isinstance(views, str) or not isinstance(views, Sequence):
        raise TypeError(f"views: expected a list of names, such as ['network', 'cell']; got {describe(views)}")
    return tuple(dict.fromkeys(one_of("views", view, VIEWS) for view in views))


def _stacked(pngs: Sequence[bytes]) -> bytes:
    """Return pictures one below the other, as one PNG."""
    images = [Image.open(BytesIO(png)) for png in pngs]
    page = Image.new("RGB", (max(i.width for i in images), sum(i.height for i in images)), "white")
    for image, top in zip(images, np.cumsum([0, *(i.height for i in images)]), strict=False):
        page.paste(image, (0, int(top)), image)
    file = BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
