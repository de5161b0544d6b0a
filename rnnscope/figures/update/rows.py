"""How far the rows of a table moved, beside the map of its gradient."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.artists import CELL
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.style import em, faint, ink
from rnnscope.numbers import written

BARS_WIDE, NUMBER_ROOM, BAR = 7.0, 0.45, 0.35
"""The panel of the bars is so many font sizes wide; numbers take this part of it; a bar is so many rows thick to either
side of its middle."""


class RowBars:
    """How far each row of a table moved: a bar beside its row of the map, with its number; a row that stayed has none.

    Attributes
    ----------
    bars
        The bars, one for each row, their lengths as parts of the longest.
    numbers
        How far each row moved; nothing if the rows are too thin.
    """

    def __init__(self, axes: Axes, rows: int) -> None:
        self.axes, self.rows = axes, rows
        axes.set(xlim=(0, 1), ylim=(rows - 0.5, -0.5), xticks=[], yticks=[])
        axes.spines[:].set_visible(False)
        self.line = line_above(axes)
        self.bars = axes.add_collection(PolyCollection([], linewidth=0, color=faint(0.35), zorder=2), autolim=False)
        room = size_in_ems(axes, em())[1] / rows >= CELL[1]
        place = axes.transData + shift(axes, 0.3, 0)
        self.numbers = [write(axes, 0, row, transform=place, color=ink()) for row in range(rows if room else 0)]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the step."""
        return [self.bars, *self.numbers, self.line]

    def show(self, moved: np.ndarray | None) -> None:
        """Show how far rows moved, (row,); None if that is not known."""
        self.line.set_text("moved" if moved is not None else "")
        sizes = np.zeros(self.rows) if moved is None else np.where(np.isfinite(moved), moved, 0.0)
        ends = sizes / (sizes.max() or 1.0) * (1 - NUMBER_ROOM)
        self.bars.set_verts([rounded_box(end / 2, row, end / 2, BAR, 0) for row, end in enumerate(ends)])
        for row, text in enumerate(self.numbers):
            is_said = moved is not None and bool(moved[row])
            text.set(x=ends[row], text=written(float(moved[row]), 2) if is_said else "")
