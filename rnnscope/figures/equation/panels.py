"""How an equation comes to its result, as a picture: addends one after the other, and the curve of its function."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.equation.working import Working
from rnnscope.figures.style import NOT_FINITE, em, faint, ink
from rnnscope.languages import tr
from rnnscope.numbers import written

ROW, HEADING, AXIS = 1.8, 2.3, 2.2
"""The height of a row of bars, of the line above the bars or the curve, and of the axis below, in font sizes."""

CURVE, HIGHEST_CURVE = 6.4, 14.0
"""The height of the curve, and at most where there is more room."""

HIGHEST_ROW = {True: 2.4, False: 3.4}
"""The height of a row at most, above a curve and alone."""

BAR = 0.27
"""How much of a row a bar reaches up and down."""

NAMES = 11.0
"""The room for the names of addends and factors, and for the ends of the vertical axis, in font sizes."""

SHOWN_TO = {True: 4.0, False: 1.0}
"""Curves with a smallest and a largest value, and others, are shown at least from minus this to this: far enough for a
gate to be open or shut."""

SLACK = 0.5
"""So much less room than they have to have is enough, in font sizes."""

POINTS = 121
"""A curve is drawn through so many points."""


class WorkingPanels:
    """The bars of a sum or a product, and below them the curve of the function with a dot where the equation is.

    Attributes
    ----------
    bars, curve, dot
        The bars of the parts and of what they come to, the curve, and the dot on it.
    names, values
        How each part is written, and its number.
    moving
        All of it.
    """

    def __init__(self, canvas: Canvas, axes: Axes, left: float, right: float, most: int) -> None:
        self.canvas, self.left, self.right = canvas, left + NAMES, right - 5.5
        self.wide = right - left
        self.titles = [write(axes, left, 0, fontweight="bold") for _ in range(2)]
        self.names = [write(axes, left, 0) for _ in range(most + 1)]
        self.values = [write(axes, right, 0, side="right") for _ in range(most + 1)]
        self.bars = axes.add_collection(PolyCollection([], linewidth=0, zorder=2))
        self.lines = axes.add_collection(LineCollection([], colors=faint(0.5), linewidth=0.8, zorder=1.8))
        self.ticks = [write(axes, 0, 0, side="center") for _ in range(6)]
        self.ends = [write(axes, self.left - 0.5, 0, side="right") for _ in range(2)]
        self.curve = axes.plot([], [], color=faint(0.25), linewidth=2, zorder=2)[0]
        self.ways = axes.plot([], [], ":", color=ink(), linewidth=1, zorder=2.2)[0]
        self.dot = axes.plot([], [], "o", color=ink(), markersize=0.8 * em(), zorder=3)[0]
        texts: list[QuickText] = [*self.titles, *self.names, *self.values, *self.ticks, *self.ends]
        drawn: list[Line2D] = [self.curve, self.ways, self.dot]
        self.moving: list[Artist] = [self.bars, self.lines, *drawn, *texts]

    def show(self, working: Working, top: float, colours: list[str], colour: str) -> None:
        """Show how an equation comes to its result, from `top` downwards if there is room, in colours of its parts."""
        for text in (*self.titles, *self.names, *self.values, *self.ticks, *self.ends):
            text.set_text("")
        lines: list[list[tuple[float, float]]] = []
        self.bars.set_verts([])
        for line in (self.curve, self.ways, self.dot):
            line.set_data([], [])
        if top >= height_of(len(working.values), has_curve=working.facts is not None) - SLACK:
            self._fill(working, top)
            is_one = working.structure.is_outer and working.structure.kind == "sum"
            least = 0.0 if working.facts is None else SHOWN_TO[working.facts.is_bounded]
            shared = max(least * is_one, self._reach(working))
            if working.structure.kind:
                top = self._show_parts(working, top, nice(shared), [*colours, ink()], lines)
            if working.facts is not None:
                reach = shared if is_one else max(least, _size(working.argument))
                self._show_curve(working, top, nice(reach), colour, lines)
        self.lines.set_segments(lines)

    def _fill(self, working: Working, room: float) -> None:
        """Set how high rows and the curve are, so that they fill the room."""
        rows, has_curve = len(working.values) + 1 if working.values else 0, working.facts is not None
        spare = room - height_of(len(working.values), has_curve=has_curve)
        self.row = min(ROW + max(spare, 0.0) / max(rows, 1), HIGHEST_ROW[has_curve])
        self.high = min(CURVE + max(spare - rows * (self.row - ROW), 0.0), HIGHEST_CURVE)

    def _reach(self, working: Working) -> float:
        return max((_size(value) for ends in working.ends for value in ends), default=1.0)

    def _show_parts(self, working: Working, top: float, reach: float, colours: list[str], lines: list) -> float:
        """Show a bar for each part, and one for what all come to; return where there is room below."""
        kind, ends = working.structure.kind, working.ends
        words, whole = _words_of_kind(kind)
        self.titles[0].set_position((self.left - NAMES, top - HEADING / 2))
        self.canvas.fit(self.titles[0], words, self.wide)
        signs = ["", *("× " if kind == "product" else "" for _ in ends[1:])]
        rows = [*ends, (0.0, working.result)]
        bars, y = [], top - HEADING
        for k, (start, end) in enumerate(rows):
            y -= self.row
            is_last = k == len(ends)
            name = whole if is_last else working.structure.parts[k].text
            self.names[k].set(text=name, y=y + self.row / 2)
            if self.canvas.ems_of(self.names[k]) > NAMES - 1:
                self.names[k].set_text("…")
            value = working.result if is_last else working.values[k]
            self.values[k].set(text=("" if is_last else signs[k]) + written(value), y=y + self.row / 2)
            self.values[k].set_color(ink() if np.isfinite(value) else NOT_FINITE)
            self.values[k].set_fontweight("bold" if is_last else "normal")
            bars.append(self._bar(start, end, y + self.row / 2, reach))
            if not is_last and kind == "sum":
                x = self._across(end, reach)
                lines.append([(x, y + self.row / 2), (x, y - self.row / 2)])
        self.bars.set_verts(bars)
        self.bars.set_facecolor([*colours[: len(ends)], ink()])
        self._axis(0, y, top - HEADING, reach, lines)
        return y - AXIS

    def _show_curve(self, working: Working, top: float, reach: float, colour: str, lines: list) -> None:
        """Show the curve of the function, and where on it the equation is."""
        facts, bottom, high = working.facts, top - HEADING - self.high, top - HEADING
        xs = np.linspace(-reach, reach, POINTS)
        with np.errstate(all="ignore"):
            ys = np.asarray(facts.value(xs), float)
        known = ys[np.isfinite(ys)]
        ends = (facts.low, facts.high) if facts.is_bounded else (min(known.min(), 0.0), known.max())

        def up(value: np.ndarray | float) -> np.ndarray | float:
            return bottom + (np.clip(value, *ends) - ends[0]) / (ends[1] - ends[0]) * self.high

        x, y = self._across(working.argument, reach), float(up(np.nan_to_num(working.value)))
        self.titles[1].set_position((self.left - NAMES, top - HEADING / 2))
        self.canvas.fit(self.titles[1], self._curve_words(working), self.wide)
        self.curve.set_data(np.linspace(self.left, self.right, POINTS), up(ys))
        self.dot.set(color=colour)
        if np.isfinite([working.argument, working.value]).all():
            self.dot.set_data([x], [y])
            self.ways.set_data([x, x, self.left], [bottom, y, y])
        for text, end, place in zip(self.ends, ends, (bottom, high), strict=True):
            text.set(text=written(end, 2), y=place)
        lines += [[(self.left, place), (self.right, place)] for place in dict.fromkeys((bottom, high, float(up(0.0))))]
        self._axis(3, bottom, high, reach, lines)

    def _curve_words(self, working: Working) -> list[str]:
        at = f"{working.facts.text}({written(working.argument)}) = {written(working.value)}"
        parts = {"value": at, "slope": written(working.slope, 2)}
        return [
            tr("{value}; its slope {slope} there: what a change is multiplied by", **parts),
            tr("{value}; slope {slope} there", **parts),
            at,
        ]

    def _axis(self, first: int, bottom: float, top: float, reach: float, lines: list) -> None:
        """Write the ends and the middle of an axis, with a line up from each."""
        for text, value in zip(self.ticks[first : first + 3], (-reach, 0.0, reach), strict=True):
            x = self._across(value, reach)
            text.set(text=written(value), position=(x, bottom - 0.8))
            lines.append([(x, bottom), (x, top)])

    def _across(self, value: float, reach: float) -> float:
        share = (np.clip(np.nan_to_num(value), -reach, reach) + reach) / (2 * reach)
        return float(self.left + share * (self.right - self.left))

    def _bar(self, start: float, end: float, y: float, reach: float) -> np.ndarray:
        a, b = self._across(start, reach), self._across(end, reach)
        return rounded_box((a + b) / 2, y, max(abs(b - a) / 2, 0.04), BAR * self.row, 0)


def _words_of_kind(kind: str) -> tuple[list[str], str]:
    """Return what is done with the parts, the longest way first, and what they come to."""
    if kind == "sum":
        return [tr("added up, one after the other"), tr("added up")], tr("the sum")
    if kind == "product":
        return [tr("multiplied, one after the other"), tr("multiplied")], tr("the product")
    return [tr("{function} of these", function=kind)], tr("the {function}", function=kind)


def height_of(most: int, *, has_curve: bool) -> float:
    """Return how high the panels are for so many parts, in font sizes."""
    return (HEADING + ROW * (most + 1) + AXIS if most else 0.0) + (HEADING + CURVE + AXIS if has_curve else 0.0)


def nice(value: float) -> float:
    """Return the smallest of 1, 2, 4, 6 and 10 times a power of ten that is at least as large.

    Examples
    --------
    >>> nice(4.0), nice(0.13), nice(7.0), nice(0.0)
    (4.0, 0.2, 10.0, 1.0)
    """
    if not value > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 4, 6, 10) if step * power >= value * (1 - 1e-9)))


def _size(value: float) -> float:
    return abs(value) if np.isfinite(value) else 0.0
