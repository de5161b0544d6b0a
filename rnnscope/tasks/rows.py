"""Rows of a few symbols: different ones, some to train on and others that stay unseen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

TRIES = 16
"""So many times rows are drawn to find different ones."""


def different_rows(draw: Callable[[int], np.ndarray], wanted: int) -> np.ndarray:
    """Return different rows in the order in which they were drawn, as many as are wanted if so many are found.

    Parameters
    ----------
    draw
        Returns so many rows, (row, time), perhaps some of them more than once.
    wanted
        How many.
    """
    found = different(draw(wanted))
    for _ in range(TRIES):
        if len(found) >= wanted:
            break
        found = different(np.concatenate([found, draw(wanted)]))
    return found[:wanted]


def different(rows: np.ndarray) -> np.ndarray:
    """Return each row once, in the order of the first ones."""
    _, first = np.unique(rows, axis=0, return_index=True)
    return rows[np.sort(first)]


def shared_out(found: int, samples: int, unseen: int) -> int:
    """Return how many of the rows that were found are trained on: the share that was asked for, one at least unseen."""
    return min(samples, max(1, found * samples // (samples + unseen)))
