"""Layers above each other, time steps side by side, arrows as wide as what they carry."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.network.key import draw_key
from rnnscope.figures.network.row import SPREAD, Grid, NetworkRow
from rnnscope.figures.network.texts import in_words, outcome, outputs
from rnnscope.figures.network.unrolled import NetworkData, Unrolled, shown_times
from rnnscope.figures.numbers import vector_text
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import faint, ink, quantity_colour
from rnnscope.figures.view import HEADINGS, View
from rnnscope.findings import answers, gates
from rnnscope.trace import Moment

MOST_COLUMNS = 12
"""So many time steps are shown at most: the first, the last, and those around the cursor."""

NARROWEST_COLUMN, WIDEST_COLUMN = 5.2, 26.0
"""Columns are at least and at most so far apart, in font sizes."""

ARROW_PART = 0.38
"""How much of the way from column to column an arrow takes."""

RISE, HIGH, EACH = 6.6, 4.0, 2.0
"""How far layers are apart, and how high their boxes are, in font sizes, if there is room; and how far apart at least
are the arrows of a cell's states."""

BOTTOM, TOP = 8.6, 1.8
"""The room for the scales, the time steps and the input, and for the target."""

LABELS = (11.0, 4.6)
"""The room for the names of the layers at the left of a wide and of a narrow picture."""

WIDE_NET = 48
"""A picture of so many font sizes is wide."""


class NetworkView(View):
    """Draw the net unrolled in time: a row per layer, a column per time step, the input below and the target above.

    The strip in a box holds all units from left to right (where there are more units than pixels, a pixel shows one of
    those under it), and the number above it is their norm ‖h‖, of a single unit its value; a dense layer has a scale of
    its own. A layer that goes backwards stands in the order in which it reads. Arrows are as wide as the norm of the
    state or input that they carry; the scales are those of all epochs.

    Backward, arrows point back. Strips (sizes only) and numbers are those of ∂L/∂h, total over all later time steps;
    arrows are as wide as what a step sends back: to ∂L/∂h, ∂L/∂c … of the step before, and to ∂L/∂ what the layer
    reads, on logarithmic scales. Of a long sequence the first and the last time step and those around the cursor are
    shown.

    Parameters
    ----------
    cursor
        The moment: epoch, sample, layer and time step (its box is framed), unit (marked in the strip) and direction; by
        default the end of training, forward.

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

    question = "What flows through the net?"
    topics = (answers.answer, gates.learned)

    recurrent = False

    @cached_property
    def unrolled(self) -> Callable[[str], Unrolled]:
        """What gives the net unrolled in a direction, made once."""
        return lru_cache(maxsize=2)(partial(Unrolled, self.trace))

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        columns = min(len(self.trace.x[0]), MOST_COLUMNS)
        wide = LABELS[0] + columns * np.clip(100 / columns, 8, 14) + 3
        high = HEADINGS + BOTTOM + TOP + (RISE + self._higher()) * len(self.trace.layers)
        return max(wide, 58) * self.em / 72, high * self.em / 72

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.direction,)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scales of single units and of norms, over all epochs."""
        return self.unrolled(moment.direction).scales()

    def read(self, moment: Moment) -> NetworkData:
        """Return what flows at the moment, at the time steps that are shown."""
        return self.unrolled(moment.direction).at(moment, shown_times(len(self.trace.x[0]), moment.time, self._most()))

    def titles(self) -> list[str]:
        """Return what is seen."""
        layers = [self.trace[name] for name in self.trace.layers]
        way = "what flows forward" if not self._backward else "the gradient on its way back"
        return [
            f"{' → '.join(f'{layer.kind}({layer.units})' for layer in layers)}: {way}",
            f"{layers[0].kind} net of {len(layers)} layers: {way}",
            way.capitalize(),
        ]

    def when(self) -> list[str]:
        """Return the moment in words, with layer and unit."""
        at = self.moment
        return [f"{words}, layer {at.layer.name}, unit {at.unit}" for words in super().when()] + super().when()

    def draw(self, box: Box) -> None:
        """Make the rows of boxes, the input, the target, the scales, and the frame of the cursor."""
        self.axes = self.panel(box)
        wide, high = self.width(), self.height() - self.head
        self.axes.set(xlim=(0, wide), ylim=(0, high))
        self.axes.stands_for(self._at)
        self.axes.set_axis_off()
        self.grid = self._grid(wide, high)
        self.rows = {name: self._row(number, name, data) for number, (name, data) in enumerate(self.data.rows.items())}
        self._draw_labels()
        self._draw_steps()
        colours = {state: row.colours[state] for row in self.rows.values() for state in row.states}
        draw_key(self, self.axes, colours, self.scale, outputs(self.trace, self.data, self._backward), self._backward)
        self.target = write(self.axes, 0, 0, side="right", fontweight="bold")
        self.frame = Rectangle((0, 0), self.grid.wide, self.grid.high, fill=False, edgecolor=ink(), linewidth=2.4)
        self.frame.set(zorder=5, clip_on=False)
        self.axes.add_patch(self.frame)
        self.unit = self.axes.plot([0], [0], "^", color=ink(), markersize=0.45 * self.em, zorder=6)[0]
        self.moving += [self.target, self.frame, self.unit]

    def move(self) -> None:
        """Show what flows at the moment, and frame its box."""
        data, widths = self.data, self._widths()
        for name, row in self.rows.items():
            row.show(data.rows[name], widths[name])
        for time, label, value, vector in zip(data.times, self.steps, self.inputs, data.inputs, strict=True):
            label.set(text=str(time), fontweight="bold" if time == self.moment.time else "normal")
            value.set_text(vector_text(vector))
        for gap, before, after in zip(self.gaps, data.times, data.times[1:], strict=False):
            gap.set_text("…" if after > before + 1 else "")
        self._show_target()
        row, column = self.rows[self.layer.name], int(data.times.searchsorted(self.moment.time))
        self.frame.set_xy(row.box(column))
        x, y = row.place_of(self.moment.unit, column)
        self.unit.set_data([x], [y])
        self.unit.set_visible(row.units > 1)

    def words(self) -> str:
        """Return the input, what every layer puts out at each time step, the prediction and the target."""
        return (
            f"The net unrolled in time, {self.moment.direction}, at {self.here}, layer {self.layer.name}, "
            f"unit {self.moment.unit}. {in_words(self.trace, self.data, self._backward)} "
            f"{outcome(self.data, self.moment.time)[0].capitalize()}."
        )

    # ------------------------------------------------------------------------------------------------- what is where

    @property
    def _backward(self) -> bool:
        return self.moment.direction == "backward"

    def _labels(self) -> float:
        return LABELS[0 if self.width() >= WIDE_NET else 1]

    def _most(self) -> int:
        """Return how many columns have room."""
        return int(np.clip((self.width() - self._labels() - 2) // NARROWEST_COLUMN, 3, MOST_COLUMNS))

    def _grid(self, wide: float, high: float) -> Grid:
        left, columns = self._labels(), len(self.data.times)
        pitch = min((wide - left - 0.8) / (columns + ARROW_PART), WIDEST_COLUMN)
        full, box = RISE + self._higher(), HIGH + self._higher()
        rise = min((high - BOTTOM - TOP) / len(self.data.rows), 1.5 * full)
        return Grid(left, pitch, (1 - ARROW_PART) * pitch, BOTTOM, rise, min(box, box / full * rise), columns)

    def _higher(self) -> float:
        """Return how much higher than others the boxes are, for the arrows of many states."""
        recurrent = (self.trace[name] for name in self.trace.layers if self.trace[name].is_recurrent)
        between = max((len(layer.cell.states) - 1 for layer in recurrent), default=0)
        return max(0.0, EACH * between / SPREAD - HIGH)

    def _row(self, number: int, name: str, data: Any) -> NetworkRow:
        layer = self.trace[name]
        shown = "∂L/∂unit" if self._backward else "unit" if layer.is_recurrent else f"unit of {name}"
        states = {s: quantity_colour(layer.cell, s) for s in layer.cell.states} if layer.is_recurrent else {}
        below = self.trace[self.trace.layers[number - 1]] if number else None
        entering = quantity_colour(below.cell, below.output) if below and below.is_recurrent else faint(0.5)
        colours = {**states, "entering": entering}
        symbol = f"∂L/∂{layer.output}" if self._backward else layer.output
        row = NetworkRow(
            self.axes,
            self.grid,
            number,
            data,
            self.scale[shown],
            colours,
            list(states),
            symbol,
            backward=self._backward,
        )
        self.moving += row.moving
        return row

    def _widths(self) -> dict[str, dict[str, Scale]]:
        """Return by layer on which scales its arrows are as wide as they are."""
        flows = self.scale["gradient" if self._backward else "norm"]
        first = flows if self._backward else self.scale["x"]
        return {name: {"states": flows, "entering": flows if k else first} for k, name in enumerate(self.rows)}

    # ------------------------------------------------------------------------------------------------- what is drawn

    def _at(self, x: float, y: float) -> dict[str, Any]:
        """Return the layer, time step and unit of the box at a place; below the boxes, the time step of the column."""
        for name, row in self.rows.items():
            found = row.at(x, y)
            if found and self.trace[name].is_recurrent:
                return {"layer": name, "time": self.data.times[found.pop("column")], **found}
        column = int((x - self.grid.left) // self.grid.pitch)
        is_below = 0 <= column < len(self.data.times) and y <= BOTTOM
        return {"time": self.data.times[column]} if is_below else {}

    def _draw_labels(self) -> None:
        """Name the layers at the left, the input and the time steps."""
        x, room = 0.6, self._labels() - 0.4
        for name, row in self.rows.items():
            layer, y = self.trace[name], self.grid.y(row.row) + self.grid.high / 2
            two = self.grid.high >= 2.2 and self.width() >= WIDE_NET
            self.fit(
                write(self.axes, x, y + 0.65 * two, fontweight="bold"),
                [name, f"layer {row.row}", str(row.row)],
                room,
            )
            two = two or bool(layer.options.get("go_backwards"))
            if two:
                back = ", backwards" if layer.options.get("go_backwards") else ""
                ways = [f"{layer.kind}, {layer.units}{back}", f"{layer.units}{back}", f"{layer.units} units"]
                self.fit(write(self.axes, x, y - 0.65), ways, room)
        one = self.data.inputs.shape[1] == 1
        self.fit(
            write(self.axes, x, BOTTOM - 0.9, fontweight="bold"),
            ["input x", "x"] if one else ["input ‖x‖", "‖x‖"],
            room,
        )
        self.fit(write(self.axes, x, BOTTOM - 2.3), ["time step", "t"], room)

    def _draw_steps(self) -> None:
        """Make the texts of time steps and inputs below the columns, and of gaps between them."""
        middles = [self.grid.x(k) + self.grid.wide / 2 for k in range(self.grid.columns)]
        self.inputs = [write(self.axes, x, BOTTOM - 0.9, side="center") for x in middles]
        self.steps = [write(self.axes, x, BOTTOM - 2.3, side="center") for x in middles]
        between = [(a + b) / 2 for a, b in pairwise(middles)]
        self.gaps = [write(self.axes, x, BOTTOM - 2.3, side="center") for x in between]
        self.moving += [*self.inputs, *self.steps, *self.gaps]

    def _show_target(self) -> None:
        """Write prediction and target above the last box."""
        grid = self.grid
        right = grid.x(grid.columns - 1) + grid.wide
        self.target.set_position((right, grid.y(len(self.rows) - 1) + grid.high + 1.0))
        self.fit(self.target, outcome(self.data, self.moment.time), right - 0.6)
