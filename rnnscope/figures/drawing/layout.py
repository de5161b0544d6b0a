"""Where panels lie: boxes that are measured in shares of a host axes and in font sizes.

A margin for tick labels is as wide as its text, whatever the size of the figure; the panels share what is left. A
box becomes a child axes of the host that keeps its place when the host moves or the figure is resized.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.transforms import Bbox, ScaledTranslation

from rnnscope.figures.drawing.panel import Panel
from rnnscope.figures.style import em


@dataclass(frozen=True)
class Coordinate:
    """A place on one side of the host: a share of its length, and some font sizes beside it."""

    share: float
    ems: float = 0.0

    def moved(self, ems: float) -> Coordinate:
        """Return the place some font sizes further."""
        return Coordinate(self.share, self.ems + ems)

    def towards(self, other: Coordinate, part: float) -> Coordinate:
        """Return the place at some part of the way to another."""
        return Coordinate(self.share + part * (other.share - self.share), self.ems + part * (other.ems - self.ems))


@dataclass(frozen=True)
class Box:
    """A rectangle of a host axes; the whole of it by default. All lengths are in font sizes (em).

    Attributes
    ----------
    left, bottom, right, top
        Its sides.
    """

    left: Coordinate = Coordinate(0)
    bottom: Coordinate = Coordinate(0)
    right: Coordinate = Coordinate(1)
    top: Coordinate = Coordinate(1)

    def inset(self, left: float = 0, right: float = 0, top: float = 0, bottom: float = 0) -> Box:
        """Return the box without margins."""
        return Box(self.left.moved(left), self.bottom.moved(bottom), self.right.moved(-right), self.top.moved(-top))

    def strip(self, side: str, ems: float) -> Box:
        """Return the strip of the box along one of its sides, `ems` wide."""
        left, bottom, right, top = self.left, self.bottom, self.right, self.top
        strips = {
            "left": (left, bottom, left.moved(ems), top),
            "right": (right.moved(-ems), bottom, right, top),
            "top": (left, top.moved(-ems), right, top),
            "bottom": (left, bottom, right, bottom.moved(ems)),
        }
        return Box(*strips[side])

    def columns(self, ratios: Sequence[float], gap: float = 0) -> list[Box]:
        """Divide the box into columns from left to right, with a gap between two."""
        found = _divided(self.left, self.right, ratios, gap)
        return [Box(left, self.bottom, right, self.top) for left, right in found]

    def rows(self, ratios: Sequence[float], gap: float = 0) -> list[Box]:
        """Divide the box into rows from top to bottom, with a gap between two."""
        found = _divided(self.top, self.bottom, ratios, -gap)
        return [Box(self.left, bottom, self.right, top) for top, bottom in found]

    def grid(self, count: int, columns: int, gap: tuple[float, float]) -> list[Box]:
        """Divide the box into `count` equal boxes in rows of `columns`; `gap` is the gap across and down."""
        rows = self.rows([1] * -(-count // columns), gap[1])
        return [box for row in rows for box in row.columns([1] * columns, gap[0])][:count]

    def axes(self, host: Axes, em: float) -> Panel:
        """Return a new child axes of a host that lies in this box; `em` is the font size in points."""
        figure = host.get_figure(root=False)
        child = Panel(figure, (0, 0, 1, 1))
        host.add_child_axes(child)
        within = _Within(self, host, em)
        child.set_axes_locator(within)
        child.apply_aspect(within(child, None))
        return child


class _Within:
    """Tells matplotlib where a child axes lies, each time that it draws."""

    def __init__(self, box: Box, host: Axes, em: float) -> None:
        self.box, self.host, self.em = box, host, em

    def __call__(self, axes: Axes, renderer: RendererBase | None) -> Bbox:
        outer = self.host.bbox
        figure = self.host.get_figure(root=True)
        pixels = self.em * figure.dpi / 72
        across, up = (outer.x0, outer.width), (outer.y0, outer.height)
        places = (self.box.left, self.box.bottom, self.box.right, self.box.top)
        corners = [
            start + place.share * length + place.ems * pixels
            for place, (start, length) in zip(places, (across, up, across, up), strict=True)
        ]
        return Bbox([corners[:2], corners[2:]]).transformed(axes.get_figure(root=False).transSubfigure.inverted())


def size_in_ems(host: Axes, em: float) -> tuple[float, float]:
    """Return how many font sizes a host axes is wide and high."""
    pixels = em * host.get_figure(root=True).dpi / 72
    return host.bbox.width / pixels, host.bbox.height / pixels


def shift(axes: Axes, across: float, up: float) -> ScaledTranslation:
    """Return what moves the places of an axes by some font sizes; it is added to their transform."""
    return ScaledTranslation(across * em() / 72, up * em() / 72, axes.get_figure(root=True).dpi_scale_trans)


def _divided(
    start: Coordinate, stop: Coordinate, ratios: Sequence[float], gap: float
) -> list[tuple[Coordinate, Coordinate]]:
    """Divide the way from start to stop by ratios, with a gap (in em, negative downwards) between two parts."""
    total, count = sum(ratios), len(ratios)
    all_gaps = gap * (count - 1)
    found, before = [], 0.0
    for k, ratio in enumerate(ratios):
        first, last = before / total, (before + ratio) / total
        a, b = (start.towards(stop, part).moved(gap * k - all_gaps * part) for part in (first, last))
        found.append((a, b))
        before += ratio
    return found
