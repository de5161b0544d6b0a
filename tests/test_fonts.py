"""Signs that the user's font lacks come from another font."""

import logging

import matplotlib
import pytest
from matplotlib.font_manager import fontManager

import rnnscope as rs
from rnnscope.figures.drawing.fonts import ALWAYS_THERE, HANGUL, fallbacks, families

VIEWS = tuple(rs.figures.VIEWS)
LACKING = "STIXGeneral"
"""A font that matplotlib brings; it has no ₋ and no ₁."""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_no_sign_is_missing_whatever_the_font(traces, view, direction):
    with matplotlib.rc_context({"font.family": LACKING}):
        figure = getattr(rs.figures, view)(traces("LSTM"), rs.Cursor(direction=direction))  # a missing sign warns
        figure.frame()
        figure.update(rs.Cursor(time=1, direction=direction))
        figure.frame()
        fonts = figure.views[0].headings[0].get_fontfamily()
    assert fonts[0] == LACKING and ALWAYS_THERE in fonts
    assert matplotlib.rcParams["font.family"] != [LACKING]


def test_a_font_with_hangul_steps_in_if_one_is_installed(monkeypatch):
    sans = (ALWAYS_THERE, "Arial")
    others = [font for font in fontManager.ttflist if font.name not in HANGUL]
    monkeypatch.setattr(fontManager, "ttflist", others)
    families.cache_clear()
    assert families(("sans-serif",), sans, 0) == ("sans-serif",)
    assert families((LACKING,), sans, 0) == (LACKING, ALWAYS_THERE)
    korean = type(others[0])(**{**vars(others[0]), "name": HANGUL[0]})
    monkeypatch.setattr(fontManager, "ttflist", [*others, korean])
    families.cache_clear()
    assert families(("sans-serif",), sans, 0) == ("sans-serif", HANGUL[0])
    assert families((HANGUL[0],), sans, 0) == (HANGUL[0], ALWAYS_THERE)
    families.cache_clear()


@pytest.mark.skipif(
    not {font.name for font in fontManager.ttflist} & set(HANGUL), reason="no font with Hangul is installed"
)
def test_hangul_in_names_is_drawn(traces):
    figure = rs.figures.compare({"장단기": traces("LSTM"), "게이트": traces("GRU")}, "gates")
    figure.frame()


def test_it_is_not_said_that_a_font_that_steps_in_has_no_bold_letters():
    logger = logging.getLogger("matplotlib.font_manager")
    with matplotlib.rc_context({"font.family": LACKING}), fallbacks():
        pass
    said = "findfont: Failed to find font weight %s for %s, now using %s."
    for name, is_said in ((HANGUL[0], False), (LACKING, True)):
        record = logging.LogRecord(logger.name, logging.WARNING, "", 0, said, ("bold", name, 600), None)
        assert bool(logger.filter(record)) == is_said


@pytest.mark.skipif(
    not {font.name for font in fontManager.ttflist} & set(HANGUL), reason="no font with Hangul is installed"
)
def test_that_a_font_has_no_bold_letters_is_not_said_when_figures_are_drawn_or_moved(caplog, traces):
    fontManager._findfont_cached.cache_clear()  # what was said once is not said again
    figure = rs.figures.cell(traces("LSTM"), rs.Cursor(time=1, phase="f"))
    figure.frame()
    figure.update(rs.Cursor(time=2, phase="h"))
    figure.frame()
    assert not [message for message in caplog.messages if "findfont" in message]
