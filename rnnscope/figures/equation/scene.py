"""The equation of a phase: a number under every symbol, the result, and a bar for each term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnscope.figures.drawing.svg import colour_of, cropped, place_on_page, put_back, rectangle
from rnnscope.figures.equation.room import PITCH
from rnnscope.figures.equation.view import EquationData, EquationView
from rnnscope.figures.scale import Scale
from rnnscope.figures.scene import WIDTH, Page, Scene, Themed, fact, hide_moment, number, or_reason, put_into
from rnnscope.formulas import Substitution
from rnnscope.formulas.equations import Equation
from rnnscope.formulas.values import Values
from rnnscope.languages import noted, tr
from rnnscope.trace import Cursor, Moment, Trace

LONGEST_NUMBER = -0.00123
"""Numbers have room for one that is as long as this."""

MOST_LINES = 5
"""An equation takes at most so many lines more than usual."""

BELOW_ROWS = 1.5
"""So much room is left below the middle of the last row, in font sizes."""


class RoomyEquation(EquationView):
    """An equation with room for the longest numbers, whose table does not say what products are sums of."""

    has_working = False

    def read(self, moment: Moment) -> EquationData:
        """Return the equation of the moment's phase with a long number for each symbol."""
        data = super().read(moment)
        terms = tuple(replace(t, value=LONGEST_NUMBER, factors=(), others=0) for t in data.substitution.terms)
        return replace(data, substitution=replace(data.substitution, terms=terms))


class EquationScene(Scene):
    """The equations of a layer's cell in a direction, one for each phase."""

    view = EquationView
    by = ("layer", "direction", "trace", "phase")
    missing = "?"

    def drawn(self, layers: Sequence[str], direction: str) -> list[list[dict]]:
        """Return the equations of every trace's layer."""
        page = self.page
        made = {
            (k, phase): or_reason(_view, page, each, direction, phase)
            for k, each in enumerate(page.each(layers))
            for phase in page.phases(*each[1:])
        }
        views = {place: themed for place, themed in made.items() if not isinstance(themed, dict)}
        scales: dict[str, Scale] = {}
        for themed in views.values():
            for name, scale in themed.view.scale.items():
                scales[name] = scales[name].together(scale) if name in scales else scale
        highs: dict[int, float] = {}  # those of one trace are equally high, so that nothing jumps
        for (k, _), themed in views.items():
            highs[k] = max(highs.get(k, 0), _used(themed.view))
        found: list[list[dict]] = [[] for _ in page.traces]
        for (k, phase), themed in made.items():
            _, trace, layer = page.each(layers)[k]
            is_there = (k, phase) in views  # else the trace lacks what the equation needs, at all epochs
            found[k].append(_scene(page, trace, layer, direction, themed, scales, highs[k]) if is_there else themed)
        return found

    def left_out(self) -> list[str]:
        """Say that sums are not written out."""
        return [tr("Of sums over many units the equation gives the total, not the addends.")]


def _view(page: Page, each: tuple[str, Trace, str], direction: str, phase: str) -> Themed:
    """Return the equation, drawn with room below it."""
    cursor = Cursor(sample=page.extent.samples[0], phase=phase, direction=direction)
    return page.view(RoomyEquation, *each, cursor, _ample)


def _scene(
    page: Page,
    trace: Trace,
    layer: str,
    direction: str,
    themed: Themed,
    scales: Mapping[str, Scale],
    high: float,
) -> dict:
    view = themed.view
    view.scale = dict(scales)
    substitution, rows = view.data.substitution, len(_rows(view))
    arrays = _terms(page, trace, layer, direction, substitution.equation)
    channels = {name: page.channel(values) for name, values in arrays.items()}
    strips = _strips(view)
    themed.do(_without_numbers)
    picture, inner = themed.drawn(_moving)
    bars = [_bar(themed, k, channels[substitution.terms[k].name], strips[k]) for k in range(rows)]
    inner[-1] += "".join(svg for _, svg in bars)
    symbols = [str(view.data.substitution.equation.pieces[k]) for k in _symbols(view)]
    names = [*symbols, *(term.name for term in substitution.terms[:rows]), "result"]
    around = ["()"] * len(symbols) + [""] * rows + ["= "]
    return {
        "svg": page.text(put_back(cropped(picture, high), dict(enumerate(inner)))),
        "texts": [
            [f"m{k}", channels[name], frame, [themed.colour(lambda one, k=k: colour_of(_moving(one)[k]))]]
            for k, (name, frame) in enumerate(zip(names, around, strict=True))
        ],
        "bars": [bar for bar, _ in bars],
        "words": _in_words(substitution, channels),
    }


def _in_words(substitution: Substitution, channels: Mapping[str, int]) -> list[Any]:
    """Return the template of an equation's words: its result, and its symbols with their numbers."""
    found, missing = [], tr("not recorded")
    for term in substitution.terms:
        found += [", " * bool(found) + f"{term.symbol} = ", number(channels[term.name], missing=missing)]
    result, equation = number(channels["result"], missing=missing), substitution.equation.text
    text = noted("{layer}: {equation} = {value}, with {numbers}.")
    return put_into(text, layer=fact("name"), equation=equation, value=result, numbers=found)


def _ample(view: EquationView) -> tuple[float, float]:
    """Return a size in which an equation has more room than it needs."""
    wide, high = view.size_within(WIDTH)
    return wide, high + MOST_LINES * PITCH * view.em / 72


def _used(view: EquationView) -> float:
    """Return how high the picture of an equation has to be, in points."""
    rows = [row.value.get_position()[1] for row in _rows(view)] or [view.written.result.get_position()[1]]
    return place_on_page(view.axes, 0, min(rows) - BELOW_ROWS)[1]


def _symbols(view: EquationView) -> list[int]:
    """Return the places of the symbols among the pieces of the equation."""
    return [k for k, piece in enumerate(view.data.substitution.equation.pieces) if not isinstance(piece, str)]


def _rows(view: EquationView) -> list[Any]:
    """Return the rows of the table that are written."""
    return [row for row in view.table.rows if row.value.get_text()]


def _moving(view: EquationView) -> list[Any]:
    """Return the numbers below the symbols, those of the table, the result, and the strips of the table."""
    return [
        *(view.written.numbers[k] for k in _symbols(view)),
        *(row.value for row in _rows(view)),
        view.written.result,
        view.table.bars,
    ]


def _without_numbers(view: EquationView) -> None:
    """Leave of the bars their strips, and of the result its place."""
    hide_moment(view)
    view.written.result.set_text("= 0")
    outlines, faces = [path.vertices for path in view.table.bars.get_paths()], view.table.bars.get_facecolor()
    view.table.bars.set_verts(outlines[::2])
    view.table.bars.set_facecolor(faces[::2])


def _strips(view: EquationView) -> list[np.ndarray]:
    """Return the outlines of the strips that bars lie on."""
    return [path.vertices for path in view.table.bars.get_paths()][::2]


def _bar(themed: Themed, k: int, channel: int, strip: np.ndarray) -> tuple[list, str]:
    """Return a bar on its strip, and its SVG."""
    view = themed.view
    left, bottom = place_on_page(view.axes, *strip.min(axis=0))
    right, top = place_on_page(view.axes, *strip.max(axis=0))
    limit = view.limit_of(view.data.substitution.terms[k])
    colour = themed.colour(lambda one: one.colour_of(one.data.substitution.terms[k]))
    bar = [f"bar{k}", channel, left, right, -limit, limit, "bar", None]
    return bar, rectangle(bar[0], top, bottom - top, colour)


def _terms(page: Page, trace: Trace, layer: str, direction: str, equation: Equation) -> dict[str, np.ma.MaskedArray]:
    """Return the numbers of all symbols of an equation, and its result."""
    symbols = sorted(equation.right.free_symbols, key=str)

    def read(moment: Values) -> dict[str, np.ndarray]:
        there = [symbol for symbol in symbols if moment.has_numbers_of(symbol)]
        found = {str(symbol): page.of_units(moment.of(symbol, equation.pulls)) for symbol in there}
        return found | {"result": page.of_units(moment.of(equation.left))}

    found = page.arrays(read, trace, layer, direction)
    nowhere = np.ma.masked_all_like(found["result"])
    return {**{str(symbol): nowhere for symbol in symbols}, **found}
