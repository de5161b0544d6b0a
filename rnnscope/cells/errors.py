"""What is wrong with a declaration, and what to write instead of NumPy's functions."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import sympy

OPERATORS = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
    np.power: operator.pow,
}
"""What NumPy's numbers may do with a symbol."""


class DeclarationError(ValueError):
    """A cell's declaration contradicts itself; the message names the quantity."""


class Declared:
    """An expression of a declaration: NumPy's numbers may stand beside it, NumPy's functions are refused."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Do arithmetic with sympy's numbers; say which function to use instead of one of NumPy's."""
        if ufunc in OPERATORS and method == "__call__":
            return OPERATORS[ufunc](*(sympy.sympify(i.item()) if isinstance(i, np.generic) else i for i in inputs))
        name = ufunc.__name__
        raise DeclarationError(
            f"np.{name}: expected a function of declarations, which has an equation and a slope; got NumPy's. "
            f"Use {name} of rnnscope.cells, or sympy.{name}"
        )
