"""Whether a model computes what the model that it was made of computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rnnscope.models.sequential import Sequential

TOLERANCE = {"float64": 1e-9}
ROUGH = 1e-4
"""How far two outputs may be apart, relative to the largest value: what float32 loses in a long sequence at most."""


def agrees(model: Sequential, x: Any, output: np.ndarray, precision: str) -> bool:
    """Say whether a model puts out the same numbers for inputs, which another one has put out in some precision.

    Time may be the first axis of the output, and an axis of length 1 may be missing in it.
    """
    own = model.predict(x)
    model.reset_states()  # those of stateful layers: what follows begins anew
    tolerance = TOLERANCE.get(precision, ROUGH) if model.dtype == np.float64 else ROUGH
    turned = [own.swapaxes(0, 1)] if own.ndim == 3 else []
    return any(_are_close(candidate, output, tolerance) for candidate in (own, *turned))


def fits(model: Sequential, x: np.ndarray) -> bool:
    """Say whether an array has the axes of what a model of one input reads, and as many features."""
    (shape,) = model.input_shapes
    return x.ndim == len(shape) + 1 and all(n in (None, m) for n, m in zip(shape, x.shape[1:], strict=True))


def _are_close(own: np.ndarray, output: np.ndarray, tolerance: float) -> bool:
    shapes = [tuple(n for n in array.shape if n != 1) for array in (own, output)]
    if shapes[0] != shapes[1]:
        return False
    difference = np.abs(own.reshape(output.shape) - output).max()
    return bool(difference <= tolerance * max(np.abs(output).max(), np.finfo(np.float32).tiny))
