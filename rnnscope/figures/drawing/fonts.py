"""Fonts that step in where the user's has no sign for ₋₁, ‖ or σ, or for Hangul."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import matplotlib
from matplotlib.font_manager import fontManager

ALWAYS_THERE = "DejaVu Sans"
"""matplotlib brings it; it has all signs of the figures but Hangul."""

HANGUL = (
    "NanumGothic",
    "Malgun Gothic",
    "Apple SD Gothic Neo",
    "AppleGothic",
    "Noto Sans KR",
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Source Han Sans KR",
    "UnDotum",
    "Baekmuk Dotum",
)
"""Fonts with Hangul that systems and courses install; the first that is there steps in."""


@contextmanager
def fallbacks() -> Iterator[None]:
    """Make texts of the user's font in which a sign that it lacks comes from another one."""
    own = matplotlib.rcParams["font.family"]
    wanted = families(tuple(own), tuple(matplotlib.rcParams["font.sans-serif"]), len(fontManager.ttflist))
    if list(wanted) == list(own):
        yield
        return
    logging.getLogger("matplotlib.font_manager").addFilter(_is_worth_reading)  # fonts are looked for later too
    with matplotlib.rc_context({"font.family": list(wanted)}):
        yield


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Say whether a message is worth reading: not that a font that steps in for Hangul has no bold letters."""
    message = record.getMessage()
    is_of_weight = message.startswith("findfont: Failed to find font weight")
    return not (is_of_weight and any(f" for {name}," in message for name in HANGUL))


@lru_cache(maxsize=16)
def families(own: tuple[str, ...], sans: tuple[str, ...], _: int) -> tuple[str, ...]:
    """Return families of fonts followed by those that step in, as far as they are installed and not among them."""
    installed = {font.name for font in fontManager.ttflist}
    there = {name for family in own for name in (sans if family == "sans-serif" else (family,))}
    hangul = [name for name in HANGUL if name in installed]
    added = [] if ALWAYS_THERE in there else [ALWAYS_THERE]
    if hangul and not there.intersection(hangul):
        added.append(hangul[0])
    return (*own, *added)
