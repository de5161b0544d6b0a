"""Parameter counts as formulas in D (features) and H (units), from the shapes of a declaration's weights."""

from __future__ import annotations

from typing import Any

import sympy

from rnnscope.cells import Cell, D, H, build
from rnnscope.checks import one_of


def parameters(cell: str | Cell, bias: str | None = "keras", **options: Any) -> sympy.Expr:
    """Return the number of parameters of a cell in `D`, the features that it reads, and `H`, its units.

    Parameters
    ----------
    cell
        Name of a registered cell, or a `Cell`.
    bias
        `"keras"`: the biases of the declaration; `"pytorch"`: two for each linear map that reads both the input and
        a state; None: no biases.
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
    declared = cell if isinstance(cell, Cell) else build(cell, **options)
    if bias is not None:
        one_of("bias", bias, ("keras", "pytorch"))
    blocks = [w for w in declared.weights if w.vector is not None]
    total = sum(sympy.prod(weight.shape) for weight in blocks)
    if bias == "keras":
        total += sum(sympy.prod(w.shape) for w in declared.weights if w.vector is None)
    elif bias == "pytorch":
        total += H * sum(weight.kind in ("kernel", "recurrent_kernel") for weight in blocks)
    return sympy.factor(total)


def dense_parameters(use_bias: bool = True) -> sympy.Expr:
    """Return the number of parameters of a dense layer of H units that reads D numbers.

    Examples
    --------
    >>> dense_parameters()
    H*(D + 1)
    """
    return sympy.factor(D * H + (H if use_bias else 0))
