"""What a cell is: the vocabulary of declarations, the registry, and one file per cell (found by this folder)."""

from rnnscope.cells.declaration import Cell
from rnnscope.cells.errors import DeclarationError
from rnnscope.cells.functions import (
    elu,
    gelu,
    hard_sigmoid,
    leaky_relu,
    linear_activation,
    log_sigmoid,
    maximum,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
)
from rnnscope.cells.quantity import Quantity
from rnnscope.cells.registry import build, names, options, register, registered
from rnnscope.cells.vocabulary import candidate, constant, gate, linear, peephole, previous, state, symbols, x
from rnnscope.cells.weight_kinds import D, H
from rnnscope.cells.weights import Weight, WeightArray

__all__ = [
    "Cell",
    "D",
    "DeclarationError",
    "H",
    "Quantity",
    "Weight",
    "WeightArray",
    "build",
    "candidate",
    "constant",
    "elu",
    "gate",
    "gelu",
    "hard_sigmoid",
    "leaky_relu",
    "linear",
    "linear_activation",
    "log_sigmoid",
    "maximum",
    "names",
    "options",
    "peephole",
    "previous",
    "register",
    "registered",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "state",
    "symbols",
    "tanh",
    "x",
]
