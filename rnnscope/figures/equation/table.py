"""The table of an equation's terms: what each is, its size as a bar, its number, and what a product is a sum of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.text import Text

from rnnscope.cells.refs import Symbol
from rnnscope.cells.weight_kinds import KERNEL
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.equation.working import in_parentheses
from rnnscope.figures.style import NOT_FINITE, em, faint, ink, lettering, small
from rnnscope.formulas.substitution import Factor, Term
from rnnscope.languages import tr
from rnnscope.numbers import written

TABLE_ROW, ADDENDS = 2.1, 1.5
"""From a row to the next, and how much more a row takes with a line for its addends, in font sizes."""

SOURCE = 8.0
"""How far from the left the second column begins at least, in font sizes."""

REACH = 4.2
"""The bar of the largest number is so many font sizes long."""

VALUE = 5.4
"""The room for numbers at the right, in font sizes."""

AXIS = 2.0
"""The height of the axis below the rows, in font sizes."""

LARGEST_STRETCH = 1.35
"""Rows are at most so many times as far apart as they have to be."""


@dataclass
class TableRow:
    """The texts of one row."""

    symbol: QuickText
    source: QuickText
    value: QuickText
    addends: QuickText


class TermTable:
    """One row per symbol, as far as there is room, and an axis for their bars.

    Attributes
    ----------
    rows, more
        The rows, and the line that says how many more there are.
    bars, ticks
        The strips and bars, and the numbers below them.
    moving
        All of it.
    """

    def __init__(
        self,
        axes: Axes,
        rows: int,
        wide: float,
        fit: Callable[[Text, list[str], float], None],
        *,
        has_addends: bool,
    ) -> None:
        self.wide, self.fit, self.has_addends = wide, fit, has_addends
        self.zero = wide - VALUE - REACH
        self.rows = [_row(axes) for _ in range(rows)]
        self.more = write(axes, 0, 0, fontsize=small())
        self.bars = axes.add_collection(PolyCollection([], linewidth=0))
        self.axis = axes.add_collection(LineCollection([], colors=faint(0.5), linewidth=0.8))
        self.ticks = [write(axes, self.zero + k * REACH, 0, side="center") for k in (-1, 0, 1)]
        self.note = write(axes, wide, 0, side="right")
        self.moving: list[Artist] = [self.bars, self.axis, *self.ticks, self.note, self.more]
        self.moving += [text for row in self.rows for text in vars(row).values()]

    def show(
        self,
        terms: Sequence[Term],
        top: float,
        colour_of: Callable[[Term], str],
        limit_of: Callable[[Term], float],
        *,
        fills: bool,
    ) -> float:
        """Write a row for each term from `top` downwards, in its colour, with a bar that ends at its limit.

        Rows may be further apart to fill the room; returns where there is room below them.
        """
        count, y = self._fitting(terms, top, fills), top
        bars, colours = [], []
        for row in self.rows[count:]:
            for text in vars(row).values():
                text.set_text("")
        for row, term in zip(self.rows, terms[:count], strict=False):
            row.symbol.set(text=f"${term.latex}$", color=lettering(colour_of(term)))
        wides = [row.symbol.points() / em() for row in self.rows[:count]]
        self.source = max([SOURCE, *(wide + 0.8 for wide in wides)])
        for row, term in zip(self.rows, terms[:count], strict=False):
            bars += self._write(row, term, y, limit_of(term))
            colours += [faint(0.88), colour_of(term)]
            y -= self.stretch * self._high(term)
        left_out = len(terms) - count
        self.more.set(text=tr("… and {count} more", count=left_out) if left_out else "", position=(0, max(y, 0.6)))
        self.bars.set_verts(bars)
        self.bars.set_facecolor(colours)
        has_room = not left_out and y >= 0 and count
        self._show_axis(y, {limit_of(term) for term in terms} if has_room else set())
        return y - AXIS

    def _fitting(self, terms: Sequence[Term], room: float, fills: bool) -> int:
        """Return how many rows have room, and set how far they are apart so that they fill it."""
        highs, count, self.stretch = list(map(self._high, terms)), len(terms), 1.0
        while count and sum(highs[:count]) + TABLE_ROW * (count < len(terms)) > room + TABLE_ROW / 2:
            count -= 1
        if count and count == len(terms) and fills:
            self.stretch = float(np.clip((room - AXIS) / sum(highs), 1.0, LARGEST_STRETCH))
        return count

    def _high(self, term: Term) -> float:
        return TABLE_ROW + (ADDENDS if self.has_addends and has_addends(term.of) else 0.0)

    def _show_axis(self, y: float, limits: set[float]) -> None:
        """Draw the axis of the bars: with its ends where all have the same."""
        places = [self.zero - REACH, self.zero, self.zero + REACH]
        is_one = len(limits) == 1
        ends = [-max(limits), 0.0, max(limits)] if is_one else [0.0, 0.0, 0.0]
        for text, x, end in zip(self.ticks, places, ends, strict=True):
            text.set(text=written(end, 2) if is_one else "", position=(x, y + 0.5))
        low, high = (written(f(limits), 2) if limits else "" for f in (min, max))
        note = tr("bars: gradients to ±{low}, values to ±{high}", low=low, high=high)
        self.fit(self.note, [note, ""] if len(limits) == 2 else [""], self.wide)
        self.note.set_position((self.wide, y + 0.5))
        self.axis.set_segments([[(x, y + 1.1), (x, y + 1.6)] for x in places if limits])

    def _write(self, row: TableRow, term: Term, y: float, limit: float) -> list[np.ndarray]:
        """Write a row; return its strip, and the part of that from zero to the value."""
        row.symbol.set_position((0, y))
        row.source.set_position((self.source, y))
        self.fit(row.source, [term.source, ""], self.zero - REACH - self.source - 0.5)
        row.value.set(text=written(term.value), position=(self.wide, y))
        row.value.set_color(ink() if np.isfinite(term.value) else NOT_FINITE)
        row.addends.set_position((self.source, y - ADDENDS))
        ways = addends_of(term) if self.has_addends else [""]
        self.fit(row.addends, ways, self.wide - self.source)
        part = float(np.clip(np.nan_to_num(term.value) / limit, -1, 1)) * REACH
        strip = rounded_box(self.zero, y, REACH, 0.4, 0)
        return [strip, rounded_box(self.zero + part / 2, y, max(abs(part) / 2, 0.04), 0.4, 0)]


def has_addends(symbol: Symbol) -> bool:
    """Say whether a symbol is a product of a vector and weights: a sum that is written out."""
    return symbol.ref.kind in ("product", "pulled") and not symbol.ref.gradient


def _row(axes: Axes) -> TableRow:
    symbol, source, addends = (write(axes, 0, 0, side="left", fontsize=size) for size in (1.1 * em(), small(), small()))
    return TableRow(symbol, source, write(axes, 0, 0, side="right", fontsize=small()), addends)


def addends_of(term: Term) -> list[str]:
    """Return what a product of vectors is a sum of: its largest addends and the rest, fewer and fewer of them."""
    if not has_addends(term.of):
        return [""]
    if not term.factors:
        if term.of.ref.shift == 1:  # with a later time step it would have needed weights
            return [tr("zero: no time step follows"), ""]
        long = tr("its addends are not known: the weights of this epoch were not kept")
        return [long, tr("its weights were not kept"), ""]
    found = [""]
    for count in range(1, len(term.factors) + 1):
        parts = [_product(term, factor) for factor in term.factors[:count]]
        others = len(term.factors) - count + term.others
        rest = term.rest + sum(f.product for f in term.factors[count:])
        if others:
            parts.append(tr("{value} from the other {count}", value=in_parentheses(rest), count=others))
        found.append("= " + " + ".join(parts))
    return found[::-1]


def _product(term: Term, factor: Factor) -> str:
    """Return an addend as a product, and which unit or input it comes from, if there are several."""
    product = f"{in_parentheses(factor.value)} · {in_parentheses(factor.weight)}"
    if len(term.factors) + term.others == 1:
        return product
    reads_input = term.of.ref.kind == "product" and term.of.ref.weight == KERNEL.name
    if reads_input:
        return tr("{product} from input {number}", product=product, number=factor.index)
    return tr("{product} from unit {number}", product=product, number=factor.index)
