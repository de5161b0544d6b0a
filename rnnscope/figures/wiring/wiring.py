"""The wiring of a cell, from its equations: what one time step computes as nodes, and what flows where as edges.

Every number of the picture is an expression over recorded values. Forward, an edge carries the value of the node where
it begins; backward, what the loss's gradient at its end sends back through it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

import sympy

from rnnscope.cells import Cell
from rnnscope.cells.functions import facts_of
from rnnscope.cells.graph import Graph, Map, slopes
from rnnscope.cells.vocabulary import previous, symbols, x
from rnnscope.cells.weight_kinds import CONSTANT
from rnnscope.formulas import equations

MARKS = {"plus": "+", "times": "×"}


@dataclass(frozen=True)
class WiringNode:
    """One thing that a time step computes or reads.

    Attributes
    ----------
    key
        Its name; that of a quantity for the node that gives the quantity's value.
    kind
        `"input"` and `"previous"` (what enters), `"layer"` (a function of a linear map: a gate or candidate), `"map"`
        (a linear map alone), `"plus"`, `"times"`, `"unary"` (one operand), `"exit"` (a state that leaves).
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

    def out_of(self, key: str) -> list[Edge]:
        """Return the edges that begin at a node."""
        return [edge for edge in self.edges if edge.source == key]


@lru_cache(maxsize=64)
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
        for state in self.cell.states:
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
        if str(e) not in self.nodes:  # those that have a node already are read there, not from a quantity equal to them
            self.made[e] = key
        is_function = isinstance(e, sympy.Function) and len(e.args) == 1
        argument = e.args[0] if is_function else e
        if any(term in self.maps for term in sympy.Add.make_args(argument)):
            is_whole = is_function or key == self.phase
            label = _called(e) if is_function else "Σ" if is_whole else "U"
            self._layer(key, "layer" if is_whole else "map", e, argument, label)
        elif e in self.graph.weights:
            weight = self.graph.weights[e]
            self._add(WiringNode(key, "input", weight.name if weight.kind is CONSTANT else "b", self.phase, e))
        else:
            self._operation(key, e)
        return key

    def _operation(self, key: str, e: sympy.Expr) -> None:
        """Make the node of an elementwise operation: a sum, a product, or a function of one operand."""
        operation = _operation(e)
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
            slope = slopes(e.func(stand_in), held)[stand_in]
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

    def _value(self, key: str, e: sympy.Expr) -> sympy.Expr:
        """Return how the value of a node is read: that of a quantity is recorded."""
        return symbols(key)[0] if key == self.phase else e

    def _add(self, node: WiringNode) -> None:
        if node.key in self.nodes:
            raise AssertionError(f"expected a key of its own for each node; got {node.key!r} twice")
        self.nodes[node.key] = node

    def _join(self, source: str, target: str, slope: sympy.Expr, entry: Map | None = None) -> None:
        self.edges.append(Edge(source, target, slope, entry))


@dataclass(frozen=True)
class _Operation:
    """An elementwise operation: the kind and the label of its node, its operands, and their function."""

    kind: str
    label: str
    operands: tuple[sympy.Expr, ...]
    function: Callable[..., sympy.Expr]


def _operation(e: sympy.Expr) -> _Operation:
    """Return the operation that gives an expression; a number in it is part of the operation."""
    if e.is_number:
        return _Operation("unary", _short(e), (), lambda: e)
    number, rest = e.as_independent(*e.free_symbols) if e.is_Mul or e.is_Add else (None, e)
    if e.is_Mul and number != 1:
        return _Operation("unary", "−" if number == -1 else f"×{_short(number)}", (rest,), lambda v: number * v)
    if e.is_Add and number != 0:
        sign = -1 if rest.is_Mul and rest.as_coeff_Mul()[0] == -1 else 1
        label = f"{_short(number)}{'−' if sign < 0 else '+'}"
        return _Operation("unary", label, (sign * rest,), lambda v: number + sign * v)
    if e.is_Mul or e.is_Add:
        kind = "times" if e.is_Mul else "plus"
        return _Operation(kind, MARKS[kind], e.args, e.func)
    if e.is_Pow:
        label = {2: "( )²", -1: "1/"}.get(e.exp, f"( )^{_short(e.exp)}")
        return _Operation("unary", label, (e.base,), lambda v: v**e.exp)
    if isinstance(e, sympy.Function):
        return _Operation("unary", _called(e), e.args, e.func)
    return _Operation("unary", "=", (e,), lambda v: v)


def _called(function: sympy.Function) -> str:
    return facts_of(function).text


def _short(number: sympy.Expr) -> str:
    return f"{float(number):.3g}".replace("-", "−")
