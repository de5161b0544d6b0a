"""The equation of the phase, and under every symbol its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import sympy
from matplotlib.collections import PolyCollection

from rnnscope.cells.weight_kinds import RECURRENT_KERNEL
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.style import NOT_FINITE, Scale, faint, ink, quantity_colour, scale_of, small, written
from rnnscope.figures.view import HEADINGS, View
from rnnscope.formulas import Substitution, equations
from rnnscope.formulas.substitution import Term, substitute_at
from rnnscope.trace import LayerTrace, Moment
from rnnscope.trace.cursor import DIRECTIONS

SYMBOL_SIZE = 1.7
"""The symbols of the equation, in font sizes."""

PITCH, TO_NUMBERS, TABLE_ROW = 5.2, 2.5, 2.2
"""From a line of the equation to the next, to its numbers, and from a row of the table to the next, in font sizes."""

HIGH_TABLE_ROW = 1.7 * TABLE_ROW
"""A row of two lines."""

SOURCE = 10
"""How far from the left the second column of the table begins, in font sizes."""

WIDE_TABLE = 68
"""The table has all its columns if the picture is at least so many font sizes wide, else each row takes two lines."""


@dataclass(frozen=True)
class EquationData:
    """What the view shows: an equation with its numbers, cut into symbols and what stands between them."""

    substitution: Substitution
    pieces: tuple[str | sympy.Symbol, ...]

    @property
    def terms(self) -> dict[str, Term]:
        """The symbols with their numbers, by name."""
        return {term.name: term for term in self.substitution.terms}


@dataclass
class TableRow:
    """The texts of one row of the table."""

    symbol: QuickText
    source: QuickText
    value: QuickText
    addends: QuickText


class EquationView(View):
    """Draw the equation of a phase: in symbols, with this unit's numbers below them, its result, and term by term.

    Products of vectors are sums over all features or units: the largest addends are written out, with their numbers in
    the vector, and the others summed up (as far as the trace kept the weights of the epoch).

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step, unit, phase and direction; backward, the equation is that of
        ∂L/∂phase, total over all later time steps.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, the layer is not recurrent, or the trace lacks a number that the equation
        needs.

    See Also
    --------
    rnnscope.formulas.substitute : the same as text and as LaTeX.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.equation(model.trace(task.x), rs.Cursor(time=2, unit=3, phase="f"))
    >>> figure.update(rs.Cursor(time=2, unit=3, phase="c"))

    Attributes
    ----------
    has_addends
        Whether the table says what a product is a sum of; in a narrow picture that takes each row a second line.
    """

    question = "How did this number come about?"
    shows_unit = True

    has_addends: ClassVar[bool] = True

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return 12.5, self._high(TABLE_ROW)

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: rows of two lines take more height."""
        wide = min(self.size()[0], width)
        if self._is_wide(72 * wide / self.em):
            return wide, self._high(TABLE_ROW)
        return wide, self._high(HIGH_TABLE_ROW) + PITCH * self.em / 72  # and the equation may take two lines

    def _high(self, row: float) -> float:
        found = (e for direction in DIRECTIONS for e in equations(self.layer.cell, direction))
        rows = max(len(e.right.free_symbols) for e in found)
        return (17.5 + row * rows) * self.em / 72

    @staticmethod
    def _is_wide(ems: float) -> bool:
        """Say whether the table of a picture that is so wide has all its columns."""
        return ems - 1.6 >= WIDE_TABLE

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, moment.direction

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of the bars: of values and of gradients, over all epochs."""
        layer = moment.layer
        found = {"value": _scale(layer, ("value", "state", "input", "recurrent", "peephole", "bias", "recurrent_bias"))}
        if moment.direction == "backward":
            found["gradient"] = _scale(layer, ("grad", "grad_state"))
        return found

    def read(self, moment: Moment) -> EquationData:
        """Return the equation of the moment's phase with its numbers."""
        found = substitute_at(moment)
        return EquationData(found, found.equation.pieces)

    def titles(self) -> list[str]:
        """Return what is seen."""
        what = "in numbers" if self.moment.direction == "forward" else "of the gradient in numbers"
        return [f"{self.layer.kind} layer {self.layer.name!r}: the equation {what}"]

    def draw(self, box: Box) -> None:
        """Make as many texts and rows as the longest equation of the cell needs."""
        self.axes = self.panel(box.inset(left=0.8, right=0.8))
        self.wide, self.high = self.width() - 1.6, self.height() - HEADINGS
        self.axes.set(xlim=(0, self.wide), ylim=(0, self.high))
        self.axes.set_axis_off()
        self.is_wide = self._is_wide(self.width())
        found = equations(self.layer.cell, self.moment.direction)
        longest, rows = [len(e.pieces) for e in found], [len(e.right.free_symbols) for e in found]
        self.phase = self._text(self.em, weight="bold")
        self.left, self.equals, self.result, self.check = (self._text(SYMBOL_SIZE * self.em) for _ in range(4))
        self.equals.set_fontsize(1.1 * self.em)
        self.result.set_fontweight("bold")
        self.check.set_fontsize(small())
        self.symbols = [self._text(SYMBOL_SIZE * self.em, side="center") for _ in range(max(longest))]
        self.numbers = [self._text(1.1 * self.em, side="center") for _ in range(max(longest))]
        self.rows, self.more = [self._row() for _ in range(max(rows))], self._text(small())
        self.bars = self.axes.add_collection(PolyCollection([], linewidth=0))
        texts = [self.phase, self.left, self.equals, self.result, self.check, self.more, *self.symbols, *self.numbers]
        self.moving += [self.bars, *texts, *(text for row in self.rows for text in vars(row).values())]

    def move(self) -> None:
        """Write the equation, its numbers and the table."""
        cell, at = self.layer.cell, self.moment
        meaning = cell[at.phase].words if at.direction == "forward" else self.data.substitution.equation.meaning
        self.fit(
            self.phase, [f"{at.phase}   {meaning}", f"{at.phase}   {meaning.partition(':')[0]}", at.phase], self.wide
        )
        self.phase.set(color=quantity_colour(cell, at.phase), position=(0, self.high - 0.8))
        bottom = self._write_equation(self.high - 3.6)
        bottom = self._write_result(bottom)
        self._write_table(bottom - 2.8)

    # -------------------------------------------------------------------------------------------------- the equation

    def _write_equation(self, y: float) -> float:
        """Write symbols with their numbers below, in as many lines as it takes; return where the last one stands."""
        data = self.data
        self.left.set(text=f"${data.substitution.equation.latex.partition(' = ')[0]} \\; =$", position=(0, y))
        start = x = self.ems_of(self.left) + 0.5
        self.equals.set(text="=", position=(start - 0.5, y - TO_NUMBERS), horizontalalignment="right")
        pieces = [*data.pieces, *[""] * (len(self.symbols) - len(data.pieces))]
        wides = [self._set_piece(*texts) for texts in zip(self.symbols, self.numbers, pieces, strict=True)]
        signs = [k for k, piece in enumerate(pieces) if isinstance(piece, str) and piece in ("+", "−")]
        for k, wide in enumerate(wides):
            next_sign = next((sign for sign in signs if sign > k), len(pieces))
            if k in signs and x + sum(wides[k:next_sign]) + 0.35 * (next_sign - k) > self.wide:
                x, y = start, y - PITCH
            self.symbols[k].set_position((x + wide / 2, y))
            self.numbers[k].set_position((x + wide / 2, y - TO_NUMBERS))
            x += wide + 0.35
        return y - TO_NUMBERS

    def _set_piece(self, symbol: QuickText, number: QuickText, piece: str | sympy.Symbol) -> float:
        """Write a piece of the equation and its number; return how wide the wider one is."""
        if isinstance(piece, str):
            symbol.set(text=piece, color=ink())
            number.set(text=piece, color=ink())
        else:
            term = self.data.terms[str(piece)]
            value = f"({written(term.value)})" if term.value < 0 else written(term.value)
            symbol.set(text=f"${term.latex}$", color=self.colour_of(term))
            number.set(text=value, color=self.colour_of(term) if np.isfinite(term.value) else NOT_FINITE)
        return max(self.ems_of(symbol), self.ems_of(number))

    def _write_result(self, y: float) -> float:
        """Write the recorded result, and that the equation gives it; return where it stands."""
        found, y = self.data.substitution, y - 2.6
        start = self.ems_of(self.left) + 0.5
        self.result.set(text=f"= {written(found.value, 6)}", position=(start - 0.5 - self.ems_of(self.equals), y))
        self.result.set_color(quantity_colour(self.layer.cell, self.moment.phase))
        computed = written(found.computed, 6)
        if computed != written(found.value, 6):  # as many digits, so that they can be compared
            computed = written(found.computed, 6, zeros=True)
        words = [
            f"recorded; computed from the numbers above, not rounded: {computed}",
            "recorded",
            "",
        ]
        after = start + self.ems_of(self.result) + 0.8
        self.check.set_position((after, y))
        self.fit(self.check, words, self.wide - after)
        return y

    # ----------------------------------------------------------------------------------------------------- the table

    def _write_table(self, top: float) -> None:
        """Write one row per symbol: what it is, its size as a bar, its number, and what a product is made of."""
        terms, pitch = (
            self.data.substitution.terms,
            HIGH_TABLE_ROW if self.has_addends and not self.is_wide else TABLE_ROW,
        )
        room = max(int((top + TABLE_ROW / 2) // pitch), 0)
        room -= 0 < room < len(terms)  # a line for how many more there are
        left_out = len(terms) - room
        self.more.set(text=f"… and {left_out} more" if left_out > 0 else "", position=(0, max(top - room * pitch, 0.6)))
        bars, colours = [], []
        bar, number = (29, 38) if self.is_wide else (self.wide - 12, self.wide - 3.6)
        for k, row in enumerate(self.rows):
            term, y = terms[k] if k < min(len(terms), room) else None, top - k * pitch
            if term is None:
                for text in vars(row).values():
                    text.set_text("")
                continue
            colour = self.colour_of(term)
            row.symbol.set(text=f"${term.latex}$", position=(0, y), color=colour)
            row.source.set_position((SOURCE, y))
            self.fit(row.source, [term.source] if self.is_wide else [term.source, ""], bar - SOURCE - 0.5)
            row.value.set(text=written(term.value), position=(number + 3.6, y))
            row.value.set_color(ink() if np.isfinite(term.value) else NOT_FINITE)
            place = (number + 5, y) if self.is_wide else (1, y - 1.5)
            row.addends.set_position(place)
            self.fit(row.addends, _addends(term), self.wide - place[0])
            bars += self._bar(term, bar, y)
            colours += [faint(0.88), colour]
        self.bars.set_verts(bars)
        self.bars.set_facecolor(colours)

    def _bar(self, term: Term, x: float, y: float) -> list[np.ndarray]:
        """Return a strip from one end of the scale to the other, and the part of it from zero to the value."""
        reach = 3.6
        part = float(np.clip(np.nan_to_num(term.value) / self.limit_of(term), -1, 1)) * reach
        strip = rounded_box(x + reach, y, reach, 0.4, 0)
        return [strip, rounded_box(x + reach + part / 2, y, max(abs(part) / 2, 0.04), 0.4, 0)]

    def limit_of(self, term: Term) -> float:
        """Return the number at which the bar of a symbol ends."""
        is_gradient = term.of.ref.gradient or term.of.ref.kind == "pulled"
        return self.scales["gradient" if is_gradient and "gradient" in self.scales else "value"].high

    # ------------------------------------------------------------------------------------------------------ its parts

    def _row(self) -> TableRow:
        symbol, source, addends = (self._text(size) for size in (1.1 * self.em, small(), small()))
        return TableRow(symbol, source, self._text(small(), side="right"), addends)

    def _text(self, size: float, *, side: str = "left", weight: str = "normal") -> QuickText:
        return write(self.axes, 0, 0, side=side, fontsize=size, fontweight=weight)

    def colour_of(self, term: Term) -> str:
        """Return the colour of the quantity that a symbol belongs to; ink for the input and the biases."""
        cell = self.layer.cell
        ref, name = term.of.ref, term.of.ref.of
        equation = self.data.substitution.equation
        if ref.kind == "product" and ref.weight == RECURRENT_KERNEL.name:
            name = equation.graph.map_of(term.of.at(0)).vector.ref.of
        elif ref.kind == "pulled":
            name = equation.pulls[term.of].map.weight.quantity
        return quantity_colour(cell, name) if name in cell.names else ink()

    def words(self) -> str:
        """Return the three lines of the equation as text."""
        text = self.data.substitution.text.replace("\n", " ")
        return f"Equation of phase {self.moment.phase} of layer {self.layer.name} at {self.here}: {text}."


def _scale(layer: LayerTrace, kinds: tuple[str, ...]) -> Scale:
    """Return the scale of all arrays of some kinds, symmetric about zero."""
    arrays = [array for key, array in layer.arrays.items() if key.partition("/")[0].rstrip("0123456789") in kinds]
    return scale_of("", *arrays)


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
