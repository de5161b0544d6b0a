"""The lines of a cell's diagram: single where a unit's own number flows, double where all values flow together."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.path import Path

from rnnscope.figures.cell.diagram import Diagram
from rnnscope.figures.drawing.shapes import arrowhead, rounded_box, rounded_path
from rnnscope.figures.style import faint, paper
from rnnscope.figures.wiring.flows import CellData

WIDTHS = {False: (1.2, 2.6), True: (3.4, 4.8)}
"""How wide a line is that stands back and one of the phase, in points: a single and a double one."""

CORE = {False: 1.4, True: 1.8}
"""How wide the gap in a double line is that stands back, and in one of the phase."""

BEAD = 0.15
"""How large a bead is that travels, in units of the drawing."""


class Wires:
    """The lines of a diagram with their arrowheads, the dots where they branch, and the beads that travel on them."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram, self.edges = diagram, diagram.wiring.edges
        paths, self.dots = diagram.layout.paths, diagram.layout.dots
        self.are_double = [diagram.wiring.carries_all(edge, diagram.features) for edge in self.edges]
        self.lines = [rounded_path(path) for path in paths]
        heads = (arrowhead(path, 0.26, at_start=diagram.backward) for path in paths)
        self.heads = [Path([*head, head[0]], closed=True) for head in heads]
        points = [rounded_box(*place, 0.075, 0.075, 1) for _, place in self.dots]
        self.line_art = diagram.axes.add_collection(LineCollection([], capstyle="butt", zorder=2))
        self.head_art = diagram.axes.add_collection(PathCollection([], linewidth=0, zorder=2.1))
        self.dot_art = diagram.axes.add_collection(PolyCollection(points, zorder=2.2))
        self.bead_art = diagram.axes.add_collection(PolyCollection([], edgecolor=paper(), linewidth=1, zorder=2.3))
        self.moving: list[Artist] = [self.line_art, self.head_art, self.dot_art, self.bead_art]

    def show(self, data: CellData) -> None:
        """Colour the lines of the phase as far as it has come; what is known by now stands back, other lines more."""
        order = sorted(range(len(self.edges)), key=lambda k: (k in data.lit, k in data.known, not self.are_double[k]))
        strokes = [stroke for k in order for stroke in self._strokes(k, data)]
        segments, colours, widths = zip(*strokes, strict=True)
        self.line_art.set_segments(segments)
        self.line_art.set(color=colours, linewidth=widths)
        self.head_art.set_paths([self.heads[k] for k in order])
        self.head_art.set_facecolor([self._colour(k, data, arrived=data.travelled.get(k, 1) >= 1) for k in order])
        begun = [k for k in data.lit if data.travelled.get(k, 1) > 0]
        lit = {self.edges[k].source: self.diagram.colours[self.edges[k].source] for k in begun}
        self.dot_art.set_color([lit.get(source, faint(0.5)) for source, _ in self.dots])
        beads = [k for k, part in data.travelled.items() if 0 < part < 1]
        self.bead_art.set_verts([rounded_box(*self._cut(k, data.travelled[k])[-1], BEAD, BEAD, 1) for k in beads])
        self.bead_art.set_facecolor([self._colour(k, data, arrived=True) for k in beads])

    def way(self, number: int) -> np.ndarray:
        """Return a line as something travels along it, as places of the drawing."""
        return self.lines[number][:: -1 if self.diagram.backward else 1]

    def colour(self, number: int) -> str:
        """Return the colour of what travels along a line."""
        return self.diagram.colours[self.edges[number].source]

    def widths(self, number: int) -> tuple[float, float]:
        """Return how wide a line of the phase is, and the gap in it if it is a double one (else 0), in points."""
        return WIDTHS[self.are_double[number]][True], CORE[True] if self.are_double[number] else 0.0

    def _strokes(self, number: int, data: CellData) -> list[tuple[np.ndarray, str, float]]:
        """Return what is drawn of a line, one above the other: outlines, colours and widths."""
        part = data.travelled.get(number, 1.0)
        whole = part >= 1
        found = self._stroke(number, self.lines[number], self._colour(number, data, arrived=whole), data, wide=whole)
        if 0 < part < 1:
            found += self._stroke(number, self._cut(number, part), self._colour(number, data, arrived=True), data)
        return found

    def _stroke(
        self, number: int, line: np.ndarray, colour: str, data: CellData, *, wide: bool = True
    ) -> list[tuple[np.ndarray, str, float]]:
        is_lit, is_double = wide and number in data.lit, self.are_double[number]
        found = [(line, colour, WIDTHS[is_double][is_lit])]
        return [*found, (line, paper(), CORE[is_lit])] if is_double else found

    def _cut(self, number: int, part: float) -> np.ndarray:
        """Return a line as far as something has travelled along it."""
        line = self.way(number)
        along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))]
        end = [np.interp(part * along[-1], along, line[:, axis]) for axis in (0, 1)]
        return np.concatenate([line[along < part * along[-1]], [end]])

    def _colour(self, number: int, data: CellData, *, arrived: bool) -> str:
        if number in data.lit and arrived:
            return self.colour(number)
        return faint(0.5 if number in data.known else 0.78)
