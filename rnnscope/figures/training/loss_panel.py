"""The loss over all epochs on a logarithmic axis, with the epoch of the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.ticker import LogLocator

from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import Entry, even_ticks, line_above, put_ticks
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import em, ink, paper, small
from rnnscope.figures.training.history import TrainingHistory
from rnnscope.figures.training.prediction_panels import LOST, SCALE_ROOM, held_out, limit, seen
from rnnscope.languages import said, tr

MOST_EPOCH_MARKERS = 40
"""Curves of more epochs have no marker at each of them."""

SMALLEST_LOSS, LARGEST_LOSS = 1e-300, 1e300
"""No axis reaches further."""


MARK = {"linestyle": (0, (1, 1.5)), "linewidth": 1.3}
"""How the epoch looks from which on something was changed."""

NUMBERS_APART, MOST_CHANGES = 1.2, 3
"""Lines of changes have a number if the next one is so many font sizes away; the legend says what the newest are."""


def loss_entries(history: TrainingHistory) -> list[Entry]:
    """Return the legend of the losses."""
    curves = history.curves.items()
    found = [
        Entry(history.meaning(name), _style(name, curve.shape[1]), history.meaning(name, is_short=True))
        for name, curve in curves
    ]
    lost, foot = _not_drawable(history.curves)
    found += [Entry(tr("not finite"), LOST)] if lost.size else []
    changes = list(enumerate((words for _, words in history.trace.marks), start=1))
    found += [Entry(f"{number}: {said(words)}", {**MARK, "color": ink()}) for number, words in changes[-MOST_CHANGES:]]
    return found + ([Entry(tr("zero or less"), _foot())] if foot.size else [])


class LossPanel:
    """The curve of each loss, and a mark at an epoch.

    Attributes
    ----------
    lines, dots
        The curve of each loss, and its value at the cursor's epoch, by name.
    mark, text
        The line at the cursor's epoch, and the numbers above it.
    lost, foot
        Marks of losses that are not finite, and of those that are zero or less, for which a logarithm has no place.
    changes
        The numbers of what was changed while it trained, as far as there is room, the newest always.
    """

    def __init__(
        self,
        axes: Axes,
        scales: Mapping[str, Scale],
        curves: Mapping[str, np.ndarray],
        changes: Sequence[tuple[int, str]] = (),
    ) -> None:
        self.axes, self.lines, self.dots = axes, {}, {}
        self._limits(scales["loss"], scales["epoch"])
        for name, (epochs, values) in curves.items():
            style = _style(name, len(epochs))
            self.lines[name] = axes.plot(epochs, drawable(values), **style)[0]
            size = (0.85 if name == "loss" else 0.65) * em()
            large = {"color": style["color"], "markeredgecolor": ink(), "markersize": size, "zorder": 5}
            self.dots[name] = axes.plot([], [], style["marker"], **large)[0]
        marks = {"linestyle": "none", "transform": axes.get_xaxis_transform(), "zorder": 2.6}
        lost, foot = _not_drawable(curves)
        self.lost = axes.plot(lost, np.full(len(lost), 0.96), **LOST, **marks)[0]
        self.foot = axes.plot(foot, np.full(len(foot), 0.04), **_foot(), **marks)[0]
        self.mark, self.text = cursor_line(axes, "epoch"), line_above(axes)
        self.changes = self._draw_changes(changes)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the epoch."""
        return [self.mark, *self.dots.values(), self.text]

    def show(self, epoch: int, losses: Mapping[str, float]) -> None:
        """Mark an epoch with the losses there, and put the text above it, as far as it stays above the panel."""
        self.mark.set_xdata([epoch, epoch])
        for name, dot in self.dots.items():
            dot.set_data([epoch], drawable(np.array([losses.get(name, np.nan)])))
        left, right = self.axes.get_xlim()
        part = (epoch - left) / (right - left)
        half = self.text.points() / em() / size_in_ems(self.axes, em())[0] / 2
        side = "left" if part < half else "right" if part > 1 - half else "center"
        self.text.set(x={"left": 0, "right": 1, "center": part}[side], horizontalalignment=side)

    def _draw_changes(self, changes: Sequence[tuple[int, str]]) -> list[Text]:
        """Draw a line where something was changed, with its number, from the newest back as far as they fit."""
        (left, right), (wide, _) = self.axes.get_xlim(), size_in_ems(self.axes, em())
        numbers, last = [], np.inf
        look = {"transform": self.axes.get_xaxis_transform(), "fontsize": small(), "ha": "center", "va": "center"}
        behind = {"facecolor": paper(), "edgecolor": "none", "pad": 0.8}
        for number, (epoch, _) in reversed(list(enumerate(changes, start=1))):
            self.axes.axvline(epoch, color=ink(), zorder=1.5, **MARK)
            place = (epoch - left) / (right - left) * wide
            if last - place >= NUMBERS_APART * len(str(number)):
                numbers.append(self.axes.text(epoch, 0.07, str(number), bbox=behind, zorder=1.6, **look))
                last = place
        return numbers

    def _limits(self, powers: Scale, epochs: Scale) -> None:
        axes, decades = self.axes, powers.high - powers.low
        axes.set_yscale("log")
        ends = powers.low - SCALE_ROOM * decades, powers.high + SCALE_ROOM * decades
        axes.set_ylim(*np.clip(np.power(10.0, np.clip(ends, -300, 300)), SMALLEST_LOSS, LARGEST_LOSS))
        limit(axes, "x", epochs)
        even_ticks(axes, "x", whole=True)
        if decades < 1:
            even_ticks(axes, "y")
        else:
            choices = [((1, 2, 5), 99), *(((1,), most) for most in (99, 12, 9, 7, 5, 4, 3, 2))]
            locators = (LogLocator(subs=subs, numticks=most) for subs, most in choices)
            put_ticks(axes, "y", (locator.tick_values(*axes.get_ylim()) for locator in locators))
        axes.minorticks_off()


def drawable(losses: np.ndarray) -> np.ndarray:
    """Return losses with NaN in place of those that have no place on a logarithmic axis."""
    return np.where(np.isfinite(losses) & (losses > 0), losses, np.nan)


def _not_drawable(curves: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the epochs at which some loss is not finite, and those at which one is zero or less."""
    epochs, values = np.concatenate(list(curves.values()), axis=1)
    known = np.isfinite(values)
    return epochs[~known], epochs[known & (values <= 0)]


def _style(name: str, count: int) -> dict[str, Any]:
    """Return how the curve of a loss over so many epochs looks."""
    own = {"loss": ("-", seen(), 2, "o"), "val_loss": ((0, (4, 1.2)), held_out(), 1.6, "D")}[name]
    style = dict(zip(("linestyle", "color", "linewidth", "marker"), own, strict=True))
    return style | {"markersize": 0.4 * em() if count <= MOST_EPOCH_MARKERS else 0}


def _foot() -> dict[str, Any]:
    """Return how a loss looks that is zero or less."""
    return {"marker": "v", "color": ink()}
