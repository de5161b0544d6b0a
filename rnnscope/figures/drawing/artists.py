"""Pieces of pictures that several views draw: heat maps with their scale and their numbers, and the cursor's marks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.panel import Panel
from rnnscope.figures.drawing.quick_image import QuickImage
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import em, ink, paper, readable_on, small
from rnnscope.numbers import written

CELL = (2.9, 1.15)
"""Numbers are written into the cells of a matrix if these are at least so wide and high, in font sizes."""

NARROW = 12.0
"""A column is narrow if it is less wide than this, in points."""

FRAME = 1.8
"""The line around a column is so wide, in points; half of it lies in the column."""


class HeatMap:
    """A matrix as colours, row by row from the top, with the numbers of one column if there is room.

    A number has two digits, or one, or two decimals, whatever has room, but `all_zeros` where these are 0.00.

    Attributes
    ----------
    axes
        Its panel.
    image
        The colours.
    numbers
        The numbers of a column, or nothing.
    """

    def __init__(self, axes: Axes, shape: tuple[int, int], scale: Scale, *, numbers: bool = True) -> None:
        self.axes, self.scale = axes, scale
        rows, columns = shape
        sides = (-0.5, columns - 0.5, rows - 0.5, -0.5)
        axes.set(xlim=sides[:2], ylim=sides[2:])
        self.image = QuickImage(axes, shape, scale, sides)
        wide, high = size_in_ems(axes, em())
        self._room = wide / columns * em() - FRAME
        room = numbers and wide / columns >= CELL[0] and high / rows >= CELL[1]
        self.numbers = [write(axes, 0, row, side="center") for row in range(rows if room else 0)]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the values; the frame of the panel lies above it."""
        return [self.image, *self.numbers, *self.axes.spines.values()]

    def show(self, values: np.ndarray, column: int = 0) -> None:
        """Show other values, (row, column), and the numbers of one column."""
        places = self.scale.places(values)
        self.image.set_data(places)
        if self.numbers:
            inks = readable_on(self.image.to_rgba(np.ma.masked_invalid(places[:, column])))
            for text, value, colour in zip(self.numbers, values[:, column], inks, strict=True):
                text.set(color=colour, x=column)
                self._put(text, value)

    def _put(self, text: QuickText, value: float) -> None:
        """Write a number with two digits, or fewer where these have no room; of either sign with as many."""
        widest = -abs(value) if self.scale.low < 0 and self.scale.kind != "power" else value
        for digits, decimals in ((2, None), (1, None), (1, 2)):
            shown, longest = (v if decimals is None else round(float(v), decimals) for v in (value, widest))
            text.set_text(written(longest, digits))
            if text.points() <= self._room and (shown or not value):
                text.set_text(written(shown, digits))
                return
        text.set_text(all_zeros(value, self.scale))

    def scale_by(self, scale: Scale) -> None:
        """Take another scale of the same kind."""
        self.scale = scale
        self.image.set_clim(scale.low, scale.high)

    def bar(self, axes: Axes) -> None:
        """Draw the scale into a panel of its own, a strip from left to right."""
        colour_bar(axes, self.scale, self.scale.ends())


def all_zeros(value: float, scale: Scale) -> str:
    """Return what is written in place of 0.00 for what is not zero: ≈0 if it has the colour of zero, or nothing.

    Examples
    --------
    >>> all_zeros(-0.004, Scale(-1.0, 1.0, "signed")), all_zeros(-0.004, Scale(-0.1, 0.1, "signed"))
    ('≈0', '')
    """
    return "≈0" if scale.kind != "power" and abs(value) < scale.high / 50 else ""


def colour_bar(axes: Axes, scale: Scale, labels: list[str]) -> None:
    """Draw a scale into a panel of its own, a strip from left to right; label its ends and its middle."""
    shown = ScalarMappable(Normalize(scale.low, scale.high), scale.colours)
    bar = axes.figure.colorbar(shown, cax=axes, orientation="horizontal")
    bar.outline.set_linewidth(0.5)
    bar.solids.remove()  # hundreds of shapes; a picture of one row does
    places = np.linspace(scale.low, scale.high, scale.colours.N)[None]
    sides = (scale.low, scale.high, 0, 1)
    axes.imshow(places, cmap=shown.cmap, norm=shown.norm, extent=sides, aspect="auto", interpolation="nearest")
    bar.set_ticks([scale.low, (scale.low + scale.high) / 2, scale.high], labels=labels, fontsize=small())
    axes.tick_params(length=0.2 * em(), pad=0.15 * em())
    first, _, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")


class Column:
    """A frame around one column of a heat map: the cursor's time step; a click on a column goes there.

    It lies half in the column, but all beside one that is narrow, which it would hide. `numbers` are those of the time
    steps in the columns, if a column does not stand for its own number.
    """

    def __init__(self, axes: Panel, rows: int, numbers: Sequence[int] | None = None) -> None:
        axes.counts("time", "x", None if numbers is None else lambda: numbers)
        left, right = axes.get_xlim()
        column = size_in_ems(axes, em())[0] * em() / abs(right - left)
        is_narrow = column < NARROW
        self._beside = 0.5 + (FRAME / column if is_narrow else 0)
        halo = [] if is_narrow else [withStroke(linewidth=3.5, foreground=paper())]
        look = {"fill": False, "edgecolor": ink(), "linewidth": FRAME / (1 + is_narrow), "path_effects": halo}
        self.patch = Rectangle((-0.5, -0.5), 2 * self._beside, rows, clip_on=False, **look)
        self.patch.set_zorder(3)
        axes.add_patch(self.patch)

    def show(self, column: float) -> None:
        """Move to another column."""
        self.patch.set_x(column - self._beside)


def pointer(axes: Panel, over: str | None = None, numbers: Callable[[], Sequence[int]] | None = None) -> Line2D:
    """Return a triangle at the left side of a panel that points at a row: the cursor's unit. Set its y data.

    It is narrow enough to stay clear of the labels of ticks. If the rows go `over` `"unit"`, `"epoch"` or `"time"`, a
    click on one goes there; `numbers` returns which one is in each row, if that is not its own number.
    """
    if over:
        axes.counts(over, "y", numbers)
    size = 0.45
    beside = axes.get_yaxis_transform() + shift(axes, -size / 2, 0)
    look = {"color": ink(), "markersize": size * em(), "markeredgewidth": 0, "clip_on": False}
    return axes.plot([0], [0], ">", transform=beside, **look)[0]


def cursor_line(axes: Panel, over: str | None = None) -> Line2D:
    """Return a vertical line at the cursor's epoch or time step. Set its x data to two equal numbers.

    If it is said that the panel goes `over` `"epoch"` or `"time"`, a click goes there.
    """
    if over:
        axes.counts(over, "x")
    return axes.axvline(0, color=ink(), linewidth=1.2, linestyle=(0, (4, 2)), zorder=3)
