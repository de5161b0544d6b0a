"""How the symbols of a cell are written: `f_t`, `h_{t-1}`, `x_t W_f` in LaTeX, `f`, `h₋₁`, `x·W_f` in text.

Gradients are `∂L/∂f`; the pre-activation of f, what its function is applied to, is `a_f`.
"""

from __future__ import annotations

import sympy

from rnnscope.cells.graph import Graph
from rnnscope.cells.vocabulary import PREVIOUS, MatrixProduct
from rnnscope.formulas.gradients import ABOVE, GRADIENT, NEXT, Pull
from rnnscope.formulas.writing import ATOM, PRODUCT, TEXT, Style, write

FIRST = ("Zx", "Zh", "Zp", "b", "bh")
"""What a sum begins with, by the first part of a symbol's name."""


class Notation:
    """Writes the symbols of one cell in one style; call it with a symbol."""

    def __init__(self, graph: Graph, style: Style, pulls: dict[str, Pull] | None = None) -> None:
        self.graph, self.style, self.pulls = graph, style, pulls or {}
        self.names = {"x": "x"} | {q.name: q.symbol if style is not TEXT else q.name for q in graph.cell}
        self.gates = {q.name for q in graph.cell if q.role == "gate"}
        self.maps = {str(entry.result): entry for entry in graph.maps}
        self.vectors = {str(node.symbol): node.expression for node in graph.nodes if node.role == "vector"}

    def __call__(self, symbol: sympy.Symbol) -> str:
        """Return how a symbol is written."""
        text = str(symbol)
        later = text.endswith(NEXT)
        text = text.removesuffix(NEXT)
        if str(symbol) in self.pulls:
            return self._pull(self.pulls[str(symbol)])
        if text in self.maps:
            return self._map(text, later)
        if text in self.vectors:
            return write(self.graph.expanded(self.vectors[text]), self.style, self)
        if text == ABOVE:
            output = self._timed(self.names[self.graph.cell.output], "t")
            return (
                "∂L/∂output" if self.style is TEXT else rf"\frac{{\partial L}}{{\partial\,\mathrm{{output}}({output})}}"
            )
        if text.startswith(GRADIENT):
            return self._gradient(text.removeprefix(GRADIENT), later)
        state = text.removesuffix(PREVIOUS)
        if state in self.names:
            return self._timed(self.names[state], "t-1" if state != text else "t+1" if later else "t")
        return self.weight(text)

    def tightness(self, symbol: sympy.Symbol) -> int:
        """Return how tightly what is written for a symbol holds together."""
        is_product = str(symbol) in self.pulls or str(symbol).removesuffix(NEXT) in self.maps
        return PRODUCT if is_product else ATOM

    def term_rank(self, term: sympy.Expr) -> tuple[int, bool, int, bool, str]:
        """Sort the terms of a sum as textbooks do.

        Linear maps and biases come before all else, what reads a previous state before what does not, differences last;
        of a gradient, what comes from above is first and what comes from the next time step last.
        """
        names = [str(symbol) for symbol in term.free_symbols]
        heads = [FIRST.index(head) for head in (name.partition("_")[0] for name in names) if head in FIRST]
        later = 0 if ABOVE in names else 2 if any(name.endswith(NEXT) for name in names) else 1
        new = not any(name.endswith(PREVIOUS) for name in names)
        return later, term.could_extract_minus_sign(), min(heads, default=len(FIRST)), new, str(term)

    def factor_rank(self, factor: sympy.Expr) -> tuple[int, bool, str]:
        """Sort the factors of a product: gradients, gates, all else, previous states."""
        names = {str(symbol).removesuffix(NEXT) for symbol in factor.free_symbols}
        if factor.is_Symbol and (str(factor).startswith(GRADIENT) or str(factor) in self.pulls):
            return 0, False, str(factor)
        kind = 1 if names <= self.gates else 3 if str(factor).endswith(PREVIOUS) else 2
        return kind, not factor.is_Symbol, str(factor)

    def weight(self, name: str) -> str:
        """Return how a weight is written: `U_f`."""
        letter, _, column = name.partition("_")
        return name if self.style is TEXT else f"{letter.replace('bh', 'b^{h}')}_{{{column}}}"

    def _map(self, name: str, later: bool) -> str:
        entry = self.maps[name]
        vector = self(sympy.Symbol(f"{entry.vector}{NEXT}") if later and str(entry.vector) != "x" else entry.vector)
        if str(entry.vector) in self.vectors:
            vector = self.style.parenthesized(vector)
        is_matrix = isinstance(entry.weight.node, MatrixProduct)
        between = self.style.times if self.style is TEXT or not is_matrix else r" \, "
        return f"{vector}{between}{self.weight(entry.weight.name)}"

    def _pull(self, pull: Pull) -> str:
        gradient = write(pull.gradient, self.style, self)
        gradient = gradient if pull.gradient.is_Symbol else self.style.parenthesized(gradient)
        weight = self.weight(pull.entry.weight.name)
        return f"{gradient}·{weight}ᵀ" if self.style is TEXT else rf"{gradient} \, {weight}^{{\top}}"

    def _gradient(self, of: str, later: bool) -> str:
        quantity = of.removeprefix("Pre_")
        when = "t+1" if later else "t"
        if quantity != of:
            below = f"a_{quantity}{'₊₁' if later else ''}" if self.style is TEXT else f"a_{{{quantity},{when}}}"
        else:
            below = self._timed(self.names[quantity], when)
        return f"∂L/∂{below}" if self.style is TEXT else rf"\frac{{\partial L}}{{\partial {below}}}"

    def _timed(self, name: str, when: str) -> str:
        if self.style is TEXT:
            return name + {"t-1": "₋₁", "t": "", "t+1": "₊₁"}[when]
        return f"{name}_{{{when}}}"
