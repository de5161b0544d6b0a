"""Scenes: what moves in each view of a page, and by which numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from rnnscope.export.page.numbers import Numbers
from rnnscope.export.page.plates import Inks, Plate, colour_of, lit, place_on_page
from rnnscope.figures.cell import CellView
from rnnscope.figures.compare import Together
from rnnscope.figures.equation import PITCH, EquationData, EquationView
from rnnscope.figures.gates import Gates
from rnnscope.figures.parts.diagram import GAUGE
from rnnscope.figures.parts.flows import at_end, flows_everywhere
from rnnscope.figures.parts.wiring import wiring_of
from rnnscope.figures.picture import Picture
from rnnscope.figures.style import ink, mean_of, quantity_colour
from rnnscope.figures.training import Training
from rnnscope.figures.view import View
from rnnscope.formulas.equations import Equation
from rnnscope.formulas.moment import Moment
from rnnscope.trace import Cursor, Trace

WIDE, WIDE_CELL = 7.0, 9.0
"""Pictures are at most so many inches wide; a wiring with numbers on its lines needs more."""

WIDEST = -0.00123
"""Numbers of equations have room for one that is as long as this."""

MOST_LINES = 5
"""An equation takes at most so many lines more than usual."""

THEMES = ("light", "dark")


@dataclass
class Extent:
    """What of some traces goes into a page: places of epochs, samples and units."""

    epochs: Sequence[int]
    samples: Sequence[int]
    units: Sequence[int]
    steps: int


class Stage:
    """Makes the scenes of several traces, on shared scales."""

    def __init__(self, traces: Mapping[str, Trace], extent: Extent) -> None:
        self.traces, self.extent = traces, extent
        self.numbers, self.inks = Numbers(), Inks()
        self.pool: dict[str, int] = {}

    # -------------------------------------------------------------------------------------------- what it works with

    def text(self, svg: str) -> int:
        """Return the place of a piece of SVG or text; each is kept once."""
        return self.pool.setdefault(svg, len(self.pool))

    def plates(self, view: type[View], layers: Sequence[str], cursor: Cursor, size: Any, **options: Any) -> list[Plate]:
        """Return a view of every trace, drawn on shared scales."""
        made: dict[str, list[View]] = {}
        for theme in THEMES:
            with lit(theme):
                views = []
                for trace, layer in zip(self.traces.values(), layers, strict=True):
                    figure = Picture()
                    host = figure.add_axes((0, 0, 1, 1))
                    made_one = view(trace, replace(cursor, layer=layer), host, **options)
                    figure.set_size_inches(size(made_one))
                    made_one.follow = lambda moment, own=layer: replace(moment, layer=own)
                    made_one.build()
                    figure.views = [made_one]
                    views.append(made_one)
                if len(views) > 1:
                    together, slots = Together(views), max(one.slots for one in views)
                    for name, one in zip(self.traces, views, strict=True):
                        one.share(together, cursor, slots=slots, name=name)
                made[theme] = views
        return [Plate(dict(zip(THEMES, pair, strict=True)), self.inks) for pair in zip(*made.values(), strict=True)]

    def ink_of(self, plate: Plate, pick: Any) -> int:
        """Return the number of the colour that `pick` finds in a view."""
        found = {}
        for theme, view in plate.views.items():
            with lit(theme):
                found[theme] = pick(view)
        return self.inks.number(*(found[theme] for theme in THEMES))

    def array(self, read: Any, trace: Trace, layer: str, direction: str) -> dict[Any, np.ndarray]:
        """Return by name the numbers that `read` finds, (epoch, sample, time, unit); masked where it finds none."""
        extent, found = self.extent, {}
        shape = len(extent.epochs), len(extent.samples), extent.steps
        graph = wiring_of(trace[layer].cell).graph
        for place in np.ndindex(shape):
            epoch, sample, time = extent.epochs[place[0]], extent.samples[place[1]], place[2]
            cursor = Cursor(epoch, layer, sample, time, 0, trace[layer].quantities[-1], direction)
            for name, values in read(Moment(trace, graph, cursor)).items():
                if name not in found:
                    found[name] = np.ma.masked_all((*shape, len(extent.units)))
                found[name][place] = values
        return found

    def of_units(self, values: np.ndarray) -> np.ndarray:
        """Return the numbers of the units that go into the page."""
        return values[list(self.extent.units)]

    # --------------------------------------------------------------------------------------------------------- cells

    def cells(self, layers: Sequence[str], direction: str) -> list[dict]:
        """Return the wiring of every trace's layer, with its numbers, in one direction."""
        plates = self.plates(_StillCell, layers, Cursor(direction=direction), lambda view: view.size_within(WIDE_CELL))
        return [
            self._cell(plate, trace, layer, direction)
            for plate, trace, layer in zip(plates, self.traces.values(), layers, strict=True)
        ]

    def _cell(self, plate: Plate, trace: Trace, layer: str, direction: str) -> dict:
        view = plate.views["light"]
        names = trace[layer].quantities
        texts = {theme: list(one.numbers.texts.items()) for theme, one in plate.views.items()}
        parts = {t: [*v.wires.moving, v.boxes.box_art, *v.captions] for t, v in plate.views.items()}
        gauges = {theme: [one.boxes.gauge_art] for theme, one in plate.views.items()}
        moving = {t: [*(text for _, text in texts[t]), *parts[t], *gauges[t]] for t in THEMES}
        keys = [key for key, _ in texts["light"]]
        first = len(keys)
        frags: dict[str, list[int]] = {f"m{first + k}": [] for k in range(len(parts["light"]))}
        colours: list[list[int]] = [[] for _ in keys]
        known: list[set] = []
        body = {}
        for phase in names:
            for theme, one in plate.views.items():
                with lit(theme):
                    one.update(replace(one.moment, phase=phase))
                    _hide(one)
                    shown = [bool(text.get_text()) for _, text in texts[theme]]
                    for _, text in texts[theme]:
                        text.set_text("0")
            drawn, inner = plate.drawn(moving, whole=not body)
            body = body or {"svg": drawn, **{f"m{k}": inner[f"m{k}"] for k in range(first)}}
            for name in frags:
                frags[name].append(self.text(inner.get(name, "")))
            known.append(set(view.data.means))
            for k, on in enumerate(shown):
                found = self.ink_of(plate, lambda one, k=k: colour_of(list(one.numbers.texts.values())[k]))
                colours[k].append(found if on else -1)
        channels = self._cell_channels(trace, layer, direction)
        entries = []
        for k, key in enumerate(keys):
            is_mean = isinstance(key, str) and key.startswith("mean ")
            digits = 2 if is_mean or isinstance(key, int) else 3
            if channels.get(key) is None:
                continue
            prefix = "mean " if is_mean else "= " if key == "x" else ""
            entries.append([f"m{k}", self.numbers.add(channels[key], digits), prefix, colours[k]])
        svg = _filled(body["svg"], {f"m{k}": body[f"m{k}"] for k in range(first)})
        bars, strips = self._gauges(plate, channels, known, f"m{first + len(parts['light'])}")
        svg = _filled(svg, {f"m{first + len(parts['light'])}": inner[f"m{first + len(parts['light'])}"] + strips})
        results = [self.numbers.add(channels["result", phase]) for phase in names]
        return self._scene(
            plate, svg, frags=[[n, ["phase"], f] for n, f in frags.items()], texts=entries, bars=bars
        ) | {"results": results}

    def _cell_channels(self, trace: Trace, layer: str, direction: str) -> dict[Any, np.ndarray | None]:
        """Return all numbers of a wiring: by node forward, by place of the edge backward; means, and results."""
        wiring = wiring_of(trace[layer].cell)
        everything = range(len(wiring.edges))
        ends = [node for node in wiring.nodes.values() if node.kind in ("previous", "input", "exit")]

        def read(moment: Moment) -> dict[Any, Any]:
            flows = flows_everywhere(wiring, moment)
            if direction == "forward":
                found: dict[Any, Any] = dict(flows.values)
                found |= {("result", name): moment.layer[name][self._place(moment)] for name in wiring.cell.names}
            else:
                found = dict(enumerate(flows.back))
                found |= {node.key: at_end(wiring, flows, everything, node) for node in ends}
                found |= {("result", name): total for name, total in flows.totals.items()}
            found |= {
                ("unit", node.key): flows.values[node.key] for node in wiring.nodes.values() if node.kind == "layer"
            }
            found = {key: value for key, value in found.items() if value is not None}
            for key in list(found):
                source = wiring.edges[key].source if isinstance(key, int) else key
                if source == "x" and len(found[key]) > 1:
                    del found[key]
                else:
                    found[key] = found[key][0] if source == "x" else self.of_units(found[key])
            return found | {f"mean {key}": mean for key, mean in flows.means.items()}

        return self.array(read, trace, layer, direction)

    @staticmethod
    def _place(moment: Moment) -> tuple[int, int, int]:
        return moment.epoch, moment.cursor.sample, moment.cursor.time

    def _gauges(
        self, plate: Plate, channels: Mapping[Any, np.ndarray], known: list[set], name: str
    ) -> tuple[list, str]:
        """Return what shows how far the boxes are open, and its SVG: a bar from zero to the mean, a tick at a unit."""
        view, bars, svg = plate.views["light"], [], ""
        diagram = view.boxes.diagram
        cell = diagram.wiring.cell
        for node in view.boxes.nodes:
            if node.kind != "layer":
                continue
            x, y = view.boxes.places[node.key]
            (wide, high), middle = GAUGE, y - (0.06 if diagram.roomy else 0.34)
            low = 0.0 if node.key in cell.names and cell[node.key].role == "gate" else -1.0
            (left, top), (right, bottom) = (
                place_on_page(diagram.axes, x + side * wide, middle - side * high) for side in (-1, 1)
            )
            colour = self.ink_of(plate, lambda one, key=node.key: one.boxes.diagram.colour(key))
            dark = self.ink_of(plate, lambda _: ink())
            ids = f"{name}b{len(bars)}", f"{name}t{len(bars)}"
            rise, tall = (bottom - top) * 0.45, bottom - top
            svg += _rect(ids[0], top, tall, colour) + _rect(ids[1], top - rise, tall + 2 * rise, dark, wide=1.6)
            mask = [node.key in means for means in known]
            scale = [left, right, low, 1.0]
            bars.append([ids[0], self.numbers.add(channels[f"mean {node.key}"], 2), *scale, "bar", mask])
            bars.append([ids[1], self.numbers.add(channels["unit", node.key]), *scale, "tick", mask])
        return bars, svg

    # ----------------------------------------------------------------------------------------------------- equations

    def equations(self, layers: Sequence[str], direction: str) -> list[list[dict]]:
        """Return the equations of every trace's layer, a scene for each phase, in one direction."""
        return [
            [self._equation_or_reason(trace, layer, direction, phase) for phase in trace[layer].quantities]
            for trace, layer in zip(self.traces.values(), layers, strict=True)
        ]

    def _equation_or_reason(self, *what: Any) -> dict:
        try:
            return self._equation(*what)
        except ValueError as error:  # the trace lacks what the equation needs, at all epochs
            return {"trouble": str(error)}

    def _equation(self, trace: Trace, layer: str, direction: str, phase: str) -> dict:
        one = Stage({"": trace}, self.extent)
        one.numbers, one.inks, one.pool = self.numbers, self.inks, self.pool
        kept = trace.snapshots.epochs
        epoch = int(kept[-1]) if len(kept) else self.extent.epochs[0]
        cursor = Cursor(epoch, layer, self.extent.samples[0], phase=phase, direction=direction)
        for more in range(MOST_LINES):  # each line that the equation takes beyond the first ones needs height
            plate = one.plates(_RoomyEquation, [layer], cursor, partial(_size_with, more))[0]
            view = plate.views["light"]
            if not view.more.get_text():
                break
        terms = view.data.substitution.terms
        pieces = [(k, str(piece)) for k, piece in enumerate(view.data.pieces) if not isinstance(piece, str)]
        for theme, other in plate.views.items():
            with lit(theme):
                other.check.set_text("")
                other.result.set_text("= 0")
                _hide(other)
        texts = {t: [v.numbers[k] for k, _ in pieces] for t, v in plate.views.items()}
        rows = min(len(terms), sum(bool(row.value.get_text()) for row in view.rows))
        texts = {t: [*texts[t], *(row.value for row in v.rows[:rows]), v.result] for t, v in plate.views.items()}
        moving = {t: [*texts[t], v.bars] for t, v in plate.views.items()}
        last = len(texts["light"])
        with_strips = {}
        for theme, other in plate.views.items():
            with lit(theme):
                outlines = [path.vertices for path in other.bars.get_paths()]
                other.bars.set_verts(outlines[::2])
                other.bars.set_facecolor([colour for colour in other.bars.get_facecolor()[::2]])
                with_strips[theme] = outlines
        body, inner = plate.drawn(moving, whole=True)
        equation = view.data.substitution.equation
        arrays = self._terms(trace, layer, direction, equation)
        channels = {name: self.numbers.add(values) for name, values in arrays.items()}
        found, bars = [], []
        for k, (_, name) in enumerate(pieces):
            colours = [self.ink_of(plate, lambda v, k=k: colour_of(v.numbers[pieces[k][0]]))]
            found.append([f"m{k}", channels[name], "()", colours])
        for k, term in enumerate(terms[:rows]):
            found.append([f"m{len(pieces) + k}", channels[term.name], "", [self.ink_of(plate, lambda _: ink())]])
            bars.append(self._term_bar(plate, k, channels[term.name], with_strips["light"][2 * k], f"m{last}"))
        result = self.ink_of(plate, lambda v: quantity_colour(v.layer.cell, phase))
        found.append([f"m{last - 1}", channels["result"], "= ", [result]])
        strips = "".join(svg for _, svg in bars)
        svg = _filled(body, {name: inner[name] for name in inner} | {f"m{last}": inner.get(f"m{last}", "") + strips})
        words = {"text": equation.text, "terms": [[term.symbol, channels[term.name]] for term in terms]}
        return self._scene(plate, svg, texts=found, bars=[bar for bar, _ in bars]) | {"words": words}

    def _terms(self, trace: Trace, layer: str, direction: str, equation: Equation) -> dict[str, np.ndarray]:
        symbols = sorted(equation.right.free_symbols, key=str)

        def read(moment: Moment) -> dict[str, np.ndarray]:
            there = [symbol for symbol in symbols if moment.has_numbers_of(symbol, equation.pulls)]
            found = {str(symbol): self.of_units(moment.values(symbol, equation.pulls)) for symbol in there}
            return found | {"result": self.of_units(moment.values(equation.left))}

        return self.array(read, trace, layer, direction)

    def _term_bar(self, plate: Plate, k: int, channel: int, strip: np.ndarray, name: str) -> tuple[list, str]:
        view = plate.views["light"]
        term = view.data.substitution.terms[k]
        left, bottom = place_on_page(view.axes_, strip[:, 0].min(), strip[:, 1].min())
        right, top = place_on_page(view.axes_, strip[:, 0].max(), strip[:, 1].max())
        limit = view.limit_of(term)
        colour = self.ink_of(plate, lambda v: v.colour_of(v.data.substitution.terms[k]))
        bar = [f"{name}b{k}", channel, left, right, -limit, limit, "bar", None]
        return bar, _rect(bar[0], top, bottom - top, colour)

    # --------------------------------------------------------------------------------------------------------- gates

    def gates(self, layers: Sequence[str]) -> list[dict]:
        """Return the heat maps of every trace's layer."""
        plates = self.plates(Gates, layers, Cursor(time=0, unit=0), lambda v: (WIDE, v.size()[1]), order="number")
        return [
            self._gates(plate, trace, layer)
            for plate, trace, layer in zip(plates, self.traces.values(), layers, strict=True)
        ]

    def _gates(self, plate: Plate, trace: Trace, layer: str) -> dict:
        view, kept = plate.views["light"], trace[layer]
        for theme, one in plate.views.items():
            with lit(theme):
                _hide(one)
                for heat, _, _ in one.panels.values():
                    heat.image.set_visible(False)
                    for text in heat.numbers:
                        text.set_text("")
        moving = {
            theme: [
                part for heat, column, unit in one.panels.values() for part in (heat.axes.patch, column.patch, unit)
            ]
            for theme, one in plate.views.items()
        }
        body, inner = plate.drawn(moving, whole=True)
        moves, heats, means = [], [], []
        for k, (name, (heat, _, _)) in enumerate(view.panels.items()):
            left, right, bottom, top = heat.image.get_extent()
            (x0, y0), (x1, y1) = place_on_page(heat.axes, left, top), place_on_page(heat.axes, right, bottom)
            box = f'x="{x0}" y="{y0}" width="{x1 - x0:.2f}" height="{y1 - y0:.2f}"'
            inner[f"m{3 * k}"] += f'<image id="m{3 * k}i" {box} preserveAspectRatio="none" class="heat"/>'
            moves.append([f"m{3 * k + 1}", "time", (x1 - x0) / self.extent.steps, 0])
            moves.append([f"m{3 * k + 2}", "unit", 0, (y1 - y0) / kept.units])
            values = kept[name][np.ix_(self._places_of(trace), list(self.extent.samples))]
            heats.append([f"m{3 * k}i", self.numbers.add_heat(heat.image.places(values)), self._table(heat)])
            mean = np.apply_along_axis(mean_of, -1, values)[..., None]
            means.append([name, self.numbers.add(mean)])
        return self._scene(plate, _filled(body, inner), moves=moves, heats=heats) | {"means": means}

    def _places_of(self, trace: Trace) -> list[int]:
        return [int(trace.epochs.searchsorted(epoch)) for epoch in self.extent.epochs]

    def _table(self, heat: Any) -> int:
        """Return the place of a table of colours, red, green and blue in hexadecimal."""
        return self.text(heat.image.table[:, :3].tobytes().hex())

    # ------------------------------------------------------------------------------------------------------ training

    def training(self) -> list[dict]:
        """Return losses and predictions of every trace."""
        layers = [next(name for name in trace.layers if trace[name].is_recurrent) for trace in self.traces.values()]
        plates = self.plates(Training, layers, Cursor(), lambda v: (WIDE, v.size()[1]), unseen=None)
        return [self._training(plate) for plate in plates]

    def _training(self, plate: Plate) -> dict:
        extent, view = self.extent, plate.views["light"]
        times = range(extent.steps) if view.history.each else [extent.steps - 1]
        moving = {theme: one.moving[1:] for theme, one in plate.views.items()}
        frags: dict[str, list[int]] = {f"m{k}": [] for k in range(len(moving["light"]))}
        words, svg = [], ""
        for time in times:
            for sample in extent.samples:
                for epoch in extent.epochs:
                    for theme, one in plate.views.items():
                        with lit(theme):
                            one.update(replace(one.moment, epoch=epoch, sample=sample, time=time))
                            _hide(one)
                    body, inner = plate.drawn(moving, whole=not svg)
                    svg = svg or body
                    for name in frags:
                        frags[name].append(self.text(inner.get(name, "")))
                    words.append(self.text(view.words()))
        axes = ["time", "sample", "epoch"] if view.history.each else ["sample", "epoch"]
        return self._scene(plate, svg, frags=[[n, axes, f] for n, f in frags.items()]) | {"words": [axes, words]}

    def _scene(self, plate: Plate, svg: str, **parts: list) -> dict:
        return {"svg": self.text(svg), **parts}


class _StillCell(CellView):
    """A wiring whose captions hold no numbers: they are drawn once per phase."""

    def outcome(self) -> str:
        """Return nothing."""
        return ""


class _RoomyEquation(EquationView):
    """An equation with room for the longest numbers."""

    def read(self, moment: Cursor) -> EquationData:
        """Return the equation of the moment's phase with a long number for each symbol."""
        data = super().read(moment)
        terms = tuple(replace(t, value=WIDEST, factors=(), others=0) for t in data.substitution.terms)
        return EquationData(replace(data.substitution, terms=terms), data.pieces)


def _size_with(more: int, view: EquationView) -> tuple[float, float]:
    """Return the size of an equation with so many more lines than it usually has."""
    wide, high = view.size_within(WIDE)
    return wide, high + more * PITCH * view.em / 72


def _hide(view: View) -> None:
    """Take the moment off a picture: the page says it."""
    view._headings[1].set_text("")


def _rect(name: str, top: float, high: float, colour: int, *, wide: float = 0) -> str:
    return f'<rect id="{name}" x="0" y="{top:.2f}" width="{wide}" height="{high:.2f}" style="fill: var(--c{colour})"/>'


def _filled(svg: str, inner: Mapping[str, str]) -> str:
    """Return SVG with contents put back into named groups that were emptied."""
    for name, content in inner.items():
        svg = svg.replace(f'<g id="{name}" />', f'<g id="{name}">{content}</g>')
    return svg
