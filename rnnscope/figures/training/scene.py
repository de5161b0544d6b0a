"""The loss and the predictions: drawn by the view itself at every epoch."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import partial

from matplotlib.artist import Artist

from rnnscope.figures.drawing.hatches import HELD_OUTPUTS
from rnnscope.figures.places import grids_of
from rnnscope.figures.scene import WIDTH, Page, Scene, Themed, fact, hide_moment, piece
from rnnscope.figures.training.view import TrainingView
from rnnscope.languages import tr
from rnnscope.trace import Cursor, Trace

MOST_PICTURES = 1000
"""If predictions at every time step take more pictures than this, those of the last one are shown."""


class TrainingScene(Scene):
    """Losses and predictions, whatever the layer."""

    view = TrainingView
    by = ("trace",)

    def drawn(self, layers: Sequence[str], direction: str) -> list[dict]:
        """Return losses and predictions of every trace."""
        page = self.page
        views = page.views(TrainingView, layers, Cursor(), lambda view: (WIDTH, view.size()[1]))
        return [_scene(page, themed, trace) for themed, trace in zip(views, page.traces.values(), strict=True)]

    def left_out(self) -> list[str]:
        """Say which predictions it does not show."""
        with_each = [trace for trace in self.page.traces.values() if _has_each_step(trace)]
        is_some = any(not _shows_each_step(self.page, trace) for trace in with_each)
        return [tr("Predictions are those at the last time step.")] if is_some else []


def _has_each_step(trace: Trace) -> bool:
    """Say whether there are predictions at every time step."""
    return trace.predictions is not None and trace.predictions.ndim == 4


def _shows_each_step(page: Page, trace: Trace) -> bool:
    """Say whether the predictions of every time step are in a page."""
    extent = page.extent
    count = extent.steps * len(extent.samples) * len(extent.epochs)
    is_same = all(layer.steps == trace.predictions.shape[2] for layer in trace.recurrent_layers)
    return _has_each_step(trace) and is_same and count <= MOST_PICTURES


def _scene(page: Page, themed: Themed, trace: Trace) -> dict:
    extent, each = page.extent, _shows_each_step(page, trace)
    times = range(extent.steps) if each else [extent.steps - 1]
    axes = ["time", "sample", "epoch"] if each else ["sample", "epoch"]
    pieces, words, says, svg, losses = [], [], [], "", {}
    for time, sample, epoch in itertools.product(times, extent.samples, extent.epochs):
        themed.do(partial(_move, epoch=epoch, sample=sample, time=time))
        first = len(losses.get(epoch, ()))  # what is drawn of losses is that of the epoch
        picture, inner = themed.drawn(lambda view, first=first: _moving(view)[first:], whole=not svg)
        svg = svg or picture
        own = [page.text(piece) for piece in inner]
        if not first:
            count = len(_moving_of_losses(themed.view))
            losses[epoch], own = own[:count], own[count:]
        pieces.append([*losses[epoch], *own])
        words.append(page.text(themed.view.alt))
        says.append(page.text(themed.view.verdict))
    front = [fact("name"), ": "] if len(page.traces) > 1 else []
    frags = [[f"m{k}", axes, list(own)] for k, own in enumerate(zip(*pieces, strict=True))]
    grids = grids_of(themed.view.host.child_axes, extent)
    return {
        "svg": page.text(svg),
        "grids": grids,
        "frags": frags,
        "says": [axes, says],
        "words": [*front, piece(axes, words)],
    }


def _move(view: TrainingView, **moment: int) -> None:
    view.show([each.but(**moment) for each in view.moments])
    hide_moment(view, tr(HELD_OUTPUTS) if view.history.has_held else "")


def _moving(view: TrainingView) -> list[Artist]:
    """Return what moves: in the panel of losses, and then all else but the heading."""
    losses = _moving_of_losses(view)
    return [*losses, *(artist for artist in view.moving[1:] if artist not in losses)]


def _moving_of_losses(view: TrainingView) -> list[Artist]:
    """Return what moves in the panel of losses; there is none for a trace without losses."""
    return view.losses.moving if view.history.curves else []
