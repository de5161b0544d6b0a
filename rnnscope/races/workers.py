"""Runs are given to workers: processes of this machine, or of a cluster that joblib knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import uuid4

from joblib import Parallel, delayed, effective_n_jobs

from rnnscope.checks import positive_int
from rnnscope.races.conditions import Conditions
from rnnscope.races.run import Run
from rnnscope.races.training import run_of

ALL = -1
"""One worker for each core."""


def workers_of(jobs: int | None) -> int:
    """Return how many workers are meant: by default those of `joblib.parallel_config`, or one for each core."""
    if jobs is None:
        chosen = Parallel().n_jobs
        jobs = ALL if chosen in (None, 1) else chosen
    elif jobs != ALL:
        jobs = positive_int("jobs", jobs)
    return effective_n_jobs(jobs)


def runs_of(conditions: Conditions, planned: Iterable[tuple[str, int]], workers: int) -> Iterator[Run]:
    """Go through what runs come to, as they end.

    An error that a run meets comes back with it. When a worker dies, nobody knows which run it was that killed it: the
    runs that have waited longest, one for each worker, are each tried again alone, and then the others go on. On a
    cluster of Dask, which replaces a worker and tries its runs again, a run says itself how many died of it.
    """
    left = list(planned)
    while left:
        try:
            for run in _together(conditions, left, min(workers, len(left))):
                left.remove((run.cell, run.seed))
                yield run
        except Exception:
            suspects, left = left[:workers], left[workers:]
            for cell, seed in suspects:
                yield _alone(conditions, cell, seed)


def _together(conditions: Conditions, planned: Iterable[tuple[str, int]], workers: int) -> Iterator[Run]:
    parallel = Parallel(workers, return_as="generator_unordered", batch_size=1, pre_dispatch="n_jobs", max_nbytes=None)
    race = uuid4().hex
    return parallel(delayed(run_of)(conditions, cell, seed, race) for cell, seed in list(planned))


def _alone(conditions: Conditions, cell: str, seed: int) -> Run:
    """Return what a run comes to that has the workers for itself, and may kill one."""
    try:
        return next(_together(conditions, [(cell, seed)], 2))  # with one it would run in this process
    except Exception as error:
        words = str(error).strip().splitlines() or [""]
        return Run(cell, seed, failure=f"its worker died: {type(error).__name__}: {words[0]}")
