"""One elementwise operation of an equation as a node of the wiring: its mark, and what it is applied to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from rnnscope.cells.function_facts import facts_of

MARKS = {"plus": "+", "times": "×"}


@dataclass(frozen=True)
class Operation:
    """An elementwise operation: the kind and the label of its node, its operands, and their function."""

    kind: str
    label: str
    operands: tuple[sympy.Expr, ...]
    function: Callable[..., sympy.Expr]


def operation_of(e: sympy.Expr, grouped: tuple[sympy.Expr, ...] = ()) -> Operation:
    """Return the operation that gives an expression; a number in it is part of the operation.

    Parameters
    ----------
    e
        The expression.
    grouped
        The operands of a sum or a product, if they are others than its terms or factors.
    """
    if grouped:
        return _of_several(e, grouped)
    if e.is_number:
        return Operation("unary", _short(e), (), lambda: e)
    number, rest = e.as_independent(*e.free_symbols) if e.is_Mul or e.is_Add else (None, e)
    if e.is_Mul and number != 1:
        return Operation("unary", "−" if number == -1 else f"×{_short(number)}", (rest,), lambda v: number * v)
    if e.is_Add and number != 0:
        sign = -1 if rest.is_Mul and rest.as_coeff_Mul()[0] == -1 else 1
        label = f"{_short(number)}{'−' if sign < 0 else '+'}"
        return Operation("unary", label, (sign * rest,), lambda v: number + sign * v)
    if e.is_Mul or e.is_Add:
        return _of_several(e, e.args)
    if e.is_Pow:
        label = {2: "( )²", -1: "1/", sympy.Rational(1, 2): "√"}.get(e.exp, f"( )^{_short(e.exp)}")
        return Operation("unary", label, (e.base,), lambda v: v**e.exp)
    if isinstance(e, sympy.Function):
        return Operation("unary", called(e), e.args, e.func)
    return Operation("unary", "=", (e,), lambda v: v)


def _of_several(e: sympy.Expr, operands: tuple[sympy.Expr, ...]) -> Operation:
    kind = "times" if e.is_Mul else "plus"
    return Operation(kind, MARKS[kind], operands, e.func)


def called(function: sympy.Function) -> str:
    """Return how a function is written."""
    return facts_of(function).text


def _short(number: sympy.Expr) -> str:
    return f"{float(number):.3g}".replace("-", "−")
