"""What the tools of the panel of hands share."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ipywidgets import Box, Dropdown, HBox, Widget

from rnnscope.interventions import Change
from rnnscope.session import Session
from rnnscope.session.hands import are_of_one_place
from rnnscope.trace import Moment


class Tool(ABC):
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

    @abstractmethod
    def show(self) -> None:
        """Show what there is at the moment of the session."""

    def make(self, change: Change) -> None:
        """Make a change; one of the same place as the last goes on with it."""
        hands = self.session.hands
        hands.add(change, goes_on=bool(hands.changes) and are_of_one_place(hands.changes[-1], change))


def set_options(made: Dropdown, options: tuple) -> None:
    """Offer other options, if they are others, with the one at the same place chosen."""
    if made.options != options:
        before, made.options = made.index or 0, options
        made.index = min(before, len(options) - 1)


def set_children(box: Box, children: tuple) -> None:
    """Have other controls in a row, if they are others."""
    if box.children != children:
        box.children = children


def shortly(number: float) -> float:
    """Return a number as a field shows it, to six digits."""
    return float(f"{number:.6g}")
