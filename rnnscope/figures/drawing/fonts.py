"""Fonts that step in where the user's has no sign for ₋₁, ‖ or σ, or for Hangul."""

from __future__ import annotations

import contextlib
import logging
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import matplotlib
from matplotlib.font_manager import findSystemFonts, fontManager, get_font

from rnnscope.languages import language
from rnnscope.warned import warn

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

KOREAN = "ko"
"""The language whose texts are written in Hangul."""

AGAIN = 5.0
"""Where such a font is missing it is looked for again after so many seconds: it may have been installed meanwhile."""


class FontMissing(UserWarning):
    """No font has the signs of the language that is spoken; the message has the line that installs one."""


class _Search:
    """When a font with Hangul was last looked for, and whether it was said that there is none."""

    last = -AGAIN
    is_said = False


@contextmanager
def fallbacks() -> Iterator[None]:
    """Make texts of the user's font in which a sign that it lacks comes from another one."""
    wanted = with_fallbacks()
    if wanted == list(matplotlib.rcParams["font.family"]):
        yield
        return
    with matplotlib.rc_context({"font.family": wanted}):
        yield


def with_fallbacks() -> list[str]:
    """Return the families of the user's font, and those that step in where it lacks a sign."""
    if language() == KOREAN:
        ensure_hangul()
    own = matplotlib.rcParams["font.family"]
    wanted = families(tuple(own), tuple(matplotlib.rcParams["font.sans-serif"]), len(fontManager.ttflist))
    if list(wanted) != list(own):
        logging.getLogger("matplotlib.font_manager").addFilter(_is_worth_reading)  # fonts are looked for later too
    return list(wanted)


def _is_worth_reading(record: logging.LogRecord) -> bool:
    """Say whether a message is worth reading: not that a font that steps in for Hangul has no bold letters."""
    message = record.getMessage()
    is_of_weight = message.startswith("findfont: Failed to find font weight")
    return not (is_of_weight and any(f" for {name}," in message for name in HANGUL))


def ensure_hangul() -> None:
    """Look for a font with Hangul if matplotlib knows none; where there is none say so, once."""
    if time.monotonic() < _Search.last + AGAIN or _knows_hangul():
        return
    _Search.last = time.monotonic()
    known = {font.fname for font in fontManager.ttflist}
    for path in sorted(set(findSystemFonts()) - known):  # matplotlib keeps a list, and does not see what is new
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # a file that it cannot read is of no use
            fontManager.addfont(path)
    if not _knows_hangul() and not _Search.is_said:
        _Search.is_said = True
        warn(
            "Korean is drawn as empty boxes, for no font with Hangul is installed. On Colab, Debian and Ubuntu run "
            "`!apt-get install -y fonts-nanum` in a cell (elsewhere install the font NanumGothic), and draw again",
            FontMissing,
        )
        warnings.filterwarnings("ignore", r"Glyph \d+ \(\\N{HANGUL", UserWarning)  # matplotlib says it of every sign


def _knows_hangul() -> bool:
    """Say whether matplotlib knows a font with Hangul that would step in, or one that the user has chosen has it."""
    if any(font.name in HANGUL for font in fontManager.ttflist):
        return True
    chosen = set(matplotlib.rcParams["font.family"]) | set(matplotlib.rcParams["font.sans-serif"])
    files = {font.fname for font in fontManager.ttflist if font.name in chosen}
    return any(get_font(file).get_char_index(ord("가")) for file in files)


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
