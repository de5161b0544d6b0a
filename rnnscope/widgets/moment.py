"""The controls of a moment beside its dials: direction, layer, sample and unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import BoundedIntText, Dropdown, ToggleButton, ToggleButtons

from rnnscope.session import Session
from rnnscope.trace.cursor import DIRECTIONS
from rnnscope.trace.moment import LARGEST
from rnnscope.widgets.controls import NARROW_LABEL

MOST_NAMES = 500
"""Of more samples the number is typed, even if they have names."""


class MomentControls:
    """Direction, layer, sample and unit of a session.

    Parameters
    ----------
    session
        What they move, and what they show.
    choice
        Makes a control: of a kind, with a name, a tooltip, a width, and what it calls with a new value.

    Attributes
    ----------
    controls
        All of them, in the order of the page.
    """

    def __init__(self, session: Session, choice: Callable[..., Any]) -> None:
        self.session, self.walk = session, session.walk
        walk = self.walk
        self._direction = choice(
            ToggleButtons,
            "direction",
            "forward: what is computed; backward: the gradient on its way back",
            "auto",
            lambda value: session.move(direction=value),
            options=DIRECTIONS,
            style={"button_width": "7em", "description_width": "5em"},
        )
        self._layer = choice(
            Dropdown,
            "layer",
            "which layer",
            "auto",
            lambda value: session.go(walk.in_layer(session.cursor, value)),
            options=[(" / ".join(dict.fromkeys(walk.names(layer))), layer) for layer in walk.layers],
            **NARROW_LABEL,
        )
        kind, wide, more = self._samples()
        self._sample = choice(
            kind,
            "sample",
            f"which of the {walk.samples} samples, from 0",
            wide,
            lambda value: session.move(sample=value),
            **more,
            **NARROW_LABEL,
        )
        self._unit = choice(
            BoundedIntText, "unit", "which unit, from 0", "9em", lambda value: session.move(unit=value), **NARROW_LABEL
        )
        self._largest = choice(
            ToggleButton,
            "largest",
            "always the unit whose value (backward: gradient) is farthest from zero at the moment",
            "5em",
            lambda value: session.move(
                unit=LARGEST if value else min(self._unit.value, self.walk.units(session.cursor.layer) - 1)
            ),
        )
        self.controls = [self._direction, self._layer, self._sample, self._unit, self._largest]

    def _samples(self) -> tuple[type, str, dict[str, Any]]:
        """Return the control of samples, how wide it is, and what it offers: names if they have some, else numbers."""
        labels, count = self.walk.traces[0].labels, self.walk.samples
        if labels.samples is None or count > MOST_NAMES:
            return BoundedIntText, "9em", {"max": count - 1}
        return Dropdown, "16em", {"options": [(f"{k}: {labels.sample(k)}", k) for k in range(count)]}

    def show(self) -> None:
        """Show the moment of the session."""
        cursor, walk = self.session.cursor, self.walk
        self._direction.value, self._layer.value = cursor.direction, cursor.layer
        self._sample.value = cursor.sample
        is_largest = cursor.unit == LARGEST
        self._largest.value = self._unit.disabled = is_largest
        shown = self.session.moments[0]
        self._unit.max = (shown.layer.units if is_largest else walk.units(cursor.layer)) - 1
        self._unit.value = shown.unit
