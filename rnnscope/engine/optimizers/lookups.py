"""What the gradient of a table is the sum of: tokens are looked up in it, most of them more than once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lookups:
    """The gradients of what was looked up in a table; that of a row is the sum of those of its look-ups.

    As in Keras on TensorFlow, what stands for the square of the gradient of a row, in optimizers that take it, is the
    sum of the squares of its look-ups.

    Attributes
    ----------
    part
        The range of the flat weights in which the table lies, row by row.
    rows
        The numbers of the rows, in any shape.
    values
        The gradients, with an axis of units behind those of `rows`.
    """

    part: slice
    rows: np.ndarray
    values: np.ndarray

    def sums(self, like: np.ndarray) -> np.ndarray:
        """Return the gradients of all rows, flat."""
        return self._added(self.values, like)

    def squares(self, like: np.ndarray) -> np.ndarray:
        """Return the sums of squares for all rows, flat."""
        return self._added(np.square(self.values), like)

    def _added(self, values: np.ndarray, like: np.ndarray) -> np.ndarray:
        table = np.zeros(self.part.stop - self.part.start, like.dtype)
        np.add.at(table.reshape(-1, values.shape[-1]), self.rows, values)
        return table


def squared(g: np.ndarray, squares: np.ndarray | None, room: np.ndarray) -> np.ndarray:
    """Return the squares of gradients, or what stands for them, in an array of room."""
    if squares is None:
        return np.multiply(g, g, out=room)
    np.copyto(room, squares)
    return room
