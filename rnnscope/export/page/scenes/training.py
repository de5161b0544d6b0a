"""The loss and the predictions: drawn by the view itself at every epoch."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial

from rnnscope.export.page.contents import WIDE, Contents, hide_moment
from rnnscope.export.page.themed import ThemedView
from rnnscope.figures.training.view import TrainingView
from rnnscope.trace import Cursor, Trace

MOST_PICTURES = 1000
"""If predictions at every time step take more pictures than this, those of the last one are shown."""


def shows_each_step(contents: Contents, trace: Trace) -> bool:
    """Say whether the predictions of every time step are in a page."""
    extent = contents.extent
    count = extent.steps * len(extent.samples) * len(extent.epochs)
    return trace.predictions is not None and trace.predictions.ndim == 4 and count <= MOST_PICTURES


def scenes(contents: Contents) -> list[dict]:
    """Return losses and predictions of every trace."""
    layers = [next(name for name in trace.layers if trace[name].is_recurrent) for trace in contents.traces.values()]
    views = contents.views(TrainingView, layers, Cursor(), lambda view: (WIDE, view.size()[1]))
    return [_scene(contents, themed, trace) for themed, trace in zip(views, contents.traces.values(), strict=True)]


def _scene(contents: Contents, themed: ThemedView, trace: Trace) -> dict:
    extent, each = contents.extent, shows_each_step(contents, trace)
    times = range(extent.steps) if each else [extent.steps - 1]
    axes = ["time", "sample", "epoch"] if each else ["sample", "epoch"]
    pieces, words, svg = [], [], ""
    for time, sample, epoch in itertools.product(times, extent.samples, extent.epochs):
        themed.each(partial(_move, epoch=epoch, sample=sample, time=time))
        picture, inner = themed.drawn(lambda view: view.moving[1:], whole=not svg)  # without the heading
        svg = svg or picture
        pieces.append([contents.text(piece) for piece in inner])
        words.append(contents.text(themed.view.words()))
    frags = [[f"m{k}", axes, list(own)] for k, own in enumerate(zip(*pieces, strict=True))]
    return {"svg": contents.text(svg), "frags": frags, "words": [axes, words]}


def _move(view: TrainingView, **moment: int) -> None:
    view.update(replace(view.moment, **moment))
    hide_moment(view)
