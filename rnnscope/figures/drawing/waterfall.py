"""Amounts of time steps that add up: each bar begins where the one before it ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.hatches import HeldSteps
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.drawing.steps import StepAxis
from rnnscope.figures.style import em, faint
from rnnscope.languages import tr
from rnnscope.numbers import signed, written

Span = tuple[float, float]

NUMBER_WIDE = 4.2
"""Amounts are written at bars that are at least so far apart, in font sizes."""

SUM_AT, SUM_WIDE, SIDE = 0.5, 3.0, 0.7
"""The sum stands so much further away than a time step, but at least so many font sizes behind the last one, and so
much is free at either side, in time steps."""

ROOM, PAD = 1.6, 0.2
"""The room for numbers above the highest bar and below the lowest, and between bar and number, in font sizes."""

SUM_ROOM = 1.2
"""The number at the last bar may stick out of a panel so far, in font sizes."""

BAR = 0.4
"""A bar reaches so far to either side, in time steps."""


class Waterfall:
    """A bar for each time step, and one for their sum.

    Parameters
    ----------
    axes
        Its panel.
    colours
        The colour of each time step.
    name
        What the sum is called; `colour_sum` gives it a colour.
    has_start
        Whether there is an amount from before the first time step.
    inputs
        The widest inputs that stand below the time steps; nothing if none do.
    numbers
        The number of the time step at each place, if that is not the place itself.
    has_held
        Whether some time steps do not count; `held` hatches them.
    """

    def __init__(
        self,
        axes: Axes,
        colours: np.ndarray,
        name: str,
        *,
        has_start: bool = False,
        inputs: Sequence[str] = (),
        numbers: Sequence[int] | None = None,
        has_held: bool = False,
    ) -> None:
        self.axes, count = axes, len(colours)
        self.places = [*range(-has_start, count), sum_place(axes, count)]
        axes.set(xlim=(self.places[0] - SIDE, self.places[-1] + SIDE), yticks=[])
        axes.spines[:].set_visible(False)
        wide, high = size_in_ems(axes, em())
        room = ROOM / max(high - 2 * ROOM, ROOM)
        axes.set_ylim(-room, 1 + room)
        self._pad = PAD * room / ROOM
        self.axis, self.line = StepAxis(axes, colours, inputs, numbers), line_above(axes)
        self.held = HeldSteps(axes, has_held, 0.5)
        self.axis.name(self.places[-1], name)
        if has_start:
            self.axis.name(-1, tr("start"))
        look = {"color": faint(0.4), "linewidth": 0.8, "zorder": 1}
        (self.zero,), (self.links,) = axes.plot([], [], **look), axes.plot([], [], **look)
        self.faces = [faint(0.6)] * has_start + [*colours]
        self.bars = axes.add_collection(PolyCollection([], linewidth=0, zorder=2), autolim=False)
        is_roomy = wide / (self.places[-1] - self.places[0] + 2 * SIDE) >= NUMBER_WIDE
        self.numbers = [write(axes, x, 0, side="center") for x in self.places[0 if is_roomy else -1 :]]
        self.numbers[-1].set_fontweight("bold")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the amounts."""
        return [*self.held.moving, self.zero, self.links, self.bars, *self.numbers, self.line, *self.axis.moving]

    def colour_sum(self, colour: str) -> None:
        """Give the sum a colour."""
        self.bars.set_facecolor([*self.faces, colour])

    def show(
        self,
        amounts: np.ndarray,
        inputs: Sequence[str],
        time: int,
        *,
        span: Span | None = None,
        last: int | None = None,
    ) -> None:
        """Show other amounts, and mark a time step.

        Parameters
        ----------
        amounts
            The amount of each time step, that from before the first one in front.
        inputs
            What stands below the time steps.
        time
            The time step that is marked.
        span
            From where to where the panel goes; by default what the amounts need.
        last
            The last time step that is there yet; by default all are.
        """
        span, last = span or span_of(amounts), len(self.places) if last is None else last
        low, high = span
        sums = (np.r_[0.0, np.nan_to_num(amounts, posinf=0, neginf=0).cumsum()] - low) / ((high - low) or 1.0)
        starts, ends = np.r_[sums[:-1], sums[0]], np.r_[sums[1:], sums[-1]]
        spans = zip(self.places, starts, ends, strict=True)
        self.bars.set_verts([rounded_box(x, (a + b) / 2, BAR, abs(b - a) / 2, 0) for x, a, b in spans])
        self.zero.set_data([self.places[0] - SIDE, self.places[-1] + SIDE], [sums[0]] * 2)
        self._link(sums[1:], last)
        self.axis.show(inputs, time)
        values = [*amounts, amounts.sum()]
        for text, k in zip(self.numbers[::-1], range(len(values) - 1, -1, -1), strict=False):
            is_sum, up = k == len(amounts), values[k] >= 0
            text.set_y(max(starts[k], ends[k]) + self._pad if up else min(starts[k], ends[k]) - self._pad)
            text.set_verticalalignment("bottom" if up else "top")
            words = written(float(values[k])) if is_sum else signed(values[k])
            text.set_text(words if is_sum or self.places[k] <= last else "")

    def _link(self, ends: np.ndarray, last: int) -> None:
        """Draw a line from the end of each bar to the next one, and from the last bar to the sum."""
        own = [k for k, place in enumerate(self.places[:-1]) if place <= last]
        lines = [
            ([self.places[k] + BAR, (self.places[k + 1] if k + 1 in own else self.places[-1]) - BAR, np.nan], ends[k])
            for k in own
        ]
        self.links.set_data([x for xs, _ in lines for x in xs], [y for _, y in lines for _ in range(3)])


def sum_place(axes: Axes, count: int) -> float:
    """Return where the sum of so many bars stands, clear of the last one also where bars are narrow."""
    wide = size_in_ems(axes, em())[0]
    return count - 1 + max(1 + SUM_AT, SUM_WIDE * (count + 2 * SIDE) / max(wide - SUM_WIDE, SUM_WIDE))


def span_of(amounts: np.ndarray) -> Span:
    """Return from where to where amounts go while they are added up, zero included, over the last axis."""
    sums = np.nan_to_num(amounts, posinf=0, neginf=0).cumsum(axis=-1)
    return min(0.0, float(sums.min())), max(0.0, float(sums.max()))
