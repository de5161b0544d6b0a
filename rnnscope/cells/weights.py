"""Which weights a declaration implies, and how they lie in the arrays that Keras users know.

Each linear map of a quantity gives blocks: a kernel `W` for the input, a recurrent kernel `U` for a vector of the
width of the layer, a bias `b`. Blocks of one kind lie side by side in one array, in the order of the quantities.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import sympy

from rnnscope.cells.quantity import Quantity
from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import LEARNED, Bias, Constant, DiagonalProduct, x
from rnnscope.cells.weight_kinds import (
    BIAS,
    CONSTANT,
    KERNEL,
    KINDS,
    PEEPHOLE,
    RECURRENT_BIAS,
    RECURRENT_KERNEL,
    D,
    H,
    WeightKind,
)

SUM_ORDER = [kind.name for kind in (KERNEL, RECURRENT_KERNEL, PEEPHOLE, BIAS, RECURRENT_BIAS)]
"""A pre-activation is written and computed in this order: products with vectors, then biases, then all else."""


@dataclass(frozen=True)
class Weight:
    """One block of weights of one quantity.

    Attributes
    ----------
    quantity
        Name of the quantity in whose equation it stands; of a constant, the first one.
    kind
        Which kind of weight it is.
    node
        Where it stands: the matrix product, diagonal product, bias or constant of the equation.
    number
        Empty, or `"2"`, `"3"` … if the quantity has several of one kind.
    """

    quantity: str
    kind: WeightKind
    node: sympy.Function
    number: str = ""

    @property
    def column(self) -> str:
        """Its name within its array: of a constant its own, else that of the quantity, and its number."""
        if self.kind is CONSTANT:
            return str(self.node.args[0])
        return f"{self.quantity}_{self.number}" if self.number else self.quantity

    @property
    def name(self) -> str:
        """Its name, such as `U_f`."""
        return self.column if self.kind is CONSTANT else f"{self.kind.letter}_{self.column}"

    @property
    def latex(self) -> str:
        """Its name as LaTeX."""
        return self.column if self.kind is CONSTANT else f"{self.kind.latex}_{{{self.column}}}"

    @property
    def symbol(self) -> Symbol:
        """What stands for it in equations."""
        return Symbol.of("weight", self.name, weight=self.kind.name)

    @property
    def product(self) -> Symbol:
        """What stands for its product with its vector, such as `Zh_f`."""
        return Symbol.of("product", f"{self.kind.product}_{self.column}", weight=self.kind.name)

    @property
    def pulled(self) -> Symbol:
        """What stands for a gradient that went back through it."""
        return Symbol.of("pulled", self.name, weight=self.kind.name)

    @property
    def part(self) -> str:
        """What it adds to a pre-activation, as recordings call it: `recurrent`, `input2` …"""
        return f"{self.kind.part}{self.number}"

    @property
    def vector(self) -> sympy.Expr | None:
        """The vector that it multiplies; None for a bias and for a constant."""
        return self.node.args[0] if self.kind.has_vector else None

    @property
    def starts_by_itself(self) -> bool:
        """Whether the declaration says where it starts, not an initializer of the layer."""
        return self.kind is CONSTANT or (isinstance(self.node, Bias) and self.node.args[0] != 0)

    def start(self, rng: np.random.Generator, units: int) -> np.ndarray:
        """Return the numbers at which a bias or a constant starts."""
        if self.kind is not CONSTANT:
            return np.full(units, float(self.node.args[0]))
        low, high = float(self.node.args[1]), float(self.node.args[-1])
        return rng.uniform(low, high, units) if low != high else np.full(units, low)

    @property
    def shape(self) -> tuple[sympy.Expr, ...]:
        """Its shape in the symbols `D` and `H`."""
        return self.kind.shape


@dataclass(frozen=True)
class WeightArray:
    """An array of weights as Keras keeps it: blocks side by side, and perhaps two biases in two rows.

    Attributes
    ----------
    name
        The name of the kind of its blocks, such as `"recurrent_kernel"`.
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


def weights_of(quantities: Iterable[Quantity]) -> tuple[Weight, ...]:
    """Return the weights of some quantities: of each its kernels, then biases, input before recurrent."""
    found: list[Weight] = []
    constants: set[str] = set()
    for quantity in quantities:
        for weight in _weights_in(quantity):
            if weight.kind is CONSTANT and weight.name in constants:
                continue
            constants |= {weight.name} if weight.kind is CONSTANT else set()
            found.append(weight)
    return tuple(found)


def _weights_in(quantity: Quantity) -> list[Weight]:
    order = list(KINDS.values())
    nodes = [(kind_of(node), node) for node in quantity.equation.atoms(*LEARNED)]
    weights: list[Weight] = []
    for kind, node in sorted(nodes, key=lambda pair: (order.index(pair[0]), str(pair[1]))):
        same = sum(weight.kind is kind for weight in weights)
        weights.append(Weight(quantity.name, kind, node, str(same + 1) if same else ""))
    return weights


def kind_of(node: sympy.Function) -> WeightKind:
    """Return the kind of the weights that a node of an equation stands for."""
    if isinstance(node, Constant):
        return CONSTANT
    if isinstance(node, Bias):
        return BIAS if x in node.args[1:] else RECURRENT_BIAS
    if isinstance(node, DiagonalProduct):
        return PEEPHOLE
    return KERNEL if node.args[0] == x else RECURRENT_KERNEL


def arrays_of(weights: Iterable[Weight]) -> tuple[WeightArray, ...]:
    """Lay weights out as Keras does: kernel, recurrent kernel, bias; then peepholes and constants.

    Where the same quantities have an input bias and a recurrent bias, the two are the rows of one array.
    """
    kinds: dict[str, list[Weight]] = {name: [] for name in KINDS}
    for weight in weights:
        kinds[weight.kind.name].append(weight)
    rows = {name: (tuple(blocks),) for name, blocks in kinds.items() if blocks}
    biases, recurrent = ([w.quantity for w in kinds[kind.name]] for kind in (BIAS, RECURRENT_BIAS))
    if biases and biases == recurrent:
        rows[BIAS.name] += rows.pop(RECURRENT_BIAS.name)
    return tuple(WeightArray(name, blocks) for name, blocks in rows.items())


def place_in_sum(term: sympy.Expr) -> int:
    """Return where a term stands in a sum, by the weights in it."""
    refs = [symbol.ref for symbol in term.free_symbols if isinstance(symbol, Symbol)]
    kinds = [ref.weight for ref in refs if ref.kind in ("product", "weight") and ref.weight in SUM_ORDER]
    return min(map(SUM_ORDER.index, kinds), default=len(SUM_ORDER))
