"""What a block of weights was taught at an epoch, and the step that was then taken, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnscope.analysis.addends import Addends, addends_of
from rnnscope.analysis.lookups import Lookups, lookups_of
from rnnscope.cells import Weight
from rnnscope.figures.weight_blocks import Block
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment, Trace

MOST_IN_ORDER = 12
"""More rows or units of a block are sorted by their largest gradient."""

MOST_TOKENS = 20
"""Of a table so many rows are shown: those with the largest gradient."""


@dataclass(frozen=True)
class Lesson:
    """The gradient of a block of weights at one epoch.

    Attributes
    ----------
    addends
        What it is the sum of; of the table of an embedding, the look-ups.
    gradient
        The gradient, (row, unit).
    norms
        The norm of what each time step adds, (time,).
    rows, columns
        The numbers of the rows and units in the order in which they are shown.
    """

    addends: Addends | Lookups
    gradient: np.ndarray
    norms: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    @cached_property
    def norm(self) -> float:
        """The norm of the gradient."""
        return float(norm_of(self.gradient.ravel()))

    @cached_property
    def limit(self) -> float:
        """The largest size in the gradient."""
        return float(np.abs(self.gradient[np.isfinite(self.gradient)]).max(initial=0.0))

    @cached_property
    def shown(self) -> np.ndarray:
        """The gradient as parts of its largest size, in the order in which it is shown."""
        return (self.gradient / (self.limit or 1.0)).astype(np.float32)[np.ix_(self.rows, self.columns)]

    def place(self, row: int, unit: int) -> tuple[int, int] | None:
        """Return where a weight is in that order; None if its row is not shown."""
        rows = np.flatnonzero(self.rows == row)
        return (int(rows[0]), int(np.flatnonzero(self.columns == unit)[0])) if len(rows) else None


@dataclass(frozen=True)
class Taken:
    """The step from the weights of a block at one epoch to those that were kept next.

    Attributes
    ----------
    epoch, later
        The two epochs; `later` is None if no weights were kept after the first.
    before, after
        The weights, (row, unit); None if they were not kept.
    steps
        How many steps of the optimizer lie in between; 0 if that is not known.
    """

    epoch: int
    later: int | None
    before: np.ndarray | None
    after: np.ndarray | None
    steps: int

    @property
    def change(self) -> np.ndarray | None:
        """How far the weights moved, (row, unit); None if that is not known."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def rows(self) -> np.ndarray | None:
        """How far each row moved: the norm of its change, (row,); None if that is not known."""
        return None if self.change is None else norm_of(self.change)


@dataclass(frozen=True)
class UpdateData:
    """What the view shows.

    Attributes
    ----------
    lesson
        The gradient of the block and its addends; None if no gradients were recorded.
    taken
        The step that was taken.
    row, unit
        The chosen weight.
    """

    lesson: Lesson | None
    taken: Taken
    row: int
    unit: int


def is_sorted(count: int) -> bool:
    """Say whether so many rows or units are sorted."""
    return count > MOST_IN_ORDER


def lesson_of(moment: Moment, weight: Weight | None, *, one_sample: bool) -> Lesson:
    """Return the gradient of a block at the epoch of a moment; many rows or units are sorted by their largest ones.

    Without a block, it is that of the table of an embedding, and of many rows some are shown.
    """
    if weight is None:
        addends, most = lookups_of(moment, one_sample=one_sample), MOST_TOKENS
    else:
        addends, most = addends_of(moment, weight, one_sample=one_sample), None
    gradient = addends.total()
    sizes = np.where(np.isfinite(gradient), np.abs(gradient), 0.0)
    rows, columns = (
        np.argsort(-largest, kind="stable") if is_sorted(len(largest)) else np.arange(len(largest))
        for largest in (sizes.max(axis=1), sizes.max(axis=0))
    )
    return Lesson(addends, gradient, addends.norms(), rows[:most], columns)


def taken_at(moment: Moment, block: Block) -> Taken:
    """Return the step that was taken from the weights of a moment's epoch to those that were kept next."""
    trace, epoch = moment.trace, moment.epoch
    kept = trace.snapshots.epochs
    later = kept[kept > epoch]
    end = int(later[0]) if len(later) else None

    def weights(at: int | None) -> np.ndarray | None:
        return block.of(moment.layer.weights(at)).astype(float) if at in kept else None

    steps = trace.training.get("steps", 0) * (end - epoch) if end is not None else 0
    return Taken(epoch, end, weights(epoch), weights(end), steps)


def last_before_others(traces: Sequence[Trace]) -> int | None:
    """Return the last recorded epoch of all traces after which weights were kept; None if there is none."""
    kept = [set(trace.snapshots.epochs[:-1].tolist()) & set(trace.epochs.tolist()) for trace in traces]
    return max(set.intersection(*kept), default=None)
