"""An image that changes at every step: each pixel takes the nearest number's colour, without resampling in between."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import Normalize
from matplotlib.image import AxesImage

from rnnscope.figures.scale import Scale


class QuickImage(AxesImage):
    """A matrix as colours, row 0 on top; drawn by Agg several times as quickly as matplotlib's own image.

    It lies between the places `extent` (left, right, bottom, top) of the axes. Other renderers (SVG, PDF) and axes that
    are zoomed are left to matplotlib.

    Attributes
    ----------
    values
        The numbers, row by row from the top.
    table
        The colours (RGBA, bytes) of all places on the scale, then that of what is not finite, and on a scale of powers
        last that of zero.
    """

    def __init__(
        self, axes: Axes, shape: tuple[int, int], scale: Scale, extent: tuple[float, float, float, float]
    ) -> None:
        norm = Normalize(scale.low, scale.high)
        super().__init__(axes, cmap=scale.colours, norm=norm, interpolation="nearest", origin="upper", extent=extent)
        self._has_blank, self.values = scale.kind == "power", np.zeros(shape)
        axes.add_image(self)
        self.set_clip_path(axes.patch)
        self.table = self._colours()
        self._pixels = self.table.view(np.uint32)[:, 0]  # the four bytes of a colour as one number

    def set_data(self, values: np.ndarray) -> None:
        """Show other numbers; what is not finite is masked only when it is asked for."""
        self.values, self.stale = values, True

    def get_array(self) -> np.ma.MaskedArray:
        """Return the numbers, without those that are not finite."""
        super().set_data(np.ma.masked_invalid(self.values))
        return super().get_array()

    def make_image(self, *arguments: Any, **options: Any) -> tuple:
        """Return the image as matplotlib makes it, of the numbers that are shown now."""
        self.get_array()
        return super().make_image(*arguments, **options)

    def draw(self, renderer: Any) -> None:
        """Draw the image."""
        box = self.get_window_extent()
        inside = self.axes.bbox.padded(0.5)
        if type(renderer) is not RendererAgg or not (inside.contains(*box.min) and inside.contains(*box.max)):
            self._draw_in_group(renderer)
        elif self.get_visible():
            rows, columns = self.values.shape
            left, right, bottom, top = (round(edge) for edge in (box.x0, box.x1, box.y0, box.y1))
            across = _nearest(left, right, box.x0, box.width, columns)
            down = rows - 1 - _nearest(bottom, top, box.y0, box.height, rows)
            pixels = self._picked(down, across)
            gc = renderer.new_gc()
            renderer.draw_image(gc, left, bottom, pixels.view(np.uint8).reshape(*pixels.shape, 4))
            gc.restore()
        self.stale = False

    def _draw_in_group(self, renderer: Any) -> None:
        """Draw the image as matplotlib does, in a group of its name if it has one."""
        if self.get_gid():
            renderer.open_group("image", self.get_gid())
        super().draw(renderer)
        if self.get_gid():
            renderer.close_group("image")

    def places(self, values: np.ndarray) -> np.ndarray:
        """Return where numbers lie in `table`."""
        count, low, high = self.cmap.N, self.norm.vmin, self.norm.vmax
        with np.errstate(invalid="ignore"):
            parts = (values - low) * (count / ((high - low) or 1.0))
            places = np.clip(parts, 0, count - 1)
        known = np.isfinite(parts)
        found = (places if known.all() else np.where(known, places, count)).astype(np.intp)
        return np.where(values < low, count + 1, found) if self._has_blank else found

    def _colours(self) -> np.ndarray:
        count = self.cmap.N
        odd = [np.nan, -np.inf] if self._has_blank else [np.nan]
        return np.concatenate([self.cmap(np.arange(count), bytes=True), self.cmap(odd, bytes=True)])

    def _picked(self, down: np.ndarray, across: np.ndarray) -> np.ndarray:
        """Return the colours of some rows and columns, each as one number; of all numbers first where these are few."""
        values = self.values
        if values.size < len(down) * len(across):
            return self._pixels[self.places(values)].take(across, 1).take(down, 0)
        return self._pixels[self.places(values.take(across, 1).take(down, 0))]


def _nearest(start: int, stop: int, low: float, length: float, count: int) -> np.ndarray:
    """Return for every pixel from start to stop in which of `count` equal parts of a length its middle lies."""
    middles = (np.arange(start, max(stop, start + 1)) + 0.5 - low) / length * count
    return np.clip(middles.astype(int), 0, count - 1)
