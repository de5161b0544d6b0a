"""Every quantity of a layer as a heat map, time steps by units."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, lru_cache, partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rnnscope.checks import one_of
from rnnscope.figures.drawing.artists import Column, HeatMap, pointer
from rnnscope.figures.drawing.hatches import DroppedRows, HeldSteps
from rnnscope.figures.drawing.layout import Box, shift, size_in_ems
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.steps import INPUTS_BELOW, TimeAxis
from rnnscope.figures.gates.data import GatesData, course_in
from rnnscope.figures.gates.rows import DEFAULT, ORDERS_OF_ROWS, RowTexts, order_words, rows_of
from rnnscope.figures.gates.scales import contrast_scale, draw_strip, joined, scale_notes, span_text
from rnnscope.figures.gates.summary import Summary, mean_sign
from rnnscope.figures.inputs import inputs_read, widest_inputs
from rnnscope.figures.options import SCALES, Option
from rnnscope.figures.scale import Scale
from rnnscope.figures.shown import check_gradients, role_of, shown_of, symbol_of
from rnnscope.figures.style import dress, lettering, quantity_colour, whole_ticks
from rnnscope.figures.view import View
from rnnscope.findings import gates, gradients, memory, passes, states
from rnnscope.languages import noted, tr
from rnnscope.numbers import written
from rnnscope.trace import Moment
from rnnscope.trace.passes import dropped_at, drops_of, has_masked, held_steps

NARROWEST_MAP = 7.5
"""A panel is at least so many font sizes wide; more panels go into a second row."""

WORDY_TITLE = 10
"""The title of a panel of so many font sizes holds words beside the name."""

FURTHER_ROW, LEAST_MAP, NO_LINE = 3.2, 4.0, 0.4
"""A further row of panels makes a picture so many inches higher; so many font sizes are left for a map, or the line
above it is left out, which then is so high."""

ORDER_AT, LEFT, GAPS, BETWEEN_ROWS = 3.6, 6.0, {"forward": 3.3, "backward": 4.8}, 0.6
"""How far left of a map it is written in what order the units stand, the room left of the panels, the gaps between two,
wider for the small numbers of gradients, and those between rows."""

TITLE, MEAN, LINE, ABOVE_MAP, UNDER_MAP, BAR, BAR_TEXTS = 1.8, 1.3, 3.4, 0.6, 3.4, 0.7, 2.6
"""The heights of what stands above and below a map, from the top, in font sizes."""

ENDS_TEXT = 1.4
"""The height of the line that says how far the colours of a map go, in font sizes."""

MEAN_WORDS = noted("line: mean of all units, band: the middle 80 % of them")

AS_IN_FIRST = noted("units, as in the first picture")
"""How the rows stand of a run that was changed by hand."""


class GatesView(View):
    """Draw every quantity of a recurrent layer over time, a row per unit, below the mean of all units.

    The line above a map is the mean of all units, the band the middle 80 % of them; that of a gate lies between 0
    (shut) and 1 (open). The colours of a map go as far as the middle 98 % of the values, so that they differ where the
    values are: below each map stands from where to where. In the backward direction all of it is ∂L/∂quantity. NaN and
    infinity are bright pink.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step and unit (both marked), and direction; by default the end of
        training, forward, where most happens.
    scales
        `"epochs"`: a scale is the same at every epoch, so that two pictures can be compared; `"moment"`: it is that of
        the moment's epoch and sample, as that of gradients is anyway: they shrink by powers of ten while a net learns.
    order
        Order of the units from the top: `"output"`, by the mean of the layer's output over time, the same rows in
        every phase; `"number"`; or by the course of the cursor's phase: `"activity"`, `"mean"`, `"similarity"` (see
        `rs.figures.ordered`).

    Raises
    ------
    ValueError
        If the trace has no such moment, the layer is not recurrent, or the direction is backward without gradients.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.gates(model.trace(task.x), rs.Cursor(time=1))
    >>> figure.update(rs.Cursor(time=2))
    """

    question = noted("Which gate opened?")
    topics = (
        passes.held,
        gates.once,
        gates.learned,
        gates.lack,
        gates.here,
        gates.in_time,
        states.stored,
        memory.lack,
        passes.dropped,
    )
    backward_topics = (passes.held, gradients.most, gradients.reach)
    shows_gradients = True
    shows_held = shows_dropped = stands_loosely = True

    scales: str = SCALES
    order: str = Option(DEFAULT, lambda order, _: one_of("order", order, ORDERS_OF_ROWS), ORDERS_OF_ROWS)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        count = len(self.layer.quantities)
        return 2.6 + 1.8 * max(count, 2), 5.6

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: each further row of panels makes it higher."""
        wide, high = self.size()
        wide, count = min(wide, width), len(self.layer.quantities)
        rows = -(-count // self._columns(wide * 72 / self.em, count))
        return wide, high + FURTHER_ROW * (rows - 1)

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        by = moment.phase if self.order not in (DEFAULT, "number") else ""
        return moment.layer.name, moment.direction, by

    def check_moment(self, moment: Moment) -> None:
        """Refuse a direction that was not recorded."""
        super().check_moment(moment)
        check_gradients(moment)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of each quantity, with its contrast where the values are."""
        shown = shown_of(moment).items()
        return {name: contrast_scale(role_of(moment, name), self.span(array, moment)) for name, array in shown}

    @cached_property
    def course_of(self) -> Callable[[str, str, int, int], tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
        """What gives bands and means of a layer in a direction, at an epoch and a sample, each made once."""
        return lru_cache(maxsize=16)(partial(course_in, self.trace))

    def read(self, moment: Moment) -> GatesData:
        """Return the values of the moment's epoch and sample."""
        shown, layer = shown_of(moment), moment.layer
        units = rows_of(self._leading(moment), self.order)
        values = {name: array[moment.run].T[units] for name, array in shown.items()}
        course = self.course_of(layer.name, moment.direction, *moment.run)
        return GatesData(values, *course, units, inputs_read(moment), moment.time, moment.unit)

    def titles(self) -> list[str]:
        """Return what is seen."""
        layer = self.layer_named
        if self.is_backward:
            long = tr("{layer}: the gradient of the loss by every quantity at every time step", layer=layer)
            return [long, tr("{layer}: gradients", layer=layer)]
        return [tr("{layer}: every quantity at every time step", layer=layer)]

    def when(self) -> list[str]:
        """Return the moment in words, and what the line and the band are."""
        found = super().when()
        return [f"{found[0]}; {tr(MEAN_WORDS)}", *found] if self.explains else found

    def notes(self) -> list[Note]:
        """Return what the line and the band are, and what the colours mean."""
        means = Note("mean", (tr(MEAN_WORDS),), mean_sign())
        return [*([means] if self.has_lines else []), *scale_notes(self._all_scales())]

    def scales_here(self) -> dict[str, Scale]:
        """Return the scales at the moment; beside others one for all gates, and one for all else, where that shows."""
        own = super().scales_here()
        common = {} if self.explains else joined(self._all_scales())
        return {name: common.get(scale.kind, scale) for name, scale in own.items()}

    def _all_scales(self) -> Mapping[str, Scale]:
        """Return the scales of all quantities, also of those that it is compared with."""
        return self.shared(self.moments) if self.shared else self.scales_of(self.moment)

    def _leading(self, moment: Moment) -> Moment:
        """Return the moment by which units are ordered: beside a run that was changed by hand, that of the first run.

        A unit is the same in both, and stands in the same row.
        """
        first, *others = self.moments
        are_same = (first.layer.kind, first.layer.units) == (moment.layer.kind, moment.layer.units)
        return first if are_same and any(each.trace.interventions for each in others) else moment

    @property
    def is_backward(self) -> bool:
        """Whether it shows gradients."""
        return self.moment.direction == "backward"

    def draw(self, box: Box) -> None:
        """Make a panel with its scale for each quantity."""
        names = list(self.data.values)
        self.slots = max(self.slots, len(names)) if self.shared else len(names)
        columns = self._columns(self.width(), self.slots)
        boxes = box.inset(left=LEFT, right=1.6).grid(len(names), columns, (GAPS[self.moment.direction], BETWEEN_ROWS))
        rows = -(-len(names) // columns)
        each = (self.height() - self.head - BETWEEN_ROWS * (rows - 1)) / rows
        self.joined = {} if self.explains else joined(self._all_scales())
        self.under = UNDER_MAP + BAR + BAR_TEXTS if self.explains else INPUTS_BELOW + 0.6
        if not self.explains and any(scale.kind not in self.joined for scale in self.scale.values()):
            self.under += ENDS_TEXT
        self.has_lines = each >= TITLE + MEAN + LINE + ABOVE_MAP + LEAST_MAP + self.under
        self.panels: dict[str, tuple[HeatMap, Column, Line2D]] = {}
        self.summaries: dict[str, Summary] = {}
        self.held: dict[str, tuple[HeldSteps, ...]] = {}
        self.dropped: dict[str, DroppedRows] = {}
        self.times: list[TimeAxis] = []
        self.rows: list[RowTexts] = []
        for k, (name, part) in enumerate(zip(names, boxes, strict=True)):
            self._panel(name, part, first=k % columns == 0)

    def move(self) -> None:
        """Show the values of the moment, and mark its time step and its unit."""
        data, place = self.data, int(np.flatnonzero(self.data.units == self.data.unit)[0])
        held, zeros = held_steps(self.moment), dropped_at(self.moment)
        for name, (heat, column, unit) in self.panels.items():
            for hatches in self.held[name]:
                hatches.show(held)
            self.dropped[name].show(zeros.get(name), data.units)
            heat.show(data.values[name], data.time)
            column.show(data.time)
            unit.set_ydata([place])
            self.summaries[name].show(data.means[name], data.bands[name], data.time)
        for times in self.times:
            times.show(data.inputs)
        for rows in self.rows:
            rows.show(data.units, place)

    def words(self) -> str:
        """Return the means of all quantities at the moment."""
        data, cell = self.data, self.layer.cell
        means = "; ".join(
            f"{symbol_of(self.moment, name)} ({tr(cell[name].title)}) {written(float(means[data.time]))}"
            for name, means in data.means.items()
        )
        maps = (
            noted("Heat maps of gradients of layer {layer} ({kind}), time steps by units, at {moment}.")
            if self.is_backward
            else noted("Heat maps of layer {layer} ({kind}), time steps by units, at {moment}.")
        )
        front = tr(maps, layer=self.layer.name, kind=self.layer.kind, moment=self.here)
        return f"{front} {tr('Means over all units at this time step: {means}.', means=means)}"

    def _panel(self, name: str, box: Box, *, first: bool) -> None:
        """Make the line, the map and the scale of a quantity, from the top."""
        cell, (units, steps) = self.layer.cell, self.data.values[name].shape
        scale, colour = self.scale[name], quantity_colour(cell, name)
        line = LINE + ABOVE_MAP if self.has_lines else NO_LINE
        above = box.inset(top=TITLE + MEAN).strip("top", line - ABOVE_MAP if self.has_lines else line / 2)
        summary = self.summaries[name] = Summary(self.panel(above), scale, steps, colour, shown=self.has_lines)
        axes = self.panel(box.inset(top=TITLE + MEAN + line, bottom=self.under))
        heat, symbol = HeatMap(axes, (units, steps), scale), symbol_of(self.moment, name)
        wide = size_in_ems(axes, self.em)[0] >= WORDY_TITLE
        summary.title([f"{symbol}  {tr(cell[name].title)}", symbol] if wide else [symbol], lettering(colour), self.fit)
        for part in (summary.axes, axes):
            part.stands_for(phase=name)
        times, column, unit = (
            TimeAxis(axes, self.moment.steps, widest_inputs(self.trace)),
            Column(axes, units),
            pointer(axes, "unit", lambda: self.data.units),
        )
        dress(axes)
        if self.explains:
            self._bar(self.panel(box.strip("bottom", BAR + BAR_TEXTS).inset(bottom=BAR_TEXTS)), name)
        elif scale.kind not in self.joined:
            self._say_span(axes, name)
        self.panels[name] = heat, column, unit
        self.times.append(times)
        has_held = has_masked(self.layer)
        self.held[name] = HeldSteps(summary.axes, has_held and self.has_lines, 0.5), HeldSteps(axes, has_held)
        self.dropped[name] = DroppedRows(axes, units, drops_of(self.layer, name))
        over = [*self.held[name][0].moving, *self.held[name][1].moving, *self.dropped[name].moving]
        self.moving += [*summary.moving, *heat.moving, *over, *times.texts, column.patch, unit]
        self._name_rows(axes, first=first, has_inputs=bool(times.texts))

    def _columns(self, wide: float, most: int) -> int:
        """Return how many panels stand side by side in a picture so many font sizes wide."""
        return int(np.clip((wide - LEFT) // (NARROWEST_MAP + GAPS[self.moment.direction]), 1, most))

    def _name_rows(self, axes: Axes, *, first: bool, has_inputs: bool) -> None:
        """Number the units at the left of a map, and say what the rows of texts below it are."""
        axes.tick_params(labelleft=first and self.order == "number", left=self.order == "number")
        if self.order == "number":
            whole_ticks(axes.yaxis, 6)
        if not first:
            return
        place = axes.transAxes + shift(axes, -ORDER_AT, 0)
        words = write(axes, 0, 0.5, side="center", transform=place, rotation=90, verticalalignment="center")
        leading = self._leading(self.moment)
        ways = order_words(leading, self.order) if leading is self.moment else [tr(AS_IN_FIRST), tr("units"), ""]
        self.fit(words, ways, size_in_ems(axes, self.em)[1])
        for down, text in [(0.85, tr("time step")), *([(INPUTS_BELOW, tr("input"))] if has_inputs else [])]:
            place = axes.transAxes + shift(axes, -1.6, -down)
            write(axes, 0, 0, text, side="right", transform=place)
        if self.order != "number":
            self.rows.append(RowTexts(axes, self.layer.units))
            self.moving += self.rows[-1].texts

    def _bar(self, axes: Axes, name: str) -> None:
        """Draw a scale, with what its ends mean."""
        draw_strip(axes, self.scale[name], self._spanned(name))

    def _say_span(self, axes: Axes, name: str) -> None:
        """Write below a map how far its colours go."""
        place = axes.transAxes + shift(axes, 0, -INPUTS_BELOW - ENDS_TEXT)
        words = write(axes, 0.5, 0, side="center", transform=place)
        self.fit(words, span_text(self.scale[name], self._spanned(name)), size_in_ems(axes, self.em)[0] + 1)

    def _spanned(self, name: str) -> np.ndarray:
        """Return the values over which the scale of a quantity reaches."""
        return self.span(shown_of(self.moment)[name], self.moment)
