"""An equation as it is written: symbols, a number below each, each part as one number, and the result."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.equation.lines import BEFORE_RIGHT, NUMBER_SIZE, SYMBOL_SIZE, left_side, places_in_lines
from rnnscope.figures.equation.room import PITCH, TO_NUMBERS, TO_RESULT, TO_STEP
from rnnscope.figures.equation.working import in_parentheses
from rnnscope.figures.style import NOT_FINITE, em, ink, lettering
from rnnscope.formulas import Substitution
from rnnscope.formulas.substitution import Term
from rnnscope.numbers import written


class WrittenEquation:
    """The texts of an equation of at most so many pieces.

    Attributes
    ----------
    left, symbols
        The left side, and the pieces of the right one.
    numbers
        Below each piece its number.
    step, result
        Each part as one number, and what it comes to.
    moving
        All of it.
    """

    def __init__(self, canvas: Canvas, axes: Axes, most: int, wide: float) -> None:
        self.axes, self.ems_of, self.wide = axes, canvas.ems_of, wide
        self.left, self.result = self._text(SYMBOL_SIZE), self._text(SYMBOL_SIZE, weight="bold")
        self.equals, self.step = self._text(NUMBER_SIZE, side="right"), self._text(NUMBER_SIZE)
        self.symbols = [self._text(SYMBOL_SIZE, side="center") for _ in range(most)]
        self.numbers = [self._text(NUMBER_SIZE, side="center") for _ in range(most)]
        self.moving: list[Artist] = [self.left, self.equals, self.step, self.result, *self.symbols, *self.numbers]

    def show(self, found: Substitution, step: str, y: float, colour_of: Callable[[Term], str], colour: str) -> float:
        """Write an equation and its result, in the colour of each symbol; return how low the result stands."""
        self.left.set(text=left_side(found.equation), position=(0, y))
        start = self.ems_of(self.left) + BEFORE_RIGHT
        self.equals.set(text="=", position=(start - BEFORE_RIGHT, y - TO_NUMBERS))
        y = self._write_pieces(found, start, y, colour_of)
        before = self.ems_of(self.left) - self.ems_of(self.equals)
        y -= TO_STEP if step else 0.0
        self.step.set(text=f"= {step}" if step else "", position=(before, y))
        y -= TO_RESULT
        self.result.set(text=f"= {written(found.value, 4)}", position=(before, y), color=lettering(colour))
        return y

    def _write_pieces(self, found: Substitution, start: float, y: float, colour_of: Callable[[Term], str]) -> float:
        """Write symbols with their numbers below, in as many lines as it takes; return where the last one stands."""
        terms = {term.of: term for term in found.terms}
        pieces = [*found.equation.pieces, *[""] * (len(self.symbols) - len(found.equation.pieces))]
        wides = []
        for symbol, number, piece in zip(self.symbols, self.numbers, pieces, strict=True):
            if isinstance(piece, sympy.Symbol):
                term = terms[piece]
                colour = lettering(colour_of(term))
                symbol.set(text=f"${term.latex}$", color=colour)
                number.set(text=in_parentheses(term.value), color=colour if np.isfinite(term.value) else NOT_FINITE)
            else:
                symbol.set(text=piece, color=ink())
                number.set(text=piece, color=ink())
            wides.append(max(self.ems_of(symbol), self.ems_of(number)))
        places = places_in_lines(pieces, wides, start, self.wide)
        for symbol, number, (x, line) in zip(self.symbols, self.numbers, places, strict=True):
            symbol.set_position((x, y - PITCH * line))
            number.set_position((x, y - PITCH * line - TO_NUMBERS))
        return y - PITCH * places[-1][1] - TO_NUMBERS

    def _text(self, size: float, *, side: str = "left", weight: str = "normal") -> QuickText:
        return write(self.axes, 0, 0, side=side, fontsize=size * em(), fontweight=weight)
