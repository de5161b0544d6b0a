"""The blocks of weights of a layer, recurrent or dense: how large they are, and where they lie in the arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnscope.cells import D, H, Weight
from rnnscope.cells.weight_kinds import ALL_KINDS, BIAS, CONSTANT, EMBEDDINGS, KERNEL
from rnnscope.figures.style import ink, quantity_colour
from rnnscope.formulas import derivation
from rnnscope.formulas.parameters import dense_parameters, formula_text, put_into
from rnnscope.languages import tr
from rnnscope.trace import LayerTrace, Trace

BlockRow = tuple[str, str]
"""A kind of weight and its number: the blocks of all quantities that stand side by side; or a constant and its name."""


@dataclass(frozen=True)
class Block:
    """One block of weights of one quantity.

    Attributes
    ----------
    quantity
        Name of the quantity.
    row
        Its kind, and its number if the quantity has several of that kind; of a constant its name.
    name
        Its name, such as `U_f`.
    array, index
        The name of the array in which it lies, and where.
    shape
        Its number of rows and columns; a vector has one row.
    """

    quantity: str
    row: BlockRow
    name: str
    array: str
    index: tuple[slice | int, ...]
    shape: tuple[int, int]

    @property
    def count(self) -> int:
        """Its number of parameters."""
        return self.shape[0] * self.shape[1]

    @property
    def text(self) -> str:
        """Its name and size, such as `U_f 300·300` or `b_f 300`."""
        return f"{self.name} " + "·".join(str(size) for size in self.shape[not ALL_KINDS[self.array].is_matrix :])

    def of(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return its weights among the arrays of its layer, (row, column)."""
        return arrays[self.array][self.index].reshape(self.shape)


@dataclass(frozen=True)
class LayerBlocks:
    """The weights of a layer.

    Attributes
    ----------
    name, kind
        Its name in the model and its class.
    features, units
        How many numbers it reads, and its number of units.
    blocks
        Its blocks of weights, quantity by quantity.
    formula, put_in, count
        Its number of parameters as a formula in D and H, with numbers in their places, and as one number.
    """

    name: str
    kind: str
    features: int
    units: int
    blocks: tuple[Block, ...]
    formula: str
    put_in: str
    count: int

    @property
    def quantities(self) -> tuple[str, ...]:
        """The quantities that have weights, in phase order."""
        return tuple(dict.fromkeys(block.quantity for block in self.blocks))

    @property
    def rows(self) -> dict[BlockRow, int]:
        """The kinds of weight from the top, and how many rows a block of each has."""
        found = {block.row: block.shape[0] for block in self.blocks}
        return {row: found[row] for row in sorted(found, key=lambda row: (list(ALL_KINDS).index(row[0]), row[1]))}

    @property
    def size(self) -> tuple[int, int]:
        """How many columns and rows all blocks have together: a column of blocks for each quantity."""
        return len(self.quantities) * self.units, sum(self.rows.values())

    def corner(self, block: Block) -> tuple[int, int]:
        """Return how many columns and rows lie left of a block and above it."""
        rows = list(self.rows)
        above = sum(self.rows[row] for row in rows[: rows.index(block.row)])
        return self.quantities.index(block.quantity) * self.units, above

    def of(self, quantity: str) -> list[Block]:
        """Return the blocks of a quantity."""
        return [block for block in self.blocks if block.quantity == quantity]


def layer_blocks(trace: Trace, name: str) -> LayerBlocks:
    """Return the weights of a layer of a trace."""
    layer = trace[name]
    features, units = features_of(trace, name), layer.units
    if layer.is_recurrent:
        blocks = tuple(_block(layer, weight, features) for weight in layer.cell.weights)
        found = derivation(layer.cell, features, units)
        formula, count = found.formula, found.count
    elif layer.is_table:
        formula, count = D * H, features * units
        kind = EMBEDDINGS
        blocks = (Block(layer.output, (kind.name, ""), kind.letter, kind.name, (...,), (features, units)),)
    else:
        formula = dense_parameters(layer.options.get("use_bias", True))
        count = int(formula.subs({D: features, H: units}))
        blocks = (Block(layer.output, (KERNEL.name, ""), KERNEL.letter, KERNEL.name, (...,), (features, units)),)
        if count > blocks[0].count:
            blocks += (Block(layer.output, (BIAS.name, ""), BIAS.letter, BIAS.name, (...,), (1, units)),)
    texts = formula_text(formula), put_into(formula, features, units)
    return LayerBlocks(name, layer.kind, features, units, blocks, *texts, count)


def has_weights(layer: LayerTrace) -> bool:
    """Say whether a layer is of a kind that has weights."""
    return layer.is_recurrent or layer.kind == "Dense" or layer.is_table


def sources_of(trace: Trace, name: str) -> set[str]:
    """Return the layers whose output a layer reads, also through others that have no weights."""
    layers = [trace[own] for own in trace.layers]
    found, waiting = set(), [number for number in trace[name].reads if number >= 0]
    while waiting:
        layer = layers[waiting.pop()]
        if has_weights(layer):
            found.add(layer.name)
        else:
            waiting += [number for number in layer.reads if number >= 0]
    return found


def features_of(trace: Trace, name: str) -> int:
    """Return how many numbers a layer reads; of an embedding, how many tokens there are.

    Raises
    ------
    ValueError
        If neither its weights nor what it reads were recorded.
    """
    if trace[name].is_table:
        return int(trace[name].options["input_dim"])
    kernels = [shape for layer, array, shape in trace.snapshots.shapes if (layer, array) == (name, KERNEL.name)]
    if kernels:
        return int(kernels[0][0])
    if trace[name].x is None:
        raise ValueError(f"trace: expected the inputs or the weights of layer {name!r}; got neither. Record all layers")
    return int(trace[name].x.shape[-1])


def row_name(row: BlockRow) -> str:
    """Return what a row of blocks is called, such as `recurrent kernel`, `recurrent kernel 2` or `constant Λ`."""
    kind, number = row
    return f"{tr(ALL_KINDS[kind].words)} {number}".rstrip()


def row_title(row: BlockRow) -> str:
    """Return the name and the letter of a row of blocks, such as `recurrent kernel U`; a constant is its own letter."""
    return row_name(row) if row[0] == CONSTANT.name else f"{row_name(row)} {row_letter(row)}"


def row_letter(row: BlockRow) -> str:
    """Return the letter of a row of blocks, such as `U`; of a constant its name."""
    return row[1] if row[0] == CONSTANT.name else ALL_KINDS[row[0]].letter + row[1]


def colour_of(layer: LayerTrace, quantity: str) -> str:
    """Return the colour of a quantity; what a dense layer puts out is drawn in ink."""
    return quantity_colour(layer.cell, quantity) if layer.is_recurrent else ink()


def _block(layer: LayerTrace, weight: Weight, features: int) -> Block:
    array = layer.cell.array_of(weight)
    sizes = [int(size.subs({D: features, H: layer.units})) for size in weight.shape]
    shape = (sizes[0], sizes[1]) if len(sizes) == 2 else (1, sizes[0])
    row = weight.kind.name, weight.name if weight.kind is CONSTANT else weight.number
    return Block(weight.quantity, row, weight.name, array.name, array.index(weight, layer.units), shape)
