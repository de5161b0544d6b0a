"""Zero on a logarithmic axis, which has no place for it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from rnnscope.figures.drawing.layout import shift
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.scale import Scale, finite
from rnnscope.figures.style import em
from rnnscope.languages import tr

TEXT_UP = 1.0
"""What the marks mean is written so many font sizes above them."""


class LogLines:
    """Lines on a logarithmic axis: where one is zero it has a gap, and a mark at the bottom of the panel.

    Parameters
    ----------
    lines
        The lines.
    scale
        The scale of powers; what is smaller than its low end, but not zero, lies there.

    Attributes
    ----------
    marks
        The marks of each line.
    text
        Says above the first of them what they are.
    """

    def __init__(self, axes: Axes, lines: Sequence[Line2D], scale: Scale) -> None:
        self.lines, self.scale = lines, scale
        look = {"linestyle": "none", "marker": "D", "transform": axes.get_xaxis_transform(), "clip_on": False}
        self.marks = [
            axes.plot([], [], color=line.get_color(), markersize=0.5 * em(), zorder=5, **look)[0] for line in lines
        ]
        above = axes.get_xaxis_transform() + shift(axes, 0, TEXT_UP)
        self.text = write(axes, 0, 0, side="center", transform=above)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the numbers."""
        return [*self.lines, *self.marks, self.text]

    def show(self, values: Sequence[np.ndarray]) -> None:
        """Set the heights of all lines."""
        found = []
        for line, mark, own in zip(self.lines, self.marks, values, strict=True):
            places = self.scale.places(finite(own))
            is_zero = places < self.scale.low
            line.set_ydata(10 ** np.where(is_zero, np.nan, places))
            zeros = np.asarray(line.get_xdata())[is_zero]
            mark.set_data(zeros, np.zeros(len(zeros)))
            found += [zeros] if len(zeros) else []
        self.text.set(x=found[0].mean() if found else 0, text=tr("exactly 0") if found else "")
