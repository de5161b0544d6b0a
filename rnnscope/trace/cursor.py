"""A cursor: one moment of a trace, which pictures, widgets and animations share."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from rnnscope.checks import describe, one_of, positive_int
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.trace import Trace

DIRECTIONS = ("forward", "backward")
LARGEST = "largest"
"""The unit with the largest value at the moment."""


class Phases(dict):
    """The phase of each kind of cell; it cannot be changed, as nothing in a cursor can."""

    def _refuse(self, *_: object, **__: object) -> None:
        raise TypeError("phase: expected no change; a cursor stays what it is. Make a new one: Cursor(phase={...})")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple:
        return Phases, (dict(self),)


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
        Numbers from 0; None for the first sample, the last time step, the first unit. The unit `"largest"` is the one
        whose value of the phase (backward: whose gradient) is farthest from zero at the moment.
    phase
        Name of the quantity that is being computed; None for the last, the output. For cells of several kinds, a dict
        such as `{"LSTM": "f", "GRU": "z"}`.
    direction
        `"forward"` or `"backward"`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> cursor = rs.Cursor(epoch=40, layer="lstm", time=2)
    >>> str(cursor)
    "Cursor(epoch=40, layer='lstm', time=2)"
    >>> rs.Cursor.parse(str(cursor)) == cursor
    True
    """

    epoch: int | None = None
    layer: str | None = None
    sample: int | None = None
    time: int | None = None
    unit: int | str | None = None
    phase: str | Mapping[str, str] | None = None
    direction: str = "forward"

    def __post_init__(self) -> None:
        for name in ("epoch", "sample", "time", "unit"):
            value = getattr(self, name)
            if name == "unit" and isinstance(value, str):
                if value != LARGEST:
                    raise ValueError(f"Cursor: unit: expected an integer or {LARGEST!r}; got {value!r}")
            elif value is not None:
                object.__setattr__(self, name, positive_int(f"Cursor: {name}", value, 0))
        if isinstance(self.phase, Mapping):
            object.__setattr__(self, "phase", Phases(self.phase))
        for name, values in (("layer", [self.layer]), ("phase", [*self._phases, *self._phases.values()])):
            for value in values:
                if not isinstance(value, str | None):
                    raise TypeError(f"Cursor: {name}: expected a name; got {describe(value)}")
        one_of("Cursor: direction", self.direction, DIRECTIONS)

    def __str__(self) -> str:
        changed = [(f.name, getattr(self, f.name)) for f in fields(self) if getattr(self, f.name) != f.default]
        return f"Cursor({', '.join(f'{name}={value!r}' for name, value in changed)})"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Return the cursor that a text such as `Cursor(epoch=40, time=2)` names; nothing in the text is run.

        Raises
        ------
        TypeError, ValueError
            If it is no such text; it says where it goes wrong.
        """
        if not isinstance(text, str):
            raise TypeError(f"cursor: expected a text such as 'Cursor(epoch=40, time=2)'; got {describe(text)}")
        try:
            call = ast.parse(text.strip(), mode="eval").body
            named = isinstance(call, ast.Call) and ast.unparse(call.func) in ("Cursor", "rs.Cursor", "rnnscope.Cursor")
            if not named or call.args:
                raise ValueError("no call of Cursor by names")
            given = [(keyword.arg, ast.literal_eval(keyword.value)) for keyword in call.keywords]
            if len(dict(given)) < len(given):
                raise ValueError("a name given twice")
        except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
            raise ValueError(f"cursor: expected a text such as 'Cursor(epoch=40, time=2)'; got {text!r}") from None
        for name, _ in given:
            one_of("Cursor", name, [f.name for f in fields(cls)])
        return cls(**dict(given))

    @property
    def _phases(self) -> dict[str | None, str | None]:
        """The phase by the kind of the cell, None for any kind."""
        return self.phase if isinstance(self.phase, dict) else {None: self.phase}

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
        phase = self._phases.get(layer.kind if isinstance(self.phase, dict) else None) or layer.quantities[-1]
        found = replace(
            self,
            epoch=self._epoch(trace),
            layer=layer.name,
            sample=_within("sample", 0 if self.sample is None else self.sample, len(trace.x)),
            time=_within("time", steps - 1 if self.time is None else self.time, steps),
            phase=one_of(f"phase of layer {layer.name!r}", phase, layer.quantities),
        )
        if self.unit == LARGEST:
            return replace(found, unit=_largest(layer, found, int(trace.epochs.searchsorted(found.epoch))))
        return replace(found, unit=_within("unit", 0 if self.unit is None else self.unit, layer.units))

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


def _largest(layer: LayerTrace, moment: Cursor, place: int) -> int:
    """Return the unit whose number at a moment is farthest from zero; the first of equal ones."""
    values = (layer.grad if moment.direction == "backward" else layer)[moment.phase][place, moment.sample]
    sizes = np.abs(values[moment.time] if values.ndim == 2 else values)
    return int(np.argmax(np.where(np.isnan(sizes), -1, sizes)))
