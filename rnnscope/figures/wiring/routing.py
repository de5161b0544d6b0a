"""Which way the lines of a cell's wiring go, as the textbooks draw it; around what stands in the way of that."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.figures.wiring.pathfinding import (
    CLEARANCE,
    Path,
    Point,
    Rectangle,
    common,
    find_path,
    run_along,
    segments,
)
from rnnscope.figures.wiring.positions import LOW, TURNING, Positions
from rnnscope.figures.wiring.sizes import HALF, half, outlines
from rnnscope.figures.wiring.wiring import Edge, Wiring, WiringNode

TAP, WIDE_TAP, SHOULDER = 0.4, 0.65, HALF["times"][0] + CLEARANCE
"""Where lines go into a box beside its middle: two from below, more than two, and one from above, which goes straight
past a node over the middle."""

OUT, CLOSE = 1.05, 0.45
"""What a box puts out goes down beside it at this distance: there is a number between; close, if a box follows."""

FAR = 1e3
"""Farther than anything is."""

SIDES = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""Where a line can leave a node or go into it: above, at the right, below, at the left."""


def paths_of(wiring: Wiring, positions: Positions) -> tuple[Path, ...]:
    """Return the corners of each edge from its source to its target, in the order of the wiring's edges.

    A line goes the way that textbooks would draw, if that leads through no node and along no other line; else it goes
    around; if there is no room for that, it goes its way through what is there. Lines that can go one way only come
    first.
    """
    router = _Router(wiring, positions)
    found: dict[Edge, Path] = {}
    for lead in (router.straight, router.around):
        for edge in sorted(wiring.edges, key=router.rank):
            path = lead(edge, found) if edge not in found else None
            if path is not None:
                found[edge] = path
    return tuple(found.get(edge, router.way(edge)) for edge in wiring.edges)


class _Router:
    """Leads the edges of a wiring whose nodes stand."""

    def __init__(self, wiring: Wiring, positions: Positions) -> None:
        self.wiring, self.nodes, self.positions, self.places = wiring, wiring.nodes, positions, positions.places
        self.outlines = outlines(wiring, self.places)

    def rank(self, edge: Edge) -> int:
        """Return 0 for lines that can go one way only, 1 for those to the right side, more for more corners."""
        along_memory = edge.target in self.positions.on_line and self._are_level(edge)
        from_below = self.nodes[edge.target].kind == "layer" and self._is_from_below(edge)
        return 0 if along_memory or from_below else 1 if self.nodes[edge.target].kind == "exit" else len(self.way(edge))

    def straight(self, edge: Edge, found: Mapping[Edge, Path]) -> Path | None:
        """Return the way that textbooks would draw, or None if it goes through a node or along another line."""
        path = self.way(edge)
        obstacles = [box for key, box in self.outlines.items() if key not in (edge.source, edge.target)]
        lines = self._foreign(edge, found)
        for part in segments(path):
            if any(min(common(part, obstacle)) > -0.01 for obstacle in obstacles):
                return None
            if any(run_along(part, line) for line in lines):
                return None
        return path

    def around(self, edge: Edge, found: Mapping[Edge, Path]) -> Path | None:
        """Return the best way around what is there, or None if there is none."""
        sides = [(-FAR, -FAR, 0.0, FAR), (self.positions.right, -FAR, FAR, FAR)]
        obstacles = [*self.outlines.values(), *sides]
        begun = {path[0] for other, path in found.items() if other.source != edge.source}
        taken = begun | {path[-1] for path in found.values()}
        starts, ends = (
            [(point, outside) for point, outside in self._openings(key) if point not in taken]
            for key in (edge.source, edge.target)
        )
        return find_path(starts, ends, obstacles, self._foreign(edge, found))

    def way(self, edge: Edge) -> Path:
        """Return the way that textbooks would draw."""
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        start, end = self.places[source.key], self.places[target.key]
        if target.kind == "exit":
            return self._out(source, start, end)
        if self._is_from_below(edge):
            return self._from_below(source, start, target, end)
        if target.kind == "layer":
            return self._from_above(source, start, end)
        return self._across(source, start, target, end)

    def _foreign(self, edge: Edge, found: Mapping[Edge, Path]) -> list[Rectangle]:
        """Return the straight parts of the lines of other sources."""
        return [part for other, path in found.items() if other.source != edge.source for part in segments(path)]

    def _openings(self, key: str) -> list[tuple[Point, Point]]:
        """Return where a line can leave a node or go into it, each with the point outside that it goes through."""
        node, (x, y), (wide, high) = self.nodes[key], self.places[key], half(self.nodes[key])
        if node.kind == "layer":  # at its sides stands nothing else than boxes
            return [((x + i, y + high), (x + i, y + high + CLEARANCE)) for i in (-SHOULDER, 0.0, SHOULDER)]
        sides = {"previous": SIDES[1:2], "exit": SIDES[3:]}.get(node.kind, SIDES)
        return [
            ((x + i * wide, y + j * high), (x + i * (wide + CLEARANCE), y + j * (high + CLEARANCE))) for i, j in sides
        ]

    def _is_from_below(self, edge: Edge) -> bool:
        """Say whether an edge to a node inside goes along a line below the boxes."""
        goes_up = not edge.is_peephole and edge.target not in self.positions.on_line
        return goes_up and edge.source in self.positions.buses

    def _are_level(self, edge: Edge) -> bool:
        return self.places[edge.source][1] == self.places[edge.target][1]

    def _from_below(self, source: WiringNode, start: Point, target: WiringNode, end: Point) -> Path:
        """Lead an input or a previous state along its line below the boxes, and up into a node."""
        height = self.positions.buses[source.key]
        sources = {edge.source for edge in self.wiring.into(target.key) if self._is_from_below(edge)}
        beside = [key for key in self.positions.buses if key in sources]
        if len(beside) > 2:  # the lowest line inside: its number has room below the others
            lowest = min(beside, key=self.positions.buses.__getitem__)
            beside.remove(lowest)
            beside.insert(1, lowest)
        x = end[0]
        if target.kind == "layer" and len(beside) > 1:
            spread = TAP if len(beside) == 2 else WIDE_TAP
            x += float(np.linspace(-spread, spread, len(beside))[beside.index(source.key)])
        corners = [start] if start[1] == height else [start, *self._down(source, start, height)]
        return (*corners, (x, height), (x, end[1] - half(target)[1]))

    def _down(self, source: WiringNode, start: Point, height: float) -> list[Point]:
        x = self.positions.entries[source.key]
        return [(x, start[1]), (x, height)] if start[0] != x else [(x, height)]

    def _from_above(self, source: WiringNode, start: Point, end: Point) -> Path:
        """Lead what is no input into a box from above, at its left corner."""
        (wide, high), x, top = half(source), end[0] - SHOULDER, end[1] + HALF["layer"][1]
        from_line = source.kind == "previous" or source.key in self.positions.on_line
        rail = LOW - 0.35 if from_line else LOW
        if source.kind == "layer":
            return (start[0], start[1] + high), (start[0], rail), (x, rail), (x, top)
        if source.kind == "previous":
            return start, *self._down(source, start, rail), (x, rail), (x, top)
        if from_line:
            branch = max(start[0] + 0.8, end[0] - self.positions.step / 2)
            return start, (branch, start[1]), (branch, rail), (x, rail), (x, top)
        return (start[0] + wide, start[1]), (x, start[1]), (x, top)

    def _across(self, source: WiringNode, start: Point, target: WiringNode, end: Point) -> Path:
        """Lead an edge between two nodes: straight, or with one corner."""
        (x, y), (wide, high), (to_wide, to_high) = start, half(source), half(target)
        right, up = np.sign(end[0] - x), np.sign(end[1] - y)
        is_under = to_wide > to_high and abs(end[0] - x) < to_wide - to_high / 2  # where its rim is about level
        if is_under or abs(end[0] - x) < 0.01:
            return (x, y + up * high), (x, end[1] - up * to_high)
        if abs(end[1] - y) < 0.01:
            return (x + right * wide, y), (end[0] - right * to_wide, y)
        if source.kind == "layer" and target.key in self.positions.on_line:
            turn = end[1] - TURNING
            return (x, y + high), (x, turn), (end[0], turn), (end[0], end[1] - to_high)
        if source.kind == "previous" or {source.key, target.key} & self.positions.on_line:
            return (x + right * wide, y), (end[0], y), (end[0], end[1] - up * to_high)
        return (x, y + up * high), (x, end[1]), (end[0] - right * to_wide, end[1])

    def _out(self, source: WiringNode, start: Point, end: Point) -> Path:
        """Lead a state out at the right side."""
        (x, y), (wide, high) = start, half(source)
        if y == end[1]:
            return (x + wide, y), end
        if source.kind == "layer":
            is_last = all(to_x <= x for key, (to_x, _) in self.places.items() if self.nodes[key].kind == "layer")
            x += wide + (OUT if is_last else CLOSE)
            return (start[0], y + high), (start[0], LOW), (x, LOW), (x, end[1]), end
        return (x, y - high), (x, end[1]), end
