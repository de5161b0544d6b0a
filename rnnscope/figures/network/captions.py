"""The names of layers beside a net unrolled in time, and the inputs and time steps below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.network.grid import Grid
from rnnscope.figures.network.groups import Group
from rnnscope.figures.network.key import KEY
from rnnscope.figures.network.row import NetworkRow
from rnnscope.figures.network.texts import input_ways
from rnnscope.figures.network.unrolled import NetworkData
from rnnscope.languages import tr
from rnnscope.trace import LayerTrace, Trace
from rnnscope.trace.parts import direction_of

BELOW_NET, INPUT, STEP, GROUP = 3.0, 0.9, 2.3, 3.7
"""The room below a net, and how far below it inputs, time steps and the names of groups stand, in font sizes."""

WIDE_NET, TWO_LINES = 48.0, 2.2
"""A picture of so many font sizes is wide, and in it boxes that are so high have a name of two lines."""


def is_wide(canvas: Canvas) -> bool:
    """Say whether there is room for whole names at the left of a net."""
    return canvas.width() >= WIDE_NET


def draw_names(canvas: Canvas, axes: Axes, trace: Trace, rows: Mapping[LayerTrace, NetworkRow], room: float) -> None:
    """Write the name of each layer beside its row, and its kind, units and direction, and where its states begin."""
    for layer, row in rows.items():
        y, number, direction = row.bottom + row.high / 2, row.look.number, direction_of(trace, layer)
        back = [tr("backwards")] if layer.options.get("go_backwards") and not direction else []
        begin = _begins(layer)
        two = bool(back or direction or begin) or (row.high >= TWO_LINES and is_wide(canvas))
        text = write(axes, 0.6, y + 0.65 * two + 0.65 * bool(begin), fontweight="bold")
        names = _of_direction(direction[0]) if direction else [layer.name, tr("layer {number}", number=number)]
        canvas.fit(text, [*names, str(number)], room - 0.4)
        if two:
            kind = f"{direction[1].name}, {layer.kind}" if direction else f"{layer.kind}"
            kind = tr("both, {mode}", mode=layer.options.get("merge_mode")) if layer.kind == "Merge" else kind
            units = f"{layer.units}"
            ways = [", ".join([kind, units, *back]), f"{layer.kind}, {units}", ", ".join([units, *back])]
            ways += [tr("{count} units", count=units)]
            canvas.fit(write(axes, 0.6, y - 0.65 + 0.65 * bool(begin)), ways, room - (1.2 if direction else 0.4))
        if begin:
            canvas.fit(write(axes, 0.6, y - 1.3), [*begin, ""], room - 0.4)


def _of_direction(direction: str) -> list[str]:
    """Return what a direction of two is called, the longest way first."""
    if direction == "forward":
        return [tr("forward direction"), tr("forward")]
    return [tr("backward direction"), tr("backward")]


def _begins(layer: LayerTrace) -> list[str]:
    """Return from where the first states of a layer come, if they are not zero and of no other layer."""
    if not layer.is_recurrent or layer.start is not None:
        return []
    usual = {state: layer.cell[state].start for state in layer.cell.states}
    first = {state: layer.arrays[key][:, :, 0] for state in usual if (key := f"state/{state}") in layer.arrays}
    if all(np.array_equal(found, np.full_like(found, usual[state])) for state, found in first.items()):
        return []
    if layer.options.get("stateful"):
        return [tr("from the batch before →"), tr("batch before →")]
    return [tr("given first state →")]


def draw_remarks(canvas: Canvas, axes: Axes, notes: Sequence[Note]) -> None:
    """Draw signs with what they mean in a line above the key."""
    x = 0.6
    for note in notes:
        note.sign.draw(axes, x, KEY + 0.4)
        text = write(axes, x + note.sign.wide + 0.4, KEY + 0.4)
        canvas.fit(text, [*note.ways], canvas.width() / len(notes) - note.sign.wide - 1.2)
        x += note.sign.wide + 0.4 + canvas.ems_of(text) + 1.8


class Steps:
    """The inputs and the numbers of time steps below the columns, and marks where some are left out.

    Attributes
    ----------
    inputs, steps, gaps
        The texts.
    moving
        All of them.
    """

    def __init__(self, canvas: Canvas, axes: Axes, grid: Grid, top: float, groups: Mapping[Group, str]) -> None:
        self.canvas = canvas
        canvas.fit(write(axes, 0.6, top - INPUT, fontweight="bold"), [tr("input x"), "x"], grid.left - 0.4)
        canvas.fit(write(axes, 0.6, top - STEP), [tr("time step"), "t"], grid.left - 0.4)
        middles = [grid.x(k) + grid.wide / 2 for k in range(grid.columns)]
        self.rooms = [min(grid.pitch - 0.6, 2 * (canvas.width() - x)) for x in middles]  # none leaves the picture
        self.inputs = [write(axes, x, top - INPUT, side="center") for x in middles]
        self.steps = [write(axes, x, top - STEP, side="center") for x in middles]
        self.gaps = [write(axes, (a + b) / 2, top - STEP, side="center") for a, b in pairwise(middles)]
        self.moving: list[Artist] = [*self.inputs, *self.steps, *self.gaps]
        for group, name in groups.items() if len(groups) > 1 else ():
            first, last = middles[group.columns[0]], middles[group.columns[-1]]
            text = write(axes, (first + last) / 2, top - GROUP, side="center", fontweight="bold")
            canvas.fit(text, [name], last - first + grid.pitch)

    def show(self, data: NetworkData, group: Group, now: int) -> None:
        """Show the time steps of the columns, with what is read at each; one of those of a group is the cursor's."""
        for each in data.groups:
            read, names = data.read[each.source], data.names[each.source]
            for column, time, vector, label in zip(each.columns, each.times, read, names, strict=True):
                is_now = each is group and time == now
                self.steps[column].set(text=str(time), fontweight="bold" if is_now else "normal")
                ways = input_ways(vector, label, is_token=each.source in data.tokens) if vector.size else [""]
                self.canvas.fit(self.inputs[column], ways, self.rooms[column])
            for column, (before, after) in zip(each.columns, pairwise(each.times), strict=False):
                self.gaps[column].set_text("…" if after > before + 1 else "")
