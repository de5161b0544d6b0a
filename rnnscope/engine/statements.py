"""Statements of one pass: operations on slots of arrays, and the fusion of equal statements on adjacent columns.

The gates of a cell lie side by side in one array, a column per quantity. What is the same for neighbours (adding the
bias, a sigmoid) is first written per quantity and then fused: two statements with the same operation whose operands are
adjacent columns become one, wherever the order of reads and writes allows it.

A statement says what is done, not with what library: a backend turns statements into a function. Operations are the
names of elementwise functions, `add`, `subtract`, `multiply`, `divide`, `sqrt`, `power`, and those of `STRUCTURAL`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

STRUCTURAL = {
    "product": "vector · matrix, one time step",
    "product_back": "gradient · matrixᵀ, one time step",
    "product_weights": "vectorᵀ · gradient, summed over all rows",
    "rows_product": "vectors · matrix, all rows",
    "rows_product_back": "gradients · matrixᵀ, all rows",
    "to_rows": "(time, column, sample) copied to rows (time × sample, column)",
    "from_rows": "rows copied back to (time, column, sample)",
    "sum_rows": "the sum over all rows",
    "fill": "a number everywhere",
    "copy": "a copy",
    "hold": "another value where a quantity is not free; elsewhere it stays as it is",
}
"""What is no elementwise function of its operands, and so never fused."""


@dataclass(frozen=True)
class Slot:
    """A run of columns of an array; a column is as wide as the layer has units."""

    base: str
    start: int = 0
    stop: int = 1

    def overlaps(self, other: Slot) -> bool:
        """Say whether the two share a column."""
        return self.base == other.base and self.start < other.stop and other.start < self.stop

    def touches(self, other: Slot) -> bool:
        """Say whether the other one begins where this one ends."""
        return self.base == other.base and self.stop == other.start

    def joined(self, other: Slot) -> Slot:
        """Return this run and the next one as one."""
        return Slot(self.base, self.start, other.stop)


Operand = Slot | float


@dataclass(frozen=True)
class Statement:
    """One operation: `write` becomes `operation(*reads)`."""

    operation: str
    write: Slot
    reads: tuple[Operand, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The slots that it reads."""
        return tuple(operand for operand in self.reads if isinstance(operand, Slot))

    def conflicts(self, other: Statement) -> bool:
        """Say whether the order of the two matters: one writes what the other reads or writes."""
        written_here = any(slot.overlaps(self.write) for slot in (*other.slots, other.write))
        return written_here or any(slot.overlaps(other.write) for slot in self.slots)

    def fuses(self, right: Statement) -> bool:
        """Say whether `right` is the same elementwise operation on the columns next to these."""
        if self.operation != right.operation or self.operation in STRUCTURAL or len(self.reads) != len(right.reads):
            return False
        pairs = zip((*self.reads, self.write), (*right.reads, right.write), strict=True)
        return all(a.touches(b) if isinstance(a, Slot) and isinstance(b, Slot) else a == b for a, b in pairs)

    def fused(self, right: Statement) -> Statement:
        """Return the two as one statement."""
        pairs = zip(self.reads, right.reads, strict=True)
        reads = tuple(a.joined(b) if isinstance(a, Slot) else a for a, b in pairs)
        return Statement(self.operation, self.write.joined(right.write), reads)


def fuse(statements: list[Statement]) -> list[Statement]:
    """Bring equal statements on neighbouring columns together: first as early as possible, then as late."""
    return _gather(_gather(statements)[::-1])[::-1]


def _gather(statements: list[Statement]) -> list[Statement]:
    """Move each statement to the nearest one before it that it fuses with, past others whose order does not matter."""
    result: list[Statement] = []
    for statement in statements:
        for k in range(len(result) - 1, -1, -1):
            if result[k].fuses(statement) or statement.fuses(result[k]):
                left, right = (result[k], statement) if result[k].fuses(statement) else (statement, result[k])
                result[k] = left.fused(right)
                break
            if statement.conflicts(result[k]):
                result.append(statement)
                break
        else:
            result.append(statement)
    return result


def runs(entries: Iterable[T], joins: Callable[[T, T], bool]) -> list[list[T]]:
    """Split entries into runs of neighbours that join."""
    result: list[list[T]] = []
    for entry in entries:
        if result and joins(result[-1][-1], entry):
            result[-1].append(entry)
        else:
            result.append([entry])
    return result


def span(slots: list[Slot]) -> Slot:
    """Return a run of adjacent slots as one."""
    return slots[0].joined(slots[-1])
