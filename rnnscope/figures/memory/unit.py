"""Of one unit: the amounts that add up to the value of its state."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.drawing.steps import StepAxis
from rnnscope.figures.memory.remembered import Steps
from rnnscope.figures.numbers import written
from rnnscope.figures.scale import colours_of_steps
from rnnscope.figures.style import em, faint

NUMBER_WIDE = 4.2
"""Amounts are written at bars that are at least so far apart, in font sizes."""

SUM_AT = 0.5
"""The sum stands so much further away than a time step."""

ROOM = 1.6
"""The room for numbers above the highest bar and below the lowest, in font sizes."""


PAD = 0.2
"""A number is so far away from its bar, in font sizes."""

BAR = 0.4
"""A bar reaches so far to either side, as a part of a time step."""


class UnitPanel:
    """A bar for each time step that wrote into a unit, each beginning where the one before it ends, and their sum.

    It is as high as the unit's amounts of all time steps of the epoch need.
    """

    def __init__(self, axes: Axes, steps: Steps, name: str, colour: str) -> None:
        self.axes, self.has_start = axes, steps.has_start
        colours = colours_of_steps(steps.count)
        self.places = [*range(-steps.has_start, steps.count), steps.count + SUM_AT]
        axes.set(xlim=(self.places[0] - 0.7, self.places[-1] + 0.7), yticks=[])
        axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
        wide, high = size_in_ems(axes, em())
        room = ROOM / (high - 2 * ROOM) if high > 3 * ROOM else 0.5
        axes.set_ylim(-room, 1 + room)
        self.pad = PAD * room / ROOM
        self.axis, self.line = StepAxis(axes, colours, has_inputs=steps.has_inputs), line_above(axes)
        look = {"color": faint(0.4), "linewidth": 0.8, "zorder": 1}
        (self.zero,), (self.links,) = axes.plot([], [], **look), axes.plot([], [], **look)
        faces = [faint(0.6)] * steps.has_start + [*colours, colour]
        self.bars = axes.add_collection(PolyCollection([], facecolor=faces, linewidth=0, zorder=2), autolim=False)
        self.axis.name(self.places[-1], name)
        if self.has_start:
            self.axis.name(-1, "start")
        numbered = wide / (self.places[-1] - self.places[0] + 1.4) >= NUMBER_WIDE
        self.numbers = {k: write(axes, x, 0, side="center") for k, x in enumerate(self.places) if numbered}
        self.numbers.setdefault(len(self.places) - 1, write(axes, self.places[-1], 0, side="center"))
        self.numbers[len(self.places) - 1].set_fontweight("bold")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [self.zero, self.links, self.bars, *self.numbers.values(), self.line, *self.axis.moving]

    def show(self, amounts: np.ndarray, time: int, inputs: Sequence[str]) -> None:
        """Show what a unit holds at a time step, of its amounts at all, (time, 1 + step of writing)."""
        sums = np.nan_to_num(amounts.cumsum(axis=1), posinf=0, neginf=0)
        low, high = min(0.0, sums.min()), max(0.0, sums.max())
        own = amounts[time, not self.has_start :]
        after = (sums[time, not self.has_start :] - low) / ((high - low) or 1.0)
        zero = -low / ((high - low) or 1.0)
        starts, ends = np.r_[zero, after[:-1], zero], np.r_[after, after[-1]]
        self.bars.set_verts(
            [
                rounded_box(x, (a + b) / 2, BAR, abs(b - a) / 2, 0)
                for x, a, b in zip(self.places, starts, ends, strict=True)
            ]
        )
        self.zero.set_data([self.places[0] - 0.6, self.places[-1] + 0.6], [zero, zero])
        self._link(ends, time)
        self.axis.show(inputs)
        for k, text in self.numbers.items():
            value = own[k] if k < len(own) else amounts[time].sum()
            is_later = k < len(own) and self.places[k] > time
            up = value >= 0
            text.set(y=max(starts[k], ends[k]) + self.pad if up else min(starts[k], ends[k]) - self.pad)
            text.set_verticalalignment("bottom" if up else "top")
            text.set_text("" if is_later else written(value) if k == len(own) else signed(value))

    def _link(self, ends: np.ndarray, time: int) -> None:
        """Draw a line from the end of each bar to where the next one begins."""
        places = np.array(self.places)
        xs = np.stack([places[:-1] + BAR, places[1:] - BAR, np.full(len(places) - 1, np.nan)], axis=1)
        ys = np.stack([ends[:-1], ends[:-1], np.full(len(places) - 1, np.nan)], axis=1)
        self.links.set_data(xs.ravel(), ys.ravel())


def signed(value: float) -> str:
    """Return an amount with two digits and its sign.

    Examples
    --------
    >>> signed(0.1234), signed(-2.0), signed(0.0)
    ('+0.12', '−2', '0')
    """
    return f"{'+' if value > 0 else ''}{written(float(value), 2)}"
