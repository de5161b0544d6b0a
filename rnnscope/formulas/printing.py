"""How expressions of a cell are written, whatever the style: order, signs, parentheses, and what symbols stand for.

Symbols are written by what they stand for: `f_t`, `h_{t-1}`, `x_t W_f` in LaTeX, `f`, `h₋₁`, `x·W_f` in text. Gradients
are `∂L/∂f`; the pre-activation of f, what its function is applied to, is `a_f`. Products of vectors, unit by unit, are
`⊙` in LaTeX and `·` in text.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import sympy

from rnnscope.cells.function_facts import FunctionFacts, facts_of
from rnnscope.cells.graph import Graph, Map
from rnnscope.cells.refs import Ref, Symbol
from rnnscope.cells.weights import Weight, place_in_sum
from rnnscope.formulas.gradients import Pull

SUM, PRODUCT, ATOM = range(3)
"""How tightly a written expression holds together."""


class EquationPrinter:
    """What text and LaTeX share: the order of terms and factors, signs, parentheses, and what a symbol stands for.

    Parameters
    ----------
    graph
        The graph of the cell.
    pulls
        What the symbols of gradients that went back through a matrix stand for.
    """

    times, minus, open, close = "·", "−", "(", ")"

    def __init__(self, graph: Graph, pulls: Mapping[Symbol, Pull] | None = None) -> None:
        super().__init__()
        self.graph, self.pulls = graph, pulls or {}
        gates = [q.name for q in graph.cell if q.role == "gate"]
        self.gates = {Ref("value", name, shift=shift) for name in gates for shift in (0, 1)}

    # ---------------------------------------------------------------------------------------- what the styles differ in

    @abstractmethod
    def named(self, facts: FunctionFacts) -> str:
        """Return what a function is called."""

    @abstractmethod
    def timed(self, quantity: str, shift: int) -> str:
        """Return a quantity, or the input, at a time step."""

    @abstractmethod
    def weight(self, weight: Weight) -> str:
        """Return how a weight is written: `U_f`."""

    @abstractmethod
    def power(self, base: str, exponent: sympy.Expr) -> str:
        """Return a power."""

    @abstractmethod
    def root(self, base: sympy.Expr) -> str:
        """Return a square root."""

    @abstractmethod
    def quotient(self, above: str, below: str) -> str:
        """Return one thing by another."""

    @abstractmethod
    def transposed(self, gradient: str, weight: str) -> str:
        """Return a gradient that goes back through a matrix."""

    @abstractmethod
    def gradient(self, below: str) -> str:
        """Return the gradient of the loss by something."""

    @abstractmethod
    def argument(self, ref: Ref) -> str:
        """Return the pre-activation of a quantity, as what a gradient is by."""

    @abstractmethod
    def whole_output(self) -> str:
        """Return the gradient that comes to the output from above."""

    @abstractmethod
    def handed_on(self, state: str) -> str:
        """Return the gradient that comes to the last value of a state from a layer that begins with it."""

    @abstractmethod
    def dropped(self, state: str) -> str:
        """Return what recurrent dropout multiplies a state by."""

    # ------------------------------------------------------------------------------------------------- sympy's dispatch

    def _print_Symbol(self, e: Symbol) -> str:
        return self.symbol(e)

    def _print_Add(self, e: sympy.Add, order: Any = None) -> str:
        text = ""
        for term in self.ordered(e):
            minus = term.could_extract_minus_sign()
            positive = -term if minus else term
            body = self.parenthesized(self._print(positive), self.tightness(positive) == SUM)
            sign = f" {self.minus} " if minus else " + "
            text += (sign if text else self.minus if minus else "") + body
        return text

    def _print_Mul(self, e: sympy.Mul) -> str:
        number, factors = e.as_coeff_mul()
        if number.is_negative:
            return f"{self.minus}{self._factor(-e)}"
        ordered = sorted(factors, key=self._factor_rank)
        over = [self._factor(f) for f in ordered if not _divides(f)]
        parts = ([self._number(number)] if number != 1 or not over else []) + over
        under = [1 / f for f in ordered if _divides(f)]
        return self.quotient(self.times.join(parts), self._below(under)) if under else self.times.join(parts)

    def _below(self, factors: list[sympy.Expr]) -> str:
        """Return what stands below a line."""
        if len(factors) == 1:
            return self._factor(factors[0]) if self.parenthesizes_below else self._print(factors[0])
        return self.parenthesized(self.times.join(map(self._factor, factors)), self.parenthesizes_below)

    def _print_Pow(self, e: sympy.Pow, rational: bool = False) -> str:
        if e.is_number:
            return self._number(e)
        base, exponent = e.args
        if exponent.is_negative:
            return self.quotient("1", self._below([1 / e]))
        if exponent == sympy.Rational(1, 2):
            return self.root(base)
        return self.power(self.parenthesized(self._print(base), self.tightness(base) != ATOM), exponent)

    def _print_Function(self, e: sympy.Function, exponent: Any = None) -> str:
        if e.is_number:
            return self._number(e)
        arguments = ", ".join(self._print(argument) for argument in e.args)
        return self.named(facts_of(e)) + self.parenthesized(arguments)

    _print_ExpBase = _print_log = _print_tanh = _print_Function

    def _number(self, e: sympy.Expr) -> str:
        return str(e) if e.is_Rational else f"{float(e):g}"

    _print_Integer = _print_Rational = _print_Half = _print_One = _print_NegativeOne = _print_Zero = _number
    _print_Float = _print_NumberSymbol = _print_Exp1 = _print_Pi = _number

    # ---------------------------------------------------------------------------------------------------------- symbols

    def symbol(self, symbol: Symbol) -> str:
        """Return how a symbol is written."""
        ref = symbol.ref
        if ref.gradient:
            return self._gradient(ref)
        if ref.kind == "pulled":
            return self._pull(self.pulls[symbol])
        if ref.kind == "product":
            return self._product_with_weight(self.graph.map_of(symbol.at(0)), later=ref.shift == 1)
        if ref.kind == "vector":
            return self._print(self.graph.expanded(self.graph[symbol.at(0)].expression))
        if ref.kind == "dropout":
            return self.dropped(ref.of)
        if ref.kind == "weight":
            return self.weight(self.graph.weight_of(symbol))
        return self.timed(ref.of, ref.shift)

    def tightness(self, e: sympy.Expr) -> int:
        """Return how tightly what is written for an expression holds together."""
        if isinstance(e, Symbol):
            return PRODUCT if e.ref.kind in ("product", "pulled") and not e.ref.gradient else ATOM
        if e.is_number:
            return ATOM if e.is_nonnegative else SUM
        if e.is_Pow and e.exp.is_negative:
            return self.tightness_of_quotient
        return SUM if e.is_Add else PRODUCT if e.is_Mul else ATOM

    def parenthesized(self, text: str, wanted: bool = True) -> str:
        """Return a text in parentheses, if they are wanted."""
        return f"{self.open}{text}{self.close}" if wanted else text

    def _gradient(self, ref: Ref) -> str:
        if ref.kind == "above":
            return self.whole_output()
        if ref.kind == "start":
            return self.handed_on(ref.of)
        return self.gradient(self.argument(ref) if ref.kind == "pre" else self.timed(ref.of, ref.shift))

    def _product_with_weight(self, entry: Map, *, later: bool) -> str:
        vector = self._print(entry.vector.at(entry.vector.ref.shift + int(later)))
        vector = self.parenthesized(vector, entry.vector.ref.kind == "vector")
        return self.multiplied(vector, self.weight(entry.weight), is_matrix=entry.weight.kind.is_matrix)

    def multiplied(self, vector: str, weight: str, *, is_matrix: bool) -> str:
        """Return a vector times a weight."""
        return f"{vector}{self.times}{weight}"

    def _pull(self, pull: Pull) -> str:
        gradient = self.parenthesized(self._print(pull.gradient), not pull.gradient.is_Symbol)
        return self.transposed(gradient, self.weight(pull.map.weight))

    # ------------------------------------------------------------------------------------------------- order in writing

    def ordered(self, e: sympy.Expr) -> list[sympy.Expr]:
        """Return the terms of a sum or the factors of a product as they are written from left to right."""
        if e.is_Add:
            return sorted(e.args, key=self._term_rank)
        number, factors = e.as_coeff_mul()
        first, *others = sorted(factors, key=lambda factor: (_divides(factor), *self._factor_rank(factor)))
        return [number * first, *others]

    def _factor(self, e: sympy.Expr) -> str:
        is_named_product = e.is_Symbol and self.tightness(e) == PRODUCT
        return self.parenthesized(self._print(e), self.tightness(e) == SUM or is_named_product)

    def _term_rank(self, term: sympy.Expr) -> tuple[int, bool, int, bool, str]:
        """Sort the terms of a sum as textbooks do.

        Linear maps and biases come before all else, what reads a previous state before what does not, differences last;
        of a gradient, what comes from above is first and what comes from the next time step last.
        """
        refs = [symbol.ref for symbol in term.free_symbols]
        later = (
            0
            if any(ref.kind in ("above", "start") for ref in refs)
            else 2
            if any(ref.shift == 1 for ref in refs)
            else 1
        )
        new = not any(ref.shift == -1 for ref in refs)
        return later, term.could_extract_minus_sign(), place_in_sum(term), new, str(term)

    def _factor_rank(self, factor: sympy.Expr) -> tuple[int, bool, str]:
        """Sort the factors of a product: gradients, gates, all else, previous states."""
        refs = [symbol.ref for symbol in factor.free_symbols]
        if isinstance(factor, Symbol) and (factor.ref.gradient or factor.ref.kind == "pulled"):
            return 0, False, str(factor)
        are_gates = all(ref in self.gates for ref in refs)
        is_previous = isinstance(factor, Symbol) and factor.ref.shift == -1
        return 1 if are_gates else 3 if is_previous else 2, not factor.is_Symbol, str(factor)


def _divides(factor: sympy.Expr) -> bool:
    """Say whether a factor of a product stands below a line."""
    return bool(factor.is_Pow and factor.exp.is_negative)
