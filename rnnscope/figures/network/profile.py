"""The values of all units as a picture that is read at a glance: bars beside each other, sorted if they are many."""

from __future__ import annotations

import numpy as np

from rnnscope.figures.scale import Scale

MOST_BARS = 24
"""So many units each have a bar of their own, in the order of their numbers; more are sorted by their values."""

MOST_STEPS = 64
"""Sorted values are drawn in at most so many steps."""

BAR_GAP = 0.14
"""How much of its room a bar leaves free."""


def sorts(units: int) -> bool:
    """Say whether the values of so many units are sorted, from the smallest to the largest."""
    return units > MOST_BARS


def shares(values: np.ndarray | float, scale: Scale) -> np.ndarray:
    """Return how high values are drawn, from 0 at the low end of a scale to 1 at its high one; NaN at its zero."""
    found = (np.where(np.isnan(values), 0.0, values) - scale.low) / (scale.high - scale.low)
    return np.clip(found, 0.0, 1.0)


def drawn_values(values: np.ndarray) -> np.ndarray:
    """Return the values that are drawn side by side, (…, place): of all units, or, of many, some of the sorted ones.

    Examples
    --------
    >>> drawn_values(np.array([0.5, -1.0, 0.0])).tolist()
    [0.5, -1.0, 0.0]
    >>> drawn_values(np.arange(300.0)[::-1])[[0, -1]].tolist()
    [0.0, 299.0]
    """
    units = values.shape[-1]
    if not sorts(units):
        return values
    ranks = np.linspace(0, units - 1, min(units, MOST_STEPS)).round().astype(int)
    return np.sort(values, axis=-1)[..., ranks]


def unit_at(values: np.ndarray, across: float) -> int:
    """Return the unit whose bar is at some part of the way across a box.

    Examples
    --------
    >>> unit_at(np.array([0.5, -1.0, 0.0]), 0.1), unit_at(np.arange(300.0)[::-1], 0.001)
    (0, 299)
    """
    place = int(across * len(values))
    return int(np.argsort(values, kind="stable")[place]) if sorts(len(values)) else place


def outlines(values: np.ndarray, scale: Scale) -> np.ndarray:
    """Return the outlines of bars that stand on zero, (…, point, (x, y)), in a box from 0 to 1."""
    heights, are_sorted = shares(drawn_values(values), scale), sorts(values.shape[-1])
    *rows, count = heights.shape
    zero, half = shares(0.0, scale), 0.0 if are_sorted else BAR_GAP / 2
    edges = np.arange(count)[:, None] + np.array([half, 1 - half])
    ups = np.repeat(heights[..., None], 2, axis=-1)
    if not are_sorted:  # down to zero between two bars
        edges = np.repeat(edges, 2, axis=-1)
        ups = np.stack([np.broadcast_to(zero, heights.shape), heights] * 2, axis=-1)[..., [0, 1, 3, 2]]
    found = np.empty((*rows, 2 + edges.size, 2))
    found[..., 0] = np.concatenate([[0.0], edges.ravel(), [count]]) / count
    found[..., [0, -1], 1] = zero
    found[..., 1:-1, 1] = ups.reshape(*rows, -1)
    return found


def ends_of(values: np.ndarray, unit: int, scale: Scale) -> np.ndarray:
    """Return where the ends of the bars of a unit are, (…, (x, y)), in a box from 0 to 1."""
    own, units = values[..., unit], values.shape[-1]
    place = (values < own[..., None]).sum(axis=-1) if sorts(units) else unit
    return np.stack(np.broadcast_arrays((place + 0.5) / units, shares(own, scale)), axis=-1)
