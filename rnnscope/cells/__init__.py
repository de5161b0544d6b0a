"""What a cell is: the vocabulary of declarations, the registry, and one file per cell (found by this folder)."""

from rnnscope.cells.activations import hard_sigmoid, linear_activation, relu, sigmoid, tanh
from rnnscope.cells.declaration import Cell
from rnnscope.cells.quantity import DeclarationError, Quantity
from rnnscope.cells.registry import build, names, options, register, registered
from rnnscope.cells.vocabulary import candidate, gate, linear, peephole, previous, state, symbols, x
from rnnscope.cells.weights import D, H, Weight, WeightArray

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
    "gate",
    "hard_sigmoid",
    "linear",
    "linear_activation",
    "names",
    "options",
    "peephole",
    "previous",
    "register",
    "registered",
    "relu",
    "sigmoid",
    "state",
    "symbols",
    "tanh",
    "x",
]
