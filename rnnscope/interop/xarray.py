"""Traces as labelled xarray datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray

    from rnnscope.trace.trace import Trace


def to_xarray(trace: Trace) -> dict[str, xarray.Dataset]:
    """Return one dataset per layer, with its quantities `f`, pre-activations `pre_f` and gradients `grad_f`.

    Parameters
    ----------
    trace
        The trace; the datasets share its memory.
    """
    try:
        import xarray
    except ImportError:
        raise ImportError('to_xarray needs xarray: pip install "rnnscope[xarray]"') from None
    datasets = {}
    for name in trace.layers:
        layer = trace[name]
        groups = {"": layer.values, "pre_": layer.pre, "grad_": layer.grad, "prev_": layer.prev}
        arrays = {f"{prefix}{key}": group[key] for prefix, group in groups.items() for key in group}
        variables = {}
        for key, array in arrays.items():
            axes = ("epoch", "sample", "time", "unit") if array.ndim == 4 else ("epoch", "sample", "unit")
            variables[key] = ((*axes[:-1], "feature") if key == "grad_x" else axes, array)
        datasets[name] = xarray.Dataset(variables, coords={"epoch": trace.epochs}, attrs={"kind": layer.kind})
    return datasets
