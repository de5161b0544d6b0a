"""Texts of panels: numbers, ticks with as few digits as they need, a line above a panel, and legends in rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import em, small
from rnnscope.numbers import written

LEGEND_ROW, HANDLE, ENTRY_GAP = 1.5, 2.0, 1.2
"""A row of a legend is so many font sizes high, a sign in it so many wide, and the gap behind an entry."""

LONGEST_LABEL, TICK_ROOM = 7, 0.9
"""Labels of ticks have at most so many characters, and stick out of a panel by so many font sizes."""


def label_room() -> float:
    """Return how much room the labels of a vertical axis take, in font sizes."""
    return 1.7 + 4.5 * small() / em()


def labels_of(ticks: np.ndarray) -> list[str]:
    """Return the labels of ticks, with as many digits as tell them apart.

    Examples
    --------
    >>> labels_of(np.array([0.0, 0.25, 0.5])), labels_of(np.array([1000.1, 1000.2])), labels_of(np.array([1e-5, 1e14]))
    (['0', '0.25', '0.5'], ['1000.1', '1000.2'], ['1e−5', '1e14'])
    """
    step = float(np.diff(ticks).min()) if len(ticks) > 1 else 1.0
    first, last = np.floor(np.log10([np.max(np.abs(ticks), initial=step), step]) + 1e-9)
    exact = [written(tick, int(np.clip(first - last + 2, 2, 12))) for tick in ticks]
    return exact if max(map(len, exact), default=0) <= LONGEST_LABEL else [written(tick) for tick in ticks]


def put_ticks(axes: Axes, axis: str, candidates: Iterable[np.ndarray]) -> None:
    """Put the first of several choices of ticks on the `"x"` or the `"y"` axis of which all labels have room."""
    figure, size = axes.get_figure(root=True), size_in_ems(axes, em())["xy".index(axis)]
    own = {"x": axes.xaxis, "y": axes.yaxis}[axis]
    low, high = own.get_transform().transform(np.array(own.get_view_interval()))
    for choice in candidates:
        places = (own.get_transform().transform(choice) - low) / (high - low) * size
        inside = (places > -0.1) & (places < size + 0.1)
        ticks, places, labels = choice[inside], places[inside], labels_of(choice[inside])
        halves = np.array([text_width(figure, text) / 2 + 0.3 if axis == "x" else 0.6 for text in labels])
        if len(ticks) and np.all(np.diff(places) >= halves[1:] + halves[:-1]):
            break
    fits = places + halves < size + TICK_ROOM + 0.3
    own.set_ticks(ticks[fits], [text for text, fit in zip(labels, fits, strict=True) if fit])


def even_ticks(axes: Axes, axis: str, *, whole: bool = False) -> None:
    """Put evenly spaced ticks on an axis, as many as there is room for."""
    ends = {"x": axes.get_xlim, "y": axes.get_ylim}[axis]()
    locators = (MaxNLocator(most, integer=whole, steps=[1, 2, 5, 10], min_n_ticks=1) for most in range(8, 0, -1))
    ticks = (locator.tick_values(*ends) for locator in locators)
    put_ticks(axes, axis, (np.where(np.abs(choice) < 1e-9 * np.ptp(choice), 0, choice) for choice in ticks))


def logarithmic(axes: Axes, scale: Scale) -> None:
    """Give a panel a logarithmic axis upwards for a scale of powers."""
    axes.set_yscale("log")
    margin = 0.06 * (scale.high - scale.low)
    axes.set_ylim(10 ** (scale.low - margin), 10 ** (scale.high + margin))
    axes.minorticks_off()
    if scale.high - scale.low < 2:
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(lambda value, _: written(value))


def wrapped(figure: Figure, text: str, wide: float, size: float | None = None) -> list[str]:
    """Return a text in lines that are at most so many font sizes wide; its size in points is small by default."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(figure, longer, size) <= wide:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def line_above(axes: Axes, higher: float = 0.0) -> QuickText:
    """Return an empty line of bold text above a panel, or so many font sizes higher."""
    above = axes.transAxes + shift(axes, 0, 0.3 + higher)
    return write(axes, 0, 1, transform=above, verticalalignment="bottom", fontweight="bold")


class Entry(NamedTuple):
    """An entry of a legend: what it says, how its sign looks (a line with a `linestyle`), and what it says in short."""

    label: str
    style: Mapping[str, Any]
    short: str = ""


class Legend:
    """Entries side by side, in as many rows as they take; one that is too wide is said in short, or to its first comma.

    Attributes
    ----------
    entries, places
        The entries, and where each is: so many font sizes from the left, in which row.
    rows
        The number of rows.
    """

    def __init__(self, figure: Figure, entries: Sequence[Entry], wide: float) -> None:
        self.entries, self.places, across, row = list(entries), [], 0.0, 0
        for k, (label, style, short) in enumerate(entries):
            if HANDLE + 0.4 + text_width(figure, label) > wide:
                self.entries[k] = Entry(short or label.partition(",")[0], style)
            needed = HANDLE + 0.4 + text_width(figure, self.entries[k].label)
            if across and across + needed > wide:
                across, row = 0.0, row + 1
            self.places.append((across, row))
            across += needed + ENTRY_GAP
        self.rows = row + 1 if entries else 0

    @property
    def high(self) -> float:
        """How high it is, in font sizes."""
        return LEGEND_ROW * self.rows

    def draw(self, axes: Axes) -> None:
        """Draw it into a panel of its own, at the bottom."""
        axes.set(xlim=(0, size_in_ems(axes, em())[0]), ylim=(0, max(size_in_ems(axes, em())[1], 0.1)))
        axes.axis("off")
        for (label, style, _), (x, row) in zip(self.entries, self.places, strict=True):
            xs = [x, x + HANDLE / 2, x + HANDLE][: 3 if "linestyle" in style else 2]
            y = self.high - (row + 0.5) * LEGEND_ROW
            axes.plot(xs, [y] * len(xs), **{"linestyle": "none", **style}, markevery=[1], clip_on=False)
            write(axes, x + HANDLE + 0.4, y, label)
