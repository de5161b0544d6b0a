"""What the view of gates shows: values, and what is to be seen of all units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.figures.drawing.bands import band_of
from rnnscope.figures.shown import shown_in
from rnnscope.numbers import mean_of
from rnnscope.trace import Trace


@dataclass(frozen=True)
class GatesData:
    """What the view shows.

    Attributes
    ----------
    values
        The values of each quantity (backward the gradients by them), (unit, time), in the order of the rows.
    bands
        The smallest of all units, their 10 % and 90 % quantile, and the largest, (4, time).
    means
        The mean of all units, (time,).
    units
        The numbers of the units from the top.
    inputs
        What is read at each time step, as texts; nothing if that is more than a number.
    time, unit
        The time step and the unit of the moment.
    """

    values: dict[str, np.ndarray]
    bands: dict[str, np.ndarray]
    means: dict[str, np.ndarray]
    units: np.ndarray
    inputs: list[str]
    time: int
    unit: int


def course_in(
    trace: Trace, layer: str, direction: str, place: int, sample: int
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the bands and the means of all units over time, by quantity."""
    values = {name: array[place, sample] for name, array in shown_in(trace[layer], direction).items()}
    means = {name: np.array([mean_of(step) for step in array]) for name, array in values.items()}
    return {name: band_of(array) for name, array in values.items()}, means
