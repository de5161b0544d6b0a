"""The panels of a block's gradient: how much each time step taught it, all of it as a map, and one of its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.artists import HeatMap, colour_bar, cursor_line
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.drawing.steps import StepAxis
from rnnscope.figures.drawing.waterfall import BAR, NUMBER_WIDE, SIDE, SUM_AT
from rnnscope.figures.numbers import written
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import em, faint, ink, paper, small, whole_ticks
from rnnscope.figures.update.taught import is_sorted

ROOM = 1.7
"""The room for numbers above the highest bar, in font sizes."""

MARK = 1.1
"""The ring around the chosen weight in a map is so wide, in font sizes."""

COLUMNS, ARROWS, COLUMN_GAP = 5, (3, 4), 0.8
"""The columns of the row of one weight, those before which stands an arrow, and the room for it in font sizes."""

GRADIENT = Scale(-1.0, 1.0, "signed")
"""Gradients are shown as parts of the largest one."""


class NormsPanel:
    """A bar per time step, as high as the norm of what it adds to the gradient, and one for their sum."""

    def __init__(self, axes: Axes, colours: np.ndarray, colour: str, has_inputs: bool) -> None:
        self.axes, count = axes, len(colours)
        self.places = [*range(count), count + SUM_AT]
        wide, high = size_in_ems(axes, em())
        axes.set(xlim=(-SIDE, self.places[-1] + SIDE), ylim=(0, 1 + ROOM / max(high - ROOM, ROOM)), yticks=[])
        axes.spines[["top", "left", "right"]].set_visible(False)
        self.axis, self.line = StepAxis(axes, colours, has_inputs=has_inputs), line_above(axes)
        self.axis.name(self.places[-1], "sum")
        self.mark = cursor_line(axes)
        faces = [*colours, colour]
        self.bars = axes.add_collection(PolyCollection([], facecolor=faces, linewidth=0, zorder=2), autolim=False)
        is_roomy = wide / (count + SUM_AT + 2 * SIDE) >= NUMBER_WIDE
        look = {"side": "center", "verticalalignment": "bottom"}
        self.numbers = [write(axes, x, 0, **look) for x in self.places[0 if is_roomy else -1 :]]
        self.numbers[-1].set_fontweight("bold")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the norms."""
        return [self.mark, self.bars, *self.numbers, self.line, *self.axis.moving, *self.axes.spines.values()]

    def show(self, norms: np.ndarray, total: float, inputs: Sequence[str], time: int) -> None:
        """Show other norms, (time,), and that of their sum; mark a time step."""
        self.mark.set_xdata([time, time])
        values = np.r_[norms, total]
        heights = np.where(np.isfinite(values), values, 0.0)
        heights = heights / (heights.max() or 1.0)
        bars = zip(self.places, heights, strict=True)
        self.bars.set_verts([rounded_box(x, high / 2, BAR, high / 2, 0) for x, high in bars])
        self.axis.show(inputs)
        for text, value, high in zip(self.numbers[::-1], values[::-1], heights[::-1], strict=False):
            text.set(y=high, text=written(float(value), 2))


class GradientMap:
    """The gradient of a block as colours, (row, unit), with a ring around the chosen weight."""

    def __init__(self, axes: Axes, below: Axes, shape: tuple[int, int]) -> None:
        self.axes, self.line = axes, line_above(axes)
        self.heat = HeatMap(axes, shape, GRADIENT, numbers=False)
        for axis, count in ((axes.yaxis, shape[0]), (axes.xaxis, shape[1])):
            if is_sorted(count) or count == 1:
                axis.set_ticks([])
            else:
                whole_ticks(axis, 6)
        look = {"color": ink(), "fillstyle": "none", "markersize": MARK * em(), "clip_on": False, "zorder": 5}
        (self.halo,) = axes.plot([0], [0], "o", **{**look, "color": paper(), "markeredgewidth": 3.5})
        (self.ring,) = axes.plot([0], [0], "o", **{**look, "markeredgewidth": 1.5})
        colour_bar(below, GRADIENT, [""] * 3)
        places = ((-1, "left"), (0, "center"), (1, "right"))
        self.labels = [write(below, x, -1.0, side=side, verticalalignment="top") for x, side in places]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the gradient."""
        return [*self.heat.moving, self.halo, self.ring, *self.labels, self.line]

    def show(self, gradient: np.ndarray, row: int, column: int) -> None:
        """Show another gradient in the order of the map, and mark a place in it."""
        limit = float(np.abs(gradient[np.isfinite(gradient)]).max(initial=0.0))
        self.heat.show(gradient / (limit or 1.0))
        for mark in (self.halo, self.ring):
            mark.set_data([column], [row])
        for text, value in zip(self.labels, (-limit, 0.0, limit), strict=True):
            text.set_text(written(value, 2))


class WeightRow:
    """One weight from left to right: its name, before, its gradient, the step that was taken, and after."""

    def __init__(self, axes: Axes) -> None:
        wide, high = size_in_ems(axes, em())
        axes.set(xlim=(0, wide), ylim=(0, high))
        axes.axis("off")
        look = {"side": "center", "fontsize": 1.2 * em(), "fontweight": "bold"}
        axes.plot([0, wide], [high, high], color=faint(0.6), linewidth=0.8, clip_on=False)
        self.column = wide / COLUMNS - COLUMN_GAP
        places = [(k + 0.5) * wide / COLUMNS for k in range(COLUMNS)]
        self.names = [write(axes, x, high - 0.7, side="center", fontsize=small()) for x in places]
        self.numbers = [write(axes, x, high - 2.2, **look) for x in places]
        for k in ARROWS:
            write(axes, k * wide / COLUMNS, high - 2.2, "→", side="center", color=faint(0.4), fontsize=1.2 * em())

    @property
    def moving(self) -> list[QuickText]:
        """What changes."""
        return [*self.names, *self.numbers]

    def show(self, entries: Sequence[tuple[str, str]]) -> None:
        """Write other names and numbers."""
        for name, number, entry in zip(self.names, self.numbers, entries, strict=True):
            self._fit(name, [entry[0], *(entry[0].partition(mark)[0] for mark in ":, ")], small())
            self._fit(number, [entry[1], entry[1].removeprefix(entry[1].partition("[")[0])], 1.2 * em())

    def _fit(self, text: QuickText, ways: Sequence[str], size: float) -> None:
        """Set a text to the first of some ways that its column has room for, in small letters if none has."""
        room = self.column * em()
        for points, words in ((points, words) for points in (size, small()) for words in ways):
            text.set(text=words, fontsize=points)
            if text.points() <= room:
                return
