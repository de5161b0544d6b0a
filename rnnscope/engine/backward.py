"""The way back: gradients through one time step, from the local derivatives that sympy gives.

The gradient of a result is complete when all that reads it has been passed; nodes are passed in reverse order. The
gradient of a linear map's result is that of the node which it enters, times a derivative that is mostly 1: then
the array of the node serves as it is, and the maps of all gates go back in one product.
"""

from __future__ import annotations

import sympy

from rnnscope.cells.graph import Graph, Map, Node
from rnnscope.cells.vocabulary import MatrixProduct, x
from rnnscope.engine.expressions import Writer
from rnnscope.engine.layout import Layout
from rnnscope.engine.statements import Operand, Slot, Statement, runs, span


def write_backward(graph: Graph, layout: Layout) -> dict[str, list[Statement]]:
    """Write `local_derivatives`, `backward` and `weight_gradients`."""
    back = _Backward(graph, layout)
    for node in reversed(graph.nodes):
        if node.role != "inner":
            back.pass_node(node)
    for state in graph.cell.states:
        back.pull_back(layout[f"{state}_prev"], f"d_{state}_prev")
    gradients = back.weight_gradients()
    return {"local_derivatives": back.local.statements, "backward": back.step.statements, "weight_gradients": gradients}


class _Backward:
    """Collects the statements of the way back.

    `started` holds the gradients that something has been added to; the rest are written, not added to, first.
    """

    def __init__(self, graph: Graph, layout: Layout) -> None:
        self.graph, self.layout = graph, layout
        self.step, self.local = Writer(layout.__getitem__), Writer(layout.__getitem__)
        self.started = {f"d_{state}" for state in graph.cell.states} | {f"d_{graph.cell.output}_prev"}
        self.of_leaf: dict[sympy.Symbol, Slot] = {}
        self.leaves = {entry.result for entry in graph.maps} | set(graph.biases)

    def pass_node(self, node: Node) -> None:
        """Send the gradient of a node, now complete, on to all that the node reads."""
        name = f"d_{node.symbol}"
        self.pull_back(self.layout[node.symbol], name)
        if name not in self.started:
            self.step.emit("fill", self.layout[name], 0.0)
        scaled: dict[sympy.Expr, Slot] = {sympy.Integer(1): self.layout[name]}
        for symbol, derivative in self.graph.derivatives(node).items():
            if symbol in self.leaves:
                if derivative not in scaled:
                    room = self.layout.work(f"d_{symbol}")
                    factor = self._factor(node, symbol, derivative)
                    scaled[derivative] = self.step.emit("np.multiply", room, self.layout[name], factor)
                self.of_leaf[symbol] = scaled[derivative]
            else:
                self._add_product(f"d_{symbol}", self.layout[name], self._factor(node, symbol, derivative))

    def pull_back(self, vector: Slot, target: str) -> None:
        """Send the gradients of all linear maps that read a vector back to it, through their weights."""
        for run in self._runs(vector):
            gradient = span([self.of_leaf[entry.result] for entry in run])
            weight = span([self.layout[entry.weight.name] for entry in run])
            if not isinstance(run[0].weight.node, MatrixProduct):
                self._add_product(target, gradient, weight)
            elif target in self.started:
                room = self.step.emit("product_back", Slot("S0"), gradient, weight)
                self.step.emit("np.add", self.layout[target], self.layout[target], room)
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

        vectors = dict.fromkeys(self.layout[entry.vector] for entry in self.graph.maps)
        for run in (run for vector in vectors for run in self._runs(vector)):
            vector = rows(self.layout[run[0].vector])
            gradient = rows(span([self.of_leaf[entry.result] for entry in run]))
            target = span([self.layout[f"g{entry.weight.name}"] for entry in run])
            if isinstance(run[0].weight.node, MatrixProduct):
                writer.emit("product_weights", target, vector, gradient)
            else:
                writer.emit("sum_rows", target, writer.emit("np.multiply", Slot("S0"), gradient, vector))
        pairs = [(self.of_leaf[symbol], self.layout[f"g{weight.name}"]) for symbol, weight in self.graph.biases.items()]
        pairs.sort(key=lambda pair: (pair[1].base, pair[1].start))
        for run in runs(pairs, lambda a, b: a[0].touches(b[0]) and a[1].touches(b[1])):
            writer.emit("sum_rows", span([pair[1] for pair in run]), rows(span([pair[0] for pair in run])))
        self._input_gradient(writer)
        return writer.statements

    def _input_gradient(self, writer: Writer) -> None:
        """Write the gradient of the input: the sum over its maps, each for all time steps at once."""
        total = self.layout.rows(self.layout["d_x"])
        for k, run in enumerate(self._runs(self.layout[x])):
            gradient = self.layout.rows(span([self.of_leaf[entry.result] for entry in run]))
            room = Slot("Sx") if k else total
            writer.emit("rows_product_back", room, gradient, span([self.layout[entry.weight.name] for entry in run]))
            if k:
                writer.emit("np.add", total, total, room)
        writer.emit("from_rows", self.layout["d_x"], total)

    def _runs(self, vector: Slot) -> list[list[Map]]:
        """Return the maps of a vector; matrices whose columns and gradients are neighbours stand together."""
        entries = [entry for entry in self.graph.maps if self.layout[entry.vector] == vector]
        entries.sort(key=lambda entry: (self.layout[entry.result].base, self.layout[entry.result].start))
        return runs(entries, self._joins)

    def _joins(self, a: Map, b: Map) -> bool:
        is_matrix = isinstance(a.weight.node, MatrixProduct) and isinstance(b.weight.node, MatrixProduct)
        weights_touch = self.layout[a.weight.name].touches(self.layout[b.weight.name])
        return is_matrix and weights_touch and self.of_leaf[a.result].touches(self.of_leaf[b.result])

    def _factor(self, node: Node, symbol: sympy.Symbol, derivative: sympy.Expr) -> Operand:
        """Return where a local derivative lies: a recorded value, a number, or an array computed before the loop."""
        if derivative.is_Symbol:
            return self.layout[derivative]
        if derivative.is_number:
            return float(derivative)
        beside = node.role == "quantity" and str(symbol) == f"Pre_{node.symbol}"
        slot = self.layout[f"K_{node.symbol}"] if beside else self.layout.work(f"K_{node.symbol}_{symbol}")
        return self.local.assign(derivative, slot)

    def _add_product(self, target: str, gradient: Slot, factor: Operand) -> None:
        """Add `gradient · factor` to a gradient, or write it there if it is the first."""
        slot, first = self.layout[target], target not in self.started
        self.started.add(target)
        if factor in (1.0, -1.0) and not first:
            self.step.emit("np.add" if factor == 1.0 else "np.subtract", slot, slot, gradient)
        elif first:
            self.step.emit("np.multiply", slot, gradient, factor)
        else:
            self.step.emit("np.add", slot, slot, self.step.emit("np.multiply", Slot("S0"), gradient, factor))
