"""The way forward: what one time step computes, in the order of the declaration."""

from __future__ import annotations

from rnnscope.cells.graph import Graph, Map
from rnnscope.cells.vocabulary import x
from rnnscope.engine.layout import Layout
from rnnscope.engine.statements import Statement, runs, span
from rnnscope.engine.writer import Writer


def write_forward(graph: Graph, layout: Layout) -> dict[str, list[Statement]]:
    """Write `project_input` and `forward`: each map follows at once when the vector that it reads is known.

    A quantity that is held takes its other value before anything reads it.
    """
    step = Writer(layout.__getitem__)
    computed = {node.symbol for node in graph.nodes}
    _write_maps(step, layout, [m for m in graph.maps if m.vector != x and m.vector not in computed])
    for node in graph.nodes:
        step.assign(node.expression, layout[node.symbol])
        if (hold := layout.hold(node.symbol)) is not None:
            step.emit("hold", layout[node.symbol], *hold)
        _write_maps(step, layout, [entry for entry in graph.maps if entry.vector == node.symbol])
    return {"project_input": _project_input(graph, layout), "forward": step.statements}


def _project_input(graph: Graph, layout: Layout) -> list[Statement]:
    """Write the maps of the input: one product for all time steps."""
    writer = Writer(layout.__getitem__)
    rows = writer.emit("to_rows", layout.rows(layout[x]), layout[x])
    for run in _runs(layout, [entry for entry in graph.maps if entry.vector == x]):
        result = span([layout[entry.result] for entry in run])
        weight = span([layout.weight(entry.weight) for entry in run])
        writer.emit("from_rows", result, writer.emit("rows_product", layout.rows(result), rows, weight))
    return writer.statements


def _write_maps(writer: Writer, layout: Layout, entries: list[Map]) -> None:
    """Write linear maps; those of one vector with neighbouring columns are one matrix product."""
    for run in _runs(layout, entries):
        weight = span([layout.weight(entry.weight) for entry in run])
        result = span([layout[entry.result] for entry in run])
        operation = "product" if run[0].weight.kind.is_matrix else "multiply"
        writer.emit(operation, result, layout[run[0].vector], weight)


def _runs(layout: Layout, entries: list[Map]) -> list[list[Map]]:
    """Return maps with matrices of neighbouring columns together, each other one by itself."""

    def joins(a: Map, b: Map) -> bool:
        return a.weight.kind.is_matrix and a.vector == b.vector and layout[a.result].touches(layout[b.result])

    return runs(sorted(entries, key=lambda entry: layout[entry.result].base), joins)
