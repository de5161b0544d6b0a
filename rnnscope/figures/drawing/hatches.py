"""What is over time steps that do not count, and over units that dropout sets to zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from rnnscope.figures.drawing.notes import Note, Sign
from rnnscope.figures.style import faint, ink

HATCH, HATCH_ORDER = "///", 2.6
"""The pattern over time steps that do not count, and above what it lies."""

STRIPE = 0.9
"""The stripes over dropped units are so wide, in points."""

HELD_WORDS = "hatched: the time step does not count (masked), the state is held"
DROPPED_WORDS = "stripes: set to 0 by dropout in this pass"

SIGN = 1.6
"""A sign of these is so many font sizes wide."""


def hatched(axes: Axes, order: float = HATCH_ORDER) -> PolyCollection:
    """Return hatched areas without a fill; set their outlines."""
    look = {"facecolor": "none", "edgecolor": faint(0.6), "linewidth": 0, "hatch": HATCH, "zorder": order}
    return axes.add_collection(PolyCollection([], **look), autolim=False)


def striped(axes: Axes, order: float = HATCH_ORDER) -> LineCollection:
    """Return stripes; set their segments."""
    look = {"colors": ink(), "linewidth": STRIPE, "zorder": order}
    return axes.add_collection(LineCollection([], **look), autolim=False)


def box_at(x: float, y: float, wide: float, high: float) -> np.ndarray:
    """Return the outline of a box by its left lower corner."""
    return np.array([(x, y), (x + wide, y), (x + wide, y + high), (x, y + high)], float)


def columns_of(steps: Sequence[int], low: float, high: float) -> list[np.ndarray]:
    """Return the outlines of the columns of some time steps, each one unit wide; neighbours are one."""
    found, steps = [], np.asarray(steps, int)
    for run in np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1) if len(steps) else []:
        found.append(box_at(run[0] - 0.5, low, len(run), high - low))
    return found


def hatch_sign() -> Sign:
    """Return the sign of a time step that does not count."""

    def draw(axes: Axes, x: float, y: float) -> None:
        hatched(axes).set_verts([box_at(x, y - 0.45, SIGN, 0.9)])

    return Sign(SIGN, draw, (HATCH,))


def stripe_sign() -> Sign:
    """Return the sign of a unit that is dropped."""

    def draw(axes: Axes, x: float, y: float) -> None:
        striped(axes).set_segments([[(x, y + up), (x + SIGN, y + up)] for up in (-0.3, 0.0, 0.3)])

    return Sign(SIGN, draw, (STRIPE,))


def over_notes(*, has_mask: bool, has_dropped: bool) -> list[Note]:
    """Return what hatches and stripes mean, as far as there are some."""
    found = [Note("mask", (HELD_WORDS, "hatched: masked, the state is held"), hatch_sign())] if has_mask else []
    return found + ([Note("dropout", (DROPPED_WORDS, "stripes: dropped"), stripe_sign())] if has_dropped else [])
