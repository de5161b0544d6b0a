"""What the prediction owes to each input: where the gradient's way back ends."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.drawing.steps import TickNames, name_ticks
from rnnscope.figures.gradient_flow.gradients import TraceGradients
from rnnscope.figures.style import dress, em, faint, ink, small
from rnnscope.languages import noted, tr
from rnnscope.numbers import written

BOLD = 1.15
"""Bold text is so much wider."""

ROOM, BESIDE = 1.12, 0.5
"""The axis of bars reaches so much further than the largest one; its numbers stand so many font sizes beside it."""


class InputsPanel:
    """What the prediction owes to an input: a bar per time step and feature, or per time step if there are many.

    The largest, of all inputs if there are several, fills the panel.

    Attributes
    ----------
    bars, ends
        The bars, and the numbers at the ends of their axis.
    undefined
        Says how many of them are none.
    """

    def __init__(
        self,
        axes: Axes,
        gradients: TraceGradients,
        shape: tuple[int, int],
        names: TickNames,
        where: str,
        sources: Sequence[str] = (),
    ) -> None:
        self.axes, self.gradients, (self.steps, features) = axes, gradients, shape
        axes.set(xlim=(-0.6, self.steps - 0.4), ylim=(-ROOM, ROOM), yticks=[-1, 0, 1], yticklabels=["", "0", ""])
        look = {"side": "right", "transform": axes.get_yaxis_transform() + shift(axes, -BESIDE, 0)}
        self.ends = [write(axes, 0, place, **look) for place in (-1, 1)]
        axes.axhline(0, color=faint(0.4), linewidth=0.8)
        what = f"‖{gradients.what}‖" if features > 4 else gradients.what
        dress(axes, title=named_input(axes, what, sources) if sources else what, xlabel=where)
        name_ticks(axes, names, 8)
        self.bars = axes.add_collection(PolyCollection([], linewidth=0))
        look = {"transform": axes.transAxes, "verticalalignment": "top", "fontsize": small(), "color": ink()}
        self.undefined = write(axes, 0.5, 0.95, side="center", **look)

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [self.bars, *self.ends, self.undefined, *self.axes.spines.values()]

    def show(self, heights: np.ndarray, limit: float, time: int | None) -> None:
        """Draw bars of some heights up to a limit, those of a time step of the input strongest, if one is given."""
        each = len(heights) // self.steps
        wide = 0.8 / each
        middles = np.repeat(np.arange(self.steps), each) - 0.4 + wide * (np.tile(np.arange(each), self.steps) + 0.5)
        known = np.flatnonzero(np.isfinite(heights))
        for text, sign in zip(self.ends, (-1, 1), strict=True):
            text.set_text(written(sign * limit, 2) if limit else "")
        heights = heights / (limit or 1.0)
        boxes = [rounded_box(middles[k], heights[k] / 2, 0.45 * wide, abs(heights[k]) / 2, 0) for k in known]
        self.bars.set_verts(boxes)
        self.bars.set_facecolor([ink() if k // each == time else faint(0.45) for k in known])
        missing = len(heights) - len(known)
        words = (
            noted("{count} undefined: the loss does not change")
            if self.gradients.of_prediction
            else noted("{count} undefined: not finite")
        )
        self.undefined.set_text(tr(words, count=missing) if missing else "")


def named_input(axes: Axes, what: str, sources: Sequence[str]) -> str:
    """Return what the bars of one of several inputs are, in the longest way that is no wider than their panel.

    What the input is called is given, the longest way first.
    """
    figure, wide = axes.get_figure(root=True), size_in_ems(axes, em())[0]
    ways = (f"{what}, {sources[0]}", *sources)
    return next((way for way in ways if BOLD * text_width(figure, way, em()) <= wide), ways[-1])
