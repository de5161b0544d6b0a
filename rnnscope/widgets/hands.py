"""The panel of hands: what can be changed at the moment, what is changed, and the way back."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import Any

from ipywidgets import HTML, Button, HBox, ToggleButton, VBox, Widget

from rnnscope.interventions import Hold
from rnnscope.interventions.presets import FINDERS, TITLES, presets_of
from rnnscope.languages import tr
from rnnscope.session import Session
from rnnscope.widgets.controls import button
from rnnscope.widgets.tools import TOOLS
from rnnscope.widgets.tools.tool import set_children


class HandsPanel:
    """Folded to one button until it is used; what is changed is said, and can be undone, in either case.

    Parameters
    ----------
    session
        What is changed.
    choice
        Makes a control: of a kind, with a name, a tooltip, a width, and what it calls with a new value.
    safely
        Makes what a control calls of what it does (`Board.safely`).

    Attributes
    ----------
    box
        All of it.
    """

    def __init__(
        self, session: Session, choice: Callable[..., Any], safely: Callable[[Callable[..., Any]], Callable[..., None]]
    ) -> None:
        self.session, self.safely = session, safely
        self._open = choice(
            ToggleButton,
            tr("change something"),
            tr("hold a gate, feed another input or edit a weight, and see the net as it was beside the changed one"),
            "auto",
            lambda _: session.watchers.show(),
        )
        self._tools = [kind(session, choice) for kind in TOOLS]
        self._presets = {name: self._button(tr(TITLES[name]), "", self._preset(name)) for name in FINDERS}
        self._preset_row = HBox()
        self._words = HTML()
        undo = self._button(tr("undo"), tr("take back the last change"), session.hands.undo)
        clear = self._button(tr("undo all"), tr("take back every change"), lambda: session.hands.set(()))
        self._changed = VBox([self._words, _row(HBox([undo, clear]))])
        self.box = VBox().add_class("rnnscope-hands")
        for box in (*(tool.box for tool in self._tools), self._preset_row):
            _row(box)

    def show(self) -> None:
        """Show what can be changed, if it is unfolded, and what is."""
        hands = self.session.hands
        shown = []
        if self._open.value and hands.is_possible:
            for tool in self._tools:
                tool.show()
            self._show_presets()
            shown = [*(tool.box for tool in self._tools), self._preset_row]
        if hands.changes:
            words = "".join(f"<li>{html.escape(tr(each))}</li>" for each in hands.words)
            heading = html.escape(tr("Changed, beside the net as it was:"))
            self._words.value = f'<div role="status" class="rnnscope-changes">{heading}<ul>{words}</ul></div>'
            shown.append(self._changed)
        set_children(self.box, (self._open, *shown) if hands.is_possible else ())

    def widgets(self) -> Iterator[Widget]:
        """Iterate over all that may be on the page."""
        yield from (self.box, self._open, self._changed, self._preset_row, *self._presets.values())
        for tool in self._tools:
            yield from (tool.box, *tool.controls)

    def _show_presets(self) -> None:
        """Show the presets that the layer of the moment has, and say what they do there."""
        layer = self.session.moments[-1].layer
        found = presets_of(layer.cell)
        for name, gates in found.items():
            held = ", ".join(tr("{gate} at {value}", gate=gate, value=f"{value:g}") for gate, value in gates.items())
            self._presets[name].tooltip = tr(
                "hold {gates} in all units of layer {layer}, at all time steps", gates=held, layer=layer.name
            )
        set_children(self._preset_row, tuple(self._presets[name] for name in found))

    def _preset(self, name: str) -> Callable[[], None]:
        """Return what a button calls to hold gates in the layer of the moment."""

        def call() -> None:
            layer = self.session.moments[-1].layer
            gates = presets_of(layer.cell)[name]
            self.session.hands.add(*(Hold(layer.name, gate, value) for gate, value in gates.items()))

        return call

    def _button(self, text: str, tooltip: str, does: Callable[[], Any]) -> Button:
        return button(text, tooltip, self.safely(does))


def _row(box: HBox) -> HBox:
    """Return a box as a row of controls."""
    return box.add_class("rnnscope-row").add_class("rnnscope-views")
