"""What is left of a small change of a state some time steps later: the product of the Jacobians between them."""

from __future__ import annotations

import numpy as np

from rnnscope.analysis.course import Course
from rnnscope.cells.graph import Reader, graph_of
from rnnscope.cells.refs import Symbol
from rnnscope.formulas.steps import step_of
from rnnscope.trace import Moment
from rnnscope.trace.passes import counts_in, hands_in


def left_of_changes(moment: Moment, state: str) -> np.ndarray:
    """Return how much of a small change of a state at each time step is left in it at the moment, (1 + time step,).

    That is ‖∂s_now/∂s_k‖ / √H, with the Frobenius norm: the factor by which a change of the H units grows or shrinks
    on the way, the root of its mean square over all directions. It goes through everything that reads the state, and
    the last one, of a change that is made now, is 1.

    Raises
    ------
    ValueError
        If the weights of the epoch were not kept, or what the slopes follow from was not recorded.
    """
    moment = moment.as_read
    back, value, units = _WayBack(moment), Symbol.of("value", state), moment.layer.units
    found = np.empty(moment.time + 1)
    gradients = {value: np.eye(units, dtype=back.dtype)}
    for time in range(moment.time, -1, -1):
        before, of_state = back.step(gradients, time, value)
        found[time] = np.linalg.norm(of_state) / np.sqrt(units)
        gradients = before
    return found


class _WayBack:
    """Takes the gradients of all units of a state, (unit of the state, unit), back through the time steps of a cell."""

    def __init__(self, moment: Moment) -> None:
        self._graph = graph = graph_of(moment.layer.cell, step_of(moment).drops)
        self._counts, self._hands = counts_in(moment), hands_in(moment)
        self._course = course = Course(moment, graph)
        self._nodes = [node for node in graph.nodes[::-1] if node.kind != "inner"]
        self._weights = {entry.result: course.kept(entry.weight) for entry in graph.maps}
        self.dtype = np.result_type(*self._weights.values())
        self._slopes = {reader: self._slope(reader) for node in self._nodes for reader in graph.reads(node)}

    def step(
        self, gradients: dict[Symbol, np.ndarray], time: int, value: Symbol
    ) -> tuple[dict[Symbol, np.ndarray], np.ndarray]:
        """Take the gradients of the values after a time step to those before it, and to a value in between."""
        found, of_value = dict(gradients), np.zeros(1, self.dtype)
        if not self._counts[time]:  # the states are held
            return found, found.get(value, of_value)
        for node in self._nodes:
            if node.symbol not in found:
                continue
            gradient = found.pop(node.symbol)
            if node.symbol == value:
                of_value = gradient
            if node.kind == "value" and node.symbol.ref.of in self._hands:  # it reads nothing there
                gradient = gradient * ~self._hands[node.symbol.ref.of][time]
            for reader in self._graph.reads(node):
                if reader.source.ref.kind in ("value", "pre", "vector"):
                    sent = self._sent(gradient, reader, time)
                    found[reader.source] = found[reader.source] + sent if reader.source in found else sent
        return {symbol.at(0): gradient for symbol, gradient in found.items()}, of_value

    def _sent(self, gradient: np.ndarray, reader: Reader, time: int) -> np.ndarray:
        """Return the gradient that a node sends back to what it reads."""
        sent = gradient * self._slopes[reader][time]
        if reader.map is None:
            return sent
        weight = self._weights[reader.map.result]
        return sent @ weight.T if reader.map.weight.kind.is_matrix else sent * weight

    def _slope(self, reader: Reader) -> np.ndarray:
        """Return a slope at all time steps, (time, unit)."""
        found = self._course.evaluate(self._graph.expanded(reader.slope))
        shape = self._course.moment.steps, self._course.layer.units
        return np.broadcast_to(found, shape).astype(self.dtype)
