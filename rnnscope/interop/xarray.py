"""Traces as labelled trees of xarray."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnscope.interop.extras import library
from rnnscope.interop.tables import Table, table_of, whole_table

if TYPE_CHECKING:
    import xarray

    from rnnscope.trace.trace import Trace


def to_xarray(trace: Trace) -> xarray.DataTree:
    """Return a tree with one dataset per layer; see `Trace.to_xarray`. The datasets share the memory of the trace."""
    module = library("xarray", "xarray", "to_xarray")

    def dataset(table: Table, **attributes: str) -> xarray.Dataset:
        return module.Dataset(table.arrays, coords={"epoch": trace.epochs, **table.labels}, attrs=attributes)

    layers = {f"/{name}": dataset(table_of(trace, name), kind=trace[name].kind) for name in trace.layers}
    return module.DataTree.from_dict({"/": dataset(whole_table(trace), model=trace.architecture), **layers})
