"""Which weights a declaration implies, and how they lie in the arrays that Keras users know.

Each linear map of a quantity gives blocks: a kernel `W` for the input, a recurrent kernel `U` for a vector of the
width of the layer, a bias `b`. Blocks of one kind lie side by side in one array, in the order of the quantities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy

from rnnscope.cells.vocabulary import Bias, DiagonalProduct, MatrixProduct, x

if TYPE_CHECKING:
    from rnnscope.cells.declaration import Cell

D, H = sympy.symbols("D H", positive=True, integer=True)
"""The number of features that a layer reads and its number of units."""

LETTERS = {"kernel": "W", "recurrent_kernel": "U", "bias": "b", "recurrent_bias": "bh", "peephole": "p"}
"""The letter of each kind of weight: the forget gate's recurrent kernel is `U_f`."""


@dataclass(frozen=True)
class Weight:
    """One block of weights of one quantity.

    Attributes
    ----------
    quantity
        Name of the quantity in whose equation it stands.
    kind
        `"kernel"`, `"recurrent_kernel"`, `"bias"`, `"recurrent_bias"` or `"peephole"`.
    node
        Where it stands: the matrix product, diagonal product or bias of the equation.
    number
        Empty, or `"2"`, `"3"` … if the quantity has several of one kind.
    """

    quantity: str
    kind: str
    node: sympy.Function
    number: str = ""

    @property
    def column(self) -> str:
        """Its name within its array: that of the quantity, and its number; no quantity's name has a `_`."""
        return f"{self.quantity}_{self.number}" if self.number else self.quantity

    @property
    def name(self) -> str:
        """Its name, such as `U_f`."""
        return f"{LETTERS[self.kind]}_{self.column}"

    @property
    def vector(self) -> sympy.Expr | None:
        """The vector that it multiplies; None for a bias."""
        return None if isinstance(self.node, Bias) else self.node.args[0]

    @property
    def start(self) -> float:
        """The value at which a bias starts."""
        return float(self.node.args[0]) if isinstance(self.node, Bias) else 0.0

    @property
    def shape(self) -> tuple[sympy.Expr, ...]:
        """Its shape in the symbols `D` and `H`."""
        return {"kernel": (D, H), "recurrent_kernel": (H, H)}.get(self.kind, (H,))


@dataclass(frozen=True)
class WeightArray:
    """An array of weights as Keras keeps it: blocks side by side, and perhaps two biases in two rows.

    Attributes
    ----------
    name
        `"kernel"`, `"recurrent_kernel"`, `"bias"`, `"recurrent_bias"` or `"peephole"`.
    rows
        The blocks of each row of a stacked bias; one row otherwise.
    """

    name: str
    rows: tuple[tuple[Weight, ...], ...]

    @property
    def shape(self) -> tuple[sympy.Expr, ...]:
        """Its shape in the symbols `D` and `H`."""
        *lead, width = self.rows[0][0].shape
        columns = len(self.rows[0]) * width
        return (len(self.rows), columns) if len(self.rows) > 1 else (*lead, columns)

    def index(self, weight: Weight, units: int) -> tuple[slice | int, ...]:
        """Return where the block of a weight lies in the array, for a layer of `units` units."""
        row, blocks = next((row, blocks) for row, blocks in enumerate(self.rows) if weight in blocks)
        columns = slice(blocks.index(weight) * units, (blocks.index(weight) + 1) * units)
        return (row, columns) if len(self.rows) > 1 else (..., columns)

    def sizes(self, features: int, units: int) -> tuple[int, ...]:
        """Its shape in numbers, for a layer that reads `features` numbers and has `units` units."""
        return tuple(int(sympy.sympify(size).subs({D: features, H: units})) for size in self.shape)


def weights_of(name: str, equation: sympy.Expr) -> list[Weight]:
    """Return the weights in the equation of the quantity `name`: kernels, then biases, input before recurrent."""
    found = []
    for node in equation.atoms(MatrixProduct, DiagonalProduct, Bias):
        if isinstance(node, Bias):
            kind = "bias" if x in node.args[1:] else "recurrent_bias"
        elif isinstance(node, DiagonalProduct):
            kind = "peephole"
        else:
            kind = "kernel" if node.args[0] == x else "recurrent_kernel"
        found.append((kind, node))
    weights: list[Weight] = []
    for kind, node in sorted(found, key=lambda pair: (list(LETTERS).index(pair[0]), str(pair[1]))):
        same = sum(weight.kind == kind for weight in weights)
        weights.append(Weight(name, kind, node, str(same + 1) if same else ""))
    return weights


def arrays_of(cell: Cell) -> tuple[WeightArray, ...]:
    """Lay the weights of a cell out as Keras does: kernel, recurrent kernel, bias; then peepholes.

    Where the same quantities have an input bias and a recurrent bias, the two are the rows of one array.
    """
    kinds: dict[str, list[Weight]] = {kind: [] for kind in LETTERS}
    for weight in cell.weights:
        kinds[weight.kind].append(weight)
    rows = {kind: (tuple(blocks),) for kind, blocks in kinds.items() if blocks}
    paired = [[w.quantity for w in kinds[kind]] for kind in ("bias", "recurrent_bias")]
    if kinds["bias"] and paired[0] == paired[1]:
        rows["bias"] += rows.pop("recurrent_bias")
    return tuple(WeightArray(kind, blocks) for kind, blocks in rows.items())
