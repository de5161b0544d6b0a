"""The table of a race: a row per cell, over all its seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.checks import one_of
from rnnscope.languages import tr
from rnnscope.numbers import written
from rnnscope.races.run import Run
from rnnscope.words import in_columns

if TYPE_CHECKING:
    import pandas

NOTHING = "–"
"""What stands where there is no number."""


@dataclass(frozen=True)
class Row:
    """What the runs of one cell came to.

    Attributes
    ----------
    cell
        The cell.
    parameters
        How many parameters its net has.
    runs
        How many runs came to an end.
    failed
        How many did not.
    solved
        How many solved the task.
    share
        The share of these in those that came to an end; NaN if none did.
    score
        The mean of their last scores; NaN if there is none.
    spread
        The standard deviation of these, NaN if there are not two.
    epochs
        The median of the epochs after which it was seen that the task is solved, over the runs that solved it; NaN if
        none did.
    """

    cell: str
    parameters: int
    runs: int
    failed: int
    solved: int
    share: float
    score: float
    spread: float
    epochs: float


@dataclass(frozen=True)
class Table:
    """A row per cell, in the order in which they were named; `table["GRU"]` is one of them.

    Attributes
    ----------
    rows
        The rows.
    measure
        What the score is, such as `error`.
    """

    rows: tuple[Row, ...]
    measure: str

    def __getitem__(self, cell: str) -> Row:
        rows = {row.cell: row for row in self.rows}
        return rows[one_of("table", cell, rows)]

    def __str__(self) -> str:
        head = (tr("cell"), tr("parameters"), tr("solved"), tr(self.measure), tr("spread"), tr("epochs to solve"))
        return in_columns([head, *map(_words, self.rows)])

    __repr__ = __str__

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows as a pandas table; needs the extra `pandas`."""
        from rnnscope.interop.extras import library

        return library("pandas", "pandas", "to_pandas").DataFrame([asdict(row) for row in self.rows])


def row_of(cell: str, parameters: int, runs: Sequence[Run]) -> Row:
    """Return the row of a cell.

    Parameters
    ----------
    cell
        The cell.
    parameters
        How many parameters its net has.
    runs
        Its runs, those that failed too.
    """
    ended = [run for run in runs if run.failure is None]
    solved, scores = [run for run in ended if run.is_solved], [run.score for run in ended]
    return Row(
        cell,
        parameters,
        len(ended),
        len(runs) - len(ended),
        len(solved),
        len(solved) / len(ended) if ended else float("nan"),
        float(np.mean(scores)) if scores else float("nan"),
        float(np.std(scores, ddof=1)) if len(scores) > 1 else float("nan"),
        _median(run.epochs for run in solved),
    )


def _median(values: Iterable[float]) -> float:
    found = list(values)
    return float(np.median(found)) if found else float("nan")


def _words(row: Row) -> tuple[str, ...]:
    """Return a row as it is printed."""
    parts = {"solved": row.solved, "runs": row.runs}
    solved = tr("{solved} of {runs}", **parts)
    if row.failed:
        solved = tr("{solved} of {runs}, {failed} failed", failed=row.failed, **parts)
    numbers = (NOTHING if np.isnan(value) else written(value) for value in (row.score, row.spread, row.epochs))
    return row.cell, f"{row.parameters:,}", solved, *numbers
