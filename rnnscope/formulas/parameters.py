"""Parameter counts as formulas in D (features) and H (units), from the shapes of a declaration's weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from rnnscope.cells import Cell, D, H
from rnnscope.cells.caches import derived
from rnnscope.cells.registry import cell_of
from rnnscope.cells.weight_kinds import BIAS, KERNEL, RECURRENT_BIAS, RECURRENT_KERNEL, WeightKind
from rnnscope.checks import one_of, positive_int
from rnnscope.languages import noted, tr

BIASES = ("keras", "pytorch")
OWN_BIAS = {KERNEL: BIAS, RECURRENT_KERNEL: RECURRENT_BIAS}
"""The bias that PyTorch keeps beside each matrix."""


@dataclass(frozen=True, eq=False, repr=False)
class Derivation:
    """Where a parameter count comes from, step by step, as a teacher writes it on the board.

    Attributes
    ----------
    title
        What is counted.
    groups
        Quantities with the same kinds of weights, and the kind of each of their blocks.
    formula
        The factored formula.
    features, units
        Numbers to put in, or None.
    """

    title: str
    groups: tuple[tuple[tuple[str, ...], tuple[WeightKind, ...]], ...]
    formula: sympy.Expr
    features: int | None = None
    units: int | None = None

    @property
    def sums(self) -> tuple[tuple[int, sympy.Expr], ...]:
        """How many quantities have how many parameters each."""
        return tuple((len(names), sympy.Add(*(kind.count for kind in kinds))) for names, kinds in self.groups)

    @property
    def count(self) -> int | None:
        """The number of parameters, or None if no numbers were put in."""
        return None if self.units is None else int(self.formula.subs({D: self.features, H: self.units}))

    @property
    def steps(self) -> tuple[str, ...]:
        """The lines on the board: the blocks, their sum, collected, factored, and with the numbers put in."""
        lines = []
        for names, kinds in self.groups:
            terms = " + ".join(f"{'·'.join(map(str, kind.shape))} ({tr(kind.words)})" for kind in kinds)
            lines.append(f"{', '.join(names)}: {tr('{sum} each', sum=terms) if len(names) > 1 else terms}")
        collected = " + ".join(f"{n}·({formula_text(each)})" if n > 1 else formula_text(each) for n, each in self.sums)
        lines.append(tr("together: {sum}", sum=collected))
        if formula_text(self.formula) != collected:
            lines.append(f"= {formula_text(self.formula)}")
        if self.units is not None:
            put_in = put_into(self.formula, self.features, self.units)
            lines.append(f"D = {self.features}, H = {self.units}: {put_in} = {self.count:,}")
        return tuple(lines)

    @property
    def latex(self) -> str:
        """The collected sum, the factored formula and the count as one LaTeX line."""
        collected = " + ".join(
            rf"{n} \left({sympy.latex(each)}\right)" if n > 1 else sympy.latex(each) for n, each in self.sums
        )
        end = "" if self.count is None else f" = {self.count:,}".replace(",", "{,}")
        return f"{collected} = {sympy.latex(self.formula)}{end}"

    def __str__(self) -> str:
        return "\n".join([tr(self.title), *(f"  {line}" for line in self.steps)])

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"


def parameters(cell: str | Cell, bias: str | None = "keras", **options: Any) -> sympy.Expr:
    """Return the number of parameters of a cell in `D`, the features that it reads, and `H`, its units.

    Parameters
    ----------
    cell
        Name of a registered cell, or a `Cell`.
    bias
        `"keras"`: the biases of the declaration; `"pytorch"`: two for each quantity that reads the input and a state,
        as PyTorch keeps them; None: no biases.
    **options
        Options of the cell, such as `reset_after=False` of a GRU.

    Returns
    -------
    sympy.Expr
        The factored formula.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.formulas.parameters("LSTM")
    4*H*(D + H + 1)
    >>> rs.formulas.parameters("GRU", reset_after=False)
    3*H*(D + H + 1)
    >>> rs.formulas.parameters("LSTM", bias="pytorch")
    4*H*(D + H + 2)
    """
    return _formula(cell_of(cell, options), _checked(bias))


def derivation(
    cell: str | Cell,
    features: int | None = None,
    units: int | None = None,
    *,
    bias: str | None = "keras",
    **options: Any,
) -> Derivation:
    """Return where the parameter count of a cell comes from, step by step.

    Parameters
    ----------
    cell, bias, **options
        As in `parameters`.
    features, units
        Numbers for D and H to put in at the end.

    Examples
    --------
    >>> import rnnscope as rs
    >>> print(rs.formulas.derivation("LSTM", features=1, units=300))
    LSTM: D features, H units
      i, f, g, o: D·H (kernel) + H·H (recurrent kernel) + H (bias) each
      together: 4·(D·H + H² + H)
      = 4·H·(D + H + 1)
      D = 1, H = 300: 4·300·(1 + 300 + 1) = 362,400
    """
    declared = cell_of(cell, options)
    if (features is None) != (units is None):
        raise ValueError(f"features, units: expected both or neither; got {features!r} and {units!r}")
    numbers = [None if n is None else positive_int(k, n) for k, n in (("features", features), ("units", units))]
    alike: dict[tuple[WeightKind, ...], list[str]] = {}
    for quantity, kinds in _kinds(declared, _checked(bias)).items():
        alike.setdefault(kinds, []).append(quantity)
    groups = tuple((tuple(names), kinds) for kinds, names in alike.items())
    title = noted("{cell}: D features, H units", cell=declared.name)
    return Derivation(title, groups, _formula(declared, bias), *numbers)


def ratio(cell: str | Cell, other: str | Cell, bias: str | None = "keras") -> sympy.Expr:
    """Return how many times the parameters of `other` a cell has, in `D` and `H`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.formulas.ratio("LSTM", "SimpleRNN")
    4
    """
    return sympy.cancel(parameters(cell, bias) / parameters(other, bias))


def units_for(cell: str | Cell, budget: int, features: int, bias: str | None = "keras", **options: Any) -> int:
    """Return the largest number of units with which a cell has at most `budget` parameters.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.formulas.units_for("LSTM", budget=90_600, features=1)
    149
    """
    budget, features = positive_int("budget", budget), positive_int("features", features)
    units = sympy.Symbol("units", positive=True)  # H stands for whole numbers only, and the root is seldom one
    count = parameters(cell, bias, **options).subs({D: features, H: units})
    least = int(count.subs(units, 1))
    if budget < least:
        raise ValueError(f"budget: expected at least {least}, the parameters of one unit; got {budget}")
    return int(sympy.floor(max(sympy.solve(sympy.Eq(count, budget), units))))


def dense_parameters(use_bias: bool = True) -> sympy.Expr:
    """Return the number of parameters of a dense layer of H units that reads D numbers.

    Examples
    --------
    >>> dense_parameters()
    H*(D + 1)
    """
    return sympy.factor(D * H + (H if use_bias else 0))


@derived(maxsize=256)
def _formula(cell: Cell, bias: str | None) -> sympy.Expr:
    return sympy.factor(sympy.Add(*(kind.count for kinds in _kinds(cell, bias).values() for kind in kinds)))


def _kinds(cell: Cell, bias: str | None) -> dict[str, tuple[WeightKind, ...]]:
    """Return the kind of each block of weights of every quantity that has some, with the biases of a convention."""
    found = {}
    for quantity in cell.names:
        declared = [weight.kind for weight in cell.weights if weight.quantity == quantity]
        kinds = [kind for kind in declared if kind not in (BIAS, RECURRENT_BIAS) or bias == "keras"]
        if bias == "pytorch":
            kinds += [OWN_BIAS[kind] for kind in declared if kind in OWN_BIAS]
        if kinds:
            found[quantity] = tuple(kinds)
    return found


def _checked(bias: str | None) -> str | None:
    return None if bias is None else one_of("bias", bias, BIASES)


def put_into(formula: sympy.Expr, features: int, units: int) -> str:
    """Return a formula with numbers in the places of D and H.

    Examples
    --------
    >>> put_into(dense_parameters(), 300, 1)
    '1·(300 + 1)'
    """
    return formula_text(formula).replace("D", str(features)).replace("H", str(units))


def formula_text(expression: sympy.Expr) -> str:
    """Return a formula in D and H as it is written on a board, such as `H² + D·H`."""
    return str(expression).replace("**2", "²").replace("*", "·")
