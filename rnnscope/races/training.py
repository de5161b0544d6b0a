"""One run: a net is trained until it has solved the task, or for as many epochs as there are."""

from __future__ import annotations

import math
import operator
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import reduce

from threadpoolctl import threadpool_limits

from rnnscope.models.sequential import Sequential
from rnnscope.models.training import INTERRUPTED, TrainingStopped
from rnnscope.races.attempts import MOST_DEATHS, earlier_attempts
from rnnscope.races.conditions import Conditions
from rnnscope.races.run import Run
from rnnscope.trace import Record, Trace
from rnnscope.trace.record import evenly_spaced

MOST_EPOCHS, MOST_SAMPLES = 6, 4
"""So many epochs and samples stay in the trace of a run."""


def run_of(conditions: Conditions, cell: str, seed: int, race: str) -> Run:
    """Return what a run of a race came to; an error that it met is what it came to as well."""
    try:
        deaths = earlier_attempts(race, cell, seed)
        if deaths >= MOST_DEATHS:
            return Run(cell, seed, failure=f"{deaths} workers died of it, one after the other")
        with _alike():
            conditions.make_known(cell)
            return _trained(conditions, cell, seed)
    except Exception as error:  # the other runs go on, and the table says it
        return Run(cell, seed, failure=f"{type(error).__name__}: {error}")


def _trained(conditions: Conditions, cell: str, seed: int) -> Run:
    """Train a net, and look from time to time whether it has solved the task."""
    begin, task, model = time.perf_counter(), conditions.task, conditions.model(cell, seed)
    parts, checked, scores, failure, is_solved = [], [], [], None, False
    for part in _parts(conditions, model):
        done, failure = part.first_epoch + len(part.history["loss"]), part.stopped
        if len(part.epochs):
            parts.append(part.thin(1 if parts else 2))
        if failure is None:
            checked.append(done)
            scores.append(task.score(model.predict(task.unseen, verbose=0)))
            is_solved = task.is_solved(scores[-1])
            failure = None if math.isfinite(scores[-1]) else f"a NaN or an infinity in what it says after {done} epochs"
        if failure or is_solved:
            break
    trace = reduce(operator.add, parts).thin(MOST_EPOCHS) if parts else None
    found = {"checked": tuple(checked), "scores": tuple(scores), "weights": tuple(model.get_weights()), "trace": trace}
    return Run(cell, seed, done, is_solved, **found, seconds=time.perf_counter() - begin, failure=failure)


def _parts(conditions: Conditions, model: Sequential) -> Iterator[Trace]:
    """Train from check to check; yields what happened between two of them."""
    task, settings, every = conditions.task, conditions.settings, conditions.check_every
    record = Record(samples=evenly_spaced(len(task.x), MOST_SAMPLES))
    options = {"batch_size": settings.batch_size, "record": record, "labels": task.labels, "verbose": 0}
    for done in range(0, settings.epochs, every):
        part = model.fit(task.x, task.y, epochs=min(every, settings.epochs - done), **options)
        if getattr(part.stopped, "template", None) == INTERRUPTED:
            raise KeyboardInterrupt
        yield part


class _Shared:
    """What holds in a process while runs are trained in it: the first one begins it, the last one ends it."""

    lock = threading.Lock()
    held = ExitStack()
    runs = 0


@contextmanager
def _alike() -> Iterator[None]:
    """Train in the same way wherever it is: one thread computes, since sums differ with how they are shared out.

    A NaN is said in the table, with its run, and not by a warning.
    """
    with _Shared.lock:
        _Shared.runs += 1
        if _Shared.runs == 1:
            _Shared.held.enter_context(threadpool_limits(1, user_api="blas"))
            _Shared.held.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore", TrainingStopped)
    try:
        yield
    finally:
        with _Shared.lock:
            _Shared.runs -= 1
            if _Shared.runs == 0:
                _Shared.held.close()
