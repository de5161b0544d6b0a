"""The panels of the gradient's way back: its norms, and the factor per step."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from rnnscope.analysis.factors import Factor, distinct
from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import Entry, even_ticks, logarithmic
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.drawing.steps import TickNames, name_ticks
from rnnscope.figures.drawing.zeros import LogLines
from rnnscope.figures.gradient_flow.gradients import GradientData
from rnnscope.figures.scale import Scale, finite
from rnnscope.figures.style import dress, em, faint, quantity_colour, whole_ticks
from rnnscope.languages import noted, tr
from rnnscope.numbers import written
from rnnscope.trace import LayerTrace

MARKERS, DASHES = "osD^v", ("-", "--", ":")
MOST_MARKERS = 40
"""Lines of more time steps have no markers."""

FACTOR_SCALE = Scale(0.0, 1.5, "size")
"""The axis of the factor goes from 0 to this: with 1 all of the gradient is kept, with more it grows."""


def norm_label(relative: bool) -> str:
    """Return what the axis of the norms is called."""
    return tr("norm, last step = 1") if relative else tr("norm over all units")


def norm_entries(data: GradientData, layer: LayerTrace, noise: Collection[str]) -> dict[str, Entry]:
    """Return how the line of each state, and of the output of each other layer, looks and is called.

    States whose gradient is `noise` have no line; it is said instead.
    """
    found: dict[str, Entry] = {}
    marked = len(data.history[0]) <= MOST_MARKERS
    for k, name in enumerate(data.norms):
        look = {"color": quantity_colour(layer.cell, name), "linestyle": DASHES[k % 2], "linewidth": 2}
        marker = MARKERS[k % len(MARKERS)] if marked else ""
        label = tr("∂L/∂{state}: 0 up to rounding", state=name) if name in noise else f"∂L/∂{name}"
        found[name] = Entry(label, {**look, "marker": marker, "markersize": 0.5 * em()})
    for k, name in enumerate(data.others):
        is_one = len(data.others) == 1
        label = tr("∂L/∂output of {layer}", layer=name) if is_one else tr("outputs of other layers")
        found[name] = Entry("" if k else label, {"color": faint(0.6), "linestyle": "-", "linewidth": 1.2})
    return found


class NormsPanel:
    """The norms at every time step, on a logarithmic axis.

    Attributes
    ----------
    lines, drawn
        The line of each state, and of the output of each other layer; and what sets them.
    """

    def __init__(self, axes: Axes, entries: dict[str, Entry], steps: int, scale: Scale, relative: bool) -> None:
        self.axes = axes
        each = np.arange(steps)
        self.lines = {name: axes.plot(each, np.ones(steps), **entry.style)[0] for name, entry in entries.items()}
        self.drawn = LogLines(axes, list(self.lines.values()), scale)
        if relative:
            axes.axhline(1, color=faint(0.6), linewidth=0.8)
        logarithmic(axes, scale)
        axes.set_xlim(-0.5, steps - 0.5)
        dress(axes, ylabel=norm_label(relative))
        whole_ticks(axes.xaxis, 8)
        axes.tick_params(labelbottom=False)
        self.time_line = cursor_line(axes, "time")
        self.flat = write(axes, 0.5, 0.5, side="center", transform=axes.transAxes, verticalalignment="center")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [self.time_line, *self.drawn.moving, self.flat, *self.axes.spines.values()]

    def show(self, data: GradientData, time: int) -> None:
        """Show other norms, and mark a time step."""
        norms = data.norms | data.others
        self.drawn.show([norms[name] for name in self.lines])
        self.time_line.set_xdata([time, time])
        undefined = all(not np.isfinite(norms).any() for norms in data.norms.values())
        self.flat.set_text(tr("the gradient at the last step is 0 or not finite") if undefined else "")


class FactorPanel:
    """What the cell multiplies the gradient with, from each time step to the one before.

    Attributes
    ----------
    lines
        The line of each way back; the same number for several states is drawn once.
    measured
        The line of what the gradient of the first way's state was in fact multiplied with; None where gradient comes in
        at every time step, and so cannot be told apart from what comes back.
    """

    def __init__(
        self,
        axes: Axes,
        factors: Sequence[Factor],
        layer: LayerTrace,
        names: TickNames,
        steps: int,
        where: Sequence[str],
    ) -> None:
        self.axes, self.lines, self.way = axes, {}, -1 if layer.is_turned else 1
        each = inner_steps(steps, self.way)
        for k, factor in enumerate(distinct(factors).values()):
            look = {"color": quantity_colour(layer.cell, factor.way.states[0]), "linestyle": DASHES[k % 3]}
            self.lines[factor.way.name] = axes.plot(each, np.ones(steps - 1), linewidth=2, **look)[0]
        self.measured = None
        if factors and not layer.options["return_sequences"]:
            self.measured = axes.plot(each, np.ones(steps - 1), **measured_entry().style)[0]
        axes.axhline(1, color=faint(0.6), linewidth=0.8)
        axes.set(xlim=(-0.5, steps - 0.5), ylim=(FACTOR_SCALE.low, FACTOR_SCALE.high))
        wide = size_in_ems(axes, em())[0]
        fits = (words for words in where if text_width(axes.get_figure(root=True), words) < wide + 3)
        dress(axes, ylabel=tr("factor"), xlabel=next(fits, tr("time step")))
        name_ticks(axes, names, 8)
        even_ticks(axes, "y")
        self.time_line = cursor_line(axes, "time")
        self.nothing = write(axes, 0.5, 0.45, side="center", transform=axes.transAxes, verticalalignment="center")
        if not factors:
            self.nothing.set_text(tr("there is none: all of it goes through gates"))

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        measured = [] if self.measured is None else [self.measured]
        return [self.time_line, *self.lines.values(), *measured, *self.axes.spines.values()]

    def show(self, data: GradientData, time: int) -> None:
        """Show other factors, and mark a time step."""
        for factor in data.factors:
            self.lines[factor.way.name].set_ydata(finite(inner(factor.sizes, self.way)))
        if self.measured is not None:
            self.measured.set_ydata(finite(measured(data, self.way)))
        self.time_line.set_xdata([time, time])


def measured_entry() -> Entry:
    """Return how the line of the measured factor looks and is called."""
    look = {"color": faint(0.3), "linestyle": (0, (1, 1.2)), "linewidth": 1.4}
    long, short = tr("factor per step back as measured, through all ways"), tr("factor per step back as measured")
    return Entry(long, look, short)


def measured(data: GradientData, way: int) -> np.ndarray:
    """Return by what the gradient's norm was multiplied on its way from each of the `inner_steps`, (time − 1,)."""
    norms = data.norms[data.factors[0].way.states[0]]
    with np.errstate(divide="ignore", invalid="ignore"):
        return norms[:-1] / norms[1:] if way == 1 else norms[1:] / norms[:-1]


def inner(values: np.ndarray, way: int) -> np.ndarray:
    """Return of values at time steps those at which some step was read before: all but the first one to be read."""
    return values[1:] if way == 1 else values[:-1]


def inner_steps(steps: int, way: int) -> np.ndarray:
    """Return the time steps at which some step was read before."""
    return inner(np.arange(steps), way)


def factor_name(factor: Factor) -> str:
    """Return what a factor is: `f`, or `1 − h², then U_h (at most ×1.09)`."""
    if factor.way.map is None:
        return factor.way.name
    parts = {"slope": factor.way.name, "weight": factor.way.map.weight.name}
    if not np.isfinite(factor.stretch):
        return tr("{slope}, then {weight}", **parts)
    return tr("{slope}, then {weight} (at most ×{stretch})", stretch=written(factor.stretch), **parts)


def factor_words(factors: Sequence[Factor], is_measured: bool = False) -> list[str]:
    """Return what the factors are, the longest way first."""
    names = ", ".join(map(factor_name, distinct(factors).values()))
    if not names:
        return [tr("factor per step back")]
    ways = [tr("factor per step back: {factors}", factors=names), names]
    if is_measured:
        with_dots = noted("factor per step back: {factors}; dotted: measured")
        ways = [tr(with_dots, factors=names), tr("{factors}; dotted: measured", factors=names)]
    return [*ways, names, ", ".join(distinct(factors))]
