"""An axes that is filled with panels and lines of text, measured in font sizes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.text import Text

from rnnscope.figures.drawing.layout import Box, shift, size_in_ems
from rnnscope.figures.drawing.panel import Panel
from rnnscope.figures.drawing.quick_text import QuickText, write
from rnnscope.figures.style import em

LEAST_PANEL = 0.2
"""A panel is at least so many font sizes wide and high."""


class NoRoom(ValueError):
    """An axes is too small for what is to be drawn into it."""


class Canvas:
    """An axes with room for panels and texts.

    Attributes
    ----------
    host, figure
        The axes that is filled, and the figure.
    em
        The font size, in which layouts are measured, in points.
    """

    def __init__(self, host: Axes) -> None:
        self.host, self.figure, self.em = host, host.get_figure(root=True), em()

    def panel(self, box: Box) -> Panel:
        """Return a new panel in a box of the host."""
        return box.axes(self.host, self.em)

    def width(self) -> float:
        """Return the width of the host in font sizes."""
        return size_in_ems(self.host, self.em)[0]

    def height(self) -> float:
        """Return the height of the host in font sizes."""
        return size_in_ems(self.host, self.em)[1]

    def fit(self, text: Text, variants: list[str], ems: float) -> None:
        """Set a text to the first of some variants that is at most so wide."""
        for variant in variants:
            text.set_text(variant)
            if len(variant) * 0.35 < ems and self.ems_of(text) <= ems:
                return

    def line(self, side: str, ems: float, *, size: float, bold: bool = False) -> QuickText:
        """Return a line of text at the left of the host, so many font sizes from its `"top"` or `"bottom"`."""
        up = {"top": 1, "bottom": 0}[side]
        place = self.host.transAxes + shift(self.host, 0.6, (0.5 - up) * 2 * ems)
        look = {"fontsize": size, "fontweight": "bold" if bold else "normal", "verticalalignment": side}
        return write(self.host, 0, up, transform=place, **look)

    def ems_of(self, text: Text) -> float:
        """Return how wide a text is."""
        points = text.points() if isinstance(text, QuickText) else text.get_window_extent().width * 72 / self.figure.dpi
        return points / self.em

    def check_room(self, name: str) -> None:
        """Refuse to draw where panels have no room left between their texts."""
        sizes = [min(size_in_ems(panel, self.em)) for panel in self.host.child_axes if panel.axison]
        if min(sizes, default=LEAST_PANEL) < LEAST_PANEL:
            wide, high = (side * self.em / 72 for side in (self.width(), self.height()))
            here = f"{wide:.1f} x {high:.1f} inches"
            raise NoRoom(f"figsize: expected more room for {name}; got {here}, which leaves a panel none")
