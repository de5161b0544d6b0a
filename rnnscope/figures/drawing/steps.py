"""The axis of time steps: their numbers, and below each what was read there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, Transform

from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.style import em, ink

ROWS, SWATCH, RING = 4.1, 0.6, 0.95
"""The room below a panel, the size of the colour of a time step there, and that of the ring around the cursor's."""

SLOT = 2.7
"""Each number has at least so much room, in font sizes."""

SPACINGS = np.outer(10 ** np.arange(5), [1, 2, 5]).ravel()
"""Every how many time steps there may be a number."""


class StepAxis:
    """The numbers of time steps below a panel, as many as have room, and under them the inputs of a sample.

    Parameters
    ----------
    axes
        Its panel; a time step is one unit of its x axis wide.
    steps
        The number of time steps.
    colours
        The colour of each time step, which stands above its number.
    has_inputs
        Whether there is a row of inputs.
    """

    def __init__(self, axes: Axes, colours: np.ndarray, *, has_inputs: bool = True) -> None:
        steps = len(colours)
        axes.counts("time", "x")
        self._axes, (left, right) = axes, axes.get_xlim()
        wide = size_in_ems(axes, em())[0] / (right - left)
        spacing = int(next((spacing for spacing in SPACINGS if spacing * wide >= SLOT), steps))
        self._shown, self._room = range(0, steps, spacing), spacing * wide - 0.3
        axes.set_xticks([])
        below = axes.get_xaxis_transform()
        swatches = below + _shift(axes, 0, -0.2 - SWATCH / 2)
        look = {"marker": "s", "s": (min(SWATCH, wide) * em()) ** 2, "linewidth": 0, "clip_on": False}
        axes.scatter(np.arange(steps), np.zeros(steps), c=colours, transform=swatches, **look)
        look = {"color": ink(), "fillstyle": "none", "markersize": RING * em(), "clip_on": False, "zorder": 4}
        (self.ring,) = axes.plot([0], [0], "s", transform=swatches, **look)
        for row, name in enumerate(("step", "input")[: 1 + has_inputs]):
            _write(axes, 0, row, axes.transAxes, -1.6, "right").set_text(name)
        for step in self._shown:
            _write(axes, step, 0, below).set_text(str(step))
        self._inputs = [_write(axes, step, 1, below) for step in self._shown if has_inputs]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the sample and the cursor's time step."""
        return [*self._inputs, self.ring]

    def name(self, place: float, words: str) -> None:
        """Write what stands at a place that is no time step."""
        _write(self._axes, place, 0, self._axes.get_xaxis_transform()).set(text=words, fontweight="bold")

    def show(self, inputs: Sequence[str], time: int) -> None:
        """Write the inputs of all time steps, one that has no room is left out; mark the cursor's time step."""
        self.ring.set_xdata([time])
        for text, step in zip(self._inputs, self._shown, strict=False):
            fits = text_width(text.get_figure(root=True), inputs[step]) <= self._room
            text.set_text(inputs[step] if fits else "")


def _write(axes: Axes, x: float, row: int, place: Transform, shift: float = 0.0, side: str = "center") -> QuickText:
    down = 1.6 + 1.3 * row
    return write(axes, x, 0, side=side, transform=place + _shift(axes, shift, -down))


def _shift(axes: Axes, across: float, up: float) -> Transform:
    """Return what moves things by some font sizes."""
    return ScaledTranslation(across * em() / 72, up * em() / 72, axes.get_figure(root=True).dpi_scale_trans)
