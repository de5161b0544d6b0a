"""`rs.race`: which cell solves a task, how often, and how soon."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike

from rnnscope.cells import names
from rnnscope.cells.registry import COURSES, own_builder
from rnnscope.checks import describe, one_of, positive_int
from rnnscope.languages import noted, tr
from rnnscope.models.training import verbosity
from rnnscope.races.conditions import Conditions
from rnnscope.races.folder import Folder
from rnnscope.races.results import Race
from rnnscope.races.run import Run
from rnnscope.races.workers import runs_of, workers_of
from rnnscope.tasks import Task
from rnnscope.warned import warn


class RunsMissing(UserWarning):
    """A race has fewer finished runs than were wanted; the message says which are missing, and why."""


def race(
    task: Task,
    cells: Sequence[str] = COURSES,
    units: int | None = None,
    epochs: int | None = None,
    seeds: int = 5,
    jobs: int | None = None,
    *,
    layers: int | None = None,
    check_every: int = 5,
    folder: str | PathLike[str] | None = None,
    verbose: int | str = "auto",
) -> Race:
    """Train a net of each cell on a task, with several seeds, under the same conditions.

    Every net is trained until it has solved the task on inputs that it never saw, or for `epochs`. A run is one net; a
    seed decides its start weights and the order of its samples. Runs come to the same numbers, to the bit, however
    many are trained at once, on processors of one kind.

    Parameters
    ----------
    task
        What is to be learned: one of `rs.tasks`, or a `rs.tasks.Task` of your own with `unseen_y`.
    cells
        The names of the cells; those that were given to `rs.register` may race too.
    units, layers, epochs
        How wide and how deep the nets are, and for how many epochs they are trained at most; by default what suits the
        task, `task.settings`, as the other settings.
    seeds
        How many runs there are for each cell, with the seeds 0, 1, 2 …
    jobs
        How many runs are trained at once, each in a process with one thread; 1: one after the other in this process;
        None: what `joblib.parallel_config` says, or one for each core.
    check_every
        After so many epochs it is looked whether a net has solved the task.
    folder
        A folder in which finished runs are kept. A race that was interrupted goes on from there, and one with more
        cells or seeds takes what is there.
    verbose
        1 (`"auto"`): a progress bar; 2: a line per run; 0: nothing.

    Returns
    -------
    Race
        `table`, `runs`, `traces` and `figure()`. Of an interrupted race, what is finished.

    Warns
    -----
    RunsMissing
        If the race was interrupted, or runs failed: by an error, a NaN, or the death of their worker. The others are
        kept.

    Raises
    ------
    ValueError, TypeError
        If an argument does not fit, or the folder is that of another race.

    Notes
    -----
    The runs go through joblib, and so to a cluster if it says so. With Dask (extra `cluster`)::

        client = dask.distributed.Client("scheduler:8786")
        with joblib.parallel_config(backend="dask"):
            race = rs.race(rs.tasks.recall(50), seeds=20)

    Examples
    --------
    >>> import rnnscope as rs
    >>> race = rs.race(rs.tasks.recall(2), ("GRU",), seeds=1, jobs=1, verbose=0)
    >>> print(race)
    recall: an error (root of the mean square) below 0.1 counts as solved.
    cell  parameters  solved  error  spread  epochs to solve
    GRU   929         1 of 1  0...   –       ...
    """
    conditions = Conditions(
        _task(task),
        replace(task.settings, **_given(units=units, layers=layers, epochs=epochs)),
        positive_int("check_every", check_every),
        _cells(cells),
    )
    planned = [(cell, seed) for seed in range(positive_int("seeds", seeds)) for cell in conditions.cells]
    workers, shown = workers_of(jobs), verbosity(verbose)
    conditions.parameters  # noqa: B018, nets that cannot be built are refused here and not in every run
    kept = None if folder is None else Folder(folder, conditions)
    found = {} if kept is None else kept.kept(planned)
    stopped = None
    try:
        with _progress(len(planned), len(found), shown) as show:
            for run in runs_of(conditions, [key for key in planned if key not in found], workers):
                found[run.cell, run.seed] = run
                if kept is not None:
                    kept.keep(run)
                show(run)
    except KeyboardInterrupt:
        if kept is not None:  # it may have come while one was written
            for run in found.values():
                kept.keep(run)
        counts = {"finished": len(found), "count": len(planned)}
        stopped = (
            noted(
                "interrupted; {finished} of {count} runs are finished. The same line goes on from its folder", **counts
            )
            if folder
            else noted(
                "interrupted; {finished} of {count} runs are finished. folder=... keeps them for another time", **counts
            )
        )
    ended = Race(conditions, tuple(found[key] for key in planned if key in found), stopped)
    _warn(ended, len(planned))
    return ended


def _given(**settings: int | None) -> dict[str, int]:
    return {name: value for name, value in settings.items() if value is not None}


def _task(task: Task) -> Task:
    if not isinstance(task, Task):
        raise TypeError(f"task: expected a task, such as rs.tasks.recall(20); got {describe(task)}")
    if task.unseen_y is None:
        wanted = "a task that scores what it never saw, with unseen_y"
        raise ValueError(f"task: expected {wanted}; {task.name!r} does not know what would be right")
    return task


def _cells(cells: Sequence[str]) -> Mapping[str, Callable | None]:
    if isinstance(cells, str) or not isinstance(cells, Sequence) or not cells:
        raise TypeError(f"cells: expected names of cells, such as {COURSES}; got {describe(cells)}")
    chosen = [one_of("cells", cell, names()) for cell in cells]
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"cells: expected each name once; got {describe(cells)}")
    return {cell: own_builder(cell) for cell in chosen}


@contextmanager
def _progress(total: int, done: int, verbose: int) -> Iterator[Callable[[Run], None]]:
    """Show a progress bar (1), a line per run (2) or nothing (0); yields what is called after each run."""
    if verbose != 1:
        yield lambda run: print(run) if verbose == 2 else None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, initial=done, desc=tr("race"), unit=tr("run")) as bar:

        def show(run: Run) -> None:
            bar.set_postfix_str(repr(run), refresh=False)
            bar.update()

        yield show


def _warn(ended: Race, planned: int) -> None:
    """Say that runs are missing, and why."""
    failures = "; ".join(map(repr, ended.failures))
    if failures:
        failures = f"{len(ended.failures)} of {planned} runs failed: {failures}"
    said = "; ".join(filter(None, [ended.stopped, failures]))
    if said:
        warn(f"race: {said}", RunsMissing)
