"""The equation of the phase, and under every symbol its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import sympy

from rnnscope.cells.weight_kinds import RECURRENT_KERNEL
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.equation.lines import (
    BEFORE_RIGHT,
    NUMBER_SIZE,
    SYMBOL_SIZE,
    left_side,
    lines_of,
    places_in_lines,
)
from rnnscope.figures.equation.table import HIGH_TABLE_ROW, TABLE_ROW, TermTable, is_wide
from rnnscope.figures.numbers import written
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.style import NOT_FINITE, ink, quantity_colour, small
from rnnscope.figures.view import View
from rnnscope.findings import unit
from rnnscope.formulas import Substitution, equations
from rnnscope.formulas.substitution import Term, substitute_at
from rnnscope.trace import LayerTrace, Moment
from rnnscope.trace.cursor import DIRECTIONS

WIDTH = 12.5
"""The width of a figure of its own, in inches."""

PITCH, TO_NUMBERS = 5.2, 2.5
"""From a line of the equation to the next, and to its numbers, in font sizes."""

SIDE_MARGINS = 1.6
"""The room at both sides together, in font sizes."""


VALUES = ("value", "state", "input", "recurrent", "peephole", "bias", "recurrent_bias", "constant")
"""The kinds of recordings that share the scale of values."""


@dataclass(frozen=True)
class EquationData:
    """What the view shows: an equation with its numbers, cut into symbols and what stands between them."""

    substitution: Substitution
    pieces: tuple[str | sympy.Symbol, ...]

    @property
    def terms(self) -> dict[str, Term]:
        """The symbols with their numbers, by name."""
        return {term.name: term for term in self.substitution.terms}


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
    topics = (unit.equation,)
    shows_unit = True

    has_addends: ClassVar[bool] = True

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return WIDTH, self._high(TABLE_ROW)

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: rows of two lines take more height."""
        wide = min(self.size()[0], width)
        if is_wide(72 * wide / self.em - SIDE_MARGINS):
            return wide, self._high(TABLE_ROW)
        return wide, self._high(HIGH_TABLE_ROW) + PITCH * self.em / 72  # and the equation may take two lines

    def _high(self, row: float) -> float:
        """Return how high a figure is that has room for all rows, and for all lines of an equation of its own width."""
        found = [e for direction in DIRECTIONS for e in equations(self.layer.cell, direction)]
        rows = max(len(e.right.free_symbols) for e in found)
        lines = max(lines_of(e, self.figure, 72 * WIDTH / self.em - SIDE_MARGINS) for e in found)
        return (17.5 + row * rows + PITCH * (lines - 1)) * self.em / 72

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, moment.direction

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of the bars: of values and of gradients, over all epochs."""
        layer = moment.layer
        found = {"value": _scale(layer, VALUES)}
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
        self.wide, self.high = self.width() - SIDE_MARGINS, self.height() - self.head
        self.axes.set(xlim=(0, self.wide), ylim=(0, self.high))
        self.axes.set_axis_off()
        found = equations(self.layer.cell, self.moment.direction)
        longest, rows = [len(e.pieces) for e in found], [len(e.right.free_symbols) for e in found]
        self.phase = self._text(self.em, weight="bold")
        self.left, self.equals, self.result, self.check = (self._text(SYMBOL_SIZE * self.em) for _ in range(4))
        self.equals.set_fontsize(1.1 * self.em)
        self.result.set_fontweight("bold")
        self.check.set_fontsize(small())
        self.symbols = [self._text(SYMBOL_SIZE * self.em, side="center") for _ in range(max(longest))]
        self.numbers = [self._text(NUMBER_SIZE * self.em, side="center") for _ in range(max(longest))]
        self.table = TermTable(self.axes, max(rows), self.wide, self.em, self.fit, has_addends=self.has_addends)
        texts = [self.phase, self.left, self.equals, self.result, self.check, *self.symbols, *self.numbers]
        self.moving += [*texts, *self.table.moving]

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
        self.table.show(self.data.substitution.terms, bottom - 2.8, self.colour_of, self.limit_of)

    # -------------------------------------------------------------------------------------------------- the equation

    def _write_equation(self, y: float) -> float:
        """Write symbols with their numbers below, in as many lines as it takes; return where the last one stands."""
        data = self.data
        self.left.set(text=left_side(data.substitution.equation), position=(0, y))
        start = self.ems_of(self.left) + BEFORE_RIGHT
        self.equals.set(text="=", position=(start - BEFORE_RIGHT, y - TO_NUMBERS), horizontalalignment="right")
        pieces = [*data.pieces, *[""] * (len(self.symbols) - len(data.pieces))]
        wides = [self._set_piece(*texts) for texts in zip(self.symbols, self.numbers, pieces, strict=True)]
        places = places_in_lines(pieces, wides, start, self.wide)
        for symbol, number, (x, line) in zip(self.symbols, self.numbers, places, strict=True):
            symbol.set_position((x, y - PITCH * line))
            number.set_position((x, y - PITCH * line - TO_NUMBERS))
        return y - PITCH * places[-1][1] - TO_NUMBERS

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
        start = self.ems_of(self.left) + BEFORE_RIGHT
        before = start - BEFORE_RIGHT - self.ems_of(self.equals)
        self.result.set(text=f"= {written(found.value, 6)}", position=(before, y))
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

    def limit_of(self, term: Term) -> float:
        """Return the number at which the bar of a symbol ends."""
        is_gradient = term.of.ref.gradient or term.of.ref.kind == "pulled"
        return self.scale["gradient" if is_gradient and "gradient" in self.scale else "value"].high

    # ------------------------------------------------------------------------------------------------------ its parts

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
