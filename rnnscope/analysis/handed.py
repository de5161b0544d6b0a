"""Which states a time step reads, and to which it hands gradients back: not where what it computes is held by hand."""

from __future__ import annotations

import numpy as np

from rnnscope.analysis.course import Course
from rnnscope.cells.graph import Graph, graph_of
from rnnscope.cells.refs import Symbol
from rnnscope.formulas.steps import step_of
from rnnscope.trace import Moment
from rnnscope.trace.passes import counts_in, hands_in


def handed_back(moment: Moment) -> dict[str, np.ndarray]:
    """Return for each state of the moment's layer at which time steps some gradient is handed back to its value before.

    They are (time,), in the order of reading. A step that does not count hands back all that arrives.
    """
    moment = moment.as_read
    handed, counts = _Handed(moment, graph_of(moment.layer.cell, step_of(moment).drops)), counts_in(moment)
    found = {}
    for state in moment.layer.cell.states:
        arrives = moment.layer.grad[state][moment.run] != 0
        reaches = handed.to(Symbol.of("value", state, -1))
        found[state] = np.where(counts[:, None], reaches, arrives).any(axis=-1)
    return found


def read_in(moment: Moment) -> dict[str, np.ndarray]:
    """Return for each state of the moment's layer in which units a step reads its value before, (time, unit).

    They are in the order of reading. A gate that is held at 0 lets nothing be read, and what is held reads nothing; a
    step that does not count takes all over.
    """
    moment = moment.as_read
    course = _Read(moment, graph_of(moment.layer.cell, step_of(moment).drops))
    counts = counts_in(moment)[:, None]
    return {state: course.to(Symbol.of("value", state, -1)) | ~counts for state in moment.layer.cell.states}


class _Handed:
    """Goes back from quantities, whose gradients are recorded, to what they read, at all time steps at once."""

    def __init__(self, moment: Moment, graph: Graph) -> None:
        self._graph, self._course, self._hands = graph, Course(moment, graph), hands_in(moment)
        self._shape = moment.steps, moment.layer.units

    def to(self, symbol: Symbol) -> np.ndarray:
        """Return where some gradient comes to a symbol from what reads it in the step, (time, unit)."""
        found = np.zeros(self._shape, bool)
        for reader in self._graph.readers(symbol):
            slope = np.broadcast_to(self._course.evaluate(self._graph.expanded(reader.slope)), self._shape)
            sent = self._at(reader.node.symbol) & (slope != 0)
            through_matrix = reader.map is not None and reader.map.weight.kind.is_matrix
            found |= sent.any(axis=-1, keepdims=True) if through_matrix else sent
        return found

    def _at(self, symbol: Symbol) -> np.ndarray:
        """Return where what computes a symbol has a gradient to send on."""
        if symbol.ref.kind != "value":
            return self.to(symbol)
        name, moment = symbol.ref.of, self._course.moment
        gradient = moment.layer.grad[name][moment.run] != 0
        return gradient & ~self._hands[name] if name in self._hands else gradient


class _Read(_Handed):
    """The same of values on their way forward: what computes a quantity reads, unless that is held."""

    def _at(self, symbol: Symbol) -> np.ndarray:
        if symbol.ref.kind != "value":
            return self.to(symbol)
        return ~self._hands.get(symbol.ref.of, np.zeros(self._shape, bool))
