"""The equation of one moment: its symbols, then every number in place, then the result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy

from rnnscope.cells import Cell
from rnnscope.cells.vocabulary import PREVIOUS, DiagonalProduct
from rnnscope.checks import flag, positive_int
from rnnscope.formulas.equations import Equation, equations
from rnnscope.formulas.gradients import ABOVE, GRADIENT, NEXT
from rnnscope.formulas.moment import PARTS, Moment, compiled
from rnnscope.formulas.notation import Notation
from rnnscope.formulas.writing import ATOM, LATEX, LATEX_NUMBERS, SUM, TEXT, Style, write
from rnnscope.trace import Cursor, Trace
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
    name
        Its name in the equation's expression.
    value
        Its number for the chosen unit.
    source
        Where the number comes from, such as `"recurrent part"`, `"bias"` or `"gate"`.
    factors
        For a product of vectors, its largest addends by size; empty if the weights of the epoch were not kept.
    others, rest
        How many addends are not among them, and their sum.
    """

    symbol: str
    latex: str
    name: str
    value: float
    source: str
    factors: tuple[Factor, ...] = ()
    others: int = 0
    rest: float = 0.0


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
        symbols, function = compiled(self.equation.right)
        numbers = {term.name: term.value for term in self.terms}
        return float(function(*(numbers[str(symbol)] for symbol in symbols)))

    @property
    def text(self) -> str:
        """Three lines: symbols, numbers, result."""
        left, right = self.equation.text.split(" = ", 1)
        indent = " " * len(left)
        return f"{left} = {right}\n{indent} = {self._numbers(TEXT)}\n{indent} = {_number(self.value, TEXT)}"

    @property
    def latex(self) -> str:
        """The three lines as a LaTeX array."""
        symbols = self.equation.latex.replace(" = ", " &= ", 1)
        result = _number(self.value, LATEX)
        return rf"\begin{{aligned}}{symbols} \\ &= {self._numbers(LATEX_NUMBERS)} \\ &= {result}\end{{aligned}}"

    @property
    def lines(self) -> tuple[str, str, str]:
        """The three lines as LaTeX, one by one, for a renderer that knows no arrays (mathtext)."""
        return self.equation.latex, f"= {self._numbers(LATEX_NUMBERS)}", f"= {_number(self.value, LATEX)}"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"

    def _numbers(self, style: Style) -> str:
        names = _Numbers(self.equation, style, {term.name: term for term in self.terms})
        return write(self.equation.right, style, names)


class _Numbers(Notation):
    """Writes the number of each symbol in its place; products of vectors with their largest addends."""

    def __init__(self, equation: Equation, style: Style, terms: dict[str, Term]) -> None:
        super().__init__(equation.graph, style, equation.pulls)
        self.terms = terms

    def __call__(self, symbol: sympy.Symbol) -> str:
        """Return the number of a symbol."""
        term = self.terms[str(symbol)]
        if not term.factors:
            return _number(term.value, self.style)
        parts = [f"{self._beside(f.value)}{self.style.times}{self._beside(f.weight)}" for f in term.factors]
        if term.others:
            words = f"the other {term.others}: {_number(term.rest, TEXT)}"
            parts.append(f"({words})" if self.style is TEXT else rf"(\mathrm{{{words.replace(' ', '~')}}})")
        return self.style.parenthesized(" + ".join(parts))

    def tightness(self, symbol: sympy.Symbol) -> int:
        """Return how tightly a number holds together: negative ones stand in parentheses beside others."""
        term = self.terms[str(symbol)]
        return ATOM if term.factors or term.value >= 0 else SUM

    def _beside(self, value: float) -> str:
        text = _number(value, self.style)
        return f"({text})" if value < 0 else text


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
    at = given(Cursor() if cursor is None else cursor).at(trace).cursor
    layer = trace[at.layer]
    if not layer.is_recurrent:
        raise ValueError(f"layer: expected a recurrent layer; {layer.name!r} is {layer.kind}")
    equation = _equation(layer.cell, at, flag("pre", pre))
    moment = Moment(trace, equation.graph, at)
    names = Notation(equation.graph, TEXT, equation.pulls), Notation(equation.graph, LATEX, equation.pulls)
    largest = positive_int("largest", largest)
    terms = [_term(moment, equation, symbol, names, largest) for symbol in _in_order(equation)]
    value = float(moment.values(equation.left)[at.unit])
    return Substitution(equation, at, tuple(terms), value)


def _equation(cell: Cell, at: Cursor, pre: bool) -> Equation:
    found = [e for e in equations(cell, at.direction) if e.quantity == at.phase]
    if pre and (at.direction == "forward" or len(found) < 2):
        what = "direction='backward'" if at.direction == "forward" else "a quantity that is a function of a linear map"
        raise ValueError(f"pre: expected {what}; got {at}")
    return found[int(pre)]


def _in_order(equation: Equation) -> list[sympy.Symbol]:
    """Return the symbols on the right of an equation in the order in which they are written."""
    met: list[sympy.Symbol] = []

    class Meeting(Notation):
        def __call__(self, symbol: sympy.Symbol) -> str:
            if symbol not in met:
                met.append(symbol)
            return ""

    write(equation.right, TEXT, Meeting(equation.graph, TEXT, equation.pulls))
    return met


def _term(
    moment: Moment, equation: Equation, symbol: sympy.Symbol, names: tuple[Notation, Notation], largest: int
) -> Term:
    """Return a symbol with its number, and the addends of a product of vectors."""
    name, unit = str(symbol), moment.cursor.unit
    value = float(moment.values(symbol, equation.pulls)[unit])
    text, latex = (write(symbol, n.style, n) for n in names)
    addends = _addends(moment, equation, name, unit)
    if addends is None:
        return Term(text, latex, name, value, _source(moment, equation, name))
    left, right = addends
    products = left * right
    count = largest + (len(products) == largest + 1)  # a single rest is written out too
    order = np.argsort(-np.abs(products), kind="stable")[:count]
    factors = tuple(Factor(int(k), float(left[k]), float(right[k])) for k in order)
    rest = float(np.delete(products, order).sum())
    return Term(text, latex, name, value, _source(moment, equation, name), factors, len(products) - len(order), rest)


def _addends(moment: Moment, equation: Equation, name: str, unit: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the vector and the weights of which a symbol is the product, or None if it is none or they are unknown."""
    if not moment.has_weights() or (name.endswith(NEXT) and moment.last):
        return None
    if name in equation.pulls:
        pull = equation.pulls[name]
        return moment.evaluate(pull.gradient).astype(float), moment.matrix(pull.entry)[unit].astype(float)
    if name not in moment.maps:
        return None
    entry = moment.maps[name]
    vector, weights = moment.values(entry.vector), moment.matrix(entry)
    if isinstance(entry.weight.node, DiagonalProduct):
        return vector[[unit]].astype(float), weights[[unit]].astype(float)
    return vector.astype(float), weights[:, unit].astype(float)


def _source(moment: Moment, equation: Equation, name: str) -> str:
    """Return where a number comes from, in words."""
    base, later = name.removesuffix(NEXT), " of the next time step" if name.endswith(NEXT) else ""
    if name in equation.pulls:
        return f"gradient through {equation.pulls[name].entry.weight.name}{later}"
    if base == ABOVE:
        return "gradient from the layer above or the loss"
    if base.startswith(GRADIENT):
        return f"gradient{later}"
    if base.endswith(PREVIOUS):
        return f"previous state{later}"
    if base in moment.graph.cell.names:
        return moment.graph.cell[base].role + later
    head = base.partition("_")[0]
    if head == "p":
        return "peephole weight"
    words = PARTS[head].replace("_", " ")
    return (words if head in ("b", "bh") else f"{words} part") + later


def _number(value: float, style: Style) -> str:
    """Return a number with four digits."""
    mantissa, _, exponent = f"{value:.4g}".partition("e")
    if style is TEXT:
        return f"{value:.4g}".replace("-", "−")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa
