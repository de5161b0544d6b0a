"""What stands above a heat map of many units: their mean and middle over time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from rnnscope.figures.drawing.bands import outlines, widened
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.lettering import HANDLE
from rnnscope.figures.drawing.notes import HALF_HIGH, Sign
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import blend, em, faint, ink, paper, small
from rnnscope.languages import noted, tr
from rnnscope.numbers import written

MIDDLE_FADE = 0.7
"""How far the band of the middle is faded into the background."""

TITLE_UP, TITLE_OVER = 1.7, 2.4
"""A title stands so many font sizes above, and is at most so much wider than the panel."""

MEAN = noted("mean {value}")
"""What is written above the line: the mean at the time step."""

LINE_ROOM = 0.08
"""Beyond the ends of a scale there is so much room, as a part of it."""


class Summary:
    """The mean of all units over time before the band of their middle 80 %, and the mean at a time step in numbers.

    Where there is no room for the line (`shown`) the number stays.

    Attributes
    ----------
    axes
        Its panel, on the columns of the heat map below it.
    band, line, dot
        The middle 80 %, the mean, and the mean at the time step.
    text
        The mean at the time step, written above.
    """

    def __init__(self, axes: Axes, scale: Scale, steps: int, colour: str, *, shown: bool = True) -> None:
        self.axes, self.steps = axes, np.arange(steps)
        axes.counts("time", "x")
        low, high = (0.0, 1.0) if scale.kind == "gate" else (scale.low, scale.high)
        room = LINE_ROOM * (high - low)
        axes.set(xlim=(-0.5, steps - 0.5), ylim=(low - room, high + room))
        axes.set_yticks([low, high], labels=[written(low, 2), written(high, 2)], fontsize=small())
        axes.tick_params(length=0.3 * em(), pad=0.25 * em(), bottom=False, labelbottom=False)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        axes.axhline((low + high) / 2, color=faint(0.6), linewidth=0.6, zorder=1.5)
        self.band = axes.add_collection(PolyCollection([], facecolor=blend(colour, paper(), MIDDLE_FADE), zorder=1))
        (self.line,) = axes.plot([], [], color=colour, linewidth=2, zorder=3)
        (self.dot,) = axes.plot([0], [0], "o", color=colour, markersize=0.6 * em(), zorder=4, clip_on=False)
        self.text = write(axes, 0, 1, transform=axes.transAxes + shift(axes, 0, 0.2), verticalalignment="bottom")
        if not shown:
            axes.axis("off")
            for artist in (*axes.lines, self.band):
                artist.set_visible(False)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [self.band, self.line, self.dot, self.text]

    def title(self, texts: list[str], colour: str, fit: Callable[[Text, list[str], float], None]) -> None:
        """Write the title above, the first of several texts that `fit` finds room for."""
        above = self.axes.transAxes + shift(self.axes, 0, TITLE_UP)
        look = {"fontsize": em(), "color": colour, "fontweight": "bold", "verticalalignment": "bottom"}
        self.heading = write(self.axes, 0, 1, transform=above, **look)
        fit(self.heading, texts, size_in_ems(self.axes, em())[0] + TITLE_OVER)

    def show(self, means: np.ndarray, band: np.ndarray, time: int) -> None:
        """Show the mean over time before a band as `band_of` returns it, and mark a time step."""
        xs, mean, lower, upper = widened(self.steps, means, band[1], band[2])
        self.band.set_verts(outlines(xs, lower, upper))
        self.line.set_data(xs, mean)
        low, high = self.axes.get_ylim()
        self.dot.set_data([time], [np.clip(means[time], low, high)])
        self.dot.set_marker("v" if means[time] < low else "^" if means[time] > high else "o")
        self.text.set_text(tr(MEAN, value=written(float(means[time]), 2)))


def mean_sign() -> Sign:
    """Return a line in its band, as a sign."""

    def draw(axes: Axes, x: float, y: float) -> None:
        corners = (x, y - HALF_HIGH), HANDLE, 2 * HALF_HIGH
        axes.add_patch(Rectangle(*corners, facecolor=blend(ink(), paper(), MIDDLE_FADE), linewidth=0))
        axes.plot([x, x + HANDLE], [y, y], color=ink(), linewidth=2, solid_capstyle="butt")

    return Sign(HANDLE, draw)
