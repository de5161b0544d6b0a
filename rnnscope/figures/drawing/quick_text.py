"""Text that changes at every step, drawn from sprites: twenty times as quick as text that is laid out anew.

Every digit, every word between digits and every formula is drawn once by matplotlib for its font and size; a number is
then put together from these. Other renderers than Agg (SVG, PDF) and rotated text are left to matplotlib.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from rnnscope.figures.drawing.fonts import with_fallbacks
from rnnscope.figures.style import em, ink, small

PIECES = re.compile(r"[\d.−+]|[^\d.−+]+")
PHASES = 4
"""Sprites begin at so many places within a pixel."""

SPRITE_MARGIN = 2
"""Empty pixels around each sprite."""

PLAIN = GraphicsContextBase()
"""How sprites are drawn: as they are."""


class QuickText(Text):
    """A `Text` of one line, or one formula in dollar signs, that is quick to draw when only its digits change."""

    def draw(self, renderer: Any) -> None:
        """Draw the text."""
        text = self.get_text()
        self.set_parse_math(is_formula(text))  # other texts are meant as they stand
        if self.get_rotation() or "\n" in text or self.get_path_effects() or type(renderer) is not RendererAgg:
            super().draw(renderer)
        elif self.get_visible() and text:
            self._draw_sprites(renderer)
        self.stale = False

    def points(self) -> float:
        """Return how wide the text is, in points."""
        dpi = self.get_figure(root=True).dpi
        return self._sprites(dpi).line(self.get_text()).width * 72 / dpi

    def _sprites(self, dpi: float) -> _Sprites:
        """Return the pieces that it is put together from."""
        return _Sprites.of(self.get_fontproperties().copy(), dpi)

    def _draw_sprites(self, renderer: RendererAgg) -> None:
        sprites = self._sprites(renderer.dpi)
        line = sprites.line(self.get_text())
        x, y = self.get_transform().transform(self.get_position())
        x -= {"left": 0, "center": line.width / 2, "right": line.width}[self.get_horizontalalignment()]
        up, down = line.up, line.down
        shift = {"top": -up, "center": (down - up) / 2, "center_baseline": -up / 2, "bottom": down}
        baseline = round(y + shift.get(self.get_verticalalignment(), 0))
        start, phase = divmod(round(x * PHASES), PHASES)
        image = sprites.image(self.get_text(), phase, to_rgb(self.get_color()), self.get_alpha())
        renderer.draw_image(PLAIN, start - SPRITE_MARGIN, baseline - down - SPRITE_MARGIN, image)


def write(axes: Axes, x: float, y: float, text: str = "", *, side: str = "left", **look: Any) -> QuickText:
    """Write a text at a place of an axes, small and in ink unless `look` says otherwise; its `side` is at x.

    It stands on the middle of its line, and may leave the axes.
    """
    look = {"fontsize": small(), "color": ink(), "verticalalignment": "center_baseline", "zorder": 4, **look}
    made = QuickText(x, y, text, horizontalalignment=side, **look)
    axes.add_artist(made)
    made.set_clip_on(False)
    return made


def text_width(figure: Figure, words: str, size: float | None = None) -> float:
    """Return how wide some words are, in small type unless a size in points is given, in font sizes."""
    family = None if words.isascii() else with_fallbacks()  # every font has the signs of ASCII
    sprites = _Sprites.of(FontProperties(family=family, size=size or small()), figure.dpi)
    return sprites.line(words).width * 72 / figure.dpi / em()


def is_formula(text: str) -> bool:
    """Say whether a text is a formula for mathtext."""
    return text.startswith("$") and text.endswith("$") and len(text) > 2


class _Sprites:
    """The pieces of text of one font at one resolution."""

    @staticmethod
    @lru_cache(maxsize=32)
    def of(font: FontProperties, dpi: float) -> _Sprites:
        """Return the sprites of a font."""
        return _Sprites(font, dpi)

    def __init__(self, font: FontProperties, dpi: float) -> None:
        self.font, self.dpi = font, dpi
        self.renderer = RendererAgg(1, 1, dpi)
        self.common = self._measure("lp0")
        self.piece = lru_cache(maxsize=2048)(self._piece)
        self.line = lru_cache(maxsize=512)(self._line)
        self.image = lru_cache(maxsize=128)(self._image)

    def _line(self, text: str) -> _Line:
        return _Line([self.piece(part) for part in ([text] if is_formula(text) else PIECES.findall(text))])

    def _image(self, text: str, phase: int, colour: tuple[float, ...], opacity: float | None) -> np.ndarray:
        """Return a text as RGBA, (row from the bottom, column, 4) of bytes, begun at a phase of a pixel."""
        line = self.line(text)
        clear = np.array([*(round(255 * part) for part in colour), 0], np.uint8)
        image = np.full(line.shape, clear.view(np.uint32)).view(np.uint8).reshape(*line.shape, 4)
        line.draw(image[::-1, :, 3], phase)
        if opacity is not None:
            image[..., 3] = image[..., 3] * opacity
        return image

    def _piece(self, text: str) -> _Piece:
        if is_formula(text):
            width, height, depth = self._measure(text)
            return _Piece(text, self, width, int(np.ceil(height - depth)), int(np.ceil(depth)))
        _, height, depth = self.common
        width = self._measure(f"|{text}|")[0] - self._measure("||")[0]  # with the blanks at its ends
        return _Piece(text, self, width, int(np.ceil(height - depth)), int(np.ceil(depth)))

    def _measure(self, text: str) -> tuple[float, float, float]:
        """Return width, height and depth below the baseline, in pixels."""
        return self.renderer.get_text_width_height_descent(text, self.font, is_formula(text))


@dataclass(frozen=True)
class _Piece:
    """A piece of text: how far it moves the pen, how far it goes above and below the baseline, and its sprites."""

    text: str
    sprites: _Sprites
    advance: float
    up: int
    down: int

    @lru_cache(maxsize=8192)  # noqa: B019 (pieces are kept by a cache of limited size anyway)
    def sprite(self, phase: int) -> np.ndarray:
        """Return the piece as transparency, (row from the top, column), begun at a phase of a pixel."""
        wide, high = int(np.ceil(self.advance)) + 2 * SPRITE_MARGIN + 2, self.up + self.down + 2 * SPRITE_MARGIN
        scratch = RendererAgg(wide, high, self.sprites.dpi)
        gc = scratch.new_gc()
        place = SPRITE_MARGIN + phase / PHASES, self.up + SPRITE_MARGIN
        scratch.draw_text(gc, *place, self.text, self.sprites.font, 0, ismath=is_formula(self.text))
        gc.restore()
        return np.asarray(scratch.buffer_rgba())[..., 3].copy()


class _Line:
    """A text put together from pieces: how wide it is, how far it goes above and below the baseline, and its pixels."""

    def __init__(self, pieces: list[_Piece]) -> None:
        self.pieces = pieces
        self.width = sum(piece.advance for piece in pieces)
        self.up = max((piece.up for piece in pieces), default=0)
        self.down = max((piece.down for piece in pieces), default=0)

    @property
    def shape(self) -> tuple[int, int]:
        """How many rows and columns of pixels it takes, wherever within a pixel it begins."""
        return self.up + self.down + 2 * SPRITE_MARGIN, int(self.width) + 2 * SPRITE_MARGIN + 2

    def draw(self, alpha: np.ndarray, phase: int) -> None:
        """Draw the text as transparency, (row from the top, column), begun at a phase of a pixel."""
        pen = phase / PHASES
        for piece in self.pieces:
            column, phase = divmod(round(pen * PHASES), PHASES)
            sprite = piece.sprite(phase)
            part = alpha[self.up - piece.up :, column : column + sprite.shape[1]][: len(sprite)]
            np.maximum(part, sprite[:, : part.shape[1]], out=part)
            pen += piece.advance
