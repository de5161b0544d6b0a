"""The moment of a walk that is nearest to one of another walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from rnnscope.trace import Cursor, Walk
from rnnscope.trace.moment import LARGEST


def nearest(walk: Walk, cursor: Cursor) -> Cursor:
    """Return a moment of a walk that is as near as can be to a moment of another; what has no place there stays open.

    Parameters
    ----------
    walk
        The walk.
    cursor
        A moment with nothing left open.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.session.nearest import nearest
    >>> task = rs.tasks.counting()
    >>> trace = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1)), rs.layers.Dense(1)]).trace(task.x)
    >>> before = rs.Cursor(epoch=9, layer="gru", sample=1, time=2, unit=17, phase="f")
    >>> str(nearest(rs.trace.Walk([trace]), before))
    "Cursor(epoch=0, layer='gru', sample=1, time=2, unit=3)"
    """
    epoch = min(walk.epochs, key=lambda each: abs(each - cursor.epoch))
    found = replace(cursor, epoch=epoch, sample=min(cursor.sample, walk.samples - 1))
    if not any(cursor.layer in walk.names(layer) for layer in walk.layers):
        return replace(found, layer=None, time=None, unit=None, phase=None)
    layer = next(layer for layer in walk.layers if cursor.layer in walk.names(layer))
    unit = cursor.unit if cursor.unit == LARGEST else min(cursor.unit, walk.units(layer) - 1)
    time = min(cursor.time, walk.steps_in(layer) - 1)
    return replace(found, unit=unit, time=time, phase=_phase(walk, layer, cursor.phase))


def _phase(walk: Walk, layer: str, phase: str | Mapping[str, str]) -> str | dict[str, str] | None:
    """Return the phase of each kind of cell that a layer has there, as far as it was known."""
    cells = walk.cells(layer)
    if isinstance(phase, Mapping):
        return {kind: phase[kind] for kind, names in cells.items() if phase.get(kind) in names} or None
    return phase if any(phase in names for names in cells.values()) else None
