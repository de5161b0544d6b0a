"""How an equation comes to its result: which addends or factors it has, and which function is taken of what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from rnnscope.cells.caches import derived
from rnnscope.cells.function_facts import FUNCTIONS, FunctionFacts, facts_of, value_of
from rnnscope.cells.refs import Symbol
from rnnscope.formulas import Substitution
from rnnscope.formulas.equations import Equation
from rnnscope.formulas.printers import TextPrinter
from rnnscope.numbers import written


@dataclass(frozen=True)
class Part:
    """An addend or a factor: how it is written, and its expression."""

    text: str
    expression: sympy.Expr


@dataclass(frozen=True)
class Structure:
    """What an equation is made of.

    Attributes
    ----------
    kind
        `"sum"`, `"product"`, the name of a function of several numbers such as `"max"`, or nothing if it has one part.
    whole
        The sum or product.
    parts
        The addends, factors or arguments, as they are written from left to right.
    function
        The function of one number that is taken last, or first of those in the parts; None if there is none.
    argument
        What it is taken of.
    is_outer
        Whether the function is taken of the sum or product, and not within a part of it.
    """

    kind: str
    whole: sympy.Expr
    parts: tuple[Part, ...]
    function: sympy.Expr | None
    argument: Part | None
    is_outer: bool


@dataclass(frozen=True)
class Working:
    """The structure of an equation with the numbers of one moment.

    Attributes
    ----------
    structure
        What the equation is made of.
    values, result
        The number of each part, and what they come to.
    argument, value, slope
        What the function is taken of, its value, and its slope there; NaN if there is none.
    """

    structure: Structure
    values: tuple[float, ...]
    result: float
    argument: float = np.nan
    value: float = np.nan
    slope: float = np.nan

    @property
    def facts(self) -> FunctionFacts | None:
        """What there is to know of the function."""
        return None if self.structure.function is None else facts_of(self.structure.function)

    @property
    def ends(self) -> list[tuple[float, float]]:
        """Where the bar of each part begins and ends: addends one after the other, products and arguments from zero."""
        if self.structure.kind == "sum":
            after = np.cumsum(self.values)
            return list(zip([0.0, *after[:-1].tolist()], after.tolist(), strict=True))
        ends = np.cumprod(self.values).tolist() if self.structure.kind == "product" else self.values
        return [(0.0, end) for end in ends]

    @property
    def step(self) -> str:
        """What is left of the equation when each part is a number, or nothing if it is that already."""
        structure, facts = self.structure, self.facts
        if structure.is_outer:
            is_number = isinstance(structure.argument.expression, Symbol)
            return "" if is_number else f"{facts.text}({written(self.argument)})"
        if all(isinstance(part.expression, Symbol) for part in structure.parts):
            return ""
        if structure.kind == "product":
            return " · ".join(in_parentheses(value) for value in self.values)
        if structure.kind != "sum":
            return f"{structure.kind}({', '.join(map(written, self.values))})"
        first, *others = map(written, self.values)
        return first + "".join(f" − {o[1:]}" if o.startswith("−") else f" + {o}" for o in others)


def in_parentheses(value: float) -> str:
    """Return a number, in parentheses if it is below zero."""
    return f"({written(value)})" if value < 0 else written(value)


def working_of(found: Substitution) -> Working:
    """Return how an equation comes to its result at a moment."""
    structure = structure_of(found.equation)
    numbers = {term.of: np.float64(term.value) for term in found.terms}  # unlike float it divides by zero

    def number(expression: sympy.Expr) -> float:
        with np.errstate(all="ignore"):  # what is not finite is said where it stands
            return float(value_of(expression, numbers))

    values = tuple(number(part.expression) for part in structure.parts)
    result = number(structure.whole)
    if structure.function is None:
        return Working(structure, values, result)
    z = sympy.Symbol("z")
    argument = number(structure.argument.expression)
    with np.errstate(all="ignore"):
        here = (value_of(e, {z: argument}) for e in (structure.function.func(z), slope_of(structure.function.func)))
        return Working(structure, values, result, argument, *map(float, here))


@derived(maxsize=64)
def slope_of(function: type[sympy.Function]) -> sympy.Expr:
    """Return the slope of a function of one number z."""
    z = sympy.Symbol("z")
    return sympy.diff(function(z), z)


@derived(maxsize=256)
def structure_of(equation: Equation) -> Structure:
    """Return what an equation is made of."""
    printer = TextPrinter(equation.graph, equation.pulls)

    def part(expression: sympy.Expr) -> Part:
        return Part(printer.doprint(expression), expression)

    right = equation.right
    is_outer = _is_function(right)
    whole = right.args[0] if is_outer else right
    function = right if is_outer else next((e for e in sympy.preorder_traversal(right) if _is_function(e)), None)
    argument = None if function is None else part(function.args[0])
    kind = "sum" if whole.is_Add else "product" if whole.is_Mul else ""
    parts = printer.ordered(whole) if kind else []
    if whole.func in FUNCTIONS and facts_of(whole).arguments > 1:
        kind, parts = facts_of(whole).text, list(whole.args)
    return Structure(kind, whole, tuple(map(part, parts)), function, argument, is_outer)


def _is_function(expression: sympy.Expr) -> bool:
    """Say whether an expression is a function of one number, with a curve to draw."""
    return expression.func in FUNCTIONS and facts_of(expression).arguments == 1 and facts_of(expression).is_declared
