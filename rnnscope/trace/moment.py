"""A moment: what a cursor comes to in a trace, in whole numbers and recordings; found in one and in several traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnscope.checks import describe, one_of
from rnnscope.habits import for_model
from rnnscope.trace.choice import chosen_for, layers_of, sample_of, time_of, unit_of
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.trace import Trace

if TYPE_CHECKING:
    from rnnscope.trace.cursor import Cursor

LARGEST = "largest"
"""The unit with the largest value at the moment."""


@dataclass(frozen=True, repr=False)
class Moment:
    """One moment of a trace, with nothing left open; `cursor.at(trace)` returns it.

    Attributes
    ----------
    trace, layer
        The trace, and the recording of the layer in it.
    place
        The place of its epoch among the recorded ones.
    cursor
        It as a cursor with nothing left open.
    chosen
        What of it was left open and chosen for what happens there, out of `"layer"`, `"sample"` and `"unit"`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> trace = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1))]).trace(task.x)
    >>> moment = rs.Cursor(sample=0, unit=0, phase="r").at(trace)
    >>> moment.layer, moment.time
    (<GRU layer 'gru': z, r, g, h of shape (1, 6, 4, 4)>, 3)
    >>> str(moment)
    "Cursor(epoch=0, layer='gru', sample=0, time=3, unit=0, phase='r')"
    """

    trace: Trace
    layer: LayerTrace
    place: int
    cursor: Cursor
    chosen: tuple[str, ...] = field(default=(), compare=False)

    @property
    def epoch(self) -> int:
        """The number of the epoch."""
        return self.cursor.epoch

    @property
    def sample(self) -> int:
        """The number of the sample."""
        return self.cursor.sample

    @property
    def time(self) -> int:
        """The time step."""
        return self.cursor.time

    @property
    def unit(self) -> int:
        """The number of the unit."""
        return self.cursor.unit

    @property
    def phase(self) -> str:
        """The name of the quantity that is being computed."""
        return self.cursor.phase

    @property
    def direction(self) -> str:
        """`"forward"` or `"backward"`."""
        return self.cursor.direction

    @property
    def run(self) -> tuple[int, int]:
        """Where its epoch and its sample are in recorded arrays, whose first axes they are."""
        return self.place, self.sample

    @property
    def steps(self) -> int:
        """The number of time steps of its layer; of a layer without, that of the input."""
        return self.layer.steps or self.trace.x.shape[1]

    @property
    def way(self) -> int:
        """1, or −1 in a layer that reads from the last time step to the first and is recorded on the input's time."""
        return -1 if self.layer.is_turned else 1

    @property
    def read(self) -> int:
        """How many time steps the layer had read before this one: the time step itself, unless it is turned."""
        return self.time if self.way == 1 else self.steps - 1 - self.time

    @property
    def as_read(self) -> Moment:
        """The moment in the recording of its layer in the order of reading: itself, unless that is turned."""
        return self if self.way == 1 else self.but(layer=self.layer.as_read, time=self.read)

    def but(self, *, layer: LayerTrace | None = None, **changes: Any) -> Moment:
        """Return the moment in another layer of the trace, or at another epoch, sample, time step, unit or phase."""
        layer = self.layer if layer is None else layer
        place = _place(self.trace.epochs, changes["epoch"]) if "epoch" in changes else self.place
        return Moment(self.trace, layer, place, replace(self.cursor, layer=layer.name, **changes))

    def __str__(self) -> str:
        return str(self.cursor)

    def __repr__(self) -> str:
        return f"<rnnscope.Moment at {self}>"


@dataclass(frozen=True)
class Position:
    """Where a walk through one or several traces is.

    Attributes
    ----------
    cursor
        The moment with nothing left open but which unit is the largest: what the next step starts from.
    moments
        What it comes to in each trace.
    chosen
        What of it was left open and chosen for what happens there, as in `Moment`; its moments do not say it again, so
        that the cursor, pasted back, gives the same pictures.
    """

    cursor: Cursor
    moments: tuple[Moment, ...]
    chosen: tuple[str, ...] = ()


def resolve(cursor: Cursor, traces: Sequence[Trace]) -> tuple[Moment, ...]:
    """Return what a cursor comes to in each of one or several traces.

    What is left open is chosen for what happens there (`choice.py`). In several traces, a layer is the one at the same
    place in each, and a phase the one of that name if the cell has it, else its last; the unit with the largest value
    is each trace's own.

    Parameters
    ----------
    cursor
        What is looked at.
    traces
        The traces.

    Raises
    ------
    TypeError
        If one of the traces is none.
    ValueError
        If a trace has no such epoch, layer, sample, time step, unit or quantity; it says what there is.
    """
    check_traces(traces)
    layers = _layers(cursor, traces)
    phases = _phases(cursor.phase, layers, traces)
    closed, chosen = _closed(cursor, layers, traces)
    return tuple(moment_in(*each, closed, chosen) for each in zip(traces, layers, phases, strict=True))


def check_traces(traces: Sequence[Any]) -> None:
    """Refuse what are no traces, and traces without an epoch to look at."""
    for trace in traces:
        if not isinstance(trace, Trace):
            raise TypeError(
                f"trace: expected a Trace, as model.fit(...) returns; got {describe(trace)}{for_model(trace)}"
            )
        if not len(trace.epochs):
            raise ValueError("trace: expected recorded epochs; got none. Record with fit(..., record=True)")


def phases_of(cells: Mapping[str, Sequence[str]], phase: str | Mapping[str, str] | None) -> dict[str, str]:
    """Return the phase that is meant in each kind of cell, given by its phases: the last where none is meant."""
    if isinstance(phase, Mapping):
        return {kind: phase.get(kind) or names[-1] for kind, names in cells.items()}
    return {kind: phase if phase in names else names[-1] for kind, names in cells.items()}


def moment_in(trace: Trace, layer: LayerTrace, phase: str, cursor: Cursor, chosen: tuple[str, ...] = ()) -> Moment:
    """Return the moment of a trace that a cursor means, in a layer and a phase of it: every move comes here once."""
    place, steps = _place(trace.epochs, cursor.epoch), layer.steps or trace.x.shape[1]
    sample = _within("sample", cursor.sample, len(trace.x))
    time = time_of(layer, sample, steps) if cursor.time is None else cursor.time
    found = {
        "epoch": int(trace.epochs[place]),
        "layer": layer.name,
        "sample": sample,
        "time": _within("time", time, steps),
        "phase": one_of(f"phase of layer {layer.name!r}", phase, layer.quantities),
        "unit": cursor.unit,
    }
    if cursor.unit == LARGEST:
        group = layer.grad if cursor.direction == "backward" else layer
        found["unit"] = _largest(group[phase][place, found["sample"]], found["time"])
    else:
        found["unit"] = _within("unit", cursor.unit, layer.units)
    return Moment(trace, layer, place, replace(cursor, **found), chosen)


def _closed(cursor: Cursor, layers: Sequence[LayerTrace], traces: Sequence[Trace]) -> tuple[Cursor, tuple[str, ...]]:
    """Return a cursor with sample and unit chosen where they were left open, and what was chosen for a reason."""
    sample = sample_of(layers[0]) if cursor.sample is None else cursor.sample
    found = replace(cursor, sample=sample)
    if cursor.unit is None:
        least = min(layer.units for layer in layers)
        found = replace(found, unit=unit_of(layers[0], _within("sample", sample, len(traces[0].x)), least))
    return found, chosen_for(cursor, layers[0], traces)


def _layers(cursor: Cursor, traces: Sequence[Trace]) -> list[LayerTrace]:
    """Return the layer of each trace that a cursor names, or one in which something happens."""
    name = cursor.layer
    if name is None:
        layers = layers_of(traces, cursor.fits)
    elif len(traces) == 1:
        layers = [traces[0][name]]
    else:
        place = next((trace.layers.index(name) for trace in traces if name in trace), None)
        if place is None or any(place >= len(trace.layers) for trace in traces):
            there = ", ".join(dict.fromkeys(layer for trace in traces for layer in trace.layers))
            raise ValueError(f"layer: expected one that all traces have ({there}); got {name!r}")
        layers = [trace[trace.layers[place]] for trace in traces]
    for trace, layer in zip(traces, layers, strict=True):
        if not layer.quantities:
            there = ", ".join(name for name in trace.layers if trace[name].quantities) or "there is none"
            raise ValueError(f"layer: expected one with recorded quantities ({there}); got {layer.name!r}")
    return layers


def _phases(phase: str | Mapping[str, str] | None, layers: Sequence[LayerTrace], traces: Sequence[Trace]) -> list[str]:
    """Return the phase of each layer; what no trace could mean is refused, and what a trace alone does not have."""
    if len(traces) == 1 and isinstance(phase, str):
        return [phase or layers[0].phases[-1]]
    if len(traces) > 1:
        there = [trace[name] for trace in traces for name in trace.layers]
        for kind in phase if isinstance(phase, Mapping) else ():
            one_of("phase: kind of cell", kind, {layer.kind for layer in there})
        if isinstance(phase, str):
            one_of("phase", phase, {name for layer in there for name in layer.quantities})
    return [phases_of({layer.kind: layer.phases}, phase)[layer.kind] for layer in layers]


def _place(epochs: np.ndarray, epoch: int | None) -> int:
    """Return the place of an epoch among the recorded ones, the last by default."""
    if epoch is None:
        return len(epochs) - 1
    found = np.flatnonzero(epochs == epoch)
    if not len(found):
        nearest = epochs[np.argmin(np.abs(epochs - epoch))]
        there = f"{epochs[0]} to {epochs[-1]}, {len(epochs)} of them"
        raise ValueError(f"epoch: expected a recorded one ({there}; the nearest is {nearest}); got {epoch}")
    return int(found[0])


def _within(name: str, value: int, count: int) -> int:
    if value >= count:
        raise ValueError(f"{name}: expected a number from 0 to {count - 1}; got {value}")
    return value


def _largest(values: np.ndarray, time: int) -> int:
    """Return the unit whose number, (time, unit) or (unit,), is farthest from zero; the first of equal ones."""
    sizes = np.abs(values[time] if values.ndim == 2 else values)
    return int(np.argmax(np.where(np.isnan(sizes), -1, sizes)))
