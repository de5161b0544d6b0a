"""Which values are saturated: nearly as far as the activation that they come from can go."""

from __future__ import annotations

import numpy as np

NEAR = 0.05
"""A value is saturated if it is nearer than this to an end of the range of its activation."""


def is_saturated(values: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Say of each value whether it is near one of the ends of its range."""
    return (values < ends[0] + NEAR) | (values > ends[1] - NEAR)
