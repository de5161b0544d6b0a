"""The arrays of a trace with names for their axes and for what stands along them: what xarray and pandas take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.checks import one_of
from rnnscope.trace.naming import way_of_reading

if TYPE_CHECKING:
    from rnnscope.trace.trace import Trace

PARTS = {"": "values", "pre_": "pre", "prev_": "prev", "grad_": "grad", "grad_pre_": "grad_pre"}
"""What stands before the name of a quantity, and the part of a layer's recording that it then is of."""

Named = tuple[tuple[str, ...], np.ndarray]
"""The names of axes, and an array on them."""


@dataclass(frozen=True)
class Table:
    """Arrays on named axes.

    Attributes
    ----------
    arrays
        The arrays by name, each with its axes.
    labels
        Names along axes: `time_label`, `sample_label` and `class_label`, as far as the trace has labels.
    """

    arrays: Mapping[str, Named]
    labels: Mapping[str, Named]


def table_of(trace: Trace, name: str) -> Table:
    """Return the recording of a layer: quantities `f`, pre-activations `pre_f`, states before a step `prev_c`,
    gradients `grad_f` and those of pre-activations `grad_pre_f`.
    """
    layer = trace[name]
    groups = {prefix: getattr(layer, part) for prefix, part in PARTS.items()}
    found = {f"{prefix}{key}": group[key] for prefix, group in groups.items() for key in group}
    arrays = {}
    for key, array in found.items():
        axes = _axes(array.ndim, "feature" if key == "grad_x" else "unit")
        arrays[key] = _on_time(axes, array, trace, "step"), array
    way = way_of_reading(trace, name)
    has_time = way is not None and any("time" in axes for axes, _ in arrays.values())
    kept = ("time_label", "sample_label") if has_time else ("sample_label",)
    labels = {key: own for key, own in _labels(trace).items() if key in kept}
    if "time_label" in labels:
        axes, names = labels["time_label"]
        labels["time_label"] = axes, names[..., ::way]  # in the order in which the layer reads
    return Table(arrays, labels)


def whole_table(trace: Trace) -> Table:
    """Return what belongs to the trace as a whole: `x`, `y`, `loss`, `predictions` and `prediction_gradients`."""
    has_tokens = trace.x.ndim == 2 and trace.recurrent_layers
    arrays = {"x": (("sample", "time") if has_tokens else _axes(trace.x.ndim + 1, "input")[1:], trace.x)}
    for k, x in enumerate(trace.inputs[1:], 1):
        arrays[f"x_{k}"] = ("sample", *(f"{axis}_{k}" for axis in ("time", "input")[: x.ndim - 1])), x
    output = _on_time(_axes(trace.predictions.ndim, "output"), trace.predictions, trace, "output_step")
    arrays["predictions"] = output, trace.predictions
    if trace.y is not None:
        same = trace.y.shape[1:] == trace.predictions.shape[2:]
        arrays["y"] = (output[1:] if same else ("sample", *(f"target_{k}" for k in range(1, trace.y.ndim)))), trace.y
    if trace.loss is not None:
        arrays["loss"] = ("epoch",), trace.loss
    if trace.prediction_gradients is not None:
        arrays["prediction_gradients"] = output, trace.prediction_gradients
    return Table(arrays, _labels(trace))


def column_of(trace: Trace, layer: str, quantity: str) -> tuple[Named, Table]:
    """Return the array of one quantity of a layer, and the table that it stands in."""
    table = table_of(trace, layer)
    return table.arrays[one_of(f"quantity of layer {layer!r}", quantity, table.arrays)], table


def _on_time(axes: tuple[str, ...], array: np.ndarray, trace: Trace, other: str) -> tuple[str, ...]:
    """Return names of axes, with another one for time if it has not as many steps as the input."""
    sizes = dict(zip(axes, array.shape, strict=True))
    is_other = sizes.get("time", trace.x.shape[1]) != trace.x.shape[1]
    return tuple(other if axis == "time" and is_other else axis for axis in axes)


def _axes(count: int, last: str) -> tuple[str, ...]:
    """Return the names of the axes of a recorded array, of which those after the last time step have no time."""
    return ("epoch", "sample", "time", last) if count == 4 else ("epoch", "sample", last)


def _labels(trace: Trace) -> dict[str, Named]:
    """Return the names of time steps, samples and classes, as far as there are some."""
    labels = trace.labels
    found: dict[str, Named] = {}
    if labels.time is not None:
        names = np.array(labels.time, dtype=object)
        found["time_label"] = (("time",) if names.ndim == 1 else ("sample", "time")), names
    if labels.samples is not None:
        found["sample_label"] = ("sample",), np.array(labels.samples, dtype=object)
    if labels.classes is not None and len(labels.classes) == trace.predictions.shape[-1]:
        found["class_label"] = ("output",), np.array(labels.classes, dtype=object)
    return found
