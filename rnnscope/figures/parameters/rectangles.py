"""Blocks of weights as rectangles to scale, with their names, and a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import Polygon, Rectangle
from matplotlib.patheffects import withStroke

from rnnscope.cells.weight_kinds import ALL_KINDS, CONSTANT
from rnnscope.figures.drawing.notes import Sign
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import arrowhead, rounded_path
from rnnscope.figures.style import blend, em, faint, ink, lettering, paper, readable_on
from rnnscope.figures.weight_blocks import Block, BlockRow, LayerBlocks, row_letter, row_name, row_title
from rnnscope.languages import tr, trn

HATCHES = {"recurrent_bias": "....", "peephole": "////"}
THINNEST_BLOCK = 0.12
"""A block that is thinner, in font sizes, is drawn as a line."""

NAME_LINE = 1.3
"""The height of a line of text, in font sizes."""

HIGHEST = 1.3
"""The square of the key is at most so wide and high, in font sizes."""

MOST_AREA = 9
"""The square of the key stands for at most ten to the power of this."""

SWATCH, BETWEEN_ENTRIES = 1.6, 1.8
"""The width of a swatch of the key, and the gap between its entries, in font sizes."""


class Pen:
    """Draws layers into an axes whose unit is the font size, from the top down.

    Attributes
    ----------
    tiles
        The rectangle of each block, by the names of the layer and of the block.
    """

    def __init__(self, axes: Axes, scale: float) -> None:
        self.axes, self.scale = axes, scale
        self.tiles: dict[tuple[str, str], Rectangle] = {}

    def blocks(self, layer: LayerBlocks, x: float, y: float, colours: Mapping[str, str]) -> None:
        """Draw the blocks of a layer, with their names where there is room, and the quantities above."""
        for block in layer.blocks:
            across, down = layer.corner(block)
            self._tile(layer, block, (x + across * self.scale, y + down * self.scale), colours[block.quantity])
        for k, quantity in enumerate(layer.quantities):
            if layer.units * self.scale >= 1 or len(layer.quantities) == 1:
                centre = x + (k + 0.5) * layer.units * self.scale
                self.text(centre, y - 1.25, quantity, bold=True, colour=lettering(colours[quantity]), side="center")

    def labels(self, layer: LayerBlocks, x: float, y: float, long: bool) -> None:
        """Name the rows of blocks at their left, each with a line to its row."""
        rows, above = layer.rows, 0.0
        places = []
        for high in rows.values():
            places.append(y + (above + high / 2) * self.scale)
            above += high
        for row, place, written in zip(rows, places, apart(places, NAME_LINE * 0.95, y + 0.1), strict=True):
            self.axes.plot([x - 1.1, x - 0.4], [written, place], color=faint(0.4), linewidth=0.7)
            self.text(x - 1.3, written, row_label(layer, row, long), side="right")

    def text(
        self, x: float, y: float, text: str, *, bold: bool = False, colour: str = "", side: str = "left"
    ) -> QuickText:
        """Write a text at a place, and return it."""
        look = {"fontsize": em(), "fontweight": "bold"} if bold else {}
        return write(self.axes, x, y, text, side=side, color=colour or ink(), **look)

    def frame(self, width: float) -> Rectangle:
        """Return a frame that stands out from what it surrounds."""
        halo = [withStroke(linewidth=width + 1.6, foreground=paper())]
        patch = Rectangle((0, 0), 1, 1, fill=False, edgecolor=ink(), linewidth=width, clip_on=False, path_effects=halo)
        patch.set_zorder(4)
        self.axes.add_patch(patch)
        return patch

    def width_mark(self, x: float, y: float, wide: float) -> None:
        """Draw a line with ends below a block: how wide it is."""
        for xs, ys in (([x, x + wide], [y, y]), ([x, x], [y - 0.25, y + 0.25]), ([x + wide] * 2, [y - 0.25, y + 0.25])):
            self.axes.plot(xs, ys, color=faint(0.25), linewidth=1)

    def arrow(self, points: Sequence[tuple[float, float]]) -> None:
        """Draw an arrow through points."""
        (tip, y), before = points[-1], points[:-1]
        line = rounded_path((*before, (tip - 0.5, y)), 0.4)
        self.axes.plot(*line.T, color=ink(), linewidth=1.6, solid_capstyle="butt")
        self.axes.add_patch(Polygon(arrowhead((points[-2], points[-1]), 0.8), facecolor=ink()))

    def key(self, entries: Sequence[tuple[str, str]], places: Sequence[tuple[float, float]]) -> None:
        """Draw the swatch of each kind of block with its name; `area` is a square of some number of parameters."""
        for (kind, name), (x, y) in zip(entries, places, strict=True):
            sign_of(kind, self.scale).draw(self.axes, x, y)
            self.text(x + SWATCH + 0.4, y, name)

    def _tile(self, layer: LayerBlocks, block: Block, corner: tuple[float, float], colour: str) -> None:
        high, wide = (size * self.scale for size in block.shape)
        patch = Rectangle(corner, wide, high)
        self.tiles[layer.name, block.name] = patch
        _swatch(self.axes, block.row[0], patch, colour)
        if min(wide, high) < THINNEST_BLOCK:
            patch.set(edgecolor=patch.get_facecolor(), linewidth=1, hatch=None)
        lines = [block.name, f"{block.count:,}"]
        fits = [0.6 * len(line) + 0.5 <= wide for line in lines]
        written = lines[: 2 if all(fits) and high >= 2.7 else 1 if fits[0] and high >= 1.15 else 0]
        face = readable_on(np.array(to_rgba(patch.get_facecolor())))
        for k, line in enumerate(written):
            down = high / 2 + NAME_LINE * (k - (len(written) - 1) / 2)
            text = self.text(corner[0] + wide / 2, corner[1] + down, line, colour=to_hex(face), side="center")
            if patch.get_hatch():
                text.set_path_effects([withStroke(linewidth=3, foreground=patch.get_facecolor())])


def sign_of(kind: str, scale: float) -> Sign:
    """Return the sign of an entry of the key: of a kind of block, of one too thin, or of an area on a scale."""

    def draw(axes: Axes, x: float, y: float) -> None:
        if kind == "line":
            axes.plot([x, x + SWATCH], [y, y], color=faint(0.25), linewidth=1)
        elif kind == "area":
            side = scale * np.sqrt(unit_area(scale))
            axes.add_patch(Rectangle((x + SWATCH - side, y - side / 2), side, side, facecolor=faint(0.5)))
        else:
            _swatch(axes, kind, Rectangle((x, y - 0.4), SWATCH, 0.8), ink())

    return Sign(SWATCH, draw, (kind, scale if kind == "area" else None))


def _swatch(axes: Axes, kind: str, patch: Rectangle, colour: str) -> None:
    face = blend(colour, paper(), ALL_KINDS[kind].fade)
    patch.set(facecolor=face, edgecolor=paper(), linewidth=0.8, hatch=HATCHES.get(kind))
    axes.add_patch(patch)


def row_label(layer: LayerBlocks, row: BlockRow, long: bool) -> str:
    """Return what is written beside a row of blocks: its name, and how many rows of weights a block of it has."""
    name, high, kind = row_name(row) if long else row_letter(row), layer.rows[row], ALL_KINDS[row[0]]
    letter = f" {row_letter(row)}" if long and kind is not CONSTANT else ""
    size = f"{kind.shape[0]} = {high}" if kind.is_matrix else f"{high}"
    if long:
        return trn("{name}: {size} row", "{name}: {size} rows", high, name=f"{name}{letter}", size=size)
    return f"{name}  {size}"


def entries_of(layers: Sequence[LayerBlocks], scale: float | None) -> list[tuple[str, str]]:
    """Return the entries of the key, kind and text; without a scale all that there might be."""
    there = {kind for layer in layers for kind, _ in layer.rows}
    entries = [(kind, f"{row_title((kind, ''))}: {_size(kind)}") for kind in ALL_KINDS if kind in there]
    if scale is None or scale <= HIGHEST:
        count = unit_area(scale or 1e-3)
        entries.append(("area", trn("{number} parameter", "{number} parameters", count, number=f"{count:,}")))
    return entries + ([("line", tr("too thin for the scale"))] if scale is None or any_thin(layers, scale) else [])


def _size(kind: str) -> str:
    """Return how large a block of a kind is, such as `D × H`."""
    return " × ".join(map(str, ALL_KINDS[kind].shape))


def any_thin(layers: Sequence[LayerBlocks], scale: float) -> bool:
    """Say whether some block is drawn as a line."""
    return any(min(block.shape) * scale < THINNEST_BLOCK for layer in layers for block in layer.blocks)


def flow(widths: Sequence[float], wide: float, left: float, top: float) -> list[tuple[float, float]]:
    """Return places for entries of some widths, side by side in rows, between two margins."""
    places, x, y = [], left, top + NAME_LINE / 2
    for width in widths:
        if places and x + width > wide - left:
            x, y = left, y + NAME_LINE
        places.append((x, y))
        x += width + BETWEEN_ENTRIES
    return places


def unit_area(scale: float) -> int:
    """Return the largest power of ten of parameters whose square is at most as high as a line of text."""
    return 10 ** int(np.clip(2 * np.log10(HIGHEST / scale), 0, MOST_AREA))


def apart(places: Sequence[float], least: float, first: float) -> list[float]:
    """Return places in ascending order, moved as little down or up as it takes to be so far apart.

    Examples
    --------
    >>> apart([0.0, 5.0, 5.1], 1.0, 0.0)
    [0.0, 4.1, 5.1]
    """
    found = list(places)
    for k in range(len(found) - 1, 0, -1):
        found[k - 1] = min(found[k - 1], found[k] - least)
    found[0] = max(found[0], first)
    for k in range(1, len(found)):
        found[k] = max(found[k], found[k - 1] + least)
    return found
