"""The strips in the boxes of a cell: how far a gate is open, how large a candidate is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

GAUGE = 0.62, 0.075
"""Half of the width and height of the strip in a box that shows how far it is open."""


@dataclass(frozen=True)
class Gauge:
    """The strip in a box: the place of its middle, and the numbers at its left and right end."""

    x: float
    middle: float
    low: float
    high: float

    def at(self, value: float) -> float:
        """Return where a number is on the strip; what is beyond an end is at this end."""
        part = (np.clip(np.nan_to_num(value), self.low, self.high) - self.low) / (self.high - self.low)
        return self.x + GAUGE[0] * (2 * part - 1)

    def is_beyond(self, side: int, *values: float) -> bool:
        """Say whether one of some numbers is beyond the left (−1) or the right (1) end."""
        return any(value < self.low if side < 0 else value > self.high for value in values)

    def point(self, side: int) -> np.ndarray:
        """Return the outline of a point at the left (−1) or the right (1) end."""
        (wide, high), end = GAUGE, self.x + side * GAUGE[0]
        tip = (end + side * 0.15 * wide, self.middle)
        return np.array([(end, self.middle - 1.9 * high), tip, (end, self.middle + 1.9 * high)])
