"""What the rows of a table are called, beside a map of it."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from rnnscope.figures.drawing.artists import CELL
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.style import em
from rnnscope.words import is_word, shortened_to

LONGEST_NAME, NAME_GAP = 10, 0.6
"""Names of tokens have at most so many characters here, and end so many font sizes left of the map."""


def short_names(names: Sequence[str]) -> list[str]:
    """Return names of tokens as they stand beside a map."""
    return [shortened_to(name, LONGEST_NAME) if is_word(name) else name for name in names]


class RowNames:
    """The names of the rows of a map, at its left, if there is room.

    Attributes
    ----------
    texts
        One for each row; nothing if the rows are too thin.
    """

    def __init__(self, axes: Axes, rows: int) -> None:
        room = size_in_ems(axes, em())[1] / rows >= CELL[1]
        place = axes.get_yaxis_transform() + shift(axes, -NAME_GAP, 0)
        self.texts = [write(axes, 0, row, side="right", transform=place) for row in range(rows if room else 0)]

    @staticmethod
    def room(axes: Axes, names: Sequence[str]) -> float:
        """Return how much room the names of a table take, in font sizes."""
        figure = axes.get_figure(root=True)
        return max((NAME_GAP + text_width(figure, name) for name in short_names(names)), default=0.0)

    def show(self, names: Sequence[str]) -> None:
        """Write the names of other rows."""
        for text, name in zip(self.texts, short_names(names), strict=False):
            text.set_text(name)
