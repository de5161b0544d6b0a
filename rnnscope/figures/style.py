"""What all figures share: colours and scales by role, and a canvas of their own. The only place with colours."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from rnnscope.checks import describe

GATE_MAP, SIGNED_MAP = "cividis", "RdBu_r"
NOT_FINITE = "#d500f9"
MARK = "#d55e00"
LINE, TARGET = "#0072b2", "#666666"


class Picture(Figure):
    """A figure of its own that shows itself in a notebook, whatever backend is chosen there.

    Attributes
    ----------
    alt
        What it shows, in words.
    """

    alt = ""

    def _repr_png_(self) -> bytes:
        file = BytesIO()
        self.savefig(file, format="png", metadata={"Description": self.alt})
        return file.getvalue()


@dataclass(frozen=True)
class Scale:
    """The colours of a heat map: from `low` to `high`, the same at every epoch."""

    low: float
    high: float
    signed: bool

    @property
    def colours(self) -> Colormap:
        """Its colour map; NaN and infinity stand out."""
        return matplotlib.colormaps[SIGNED_MAP if self.signed else GATE_MAP].with_extremes(bad=NOT_FINITE)


def scale_of(role: str, values: np.ndarray) -> Scale:
    """Return the scale of a quantity over all that was recorded: gates from 0 to 1, all else symmetric about zero."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if role == "gate" and low >= 0 and high <= 1:
        return Scale(0.0, 1.0, signed=False)
    limit = max(-low, high) or 1.0
    return Scale(-limit, limit, signed=True)


def canvas(ax: Axes | None, figsize: tuple[float, float] | None, default: tuple[float, float]) -> tuple[Figure, Axes]:
    """Return a figure of its own with one axes, or the given axes and the figure that it is in."""
    if ax is None:
        figure = Picture(figsize=figsize or default, layout="constrained")
        return figure, figure.add_subplot()
    if not isinstance(ax, Axes):
        raise TypeError(f"ax: expected a matplotlib Axes; got {describe(ax)}")
    return ax.get_figure(root=True), ax


def panels(host: Axes, count: int, gap: float) -> list[Axes]:
    """Divide an axes into `count` axes side by side; `gap` is the share of a panel's width between two."""
    host.set_axis_off()
    width = 1 / (count + gap * (count - 1))
    return [host.inset_axes((k * width * (1 + gap), 0, width, 1)) for k in range(count)]
