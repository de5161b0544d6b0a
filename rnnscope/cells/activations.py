"""The elementwise functions of declarations, as sympy functions whose derivative is written in their own value.

A derivative in terms of the value (`σ' = σ·(1 − σ)`) is what lets the backward pass read the recording
instead of computing anything twice.
"""

from __future__ import annotations

import sympy

from rnnscope.checks import describe, one_of


class sigmoid(sympy.Function):
    """σ(z) = 1 / (1 + exp(−z)), between 0 and 1."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the slope, written in the value."""
        return self * (1 - self)


class relu(sympy.Function):
    """relu(z) = max(z, 0)."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the slope, written in the value."""
        return is_positive(self)


class hard_sigmoid(sympy.Function):
    """hard_sigmoid(z) = min(max(z + 3, 0), 6) / 6, as Keras 3 defines it."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the slope, written in the value."""
        return is_between_0_and_1(self) / 6


class is_positive(sympy.Function):
    """1 where the value is above 0, else 0: the slope of `relu`, read from its value."""

    nargs = 1


class is_between_0_and_1(sympy.Function):
    """1 where the value is strictly between 0 and 1, else 0: six times the slope of `hard_sigmoid`."""

    nargs = 1


def linear_activation(z: sympy.Expr) -> sympy.Expr:
    """No function at all: the equation is shown, and runs, without one."""
    return z


tanh = sympy.tanh

ACTIVATIONS = {
    "hard_sigmoid": hard_sigmoid,
    "linear": linear_activation,
    "relu": relu,
    "sigmoid": sigmoid,
    "tanh": tanh,
}


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
