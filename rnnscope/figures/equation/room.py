"""How much room the equations of a cell take, with their tables and with the panels beside them, in font sizes."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from rnnscope.cells import Cell
from rnnscope.figures.equation.lines import lines_of
from rnnscope.figures.equation.panels import height_of
from rnnscope.figures.equation.table import ADDENDS, AXIS, TABLE_ROW, has_addends
from rnnscope.figures.equation.working import structure_of
from rnnscope.formulas.equations import Equation, equations_at
from rnnscope.formulas.steps import USUAL, Step
from rnnscope.trace.cursor import DIRECTIONS

PITCH, TO_NUMBERS = 5.2, 2.5
"""From a line of the equation to the next, and to its numbers."""

TO_EQUATION, TO_STEP, TO_RESULT, TO_TABLE = 3.6, 2.5, 2.6, 2.8
"""From the top to the equation, from its numbers to the line in which each part is one number, to the result, and from
there to the table."""

WIDE, TABLE_PART, BETWEEN = 70.0, 0.6, 3.0
"""A picture of this width has the panels beside the table, which takes this part of it, with a gap between them."""


def equations_of(
    cell: Cell, directions: Sequence[str] = DIRECTIONS, steps: Sequence[Step] = (USUAL,)
) -> list[Equation]:
    """Return the equations of the quantities of a cell in some directions, at some kinds of time steps."""
    each = (equations_at(cell, direction, step) for direction in directions for step in steps)
    return [found[name] for found in each for name in cell.names]


def table_width(wide: float) -> float:
    """Return how wide equation and table are in a picture of some width."""
    return TABLE_PART * wide if wide >= WIDE else wide


def height_with_table(cell: Cell, figure: Figure, wide: float, *, has_working: bool) -> float:
    """Return how high the highest equation of a cell is with its table."""

    def height(equation: Equation) -> float:
        symbols = equation.right.free_symbols
        rows = TABLE_ROW * len(symbols) + ADDENDS * sum(map(has_addends, symbols)) * has_working
        lines = PITCH * (lines_of(equation, figure, wide) - 1)
        return TO_EQUATION + lines + TO_NUMBERS + TO_STEP * has_working + TO_RESULT + TO_TABLE + rows + AXIS

    return max(map(height, equations_of(cell)))


def panels_height(cell: Cell) -> float:
    """Return how high the highest panels of a cell have to be."""
    found = map(structure_of, equations_of(cell))
    return max(height_of(len(each.parts), has_curve=each.function is not None) for each in found)
