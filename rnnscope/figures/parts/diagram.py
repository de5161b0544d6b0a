"""The parts of a cell's diagram: its frame, lines, boxes and numbers, each drawn once and then lit by phase."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from rnnscope.cells.vocabulary import PREVIOUS
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.drawing.shapes import arrowhead, rounded_box, rounded_path
from rnnscope.figures.parts.flows import CellData
from rnnscope.figures.parts.placement import LOW, half, placement_of
from rnnscope.figures.parts.wiring import Edge, Node, Wiring
from rnnscope.figures.style import NOT_FINITE, blend, em, faint, ink, paper, quantity_colour, written

SIDE, ENDS = 1.4, (4.4, 6.6)
"""Room for names and numbers at the left and the right of a cell: at least so many units, and so many font
sizes, forward and backward."""

ROOMY = 3.2
"""Numbers are written on the lines if a unit of the drawing is at least so many font sizes."""

GAUGE = 0.62, 0.075
"""Half of the width and height of the strip in a box that shows how far it is open."""

SHORT, ASIDE = 0.5, 0.38
"""Where a line is so short, numbers stand so far beside it, clear of the node at its other end."""

MEAN, MOST_LETTERS = "avg ", 6
"""What stands before the mean in a box; one of more letters has one digit, or stands there alone."""

RADII = {"layer": 0.14, "plus": 1, "times": 1, "unary": 1, "map": 0.1}
"""The kinds of nodes that are drawn, and how round they are."""


class Diagram:
    """The frame of a diagram: its axes in units of the drawing, the body of the cell, and how texts are written.

    Attributes
    ----------
    axes, wiring, placement
        Where it is drawn, what is drawn, and where its parts lie.
    backward
        Whether gradients are shown.
    unit
        How many font sizes a unit of the drawing is.
    roomy
        Whether there is room for numbers on the lines.
    """

    def __init__(self, axes: Axes, wiring: Wiring, *, backward: bool) -> None:
        self.axes, self.wiring, self.backward = axes, wiring, backward
        self.placement = p = placement_of(wiring)
        wide, high = size_in_ems(axes, em())
        ends = ENDS[backward]
        side = max(SIDE, ends * p.right / max(wide - 2 * ends, 1))
        self.unit = min(wide / (p.right + 2 * side), high / (p.top - p.bottom + 0.8))
        self.roomy = self.unit >= ROOMY
        axes.set(xlim=(-side, p.right + side), ylim=(p.bottom - 0.7, p.top + 0.1))
        axes.set_aspect("equal", anchor="N")
        axes.set_axis_off()
        low = p.bottom + 0.4
        body = rounded_box((p.right + 0.05) / 2, (low + p.top) / 2, p.right / 2 - 0.3, (p.top - low) / 2, 0.5)
        axes.add_collection(PolyCollection([body], facecolor=faint(0.95), edgecolor=faint(0.7), linewidth=1, zorder=1))

    def colour(self, key: str) -> str:
        """Return the colour of what a node puts out."""
        name = key.removesuffix(PREVIOUS).removeprefix("exit ")
        name = name if name in self.wiring.cell.names else self.wiring.nodes[key].phase
        return quantity_colour(self.wiring.cell, name) if name else ink()

    def text(self, x: float, y: float, side: str, text: str = "", **style: Any) -> QuickText:
        """Return a text whose `side` ("left", "center", "right") is at x."""
        return write(self.axes, x, y, text, side=side, **style)

    def beside_end(self, node: Node, up: int) -> tuple[float, float, str]:
        """Return where a text stands beside an end of the memory, above (1) or below (-1) its line."""
        x, y = self.placement.places[node.key]
        rise = up * max(0.22, 0.7 / self.unit)
        return (x - 0.12, y + rise, "right") if node.kind == "previous" else (x + 0.12, y + rise, "left")


class Wires:
    """The lines of a diagram with their arrowheads, and the dots where they branch."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram, self.edges = diagram, diagram.wiring.edges
        paths, self.dots = diagram.placement.paths, diagram.placement.dots
        self.lines = [rounded_path(path) for path in paths]
        self.heads = [arrowhead(path, 0.26, at_start=diagram.backward) for path in paths]
        points = [rounded_box(*place, 0.075, 0.075, 1) for _, place in self.dots]
        self.line_art = diagram.axes.add_collection(LineCollection([], capstyle="round", zorder=2))
        self.head_art = diagram.axes.add_collection(PolyCollection([], linewidth=0, zorder=2.1))
        self.dot_art = diagram.axes.add_collection(PolyCollection(points, zorder=2.2))
        self.moving: list[Artist] = [self.line_art, self.head_art, self.dot_art]

    def show(self, data: CellData) -> None:
        """Colour the lines of the phase; what is known by now stands back, what is not yet further back."""
        order = sorted(range(len(self.edges)), key=lambda k: (k in data.lit, k in data.known))
        colours = [self._colour(k, data) for k in order]
        self.line_art.set_segments([self.lines[k] for k in order])
        self.line_art.set(color=colours, linewidth=[2.6 if k in data.lit else 1.2 for k in order])
        self.head_art.set_verts([self.heads[k] for k in order])
        self.head_art.set_facecolor(colours)
        lit = {self.edges[k].source: self._colour(k, data) for k in data.lit}
        self.dot_art.set_color([lit.get(source, faint(0.5)) for source, _ in self.dots])

    def _colour(self, number: int, data: CellData) -> str:
        if number in data.lit:
            return self.diagram.colour(self.edges[number].source)
        return faint(0.5 if number in data.known else 0.78)


class Boxes:
    """The nodes of a diagram, their names, and in gates and candidates a strip that shows how far they are open."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram, self.places = diagram, diagram.placement.places
        self.nodes = [node for node in diagram.wiring.nodes.values() if node.kind in RADII]
        outlines = [rounded_box(*self.places[n.key], *half(n), RADII[n.kind]) for n in self.nodes]
        self.box_art = diagram.axes.add_collection(PolyCollection(outlines, zorder=3))
        self.gauge_art = diagram.axes.add_collection(PolyCollection([], linewidth=0, zorder=3.1))
        self.labels = [text for node in diagram.wiring.nodes.values() for text in self._labels(node)]
        self.moving: list[Artist] = [self.box_art, self.gauge_art, *self.labels]

    def show(self, data: CellData) -> None:
        """Colour the nodes of the phase, and show how far the boxes are open."""
        edges = [self.diagram.wiring.edges[k] for k in data.lit]
        computed = {edge.source if self.diagram.backward else edge.target for edge in edges}
        lit = [node.key in computed for node in self.nodes]
        colours = [self.diagram.colour(node.key) for node in self.nodes]
        faces = [blend(c, paper(), 0.72 if on else 0.9) for c, on in zip(colours, lit, strict=True)]
        rims = [c if on else blend(c, paper(), 0.55) for c, on in zip(colours, lit, strict=True)]
        self.box_art.set(facecolor=faces, edgecolor=rims, linewidth=[2.2 if on else 1.1 for on in lit])
        strips = [strip for key, place in self.gauges().items() for strip in self._gauge(key, place, data)]
        self.gauge_art.set_verts([outline for outline, _ in strips])
        self.gauge_art.set_facecolor([colour for _, colour in strips])

    def _labels(self, node: Node) -> list[QuickText]:
        """Return the texts that name a node."""
        (x, y), text = self.places[node.key], self.diagram.text
        name = {"fontweight": "bold", "fontsize": em(), "color": self.diagram.colour(node.key)}
        way = "into" if node.kind == "exit" else "to"
        label = f"{way} ∂L/∂{node.label}" if self.diagram.backward else node.label
        if node.kind in ("previous", "exit"):
            return [text(*self.diagram.beside_end(node, 1), label, **name)]
        if node.kind == "input":
            return [text(x - 0.1, y - 0.28, "right", label, **name)]
        if node.kind != "layer":
            return [text(x, y, "center", node.label)]
        title = node.key if node.key in self.diagram.wiring.cell.names else ""
        if not self.diagram.roomy:
            return [text(x, y + 0.16, "center", title, **name)]
        left = text(x - GAUGE[0], y + 0.28, "left", title, **name)
        return [left, text(x + GAUGE[0], y + 0.28, "right", node.label)]

    def show_strips(self) -> None:
        """Show the strips in the boxes without what is open of them."""
        self.gauge_art.set_verts([rounded_box(x, middle, *GAUGE, 0) for x, middle, _ in self.gauges().values()])
        self.gauge_art.set_facecolor(faint(0.8))

    def gauges(self) -> dict[str, tuple[float, float, float]]:
        """Return by node where the strip in a box has its middle, and the number at its left end; 1 is at its right."""
        cell, found = self.diagram.wiring.cell, {}
        for node in self.nodes:
            if node.kind == "layer":
                x, y = self.places[node.key]
                is_gate = node.key in cell.names and cell[node.key].role == "gate"
                found[node.key] = x, y - (0.06 if self.diagram.roomy else 0.34), 0.0 if is_gate else -1.0
        return found

    def _gauge(self, key: str, place: tuple[float, float, float], data: CellData) -> list[tuple[np.ndarray, str]]:
        """Return a strip, its part from zero to the mean over all units, and a tick at the chosen unit."""
        (x, middle, low), (wide, high), mean = place, GAUGE, data.means.get(key)

        def at(value: float) -> float:
            part = (np.clip(np.nan_to_num(value), low, 1) - low) / (1 - low)
            return x + wide * (2 * part - 1)

        strip = [(rounded_box(x, middle, wide, high, 0), faint(0.8))]
        if mean is None:
            return strip
        mean, start, unit = (at(value) for value in (mean, 0.0, data.flows.values[key]))
        return [
            *strip,
            (rounded_box((mean + start) / 2, middle, abs(mean - start) / 2, high, 0), self.diagram.colour(key)),
            (rounded_box(unit, middle, 0.03, 1.9 * high, 0), ink()),
        ]


class Numbers:
    """The numbers of a diagram: on the lines if there is room, and always at the ends.

    Attributes
    ----------
    texts
        By node on the way forward, by number of the edge on the way back; `"mean f"` for those in the boxes.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.diagram, self.wiring = diagram, diagram.wiring
        self.texts: dict[str | int, QuickText] = {}
        for key, node in self.wiring.nodes.items():
            x, y = diagram.placement.places[key]
            if node.kind in ("previous", "exit"):
                self.texts[key] = diagram.text(*diagram.beside_end(node, -1))
            elif node.kind == "input":
                self.texts[key] = diagram.text(x + 0.1, y - 0.28, "left")
            elif diagram.roomy and not diagram.backward:
                self.texts[key] = diagram.text(*self._beside_start(key))
            if node.kind == "layer" and diagram.roomy:
                self.texts[f"mean {key}"] = diagram.text(x, y - 0.4, "center")
        for k, edge in enumerate(self.wiring.edges if diagram.backward and diagram.roomy else ()):
            if self.wiring.nodes[edge.target].kind != "exit":
                self.texts[k] = diagram.text(*self._beside_end(k, edge))
        self.moving: list[Artist] = list(self.texts.values())

    def show(self, data: CellData) -> None:
        """Write the numbers that are known by now."""
        lit = {key for k in data.lit for key in (k, self.wiring.edges[k].source, self.wiring.edges[k].target)}
        for key, text in self.texts.items():
            quantity = str(key).removeprefix("mean ")
            is_mean = quantity != key and isinstance(key, str)
            value = data.means.get(quantity) if is_mean else data.numbers.get(key)
            number = "" if value is None else written(value, 2 if is_mean or isinstance(key, int) else 3)
            text.set_text(mean_text(number) if is_mean else number and ("= " if key == "x" else "") + number)
            text.set_color(ink() if is_mean or key in lit else faint(0.35))
            if value is not None and not np.isfinite(value):
                text.set_color(NOT_FINITE)

    def _beside_start(self, key: str) -> tuple[float, float, str]:
        """Return where the value of a node stands: beside the line that begins there."""
        found = zip(self.wiring.edges, self.diagram.placement.paths, strict=True)
        legs = (path[:2] for edge, path in found if edge.source == key)
        (x, y), (to_x, to_y) = max(legs, key=lambda leg: leg[0][0])
        if abs(to_x - x) > 0.01:
            return x + 0.08, y + 0.22, "left"
        up = 0.5 if self.wiring.nodes[key].kind == "map" else 0.24 if to_y > y else -0.24
        return x + (0.15 if abs(to_y - y) > SHORT else ASIDE), y + up, "left"

    def _beside_end(self, number: int, edge: Edge) -> tuple[float, float, str]:
        """Return where what an edge carries back stands: beside its end."""
        (from_x, from_y), (x, y) = self.diagram.placement.paths[number][-2:]
        if abs(from_x - x) > 0.01:
            return x - 0.1, y + 0.22, "right"
        enters, kind = self.wiring.nodes[edge.source].kind == "previous", self.wiring.nodes[edge.target].kind
        # where a box stands at the right, a number stands at the left
        crowded = kind == "map" or (kind == "times" and y <= LOW and from_y < y)
        side = "right" if crowded or (kind == "layer" and (from_y > y or not enters)) else "left"
        # the numbers of two neighbours would meet at one height
        down = 0.5 if kind == "map" or (enters and kind == "layer") else 0.26
        aside = 0.15 if abs(from_y - y) > SHORT else ASIDE
        return x + (-0.08 if side == "right" else aside), y + (-down if from_y < y else 0.26), side


def mean_text(number: str) -> str:
    """Return what stands in a box for a mean, from the mean with two digits: as much as there is room for.

    Examples
    --------
    >>> mean_text("0.046"), mean_text("−0.0085"), mean_text("−1.2e−12")
    ('avg 0.046', 'avg −0.009', 'avg −1e−12')
    """
    value = float(number.replace("−", "-").replace("∞", "inf") or 0)
    shown = written(value, 1) if len(number) > MOST_LETTERS and abs(value) < 1 else number
    return (MEAN if len(shown) <= MOST_LETTERS else "") + shown if number else ""
