"""What a click in a view means: the fields of a cursor that its panels stand for there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnscope.figures.drawing.panel import Panel
from rnnscope.trace import Moment


def picked(panels: Sequence[Panel], moment: Moment, x: float, y: float) -> dict[str, Any] | None:
    """Return which fields of the cursor some panels mean by a place of the figure, in pixels; None if they mean none.

    A place beside all panels means what the labels there say.
    """
    is_inside = any(panel.bbox.contains(x, y) for panel in panels)
    found: dict[str, Any] = {}
    for panel in panels:
        found |= panel.moment_at(x, y, beside=not is_inside)
    trace = moment.trace
    layer = trace[found.get("layer", moment.layer.name)]
    steps = moment.but(layer=layer).steps
    nearest = {
        "epoch": lambda value: int(trace.epochs[np.abs(trace.epochs - value).argmin()]),
        "time": lambda value: int(np.clip(round(value), 0, steps - 1)),
        "unit": lambda value: int(np.clip(round(value), 0, layer.units - 1)),
    }
    return {name: nearest[name](value) if name in nearest else value for name, value in found.items()} or None
