"""The tool that holds a quantity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ipywidgets import Dropdown, FloatSlider, HBox, Widget

from rnnscope.cells import Quantity
from rnnscope.interventions import Hold
from rnnscope.languages import noted, tr
from rnnscope.session import Session
from rnnscope.widgets.controls import NARROW_LABEL
from rnnscope.widgets.tools.tool import Tool, set_children, set_options

ALL, HERE, ON = "all", "here", "on"
"""Where a quantity is held: everywhere, at the moment, or from the moment on."""

AT, FROM = noted("time step {time}"), noted("from time step {time} on")
"""What the latter two are called."""

PLACES = 100
"""So many steps a slider of values has."""

DIGITS = 9
"""A value of a slider has so many digits behind the point at most: sums of steps have more."""


class HoldTool(Tool):
    """Holds the quantity that is the phase of the moment at what a slider says."""

    def __init__(self, session: Session, choice: Callable[..., Any]) -> None:
        super().__init__(session)
        self._ends: dict[tuple[str, str], tuple[float, float]] = {}
        self._shown = 0.0
        self._quantity = choice(
            Dropdown,
            tr("hold"),
            tr("which gate, candidate or state to hold: the phase of this moment"),
            "15em",
            lambda name: session.move(phase=name),
            **NARROW_LABEL,
        )
        self._choice, self._sliders = choice, {}
        self._value = self._slider(0.0, 1.0)
        self._units = choice(Dropdown, tr("in"), tr("in which units it is held"), "12em", _none, **NARROW_LABEL)
        self._times = choice(Dropdown, tr("when"), tr("at which time steps it is held"), "16em", _none, **NARROW_LABEL)
        self.box = HBox(self._shown_controls)

    @property
    def controls(self) -> tuple[Widget, ...]:
        """All that may be in the row."""
        return self._quantity, self._units, self._times, *self._sliders.values()

    @property
    def _shown_controls(self) -> tuple[Widget, ...]:
        return self._quantity, self._value, self._units, self._times

    def _slider(self, low: float, high: float) -> FloatSlider:
        """Return the slider between two ends; each pair has its own, as a page cuts a value when ends change."""
        if (low, high) not in self._sliders:
            self._sliders[low, high] = self._choice(
                FloatSlider,
                tr("at"),
                tr("drag to hold it at a value, whatever the cell computes; it begins at what it is at this moment"),
                "16em",
                self._hold,
                readout_format=".2f",
                min=low,
                max=high,
                step=(high - low) / PLACES,
                **NARROW_LABEL,
            )
        return self._sliders[low, high]

    def show(self) -> None:
        """Show the quantities of the layer, and the value of that which is the phase."""
        moment = self.moment
        names = tuple((f"{name}   {tr(moment.layer.cell[name].title)}", name) for name in moment.layer.phases)
        set_options(self._quantity, names)
        self._quantity.value = moment.phase
        set_options(self._units, ((tr("all units"), ALL), (tr("unit {unit}", unit=moment.unit), HERE)))
        here, later = (tr(text, time=moment.time) for text in (AT, FROM))
        set_options(self._times, ((tr("all time steps"), ALL), (here, HERE), (later, ON)))
        low, high = self._ends_of(moment.layer.cell[moment.phase])
        slider = self._value = self._slider(low, high)
        set_children(self.box, self._shown_controls)
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


def _none(_: Any) -> None:
    """Do nothing: the next change asks the control."""
