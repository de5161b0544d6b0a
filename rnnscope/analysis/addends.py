"""The gradient of weights by time step: what each step read, times the gradient of what it computed from it.

A block of weights that multiplies a vector `v` has the gradient `∂L/∂W = Σ_t v_tᵀ·δ_t`, summed over samples too, where
`δ_t` is the gradient of the loss by the product `v_t·W`: that of the pre-activation, times the slope where something
else stands between. A bias reads ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.analysis.course import Course
from rnnscope.cells import Weight
from rnnscope.cells.graph import graph_of
from rnnscope.trace import Moment


@dataclass(frozen=True)
class Addends:
    """What the gradient of one block of weights is the sum of, over samples and time steps, in float64.

    Attributes
    ----------
    read
        What the block read, (sample, time, row); of a bias, and of what is multiplied unit by unit, ones.
    gradient
        The gradient of the loss by what the block gave, (sample, time, unit).
    """

    read: np.ndarray
    gradient: np.ndarray

    def at(self, time: int) -> np.ndarray:
        """Return what a time step adds to the gradient, (row, unit)."""
        return self.read[:, time].T @ self.gradient[:, time]

    def norms(self) -> np.ndarray:
        """Return the Frobenius norm of what each time step adds, (time,)."""
        return np.array([np.linalg.norm(self.at(time)) for time in range(self.read.shape[1])])

    def total(self) -> np.ndarray:
        """Return the gradient, (row, unit)."""
        return np.tensordot(self.read, self.gradient, axes=((0, 1), (0, 1)))

    def of(self, row: int, unit: int) -> np.ndarray:
        """Return what each time step adds to the gradient of one weight, (time,)."""
        return (self.read[..., row] * self.gradient[..., unit]).sum(axis=0)


def addends_of(moment: Moment, weight: Weight, *, one_sample: bool = False) -> Addends:
    """Return what the gradient of a block of weights is the sum of, at the epoch of a moment.

    The gradients of a trace are those of the mean loss over all samples of the training; the sum over the recorded
    samples is the whole gradient if all were recorded.

    Parameters
    ----------
    moment
        Its epoch is meant, in its layer.
    weight
        The block.
    one_sample
        Whether only the moment's sample is meant, not all that were recorded.

    Raises
    ------
    ValueError
        If no gradients were recorded, or not what the block reads.
    """
    graph = graph_of(moment.layer.cell, any(name != "x" for name in moment.layer.dropout))
    course = Course(moment, graph, all_samples=not one_sample)
    leaf = weight.product if weight.kind.has_vector else weight.symbol
    readers = [r for node in graph.nodes if node.kind != "inner" for r in graph.reads(node) if r.leaf == leaf]
    gradient = sum(course.evaluate(r.node.symbol.gradient * graph.expanded(r.slope)) for r in readers)
    read = np.ones((*gradient.shape[:-1], 1))
    if weight.kind.is_matrix:
        read = course.of(graph.map_of(weight.product).vector)
    elif weight.kind.has_vector:
        gradient = gradient * course.of(graph.map_of(weight.product).vector)
    return Addends(read[None], gradient[None]) if one_sample else Addends(read, gradient)
