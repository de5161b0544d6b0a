"""Scenes of views that are drawn by themselves at every moment: what moves in them is cut out, moment by moment."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rnnscope.figures.places import grids_of
from rnnscope.figures.scene import MOST_WIDE, Page, Scene, Themed, fact, hide_moment, piece
from rnnscope.figures.view import View
from rnnscope.languages import tr
from rnnscope.trace import Cursor, Moment, Trace

MOST_PICTURES = 100
"""A scene is drawn at most so many times; along what would make it more, it stands still."""


class StillsScene(Scene):
    """The view at every moment along the axes on which it depends, as many of them as there is room for.

    Attributes
    ----------
    along
        The axes on which the picture depends, what matters most first, out of `"epoch"`, `"time"`, `"sample"`,
        `"phase"` and `"unit"`.
    """

    along: ClassVar[tuple[str, ...]]

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.still: dict[str, None] = {}

    def drawn(self, layers: Sequence[str], direction: str) -> list[dict]:
        """Return the view of every trace at every moment."""
        page, at = self.page, Cursor(direction=direction)
        views = page.views(self.view, layers, at, lambda view: view.size_within(MOST_WIDE))
        return [
            self._scene(themed, trace, layer)
            for themed, (_, trace, layer) in zip(views, page.each(layers), strict=True)
        ]

    def left_out(self) -> list[str]:
        """Say along which axes it stands still."""
        names = {
            "epoch": tr("epochs"),
            "time": tr("time steps"),
            "sample": tr("samples"),
            "phase": tr("phases"),
            "unit": tr("units"),
        }
        axes = ", ".join(names[axis] for axis in self.still)
        return [tr("Of {view} there is one picture for all {axes}.", view=self.view.name, axes=axes)] if axes else []

    def _scene(self, themed: Themed, trace: Trace, layer: str) -> dict[str, Any]:
        start, places = themed.view.moment, self._places(themed.view, trace, layer)
        drawn = []
        for values in itertools.product(*places.values()):
            at = start.but(**dict(zip(places, values, strict=True)))
            drawn.append(self._picture(themed, at, whole=not drawn))
        pieces = [[self.page.text(svg) for svg in inner] for _, inner, *_ in drawn]
        axes, says = list(places), [self.page.text(verdict) for *_, verdict in drawn]
        words = [self.page.text(alt) for _, _, alt, _ in drawn]
        return {
            "svg": self.page.text(drawn[0][0]),
            "grids": grids_of(themed.view.host.child_axes, self.page.extent),
            "frags": [[f"m{k}", axes, list(own)] for k, own in enumerate(zip(*pieces, strict=True))],
            "says": [axes, says],
            "words": [fact("name"), ": ", piece(axes, words)],
        }

    def _picture(self, themed: Themed, moment: Moment, *, whole: bool) -> tuple[str, list[str], str, str]:
        """Return the picture at a moment, what moves in it, and what it says in words."""
        view = themed.view
        others = [moment if each.trace is moment.trace else each for each in view.moments]
        is_other = themed.do(lambda view: view.show(others))
        if is_other and not whole:
            raise ValueError(f"{view.name}: what stands still in it is another picture at {moment}")
        alt, verdict, still = view.words(), view.verdict, list(self.still)
        says = {
            "epoch": tr("epoch {epoch}", epoch=moment.epoch),
            "time": tr("time step {time}", time=moment.time),
            "sample": tr("sample {sample}", sample=moment.sample),
            "unit": tr("unit {unit}", unit=moment.unit),
        }
        remarks = [says[axis] for axis in still if axis in says]
        themed.do(lambda view: hide_moment(view, *remarks))
        return *themed.drawn(lambda view: view.moving[1:], whole=whole), alt, verdict

    def _places(self, view: View, trace: Trace, layer: str) -> Mapping[str, Sequence[Any]]:
        """Return what there is along each axis that has room, and along which what stands still is the same."""
        extent, start, found, count = self.page.extent, view.moment, {}, 1
        there = {
            "epoch": extent.epochs,
            "time": range(start.steps),
            "sample": extent.samples,
            "unit": extent.units_in(trace[layer].units),
            "phase": self.page.phases(trace, layer),
        }
        for axis in self.along:
            is_same = all(view.stands(start.but(**{axis: place})) == view.stands(start) for place in there[axis])
            if is_same and count * len(there[axis]) <= MOST_PICTURES:
                found[axis], count = there[axis], count * len(there[axis])
            else:
                self.still[axis] = None
        return found
