"""What a state still holds, by the time step that wrote it: bars whose ends the page sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from rnnscope.figures.drawing.svg import place_on_page, put_back, rectangle
from rnnscope.figures.drawing.waterfall import BAR
from rnnscope.figures.inputs import inputs_read
from rnnscope.figures.memory.remembered import FIRST
from rnnscope.figures.memory.shares import MOST_BARS, NUMBER
from rnnscope.figures.memory.view import MemoryView
from rnnscope.figures.places import grids_of
from rnnscope.figures.scene import MOST_WIDE, Page, Scene, Themed, fact, hide_moment, piece
from rnnscope.figures.style import ink, readable_on, small
from rnnscope.languages import tr
from rnnscope.trace import Cursor

NOWHERE = 1e6
"""No part of a bar is so high that its number would be written."""

HALF = 0.47
"""A bar of shares reaches so far to either side of its time step."""


class MemoryScene(Scene):
    """The ledger of a layer's state, or what is left of small changes of it; the same in both directions."""

    view = MemoryView
    by = ("layer", "trace")

    def drawn(self, layers: Sequence[str], direction: str) -> list[dict]:
        """Return the memory of every trace's layer."""
        page = self.page
        views = page.views(MemoryView, layers, Cursor(time=0, unit=0), lambda view: (MOST_WIDE, view.size()[1]))
        return [
            _LayerScene(page, themed).drawn(page.said(themed.view.topics, trace, layer, "forward"))
            for themed, (_, trace, layer) in zip(views, page.each(layers), strict=True)
        ]


class _LayerScene:
    """The scene of one layer: its bars, by the panel in which they stand."""

    def __init__(self, page: Page, themed: Themed) -> None:
        self.page, self.themed, self.view, extent = page, themed, themed.view, page.extent
        self.count = self.view.steps.count
        if self.count > MOST_BARS:
            raise ValueError(f"time steps: expected at most {MOST_BARS}, whose bars stand apart; got {self.count}")
        start = self.view.moment.but(time=0, unit=0)
        self.runs = [start.but(epoch=epoch, sample=sample) for epoch in extent.epochs for sample in extent.samples]
        self.shape, self.units = (len(extent.epochs), len(extent.samples)), extent.units_in(self.view.layer.units)
        self.way, self.first = start.way, 0 if start.way > 0 else self.count - 1
        self.has_ledger = self.view.has_ledger(start)
        self.panels = [self.view.shares, self.view.unit] if self.has_ledger else [self.view.changes]
        self.ink, self.state = themed.colour(lambda _: ink()), self.view.state_of(start)

    def drawn(self, says: Sequence[Any]) -> dict[str, Any]:
        """Return the scene, with what is said of it."""
        self.themed.do(self._without_numbers)
        picture, inner = self.themed.drawn(lambda _: self._moving())
        shapes, found = self._ledger() if self.has_ledger else self._changes()
        inner[: len(shapes)] = shapes
        frags = self._inputs()
        filled = {k: svg for k, svg in enumerate(inner) if f"m{k}" not in {frag[0] for frag in frags}}
        moving = {"moves": self._moves(), "frags": frags, "says": says, "words": [fact("name"), ": ", piece(*says)]}
        grids = grids_of([panel.axes for panel in self.panels], self.page.extent)
        return {"svg": self.page.text(put_back(picture, filled)), "grids": grids, **moving, **found}

    def _moving(self) -> list[Artist]:
        """Return the grounds of bars, the frame and the rings of the time step, and the inputs below."""
        grounds = [self.view.shares.parts, self.view.unit.bars] if self.has_ledger else [self.view.changes.bars]
        rings = [panel.axis.moving[-1] for panel in self.panels]
        frames = [self.view.shares.column.patch] if self.has_ledger else []
        return [*grounds, *frames, *rings, *(text for panel in self.panels for text in panel.axis.moving[:-1])]

    def _without_numbers(self, view: MemoryView) -> None:
        """Leave of the panels their axes; what moves is put to the first time step."""
        hide_moment(view)
        if self.has_ledger:
            view.shares.line.set_text(tr("what {state} holds at each time step", state=self.state))
            view.unit.line.set_text(tr("the unit: what is left of each step"))
            view.unit.zero.set_data([], [])
            view.unit.links.set_data([], [])
            view.shares.column.show(self.first)
        else:
            words = tr("what is left now of a small change of {state} at each step", state=self.state)
            view.changes.line.set_text(words)
            view.changes.whole.set_ydata([1, 1])
        for panel in self.panels:
            for text in panel.numbers.values() if isinstance(panel.numbers, dict) else panel.numbers:
                text.set_text("")
            panel.axis.show(inputs_read(self.runs[0])[:: self.way], self.first)

    def _moves(self) -> list[Any]:
        """Return how the marks of the time step move."""
        axes = [*([self.view.shares.axes] if self.has_ledger else []), *(panel.axes for panel in self.panels)]
        first = 1 + self.has_ledger
        steps = [self.way * (place_on_page(own, 1, 0)[0] - place_on_page(own, 0, 0)[0]) for own in axes]
        return [[f"m{first + k}", "time", step, 0] for k, step in enumerate(steps)]

    def _inputs(self) -> list[Any]:
        """Return what is read at each time step of the samples, as `frags`."""
        texts = [text for panel in self.panels for text in panel.axis.moving[:-1]]
        drawn: list[list[str]] = []
        for moment in self.runs[: self.shape[1]] if texts else []:
            for panel in self.panels:
                panel.axis.show(inputs_read(moment)[:: moment.way], 0)
            drawn.append(self.themed.drawn(lambda _: texts, whole=False)[1])
        first = len(self._moving()) - len(texts)
        pieces = enumerate(zip(*drawn, strict=True), first)
        return [[f"m{k}", ["sample"], [self.page.text(svg) for svg in own]] for k, own in pieces]

    def _ledger(self) -> tuple[list[str], dict[str, Any]]:
        """Return the bars of shares, and those of the amounts in a unit."""
        data = [self.view.ledger_at(moment) for moment in self.runs]
        shares = np.stack([own for _, own in data]).reshape(*self.shape, self.count, -1)
        amounts = np.stack([ledger.of_unit(unit) for ledger, _ in data for unit in self.units])
        amounts = np.moveaxis(amounts.reshape(*self.shape, len(self.units), self.count, -1), 2, 3)[:, :, :: self.way]
        (stacked, stacks), (fallen, fall) = self._stacks(shares), self._fall(amounts)
        return [stacked, fallen], {"stacks": stacks, "falls": [fall]}

    def _stacks(self, shares: np.ndarray) -> tuple[str, list[Any]]:
        """Return for each time step a bar, divided by what wrote it, from the bottom."""
        axes, svg, found = self.view.shares.axes, "", []
        faces = self.themed.do(lambda view: _hexes(view.shares.parts.get_facecolor()))
        inks = self.themed.do(lambda view: _hexes(readable_on(view.shares.parts.get_facecolor())))
        for at in range(self.count):
            parts = []
            for wrote in range(0 if self.view.steps.has_start else FIRST, at + FIRST + 1):
                name, own = f"share{at}-{wrote}", shares[:, :, at, wrote, None, None]
                svg += self._bar(axes, name, at, HALF, faces[wrote], inks[wrote])
                parts.append([name, self._channel(own), self._channel(_percents(own))])
            least = NUMBER[1] * self.view.em if self._has_room(axes) else NOWHERE
            found.append({"parts": parts, **_ends(axes, 0, 100), "least": least})
        return svg, found

    def _fall(self, amounts: np.ndarray) -> tuple[str, dict[str, Any]]:
        """Return the bars of a unit's amounts, (epoch, sample, time, unit, written), each from where one ends."""
        axes, svg, names = self.view.unit.axes, "", []
        faces = self.themed.do(lambda view: _hexes(view.unit.bars.get_facecolor()))
        for place, face in zip(self.view.unit.places, faces, strict=True):
            names.append(f"fall{len(names)}")
            svg += rectangle(f"{names[-1]}l", 0, 0.8, self.ink) + self._bar(axes, names[-1], place, BAR, face)
        first = 0 if self.view.steps.has_start else FIRST
        channels = [self._channel(amounts[..., k]) for k in range(first, amounts.shape[-1])]
        total = self._channel(amounts.sum(axis=-1))
        sides = [[place_on_page(axes, x + side * BAR, 0)[0] for side in (-1, 1)] for x in self.view.unit.places]
        bars = [[name, *own] for name, own in zip(names, sides, strict=True)]
        says = self._has_room(axes)
        return svg, {
            "bars": bars,
            "amounts": channels,
            "sum": total,
            "says": says,
            **_ends(axes, 0, 1),
            "start": 1 - first,
        }

    def _changes(self) -> tuple[list[str], dict[str, Any]]:
        """Return a bar for each time step: how much of a small change there is left."""
        axes, svg, parts = self.view.changes.axes, "", []
        known = np.full((len(self.runs), self.count, self.count), np.nan)
        for run, moment in enumerate(self.runs):
            for time in range(self.count):
                left = self.view.changes_at(moment.but(time=time, phase="")).parts
                if left is not None:
                    known[run, time, : len(left)] = left
        limits = np.fmax(1.0, np.nanmax(known, axis=2, keepdims=True, initial=1.0))
        faces = self.themed.do(lambda view: _hexes(view.changes.bars.get_facecolor()))
        for k in range(self.count):
            own, high = (each[..., k].reshape(*self.shape, self.count, 1) for each in (known, known / limits))
            svg += self._bar(axes, f"left{k}", k, BAR, faces[k])
            parts.append([f"left{k}", self._channel(high), self._channel(_percents(own))])
        return [svg], {"columns": [{"parts": parts, **_ends(axes, 0, 1)}]}

    def _has_room(self, axes: Axes) -> bool:
        """Say whether numbers have room between one time step and the next."""
        return place_on_page(axes, 1, 0)[0] - place_on_page(axes, 0, 0)[0] >= NUMBER[0] * self.view.em

    def _bar(self, axes: Axes, name: str, x: float, half: float, face: str, on: str | None = None) -> str:
        """Return a bar without ends yet, and its number."""
        left, right = (place_on_page(axes, x + side * half, 0)[0] for side in (-1, 1))
        bar = rectangle(name, 0, 0, self.themed.number(face), left=left, wide=round(right - left, 2))
        colour = self.ink if on is None else self.themed.number(on)
        look = f"font-size: {small():g}px; fill: var(--c{colour}); text-anchor: middle"
        number = f'<text id="{name}t" x="{(left + right) / 2:g}" y="0" style="{look}"> </text>'
        return bar + number

    def _channel(self, values: np.ndarray) -> int:
        """Return the place of numbers; those that are not known are missing."""
        return self.page.channel(np.ma.masked_where(np.isnan(values), values))


def _percents(shares: np.ndarray) -> np.ndarray:
    """Return shares in whole percents; what is nearly none or all is 0.5 or 99.5, which is written so."""
    nearly = [(shares > 0) & (shares < 0.01), (shares > 0.99) & (shares < 1)]
    return np.select(nearly, [0.5, 99.5], np.rint(100 * shares))


def _hexes(colours: np.ndarray) -> list[str]:
    return [to_hex(colour[:3]) for colour in colours]


def _ends(axes: Axes, low: float, high: float) -> dict[str, float]:
    """Return where two numbers of the vertical axis lie."""
    return {"from": place_on_page(axes, 0, low)[1], "to": place_on_page(axes, 0, high)[1]}
