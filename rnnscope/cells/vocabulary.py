"""The words in which a cell is declared: `x`, previous states, linear maps, gates, candidates and states.

A declaration reads like the textbook. This is the forget gate of an LSTM::

    h_prev = previous("h")
    gate("f", sigmoid(linear(x, h_prev)), "how much of the cell state is kept")

Row vectors throughout: `linear(x, h_prev)` stands for `x·W + h₋₁·U + b`, with weights of the quantity's own.
"""

from __future__ import annotations

import sympy

from rnnscope.cells.quantity import Quantity

x = sympy.Symbol("x")
"""The input of the layer at this time step."""

PREVIOUS = "_prev"


class MatrixProduct(sympy.Function):
    """`v·M`: a vector times a weight matrix that belongs to the quantity in whose equation it stands."""

    nargs = 1


class DiagonalProduct(sympy.Function):
    """`v ⊙ p`: a vector times a weight vector, unit by unit (a matrix that is zero off its diagonal)."""

    nargs = 1


class Bias(sympy.Function):
    """`b`: a bias vector; its arguments are the value that it starts at and the vectors of its linear map."""


def symbols(names: str) -> tuple[sympy.Symbol, ...]:
    """Return one symbol per quantity name, to write equations in: `i, f, g = symbols("i f g")`."""
    return sympy.symbols(names, seq=True)


def previous(state: str) -> sympy.Symbol:
    """Return the symbol of a state at the time step before: `previous("h")` is h₋₁ (zero at the first step)."""
    return sympy.Symbol(state + PREVIOUS)


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
    terms = [MatrixProduct(vector) for vector in vectors]
    return sympy.Add(*terms, Bias(sympy.sympify(bias_start), *vectors) if bias else 0)


def peephole(vector: sympy.Expr) -> sympy.Expr:
    """Declare a diagonal linear map: each unit reads its own element of a state, times one weight."""
    return DiagonalProduct(vector)


def gate(name: str, equation: sympy.Expr, meaning: str, symbol: str | None = None) -> Quantity:
    """Declare a gate: a quantity that says how far something is open."""
    return Quantity(name, equation, "gate", meaning, symbol or name)


def candidate(name: str, equation: sympy.Expr, meaning: str, symbol: str | None = None) -> Quantity:
    """Declare a candidate: new content that a state may take in."""
    return Quantity(name, equation, "candidate", meaning, symbol or name)


def state(name: str, equation: sympy.Expr, meaning: str, symbol: str | None = None) -> Quantity:
    """Declare a state: a quantity that the next time step reads as `previous(name)`."""
    return Quantity(name, equation, "state", meaning, symbol or name)
