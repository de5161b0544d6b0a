"""The way of a line around what stands in its way: along one axis at a time, short, and with few corners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from itertools import count, pairwise

import numpy as np

Point = tuple[float, float]
Path = tuple[Point, ...]
Rectangle = tuple[float, float, float, float]
"""Left, bottom, right and top."""

CLEARANCE = 0.25
"""So far from obstacles and from other lines a way goes."""

CORNER, CROSSING = 1.0, 0.6
"""So much longer than a straight way one may be that saves a corner, or the crossing of another line."""


def segments(path: Iterable[Point]) -> list[Rectangle]:
    """Return the straight parts of a path as rectangles without width."""
    return [(min(x, to_x), min(y, to_y), max(x, to_x), max(y, to_y)) for (x, y), (to_x, to_y) in pairwise(path)]


def common(one: Rectangle, other: Rectangle) -> Point:
    """Return how far two rectangles have something in common, across and up; below zero how far they are apart."""
    return min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])


def run_along(one: Rectangle, other: Rectangle) -> bool:
    """Say whether two straight parts of lines lie on each other, and do not only cross or touch."""
    both = common(one, other)
    return min(both) > -0.01 and max(both) > 0.05


def find_path(
    starts: Sequence[tuple[Point, Point]],
    ends: Sequence[tuple[Point, Point]],
    obstacles: Sequence[Rectangle],
    lines: Sequence[Rectangle],
) -> Path | None:
    """Return the corners of the best way from one of the starts to one of the ends, or None if there is none.

    Parameters
    ----------
    starts, ends
        Points at the rim of what is joined, each with the point outside of it that a way goes straight through.
    obstacles
        What a way goes around.
    lines
        Straight parts of other lines: a way may cross them, but not run along them.
    """
    return _Grid(obstacles, lines, [outside for _, outside in (*starts, *ends)]).way(starts, ends)


class _Grid:
    """Tracks beside all obstacles and lines, along which ways are sought; a corner is two of their coordinates.

    Attributes
    ----------
    coordinates
        Where the tracks lie: those that go up by x, those that go across by y.
    costs
        For each axis what a stretch along it costs, (its beginning, its track): its length and the crossing of lines;
        infinite where it is blocked.
    """

    def __init__(self, obstacles: Sequence[Rectangle], lines: Sequence[Rectangle], points: Sequence[Point]) -> None:
        things = np.array([*obstacles, *lines])
        self.coordinates = []
        for axis in (0, 1):
            rims = np.concatenate([things[:, axis] - CLEARANCE, things[:, axis + 2] + CLEARANCE])
            self.coordinates.append(np.unique(np.round([*rims, *(point[axis] for point in points)], 6)))
        self.costs = [self._costs(axis, things[: len(obstacles)], things[len(obstacles) :]) for axis in (0, 1)]

    def way(self, starts: Sequence[tuple[Point, Point]], ends: Sequence[tuple[Point, Point]]) -> Path | None:
        """Return the cheapest way, by Dijkstra's search over corners and the axis along which each was reached."""
        goals = {self._corner(outside): (end, _axis(outside, end)) for end, outside in ends}
        order, heap = count(), []
        for start, outside in starts:
            heappush(heap, (0.0, next(order), self._corner(outside), _axis(start, outside), (start, outside)))
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
            for to, along, step in self._segments_from(at):
                point = self._point(to)
                is_back = along == axis and _turns_back(path[-2], path[-1], point)
                if (to, along) not in seen and not is_back:
                    heappush(heap, (cost + step + CORNER * (along != axis), next(order), to, along, (*path, point)))
        return None

    def _segments_from(self, at: tuple[int, int]) -> Iterator[tuple[tuple[int, int], int, float]]:
        """Yield the corners to which a stretch leads, along which axis, and what it costs."""
        for axis in (0, 1):
            for by in (-1, 1):
                to = (at[0] + by, at[1]) if axis == 0 else (at[0], at[1] + by)
                if 0 <= to[axis] < len(self.coordinates[axis]):
                    cost = float(self.costs[axis][min(at[axis], to[axis]), at[1 - axis]])
                    if np.isfinite(cost):
                        yield to, axis, cost

    def _costs(self, axis: int, obstacles: np.ndarray, lines: np.ndarray) -> np.ndarray:
        along, tracks = self.coordinates[axis], self.coordinates[1 - axis]

        def met(things: np.ndarray, near: float) -> np.ndarray:
            """Return how many things each stretch meets, or comes nearer to than that."""
            low, high = things[:, :2], things[:, 2:]
            beside = np.minimum(along[1:, None], high[:, axis]) - np.maximum(along[:-1, None], low[:, axis]) > -near
            level = np.minimum(tracks[:, None] - low[:, 1 - axis], high[:, 1 - axis] - tracks[:, None]) > -near
            return beside.astype(float) @ level.T.astype(float)

        near = CLEARANCE - 0.01
        are_parallel = (lines[:, 2] > lines[:, 0]) == (axis == 0)
        costs = np.diff(along)[:, None] + CROSSING * met(lines[~are_parallel], 0.01)
        is_blocked = met(obstacles, near) + met(lines[are_parallel], near / 2) > 0
        return np.where(is_blocked, np.inf, costs)

    def _corner(self, point: Point) -> tuple[int, int]:
        x, y = (int(np.searchsorted(self.coordinates[axis], point[axis] - 1e-5)) for axis in (0, 1))
        return x, y

    def _point(self, corner: tuple[int, int]) -> Point:
        return float(self.coordinates[0][corner[0]]), float(self.coordinates[1][corner[1]])


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
    return _straightened((*kept, path[-1]))


def _straightened(path: Path) -> Path:
    """Return a path whose ends are exact and whose corners lie on rounded tracks, each stretch along one axis."""
    corners = [tuple(round(value, 6) for value in corner) for corner in path[1:-1]]
    for k, end in ((0, path[0]), (-1, path[-1])) if corners else ():
        x, y = corners[k]
        corners[k] = (x, end[1]) if _axis(end, corners[k]) == 0 else (end[0], y)
    return path[0], *corners, path[-1]
