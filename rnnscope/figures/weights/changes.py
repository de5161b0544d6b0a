"""How the weights of a layer differ from those of the first kept epoch, in an order that shows their pattern."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.cells.weight_kinds import KERNEL, RECURRENT_KERNEL
from rnnscope.figures.scale import finite
from rnnscope.trace.record import evenly_spaced

if TYPE_CHECKING:
    from rnnscope.figures.weight_blocks import BlockRow
    from rnnscope.figures.weights.history import WeightHistory

MIDDLE = 0.99
"""The colours of a change reach over this part of the weights."""

FEW_ROWS = 16
"""So many inputs keep their order."""

MOST_SPECTRA = 8
"""The largest singular value is looked for at so many epochs at most."""


class Changes:
    """How the weights of a layer differ from those of the first kept epoch.

    Attributes
    ----------
    history
        The weights.
    main
        The row of blocks whose pattern gives the order: the recurrent kernel, or what reads the input.
    """

    def __init__(self, history: WeightHistory) -> None:
        self.history = history
        kinds = {row[0]: row for row in history.rows[::-1]}
        self.main: BlockRow = kinds.get(RECURRENT_KERNEL.name) or kinds.get(KERNEL.name) or history.rows[0]
        self.sorted_at = lru_cache(maxsize=4)(self._sorted_at)
        self.singular_values = lru_cache(maxsize=256)(self._singular_values)

    def at(self, epoch: int) -> dict[BlockRow, np.ndarray]:
        """Return W − W₀ by row of blocks, (row, column), in the order of the weights."""
        now, start = self.history.at(epoch), self.history.at(self.history.first)
        with np.errstate(invalid="ignore", over="ignore"):
            return {row: values - start[row] for row, values in now.items()}

    @cached_property
    def limits(self) -> dict[BlockRow, float]:
        """The size that all but the largest changes of each row stay below, at every kept epoch."""
        found = dict.fromkeys(self.history.rows, 0.0)
        for epoch in self.history.epochs.tolist():
            for row, change in self.at(epoch).items():
                known = np.abs(change[np.isfinite(change)])
                found[row] = max(found[row], float(np.quantile(known, MIDDLE)) if known.size else 0.0)
        return {row: limit or 1.0 for row, limit in found.items()}

    @cached_property
    def columns(self) -> np.ndarray:
        """The order of the units of each quantity, (quantity, unit): by the strongest pattern of the change.

        That is the first right singular vector of the main kernel's change until the last kept epoch: weights that
        changed alike stand side by side. A quantity that the main kernel is not for keeps its order.
        """
        return np.argsort(-self._pattern, axis=1, kind="stable")

    @cached_property
    def rows(self) -> dict[BlockRow, np.ndarray]:
        """The order of the rows of each map: by what the pattern is in them, but that of a few inputs is kept."""
        found = {}
        for row, change in self._last.items():
            is_sorted = row[0] == RECURRENT_KERNEL.name or len(change) > FEW_ROWS
            along = change @ self._pattern[self.history.columns(row)].ravel()
            found[row] = np.argsort(-along, kind="stable") if is_sorted else np.arange(len(change))
        return found

    @cached_property
    def _last(self) -> dict[BlockRow, np.ndarray]:
        return {row: np.nan_to_num(finite(c.astype(float))) for row, c in self.at(int(self.history.epochs[-1])).items()}

    @cached_property
    def _pattern(self) -> np.ndarray:
        """The first right singular vector of the main kernel's change, (quantity, unit)."""
        layer, places = self.history.layer, self.history.columns(self.main)
        found = np.zeros((len(layer.quantities), layer.units))
        found[places] = leading_vector(self._last[self.main]).reshape(len(places), layer.units)
        return found

    def ordered(self, row: BlockRow, values: np.ndarray) -> np.ndarray:
        """Return the weights of a row of blocks with rows and columns in these orders."""
        units = self.history.layer.units
        places = [self.columns[k] + n * units for n, k in enumerate(self.history.columns(row))]
        return values[self.rows[row]][:, np.concatenate(places)]

    @cached_property
    def largest_singular(self) -> float:
        """The largest singular value of the main kernel at some kept epochs, the first and the last among them."""
        epochs = self.history.epochs[evenly_spaced(len(self.history.epochs), MOST_SPECTRA)]
        return max(float(self.singular_values(epoch)[0]) for epoch in epochs.tolist()) or 1.0

    def _singular_values(self, epoch: int) -> np.ndarray:
        """Return the singular values of the main kernel, all of its quantities side by side, the largest first."""
        kernel = np.nan_to_num(finite(self.history.at(epoch)[self.main]))
        squares = np.linalg.eigvalsh(kernel @ kernel.T)[::-1]  # several times as quick as the decomposition itself
        return np.sqrt(np.maximum(squares, 0))

    def _sorted_at(self, epoch: int) -> dict[BlockRow, np.ndarray]:
        """Return W − W₀ by row of blocks, in these orders."""
        return {row: self.ordered(row, change) for row, change in self.at(epoch).items()}


def leading_vector(matrix: np.ndarray) -> np.ndarray:
    """Return the first right singular vector of a matrix, its largest number positive; zero if all numbers are.

    Examples
    --------
    >>> import numpy as np
    >>> leading_vector(np.outer([1.0, -2.0], [3.0, 1.5, 4.0])).round(3).tolist()
    [0.575, 0.287, 0.766]
    """
    largest = float(np.abs(matrix).max(initial=0.0))
    if not largest:
        return np.zeros(matrix.shape[1])
    matrix = matrix / largest
    left = np.linalg.eigh(matrix @ matrix.T)[1][:, -1]  # quicker than the decomposition of the whole
    right = left @ matrix
    return right / np.linalg.norm(right) * np.sign(right[np.argmax(np.abs(right))])
