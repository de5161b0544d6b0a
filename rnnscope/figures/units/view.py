"""Chosen units as lines over time, in every quantity of their layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from rnnscope.checks import describe, positive_int
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.numbers import written
from rnnscope.figures.options import Option
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.style import dress, quantity_colour
from rnnscope.figures.units.panels import ENTRY_WIDTH, ROW, UnitPanel, UnitsLegend, band_of
from rnnscope.figures.view import View
from rnnscope.findings import gates, unit
from rnnscope.trace import Moment

MOST_UNITS = 8
"""At most so many units can be chosen."""

OTHERS = 3
"""So many units beside the cursor's are shown if none are chosen."""

NARROWEST_UNITS = 11.0
"""A panel is at least so many font sizes wide."""

VALUE = 3.5
"""A value beside the title of a panel is at most so many font sizes wide."""


@dataclass(frozen=True)
class UnitsData:
    """What the view shows.

    Attributes
    ----------
    values
        The values of each chosen unit by quantity, (unit, time).
    bands
        The smallest value of all units, their 10 % and 90 % quantile and the largest, by quantity, (4, time).
    lost
        The time steps at which a value of any unit is NaN or infinite, by quantity.
    units
        The chosen units, the cursor's first.
    time
        The cursor's time step.
    """

    values: dict[str, np.ndarray]
    bands: dict[str, np.ndarray]
    lost: dict[str, np.ndarray]
    units: tuple[int, ...]
    time: int


class UnitsView(View):
    """Draw chosen units of a recurrent layer as lines over time, in a panel for each quantity.

    Behind the lines is the range of all units: from the smallest to the largest value, and darker the 80 % in the
    middle. The scale of a quantity is the same at every epoch. A cross at the foot of a panel marks a time step at
    which some unit is NaN or infinite; lines have a gap there.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step (marked) and unit, whose line is the strongest and whose values are
        written; by default the end of training, where most
        happens.
    units
        Numbers of at most eight units, such as `[0, 2]` or what `rs.figures.units_above` returns, shown beside that of
        the cursor; by default the three whose output is the largest in size at the moment.

    Raises
    ------
    ValueError
        If the trace has no such epoch, layer, sample, time step, unit or quantity, the layer is not recurrent, or
        `units` is empty, too long, or names a unit that the layer does not have.
    TypeError
        If `ax` is no matplotlib axes, or `units` are no numbers.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> trace = model.trace(task.x)
    >>> figure = rs.figures.units(trace, rs.Cursor(time=1), units=[0, 2])
    >>> figure.update(rs.Cursor(time=2))
    """

    question = "What do single units do?"
    topics = (unit.jump, gates.here)
    shows_unit = True

    units: Iterable[int] | None = Option(None, lambda units, _: None if units is None else checked(units))

    @cached_property
    def context(self) -> Callable[[str, int, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
        """What gives the bands of a layer, an epoch and a sample, each made once."""
        return lru_cache(maxsize=16)(self._context)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        columns = min(3, len(self.layer.quantities))
        return max(6.0, 3.4 * columns), 1.3 + 2.2 * -(-len(self.layer.quantities) // columns)

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.layer.name,)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of each quantity, over all epochs, samples and time steps."""
        layer = moment.layer
        return {name: scale_of(layer.cell[name].role, layer[name]) for name in layer.quantities}

    def read(self, moment: Moment) -> UnitsData:
        """Return the values of the chosen units at the moment's epoch and sample."""
        layer, place = moment.layer, moment.run
        units = self._units(moment)
        values = {name: layer[name][place].T[list(units)] for name in layer.quantities}
        return UnitsData(values, *self.context(layer.name, *place), units, moment.time)

    def titles(self) -> list[str]:
        """Return what is seen."""
        return [f"{self.layer.kind} layer {self.layer.name!r}: single units over time"]

    def draw(self, box: Box) -> None:
        """Make the legend, and a panel for each quantity."""
        names, steps, count = self.layer.quantities, self.trace.x.shape[1], self._most()
        across = max(1, int((self.width() - 1.5) // ENTRY_WIDTH))
        rows = ROW * -(-(count + 2) // across)
        box = box.inset(left=0.6, right=1.2)
        self.legend = UnitsLegend(self.panel(box.strip("top", rows)), count, steps, across)
        columns = self._columns(len(names), self.height() - 3.6 - rows)
        parts = box.inset(top=rows + 0.2).grid(len(names), columns, (0.8, 0.2))
        self.panels = {
            name: self._panel(name, part, lowest=k + columns >= len(names))
            for k, (name, part) in enumerate(zip(names, parts, strict=True))
        }
        self.moving += [*self.legend.moving, *(artist for panel in self.panels.values() for artist in panel.moving)]

    def move(self) -> None:
        """Show the values of the moment, and mark its time step."""
        self.legend.show(self.data.units)
        for name, panel in self.panels.items():
            panel.show(self.data.values[name], self.data.bands[name], self.data.lost[name], self.data.time)

    def words(self) -> str:
        """Return the values of the chosen units at the moment."""
        data = self.data
        parts = [
            f"unit {unit} {', '.join(f'{name} {written(v[k, data.time])}' for name, v in data.values.items())}"
            for k, unit in enumerate(data.units)
        ]
        lost = [f"{name} at {len(steps)} time steps" for name, steps in data.lost.items() if len(steps)]
        return (
            f"Lines over time of units {', '.join(map(str, data.units))} of layer {self.layer.name} "
            f"({self.layer.kind}), before the range of all {self.layer.units} units, at {self.here}. "
            f"At time step {data.time}: {'; '.join(parts)}." + (f" Not finite: {', '.join(lost)}." if lost else "")
        )

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment whose layer does not have all chosen units."""
        super().check_moment(moment)
        units = moment.layer.units
        unknown = [unit for unit in self.units or () if unit >= units]
        if unknown:
            wanted = f"numbers from 0 to {units - 1} (layer {moment.layer.name!r} has {units})"
            raise ValueError(f"units: expected {wanted}; got {', '.join(map(str, unknown))}")

    def _panel(self, name: str, box: Box, *, lowest: bool) -> UnitPanel:
        axes, cell = self.panel(box.inset(left=3.2, top=1.9, bottom=2.8)), self.layer.cell
        colour = quantity_colour(cell, name)
        axes.stands_for(phase=name)
        panel = UnitPanel(axes, self.scale[name], self.trace.x.shape[1], self._most(), colour)
        dress(axes, xlabel="time step" if lowest else "")
        meaning = cell[name].title
        self.fit(panel.title(colour), [f"{name}  {meaning}", name], size_in_ems(axes, self.em)[0] - VALUE)
        return panel

    def _most(self) -> int:
        """Return how many units can be shown at one moment: the chosen ones and the cursor's."""
        return min(self.layer.units, 1 + (OTHERS if self.units is None else len(self.units)))

    def _units(self, moment: Moment) -> tuple[int, ...]:
        others = self.units
        if others is None:
            layer = moment.layer
            output = layer[layer.output if layer.output in layer else moment.phase]
            sizes = np.abs(output[*moment.run, moment.time])
            found = np.argsort(-np.where(np.isfinite(sizes), sizes, 0), kind="stable")
            others = tuple(unit for unit in found.tolist() if unit != moment.unit)[:OTHERS]
        return moment.unit, *(unit for unit in others if unit != moment.unit)

    def _context(self, name: str, epoch: int, sample: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return the bands of all units, and the time steps at which some are not finite, by quantity."""
        values = {quantity: self.trace[name][quantity][epoch, sample] for quantity in self.trace[name].quantities}
        lost = {quantity: np.flatnonzero(~np.isfinite(own).all(axis=1)) for quantity, own in values.items()}
        return {quantity: band_of(own) for quantity, own in values.items()}, lost

    def _columns(self, count: int, height: float) -> int:
        """Return how many panels stand side by side: so that they are neither flat nor narrow."""

        def size(columns: int) -> float:
            wide, high = (self.width() - 2) / columns - 4.2, height / -(-count // columns) - 4.9
            return min(wide / 1.6, high) if wide >= NARROWEST_UNITS - 3.4 else -columns

        best = max(range(1, count + 1), key=size)
        self.slots = max(self.slots, best) if self.shared else best
        return self.slots if size(self.slots) > 0 else best


def checked(units: Iterable[int]) -> tuple[int, ...]:
    """Return the numbers of the chosen units, each once."""
    if isinstance(units, str) or not isinstance(units, Iterable):
        raise TypeError(f"units: expected numbers of units, such as [0, 2]; got {describe(units)}")
    found = tuple(dict.fromkeys(positive_int("units", unit, 0) for unit in units))
    if not found:
        raise ValueError(
            f"units: expected 1 to {MOST_UNITS} numbers of units; got none. Was no unit above the threshold?"
        )
    if len(found) > MOST_UNITS:
        begin = ", ".join(map(str, found[:MOST_UNITS]))
        raise ValueError(
            f"units: expected at most {MOST_UNITS}; got {len(found)} ({begin} …). "
            f"Choose some, such as units[:{MOST_UNITS}]"
        )
    return found
