"""Where the nodes of a cell's wiring stand, as the textbooks draw it.

Functions of linear maps (gates and candidates) stand in a row, fed from lines below that carry the input and the hidden
state. A state that reaches its next value without passing through weights runs along the top, through its × and +
nodes: the memory line. What reads the new state of the memory line stands at the right, below it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnscope.figures.wiring.pathfinding import Point
from rnnscope.figures.wiring.sizes import HALF, half
from rnnscope.figures.wiring.structure import Structure
from rnnscope.figures.wiring.wiring import Wiring, entering

BOX, LOW, MEMORY_LINE = 1.9, 3.3, 5.9
"""Heights: boxes, nodes that feed boxes, the memory line."""

BUS, BUS_GAP, WIDE_BUS_GAP = 0.55, 0.55, 1.0
"""The highest line below the boxes, how far apart two lines there are, and two that begin and end at the sides."""

FEEDING, TURNING = 1.7, 0.9
"""So far below a memory line are the nodes that feed it, and the lines that turn towards it."""

LINES_APART, LINES_OVER_NODES, LINES_OVER_TWO, OVER_CONSTANTS, NODE_BESIDE = 1.3, 2.6, 3.6, 1.2, 1.3
"""Between two memory lines: the upper one fed by nothing below, by nodes, and by nodes one above the other; so much
more if constants stand above the lower one; and between two nodes, where one reads the other's line."""

STEP, WIDE_STEP, FIRST_BOX, BEFORE, END = 2.6, 3.2, 2.2, 0.9, 1.9
"""From one box to the next (wide, if nodes stand between), to the first (and more, if nodes stand before it), and from
the last to the right side."""

ENTRY_X, APART = 0.75, 0.25
"""Where lines go down to the boxes, and how far apart."""

NODES_APART, PASSED_APART, NUMBER, SHORT = 0.3, 0.9, 1.1, 0.45
"""Nodes are so far apart, side by side, and below more than two memory lines, to which lines pass between them; a
number between them takes so much; the line from a constant is so long."""


@dataclass(frozen=True)
class Positions:
    """Where the nodes stand, and what the lines between them need to know.

    Attributes
    ----------
    places
        The middle of each node.
    on_line
        The nodes on memory lines.
    buses
        The heights of the lines below the boxes, by what they carry.
    entries
        Where what enters goes up or down to the boxes.
    step
        From one box to the next.
    right, top
        The sides; the left one is zero.
    """

    places: dict[str, Point]
    on_line: set[str]
    buses: dict[str, float]
    entries: dict[str, float]
    step: float
    right: float
    top: float


def positions_of(wiring: Wiring) -> Positions:
    """Return where the nodes of a wiring stand."""
    return _Placer(wiring).positions()


class _Placer:
    """Places nodes in the order in which they depend on each other."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring, self.nodes, self.structure = wiring, wiring.nodes, Structure(wiring)
        self.lines, self.lined, self.on_line = self.structure.lines, self.structure.lined, self.structure.on_line
        self.step = WIDE_STEP if any(map(self.structure.stands_between, self.structure.inner)) else STEP
        self.places = {key: (FIRST_BOX + self.step * k, BOX) for k, key in enumerate(self.structure.boxes)}
        self.apart = PASSED_APART if len(self.lined) > 2 else NODES_APART
        self.heights, self.buses = self._heights(), self._buses()

    def positions(self) -> Positions:
        """Return where the nodes stand."""
        self._place_inner()
        self._place_late()
        goes_around = any(self.nodes[state].kind == "layer" for state in self.wiring.cell.states)
        right = max(x for x, _ in self.places.values()) + END + (END / 4 if goes_around else 0)
        self._place_ends(right)
        top = max(max(y for _, y in self.places.values()) + 0.9, LOW + 0.6)
        return Positions(self.places, self.on_line, self.buses, self._entries(), self.step, right, top)

    # ---------------------------------------------------------------------------------------------- lines of states

    def _heights(self) -> dict[str, float]:
        """Return how high the memory line of each state lies."""
        found: dict[str, float] = {}
        below = ""
        for state in self.lined:
            fed = [key for key, its in self.structure.feeding.items() if its == state]
            over = (
                LINES_APART
                if not fed
                else LINES_OVER_TWO
                if any(self.structure.rises(key) for key in fed)
                else LINES_OVER_NODES
            )
            between = OVER_CONSTANTS * any(map(self._reads_constant, self.lines[below])) if below else 0
            found[state] = found[below] + over + between if below else MEMORY_LINE
            below = state
        return found

    def _reads_constant(self, key: str) -> bool:
        return any(edge.source in self.structure.constants for edge in self.wiring.into(key))

    def _buses(self) -> dict[str, float]:
        """Return the height of the line below the boxes for all that goes there."""
        states = [s for s in self.wiring.cell.states if s not in self.lined or self.structure.goes_below(entering(s))]
        found, height = {}, BUS
        for k, state in enumerate(states):
            at_sides = k and not {state, states[k - 1]} & set(self.lined)
            height -= (WIDE_BUS_GAP if at_sides else BUS_GAP) if k else 0
            found[entering(state)] = height
        return {"x": height - BUS_GAP} | found

    def _entries(self) -> dict[str, float]:
        """Return where all that enters goes up or down to the boxes."""
        entries = {"x": ENTRY_X} | {entering(state): ENTRY_X for state in self.wiring.cell.states}
        apart = APART / max(1, len(self.lined) - 1)
        return entries | {entering(state): ENTRY_X - apart * k for k, state in enumerate(self.lined)}

    # ------------------------------------------------------------------------------------------------------- nodes

    def _place_inner(self) -> None:
        """Place the nodes that feed boxes, those that feed memory lines, with these lines, and the others."""
        inner, boxes = self.structure.inner, self.structure.boxes
        beside = [key for key in inner if self.structure.feeds_box(key)]
        if any(self.structure.reader(key) == boxes[0] for key in beside):
            self.places = {key: (x + BEFORE, y) for key, (x, y) in self.places.items()}
        first, last = (self.places[boxes[k]][0] if boxes else FIRST_BOX for k in (0, -1))
        for key in beside:
            self.places[key] = self._free(key, self._beside_reader(key))
        for state, height in self.heights.items():
            for key in inner:
                if key not in self.places and self.structure.feeding.get(key) == state:
                    self.places[key] = self._free(key, self._below_line(key, height))
                    self._place_constants(key)
            self._place_line(self.lines[state], first, height)
        beyond = last + 0.85 * self.step + (BEFORE if boxes and boxes[-1] in self.wiring.cell.states else 0)
        after = max([beyond, *(x + NODE_BESIDE for x, y in self.places.values() if y > LOW)])
        for key in self.on_line:
            self._place_constants(key)
        for key in inner:
            if key not in self.places:
                reads_line = any(edge.source in self.on_line for edge in self.wiring.into(key))
                is_up = self.nodes[key].kind == "unary" and reads_line
                self.places[key] = self._free(key, (after, (LOW + MEMORY_LINE) / 2 if is_up else LOW))
                after += 0 if is_up else 2 * HALF["unary"][0] + NUMBER

    def _beside_reader(self, key: str) -> Point:
        x = self.places[self.structure.reader(key)][0] - self.step / 2
        return x, BOX if self.nodes[key].kind == "map" else LOW

    def _below_line(self, key: str, height: float) -> Point:
        """Stand above the last box that is read; a function of one operand half-way to its reader, or on its way up."""
        column = self._column(key)
        reader = next(edge.target for edge in self.wiring.out_of(key))
        if self.nodes[key].kind == "map":  # its lines from below go up between two boxes
            return self._column(reader) + self.step / 2, LOW
        if self.nodes[key].kind != "unary":
            return column, height - FEEDING
        if self.structure.rises(key):
            return column, height - FEEDING - TURNING
        if self.structure.reads_for_line(key):
            return column, height - TURNING
        return (column + self._column(reader) - half(self.nodes[reader])[0]) / 2, height - FEEDING

    def _column(self, key: str) -> float:
        """Return the column of the last box, map beside one, or changed sign that a node reads, directly or not."""
        if (self.nodes[key].kind in ("layer", "map") or self.nodes[key].label == "−") and key in self.places:
            return self.places[key][0]
        sources = [e.source for e in self.wiring.into(key) if self.nodes[e.source].phase]
        behind = [self.places[s][0] + NODE_BESIDE for s in sources if s in self.on_line and s in self.places]
        return max([*behind, *(self._column(s) for s in sources if s not in self.on_line)], default=FIRST_BOX)

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
        clear = NUMBER if other in sources - boxes and not is_above else self.apart
        across, up = abs(place[0] - x) - own[0] - clear, abs(place[1] - y) - own[1]
        rises = self.nodes[other].kind == "layer" and any(e.target in self.on_line for e in self.wiring.out_of(other))
        return (across < its[0] and up < its[1]) or (rises and place[1] > y and across < 0)

    def _place_line(self, line: list[str], first: float, height: float) -> None:
        x, before = first - NODE_BESIDE, None
        for key in line:
            fed = [
                e.source for e in self.wiring.into(key) if self.nodes[e.source].phase and e.source not in self.on_line
            ]
            wide, _ = half(self.nodes[key])
            after = NODE_BESIDE if before is None else before + NUMBER + wide
            x = max([x + after, *(self.places[s][0] for s in fed if s in self.places)])
            self.places[key], before = (x, height), wide

    def _place_ends(self, right: float) -> None:
        self.places["x"] = ENTRY_X, self.buses["x"] - 0.9
        for node in self.nodes.values():
            height = self.heights.get(node.of, self.buses.get(entering(node.of), 0))
            if node.kind == "previous":
                self.places[node.key] = 0.0, height
            elif node.kind == "exit":
                self.places[node.key] = right, height
            elif node.key not in self.places:
                self.places[node.key] = self._free(node.key, (self._column(node.key) - self.step / 2, LOW))

    def _place_constants(self, reader: str) -> None:
        """Place the learned constants that a node reads: above it on a memory line, else beside it."""
        for key in (e.source for e in self.wiring.into(reader) if e.source in self.structure.constants):
            (x, y), (wide, high), own = self.places[reader], half(self.nodes[reader]), half(self.nodes[key])
            rise, aside = high + own[1] + SHORT, wide + own[0] + SHORT
            above, right = (x, y + rise), (x + aside, y)
            choices = (above, right) if reader in self.on_line else (right, above)
            clear = (place for place in choices if not any(self._overlap(key, place, k) for k in self.places))
            self.places[key] = next(clear, None) or self._free(key, right)

    def _overlap(self, key: str, place: Point, other: str) -> bool:
        """Say whether a node at a place would come too near to another."""
        (x, y), (wide, high), own = self.places[other], half(self.nodes[other]), half(self.nodes[key])
        return abs(place[0] - x) < own[0] + wide + NODES_APART and abs(place[1] - y) < own[1] + high + NODES_APART

    def _place_late(self) -> None:
        """Place the boxes that read what memory lines give behind all that stands there."""
        for key in filter(self.structure.reads_line, self.structure.boxes):
            beyond = max(x + half(self.nodes[k])[0] for k, (x, _) in self.places.items() if k != key)
            self.places[key] = beyond + self.step / 2, BOX
