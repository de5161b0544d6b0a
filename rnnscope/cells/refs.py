"""Symbols that carry what they stand for: their names are for reading only, and nothing is ever learned from one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sympy

from rnnscope.cells.errors import Declared

PREFIXES = {"pre": "Pre_", "pulled": "Q_", "dropout": "keep_", "held": "held_", "free": "free_"}
SHIFTS = {-1: "_prev", 0: "", 1: "_next"}


@dataclass(frozen=True, order=True)
class Ref:
    """What a symbol stands for.

    Attributes
    ----------
    kind
        `"input"` (what the layer reads), `"value"` (a quantity), `"pre"` (the pre-activation of one), `"inner"` (a
        function inside an equation), `"vector"` (a product that a linear map reads), `"product"` (the result of a
        linear map), `"weight"` (a bias, a diagonal or a constant), `"above"` (what comes from the layer above or the
        loss), `"dropout"` (what recurrent dropout multiplies a previous state by), `"held"` (what a quantity is held
        at), `"free"` (1 where a quantity is as computed, 0 where it is held), or `"pulled"` (a gradient after it went
        back through a matrix).
    of
        The name of the quantity, of the weight, or of the thing itself.
    weight
        The name of the kind of weight of a product, of a weight, or of what was pulled back; empty otherwise.
    shift
        The time step: −1 for the one before, 1 for the next one.
    gradient
        Whether it is the gradient of the loss by it.
    """

    kind: str
    of: str
    weight: str = ""
    shift: int = 0
    gradient: bool = False

    @property
    def name(self) -> str:
        """How it reads: `f`, `h_prev`, `Pre_f`, `d_f_next`."""
        return f"{'d_' if self.gradient else ''}{PREFIXES.get(self.kind, '')}{self.of}{SHIFTS[self.shift]}"


class Symbol(Declared, sympy.Symbol):
    """A sympy symbol with its `ref`: two symbols are equal if they stand for the same."""

    __slots__ = ("ref",)

    def __new__(cls, ref: Ref) -> Symbol:
        """Return the symbol of a ref."""
        return _symbol(ref)

    @classmethod
    def of(cls, kind: str, of: str, shift: int = 0, *, weight: str = "") -> Symbol:
        """Return the symbol of what is meant by the fields of a `Ref`."""
        return _symbol(Ref(kind, of, weight, shift))

    def at(self, shift: int) -> Symbol:
        """Return the same thing at another time step."""
        return _symbol(replace(self.ref, shift=shift))

    @property
    def gradient(self) -> Symbol:
        """The gradient of the loss by it."""
        return _symbol(replace(self.ref, gradient=True))

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.ref)

    def __getnewargs_ex__(self) -> tuple[tuple[Ref], dict[str, Any]]:
        return (self.ref,), {}


@cache
def _symbol(ref: Ref) -> Symbol:
    made = sympy.Symbol.__xnew__(Symbol, ref.name)
    made.ref = ref
    return made
