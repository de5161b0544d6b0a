"""Where everything of a cell's wiring lies: its nodes, the lines between them, and the sides of the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rnnscope.cells import Cell
from rnnscope.cells.caches import derived
from rnnscope.figures.wiring.pathfinding import Path, Point
from rnnscope.figures.wiring.positions import positions_of
from rnnscope.figures.wiring.routing import paths_of
from rnnscope.figures.wiring.wiring import Edge, wiring_of


@dataclass(frozen=True)
class CellLayout:
    """Where everything is.

    Attributes
    ----------
    places
        The middle of each node.
    paths
        The corners of each edge from its source to its target, in the order of `wiring.edges`.
    dots
        Where the lines of a source branch, with the source's key.
    right, bottom, top
        The sides; the left one is zero.
    """

    places: dict[str, Point]
    paths: tuple[Path, ...]
    dots: tuple[tuple[str, Point], ...]
    right: float
    bottom: float
    top: float


@derived(maxsize=64)
def layout_of(cell: Cell) -> CellLayout:
    """Return where the nodes and edges of a cell's wiring lie."""
    wiring = wiring_of(cell)
    positions = positions_of(wiring)
    paths = paths_of(wiring, positions)
    heights = [y for path in paths for _, y in path]
    top = max(positions.top, max(heights) + 0.6)
    return CellLayout(positions.places, paths, _branches(wiring.edges, paths), positions.right, min(heights), top)


def _branches(edges: tuple[Edge, ...], paths: tuple[Path, ...]) -> tuple[tuple[str, Point], ...]:
    """Return where the paths of a source part: corners of one within a stretch of another."""
    found = []
    for edge, path in zip(edges, paths, strict=True):
        for other, its in zip(edges, paths, strict=True):
            if other is not edge and other.source == edge.source:
                found += [(edge.source, p) for p in path[1:-1] if any(_within(p, *s) for s in pairwise(its))]
    return tuple(dict.fromkeys(found))


def _within(point: Point, start: Point, stop: Point) -> bool:
    """Say whether a point lies within a stretch, not at its ends."""
    a, b, p = np.array(start), np.array(stop), np.array(point)
    length = np.linalg.norm(b - a)
    along = (p - a) @ (b - a) / length if length else 0.0
    return bool(0.01 < along < length - 0.01 and abs(np.linalg.norm(p - a) - along) < 0.01)
