"""Where a click in a picture goes: what it means in one trace, for a walk through several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rnnscope.trace import Cursor, Moment, Walk


def clicked(walk: Walk, cursor: Cursor, moment: Moment, fields: Mapping[str, Any]) -> Cursor:
    """Return the moment of a walk that a click goes to.

    Parameters
    ----------
    walk, cursor
        The walk, and where it is.
    moment, fields
        The moment of the trace in whose view the click was, and which fields of its cursor change.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.session.clicks import clicked
    >>> task = rs.tasks.counting()
    >>> trace = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1)), rs.layers.Dense(1)]).trace(task.x)
    >>> here = rs.Cursor(sample=0, time=1, unit=0).at(trace)
    >>> str(clicked(rs.trace.Walk([trace]), here.cursor, here, {"time": 2, "phase": "r"}))
    "Cursor(epoch=0, layer='gru', sample=0, time=2, unit=0, phase='r')"
    """
    there = dict(fields)
    layer = moment.trace[there.pop("layer", moment.layer.name)]
    first = walk.traces[0].layers[moment.trace.layers.index(layer.name)]
    if first in walk.layers:
        cursor = walk.in_layer(cursor, first)
    phase, cells = there.pop("phase", None), walk.cells(cursor.layer)
    if phase in cells.get(layer.kind, ()):
        there["phase"] = {**walk.phases(cursor), layer.kind: phase}
    if "epoch" in there:
        there["epoch"] = min(walk.epochs, key=lambda epoch: abs(epoch - there["epoch"]))
    if "phase" in there and len(cells) == 1:
        there["phase"] = phase
    return replace(cursor, **there)
