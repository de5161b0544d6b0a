"""All layers by name: `rs.layers.LSTM` is made from the declaration of the cell `LSTM`, and so for every cell."""

from __future__ import annotations

from functools import partial
from typing import Any

from rnnscope.cells import names
from rnnscope.habits import refuse_name
from rnnscope.models.dense import Dense
from rnnscope.models.inputs import Input
from rnnscope.models.layer import Layer
from rnnscope.models.plain import Activation, Dropout, Embedding, Flatten, Masking, RepeatVector
from rnnscope.models.pooling import GlobalAveragePooling1D, GlobalMaxPooling1D, SpatialDropout1D
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
    "GlobalAveragePooling1D",
    "GlobalMaxPooling1D",
    "Input",
    "Layer",
    "Masking",
    "Recurrent",
    "RepeatVector",
    "SpatialDropout1D",
    "TimeDistributed",
]

GlobalAvgPool1D, GlobalMaxPool1D = GlobalAveragePooling1D, GlobalMaxPooling1D
"""The same under shorter names."""

CELL = "Cell"
"""`LSTMCell` is the cell of the layer `LSTM`, to be given to `RNN`."""


FAST = "CuDNN"
"""`CuDNNLSTM` was the layer `LSTM` on a graphics card in Keras 2."""


def __getattr__(name: str) -> Any:
    if name.removeprefix(FAST) in names():
        return layer_class(name.removeprefix(FAST))
    if name.removesuffix(CELL) in names():
        return partial(CellOf, layer_class(name.removesuffix(CELL)))
    there = sorted({*__all__, *names()} - {"Layer", "Recurrent"})
    refuse_name("layer", name, there, "For RNN it has the cells LSTMCell, GRUCell …")


def __dir__() -> list[str]:
    return sorted([*__all__, *names(), *(name + CELL for name in names())])
