"""Where the layers of a net lie on a page, with the texts around their blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.parameters.packing import Item, Packing, pack
from rnnscope.figures.parameters.rectangles import NAME_LINE, row_label
from rnnscope.figures.parameters.texts import least_heading
from rnnscope.figures.weight_blocks import LayerBlocks

LAYER_GAPS = (1.5, 0.8)
"""The gaps between layers, in font sizes."""

GUTTER, SIDE_ROOM = 1.8, 0.6
"""The room left of each layer for the arrow that comes from the one before, and at both sides of the page."""

MARK = (0.8, 1.7)
"""How far below the blocks of a layer their width is marked and written, in font sizes."""

ENOUGH, FULL_ENOUGH = 0.8, 0.4
"""Rows are named in full if that leaves so much of the scale that it has with letters, and all lines of text are
written if that leaves so much of the scale that it has with few."""


@dataclass(frozen=True)
class Texts:
    """Which texts stand around the blocks of each layer.

    Attributes
    ----------
    long
        Whether the rows are named in full.
    lines
        How many lines stand above.
    has_mark
        Whether the width is written below.
    """

    long: bool
    lines: int
    has_mark: bool

    @property
    def above(self) -> float:
        """The room above the blocks, in font sizes."""
        return 1.8 + NAME_LINE * self.lines

    @property
    def below(self) -> float:
        """The room below the blocks, in font sizes."""
        return MARK[1] + 0.9 if self.has_mark else 1.0


@dataclass(frozen=True)
class PageLayout:
    """Where everything lies.

    Attributes
    ----------
    layers, texts
        The layers, and which texts stand around their blocks.
    packing
        The scale, and where the room of each layer is.
    sides
        The room left of the blocks of each layer.
    wide
        The width of the page.
    """

    layers: tuple[LayerBlocks, ...]
    texts: Texts
    packing: Packing
    sides: tuple[float, ...]
    wide: float

    def corner(self, place: int) -> tuple[float, float]:
        """Return where the texts above a layer begin."""
        x, y = self.packing.corners[place]
        return x + SIDE_ROOM + GUTTER, y

    def blocks_corner(self, place: int) -> tuple[float, float]:
        """Return the left upper corner of the blocks of a layer."""
        x, y = self.packing.corners[place]
        return x + SIDE_ROOM + self.sides[place], y + self.texts.above

    def bottom(self, place: int) -> float:
        """Return where the blocks of a layer end."""
        return self.blocks_corner(place)[1] + self.layers[place].size[1] * self.packing.scale

    def row(self, place: int) -> list[int]:
        """Return the places of the layers that stand beside each other."""
        corners = self.packing.corners
        return [k for k, (_, y) in enumerate(corners) if y == corners[place][1]]

    def room(self, place: int) -> float:
        """Return how wide the texts above a layer may be: to the next one in its row, or the end of the page."""
        ends = [self.corner(k)[0] - GUTTER - 0.5 for k in self.row(place) if k > place]
        return min(ends, default=self.wide - SIDE_ROOM) - self.corner(place)[0]

    def arrow(self, place: int, end: float) -> list[tuple[float, float]]:
        """Return the way from below a layer, where its text ends at `end`, to the second line above the next one."""
        (x, _), low = self.blocks_corner(place), MARK[1] if self.texts.has_mark else 0.5
        to_x, to_y = self.corner(place + 1)
        to_y += 0.6 + NAME_LINE * (self.texts.lines > 2)
        gutter, y = to_x - GUTTER + 0.5, self.bottom(place) + low
        if gutter > end:
            return [(end + 0.4, y), (gutter, y), (gutter, to_y), (to_x - 0.2, to_y)]
        run = low + max(map(self.bottom, self.row(place)))
        return [(x - 0.4, y), (x - 0.9, y), (x - 0.9, run), (gutter, run), (gutter, to_y), (to_x - 0.2, to_y)]


def arrange(layers: Sequence[LayerBlocks], figure: Figure, wide: float, high: float, most: float) -> PageLayout:
    """Lay layers out in a room of so many font sizes, on a scale of at most `most`."""

    def page(texts: Texts) -> PageLayout:
        sides = tuple(side_room(layer, figure, texts.long) for layer in layers)
        items = [_item(layer, figure, side, texts) for layer, side in zip(layers, sides, strict=True)]
        packing = pack(items, wide - 2 * SIDE_ROOM, high, LAYER_GAPS, most)
        return PageLayout(tuple(layers), texts, packing, sides, wide)

    def better(first: PageLayout, second: PageLayout, enough: float) -> PageLayout:
        return first if first.packing.scale >= enough * second.packing.scale else second

    full, few = (
        better(*(page(Texts(long, lines, has_mark)) for long in (True, False)), ENOUGH)
        for lines, has_mark in ((3, True), (2, False))
    )
    return better(full, few, FULL_ENOUGH)


def side_room(layer: LayerBlocks, figure: Figure, long: bool) -> float:
    """Return the width of what is beside the blocks of a layer: the arrow's gutter, and the names of rows."""
    return max(text_width(figure, row_label(layer, row, long)) for row in layer.rows) + 1.6 + GUTTER


def _item(layer: LayerBlocks, figure: Figure, side: float, texts: Texts) -> Item:
    heading = GUTTER + max(text_width(figure, line) for line in least_heading(layer, texts.lines)) + 0.3
    least = max(1.2 * heading, side + text_width(figure, f"H = {layer.units}"))
    high = texts.above + texts.below
    return Item(*layer.size, side, high, (least, high + NAME_LINE * len(layer.rows)))
