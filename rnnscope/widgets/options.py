"""A control for each option of the views that are shown, if it is one of a few words: order of units, scales."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import Dropdown, HBox, Layout

from rnnscope.languages import tr
from rnnscope.session import Session
from rnnscope.session.choices import choices_of


class OptionRow:
    """Drop-down lists for the options of the views of a session.

    Parameters
    ----------
    session
        What they are for.
    safely
        Makes what a control calls of what it does (`Board.safely`).
    """

    def __init__(self, session: Session, safely: Callable[[Callable[..., Any]], Callable[..., None]]) -> None:
        self.session, self.safely = session, safely
        self.box = HBox().add_class("rnnscope-row")
        self._lists: dict[str, Dropdown] = {}

    def show(self) -> None:
        """Show the options that the shown views have, as they are chosen."""
        choices, chosen = choices_of(self.session.views), self.session.options
        for name, words in choices.items():
            if name not in self._lists:
                self._lists[name] = self._list(name)
            made = self._lists[name]
            offered = tuple((tr(word), word) for word in words)
            if made.options != offered:
                made.options = offered
            made.value = chosen.get(name, words[0])
        lists = tuple(self._lists[name] for name in choices)
        if self.box.children != lists:
            self.box.children = lists

    def _list(self, name: str) -> Dropdown:
        made = Dropdown(
            description=tr(name),
            tooltip=tr("{name}, in all views that have it", name=tr(name)),
            layout=Layout(width="12em"),
            style={"description_width": "4em"},
        )
        changed = self.safely(lambda value: setattr(self.session, "options", {name: value}))
        made.observe(lambda event: changed(event["new"]), "value")
        return made
