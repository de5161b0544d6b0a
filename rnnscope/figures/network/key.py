"""What arrows and boxes of a net unrolled in time stand for, with their scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.notes import Note, Sign
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.shapes import thick_arrow

ARROWS, BOXES, KEY = 2.9, 1.1, 4.4
"""How high the lines about arrows and about boxes stand, and how high both are together, in font sizes."""

LONG = 2.0
"""An arrow is so many font sizes long."""


def arrow_notes(colours: Mapping[str, str], *, backward: bool) -> list[Note]:
    """Return what an arrow in the colour of each state carries."""
    return [
        Note(
            f"arrow {state}",
            (_of(state, backward),),
            Sign(LONG, partial(_draw_arrow, colour=colour, backward=backward), colour),
        )
        for state, colour in colours.items()
    ]


def _of(state: str, backward: bool) -> str:
    return f"∂L/∂{state}" if backward else state


def _draw_arrow(axes: Axes, x: float, y: float, *, colour: str, backward: bool) -> None:
    ends = ((x + LONG, y), (x, y)) if backward else ((x, y), (x + LONG, y))
    axes.add_patch(Polygon(thick_arrow(*ends, 0.3), facecolor=colour))


class NetworkKey:
    """Two lines below a net: an arrow in the colour of each state, and what widths, bars and marks mean.

    Attributes
    ----------
    moving
        The texts, whose numbers change with the scales.
    """

    def __init__(self, canvas: Canvas, axes: Axes, colours: Mapping[str, str], *, backward: bool) -> None:
        self.canvas, x = canvas, 0.6
        for state, colour in colours.items():
            _draw_arrow(axes, x, ARROWS, colour=colour, backward=backward)
            label = write(axes, x + 2.4, ARROWS, _of(state, backward))
            x += 2.4 + canvas.ems_of(label) + 1.2
        self.room = canvas.width() - x - 0.6, canvas.width() - 1.2
        self.arrows, self.boxes = write(axes, x, ARROWS), write(axes, 0.6, BOXES)
        self.moving: list[Artist] = [self.arrows, self.boxes]

    def show(self, arrows: Sequence[str], boxes: Sequence[str]) -> None:
        """Say what the widths of arrows and the bars in boxes mean, in the longest of some ways that has room."""
        for text, ways, room in zip((self.arrows, self.boxes), (arrows, boxes), self.room, strict=True):
            self.canvas.fit(text, [*ways, ""], room)
