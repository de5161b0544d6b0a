"""What arrows and strips of a net unrolled in time stand for, with their scales."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from rnnscope.figures.drawing.artists import colour_bar
from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.shapes import thick_arrow
from rnnscope.figures.network.texts import scale_words
from rnnscope.figures.scale import Scale

ARROWS, STRIPS = 4.4, 2.3
"""How high the lines about arrows and about strips stand, in font sizes."""


def draw_key(
    canvas: Canvas, axes: Axes, colours: Mapping[str, str], scales: Mapping[str, Scale], output: str, backward: bool
) -> None:
    """Draw the key below a net: an arrow in the colour of each state, and the scale of the strips of an output."""
    x, wide = 0.6, canvas.width()
    for state, colour in colours.items():
        ends = ((x + 2, ARROWS), (x, ARROWS)) if backward else ((x, ARROWS), (x + 2, ARROWS))
        axes.add_patch(Polygon(thick_arrow(*ends, 0.3), facecolor=colour))
        label = write(axes, x + 2.4, ARROWS, f"∂L/∂{state}" if backward else state)
        x += 2.4 + canvas.ems_of(label) + 1.2
    canvas.fit(write(axes, x, ARROWS), scale_words(scales, backward), wide - x - 0.6)
    scale = scales.get("∂L/∂unit" if backward else "unit")
    if scale is None:
        return
    what = write(axes, 0.6, STRIPS)
    canvas.fit(what, [f"strips: {output} of every unit; numbers: norms", f"strips: {output}", output], wide - 16)
    start = 0.6 + canvas.ems_of(what) + 1
    bar = Box().strip("bottom", 2.7).inset(bottom=1.8, left=start).strip("left", min(18, wide - start - 1.4))
    colour_bar(canvas.panel(bar), scale, scale.ends())
