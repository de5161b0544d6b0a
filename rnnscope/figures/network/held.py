"""What a layer holds of one state at each time step: bars for all units, a number for their size, a unit marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from rnnscope.analysis.classes import shares_of_classes
from rnnscope.figures.classes import share_text
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.network.grid import LINE, TALL
from rnnscope.figures.network.profile import ends_of, outlines, shares, sorts
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import NOT_FINITE, faint, ink, lettering
from rnnscope.numbers import vector_text, written

Sides = tuple[float, float, float, float]
"""Left, right, bottom and top of something."""

LONGEST_NUMBER = -0.0123
"""Numbers have room for one that is as long as this."""

MARK = "●"
"""What stands before the value of the marked unit, as in the picture."""


def box_face() -> str:
    """Return the colour of boxes."""
    return faint(0.95)


class Held:
    """One state in all boxes of a layer: its texts, and where its bars and the marks of the unit are.

    Attributes
    ----------
    parts
        The sides of the room for bars in each box.
    numbers, values
        What is said of all units in each box, and the value of the marked unit.
    moving
        What changes with the moment.
    """

    def __init__(
        self,
        axes: Axes,
        parts: Sequence[Sides],
        units: int,
        colour: str,
        name: str,
        scale: Scale,
        classes: Sequence[str] = (),
        *,
        has_value: bool,
    ) -> None:
        self.axes, self.units, self.name, self.scale, self.classes = axes, units, name, scale, list(classes)
        self.colour = ink() if units == 1 else lettering(colour, box_face())
        _, _, bottom, top = parts[0]
        self.has_line = top - bottom >= TALL or (units == 1 and top - bottom >= 1)
        self.parts = np.array([(*sides[:3], sides[3] - LINE * self.has_line) for sides in parts])
        self.numbers, self.values = [], []
        for left, right, bottom, top in parts:
            if units == 1:
                middle = (left + right) / 2, (bottom + top) / 2
                self.numbers.append(write(axes, *middle, side="center"))
                continue
            self.numbers.append(write(axes, left, top - LINE / 2))
            self.values += [write(axes, right, top - LINE / 2, side="right")] if has_value else []
        if units > 1:
            self._draw_zeros()
        self.moving: list[Artist] = [*self.numbers, *self.values]

    def show(self, values: np.ndarray, unit: int | None, scale: Scale) -> None:
        """Show the values of all units at each column, (column, unit), and that of one of them."""
        self.scale = scale
        for text, vector in zip(self.numbers, values, strict=True):
            sizes = shares_of_classes(vector)
            best = int(np.argmax(sizes))
            name = self.classes[best] if self.classes else ""
            said = self.name.format(vector_text(vector), best=name, no=best, most=share_text(sizes[best]))
            text.set_text(said if self.has_line else "")
            text.set_color(self.colour if np.isfinite(vector).all() else NOT_FINITE)
        for text, vector in zip(self.values, values, strict=False):
            text.set_text("" if unit is None or not self.has_line else f"{MARK} {written(vector[unit])}")

    def bars(self, values: np.ndarray) -> np.ndarray:
        """Return the outlines of the bars, (column, point, (x, y)); a single number needs no bar."""
        return self._placed(outlines(values, self.scale)) if self.units > 1 else np.empty((0, 1, 2))

    def marks(self, values: np.ndarray, unit: int | None) -> np.ndarray:
        """Return where the marks of a unit are, (column, (x, y))."""
        if unit is None or self.units == 1:
            return np.empty((0, 2))
        return self._placed(ends_of(values, unit, self.scale)[:, None])[:, 0]

    def stripes(self, dropped: np.ndarray) -> list[np.ndarray]:
        """Return a line through the room of the bar of each unit that is dropped, (column, unit); none of many.

        Bars of many units are sorted, so that they have no place of their own.
        """
        if sorts(self.units):
            return []
        columns, units = np.nonzero(dropped)
        across = (units + 0.5) / self.units
        left, right, bottom, top = self.parts[columns].T
        x = left + across * (right - left)
        return [*np.stack([np.stack([x, bottom], axis=-1), np.stack([x, top], axis=-1)], axis=1)]

    def _placed(self, points: np.ndarray) -> np.ndarray:
        """Return where points in a box from 0 to 1 are in the part of each column."""
        left, right, bottom, top = self.parts.T[:, :, None]
        across, up = left + points[..., 0] * (right - left), bottom + points[..., 1] * (top - bottom)
        return np.stack([across, up], axis=-1)

    def _draw_zeros(self) -> None:
        """Draw the line on which bars stand; each kind of scale has its zero at one height."""
        ends = np.array([[0.0, 1.0], np.repeat(shares(0.0, self.scale), 2)]).T
        lines = self._placed(np.repeat(ends[None], len(self.parts), axis=0))
        self.axes.add_collection(LineCollection(lines, linewidth=0.7, colors=faint(0.45), zorder=2.4))


def fitting(
    figure: Figure, names: Sequence[Sequence[str]], classes: Sequence[str], wide: float, has_mark: bool
) -> tuple[int, bool]:
    """Return which of their names, the longest first, all states take, and whether the value of a unit fits beside."""
    number = written(LONGEST_NUMBER)
    value = text_width(figure, f"{MARK} {number}") + 0.6 if has_mark else 0.0
    ways = list(zip(*names, strict=True))
    best = max(classes, key=len, default="")
    longest = {"best": best, "no": 100, "most": share_text(0.999)}
    wides = [max(text_width(figure, name.format(number, **longest)) for name in way) for way in ways]
    for room, last in ((wide - value, len(ways) - 1), (wide, len(ways))):
        for k in range(last if has_mark else len(ways)):
            if wides[k] <= room:
                return k, has_mark and room < wide
    return len(ways) - 1, False
