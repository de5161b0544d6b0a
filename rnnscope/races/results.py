"""What a race came to: all its runs, and what they say together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from rnnscope.checks import describe, one_of
from rnnscope.languages import tr
from rnnscope.models.sequential import Sequential
from rnnscope.races.conditions import Conditions
from rnnscope.races.run import Run
from rnnscope.races.table import Table, row_of
from rnnscope.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Race:
    """What a race came to; print it for the table.

    Attributes
    ----------
    conditions
        What all runs have in common: `task`, `settings`, `check_every` and `cells`.
    runs
        Every run, seed by seed, those that failed too.
    stopped
        Why the race ended early, or None.

    Examples
    --------
    >>> import rnnscope as rs
    >>> race = rs.race(rs.tasks.recall(3), ("LSTM", "MinGRU"), units=4, epochs=10, seeds=2, jobs=1, verbose=0)
    >>> [(run.cell, run.seed) for run in race.runs]
    [('LSTM', 0), ('MinGRU', 0), ('LSTM', 1), ('MinGRU', 1)]
    >>> race.table["LSTM"].parameters, race.traces["LSTM"].epochs.tolist(), race.runs[0].epochs
    (101, [0, 4, 9], 10)
    """

    conditions: Conditions
    runs: tuple[Run, ...]
    stopped: str | None = None

    @cached_property
    def table(self) -> Table:
        """A row per cell: how often and how soon it solved the task, how it scored, how many parameters it has."""
        own = {cell: [run for run in self.runs if run.cell == cell] for cell in self.conditions.cells}
        rows = (row_of(cell, self.conditions.parameters[cell], runs) for cell, runs in own.items())
        return Table(tuple(rows), self.conditions.task.measure)

    @cached_property
    def traces(self) -> dict[str, Trace]:
        """What happened inside, by cell, of the first seed that came to an end; `run.trace` is that of any run.

        A few epochs are there, the first and the last among them, and a few samples.
        """
        found: dict[str, Trace] = {}
        for run in self.runs:
            if run.failure is None:
                found.setdefault(run.cell, run.trace)
        return {cell: found[cell] for cell in self.conditions.cells if cell in found}

    @property
    def failures(self) -> tuple[Run, ...]:
        """The runs that came to no proper end; the `failure` of each says why."""
        return tuple(run for run in self.runs if run.failure is not None)

    def model(self, cell: str, seed: int = 0) -> Sequential:
        """Return the net of a run as it was in the end.

        Parameters
        ----------
        cell, seed
            Which run.
        """
        runs = {run.seed: run for run in self.runs if run.cell == one_of("cell", cell, self.conditions.cells)}
        if seed not in runs or not runs[seed].weights:
            there = ", ".join(str(own) for own, run in runs.items() if run.weights) or "none"
            raise ValueError(f"seed: expected that of a run of {cell}, {there}; got {describe(seed)}")
        model = self.conditions.model(cell, seed)
        model.set_weights(runs[seed].weights)
        return model

    def figure(self, figsize: tuple[float, float] | None = None) -> Figure:
        """Return a figure: for each cell the score of every run, and after how many epochs it had solved the task.

        Parameters
        ----------
        figsize
            Width and height in inches.
        """
        from rnnscope.figures.race import draw

        return draw(self, figsize)

    def __str__(self) -> str:
        task = self.conditions.task
        head = tr("{task}: {goal}.", task=task.name, goal=task.goal)
        said = [*map(repr, self.failures), *map(tr, filter(None, [self.stopped]))]
        return "\n".join([head, str(self.table), *said])

    __repr__ = __str__
