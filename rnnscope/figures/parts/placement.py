"""Where the nodes of a cell's wiring stand, and which way its edges go, as the textbooks draw it.

Functions of linear maps (gates and candidates) stand in a row, fed from lines below that carry the input and the hidden
state. A state that reaches its next value without passing through weights runs along the top, through its × and +
nodes: the memory line. What reads the new state of the memory line stands at the right, below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from rnnscope.cells.vocabulary import PREVIOUS
from rnnscope.figures.parts.wiring import Edge, Node, Wiring

BUS, BOX, LOW, LINE = 0.0, 1.9, 3.3, 5.9
"""Heights: lines below the boxes, boxes, nodes that feed boxes, the memory line."""

FEEDING, TURNING = 1.7, 0.9
"""So far below a memory line are the nodes that feed it, and the lines that turn towards it."""

GAP, ABOVE, OVER, BESIDE = 0.55, 1.3, 2.6, 1.3
"""Between two lines below the boxes, two memory lines (the upper one fed by nodes), and two nodes on one."""

STEP, WIDE_STEP, FIRST, END = 2.6, 3.2, 2.2, 1.9
"""From one box to the next (wide, if linear maps stand between), to the first, and from the last to the right side."""

ENTRY, APART, TAP, CORNER = 0.75, 0.25, 0.4, 0.5
"""Where lines go down to the boxes, and how far apart; where they go into a box from below and from above, beside its
middle."""

HALF = {"layer": (0.85, 0.62), "map": (0.3, 0.3), "plus": (0.3, 0.3), "times": (0.3, 0.3), "unary": (0.48, 0.3)}
"""Half of the width and height of each kind of node."""

OUT = 0.95
"""What a box puts out goes down beside it at this distance: there is a number between."""

CLEAR, NUMBER = 0.3, 1.1
"""Nodes are so far apart, side by side; a number between them takes so much."""

Point = tuple[float, float]
Path = tuple[Point, ...]


@dataclass(frozen=True)
class Placement:
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


def half(node: Node) -> Point:
    """Return half of the width and height of a node."""
    return HALF.get(node.kind, (0.0, 0.0))


def placement_of(wiring: Wiring) -> Placement:
    """Return where the nodes and edges of a wiring lie."""
    return _Placing(wiring).placement()


class _Placing:
    """Places nodes in the order in which they depend on each other, then leads the edges."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring, self.nodes = wiring, wiring.nodes
        self.lines = {state: self._line(state) for state in wiring.cell.states}
        self.on_line = {key for line in self.lines.values() for key in line}
        self.places: dict[str, Point] = {}
        self.step = WIDE_STEP if any(node.kind == "map" for node in self.nodes.values()) else STEP
        lined = [state for state, line in self.lines.items() if line]
        self.feeding = {key: state for state in lined for node in self.lines[state] for key in self._before(node)}
        self.heights = self._heights(lined)
        self.buses = {"x": BUS} | {
            s + PREVIOUS: BUS + GAP * (k + 1) for k, s in enumerate(reversed(wiring.cell.states))
        }
        self.entries = {s + PREVIOUS: ENTRY - APART * k for k, s in enumerate(lined)}

    def placement(self) -> Placement:
        """Return where everything is."""
        columns = self._columns()
        self.places |= {key: (FIRST + self.step * k, BOX) for k, key in enumerate(columns)}
        self.after = FIRST + self.step * (len(columns) - 0.15)
        inner = [n.key for n in self.nodes.values() if n.key not in self.places and n.phase and n.kind != "exit"]
        inner = [key for key in inner if key not in self.on_line]
        for key in inner:
            if self._feeds_box(key) or key not in self.feeding:
                place = self._beside_reader(key) if self._feeds_box(key) else self._after(key)
                self.places[key] = self._free(key, place)
        for state, height in self.heights.items():
            for key in inner:
                if key not in self.places and self.feeding[key] == state:
                    self.places[key] = self._free(key, self._below_line(key, height))
            self._place_line(self.lines[state], height)
        goes_around = any(self.nodes[state].kind == "layer" for state in self.wiring.cell.states)
        right = max(x for x, _ in self.places.values()) + END + (OUT / 2 if goes_around else 0)
        top = max(y for _, y in self.places.values()) + 0.9
        self._place_ends(right)
        paths = tuple(self._path(edge) for edge in self.wiring.edges)
        return Placement(self.places, paths, self._branches(paths), right, BUS - 0.9, max(top, LOW + 0.6))

    # ------------------------------------------------------------------------------------------------------- nodes

    def _heights(self, lined: list[str]) -> dict[str, float]:
        """Return how high the memory line of each state lies."""
        found, height = {}, LINE
        for state in lined:
            if found:
                height += OVER if state in self.feeding.values() else ABOVE
            found[state] = height
        return found

    def _line(self, state: str) -> list[str]:
        """Return the nodes from the previous value of a state to its next one, if no weights lie between."""
        ways = [[state + PREVIOUS]]
        while ways:
            way = ways.pop(0)
            if way[-1] == state:
                return way[1:] if self.nodes[state].kind != "layer" else []
            out = [e.target for e in self.wiring.out_of(way[-1]) if e.entry is None]
            ways += [[*way, key] for key in out if self.nodes[key].kind not in ("exit", "layer", "map")]
        return []

    def _columns(self) -> list[str]:
        """Return the boxes from left to right: as the cell says, or by where they join the memory line."""
        boxes = [key for key, node in self.nodes.items() if node.kind == "layer"]
        hinted = [key for key in self.wiring.cell.columns if key in boxes]
        return hinted + sorted((key for key in boxes if key not in hinted), key=self._joins)

    def _joins(self, key: str) -> float:
        """Return how far along the memory line a box joins it; just before its reader if it only feeds another box."""
        targets = [edge.target for edge in self.wiring.out_of(key)]
        found = [len(self.nodes)]
        for target in targets:
            for line in self.lines.values():
                if target in line:
                    found.append(line.index(target))
            if self.nodes[target].kind == "layer":
                found.append(self._joins(target) - 0.5)
            elif target not in self.on_line and self.nodes[target].kind != "exit":
                found.append(self._joins(target))
        return min(found)

    def _before(self, key: str) -> set[str]:
        """Return the nodes off the line and between the boxes and a node."""
        direct = {e.source for e in self.wiring.into(key)}
        own = {k for k in direct if self.nodes[k].phase and self.nodes[k].kind != "layer" and k not in self.on_line}
        return own.union(*(self._before(k) for k in own))

    def _feeds_box(self, key: str) -> bool:
        targets = [self.nodes[e.target] for e in self.wiring.out_of(key) if e.target not in self.on_line]
        return any(t.kind in ("layer", "map") or (t.kind != "exit" and self._feeds_box(t.key)) for t in targets)

    def _reader(self, key: str) -> str:
        """Return the box that a node feeds."""
        target = next(e.target for e in self.wiring.out_of(key) if self._feeds_box(e.target) or e.target in self.places)
        return target if self.nodes[target].kind == "layer" else self._reader(target)

    def _beside_reader(self, key: str) -> Point:
        x = self.places[self._reader(key)][0] - self.step / 2
        return x, BOX if self.nodes[key].kind == "map" else LOW

    def _below_line(self, key: str, height: float) -> Point:
        """Stand above the last box that is read; a function of one operand half-way to its reader, or on its way up."""
        column = self._column(key)
        reader = next(edge.target for edge in self.wiring.out_of(key))
        if self.nodes[key].kind != "unary":
            return column, height - FEEDING
        if reader in self.on_line:
            return column, height - TURNING
        return (column + self._column(reader)) / 2, height - FEEDING

    def _column(self, key: str) -> float:
        """Return the column of the last box that a node reads, directly or not."""
        if self.nodes[key].kind == "layer":
            return self.places[key][0]
        sources = [e.source for e in self.wiring.into(key) if self.nodes[e.source].phase]
        behind = [self.places[s][0] + BESIDE for s in sources if s in self.on_line and s in self.places]
        return max([*behind, *(self._column(s) for s in sources if s not in self.on_line)], default=FIRST)

    def _after(self, key: str) -> Point:
        reads_line = any(edge.source in self.on_line for edge in self.wiring.into(key))
        if self.nodes[key].kind == "unary" and reads_line:
            return self.after, (LOW + LINE) / 2
        place = self.after, LOW
        self.after += 1.5
        return place

    def _free(self, key: str, place: Point) -> Point:
        """Return a place for a node, or the next one to the right of it where it is clear of all others."""
        while any(self._meet(key, place, other) for other in self.places):
            place = place[0] + 0.3, place[1]
        return place

    def _meet(self, key: str, place: Point, other: str) -> bool:
        """Say whether a node at a place would come too near to another, or to its way straight up to a memory line."""
        own, its, (x, y) = half(self.nodes[key]), half(self.nodes[other]), self.places[other]
        sources = {e.source for e in self.wiring.into(key)}
        boxes = {s for s in sources if self.nodes[s].kind == "layer"}
        is_above = place[0] in {self.places[box][0] for box in boxes}
        clear = NUMBER if other in sources - boxes and not is_above else CLEAR
        across, up = abs(place[0] - x) - own[0] - clear, abs(place[1] - y) - own[1]
        rises = self.nodes[other].kind == "layer" and any(e.target in self.on_line for e in self.wiring.out_of(other))
        return (across < its[0] and up < its[1]) or (rises and place[1] > y and across < 0)

    def _place_line(self, line: list[str], height: float) -> None:
        x = FIRST - BESIDE
        for key in line:
            fed = [
                e.source for e in self.wiring.into(key) if self.nodes[e.source].phase and e.source not in self.on_line
            ]
            x = max([x + BESIDE, *(self.places[source][0] for source in fed if source in self.places)])
            self.places[key] = x, height

    def _place_ends(self, right: float) -> None:
        self.places["x"] = ENTRY, BUS - 0.9
        for node in list(self.nodes.values()):
            state = node.key.removesuffix(PREVIOUS).removeprefix("exit ")
            height = self.heights.get(state, self.buses.get(state + PREVIOUS, 0))
            if node.kind == "previous":
                self.places[node.key] = 0.0, height
            elif node.kind == "exit":
                self.places[node.key] = right, height
            elif node.key not in self.places:
                self.places[node.key] = self._free(node.key, (self._column(node.key) - self.step / 2, LOW))

    # ------------------------------------------------------------------------------------------------------- edges

    def _path(self, edge: Edge) -> Path:
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        start, end = self.places[source.key], self.places[target.key]
        if target.kind == "exit":
            return self._out(source, start, end)
        enters = source.kind in ("input", "previous") and source.key in self.buses
        diagonal = edge.entry is not None and edge.entry.weight.kind == "peephole"
        if enters and not diagonal and target.key not in self.on_line:
            return self._from_below(source, start, target, end)
        if target.kind == "layer":
            return self._from_above(source, start, end)
        return self._across(source, start, target, end)

    def _from_below(self, source: Node, start: Point, target: Node, end: Point) -> Path:
        """Lead an input or a previous state along its line below the boxes, and up into a node."""
        height = self.buses[source.key]
        beside = [key for key in self.buses if any(e.source == key for e in self.wiring.into(target.key))]
        is_spread = target.kind == "layer" and len(beside) > 1
        x = end[0] + (float(np.linspace(-TAP, TAP, len(beside))[beside.index(source.key)]) if is_spread else 0)
        corners = [start] if start[1] == height else [start, *self._down(start, self._entry(source), height)]
        return (*corners, (x, height), (x, end[1] - half(target)[1]))

    def _entry(self, source: Node) -> float:
        return self.entries.get(source.key, ENTRY)

    def _down(self, start: Point, x: float, height: float) -> list[Point]:
        return [(x, start[1]), (x, height)] if start[0] != x else [(x, height)]

    def _from_above(self, source: Node, start: Point, end: Point) -> Path:
        """Lead what is no input into a box from above, at its left corner."""
        x, top = end[0] - CORNER, end[1] + HALF["layer"][1]
        rail = LOW - 0.35 if source.kind == "previous" or source.key in self.on_line else LOW
        if source.kind == "layer":
            return (start[0], start[1] + half(source)[1]), (start[0], rail), (x, rail), (x, top)
        if source.kind == "previous" or source.key in self.on_line:
            branch = self._entry(source) if source.kind == "previous" else max(start[0] + 0.8, end[0] - self.step / 2)
            return start, *self._down(start, branch, rail), (x, rail), (x, top)
        return (start[0] + half(source)[0], start[1]), (x, start[1]), (x, top)

    def _across(self, source: Node, start: Point, target: Node, end: Point) -> Path:
        """Lead an edge between two nodes: straight, or with one corner."""
        (x, y), (wide, high) = start, half(source)
        right, up = np.sign(end[0] - x), np.sign(end[1] - y)
        to_wide, to_high = half(target)
        if abs(end[0] - x) < 0.01:
            return (x, y + up * high), (x, end[1] - up * to_high)
        if abs(end[1] - y) < 0.01:
            return (x + right * wide, y), (end[0] - right * to_wide, y)
        goes_along_first = source.kind == "previous" or source.key in self.on_line or target.key in self.on_line
        if source.kind == "layer" and target.key in self.on_line:
            turn = end[1] - TURNING
            return (x, y + high), (x, turn), (end[0], turn), (end[0], end[1] - to_high)
        if goes_along_first:
            return (x + right * wide, y), (end[0], y), (end[0], end[1] - up * to_high)
        way = ((x, y + up * high), (x, end[1]), (end[0] - right * to_wide, end[1]))
        if self._is_free(way[1], way[2], source, target):
            return way
        turn = end[1] - up * (to_high + 0.2)  # close, so that it stays clear of numbers
        return way[0], (x, turn), (end[0], turn), (end[0], end[1] - up * to_high)

    def _is_free(self, start: Point, end: Point, *but: Node) -> bool:
        """Say whether no node stands on a level stretch, other than those given."""
        left, right = sorted((start[0], end[0]))
        for key, (x, y) in self.places.items():
            wide, high = half(self.nodes[key])
            if self.nodes[key] not in but and left < x + wide and x - wide < right and abs(y - start[1]) < high:
                return False
        return True

    def _out(self, source: Node, start: Point, end: Point) -> Path:
        """Lead a state out at the right side."""
        wide, high = half(source)
        if start[1] == end[1]:
            return (start[0] + wide, start[1]), end
        if source.kind == "layer":
            x = start[0] + wide + OUT
            return (start[0], start[1] + high), (start[0], LOW), (x, LOW), (x, end[1]), end
        return (start[0], start[1] - high), (start[0], end[1]), end

    def _branches(self, paths: tuple[Path, ...]) -> tuple[tuple[str, Point], ...]:
        """Return where the paths of a source part: corners of one within a stretch of another."""
        found = []
        for edge, path in zip(self.wiring.edges, paths, strict=True):
            for other, its in zip(self.wiring.edges, paths, strict=True):
                if other is not edge and other.source == edge.source:
                    found += [(edge.source, p) for p in path[1:-1] if any(_within(p, *s) for s in pairwise(its))]
        return tuple(dict.fromkeys(found))


def _within(point: Point, start: Point, stop: Point) -> bool:
    """Say whether a point lies within a stretch, not at its ends."""
    a, b, p = np.array(start), np.array(stop), np.array(point)
    length = np.linalg.norm(b - a)
    along = (p - a) @ (b - a) / length if length else 0.0
    return bool(0.01 < along < length - 0.01 and abs(np.linalg.norm(p - a) - along) < 0.01)
