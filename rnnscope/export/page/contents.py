"""The contents of a page: its traces, how much of them goes into it, and all that its scenes share."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnscope.export.page.numbers import Numbers
from rnnscope.export.page.themed import Colours, ThemedView
from rnnscope.figures.picture import Picture
from rnnscope.figures.scene import Extent
from rnnscope.figures.together import Together
from rnnscope.figures.view import View
from rnnscope.figures.wiring.wiring import wiring_of
from rnnscope.findings import Topic, sentences
from rnnscope.formulas.values import Values
from rnnscope.trace import Cursor, Moment, Trace, Walk


class Contents:
    """What the scenes of a page share, and are made with (`figures.scene.Page`).

    Attributes
    ----------
    traces, walk, extent
        The traces, the way through them, and what of them goes into the page.
    numbers, colours
        All numbers and colours of the page.
    pool
        All pieces of SVG and text, each once, with its place.
    """

    def __init__(self, traces: Mapping[str, Trace], walk: Walk, extent: Extent) -> None:
        self.traces, self.walk, self.extent = dict(traces), walk, extent
        self.numbers, self.colours = Numbers(), Colours()
        self.pool: dict[str, int] = {}
        self.channel, self.heat = self.numbers.add, self.numbers.add_heat

    def text(self, piece: str) -> int:
        """Return the place of a piece of SVG or text."""
        return self.pool.setdefault(piece, len(self.pool))

    def each(self, layers: Sequence[str]) -> list[tuple[str, Trace, str]]:
        """Return what every trace is called beside others (nothing if it is alone), the trace, and its layer."""
        names = self.traces if len(self.traces) > 1 else [""]
        return list(zip(names, self.traces.values(), layers, strict=True))

    def steps_in(self, trace: Trace, layer: str) -> int:
        """Return how many time steps a layer has in all traces."""
        return self.walk.steps_in(self.walk.traces[0].layers[trace.layers.index(layer)])

    def phases(self, trace: Trace, layer: str) -> tuple[str, ...]:
        """Return the phases of a layer: those that all traces have in a cell of its kind."""
        first = self.walk.traces[0].layers[trace.layers.index(layer)]
        return self.walk.cells(first)[trace[layer].kind]

    def view(
        self,
        view: type[View],
        name: str,
        trace: Trace,
        layer: str,
        cursor: Cursor,
        size: Callable[[Any], tuple[float, float]],
        *,
        waits: bool = False,
    ) -> ThemedView:
        """Return a view of one trace on a scale of its own, at an epoch at which everything has numbers.

        One that `waits` is drawn when it is given shared scales.
        """
        at = replace(cursor, layer=layer, epoch=self.epoch_of(trace)).at(trace)
        with self.colours.papers.drawing():
            figure = Picture()
            made = view(at, figure.add_axes((0, 0, 1, 1)), size=size, label=name, says=False, waits=waits)
            figure.views = [made]
        return ThemedView(made, self.colours)

    def views(
        self, view: type[View], layers: Sequence[str], cursor: Cursor, size: Callable[[Any], tuple[float, float]]
    ) -> list[ThemedView]:
        """Return a view of every trace, drawn on shared scales."""
        made = [self.view(view, *each, cursor, size, waits=len(self.traces) > 1) for each in self.each(layers)]
        if len(made) > 1:
            self._share([themed.view for themed in made])
        return made

    def pair(
        self, view: type[View], moments: Mapping[str, Moment], size: Callable[[Any], tuple[float, float]]
    ) -> ThemedView:
        """Return a view that shows two moments by their names in one picture, as they are."""
        with self.colours.papers.drawing():
            figure = Picture()
            made = view(
                next(iter(moments.values())), figure.add_axes((0, 0, 1, 1)), size=size, says=False, named=moments
            )
            figure.views = [made]
        return ThemedView(made, self.colours)

    def _share(self, views: Sequence[View]) -> None:
        """Draw views on shared scales, those of the largest cells first: the others have as much room for panels."""
        together, slots, moments = Together(views), 1, [one.moment for one in views]
        with self.colours.papers.drawing():
            for one in sorted(views, key=lambda view: -len(view.layer.quantities)):
                one.share(together, moments, slots=slots, label=one.label)
                slots = max(slots, one.slots)
            for one in views:
                one.share(together, moments, slots=slots, label=one.label)

    def arrays(
        self, read: Callable[[Values], Mapping[Any, Any]], trace: Trace, layer: str, direction: str
    ) -> dict[Any, np.ma.MaskedArray]:
        """Return by name the numbers that `read` finds, (epoch, sample, time, unit); masked where it finds none."""
        extent, found, known = self.extent, {}, {}
        shape = len(extent.epochs), len(extent.samples), self.steps_in(trace, layer)
        start = Cursor(layer=layer, direction=direction).at(trace)
        graph = wiring_of(start.layer.cell).graph
        for place in np.ndindex(shape):
            epoch, sample, time = extent.epochs[place[0]], extent.samples[place[1]], place[2]
            moment = start.but(epoch=epoch, sample=sample, time=time)
            for name, values in read(Values(moment, graph)).items():
                if name not in found:
                    found[name], known[name] = np.zeros((*shape, len(extent.units))), np.zeros(shape, bool)
                found[name][place], known[name][place] = values, True
        masks = {name: np.broadcast_to(~known[name][..., None], found[name].shape) for name in found}
        return {name: np.ma.array(values, mask=masks[name]) for name, values in found.items()}

    def said(
        self, topics: Sequence[Topic], trace: Trace, layer: str, direction: str, *, at_each_step: bool = True
    ) -> list[Any]:
        """Return what topics say of every epoch, sample and time step: the axes, and the pieces laid out along them.

        What is the same at all time steps is said once.
        """
        start, extent = Cursor(layer=layer, direction=direction).at(trace), self.extent
        along = {"epoch": extent.epochs, "sample": extent.samples}
        if at_each_step:
            along["time"] = range(self.steps_in(trace, layer))
        moments = (start.but(**dict(zip(along, places, strict=True))) for places in itertools.product(*along.values()))
        return [[*along], [self.text(" ".join(sentences(each, topics))) for each in moments]]

    def epoch_of(self, trace: Trace) -> int:
        """Return an epoch at which all numbers of a trace are there: the last whose weights were kept, if any were."""
        kept = trace.snapshots.epochs
        return int(kept[-1]) if len(kept) else self.extent.epochs[-1]

    def of_units(self, values: np.ndarray) -> np.ndarray:
        """Return the numbers of the units that go into the page."""
        return values[self.extent.units_in(len(values))]
