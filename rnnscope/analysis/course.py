"""The numbers of all time steps of a recording: what every symbol of a cell's equations stands for there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnscope.cells.refs import Symbol
from rnnscope.formulas.gradients import Pull
from rnnscope.formulas.values import Values


@dataclass
class Course(Values):
    """What the symbols of a cell stand for at one epoch, in float64: (time, unit), or (sample, time, unit).

    Attributes
    ----------
    all_samples
        Whether all samples are meant, not that of the moment alone.
    """

    all_samples: bool = False

    def of(self, symbol: Symbol, pulls: Mapping[Symbol, Pull] | None = None) -> np.ndarray:
        """Return what a symbol stands for, at all time steps and units (`x`: features); weights are on (unit,)."""
        return np.asarray(super().of(symbol, pulls), float)

    def kept_of(self, state: str) -> np.ndarray:
        """Return what dropout multiplies a state by, (unit,), or (sample, 1, unit)."""
        found = self.layer.dropout[state]
        return found[self.moment.place][:, None] if self.all_samples else found[self.moment.run]

    def _at(self, array: np.ndarray, time: int) -> np.ndarray:
        return array[self.moment.place] if self.all_samples else array[self.moment.run]
