"""Signs that the user's font lacks come from another font."""

import logging
import warnings

import matplotlib
import pytest
from matplotlib.font_manager import fontManager
from pictures import assert_texts_are_apart, needs_hangul

import rnnscope as rs
from rnnscope.export.sheet import contact_sheet
from rnnscope.figures.drawing import fonts
from rnnscope.figures.drawing.fonts import ALWAYS_THERE, HANGUL, fallbacks, families
from rnnscope.languages import speaking

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


@needs_hangul
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


@needs_hangul
def test_that_a_font_has_no_bold_letters_is_not_said_when_figures_are_drawn_or_moved(caplog, traces):
    fontManager._findfont_cached.cache_clear()  # what was said once is not said again
    figure = rs.figures.cell(traces("LSTM"), rs.Cursor(time=1, phase="f"))
    figure.frame()
    figure.update(rs.Cursor(time=2, phase="h"))
    figure.frame()
    assert not [message for message in caplog.messages if "findfont" in message]


@pytest.mark.slow
@needs_hangul
def test_races_ablations_films_and_sheets_are_drawn_in_korean(traces, tmp_path):
    trace = traces("LSTM")
    with speaking("ko"):  # a missing sign warns
        race = rs.race(rs.tasks.counting(), cells=("LSTM", "GRU"), units=2, epochs=1, seeds=1, jobs=1, verbose=0)
        for figure in (race.figure(), rs.ablate(trace).figure()):
            assert_texts_are_apart(figure)
            figure.frame()
        rs.animate(trace, tmp_path / "film.gif", view="gates", over="time", verbose=False)
        contact_sheet({"LSTM, 유닛 4개": trace}, tmp_path / "sheet.png")
    assert (tmp_path / "film.gif").stat().st_size > 0 < (tmp_path / "sheet.png").stat().st_size


@pytest.fixture
def no_hangul(monkeypatch):
    """Hide all fonts with Hangul, as on a machine that has none."""
    others = [font for font in fontManager.ttflist if font.name not in HANGUL]
    monkeypatch.setattr(fontManager, "ttflist", others)
    monkeypatch.setattr(fonts, "findSystemFonts", list)
    monkeypatch.setattr(fonts._Search, "last", -fonts.AGAIN)
    monkeypatch.setattr(fonts._Search, "is_said", False)
    families.cache_clear()
    with warnings.catch_warnings():
        yield others
    families.cache_clear()


def test_where_no_font_has_hangul_one_sentence_says_how_to_install_one(traces, no_hangul, monkeypatch):
    with speaking("ko"):
        with pytest.warns(fonts.FontMissing, match="apt-get install -y fonts-nanum") as said:
            rs.figures.gates(traces("LSTM")).frame()
        assert len(said) == 1 and said[0].filename == __file__
        monkeypatch.setattr(fonts._Search, "last", -fonts.AGAIN)
        rs.figures.gates(traces("LSTM"))  # it is said once


def test_nothing_is_said_of_fonts_in_english(traces, no_hangul):
    rs.figures.gates(traces("LSTM")).frame()


def test_a_font_that_was_installed_meanwhile_is_found(no_hangul, monkeypatch):
    def install(path):
        fontManager.ttflist.append(type(no_hangul[0])(**{**vars(no_hangul[0]), "name": HANGUL[0], "fname": path}))

    monkeypatch.setattr(fonts, "findSystemFonts", lambda: ["nanum.ttf"])
    monkeypatch.setattr(fontManager, "addfont", install)
    with speaking("ko"), fallbacks():
        assert matplotlib.rcParams["font.family"][-1] == HANGUL[0]
