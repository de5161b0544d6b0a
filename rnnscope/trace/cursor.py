"""A cursor: one moment of a trace, which pictures, widgets and animations share."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from rnnscope.checks import describe, one_of, positive_int
from rnnscope.trace.trace import Trace

DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class Cursor:
    """One moment: where in a trace something is looked at. What is None is chosen by `at`.

    Attributes
    ----------
    epoch
        Number of a recorded epoch; None for the last.
    layer
        Name of a layer; None for the first.
    sample, time, unit
        Numbers from 0; None for the first sample, the last time step, the first unit.
    phase
        Name of the quantity that is being computed; None for the last, the output.
    direction
        `"forward"` or `"backward"`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> cursor = rs.Cursor(epoch=40, layer="lstm", time=2)
    >>> str(cursor)
    "Cursor(epoch=40, layer='lstm', time=2)"
    """

    epoch: int | None = None
    layer: str | None = None
    sample: int | None = None
    time: int | None = None
    unit: int | None = None
    phase: str | None = None
    direction: str = "forward"

    def __post_init__(self) -> None:
        for name in ("epoch", "sample", "time", "unit"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, positive_int(f"Cursor: {name}", value, 0))
        for name in ("layer", "phase"):
            if not isinstance(getattr(self, name), str | None):
                raise TypeError(f"Cursor: {name}: expected a name; got {describe(getattr(self, name))}")
        one_of("Cursor: direction", self.direction, DIRECTIONS)

    def __str__(self) -> str:
        changed = [(f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != f.default]
        return f"Cursor({', '.join(f'{name}={value!r}' for name, value in changed)})"

    def at(self, trace: Trace) -> Cursor:
        """Return the cursor with nothing left open, checked against a trace.

        Raises
        ------
        ValueError
            If the trace has no such epoch, layer, sample, time step, unit or quantity; it says what there is.
        """
        if not isinstance(trace, Trace):
            raise TypeError(f"trace: expected a Trace, as model.fit(...) returns; got {describe(trace)}")
        if not len(trace.epochs):
            raise ValueError("trace: expected recorded epochs; got none. Record with fit(..., record=True)")
        recorded = [name for name in trace.layers if trace[name].quantities]
        layer = trace[self.layer if self.layer is not None else (recorded or trace.layers)[0]]
        if not layer.quantities:
            there = ", ".join(recorded) or "there is none"
            raise ValueError(f"layer: expected one with recorded quantities ({there}); got {layer.name!r}")
        steps = trace.x.shape[1]
        chosen = {
            "epoch": self._epoch(trace),
            "layer": layer.name,
            "sample": _within("sample", 0 if self.sample is None else self.sample, len(trace.x)),
            "time": _within("time", steps - 1 if self.time is None else self.time, steps),
            "unit": _within("unit", 0 if self.unit is None else self.unit, layer.units),
        }
        phase = self.phase if self.phase is not None else layer.quantities[-1]
        return replace(self, **chosen, phase=one_of(f"phase of layer {layer.name!r}", phase, layer.quantities))

    def _epoch(self, trace: Trace) -> int:
        epochs = trace.epochs.tolist()
        if self.epoch is None:
            return epochs[-1]
        if self.epoch not in epochs:
            nearest = min(epochs, key=lambda epoch: abs(epoch - self.epoch))
            there = f"{epochs[0]} to {epochs[-1]}, {len(epochs)} of them"
            raise ValueError(f"epoch: expected a recorded one ({there}; the nearest is {nearest}); got {self.epoch}")
        return self.epoch


def _within(name: str, value: int, count: int) -> int:
    if value >= count:
        raise ValueError(f"{name}: expected a number from 0 to {count - 1}; got {value}")
    return value
