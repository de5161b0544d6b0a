"""The frame of a cell's diagram, and its boxes, which are drawn once and then lit by phase."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba_array

from rnnscope.figures.cell.gauges import GAUGE, Gauge
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import blend, em, faint, ink, input_colour, lettering, paper, quantity_colour
from rnnscope.figures.wiring.flows import CellData
from rnnscope.figures.wiring.layout import layout_of
from rnnscope.figures.wiring.sizes import half
from rnnscope.figures.wiring.wiring import Wiring, WiringNode
from rnnscope.languages import noted, tr
from rnnscope.words import width_of

LEAST_SIDE, ENDS = 1.4, (4.4, 6.6)
"""Room for names and numbers at the left and the right of a cell: at least so many units, and so many font
sizes, forward and backward."""

LETTER = 0.65
"""How wide a letter of a name is, in font sizes."""

ROOMY_UNIT = 3.2
"""Numbers are written on the lines if a unit of the drawing is at least so many font sizes."""

MEANS_UNIT = 4.0
"""Means are written in the boxes, below name and strip, if a unit of the drawing is at least so many font sizes."""

LEAST_NODE = 0.75
"""Half of the height of a node in which a word stands is at least so many font sizes."""

LIT_FACE = 0.72
"""So near to the paper is the colour of a box of the phase."""

HAND, HAND_DASHES = noted("held"), (0, (2.2, 1))
"""What stands in a box in place of its function where it is held by hand, and the dashes of its rim."""

Spot = tuple[float, float, str]
"""Where a text stands, and which of its sides is there."""

RADII = {"layer": 0.14, "plus": 1, "times": 1, "unary": 1, "map": 0.1, "constant": 0.1}
"""The kinds of nodes that are drawn, and how round they are."""


class Diagram:
    """The frame of a diagram: its axes in units of the drawing, the body of the cell, and how texts are written.

    Attributes
    ----------
    axes, wiring, layout
        Where it is drawn, what is drawn, and where its parts lie.
    features
        How many numbers the input of the layer has at a time step.
    backward
        Whether gradients are shown.
    colours
        The colour of what each node puts out.
    body
        The outline of the body of the cell.
    unit
        How many font sizes a unit of the drawing is.
    roomy, has_means
        Whether there is room for numbers on the lines, and for means in the boxes.
    """

    def __init__(self, axes: Axes, wiring: Wiring, *, features: int, backward: bool) -> None:
        self.axes, self.wiring, self.features, self.backward = axes, wiring, features, backward
        self.layout = p = layout_of(wiring.cell)
        self.colours = {key: self._colour(node) for key, node in wiring.nodes.items()}
        wide, high = size_in_ems(axes, em())
        ends = room_for_ends(wiring, backward=backward)
        side = max(LEAST_SIDE, ends * p.right / max(wide - 2 * ends, 1))
        self.unit = min(wide / (p.right + 2 * side), high / (p.top - p.bottom + 0.8))
        self.roomy, self.has_means = self.unit >= ROOMY_UNIT, self.unit >= MEANS_UNIT
        axes.set(xlim=(-side, p.right + side), ylim=(p.bottom - 0.7, p.top + 0.1))
        axes.set_aspect("equal", anchor="N")
        axes.set_axis_off()
        low = p.bottom + 0.4
        self.body = body = rounded_box(
            (p.right + 0.05) / 2, (low + p.top) / 2, p.right / 2 - 0.3, (p.top - low) / 2, 0.5
        )
        axes.add_collection(PolyCollection([body], facecolor=faint(0.95), edgecolor=faint(0.7), linewidth=1, zorder=1))

    def _colour(self, node: WiringNode) -> str:
        name = node.of or (node.key if node.key in self.wiring.cell.names else node.phase)
        return quantity_colour(self.wiring.cell, name) if name else input_colour()

    def text(self, x: float, y: float, side: str, text: str = "", **style: Any) -> QuickText:
        """Return a text whose `side` ("left", "center", "right") is at x."""
        return write(self.axes, x, y, text, side=side, **style)

    def beside_end(self, node: WiringNode, up: int) -> Spot:
        """Return where a text stands beside an end of the memory, above (1) or below (-1) its line."""
        x, y = self.layout.places[node.key]
        rise = up * max(0.22, 0.7 / self.unit)
        return (x - 0.12, y + rise, "right") if node.kind == "previous" else (x + 0.12, y + rise, "left")


class Boxes:
    """The nodes of a diagram, their names, and in gates and candidates a strip that shows how far they are open."""

    def __init__(self, diagram: Diagram, scales: Mapping[str, Scale]) -> None:
        self.diagram, self.places, self.scale = diagram, diagram.layout.places, scales
        self.nodes = [node for node in diagram.wiring.nodes.values() if node.kind in RADII]
        diagram.axes.stands_for(self._at)
        outlines = [rounded_box(*self.places[n.key], *self.half(n), RADII[n.kind]) for n in self.nodes]
        colours = [diagram.colours[node.key] for node in self.nodes]
        self.faces, self.rims = (
            [to_rgba_array([blend(colour, paper(), part) for colour in colours]) for part in parts]
            for parts in ((0.9, LIT_FACE), (0.55, 0))
        )  # of boxes that stand back, and of those of the phase
        self.functions: dict[str, QuickText] = {}
        self.box_art = diagram.axes.add_collection(PolyCollection(outlines, zorder=3))
        self.gauge_art = diagram.axes.add_collection(PolyCollection([], linewidth=0, zorder=3.1))
        self.labels = [text for node in diagram.wiring.nodes.values() for text in self._labels(node)]
        self.moving: list[Artist] = [self.box_art, self.gauge_art, *self.labels]

    def show(self, data: CellData) -> None:
        """Colour the nodes of the phase, and show how far the boxes are open."""
        edges = [self.diagram.wiring.edges[k] for k in data.lit]
        computed = {edge.source if self.diagram.backward else edge.target for edge in edges}
        computed -= {key for key, part in data.opened.items() if not part}
        computed |= data.hands & {data.phase}
        lit = np.array([node.key in computed for node in self.nodes])
        faces, rims = (np.where(lit[:, None], on, off) for off, on in (self.faces, self.rims))
        hands = np.array([node.key in data.hands for node in self.nodes])
        rims = np.where(hands[:, None], to_rgba_array(ink()), rims)
        self.box_art.set(facecolor=faces, edgecolor=rims, linewidth=np.where(lit | hands, 2.2, 1.1))
        self.box_art.set_linestyle([HAND_DASHES if is_held else "-" for is_held in hands])
        for key, text in self.functions.items():
            text.set_text(tr(HAND) if key in data.hands else self.diagram.wiring.nodes[key].label)
        strips = [strip for key, place in self.gauges.items() for strip in self._gauge(key, place, data)]
        self.gauge_art.set_verts([outline for outline, _ in strips])
        self.gauge_art.set_facecolor([colour for _, colour in strips])

    def _at(self, x: float, y: float) -> dict[str, str]:
        """Return the phase of the box at a place."""
        sizes = ((node, self.places[node.key], self.half(node)) for node in self.nodes if node.phase)
        return next(({"phase": n.phase} for n, at, s in sizes if abs(x - at[0]) <= s[0] and abs(y - at[1]) <= s[1]), {})

    def half(self, node: WiringNode) -> tuple[float, float]:
        """Return half of the width and height of a node; it is as large as what stands in it, where that is small."""
        wide, high = half(node)
        if node.kind not in ("unary", "constant"):
            return wide, high
        letters, unit = text_width(self.diagram.axes.figure, node.label), self.diagram.unit
        return max(wide, (letters / 2 + 0.3) / unit), max(high, LEAST_NODE / unit)

    def _labels(self, node: WiringNode) -> list[QuickText]:
        """Return the texts that name a node."""
        (x, y), text = self.places[node.key], self.diagram.text
        colour = self.diagram.colours[node.key]
        face = blend(colour, paper(), LIT_FACE) if node.kind == "layer" else None
        name = {"fontweight": "bold", "fontsize": em(), "color": lettering(colour, face)}
        label = _end_label(node, backward=self.diagram.backward)
        if node.kind in ("previous", "exit"):
            return [text(*self.diagram.beside_end(node, 1), label, **name)]
        if node.kind == "input":
            return [text(x - 0.1, y - 0.28, "right", label, **name)]
        if node.kind != "layer":
            return [text(x, y, "center", node.label)]
        title = node.key if node.key in self.diagram.wiring.cell.names else ""
        if not self.diagram.roomy:
            return [text(x, y + 0.16, "center", title, **name)]
        room = int(2 * GAUGE[0] * self.diagram.unit / LETTER) - len(node.label)
        if len(title) > room:
            room += len(node.label)
            title = title if len(title) <= room else title[: room - 1] + "…"
            return [text(x, y + 0.28, "center", title, **name)]
        left = text(x - GAUGE[0], y + 0.28, "left", title, **name)
        self.functions[node.key] = text(x + GAUGE[0], y + 0.28, "right", node.label)
        return [left, self.functions[node.key]]

    def show_strips(self) -> None:
        """Show the strips in the boxes without what is open of them."""
        self.gauge_art.set_verts([rounded_box(g.x, g.middle, *GAUGE, 0) for g in self.gauges.values()])
        self.gauge_art.set_facecolor(faint(0.8))

    @cached_property
    def gauges(self) -> dict[str, Gauge]:
        """Where the strip in each box has its middle, and the numbers at its ends."""
        found = {}
        for node in self.nodes:
            if node.kind == "layer":
                x, y = self.places[node.key]
                found[node.key] = Gauge(x, y - (0.06 if self.diagram.roomy else 0.34), *self._ends(node.key))
        return found

    def _ends(self, key: str) -> tuple[float, float]:
        """Return the numbers at the ends of a strip: 0 and 1 of a gate, −1 and 1 of all else, or its own scale's."""
        cell = self.diagram.wiring.cell
        if key in self.scale:
            return self.scale[key].low, self.scale[key].high
        if key not in cell.names or cell[key].role != "gate":
            return -1.0, 1.0
        return min(0.0, cell[key].ends[0]), 1.0

    def _gauge(self, key: str, gauge: Gauge, data: CellData) -> list[tuple[np.ndarray, str]]:
        """Return a strip, its part from zero to the mean over all units, and a tick at the chosen unit."""
        (wide, high), mean, value = GAUGE, data.means.get(key), data.flows.values[key]
        part = 1.0 if self.diagram.backward else data.opened.get(key, 1.0)  # while it computes, it fills
        strip = [(rounded_box(gauge.x, gauge.middle, wide, high, 0), faint(0.8))]
        if mean is None or not part:
            return strip
        at, zero, unit = (gauge.at(number) for number in (part * mean, 0.0, part * value))
        colour = self.diagram.colours[key]
        return [
            *strip,
            (rounded_box((at + zero) / 2, gauge.middle, abs(at - zero) / 2, high, 0), colour),
            (rounded_box(unit, gauge.middle, 0.03, 1.9 * high, 0), ink()),
            *((gauge.point(side), colour) for side in (-1, 1) if gauge.is_beyond(side, mean, value)),
        ]


def room_for_ends(wiring: Wiring, *, backward: bool) -> float:
    """Return the room in font sizes that the names and numbers at one side of a cell take."""
    labels = [_end_label(node, backward=backward) for node in wiring.nodes.values()]
    return max(ENDS[backward], LETTER * max(map(width_of, labels)))


def _end_label(node: WiringNode, *, backward: bool) -> str:
    """Return what is written beside an end of the drawing; nothing for nodes inside."""
    if node.kind not in ("previous", "exit", "input"):
        return ""
    if not backward:
        return node.label
    gradient = f"∂L/∂{node.label}"
    return tr("into {gradient}", gradient=gradient) if node.kind == "exit" else tr("to {gradient}", gradient=gradient)
