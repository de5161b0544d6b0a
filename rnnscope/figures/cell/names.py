"""The names of the wires in a cell's diagram: which memory a line is, and where all values of a vector flow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rnnscope.cells.vocabulary import x
from rnnscope.figures.cell.diagram import Diagram
from rnnscope.figures.cell.room import Room
from rnnscope.figures.drawing.quick_text import QuickText, text_width
from rnnscope.figures.style import lettering
from rnnscope.figures.wiring.structure import Structure
from rnnscope.figures.wiring.wiring import Edge, entering
from rnnscope.languages import tr

MEAN_ROOM = 6.4
"""Beside the input its mean takes so much room, in font sizes."""


class WireNames:
    """What stands on the lines: of each memory line its name, of each double line how many values flow there.

    Attributes
    ----------
    texts
        By state for memory lines, by what enters for double lines; what has no room has none.
    """

    def __init__(self, diagram: Diagram, room: Room, units: int, *, is_first: bool) -> None:
        self.diagram, self.room, wiring = diagram, room, diagram.wiring
        self.texts: dict[str, QuickText] = {}
        self._name_input(is_first=is_first)
        for state, line in Structure(wiring).lines.items():
            quantity = wiring.cell[state]
            edges = [edge for edge in wiring.edges if {edge.source, edge.target} <= {entering(state), *line}]
            self._name(state, state, [tr(quantity.words), tr(quantity.title)], edges)
        for state in wiring.cell.states:
            edges = [edge for edge in wiring.out_of(entering(state)) if edge.reads_all]
            ways = [
                tr("all {count} values of the {state}", count=units, state=tr(wiring.cell[state].title)),
                tr("all {count} values of {symbol}", count=units, symbol=f"{state}₋₁"),
                tr("all {count} values", count=units),
            ]
            self._name(entering(state), state, ways, edges)

    def _name(self, key: str, state: str, variants: Sequence[str], edges: Sequence[Edge]) -> None:
        """Write the longest of some names that has room along the lines of some edges."""
        paths = dict(zip(self.diagram.wiring.edges, self.diagram.layout.paths, strict=True))
        legs = sorted({leg for edge in edges for leg in pairwise(paths[edge])})
        legs = [(end, to) for end, to in legs if abs(end[1] - to[1]) < 0.01]
        found = self.room.label([text_width(self.diagram.axes.figure, name) for name in variants], legs)
        if found:
            number, spot = found
            self.texts[key] = self.diagram.text(*spot, variants[number], color=lettering(self.diagram.colours[state]))

    def _name_input(self, *, is_first: bool) -> None:
        """Say beside the input what it is."""
        (left, y), count = self.diagram.layout.places[x.name], self.diagram.features
        ways = (
            [tr("the input at this time step"), tr("the input")]
            if is_first
            else [tr("the layer below at this time step"), tr("the layer below")]
        )
        if count != 1:
            ways = [tr("all {count} values of {what}", count=count, what=way) for way in ways]
        axes, start = self.diagram.axes, left + 0.1 + MEAN_ROOM / self.diagram.unit
        room = (axes.get_xlim()[1] - start) * self.diagram.unit
        fits = (text for text in ways if text_width(axes.figure, text) < room)
        self.texts[x.name] = self.diagram.text(start, y - 0.28, "left", next(fits, ""))
