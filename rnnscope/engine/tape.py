"""The tape: the arrays of one pass through one layer, which are at the same time its recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

Read = np.ndarray | tuple[np.ndarray, ...]
"""What a layer reads: one array, or those of several layers."""


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


@dataclass(frozen=True)
class Held:
    """A quantity that is not as computed.

    Attributes
    ----------
    value
        What it is instead, (time, unit, sample).
    free
        1 where it is as computed, 0 where it is held, likewise.
    """

    value: np.ndarray
    free: np.ndarray


@dataclass(frozen=True)
class Given:
    """What a pass gives a layer besides its input.

    Attributes
    ----------
    mask
        Which time steps count, (time, sample); None if all do.
    dropping
        What masks of dropout are drawn from; None if nothing is dropped, as always but in training.
    start
        The states before the first time step, (unit, sample) each; those that are missing begin as declared.
    holds
        What quantities are held at, in the order of reading; those that are missing are as computed.
    """

    mask: np.ndarray | None = None
    dropping: np.random.Generator | None = None
    start: Mapping[str, np.ndarray] = field(default_factory=dict)
    holds: Mapping[str, Held] = field(default_factory=dict)


NOTHING = Given()
"""A pass without mask, dropout and states from elsewhere."""


class LayerPass(Protocol):
    """Passes of one size through one layer, one at a time: the work arrays that they need besides a tape."""

    def forward(self, tape: Mapping[str, np.ndarray], x: Read, given: Given = NOTHING) -> np.ndarray:
        """Fill the forward half of the tape and return the output."""

    def backward(self, tape: Mapping[str, np.ndarray], x: Read, d_output: np.ndarray) -> Read | None:
        """Fill the backward half of the tape and the gradients of the weights, and return that of what was read.

        It is None for token numbers.
        """

    def release(self) -> None:
        """Let go of the tape and the input of the last pass."""


class Runner(Protocol):
    """What computes a layer: the shapes of its tape, and passes forward and back. It keeps nothing of a pass.

    Sequences are (time, feature, sample) here and vectors (feature, sample): a time step is one block of memory, and in
    it each quantity is one. Token numbers are (time, sample).

    Attributes
    ----------
    head
        `"sigmoid"` or `"softmax"` if what it puts out are the probabilities of logits, else empty. Its passes then have
        `logits(tape, x)`, and `backward_from_logits(tape, x, d_logits)` beside `backward`.
    """

    head: str

    def mask(self, mask: np.ndarray | None, x: Read) -> np.ndarray | None:
        """Return which time steps of the output count, (time, sample), from which of the input do; None: all do."""

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape, or only of its forward half."""

    def places(self) -> dict[str, Place]:
        """Return where everything that can be recorded lies: `value/f`, `pre/f`, `grad/f`, `grad/x` …"""

    def biases(self) -> dict[str, np.ndarray]:
        """Return the bias of every pre-activation, as views of the weights: `bias/f`, `recurrent_bias/g` …"""

    def passes(self, steps: int, samples: int, gradients: Mapping[str, np.ndarray]) -> LayerPass:
        """Return what makes passes of one size; `gradients` are the arrays for those of the weights, if there are."""


def allocate(shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype) -> dict[str, np.ndarray]:
    """Return new arrays of the given shapes."""
    return {name: np.zeros(shape, dtype) for name, shape in shapes.items()}


def all_finite(array: np.ndarray) -> bool:
    """Say whether an array has no NaN and no infinity; the sum of squares tells at once unless it overflows."""
    flat = array.ravel()
    return bool(np.isfinite(np.dot(flat, flat)) or np.isfinite(flat).all())


def first_nonfinite(
    tape: Mapping[str, np.ndarray], places: Mapping[str, Place], backward: bool
) -> tuple[str, int | None] | None:
    """Return `(name, time step)` of the first NaN or infinity in a tape, in the order of computation, or None.

    Vectors have no time step: None stands for it.

    Parameters
    ----------
    tape, places
        The tape and what lies where on it, in the order of computation.
    backward
        Whether to look at the gradients, which are computed from the last time step to the first, or at the values.
    """
    found = []
    for order, (name, place) in enumerate(places.items()):
        if name.startswith("grad") != backward:
            continue
        bad = ~np.isfinite(tape[place.base][..., place.columns, :][int(place.has_start) :])
        if bad.any():
            steps = np.flatnonzero(bad.any(axis=(1, 2))) if bad.ndim == 3 else None
            step = None if steps is None else int(steps[-1 if backward else 0])
            found.append(((-step if backward else step) if step else 0, order, name, step))
    return min(found)[2:] if found else None
