"""The elementwise functions of declarations: one entry each, with all that is ever said of a function.

An entry is the NumPy function that computes it, decorated with what it is called and what its slope is; what it leaves
is the sympy function that declarations use.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import sympy

from rnnscope.cells import normal
from rnnscope.cells.function_facts import FUNCTIONS, FunctionFacts, elementwise, facts_of
from rnnscope.checks import describe, one_of

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


@elementwise(low=-1, is_activation=True, slope=lambda y: 1 - relu(-y))
def elu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Z where it is above 0, else exp(z) − 1: a relu that goes on below 0, as far as −1."""
    below = np.expm1(np.minimum(z, 0.0))
    np.maximum(z, 0.0, out=out)
    return np.add(out, below, out=out)


SELU = 1.0507009873554804934
"""What `selu` is multiplied by."""
SELU_END = 1.7580993408473768599
"""How far below 0 `selu` goes."""


@elementwise(low=-SELU_END, is_activation=True, slope=lambda y: selu_slope(*y.args))
def selu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1.0507·z where it is above 0, else 1.7581·(exp(z) − 1): an elu that keeps mean 0 and variance 1."""
    below = SELU_END * np.expm1(np.minimum(z, 0.0))
    np.maximum(z, 0.0, out=out)
    np.multiply(out, SELU, out=out)
    return np.add(out, below, out=out)


@elementwise(low=-1, high=1, is_activation=True, slope=lambda y: (1 - absolute(y)) ** 2)
def softsign(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Z / (1 + |z|), between −1 and 1: like tanh, but it comes near its ends more slowly."""
    return np.divide(z, 1 + np.abs(z), out=out)


@elementwise(low=-0.278464542761074, is_activation=True, slope=lambda y: y + sigmoid(*y.args) * (1 - y))
def silu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """z·σ(z), also called swish: a smooth relu that dips a little below 0."""
    return np.multiply(z, facts_of(sigmoid).numpy(z, np.empty_like(out)), out=out)


WIDE = float(np.float32(math.sqrt(0.5))) * math.sqrt(2)
"""What the argument of Φ in `gelu` is multiplied by; Keras on TensorFlow rounds the 1/√2 in it to float32."""


@elementwise(low=-0.1699712104, is_activation=True, slope=lambda y: gelu_slope(*y.args))
def gelu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """z·Φ(z), with the normal distribution function Φ: a smooth relu that dips a little below 0."""
    return np.multiply(z, normal.distribution(WIDE * z), out=out)


@elementwise(
    text="gelu",
    latex=r"\mathrm{gelu}",
    low=-0.1699712075,
    is_activation=True,
    slope=lambda y: gelu_exact_slope(*y.args),
)
def gelu_exact(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """z·Φ(z) with nothing rounded, as PyTorch computes it: `gelu` is as far from it as 1e-8."""
    return np.multiply(z, normal.distribution(z), out=out)


LEAK = float(np.float32(0.2))
"""What `leaky_relu` multiplies numbers below 0 by; Keras on TensorFlow rounds it to float32."""


@elementwise(is_activation=True, slope=lambda y: leaky_relu_slope(*y.args))
def leaky_relu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Z where it is above 0, else 0.2·z."""
    return np.maximum(z, LEAK * z, out=out)


@elementwise(low=0, high=6, is_activation=True, slope=lambda y: is_between_0_and_1(y / 6))
def relu6(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """min(max(z, 0), 6)."""
    return np.clip(z, 0.0, 6.0, out=out)


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


@elementwise(low=0, is_declared=False, latex=r"\mathrm{abs}", text="abs")
def absolute(y: np.ndarray, out: np.ndarray) -> np.ndarray:
    """|y|: part of the slope of `softsign`."""
    return np.abs(y, out=out)


@elementwise(low=0, high=SELU_END, is_declared=False, text="selu'", latex=r"\mathrm{selu}'")
def selu_slope(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The slope of `selu` at z: 1.0507 above 0, else 1.7581·exp(z)."""
    np.copyto(out, np.where(z < 0, SELU_END * np.exp(np.minimum(z, 0.0)), SELU))
    return out


@elementwise(low=0, high=1, is_declared=False, text="leaky_relu'", latex=r"\mathrm{leaky\,relu}'")
def leaky_relu_slope(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The slope of `leaky_relu` at z: 1 above 0, else 0.2."""
    np.copyto(out, np.where(z > 0, 1.0, LEAK))
    return out


@elementwise(is_declared=False, text="gelu'", latex=r"\mathrm{gelu}'")
def gelu_slope(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The slope of `gelu` at z: Φ(z) + z·φ(z), with the density φ of the normal distribution."""
    np.copyto(out, normal.distribution(WIDE * z) + WIDE * z * normal.density(WIDE * z))
    return out


@elementwise(is_declared=False, text="gelu'", latex=r"\mathrm{gelu}'")
def gelu_exact_slope(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The slope of `gelu_exact` at z."""
    np.copyto(out, normal.distribution(z) + z * normal.density(z))
    return out


# -------------------------------------------------------------------------------------------------- activations by name


def linear_activation(z: sympy.Expr) -> sympy.Expr:
    """No function at all: the equation is shown, and runs, without one."""
    return z


ACTIVATIONS = {facts.name: function for function, facts in FUNCTIONS.items() if facts.is_activation}
ACTIVATIONS = dict(sorted({**ACTIVATIONS, "exponential": sympy.exp, "linear": linear_activation}.items()))
"""What can be given by name as the activation of a layer."""

OTHER_NAMES = {"swish": "silu"}
"""Activations that go by two names."""


def activation_name(argument: str, value: object, valid: Iterable[str] = ACTIVATIONS) -> str:
    """Return the name of an activation given by a name, by its function here, or as None (linear)."""
    if value is None:
        return "linear"
    for name, function in ACTIVATIONS.items():
        if value is function:
            return name
    if not isinstance(value, str):
        raise TypeError(f"{argument}: expected one of {', '.join(valid)}; got {describe(value)}")
    return one_of(argument, OTHER_NAMES.get(value, value), valid)
