"""The heat maps of a layer, to the colour, for all units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnscope.figures.drawing.svg import place_on_page, put_back
from rnnscope.figures.gates.view import GatesView
from rnnscope.figures.numbers import mean_of
from rnnscope.figures.scene import WIDTH, Page, Scene, Themed, fact, hide_moment, number
from rnnscope.trace import Cursor, Trace


class GatesScene(Scene):
    """The heat maps of a layer; they hold values in either direction."""

    view = GatesView
    by = ("layer", "trace")
    backward = " (values, as they went forward)"
    all_units = "Heat maps show all units."

    def drawn(self, layers: Sequence[str], direction: str) -> list[dict]:
        """Return the heat maps of every trace's layer."""
        page = self.page
        views = page.views(GatesView, layers, Cursor(time=0, unit=0), lambda view: (WIDTH, view.size()[1]))
        return [
            _scene(page, themed, trace, layer)
            for themed, (_, trace, layer) in zip(views, page.each(layers), strict=True)
        ]


def _scene(page: Page, themed: Themed, trace: Trace, layer: str) -> dict:
    kept, places = trace[layer], np.searchsorted(trace.epochs, page.extent.epochs)
    themed.each(_without_numbers)
    picture, inner = themed.drawn(_moving)
    moves, heats = [], []
    means: list[Any] = []
    for k, (name, (heat, _, _)) in enumerate(themed.view.panels.items()):
        left, right, bottom, top = heat.image.get_extent()
        (x0, y0), (x1, y1) = place_on_page(heat.axes, left, top), place_on_page(heat.axes, right, bottom)
        box = f'x="{x0}" y="{y0}" width="{x1 - x0:.2f}" height="{y1 - y0:.2f}"'
        inner[3 * k] += f'<image id="heat{k}" {box} preserveAspectRatio="none" class="heat"/>'
        moves.append([f"m{3 * k + 1}", "time", (x1 - x0) / page.extent.steps, 0])
        moves.append([f"m{3 * k + 2}", "unit", 0, (y1 - y0) / kept.units])
        values = kept[name][np.ix_(places, list(page.extent.samples))]
        table = heat.image.table[:, :3].tobytes().hex()
        heats.append([f"heat{k}", page.heat(heat.image.places(values)), page.text(table)])
        mean = page.channel(np.ma.array(np.apply_along_axis(mean_of, -1, values)[..., None]))
        means += [", " * bool(means) + f"{name} ", number(mean)]
    svg = page.text(put_back(picture, dict(enumerate(inner))))
    words = [fact("name"), ", means over all units at time step ", fact("time"), ": ", *means, "."]
    return {"svg": svg, "moves": moves, "heats": heats, "words": words}


def _moving(view: GatesView) -> list[Any]:
    """Return of each panel its ground, on which the page puts the colours, and the marks of time step and unit."""
    return [part for heat, column, unit in view.panels.values() for part in (heat.axes.patch, column.patch, unit)]


def _without_numbers(view: GatesView) -> None:
    """Leave of the heat maps their places."""
    hide_moment(view)
    for heat, _, _ in view.panels.values():
        heat.image.set_visible(False)
        for text in heat.numbers:
            text.set_text("")
