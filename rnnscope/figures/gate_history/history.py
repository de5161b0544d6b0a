"""How a quantity moved over the epochs: its quantiles, and the share of saturated values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.analysis.saturation import is_saturated

LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""The quantiles that are drawn: three bands, one within the other, and the median."""


@dataclass(frozen=True)
class History:
    """How one quantity moved over the recorded epochs, at one time step.

    Attributes
    ----------
    quantiles
        Those of `LEVELS` over all units and samples, (level, epoch); NaN where no value is finite.
    saturated
        The share of values near an end of the range, (epoch,); None if the quantity has no range.
    broken
        Whether some value is not finite, (epoch,).
    """

    quantiles: np.ndarray
    saturated: np.ndarray | None
    broken: np.ndarray


def history_of(values: np.ndarray, ends: tuple[float, float] | None) -> History:
    """Return how a quantity moved.

    Parameters
    ----------
    values
        Its values, (epoch, anything …).
    ends
        The range of its activation, or None.
    """
    flat = values.reshape(len(values), -1)
    is_finite = np.isfinite(flat)
    broken = ~is_finite.all(axis=1)
    quantiles = np.full((len(LEVELS), len(flat)), np.nan)
    if not broken.all():  # sorted first: three times as quick
        quantiles[:, ~broken] = np.quantile(np.sort(flat[~broken], axis=1), LEVELS, axis=1)
    for epoch in np.flatnonzero(broken & is_finite.any(axis=1)):
        quantiles[:, epoch] = np.quantile(flat[epoch, is_finite[epoch]], LEVELS)
    if ends is None:
        return History(quantiles, None, broken)
    near = is_saturated(flat, ends)
    return History(quantiles, (near & is_finite).sum(axis=1) / np.maximum(is_finite.sum(axis=1), 1), broken)
