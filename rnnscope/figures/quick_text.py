"""Text that changes at every step, drawn from sprites: twenty times as quick as text that is laid out anew.

Every digit, and every word between digits, is drawn once by matplotlib for its font and size; a number is then put
together from these. Other renderers than Agg (SVG, PDF), rotated text and mathtext are left to matplotlib.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

PIECES = re.compile(r"[\d.−+]|[^\d.−+]+")
PHASES = 4
"""Sprites begin at so many places within a pixel."""


class QuickText(Text):
    """A `Text` of one line that is quick to draw when only its digits change."""

    def draw(self, renderer: Any) -> None:
        """Draw the text."""
        text = self.get_text()
        plain = not (self.get_rotation() or "$" in text or "\n" in text or self.get_path_effects())
        if not (plain and type(renderer) is RendererAgg):
            super().draw(renderer)
        elif self.get_visible() and text:
            self._draw_sprites(renderer, text)
        self.stale = False

    def _draw_sprites(self, renderer: RendererAgg, text: str) -> None:
        font = self.get_fontproperties().copy()
        sprites = _Sprites.of(font, renderer.dpi)
        x, y = self.get_transform().transform(self.get_unitless_position())
        pieces = PIECES.findall(text)
        width = sum(sprites.advance(piece) for piece in pieces)
        x -= {"left": 0, "center": width / 2, "right": width}[self.get_horizontalalignment()]
        up, down = sprites.height, sprites.depth
        shift = {"top": -up, "center": (down - up) / 2, "center_baseline": -up / 2, "bottom": down}
        baseline = round(y + shift.get(self.get_verticalalignment(), 0))
        start = int(np.floor(x))
        alpha = np.zeros((up + down + 2 * sprites.margin, int(width) + 2 * sprites.margin + 2), np.uint8)
        pen = x - start
        for piece in pieces:
            column, phase = divmod(round(pen * PHASES), PHASES)
            sprite = sprites.sprite(piece, phase)
            part = alpha[:, column : column + sprite.shape[1]]
            np.maximum(part, sprite[:, : part.shape[1]], out=part)
            pen += sprites.advance(piece)
        image = np.empty((*alpha.shape, 4), np.uint8)
        image[..., :3] = np.round(np.array(to_rgb(self.get_color())) * 255)
        image[..., 3] = alpha if self.get_alpha() is None else alpha * self.get_alpha()
        gc = renderer.new_gc()
        renderer.draw_image(gc, start - sprites.margin, baseline - down - sprites.margin, image[::-1])
        gc.restore()


class _Sprites:
    """The pieces of text of one font at one resolution, as transparency, on a common baseline.

    Attributes
    ----------
    height, depth
        How many pixels the font goes above and below the baseline.
    margin
        Empty pixels around each sprite.
    """

    @staticmethod
    @lru_cache(maxsize=32)
    def of(font: FontProperties, dpi: float) -> _Sprites:
        """Return the sprites of a font."""
        return _Sprites(font, dpi)

    def __init__(self, font: FontProperties, dpi: float) -> None:
        self.font, self.dpi, self.margin = font, dpi, 2
        self._measure = RendererAgg(1, 1, dpi)
        _, height, depth = self._measure.get_text_width_height_descent("lp0", font, False)
        self.height, self.depth = int(np.ceil(height - depth)), int(np.ceil(depth))
        self.advance = lru_cache(maxsize=1024)(self._advance)
        self.sprite = lru_cache(maxsize=1024)(self._sprite)

    def _advance(self, piece: str) -> float:
        """Return how far the pen moves."""
        with_ends, ends = (
            self._measure.get_text_width_height_descent(s, self.font, False)[0] for s in (f"|{piece}|", "||")
        )
        return with_ends - ends

    def _sprite(self, piece: str, phase: int) -> np.ndarray:
        """Return a piece as transparency, (row from the top, column), begun at a phase of a pixel."""
        m = self.margin
        high, wide = self.height + self.depth + 2 * m, int(np.ceil(self.advance(piece))) + 2 * m + 2
        scratch = RendererAgg(wide, high, self.dpi)
        gc = scratch.new_gc()
        scratch.draw_text(gc, m + phase / PHASES, self.height + m, piece, self.font, 0)
        gc.restore()
        return np.asarray(scratch.buffer_rgba())[..., 3].copy()
