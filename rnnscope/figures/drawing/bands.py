"""Bands of many values over time: where most of them lie, as outlines."""

from __future__ import annotations

import numpy as np
from matplotlib.cbook import contiguous_regions

from rnnscope.figures.scale import finite

QUANTILES = (0.0, 0.1, 0.9, 1.0)
"""The ends of the bands: of all values, and of the middle 80 %."""


def band_of(values: np.ndarray) -> np.ndarray:
    """Return the smallest value of all units, their 10 % and 90 % quantile, and the largest, (4, time).

    What is NaN or infinite is left out; where nothing else is, so is the band.
    """
    known = np.isfinite(values)
    some = known.any(axis=1)
    found = np.full((len(QUANTILES), len(values)), np.nan)
    quantile = np.quantile if known.all() else np.nanquantile
    found[:, some] = quantile(finite(values[some]), QUANTILES, axis=1)
    return found


def widened(steps: np.ndarray, *curves: np.ndarray) -> list[np.ndarray]:
    """Return places and curves over them as they are drawn: a single time step has no width of its own."""
    if len(steps) > 1:
        return [steps, *curves]
    return [steps[0] + np.array([-0.25, 0.25]), *(np.repeat(curve, 2) for curve in curves)]


def outlines(xs: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Return the outlines of a band, one for each run of places at which it is known."""
    runs = contiguous_regions(np.isfinite(low))
    return [
        np.column_stack([np.r_[xs[a:b], xs[a:b][::-1]], np.r_[low[a:b], high[a:b][::-1]]]) for a, b in runs if b > a
    ]
