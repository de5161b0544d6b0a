"""The map of changes: a row per layer, and of the moment's layer one per quantity, over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.artists import Column, HeatMap, pointer
from rnnscope.figures.drawing.hatches import HeldSteps, columns_of
from rnnscope.figures.drawing.layout import shift
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.panel import Panel
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.steps import INPUTS_BELOW, TimeAxis
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import dress, faint, ink
from rnnscope.languages import noted, tr

Row = tuple[str, str]
"""A layer, and a quantity of it."""

FRAME = 2.2
"""The line around what a hand holds is so wide, in points."""

TIME_AXIS, INPUT_AXIS = noted("time step"), noted("input")
"""What stands beside the numbers of the time steps, and beside the inputs below them."""

BESIDE = 1.0
"""The names of rows stand so many font sizes left of the map, clear of the pointer."""


class ChangesMap:
    """How large the change of every row is at every time step, as colours; what did not change is blank.

    Attributes
    ----------
    rows
        Layer and quantity of each row, from the top.
    heat
        The colours, and the numbers of the cursor's time step.
    frames
        The outlines of what is held by hand.
    phase
        The triangle at the moment's quantity.
    """

    def __init__(
        self,
        axes: Panel,
        rows: Sequence[Row],
        names: Sequence[str],
        steps: int,
        scale: Scale,
        inputs: Sequence[str],
        *,
        has_masked: bool,
    ) -> None:
        self.axes, self.rows, self.steps = axes, list(rows), steps
        self.heat = HeatMap(axes, (len(rows), steps), scale)
        axes.set_yticks([])
        dress(axes)
        borders = [k for k in range(1, len(rows)) if rows[k][0] != rows[k - 1][0]]
        axes.hlines(np.arange(1, len(rows)) - 0.5, -0.5, steps - 0.5, color=faint(0.75), linewidth=0.6, zorder=2.4)
        axes.hlines(np.array(borders) - 0.5, -0.5, steps - 0.5, color=ink(), linewidth=1.2, zorder=2.5)
        place = axes.get_yaxis_transform() + shift(axes, -BESIDE, 0)
        for k, name in enumerate(names):
            write(axes, 0, k, name, side="right", transform=place)
        axes.stands_for(self._row_at)
        for down, text in [(0.85, tr(TIME_AXIS)), *([(INPUTS_BELOW, tr(INPUT_AXIS))] if inputs else [])]:
            write(axes, 0, 0, text, side="right", transform=axes.transAxes + shift(axes, -BESIDE, -down))
        self.times, self.column = TimeAxis(axes, steps, inputs), Column(axes, len(rows))
        self.held, self.phase, self.line = HeldSteps(axes, has_masked), pointer(axes), line_above(axes)
        look = {"facecolor": "none", "edgecolor": ink(), "linewidth": FRAME, "zorder": 2.8, "clip_on": False}
        self.frames = axes.add_collection(PolyCollection([], **look), autolim=False)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment; the lines between rows lie above the colours."""
        lines = [own for own in self.axes.collections if own not in (self.frames, *self.held.moving)]
        over = [*lines, *self.held.moving, self.frames, self.column.patch, self.phase, self.line]
        return [*self.heat.moving, *over, *self.times.texts]

    def show(
        self,
        sizes: np.ndarray,
        hands: Mapping[int, np.ndarray],
        time: int,
        row: int,
        inputs: Sequence[str],
        masked: Sequence[int],
    ) -> None:
        """Show other sizes, (row, time), frame what is held at time steps of some rows, and mark the moment."""
        self.heat.show(sizes, time)
        found = [box + [0, k - 0.5] for k, held in hands.items() for box in columns_of(np.flatnonzero(held), 0.0, 1.0)]
        self.frames.set_verts(found)
        self.held.show(masked)
        self.column.show(time)
        self.phase.set_ydata([row])
        self.times.show(inputs)

    def _row_at(self, _: float, y: float) -> dict[str, str]:
        layer, quantity = self.rows[int(np.clip(round(y), 0, len(self.rows) - 1))]
        return {"layer": layer, "phase": quantity}
