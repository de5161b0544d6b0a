"""Every quantity of a layer as a heat map, time steps by units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.lines import Line2D

from rnnscope.checks import one_of
from rnnscope.figures.drawing.artists import Column, HeatMap, pointer
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.numbers import mean_of, written
from rnnscope.figures.options import Option
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.selection import ORDERS, ordered
from rnnscope.figures.style import dress, quantity_colour, whole_ticks
from rnnscope.figures.view import View
from rnnscope.findings import gates
from rnnscope.trace import Moment

UNIT_LABELS = {
    "number": "unit",
    "activity": "units, first active on top",
    "mean": "units, largest mean on top",
    "similarity": "units, similar ones together",
}
NARROWEST_MAP = 7.5
"""A panel is at least so many font sizes wide; more panels go into a second row."""

WORDY_TITLE = 10
"""The title of a panel of so many font sizes holds words beside the name."""


@dataclass(frozen=True)
class GatesData:
    """What the view shows: the values of each quantity, (unit, time), and the numbers of the units from the top."""

    values: dict[str, np.ndarray]
    units: np.ndarray
    time: int
    unit: int


class GatesView(View):
    """Draw every quantity of a recurrent layer over time, a row per unit.

    Gates run from 0 (shut) to 1 (open); everything else is symmetric about zero. The scale of a quantity is the same
    at every epoch, so that two pictures can be compared. NaN and infinity are bright pink.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step and unit (both marked); by default the end of training, where most
        happens.
    order
        Order of the units from the top: `"number"`, or by the course of the cursor's phase: `"activity"`, `"mean"`,
        `"similarity"` (see `rs.figures.ordered`).

    Raises
    ------
    ValueError
        If the trace has no such epoch, layer, sample, time step, unit or quantity, or the layer is not recurrent.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.gates(model.trace(task.x), rs.Cursor(time=1))
    >>> figure.update(rs.Cursor(time=2))
    """

    question = "Which gate opened?"
    topics = (gates.learned, gates.lack, gates.here, gates.in_time)

    order: str = Option("number", lambda order, _: one_of("order", order, ORDERS), ORDERS)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        count = len(self.layer.quantities)
        return 2 + 1.65 * max(count, 2), 4.6

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.layer.name,)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of each quantity, over all epochs, samples and time steps."""
        layer = moment.layer
        return {name: scale_of(layer.cell[name].role, layer[name]) for name in layer.quantities}

    def read(self, moment: Moment) -> GatesData:
        """Return the values of the moment's epoch and sample."""
        layer, run = moment.layer, moment.run
        units = ordered(layer[moment.phase][run], self.order)
        values = {name: layer[name][run].T[units] for name in layer.quantities}
        return GatesData(values, units, moment.time, moment.unit)

    def titles(self) -> list[str]:
        """Return what is seen."""
        return [f"{self.layer.kind} layer {self.layer.name!r}: every quantity at every time step"]

    def draw(self, box: Box) -> None:
        """Make a panel with its scale for each quantity."""
        names = self.layer.quantities
        self.slots = max(self.slots, len(names)) if self.shared else len(names)
        columns = int(np.clip((self.width() - 3) // NARROWEST_MAP, 1, self.slots))
        boxes = box.inset(left=4.2, right=1.2).grid(len(names), columns, (1.6, 0.6))
        self.panels = {
            name: self._panel(name, part, first=k % columns == 0)
            for k, (name, part) in enumerate(zip(names, boxes, strict=True))
        }
        for heat, column, unit in self.panels.values():
            self.moving += [*heat.moving, column.patch, unit]

    def move(self) -> None:
        """Show the values of the moment, and mark its time step and its unit."""
        place = int(np.flatnonzero(self.data.units == self.data.unit)[0])
        for name, (heat, column, unit) in self.panels.items():
            heat.show(self.data.values[name], self.data.time)
            column.show(self.data.time)
            unit.set_ydata([place])

    def words(self) -> str:
        """Return the means of all quantities at the moment."""
        data, cell = self.data, self.layer.cell
        means = "; ".join(
            f"{name} ({cell[name].title}) {written(mean_of(values[:, data.time]))}"
            for name, values in data.values.items()
        )
        return (
            f"Heat maps of layer {self.layer.name} ({self.layer.kind}), time steps by units, at {self.here}. "
            f"Means over all units at this time step: {means}."
        )

    def _panel(self, name: str, box: Box, *, first: bool) -> tuple[HeatMap, Column, Line2D]:
        axes = self.panel(box.inset(top=1.8, bottom=5.4))
        cell, (units, steps) = self.layer.cell, self.data.values[name].shape
        heat = HeatMap(axes, (units, steps), self.scale[name])
        dress(axes, xlabel="time step", ylabel=UNIT_LABELS[self.order] if first else "")
        wide = size_in_ems(axes, self.em)[0] >= WORDY_TITLE
        title = f"{name}  {cell[name].title}" if wide else name
        axes.set_title(title, color=quantity_colour(cell, name), fontweight="bold", fontsize=self.em)
        whole_ticks(axes.xaxis, 4)
        whole_ticks(axes.yaxis, 6)
        axes.tick_params(labelleft=first)
        heat.bar(self.panel(box.strip("bottom", 2.2).inset(bottom=1.5)))
        axes.stands_for(phase=name)
        return heat, Column(axes, units), pointer(axes, lambda: self.data.units)
