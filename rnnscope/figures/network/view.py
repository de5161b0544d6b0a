"""Layers above each other, time steps side by side, arrows as wide as what they carry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from rnnscope.analysis.classes import are_classes, puts_out_probabilities
from rnnscope.figures.drawing.hatches import over_notes
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.network.captions import BELOW_NET, Steps, draw_names, draw_remarks, is_wide
from rnnscope.figures.network.grid import ARROW_PART, RISE, Grid, full_height, grid_within
from rnnscope.figures.network.groups import APART, Group, Groups, extra_room, group_of
from rnnscope.figures.network.key import KEY, NetworkKey, arrow_notes
from rnnscope.figures.network.links import Link, corners
from rnnscope.figures.network.profile import sorts
from rnnscope.figures.network.row import NetworkRow, RowLook, has_room_for_numbers, row_ends
from rnnscope.figures.network.texts import arrow_words, box_notes, box_words, in_words, number_names, outcome
from rnnscope.figures.network.unrolled import (
    LayerRow,
    NetworkData,
    Unrolled,
    held_by,
    held_scale,
    shown_times,
)
from rnnscope.figures.options import SCALES
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import faint, ink, input_colour, quantity_colour
from rnnscope.figures.view import HEADINGS, View
from rnnscope.findings import answers, gates, gradients, passes, states
from rnnscope.languages import noted, tr
from rnnscope.trace import LayerTrace, Moment
from rnnscope.trace.parts import architecture
from rnnscope.trace.passes import drops, has_masked

MOST_COLUMNS = 12
"""So many time steps are shown at most: the first, the last, and those around the cursor."""

NARROWEST_COLUMN, WIDEST_COLUMN = 5.2, 26.0
"""Columns are at least and at most so far apart, in font sizes."""

TOP = 1.8
"""The room for the target."""

GROUP_LINE, REMARKS = 1.4, 1.8
"""The room for the names of several groups of columns, and for what is over boxes, in font sizes."""

ASIDE, BESIDE = 0.3, 0.5
"""How far from the middle of a box an arrow is that passes others, as a part of its width, and how far the ways of
several states are apart, in font sizes."""

LABELS = (11.0, 4.6)
"""The room for the names of the layers at the left of a wide and of a narrow picture."""


class NetworkView(View):
    """Draw the net unrolled in time: a row per layer, a column per time step, the input below and the target above.

    A box has a part for each state of the cell. Its bars are the values of all units: in the order of their numbers,
    or, if there are many, from the smallest to the largest, so that the area is how much is stored. The number above
    is their size, the root of the sum of their squares. The cursor's unit is marked and can be followed through time.
    Arrows are as wide as the size of the state or input that they carry. Of a net that ends in probabilities (softmax,
    sigmoid) the last box says the likeliest class and its probability. A layer that goes backwards stands in the order
    in which it reads.

    Backward, arrows point back. Bars and numbers are those of ∂L/∂h, ∂L/∂c …, total over all later time steps; arrows
    are as wide as what a step sends back, to the gradients of the states before and of what the layer reads, all on
    the scale of this moment. Of a long sequence the first and the last time step and those around the cursor are shown.

    Parameters
    ----------
    cursor
        The moment: epoch, sample, layer and time step (its box is framed), unit (marked in the boxes) and direction; by
        default the end of training, forward.

    scales
        Over what the scales reach: `"epochs"`, or `"moment"` for this sample at this epoch. Backward it is always what
        is shown, as gradients shrink by powers of ten while a net learns.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, the states were not recorded, or, backward, the trace has no gradients.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.network(model.trace(task.x), rs.Cursor(time=1))
    >>> figure.update(rs.Cursor(time=2))
    """

    question = noted("What flows through the net?")
    stands_on_trace = False
    topics = (passes.held, answers.answer, states.stored, gates.learned)
    backward_topics = (passes.held, gradients.reach, answers.answer)

    recurrent = False
    scales: str = SCALES

    @cached_property
    def unrolled(self) -> Callable[[str], Unrolled]:
        """What gives the net unrolled in a direction, made once."""
        return lru_cache(maxsize=2)(partial(Unrolled, self.trace))

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        columns = self.groups.widest(MOST_COLUMNS)
        wide = LABELS[0] + (columns + APART * (len(self.groups.sources) - 1)) * np.clip(100 / columns, 8, 17) + 3
        high = HEADINGS + self._below + KEY + TOP + sum(RISE + each for each in self._heights())
        return max(wide, 58) * self.em / 72, high * self.em / 72

    @cached_property
    def data_at(self) -> Callable[[Moment], NetworkData]:
        """What gives what flows at a moment, at the time steps that are shown, made once."""

        @lru_cache(maxsize=2)
        def found(moment: Moment) -> NetworkData:
            return self.unrolled(moment.direction).at(moment, self.groups.at(moment, self._most(), shown_times))

        return found

    @cached_property
    def groups(self) -> Groups:
        """Which layers have the same time steps."""
        return Groups(self.trace)

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still: also on how many columns each group has."""
        many = tuple(len(group.times) for group in self.groups.at(moment, self._most(), shown_times))
        return moment.direction, many if len(many) > 1 else None

    def scales_key(self, moment: Moment) -> tuple:
        """Return on what its scales depend: backward on all that chooses what is shown."""
        shown = (*moment.run, moment.time) if moment.direction == "backward" else ()
        return *super().scales_key(moment), *shown

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scales of the boxes and of the arrows; backward those of what is shown."""
        if moment.direction == "backward":
            return dict(self.data_at(moment).scales)
        return self.unrolled(moment.direction).scales(lambda array: self.span(array, moment))

    def read(self, moment: Moment) -> NetworkData:
        """Return what flows at the moment, at the time steps that are shown."""
        return self.data_at(moment)

    def titles(self) -> list[str]:
        """Return what is seen."""
        layers, kind = architecture(self.trace), self.trace[self.trace.layers[0]].kind
        net, parts = " → ".join(layers), {"kind": kind, "count": len(layers)}
        if self._backward:
            return [
                tr("{net}: the gradient on its way back", net=net),
                tr("{kind} net of {count} layers: the gradient on its way back", **parts),
                tr("The gradient on its way back"),
            ]
        return [
            tr("{net}: what flows forward", net=net),
            tr("{kind} net of {count} layers: what flows forward", **parts),
            tr("What flows forward"),
        ]

    def when(self) -> list[str]:
        """Return the moment in words, with layer and unit."""
        at, ways = self.moment, super().when()
        full = noted("{moment}, layer {layer}, unit {unit}")
        return [*(tr(full, moment=words, layer=at.layer.name, unit=at.unit) for words in ways), *ways]

    def draw(self, box: Box) -> None:
        """Make the rows of boxes, the input, the target, the key, and the frame of the cursor."""
        self.axes = self.panel(box)
        wide, high = self.width(), self.height() - self.head
        self.axes.set(xlim=(0, wide), ylim=(0, high))
        self.axes.stands_for(self._at)
        self.axes.set_axis_off()
        self.grid = self._grid(wide, high)
        self.rows: dict[str, NetworkRow] = {}
        for number, (name, data) in enumerate(self.data.rows.items()):
            self.rows[name] = self._row(number, name, data)
        rows = {self.trace[name]: row for name, row in self.rows.items()}
        draw_names(self, self.axes, self.trace, rows, self._labels())
        names = {group: self._name_of(group) for group in self.data.groups}
        self.steps = Steps(self, self.axes, self.grid, self._bottom, names)
        self.moving += self.steps.moving
        self.legend = None
        if self.explains:
            draw_remarks(self, self.axes, self._remarks())
            self.legend = NetworkKey(self, self.axes, self._colours(), backward=self._backward)
            self.moving += self.legend.moving
        self.target = write(self.axes, 0, 0, side="right", fontweight="bold")
        self.frame = Rectangle((0, 0), self.grid.wide, 0, fill=False, edgecolor=ink(), linewidth=2.4)
        self.frame.set(zorder=5, clip_on=False)
        self.axes.add_patch(self.frame)
        self.moving += [self.target, self.frame]

    def move(self) -> None:
        """Show what flows at the moment, and frame its box."""
        data, backward = self.data, self._backward
        if backward:
            self.scale = self.scales_here()
        scales = self.scale
        for name, row in self.rows.items():
            is_first = self.unrolled(self.moment.direction).reads_input(self.trace[name])
            flows = {"states": scales["flow"], "entering": scales["x" if is_first else "flow"]}
            row.show(data.rows[name], self._group(name).times, self._unit_in(name), self._scales_in(name), flows)
        self.steps.show(data, self._group(self.layer.name), self.moment.time)
        self._show_target()
        if self.legend is not None:
            self.legend.show(arrow_words(scales), box_words(self.trace, data, scales, self.moment.unit, backward))
        row, column = self.rows[self.layer.name], self._group(self.layer.name).column(self.moment.time)
        self.frame.set_xy(row.box(column))
        self.frame.set_height(row.high)

    def notes(self) -> list[Note]:
        """Return what arrows carry and how wide they are, and what the bars in the boxes are."""
        back, widths = self._backward, Note("width", tuple(arrow_words(self.scale)))
        about = [widths, *box_notes(self.trace, self.data, self.scale, back)]
        about = [replace(note, moves=back) for note in about]
        return [*arrow_notes(self._colours(), backward=back), *about, *self._remarks()]

    def words(self) -> str:
        """Return the input, what every layer holds at each time step, the prediction and the target."""
        text = (
            noted("The net unrolled in time, backward, at {moment}, layer {layer}, unit {unit}.")
            if self._backward
            else noted("The net unrolled in time, forward, at {moment}, layer {layer}, unit {unit}.")
        )
        front = tr(text, moment=self.here, layer=self.layer.name, unit=self.moment.unit)
        return f"{front} {in_words(self.trace, self.data, self._backward)} {self._outcome()[0].capitalize()}."

    # ------------------------------------------------------------------------------------------------- what is where

    @property
    def _backward(self) -> bool:
        return self.moment.direction == "backward"

    @property
    def _bottom(self) -> float:
        """The room for the key, the time steps and the input."""
        return self._below + (KEY if self.explains else 0.0)

    @property
    def _below(self) -> float:
        """The room for the time steps and the input, and for the key of what is hatched."""
        remarks = REMARKS if self.explains and self._remarks() else 0.0
        return BELOW_NET + GROUP_LINE * (len(self.groups.sources) > 1) + remarks

    def _remarks(self) -> list[Note]:
        """Return what is over boxes: hatches where time steps do not count, stripes where dropout sets to zero."""
        layers = [self.trace[name] for name in self.trace.layers]
        has_dropped = any(drops(layer) and not sorts(layer.units) for layer in layers)
        return over_notes(has_mask=any(map(has_masked, layers)), has_dropped=has_dropped)

    def _group(self, name: str) -> Group:
        """Return the columns that stand for the time of a layer."""
        return group_of(self.groups.of[name], self.data.groups)

    def _name_of(self, group: Group) -> str:
        """Return what the time of a group is called."""
        if group.source < 0:
            return tr("input {number}", number=-group.source)
        return tr("steps of {layer}", layer=self.trace.layers[group.source])

    def _colours(self) -> dict[str, str]:
        """Return the colours of the arrows of all states."""
        return {state: row.look.colours[state] for name, row in self.rows.items() for state in self._carried(name)}

    def _labels(self) -> float:
        return LABELS[0 if is_wide(self) else 1]

    def _most(self) -> int:
        """Return how many columns have room."""
        return int(np.clip((self.width() - self._labels() - 2) // NARROWEST_COLUMN, 3, MOST_COLUMNS))

    def _states(self) -> list[int]:
        """Return how many states the boxes of each layer show."""
        return [len(held_by(self.trace[name])) for name in self.trace.layers]

    def _heights(self) -> list[float]:
        """Return how high the boxes of each layer are, if there is room."""
        units = [self.trace[name].units for name in self.trace.layers]
        return [full_height(*each) for each in zip(self._states(), units, strict=True)]

    def _grid(self, wide: float, high: float) -> Grid:
        left, columns, groups = self._labels(), sum(len(g.times) for g in self.data.groups), self.data.groups
        extra = extra_room(groups) if len(groups) > 1 else ()
        behind = ARROW_PART if any(self.trace[name].is_turned for name in self.trace.layers) else 0.0
        pitch = min((wide - left - 0.8) / (columns + behind + max(extra, default=0.0)), WIDEST_COLUMN)
        return grid_within(left, pitch, columns, self._bottom, high - self._bottom - TOP, self._heights(), extra)

    def _row(self, number: int, name: str, data: LayerRow) -> NetworkRow:
        layer, backward = self.trace[name], self._backward
        colours = {state: quantity_colour(layer.cell, state) for state in data.held} if layer.is_recurrent else {}
        of_classes = name == self.trace.layers[-1] and self._of_classes
        names = {held: number_names(layer, held, backward=backward, of_classes=of_classes) for held in data.held}
        read = dict(zip(("entering", "second"), map(self._colour_of_read, layer.reads), strict=False))
        colours = {layer.output: faint(0.2), **colours, **read}
        has_numbers = backward and has_room_for_numbers(self.grid, self._states())
        classes = [self.trace.labels.of_class(k) for k in range(max(layer.units, 2))] if of_classes else []
        columns = self.groups.columns_of(name, self.data.groups)
        links = [self._link(number, source, k) for k, source in enumerate(layer.reads)]
        marks = has_numbers, self._has_mark(layer), layer.is_turned
        look = RowLook(number, columns, links, colours, names, classes, backward, *marks, self._begins(number, data))
        row = NetworkRow(self.axes, self.grid, data, look, self._scales_in(name))
        self.moving += row.moving
        return row

    def _colour_of_read(self, source: int) -> str:
        """Return the colour of an arrow from what is read: that of its quantity, or of the input."""
        if source < 0:
            return input_colour()
        layer = self.trace[self.trace.layers[source]]
        return quantity_colour(layer.cell, layer.output) if layer.is_recurrent else faint(0.5)

    def _link(self, number: int, source: int, place: int) -> Link:
        """Return what lies between a row and what it reads, from its number; a merge reads two things."""
        groups, name = self.data.groups, self.trace.layers[number]
        columns = self.groups.columns_of(name, groups)
        if source < 0:
            top, below = self.grid.bottoms[0] - self.grid.rise, range(number)
            out = group_of(source, groups).columns
        else:
            top, below = self.grid.bottoms[source] + self.grid.highs[source], range(source + 1, number)
            out = self.groups.columns_out(self.trace.layers[source], groups)
        between = [self.trace.layers[k] for k in below]
        is_next = not any(set(columns) & set(self.groups.columns_of(each, groups)) for each in between)
        aside = 0.0 if is_next else -ASIDE if len(self.trace[name].reads) > 1 and place == 0 else ASIDE
        is_near = is_next and top >= self.grid.bottoms[number] - self.grid.rise - 1e-6
        return Link(top, out, is_near, aside)

    def _begins(self, number: int, data: LayerRow) -> dict[str, list[tuple[float, float]]]:
        """Return the way of each state from the layer with whose last states a layer begins."""
        layer = self.trace[self.trace.layers[number]]
        if layer.start is None:
            return {}
        source = self.rows[self.trace.layers[layer.start]]
        rail = self.grid.bottoms[number] - 0.35 * self.grid.rise
        here = row_ends(self.grid, number, data, self.groups.columns_of(layer.name, self.data.groups), layer.is_turned)
        states = [state for state in data.carried if state in source.states]
        return {
            state: corners(self.grid, source.end(state), here[state], rail, BESIDE * k)
            for k, state in enumerate(states)
        }

    def _scales_in(self, name: str) -> dict[str, Scale]:
        """Return by state the scales of the boxes of a layer."""
        layer, scales = self.trace[name], self.scale
        return {state: scales[held_scale(layer, state, self._backward)] for state in held_by(layer)}

    def _unit_in(self, name: str) -> int | None:
        """Return the unit that is marked in a layer: the cursor's, if it has so many."""
        layer = self.trace[name]
        return self.moment.unit if self.moment.unit < layer.units and self._has_mark(layer) else None

    def _has_mark(self, layer: LayerTrace) -> bool:
        """Say whether a unit of a layer is marked; of classes the likeliest is named."""
        return self._backward or not puts_out_probabilities(layer)

    def _carried(self, name: str) -> tuple[str, ...]:
        return self.trace[name].cell.carried if self.trace[name].is_recurrent else ()

    # ------------------------------------------------------------------------------------------------- what is drawn

    def _at(self, x: float, y: float) -> dict[str, Any]:
        """Return the layer, time step and unit of the box at a place; below the boxes, the time step of the column."""
        for name, row in self.rows.items():
            found = row.at(x, y, self.data.rows[name])
            if found and self.trace[name].is_recurrent:
                group = self._group(name)
                return {"layer": name, "time": group.times[found.pop("column") - group.first], **found}
        column = self.grid.column_at(x)
        if column is None or y > self._bottom:
            return {}
        group = next(group for group in self.data.groups if column in group.columns)
        found = {"time": group.times[column - group.first]}
        if self.groups.of[self.layer.name] == group.source:
            return found
        recurrent = [layer.name for layer in self.trace.recurrent_layers if self.groups.of[layer.name] == group.source]
        return {"layer": recurrent[0], **found} if recurrent else {}

    def _outcome(self) -> list[str]:
        in_time = self.trace.predictions.ndim > 3
        return outcome(self.data, self.trace.labels, probabilities=self._of_classes, in_time=in_time)

    @property
    def _of_classes(self) -> bool:
        """Whether the last layer puts out probabilities of classes; a single one may also be a mere number."""
        last = self.trace[self.trace.layers[-1]]
        return puts_out_probabilities(last) and (last.units > 1 or are_classes(self.trace))

    def _show_target(self) -> None:
        """Write prediction and target above the last box."""
        grid = self.grid
        right = grid.x(grid.columns - 1) + grid.wide
        self.target.set_position((right, grid.bottoms[-1] + grid.highs[-1] + 1.0))
        self.fit(self.target, self._outcome(), right - 0.6)
