"""Chosen units over time: a panel of lines before the range of all units, and the legend of the lines."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cbook import contiguous_regions
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.transforms import ScaledTranslation

from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.numbers import written
from rnnscope.figures.scale import Scale, finite
from rnnscope.figures.style import NOT_FINITE, blend, em, faint, ink, paper, small, whole_ticks

LINE_STYLES = [
    ("-", "o"),
    ((0, (5, 1.5)), "s"),
    ((0, (1.2, 1.2)), "^"),
    ((0, (6, 1.5, 1.2, 1.5)), "D"),
    ((0, (2.5, 1)), "v"),
    ((0, (9, 2)), "p"),
    ((0, (1, 3)), "<"),
    ((0, (6, 1.5, 1, 1.5, 1, 1.5)), ">"),
    ((0, (3, 3)), "*"),
]
"""Dashes and marker of each unit: the cursor's first."""

MOST_STEP_MARKERS = 30
"""With more time steps, lines have no markers."""

QUANTILES = (0.0, 0.1, 0.9, 1.0)
"""The ends of the bands."""

RANGE, MIDDLE = 0.86, 0.7
"""How far the bands of all units and of those in the middle are faded into the background."""

ENTRY_WIDTH, ROW = 9.0, 1.5
"""An entry of the legend is so many font sizes wide and high."""

RANGE_ROOM = 0.06
"""Beyond the ends of a scale there is so much room, as a part of it."""


class UnitPanel:
    """One quantity over time: the bands of all units, a line per chosen unit, and the value of the first.

    Attributes
    ----------
    axes
        Its panel.
    bands
        The range of all units, and of those in the middle.
    lines
        The lines, the cursor's unit first.
    """

    def __init__(self, axes: Axes, scale: Scale, steps: int, count: int, colour: str) -> None:
        self.axes, self.steps = axes, np.arange(steps)
        self._limits(scale)
        self.bands = [PolyCollection([], facecolor=blend(colour, paper(), part), zorder=1) for part in (RANGE, MIDDLE)]
        for band in self.bands:
            axes.add_collection(band, autolim=False)
        self.zero = axes.axhline(0, color=faint(0.5), linewidth=0.6, zorder=1.5)
        self.mark = cursor_line(axes, "time")
        self.lines = [line_of(axes, k, colour, steps) for k in range(count)]
        self.ring = axes.plot([0], [0], "o", color=ink(), fillstyle="none", markersize=0.85 * em(), zorder=6)[0]
        self.lost = axes.plot([], [], "x", color=NOT_FINITE, zorder=7, transform=axes.get_xaxis_transform())[0]
        self.lost.set(markeredgewidth=2, clip_on=False)
        self.value = self._text(1, "right", small())
        self.value.set_fontweight("bold")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [*self.bands, self.zero, self.mark, *self.lines[::-1], self.ring, self.lost, self.value]

    def title(self, colour: str) -> QuickText:
        """Return the empty title at the left, which stands still."""
        text = self._text(0, "left", em())
        text.set(color=colour, fontweight="bold")
        return text

    def show(self, values: np.ndarray, bands: np.ndarray, lost: np.ndarray, time: int) -> None:
        """Show other values, (unit, time), before other bands, (4, time), and mark a time step."""
        xs, (low, lower, upper, high) = self.steps, bands
        if len(xs) == 1:  # one time step has no width
            xs, low, lower, upper, high = np.array([-0.25, 0.25]), *(np.repeat(b, 2) for b in bands)
        for band, bottom, top in zip(self.bands, (low, lower), (high, upper), strict=True):
            band.set_verts(_outlines(xs, bottom, top))
        for k, line in enumerate(self.lines):
            line.set_visible(k < len(values))
            if k < len(values):
                line.set_ydata(values[k])
        self.mark.set_xdata([time, time])
        self.ring.set_data([time], [values[0, time]])
        self.lost.set_data(lost, np.zeros(len(lost)))
        self.lost.set_visible(len(lost) > 0)
        self.value.set_text(written(float(values[0, time])))

    def _limits(self, scale: Scale) -> None:
        low, high, last = scale.low, scale.high, len(self.steps) - 1
        room = RANGE_ROOM * (high - low)
        self.axes.set_ylim(low - room, high + room)
        ticks = [low, (low + high) / 2, high]
        self.axes.set_yticks(ticks, labels=[written(value, 2) for value in ticks])
        self.axes.set_xlim(-max(RANGE_ROOM * last, 0.35), last + max(RANGE_ROOM * last, 0.35))
        whole_ticks(self.axes.xaxis, 4)
        self.axes.spines[["top", "right"]].set_visible(False)

    def _text(self, across: float, side: str, size: float) -> QuickText:
        up = ScaledTranslation(0, 0.35 * em() / 72, self.axes.get_figure(root=True).dpi_scale_trans)
        place = self.axes.transAxes + up
        return write(self.axes, across, 1, side=side, transform=place, fontsize=size, verticalalignment="bottom")


class UnitsLegend:
    """Which line is which unit, and what the bands are, in rows."""

    def __init__(self, axes: Axes, count: int, steps: int, columns: int) -> None:
        wide, high = size_in_ems(axes, em())
        axes.set(xlim=(0, wide), ylim=(high, 0))
        axes.axis("off")
        places = [(ENTRY_WIDTH * (k % columns), ROW * (k // columns + 0.5)) for k in range(count + 2)]
        self.lines = [line_of(axes, k, ink(), steps) for k in range(count)]
        self.names = [write(axes, x + 2.9, y) for x, y in places]
        self.names[0].set_fontweight("bold")
        for line, (x, y) in zip(self.lines, places, strict=False):
            line.set_data([x, x + 1.2, x + 2.4], [y, y, y])
            line.set_markevery([1])
        for part, (x, y) in zip((RANGE, MIDDLE), places[count:], strict=True):
            axes.add_patch(Rectangle((x, y - 0.45), 2.4, 0.9, color=faint(part), linewidth=0))
        self.names[-2].set_text("all units")
        self.names[-1].set_text("80 % of them")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [*self.lines, *self.names[:-2]]

    def show(self, units: tuple[int, ...]) -> None:
        """Name the units of the lines."""
        for k, line in enumerate(self.lines):
            line.set_visible(k < len(units))
            self.names[k].set_text(f"unit {units[k]}" if k < len(units) else "")


def line_of(axes: Axes, number: int, colour: str, steps: int) -> Line2D:
    """Return the line of the first (strongest) or another chosen unit, flat at first."""
    dashes, marker = LINE_STYLES[number]
    (line,) = axes.plot(np.arange(steps), np.zeros(steps), linestyle=dashes, color=colour)
    line.set(linewidth=1.2 if number else 2.4, zorder=4 if number else 5)
    if steps <= MOST_STEP_MARKERS:
        size, face = (0.5, paper()) if number else (0.65, colour)
        line.set(marker=marker, markersize=size * em(), markerfacecolor=face, markeredgecolor=colour)
    return line


def band_of(values: np.ndarray) -> np.ndarray:
    """Return the smallest value of all units, their 10 % and 90 % quantile, and the largest, (4, time).

    What is NaN or infinite is left out; where nothing else is, so is the band.
    """
    known = np.isfinite(values)
    some = known.any(axis=1)
    found = np.full((len(QUANTILES), len(values)), np.nan)
    quantile = np.quantile if known.all() else np.nanquantile
    found[:, some] = quantile(finite(values[some]), QUANTILES, axis=1)
    return found


def _outlines(xs: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[np.ndarray]:
    """Return the outlines of a band, one for each run of time steps at which it is known."""
    runs = contiguous_regions(np.isfinite(low))
    return [
        np.column_stack([np.r_[xs[a:b], xs[a:b][::-1]], np.r_[low[a:b], high[a:b][::-1]]]) for a, b in runs if b > a
    ]
