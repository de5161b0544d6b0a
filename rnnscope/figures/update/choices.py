"""Which block of weights is shown, and which of its weights is followed."""

from __future__ import annotations

from typing import Any

from rnnscope.cells import Cell, Weight
from rnnscope.cells.weight_kinds import EMBEDDINGS
from rnnscope.checks import describe, positive_int
from rnnscope.trace import LayerTrace, Trace


def is_taught(layer: LayerTrace) -> bool:
    """Say whether the weights of a layer are read at every time step: those of a cell, or the rows of a table."""
    return layer.is_recurrent or layer.is_table


def names_of_blocks(trace: Trace) -> list[str]:
    """Return the names of the blocks of weights of all layers that read some at every time step."""
    layers = [layer for layer in map(trace.__getitem__, trace.layers) if is_taught(layer)]
    return list(dict.fromkeys(name for layer in layers for name in blocks_in(layer)))


def blocks_in(layer: LayerTrace) -> list[str]:
    """Return the names of the blocks of weights of a recurrent layer, or of the table of an embedding."""
    return [EMBEDDINGS.letter] if layer.is_table else [weight.name for weight in layer.cell.weights]


def checked_weight(weight: Any) -> tuple[int, int] | None:
    """Return the row and the unit of a weight, or None."""
    if weight is None:
        return None
    if not isinstance(weight, tuple | list) or len(weight) != 2:
        raise TypeError(f"weight: expected a row and a unit, such as (0, 3); got {describe(weight)}")
    return positive_int("weight: row", weight[0], 0), positive_int("weight: unit", weight[1], 0)


def weight_called(cell: Cell, block: str) -> Weight:
    """Return the weights of a block in the declaration."""
    return next(weight for weight in cell.weights if weight.name == block)
