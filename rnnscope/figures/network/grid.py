"""Where the boxes of a net unrolled in time lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINE, BARS = 1.35, 3.4
"""The height of the line of text above the bars of a state, and that of the bars, in font sizes, if there is room."""

LARGEST = 1.5
"""So many times as high as that are boxes at most, where there is more room."""

ONE_NUMBER = 2.4
"""The height of a box that holds one number only, if there is room."""

BOX_MARGIN = 0.35
"""The room around what is in a box, in font sizes."""

RISE = 2.5
"""How far layers are apart, in font sizes, if there is room."""

TALL = 2.0
"""The part of a box that a state has is so many font sizes high if there is a line of text in it."""

ROOMY_COLUMN, ROOMY_STATE, ROOMY_RISE = 8.6, 2.2, 1.5
"""Numbers are written beside arrows if columns are so many font sizes apart, states and layers so many above each
other."""

ARROW_PART = 0.32
"""How much of the way from column to column an arrow takes."""


@dataclass(frozen=True)
class Grid:
    """Where the boxes of the picture lie; all lengths in font sizes.

    Attributes
    ----------
    left, pitch, columns
        Where the first column begins, how far columns are apart, and how many there are.
    bottoms, highs
        Where the boxes of each layer begin, and how high they are.
    rise
        How far layers are apart.
    extra
        How far each column is moved to the right, in columns; nothing if none is.
    """

    left: float
    pitch: float
    columns: int
    bottoms: tuple[float, ...]
    highs: tuple[float, ...]
    rise: float
    extra: tuple[float, ...] = ()

    @property
    def wide(self) -> float:
        """How wide a box is."""
        return (1 - ARROW_PART) * self.pitch

    @property
    def gap(self) -> float:
        """How long an arrow from column to column is."""
        return ARROW_PART * self.pitch

    def x(self, column: int) -> float:
        """Return where a column begins, its boxes without the gap before them."""
        return self.left + (column + (self.extra[column] if self.extra else 0.0)) * self.pitch + self.gap

    def column_at(self, x: float) -> int | None:
        """Return the column at a place, with the gap before it; None if there is none."""
        found = [k for k in range(self.columns) if self.x(k) - self.gap <= x < self.x(k) + self.wide]
        return found[0] if found else None


def full_height(states: int, units: int) -> float:
    """Return how high a box of so many states and units is, if there is room."""
    return ONE_NUMBER if states == units == 1 else 2 * BOX_MARGIN + states * (LINE + BARS)


def grid_within(
    left: float,
    pitch: float,
    columns: int,
    bottom: float,
    high: float,
    wanted: Sequence[float],
    extra: tuple[float, ...] = (),
) -> Grid:
    """Return the grid of layers whose boxes want to be so high, together at most as high as given."""
    share = min(LARGEST, high / (sum(wanted) + RISE * len(wanted)))
    highs, bottoms = [share * each for each in wanted], []
    for each in highs:
        bottom += share * RISE
        bottoms.append(bottom)
        bottom += each
    return Grid(left, pitch, columns, tuple(bottoms), tuple(highs), share * RISE, extra)
