"""Chosen units over time: a panel of lines before the range of all units, and the legend of the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.bands import outlines, widened
from rnnscope.figures.drawing.hatches import HeldSteps
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.notes import Note, Sign, swatch
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.drawing.steps import TickNames, name_ticks
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import NOT_FINITE, blend, em, faint, ink, lettering, paper, small
from rnnscope.languages import noted, tr
from rnnscope.numbers import written

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

RANGE, MIDDLE = 0.86, 0.7
"""How far the bands of all units and of those in the middle are faded into the background."""

BAND_NAMES = (noted("all units"), noted("80 % of them"))

ENTRY_WIDTH, ROW = 23.0, 1.5
"""An entry of the legend is at least so many font sizes wide, and so many high."""

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
    held
        Hatches over time steps that do not count.
    """

    def __init__(
        self, axes: Axes, scale: Scale, steps: int, count: int, colour: str, names: TickNames, *, has_held: bool = False
    ) -> None:
        self.axes, self.steps = axes, np.arange(steps)
        self._limits(scale, names)
        self.bands = [PolyCollection([], facecolor=blend(colour, paper(), part), zorder=1) for part in (RANGE, MIDDLE)]
        for band in self.bands:
            axes.add_collection(band, autolim=False)
        self.zero = axes.axhline(0, color=faint(0.5), linewidth=0.6, zorder=1.5)
        self.mark, self.held = cursor_line(axes, "time"), HeldSteps(axes, has_held, 1.2)
        self.lines = [line_of(axes, k, colour, steps) for k in range(count)]
        self.ring = axes.plot([0], [0], "o", color=ink(), fillstyle="none", markersize=0.85 * em(), zorder=6)[0]
        self.lost = axes.plot([], [], "x", color=NOT_FINITE, zorder=7, transform=axes.get_xaxis_transform())[0]
        self.lost.set(markeredgewidth=2, clip_on=False)
        self.value = self._text(1, "right", small())
        self.value.set_fontweight("bold")

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [
            *self.bands,
            *self.held.moving,
            self.zero,
            self.mark,
            *self.lines[::-1],
            self.ring,
            self.lost,
            self.value,
        ]

    def title(self, colour: str) -> QuickText:
        """Return the empty title at the left, which stands still."""
        text = self._text(0, "left", em())
        text.set(color=lettering(colour), fontweight="bold")
        return text

    def show(self, values: np.ndarray, bands: np.ndarray, lost: np.ndarray, time: int) -> None:
        """Show other values, (unit, time), before other bands, (4, time), and mark a time step."""
        xs, low, lower, upper, high = widened(self.steps, *bands)
        for band, bottom, top in zip(self.bands, (low, lower), (high, upper), strict=True):
            band.set_verts(outlines(xs, bottom, top))
        for k, line in enumerate(self.lines):
            line.set_visible(k < len(values))
            if k < len(values):
                line.set_ydata(values[k])
        self.mark.set_xdata([time, time])
        self.ring.set_data([time], [values[0, time]])
        self.lost.set_data(lost, np.zeros(len(lost)))
        self.lost.set_visible(len(lost) > 0)
        self.value.set_text(written(float(values[0, time])))

    def _limits(self, scale: Scale, names: TickNames) -> None:
        low, high, last = scale.low, scale.high, len(self.steps) - 1
        room = RANGE_ROOM * (high - low)
        self.axes.set_ylim(low - room, high + room)
        ticks = [low, (low + high) / 2, high]
        self.axes.set_yticks(ticks, labels=[written(value, 2) for value in ticks])
        self.axes.set_xlim(-max(RANGE_ROOM * last, 0.35), last + max(RANGE_ROOM * last, 0.35))
        name_ticks(self.axes, names, 4)
        self.axes.spines[["top", "right"]].set_visible(False)

    def _text(self, across: float, side: str, size: float) -> QuickText:
        place = self.axes.transAxes + shift(self.axes, 0, 0.35)
        return write(self.axes, across, 1, side=side, transform=place, fontsize=size, verticalalignment="bottom")


class UnitsLegend:
    """Which line is which unit and how it differs from the first, and what the bands are, in rows of equal columns.

    Attributes
    ----------
    high
        How high it is, in font sizes.
    """

    def __init__(self, wide: float, count: int, steps: int, *, explains: bool = True) -> None:
        self.count, self.steps, self.explains = count, steps, explains
        self.first = 0 if explains else 1
        total = count + len(BAND_NAMES) if explains else count - 1
        self.columns = int(np.clip(wide // ENTRY_WIDTH, 1, max(total, 1)))
        rows = -(-total // self.columns)
        self.columns = -(-total // max(rows, 1))
        self.wide, self.high = wide / max(self.columns, 1), ROW * rows
        self.lines: list[Line2D] = []
        self.names: list[QuickText] = []

    def draw(self, axes: Axes) -> None:
        """Draw it into a panel of its own."""
        self.axes, (wide, high) = axes, size_in_ems(axes, em())
        axes.set(xlim=(0, wide), ylim=(high, 0))
        axes.axis("off")
        own, columns = self.count - self.first, self.columns
        count = own + (len(BAND_NAMES) if self.explains else 0)
        places = [(self.wide * (k % columns), ROW * (k // columns + 0.5)) for k in range(count)]
        self.lines = [line_of(axes, k, ink(), self.steps) for k in range(self.first, self.count)]
        self.names = [write(axes, x + 2.9, y) for x, y in places]
        for line, (x, y) in zip(self.lines, places, strict=False):
            line.set_data([x, x + 1.2, x + 2.4], [y, y, y])
            line.set_markevery([1])
        if not self.explains:
            return
        self.names[0].set_fontweight("bold")
        for name, text, part, (x, y) in zip(BAND_NAMES, self.names[own:], (RANGE, MIDDLE), places[own:], strict=True):
            axes.add_patch(Rectangle((x, y - 0.45), 2.4, 0.9, color=faint(part), linewidth=0))
            text.set_text(tr(name))

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [*self.lines, *self.names[: len(self.lines)]]

    def show(self, units: tuple[int, ...], differences: Sequence[Sequence[str]], remarks: Mapping[int, str]) -> None:
        """Name the units of the lines, with how each but the first differs, the first of several ways with room.

        Remarks about units stand behind their numbers, in brackets.
        """
        room, figure = self.wide - 2.9 - 0.8, self.axes.get_figure(root=True)
        for k, (line, name) in enumerate(zip(self.lines, self.names, strict=False), self.first):
            line.set_visible(k < len(units))
            texts = [""]
            if k < len(units):
                unit, remark = tr("unit {unit}", unit=units[k]), remarks.get(units[k])
                unit = f"{unit} ({remark})" if remark else unit
                texts = [f"{unit}: {words}" if words else unit for words in (differences[k - 1] if k else ("",))]
            fitting = (text for text in texts if text_width(figure, text) <= room)
            name.set_text(next(fitting, texts[-1]))


def unit_notes(steps: int) -> list[Note]:
    """Return what the strongest line and the bands are."""

    def draw(axes: Axes, x: float, y: float) -> None:
        line = line_of(axes, 0, ink(), steps)
        line.set_data([x, x + 1.2, x + 2.4], [y, y, y])
        line.set(markevery=[1], clip_on=False)

    bands = zip(BAND_NAMES, (RANGE, MIDDLE), strict=True)
    named = [Note(name, (tr(name),), swatch([faint(part)])) for name, part in bands]
    return [Note("unit", (tr("the chosen unit"),), Sign(2.4, draw)), *named]


def line_of(axes: Axes, number: int, colour: str, steps: int) -> Line2D:
    """Return the line of the first (strongest) or another chosen unit, flat at first."""
    dashes, marker = LINE_STYLES[number]
    (line,) = axes.plot(np.arange(steps), np.zeros(steps), linestyle=dashes, color=colour)
    line.set(linewidth=1.2 if number else 2.4, zorder=4 if number else 5)
    if steps <= MOST_STEP_MARKERS:
        size, face = (0.5, paper()) if number else (0.65, colour)
        line.set(marker=marker, markersize=size * em(), markerfacecolor=face, markeredgecolor=colour)
    return line
