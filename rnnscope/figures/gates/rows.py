"""In which order the units of a layer stand as rows, and what is written beside them."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.selection import ORDERS, ordered
from rnnscope.figures.shown import shown_of, symbol_of
from rnnscope.figures.style import em
from rnnscope.languages import noted, tr
from rnnscope.trace import Moment

DEFAULT = "output"
"""By the output, whatever the phase: rows stay while the phases of a time step pass."""

ORDERS_OF_ROWS = (DEFAULT, *ORDERS)

LEAST_ROW = 1.2
"""Rows of so many font sizes have their numbers beside them; of lower ones only the cursor's."""

BESIDE = 0.75
"""Numbers of units stand so many font sizes left of a map, clear of the pointer."""


def rows_of(moment: Moment, order: str) -> np.ndarray:
    """Return the numbers of the units from the top."""
    return ordered(shown_of(moment)[leading(moment, order)][moment.run], "mean" if order == DEFAULT else order)


def leading(moment: Moment, order: str) -> str:
    """Return the name of the quantity by which units are ordered."""
    output = moment.layer.output
    return output if order == DEFAULT and output in shown_of(moment) else moment.phase


def order_words(moment: Moment, order: str) -> list[str]:
    """Say in what order the units stand, the longest way first."""
    symbol = symbol_of(moment, leading(moment, order))
    long, short = {
        "number": (noted("unit"), noted("unit")),
        "activity": (noted("units, first active in {symbol} on top"), noted("by when {symbol} is active")),
        "similarity": (noted("units, similar in {symbol} together"), noted("by likeness in {symbol}")),
    }.get(order, (noted("units, largest mean of {symbol} on top"), noted("by mean of {symbol}")))
    return [tr(long, symbol=symbol), tr(short, symbol=symbol), tr("units"), ""]


class RowTexts:
    """The number of each unit beside its row, or, if rows are low, of the cursor's unit only.

    Attributes
    ----------
    texts
        The numbers from the top, or that of the cursor's unit.
    """

    def __init__(self, axes: Axes, units: int) -> None:
        place = axes.get_yaxis_transform() + shift(axes, -BESIDE, 0)
        self.shows_all = size_in_ems(axes, em())[1] / units >= LEAST_ROW
        count = units if self.shows_all else 1
        self.texts = [write(axes, 0, row, side="right", transform=place) for row in range(count)]

    def show(self, units: np.ndarray, place: int) -> None:
        """Write the numbers of units, given from the top, or only that of one row."""
        if not self.shows_all:
            self.texts[0].set(text=str(units[place]), y=place)
            return
        for text, unit in zip(self.texts, units, strict=True):
            text.set_text(str(unit))
