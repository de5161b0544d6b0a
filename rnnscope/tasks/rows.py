"""Rows of a few symbols: different ones, some to train on and others that stay unseen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

TRIES = 64
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
    found = draw(wanted)
    for _ in range(TRIES):
        _, first = np.unique(found, axis=0, return_index=True)
        found = found[np.sort(first)]
        if len(found) >= wanted:
            break
        found = np.concatenate([found, draw(wanted)])
    else:
        _, first = np.unique(found, axis=0, return_index=True)
        found = found[np.sort(first)]
    return found[:wanted]


def shared_out(found: int, samples: int, unseen: int) -> int:
    """Return how many of the rows that were found are trained on: the share that was asked for, one at least unseen."""
    return min(samples, max(1, found * samples // (samples + unseen)))
