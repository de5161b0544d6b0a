"""The two printers of equations: as text, and as LaTeX that MathJax and matplotlib's mathtext both set."""

from __future__ import annotations

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from rnnscope.cells.function_facts import FunctionFacts
from rnnscope.cells.refs import Ref
from rnnscope.cells.weights import Weight
from rnnscope.formulas.printing import ATOM, PRODUCT, EquationPrinter


class TextPrinter(EquationPrinter, StrPrinter):
    """Writes `f = σ(x·W_f + h₋₁·U_f + b_f)`."""

    tightness_of_quotient, parenthesizes_below = PRODUCT, True

    def named(self, facts: FunctionFacts) -> str:
        """Return what a function is called."""
        return facts.text

    def timed(self, quantity: str, shift: int) -> str:
        """Return a quantity, or the input, at a time step."""
        return quantity + {-1: "₋₁", 0: "", 1: "₊₁"}[shift]

    def weight(self, weight: Weight) -> str:
        """Return how a weight is written."""
        return weight.name

    def power(self, base: str, exponent: sympy.Expr) -> str:
        """Return a power."""
        marks = {"2": "²", "3": "³"}
        return base + marks.get(str(exponent), f"^{exponent}" if exponent.is_Integer else f"^({exponent})")

    def root(self, base: sympy.Expr) -> str:
        """Return a square root."""
        return "√" + self.parenthesized(self._print(base), self.tightness(base) != ATOM)

    def quotient(self, above: str, below: str) -> str:
        """Return one thing by another."""
        return f"{above}/{below}"

    def transposed(self, gradient: str, weight: str) -> str:
        """Return a gradient that goes back through a matrix."""
        return f"{gradient}·{weight}ᵀ"

    def gradient(self, below: str) -> str:
        """Return the gradient of the loss by something."""
        return f"∂L/∂{below}"

    def argument(self, ref: Ref) -> str:
        """Return the pre-activation of a quantity."""
        return f"a_{ref.of}{'₊₁' if ref.shift else ''}"

    def whole_output(self) -> str:
        """Return the gradient that comes to the output from above."""
        return "∂L/∂output"

    def handed_on(self, state: str) -> str:
        """Return the gradient that comes to the last value of a state from a layer that begins with it."""
        return f"∂L/∂start({state})"

    def dropped(self, state: str) -> str:
        """Return what recurrent dropout multiplies a state by."""
        return f"keep_{state}"


class MathPrinter(EquationPrinter, LatexPrinter):
    r"""Writes `f_{t} = \sigma\left(x_{t} \, W_{f} + …\right)`."""

    times, minus, open, close = r" \odot ", "-", r"\left(", r"\right)"
    tightness_of_quotient, parenthesizes_below = ATOM, False

    def named(self, facts: FunctionFacts) -> str:
        """Return what a function is called."""
        return facts.latex

    def timed(self, quantity: str, shift: int) -> str:
        """Return a quantity, or the input, at a time step."""
        cell = self.graph.cell
        letter = cell[quantity].symbol if quantity in cell.names else quantity
        letter = f"{{{letter}}}" if "_" in letter or "^" in letter else letter  # no index of an index
        return f"{letter}_{{{('t-1', 't', 't+1')[shift + 1]}}}"

    def weight(self, weight: Weight) -> str:
        """Return how a weight is written."""
        return weight.latex

    def power(self, base: str, exponent: sympy.Expr) -> str:
        """Return a power."""
        return f"{base}^{{{exponent}}}"

    def root(self, base: sympy.Expr) -> str:
        """Return a square root."""
        return rf"\sqrt{{{self._print(base)}}}"

    def quotient(self, above: str, below: str) -> str:
        """Return one thing by another."""
        return rf"\frac{{{above}}}{{{below}}}"

    def multiplied(self, vector: str, weight: str, *, is_matrix: bool) -> str:
        """Return a vector times a weight."""
        between = r" \, " if is_matrix else self.times
        return f"{vector}{between}{weight}"

    def transposed(self, gradient: str, weight: str) -> str:
        """Return a gradient that goes back through a matrix."""
        return rf"{gradient} \, {weight}^{{\top}}"

    def gradient(self, below: str) -> str:
        """Return the gradient of the loss by something."""
        return rf"\frac{{\partial L}}{{\partial {below}}}"

    def argument(self, ref: Ref) -> str:
        """Return the pre-activation of a quantity."""
        return f"a_{{{ref.of},{'t+1' if ref.shift else 't'}}}"

    def whole_output(self) -> str:
        """Return the gradient that comes to the output from above."""
        output = self.timed(self.graph.cell.output, 0)
        return rf"\frac{{\partial L}}{{\partial\,\mathrm{{output}}({output})}}"

    def handed_on(self, state: str) -> str:
        """Return the gradient that comes to the last value of a state from a layer that begins with it."""
        return rf"\frac{{\partial L}}{{\partial\,\mathrm{{start}}({self.timed(state, 0)})}}"

    def dropped(self, state: str) -> str:
        """Return what recurrent dropout multiplies a state by."""
        return rf"\mathrm{{keep}}_{{{state}}}"
