"""What several traces can share one panel with: curves, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.figures.scale import Scale


@dataclass(frozen=True)
class Curve:
    """One curve of a trace.

    Attributes
    ----------
    name
        What it is, beside the name of its trace.
    x, y
        Its points.
    colour
        The colour of the quantity that it is about; without one it has that of its trace.
    is_main
        Whether it is what the panel is about, or stands back.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    colour: str = ""
    is_main: bool = True


@dataclass(frozen=True)
class CurvePanel:
    """What one trace draws in a panel; panels of several traces with the same title are one.

    Attributes
    ----------
    title, xlabel, ylabel
        Its texts.
    scale
        From where to where it goes upwards, over all epochs; of powers of ten it is logarithmic.
    curves
        The curves; as many at every moment that has the same key.
    at
        Where the moment is on the x axis; None if it is nowhere.
    level
        Where a line goes across; None for no line.
    high
        How high it is, beside the other panels.
    missing
        Why the trace has no curve here, in a sentence; nothing if it has.
    over
        What the x axis goes over, `"epoch"` or `"time"`, so that a click can go there.
    """

    title: str
    xlabel: str
    ylabel: str
    scale: Scale
    curves: tuple[Curve, ...]
    at: float | None = None
    level: float | None = None
    high: float = 1.0
    missing: str = ""
    over: str | None = None
