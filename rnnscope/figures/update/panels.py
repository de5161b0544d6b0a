"""The panels of a block's gradient: how much each time step taught it, all of it as a map, and one of its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.artists import HeatMap, colour_bar
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.drawing.steps import StepAxis
from rnnscope.figures.drawing.waterfall import BAR, NUMBER_WIDE, SIDE, sum_place
from rnnscope.figures.row_names import RowNames
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import dress, em, faint, ink, paper, small, whole_ticks
from rnnscope.figures.update.taught import is_sorted
from rnnscope.languages import tr
from rnnscope.numbers import written

ROOM = 1.7
"""The room for numbers above the highest bar, in font sizes."""

MARK = 1.1
"""The ring around the chosen weight in a map is so wide, in font sizes."""

COLUMNS, ARROWS = 5, (3, 4)
"""The columns of the row of one weight, and those before which stands an arrow."""

LARGE_NUMBERS = 9.0
"""The numbers of a row are large if its columns are so wide, in font sizes."""

LIMIT_DOWN = 3.1
"""How far the colours go is written so many font sizes below the map, where no scale is drawn."""

GRADIENT = Scale(-1.0, 1.0, "signed")
"""Gradients are shown as parts of the largest one."""


class NormsPanel:
    """A bar per time step, as high as the norm of what it adds to the gradient, and one for their sum."""

    def __init__(self, axes: Axes, colours: np.ndarray, inputs: Sequence[str]) -> None:
        self.axes, self.colours, count = axes, colours, len(colours)
        self.places = [*range(count), sum_place(axes, count)]
        wide, high = size_in_ems(axes, em())
        axes.set(xlim=(-SIDE, self.places[-1] + SIDE), ylim=(0, 1 + ROOM / max(high - ROOM, ROOM)), yticks=[])
        axes.spines[["top", "left", "right"]].set_visible(False)
        self.axis, self.line = StepAxis(axes, colours, inputs), line_above(axes)
        self.axis.name(self.places[-1], tr("together"))
        self.bars = axes.add_collection(PolyCollection([], linewidth=0, zorder=2), autolim=False)
        is_roomy = wide / (self.places[-1] + 2 * SIDE) >= NUMBER_WIDE
        look = {"side": "center", "verticalalignment": "bottom"}
        self.numbers = [write(axes, x, 0, **look) for x in self.places[0 if is_roomy else -1 :]]
        self.numbers[-1].set_fontweight("bold")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the norms."""
        return [self.bars, *self.numbers, self.line, *self.axis.moving, *self.axes.spines.values()]

    def colour_sum(self, colour: str) -> None:
        """Give the sum a colour."""
        self.bars.set_facecolor([*self.colours, colour])

    def show(self, norms: np.ndarray, total: float, inputs: Sequence[str], time: int) -> None:
        """Show other norms, (time,), and that of their sum; mark a time step."""
        values = np.r_[norms, total]
        heights = np.where(np.isfinite(values), values, 0.0)
        heights = heights / (heights.max() or 1.0)
        bars = zip(self.places, heights, strict=True)
        self.bars.set_verts([rounded_box(x, high / 2, BAR, high / 2, 0) for x, high in bars])
        self.axis.show(inputs, time)
        for text, value, high in zip(self.numbers[::-1], values[::-1], heights[::-1], strict=False):
            text.set(y=high, text=written(float(value), 2))


class GradientMap:
    """The gradient of a block as colours, (row, unit), with a ring around the chosen weight.

    Its scale is drawn into the panel `below`; without one, it is only written how far it goes. The rows of a table have
    names.
    """

    def __init__(self, axes: Axes, below: Axes | None, shape: tuple[int, int], *, is_table: bool = False) -> None:
        self.axes, self.line = axes, line_above(axes)
        self.heat = HeatMap(axes, shape, GRADIENT, numbers=False)
        self.names = RowNames(axes, shape[0]) if is_table else None
        for axis, count in ((axes.yaxis, shape[0]), (axes.xaxis, shape[1])):
            if is_sorted(count) or count == 1 or (axis is axes.yaxis and self.names and self.names.texts):
                axis.set_ticks([])
            else:
                whole_ticks(axis, 6)
        look = {"color": ink(), "fillstyle": "none", "markersize": MARK * em(), "zorder": 5}
        (self.halo,) = axes.plot([0], [0], "o", **{**look, "color": paper(), "markeredgewidth": 3.5})
        (self.ring,) = axes.plot([0], [0], "o", **{**look, "markeredgewidth": 1.5})
        if below is None:
            place = axes.transAxes + shift(axes, 0, -LIMIT_DOWN)
            self.labels = [write(axes, 0.5, 0, side="center", transform=place)]
            return
        colour_bar(below, GRADIENT, [""] * 3)
        places = ((-1, "left"), (0, "center"), (1, "right"))
        self.labels = [write(below, x, -1.0, side=side, verticalalignment="top") for x, side in places]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the gradient."""
        names = self.names.texts if self.names else []
        return [*self.heat.moving, self.halo, self.ring, *self.labels, *names, self.line]

    def name(self, across: Sequence[str], down: Sequence[str]) -> None:
        """Name both axes, each in the first of some ways that is no longer than the axis; rows with names need none."""
        down = [""] if self.names and self.names.texts else down
        figure, sizes = self.axes.get_figure(root=True), size_in_ems(self.axes, em())
        named = [
            next((way for way in ways if text_width(figure, way) <= size), "")
            for ways, size in zip((across, down), sizes, strict=True)
        ]
        dress(self.axes, xlabel=named[0], ylabel=named[1])

    def show(self, parts: np.ndarray, limit: float, place: tuple[int, int] | None) -> None:
        """Show another gradient as parts of the largest size in it, and mark a row and a column, if they are shown."""
        self.heat.show(parts)
        for mark in (self.halo, self.ring):
            mark.set_visible(place is not None)
            if place is not None:
                mark.set_data([place[1]], [place[0]])
        if len(self.labels) == 1:
            self.labels[0].set_text(tr("limit {limit}", limit=written(limit, 2)))
            return
        for text, value in zip(self.labels, (-limit, 0.0, limit), strict=True):
            text.set_text(written(value, 2))


class WeightRow:
    """One weight from left to right: its name, before, its gradient, the step that was taken, and after."""

    def __init__(self, axes: Axes) -> None:
        wide, high = size_in_ems(axes, em())
        axes.set(xlim=(0, wide), ylim=(0, high))
        axes.axis("off")
        axes.plot([0, wide], [high, high], color=faint(0.6), linewidth=0.8, clip_on=False)
        self.wide = wide / COLUMNS - 0.5
        places = [(k + 0.5) * wide / COLUMNS for k in range(COLUMNS)]
        self.names = [write(axes, x, high - 0.7, side="center") for x in places]
        size = 1.2 * em() if self.wide >= LARGE_NUMBERS else small()
        look = {"side": "center", "fontsize": size}
        self.numbers = [write(axes, x, high - 2.2, fontweight="bold", **look) for x in places]
        if self.wide >= LARGE_NUMBERS:
            for k in ARROWS:
                write(axes, k * wide / COLUMNS, high - 2.2, "→", color=faint(0.4), **look)

    @property
    def moving(self) -> list[QuickText]:
        """What changes."""
        return [*self.names, *self.numbers]

    def show(self, entries: Sequence[tuple[Sequence[str], Sequence[str]]]) -> None:
        """Write other names and numbers, each in the first of some ways that has room."""
        for name, number, entry in zip(self.names, self.numbers, entries, strict=True):
            for text, ways in zip((name, number), entry, strict=True):
                text.set_text(fitting(text, ways, self.wide))


def fitting(text: QuickText, ways: Sequence[str], wide: float) -> str:
    """Return the first of some ways to say a thing that is at most so many font sizes wide, or the last."""
    for way in ways:
        text.set_text(way)
        if text.points() <= wide * em():
            break
    return way
