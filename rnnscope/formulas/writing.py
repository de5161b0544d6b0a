"""Expressions as text and as LaTeX that MathJax and matplotlib's mathtext both set.

Products of vectors, unit by unit, are `⊙` in LaTeX and `·` in text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import sympy

SUM, PRODUCT, ATOM = range(3)
"""How tightly a written expression holds together."""


@dataclass(frozen=True)
class Style:
    """How expressions are written.

    Attributes
    ----------
    times
        Between factors.
    minus
        The sign of a difference.
    open, close
        Parentheses.
    functions
        How functions are called.
    """

    times: str
    minus: str
    open: str
    close: str
    functions: dict[str, str]

    def parenthesized(self, text: str) -> str:
        """Return a text in parentheses."""
        return f"{self.open}{text}{self.close}"

    def power(self, base: str, exponent: sympy.Expr) -> str:
        """Return a power."""
        marks = {"2": "²", "3": "³"}
        if self is TEXT:
            return base + marks.get(str(exponent), f"^{exponent}" if exponent.is_Integer else f"^({exponent})")
        return f"{base}^{{{exponent}}}"


TEXT = Style("·", "−", "(", ")", {"sigmoid": "σ"})
LATEX = Style(
    r" \odot ",
    "-",
    r"\left(",
    r"\right)",
    {
        "sigmoid": r"\sigma",
        "tanh": r"\tanh",
        "exp": r"\exp",
        "log": r"\log",
        "sin": r"\sin",
        "cos": r"\cos",
        "relu": r"\mathrm{relu}",
        "hard_sigmoid": r"\mathrm{hard\,sigmoid}",
        "is_positive": r"\mathrm{step}",
        "is_between_0_and_1": r"\mathrm{inside}",
    },
)


LATEX_NUMBERS = replace(LATEX, times=r" \cdot ")
"""LaTeX for numbers of one unit, whose products are ordinary ones."""


class Names(Protocol):
    """How symbols are written, and in which order terms and factors stand."""

    def __call__(self, symbol: sympy.Symbol) -> str:
        """Return how a symbol is written."""

    def tightness(self, symbol: sympy.Symbol) -> int:
        """Return how tightly what is written for a symbol holds together: `SUM`, `PRODUCT` or `ATOM`."""

    def term_rank(self, term: sympy.Expr) -> Any:
        """Return by what the terms of a sum are sorted."""

    def factor_rank(self, factor: sympy.Expr) -> Any:
        """Return by what the factors of a product are sorted."""


def write(expression: sympy.Expr, style: Style, names: Names) -> str:
    """Return an expression as text."""
    return _Writing(style, names).written(expression)[0]


class _Writing:
    def __init__(self, style: Style, names: Names) -> None:
        self.style, self.names = style, names

    def written(self, e: sympy.Expr) -> tuple[str, int]:
        """Return the text of an expression, and how tightly it holds together."""
        if e.is_Symbol:
            return self.names(e), self.names.tightness(e)
        if e.is_number:
            return _number(e), ATOM if e.is_nonnegative else SUM
        if e.is_Add:
            return self._sum(e), SUM
        if e.is_Mul:
            return self._product(e), PRODUCT
        if e.is_Pow:
            return self._power(e)
        inner = self.written(e.args[0])[0]
        called = self.style.functions.get(e.func.__name__, e.func.__name__)
        return called + self.style.parenthesized(inner), ATOM

    def _sum(self, e: sympy.Expr) -> str:
        text = ""
        for term in sorted(e.args, key=self.names.term_rank):
            minus = term.could_extract_minus_sign()
            body, tightness = self.written(-term if minus else term)
            body = self.style.parenthesized(body) if tightness == SUM else body
            sign = f" {self.style.minus} " if minus else " + "
            text += (sign if text else self.style.minus if minus else "") + body
        return text

    def _product(self, e: sympy.Expr) -> str:
        number, factors = e.as_coeff_mul()
        if number.is_negative:
            return f"{self.style.minus}{self._factor(-e)}"
        ordered = sorted(factors, key=lambda f: (f.is_Pow and f.exp.is_negative, self.names.factor_rank(f)))
        parts = [self._factor(f) for f in ordered]
        return self.style.times.join(([_number(number)] if number != 1 else []) + parts)

    def _factor(self, e: sympy.Expr) -> str:
        text, tightness = self.written(e)
        is_named_product = e.is_Symbol and tightness == PRODUCT
        return self.style.parenthesized(text) if tightness == SUM or is_named_product else text

    def _power(self, e: sympy.Expr) -> tuple[str, int]:
        base, exponent = e.args
        if exponent.is_negative:
            below = self._factor(1 / e)
            return (f"1/{below}", PRODUCT) if self.style is TEXT else (rf"\frac{{1}}{{{below}}}", ATOM)
        text, tightness = self.written(base)
        return self.style.power(text if tightness == ATOM else self.style.parenthesized(text), exponent), ATOM


def _number(value: sympy.Expr) -> str:
    return str(value) if value.is_Rational else f"{float(value):g}"
