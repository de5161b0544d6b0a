"""The panels of one input: the share of each of its time steps, and below them the map of derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.artists import Column, HeatMap, pointer
from rnnscope.figures.drawing.hatches import HeldSteps
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.panel import Panel
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.influence.below import InputsBelow
from rnnscope.figures.influence.slopes import TraceSlopes
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import dress, em, faint, ink, whole_ticks
from rnnscope.languages import tr
from rnnscope.numbers import written
from rnnscope.trace import Moment
from rnnscope.trace.clock import held_inputs, input_time, mask_of_input

BAR_ROOM = 1.25
"""The bars are so much less high than their panel: the largest share leaves room for its number."""


class InputPanels:
    """The shares and the map of one input, on the same time steps.

    Parameters
    ----------
    bars, below
        The panels.
    slopes
        The derivatives of the trace.
    number
        The number of the input.
    scale
        That of the map.

    Attributes
    ----------
    bars, labels
        The shares, and their numbers.
    heat, column, row
        The derivatives, the mark of a time step, and that of an output step.
    inputs
        What is read at the time steps.
    held
        The hatches over time steps that do not count.
    """

    def __init__(self, bars: Panel, below: Panel, slopes: TraceSlopes, number: int, scale: Scale) -> None:
        self.slopes, self.number, self.steps = slopes, number, slopes.steps[number]
        self._make_bars(bars)
        self._make_map(below, scale)
        has_held = mask_of_input(slopes.trace, number) is not None
        self.held = [HeldSteps(below, has_held), HeldSteps(bars, has_held, 0.5)]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        over = [artist for each in self.held for artist in each.moving]
        bars = [self.bars, *self.labels, self.bars.axes.spines["bottom"]]
        return [*bars, *self.heat.moving, *over, *self.inputs.texts, self.column.patch, self.row]

    def show(self, moment: Moment, slopes: np.ndarray, row: int | None, *, is_missing: bool) -> None:
        """Show the derivatives at a moment, and mark the row of its output step, or its own time step."""
        is_alone, held = len(self.slopes.steps) == 1, held_inputs(moment, self.number)
        time = moment.time if is_alone else input_time(moment, self.number)
        self.heat.show(np.zeros_like(slopes) if is_missing else slopes, time or 0)
        self.heat.image.set_visible(not is_missing)
        self.inputs.show(moment.sample)
        for each in self.held:
            each.show(held)
        self.row.set_visible(row is not None)
        self.row.set_ydata([row or 0])
        self.column.patch.set_visible(time is not None and self.slopes.rows != "output step" and not is_missing)
        self.column.show(time or 0)

    def show_shares(self, shares: np.ndarray, largest: float) -> None:
        """Draw the shares of all inputs in all, the largest darkest; NaN is no share."""
        known = np.flatnonzero(np.isfinite(shares))
        highs = shares / (largest or 1.0)
        self.bars.set_verts([rounded_box(t, highs[t] / 2, 0.4, highs[t] / 2, 0) for t in known])
        self.bars.set_facecolor([ink() if shares[t] == largest else faint(0.45) for t in known])
        best = int(np.nanargmax(shares)) if known.size else -1
        is_said = len(self.labels) == len(shares) or shares[best] == largest
        for text, t in zip(self.labels, range(self.steps) if len(self.labels) == self.steps else [best], strict=True):
            is_there = t in known and is_said
            text.set(x=t, y=highs[t] + 0.02 if is_there else 0)
            text.set_text(f"{written(100 * shares[t], 2)} %" if is_there else "")

    def _make_bars(self, axes: Panel) -> None:
        """Make room for bars; the largest of all inputs fills it, and the numbers say how large they are."""
        axes.set(xlim=(-0.5, self.steps - 0.5), ylim=(0, BAR_ROOM))
        dress(axes)
        axes.set_yticks([])
        axes.tick_params(labelbottom=False)
        axes.spines[["top", "right", "left"]].set_visible(False)
        whole_ticks(axes.xaxis, 10)
        self.bars = axes.add_collection(PolyCollection([], linewidth=0))
        column = size_in_ems(axes, em())[0] / self.steps
        count = self.steps if text_width(axes.get_figure(root=True), "100 %") < 0.95 * column else 1
        self.labels = [write(axes, 0, 0, side="center", verticalalignment="bottom") for _ in range(count)]

    def _make_map(self, axes: Panel, scale: Scale) -> None:
        rows, kind, is_first = self.slopes.shape[0], self.slopes.rows, self.number == 0
        self.heat = HeatMap(axes, (rows, self.steps), scale, numbers=kind != "output step")
        names = {"output step": tr("output step t′"), "feature": tr("feature")}
        dress(axes, ylabel=names.get(kind, "") if is_first else "")
        self.inputs = InputsBelow(axes, self.slopes.trace, self.number)
        whole_ticks(axes.yaxis, 8)
        if not kind:
            axes.set_yticks([])
        elif not is_first:
            axes.tick_params(labelleft=False)
        self.column, self.row = Column(axes, rows), pointer(axes, "time" if kind == "output step" else None)


def shown_largest(shares: Sequence[float] | np.ndarray) -> float:
    """Return the largest share; 0 if there is none."""
    known = np.asarray(shares)[np.isfinite(shares)]
    return float(known.max(initial=0.0))
