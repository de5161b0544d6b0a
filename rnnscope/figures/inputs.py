"""The inputs of a sample in the order in which a layer reads the time steps."""

from __future__ import annotations

import numpy as np

from rnnscope.numbers import written
from rnnscope.trace import Moment, Trace

ENOUGH = 40
"""So many inputs are tried for the room that they need."""


def _are_short(trace: Trace) -> bool:
    """Say whether each time step of an input is a single number, which can stand below it."""
    return trace.x.shape[-1] == 1


def widest_inputs(trace: Trace) -> list[str]:
    """Return some inputs as texts, those that need the most room among them; none if a time step is several numbers."""
    known = trace.x[np.isfinite(trace.x)].ravel()
    if not _are_short(trace) or not known.size:
        return []
    return [written(float(value), 2) for value in (*known[:ENOUGH], known.min(), known.max())]


def inputs_read(moment: Moment) -> list[str]:
    """Return the inputs of the moment's sample as texts, in the order in which its layer reads them.

    There are none if a time step is several numbers. A layer that reads backwards hands its results on in its own
    order; one above it that does so too turns them back.
    """
    trace, layer = moment.trace, moment.layer.name
    if not _are_short(trace):
        return []
    below = trace.layers[: trace.layers.index(layer) + 1]
    turns = sum(bool(trace[name].options.get("go_backwards")) for name in below)
    values = trace.x[moment.sample, :, 0]
    return [written(float(value), 2) for value in (values[::-1] if turns % 2 else values)]
