"""What an elementwise function of declarations is: facts of a NumPy function, and the sympy function made of it.

A slope written in the function's own value (`σ' = σ·(1 − σ)`) lets the way back read the recording instead of computing
anything twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import sympy

from rnnscope.cells.caches import derived


@dataclass(frozen=True)
class FunctionFacts:
    """What there is to know of an elementwise function.

    Attributes
    ----------
    name
        Its name in declarations and in files of traces.
    text, latex
        How it is written.
    numpy
        Computes it, writing into `out`, which may be one of its arguments.
    low, high
        Between which numbers its values lie.
    is_activation
        Whether it can be given by name as the activation of a layer.
    is_declared
        Whether an equation may use it; the others appear in slopes only.
    arguments
        How many arguments it takes.
    """

    name: str
    text: str
    latex: str
    numpy: Callable[..., np.ndarray]
    low: float = -inf
    high: float = inf
    is_activation: bool = False
    is_declared: bool = True
    arguments: int = 1

    @property
    def is_bounded(self) -> bool:
        """Whether its values have a smallest and a largest one."""
        return self.low > -inf and self.high < inf

    @property
    def is_ufunc(self) -> bool:
        """Whether NumPy itself has the function."""
        return isinstance(self.numpy, np.ufunc)

    def value(self, *arguments: np.ndarray | float) -> np.ndarray:
        """Return the value at some arguments, as a new array."""
        arrays = [np.asarray(argument) for argument in arguments]
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        return self.numpy(*arrays, out=np.empty(shape, np.result_type(*arrays, np.float16)))


FUNCTIONS: dict[type[sympy.Function], FunctionFacts] = {}
"""The facts of all functions, by the sympy function that declarations use."""


def facts_of(function: sympy.Basic | type[sympy.Function]) -> FunctionFacts:
    """Return what there is to know of a sympy function, or of an expression that applies one."""
    return FUNCTIONS[function if isinstance(function, type) else function.func]


def all_functions() -> dict[str, FunctionFacts]:
    """Return the facts of all functions, by name."""
    return {facts.name: facts for facts in FUNCTIONS.values()}


def declared_functions() -> tuple[type[sympy.Function], ...]:
    """Return the sympy functions that an equation may use."""
    return tuple(function for function, facts in FUNCTIONS.items() if facts.is_declared)


def elementwise(
    *,
    slope: Callable[..., sympy.Expr] | None = None,
    slopes: Callable[..., tuple[sympy.Expr, ...]] | None = None,
    text: str = "",
    latex: str = "",
    low: float = -inf,
    high: float = inf,
    is_activation: bool = False,
    is_declared: bool = True,
) -> Callable[[Callable[..., np.ndarray]], type[sympy.Function]]:
    """Make the NumPy function that is decorated a function of declarations, called as it is.

    Parameters
    ----------
    slope
        Returns the slope, written in the function's own value (and in its argument, `*y.args`, if the value alone does
        not say it).
    slopes
        For a function of several arguments: returns the slope by each, written in the arguments.
    text, latex, low, high, is_activation, is_declared
        As in `FunctionFacts`; by default it is written by its name.
    """

    def make(numpy: Callable[..., np.ndarray]) -> type[sympy.Function]:
        name = numpy.__name__

        def fdiff(self: sympy.Function, argindex: int = 1) -> sympy.Expr:
            return slope(self) if slope else slopes(*self.args)[argindex - 1]

        count = numpy.__code__.co_argcount - 1
        members = {"__doc__": numpy.__doc__, "__module__": numpy.__module__}
        members |= {"nargs": count} if count == 1 else {}  # a cell refuses others, and says where
        if slope or slopes:
            members["fdiff"] = fdiff
        function = type(name, (sympy.Function,), members)
        words = latex or rf"\mathrm{{{name.replace('_', chr(92) + ',')}}}"
        FUNCTIONS[function] = FunctionFacts(
            name, text or name, words, numpy, low, high, is_activation, is_declared, count
        )
        return function

    return make


def value_of(expression: sympy.Expr, values: Mapping[sympy.Symbol, np.ndarray | float]) -> np.ndarray:
    """Return the value of an expression, from the values of its symbols."""
    symbols, function = _compiled(expression)
    return np.asarray(function(*(values[symbol] for symbol in symbols)))


@derived(maxsize=512)
def _compiled(expression: sympy.Expr) -> tuple[tuple[sympy.Symbol, ...], Callable[..., Any]]:
    """Return the symbols of an expression, and a NumPy function of their values.

    In the source of the function symbols are numbered: they may be called as functions are.
    """
    symbols = tuple(sorted(expression.free_symbols, key=str))
    numbered = [sympy.Symbol(f"v{k:03}") for k in range(len(symbols))]
    own = {facts.name: facts.value for facts in FUNCTIONS.values() if not facts.is_ufunc}
    written = expression.xreplace(dict(zip(symbols, numbered, strict=True)))
    return symbols, sympy.lambdify(numbered, written, modules=[own, "numpy"])
