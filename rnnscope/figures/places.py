"""Where a page goes when a picture is clicked: what the places of its panels stand for, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnnscope.figures.drawing.panel import Panel
from rnnscope.figures.drawing.svg import place_on_page
from rnnscope.figures.scene import Extent

MOST_PLACES = 400
"""An axis with more places than this has none to go to."""


def grids_of(panels: Sequence[Panel], extent: Extent) -> list[dict[str, Any]]:
    """Return of panels whose axes count time steps, epochs or units where each of these lies.

    Each has a `box` (left, top, right, bottom) and `fields`: `[field, axis, [[number, place] …]]`.
    """
    made = [(panel, _fields(panel, extent)) for panel in panels]
    return [{"box": box_of(panel), "fields": fields} for panel, fields in made if fields]


def box_of(panel: Panel) -> list[float]:
    """Return left, top, right and bottom of a panel in its picture."""
    (left, right), (bottom, top) = panel.get_xlim(), panel.get_ylim()
    return [*place_on_page(panel, left, top), *place_on_page(panel, right, bottom)]


def _fields(panel: Panel, extent: Extent) -> list[Any]:
    there = {"epoch": extent.epochs, "time": range(extent.steps), "unit": extent.units}
    found: dict[str, Any] = {}
    for along, meaning in panel.meanings:
        if along:
            for field, places in _numbered(panel, along, meaning, there).items():
                found[field] = [field, along, places]
    return list(found.values())


def _numbered(panel: Panel, along: str, meaning: Any, there: Mapping[str, Sequence[int]]) -> dict[str, list[Any]]:
    """Return by field which number stands at which place of an axis."""
    low, high = sorted({"x": panel.get_xlim, "y": panel.get_ylim}[along]())
    tried = np.arange(np.ceil(low), np.floor(high) + 1)
    found: dict[str, dict[int, float]] = {}
    for at in tried if len(tried) <= MOST_PLACES else ():
        for field, number in meaning(at, at).items():
            if field in there and round(number) in there[field]:
                across, down = place_on_page(panel, *((at, panel.get_ylim()[0]) if along == "x" else (0, at)))
                found.setdefault(field, {})[round(number)] = across if along == "x" else down
    return {field: [[number, place] for number, place in places.items()] for field, places in found.items()}
