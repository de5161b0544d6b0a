"""Which traces can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnscope.checks import describe
from rnnscope.figures.registry import CLASSES
from rnnscope.numbers import inputs_text
from rnnscope.trace import Trace

MOST_TRACES = 5
"""At most so many traces are compared."""


def named(traces: Trace | Mapping[str, Trace]) -> dict[str, Trace]:
    """Return one trace without a name, or several that can be compared by their names."""
    if isinstance(traces, Trace):
        return {"": traces}
    checked(traces, least=1)
    return dict(traces)


def checked(traces: Mapping[str, Trace], view: str = "", *, least: int = 2) -> None:
    """Refuse what cannot be compared in a view, or without one in any."""
    if not isinstance(traces, Mapping):
        raise TypeError(
            f"traces: expected a dict of names and traces, as model.fit(...) returns; got {describe(traces)}"
        )
    for name, trace in traces.items():
        if not isinstance(name, str):
            raise TypeError(f"traces: expected names that are text; got {describe(name)}")
        if not name.isprintable():
            raise ValueError(f"traces: expected names that can be printed; got {name!r}")
        if not isinstance(trace, Trace):
            raise TypeError(f"traces: expected a Trace, as model.fit(...) returns, for {name!r}; got {describe(trace)}")
    if not least <= len(traces) <= MOST_TRACES:
        raise ValueError(f"traces: expected {least} to {MOST_TRACES} traces; got {len(traces)}")
    if not view or CLASSES[view].shows_sample:
        _check_inputs(traces)


def _check_inputs(traces: Mapping[str, Trace]) -> None:
    """Refuse traces of different inputs, but for what was fed by hand, and say which views can compare them."""
    (first, reference), *others = traces.items()
    for name, trace in others:
        if not _have_same_inputs(reference, trace):
            free = ", ".join(repr(view) for view, kind in CLASSES.items() if not kind.shows_sample)
            raise ValueError(
                f"traces: expected traces of the same inputs; {first!r} has {describe_inputs(reference)}, "
                f"{name!r} has {describe_inputs(trace)}. rs.figures.compare can show {free} of them"
                + _recorded_alike([reference, trace])
            )


def _have_same_inputs(one: Trace, other: Trace) -> bool:
    """Say whether inputs are the same, or differ at no more time steps of samples than changes were made by hand."""
    if one.x.shape != other.x.shape:
        return False
    differs = (one.x != other.x) & ~((one.x != one.x) & (other.x != other.x))  # NaN is the same as NaN
    places = differs.reshape(*differs.shape[:2], -1).any(axis=-1)
    return np.count_nonzero(places) <= len(one.interventions) + len(other.interventions)


def _recorded_alike(traces: Sequence[Trace]) -> str:
    """Return how to record the same samples of traces, if some of their samples were left out."""
    counts = [trace.training.get("samples", 0) for trace in traces]
    if counts[0] != counts[1] or all(counts[0] <= len(trace.x) for trace in traces):
        return ""
    least = min(len(trace.x) for trace in traces)
    return f". Record the same samples of each: record=rs.Record(samples=range({least}))"


def describe_inputs(trace: Trace) -> str:
    """Return type and shape of the inputs of a trace, and how they begin."""
    return f"{trace.x.dtype} x of shape {trace.x.shape} ({inputs_text(trace.x.ravel()[:4])} …)"
