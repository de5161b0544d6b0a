"""The table of an equation's terms: what each is, its size as a bar, its number, and what a product is a sum of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.text import Text

from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.numbers import written
from rnnscope.figures.style import NOT_FINITE, faint, ink, small
from rnnscope.formulas.substitution import Term

TABLE_ROW = 2.2
"""From a row to the next, in font sizes."""

HIGH_TABLE_ROW = 1.7 * TABLE_ROW
"""A row of two lines."""

SOURCE = 10
"""How far from the left the second column begins, in font sizes."""

WIDE_TABLE = 68
"""A table has all its columns if it is at least so many font sizes wide, else each row takes two lines."""

REACH = 3.6
"""The bar of the largest number is so many font sizes long."""


@dataclass
class TableRow:
    """The texts of one row."""

    symbol: QuickText
    source: QuickText
    value: QuickText
    addends: QuickText


class TermTable:
    """One row per symbol, as far as there is room.

    Attributes
    ----------
    rows, more
        The rows, and the line that says how many more there are.
    bars
        The strips and bars.
    moving
        All of it.
    """

    def __init__(
        self,
        axes: Axes,
        rows: int,
        wide: float,
        em: float,
        fit: Callable[[Text, list[str], float], None],
        *,
        has_addends: bool,
    ) -> None:
        self.wide, self.fit, self.is_wide = wide, fit, is_wide(wide)
        self.pitch = HIGH_TABLE_ROW if has_addends and not self.is_wide else TABLE_ROW
        self.rows = [_row(axes, em) for _ in range(rows)]
        self.more = write(axes, 0, 0, fontsize=small())
        self.bars = axes.add_collection(PolyCollection([], linewidth=0))
        self.moving: list[Artist] = [self.bars, self.more]
        self.moving += [text for row in self.rows for text in vars(row).values()]

    def show(
        self,
        terms: Sequence[Term],
        top: float,
        colour_of: Callable[[Term], str],
        limit_of: Callable[[Term], float],
    ) -> None:
        """Write a row for each term from `top` downwards, in its colour, with a bar that ends at its limit."""
        room = max(int((top + TABLE_ROW / 2) // self.pitch), 0)
        room -= 0 < room < len(terms)  # a line for how many more there are
        left_out, low = len(terms) - room, max(top - room * self.pitch, 0.6)
        self.more.set(text=f"… and {left_out} more" if left_out > 0 else "", position=(0, low))
        bars, colours = [], []
        for k, row in enumerate(self.rows):
            if k >= min(len(terms), room):
                for text in vars(row).values():
                    text.set_text("")
                continue
            colour = colour_of(terms[k])
            bars += self._write(row, terms[k], top - k * self.pitch, colour, limit_of(terms[k]))
            colours += [faint(0.88), colour]
        self.bars.set_verts(bars)
        self.bars.set_facecolor(colours)

    def _write(self, row: TableRow, term: Term, y: float, colour: str, limit: float) -> list[np.ndarray]:
        """Write a row; return its strip, and the part of that from zero to the value."""
        bar, number = (29, 38) if self.is_wide else (self.wide - 12, self.wide - 3.6)
        row.symbol.set(text=f"${term.latex}$", position=(0, y), color=colour)
        row.source.set_position((SOURCE, y))
        self.fit(row.source, [term.source] if self.is_wide else [term.source, ""], bar - SOURCE - 0.5)
        row.value.set(text=written(term.value), position=(number + 3.6, y))
        row.value.set_color(ink() if np.isfinite(term.value) else NOT_FINITE)
        place = (number + 5, y) if self.is_wide else (1, y - 1.5)
        row.addends.set_position(place)
        self.fit(row.addends, _addends(term), self.wide - place[0])
        part = float(np.clip(np.nan_to_num(term.value) / limit, -1, 1)) * REACH
        strip = rounded_box(bar + REACH, y, REACH, 0.4, 0)
        return [strip, rounded_box(bar + REACH + part / 2, y, max(abs(part) / 2, 0.04), 0.4, 0)]


def is_wide(ems: float) -> bool:
    """Say whether a table that is so wide has all its columns."""
    return ems >= WIDE_TABLE


def _row(axes: Axes, em: float) -> TableRow:
    symbol, source, addends = (write(axes, 0, 0, side="left", fontsize=size) for size in (1.1 * em, small(), small()))
    return TableRow(symbol, source, write(axes, 0, 0, side="right", fontsize=small()), addends)


def _addends(term: Term) -> list[str]:
    """Return what a product of vectors is a sum of: its largest addends and the rest, fewer and fewer of them."""
    found = [""]
    for count in range(1, len(term.factors) + 1):
        largest = term.factors[:count]
        parts = [f"{_beside(f.value)}·{_beside(f.weight)} (no. {f.index})" for f in largest]
        others = len(term.factors) - count + term.others
        rest = term.rest + sum(f.product for f in term.factors[count:])
        found.append("= " + " + ".join(parts) + (f" + the other {others}: {written(rest)}" if others else ""))
    return found[::-1]


def _beside(value: float) -> str:
    return f"({written(value)})" if value < 0 else written(value)
