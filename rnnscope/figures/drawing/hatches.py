"""What is over time steps that do not count, and over units that dropout sets to zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.notes import Note, Sign
from rnnscope.figures.style import em, faint, ink
from rnnscope.languages import noted, tr

HATCH, HATCH_ORDER = "///", 2.6
"""The pattern over time steps that do not count, and above what it lies."""

STRIPE, THIN = 0.9, 0.3
"""The stripes over dropped units are so wide, in points, but at most this part of a row."""

HELD_OUTPUTS = noted("hatched: masked, not in the loss")
HELD_HERE = noted("hatched: masked, nothing of it is taken")
HELD_INPUTS = noted("hatched: masked, the input does not count")
HELD, DROPPED = noted("hatched: masked, states held"), noted("stripes: read as 0 (dropout)")
"""What hatches and stripes mean, as it is said beside the moment."""

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


class HeldSteps:
    """Hatches over the time steps of a panel that do not count; a time step is one unit of its x axis wide.

    Attributes
    ----------
    moving
        What changes with the sample; nothing if all time steps count in all samples.
    """

    def __init__(self, axes: Axes, has_some: bool, order: float = HATCH_ORDER) -> None:
        self.axes, self.moving = axes, []
        if has_some:
            look = {"facecolor": "none", "edgecolor": faint(0.6), "linewidth": 0, "hatch": HATCH, "zorder": order}
            self.moving = [PolyCollection([], transform=axes.get_xaxis_transform(), **look)]
            axes.add_collection(self.moving[0], autolim=False)

    def show(self, steps: Sequence[int]) -> None:
        """Hatch some time steps."""
        for artist in self.moving:
            artist.set_verts(columns_of(steps, 0.0, 1.0))

    def cover(self, outline: np.ndarray, is_held: bool) -> None:
        """Hatch what is in an outline of the panel, or nothing of it."""
        for artist in self.moving:
            artist.set_transform(self.axes.transData)
            artist.set_verts([outline] if is_held else [])


class DroppedRows:
    """Stripes along the rows of a heat map whose units matrices read as zero, if there are some in some sample."""

    def __init__(self, axes: Axes, rows: int, has_some: bool) -> None:
        self.axes, self.moving = axes, [striped(axes)] if has_some else []
        for artist in self.moving:
            artist.set_linewidth(min(STRIPE, THIN * size_in_ems(axes, em())[1] * em() / rows))

    def show(self, zeros: np.ndarray | None, units: np.ndarray) -> None:
        """Put stripes over the units that are zero, which stand in some order from the top."""
        left, right = self.axes.get_xlim()
        for artist in self.moving:
            rows = [] if zeros is None else np.flatnonzero(zeros[units])
            artist.set_segments([[(left, row), (right, row)] for row in rows])


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
    held = (
        tr("hatched: the time step does not count (masked), the state is held"),
        tr("hatched: masked, the state is held"),
    )
    dropped = tr("stripes: set to 0 by dropout in this pass"), tr("stripes: dropped")
    found = [Note("mask", held, hatch_sign())] if has_mask else []
    return found + ([Note("dropout", dropped, stripe_sign())] if has_dropped else [])
