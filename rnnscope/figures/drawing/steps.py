"""The axis of time steps: their numbers, and below each what was read there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.transforms import Transform

from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.style import em, ink

ROWS, SWATCH, RING = 4.1, 0.6, 0.95
"""The room below a panel, the size of the colour of a time step there, and that of the ring around the cursor's."""

SLOT, TEXT_GAP = 2.7, 0.5
"""Each number of a step axis has at least so much room, and between two texts there is at least so much, in font
sizes."""

INPUTS_BELOW = 2.1
"""The inputs stand so many font sizes below a panel with ticks."""

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
    """

    def __init__(self, axes: Axes, colours: np.ndarray, inputs: Sequence[str]) -> None:
        steps = len(colours)
        axes.counts("time", "x")
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
        for row, name in enumerate(("step", "input")[: 1 + bool(inputs)]):
            _write(axes, 0, row, axes.transAxes, -1.6, "right").set_text(name)
        for step in self._shown:
            _write(axes, step, 0, below).set_text(str(step))
        self._inputs = [_write(axes, step, 1, below) for step in self._shown if inputs]

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
        for text, step in zip(self._inputs, self._shown, strict=False):
            text.set_text(inputs[step])


class TimeAxis:
    """Ticks of time steps below a heat map, and below these what is read there.

    Attributes
    ----------
    steps
        The time steps with a tick.
    texts
        The input at each of them; nothing if there is no row of them.
    """

    def __init__(self, axes: Axes, steps: int, inputs: Sequence[str]) -> None:
        self.steps = shown_steps(axes, steps, inputs)
        axes.set_xticks(self.steps)
        place = axes.get_xaxis_transform() + shift(axes, 0, -INPUTS_BELOW)
        self.texts = [write(axes, step, 0, side="center", transform=place) for step in self.steps if inputs]

    def show(self, inputs: Sequence[str]) -> None:
        """Write the inputs of the time steps."""
        for text, step in zip(self.texts, self.steps, strict=False):
            text.set_text(inputs[step])


def _write(axes: Axes, x: float, row: int, place: Transform, across: float = 0.0, side: str = "center") -> QuickText:
    down = 1.6 + 1.3 * row
    return write(axes, x, 0, side=side, transform=place + shift(axes, across, -down))
