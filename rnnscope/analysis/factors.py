"""By how much a cell's own equations shrink the gradient on its way from one time step to the one before.

Where a state is carried over directly (an LSTM's c, a GRU's h) the factor is what it is multiplied with: f, z. Where
it goes through a matrix and a function (a SimpleRNN's h) it is the slope of the function, 1 − h², and what the matrix
does: at most its largest singular value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import sympy

from rnnscope.analysis.course import Course
from rnnscope.analysis.ledger import DirectWay, direct_way, evaluated, kept_of, reads_itself, where_computed
from rnnscope.cells import Cell
from rnnscope.cells.caches import derived
from rnnscope.cells.graph import Graph, Map, graph_of
from rnnscope.cells.refs import Symbol
from rnnscope.formulas.printers import TextPrinter
from rnnscope.trace import Moment, Trace


@dataclass(frozen=True)
class Way:
    """How the gradient of some states comes back to the time step before.

    Attributes
    ----------
    states
        The states: one, or several that go over into each other directly.
    name
        How the factor is written.
    slopes
        ∂state/∂(state before) unit by unit, a row for each of them; of a way through a matrix the slope behind it.
    map
        The matrix through which the state is read; None for a direct way.
    """

    states: tuple[str, ...]
    name: str
    slopes: tuple[tuple[sympy.Expr, ...], ...]
    map: Map | None = None


@dataclass(frozen=True)
class Factor:
    """The factor of a way at every time step.

    Attributes
    ----------
    way
        The way.
    sizes
        By how much it makes the norm of the gradient larger, (time,), from each time step to the one before; where no
        gradients were recorded its mean over all units, in size. That of time step 0 leads to the state before the
        first, which nothing reads.
    stretch
        The largest singular value of the matrix on the way; NaN if its weights were not kept, or there is none.
    """

    way: Way
    sizes: np.ndarray
    stretch: float = np.nan


def factors_of(moment: Moment) -> list[Factor]:
    """Return the factors of a layer's cell at all time steps of the moment's epoch and sample, in the order of reading.

    They are none where the layer was recorded without the quantities that they are made of.
    """
    moment = moment.as_read
    cell = moment.layer.cell
    if not set(cell.names) <= set(moment.layer.quantities):
        return []
    course = Course(moment, graph_of(cell))
    found = []
    for way in ways(cell):
        kept = way.map is not None and course.has_weights()
        found.append(Factor(way, _sizes(way, course), _stretch(way.map, course) if kept else np.nan))
    return found


_stretches: WeakKeyDictionary[Trace, dict[tuple[str, int], float]] = WeakKeyDictionary()
"""The largest singular values by layer and epoch: each takes longer than all the rest."""


def _stretch(entry: Map, course: Course) -> float:
    """Return the largest singular value of the matrix of a map."""
    known = _stretches.setdefault(course.moment.trace, {})
    key = course.layer.name, course.moment.epoch
    if key not in known:
        known[key] = float(np.linalg.norm(course.kept(entry.weight).astype(float), 2))
    return known[key]


def distinct(factors: Sequence[Factor]) -> dict[str, Factor]:
    """Return factors by how they are written: what is the same for several states once."""
    found: dict[str, Factor] = {}
    for factor in factors:
        found.setdefault(factor.way.name, factor)
    return found


def _sizes(way: Way, course: Course) -> np.ndarray:
    """Return the size of a factor at every time step: for the gradient that goes through it, if it was recorded.

    Units count by how much of the gradient they have: a gate that is open where the gradient is hands it on, whatever
    the others do. Without gradients the units count alike; of several states it is the largest singular value.
    """
    layer, run = course.layer, course.moment.run
    if way.map is None:
        kept = kept_of(DirectWay(way.states, way.slopes), course)
    else:
        kept = where_computed(evaluated(way.slopes, course), way.states, course)
    each = np.moveaxis(kept, 0, 2)
    if all(state in layer.grad for state in way.states):
        gradients = np.array([layer.grad[state][run] for state in way.states], float)
        arrived = np.einsum("ijtn,itn->jtn", each, gradients)
        before, after = (np.linalg.norm(found, axis=(0, 2)) for found in (gradients, arrived))
        return np.divide(after, before, out=np.full(len(before), np.nan), where=before > 0)
    if len(each) == 1:
        return np.abs(each[0][0]).mean(axis=1)
    return np.linalg.norm(np.moveaxis(each, (0, 1), (-2, -1)), 2, axis=(-2, -1)).mean(axis=1)


@derived(maxsize=64)
def ways(cell: Cell) -> tuple[Way, ...]:
    """Return the direct ways of a cell; if it has none, that of its output through its own function, or none.

    Examples
    --------
    >>> import rnnscope as rs
    >>> [ways(rs.cells.build(name))[0].name for name in ("LSTM", "GRU", "MinGRU", "SimpleRNN")]
    ['f', 'z', '1 − z', '1 − h²']
    """
    graph, found = graph_of(cell), []
    for way in filter(None, (direct_way(cell, state) for state in cell.states)):
        if not any(state in known.states for known in found for state in way.states):
            several = f"kept of {' and '.join(way.states)}"
            name = several if len(way.states) > 1 else TextPrinter(graph).doprint(way.slopes[0][0])
            found.append(Way(way.states, name, way.slopes))
    return tuple(found) or _through_own_function(graph)


def _through_own_function(graph: Graph) -> tuple[Way, ...]:
    """Return the way of the output through the matrix that its own pre-activation reads it by, if it has no other."""
    output = graph.cell.output
    if reads_itself(graph.cell, output):
        return ()
    own = [graph.value(output), graph.pre(output)]
    for reader in graph.readers(Symbol.of("value", output, -1)):
        if reader.map is None or reader.node not in own or not reader.map.weight.kind.is_matrix:
            continue
        behind = [r.slope for r in graph.readers(reader.node.symbol) if r.node is own[0] and r.map is None]
        slope = reader.slope * (behind[0] if behind and reader.node is own[1] else 1)
        return (Way((output,), TextPrinter(graph).doprint(slope), ((slope,),), reader.map),)
    return ()
