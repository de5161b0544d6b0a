"""Which time steps of a net are shown, and in which columns: side by side those of layers that count other steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rnnscope.trace import Moment, Trace
from rnnscope.trace.clock import clock_of, puts_out_steps

APART = 0.75
"""Groups of columns are so far apart, as a part of the way from column to column."""


@dataclass(frozen=True, eq=False)
class Group:
    """Columns that stand for the time steps of layers with the same time.

    Attributes
    ----------
    source
        What begins the time: −1, −2 … an input, 0, 1, 2 … a layer.
    way
        −1 if the layers count from the last time step of the input to the first.
    steps
        How many time steps there are.
    times
        Those that are shown.
    first
        The number of the first column.
    """

    source: int
    way: int
    steps: int
    times: np.ndarray
    first: int

    @property
    def columns(self) -> range:
        """Its columns."""
        return range(self.first, self.first + len(self.times))

    def column(self, time: int) -> int:
        """Return the column of a time step, or that of the next one that is shown."""
        return self.first + min(int(self.times.searchsorted(time)), len(self.times) - 1)


class Groups:
    """The groups of a net, and which layer is in which of them.

    Parameters
    ----------
    trace
        What was recorded.

    Attributes
    ----------
    of
        The source of the time of each layer; a layer without time steps has that of what it reads.
    sources
        The sources of all groups, from the left.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace, self._ways, self._steps = trace, {}, {}
        self.of: dict[str, int] = {}
        for name in trace.layers:
            layer, clock = trace[name], clock_of(trace, name)
            below = layer.reads[0]
            self.of[name] = clock.source if clock else self.of[trace.layers[below]] if below >= 0 else below
            if clock:
                self._ways.setdefault(clock.source, clock.way)
                self._steps.setdefault(clock.source, layer.steps)
        self.sources = tuple(dict.fromkeys(self.of.values()))

    def steps(self, source: int) -> int:
        """Return the number of time steps of a group."""
        return self._steps.get(source) or self.trace.inputs[-1 - source].shape[1]

    def at(self, moment: Moment, most: int, shown: Callable[[int, int, int], np.ndarray]) -> tuple[Group, ...]:
        """Return the groups at a moment, with at most so many columns; `shown` chooses the time steps of each."""
        found, first = [], 0
        for k, source in enumerate(self.sources):
            steps, left = self.steps(source), len(self.sources) - k
            time = moment.time if source == self.of[moment.layer.name] else steps - 1
            times = shown(steps, time, max(3, (most - first) // left))
            found.append(Group(source, self._ways.get(source, 1), steps, times, first))
            first += len(times)
        return tuple(found)

    def widest(self, most: int) -> int:
        """Return how many columns there are at most."""
        return sum(min(self.steps(source), most) for source in self.sources)

    def columns_of(self, name: str, groups: Sequence[Group]) -> range:
        """Return the columns of a layer: those of its group, or of a layer without time steps the last of these."""
        group = group_of(self.of[name], groups)
        return group.columns if self.trace[name].steps else group.columns[-1:]

    def columns_out(self, name: str, groups: Sequence[Group]) -> range:
        """Return the columns in which a layer puts something out."""
        layer, columns = self.trace[name], self.columns_of(name, groups)
        if not layer.is_recurrent or puts_out_steps(layer):
            return columns
        return columns[:1] if layer.is_turned else columns[-1:]


def group_of(source: int, groups: Sequence[Group]) -> Group:
    """Return the group of a source."""
    return next(group for group in groups if group.source == source)


def extra_room(groups: Sequence[Group]) -> tuple[float, ...]:
    """Return how far each column is moved to the right, in columns, by the gaps between groups."""
    return tuple(APART * k for k, group in enumerate(groups) for _ in group.columns)
