"""The way back: the graph's readers as statements, through one time step and over all weights.

The gradient of a node is complete when all that reads it has been passed; nodes are passed in reverse order. The
gradient of a linear map's result is that of the node which reads it, times a slope that is mostly 1: then the array of
the node serves as it is, and the maps of all gates go back in one product.
"""

from __future__ import annotations

import sympy

from rnnscope.cells.graph import Graph, Map, Node, Reader
from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import x
from rnnscope.engine.layout import Layout
from rnnscope.engine.statements import Operand, Slot, Statement, runs, span
from rnnscope.engine.writer import Writer


def write_backward(graph: Graph, layout: Layout) -> dict[str, list[Statement]]:
    """Write `local_derivatives`, `backward` and `weight_gradients`."""
    back = _Backward(graph, layout)
    for node in reversed(graph.nodes):
        if node.kind != "inner":
            back.pass_node(node)
    for state in graph.cell.states:
        back.pull_back(Symbol.of("value", state, -1))
    gradients = back.weight_gradients()
    return {"local_derivatives": back.local.statements, "backward": back.step.statements, "weight_gradients": gradients}


class _Backward:
    """Collects the statements of the way back.

    `started` holds the gradients that something has been added to; the rest are written, not added to, first.
    """

    def __init__(self, graph: Graph, layout: Layout) -> None:
        self.graph, self.layout = graph, layout
        self.step, self.local = Writer(layout.__getitem__), Writer(layout.__getitem__)
        states = [Symbol.of("value", state) for state in graph.cell.states]
        output = Symbol.of("value", graph.cell.output)
        self.started = {state.gradient for state in states} | {output.gradient.at(-1)}
        self.of_leaf: dict[Symbol, Slot] = {}

    def pass_node(self, node: Node) -> None:
        """Send the gradient of a node, now complete, on to all that the node reads."""
        self.pull_back(node.symbol)
        gradient = self.layout[node.symbol.gradient]
        if node.symbol.gradient not in self.started:
            self.step.emit("fill", gradient, 0.0)
        if (hold := self.layout.hold(node.symbol)) is not None:  # what is held depends on nothing
            _, free = hold
            gradient = self.step.emit("multiply", self.layout.work(f"d_{free.base}"), gradient, free)
        scaled: dict[sympy.Expr, Slot] = {sympy.Integer(1): gradient}
        for reader in self.graph.reads(node):
            if reader.source.ref.kind == "dropout":
                continue
            if reader.map is None and reader.source not in self.graph.weights:
                self._add_product(reader.source.gradient, gradient, self._factor(reader))
                continue
            if reader.slope not in scaled:
                leaf, is_first = self.layout.label(self.layout[reader.leaf]), reader.leaf not in self.of_leaf
                room = self.layout.work(f"d_{leaf}" if is_first else f"d_{leaf}_{node.symbol}")
                scaled[reader.slope] = self.step.emit("multiply", room, gradient, self._factor(reader))
            self._meet(reader, scaled[reader.slope])

    def _meet(self, reader: Reader, gradient: Slot) -> None:
        """Keep the gradient of what a linear map or a weight gives a node; a constant's readers add theirs up."""
        if reader.leaf not in self.of_leaf:
            self.of_leaf[reader.leaf] = gradient
            return
        room = self.layout.work(f"Sum_{self.layout.label(self.layout[reader.leaf])}")
        self.of_leaf[reader.leaf] = self.step.emit("add", room, self.of_leaf[reader.leaf], gradient)

    def pull_back(self, vector: Symbol) -> None:
        """Send the gradients of all linear maps that read a vector back to it, through their weights."""
        target = vector.gradient
        for run in self._runs(vector):
            gradient = span([self.of_leaf[entry.result] for entry in run])
            weight = span([self.layout.weight(entry.weight) for entry in run])
            if not run[0].weight.kind.is_matrix:
                self._add_product(target, gradient, weight)
            elif target in self.started:
                room = self.step.emit("product_back", Slot("S0"), gradient, weight)
                self.step.emit("add", self.layout[target], self.layout[target], room)
            else:
                self.step.emit("product_back", self.layout[target], gradient, weight)
            self.started.add(target)

    def weight_gradients(self) -> list[Statement]:
        """Write the gradients of all weights and of the input: sums over samples and time steps, by matrix products."""
        writer = Writer(self.layout.__getitem__)
        copied = {self.layout.rows(self.layout[x]).base}  # by project_input

        def rows(slot: Slot) -> Slot:
            whole = self.layout.rows(Slot(slot.base, 0, self.layout.width(slot)))
            if whole.base not in copied:
                copied.add(whole.base)
                writer.emit("to_rows", whole, Slot(slot.base, 0, whole.stop))
            return self.layout.rows(slot)

        for run in (run for vector in self._vectors() for run in self._runs(vector)):
            vector = rows(self.layout[run[0].vector])
            gradient = rows(span([self.of_leaf[entry.result] for entry in run]))
            target = span([self.layout.weight_gradient(entry.weight) for entry in run])
            if run[0].weight.kind.is_matrix:
                writer.emit("product_weights", target, vector, gradient)
            else:
                writer.emit("sum_rows", target, writer.emit("multiply", Slot("S0"), gradient, vector))
        alone = self.graph.weights.items()
        pairs = [(self.of_leaf[symbol], self.layout.weight_gradient(weight)) for symbol, weight in alone]
        pairs.sort(key=lambda pair: (pair[1].base, pair[1].start))
        for run in runs(pairs, lambda a, b: a[0].touches(b[0]) and a[1].touches(b[1])):
            writer.emit("sum_rows", span([pair[1] for pair in run]), rows(span([pair[0] for pair in run])))
        self._input_gradient(writer)
        return writer.statements

    def _input_gradient(self, writer: Writer) -> None:
        """Write the gradient of the input: the sum over its maps, each for all time steps at once."""
        total = self.layout.rows(self.layout[x.gradient])
        for k, run in enumerate(self._runs(x)):
            gradient = self.layout.rows(span([self.of_leaf[entry.result] for entry in run]))
            room = Slot("Sx") if k else total
            writer.emit("rows_product_back", room, gradient, span([self.layout.weight(entry.weight) for entry in run]))
            if k:
                writer.emit("add", total, total, room)
        writer.emit("from_rows", self.layout[x.gradient], total)

    def _vectors(self) -> list[Symbol]:
        """Return what linear maps read, in the order in which it is first read."""
        return list(dict.fromkeys(entry.vector for entry in self.graph.maps))

    def _runs(self, vector: Symbol) -> list[list[Map]]:
        """Return the maps of a vector; matrices whose columns and gradients are neighbours stand together."""
        entries = [entry for entry in self.graph.maps if entry.vector == vector]
        entries.sort(key=lambda entry: (self.layout[entry.result].base, self.layout[entry.result].start))
        return runs(entries, self._joins)

    def _joins(self, a: Map, b: Map) -> bool:
        are_matrices = a.weight.kind.is_matrix and b.weight.kind.is_matrix
        weights_touch = self.layout.weight(a.weight).touches(self.layout.weight(b.weight))
        return are_matrices and weights_touch and self.of_leaf[a.result].touches(self.of_leaf[b.result])

    def _factor(self, reader: Reader) -> Operand:
        """Return where a slope lies: a recorded value, a number, or an array computed before the loop."""
        slope, node = reader.slope, reader.node.symbol
        if slope.is_Symbol:
            return self.layout[slope]
        if slope.is_number:
            return float(slope)
        is_of_pre = reader.source.ref.kind == "pre"
        return self.local.assign(
            slope, self.layout.factor(node) if is_of_pre else self.layout.work(f"K_{node}_{reader.leaf}")
        )

    def _add_product(self, target: Symbol, gradient: Slot, factor: Operand) -> None:
        """Add `gradient · factor` to a gradient, or write it there if it is the first."""
        slot, first = self.layout[target], target not in self.started
        self.started.add(target)
        if factor in (1.0, -1.0) and not first:
            self.step.emit("add" if factor == 1.0 else "subtract", slot, slot, gradient)
        elif first:
            self.step.emit("multiply", slot, gradient, factor)
        else:
            self.step.emit("add", slot, slot, self.step.emit("multiply", Slot("S0"), gradient, factor))
