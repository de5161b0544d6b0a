"""All layers by name: `rs.layers.LSTM` is made from the declaration of the cell `LSTM`, and so for every cell."""

from __future__ import annotations

import difflib
from functools import partial
from typing import Any

from rnnscope.cells import names
from rnnscope.models.dense import Dense
from rnnscope.models.inputs import Input
from rnnscope.models.layer import Layer
from rnnscope.models.plain import Activation, Dropout, Embedding, Flatten, Masking, RepeatVector
from rnnscope.models.recurrent import Recurrent, layer_class
from rnnscope.models.wrappers import RNN, Bidirectional, CellOf, TimeDistributed

__all__ = [
    "RNN",
    "Activation",
    "Bidirectional",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "Input",
    "Layer",
    "Masking",
    "Recurrent",
    "RepeatVector",
    "TimeDistributed",
]

CELL = "Cell"
"""`LSTMCell` is the cell of the layer `LSTM`, to be given to `RNN`."""


def __getattr__(name: str) -> Any:
    if name in names():
        return layer_class(name)
    if name.removesuffix(CELL) in names():
        return partial(CellOf, layer_class(name.removesuffix(CELL)))
    there = sorted({*__all__, *names()} - {"Layer", "Recurrent"})
    by_small = {own.lower(): own for own in there}
    nearest = difflib.get_close_matches(name.lower(), by_small, n=1, cutoff=0.7)
    hint = f". Did you mean {by_small[nearest[0]]}?" if nearest else ""
    cells = "and for RNN the cells LSTMCell, GRUCell …"
    raise AttributeError(f"rnnscope has no layer {name!r}; it has {', '.join(there)}, {cells}{hint}")


def __dir__() -> list[str]:
    return sorted([*__all__, *names(), *(name + CELL for name in names())])
