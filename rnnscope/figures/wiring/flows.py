"""The numbers on the wiring of a cell at one moment: values on the way forward, gradients on the way back."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnnscope.figures.wiring.wiring import Edge, Wiring, WiringNode, entering
from rnnscope.formulas.values import Values
from rnnscope.numbers import mean_of
from rnnscope.trace import Moment
from rnnscope.trace.passes import counts_at, hands_at

ROUNDING = 4
"""A difference of so many units in the last place is none."""


@dataclass(frozen=True)
class Flows:
    """What flows through a cell at one moment, for one unit: numbers (from `flows_everywhere`: vectors of all units).

    Attributes
    ----------
    values
        The value of each node; none for an input of several features.
    back
        What each edge carries back, in the order of the wiring: ∂L/∂target · ∂target/∂source; an edge that leaves the
        cell, what comes back from later time steps and the layer above. None on the way forward,
        for an input of several features, and if it takes weights that were not kept.
    totals
        ∂L/∂quantity as recorded; empty on the way forward.
    means
        The mean over all units of each function of a linear map, such as a gate, and of what enters as a vector alone.
    is_held
        Whether the time step does not count, so that states are held.
    """

    values: dict[str, Any]
    back: tuple[Any, ...]
    totals: dict[str, Any]
    means: dict[str, float]
    is_held: bool = False


@dataclass(frozen=True)
class CellData:
    """What a diagram of a cell shows at one moment.

    Attributes
    ----------
    flows
        All numbers.
    phase, direction
        What is being computed.
    lit, known
        The edges of the phase; the edges whose number is known by now. Both as places in the wiring.
    numbers
        What is written: by node on the way forward, by place of the edge on the way back; at the ends of the memory
        then what comes from later steps and the layer above, and what the step sends back. None if not known (yet).
    means
        The means over all units of what is computed by now; on the way back all of them.
    hands
        The quantities that are held by hand in the unit: nothing is computed in their equations.
    travelled, opened
        While information flows: how far along the edges of the phase it is, and how far the nodes of the phase have
        come in computing (see `flowing`); from 0 to 1, and 1 for all that is not named.
    """

    flows: Flows
    phase: str
    direction: str
    lit: frozenset[int]
    known: frozenset[int]
    numbers: dict[str | int, float | None]
    means: dict[str, float]
    hands: frozenset[str] = frozenset()
    travelled: Mapping[int, float] = field(default_factory=dict)
    opened: Mapping[str, float] = field(default_factory=dict)


def cell_data(wiring: Wiring, numbers: Values) -> CellData:
    """Return what the diagram of a cell shows at a moment."""
    flows, phase, direction = flows_of(wiring, numbers), numbers.moment.phase, numbers.moment.direction
    names, hands = wiring.cell.phases, _hands(numbers.moment)
    if direction == "forward":
        lit, known = _forward(wiring, phase)
        now = names.index(phase)
        is_known = {key: not node.phase or names.index(node.phase) <= now for key, node in wiring.nodes.items()}
        is_known |= {key: False for key, node in wiring.nodes.items() if node.phase in hands and node.key not in hands}
        numbers = {key: value if is_known[key] else None for key, value in flows.values.items()}
        means = {key: mean for key, mean in flows.means.items() if is_known[key]}
    else:
        lit, known = _backward(wiring, phase)
        numbers = {k: value if k in known else None for k, value in enumerate(flows.back)}
        ends = [node for node in wiring.nodes.values() if node.kind in ("previous", "input", "exit")]
        numbers |= {node.key: at_end(wiring, flows, known, node) for node in ends}
        means = flows.means
    lit, known = (frozenset(k for k in edges if _phase_into(wiring, k) not in hands) for edges in (lit, known))
    return CellData(flows, phase, direction, lit, known, numbers, means, hands)


def _hands(moment: Moment) -> frozenset[str]:
    """Return the quantities that are held by hand in the moment's unit."""
    return frozenset(name for name, units in hands_at(moment).items() if units[moment.unit])


def _phase_into(wiring: Wiring, number: int) -> str:
    """Return in the equation of which quantity an edge ends."""
    return wiring.nodes[wiring.edges[number].target].phase


def _forward(wiring: Wiring, phase: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the edges that lead to what a phase computes, and those whose number is known after it."""
    names = wiring.cell.phases
    at = [names.index(wiring.nodes[edge.target].phase) for edge in wiring.edges]
    now = names.index(phase)
    return frozenset(k for k, p in enumerate(at) if p == now), frozenset(k for k, p in enumerate(at) if p <= now)


def _backward(wiring: Wiring, phase: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the edges through which the gradient comes to a phase, and those whose number is known after it."""
    names, sources, lit = wiring.cell.phases, [phase], set()
    while sources:
        source = sources.pop()
        for k, edge in enumerate(wiring.edges):
            if edge.source == source:
                lit.add(k)
                inner = edge.target not in names and wiring.nodes[edge.target].kind != "exit"
                sources += [edge.target] if inner else []
    at = [names.index(wiring.nodes[edge.target].phase) for edge in wiring.edges]
    return frozenset(lit), frozenset(k for k, place in enumerate(at) if place >= names.index(phase))


def at_end(wiring: Wiring, flows: Flows, known: Container[int], node: WiringNode) -> Any:
    """Return what comes to a state that left, or what a step sends back to what entered it."""
    if flows.is_held and node.kind == "previous":
        return flows.totals[state_entering(wiring, node.key)]
    if node.kind == "exit":
        return next(flows.back[k] for k, edge in enumerate(wiring.edges) if edge.target == node.key)
    places = [k for k, edge in enumerate(wiring.edges) if edge.source == node.key]
    if not all(k in known and flows.back[k] is not None for k in places):
        return None
    return sum(flows.back[k] for k in places)


def flows_of(wiring: Wiring, numbers: Values) -> Flows:
    """Return the numbers of a moment."""
    found, unit = flows_everywhere(wiring, numbers), numbers.moment.unit
    values = {key: _one(value, unit, key) for key, value in found.values.items()}
    back = (_one(value, unit, edge.source) for value, edge in zip(found.back, wiring.edges, strict=True))
    totals = {name: float(total[unit]) for name, total in found.totals.items()}
    return Flows(values, tuple(back), totals, found.means, found.is_held)


def flows_everywhere(wiring: Wiring, numbers: Values) -> Flows:
    """Return the numbers of a moment as vectors over all units (of an input, over its features)."""
    values = {key: numbers.evaluate(node.value) for key, node in wiring.nodes.items()}
    means = {key: _mean(numbers, node) for key, node in wiring.nodes.items() if node.kind == "layer"}
    means |= {key: mean_of(values[key]) for key in wiring.vectors(len(values["x"]))}
    if numbers.moment.direction == "forward":
        return Flows(values, (None,) * len(wiring.edges), {}, means)
    gradients = Gradients(wiring, numbers)
    totals = {name: gradients.of(name) for name in wiring.cell.names}
    with np.errstate(over="ignore", invalid="ignore"):  # what is infinite or NaN is shown so
        back = tuple(gradients.along(edge) for edge in wiring.edges)
    return Flows(values, back, totals, means, not gradients.counts)


class Gradients:
    """∂L/∂node at all units, from the recorded gradients of the quantities."""

    def __init__(self, wiring: Wiring, numbers: Values) -> None:
        self.wiring, self.numbers, self.counts = wiring, numbers, counts_at(numbers.moment)
        self._found: dict[str, np.ndarray | None] = {}
        self._hands = hands_at(numbers.moment)

    def of(self, key: str) -> np.ndarray | None:
        """Return the gradient of a node: of a quantity the recorded total, else what comes back along its edges."""
        if key not in self._found:
            is_quantity = key in self.wiring.cell.names
            self._found[key] = (
                _recorded(self.numbers, self.numbers.layer.grad, key) if is_quantity else self.sent_to(key)
            )
        return self._found[key]

    def sent_to(self, key: str) -> np.ndarray | None:
        """Return what the time step sends back to a node; None if it takes weights that were not kept.

        A step that does not count sends all of a state back to what it was before.
        """
        if not self.counts and (state := state_entering(self.wiring, key)):
            return self.of(state)
        parts = [self.along(edge) for edge in self.wiring.out_of(key)]
        if any(part is None for part in parts):
            return None
        return sum(parts) if parts else np.zeros_like(self.numbers.evaluate(self.wiring.nodes[key].value))

    def arriving(self, state: str) -> np.ndarray | None:
        """Return what comes to a state from outside: the recorded total without what its own time step sends to it.

        After the last time step nothing comes but to the output and to states with which another layer begins,
        whatever rounding leaves of the difference.
        """
        if self.numbers.is_last and state != self.wiring.cell.output:
            return self.numbers.from_start(state).astype(self.of(state).dtype)
        inner = [self.along(e) for e in self.wiring.out_of(state) if self.wiring.nodes[e.target].kind != "exit"]
        if any(part is None for part in inner):
            return None
        return without_noise(self.of(state) - sum(inner), self.of(state)) if inner else self.of(state)

    def along(self, edge: Edge) -> np.ndarray | None:
        """Return what comes back along an edge, at all units (or features) of its source."""
        if self.wiring.nodes[edge.target].kind == "exit":
            return self.arriving(edge.source)
        if not self.counts:  # nothing takes what is computed
            return np.zeros_like(self.numbers.evaluate(self.wiring.nodes[edge.source].value))
        total = self.of(edge.target)
        if total is None:
            return None
        if edge.target in self._hands:  # what is held by hand reads nothing
            total = total * ~self._hands[edge.target]
        gradient = total * self.numbers.evaluate(edge.slope)
        if edge.entry is None:
            return gradient * self._kept(edge) if self.wiring.nodes[edge.target].kind == "vector" else gradient
        if not self.numbers.has_weights():
            return None
        weights = self.numbers.kept(edge.entry.weight)
        return weights @ gradient * self._kept(edge) if edge.entry.weight.kind.is_matrix else weights * gradient

    def _kept(self, edge: Edge) -> np.ndarray | float:
        """Return what dropout multiplies what a matrix reads by: the input, or a previous state."""
        state = "x" if edge.source == "x" else state_entering(self.wiring, edge.source)
        return self.numbers.kept_of(state) if state and state in self.numbers.layer.dropout else 1.0


def state_entering(wiring: Wiring, key: str) -> str:
    """Return the state whose previous value enters by a node, or nothing."""
    return next((state for state in wiring.cell.states if entering(state) == key), "")


def sent_over_time(wiring: Wiring, numbers: Values, state: str) -> np.ndarray | None:
    """Return what a time step sends back to a state that it read: ∂L/∂state₋₁ by way of this step alone.

    Of a state that only leaves the cell it is the recorded total without what comes from the layer above, which takes
    no weights; else the sum over the wiring, or None if that takes weights that were not kept. To a state that no step
    reads nothing is sent back.
    """
    if state not in wiring.cell.carried:
        return np.zeros(numbers.layer.units)
    leaves_only = all(wiring.nodes[edge.target].kind == "exit" for edge in wiring.out_of(state))
    if state != wiring.cell.output or not leaves_only:
        return Gradients(wiring, numbers).sent_to(entering(state))
    at = numbers.moment
    total = numbers.layer.arrays[f"grad_state/{state}"][*at.run, at.read].astype(float)
    if at.read == 0:
        return total
    before = at.time - at.way
    sent = total - Values(at.but(time=before), numbers.graph).above()
    return without_noise(sent, numbers.layer.grad[state][*at.run, before])


def without_noise(difference: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return what is left of recorded totals, zero where it is no more than their rounding."""
    noise = ROUNDING * np.finfo(total.dtype).eps * np.abs(total)
    return np.where(np.abs(difference) <= noise, 0.0, difference)


def _mean(numbers: Values, node: WiringNode) -> float:
    """Return the mean of a node over all units: of a quantity as recorded, else computed from what it reads."""
    is_quantity = node.key in numbers.graph.cell.names
    values = _recorded(numbers, numbers.layer, node.key) if is_quantity else numbers.evaluate(node.value)
    return mean_of(values)


def _recorded(numbers: Values, group: object, name: str) -> np.ndarray:
    return group[name][numbers.moment.place, numbers.moment.sample, numbers.moment.time]


def _one(values: np.ndarray | None, unit: int, key: str) -> float | None:
    """Return the number of the chosen unit; that of an input only if it is the only feature."""
    if values is None or (key == "x" and len(values) > 1):
        return None
    return float(values[0 if key == "x" else unit])
