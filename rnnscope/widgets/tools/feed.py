"""The tool that feeds another input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import BoundedIntText, Dropdown, FloatText, HBox

from rnnscope.interventions import Feed
from rnnscope.languages import tr
from rnnscope.session import Session
from rnnscope.trace.naming import way_of_reading
from rnnscope.widgets.controls import NARROW_LABEL
from rnnscope.widgets.tools.tool import Tool, set_children, set_options, shortly


class FeedTool(Tool):
    """Feeds another number, or another token, at the time step and in the sample of the moment."""

    def __init__(self, session: Session, choice: Callable[..., Any]) -> None:
        super().__init__(session)
        self._number = choice(
            FloatText,
            tr("input"),
            tr("what the net reads in this sample at this time step: type another number"),
            "12em",
            self._feed,
            **NARROW_LABEL,
        )
        self._token = choice(
            Dropdown,
            tr("token"),
            tr("what the net reads in this sample at this time step: choose another token"),
            "16em",
            self._feed,
            **NARROW_LABEL,
        )
        self._feature = choice(
            BoundedIntText,
            tr("feature"),
            tr("which number of the input, from 0"),
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
