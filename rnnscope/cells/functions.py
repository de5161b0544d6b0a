"""The elementwise functions of declarations: one entry each, with all that is ever said of a function.

An entry is the NumPy function that computes it, decorated with what it is called and what its slope is; what it leaves
is the sympy function that declarations use. A slope written in the function's own value (`σ' = σ·(1 − σ)`) lets the way
back read the recording instead of computing anything twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import sympy

from rnnscope.cells.caches import derived
from rnnscope.checks import describe, one_of


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
        Returns the slope, written in the function's own value.
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


# ------------------------------------------------------------------------------------------------ activations of layers


@elementwise(text="σ", latex=r"\sigma", low=0, high=1, is_activation=True, slope=lambda y: y * (1 - y))
def sigmoid(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−z)), between 0 and 1; where exp overflows to infinity the result is exactly 0."""
    np.negative(z, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    return np.divide(1.0, out, out=out)


@elementwise(low=0, is_activation=True, slope=lambda y: is_positive(y))
def relu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """max(z, 0)."""
    return np.maximum(z, 0.0, out=out)


@elementwise(low=0, high=1, is_activation=True, slope=lambda y: is_between_0_and_1(y) / 6)
def hard_sigmoid(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """min(max(z + 3, 0), 6) / 6, as Keras 3 defines it."""
    np.add(z, 3.0, out=out)
    np.maximum(out, 0.0, out=out)
    np.minimum(out, 6.0, out=out)
    return np.divide(out, 6.0, out=out)


@elementwise(low=0, is_activation=True, slope=lambda y: -expm1(-y))
def softplus(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """log(1 + exp(z)), above 0: a smooth relu."""
    return np.logaddexp(z, 0.0, out=out)


@elementwise(text="log σ", latex=r"\log\sigma", high=0, is_activation=True, slope=lambda y: -expm1(y))
def log_sigmoid(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """log(1 / (1 + exp(−z))), below 0: the logarithm of a gate, exact also where the gate is almost shut."""
    np.negative(z, out=out)
    np.logaddexp(out, 0.0, out=out)
    return np.negative(out, out=out)


# ----------------------------------------------------------------------------------------- other functions of equations


@elementwise(text="max", latex=r"\max", slopes=lambda a, b: (is_at_least(a, b), 1 - is_at_least(a, b)))
def maximum(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The larger of two numbers; where they are equal, the slope is that of the first."""
    return np.maximum(a, b, out=out)


tanh = sympy.tanh
FUNCTIONS |= {
    tanh: FunctionFacts("tanh", "tanh", r"\tanh", np.tanh, -1, 1, is_activation=True),
    sympy.exp: FunctionFacts("exp", "exp", r"\exp", np.exp, low=0),
    sympy.log: FunctionFacts("log", "log", r"\log", np.log),
    sympy.sin: FunctionFacts("sin", "sin", r"\sin", np.sin, -1, 1),
    sympy.cos: FunctionFacts("cos", "cos", r"\cos", np.cos, -1, 1),
}


# ------------------------------------------------------------------------------------------------------ parts of slopes


@elementwise(latex=r"\mathrm{step}", low=0, high=1, is_declared=False)
def is_positive(y: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1 where the value is above 0, else 0: the slope of `relu`, read from its value."""
    return np.greater(y, 0.0, out=out)


@elementwise(latex=r"\mathrm{inside}", low=0, high=1, is_declared=False)
def is_between_0_and_1(y: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1 where the value is strictly between 0 and 1, else 0: six times the slope of `hard_sigmoid`."""
    np.copyto(out, np.less(y, 1.0) & np.greater(y, 0.0))
    return out


@elementwise(text="at_least", latex=r"\mathrm{at\,least}", low=0, high=1, is_declared=False)
def is_at_least(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1 where the first number is at least the second, else 0: the slope of `maximum` by its first."""
    return np.greater_equal(a, b, out=out)


@elementwise(latex=r"\mathrm{expm1}", low=-1, is_declared=False, slope=lambda y: y + 1)
def expm1(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """exp(z) − 1, exact also near 0: part of the slopes of `softplus` and `log_sigmoid`."""
    return np.expm1(z, out=out)


# -------------------------------------------------------------------------------------------------- activations by name


def linear_activation(z: sympy.Expr) -> sympy.Expr:
    """No function at all: the equation is shown, and runs, without one."""
    return z


ACTIVATIONS = {facts.name: function for function, facts in FUNCTIONS.items() if facts.is_activation}
ACTIVATIONS = dict(sorted({**ACTIVATIONS, "linear": linear_activation}.items()))
"""What can be given by name as the activation of a layer."""


def activation_name(argument: str, value: object) -> str:
    """Return the name of an activation given by name, by its function here, or as None (linear)."""
    if value is None:
        return "linear"
    for name, function in ACTIVATIONS.items():
        if value is function:
            return name
    if not isinstance(value, str):
        raise TypeError(f"{argument}: expected one of {', '.join(ACTIVATIONS)}; got {describe(value)}")
    return one_of(argument, value, ACTIVATIONS)
