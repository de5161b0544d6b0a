"""The tool that gives a weight another value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from ipywidgets import BoundedIntText, Dropdown, FloatText, HBox

from rnnscope.interventions import Edit
from rnnscope.languages import tr
from rnnscope.session import Session
from rnnscope.widgets.controls import NARROW_LABEL
from rnnscope.widgets.tools.tool import Tool, set_children, set_options, shortly

SHORT_LABEL = {"style": {"description_width": "2.2em"}}


class EditTool(Tool):
    """Gives a weight of the unit of the moment another value."""

    def __init__(self, session: Session, choice: Callable[..., Any]) -> None:
        super().__init__(session)
        self._weight = choice(
            Dropdown,
            tr("weight"),
            tr("which weights of this phase; those of this unit are edited"),
            "9em",
            lambda _: session.watchers.show(),
            **NARROW_LABEL,
        )
        self._row = choice(
            BoundedIntText,
            tr("row"),
            tr("of which input or unit the weight is: the row of the matrix, from 0"),
            "7em",
            lambda _: session.watchers.show(),
            **SHORT_LABEL,
        )
        self._value = choice(
            FloatText, tr("is"), tr("the weight: type another number"), "9em", self._edit, **NARROW_LABEL
        )
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
