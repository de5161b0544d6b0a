"""Things of given sizes, drawn to one scale, with text beside and above them: in rows on a page."""

from __future__ import annotations

from dataclasses import dataclass

STEPS = 40
"""The scale is found by so many halvings."""


@dataclass(frozen=True)
class Item:
    """Something that is drawn to scale.

    Attributes
    ----------
    wide, high
        Its size in its own units.
    left, above
        The room for text at its left and above it, in font sizes.
    least
        The least width and height that it takes with its text, whatever the scale.
    """

    wide: float
    high: float
    left: float
    above: float
    least: tuple[float, float]

    def room(self, scale: float) -> tuple[float, float]:
        """Return the width and height that it takes at a scale, in font sizes."""
        wide, high = self.left + scale * self.wide, self.above + scale * self.high
        return max(wide, self.least[0]), max(high, self.least[1])


@dataclass(frozen=True)
class Packing:
    """Where items lie.

    Attributes
    ----------
    scale
        How many font sizes one unit of an item is long.
    corners
        The left upper corner of the room of each item, in font sizes from the left and from the top.
    size
        The width and height of all together.
    """

    scale: float
    corners: tuple[tuple[float, float], ...]
    size: tuple[float, float]


def pack(items: list[Item], width: float, height: float, gap: tuple[float, float], most: float) -> Packing:
    """Return the packing with the largest scale that fits into a page, in rows that are filled one after the other.

    Parameters
    ----------
    items
        What lies on the page, in this order.
    width, height
        The page, in font sizes.
    gap
        The gap across and down.
    most
        The largest scale.
    """
    low, high = most * 1e-6, most  # never zero: a page that is too small is too full
    for _ in range(STEPS):
        middle = (low + high) / 2
        size = _filled(items, width, middle, gap).size
        low, high = (middle, high) if size[0] <= width and size[1] <= height else (low, middle)
    return _filled(items, width, low, gap)


def _filled(items: list[Item], width: float, scale: float, gap: tuple[float, float]) -> Packing:
    """Return the packing at a scale: a row takes what fits into the width."""
    corners, widest = [], 0.0
    across = top = bottom = 0.0
    for item in items:
        wide, high = item.room(scale)
        if across and across + wide > width:
            across, top = 0.0, bottom + gap[1]
        corners.append((across, top))
        widest, bottom = max(widest, across + wide), max(bottom, top + high)
        across += wide + gap[0]
    return Packing(scale, tuple(corners), (widest, bottom))
