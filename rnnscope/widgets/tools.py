"""The controls of what can be changed at a moment: a quantity is held, the input is fed, a weight is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ipywidgets import BoundedIntText, Dropdown, FloatSlider, FloatText, HBox, Widget

from rnnscope.cells import Quantity
from rnnscope.interventions import Change, Edit, Feed, Hold
from rnnscope.session import Session
from rnnscope.session.hands import are_of_one_place
from rnnscope.trace import Moment
from rnnscope.trace.naming import way_of_reading
from rnnscope.widgets.controls import NARROW_LABEL

ALL, HERE, ON = "all", "here", "on"
"""Where a quantity is held: everywhere, at the moment, or from the moment on."""

SHORT_LABEL = {"style": {"description_width": "2.2em"}}

PLACES = 100
"""So many steps a slider of values has."""

DIGITS = 9
"""A value of a slider has so many digits behind the point at most: sums of steps have more."""


class Tool:
    """A row of controls that changes something.

    Attributes
    ----------
    box
        The row.
    controls
        All that may be in it.
    """

    box: HBox
    controls: tuple[Widget, ...]

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def moment(self) -> Moment:
        """The moment in the pass with the changes, if there are some."""
        return self.session.moments[-1]

    def show(self) -> None:
        """Show what there is at the moment of the session."""
        raise NotImplementedError

    def make(self, change: Change) -> None:
        """Make a change; one of the same place as the last goes on with it."""
        hands = self.session.hands
        hands.add(change, goes_on=bool(hands.changes) and are_of_one_place(hands.changes[-1], change))


class HoldTool(Tool):
    """Holds the quantity that is the phase of the moment at what a slider says."""

    def __init__(self, session: Session, choice: Callable[..., Any]) -> None:
        super().__init__(session)
        self._ends: dict[tuple[str, str], tuple[float, float]] = {}
        self._shown = 0.0
        self._quantity = choice(
            Dropdown,
            "hold",
            "which gate, candidate or state to hold: the phase of this moment",
            "15em",
            lambda name: session.move(phase=name),
            **NARROW_LABEL,
        )
        self._value = choice(
            FloatSlider,
            "at",
            "drag to hold it at a value, whatever the cell computes; it begins at what it is at this moment",
            "16em",
            self._hold,
            readout_format=".2f",
            **NARROW_LABEL,
        )
        units, times = [("all units", ALL), ("this unit", HERE)], [("all time steps", ALL), ("this time step", HERE)]
        self._units = choice(Dropdown, "in", "in which units it is held", "12em", _none, options=units, **NARROW_LABEL)
        self._times = choice(
            Dropdown,
            "when",
            "at which time steps it is held",
            "14em",
            _none,
            options=[*times, ("from here on", ON)],
            **NARROW_LABEL,
        )
        self.controls = self._quantity, self._value, self._units, self._times
        self.box = HBox(self.controls)

    def show(self) -> None:
        """Show the quantities of the layer, and the value of that which is the phase."""
        moment, slider = self.moment, self._value
        names = tuple((f"{name}   {moment.layer.cell[name].title}", name) for name in moment.layer.phases)
        set_options(self._quantity, names)
        self._quantity.value = moment.phase
        low, high = self._ends_of(moment.layer.cell[moment.phase])
        if (slider.min, slider.max) != (low, high):
            slider.max = max(high, slider.max)
            slider.min, slider.max, slider.step = low, high, (high - low) / PLACES
        value = float(moment.layer[moment.phase][moment.run][moment.time, moment.unit])
        place = np.clip((value - low) / slider.step, 0, PLACES) if np.isfinite(value) else 0
        self._shown = slider.value = round(low + round(place) * slider.step, DIGITS)

    def _hold(self, value: float) -> None:
        if abs(value - self._shown) < self._value.step / 2:
            return  # the page says again what it was told
        moment = self.moment
        times = {ALL: None, HERE: moment.time, ON: slice(moment.time, None)}[self._times.value]
        units = None if self._units.value == ALL else moment.unit
        self.make(Hold(moment.layer.name, moment.phase, round(value, DIGITS), units=units, time=times))

    def _ends_of(self, quantity: Quantity) -> tuple[float, float]:
        """Return between which numbers a quantity lies; of one without bounds, a little more than what was recorded."""
        if quantity.ends is not None and np.isfinite(quantity.ends).all():
            return quantity.ends
        if quantity.role == "gate":
            return 0.0, 1.0
        (original,), key = self.session.hands.traces.values(), (self.moment.layer.name, quantity.name)
        if key not in self._ends:
            sizes = np.abs(original[key[0]][quantity.name])
            limit = max(1.0, float(np.ceil(1.5 * sizes[np.isfinite(sizes)].max(initial=0.0))))
            self._ends[key] = -limit, limit
        return self._ends[key]


class FeedTool(Tool):
    """Feeds another number, or another token, at the time step and in the sample of the moment."""

    def __init__(self, session: Session, choice: Callable[..., Any]) -> None:
        super().__init__(session)
        self._number = choice(
            FloatText,
            "input",
            "what the net reads in this sample at this time step: type another number",
            "12em",
            self._feed,
            **NARROW_LABEL,
        )
        self._token = choice(
            Dropdown,
            "token",
            "what the net reads in this sample at this time step: choose another token",
            "16em",
            self._feed,
            **NARROW_LABEL,
        )
        self._feature = choice(
            BoundedIntText,
            "feature",
            "which number of the input, from 0",
            "10em",
            lambda _: session.watchers.show(),
            **NARROW_LABEL,
        )
        self.controls, self.box = (self._number, self._token, self._feature), HBox()

    def show(self) -> None:
        """Show what is read at the moment; nothing if the layer does not go along with the time of the input."""
        trace = self.moment.trace
        has_tokens, is_several = trace.x.ndim == 2, trace.x.ndim == 3 and trace.x.shape[2] > 1
        if has_tokens:
            set_options(self._token, tuple((name, k) for k, name in enumerate(self._tokens())))
        elif is_several:
            self._feature.max = trace.x.shape[2] - 1
        shown = (self._token,) if has_tokens else (self._feature, self._number) if is_several else (self._number,)
        set_children(self.box, shown if self._time() is not None and trace.x.ndim in (2, 3) else ())
        if self.box.children:
            self._show_value()

    def _show_value(self) -> None:
        there = self.moment.trace.x[self.moment.sample, self._time()]
        if there.ndim:
            self._number.value = shortly(there[self._feature.value])
        else:
            self._token.value = int(there)

    def _tokens(self) -> list[str]:
        """Return what tokens are called, in their order."""
        (trace,) = self.session.hands.traces.values()
        table = next(layer for layer in map(trace.__getitem__, trace.layers) if layer.is_table and -1 in layer.reads)
        return trace.token_names[table.name]

    def _time(self) -> int | None:
        """Return the time step of the input at the moment; None if its layer goes another way."""
        moment = self.moment
        way = way_of_reading(moment.trace, moment.layer.name)
        return None if way is None else moment.time if way == 1 else moment.steps - 1 - moment.time

    def _feed(self, value: float) -> None:
        feature = self._feature.value if self._feature in self.box.children else None
        self.make(Feed(self.moment.sample, self._time(), value, feature))


class EditTool(Tool):
    """Gives a weight of the unit of the moment another value."""

    def __init__(self, session: Session, choice: Callable[..., Any]) -> None:
        super().__init__(session)
        self._weight = choice(
            Dropdown,
            "weight",
            "which weights of this phase; those of this unit are edited",
            "9em",
            lambda _: session.watchers.show(),
            **NARROW_LABEL,
        )
        self._row = choice(
            BoundedIntText,
            "row",
            "of which input or unit the weight is: the row of the matrix, from 0",
            "7em",
            lambda _: session.watchers.show(),
            **SHORT_LABEL,
        )
        self._value = choice(FloatText, "is", "the weight: type another number", "9em", self._edit, **NARROW_LABEL)
        self.controls, self.box = (self._weight, self._row, self._value), HBox()

    def show(self) -> None:
        """Show the weights of the phase, if it has some and they were kept at the epoch."""
        moment = self.moment
        kept = moment.epoch in moment.trace.snapshots.epochs
        names = tuple(w.name for w in moment.layer.cell.weights if w.quantity == moment.phase) if kept else ()
        if names:
            set_options(self._weight, names)
            self._show_value()
        else:
            set_children(self.box, ())

    def _show_value(self) -> None:
        block = self._block()
        set_children(
            self.box, (self._weight, self._row, self._value) if block.ndim > 1 else (self._weight, self._value)
        )
        self._row.max = len(block) - 1
        self._value.value = shortly(block[self._index(block)])

    def _block(self) -> np.ndarray:
        layer = self.moment.layer
        weight = next(each for each in layer.cell.weights if each.name == self._weight.value)
        array = layer.cell.array_of(weight)
        return layer.weights(self.moment.epoch)[array.name][array.index(weight, layer.units)]

    def _index(self, block: np.ndarray) -> tuple[int, ...]:
        return (self._row.value, self.moment.unit) if block.ndim > 1 else (self.moment.unit,)

    def _edit(self, value: float) -> None:
        self.make(Edit(self.moment.layer.name, self._weight.value, self._index(self._block()), value))


def set_options(made: Dropdown, options: tuple) -> None:
    """Offer other options, if they are others."""
    if made.options != options:
        made.options = options
        made.index = made.index or 0


def set_children(box: HBox, children: tuple) -> None:
    """Have other controls in a row, if they are others."""
    if box.children != children:
        box.children = children


def shortly(number: float) -> float:
    """Return a number as a field shows it, to six digits."""
    return float(f"{number:.6g}")


def _none(_: Any) -> None:
    """Do nothing: the next change asks the control."""
