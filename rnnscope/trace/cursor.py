"""A cursor: a moment of a trace as a person writes it, which pictures, widgets and animations share."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, fields

from rnnscope.checks import describe, one_of, positive_int
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.moment import LARGEST, Moment, resolve
from rnnscope.trace.trace import Trace

DIRECTIONS = ("forward", "backward")


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
        Name of a layer; None for the recurrent one whose values moved most while the net was trained.
    sample, time, unit
        Numbers from 0; None for the sample and the unit in which the output of the layer moves most (at the last
        epoch, so that they stay the same at all epochs), and for the last time step. The unit `"largest"` is the one
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
        phases = [*self.phase, *self.phase.values()] if isinstance(self.phase, Phases) else [self.phase]
        for name, values in (("layer", [self.layer]), ("phase", phases)):
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

    def fits(self, layer: LayerTrace) -> bool:
        """Say whether a layer has the phase and the unit, as far as they are given."""
        has_unit = not isinstance(self.unit, int) or self.unit < layer.units
        return has_unit and (not isinstance(self.phase, str) or self.phase in layer.quantities)

    def at(self, trace: Trace) -> Moment:
        """Return the moment of a trace that is meant, with nothing left open.

        Raises
        ------
        ValueError
            If the trace has no such epoch, layer, sample, time step, unit or quantity; it says what there is.
        """
        return resolve(self, [trace])[0]


def given(cursor: object, *, optional: bool = False) -> Cursor:
    """Return the cursor that somebody gave, or that of a moment; of None, if it is optional, one that is all open."""
    if optional and cursor is None:
        return Cursor()
    found = cursor.cursor if isinstance(cursor, Moment) else cursor
    if not isinstance(found, Cursor):
        raise TypeError(f"cursor: expected a Cursor, such as rs.Cursor(epoch=1); got {describe(cursor)}")
    return found
