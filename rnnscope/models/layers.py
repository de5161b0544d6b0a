"""All layers by name: `rs.layers.LSTM` is made from the declaration of the cell `LSTM`, and so for every cell."""

from __future__ import annotations

from rnnscope.cells import names
from rnnscope.models.dense import Dense
from rnnscope.models.layer import Input, Layer
from rnnscope.models.recurrent import Recurrent, layer_class

__all__ = ["Dense", "Input", "Layer", "Recurrent"]


def __getattr__(name: str) -> type[Recurrent]:
    if name in names():
        return layer_class(name)
    raise AttributeError(f"rnnscope has no layer {name!r}; it has Dense, Input and {', '.join(names())}")


def __dir__() -> list[str]:
    return sorted([*__all__, *names()])
