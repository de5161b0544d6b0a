"""Of all units together: what part of a state each time step wrote, at every time step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba

from rnnscope.figures.drawing.artists import Column
from rnnscope.figures.drawing.hatches import HeldSteps
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.steps import StepAxis
from rnnscope.figures.memory.remembered import FIRST, Steps, share_from
from rnnscope.figures.scale import Scale, colours_of_steps
from rnnscope.figures.style import dress, em, faint, paper, readable_on
from rnnscope.languages import tr

NUMBER = (3.0, 1.2)
"""A share is written into its part of a bar if that is at least so wide and high, in font sizes."""

NAMED = 9.0
"""In a bar that is so wide, each part says what wrote it."""

MOST_BARS = 40
"""Bars of so many time steps stand apart."""


class SharesPanel:
    """A bar per time step, divided by the time steps that wrote what the state holds then, the oldest at the bottom."""

    def __init__(self, axes: Axes, steps: Steps, scale: Scale) -> None:
        self.axes, self.steps, colours = axes, steps.count, colours_of_steps(steps.count)
        self._numbers_of = steps.numbers
        wide, self._high = size_in_ems(axes, em())
        self._wide = wide / self.steps
        axes.set(xlim=(-0.5, self.steps - 0.5), ylim=(scale.low, scale.high))
        axes.set_yticks([0, 50, 100], labels=["0 %", "50 %", "100 %"])
        axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
        dress(axes, ylabel=tr("share over all units"))
        self.axis, self.line = StepAxis(axes, colours, steps.inputs, steps.numbers), line_above(axes)
        self.held = HeldSteps(axes, steps.has_held, 1.5)
        colours = np.concatenate([[to_rgba(faint(0.6))], colours])
        edge = (
            {"linewidth": 0.8, "edgecolor": paper()}
            if self.steps <= MOST_BARS
            else {"linewidth": 0.4, "edgecolor": "face"}
        )
        self.parts = axes.add_collection(PolyCollection([], facecolor=colours, **edge), autolim=False)
        if self.steps <= MOST_BARS:
            axes.vlines(np.arange(self.steps + 1) - 0.5, 0, 100, color=paper(), linewidth=0.12 * self._wide * em())
        self.column = Column(axes, 1, steps.numbers)
        self.column.patch.set(y=0, height=scale.high)
        self.numbers = self._numbers(colours)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [
            self.parts,
            *self.held.moving,
            *self.axes.collections[1:],
            *self.numbers.values(),
            self.column.patch,
            self.line,
            *self.axis.moving,
        ]

    def show(self, shares: np.ndarray, time: int, inputs: Sequence[str]) -> None:
        """Show other shares, (time, 1 + step of writing), and mark a time step."""
        tops = 100 * np.cumsum(shares, axis=1)
        self.parts.set_verts([self._outline(tops, written) for written in range(self.steps + FIRST)])
        self.column.show(time)
        self.axis.show(inputs, time)
        for (at, written), text in self.numbers.items():
            part = shares[at, written]
            text.set_y(tops[at, written] - 50 * part)
            words = f"{100 * part:.0f} %"
            words = share_from(words, written, self._numbers_of) if self._wide >= NAMED else words
            text.set_text(words if part * self._high >= NUMBER[1] else "")

    def _outline(self, tops: np.ndarray, written: int) -> np.ndarray:
        """Return the outline of what was written once, over the time steps since then."""
        since = max(written - FIRST, 0)
        across = np.repeat(np.arange(since, self.steps), 2) + np.tile([-0.5, 0.5], self.steps - since)
        upper = np.repeat(tops[since:, written], 2)
        lower = np.repeat(tops[since:, written - 1], 2) if written else np.zeros_like(upper)
        return np.stack([np.r_[across, across[::-1]], np.r_[upper, lower[::-1]]], axis=1)

    def _numbers(self, colours: np.ndarray) -> dict[tuple[int, int], QuickText]:
        """Return an empty text for each share, if there is room."""
        if self._wide < NUMBER[0]:
            return {}
        inks = readable_on(colours)
        pairs = [(at, written) for at in range(self.steps) for written in range(at + FIRST + 1)]
        return {pair: write(self.axes, pair[0], 0, side="center", color=inks[pair[1]]) for pair in pairs}
