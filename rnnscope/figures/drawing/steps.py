"""The axis of time steps: their numbers, and below each what was read there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Transform

from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.style import em, ink, whole_ticks
from rnnscope.languages import tr
from rnnscope.words import LONGEST, is_word

ROWS, SWATCH, RING = 4.1, 0.6, 0.95
"""The room below a panel, the size of the colour of a time step there, and that of the ring around the cursor's."""

SLOT, TEXT_GAP = 2.7, 0.5
"""Each number of a step axis has at least so much room, and between two texts there is at least so much, in font
sizes."""

INPUTS_BELOW = 2.1
"""The inputs stand so many font sizes below a panel with ticks."""

OUTSIDE = 1.2
"""A text below a time step sticks out of the panel by so many font sizes at most."""

SPACINGS = np.outer(10 ** np.arange(9), [1, 2, 5]).ravel()
"""Every how many time steps there may be a number."""


def shown_steps(axes: Axes, steps: int, inputs: Sequence[str], least: float = 0.0) -> range:
    """Return the time steps that are numbered: all, or every second, fifth, tenth …, so that all texts have room.

    Parameters
    ----------
    axes
        The panel; a time step is one unit of its x axis wide.
    steps
        The number of time steps.
    inputs
        The widest inputs that may stand below the numbers.
    least
        The least room of each, in font sizes.
    """
    left, right = axes.get_xlim()
    figure, wide = axes.get_figure(root=True), size_in_ems(axes, em())[0] / (right - left)
    room = max(least, *(text_width(figure, text) + TEXT_GAP for text in (*inputs, str(steps - 1))))
    return range(0, steps, int(next((each for each in SPACINGS if each * wide >= room), steps)))


class Fitting:
    """Texts below some time steps: what is too wide for its place is shortened, or stands a little beside it.

    Parameters
    ----------
    axes
        The panel; a time step is one unit of its x axis wide.
    steps
        The time steps that have texts.
    """

    def __init__(self, axes: Axes, steps: range) -> None:
        self.figure, self.steps, (left, right) = axes.get_figure(root=True), steps, axes.get_xlim()
        self.wide = size_in_ems(axes, em())[0] / (right - left)
        self.ends = left * self.wide - OUTSIDE, right * self.wide + OUTSIDE
        self.room = min(steps.step * self.wide - TEXT_GAP, self.wide + 2 * OUTSIDE)

    def put(self, artists: Sequence[Text], texts: Sequence[str]) -> None:
        """Write the texts of the time steps that have some, each as long as it has room, none over another."""
        end = -np.inf
        for artist, step, words in zip(artists, self.steps, self.said(texts), strict=True):
            half = text_width(self.figure, words) / 2
            middle = max(min(step * self.wide, self.ends[1] - half), self.ends[0] + half, end + half)
            is_free = middle + half <= self.ends[1] + 1e-6
            artist.set(text=words if is_free else "", x=middle / self.wide)
            end = middle + half + TEXT_GAP if is_free else end

    def said(self, texts: Sequence[str]) -> list[str]:
        """Return the texts of the time steps that have some, each as long as it has room."""
        return [self.fitted(texts[step]) if step < len(texts) else "" for step in self.steps]

    def fitted(self, text: str) -> str:
        """Return a text as long as it has room; numbers are not shortened."""
        if not is_word(text) or text_width(self.figure, text) <= self.room:
            return text
        shorter = (f"{text[:count]}…" for count in range(min(len(text), LONGEST) - 1, 0, -1))
        return next((words for words in shorter if text_width(self.figure, words) <= self.room), text[:1])


class TickNames(NamedTuple):
    """The label of each time step, and the widest labels of all samples, as short as they may become."""

    texts: Sequence[str] = ()
    widest: Sequence[str] = ()


def name_ticks(axes: Axes, names: TickNames, most: int) -> None:
    """Put labels on the x axis of time steps as ticks, as many as have room; without labels, at most so many numbers.

    A time step is one unit of the axis wide.
    """
    if not names.texts:
        whole_ticks(axes.xaxis, most)
        return
    steps = shown_steps(axes, len(names.texts), [*names.widest, ""])
    fitting = Fitting(axes, steps)
    axes.set_xticks(steps, labels=fitting.said(names.texts))
    for label in axes.get_xticklabels():
        label.set_parse_math(False)


class StepAxis:
    """The numbers of time steps below a panel, as many as have room, and under them the inputs of a sample.

    Parameters
    ----------
    axes
        Its panel; a time step is one unit of its x axis wide.
    colours
        The colour of each time step, which stands above its number.
    inputs
        The widest inputs; nothing if there is no row of them.
    numbers
        The number of the time step at each place, if that is not the place itself.
    """

    def __init__(
        self, axes: Axes, colours: np.ndarray, inputs: Sequence[str], numbers: Sequence[int] | None = None
    ) -> None:
        steps = len(colours)
        axes.counts("time", "x", None if numbers is None else lambda: numbers)
        numbers = range(steps) if numbers is None else numbers
        self._axes, (left, right) = axes, axes.get_xlim()
        wide = size_in_ems(axes, em())[0] / (right - left)
        self._shown = shown_steps(axes, steps, inputs, SLOT)
        axes.set_xticks([])
        below = axes.get_xaxis_transform()
        swatches = below + shift(axes, 0, -0.2 - SWATCH / 2)
        look = {"marker": "s", "s": (min(SWATCH, wide) * em()) ** 2, "linewidth": 0, "clip_on": False}
        axes.scatter(np.arange(steps), np.zeros(steps), c=colours, transform=swatches, **look)
        look = {"color": ink(), "fillstyle": "none", "markersize": RING * em(), "clip_on": False, "zorder": 4}
        (self.ring,) = axes.plot([0], [0], "s", transform=swatches, **look)
        for row, name in enumerate((tr("step"), tr("input"))[: 1 + bool(inputs)]):
            _write(axes, 0, row, axes.transAxes, -1.6, "right").set_text(name)
        for step in self._shown:
            _write(axes, step, 0, below).set_text(str(numbers[step]))
        self._inputs = [_write(axes, step, 1, below) for step in self._shown if inputs]
        self._fitting = Fitting(axes, self._shown)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the sample and the cursor's time step."""
        return [*self._inputs, self.ring]

    def name(self, place: float, words: str) -> None:
        """Write what stands at a place that is no time step."""
        _write(self._axes, place, 0, self._axes.get_xaxis_transform()).set(text=words, fontweight="bold")

    def show(self, inputs: Sequence[str], time: int) -> None:
        """Write the inputs of the time steps, and mark the cursor's."""
        self.ring.set_xdata([time])
        if self._inputs:
            self._fitting.put(self._inputs, inputs)


class TimeAxis:
    """Ticks of time steps below a heat map, and below these what is read there.

    Attributes
    ----------
    steps
        The time steps with a tick.
    texts
        The input at each of them; nothing if there is no row of them.
    fitting
        Makes them as long as they have room.
    """

    def __init__(self, axes: Axes, steps: int, inputs: Sequence[str]) -> None:
        self.steps = shown_steps(axes, steps, inputs)
        axes.set_xticks(self.steps)
        place = axes.get_xaxis_transform() + shift(axes, 0, -INPUTS_BELOW)
        self.texts = [write(axes, step, 0, side="center", transform=place) for step in self.steps if inputs]
        self.fitting = Fitting(axes, self.steps)

    def show(self, inputs: Sequence[str]) -> None:
        """Write the inputs of the time steps."""
        if self.texts:
            self.fitting.put(self.texts, inputs)


def _write(axes: Axes, x: float, row: int, place: Transform, across: float = 0.0, side: str = "center") -> QuickText:
    down = 1.6 + 1.3 * row
    return write(axes, x, 0, side=side, transform=place + shift(axes, across, -down))
