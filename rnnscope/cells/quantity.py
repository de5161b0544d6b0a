"""One quantity of a cell: a gate, a candidate or a state, with its equation."""

from __future__ import annotations

import keyword
import math
import re
from dataclasses import dataclass
from numbers import Real

import sympy

from rnnscope.cells.errors import DeclarationError
from rnnscope.cells.function_facts import all_functions, declared_functions, facts_of
from rnnscope.cells.refs import Symbol
from rnnscope.cells.weight_kinds import KINDS
from rnnscope.checks import describe, one_of
from rnnscope.languages import noted

ROLES = ("gate", "candidate", "state")
NAME = re.compile(r"[a-z][a-z0-9]*")
RESERVED = (
    {"x", "t", "d", "prev", "np"}
    | {prefix + kind.letter for kind in KINDS.values() for prefix in ("", "g") if NAME.fullmatch(kind.letter)}
    | {name for name, facts in all_functions().items() if NAME.fullmatch(name) and not facts.is_ufunc}
)
"""Names that mean something else in the source that a cell compiles to."""


@dataclass(frozen=True)
class Quantity:
    """A number per unit that a cell computes at every time step.

    Attributes
    ----------
    name
        ASCII name by which recordings and figures call it, such as `f`.
    equation
        sympy expression over `x`, previous states, earlier quantities, linear maps and constants.
    role
        `"gate"`, `"candidate"` or `"state"`.
    meaning
        What it means, in a few words, such as `how much of the cell state is kept`.
    symbol
        LaTeX symbol.
    title
        What it is called, such as `forget gate`. If it is not given, what the meaning says before a colon.
    start
        What a state is before the first time step.
    """

    name: str
    equation: sympy.Expr
    role: str
    meaning: str
    symbol: str
    title: str = ""
    start: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not NAME.fullmatch(self.name) or keyword.iskeyword(self.name):
            raise DeclarationError(f"quantity {self.name!r}: expected a name of lower-case letters and digits")
        if self.name in RESERVED:
            raise DeclarationError(f"quantity {self.name!r}: expected a name other than {', '.join(sorted(RESERVED))}")
        one_of(f"role of quantity {self.name!r}", self.role, ROLES)
        self._check_start()
        try:
            equation = sympy.sympify(self.equation, strict=True)
        except sympy.SympifyError:
            raise DeclarationError(
                f"quantity {self.name!r}: expected a sympy expression as its equation; got {describe(self.equation)}"
            ) from None
        object.__setattr__(self, "equation", _plain(equation))
        if not self.title and isinstance(self.meaning, str):
            title, _, meaning = self.meaning.partition(": ")
            object.__setattr__(self, "title", title)
            object.__setattr__(self, "meaning", meaning)

    @property
    def words(self) -> str:
        """Its title and its meaning, noted."""
        if self.title and self.meaning:
            return noted("{title}: {meaning}", title=noted(self.title), meaning=noted(self.meaning))
        return noted(self.title or self.meaning)

    @property
    def ends(self) -> tuple[float, float] | None:
        """Between which numbers it lies, if its equation is a function whose values have a smallest and a largest."""
        if not isinstance(self.equation, declared_functions()) or not facts_of(self.equation).is_bounded:
            return None
        return facts_of(self.equation).low, facts_of(self.equation).high

    def _check_start(self) -> None:
        start = self.start
        if not isinstance(start, Real) or isinstance(start, bool) or math.isnan(start) or start == math.inf:
            raise DeclarationError(
                f"quantity {self.name!r}: start: expected a number, or -np.inf; got {describe(start)}"
            )
        object.__setattr__(self, "start", float(start))


def _plain(equation: sympy.Expr) -> sympy.Expr:
    """Return an equation with plain sums, and with symbols that say what they stand for in place of bare names."""
    bare = {
        s: Symbol.of("value", s.name)
        for s in equation.free_symbols
        if type(s) is sympy.Symbol and s == sympy.Symbol(s.name) and NAME.fullmatch(s.name) and s.name != "x"
    }
    bare |= {sympy.Symbol("x"): Symbol.of("input", "x")}
    return equation.xreplace(bare).replace(lambda e: isinstance(e, sympy.Add), lambda e: sympy.Add(*e.args))
