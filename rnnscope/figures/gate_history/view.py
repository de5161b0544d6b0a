"""The distribution of every quantity over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.style import (
    NOT_FINITE,
    Scale,
    blend,
    dress,
    em,
    ink,
    paper,
    quantity_colour,
    scale_of,
    small,
    whole_ticks,
    written,
)
from rnnscope.figures.view import View
from rnnscope.trace import Moment

LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
"""The quantiles that are drawn: three bands, one within the other, and the median."""

SATURATED = 0.05
"""A value is saturated if it is nearer than this to an end of the range of its activation."""

WORDY_LABEL = 16
"""A panel of so many font sizes says what is meant by saturated."""

NARROWEST_BANDS = 12
"""A panel is at least so many font sizes wide; more panels go into another row."""


@dataclass(frozen=True)
class History:
    """How one quantity moved over the recorded epochs, at one time step.

    Attributes
    ----------
    quantiles
        Those of `LEVELS` over all units and samples, (level, epoch); NaN where no value is finite.
    saturated
        The share of values near an end of the range, (epoch,); None if the quantity has no range.
    broken
        Whether some value is not finite, (epoch,).
    """

    quantiles: np.ndarray
    saturated: np.ndarray | None
    broken: np.ndarray


@dataclass(frozen=True)
class GateHistoryData:
    """What the view shows: the history of each quantity, and the course of the chosen unit and sample, (epoch,)."""

    histories: dict[str, History]
    units: dict[str, np.ndarray]


def history_of(values: np.ndarray, ends: tuple[float, float] | None) -> History:
    """Return how a quantity moved.

    Parameters
    ----------
    values
        Its values, (epoch, anything …).
    ends
        The range of its activation, or None.
    """
    flat = values.reshape(len(values), -1)
    is_finite = np.isfinite(flat)
    broken = ~is_finite.all(axis=1)
    quantiles = np.full((len(LEVELS), len(flat)), np.nan)
    if not broken.all():  # sorted first: three times as quick
        quantiles[:, ~broken] = np.quantile(np.sort(flat[~broken], axis=1), LEVELS, axis=1)
    for epoch in np.flatnonzero(broken & is_finite.any(axis=1)):
        quantiles[:, epoch] = np.quantile(flat[epoch, is_finite[epoch]], LEVELS)
    if ends is None:
        return History(quantiles, None, broken)
    near = (flat < ends[0] + SATURATED) | (flat > ends[1] - SATURATED)
    return History(quantiles, (near & is_finite).sum(axis=1) / np.maximum(is_finite.sum(axis=1), 1), broken)


class GateHistoryView(View):
    """Draw how the distribution of every quantity moved over the recorded epochs, at one time step.

    The bands hold all units and samples: from the smallest to the largest, the middle 80 % and the middle 50 %; the
    line is the median. Below a quantity whose activation has a range: the share of values within 0.05 of an end,
    where the gradient hardly passes.

    Parameters
    ----------
    cursor
        The moment: layer and time step, the epoch that is marked, and the unit and sample of the dotted line.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, or the layer is not recurrent.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> figure = rs.figures.gate_history(trace, rs.Cursor(time=1))
    >>> figure.update(rs.Cursor(time=2))
    """

    question = "When did the gates begin to open?"

    @cached_property
    def _histories(self) -> dict[tuple[str, int], dict[str, History]]:
        """The histories that were taken, by layer and time step."""
        return {}

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        count = len(self.layer.quantities)
        return 2 + 3 * min(max(count, 2), 3), 1 + 2.9 * -(-count // 3)

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.layer.name,)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of each quantity, over all epochs, samples and time steps, and that of the epochs."""
        layer, epochs = moment.layer, self.trace.epochs
        found = {name: scale_of(layer.cell[name].role, layer[name]) for name in layer.quantities}
        return {**found, "epoch": Scale(float(epochs[0]), float(epochs[-1]), "size")}

    def read(self, moment: Moment) -> GateHistoryData:
        """Return the histories at the moment's time step."""
        layer, key = moment.layer, (moment.layer.name, moment.time)
        if key not in self._histories:
            self._histories[key] = {
                name: history_of(layer[name][:, :, moment.time], layer.cell[name].ends) for name in layer.quantities
            }
        units = {name: layer[name][:, moment.sample, moment.time, moment.unit] for name in layer.quantities}
        return GateHistoryData(self._histories[key], units)

    def titles(self) -> list[str]:
        """Return what is seen."""
        about = "all units and samples over the epochs"
        return [f"{self.layer.kind} layer {self.layer.name!r}: {about}", "All units and samples over the epochs"]

    def when(self) -> list[str]:
        """Return the moment in words, and what the bands and lines are."""
        m = self.moment
        start, dotted = f"time step {m.time}, epoch {m.epoch}", f"dotted: unit {m.unit} in sample {m.sample}"
        bands = ("half, 80 % and all of the values", "50, 80, 100 %")
        return [*(f"{start}; line: median, bands: {b}, {dotted}" for b in bands), f"{start}; line: median", start]

    def draw(self, box: Box) -> None:
        """Make a panel for each quantity."""
        names = self.layer.quantities
        own = min(len(names), 3)
        self.slots = max(self.slots, own) if self.shared else own
        columns = int(np.clip((self.width() - 3) // NARROWEST_BANDS, 1, self.slots))
        boxes = box.inset(left=3.6, right=1.2).grid(len(names), columns, (3.6, 0.4))
        last = len(names) - columns
        self.panels = {
            name: _Panel(self, name, part, is_lowest=k >= last)
            for k, (name, part) in enumerate(zip(names, boxes, strict=True))
        }
        for panel in self.panels.values():
            self.moving += panel.moving

    def move(self) -> None:
        """Show the distributions at the moment's time step, and mark its epoch."""
        for name, panel in self.panels.items():
            panel.show(self.data.histories[name], self.data.units[name], self.moment.epoch)

    def words(self) -> str:
        """Return the median and the share of saturated values of each quantity, at first and now."""
        at, cell, parts = self.moment.place, self.layer.cell, []
        for name, history in self.data.histories.items():
            first, now = history.quantiles[LEVELS.index(0.5), [0, at]]
            text = f"{name} ({cell[name].title}) median {written(first)} at first, {written(now)} now"
            if history.saturated is not None:
                text += f", {100 * history.saturated[at]:.0f} % saturated"
            parts.append(text)
        return (
            f"Distribution over all units and samples of layer {self.layer.name} ({self.layer.kind}) at time step "
            f"{self.moment.time}, epoch {self.moment.epoch}: {'; '.join(parts)}."
        )


class _Panel:
    """The bands of one quantity, and below them the share of saturated values."""

    def __init__(self, view: GateHistoryView, name: str, box: Box, *, is_lowest: bool) -> None:
        cell, scale = view.layer.cell, view.scales[name]
        self.epochs, self.over, colour = view.trace.epochs, view.scales["epoch"], quantity_colour(cell, name)
        has_share = cell[name].ends is not None
        self.axes = view.panel(box.inset(top=1.8, bottom=6.2 if has_share else 2.9))
        room = 0.04 * (scale.high - scale.low)
        self._limit(self.axes, (scale.low - room, scale.high + room))
        dress(self.axes, title=f"{name}  {cell[name].title}", colour=colour)
        self.bands = [
            self.axes.add_collection(PolyCollection([], linewidth=0, facecolor=blend(colour, paper(), part)))
            for part in (0.85, 0.65, 0.42)
        ]
        self.median = self.axes.plot([], [], color=colour, linewidth=2)[0]
        self.unit = self.axes.plot([], [], ":", color=ink(), linewidth=1.2)[0]
        top = self.axes.get_xaxis_transform()
        self.broken = self.axes.plot([], [], "v", color=NOT_FINITE, transform=top, clip_on=False)[0]
        self.lines = [cursor_line(self.axes)]
        self.moving = [*self.bands, self.median, self.unit, self.broken, *self.lines, *self.axes.spines.values()]
        self.share: PolyCollection | None = None
        if has_share:
            self._draw_share(view.panel(box.strip("bottom", 4.8).inset(bottom=2.9)), colour)
        lowest = self.share.axes if self.share else self.axes
        dress(lowest, xlabel="epoch", ylabel="", title="")
        if lowest is self.axes:
            dress(self.axes, title=f"{name}  {cell[name].title}", colour=colour, xlabel="epoch")

    def _draw_share(self, axes: Axes, colour: str) -> None:
        self._limit(axes, (0, 100))
        self.axes.tick_params(labelbottom=False)
        axes.set_yticks([0, 100], ["0 %", "100 %"], fontsize=small())
        wide = size_in_ems(axes, em())[0]
        label = f"saturated: within {SATURATED} of an end" if wide >= WORDY_LABEL else "saturated"
        axes.text(0.5, 1.12, label, transform=axes.transAxes, ha="center", va="bottom", fontsize=small(), color=ink())
        self.share = axes.add_collection(PolyCollection([], linewidth=0, facecolor=blend(colour, paper(), 0.42)))
        self.lines.append(cursor_line(axes))
        self.moving += [self.share, self.lines[-1], *axes.spines.values()]

    def _limit(self, axes: Axes, limits: tuple[float, float]) -> None:
        over = self.over
        pad = 0.5 if over.low == over.high else 0
        axes.set(xlim=(over.low - pad, over.high + pad), ylim=limits)
        whole_ticks(axes.xaxis, 5)

    def show(self, history: History, unit: np.ndarray, epoch: int) -> None:
        """Show a history, the course of a unit, and mark an epoch."""
        x, at = self._wide(self.epochs), len(LEVELS) - 1
        for k, band in enumerate(self.bands):
            band.set_verts(_between(x, self._wide(history.quantiles[k]), self._wide(history.quantiles[at - k])))
        self.median.set_data(x, self._wide(history.quantiles[at // 2]))
        self.unit.set_data(x, self._wide(np.where(np.isfinite(unit), unit, np.nan)))
        self.broken.set_data(self.epochs[history.broken], np.full(history.broken.sum(), 0.97))
        if self.share is not None:
            self.share.set_verts(_between(x, np.zeros(len(x)), self._wide(100 * history.saturated)))
        for line in self.lines:
            line.set_xdata([epoch, epoch])

    def _wide(self, values: np.ndarray) -> np.ndarray:
        """Return values over the epochs; a single epoch is drawn over the width of the panel."""
        if len(self.epochs) > 1:
            return values
        is_epochs = values is self.epochs
        return np.array([values[0] - 0.5, values[0] + 0.5]) if is_epochs else np.repeat(values, 2)


def _between(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Return the areas between two curves, one for each stretch of numbers."""
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    stretches = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if len(known) else []
    return [np.stack([np.r_[x[s], x[s][::-1]], np.r_[low[s], high[s][::-1]]], axis=1) for s in stretches]
