"""A matrix with a great many numbers as colours, quick enough to move."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.image import AxesImage

from rnnscope.figures.style import Scale

LEVELS = 253
"""The number of colours of a signed scale: odd, so that zero is the middle one."""

BAD, ABSENT = 254, 255


class Mosaic(AxesImage):
    """Blocks of a matrix side by side as colours, row by row from the top; some columns of blocks may be empty.

    On screen it is put together without matplotlib's resampling, fifteen times as quick. Each pixel shows a weight
    that lies under it; nothing is averaged.
    """

    def __init__(self, axes: Axes, rows: int, width: int, columns: list[int], count: int, scale: Scale) -> None:
        self._codes = np.full((rows, count * width), ABSENT, np.uint8)
        self._places = np.concatenate([np.arange(k * width, (k + 1) * width) for k in columns])
        self._limit = scale.high
        extent = (-0.5, count * width - 0.5, rows - 0.5, -0.5)
        super().__init__(axes, interpolation="nearest", origin="upper", extent=extent)
        self._colours = np.zeros((256, 4), np.uint8)
        self._colours[:LEVELS] = np.round(255 * scale.colours(np.linspace(0, 1, LEVELS)))
        self._colours[BAD] = np.round(255 * scale.colours.get_bad())
        self.set_data(np.zeros((1, 1, 4), np.uint8))
        axes.add_image(self)
        axes.set(xlim=extent[:2], ylim=extent[2:])

    def show(self, values: np.ndarray) -> None:
        """Show other values, (row, column), of the columns that are not empty."""
        levels = values * (LEVELS / 2 / self._limit) + LEVELS / 2
        known = np.isfinite(levels)
        codes = np.clip(levels if known.all() else np.where(known, levels, 0), 0, LEVELS - 1).astype(np.uint8)
        codes[~known] = BAD
        self._codes[:, self._places] = codes
        self.stale = True

    def colours(self, row: int) -> np.ndarray:
        """Return the colours of a row, RGBA from 0 to 1, empty columns left out."""
        return self._colours[self._codes[row, self._places]] / 255

    def draw(self, renderer: Any) -> None:
        """Draw the colours."""
        if not self.get_visible():
            return
        if type(renderer) is not RendererAgg:
            self.set_data(self._colours[self._codes])
            super().draw(renderer)
            return
        left, bottom, right, top = (round(edge) for edge in self.axes.bbox.extents)
        rows, columns = (
            ((np.arange(pixels) + 0.5) * (size / max(pixels, 1))).astype(int)
            for pixels, size in zip((top - bottom, right - left), self._codes.shape, strict=True)
        )
        packed = self._colours.view(np.uint32)[:, 0]
        image = packed[self._codes[rows[::-1, None], columns]].view(np.uint8).reshape(len(rows), len(columns), 4)
        gc = renderer.new_gc()
        if image.size:
            renderer.draw_image(gc, left, bottom, image)
        gc.restore()
        self.stale = False
