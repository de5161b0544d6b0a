"""Scales with their contrast where the values are."""

from __future__ import annotations

import numpy as np

from rnnscope.figures.scale import Scale, scale_of

MIDDLE = 0.98
"""The part of the values that a scale spans; what lies beyond has the colour of its end."""

STEP, WIDE = 0.05, 0.75
"""The ends of a gate's scale are multiples of this; one that would span so much is that from 0 to 1."""

ENOUGH = 200_000
"""Of more values so many are looked at, drawn by lot."""


def contrast_scale(role: str, values: np.ndarray) -> Scale:
    """Return the scale on which most values differ most in colour: it spans the middle 98 % of them.

    Parameters
    ----------
    role
        The role of the quantity; that of a gate goes from one multiple of 0.05 to another, anything else is symmetric.
    values
        All values that it is for. NaN and infinity are left out.

    Examples
    --------
    >>> contrast_scale("gate", np.linspace(0.43, 0.58, 300)), contrast_scale("gate", np.linspace(0.1, 0.95, 300))
    (Scale(low=0.4, high=0.6, kind='gate'), Scale(low=0.0, high=1.0, kind='gate'))
    """
    whole, some = scale_of(role, values), _some(values)
    if not some.size:
        return whole
    if whole.kind == "gate":
        low, high = np.quantile(some, ((1 - MIDDLE) / 2, (1 + MIDDLE) / 2))
        if high - low >= WIDE:
            return whole
        first = int(np.clip(np.floor(low / STEP), 0, round(1 / STEP) - 1))
        last = max(int(np.ceil(high / STEP)), first + 1)
        return Scale(round(first * STEP, 2), round(last * STEP, 2), "gate")
    limit = float(np.quantile(np.abs(some), MIDDLE)) or whole.high
    return Scale(-limit, limit, whole.kind)


def end_texts(scale: Scale, values: np.ndarray) -> list[str]:
    """Return what is written at both ends and in the middle of a scale: with ≤ and ≥ if values lie beyond."""
    low, middle, high = scale.ends()
    known = values[np.isfinite(values)]
    is_below = np.min(known, initial=scale.low) < scale.low
    is_above = np.max(known, initial=scale.high) > scale.high
    return ["≤" * bool(is_below) + low, middle, "≥" * bool(is_above) + high]


def direction_words(scale: Scale) -> list[str]:
    """Return what the two ends of a gate's scale mean, or nothing for other scales."""
    if scale.kind != "gate":
        return []
    return ["shut" if scale.low == 0 else "← shut", "open" if scale.high == 1 else "open →"]


def _some(values: np.ndarray) -> np.ndarray:
    flat = values.reshape(-1)
    if flat.size > ENOUGH:
        flat = flat[np.random.default_rng(0).integers(flat.size, size=ENOUGH)]
    return flat[np.isfinite(flat)].astype(float)
