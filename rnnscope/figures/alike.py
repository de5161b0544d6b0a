"""Whether a picture of some traces can show others: they differ in their numbers alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnscope.trace import LayerTrace, Trace


def are_alike(traces: Sequence[Trace], others: Sequence[Trace]) -> bool:
    """Say whether traces are of the same layers, recorded and named alike, each as the other at its place.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.figures.alike import are_alike
    >>> task = rs.tasks.counting()
    >>> nets = [rs.Sequential([layer(4, input_shape=(4, 1)), rs.Dense(1)]) for layer in (rs.GRU, rs.GRU, rs.LSTM)]
    >>> traces = [net.trace(task.x) for net in nets]
    >>> are_alike(traces[:1], traces[1:2]), are_alike(traces[:1], traces[2:])
    (True, False)
    """
    counts = {len(traces), len(others), len(set(map(id, traces))), len(set(map(id, others)))}
    return len(counts) == 1 and all(map(_is_like, traces, others))


def are_of_same_epochs(trace: Trace, other: Trace) -> bool:
    """Say whether two traces are of the same epochs of a training, in which the same was changed."""
    return np.array_equal(trace.epochs, other.epochs) and trace.marks == other.marks


def _is_like(trace: Trace, other: Trace) -> bool:
    """Say whether a trace differs from another in its numbers alone."""
    if trace.layers != other.layers or trace.labels != other.labels or (trace.y is None) != (other.y is None):
        return False
    if [x.shape for x in trace.inputs] != [x.shape for x in other.inputs]:
        return False
    return all(_form(trace[name]) == _form(other[name]) for name in trace.layers)


def _form(layer: LayerTrace) -> tuple:
    """Return everything of a layer but its numbers, and but how many epochs there are."""
    arrays = {name: array.shape[1:] for name, array in layer.arrays.items()}
    mask = None if layer.mask is None else np.asarray(layer.mask).tobytes()
    return layer.kind, layer.options, layer.units, layer.reads, layer.start, layer.equations, arrays, mask
