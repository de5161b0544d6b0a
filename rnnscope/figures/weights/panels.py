"""How the weights of a layer are distributed, and how far they moved."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from rnnscope.figures.drawing.artists import cursor_line
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import Entry, put_ticks
from rnnscope.figures.drawing.notes import Note, line_note
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import dress, em, faint, ink, whole_ticks
from rnnscope.figures.weight_blocks import BlockRow, row_letter
from rnnscope.figures.weights.history import WeightHistory, bins_of, density, moved_text
from rnnscope.languages import tr
from rnnscope.numbers import written

DASHES = ["-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)), (0, (2.5, 1)), (0, (9, 2))]
"""The dashes of the rows of blocks, from the top."""

SLOT, ENTRY = 6.75, 1.3
"""An entry of a legend is so many font sizes wide and high."""

MOST_KEPT_MARKERS = 30
SPECTRUM_TICKS = np.outer(10 ** np.arange(5), [1, 3]).ravel()
"""The places that are named on the axis of singular values, which is logarithmic: a few large ones matter most."""

LONG_AXIS = 10.0
"""The axis of a distribution of so many font sizes has numbers at both ends."""


class Distribution:
    """The density of the weights of a row of blocks, now and at the first kept epoch."""

    def __init__(self, axes: Axes, limit: float, top: float, start: np.ndarray, several: bool) -> None:
        self.limit = limit
        edges = np.repeat(np.linspace(-self.limit, self.limit, bins_of(start) + 1), 2)
        axes.set(xlim=(-self.limit, self.limit), ylim=(-0.05 * top, 1.08 * top), yticks=[])
        axes.spines[["top", "left", "right"]].set_visible(False)
        self._ticks(axes)
        (self.start,) = axes.plot(edges, self._heights(start), color=faint(0.45), linewidth=1.2, linestyle=DASHES[1])
        self.start.set_visible(several)
        (self.now,) = axes.plot(edges, self._heights(start), color=ink(), linewidth=1.5)
        self.moving: list[Artist] = [self.now]

    def show(self, values: np.ndarray) -> None:
        """Show the distribution of other weights."""
        self.now.set_ydata(self._heights(values))

    def _ticks(self, axes: Axes) -> None:
        """Write where the axis begins and ends, or, if it is short, how far it goes to either side."""
        ends = [written(value, 2) for value in (-self.limit, self.limit)]
        long = size_in_ems(axes, em())[0] >= LONG_AXIS
        axes.set_xticks([-self.limit, 0, self.limit], labels=[ends[0], "0", ends[1]] if long else [""] * 3)
        dress(axes, xlabel="" if long else f"0 ± {ends[1]}")
        first, _, last = axes.get_xticklabels()
        first.set_horizontalalignment("left")
        last.set_horizontalalignment("right")

    def _heights(self, values: np.ndarray) -> np.ndarray:
        return np.r_[0, np.repeat(density(values, self.limit), 2), 0]


class Spectrum:
    """The singular values of a recurrent kernel, the largest first, now and at the first kept epoch."""

    def __init__(self, axes: Axes, start: np.ndarray, top: float, several: bool) -> None:
        numbers = np.arange(1, len(start) + 1)
        marker = {"marker": "o", "markersize": 0.3 * em()} if len(start) <= MOST_KEPT_MARKERS else {}
        axes.set(xscale="log", xlim=(0.9, 1.1 * max(len(start), 2)), ylim=(0, 1.12 * top))
        axes.set_yticks([0, top], labels=["0", written(top, 2)])
        put_ticks(axes, "x", [np.array([n for n in SPECTRUM_TICKS if n <= len(start)], float)])
        axes.minorticks_off()
        axes.spines[["top", "right"]].set_visible(False)
        dress(axes)
        look = {"color": faint(0.45), "linewidth": 1.2, "linestyle": DASHES[1]}
        (self.start,) = axes.plot(numbers, start, **look)
        self.start.set_visible(several)
        (self.now,) = axes.plot(numbers, start, color=ink(), linewidth=1.5, **marker)
        self.moving: list[Artist] = [self.now]

    def show(self, values: np.ndarray) -> None:
        """Show the singular values of another epoch."""
        self.now.set_ydata(values)


class Movement:
    """How far the weights of each row of blocks are from where they started, over the kept epochs."""

    def __init__(self, axes: Axes, legend: Axes, history: WeightHistory, scale: Scale, over: Scale) -> None:
        self.history, epochs = history, history.epochs
        self.dashes = dict(zip(history.rows, DASHES * len(history.rows), strict=False))
        look = {"color": ink(), "linewidth": 1.3, "clip_on": False}
        if len(epochs) <= MOST_KEPT_MARKERS:
            look |= {"marker": "o", "markersize": 0.28 * em()}
        self.lines = {
            row: axes.plot(epochs, history.movement[row], linestyle=dashes, **look)[0]
            for row, dashes in self.dashes.items()
        }
        room = 0.02 * (over.high - over.low)
        axes.set(xlim=(over.low - room, over.high + room), ylim=(0, 1.08 * scale.high))
        axes.set_yticks([0, scale.high], labels=["0", moved_text(scale.high)])
        whole_ticks(axes.xaxis, 4)
        axes.spines[["top", "right"]].set_visible(False)
        dress(axes, xlabel=tr("epoch"))
        self.mark = cursor_line(axes, "epoch")
        self.entries = self._legend(legend)
        self.moving: list[Artist] = [self.mark, *self.entries.values()]

    def show(self, epoch: int) -> None:
        """Mark an epoch, and write how far the weights were then."""
        self.mark.set_xdata([epoch, epoch])
        place = int(np.flatnonzero(self.history.epochs == epoch)[0])
        for row, text in self.entries.items():
            moved = self.history.movement[row][place]
            without = tr("from 0") if self.history.began_at_zero(row) else tr("not finite")
            text.set_text(f"{row_letter(row)} {moved_text(moved) if np.isfinite(moved) else without}")

    def _legend(self, axes: Axes) -> Mapping[BlockRow, QuickText]:
        wide, high = size_in_ems(axes, em())
        axes.set(xlim=(0, wide), ylim=(high, 0))
        axes.axis("off")
        columns, found = entries_across(wide), {}
        for k, (row, dashes) in enumerate(self.dashes.items()):
            x, y = SLOT * (k % columns), ENTRY * (k // columns + 0.5)
            axes.plot([x, x + 1.5], [y, y], color=ink(), linestyle=dashes, linewidth=1.3)
            found[row] = write(axes, x + 1.8, y)
        return found


def line_notes(history: WeightHistory) -> list[Note]:
    """Return what the lines of distributions and singular values are."""
    look = {"color": ink(), "linewidth": 1.5, "linestyle": "-"}
    found = [line_note(Entry(tr("weights of the chosen epoch"), look), "now")]
    if len(history.epochs) > 1:
        look = {"color": faint(0.45), "linewidth": 1.2, "linestyle": DASHES[1]}
        found.append(line_note(Entry(tr("those of epoch {epoch}", epoch=history.first), look), "start"))
    return found


def explain(axes: Axes, first: int, several: bool, *, explains: bool) -> QuickText:
    """Write above the distributions what they are, and what their lines; return the text of the epoch that is shown."""
    wide, high = size_in_ems(axes, em())
    axes.set(xlim=(0, wide), ylim=(high, 0))
    axes.axis("off")
    write(axes, 0, high / 2, tr("density"), fontweight="bold")
    shown = write(axes, 7.2, high / 2)
    shown.set_visible(explains)
    if not explains:
        return shown
    axes.plot([4.8, 6.8], [high / 2] * 2, color=ink(), linewidth=1.5)
    if several:
        axes.plot([12.4, 14.4], [high / 2] * 2, color=faint(0.45), linewidth=1.2, linestyle=DASHES[1])
        write(axes, 14.8, high / 2, tr("epoch {epoch}", epoch=first))
    return shown


def entries_across(wide: float) -> int:
    """Return how many entries of a legend stand side by side."""
    return max(1, int(wide // SLOT))


def legend_height(entries: int, wide: float) -> float:
    """Return how high a legend of so many entries is."""
    return ENTRY * -(-entries // entries_across(wide))
