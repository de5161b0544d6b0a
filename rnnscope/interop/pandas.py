"""Quantities of traces as tables of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnnscope.interop.extras import library
from rnnscope.interop.tables import column_of

if TYPE_CHECKING:
    import pandas

    from rnnscope.trace.trace import Trace


def to_pandas(trace: Trace, layer: str, quantity: str) -> pandas.DataFrame:
    """Return a quantity as a table, a row per epoch, sample and time step, a column per unit; see `Trace.to_pandas`."""
    module = library("pandas", "pandas", "to_pandas")
    (axes, array), table = column_of(trace, layer, quantity)
    *rows, unit = axes
    shape = dict(zip(rows, array.shape, strict=False))
    levels = dict(zip(rows, np.meshgrid(*map(np.arange, shape.values()), indexing="ij"), strict=True))
    names = {name: own[tuple(levels[axis] for axis in along)] for name, (along, own) in table.labels.items()}
    levels["epoch"] = trace.epochs[levels["epoch"]]
    index = module.MultiIndex.from_arrays([own.ravel() for own in (levels | names).values()], names=[*levels, *names])
    columns = module.RangeIndex(array.shape[-1], name=unit)
    return module.DataFrame(array.reshape(-1, array.shape[-1]), index=index, columns=columns)
