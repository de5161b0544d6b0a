"""Layers that make one vector of all time steps, or drop features at all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnscope.engine.dropout import draw
from rnnscope.engine.plain import DropoutRunner, Plain
from rnnscope.engine.tape import Given

Tape = Mapping[str, np.ndarray]


@dataclass
class AverageRunner(Plain):
    """Puts out the mean over the time steps that count; the share of each step in it is on the tape."""

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        return {"share": (steps, 1, samples), **super().shapes(steps, samples, gradients)}

    def mask(self, mask: np.ndarray | None, x: np.ndarray) -> None:
        """Return nothing: a vector has no time steps."""

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the mean."""
        counts = np.ones(x.shape[::2]) if given.mask is None else given.mask
        np.divide(counts, counts.sum(axis=0), out=tape["share"][:, 0], casting="unsafe")
        return (x * tape["share"]).sum(axis=0)

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> np.ndarray:
        """Return the gradient of the input."""
        return d_y * tape["share"]


@dataclass
class MaximumRunner(Plain):
    """Puts out the largest number of every feature over all time steps."""

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the largest numbers."""
        return x.max(axis=0)

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> np.ndarray:
        """Return the gradient of the input: time steps with the same largest number share it, as in TensorFlow."""
        is_largest = x == tape["y"]
        return is_largest * (d_y / is_largest.sum(axis=0))


@dataclass
class SpatialDropoutRunner(DropoutRunner):
    """Sets a share of the features to zero in training, each at all time steps of a sequence."""

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the input times a new mask."""
        kept = tape["keep_x"]
        kept[1:] = draw(kept[:1], self.rate, given.dropping)
        return x * kept
