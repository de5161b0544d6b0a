"""Units that do something else than one of them, and in what they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Companion:
    """A unit beside another one, and where the two differ most.

    Attributes
    ----------
    unit
        Its number.
    quantity, time
        The quantity and the time step at which they differ most, as a part of the quantity's range.
    value, other
        Its value there, and that of the other unit.
    """

    unit: int
    quantity: str
    time: int
    value: float
    other: float


class Courses:
    """The courses of all units of a layer over time, every quantity measured by its own largest size there.

    Parameters
    ----------
    values
        The values of each quantity, (time, unit). NaN and infinity count as zero where courses are compared.
    """

    def __init__(self, values: Mapping[str, np.ndarray]) -> None:
        self.names = list(values)
        self.values = np.stack(list(values.values())).astype(float)
        known = np.where(np.isfinite(self.values), self.values, 0.0)
        centred = known - known.mean(axis=2, keepdims=True)
        sizes = np.abs(centred).max(axis=(1, 2), keepdims=True)
        self.scaled = centred / np.where(sizes > 0, sizes, 1.0)

    def furthest(self, unit: int, count: int) -> list[int]:
        """Return units one after the other, each as different as can be from the one given and those before it.

        Courses differ by their Euclidean distance over all quantities and time steps; the nearest of those that
        there are counts.
        """
        chosen, nearest = [unit], np.full(self.scaled.shape[2], np.inf)
        for _ in range(min(count, len(nearest) - 1)):
            gaps = self.scaled - self.scaled[:, :, chosen[-1:]]
            nearest = np.minimum(nearest, np.einsum("qtu,qtu->u", gaps, gaps))
            nearest[chosen] = -1.0
            chosen.append(int(np.argmax(nearest)))
        return chosen[1:]

    def compared(self, unit: int, other: int) -> Companion:
        """Return another unit, with where it differs most from a unit."""
        gaps = np.abs(self.scaled[:, :, other] - self.scaled[:, :, unit])
        quantity, time = np.unravel_index(np.argmax(gaps), gaps.shape)
        values = self.values[quantity, time]
        return Companion(other, self.names[quantity], int(time), float(values[other]), float(values[unit]))
