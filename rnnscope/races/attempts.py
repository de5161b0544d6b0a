"""How often a run was begun: a cluster of Dask tries a run anew whose worker died, and it may kill each of them."""

from __future__ import annotations

import sys

MOST_DEATHS = 2
"""A run that has cost so many workers is not begun again."""


def earlier_attempts(race: str, cell: str, seed: int) -> int:
    """Return how often a run was begun before on the cluster whose worker asks, and count this time.

    Dask itself gives up later, and joblib is not told of it: it would wait for ever. Elsewhere nothing is begun twice.
    """
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return 0
    try:
        client = distributed.get_worker() and distributed.get_client()
    except ValueError:  # Dask is loaded here, but this is none of its workers
        return 0
    key = ["rnnscope", race, cell, seed]
    before = client.get_metadata(key, default=0)
    client.set_metadata(key, before + 1)
    return before
