"""The names of layers beside a net unrolled in time, and the inputs and time steps below it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.network.grid import Grid
from rnnscope.figures.network.row import NetworkRow
from rnnscope.figures.network.texts import input_ways
from rnnscope.figures.network.unrolled import NetworkData
from rnnscope.trace import LayerTrace

BELOW_NET, INPUT, STEP = 3.0, 0.9, 2.3
"""The room below a net, and how far below it inputs and time steps stand, in font sizes."""

WIDE_NET, TWO_LINES = 48.0, 2.2
"""A picture of so many font sizes is wide, and in it boxes that are so high have a name of two lines."""


def is_wide(canvas: Canvas) -> bool:
    """Say whether there is room for whole names at the left of a net."""
    return canvas.width() >= WIDE_NET


def draw_names(canvas: Canvas, axes: Axes, rows: Mapping[LayerTrace, NetworkRow], room: float) -> None:
    """Write the name of each layer beside its row, and its kind, units and direction."""
    for layer, row in rows.items():
        y, number = row.bottom + row.high / 2, row.look.number
        back = ", backwards" if layer.options.get("go_backwards") else ""
        two = bool(back) or (row.high >= TWO_LINES and is_wide(canvas))
        text = write(axes, 0.6, y + 0.65 * two, fontweight="bold")
        canvas.fit(text, [layer.name, f"layer {number}", str(number)], room - 0.4)
        if two:
            ways = [f"{layer.kind}, {layer.units}{back}", f"{layer.units}{back}", f"{layer.units} units"]
            canvas.fit(write(axes, 0.6, y - 0.65), ways, room - 0.4)


class Steps:
    """The inputs and the numbers of time steps below the columns, and marks where some are left out.

    Attributes
    ----------
    inputs, steps, gaps
        The texts.
    moving
        All of them.
    """

    def __init__(self, canvas: Canvas, axes: Axes, grid: Grid, top: float) -> None:
        self.canvas, self.room = canvas, grid.pitch - 0.6
        canvas.fit(write(axes, 0.6, top - INPUT, fontweight="bold"), ["input x", "x"], grid.left - 0.4)
        canvas.fit(write(axes, 0.6, top - STEP), ["time step", "t"], grid.left - 0.4)
        middles = [grid.x(k) + grid.wide / 2 for k in range(grid.columns)]
        self.inputs = [write(axes, x, top - INPUT, side="center") for x in middles]
        self.steps = [write(axes, x, top - STEP, side="center") for x in middles]
        self.gaps = [write(axes, (a + b) / 2, top - STEP, side="center") for a, b in pairwise(middles)]
        self.moving: list[Artist] = [*self.inputs, *self.steps, *self.gaps]

    def show(self, data: NetworkData, now: int) -> None:
        """Show the time steps of the columns, with what is read at each; one of them is the cursor's."""
        times = data.times
        for time, number, value, vector, label in zip(
            times, self.steps, self.inputs, data.inputs, data.labels, strict=True
        ):
            number.set(text=str(time), fontweight="bold" if time == now else "normal")
            self.canvas.fit(value, input_ways(vector, label), self.room)
        for gap, before, after in zip(self.gaps, times, times[1:], strict=False):
            gap.set_text("…" if after > before + 1 else "")
