"""The panel of one quantity over the epochs."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.analysis.saturation import NEAR
from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.lettering import Entry
from rnnscope.figures.drawing.notes import Note, line_note, swatch
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.gate_history.history import LEVELS, History
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import NOT_FINITE, blend, dress, em, faint, ink, paper, small, whole_ticks
from rnnscope.languages import noted, tr
from rnnscope.numbers import percent, written

LINEAR = 0.01
"""The part of an axis of gradients that is linear, as a part of its end."""

FADES = 0.85, 0.65, 0.42
"""How far the bands are faded into the background, the widest first."""

WORDY_LABEL = 16
"""A panel of so many font sizes says what is meant by saturated."""


class BandsPanel:
    """The bands of one quantity, and below them, in axes of their own, the share of saturated values.

    Attributes
    ----------
    axes
        Those of the bands.
    share, label
        The share of saturated values over the epochs, and in numbers at the marked one; None without a range.
    moving
        What changes with the moment.
    """

    def __init__(
        self, axes: Axes, below: Axes | None, epochs: np.ndarray, scale: Scale, over: Scale, colour: str
    ) -> None:
        self.axes, self.epochs, self.over = axes, epochs, over
        room = 0.04 * (scale.high - scale.low)
        self._limit(self.axes, (scale.low - room, scale.high + room))
        if scale.kind == "gate":
            self.axes.set_yticks([0, 0.5, 1], [tr("0 shut"), "0.5", tr("1 open")], fontsize=small())
        self.bands = [
            self.axes.add_collection(PolyCollection([], linewidth=0, facecolor=blend(colour, paper(), part)))
            for part in FADES
        ]
        self.median = self.axes.plot([], [], color=colour, linewidth=2)[0]
        self.unit = self.axes.plot([], [], **_unit_look())[0]
        top = self.axes.get_xaxis_transform()
        self.broken = self.axes.plot([], [], "v", color=NOT_FINITE, transform=top, clip_on=False)[0]
        self.lines = [cursor_line(self.axes, "epoch")]
        self.moving = [*self.bands, self.median, self.unit, self.broken, *self.lines, *self.axes.spines.values()]
        self.share: PolyCollection | None = None
        if below is not None:
            self._draw_share(below, colour)
            dress(below, xlabel=tr("epoch"))

    def _draw_share(self, axes: Axes, colour: str) -> None:
        self._limit(axes, (0, 100))
        self.axes.tick_params(labelbottom=False)
        axes.set_yticks([0, 100], ["0 %", "100 %"], fontsize=small())
        wide = size_in_ems(axes, em())[0]
        self.is_wordy = wide >= WORDY_LABEL
        self.label = write(axes, 0.5, 1, side="center", transform=axes.transAxes + shift(axes, 0, 0.7))
        self.share = axes.add_collection(PolyCollection([], linewidth=0, facecolor=blend(colour, paper(), 0.42)))
        self.lines.append(cursor_line(axes, "epoch"))
        self.moving += [self.share, self.label, self.lines[-1], *axes.spines.values()]

    def _limit(self, axes: Axes, limits: tuple[float, float]) -> None:
        over = self.over
        pad = 0.5 if over.low == over.high else 0
        axes.set(xlim=(over.low - pad, over.high + pad), ylim=limits)
        whole_ticks(axes.xaxis, 5)

    def show(self, history: History, unit: np.ndarray, epoch: int) -> None:
        """Show a history, the values of a unit, and mark an epoch."""
        x, at = self._wide(self.epochs), len(LEVELS) - 1
        for k, band in enumerate(self.bands):
            band.set_verts(_between(x, self._wide(history.quantiles[k]), self._wide(history.quantiles[at - k])))
        self.median.set_data(x, self._wide(history.quantiles[at // 2]))
        self.unit.set_data(x, self._wide(np.where(np.isfinite(unit), unit, np.nan)))
        self.broken.set_data(self.epochs[history.broken], np.full(history.broken.sum(), 0.97))
        if self.share is not None:
            self.share.set_verts(_between(x, np.zeros(len(x)), self._wide(100 * history.saturated)))
            now = history.saturated[np.flatnonzero(self.epochs == epoch)[0]]
            words = (
                noted("saturated, within {near} of an end: {share}") if self.is_wordy else noted("saturated: {share}")
            )
            self.label.set_text(tr(words, near=NEAR, share=percent(float(now))))
        for line in self.lines:
            line.set_xdata([epoch, epoch])

    def _wide(self, values: np.ndarray) -> np.ndarray:
        """Return values over the epochs; a single epoch is drawn over the width of the panel."""
        if len(self.epochs) > 1:
            return values
        is_epochs = values is self.epochs
        return np.array([values[0] - 0.5, values[0] + 0.5]) if is_epochs else np.repeat(values, 2)


def band_notes() -> list[Note]:
    """Return what the line, the bands and the dotted line are."""
    found = [line_note(Entry(tr("median"), {"color": ink(), "linewidth": 2, "linestyle": "-"}))]
    names = tr("all values"), tr("80 % of them"), tr("half of them")
    found += [
        Note(name, (name,), swatch([blend(ink(), paper(), part)])) for name, part in zip(names, FADES, strict=True)
    ]
    return [*found, line_note(Entry(tr("the chosen unit in the sample"), _unit_look()))]


def _unit_look() -> dict[str, Any]:
    return {"color": ink(), "linewidth": 1.2, "linestyle": ":"}


def by_powers(axes: Axes, scale: Scale) -> None:
    """Make the axis of gradients logarithmic to both sides of a small part about zero."""
    axes.set_yscale("symlog", linthresh=LINEAR * scale.high, linscale=0.5)
    axes.axhspan(-LINEAR * scale.high, LINEAR * scale.high, color=faint(0.93), linewidth=0, zorder=0)
    axes.set_yticks([scale.low, scale.low * LINEAR, 0, scale.high * LINEAR, scale.high])
    axes.yaxis.set_major_formatter(lambda value, _: written(value, 2))
    axes.minorticks_off()


def _between(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Return the areas between two curves, one for each stretch of numbers."""
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    stretches = np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if len(known) else []
    return [np.stack([np.r_[x[s], x[s][::-1]], np.r_[low[s], high[s][::-1]]], axis=1) for s in stretches]
