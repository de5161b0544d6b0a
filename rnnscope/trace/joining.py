"""Two traces of one training that went on, as one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnscope.trace.record import size
from rnnscope.trace.snapshots import WeightSnapshots

if TYPE_CHECKING:
    from rnnscope.trace.trace import Trace

ALIKE = ("name", "kind", "options", "units", "output", "equations", "reads", "start")
"""What recordings of one layer have in common."""


def joined(first: Trace, second: Trace) -> Trace:
    """Return two traces as one; see `Trace.__add__`."""
    problem = next(_problems(first, second), None)
    if problem is not None:
        raise ValueError(f"trace_1 + trace_2: expected {problem}")
    try:
        return _joined(first, second)
    except MemoryError:
        needed, hint = size(first.nbytes + second.nbytes), "trace_1.thin(100) + trace_2.thin(100)"
        raise MemoryError(f"trace_1 + trace_2: expected room for {needed}; got less. Type {hint}") from None


def _problems(first: Trace, second: Trace) -> Iterator[str]:
    """Say what keeps two traces apart."""
    for trace, name in ((first, "trace_1"), (second, "trace_2")):
        if not trace.history.get("loss"):
            yield f"traces of fit; got {name} without losses of a training"
    if first.layers != second.layers:
        yield f"the same layers; got {', '.join(first.layers)} and {', '.join(second.layers)}"
    for name in first.layers:
        one, other = first[name], second[name]
        if any(getattr(one, key) != getattr(other, key) for key in ALIKE):
            yield f"the same layers; got two that are called {name!r} and were made otherwise"
        if set(one.arrays) != set(other.arrays):
            apart = ", ".join(sorted(set(one.arrays) ^ set(other.arrays))[:4])
            yield f"the same recorded quantities; got {apart} of layer {name!r} in one of them only"
    pairs = [*zip(first.inputs, second.inputs, strict=False), (first.y, second.y), (first.mask, second.mask)]
    if len(first.inputs) != len(second.inputs) or not all(_same(*pair) for pair in pairs):
        yield "the same recorded samples and targets; got others. Record the same with rs.Record(samples=...)"
    if first.predictions.dtype != second.predictions.dtype:
        yield f"the same precision; got {first.predictions.dtype} and {second.predictions.dtype}"
    if (first.prediction_gradients is None) != (second.prediction_gradients is None):
        yield "gradients in both or in neither; got them in one of them only"
    after = first.first_epoch + len(first.history["loss"])
    if second.first_epoch != after:
        hint = ". The first trace stands left" if second.first_epoch < first.first_epoch else ""
        yield f"a second trace from epoch {after}, where the first one ended; got one from {second.first_epoch}{hint}"


def _joined(first: Trace, second: Trace) -> Trace:
    def both(name: str) -> np.ndarray | None:
        arrays = [getattr(trace, name) for trace in (first, second)]
        return None if arrays[0] is None else np.concatenate(arrays)

    layers = []
    for name in first.layers:
        one, other = first[name], second[name]
        arrays = {key: np.concatenate([array, other.arrays[key]]) for key, array in one.arrays.items()}
        layers.append(replace(one, arrays=arrays, x=None, snapshots=None))
    history, measured = _histories(first, second)
    return type(first)(
        layers,
        both("epochs"),
        both("predictions"),
        first.inputs,
        mask=first.mask,
        loss=both("loss"),
        prediction_gradients=both("prediction_gradients"),
        y=first.y,
        history=history,
        measured=measured,
        weights=_snapshots(first.snapshots, second.snapshots),
        stopped=second.stopped,
        training={**first.training, **second.training, "first_epoch": first.first_epoch},
        labels=first.labels,
        objective=second.objective,
        interventions=second.interventions,
        marks=first.marks + second.marks,
    )


def _histories(first: Trace, second: Trace) -> tuple[dict[str, list[float]], dict[str, list[int]]]:
    """Return the histories as one, and the epochs of entries that are not of every epoch."""
    history, measured = {}, {}
    for name in {**first.history, **second.history}:
        curves = [trace.curve(name) for trace in (first, second)]
        epochs, values = (np.concatenate(parts).tolist() for parts in zip(*curves, strict=True))
        history[name] = values
        if len(values) < len(first.history["loss"]) + len(second.history["loss"]):
            measured[name] = epochs
    return history, measured


def _snapshots(first: WeightSnapshots, second: WeightSnapshots) -> WeightSnapshots:
    kept = [own for own in (first, second) if len(own)]
    if len(kept) < 2:
        return kept[0] if kept else first
    epochs, flat = (np.concatenate([getattr(own, name) for own in kept]) for name in ("epochs", "flat"))
    return WeightSnapshots(first.shapes, epochs, flat)


def _same(one: Any, other: Any) -> bool:
    return (one is None) == (other is None) and (one is None or np.array_equal(one, other))
