"""An equation that is too long for one line goes on in the next, which a sign begins."""

from __future__ import annotations

from collections.abc import Sequence

import sympy
from matplotlib.figure import Figure

from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.style import em
from rnnscope.formulas.equations import Equation
from rnnscope.formulas.printers import MathPrinter
from rnnscope.numbers import written

SYMBOL_SIZE, NUMBER_SIZE = 1.7, 1.1
"""The symbols of the equation and the numbers below them, in font sizes."""

BEFORE_RIGHT = 0.5
"""The room between the left side of the equation and the right one, in font sizes."""

LONG_NUMBER = -0.123
"""So long are most numbers."""

GAP = 0.35
"""Between two pieces, in font sizes."""


def places_in_lines(
    pieces: Sequence[str | sympy.Symbol], wides: Sequence[float], start: float, room: float
) -> list[tuple[float, int]]:
    """Return where the middle of each piece stands in its line, and in which line, the first being 0.

    Every line begins at `start`. A sign goes to the next line if what follows, up to the next sign, ends beyond `room`.
    What stands in parentheses is torn apart only if it would have no room otherwise.

    Examples
    --------
    >>> places_in_lines(["a", "+", "b"], [1.0, 1.0, 1.0], 0.0, 3.0)
    [(0.5, 0), (0.5, 1), (1.85, 1)]
    >>> [line for _, line in places_in_lines(["a", "+", "(1", "−", "b", ")"], [1.0] * 6, 0.0, 7.0)]
    [0, 1, 1, 1, 1, 1]
    """
    depths = signs_of(pieces)
    for deepest in sorted(set(depths.values())) or [0]:
        found = _broken_at([k for k, depth in depths.items() if depth <= deepest], wides, start, room)
        if all(x + wide / 2 <= room for (x, _), wide in zip(found, wides, strict=True)):
            break
    return found


def signs_of(pieces: Sequence[str | sympy.Symbol]) -> dict[int, int]:
    """Return the places of the signs between addends, with how many parentheses are open there.

    Examples
    --------
    >>> signs_of(["a", "+", "(1", "−", "b", ")"])
    {1: 0, 3: 1}
    """
    found, depth = {}, 0
    for k, piece in enumerate(pieces):
        if isinstance(piece, str):
            depth += piece.count("(") - piece.count(")")
            found |= {k: depth} if piece in ("+", "−") else {}
    return found


def _broken_at(signs: Sequence[int], wides: Sequence[float], start: float, room: float) -> list[tuple[float, int]]:
    """Return where the middle of each piece stands if only some signs begin a line."""
    found, x, line = [], start, 0
    for k, wide in enumerate(wides):
        next_sign = next((sign for sign in signs if sign > k), len(wides))
        if k in signs and x + sum(wides[k:next_sign]) + GAP * (next_sign - k) > room:
            x, line = start, line + 1
        found.append((x + wide / 2, line))
        x += wide + GAP
    return found


def lines_of(equation: Equation, figure: Figure, room: float) -> int:
    """Return how many lines an equation takes in some room, if all its numbers are long."""
    writer, size = MathPrinter(equation.graph, equation.pulls), SYMBOL_SIZE * em()
    number = text_width(figure, written(LONG_NUMBER), NUMBER_SIZE * em())
    wides = [
        text_width(figure, piece, size)
        if isinstance(piece, str)
        else max(text_width(figure, f"${writer.doprint(piece)}$", size), number)
        for piece in equation.pieces
    ]
    start = text_width(figure, left_side(equation), size) + BEFORE_RIGHT
    return places_in_lines(equation.pieces, wides, start, room)[-1][1] + 1


def left_side(equation: Equation) -> str:
    """Return the left side of an equation and its sign as a formula."""
    return f"${equation.latex.partition(' = ')[0]} \\; =$"
