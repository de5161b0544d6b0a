"""One quantity of a cell: a gate, a candidate or a state, with its equation."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass

import sympy

from rnnscope.checks import describe, one_of

ROLES = ("gate", "candidate", "state")
NAME = re.compile(r"[a-z][a-z0-9]*")
RESERVED = {"x", "t", "d", "prev", "b", "bh", "p", "gb", "gbh", "gp", "np", "sigmoid", "relu"}
"""Names that mean something else in the source that a cell compiles to."""


class DeclarationError(ValueError):
    """A cell's declaration contradicts itself; the message names the quantity."""


@dataclass(frozen=True)
class Quantity:
    """A number per unit that a cell computes at every time step.

    Attributes
    ----------
    name
        ASCII name by which recordings and figures call it, such as `f`.
    equation
        sympy expression over `x`, previous states, earlier quantities and linear maps.
    role
        `"gate"`, `"candidate"` or `"state"`.
    meaning
        What it means, in a few words.
    symbol
        LaTeX symbol.
    """

    name: str
    equation: sympy.Expr
    role: str
    meaning: str
    symbol: str

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name) or keyword.iskeyword(self.name):
            raise DeclarationError(f"quantity {self.name!r}: expected a name of lower-case letters and digits")
        if self.name in RESERVED:
            raise DeclarationError(f"quantity {self.name!r}: expected a name other than {', '.join(sorted(RESERVED))}")
        one_of(f"role of quantity {self.name!r}", self.role, ROLES)
        try:
            object.__setattr__(self, "equation", sympy.sympify(self.equation, strict=True))
        except sympy.SympifyError:
            raise DeclarationError(
                f"quantity {self.name!r}: expected a sympy expression as its equation; got {describe(self.equation)}"
            ) from None
