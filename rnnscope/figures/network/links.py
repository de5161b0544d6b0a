"""How what a layer reads comes to it from where it is put out, where that is not straight below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rnnscope.figures.drawing.shapes import thick_arrow
from rnnscope.figures.network.grid import Grid

Point = tuple[float, float]

BEFORE_START, STUB = 0.9, 0.7
"""A state from another layer comes so many font sizes from before a box, and leaves so far behind one."""


@dataclass(frozen=True)
class Link:
    """What lies between a layer and what it reads.

    Attributes
    ----------
    top
        How high what it reads ends.
    columns
        In which columns that is put out.
    is_next
        Whether it is straight below, with nothing in between.
    aside
        How far from the middle of a box the arrow is, as a part of its width, where it is not.
    """

    top: float
    columns: range
    is_next: bool = True
    aside: float = 0.0

    def is_straight(self, columns: range) -> bool:
        """Say whether each column of a layer reads what is put out in the same one."""
        return list(self.columns) == list(columns)


def link_paths(
    grid: Grid, link: Link, columns: range, bottom: float, widths: Sequence[float], *, backward: bool
) -> list[np.ndarray]:
    """Return the outlines of what leads from where something is put out to the bottom of the boxes that read it.

    Of arrows that are not straight the widths are those of what is put out.
    """
    if link.is_straight(columns):
        middles = [grid.x(k) + (0.5 + link.aside) * grid.wide for k in columns]
        ends = [((x, link.top + 0.1), (x, bottom - 0.1)) for x in middles]
        return [thick_arrow(*_turned(each, backward), width) for each, width in zip(ends, widths, strict=True)]
    rail, most = bottom - 0.55 * grid.rise, max(widths)
    starts = [grid.x(k) + (0.5 + link.aside) * grid.wide for k in link.columns]
    ends = [grid.x(k) + 0.5 * grid.wide for k in columns]
    ways = [((x, link.top + 0.1), (x, rail)) for x in starts]
    found = [band(*way, width) for way, width in zip(ways, widths, strict=True)]
    found.append(band((min(*starts, *ends), rail), (max(*starts, *ends), rail), most))
    each = widths if len(widths) == len(ends) else [most] * len(ends)
    arrows = [((x, rail), (x, bottom - 0.1)) for x in ends]
    if backward:  # the tips are where it was put out
        tips = [((x, rail), (x, link.top + 0.1)) for x in starts]
        return [
            *(thick_arrow(*way, w) for way, w in zip(tips, widths, strict=True)),
            found[-1],
            *map_bands(arrows, each),
        ]
    return [*found, *(thick_arrow(*way, width) for way, width in zip(arrows, each, strict=True))]


def map_bands(ways: Sequence[tuple[Point, Point]], widths: Sequence[float]) -> list[np.ndarray]:
    """Return the outline of each of some straight lines."""
    return [band(*way, width) for way, width in zip(ways, widths, strict=True)]


def start_path(points: Sequence[Point], width: float, *, backward: bool) -> list[np.ndarray]:
    """Return the outlines of an arrow with corners; backward it points to its beginning."""
    points = points[::-1] if backward else points
    found = [band(*each, width) for each in pairwise(points[:-1])]
    return [*found, thick_arrow(points[-2], points[-1], width)]


def corners(grid: Grid, leaves: Point, enters: Point, rail: float, shift: float) -> list[Point]:
    """Return the corners of the way of a state from the right of one box to the left of another, clear of boxes.

    Several states are shifted, so that their ways stay apart.
    """
    (x0, y0), (x1, y1) = leaves, enters
    before = x1 - BEFORE_START - shift
    if before > x0:
        return [(x0, y0), (before, y0), (before, y1), (x1 - 0.1, y1)]
    behind = x0 + STUB + shift
    rail -= shift
    return [(x0, y0), (behind, y0), (behind, rail), (before, rail), (before, y1), (x1 - 0.1, y1)]


def band(start: Point, end: Point, width: float) -> np.ndarray:
    """Return the outline of a straight line along an axis, its ends square."""
    (x0, x1), (y0, y1), half = sorted((start[0], end[0])), sorted((start[1], end[1])), width / 2
    return np.array(
        [(x0 - half, y0 - half), (x1 + half, y0 - half), (x1 + half, y1 + half), (x0 - half, y1 + half)], float
    )


def _turned(ends: tuple[Point, Point], backward: bool) -> tuple[Point, Point]:
    return ends[::-1] if backward else ends
