"""The heat maps of a layer, to the colour, for all units in the order of the view, with the mean of all units."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnscope.figures.drawing.hatches import DROPPED, HELD
from rnnscope.figures.drawing.svg import place_on_page, put_back
from rnnscope.figures.gates.rows import rows_of
from rnnscope.figures.gates.summary import MEAN
from rnnscope.figures.gates.view import GatesView
from rnnscope.figures.inputs import inputs_read
from rnnscope.figures.places import grids_of
from rnnscope.figures.scene import WIDTH, Page, Scene, Themed, before_number, fact, hide_moment, number, piece, put_into
from rnnscope.figures.style import ink
from rnnscope.languages import noted, tr
from rnnscope.numbers import mean_of
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.passes import dropped_at, has_masked, held_steps

PER_PANEL = 5
"""So many parts of each panel move: its ground, the marks of time step and unit, the mean as a line and in numbers."""

RUNS = ["epoch", "sample"]
"""The order of the units, and what follows from it, is that of an epoch and a sample."""


class GatesScene(Scene):
    """The heat maps of a layer; they hold values in either direction."""

    view = GatesView
    by = ("layer", "trace")
    backward = noted("{question} (values, as they went forward)")
    all_units = noted("Heat maps show all units.")

    def drawn(self, layers: Sequence[str], direction: str) -> list[dict]:
        """Return the heat maps of every trace's layer."""
        page = self.page
        views = page.views(GatesView, layers, Cursor(time=0, unit=0), lambda view: view.size_within(WIDTH))
        return [
            _LayerScene(page, themed, trace, layer).drawn(page.said(GatesView.topics, trace, layer, "forward"))
            for themed, (_, trace, layer) in zip(views, page.each(layers), strict=True)
        ]


class _LayerScene:
    """The scene of one layer: what moves in it, part by part."""

    def __init__(self, page: Page, themed: Themed, trace: Trace, layer: str) -> None:
        self.page, self.themed, self.kept = page, themed, trace[layer]
        self.places = np.searchsorted(trace.epochs, page.extent.epochs)
        self.runs = [
            _at(themed.view.moment, *run) for run in itertools.product(page.extent.epochs, page.extent.samples)
        ]
        self.orders = np.array([rows_of(moment, themed.view.order) for moment in self.runs])
        self.ranks = np.argsort(self.orders, axis=1)[:, page.extent.units_in(self.kept.units)]
        themed.do(_without_numbers)
        picture, self.inner = themed.drawn(_moving)
        self.picture, self.frags, self.moves, self.heats, self.texts = picture, [], [], [], []
        self.means: list[Any] = []
        self.grids: list[Any] = []

    def drawn(self, says: Sequence[Any]) -> dict[str, Any]:
        """Return the scene, with what is said of it."""
        view, page = self.themed.view, self.page
        for k, name in enumerate(view.panels):
            self._map(k, name)
            self._mean(k, name)
        start = PER_PANEL * len(view.panels)
        for rows in view.rows:
            self._rows(start, shows_all=rows.shows_all)
            start += len(rows.texts)
        start += self._inputs(start)
        self._hatches(start)
        self._stripes(start + len(_hatches(view)))
        filled = {k: inner for k, inner in enumerate(self.inner) if f"m{k}" not in {frag[0] for frag in self.frags}}
        svg = page.text(put_back(self.picture, filled))
        parts = {"layer": fact("name"), "time": fact("time"), "means": self.means}
        words = [
            piece(*says),
            " ",
            *put_into(noted("{layer}, means over all units at time step {time}: {means}."), **parts),
        ]
        moving = {
            "grids": self.grids,
            "moves": self.moves,
            "heats": self.heats,
            "frags": self.frags,
            "texts": self.texts,
        }
        return {"svg": svg, **moving, "says": says, "words": words}

    def _map(self, k: int, name: str) -> None:
        """Colour a map, and mark the time step and the unit in it."""
        page, (heat, _, _) = self.page, self.themed.view.panels[name]
        left, right, bottom, top = heat.image.get_extent()
        (x0, y0), (x1, y1) = place_on_page(heat.axes, left, top), place_on_page(heat.axes, right, bottom)
        box = f'x="{x0}" y="{y0}" width="{x1 - x0:.2f}" height="{y1 - y0:.2f}"'
        self.inner[PER_PANEL * k] += f'<image id="heat{k}" {box} preserveAspectRatio="none" class="heat"/>'
        self.moves.append([f"m{PER_PANEL * k + 1}", "time", (x1 - x0) / self.themed.view.moment.steps, 0])
        self._follow(PER_PANEL * k + 2, (y1 - y0) / self.kept.units)
        values = self._values(name)
        orders = np.ma.array(self.orders.reshape(*values.shape[:2], 1, -1).astype(float))
        order = page.channel(orders, digits=max(3, len(str(self.kept.units))))
        table = heat.image.table[:, :3].tobytes().hex()
        fields = grids_of([heat.axes], page.extent)[0]["fields"]
        rows = ["unit", "rows", [order, y0, (y1 - y0) / self.kept.units]]
        others = [field for field in fields if field[0] != "unit"]
        self.grids.append({"box": [x0, y0, x1, y1], "fields": [*others, rows], "phase": name})
        self.heats.append([f"heat{k}", page.heat(heat.image.places(values)), page.text(table), order])

    def _mean(self, k: int, name: str) -> None:
        """Draw the mean of all units, and write it at the time step."""
        page, axes = self.page, self.themed.view.summaries[name].axes
        means = np.apply_along_axis(mean_of, -1, self._values(name))
        colour = self.themed.colour(lambda view: view.summaries[name].line.get_color())
        look = f'style="fill: none; stroke: var(--c{colour}); stroke-width: 2"'
        lines = [
            " ".join(
                ",".join(f"{c:.4g}" for c in place_on_page(axes, t, m)) for t, m in enumerate(run) if np.isfinite(m)
            )
            for run in means.reshape(-1, means.shape[-1])
        ]
        shown = self.themed.view.has_lines
        pieces = [page.text(f'<polyline points="{line}" {look}/>' if shown else "") for line in lines]
        self.frags.append([f"m{PER_PANEL * k + 3}", RUNS, pieces])
        ink = self.themed.colour(lambda view: view.summaries[name].text.get_color())
        channel = page.channel(np.ma.array(means[..., None]), 2)
        self.texts.append([f"m{PER_PANEL * k + 4}", channel, before_number(MEAN), [ink]])
        self.means += [", " * bool(self.means) + f"{name} ", number(page.channel(np.ma.array(means[..., None])))]

    def _rows(self, start: int, *, shows_all: bool) -> None:
        """Write the numbers of the units beside their rows, or only that of the unit that is looked at."""
        axes = next(iter(self.themed.view.panels.values()))[0].axes
        if shows_all:
            for row, units in enumerate(self.orders.T):
                texts = [self.page.text(_rewritten(self.inner[start + row], str(unit))) for unit in units]
                self.frags.append([f"m{start + row}", RUNS, texts])
            return
        down = place_on_page(axes, 0, 1)[1] - place_on_page(axes, 0, 0)[1]
        self._follow(start, down, [str(unit) for unit in self.page.extent.units_in(self.kept.units)])

    def _inputs(self, start: int) -> int:
        """Write what is read at each time step; return of how many texts it is."""
        page, samples = self.page, self.runs[: len(self.page.extent.samples)]
        for times in self.themed.view.times:
            said = [times.fitting.said(inputs_read(moment)) for moment in samples]
            for k in range(len(times.texts)):
                texts = [page.text(_rewritten(self.inner[start + k], words[k])) for words in said]
                self.frags.append([f"m{start + k}", ["sample"], texts])
            start += len(times.texts)
        return sum(len(times.texts) for times in self.themed.view.times)

    def _hatches(self, start: int) -> None:
        """Hatch the time steps that do not count in each sample."""
        page, drawn = self.page, {}
        steps = [tuple(held_steps(moment)) for moment in self.runs[: len(self.page.extent.samples)]]
        for held in dict.fromkeys(steps if _hatches(self.themed.view) else ()):
            self.themed.do(lambda view, held=held: _hatch(view, held))
            drawn[held] = self.themed.drawn(_hatches, whole=False)[1]
        for k in range(len(_hatches(self.themed.view))):
            self.frags.append([f"m{start + k}", ["sample"], [page.text(drawn[held][k]) for held in steps]])

    def _stripes(self, start: int) -> None:
        """Put stripes over the units that matrices read as zero, where they stand."""
        named = [(name, each) for name, each in self.themed.view.dropped.items() if each.moving]
        for k, (name, each) in enumerate(named):
            colour, (left, right) = self.themed.colour(lambda _: ink()), each.axes.get_xlim()
            look = (
                f'style="fill: none; stroke: var(--c{colour}); stroke-width: {each.moving[0].get_linewidth()[0]:.3g}"'
            )
            pieces = []
            for moment, order in zip(self.runs, self.orders, strict=True):
                zeros = dropped_at(moment).get(name)
                rows = [] if zeros is None else np.flatnonzero(zeros[order])
                ends = [(place_on_page(each.axes, left, row), place_on_page(each.axes, right, row)) for row in rows]
                line = "".join(f"M{x0} {y}H{x1}" for (x0, y), (x1, _) in ends)
                pieces.append(self.page.text(f'<path d="{line}" {look}/>' if line else ""))
            self.frags.append([f"m{start + k}", RUNS, pieces])

    def _follow(self, group: int, down: float, texts: Sequence[str] | None = None) -> None:
        """Move a group to the row of the unit that is looked at, so far down per row; perhaps with a text by unit."""
        pieces = [
            f'<g transform="translate(0 {down * rank:.2f})">'
            + (self.inner[group] if texts is None else _rewritten(self.inner[group], texts[k]))
            + "</g>"
            for ranks in self.ranks
            for k, rank in enumerate(ranks)
        ]
        self.frags.append([f"m{group}", [*RUNS, "unit"], [self.page.text(piece) for piece in pieces]])

    def _values(self, name: str) -> np.ndarray:
        """Return the numbers of a quantity that go into the page, (epoch, sample, time, unit)."""
        return self.kept[name][np.ix_(self.places, list(self.page.extent.samples))]


def _at(moment: Moment, epoch: int, sample: int) -> Moment:
    return moment.but(epoch=epoch, sample=sample)


def _rewritten(svg: str, text: str) -> str:
    """Return SVG with another text in place of the one in it."""
    return re.sub(r">[^<>]+</text>", lambda _: f">{html.escape(text, quote=False)}</text>", svg)


def _moving(view: GatesView) -> list[Any]:
    """Return of each panel its ground, on which the page puts the colours, and what moves; then all other texts."""
    found: list[Any] = []
    for name, (heat, column, unit) in view.panels.items():
        summary = view.summaries[name]
        found += [heat.axes.patch, column.patch, unit, summary.line, summary.text]
    return [
        *found,
        *(text for rows in view.rows for text in rows.texts),
        *(t for each in view.times for t in each.texts),
        *_hatches(view),
        *(artist for each in view.dropped.values() for artist in each.moving),
    ]


def _hatches(view: GatesView) -> list[Any]:
    """Return what is over time steps that do not count; nothing if all do."""
    return [artist for each in view.held.values() for hatches in each for artist in hatches.moving]


def _hatch(view: GatesView, steps: Sequence[int]) -> None:
    """Hatch some time steps in all panels."""
    for each in view.held.values():
        for hatches in each:
            hatches.show(steps)


def _has_stripes(view: GatesView) -> bool:
    return any(each.moving for each in view.dropped.values())


def _without_numbers(view: GatesView) -> None:
    """Leave of the heat maps their places, and put all that follows a unit to the row on top."""
    hide_moment(view, tr(HELD) if has_masked(view.layer) else "", tr(DROPPED) if _has_stripes(view) else "")
    for name, (heat, _, unit) in view.panels.items():
        summary = view.summaries[name]
        for artist in (heat.image, summary.band, summary.dot):
            artist.set_visible(False)
        for text in heat.numbers:
            text.set_text("")
        unit.set_ydata([0])
    for rows in view.rows:
        if not rows.shows_all:
            rows.texts[0].set_y(0)
