"""Heat maps of the weights of a layer, one below the other on the same columns."""

from __future__ import annotations

from itertools import product

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import Transform

from rnnscope.cells.weight_kinds import EMBEDDINGS, KERNEL, RECURRENT_KERNEL
from rnnscope.figures.drawing.artists import CELL, all_zeros, pointer
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_image import QuickImage
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.row_names import RowNames
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import em, ink, readable_on
from rnnscope.figures.weight_blocks import BlockRow, row_letter, row_title
from rnnscope.figures.weights.history import WeightHistory
from rnnscope.languages import noted, tr
from rnnscope.numbers import written

FEW, DIGIT = 0.1, 0.55
"""Weights of a scale that ends below have one more decimal, if there is room for one more digit."""

TWO_LINES = 2.6
"""Beside a map of so many font sizes there is room for two lines."""

LEAST_MAP = 1.5
"""A map is at least so many font sizes high."""


def beside(axes: Axes, across: float, up: float) -> Transform:
    """Return the places within an axes, from 0 to 1, moved by some font sizes."""
    return axes.transAxes + shift(axes, across, up)


def note(
    axes: Axes, place: tuple[float, float], text: str, away: tuple[float, float] = (0, 0), **look: str
) -> QuickText:
    """Return small text at a place of an axes from 0 to 1, some font sizes away from it."""
    return write(axes, *place, text, transform=beside(axes, *away), **look)


class WeightMap:
    """A row of blocks as colours, the quantities from left to right, with the weights in the cells if there is room.

    Attributes
    ----------
    images
        The colours of each block.
    names
        The names of its rows, of a table; None of other weights.
    columns_of, row_of
        Where the columns into each unit are, (quantity, unit), and where the row out of it.
    moving
        What changes with the moment.
    """

    def __init__(self, axes: Axes, history: WeightHistory, row: BlockRow, scale: Scale, *, by_change: bool) -> None:
        units, count = history.layer.units, len(history.layer.quantities)
        self.columns_of, self.row_of = np.arange(units)[None].repeat(count, axis=0), np.arange(units)
        if by_change:
            self.columns_of = np.argsort(history.changes.columns, axis=1)
            self.row_of = np.argsort(history.changes.rows[row])
        self.rows, self.columns = history.layer.rows[row], history.columns(row)
        axes.axis("off")
        self.axes, self.units, self.count, self.scale = axes, units, count, scale
        axes.set(xlim=(-0.5, count * units - 0.5), ylim=(self.rows - 0.5, -0.5))
        sides = [(k * units - 0.5, (k + 1) * units - 0.5, self.rows - 0.5, -0.5) for k in self.columns]
        self.images = [QuickImage(axes, (self.rows, units), scale, extent) for extent in sides]
        (self.frame,) = axes.plot(*self._outlines(), color=ink(), linewidth=0.8, clip_on=False)
        wide, high = size_in_ems(axes, em())
        self.decimals = 3 if scale.high < FEW and wide / (units * count) >= CELL[0] + DIGIT else 2
        room = wide / (units * count) >= CELL[0] and high / self.rows >= CELL[1]
        places = product(range(self.rows), self.columns, range(units)) if room else []
        self.numbers = [write(axes, k * units + unit, line, side="center") for line, k, unit in places]
        self.names = RowNames(axes, self.rows) if row[0] == EMBEDDINGS.name else None
        if self.names:
            order = history.changes.rows[row] if by_change else np.arange(self.rows)
            self.names.show([history.tokens[token] for token in order])
        self.above: Line2D | None = None
        self.beside: Line2D | None = None
        self.moving: list[Artist] = [*self.images, self.frame, *self.numbers]

    def show(self, values: np.ndarray) -> None:
        """Show other weights, (row, column), the blocks side by side."""
        for image, block in zip(self.images, np.hsplit(values, len(self.columns)), strict=True):
            image.set_data(block)
        if self.numbers:
            inks = readable_on(self.images[0].to_rgba(np.ma.masked_invalid(values))).reshape(-1, 3)
            for text, value, colour in zip(self.numbers, values.ravel(), inks, strict=True):
                text.set(text=cell_text(float(value), self.decimals, self.scale), color=colour)

    def mark_columns(self) -> None:
        """Mark a column of each quantity, of all maps, from above: the weights into the cursor's unit."""
        above = self.axes.get_xaxis_transform() + shift(self.axes, 0, 0.45)
        zeros = np.zeros(self.count)
        (self.above,) = self.axes.plot(zeros, zeros + 1, "v", color=ink(), markersize=0.5 * em(), transform=above)
        self.above.set_clip_on(False)
        self.moving.append(self.above)

    def mark_row(self) -> None:
        """Mark a row from the left: the weights out of the cursor's unit."""
        self.beside = pointer(self.axes, "unit")
        self.moving.append(self.beside)

    def describe(self, texts: list[str], limit: str) -> None:
        """Write its name and what its rows come from at its left, and the limit of its colours at its right."""
        tall = size_in_ems(self.axes, em())[1] >= TWO_LINES and len(texts) > 1
        away = -1.4 - self.room_for_names()
        for k, text in enumerate(texts[: 1 + tall]):
            note(self.axes, (0, 0.5), text, (away, 0.65 * tall - 1.3 * k), side="right")
        note(self.axes, (1, 0.5), limit, (0.5, 0))

    def room_for_names(self) -> float:
        """Return how much room the names of its rows take, in font sizes."""
        return RowNames.room(self.axes, [text.get_text() for text in self.names.texts] if self.names else [])

    def mark(self, unit: int) -> None:
        """Move the marks to a unit."""
        if self.above is not None:
            self.above.set_xdata(np.arange(self.count) * self.units + self.columns_of[:, unit])
        if self.beside is not None:
            self.beside.set_ydata([self.row_of[unit]])

    def _outlines(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the frames of all blocks as one line with gaps."""
        left = np.array(self.columns)[:, None] * self.units - 0.5
        across = left + self.units * np.array([0, 1, 1, 0, 0, np.nan])
        up = np.tile(self.rows * np.array([0, 0, 1, 1, 0, np.nan]) - 0.5, (len(left), 1))
        return across.ravel(), up.ravel()


def heights(history: WeightHistory, total: float) -> list[float]:
    """Return how high each map is: as many rows as it has, but no map too thin to be seen."""
    rows = np.array(list(history.layer.rows.values()), float)
    shares = rows / rows.sum() * total
    if shares.min() < LEAST_MAP:
        shares = LEAST_MAP + rows / rows.sum() * max(total - LEAST_MAP * len(rows), 0)
    return shares.tolist()


def labels(history: WeightHistory, row: BlockRow, *, long: bool, by_change: bool) -> list[str]:
    """Return what is written beside a map: its name, and what its rows come from."""
    if not long:
        return [row_letter(row)]
    sources = {
        KERNEL.name: (noted("from {count} features, sorted"), noted("from feature {span}")),
        RECURRENT_KERNEL.name: (noted("from {count} units, sorted"), noted("from unit {span}")),
        EMBEDDINGS.name: (noted("{count} tokens, sorted"), noted("of {count} tokens")),
    }
    if row[0] not in sources:
        return [row_title(row)]
    count = history.layer.units if row[0] == RECURRENT_KERNEL.name else history.layer.features
    is_sorted = by_change and (history.changes.rows[row] != np.arange(count)).any()
    in_order, in_place = sources[row[0]]
    return [row_title(row), tr(in_order if is_sorted else in_place, count=count, span=span(count))]


def span(count: int) -> str:
    """Return the numbers from zero, such as `0 … 299`."""
    return f"0 … {count - 1}" if count > 1 else "0"


def cell_text(value: float, decimals: int, scale: Scale) -> str:
    """Return a number with some decimals, or with two digits if it is large; `all_zeros` if it only looks like zero."""
    if not abs(value) < 9.995:
        return written(value, 2)
    shown = round(value, decimals) + 0.0  # which takes the sign from −0
    return f"{shown:.{decimals}f}".replace("-", "−") if shown or not value else all_zeros(value, scale)
