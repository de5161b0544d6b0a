"""A layer of the unrolled net: its boxes, what is carried from one to the next, and what comes from below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.quick_image import QuickImage
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import rounded_box, thick_arrow
from rnnscope.figures.network.unrolled import LayerRow
from rnnscope.figures.numbers import vector_text, written
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import NOT_FINITE, faint, ink

WIDEST_ARROW, THINNEST_ARROW = 1.0, 0.08
"""The widest and the thinnest arrow, in font sizes."""

ROOMY_COLUMN = 8.6
"""Numbers are written beside arrows if columns are at least so many font sizes apart."""

TALL_BOX = 2.5
"""A box of so many font sizes has a number above its strip."""

FULL = 4.6
"""A box of so many font sizes has room for a number with all its digits."""

SPREAD = 0.52
"""How much of the height of a box the arrows of its states take."""

CLOSE_STATES = 1.25
"""Numbers are written beside arrows that are at least so many font sizes apart."""

BOX_MARGIN = 0.35
"""The room around the strip in a box."""


@dataclass(frozen=True)
class Grid:
    """Where the boxes of the picture lie; all lengths in font sizes.

    Attributes
    ----------
    left, pitch, wide
        Where the first column begins, how far columns are apart, and how wide a box is.
    bottom, rise, high
        Where the first layer's room begins, how far layers are apart, and how high a box is.
    columns
        The number of columns.
    """

    left: float
    pitch: float
    wide: float
    bottom: float
    rise: float
    high: float
    columns: int

    @property
    def gap(self) -> float:
        """How long an arrow from column to column is."""
        return self.pitch - self.wide

    @property
    def roomy(self) -> bool:
        """Whether there is room for numbers beside arrows."""
        return self.pitch >= ROOMY_COLUMN

    def x(self, column: int) -> float:
        """Return where a column begins, its boxes without the gap before them."""
        return self.left + column * self.pitch + self.gap

    def y(self, row: int) -> float:
        """Return where the boxes of a layer begin: above the arrows from below."""
        return self.bottom + (row + 1) * self.rise - self.high


class NetworkRow:
    """The artists of one layer.

    Attributes
    ----------
    grid, row, columns
        Where it lies: the number of the layer from below, and the columns that have boxes.
    moving
        What changes with the moment.
    """

    def __init__(
        self,
        axes: Axes,
        grid: Grid,
        row: int,
        data: LayerRow,
        units_scale: Scale,
        colours: Mapping[str, str],
        states: list[str],
        symbol: str,
        *,
        backward: bool,
    ) -> None:
        self.axes, self.grid, self.row, self.backward = axes, grid, row, backward
        self.scale, self.colours = units_scale, colours
        self.columns = range(grid.columns - len(data.vectors), grid.columns)
        self.units, self.states = data.vectors.shape[1], states
        name = symbol if self.units == 1 else f"‖{symbol}‖"
        self.digits = 3 if grid.wide >= FULL else 2
        self.symbol = f"{name} = " if grid.wide >= 0.55 * len(name) + 5 else ""
        self._make_boxes()
        self.arrows = axes.add_collection(PolyCollection([], linewidth=0, zorder=2))
        self.beside = self._texts_above() if grid.roomy else {}
        self.upwards = [
            write(axes, grid.x(column) + grid.wide / 2 + 0.6, self._between())
            for column in self.columns
            if backward and grid.roomy and data.entering is not None
        ]
        texts = [*self.numbers, *self.upwards, *(text for found in self.beside.values() for text in found)]
        self.moving: list[Artist] = [*self.strips, self.arrows, *texts]

    def _texts_above(self) -> dict[str, list[QuickText]]:
        """Make the texts above the arrows of each state but the lowest, if boxes are high enough for them."""
        if self.grid.high < max(TALL_BOX, CLOSE_STATES * (len(self.states) - 1) / SPREAD):
            return {}
        return {
            state: [
                write(self.axes, *self._above_arrow(state, column), side="center", color=self.colours[state])
                for column in self.columns
            ]
            for state in self.states[:-1]
        }

    def show(self, data: LayerRow, widths: Mapping[str, Scale]) -> None:
        """Show what flows: numbers, colours, and arrows as wide as what they carry."""
        for vector, strip, number in zip(data.vectors, self.strips, self.numbers, strict=True):
            strip.set_data(np.ma.masked_invalid(self.scale.places(vector)[None]))
            number.set(
                text=self.symbol + vector_text(vector, self.digits),
                color=ink() if np.isfinite(vector).all() else NOT_FINITE,
            )
        polygons, colours = [], []
        for state, norms in data.carried.items():
            for k, norm in enumerate(norms):
                polygons.append(self._across(state, k, thickness(norm, widths["states"])))
                colours.append(self.colours[state] if norm < np.inf else NOT_FINITE)  # −∞ is where a state begins
        for state, texts in self.beside.items():
            norms = [written(norm) for norm in data.carried.get(state, ())] or [""] * len(texts)
            for text, norm in zip(texts, norms, strict=False):
                text.set_text(norm)
        entering = [] if data.entering is None else data.entering
        for k, norm in enumerate(entering):
            polygons.append(self._upwards(k, thickness(norm, widths["entering"])))
            colours.append(self.colours["entering"] if np.isfinite(norm) else NOT_FINITE)
        for text, norm in zip(self.upwards, entering, strict=False):
            text.set_text(written(norm))
        self.arrows.set_verts(polygons)
        self.arrows.set_facecolor(colours)

    def box(self, column: int) -> tuple[float, float]:
        """Return the left lower corner of the box in a column; that of the only box if there is one."""
        return self.grid.x(max(column, self.columns[0])), self.grid.y(self.row)

    def place_of(self, unit: int, column: int) -> tuple[float, float]:
        """Return the place below a unit's part of the strip in a column."""
        x, y = self.box(column)
        return x + BOX_MARGIN + (unit + 0.5) / self.units * (self.grid.wide - 2 * BOX_MARGIN), y + 0.12

    def at(self, x: float, y: float) -> dict[str, int]:
        """Return the column of the box that a place is in, and the unit of its strip; nothing if it is in none."""
        grid, column = self.grid, int((x - self.grid.left) // self.grid.pitch)
        if column not in self.columns or not 0 <= y - grid.y(self.row) <= grid.high:
            return {}
        along = (x - grid.x(column) - BOX_MARGIN) / (grid.wide - 2 * BOX_MARGIN)
        return {"column": column} | ({"unit": int(along * self.units)} if 0 <= along < 1 else {})

    def _make_boxes(self) -> None:
        """Make the boxes, with a strip for all units and a number above it."""
        grid, y = self.grid, self.grid.y(self.row)
        only = self.units == 1 and (grid.high < TALL_BOX or not self.states)
        has_number = grid.high >= TALL_BOX or only
        outlines, self.strips, self.numbers = [], [], []
        top = y + grid.high - (1.35 if has_number else 0.35)
        for column in self.columns:
            x = grid.x(column)
            outlines.append(rounded_box(x + grid.wide / 2, y + grid.high / 2, grid.wide / 2, grid.high / 2, 0.35))
            sides = (x + BOX_MARGIN, x + grid.wide - BOX_MARGIN, y + BOX_MARGIN, top)
            self.strips.append(QuickImage(self.axes, (1, self.units), self.scale, sides))
            self.strips[-1].set_zorder(3)
            self.strips[-1].set_visible(not only)
            up = grid.high / 2 if only else grid.high - 0.75
            self.numbers.append(write(self.axes, x + grid.wide / 2, y + up, side="center"))
            self.numbers[-1].set_visible(has_number)
        boxes = PolyCollection(outlines, facecolor=faint(0.94), edgecolor=faint(0.55), linewidth=0.9, zorder=1.5)
        self.axes.add_collection(boxes)

    def _height(self, state: str) -> float:
        """Return how high the arrows of a state lie: the first above, the output below."""
        count = len(self.states)
        share = 0.5 if count == 1 else (1 + SPREAD) / 2 - SPREAD * self.states.index(state) / (count - 1)
        return self.grid.y(self.row) + share * self.grid.high

    def _above_arrow(self, state: str, column: int) -> tuple[float, float]:
        return self.grid.x(column) - self.grid.gap / 2, self._height(state) + 1.15

    def _between(self) -> float:
        """Return the middle between this layer and the one below."""
        return self.grid.y(self.row) - (self.grid.rise - self.grid.high) / 2

    def _across(self, state: str, k: int, width: float) -> np.ndarray:
        """Return the arrow into column k, or out of the last one."""
        y, end = self._height(state), self.grid.x(k) - 0.1
        start = end - self.grid.gap + 0.2
        return thick_arrow((end, y), (start, y), width) if self.backward else thick_arrow((start, y), (end, y), width)

    def _upwards(self, k: int, width: float) -> np.ndarray:
        """Return the arrow from below into a box."""
        x, end = self.grid.x(self.columns[k]) + self.grid.wide / 2, self.grid.y(self.row) - 0.1
        start = end - (self.grid.rise - self.grid.high) + 0.2
        return thick_arrow((x, end), (x, start), width) if self.backward else thick_arrow((x, start), (x, end), width)


def thickness(norm: float, scale: Scale) -> float:
    """Return how wide an arrow is: in proportion to what it carries, or to its power of ten."""
    share = (float(scale.places(np.float64(norm))) - scale.low) / (scale.high - scale.low)
    return max(THINNEST_ARROW, WIDEST_ARROW * min(share, 1.0)) if np.isfinite(share) else THINNEST_ARROW
