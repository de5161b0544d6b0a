"""The equation of one moment: its symbols, then every number in place, then the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy

from rnnscope.cells import Cell
from rnnscope.cells.function_facts import value_of
from rnnscope.cells.refs import Symbol
from rnnscope.cells.weight_kinds import KINDS
from rnnscope.checks import flag, positive_int
from rnnscope.formulas.equations import Equation, equations_at
from rnnscope.formulas.printers import MathPrinter, TextPrinter
from rnnscope.formulas.printing import ATOM, SUM, EquationPrinter
from rnnscope.formulas.steps import step_of
from rnnscope.formulas.values import Values
from rnnscope.languages import tr
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.cursor import given


@dataclass(frozen=True)
class Factor:
    """One addend of a product of vectors: `value · weight` at a place in them."""

    index: int
    value: float
    weight: float

    @property
    def product(self) -> float:
        """What it adds."""
        return self.value * self.weight


@dataclass(frozen=True)
class Term:
    """One symbol on the right of an equation, with its number.

    Attributes
    ----------
    symbol, latex
        How it is written.
    of
        The symbol of the equation's expression; its `ref` says what it stands for.
    value
        Its number for the chosen unit.
    source
        What it is or where it comes from, such as `"recurrent part"`, `"bias"` or `"forget gate"`.
    factors
        For a product of vectors, its largest addends by size; empty if the weights of the epoch were not kept.
    others, rest
        How many addends are not among them, and their sum.
    """

    symbol: str
    latex: str
    of: Symbol
    value: float
    source: str
    factors: tuple[Factor, ...] = ()
    others: int = 0
    rest: float = 0.0

    @property
    def name(self) -> str:
        """How the symbol of the expression reads."""
        return self.of.name


@dataclass(frozen=True, eq=False, repr=False)
class Substitution:
    """An equation with the numbers of one moment.

    Attributes
    ----------
    equation
        The equation.
    cursor
        The moment.
    terms
        Every symbol on the right, in the order of the equation.
    value
        The recorded result.
    """

    equation: Equation
    cursor: Cursor
    terms: tuple[Term, ...]
    value: float

    @property
    def computed(self) -> float:
        """The right side evaluated on the numbers of `terms`, in double precision; it agrees with `value`."""
        return float(value_of(self.equation.right, {term.of: term.value for term in self.terms}))

    @property
    def text(self) -> str:
        """Three lines: symbols, numbers, result."""
        left, right = self.equation.text.split(" = ", 1)
        indent = " " * len(left)
        return f"{left} = {right}\n{indent} = {self._numbers(NumbersAsText)}\n{indent} = {text_number(self.value)}"

    @property
    def latex(self) -> str:
        """The three lines as a LaTeX array."""
        symbols = self.equation.latex.replace(" = ", " &= ", 1)
        result = latex_number(self.value)
        return rf"\begin{{aligned}}{symbols} \\ &= {self._numbers(NumbersAsMath)} \\ &= {result}\end{{aligned}}"

    @property
    def lines(self) -> tuple[str, str, str]:
        """The three lines as LaTeX, one by one, for a renderer that knows no arrays (mathtext)."""
        return self.equation.latex, f"= {self._numbers(NumbersAsMath)}", f"= {latex_number(self.value)}"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"

    def _numbers(self, printer: type[_Numbers]) -> str:
        return printer(self.equation, {term.of: term for term in self.terms}).doprint(self.equation.right)


class _Numbers:
    """Writes the number of each symbol in its place; products of vectors with their largest addends.

    Attributes
    ----------
    number, remark
        Write a number, and words among numbers.
    """

    number: Callable[[float], str]
    remark: Callable[[str], str]

    def __init__(self, equation: Equation, terms: dict[Symbol, Term]) -> None:
        super().__init__(equation.graph, equation.pulls)
        self.terms = terms

    def symbol(self, symbol: Symbol) -> str:
        """Return the number of a symbol."""
        term = self.terms[symbol]
        if not term.factors:
            return self.number(term.value)
        parts = [f"{self._beside(f.value)}{self.times}{self._beside(f.weight)}" for f in term.factors]
        if term.others:
            parts.append(self.remark(tr("the other {count}: {sum}", count=term.others, sum=text_number(term.rest))))
        return self.parenthesized(" + ".join(parts))

    def tightness(self, e: sympy.Expr) -> int:
        """Return how tightly what is written holds together: negative numbers stand in parentheses beside others."""
        if not isinstance(e, Symbol):
            return super().tightness(e)
        term = self.terms[e]
        return ATOM if term.factors or term.value >= 0 else SUM

    def _beside(self, value: float) -> str:
        text = self.number(value)
        return f"({text})" if value < 0 else text


def text_number(value: float) -> str:
    """Return a number with four digits as text."""
    return f"{value:.4g}".replace("-", "−").replace("inf", "∞")


def latex_number(value: float) -> str:
    """Return a number with four digits as LaTeX."""
    if np.isinf(value):
        return rf"{'-' * (value < 0)}\infty"
    mantissa, _, exponent = f"{value:.4g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


class NumbersAsText(_Numbers, TextPrinter):
    """Writes the numbers of an equation as text."""

    number = staticmethod(text_number)
    remark = staticmethod(lambda words: f"({words})")


class NumbersAsMath(_Numbers, MathPrinter):
    """Writes the numbers of an equation as LaTeX; products of numbers are ordinary ones."""

    times = r" \cdot "
    number = staticmethod(latex_number)
    remark = staticmethod(lambda words: rf"(\mathrm{{{words.replace(' ', '~')}}})")


def substitute(trace: Trace, cursor: Cursor | None = None, *, pre: bool = False, largest: int = 3) -> Substitution:
    """Return the equation of a phase with the numbers of one moment in place.

    Parameters
    ----------
    trace
        What was recorded.
    cursor
        The moment: epoch, layer, sample, time step, unit, phase and direction. Forward: the equation of the quantity
        `phase`; backward: that of its gradient ∂L/∂phase, total over all later time steps.
    pre
        Backward only: take the gradient of the pre-activation, ∂L/∂a, instead.
    largest
        How many addends of a product of vectors are written out; the rest, if more than one, are summed up.

    Returns
    -------
    Substitution
        `.text`, `.latex` and `.terms`; `.value` is the recorded result, `.computed` that of the equation.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, the layer is not recurrent, or the trace lacks a number that the equation
        needs; it says which epochs have weights, or what to record.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> trace = model.trace(task.x)
    >>> rs.formulas.substitute(trace, rs.Cursor(phase="f", time=0)).text.splitlines()[0]
    'f = σ(x·W_f + h₋₁·U_f + b_f)'
    """
    return substitute_at(given(cursor, optional=True).at(trace), pre=pre, largest=largest)


def substitute_at(moment: Moment, *, pre: bool = False, largest: int = 3) -> Substitution:
    """Return the equation of a phase with the numbers of a moment in place; see `substitute`."""
    layer = moment.layer
    if not layer.is_recurrent:
        raise ValueError(f"layer: expected a recurrent layer; {layer.name!r} is {layer.kind}")
    equation = _equation(layer.cell, moment, flag("pre", pre))
    values = Values(moment, equation.graph)
    writers = tuple(printer(equation.graph, equation.pulls) for printer in (TextPrinter, MathPrinter))
    largest = positive_int("largest", largest)
    symbols = dict.fromkeys(piece for piece in equation.pieces if isinstance(piece, Symbol))
    terms = [_term(values, equation, symbol, writers, largest) for symbol in symbols]
    value = float(values.of(equation.left)[moment.unit])
    return Substitution(equation, moment.cursor, tuple(terms), value)


def _equation(cell: Cell, at: Moment, pre: bool) -> Equation:
    found = [e for e in equations_at(cell, at.direction, step_of(at)) if e.quantity == at.phase]
    if pre and (at.direction == "forward" or len(found) < 2):
        what = "direction='backward'" if at.direction == "forward" else "a quantity that is a function of a linear map"
        raise ValueError(f"pre: expected {what}; got {at}")
    return found[int(pre)]


def _term(
    values: Values, equation: Equation, symbol: Symbol, writers: tuple[EquationPrinter, ...], largest: int
) -> Term:
    """Return a symbol with its number, and the addends of a product of vectors."""
    unit = values.moment.unit
    value = float(values.of(symbol, equation.pulls)[unit])
    text, latex = (writer.doprint(symbol) for writer in writers)
    source = _source(equation, symbol)
    addends = _addends(values, equation, symbol, unit)
    if addends is None:
        return Term(text, latex, symbol, value, source)
    left, right = addends
    products = left * right
    count = largest + (len(products) == largest + 1)  # a single rest is written out too
    order = np.argsort(-np.abs(products), kind="stable")[:count]
    factors = tuple(Factor(int(k), float(left[k]), float(right[k])) for k in order)
    rest = float(np.delete(products, order).sum())
    return Term(text, latex, symbol, value, source, factors, len(products) - len(order), rest)


def _addends(values: Values, equation: Equation, symbol: Symbol, unit: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the vector and the weights of which a symbol is the product, or None if it is none or they are unknown."""
    ref = symbol.ref
    if ref.kind not in ("pulled", "product") or ref.gradient:
        return None
    if not values.has_weights() or (ref.shift == 1 and values.is_last):
        return None
    if ref.kind == "pulled":
        pull = equation.pulls[symbol]
        return values.evaluate(pull.gradient).astype(float), values.kept(pull.map.weight)[unit].astype(float)
    entry = equation.graph.map_of(symbol)
    if entry is None:
        return None
    vector, weights = values.of(entry.vector), values.kept(entry.weight)
    if not entry.weight.kind.is_matrix:
        return vector[[unit]].astype(float), weights[[unit]].astype(float)
    return vector.astype(float) + 0.0, weights[:, unit].astype(float)  # no −0 of what is dropped


def _source(equation: Equation, symbol: Symbol) -> str:
    """Return where a number comes from, in words."""
    there = _there(equation, symbol)
    return tr("{what} of the next time step", what=there) if symbol.ref.shift == 1 else there


def _there(equation: Equation, symbol: Symbol) -> str:
    """Return where a number comes from, whichever time step that is of."""
    ref, cell = symbol.ref, equation.graph.cell
    if ref.kind == "pulled":
        return tr("gradient through the {quantity}", quantity=_title(cell, equation.pulls[symbol].map.weight.quantity))
    if ref.kind == "above":
        return tr("gradient from the layer above or the loss")
    if ref.kind == "start":
        return tr("gradient from the layer that begins with the {state}", state=_named(cell, ref.of))
    if ref.kind == "dropout":
        return tr("what recurrent dropout multiplies the {state} by", state=_named(cell, ref.of))
    if ref.gradient and ref.kind == "pre":
        return tr("gradient of the pre-activation of the {quantity}", quantity=_title(cell, ref.of))
    if ref.gradient:
        return tr("gradient of the {quantity}", quantity=_named(cell, ref.of))
    if ref.kind == "value":
        named = _named(cell, ref.of)
        return tr("previous {quantity}", quantity=named) if ref.shift == -1 else named
    kind = KINDS[ref.weight]
    return tr(kind.part_in_words if ref.kind == "product" else kind.one_in_words)


def _named(cell: Cell, name: str) -> str:
    """Return what a quantity is called, with its name if its symbol is another one: `f'` of an sLSTM is `f`."""
    is_symbol = cell[name].symbol in (name, rf"\mathrm{{{name}}}")
    return _title(cell, name) if is_symbol else f"{_title(cell, name)} ({name})"


def _title(cell: Cell, name: str) -> str:
    """Return what a quantity is called; its role if it has no title."""
    return tr(cell[name].title or cell[name].role)
