"""The tape: the arrays of one pass through one layer, which are at the same time its recording."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Place:
    """Where one recorded thing lies on a tape.

    Attributes
    ----------
    base
        Name of the array.
    columns
        First and last column (exclusive), in numbers of the layer's width.
    has_start
        Whether it has one more row in front, the state before the first step.
    """

    base: str
    columns: slice
    has_start: bool = False


class Runner(Protocol):
    """What computes a layer: shapes of its tape, a pass forward and a pass back.

    Sequences are time-major here, shaped (time, sample, feature), so that a time step is one block of memory.
    """

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape, or only of its forward half."""

    def places(self) -> dict[str, Place]:
        """Return where everything that can be recorded lies: `value/f`, `pre/f`, `grad/f`, `grad/x` …"""

    def biases(self) -> dict[str, np.ndarray]:
        """Return the bias of every pre-activation, as views of the weights: `bias/f`, `recurrent_bias/g` …"""

    def forward(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Fill the forward half of the tape and return the output."""

    def backward(self, tape: Mapping[str, np.ndarray], x: np.ndarray, d_output: np.ndarray) -> np.ndarray:
        """Fill the backward half of the tape and the gradients of the weights, and return that of `x`."""


def allocate(shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype) -> dict[str, np.ndarray]:
    """Return new arrays of the given shapes."""
    return {name: np.zeros(shape, dtype) for name, shape in shapes.items()}


def first_nonfinite(tape: Mapping[str, np.ndarray], places: Mapping[str, Place], names: Iterable[str]) -> tuple | None:
    """Return `(name, time step)` of the first NaN or infinity among `names`, earliest time step first, or None.

    For gradients, which are computed from the last step to the first, pass the tape's names of kind `grad…`: the latest
    time step is then the first.
    """
    names = list(names)
    if all(
        np.isfinite(np.dot(flat, flat))
        for flat in {places[n].base: tape[places[n].base].ravel() for n in names}.values()
    ):
        return None
    found = []
    for order, name in enumerate(names):
        place = places[name]
        array = tape[place.base][..., place.columns]
        bad = ~np.isfinite(array[1:] if place.has_start else array)
        if bad.any():
            steps = np.flatnonzero(bad.any(axis=(1, 2))) if bad.ndim == 3 else [0]
            backward = name.startswith("grad")
            step = int(steps[-1] if backward else steps[0])
            found.append((-step if backward else step, order, name, step))
    return min(found)[2:] if found else None
