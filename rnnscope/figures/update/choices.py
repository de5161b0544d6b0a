"""Which block of weights is shown, and which of its weights is followed."""

from __future__ import annotations

from typing import Any

from rnnscope.cells import Cell, Weight
from rnnscope.checks import describe, positive_int
from rnnscope.trace import Trace


def names_of_blocks(trace: Trace) -> list[str]:
    """Return the names of the blocks of weights of all recurrent layers."""
    return list(dict.fromkeys(weight.name for layer in trace.recurrent_layers for weight in layer.cell.weights))


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
