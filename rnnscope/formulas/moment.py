"""The numbers of one moment of a trace: what every symbol of a cell's equations stands for, at all units."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import sympy

from rnnscope.cells.graph import Graph, Map
from rnnscope.cells.vocabulary import PREVIOUS
from rnnscope.formulas.gradients import ABOVE, GRADIENT, NEXT, Pull
from rnnscope.trace import Cursor, LayerTrace, Trace

FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.maximum(z, 0),
    "hard_sigmoid": lambda z: np.minimum(np.maximum(z + 3, 0), 6) / 6,
    "is_positive": lambda y: np.where(y > 0, 1.0, 0.0),
    "is_between_0_and_1": lambda y: np.where((y > 0) & (y < 1), 1.0, 0.0),
}
PARTS = {"Zx": "input", "Zh": "recurrent", "Zp": "peephole", "b": "bias", "bh": "recurrent_bias"}
"""What the part of a pre-activation is called in a trace, by the first part of a symbol's name."""


@lru_cache(maxsize=512)
def compiled(expression: sympy.Expr) -> tuple[tuple[sympy.Symbol, ...], object]:
    """Return the symbols of an expression, and a NumPy function of their values."""
    symbols = tuple(sorted(expression.free_symbols, key=str))
    return symbols, sympy.lambdify(symbols, expression, modules=[FUNCTIONS, "numpy"])


@dataclass
class Moment:
    """One epoch, sample and time step of a layer.

    Attributes
    ----------
    trace, layer
        The trace and the layer in it.
    graph
        The graph of the layer's cell.
    cursor
        The moment, with nothing left open.
    epoch
        The place of its epoch among the recorded ones.
    """

    trace: Trace
    graph: Graph
    cursor: Cursor

    def __post_init__(self) -> None:
        self.layer: LayerTrace = self.trace[self.cursor.layer]
        self.epoch = int(np.flatnonzero(self.trace.epochs == self.cursor.epoch)[0])
        self.maps = {entry.result.name: entry for entry in self.graph.maps}
        self.vectors = {n.symbol.name: n.expression for n in self.graph.nodes if n.role == "vector"}

    @property
    def last(self) -> bool:
        """Whether no time step follows."""
        return self.cursor.time == self.trace.x.shape[1] - 1

    def evaluate(self, expression: sympy.Expr, pulls: dict[str, Pull] | None = None) -> np.ndarray:
        """Return the value of an expression at all units."""
        symbols, function = compiled(expression)
        return np.asarray(function(*(self.values(symbol, pulls) for symbol in symbols)))

    def values(self, symbol: sympy.Symbol, pulls: dict[str, Pull] | None = None) -> np.ndarray:
        """Return what a symbol stands for at all units (`x`: at all features); zero after the last time step."""
        name = symbol.name
        later = name.endswith(NEXT)
        base = name.removesuffix(NEXT)
        if later and self.last:
            return np.zeros(self.layer.units)
        time = self.cursor.time + later
        if pulls and name in pulls:
            return self.pulled(pulls[name])
        if base == ABOVE:
            return self.above()
        if base.startswith(GRADIENT):
            of = base.removeprefix(GRADIENT)
            group = self.layer.grad_pre if of.startswith("Pre_") else self.layer.grad
            return self._at(group[of.removeprefix("Pre_")], time)
        if base in self.vectors:
            shifted = {s: sympy.Symbol(f"{s}{NEXT}") for s in self.vectors[base].free_symbols} if later else {}
            return self.evaluate(self.graph.expanded(self.vectors[base]).xreplace(shifted))
        if base.endswith(PREVIOUS):
            return self._at(self.layer.prev[base.removesuffix(PREVIOUS)], time)
        if base == "x":
            return self._at(self._input(), time)
        return self._at(self.layer[base], time) if base in self.graph.cell.names else self._part(base, time)

    def pulled(self, pull: Pull) -> np.ndarray:
        """Return a gradient after it went back through a matrix, at all units."""
        return self.matrix(pull.entry) @ self.evaluate(pull.gradient)

    def matrix(self, entry: Map) -> np.ndarray:
        """Return the weights of a linear map as they were at this epoch; an error if they were not kept."""
        weight, cell = entry.weight, self.graph.cell
        array = cell.array_of(weight)
        return self.layer.weights(self.cursor.epoch)[array.name][array.index(weight, self.layer.units)]

    def has_weights(self) -> bool:
        """Say whether the weights of this epoch were kept."""
        return self.cursor.epoch in self.trace.snapshots.epochs

    def has_numbers_of(self, symbol: sympy.Symbol, pulls: dict[str, Pull]) -> bool:
        """Say whether a symbol has numbers: those that are weights, or gradients through weights, need kept ones."""
        name = str(symbol)
        is_weight = name in pulls or name.partition("_")[0] == "p"
        return not is_weight or self.has_weights() or (self.last and name.endswith(NEXT))

    def _part(self, name: str, time: int) -> np.ndarray:
        """Return a part of a pre-activation, a bias or the weights of a peephole."""
        head, _, column = name.partition("_")
        if head == "p":
            return self.matrix(self.maps[f"Zp_{column}"])
        weight = next(weight for weight in self.graph.cell.weights if weight.column == column)
        array = self.layer.parts[weight.quantity][PARTS[head] + weight.number]
        return array[self.epoch] if head in ("b", "bh") else self._at(array, time)

    def _input(self) -> np.ndarray:
        if self.layer.x is None:
            raise ValueError(
                f"layer: expected the input of {self.layer.name!r}, the output of the layer below it; "
                f"got a trace without. Record it: Record(quantities=None)"
            )
        return self.layer.x

    def _at(self, array: np.ndarray, time: int) -> np.ndarray:
        return array[self.epoch, self.cursor.sample, time]

    def above(self) -> np.ndarray:
        """Return the gradient that comes to the output of the layer: from the layer above, or else from the loss."""
        layers, options = self.trace.layers, self.layer.options
        above = layers.index(self.layer.name) + 1
        if not options["return_sequences"] and not self.last:
            return np.zeros(self.layer.units)
        if above == len(layers):
            return self._of_loss()
        gradient = self.trace[layers[above]].grad["x"][self.epoch, self.cursor.sample]
        if not options["return_sequences"]:
            return gradient
        backwards = self.trace[layers[above]].options.get("go_backwards", False)
        return gradient[::-1][self.cursor.time] if backwards else gradient[self.cursor.time]

    def _of_loss(self) -> np.ndarray:
        if self.trace.prediction_gradients is None:
            raise ValueError(
                "trace: expected gradients; got a trace without. Record with gradients=True and pass targets"
            )
        found = self.trace.prediction_gradients[self.epoch, self.cursor.sample]
        return found[self.cursor.time] if self.layer.options["return_sequences"] else found
