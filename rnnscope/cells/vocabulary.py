"""The words in which a cell is declared: `x`, previous states, linear maps, constants, gates, candidates and states.

A declaration reads like the textbook. This is the forget gate of an LSTM::

    h_prev = previous("h")
    gate("f", sigmoid(linear(x, h_prev)), "forget gate: how much of the cell state is kept")

Row vectors throughout: `linear(x, h_prev)` stands for `x·W + h₋₁·U + b`, with weights of the quantity's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import sympy
from sympy.core.symbol import Str

from rnnscope.cells.errors import DeclarationError, Declared
from rnnscope.cells.quantity import Quantity
from rnnscope.cells.refs import Symbol
from rnnscope.checks import describe

x = Symbol.of("input", "x")
"""The input of the layer at this time step."""


class MatrixProduct(Declared, sympy.Function):
    """`v·M`: a vector times a weight matrix that belongs to the quantity in whose equation it stands."""

    nargs = 1


class DiagonalProduct(Declared, sympy.Function):
    """`v ⊙ p`: a vector times a weight vector, unit by unit (a matrix that is zero off its diagonal)."""

    nargs = 1


class Bias(sympy.Function):
    """`b`: a bias vector; its arguments are the value that it starts at and the vectors of its linear map."""


class Constant(Declared, sympy.Function):
    """A learned number per unit; its arguments are its name and the value that it starts at, or two between which."""


MAPS = (MatrixProduct, DiagonalProduct, Bias)
"""What stands in an equation for weights that belong to a linear map."""

LEARNED = (*MAPS, Constant)
"""What stands in an equation for weights."""


class _LinearMap(Declared, sympy.Add):
    """What `linear` returns: a sum that knows what to say to NumPy; quantities hold a plain sum."""


def symbols(names: str) -> tuple[Symbol, ...]:
    """Return one symbol per quantity name, to write equations in: `i, f, g = symbols("i f g")`."""
    if not isinstance(names, str):
        raise DeclarationError(f"symbols: expected names such as 'i f g'; got {describe(names)}")
    return tuple(Symbol.of("value", name) for name in names.replace(",", " ").split())


def previous(state: str) -> Symbol:
    """Return the symbol of a state at the time step before: `previous("h")` is h₋₁ (its start at the first step)."""
    if not isinstance(state, str):
        raise DeclarationError(f"previous: expected the name of a state, such as 'h'; got {describe(state)}")
    return Symbol.of("value", state, -1)


def linear(*vectors: sympy.Expr, bias: bool = True, bias_start: float = 0) -> sympy.Expr:
    """Declare a linear map of its own: `linear(x, h_prev)` is `x·W + h₋₁·U + b`.

    Parameters
    ----------
    *vectors
        What it reads: `x`, a previous state, an earlier quantity, or a product of these such as `r*h_prev`. In one
        quantity, all maps of the same vector are the same map.
    bias
        Whether a bias vector is added.
    bias_start
        The value at which every element of the bias starts (an LSTM's forget gate: 1).
    """
    if not vectors:
        raise ValueError("linear: expected at least one vector to read, such as linear(x, previous('h')); got none")
    for vector in vectors:
        _check_vector("linear", vector)
    terms = [MatrixProduct(vector) for vector in vectors]
    return _LinearMap(*terms, Bias(_number(bias_start), *vectors) if bias else 0)


def peephole(vector: sympy.Expr) -> sympy.Expr:
    """Declare a diagonal linear map: each unit reads its own element of a state, times one weight."""
    _check_vector("peephole", vector)
    return DiagonalProduct(vector)


def constant(name: str, start: float | Sequence[float] = 0.0) -> sympy.Expr:
    """Declare a learned number per unit, which nothing multiplies: `softplus(constant("Λ", start=0.5))`.

    Parameters
    ----------
    name
        What it is called, such as `"Λ"`; the same name in several quantities of a cell is the same constant.
    start
        The number at which it starts at every unit, or two: then each unit starts at a number drawn between them.

    The cell in which it stands refuses one without a name, or whose start is no finite number.

    Examples
    --------
    >>> from rnnscope.cells import constant
    >>> constant("Λ", start=0.5)
    Constant(Λ, 0.5)
    """
    ends = start if isinstance(start, tuple | list) and len(start) == 2 else [start]
    return Constant(Str(name if isinstance(name, str) and name else describe(name)), *map(_number, ends))


def gate(name: str, equation: sympy.Expr, meaning: str, symbol: str | None = None, *, title: str = "") -> Quantity:
    """Declare a gate: a quantity that says how far something is open.

    Parameters
    ----------
    name, equation, symbol
        Its ASCII name, its equation, and its LaTeX symbol if that is not its name.
    meaning
        What it means, such as `"how much of the cell state is kept"`.
    title
        What it is called, such as `"forget gate"`; it may also be written into the meaning, before a colon.
    """
    return Quantity(name, equation, "gate", meaning, symbol or name, title)


def candidate(name: str, equation: sympy.Expr, meaning: str, symbol: str | None = None, *, title: str = "") -> Quantity:
    """Declare a candidate: new content that a state may take in. Its arguments are those of `gate`."""
    return Quantity(name, equation, "candidate", meaning, symbol or name, title)


def state(
    name: str,
    equation: sympy.Expr,
    meaning: str,
    symbol: str | None = None,
    *,
    title: str = "",
    start: float = 0.0,
) -> Quantity:
    """Declare a state: a quantity that the next time step reads as `previous(name)`.

    Parameters
    ----------
    name, equation, meaning, symbol, title
        As of `gate`.
    start
        What it is before the first time step, at every unit: a number, or −∞ for the logarithm of nothing.
    """
    return Quantity(name, equation, "state", meaning, symbol or name, title, start)


def _check_vector(word: str, vector: Any) -> None:
    """Refuse what is no expression; a cell refuses what is no vector, and says where."""
    if not isinstance(vector, sympy.Expr | Real):
        raise DeclarationError(f"{word}: expected a vector, such as x or previous('h'); got {describe(vector)}")


def _number(value: Any) -> sympy.Basic:
    """Return a number as sympy's; what is none is kept as a text, for the cell to refuse with the quantity's name."""
    if isinstance(value, bool) or not isinstance(value, Real | sympy.Expr):
        return Str(describe(value))
    return sympy.sympify(value)
