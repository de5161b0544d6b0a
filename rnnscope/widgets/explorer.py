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
from ipywidgets import HTML, BoundedIntText, Box, Dropdown, HBox, Layout, Text, ToggleButton, ToggleButtons, VBox
from PIL import Image

from rnnscope.checks import describe, one_of
from rnnscope.figures import VIEWS
from rnnscope.figures.compare import drawn, laid_out
from rnnscope.figures.picture import Picture
from rnnscope.trace import Cursor, Trace, Walk
from rnnscope.trace.cursor import DIRECTIONS, LARGEST
from rnnscope.widgets.controls import Dial, Panel, note
from rnnscope.widgets.frames import Frames
from rnnscope.widgets.keyboard import Keyboard
from rnnscope.widgets.playback import Player

SPEEDS = (0.5, 1, 2, 4, 8, 16, 30)
"""Steps per second that can be chosen."""

WIDEST = 9.0
"""Pictures are at most so many inches wide, so that their letters are not small on a narrow page."""


class Explorer:
    """Sliders, buttons and keys that step through traces, and the pictures that follow; made by `rs.explore`.

    Attributes
    ----------
    cursor
        The moment that is shown, with nothing left open but which unit is the largest. Set it to go somewhere else;
        `str(explorer.cursor)` is a line of text that brings one back, here and in every picture.
    views
        Names of the views that are shown, in order. Set them to show others.
    """

    def __init__(self, traces: Mapping[str, Trace], views: Sequence[str], cursor: Cursor | None) -> None:
        self._traces = dict(traces)
        self._walk = Walk(list(traces.values()))
        self._cursor = self._walk.at(cursor or Cursor())
        self._views = _checked(views)
        self._frames = Frames(self._draw)
        self._observers: list[Callable[[Cursor], Any]] = []
        self._is_showing = False
        self._last_over = "time"
        self._player = Player(self._play_on, self._show_playing, arrived=lambda: self._keyboard.is_served)
        self._make_controls()
        self._show()

    # -------------------------------------------------------------------------------------------- what a user calls

    @property
    def cursor(self) -> Cursor:
        """The moment that is shown."""
        return self._cursor

    @cursor.setter
    def cursor(self, cursor: Cursor) -> None:
        self._go(self._walk.at(cursor))

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the views that are shown."""
        return self._views

    @views.setter
    def views(self, views: Sequence[str]) -> None:
        self._views = _checked(views)
        self._show()

    def step(self, over: str, by: int = 1) -> bool:
        """Take a step over `"phase"`, `"time"` or `"epoch"`, on (1) or back (−1); return False at the end.

        After the last phase comes the next time step, after the last time step the next layer, then the next epoch. In
        the backward direction all of this but the epochs runs the other way, as the gradient does.
        """
        found = self._walk.step(self._cursor, over, by)
        if found:
            self._go(found)
        return found is not None

    def play(self, over: str = "time", speed: float | None = None) -> None:
        """Step on by itself over `"phase"`, `"time"` or `"epoch"`; at the end, begin anew.

        Parameters
        ----------
        over
            What is stepped over.
        speed
            Steps per second.
        """
        if self._walk.step(self._cursor, over, 1) is None:
            self._go(self._walk.first(self._cursor, over))
        if speed is not None:
            self._player.speed = speed
        self._last_over = over
        self._player.play(over)

    def pause(self) -> None:
        """Stop playing."""
        self._player.pause()

    def observe_cursor(self, call: Callable[[Cursor], Any]) -> None:
        """Call a function with the new cursor whenever it has changed.

        What it raises is shown as a message in the explorer, and stops nothing.
        """
        if not callable(call):
            raise TypeError(f"observe_cursor: expected a function of a cursor; got {describe(call)}")
        self._observers.append(call)

    def unobserve_cursor(self, call: Callable[[Cursor], Any]) -> None:
        """No longer call a function."""
        if call not in self._observers:
            raise ValueError(f"unobserve_cursor: expected a function that observes; got {describe(call)}")
        self._observers.remove(call)

    def picture(self) -> Picture:
        """Return a figure of its own of the views that are shown, at this moment, one below the other."""
        self._check_open()
        if not self._views:
            raise ValueError("views: expected at least one to draw; none is shown")
        made = [laid_out(self._traces, view, self._cursor, WIDEST) for view in self._views]
        heights = [size[1] for size, _ in made]
        width, height = max(size[0] for size, _ in made), sum(heights)
        figure, top = Picture(figsize=(width, height)), 1.0
        for size, fill in made:
            top -= size[1] / height
            fill(figure, (0, top, size[0] / width, size[1] / height))
        return figure

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

    def close(self) -> None:
        """Take the explorer off the page, stop playing, and let go of its pictures and traces."""
        self._player.pause()
        for panel in self._panels.values():
            panel.close()
        _close(self._root)
        self._panels.clear()
        self._frames.clear()
        self._observers.clear()
        self._traces.clear()

    @property
    def alt(self) -> str:
        """What is shown, in words."""
        return "\n".join(self._words(view) for view in self._views)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return the widget, and for pages without a kernel the picture of this moment and a text."""
        bundle = self._root._repr_mimebundle_() or {}
        shown = [panel for view, panel in self._panels.items() if view in self._views]
        pngs = [panel.image.value for panel in shown if panel.image in panel.box.children]
        if pngs:
            bundle["image/png"] = base64.b64encode(_stacked(pngs)).decode()
        return {**bundle, "text/plain": f"{self._cursor}\n{self.alt}"}

    def __repr__(self) -> str:
        return f"<rnnscope.Explorer of {', '.join(self._traces) or 'a trace'} at {self._cursor}>"

    # ------------------------------------------------------------------------------------------------- what is shown

    def _go(self, cursor: Cursor) -> None:
        if cursor == self._cursor:
            return
        self._cursor = cursor
        self._show()
        for call in list(self._observers):
            try:
                call(cursor)
            except Exception as error:  # a user's own code
                name = getattr(call, "__qualname__", repr(call))
                self._message.value = note(f"observe_cursor: {name} raised {type(error).__name__}: {error}", error)

    def _check_open(self) -> None:
        if not self._traces:
            raise ValueError("explorer: expected one that is open; this one was closed. Call rs.explore again")

    def _draw(self, view: str, cursor: Cursor) -> Picture:
        return drawn(self._traces, view, cursor, most=WIDEST)

    def _show(self) -> None:
        """Show the moment in all controls and pictures."""
        self._check_open()
        self._message.value = ""
        self._show_controls()
        self._text.value = str(self._cursor)
        for view in self._views:
            self._show_view(view)
        boxes = tuple(self._panels[view].box for view in self._views)
        if self._pictures.children != boxes:
            self._pictures.children = boxes
        if self._in_words.value:
            self._show_words()
        self._keyboard.drawn += 1

    def _show_view(self, view: str) -> None:
        if view not in self._panels:
            self._panels[view] = Panel()
        panel = self._panels[view]
        try:
            png = self._frames.png(view, self._cursor)
        except ValueError as error:  # a view that this trace has nothing for
            panel.fail(f"{view}: {error}")
            return
        panel.image.width = str(self._frames.pictures[view].canvas.get_width_height()[0])
        panel.show(png)

    def _words(self, view: str) -> str:
        try:
            return self._frames.picture(view, self._cursor).alt
        except ValueError as error:
            return f"{view}: {error}"

    def _show_words(self) -> None:
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in self.alt.splitlines()) if self._in_words.value else ""
        self._alt.value = f'<div aria-live="polite" style="line-height:1.4">{lines}</div>'

    def _show_controls(self) -> None:
        self._is_showing = True
        try:
            cursor, walk = self._cursor, self._walk
            self._epoch.show("epoch", list(map(str, walk.epochs)), walk.epochs.index(cursor.epoch))
            self._time.show("time step", [f"{t} of 0 to {walk.steps - 1}" for t in range(walk.steps)], cursor.time)
            phases, cells = walk.phases(cursor), walk.cells(cursor.layer)
            for k, dial in enumerate(self._phases):
                dial.box.layout.display = None if k < len(cells) else "none"
                if k < len(cells):
                    kind, names = list(cells.items())[k]
                    labels = [f"{name}   ({place + 1} of {len(names)})" for place, name in enumerate(names)]
                    title = "phase" if len(cells) == 1 else f"phase of {kind}"
                    dial.show(title, labels, names.index(phases[kind]))
            self._direction.value, self._layer.value = cursor.direction, cursor.layer
            self._sample.value = cursor.sample
            self._largest.value = self._unit.disabled = cursor.unit == LARGEST
            self._unit.max = walk.units(cursor.layer) - 1
            first = next(iter(self._traces.values()))
            phase = next(iter(phases.values()))
            self._unit.value = replace(cursor, phase=phase).at(first).unit
            for view, button in self._buttons.items():
                button.value = view in self._views
        finally:
            self._is_showing = False

    def _show_playing(self) -> None:
        for over, dial in (("epoch", self._epoch), ("time", self._time), ("phase", self._phases[0])):
            dial.show_playing(self._player.over == over)

    # ------------------------------------------------------------------------------------------- what a user can touch

    def _safely(self, work: Callable[..., Any]) -> Callable[..., None]:
        """Return what a control calls: an error becomes a message, and the control shows the moment again."""

        def call(*arguments: Any) -> None:
            if self._is_showing:
                return
            try:
                work(*arguments)
            except Exception as error:  # nothing else would ever show it to the user
                expected = isinstance(error, ValueError | TypeError)
                name = "" if expected else f"{type(error).__name__}: "
                self._message.value = note(f"{name}{error}", None if expected else error)
                self._show_controls()

        return call

    def _move(self, **changes: Any) -> None:
        self._go(self._walk.at(replace(self._cursor, **changes)))

    def _move_phase(self, k: int, place: int) -> None:
        cells = self._walk.cells(self._cursor.layer)
        kind = list(cells)[k]
        self._move(phase={**self._walk.phases(self._cursor), kind: cells[kind][place]})

    def _toggle_view(self, view: str, is_shown: bool) -> None:
        others = [other for other in self._views if other != view]
        self.views = [*others, view] if is_shown else others

    def _toggle_play(self, over: str) -> None:
        if self._player.over == over:
            self._player.pause()
        else:
            self.play(over)

    def _play_on(self, over: str) -> bool:
        """Take a step of the player; an error is shown and ends the playing."""
        moved = []
        self._safely(lambda: moved.append(self.step(over)))()
        return bool(moved and moved[0])

    def _make_controls(self) -> None:
        safely = self._safely
        self._message, self._alt = HTML(), HTML()
        self._panels: dict[str, Panel] = {}

        wide = "5.5em" if len(self._traces) == 1 else "10.5em"

        def dial(name: str, over: str, moved: Callable[[int], None]) -> Dial:
            return Dial(
                name,
                safely(moved),
                safely(lambda by: self.step(over, by)),
                safely(lambda: self._toggle_play(over)),
                wide=wide,
            )

        self._epoch = dial("epoch", "epoch", lambda place: self._move(epoch=self._walk.epochs[place]))
        self._time = dial("time step", "time", lambda place: self._move(time=place))
        kinds = max(len(self._walk.cells(layer)) for layer in self._walk.layers)
        self._phases = [dial("phase", "phase", lambda place: self._move_phase(0, place))]
        self._phases += [
            Dial("phase", safely(lambda place, k=k: self._move_phase(k, place)), wide=wide) for k in range(1, kinds)
        ]
        self._keyboard = Keyboard(
            {
                "ArrowRight": safely(lambda: self._beside(1)),
                "ArrowLeft": safely(lambda: self._beside(-1)),
                "PageDown": safely(lambda: self.step("epoch", 1)),
                "PageUp": safely(lambda: self.step("epoch", -1)),
                "]": safely(lambda: self.step("phase", 1)),
                "[": safely(lambda: self.step("phase", -1)),
                " ": safely(self._toggle_any),
            }
        )
        self._make_choices()
        self._pictures = Box(layout=Layout(flex_flow="row wrap", align_items="flex-start"))
        self._root = VBox(
            [
                HBox([*self._buttons.values(), self._in_words], layout=_WRAP),
                *(dial.box for dial in (self._epoch, self._time, *self._phases)),
                HBox(
                    [self._direction, self._layer, self._sample, self._unit, self._largest, self._speed], layout=_WRAP
                ),
                self._message,
                self._pictures,
                self._alt,
                self._text,
                self._keyboard,
            ]
        )
        self._root.add_class("rnnscope-explorer")

    def _make_choices(self) -> None:
        safely, walk = self._safely, self._walk

        def choice(kind: type, name: str, tooltip: str, width: str, change: Callable[[Any], None], **more: Any) -> Any:
            made = kind(description=name, tooltip=tooltip, layout=Layout(width=width), **more)
            made.observe(lambda event: safely(change)(event["new"]), "value")
            return made

        narrow = {"style": {"description_width": "4em"}}
        self._direction = choice(
            ToggleButtons,
            "direction",
            "forward: what is computed; backward: the gradient on its way back",
            "auto",
            lambda value: self._move(direction=value),
            options=DIRECTIONS,
            style={"button_width": "7em", "description_width": "5em"},
        )
        names = [[trace.layers[self._place(layer)] for trace in self._traces.values()] for layer in walk.layers]
        options = [(" / ".join(dict.fromkeys(own)), layer) for own, layer in zip(names, walk.layers, strict=True)]
        self._layer = choice(
            Dropdown,
            "layer",
            "which layer",
            "auto",
            lambda value: self._go(walk.in_layer(self._cursor, value)),
            options=options,
            **narrow,
        )
        self._sample = choice(
            BoundedIntText,
            "sample",
            f"which of the {walk.samples} samples, from 0",
            "9em",
            lambda value: self._move(sample=value),
            max=walk.samples - 1,
            **narrow,
        )
        self._unit = choice(
            BoundedIntText, "unit", "which unit, from 0", "9em", lambda value: self._move(unit=value), **narrow
        )
        self._largest = choice(
            ToggleButton,
            "largest",
            "always the unit whose value (backward: gradient) is farthest from zero at the moment",
            "5em",
            lambda value: self._move(unit=LARGEST if value else self._unit.value),
        )
        self._speed = choice(
            Dropdown,
            "speed",
            "steps per second while playing",
            "10em",
            lambda value: setattr(self._player, "speed", value),
            options=[(f"{speed:g} / s", speed) for speed in SPEEDS],
            value=4,
            **narrow,
        )
        self._text = choice(
            Text,
            "cursor",
            "this moment as text: copy it, or paste one and press Enter",
            "auto",
            self._paste,
            continuous_update=False,
            **narrow,
        )
        self._in_words = choice(
            ToggleButton, "in words", "say below what the pictures show", "auto", lambda _: self._show_words()
        )
        order = [*self._views, *(view for view in VIEWS if view not in self._views)]
        self._buttons = {
            view: choice(
                ToggleButton,
                view.replace("_", " "),
                f"show or hide the view {view}",
                "auto",
                lambda value, view=view: self._toggle_view(view, value),
            )
            for view in order
        }

    def _place(self, layer: str) -> int:
        return next(iter(self._traces.values())).layers.index(layer)

    def _paste(self, text: str) -> None:
        if text != str(self._cursor):
            self._go(self._walk.at(Cursor.parse(text)))

    def _beside(self, by: int) -> None:
        """Go to the time step at the right or the left."""
        self.step("time", -by if self._cursor.direction == "backward" else by)

    def _toggle_any(self) -> None:
        self._toggle_play(self._player.over or self._last_over)


_WRAP = {"flex_flow": "row wrap", "align_items": "center"}


def _checked(views: Sequence[str]) -> tuple[str, ...]:
    """Return the names of views, each once."""
    if isinstance(views, str) or not isinstance(views, Sequence):
        raise TypeError(f"views: expected a list of names, such as ['network', 'cell']; got {describe(views)}")
    return tuple(dict.fromkeys(one_of("views", view, VIEWS) for view in views))


def _close(widget: Any) -> None:
    """Close a widget and all that is in it."""
    for child in getattr(widget, "children", ()):
        _close(child)
    widget.close()


def _stacked(pngs: Sequence[bytes]) -> bytes:
    """Return pictures one below the other, as one PNG."""
    images = [Image.open(BytesIO(png)) for png in pngs]
    page = Image.new("RGB", (max(i.width for i in images), sum(i.height for i in images)), "white")
    for image, top in zip(images, np.cumsum([0, *(i.height for i in images)]), strict=False):
        page.paste(image, (0, int(top)), image)
    file = BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
