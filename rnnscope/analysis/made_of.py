"""What a quantity is made of in the same time step."""

from __future__ import annotations

from collections.abc import Iterator

from rnnscope.cells import Cell, Weight
from rnnscope.cells.caches import derived
from rnnscope.cells.graph import Graph, graph_of
from rnnscope.cells.refs import Symbol
from rnnscope.cells.weight_kinds import RECURRENT_KERNEL


def levels(cell: Cell, quantity: str) -> Iterator[list[str]]:
    """Go from a quantity to those that it reads in the same time step, to those that these read, and so on.

    Each comes once, at its shortest distance; those of one level are in the order of the declaration.

    Examples
    --------
    >>> import rnnscope as rs
    >>> list(levels(rs.cells.build("LSTM"), "h"))
    [['h'], ['o', 'c'], ['i', 'f', 'g']]
    """
    graph, level, seen = graph_of(cell), {quantity}, set()
    while level:
        yield [name for name in cell.names if name in level]
        seen |= level
        level = {name for of in level for name in _read(graph, of)} - seen


@derived(maxsize=256)
def main_weight(cell: Cell, quantity: str) -> Weight:
    """Return the block of weights of a quantity that stands first: its recurrent kernel, or else its first one.

    A quantity without weights is made of others: of these, the nearest that has some.

    Examples
    --------
    >>> import rnnscope as rs
    >>> [main_weight(rs.cells.build(name), "h").name for name in ("LSTM", "GRU", "MinGRU")]
    ['U_o', 'U_z', 'W_z']
    """
    near = (name for level in levels(cell, quantity) for name in level)
    blocks = ([weight for weight in cell.weights if weight.quantity == name] for name in near)
    own = next((found for found in blocks if found), cell.weights)
    return next((weight for weight in own if weight.kind is RECURRENT_KERNEL), own[0])


def _read(graph: Graph, quantity: str) -> set[str]:
    """Return the quantities of the same time step that one reads, through weights or not."""
    nodes = [graph.value(quantity), graph.pre(quantity)]
    refs = [reader.source.ref for node in nodes if node for reader in graph.reads(node)]
    refs += [r.source.ref for ref in refs if ref.kind == "vector" for r in graph.reads(graph[Symbol(ref)])]
    return {ref.of for ref in refs if ref.kind == "value" and ref.shift == 0}
