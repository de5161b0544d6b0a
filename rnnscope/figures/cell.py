"""What happens in one step? The wiring of the cell, with this moment's numbers on its lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

from rnnscope.cells.vocabulary import PREVIOUS
from rnnscope.figures.flows import Flows, flows_of
from rnnscope.figures.layout import Box, size_in_ems
from rnnscope.figures.placement import half, placement_of
from rnnscope.figures.quick_text import QuickText
from rnnscope.figures.shapes import arrowhead, rounded_box, rounded_path
from rnnscope.figures.style import NOT_FINITE, Scale, blend, faint, ink, paper, quantity_colour, small, written
from rnnscope.figures.view import View, picture
from rnnscope.figures.wiring import Edge, Node, Wiring, wiring_of
from rnnscope.formulas import equations
from rnnscope.formulas.moment import Moment
from rnnscope.trace import Cursor, Trace

SIDE = 1.4
"""Room for names and numbers at the left and at the right of a cell, at least, in units of the drawing."""

ENDS = 4.4
"""The same in font sizes."""

ROOMY = 3.2
"""Numbers are written on the lines if a unit of the drawing is at least so many font sizes."""

GAUGE = 0.62, 0.075
"""Half of the width and height of the strip in a box that shows how far it is open."""


@dataclass(frozen=True)
class CellData:
    """What the view shows: the numbers, and what is being computed.

    Attributes
    ----------
    flows
        The numbers on the lines.
    phase, direction
        What is being computed.
    lit, known
        The edges of the phase; the edges whose number is known by now. Both as places in the wiring.
    """

    flows: Flows
    phase: str
    direction: str
    lit: frozenset[int]
    known: frozenset[int]


class CellView(View):
    """The wiring of a cell."""

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        placement = placement_of(wiring_of(self.layer.cell))
        wide, high = placement.right + 2 * SIDE, placement.top - placement.bottom
        return max(6.5, 0.72 * wide), 0.72 * high + 1.1

    def key(self, moment: Cursor) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer, moment.direction

    def scales_of(self, moment: Cursor) -> dict[str, Scale]:
        """Return no scales: what is shown are numbers, and gates from 0 to 1."""
        return {}

    def read(self, moment: Cursor) -> CellData:
        """Return the numbers of the moment."""
        wiring = wiring_of(self.trace[moment.layer].cell)
        flows = flows_of(wiring, Moment(self.trace, wiring.graph, moment))
        lit, known = _lit(wiring, moment.phase, moment.direction)
        return CellData(flows, moment.phase, moment.direction, lit, known)

    def titles(self) -> list[str]:
        """Return what is seen."""
        way = "one step forward" if self.moment.direction == "forward" else "the gradient on its way back"
        return [f"{self.layer.kind} layer {self.layer.name!r}: {way}"]

    def when(self) -> list[str]:
        """Return the moment in words, with the unit."""
        return [f"{words}, unit {self.moment.unit}" for words in super().when()]

    def draw(self, box: Box) -> None:
        """Make the body of the cell, its lines, nodes and texts."""
        self.wiring = wiring_of(self.layer.cell)
        self.placement = placement_of(self.wiring)
        axes = self.axes(box.inset(top=0.4, bottom=3.6, left=0.5, right=0.5))
        self._frame(axes)
        unit = self._unit(axes)
        self.roomy = unit >= ROOMY
        self.rise = max(0.22, 0.7 / unit)
        self.lines = axes.add_collection(LineCollection([], capstyle="round", zorder=2))
        self.heads = axes.add_collection(PolyCollection([], linewidth=0, zorder=2.1))
        self.dots = axes.add_collection(PolyCollection([self._dot(p) for _, p in self.placement.dots], zorder=2.2))
        self.boxes = axes.add_collection(PolyCollection(self._outlines(), linewidth=1.4, zorder=3))
        self.gauges = axes.add_collection(PolyCollection([], linewidth=0, zorder=3.1))
        self.labels = {key: self._labels(axes, node) for key, node in self.wiring.nodes.items()}
        self.numbers = self._numbers(axes)
        self.captions = [self.line("bottom", 1.9, size=self.em, bold=True), self.line("bottom", 0.5, size=small())]
        texts = [text for texts in self.labels.values() for text in texts] + list(self.numbers.values())
        self.moving += [self.lines, self.heads, self.dots, self.boxes, self.gauges, *texts, *self.captions]

    def move(self) -> None:
        """Light what the phase computes and reads, and write the numbers."""
        self._light_edges()
        self._light_nodes()
        self._write_numbers()
        self._write_captions()

    # ------------------------------------------------------------------------------------------------ what is drawn

    def _frame(self, axes: Axes) -> None:
        """Set the limits, and draw the body of the cell."""
        p, wide = self.placement, size_in_ems(axes, self.em)[0]
        self.side = max(SIDE, ENDS * p.right / max(wide - 2 * ENDS, 1))
        axes.set(xlim=(-self.side, p.right + self.side), ylim=(p.bottom - 0.7, p.top + 0.1))
        axes.set_aspect("equal", anchor="N")
        axes.set_axis_off()
        middle, low = (p.right + 0.05) / 2, p.bottom + 0.4
        body = rounded_box(middle, (low + p.top) / 2, p.right / 2 - 0.3, (p.top - low) / 2, 0.5)
        axes.add_collection(PolyCollection([body], facecolor=faint(0.95), edgecolor=faint(0.7), linewidth=1, zorder=1))

    def _unit(self, axes: Axes) -> float:
        """Return how many font sizes a unit of the drawing is."""
        (wide, high), p = size_in_ems(axes, self.em), self.placement
        return min(wide / (p.right + 2 * self.side), high / (p.top - p.bottom + 0.8))

    def _outlines(self) -> list[np.ndarray]:
        radii = {"layer": 0.14, "plus": 1, "times": 1, "unary": 1, "map": 0.1}
        self.drawn = [node for node in self.wiring.nodes.values() if node.kind in radii]
        return [rounded_box(*self.placement.places[n.key], *half(n), radii[n.kind]) for n in self.drawn]

    def _dot(self, place: tuple[float, float]) -> np.ndarray:
        return rounded_box(*place, 0.075, 0.075, 1)

    def _labels(self, axes: Axes, node: Node) -> list[QuickText]:
        """Return the texts that name a node."""
        x, y = self.placement.places[node.key]
        bold = {"fontweight": "bold", "fontsize": self.em}
        sign = "∂L/∂" if self.moment.direction == "backward" else ""
        if node.kind == "layer":
            if not self.roomy:
                return [self._text(axes, x, y + 0.16, node.key, "center", color=self._colour(node.key), **bold)]
            left = self._text(axes, x - GAUGE[0], y + 0.28, node.key, "left", color=self._colour(node.key), **bold)
            return [left, self._text(axes, x + GAUGE[0], y + 0.28, node.label, "right")]
        if node.kind in ("previous", "exit"):
            place, side = self._beside_end(node, self.rise)
            return [self._text(axes, *place, sign + node.label, side, color=self._colour(node.key), **bold)]
        if node.kind == "input":
            return [self._text(axes, x - 0.1, y - 0.28, sign + node.label, "right", **bold)]
        return [self._text(axes, x, y, node.label, "center")]

    def _numbers(self, axes: Axes) -> dict[str | int, QuickText]:
        """Return the texts of numbers: by node on the way forward, by edge on the way back; boxes and ends always."""
        found: dict[str | int, QuickText] = {}
        for key, node in self.wiring.nodes.items():
            x, y = self.placement.places[key]
            if node.kind in ("previous", "exit"):
                place, side = self._beside_end(node, -self.rise)
                found[key] = self._text(axes, *place, "", side)
            elif node.kind == "input":
                found[key] = self._text(axes, x + 0.1, y - 0.28, "", "left")
            elif self.moment.direction == "forward" and self.roomy:
                found[key] = self._text(axes, *self._spot(key))
            if node.kind == "layer" and self.roomy:
                found[f"mean {key}"] = self._text(axes, x, y - 0.4, "", "center")
        if self.moment.direction == "backward" and self.roomy:
            for k, edge in enumerate(self.wiring.edges):
                if self.wiring.nodes[edge.target].kind != "exit":
                    found[k] = self._text(axes, *self._spot_back(k, edge))
        return found

    def _beside_end(self, node: Node, up: float) -> tuple[tuple[float, float], str]:
        """Return where a text beside an end of the memory stands, and which of its sides is there."""
        x, y = self.placement.places[node.key]
        return ((x - 0.12, y + up), "right") if node.kind == "previous" else ((x + 0.12, y + up), "left")

    def _spot(self, key: str) -> tuple[float, float, str, str]:
        """Return where the value of a node stands: beside the line that begins there."""
        edges = [k for k, edge in enumerate(self.wiring.edges) if edge.source == key]
        (x, y), (to_x, to_y) = self.placement.paths[edges[0]][:2]
        if abs(to_x - x) > 0.01:
            return x + 0.08, y + 0.22, "", "left"
        up = 0.5 if self.wiring.nodes[key].kind == "map" else 0.24 if to_y > y else -0.24
        return x + 0.1, y + up, "", "left"

    def _spot_back(self, number: int, edge: Edge) -> tuple[float, float, str, str]:
        """Return where what an edge carries back stands: beside its end."""
        (from_x, from_y), (x, y) = self.placement.paths[number][-2:]
        if abs(from_x - x) > 0.01:
            return x - 0.1, y + 0.22, "", "right"
        enters = self.wiring.nodes[edge.source].kind == "previous"
        is_box = self.wiring.nodes[edge.target].kind == "layer"
        side = "right" if is_box and (from_y > y or not enters) else "left"
        down = 0.5 if enters and is_box else 0.26  # numbers of two neighbours would meet at one height
        return x + (-0.08 if side == "right" else 0.1), y + (-down if from_y < y else 0.26), "", side

    def _text(self, axes: Axes, x: float, y: float, text: str, side: str, **style: object) -> QuickText:
        style = {"fontsize": small(), "color": ink(), **style}
        made = QuickText(x, y, text, horizontalalignment=side, verticalalignment="center_baseline", zorder=4, **style)
        axes.add_artist(made)
        made.set_clip_on(False)
        return made

    # ----------------------------------------------------------------------------------------------------- what moves

    def _colour(self, key: str) -> str:
        """Return the colour of what a node puts out."""
        node, cell = self.wiring.nodes[key], self.wiring.cell
        name = key.removesuffix(PREVIOUS).removeprefix("exit ")
        name = name if name in cell.names else node.phase
        return quantity_colour(cell, name) if name else ink()

    def _light_edges(self) -> None:
        """Colour the lines of the phase; what is known by now stands back, what is not yet stands further back."""
        data, backward = self.data, self.data.direction == "backward"
        order = sorted(range(len(self.wiring.edges)), key=lambda k: (k in data.lit, k in data.known))
        paths = [self.placement.paths[k] for k in order]
        colours = [self._edge_colour(k) for k in order]
        self.lines.set_segments([rounded_path(path) for path in paths])
        self.lines.set_color(colours)
        self.lines.set_linewidth([2.6 if k in data.lit else 1.2 for k in order])
        self.heads.set_verts([arrowhead(path, 0.26, at_start=backward) for path in paths])
        self.heads.set_facecolor(colours)
        lit = {self.wiring.edges[k].source: self._edge_colour(k) for k in order if k in data.lit}
        self.dots.set_color([lit.get(source, faint(0.5)) for source, _ in self.placement.dots])

    def _edge_colour(self, number: int) -> str:
        if number in self.data.lit:
            return self._colour(self.wiring.edges[number].source)
        return faint(0.5 if number in self.data.known else 0.78)

    def _light_nodes(self) -> None:
        """Colour the nodes of the phase, and show in each box how far it is open."""
        computed = {self.wiring.edges[k].target for k in self.data.lit}
        if self.data.direction == "backward":
            computed = {self.wiring.edges[k].source for k in self.data.lit}
        lit = [node.key in computed for node in self.drawn]
        colours = [self._colour(node.key) for node in self.drawn]
        faces = [blend(c, paper(), 0.72 if on else 0.9) for c, on in zip(colours, lit, strict=True)]
        edges = [c if on else blend(c, paper(), 0.55) for c, on in zip(colours, lit, strict=True)]
        self.boxes.set(facecolor=faces, edgecolor=edges, linewidth=[2.2 if on else 1.1 for on in lit])
        strips = [strip for node in self.drawn if node.kind == "layer" for strip in self._gauge(node)]
        self.gauges.set_verts([outline for outline, _ in strips])
        self.gauges.set_facecolor([colour for _, colour in strips])

    def _gauge(self, node: Node) -> list[tuple[np.ndarray, str]]:
        """Return a strip, its part up to the mean over all units, and a tick at the chosen unit."""
        x, y = self.placement.places[node.key]
        is_gate = self.wiring.cell[node.key].role == "gate"
        low, zero = (0.0, 0.0) if is_gate else (-1.0, 0.0)
        flows = self.data.flows

        def at(value: float) -> float:
            part = (np.clip(np.nan_to_num(value), low, 1) - low) / (1 - low)
            return x + GAUGE[0] * (2 * part - 1)

        mean, start, unit = at(flows.means[node.key]), at(zero), at(flows.values[node.key])
        (wide, high), middle = GAUGE, y - (0.06 if self.roomy else 0.34)
        box = [
            rounded_box(x, middle, wide, high, 0),
            rounded_box((mean + start) / 2, middle, abs(mean - start) / 2, high, 0),
        ]
        tick = rounded_box(unit, middle, 0.03, 1.9 * high, 0)
        return list(zip([*box, tick], [faint(0.8), self._colour(node.key), ink()], strict=True))

    def _write_numbers(self) -> None:
        """Write the numbers that are known by now."""
        texts: dict[str | int, float | None] = {}
        for key, node in self.wiring.nodes.items():
            if node.kind == "layer":
                texts[f"mean {key}"] = self.data.flows.means[key]
            texts[key] = (
                self._end_number(key, node) if self.data.direction == "backward" else self._node_number(key, node)
            )
        if self.data.direction == "backward":
            texts |= {k: value if k in self.data.known else None for k, value in enumerate(self.data.flows.back)}
        for key, text in self.numbers.items():
            value, digits = texts[key], 2 if self._is_mean(key) or isinstance(key, int) else 3
            words = "mean " if self._is_mean(key) else "= " if key == "x" else ""
            text.set_text("" if value is None else words + written(value, digits))
            text.set_color(self._number_colour(key, value))

    @staticmethod
    def _is_mean(key: str | int) -> bool:
        return str(key).startswith("mean ")

    def _node_number(self, key: str, node: Node) -> float | None:
        names = self.wiring.cell.names
        is_known = not node.phase or names.index(node.phase) <= names.index(self.data.phase)
        return self.data.flows.values[key] if is_known else None

    def _end_number(self, key: str, node: Node) -> float | None:
        """Return the gradient of a state that leaves, or what a step sends back to the state before it."""
        if node.kind == "exit":
            return self.data.flows.totals[node.phase]
        parts = [(k, self.data.flows.back[k]) for k, edge in enumerate(self.wiring.edges) if edge.source == key]
        is_known = node.kind != "layer" and all(k in self.data.known and part is not None for k, part in parts)
        return sum(part for _, part in parts) if parts and is_known else None

    def _number_colour(self, key: str | int, value: float | None) -> str:
        if value is not None and not np.isfinite(value):
            return NOT_FINITE
        edges = [k for k, e in enumerate(self.wiring.edges) if key in (k, e.source) or key == e.target]
        return ink() if self._is_mean(key) or any(k in self.data.lit for k in edges) else faint(0.35)

    def _write_captions(self) -> None:
        """Name the phase, and write its equation."""
        cell, phase = self.wiring.cell, self.data.phase
        found = [e for e in equations(cell, self.data.direction) if e.quantity == phase]
        meaning = cell[phase].meaning if self.data.direction == "forward" else found[0].meaning
        name, equation = self.captions
        self.fit(name, [f"{phase}   {meaning}", phase], self.width() - 1)
        name.set_color(quantity_colour(cell, phase))
        self.fit(equation, ["     ".join(e.text for e in found), found[0].text, ""], self.width() - 1)

    def words(self) -> str:
        """Return what is computed, from what, and what comes out."""
        data, unit = self.data, self.moment.unit
        cell, flows = self.wiring.cell, data.flows
        equation = next(e for e in equations(cell, data.direction) if e.quantity == data.phase)
        result = flows.values[data.phase] if data.direction == "forward" else flows.totals[data.phase]
        boxes = [node.key for node in self.drawn if node.kind == "layer"]
        means = ", ".join(f"{name} {written(flows.means[name])}" for name in boxes)
        return (
            f"Wiring of a cell of layer {self.layer.name} ({cell.title}), {data.direction}, at {self.when()[-2]}. "
            f"Phase {data.phase}, {cell[data.phase].meaning}: {equation.text}; {written(result)} at unit {unit}. "
            f"Means over all units: {means}."
        )


def _lit(wiring: Wiring, phase: str, direction: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the edges that a phase uses, and those whose number is known after it."""
    names = wiring.cell.names
    at = [names.index(wiring.nodes[edge.target].phase) for edge in wiring.edges]
    if direction == "forward":
        lit = {k for k, place in enumerate(at) if place == names.index(phase)}
        return frozenset(lit), frozenset(k for k, place in enumerate(at) if place <= names.index(phase))
    sources, lit = [phase], set()
    while sources:
        source = sources.pop()
        for k, edge in enumerate(wiring.edges):
            if edge.source == source:
                lit.add(k)
                inner = edge.target not in names and wiring.nodes[edge.target].kind != "exit"
                sources += [edge.target] if inner else []
    return frozenset(lit), frozenset(k for k, place in enumerate(at) if place >= names.index(phase))


def cell(
    trace: Trace,
    cursor: Cursor | None = None,
    *,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Draw the wiring of a cell, as its equations say, with the numbers of one moment on its lines.

    The phase is lit: what it reads has its colour, what is not computed yet has no number. A strip in each box shows
    the mean over all units, its tick the chosen unit. Backward, each line carries ∂L/∂(its end) · ∂(its end)/∂(its
    start), and the ends at the right the total gradient of the state.

    Parameters
    ----------
    trace
        What was recorded.
    cursor
        The moment: epoch, layer, sample, time step, unit, phase and direction; by default the last phase forward at
        the end of training in the first layer.
    ax
        Axes to draw into; by default a figure of its own.
    figsize
        Size of the figure in inches.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `figure.update(cursor)` moves it to another moment, `figure.alt` says in words what it shows.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, the layer is not recurrent, or, backward, the trace has no gradients.
    TypeError
        If `ax` is no matplotlib axes.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.cell(model.trace(task.x), rs.Cursor(time=2, unit=3, phase="c"))
    >>> figure.update(rs.Cursor(time=2, unit=3, phase="h"))
    """
    return picture(CellView, trace, cursor, ax, figsize)
