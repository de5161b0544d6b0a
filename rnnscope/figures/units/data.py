"""What the view of units shows: which units, their courses, and how they differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rnnscope.checks import describe, positive_int
from rnnscope.figures.shown import symbol_of
from rnnscope.figures.units.companions import Companion
from rnnscope.languages import tr
from rnnscope.numbers import written
from rnnscope.trace import Moment

MOST_UNITS = 8
"""At most so many units can be chosen."""


@dataclass(frozen=True)
class UnitsData:
    """What the view shows.

    Attributes
    ----------
    values
        The values of each chosen unit by quantity, (unit, time).
    bands
        The smallest value of all units, their 10 % and 90 % quantile and the largest, by quantity, (4, time).
    lost
        The time steps at which a value of any unit is NaN or infinite, by quantity.
    units
        The chosen units, the cursor's first.
    time
        The cursor's time step.
    companions
        The chosen units beside the cursor's, with how each differs from it.
    """

    values: dict[str, np.ndarray]
    bands: dict[str, np.ndarray]
    lost: dict[str, np.ndarray]
    units: tuple[int, ...]
    time: int
    companions: tuple[Companion, ...]


def companion_texts(moment: Moment, data: UnitsData) -> list[list[str]]:
    """Return how each companion differs from the cursor's unit, the longest way first."""
    found = []
    for one in data.companions:
        parts = {"symbol": symbol_of(moment, one.quantity), "value": written(one.value, 2), "step": one.time}
        parts |= {"unit": moment.unit, "other": written(one.other, 2)}
        full = tr("{symbol} {value} at step {step} (unit {unit}: {other})", **parts)
        found.append([full, tr("{symbol} {value} at step {step}", **parts), ""])
    return found


def checked(units: Iterable[int]) -> tuple[int, ...]:
    """Return the numbers of the chosen units, each once."""
    if isinstance(units, str) or not isinstance(units, Iterable):
        raise TypeError(f"units: expected numbers of units, such as [0, 2]; got {describe(units)}")
    found = tuple(dict.fromkeys(positive_int("units", unit, 0) for unit in units))
    if not found:
        raise ValueError(
            f"units: expected 1 to {MOST_UNITS} numbers of units; got none. Was no unit above the threshold?"
        )
    if len(found) > MOST_UNITS:
        begin = ", ".join(map(str, found[:MOST_UNITS]))
        raise ValueError(
            f"units: expected at most {MOST_UNITS}; got {len(found)} ({begin} …). "
            f"Choose some, such as units[:{MOST_UNITS}]"
        )
    return found
