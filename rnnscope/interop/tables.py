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
    time = "time" if layer.x is None or layer.x.shape[2:3] == trace.x.shape[1:2] else "step"  # some repeat a vector
    arrays = {}
    for key, array in found.items():
        axes = _axes(array.ndim, "feature" if key == "grad_x" else "unit")
        arrays[key] = tuple(time if axis == "time" else axis for axis in axes), array
    has_time = any("time" in axes for axes, _ in arrays.values())
    labels = {key: (axes, array) for key, (axes, array) in _labels(trace).items() if key != "class_label"}
    way = way_of_reading(trace, name)
    if "time_label" in labels and way is not None:
        axes, array = labels["time_label"]
        labels["time_label"] = axes, array[..., ::way]  # in the order in which the layer reads
    has_time = has_time and way is not None
    return Table(arrays, labels if has_time else {key: own for key, own in labels.items() if "time" not in own[0]})


def whole_table(trace: Trace) -> Table:
    """Return what belongs to the trace as a whole: `x`, `y`, `loss`, `predictions` and `prediction_gradients`."""
    has_tokens = trace.x.ndim == 2 and trace.recurrent_layers
    arrays = {"x": (("sample", "time") if has_tokens else _axes(trace.x.ndim + 1, "input")[1:], trace.x)}
    output = _axes(trace.predictions.ndim, "output")
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


def _axes(count: int, last: str) -> tuple[str, ...]:
    """Return the names of the axes of a recorded array, of which those after the last time step have no time."""
    return ("epoch", "sample", "time", last) if count == 4 else ("epoch", "sample", last)


def _labels(trace: Trace) -> dict[str, Named]:
    """Return the names of time steps, samples and classes, as far as there are some."""
    labels = getattr(trace, "labels", None)
    found: dict[str, Named] = {}
    if labels is None:
        return found
    if labels.time is not None:
        names = np.array(labels.time, dtype=object)
        found["time_label"] = (("time",) if names.ndim == 1 else ("sample", "time")), names
    if labels.samples is not None:
        found["sample_label"] = ("sample",), np.array(labels.samples, dtype=object)
    if labels.classes is not None and len(labels.classes) == trace.predictions.shape[-1]:
        found["class_label"] = ("output",), np.array(labels.classes, dtype=object)
    return found
