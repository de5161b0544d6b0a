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

TURNS = 60
"""So often a vector is turned towards the strongest pattern of a matrix."""

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
    def orders(self) -> tuple[np.ndarray, dict[int, np.ndarray]]:
        """The order of the rows of the main kernel, and that of the units of each quantity, by its place.

        They are those of the strongest pattern in the change until the last kept epoch: of its first pair of singular
        vectors. So weights that changed alike stand side by side.
        """
        history, change = self.history, np.nan_to_num(finite(self.at(int(self.history.epochs[-1]))[self.main]))
        left, right = leading_vectors(change.astype(float))
        places, units = history.columns(self.main), history.layer.units
        blocks = dict(zip(places, right.reshape(len(places), units), strict=True))
        natural = np.arange(units)
        count = len(history.layer.quantities)
        columns = {k: np.argsort(-blocks[k], kind="stable") if k in blocks else natural for k in range(count)}
        is_square = self.main[0] == RECURRENT_KERNEL.name
        return np.argsort(-left, kind="stable") if is_square else np.arange(len(left)), columns

    def ordered(self, row: BlockRow, values: np.ndarray) -> np.ndarray:
        """Return the weights of a row of blocks with rows and columns in these orders."""
        rows, columns = self.orders
        units = self.history.layer.units
        places = [columns[k] + n * units for n, k in enumerate(self.history.columns(row))]
        values = values[rows] if row[0] == RECURRENT_KERNEL.name and len(rows) == len(values) else values
        return values[:, np.concatenate(places)]

    @cached_property
    def largest_singular(self) -> float:
        """The largest singular value of the main kernel at some kept epochs, the first and the last among them."""
        epochs = self.history.epochs[evenly_spaced(len(self.history.epochs), MOST_SPECTRA)]
        return max(float(self.singular_values(epoch)[0]) for epoch in epochs.tolist()) or 1.0

    def _singular_values(self, epoch: int) -> np.ndarray:
        """Return the singular values of the main kernel, all of its quantities side by side, the largest first."""
        kernel = np.nan_to_num(finite(self.history.at(epoch)[self.main])).astype(float)
        squares = np.linalg.eigvalsh(kernel @ kernel.T)[::-1]  # several times as quick as the decomposition itself
        return np.sqrt(np.maximum(squares, 0))

    def _sorted_at(self, epoch: int) -> dict[BlockRow, np.ndarray]:
        """Return W − W₀ by row of blocks, in these orders."""
        return {row: self.ordered(row, change) for row, change in self.at(epoch).items()}


def leading_vectors(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first left and right singular vector of a matrix, by turning one until it stays; zero for no pattern.

    Their signs are such that the largest number of the right one is positive.

    Examples
    --------
    >>> left, right = leading_vectors(np.outer([1.0, -2.0], [3.0, 0.0, 4.0]))
    >>> right.round(3).tolist()
    [0.6, 0.0, 0.8]
    """
    largest = float(np.abs(matrix).max(initial=0.0))
    if not largest:
        return np.zeros(matrix.shape[0]), np.zeros(matrix.shape[1])
    matrix = matrix / largest
    right = matrix[np.argmax(np.einsum("ij,ij->i", matrix, matrix))]
    for _ in range(TURNS):
        right = matrix.T @ (matrix @ (right / np.linalg.norm(right)))
    right = right / np.linalg.norm(right)
    right = right * np.sign(right[np.argmax(np.abs(right))])
    left = matrix @ right
    return left / np.linalg.norm(left), right
