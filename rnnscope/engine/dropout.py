"""Dropout: masks that set a share of numbers to zero and make the others larger, so that their mean stays."""

from __future__ import annotations

import numpy as np


def draw(out: np.ndarray, rate: float, rng: np.random.Generator | None) -> np.ndarray:
    """Fill an array with what dropout multiplies by, 0 or `1 / (1 - rate)`; with ones if nothing is dropped."""
    if rng is None:
        out.fill(1)
    else:
        np.divide(rng.random(out.shape) >= rate, 1 - rate, out=out, casting="unsafe")
    return out
