"""The wiring of a cell: lines and boxes by phase, numbers on the lines, and how far the boxes are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from rnnscope.figures.cell.gauges import GAUGE
from rnnscope.figures.cell.numbers import Term, before, brief, digits, most_letters
from rnnscope.figures.cell.view import CellView
from rnnscope.figures.cell.wires import BEAD
from rnnscope.figures.drawing.hatches import HELD_HERE
from rnnscope.figures.drawing.svg import colour_of, place_on_page, put_back, rectangle
from rnnscope.figures.scene import MOST_WIDE, ROOM, Page, Scene, Themed, fact, hide_moment, number, piece, put_into
from rnnscope.figures.style import em, ink
from rnnscope.figures.wiring.flowing import at_stage, stage_count, stages_of
from rnnscope.figures.wiring.flows import at_end, flows_everywhere
from rnnscope.figures.wiring.wiring import wiring_of
from rnnscope.findings import Topic, gates, memory, passes, states
from rnnscope.formulas.values import Values
from rnnscope.languages import noted, tr
from rnnscope.trace import Cursor, Trace

Channels = Mapping[Any, np.ma.MaskedArray]

TICK = 1.6
"""How wide the tick of a unit is, in points."""


class StillCell(CellView):
    """A wiring whose captions have room for a number: they are drawn once per phase."""

    def outcome(self) -> str:
        """Return the phase, with room for its result."""
        symbol = self.data.phase if self.data.direction == "forward" else f"∂L/∂{self.data.phase}"
        return f"{symbol} = {ROOM}"


class CellScene(Scene):
    """The wiring of a layer's cell in a direction; what is said of it is true of all phases and units."""

    view = CellView
    topics: ClassVar[Mapping[str, tuple[Topic, ...]]] = {
        "forward": (passes.held, memory.kept, gates.here, memory.lack, gates.in_time, states.stored, passes.dropped),
        "backward": CellView.backward_topics,
    }

    def drawn(self, layers: Sequence[str], direction: str) -> list[dict]:
        """Return the wiring of every trace's layer."""
        page = self.page
        views = page.views(StillCell, layers, Cursor(direction=direction), lambda view: view.size_within(MOST_WIDE))
        return [
            _scene(page, themed, trace, layer, direction, self.topics[direction])
            for themed, (_, trace, layer) in zip(views, page.each(layers), strict=True)
        ]


def _scene(
    page: Page, themed: Themed, trace: Trace, layer: str, direction: str, topics: Sequence[Topic]
) -> dict[str, Any]:
    view, says = themed.view, page.said(topics, trace, layer, direction)
    keys, phases = list(themed.view.numbers.texts), page.phases(trace, layer)
    channels = _channels(page, trace, layer, direction, [key for key in keys if isinstance(key, Term)])
    colours: dict[Any, list[int]] = {key: [] for key in keys}
    pieces, known, flows, svg = [], [], [], ""
    for phase in phases:
        shown = themed.do(lambda view, phase=phase: _in_phase(view, phase))
        if not svg:
            themed.do(_with_all_words)
            picture = themed.drawn(_moving)[0]
            themed.do(lambda view, phase=phase: _in_phase(view, phase))
        inner = themed.drawn(_moving, whole=False)[1]
        inner = inner[: len(inner) - len(themed.view.held.moving)]  # the hatches are those of no phase
        if not svg:
            svg = put_back(picture, {k: inner[k] for k, key in enumerate(keys) if key in channels})
        pieces.append([page.text(piece) for piece in inner[len(keys) : -1]])
        known.append(set(themed.view.data.means))
        for key, text in themed.view.numbers.texts.items():
            colours[key].append(themed.number(colour_of(text)) if key in shown else -1)
        flows.append(_flow(page, themed, shown))
    bars, shapes = _gauges(page, themed, channels, known)
    last, results = len(keys) + len(pieces[0]), [page.channel(channels["result", phase]) for phase in phases]
    return {
        "svg": page.text(put_back(svg, {last: inner[-1] + shapes})),
        "frags": [
            *([f"m{len(keys) + k}", ["phase"], list(own)] for k, own in enumerate(zip(*pieces, strict=True))),
            *_hatched(page, themed, last + 1),
        ],
        "texts": [
            [f"m{k}", page.channel(channels[key], digits(key)), before(key), colours[key], most_letters(key)]
            for k, key in enumerate(keys)
            if key in channels
        ],
        "bars": bars,
        "boxes": _boxes(view, phases),
        "flows": flows,
        "bead": round(BEAD * themed.view.wires.diagram.unit * em(), 2),
        "flowsBelow": f"m{len(keys) + len(themed.view.wires.moving)}",
        "result": results,
        "says": says,
        "words": [piece(*says), " ", *_in_words(*results)],
    }


def _boxes(view: CellView, phases: Sequence[str]) -> list[Any]:
    """Return where the boxes of phases lie: left, top, right, bottom, and the phase."""
    found = []
    for node in view.boxes.nodes:
        if node.phase in phases:
            (x, y), (wide, high) = view.boxes.places[node.key], view.boxes.half(node)
            ends = [place_on_page(view.boxes.diagram.axes, x + side * wide, y - side * high) for side in (-1, 1)]
            found.append([*ends[0], *ends[1], node.phase])
    return found


def _in_words(*results: int) -> list[Any]:
    """Return the template of a wiring's words: what the phase is, and its result, of which each phase has its own."""
    facts = {name: fact(name) for name in ("phase", "meaning", "symbol", "unit")}
    text = noted("{layer}, phase {phase}, {meaning}: {symbol} = {value} at unit {unit}.")
    return put_into(text, layer=fact("name"), value=number(*results), **facts)


def _moving(view: CellView) -> list[Any]:
    """Return the numbers, then what is drawn by phase, then the strips in the boxes, then hatches if there are some."""
    numbers = view.numbers.texts.values()
    return [*numbers, *_flowing(view), *view.captions, view.boxes.gauge_art, *view.held.moving]


def _hatched(page: Page, themed: Themed, start: int) -> list[Any]:
    """Return what hatches the cell at the time steps that do not count, as `frags`; nothing if all do."""
    view, mask = themed.view, themed.view.layer.mask
    if not view.held.moving:
        return []
    drawn = []
    for is_held in (False, True):
        themed.do(lambda view, is_held=is_held: view.held.cover(view.wires.diagram.body, is_held))
        drawn.append([page.text(piece) for piece in themed.drawn(lambda view: view.held.moving, whole=False)[1]])
    held = [not counts for sample in page.extent.samples for counts in mask[sample]]
    return [
        [f"m{start + k}", ["sample", "time"], [drawn[is_held][k] for is_held in held]] for k in range(len(drawn[0]))
    ]


def _flowing(view: CellView) -> list[Any]:
    """Return what is drawn by phase and changes while it is computed, the first of `_moving` after the numbers."""
    return [*view.wires.moving, view.boxes.box_art, *(text for _, text in view.numbers.words)]


def _with_all_words(view: CellView) -> None:
    """Write all words beside the lines: what is drawn empty has no group that a page can fill."""
    for share, text in view.numbers.words:
        text.set_text(tr(share.words))


def _in_phase(view: CellView, phase: str) -> set[Any]:
    """Move a wiring to a phase, with 0 for every number; return which numbers it shows there."""
    view.show([moment.but(phase=phase) for moment in view.moments])
    hide_moment(view, tr(HELD_HERE) if view.held.moving else "")
    shown = {key for key, text in view.numbers.texts.items() if text.get_text()}
    for text in view.numbers.texts.values():
        text.set_text("0")
    view.boxes.show_strips()
    return shown


def _flow(page: Page, themed: Themed, shown: set[Any]) -> dict[str, Any]:
    """Return how a phase is computed: what is shown when each of its stages begins, and what travels in it."""
    view, waiting, hidden = themed.view, [], []
    wiring, data = wiring_of(view.layer.cell), view.data
    for stage in range(stage_count(wiring, data)):
        now = at_stage(wiring, data, stage)
        themed.do(lambda view, now=now: view.show_data(now))
        waiting.append([page.text(piece) for piece in themed.drawn(_flowing, whole=False)[1]])
        waits = [k for k, (key, text) in enumerate(view.numbers.texts.items()) if key in shown and not text.get_text()]
        closes = data.direction == "forward"
        closed = [k for k, key in enumerate(view.boxes.gauges) if closes and now.opened.get(key) == 0]
        hidden.append([*(f"m{k}" for k in waits), *(name for k in closed for name in gauge_names(k))])
    travels = [
        [stage, page.text(_path(view, k)), themed.colour(lambda view, k=k: view.wires.colour(k)), *view.wires.widths(k)]
        for k, stage in stages_of(wiring, data).items()
    ]
    return {"waiting": waiting, "hidden": hidden, "travels": travels}


def _path(view: CellView, number: int) -> str:
    """Return a line of a wiring as something travels along it, as a path of SVG."""
    places = (place_on_page(view.wires.diagram.axes, x, y) for x, y in view.wires.way(number))
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _channels(page: Page, trace: Trace, layer: str, direction: str, terms: Sequence[Term]) -> Channels:
    """Return all numbers of a wiring: by node forward, by place of the edge backward; means, and results."""
    wiring = wiring_of(trace[layer].cell)
    everything = range(len(wiring.edges))
    ends = [node for node in wiring.nodes.values() if node.kind in ("previous", "input", "exit")]
    boxes = [node.key for node in wiring.nodes.values() if node.kind == "layer"]

    def read(at: Values) -> dict[Any, Any]:
        flows = flows_everywhere(wiring, at)
        place = *at.moment.run, at.moment.time
        if direction == "forward":
            found: dict[Any, Any] = dict(flows.values)
            found |= {("result", name): at.layer[name][place] for name in wiring.cell.names}
            found |= {term: flows.values[term.of] for term in terms}
        else:
            found = dict(enumerate(flows.back))
            found |= {node.key: at_end(wiring, flows, everything, node) for node in ends}
            found |= {("result", name): total for name, total in flows.totals.items()}
        found |= {("unit", key): flows.values[key] for key in boxes}
        of_input = {"x", *(k for k, edge in enumerate(wiring.edges) if edge.source == "x")}
        numbers: dict[Any, Any] = {f"mean {key}": brief(mean) for key, mean in flows.means.items()}
        for key, values in found.items():
            if values is None or (key in of_input and len(values) > 1):
                continue
            numbers[key] = values[0] if key in of_input else page.of_units(values)
        return numbers

    return page.arrays(read, trace, layer, direction)


def gauge_names(place: int) -> tuple[str, str]:
    """Return the names of the bar and of the tick in a box."""
    return f"bar{place}", f"tick{place}"


def _gauges(page: Page, themed: Themed, channels: Channels, known: Sequence[set]) -> tuple[list, str]:
    """Return what shows how far the boxes are open, and its SVG: a bar from zero to the mean, a tick at a unit."""
    view, bars, svg = themed.view, [], ""
    diagram, dark = view.boxes.diagram, themed.colour(lambda _: ink())
    for key, gauge in view.boxes.gauges.items():
        (left, top), (right, bottom) = (
            place_on_page(diagram.axes, gauge.x + side * GAUGE[0], gauge.middle - side * GAUGE[1]) for side in (-1, 1)
        )
        colour = themed.colour(lambda one, key=key: one.boxes.diagram.colours[key])
        high, rise = bottom - top, 0.45 * (bottom - top)
        bar, tick = gauge_names(len(bars) // 2)
        svg += rectangle(bar, top, high, colour) + rectangle(tick, top - rise, high + 2 * rise, dark, wide=TICK)
        is_known, scale = [key in means for means in known], [left, right, gauge.low, gauge.high]
        bars.append([bar, page.channel(channels[f"mean {key}"], digits(f"mean {key}")), *scale, "bar", is_known])
        bars.append([tick, page.channel(channels["unit", key]), *scale, "tick", is_known])
    return bars, svg
