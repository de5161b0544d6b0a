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
    places_in_lines,
)
from rnnscope.figures.equation.panels import WorkingPanels
from rnnscope.figures.equation.room import (
    BETWEEN,
    PITCH,
    TO_EQUATION,
    TO_NUMBERS,
    TO_RESULT,
    TO_STEP,
    TO_TABLE,
    WIDE,
    equations_of,
    height_with_table,
    panels_height,
    table_width,
)
from rnnscope.figures.equation.table import TermTable
from rnnscope.figures.equation.working import Part, Working, in_parentheses, structure_of, working_of
from rnnscope.figures.numbers import written
from rnnscope.figures.options import SCALES, SPANS
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.style import NOT_FINITE, faint, ink, quantity_colour
from rnnscope.figures.view import HEADINGS, View
from rnnscope.findings import unit
from rnnscope.formulas import Substitution
from rnnscope.formulas.substitution import Term, substitute_at
from rnnscope.trace import Moment

WIDTH = 12.5
"""The width of a figure of its own, in inches."""

SIDE_MARGINS = 1.6
"""The room at both sides together, in font sizes."""

VALUES = ("value", "state", "input", "recurrent", "peephole", "bias", "recurrent_bias", "constant")
"""The kinds of recordings that share the scale of values."""

GRADIENTS = ("grad", "grad_state")
"""The kinds of recordings that share the scale of gradients."""


@dataclass(frozen=True)
class EquationData:
    """What the view shows: an equation with its numbers, cut into symbols and what stands between, and its working."""

    substitution: Substitution
    pieces: tuple[str | sympy.Symbol, ...]
    working: Working

    @property
    def terms(self) -> dict[str, Term]:
        """The symbols with their numbers, by name."""
        return {term.name: term for term in self.substitution.terms}


class EquationView(View):
    """Draw the equation of a phase: in symbols, with this unit's numbers below them, and step by step to its result.

    A table names each symbol. Products of vectors are sums over all features or units: the largest addends are written
    out, and the others summed up (as far as the trace kept the weights of the epoch). Beside it the addends stand one
    after the other, and the function of their sum is drawn as a curve, with a dot where the equation is.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step, unit, phase and direction; backward, the equation is that of
        ∂L/∂phase, total over all later time steps.

    scales
        Over what the scales of the bars in the table reach: `"epochs"`, or `"moment"` for this sample at this epoch.

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
    has_working
        Whether it says what a product is a sum of, and how the result comes about step by step.
    """

    question = "How did this number come about?"
    topics = (unit.equation,)
    shows_unit = True
    scales: str = SCALES

    has_working: ClassVar[bool] = True

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return self.size_within(WIDTH)

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: without room beside it, the curve is below."""
        wide, cell = min(WIDTH, width), self.layer.cell
        ems = 72 * wide / self.em - SIDE_MARGINS
        table = height_with_table(cell, self.figure, table_width(ems), has_working=self.has_working)
        panels = panels_height(cell) if self.has_working else 0.0
        high = max(table, panels) if ems >= WIDE else table + panels
        return wide, (HEADINGS + high + 0.4) * self.em / 72

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, moment.direction

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of the bars: of values and of gradients."""
        found = {"value": self._scale(moment, VALUES)}
        if moment.direction == "backward":
            found["gradient"] = self._scale(moment, GRADIENTS)
        return found

    def _scale(self, moment: Moment, kinds: tuple[str, ...]) -> Scale:
        """Return the scale of all arrays of some kinds, symmetric about zero."""
        arrays = moment.layer.arrays.items()
        found = [array for key, array in arrays if key.partition("/")[0].rstrip("0123456789") in kinds]
        by_sample, others = ([a for a in found if (a.ndim == 4) is wanted] for wanted in (True, False))
        others = others if self.scales == SPANS[0] else [array[moment.place] for array in others]
        return scale_of("", *(self.span(array, moment) for array in by_sample), *others)

    def read(self, moment: Moment) -> EquationData:
        """Return the equation of the moment's phase with its numbers."""
        found = substitute_at(moment)
        return EquationData(found, found.equation.pieces, working_of(found))

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
        found = equations_of(self.layer.cell, (self.moment.direction,))
        longest, rows = [len(e.pieces) for e in found], [len(e.right.free_symbols) for e in found]
        self.table_wide = table_width(self.wide)
        self.phase = self._text(self.em, weight="bold")
        self.left, self.equals, self.step, self.result = (self._text(SYMBOL_SIZE * self.em) for _ in range(4))
        for text in (self.equals, self.step):
            text.set_fontsize(NUMBER_SIZE * self.em)
        self.result.set_fontweight("bold")
        self.symbols = [self._text(SYMBOL_SIZE * self.em, side="center") for _ in range(max(longest))]
        self.numbers = [self._text(NUMBER_SIZE * self.em, side="center") for _ in range(max(longest))]
        self.table = TermTable(self.axes, max(rows), self.table_wide, self.em, self.fit, has_addends=self.has_working)
        texts = [self.phase, self.left, self.equals, self.step, self.result, *self.symbols, *self.numbers]
        self.moving += [*texts, *self.table.moving]
        self.panels = self._panels() if self.has_working else None

    def _panels(self) -> WorkingPanels:
        """Make the panels that stand beside the table, or below it where the picture is narrow."""
        found = equations_of(self.layer.cell, (self.moment.direction,))
        left = self.table_wide + BETWEEN if self.is_wide else 0.0
        made = WorkingPanels(self, self.axes, left, self.wide, max(len(structure_of(e).parts) for e in found))
        self.moving += made.moving
        return made

    @property
    def is_wide(self) -> bool:
        """Whether the panels stand beside the table."""
        return self.wide >= WIDE

    def move(self) -> None:
        """Write the equation, its numbers and the table, and show how they come to the result."""
        cell, at, data = self.layer.cell, self.moment, self.data
        meaning = cell[at.phase].words if at.direction == "forward" else data.substitution.equation.meaning
        ways = [f"{at.phase}   {meaning}", f"{at.phase}   {meaning.partition(':')[0]}", at.phase]
        self.fit(self.phase, ways, self.table_wide)
        colour = quantity_colour(cell, at.phase)
        self.phase.set(color=colour, position=(0, self.high - 0.8))
        bottom = self._write_equation(self.high - TO_EQUATION)
        bottom = self._write_result(bottom)
        top = bottom - TO_TABLE
        bottom = self.table.show(data.substitution.terms, top, self.colour_of, self.limit_of, fills=self.is_wide)
        if self.panels is not None:
            colours = [self._colour_of_part(part) for part in data.working.structure.parts]
            self.panels.show(data.working, self.high if self.is_wide else bottom, colours, colour)

    # -------------------------------------------------------------------------------------------------- the equation

    def _write_equation(self, y: float) -> float:
        """Write symbols with their numbers below, in as many lines as it takes; return where the last one stands."""
        data = self.data
        self.left.set(text=left_side(data.substitution.equation), position=(0, y))
        start = self.ems_of(self.left) + BEFORE_RIGHT
        self.equals.set(text="=", position=(start - BEFORE_RIGHT, y - TO_NUMBERS), horizontalalignment="right")
        pieces = [*data.pieces, *[""] * (len(self.symbols) - len(data.pieces))]
        wides = [self._set_piece(*texts) for texts in zip(self.symbols, self.numbers, pieces, strict=True)]
        places = places_in_lines(pieces, wides, start, self.table_wide)
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
            symbol.set(text=f"${term.latex}$", color=self.colour_of(term))
            number.set(
                text=in_parentheses(term.value), color=self.colour_of(term) if np.isfinite(term.value) else NOT_FINITE
            )
        return max(self.ems_of(symbol), self.ems_of(number))

    def _write_result(self, y: float) -> float:
        """Write the parts of the equation as one number each, and below them the result; return where it stands."""
        found, step = self.data.substitution, self.data.working.step if self.has_working else ""
        before = self.ems_of(self.left) - self.ems_of(self.equals)
        y -= TO_STEP if step else 0.0
        self.step.set(text=f"= {step}" if step else "", position=(before, y))
        y -= TO_RESULT
        self.result.set(text=f"= {written(found.value, 4)}", position=(before, y))
        self.result.set_color(quantity_colour(self.layer.cell, self.moment.phase))
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

    def _colour_of_part(self, part: Part) -> str:
        """Return the colour of an addend or a factor: that of its first symbol with a colour of its own."""
        terms = (term for term in self.data.substitution.terms if term.of in part.expression.free_symbols)
        return next((colour for colour in map(self.colour_of, terms) if colour != ink()), faint(0.35))

    def words(self) -> str:
        """Return the three lines of the equation as text."""
        text = self.data.substitution.text.replace("\n", " ")
        return f"Equation of phase {self.moment.phase} of layer {self.layer.name} at {self.here}: {text}."
