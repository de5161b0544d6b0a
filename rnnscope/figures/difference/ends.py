"""Numbers before and after: a row each, with a line from one to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist

from rnnscope.figures.drawing.artists import pointer
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.panel import Panel
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.style import em, faint, ink, paper, trace_look
from rnnscope.numbers import written

NAME_ROOM, NUMBER_ROOM, BELOW = 5.8, 11.5, 1.7
"""The room for names left of a panel, for numbers right of it, and for the ends of its scale below, in font sizes."""

ROW, MOST_ROWS = 1.6, 12
"""A row is at least so many font sizes high, and there are at most so many."""

DIGITS = 7
"""Numbers before and after have fewer digits than this, as many as tell them apart."""

SIDE = 0.04
"""Beyond its scale a panel has so much room on either side, as a part of it."""


@dataclass(frozen=True)
class Ends:
    """Numbers before and after, that which changes most first.

    Attributes
    ----------
    numbers
        Which unit, sample or output each row is.
    before, after, target
        Its numbers, and what is right, NaN where that is not known.
    span
        From where to where a panel of them goes.
    name
        Returns what a unit, sample or output is called.
    marked
        That which is the moment's, or None.
    """

    numbers: np.ndarray
    before: np.ndarray
    after: np.ndarray
    target: np.ndarray
    span: tuple[float, float]
    name: Callable[[int], str]
    marked: int | None = None

    def first(self, count: int) -> Ends:
        """Return the first of them, so many at most; the marked one is the last of these, if it comes later."""
        places = np.arange(min(count, len(self.numbers)))
        if self.marked is not None and self.marked not in self.numbers[places]:
            places[-1] = np.flatnonzero(self.numbers == self.marked)[0]
        own = {name: getattr(self, name)[places] for name in ("numbers", "before", "after", "target")}
        return replace(self, **own)


def by_change(
    before: np.ndarray,
    after: np.ndarray,
    target: np.ndarray | None,
    span: tuple[float, float],
    name: Callable[[int], str],
    marked: int | None = None,
) -> Ends:
    """Return numbers before and after, the largest change first; what is not finite leads."""
    with np.errstate(invalid="ignore"):
        change = np.abs(after - before)
    order = np.argsort(-np.where(np.isnan(change), np.inf, change), kind="stable")
    target = np.full(len(order), np.nan) if target is None else target
    return Ends(order, before[order], after[order], target[order], span, name, marked)


def look_of(place: int) -> dict[str, Any]:
    """Return how the marks of what was before (0), is after (1) or is right (2) look."""
    if place == 2:
        return {"marker": "|", "color": ink(), "markersize": 1.1 * em(), "markeredgewidth": 2.2, "linestyle": "none"}
    colour = trace_look(place)["color"]
    own = {"markersize": 0.85 * em(), "markerfacecolor": paper()} if place == 0 else {"markersize": 0.6 * em()}
    return {"marker": "o", "color": colour, "markeredgewidth": 2, "linestyle": "none", **own}


class EndsPanel:
    """A row per unit, sample or output: a ring for what was, a dot for what is, a stroke for what is right.

    Attributes
    ----------
    line
        The line above it.
    rows
        How many rows it has.
    shown
        What it shows.
    """

    def __init__(self, axes: Panel, count: int, over: str | None = None) -> None:
        self.axes, self.line = axes, line_above(axes)
        rows = self.rows = int(np.clip(size_in_ems(axes, em())[1] // ROW, 1, min(count, MOST_ROWS)))
        axes.set(xlim=(-SIDE, 1 + SIDE), ylim=(rows - 0.5, -0.5), xticks=[], yticks=[])
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.hlines(np.arange(rows), 0, 1, color=faint(0.85), linewidth=0.8, zorder=1)
        (self.zero,) = axes.plot([], [], color=faint(0.4), linewidth=0.8, zorder=1.1)
        (self.ways,) = axes.plot([], [], color=faint(0.45), linewidth=2, zorder=2)
        self.marks = [axes.plot([], [], zorder=3 - 0.1 * (k == 2), clip_on=False, **look_of(k))[0] for k in range(3)]
        self.pointer = pointer(axes, over, lambda: self.shown.numbers)
        left = axes.get_yaxis_transform() + shift(axes, -0.8, 0)
        right = axes.get_yaxis_transform() + shift(axes, 0.6, 0)
        self.names = [write(axes, 0, k, side="right", transform=left) for k in range(rows)]
        self.values = [write(axes, 1, k, transform=right) for k in range(rows)]
        below = axes.get_xaxis_transform() + shift(axes, 0, -0.8)
        self.ends = [write(axes, x, 0, side=side, transform=below) for x, side in ((0, "left"), (1, "right"))]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        marks = [self.zero, self.ways, *self.marks, self.pointer]
        return [*marks, *self.names, *self.values, *self.ends, self.line]

    def show(self, ends: Ends) -> None:
        """Show other numbers, as many as there is room for."""
        data = self.shown = ends.first(self.rows)
        low, high = data.span
        places, wide = np.arange(len(data.numbers)), (high - low) or 1.0
        values = data.before, data.after, data.target
        shares = [np.where(np.isfinite(own), np.clip((own - low) / wide, 0, 1), np.nan) for own in values]
        for mark, share in zip(self.marks, shares, strict=True):
            mark.set_data(share, places)
        gaps = np.full(len(places), np.nan)
        self.ways.set_data(np.stack([*shares[:2], gaps], axis=1).ravel(), np.repeat(places, 3))
        self.zero.set_data([-low / wide] * 2, [-0.5, self.rows - 0.5])
        for k, number in enumerate(data.numbers.tolist()):
            self.names[k].set_text(data.name(number))
            fit(self.values[k], in_words(*(float(own[k]) for own in values)), NUMBER_ROOM - 0.6)
        for text, value in zip(self.ends, data.span, strict=True):
            text.set_text(written(value, 2))
        self.pointer.set_ydata(np.flatnonzero(data.numbers == data.marked)[:1] if data.marked is not None else [np.nan])


def in_words(before: float, after: float, target: float) -> list[str]:
    """Return numbers before and after, told apart if they differ, and what is right; the longest way first.

    Examples
    --------
    >>> in_words(0.25, 0.5, 1.0), in_words(0.25, 0.25, float("nan"))
    (['0.25 → 0.5 (1)', '0.25 → 0.5', '0.25 → 0.5'], ['0.25'])
    >>> in_words(9.0, 9.0001, float("nan"))
    ['9 → 9.0001', '9 → 9']
    """
    right = "" if np.isnan(target) else f" ({written(target)})"
    if before == after:
        return list(dict.fromkeys((f"{written(before)}{right}", written(before))))
    ways = ([written(value, digits) for value in (before, after)] for digits in range(3, DIGITS))
    found = next((pair for pair in ways if pair[0] != pair[1]), [written(before, DIGITS), written(after, DIGITS)])
    short = f"{written(before, 2)} → {written(after, 2)}"
    return [*([f"{' → '.join(found)}{right}"] if right else []), " → ".join(found), short]


def fit(text: QuickText, ways: Sequence[str], room: float) -> None:
    """Write the first of some ways that is at most so many font sizes wide, else the last."""
    for words in ways:
        text.set_text(words)
        if text.points() <= room * em():
            return
