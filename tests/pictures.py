"""What tests of pictures share: small trainings, views that move from moment to moment, texts and numbers read back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from math import floor, log10
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from PIL import Image

import rnnscope as rs
from rnnscope.export.page import packing
from rnnscope.figures.drawing.fonts import HANGUL
from rnnscope.figures.view import View
from rnnscope.trace import LayerTrace, Moment
from rnnscope.trace.moment import resolve

EPOCHS = (0, 2, 4)
"""The recorded epochs of a small training: an epoch is not its place among them."""

MOVES = (
    {"epoch": 2},
    {"time": 0},
    {"sample": 4, "unit": 2},
    {"layer": 1, "epoch": 0, "time": 1, "sample": 2, "unit": 3},
    {"layer": 1, "phase": 0, "time": 2},
)
"""Moments beside the default one, with the place of the layer and of the phase for their names."""


def pixels(png: bytes) -> np.ndarray:
    """Return the pixels of a PNG, (height, width, 4) of bytes."""
    with Image.open(BytesIO(png)) as image:
        return np.asarray(image.convert("RGBA"))


def trained(*layers: rs.layers.Layer, **options: Any) -> rs.Trace:
    """Return the trace of a small training of layers and a dense one on the counting task; no weight is zero."""
    task, rng = rs.tasks.counting(), np.random.default_rng(0)
    model = rs.Sequential([*layers, rs.Dense(1)])
    model.compile(rs.optimizers.Adam(0.005), "mse")
    model.set_weights([weights + rng.normal(0, 0.05, weights.shape) for weights in model.get_weights()])
    options = {"record": rs.Record(every=2), **options}
    return model.fit(task.x, task.y, epochs=EPOCHS[-1] + 1, verbose=0, **options)


def pair(layer: Callable[..., rs.layers.Recurrent], units: int = 4) -> tuple[rs.layers.Recurrent, ...]:
    """Return two layers of a class, one above the other, for the counting task."""
    return layer(units, return_sequences=True, input_shape=(4, 1)), layer(units)


def view_of(name: str, trace: rs.Trace, cursor: rs.Cursor | None = None, **options: Any) -> View:
    """Return the view in a picture."""
    return getattr(rs.figures, name)(trace, cursor, **options).views[0]


def unpacked(page: str, name: str) -> bytes:
    """Return the data of a page by the name under which they stand in it."""
    return packing.unpacked(re.search(rf'<script type="text/plain" id="{name}">([^<]*)</script>', page)[1])


def scenes_of(page: str | Path) -> dict[str, Any]:
    """Return what the script of a page reads, from the page or its file."""
    page = page.read_text(encoding="utf-8") if isinstance(page, Path) else page
    return json.loads(unpacked(page, "scenes"))


def moments_of(traces: Mapping[str, rs.Trace], cursor: rs.Cursor) -> dict[str, Moment]:
    """Return what a cursor comes to in each of several traces."""
    return dict(zip(traces, resolve(cursor, list(traces.values())), strict=True))


class Seen(NamedTuple):
    """A view at a moment: the layer that it shows, and the place of the epoch among the recorded ones."""

    view: View
    layer: LayerTrace
    at: rs.Cursor
    place: int


@lru_cache(maxsize=200)
def drawn_once(name: str, trace: rs.Trace, layer: str, direction: str, **options: Any) -> Figure:
    """Return a picture of a layer, the same one for all tests: it is quick to move, and slow to draw."""
    return getattr(rs.figures, name)(trace, rs.Cursor(layer=layer, direction=direction), **options)


def moved(name: str, trace: rs.Trace, moves: Sequence[dict[str, Any]] = MOVES, **options: Any) -> Iterator[Seen]:
    """Move a view of each layer and direction from moment to moment; yield it at each, the default moment first.

    That a picture that is moved from layer to layer is the one drawn anew is a test of its own.
    """
    for move in ({}, *moves):
        chosen = dict(move)
        layer = trace[trace.layers[chosen.pop("layer", 0)]]
        if isinstance(chosen.get("phase"), int):
            chosen["phase"] = layer.phases[chosen["phase"]]
        at = rs.Cursor(layer=layer.name, **chosen).at(trace).cursor
        figure = drawn_once(name, trace, layer.name, at.direction, **options)
        figure.update(at)
        yield Seen(figure.views[0], layer, at, trace.epochs.tolist().index(at.epoch))


# ------------------------------------------------------------------------------------------------------------- texts

needs_hangul = pytest.mark.skipif(
    not {font.name for font in fontManager.ttflist} & set(HANGUL), reason="no font with Hangul is installed"
)
"""A test that draws Korean."""


def texts_of(figure: Figure) -> list[Text]:
    """Return every text that a reader sees, where it is drawn."""
    figure.draw_without_rendering()
    return list(_texts(figure))


def _texts(artist: Artist) -> Iterator[Text]:
    if not artist.get_visible():
        return
    if isinstance(artist, Text):
        yield from [artist] if artist.get_text() else []
        return
    children = artist.get_children()
    if isinstance(artist, Axes):
        axes = artist.xaxis, artist.yaxis
        children = [child for child in children if child not in axes]
        for axis in axes if artist.axison else ():
            if axis.get_visible():  # not its children: those of ticks beyond its limits are not drawn
                children += [axis.label, axis.offsetText]
                children += [label for tick in axis._update_ticks() for label in (tick.label1, tick.label2)]
    for child in children:
        yield from _texts(child)


def assert_texts_are_apart(figure: Figure, slack: float = 1.0) -> None:
    """No text leaves the figure, and no two overlap by more than a pixel."""
    texts = texts_of(figure)
    low, high = np.array([text.get_window_extent().get_points() for text in texts]).swapaxes(0, 1)
    outside = (low < figure.bbox.min - slack) | (high > figure.bbox.max + slack)
    for k in np.flatnonzero(outside.any(axis=1)):
        raise AssertionError(f"{texts[k].get_text()!r} is clipped: {low[k]} to {high[k]}")
    common = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    for k, other in np.argwhere(np.triu((common > slack).all(axis=2), 1)):
        words = f"{texts[k].get_text()!r} and {texts[other].get_text()!r}"
        raise AssertionError(f"{words} overlap by {common[k, other].round()}")


# ----------------------------------------------------------------------------------------------------------- numbers


def runs_from_0_to_1(layer: LayerTrace, name: str) -> bool:
    """Say whether a quantity is a gate that is never beyond 0 and 1, as one by its declaration is not."""
    is_within = layer[name].min() >= 0 and layer[name].max() <= 1
    assert is_within or layer.cell[name].ends != (0, 1)
    return layer.cell[name].role == "gate" and is_within


def number(text: str) -> float:
    """Return the number that a text is or ends with, such as −0.25, 1.2e−5 or (−3)."""
    return float(text.split()[-1].strip("()").replace("−", "-").replace("∞", "inf"))


def rounds(text: str, value: float, digits: int, slack: float = 0.0) -> bool:
    """Say whether a text is a value with so many digits; the value is exact up to some slack."""
    if np.isinf(value):
        return number(text) == value
    unit = 10.0 ** (floor(log10(abs(value))) - digits + 1) if value else 1e-12
    return abs(number(text) - value) <= 0.501 * unit + slack
