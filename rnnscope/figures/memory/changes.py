"""Of a state that has no ledger: how much of a small change at each time step is left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from rnnscope.figures.drawing.hatches import HeldSteps
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.lettering import line_above
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.drawing.steps import StepAxis
from rnnscope.figures.memory.remembered import Steps
from rnnscope.figures.scale import colours_of_steps
from rnnscope.figures.style import dress, em, faint
from rnnscope.numbers import percent

NUMBER_WIDE = 4.2
"""Numbers are written at bars that are at least so far apart, in font sizes."""

ROOM = 1.15
"""The panel is so much higher than the largest bar."""


class ChangesPanel:
    """A bar for each time step: how much of a small change that is made there is left at the cursor's."""

    def __init__(self, axes: Axes, steps: Steps) -> None:
        self.axes, self.steps, colours = axes, steps.count, colours_of_steps(steps.count)
        axes.set(xlim=(-0.5, self.steps - 0.5), ylim=(0, ROOM))
        axes.set_yticks([0], labels=["0 %"])
        axes.spines[["top", "right"]].set_visible(False)
        dress(axes)
        self.axis, self.line = StepAxis(axes, colours, steps.inputs, steps.numbers), line_above(axes)
        self.held = HeldSteps(axes, steps.has_held, 0.5)
        self.whole = axes.axhline(1, color=faint(0.4), linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
        self.label = write(axes, -0.01, 1, "100 %", side="right", transform=axes.get_yaxis_transform())
        self.bars = axes.add_collection(PolyCollection([], facecolor=colours, linewidth=0, zorder=2), autolim=False)
        is_roomy = size_in_ems(axes, em())[0] / self.steps >= NUMBER_WIDE
        look = {"side": "center", "verticalalignment": "bottom"}
        self.numbers = [write(axes, x, 0, **look) for x in range(self.steps if is_roomy else 0)]

    @property
    def moving(self) -> list[Artist]:
        """What changes with the moment."""
        return [*self.held.moving, self.whole, self.label, self.bars, *self.numbers, self.line, *self.axis.moving]

    def show(self, parts: np.ndarray | None, inputs: Sequence[str], time: int) -> None:
        """Show what is left of changes at each time step until the cursor's; None if it is not known."""
        known = np.empty(0) if parts is None else np.where(np.isfinite(parts), parts, 0.0)
        limit = max(1.0, known.max(initial=0.0))
        self.bars.set_verts([rounded_box(x, y / 2, 0.4, y / 2, 0) for x, y in enumerate(known / limit)])
        self.whole.set_ydata([1 / limit] * 2)
        self.label.set_y(1 / limit)
        self.axis.show(inputs, time)
        for x, text in enumerate(self.numbers):
            text.set_y(known[x] / limit if x < len(known) else 0)
            text.set_text(percent(parts[x]) if x < len(known) else "")
