"""The numbers on the wiring of a cell at one moment: values on the way forward, gradients on the way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.cells.vocabulary import MatrixProduct
from rnnscope.figures.wiring import Edge, Wiring
from rnnscope.formulas.moment import Moment


@dataclass(frozen=True)
class Flows:
    """What flows through a cell at one moment, for one unit.

    Attributes
    ----------
    values
        The value of each node; none for an input of several features.
    back
        What each edge carries back, in the order of the wiring: ∂L/∂target · ∂target/∂source. None on the way forward,
        for an input of several features, and if it takes weights that were not kept.
    totals
        ∂L/∂quantity as recorded; empty on the way forward.
    means
        The mean of each quantity over all units.
    """

    values: dict[str, float | None]
    back: tuple[float | None, ...]
    totals: dict[str, float]
    means: dict[str, float]


def flows_of(wiring: Wiring, moment: Moment) -> Flows:
    """Return the numbers of a moment."""
    unit = moment.cursor.unit
    values = {key: _one(moment.evaluate(node.value), unit, key) for key, node in wiring.nodes.items()}
    means = {name: float(np.mean(_recorded(moment, moment.layer, name))) for name in wiring.cell.names}
    if moment.cursor.direction == "forward":
        return Flows(values, (None,) * len(wiring.edges), {}, means)
    gradients = _Gradients(wiring, moment)
    back = tuple(_one(gradients.along(edge), unit, edge.source) for edge in wiring.edges)
    totals = {name: float(gradients.of[name][unit]) for name in wiring.cell.names}
    return Flows(values, back, totals, means)


class _Gradients:
    """∂L/∂node at all units, from the recorded gradients of the quantities."""

    def __init__(self, wiring: Wiring, moment: Moment) -> None:
        self.wiring, self.moment = wiring, moment
        self.of = {name: _recorded(moment, moment.layer.grad, name) for name in wiring.cell.names}
        for node in reversed(list(wiring.nodes.values())):
            if node.phase and node.key not in self.of and node.kind != "exit":
                parts = [self.along(edge) for edge in wiring.out_of(node.key)]
                self.of[node.key] = None if any(part is None for part in parts) else sum(parts)

    def along(self, edge: Edge) -> np.ndarray | None:
        """Return what comes back along an edge, at all units (or features) of its source."""
        if self.wiring.nodes[edge.target].kind == "exit":
            return self.of[edge.source]
        total = self.of[edge.target]
        if total is None:
            return None
        gradient = total * self.moment.evaluate(edge.slope)
        if edge.entry is None:
            return gradient
        if not self.moment.has_weights():
            return None
        matrix = self.moment.matrix(edge.entry)
        return matrix @ gradient if isinstance(edge.entry.weight.node, MatrixProduct) else matrix * gradient


def _recorded(moment: Moment, group: object, name: str) -> np.ndarray:
    return group[name][moment.epoch, moment.cursor.sample, moment.cursor.time]


def _one(values: np.ndarray | None, unit: int, key: str) -> float | None:
    """Return the number of the chosen unit; that of an input only if it is the only feature."""
    if values is None or (key == "x" and len(values) > 1):
        return None
    return float(values[0 if key == "x" else unit])
