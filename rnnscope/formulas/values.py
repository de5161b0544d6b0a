"""The numbers of one moment of a trace: what every symbol of a cell's equations stands for, at all units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import sympy

from rnnscope.cells.function_facts import value_of
from rnnscope.cells.graph import Graph
from rnnscope.cells.refs import Symbol
from rnnscope.cells.weight_kinds import CONSTANT
from rnnscope.cells.weights import Weight
from rnnscope.formulas.gradients import Pull, shifted
from rnnscope.trace import LayerTrace, Moment
from rnnscope.trace.passes import counts_at


@dataclass
class Values:
    """What the symbols of a cell stand for at one epoch, sample and time step of a layer.

    Attributes
    ----------
    moment
        The moment.
    graph
        The graph of the layer's cell.
    """

    moment: Moment
    graph: Graph

    @property
    def layer(self) -> LayerTrace:
        """The layer of the moment."""
        return self.moment.layer

    @property
    def is_last(self) -> bool:
        """Whether no time step follows."""
        return self.moment.read == self.moment.steps - 1

    def evaluate(self, expression: sympy.Expr, pulls: Mapping[Symbol, Pull] | None = None) -> np.ndarray:
        """Return the value of an expression at all units; what is infinite or NaN stays so."""
        known = {symbol: self.of(symbol, pulls) for symbol in expression.free_symbols}
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            return value_of(expression, known)

    def of(self, symbol: Symbol, pulls: Mapping[Symbol, Pull] | None = None) -> np.ndarray:
        """Return what a symbol stands for at all units (`x`: at all features); zero after the last time step."""
        ref = symbol.ref
        if ref.shift == 1 and self.is_last:
            return np.zeros(self.layer.units)
        if ref.kind == "pulled":
            return self.pulled(pulls[symbol])
        if ref.kind == "above":
            return self.above()
        if ref.kind == "start":
            return self.from_start(ref.of)
        if ref.kind == "dropout":
            return self.kept_of(ref.of)
        if ref.kind == "vector":
            return self.evaluate(shifted(self.graph.expanded(self.graph[symbol.at(0)].expression), ref.shift))
        if ref.kind == "weight":
            return self._weight(symbol)
        time = self.moment.time + self.moment.way * (ref.shift == 1)
        if ref.kind == "input":
            return self._at(self._input(), time)
        return self._at(self._array(symbol), time)

    def pulled(self, pull: Pull) -> np.ndarray:
        """Return a gradient after it went back through a matrix, at all units."""
        return self.kept(pull.map.weight) @ self.evaluate(pull.gradient)

    def kept(self, weight: Weight) -> np.ndarray:
        """Return weights as they were at this epoch; an error if they were not kept."""
        array = self.graph.cell.array_of(weight)
        return self.layer.weights(self.moment.epoch)[array.name][array.index(weight, self.layer.units)]

    def kept_of(self, state: str) -> np.ndarray:
        """Return what dropout multiplies a state by that matrices read, or the input `x`."""
        return self.layer.dropout[state][self.moment.run]

    def has_weights(self) -> bool:
        """Say whether the weights of this epoch were kept."""
        return self.moment.epoch in self.moment.trace.snapshots.epochs

    def has_numbers_of(self, symbol: Symbol) -> bool:
        """Say whether a symbol has numbers: those that are weights, or gradients through weights, need kept ones."""
        ref = symbol.ref
        needs_weights = ref.kind == "pulled" or (ref.kind == "weight" and self.graph.weight_of(symbol).kind.has_vector)
        return not needs_weights or self.has_weights() or (self.is_last and ref.shift == 1)

    def _array(self, symbol: Symbol) -> np.ndarray:
        """Return the recording of a quantity, a pre-activation, a part of one, or of the gradient of these."""
        ref = symbol.ref
        if ref.kind == "product":
            weight = self.graph.map_of(symbol.at(0)).weight
            return self.layer.parts[weight.quantity][weight.part]
        if ref.gradient:
            return (self.layer.grad_pre if ref.kind == "pre" else self.layer.grad)[ref.of]
        if ref.kind == "pre":
            return self.layer.pre[ref.of]
        return (self.layer.prev if ref.shift == -1 else self.layer)[ref.of]

    def _weight(self, symbol: Symbol) -> np.ndarray:
        """Return a bias or a constant as recorded, or the weights of a peephole as kept."""
        weight = self.graph.weight_of(symbol)
        if weight.kind is CONSTANT:
            return self.layer.constants[weight.name][self.moment.place]
        if weight.kind.has_vector:
            return self.kept(weight)
        return self.layer.parts[weight.quantity][weight.part][self.moment.place]

    def _input(self) -> np.ndarray:
        if self.layer.x is None:
            raise ValueError(
                f"layer: expected the input of {self.layer.name!r}, the output of the layer below it; "
                f"got a trace without. Record it: Record(quantities=None)"
            )
        return self.layer.x

    def _at(self, array: np.ndarray, time: int) -> np.ndarray:
        return array[*self.moment.run, time]

    def above(self) -> np.ndarray:
        """Return the gradient that comes to the output of the layer: from the layers that read it, or from the loss."""
        layers, whole = self.moment.trace.layers, self.layer.options["return_sequences"]
        hides = self.layer.options.get("zero_output_for_mask", False) and not counts_at(self.moment)
        if (not whole and not self.is_last) or (whole and hides):
            return np.zeros(self.layer.units)
        own = layers.index(self.layer.name)
        if own == len(layers) - 1:
            return self._of_loss()
        found = [self._from(self.moment.trace[name], own, whole) for name in layers[own + 1 :]]
        return sum((gradient for each in found for gradient in each), np.zeros(self.layer.units))

    def from_start(self, state: str) -> np.ndarray:
        """Return the gradient that comes to the last value of a state from layers that begin with it."""
        layers = self.moment.trace.layers
        own = layers.index(self.layer.name)
        readers = [self.moment.trace[name] for name in layers if self.moment.trace[name].start == own]
        found = [reader.grad_start[state][self.moment.run] for reader in readers]
        return sum(found, np.zeros(self.layer.units))

    def _from(self, reader: LayerTrace, own: int, whole: bool) -> Iterator[np.ndarray]:
        """Go through the gradients that come to the output from what another layer reads or begins with."""
        for name, number in zip(("x", "x2"), reader.reads, strict=False):
            if number == own:
                gradient = reader.grad[name][self.moment.run]
                backwards = reader.options.get("go_backwards", False) and not reader.is_turned
                yield (gradient[::-1] if backwards else gradient)[self.moment.time] if whole else gradient
        if reader.start == own and self.is_last:
            yield reader.grad_start[self.layer.output][self.moment.run]

    def _of_loss(self) -> np.ndarray:
        if self.moment.trace.prediction_gradients is None:
            raise ValueError(
                "trace: expected gradients; got a trace without. Record with gradients=True and pass targets"
            )
        found = self.moment.trace.prediction_gradients[self.moment.run]
        return found[self.moment.time] if self.layer.options["return_sequences"] else found
