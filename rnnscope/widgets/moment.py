"""The controls of a moment beside its dials: direction, layer, sample and unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import BoundedIntText, Box, Dropdown, ToggleButton, ToggleButtons

from rnnscope.languages import noted, tr
from rnnscope.session import Session
from rnnscope.trace.cursor import DIRECTIONS
from rnnscope.trace.labels import Labels
from rnnscope.trace.moment import LARGEST
from rnnscope.widgets.controls import NARROW_LABEL

WAYS = {"forward": noted("forward"), "backward": noted("backward")}
"""What the directions are called."""

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
        self.session, self._choice = session, choice
        self._direction = choice(
            ToggleButtons,
            tr("direction"),
            tr("forward: what is computed; backward: the gradient on its way back"),
            "auto",
            lambda value: session.move(direction=value),
            options=tuple((tr(WAYS[way]), way) for way in DIRECTIONS),
            style={"button_width": "7em", "description_width": "5em"},
        )
        self._layer = choice(
            Dropdown,
            tr("layer"),
            tr("which layer"),
            "auto",
            lambda value: session.go(session.walk.in_layer(session.cursor, value)),
            **NARROW_LABEL,
        )
        self._sample = Box()
        self._samples: dict[type, BoundedIntText | Dropdown] = {}
        self._unit = choice(
            BoundedIntText,
            tr("unit"),
            tr("which unit, from 0"),
            "9em",
            lambda value: session.move(unit=value),
            **NARROW_LABEL,
        )
        self._largest = choice(
            ToggleButton,
            tr("largest"),
            tr("always the unit whose value (backward: gradient) is farthest from zero at the moment"),
            "5em",
            lambda value: session.move(
                unit=LARGEST if value else min(self._unit.value, session.walk.units(session.cursor.layer) - 1)
            ),
        )
        self.controls = [self._direction, self._layer, self._sample, self._unit, self._largest]

    def show(self) -> None:
        """Show the moment of the session."""
        cursor, walk = self.session.cursor, self.session.walk
        layers = tuple((" / ".join(dict.fromkeys(walk.names(layer))), layer) for layer in walk.layers)
        if self._layer.options != layers:
            self._layer.options = layers
        self._direction.value, self._layer.value = cursor.direction, cursor.layer
        self._show_sample(walk.traces[0].labels, walk.samples)
        is_largest = cursor.unit == LARGEST
        self._largest.value = self._unit.disabled = is_largest
        shown = self.session.moments[0]
        self._unit.max = (shown.layer.units if is_largest else walk.units(cursor.layer)) - 1
        self._unit.value = shown.unit

    def _show_sample(self, labels: Labels, count: int) -> None:
        """Show the sample: in a list if samples have names and are not too many, else as a number."""
        has_names = labels.samples is not None and count <= MOST_NAMES
        kind, wide = (Dropdown, "16em") if has_names else (BoundedIntText, "9em")
        if kind not in self._samples:
            self._samples[kind] = self._choice(
                kind, tr("sample"), "", wide, lambda value: self.session.move(sample=value), **NARROW_LABEL
            )
        made = self._samples[kind]
        made.tooltip = tr("which of the {count} samples, from 0", count=count)
        if has_names:
            names = tuple((f"{k}: {labels.sample(k)}", k) for k in range(count))
            if made.options != names:
                made.options = names
        else:
            made.max = count - 1
        made.value = self.session.cursor.sample
        if self._sample.children != (made,):
            self._sample.children = (made,)
