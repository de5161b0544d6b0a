"""The dials of phases: one for each kind of cell in a layer, as each has phases of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import VBox

from rnnscope.languages import tr
from rnnscope.session import Session
from rnnscope.widgets.controls import Dial


class PhaseDials:
    """A dial for the phases of each kind of cell in the layer that is shown, as many as there are.

    Parameters
    ----------
    session
        What they move, and what they show.
    safely
        Makes what a control calls of what it does (`Board.safely`).
    make
        Makes the first dial, that steps and plays; it is given what is called with a new place.

    Attributes
    ----------
    box
        Where they are on the page.
    dials
        All that were made so far.
    """

    def __init__(
        self, session: Session, safely: Callable[..., Callable[..., None]], make: Callable[[Callable[[int], Any]], Dial]
    ) -> None:
        self.session, self.safely = session, safely
        self.dials = [make(lambda place: self._move(0, place))]
        self.box = VBox().add_class("rnnscope-phases")

    @property
    def first(self) -> Dial:
        """The dial of the kind with most phases, which leads the others."""
        return self.dials[0]

    @property
    def wide(self) -> str:
        """The room that names of dials need."""
        walk = self.session.walk
        return "5.5em" if max(len(walk.cells(layer)) for layer in walk.layers) == 1 else "10.5em"

    def show(self) -> None:
        """Show the phases of the moment of the session."""
        cursor, walk = self.session.cursor, self.session.walk
        phases, cells = walk.phases(cursor), walk.cells(cursor.layer)
        for k in range(len(self.dials), len(cells)):
            self.dials.append(Dial(tr("phase"), self.safely(lambda place, k=k: self._move(k, place))))
        for dial, (kind, names) in zip(self.dials, cells.items(), strict=False):
            place = names.index(phases[kind])
            title = tr("phase") if len(cells) == 1 else tr("phase of {cell}", cell=kind)
            parts = {"phase": phases[kind], "number": place + 1, "count": len(names)}
            dial.show(title, len(names), place, tr("{phase}   ({number} of {count})", **parts))
        shown = tuple(dial.box for dial in self.dials[: len(cells)])
        if self.box.children != shown:
            self.box.children = shown

    def _move(self, k: int, place: int) -> None:
        cursor, walk = self.session.cursor, self.session.walk
        kind, names = list(walk.cells(cursor.layer).items())[k]
        self.session.move(phase={**walk.phases(cursor), kind: names[place]})
