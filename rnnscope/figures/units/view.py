"""Chosen units as lines over time, in every quantity of their layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache

import numpy as np

from rnnscope.figures.drawing.bands import band_of
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.inputs import stands_with, tick_names
from rnnscope.figures.options import SCALES, Option
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.shown import check_gradients, role_of, shown_in, shown_of, symbol_of
from rnnscope.figures.style import dress, quantity_colour
from rnnscope.figures.units.companions import Companion, Courses
from rnnscope.figures.units.data import UnitsData, checked, companion_texts
from rnnscope.figures.units.panels import UnitPanel, UnitsLegend, unit_notes
from rnnscope.figures.view import View
from rnnscope.findings import gates, gradients, memory, passes, states, unit
from rnnscope.languages import listed, noted, tr
from rnnscope.numbers import written
from rnnscope.trace import Moment
from rnnscope.trace.passes import dropped_at, has_masked, held_steps

OTHERS = 3
"""So many units beside the cursor's are shown if none are chosen."""

NARROWEST_UNITS = 11.0
"""A panel is at least so many font sizes wide."""

LEAST_LEFT = 3.2
"""Left of a panel are at least so many font sizes for the numbers of its axis."""

VALUE = 4.8
"""A value beside the title of a panel is at most so many font sizes wide."""


class UnitsView(View):
    """Draw chosen units of a recurrent layer as lines over time, in a panel for each quantity.

    Behind the lines is the range of all units: from the smallest to the largest value, and darker the 80 % in the
    middle. In the backward direction the lines are ∂L/∂quantity. The legend says in what, and when, another unit
    differs most from that of the cursor. A cross at the foot of a panel marks a time step at which some unit is NaN or
    infinite; lines have a gap there.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step (marked) and unit, whose line is the strongest and whose values are
        written; by default the end of training, where most happens.
    scales
        `"epochs"`: a scale is the same at every epoch, so that two pictures can be compared; `"moment"`: it is that of
        the moment's epoch and sample, as that of gradients is anyway: they shrink by powers of ten while a net learns.
    units
        Numbers of at most eight units, such as `[0, 2]` or what `rs.figures.units_above` returns, shown beside that of
        the cursor; by default the three whose courses differ most from it and from each other.

    Raises
    ------
    ValueError
        If the trace has no such epoch, layer, sample, time step, unit or quantity, the layer is not recurrent, the
        direction is backward and no gradients were recorded, or `units` is empty, too long, or names a unit that the
        layer does not have.
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

    question = noted("What do single units do?")
    topics = (passes.held, unit.jump, gates.here, states.stored, memory.lack, passes.dropped)
    backward_topics = (passes.held, gradients.most, gradients.reach)
    shows_unit = True
    shows_gradients = True
    shows_held = True

    scales: str = SCALES
    units: Iterable[int] | None = Option(None, lambda units, _: None if units is None else checked(units))

    @cached_property
    def courses_of(self) -> Callable[[str, str, int, int], Courses]:
        """What gives the courses of all units of a layer in a direction, at an epoch and a sample, each made once."""
        return lru_cache(maxsize=16)(self._courses)

    @cached_property
    def context(self) -> Callable[[str, str, int, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
        """What gives the bands of a layer in a direction, at an epoch and a sample, each made once."""
        return lru_cache(maxsize=16)(self._context)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        columns = min(3, len(self.layer.quantities))
        return max(6.0, 3.4 * columns), 1.3 + 2.2 * -(-len(self.layer.quantities) // columns)

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, moment.direction, stands_with(moment)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of each quantity."""
        shown = shown_of(moment).items()
        return {name: scale_of(role_of(moment, name), self.span(array, moment)) for name, array in shown}

    def read(self, moment: Moment) -> UnitsData:
        """Return the values of the chosen units at the moment's epoch and sample."""
        companions = self._companions(moment)
        units = (moment.unit, *(companion.unit for companion in companions))
        values = {name: array[moment.run].T[list(units)] for name, array in shown_of(moment).items()}
        around = self.context(moment.layer.name, moment.direction, *moment.run)
        return UnitsData(values, *around, units, moment.time, companions)

    def titles(self) -> list[str]:
        """Return what is seen."""
        if self.moment.direction == "backward":
            return [tr("{layer}: the gradient of the loss by single units over time", layer=self.layer_named)]
        return [tr("{layer}: single units over time", layer=self.layer_named)]

    def when(self) -> list[str]:
        """Return the moment in words, and why the other units were chosen."""
        found = super().when()
        if self.units is not None or len(self.data.units) == 1:
            return found
        long = tr("{moment}; beside it the units that differ most, from it and from each other", moment=found[0])
        return [long, *found]

    def draw(self, box: Box) -> None:
        """Make the legend, and a panel for each quantity."""
        names, steps, count = list(self.data.values), self.moment.steps, self._most()
        box = box.inset(left=0.6, right=1.2)
        self.legend = UnitsLegend(self.width() - 1.8, count, steps, explains=self.explains)
        rows = self.legend.high
        if rows:
            self.legend.draw(self.panel(box.strip("top", rows)))
        columns = self._columns(len(names), self.height() - 3.6 - rows)
        parts = box.inset(top=rows + 0.2).grid(len(names), columns, (0.8, 0.2))
        self.panels = {
            name: self._panel(name, part, lowest=k + columns >= len(names))
            for k, (name, part) in enumerate(zip(names, parts, strict=True))
        }
        self.moving += [*self.legend.moving, *(artist for panel in self.panels.values() for artist in panel.moving)]

    def notes(self) -> list[Note]:
        """Return what the strongest line and the bands are; the other lines are other units in every picture."""
        return unit_notes(self.moment.steps)

    def move(self) -> None:
        """Show the values of the moment, and mark its time step."""
        self.legend.show(self.data.units, companion_texts(self.moment, self.data), self._dropped())
        for name, panel in self.panels.items():
            panel.show(self.data.values[name], self.data.bands[name], self.data.lost[name], self.data.time)
            panel.held.show(held_steps(self.moment))

    def _dropped(self) -> dict[int, str]:
        """Return of which units matrices read a state as 0, in words."""
        zeros = {name: found for name, found in dropped_at(self.moment).items() if name in self.layer.cell.states}
        units = {unit: [name for name in zeros if zeros[name][unit]] for unit in self.data.units}
        return {unit: tr("{states} read as 0: dropout", states=listed(names)) for unit, names in units.items() if names}

    def words(self) -> str:
        """Return the values of the chosen units at the moment."""
        data, symbols = self.data, {name: symbol_of(self.moment, name) for name in self.data.values}
        values = [
            ", ".join(f"{symbols[name]} {written(own[k, data.time])}" for name, own in data.values.items())
            for k in range(len(data.units))
        ]
        each = zip(data.units, values, strict=True)
        parts = "; ".join(tr("unit {unit} {numbers}", unit=unit, numbers=numbers) for unit, numbers in each)
        lost = [
            tr("{quantity} at {count} time steps", quantity=name, count=len(steps))
            for name, steps in data.lost.items()
            if len(steps)
        ]
        found = [
            tr(
                "Lines over time of units {units} of layer {layer} ({kind}), before the range of all {count} units, "
                "at {moment}.",
                units=", ".join(map(str, data.units)),
                layer=self.layer.name,
                kind=self.layer.kind,
                count=self.layer.units,
                moment=self.here,
            ),
            tr("At time step {step}: {units}.", step=data.time, units=parts),
            self._differences(),
            tr("Not finite: {quantities}.", quantities=", ".join(lost)) if lost else "",
        ]
        return " ".join(filter(None, found))

    def _differences(self) -> str:
        texts = zip(self.data.companions, companion_texts(self.moment, self.data), strict=True)
        found = "; ".join(tr("unit {unit} differs most in {what}", unit=one.unit, what=text[0]) for one, text in texts)
        return f"{found[0].upper()}{found[1:]}." if found else ""

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment whose layer does not have all chosen units."""
        super().check_moment(moment)
        check_gradients(moment)
        units = moment.layer.units
        unknown = [unit for unit in self.units or () if unit >= units]
        if unknown:
            wanted = f"numbers from 0 to {units - 1} (layer {moment.layer.name!r} has {units})"
            raise ValueError(f"units: expected {wanted}; got {', '.join(map(str, unknown))}")

    def _panel(self, name: str, box: Box, *, lowest: bool) -> UnitPanel:
        ends = (written(end, 2) for end in (self.scale[name].low, self.scale[name].high))
        left = max(LEAST_LEFT, *(text_width(self.figure, text) + 0.3 for text in ends))
        axes, cell = self.panel(box.inset(left=left, top=1.9, bottom=2.8)), self.layer.cell
        colour = quantity_colour(cell, name)
        axes.stands_for(phase=name)
        steps, names, has_held = self.moment.steps, tick_names(self.moment), has_masked(self.layer)
        panel = UnitPanel(axes, self.scale[name], steps, self._most(), colour, names, has_held=has_held)
        dress(axes, xlabel=tr("time step") if lowest else "")
        symbol = symbol_of(self.moment, name)
        ways = [f"{symbol}  {tr(cell[name].title)}", symbol]
        self.fit(panel.title(colour), ways, size_in_ems(axes, self.em)[0] - VALUE)
        return panel

    def _most(self) -> int:
        """Return how many units can be shown at one moment: the chosen ones and the cursor's."""
        return min(self.layer.units, 1 + (OTHERS if self.units is None else len(self.units)))

    def _companions(self, moment: Moment) -> tuple[Companion, ...]:
        """Return the chosen units, or those that differ most, with how they differ from the cursor's."""
        courses = self.courses_of(moment.layer.name, moment.direction, *moment.run)
        others = courses.furthest(moment.unit, OTHERS) if self.units is None else self.units
        return tuple(courses.compared(moment.unit, unit) for unit in others if unit != moment.unit)

    def _courses(self, name: str, direction: str, place: int, sample: int) -> Courses:
        return Courses({name: array[place, sample] for name, array in shown_in(self.trace[name], direction).items()})

    def _context(
        self, name: str, direction: str, epoch: int, sample: int
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Return the bands of all units, and the time steps at which some are not finite, by quantity."""
        shown = shown_in(self.trace[name], direction)
        values = {quantity: array[epoch, sample] for quantity, array in shown.items()}
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
