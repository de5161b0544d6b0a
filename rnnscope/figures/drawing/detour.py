"""The way of a line around what stands in its way: along one axis at a time, short, and with few corners."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import count, pairwise

import numpy as np

Point = tuple[float, float]
Path = tuple[Point, ...]
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right and top."""

MARGIN = 0.25
"""So far from walls and from other lines a way goes."""

CORNER, CROSSING = 1.0, 0.6
"""So much longer than a straight way one may be that saves a corner, or the crossing of another line."""


def stretches(path: Iterable[Point]) -> list[Rectangle]:
    """Return the straight parts of a path as rectangles without width."""
    return [(min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)) for (x, y), (to_x, to_y) in pairwise(path)]


def common(one: Rectangle, other: Rectangle) -> Point:
    """Return how far two rectangles have something in common, across and up; below zero how far they are apart."""
    return min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])


def run_together(one: Rectangle, other: Rectangle) -> bool:
    """Say whether two straight parts of lines lie on each other, and do not only cross or touch."""
    both = common(one, other)
    return min(both) > -0.01 and max(both) > 0.05


def detour(
    starts: Sequence[tuple[Point, Point]],
    ends: Sequence[tuple[Point, Point]],
    walls: Sequence[Rectangle],
    lines: Sequence[Rectangle],
) -> Path | None:
    """Return the corners of the best way from one of the starts to one of the ends, or None if there is none.

    Parameters
    ----------
    starts, ends
        Points at the rim of what is joined, each with the point outside of it that a way goes straight through.
    walls
        What a way goes around.
    lines
        Straight parts of other lines: a way may cross them, but not run along them.
    """
    return _Streets(walls, lines, [outside for _, outside in (*starts, *ends)]).way(starts, ends)


class _Streets:
    """Streets beside all walls and lines, along which ways are sought."""

    def __init__(self, walls: Sequence[Rectangle], lines: Sequence[Rectangle], points: Sequence[Point]) -> None:
        things = np.array([*walls, *lines])
        self.coordinates = []
        for axis in (0, 1):
            rims = np.concatenate([things[:, axis] - MARGIN, things[:, axis + 2] + MARGIN])
            self.coordinates.append(np.unique(np.round([*rims, *(point[axis] for point in points)], 6)))
        self.walls, self.lines = walls, lines
        self.costs: dict[tuple[Point, Point], float | None] = {}

    def way(self, starts: Sequence[tuple[Point, Point]], ends: Sequence[tuple[Point, Point]]) -> Path | None:
        """Return the cheapest way, by Dijkstra's search over corners and the axis along which each was reached."""
        goals = {_rounded(outside): (end, _axis(outside, end)) for end, outside in ends}
        order, heap = count(), []
        for start, outside in starts:
            heappush(heap, (0.0, next(order), _rounded(outside), _axis(start, outside), (start, outside)))
        seen = set()
        while heap:
            cost, _, at, axis, path = heappop(heap)
            if axis is None:
                return _corners(path)
            if (at, axis) in seen:
                continue
            seen.add((at, axis))
            if at in goals:
                end, last = goals[at]
                heappush(heap, (cost + CORNER * (axis != last), next(order), at, None, (*path, end)))
            for to, along in self._neighbours(at):
                step = None if _turns_back(path[-2], at, to) else self._cost(at, to)
                if step is not None and (to, along) not in seen:
                    heappush(heap, (cost + step + CORNER * (along != axis), next(order), to, along, (*path, to)))
        return None

    def _neighbours(self, at: Point) -> Iterable[tuple[Point, int]]:
        for axis in (0, 1):
            places = self.coordinates[axis]
            k = int(np.searchsorted(places, at[axis] - 1e-7))
            for to in (k - 1, k + 1):
                if 0 <= to < len(places):
                    other = [*at]
                    other[axis] = float(places[to])
                    yield (other[0], other[1]), axis

    def _cost(self, at: Point, to: Point) -> float | None:
        """Return the length of a stretch and what its crossings cost; None where it is blocked."""
        key = min(at, to), max(at, to)
        if key not in self.costs:
            self.costs[key] = self._measured(*key)
        return self.costs[key]

    def _measured(self, at: Point, to: Point) -> float | None:
        stretch = stretches((at, to))[0]
        near = MARGIN - 0.01
        if any(min(common(stretch, wall)) > -near for wall in self.walls):
            return None
        crossings = 0
        for line in self.lines:
            across, up = common(stretch, line)
            is_parallel = (stretch[2] > stretch[0]) == (line[2] > line[0])
            if is_parallel and min(across, up) > -near / 2 and max(across, up) > -near:
                return None
            crossings += not is_parallel and min(across, up) > -0.01
        return abs(to[0] - at[0]) + abs(to[1] - at[1]) + CROSSING * crossings


def _rounded(point: Point) -> Point:
    return round(float(point[0]), 6), round(float(point[1]), 6)


def _axis(start: Point, end: Point) -> int:
    """Return 0 for a way across, 1 for one up or down."""
    return int(abs(end[1] - start[1]) > abs(end[0] - start[0]))


def _turns_back(before: Point, at: Point, to: Point) -> bool:
    return (to[0] - at[0]) * (at[0] - before[0]) + (to[1] - at[1]) * (at[1] - before[1]) < 0


def _corners(path: Path) -> Path:
    """Return a path without the points at which it goes straight on."""
    kept = [path[0]]
    for before, point, after in zip(path, path[1:], path[2:], strict=False):
        if point != kept[-1] and _axis(before, point) != _axis(point, after):
            kept.append(point)
    return (*kept, path[-1])
