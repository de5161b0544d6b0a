"""A sympy expression as statements that write into given arrays, with as few scratch arrays as it takes."""

from __future__ import annotations

from collections.abc import Callable

import sympy

from rnnscope.cells.function_facts import facts_of
from rnnscope.cells.weights import place_in_sum
from rnnscope.engine.statements import Operand, Slot, Statement


class Writer:
    """Collects the statements of one generated function.

    Parameters
    ----------
    slot_of
        Returns the slot in which the value of a symbol lies.
    """

    def __init__(self, slot_of: Callable[[sympy.Symbol], Slot]) -> None:
        self.slot_of = slot_of
        self.statements: list[Statement] = []

    def emit(self, operation: str, write: Slot, *reads: Operand) -> Slot:
        """Add one statement and return where it writes."""
        self.statements.append(Statement(operation, write, reads))
        return write

    def assign(self, expression: sympy.Expr, out: Slot, depth: int = 0) -> Slot:
        """Write the value of an expression into `out`, which the expression must not read."""
        if expression.is_Symbol:
            return self.emit("copy", out, self.slot_of(expression))
        if expression.is_number:
            return self.emit("fill", out, float(expression))
        if expression.is_Add:
            return self._assign_sum(expression, out, depth)
        if expression.is_Mul:
            return self._assign_product(expression, out, depth)
        if expression.is_Pow:
            return self._assign_power(expression, out, depth)
        return self._assign_function(expression, out, depth)

    def _operand(self, expression: sympy.Expr, room: Slot, depth: int) -> Operand:
        """Return where the value of an expression is; anything but a symbol or a number is first written to `room`."""
        if expression.is_Symbol:
            return self.slot_of(expression)
        if expression.is_number:
            return float(expression)
        return self.assign(expression, room, depth)

    def _chain(self, first: sympy.Expr, rest: list[tuple[str, sympy.Expr]], out: Slot, depth: int) -> Slot:
        """Write `first op1 rest1 op2 rest2 …`; scratch is taken only for a compound operand while `out` is in use."""
        total = self._operand(first, out, depth)
        for operation, expression in rest:
            room = Slot(f"S{depth}") if total == out else out
            total = self.emit(operation, out, total, self._operand(expression, room, depth + (room != out)))
        return total

    def _assign_function(self, expression: sympy.Expr, out: Slot, depth: int) -> Slot:
        """Write a function; the first argument that is no symbol is written where the result goes, others beside it."""
        operands: list[Operand] = []
        for argument in expression.args:
            room = Slot(f"S{depth}") if out in operands else out
            operands.append(self._operand(argument, room, depth + (room != out)))
        return self.emit(facts_of(expression).name, out, *operands)

    def _assign_sum(self, expression: sympy.Expr, out: Slot, depth: int) -> Slot:
        terms = sorted(expression.args, key=_sum_order)
        signed = [(term.could_extract_minus_sign(), term) for term in terms]
        added = [term for minus, term in signed if not minus]
        taken = [-term for minus, term in signed if minus]
        added.sort(key=_is_simple)
        first = added.pop(0) if added else sympy.Integer(0)
        rest = [("add", term) for term in added] + [("subtract", term) for term in taken]
        return self._chain(first, rest, out, depth)

    def _assign_product(self, expression: sympy.Expr, out: Slot, depth: int) -> Slot:
        number, factors = expression.as_coeff_mul()
        under = [1 / factor for factor in factors if factor.is_Pow and factor.exp.is_negative]
        over = [factor for factor in factors if not (factor.is_Pow and factor.exp.is_negative)]
        over.sort(key=lambda factor: (_is_simple(factor), str(factor)))
        if number != 1 or not over:
            over.append(number)
        rest = [("multiply", factor) for factor in over[1:]] + [("divide", factor) for factor in under]
        return self._chain(over[0], rest, out, depth)

    def _assign_power(self, expression: sympy.Expr, out: Slot, depth: int) -> Slot:
        base, exponent = expression.args
        value, size = self._operand(base, out, depth), abs(exponent)
        if size == 1:
            result = value
        elif size == 2:
            result = self.emit("multiply", out, value, value)
        elif size == sympy.Rational(1, 2):
            result = self.emit("sqrt", out, value)
        else:
            result = self.emit("power", out, value, float(size))
        return self.emit("divide", out, 1.0, result) if exponent < 0 else result


def _is_simple(expression: sympy.Expr) -> bool:
    return bool(expression.is_Symbol or expression.is_number)


def _sum_order(term: sympy.Expr) -> tuple[int, str]:
    """Sort the terms of a sum: products of vectors and biases in the order of their kinds, then everything else."""
    return place_in_sum(term), str(term)
