"""The ledger of memory: what is in a state now, by the time step at which it was written.

A state of the form `s_t = a_t·s_{t−1} + w_t` is a sum over the time steps that wrote it::

    s_T = Σ_k (a_T ⋯ a_{k+1})·w_k + (a_T ⋯ a_0)·s_{−1}

Here `a` is the slope of the state in its own previous value along the direct way: not through weights, and with the
gates as they were. The declaration says whether there is such a way, and `w` is what is left, `s_t − a_t·s_{t−1}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sympy

from rnnscope.analysis.course import Course
from rnnscope.analysis.made_of import levels
from rnnscope.cells import Cell
from rnnscope.cells.caches import derived
from rnnscope.cells.graph import Graph, graph_of
from rnnscope.cells.refs import Symbol
from rnnscope.trace import Moment, Trace
from rnnscope.trace.passes import counts_in, hands_in

Slopes = tuple[tuple[sympy.Expr, ...], ...]
"""∂state/∂(previous state), a row for each state."""


@dataclass(frozen=True)
class DirectWay:
    """How a state reads its own previous value without weights.

    Attributes
    ----------
    states
        The state, and other states through whose previous values it reads its own, as real and imaginary part do.
    slopes
        ∂state/∂(previous state), a row for each of them; free of all their previous values.
    """

    states: tuple[str, ...]
    slopes: Slopes


@dataclass(frozen=True)
class Ledger:
    """What a state holds in one sample at one epoch, by the time step at which it was written, in float64.

    Amounts are on a first axis of one more than the time steps: what the state held before the first, then what each
    time step wrote.

    Attributes
    ----------
    states
        The state, and those that it is coupled with.
    kept
        By which factors a time step keeps their values, (time, state, previous state, unit).
    written
        What a time step writes into them, (time, state, unit).
    start
        What they were before the first time step, (state, unit).
    """

    states: tuple[str, ...]
    kept: np.ndarray
    written: np.ndarray
    start: np.ndarray

    @property
    def steps(self) -> int:
        """The number of time steps."""
        return len(self.written)

    def at(self, time: int) -> np.ndarray:
        """Return the amounts in the state at a time step, (1 + time step of writing, unit); they add up to it."""
        *_, last = self._grown(slice(None), time + 1)
        return last

    def sizes(self) -> np.ndarray:
        """Return the amounts at every time step, their sizes added up over units, (time, 1 + step of writing)."""
        return np.array([np.abs(amounts).sum(axis=1) for amounts in self._grown(slice(None), self.steps)])

    def of_unit(self, unit: int) -> np.ndarray:
        """Return the amounts in one unit at every time step, (time, 1 + step of writing)."""
        return np.array([amounts[:, 0].copy() for amounts in self._grown(slice(unit, unit + 1), self.steps)])

    def _grown(self, units: slice, steps: int) -> Iterator[np.ndarray]:
        """Go through the time steps; yield the amounts in the state at each, in an array that is used again."""
        amounts = np.zeros((self.steps + 1, *self.written[0, :, units].shape))
        amounts[0] = self.start[:, units]
        for time in range(steps):
            amounts[: time + 1] = np.einsum("ijn,kjn->kin", self.kept[time, ..., units], amounts[: time + 1])
            amounts[time + 1] = self.written[time, :, units]
            yield amounts[:, 0]


def memories_of(traces: Sequence[Trace]) -> dict[str, str]:
    """Return the state with the memory by the kind of each recurrent cell of some traces; without those of none."""
    cells = {layer.kind: layer.cell for trace in traces for layer in trace.recurrent_layers}
    found = {kind: state_with_ledger(cell) for kind, cell in cells.items()}
    return {kind: state for kind, state in found.items() if state}


def ledger_of(moment: Moment, state: str) -> Ledger:
    """Return the ledger of a state at the epoch and in the sample of a moment, in the order of reading.

    Raises
    ------
    ValueError
        If the state has no ledger, or what it follows from was not recorded.
    """
    moment = moment.as_read
    layer, way = moment.layer, direct_way(moment.layer.cell, state)
    if way is None:
        raise ValueError(f"state: expected one with a ledger; {state!r} of {layer.kind} has none")
    kept = kept_of(way, Course(moment, graph_of(layer.cell)))
    before, now = (
        np.stack([group[name][moment.run].astype(float) for name in way.states], axis=1)
        for group in (layer.prev, layer)
    )
    with np.errstate(invalid="ignore", over="ignore"):
        written = now - np.einsum("tijn,tjn->tin", kept, before)
    return Ledger(way.states, kept, written, before[0])


def kept_of(way: DirectWay, course: Course) -> np.ndarray:
    """Return by which factors time steps keep the values of states, (time, state, previous state, unit).

    A time step that does not count keeps all. What is held by hand reads nothing: a state keeps nothing of itself
    there, and nothing comes through another quantity.
    """
    shape, cell = (course.moment.steps, course.layer.units), course.layer.cell
    hands, kept = hands_in(course.moment), evaluated(way.slopes, course)
    others = [name for name in hands if name not in way.states]
    codes = sum((hands[name].astype(int) << k for k, name in enumerate(others)), np.zeros(shape, int))
    for code in np.unique(codes[codes > 0]).tolist():
        slopes = slopes_under(cell, way.states, tuple(name for k, name in enumerate(others) if code >> k & 1))
        if slopes != way.slopes:
            kept = np.where((codes == code)[:, None, None], evaluated(slopes, course), kept)
    return where_computed(kept, way.states, course)


def where_computed(kept: np.ndarray, states: Sequence[str], course: Course) -> np.ndarray:
    """Return factors as they are where states are computed: 0 where they are held by hand, 1 where a step is masked.

    Both are (time, state, previous state, unit).
    """
    hands, found = hands_in(course.moment), kept.copy()
    for i, state in enumerate(states):
        if state in hands:
            found[:, i] = np.where(hands[state][:, None], 0.0, found[:, i])
    found[~counts_in(course.moment)] = np.eye(len(states))[..., None]
    return found


def evaluated(slopes: Slopes, course: Course) -> np.ndarray:
    """Return slopes at all time steps and units, (time, state, previous state, unit)."""
    shape = course.moment.steps, course.layer.units
    found = [[np.broadcast_to(course.evaluate(slope), shape) for slope in row] for row in slopes]
    return np.moveaxis(np.array(found, float), 2, 0)


@derived(maxsize=256)
def state_with_ledger(cell: Cell) -> str | None:
    """Return the state with a ledger of which the output is made: itself, or the nearest; None if there is none.

    Examples
    --------
    >>> import rnnscope as rs
    >>> [state_with_ledger(rs.cells.build(name)) for name in ("LSTM", "GRU", "SimpleRNN")]
    ['c', 'h', None]
    """
    near = [name for level in levels(cell, cell.output) for name in level if name in cell.states]
    return next((name for name in [*near, *cell.states] if direct_way(cell, name)), None)


@derived(maxsize=256)
def direct_way(cell: Cell, state: str) -> DirectWay | None:
    """Return how a state keeps its own previous value; None if it reads none without weights, or not as a sum.

    Examples
    --------
    >>> import rnnscope as rs
    >>> direct_way(rs.cells.build("GRU"), "h").slopes
    ((z,),)
    >>> direct_way(rs.cells.build("LSTM"), "h") is None
    True
    """
    graph, block = graph_of(cell), (state,)
    while others := [name for name in cell.states if name not in block and name in _read_by(graph, block)]:
        block += tuple(others)
    return _way(graph, block) or _way(graph, (state,))


def reads_itself(cell: Cell, state: str) -> bool:
    """Say whether a state reads its own previous value without weights, be it as a sum or not."""
    return Symbol.of("value", state, -1) in _written_out(graph_of(cell), state, (state,)).free_symbols


@derived(maxsize=256)
def slopes_under(cell: Cell, states: tuple[str, ...], held: tuple[str, ...]) -> Slopes:
    """Return ∂state/∂(previous state) without weights, a row for each state, where other quantities are held."""
    return _slopes(graph_of(cell), states, held)


def _slopes(graph: Graph, block: tuple[str, ...], held: tuple[str, ...] = ()) -> Slopes:
    before = [Symbol.of("value", name, -1) for name in block]
    written = [_written_out(graph, name, block, held) for name in block]
    return tuple(tuple(sympy.diff(each, symbol) for symbol in before) for each in written)


def _way(graph: Graph, block: tuple[str, ...]) -> DirectWay | None:
    """Return the direct way of states together, if they are sums in their previous values, the first one not empty."""
    slopes, before = _slopes(graph, block), {Symbol.of("value", name, -1) for name in block}
    is_sum = not any(slope.free_symbols & before for row in slopes for slope in row)
    return DirectWay(block, slopes) if is_sum and any(slopes[0]) else None


def _read_by(graph: Graph, block: tuple[str, ...]) -> set[str]:
    """Return the states whose previous values are read without weights by those of a block."""
    symbols = {symbol for name in block for symbol in _written_out(graph, name, block).free_symbols}
    return {symbol.ref.of for symbol in symbols if symbol.ref.kind == "value" and symbol.ref.shift == -1}


def _written_out(graph: Graph, state: str, block: tuple[str, ...], held: tuple[str, ...] = ()) -> sympy.Expr:
    """Return the equation of a state, with all quantities written out that read the block's previous values directly.

    What is read through weights stays a symbol: a gate is as it was; so does what is held by hand.
    """
    direct, hands = {Symbol.of("value", name, -1) for name in block}, {Symbol.of("value", name) for name in held}
    for node in graph.nodes:
        if (
            node.symbol not in hands
            and node.kind != "inner"
            and any(not r.map and r.source in direct for r in graph.reads(node))
        ):
            direct.add(node.symbol)
    found = graph.expanded(graph.value(state).expression)
    while later := {s for s in found.free_symbols if s in direct and s.ref.shift == 0}:
        found = found.xreplace({symbol: graph.expanded(graph[symbol].expression) for symbol in later})
    return found
