"""The wiring of a cell, from its equations: what one time step computes as nodes, and what flows where as edges.

Every number of the picture is an expression over recorded values. Forward, an edge carries the value of the node where
it begins; backward, what the loss's gradient at its end sends back through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import sympy

from rnnscope.cells import Cell
from rnnscope.cells.caches import derived
from rnnscope.cells.graph import Graph, Map, slopes
from rnnscope.cells.vocabulary import previous, symbols, x
from rnnscope.cells.weight_kinds import CONSTANT, RECURRENT_KERNEL
from rnnscope.figures.wiring.operations import called, operation_of
from rnnscope.formulas import equations
from rnnscope.formulas.printers import TextPrinter

LONGEST = 22
"""What is computed from constants alone is one node if it is written in at most so many letters."""


@dataclass(frozen=True)
class WiringNode:
    """One thing that a time step computes or reads.

    Attributes
    ----------
    key
        Its name; that of a quantity for the node that gives the quantity's value.
    kind
        `"input"` and `"previous"` (what enters), `"layer"` (a function of a linear map, or of constants alone: a gate
        or candidate), `"map"` (a linear map alone), `"constant"` (learned constants, and what is computed from them
        alone), `"plus"`, `"times"`, `"unary"` (a function, or one operand), `"exit"` (a state that leaves).
    label
        What stands in it.
    phase
        The quantity in whose equation it stands; empty for what enters.
    value
        Its value, over the symbols of the cell's graph.
    slope
        For a layer, the derivative of its function; 1 otherwise.
    of
        The state that enters or leaves; empty for all else.
    """

    key: str
    kind: str
    label: str
    phase: str
    value: sympy.Expr
    slope: sympy.Expr = sympy.S.One
    of: str = ""


def entering(state: str) -> str:
    """Return the key of the node by which the previous value of a state enters."""
    return previous(state).name


def leaving(state: str) -> str:
    """Return the key of the node by which a state leaves."""
    return f"exit {state}"


@dataclass(frozen=True)
class Edge:
    """What flows from one node to another.

    Attributes
    ----------
    source, target
        Keys of its nodes.
    slope
        ∂target/∂source, unit by unit.
    entry
        The linear map that it goes through, or None.
    """

    source: str
    target: str
    slope: sympy.Expr
    entry: Map | None = None

    @property
    def is_peephole(self) -> bool:
        """Whether it goes through one weight per unit."""
        return self.entry is not None and not self.entry.weight.kind.is_matrix

    @property
    def reads_all(self) -> bool:
        """Whether it goes through a matrix: all values of its source together, not unit by unit."""
        return self.entry is not None and self.entry.weight.kind.is_matrix


@dataclass(frozen=True)
class Wiring:
    """The nodes of a cell by key, in the order of computation, and the edges between them."""

    cell: Cell
    graph: Graph
    nodes: dict[str, WiringNode]
    edges: tuple[Edge, ...]

    def into(self, key: str) -> list[Edge]:
        """Return the edges that end at a node."""
        return [edge for edge in self.edges if edge.target == key]

    def carries_all(self, edge: Edge, features: int) -> bool:
        """Say whether an edge carries several values together, where the input has so many features."""
        return edge.reads_all and (edge.source != x.name or features > 1)

    def vectors(self, features: int) -> list[str]:
        """Return the keys of what enters as several values together, and in no other way."""
        enters = [node.key for node in self.nodes.values() if node.kind == "previous" or node.key == x.name]
        return [k for k in enters if {self.carries_all(edge, features) for edge in self.out_of(k)} == {True}]

    def out_of(self, key: str) -> list[Edge]:
        """Return the edges that begin at a node."""
        return [edge for edge in self.edges if edge.source == key]


@derived(maxsize=64)
def wiring_of(cell: Cell) -> Wiring:
    """Return the wiring of a cell."""
    return _Builder(cell).wiring()


class _Builder:
    """Walks through the equations, from the first quantity to the last."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.nodes: dict[str, WiringNode] = {}
        self.edges: list[Edge] = []
        self.made: dict[sympy.Expr, str] = {}
        self.numbers = count()

    def wiring(self) -> Wiring:
        """Return the wiring."""
        forward = equations(self.cell)
        self.graph = forward[0].graph
        self.maps = {entry.result: entry for entry in self.graph.maps}
        self.vectors = {node.symbol: self.graph.expanded(node.expression) for node in self.graph.of_kind("vector")}
        for state in self.cell.carried:
            self._add(WiringNode(entering(state), "previous", f"{state}₋₁", "", previous(state), of=state))
        self._add(WiringNode(x.name, "input", x.name, "", x))
        for equation in forward:
            self.phase = equation.quantity
            self._node(equation.right, key=equation.quantity)
            self.made[equation.left] = equation.quantity
        for state in self.cell.states:
            (symbol,) = symbols(state)
            self._add(WiringNode(leaving(state), "exit", state, state, symbol, of=state))
            self._join(state, leaving(state), sympy.S.One)
        return Wiring(self.cell, self.graph, self.nodes, tuple(self.edges))

    def _node(self, e: sympy.Expr, key: str = "") -> str:
        """Make the node of an expression, and what it reads before it; return its key."""
        if e in self.made and not key:
            return self.made[e]
        if e.is_Symbol and e not in self.maps and str(e) in self.nodes and not key:
            return str(e)
        key = key or f"{self.phase}:{next(self.numbers)}"
        is_function = isinstance(e, sympy.Function) and len(e.args) == 1
        argument = e.args[0] if is_function else e
        constant = self._constant(e)
        is_fixed = bool(constant) and is_function and key == self.phase
        if constant and not is_fixed:  # each reader has one of its own beside it
            self._add(WiringNode(key, "constant", constant, self.phase, self._value(key, e)))
            return key
        is_negation = e.is_Mul and e.as_coeff_Mul()[0] == -1  # each reader has one of its own below it
        if (
            str(e) not in self.nodes and not is_negation
        ):  # those that have a node already are read there, not from a quantity equal to them
            self.made[e] = key
        if is_fixed or any(term in self.maps for term in sympy.Add.make_args(argument)):
            is_whole = is_function or key == self.phase
            label = called(e) if is_function else "Σ" if is_whole else self._letter(argument)
            self._layer(key, "layer" if is_whole else "map", e, argument, label)
        elif e in self.graph.weights:
            self._add(WiringNode(key, "input", "b", self.phase, e))
        else:
            self._operation(key, e)
        return key

    def _operation(self, key: str, e: sympy.Expr) -> None:
        """Make the node of an elementwise operation: a sum, a product, or a function of one operand."""
        operation = operation_of(e, self._grouped(e))
        sources = [self._node(operand) for operand in operation.operands]
        self._add(WiringNode(key, operation.kind, operation.label, self.phase, self._value(key, e)))
        stand_ins = [sympy.Dummy() for _ in sources]
        found = slopes(operation.function(*stand_ins), {})
        back = {stand_in: self.nodes[source].value for stand_in, source in zip(stand_ins, sources, strict=True)}
        for source, stand_in in zip(sources, stand_ins, strict=True):
            self._join(source, key, found.get(stand_in, sympy.S.Zero).xreplace(back))

    def _layer(self, key: str, kind: str, e: sympy.Expr, argument: sympy.Expr, label: str) -> None:
        """Make the node of a linear map, or of a function of one; its other terms but biases and numbers get nodes."""
        slope = sympy.S.One
        if e is not argument:
            stand_in = sympy.Dummy()
            held = {e.func(stand_in): self._value(key, e)}
            pre = self.graph.pre(key)
            slope = slopes(e.func(stand_in), held)[stand_in].xreplace({stand_in: pre.symbol if pre else argument})
        joined: list[tuple[str, Map | None]] = []
        for term in sympy.Add.make_args(argument):
            if term in self.maps:
                entry = self.maps[term]
                vector = self.vectors.get(entry.vector, entry.vector)
                joined.append((self._node(vector), entry))
            elif term not in self.graph.weights and not term.is_number:
                joined.append((self._node(term), None))
        self._add(WiringNode(key, kind, label, self.phase, self._value(key, e), slope))
        for source, entry in joined:
            self._join(source, key, slope, entry)

    def _constant(self, e: sympy.Expr) -> str:
        """Return how an expression over learned constants alone is written; nothing for others, and for long ones."""
        kinds = {self.graph.weights[s].kind if s in self.graph.weights else None for s in e.free_symbols}
        text = TextPrinter(self.graph).doprint(e) if kinds == {CONSTANT} else ""
        return text if len(text) <= LONGEST else ""

    def _grouped(self, e: sympy.Expr) -> tuple[sympy.Expr, ...]:
        """Return the operands of a sum or a product if some go together: what is constant, or a sum that has a node."""
        constant = [part for part in e.args if part.is_number or self._constant(part)]
        if not (e.is_Add or e.is_Mul) or len(constant) == len(e.args):
            return ()
        if any(not part.is_number for part in constant):
            return e.func(*constant), *(part for part in e.args if part not in constant)
        known = next((k for k in self.made if k.is_Add and e.is_Add and set(k.args) < set(e.args)), None)
        return (known, *(part for part in e.args if part not in known.args)) if known else ()

    def _letter(self, argument: sympy.Expr) -> str:
        """Return the letter of the weights of a linear map that stands alone."""
        kinds = [self.maps[term].weight.kind for term in sympy.Add.make_args(argument) if term in self.maps]
        return (RECURRENT_KERNEL if RECURRENT_KERNEL in kinds else kinds[0]).letter

    def _value(self, key: str, e: sympy.Expr) -> sympy.Expr:
        """Return how the value of a node is read: that of a quantity is recorded."""
        return symbols(key)[0] if key == self.phase else e

    def _add(self, node: WiringNode) -> None:
        if node.key in self.nodes:
            raise AssertionError(f"expected a key of its own for each node; got {node.key!r} twice")
        self.nodes[node.key] = node

    def _join(self, source: str, target: str, slope: sympy.Expr, entry: Map | None = None) -> None:
        self.edges.append(Edge(source, target, slope, entry))
