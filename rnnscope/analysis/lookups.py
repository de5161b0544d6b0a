"""The gradient of the table of an embedding by time step: what came back to the rows that each step looked up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.trace import Moment


@dataclass(frozen=True)
class Lookups:
    """What the gradient of a table is the sum of, over samples and time steps, in float64.

    It answers what `Addends` does: a look-up is a product with a vector that is 1 at the token and 0 elsewhere.

    Attributes
    ----------
    tokens
        The number of the row that was looked up, (sample, time).
    gradient
        The gradient of the loss by what was found there, (sample, time, unit).
    rows
        The number of rows of the table.
    """

    tokens: np.ndarray
    gradient: np.ndarray
    rows: int

    def at(self, time: int) -> np.ndarray:
        """Return what a time step adds to the gradient, (row, unit)."""
        return _added(self.tokens[:, time], self.gradient[:, time], self.rows)

    def norms(self) -> np.ndarray:
        """Return the Frobenius norm of what each time step adds, (time,)."""
        found = []
        for tokens, gradient in zip(self.tokens.T, np.moveaxis(self.gradient, 1, 0), strict=True):
            rows, places = np.unique(tokens, return_inverse=True)  # the others are zero
            found.append(np.linalg.norm(_added(places, gradient, len(rows))))
        return np.array(found)

    def total(self) -> np.ndarray:
        """Return the gradient, (row, unit)."""
        return _added(self.tokens.ravel(), self.gradient.reshape(-1, self.gradient.shape[-1]), self.rows)

    def of(self, row: int, unit: int) -> np.ndarray:
        """Return what each time step adds to the gradient of one weight, (time,)."""
        return np.where(self.tokens == row, self.gradient[..., unit], 0.0).sum(axis=0)


def lookups_of(moment: Moment, *, one_sample: bool = False) -> Lookups:
    """Return what the gradient of an embedding's table is the sum of, at the epoch of a moment.

    Parameters
    ----------
    moment
        Its epoch is meant, in its layer.
    one_sample
        Whether only the moment's sample is meant, not all that were recorded.

    Raises
    ------
    ValueError
        If no gradients were recorded.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.Embedding(5, 2), rs.GRU(3), rs.Dense(1)])
    >>> model.compile()
    >>> trace = model.trace([[1, 4, 1]], [[1.0]])
    >>> lookups_of(rs.Cursor(layer="embedding").at(trace)).total().any(axis=1).tolist()
    [False, True, False, False, True]
    """
    layer, samples = moment.layer, slice(moment.sample, moment.sample + 1) if one_sample else slice(None)
    gradient = layer.grad[layer.output][moment.place, samples].astype(float)
    return Lookups(layer.x[moment.place, samples].astype(int), gradient, layer.options["input_dim"])


def tokens_read(moment: Moment) -> set[int]:
    """Return the tokens that stand in the recorded samples; 0 is not among them if it stands for nothing."""
    layer = moment.layer
    return set(layer.x[moment.place].astype(int).ravel().tolist()) - ({0} if layer.options["mask_zero"] else set())


def _added(rows: np.ndarray, gradient: np.ndarray, count: int) -> np.ndarray:
    """Return the sums of what came back to each of so many rows, (row, unit)."""
    found = np.zeros((count, gradient.shape[-1]))
    np.add.at(found, rows, gradient)
    return found
