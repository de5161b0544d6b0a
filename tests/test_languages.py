"""The language that is spoken, and particles that fit what they follow."""

import subprocess
import sys
import threading

import pytest

import rnnscope as rs
from rnnscope.languages import language, names, speaking
from rnnscope.languages.particles import filled, with_particle


def test_a_language_holds_for_a_while_or_from_now_on():
    assert language() == "en"
    with speaking("ko"):
        assert language() == "ko"
        with speaking(None):
            assert language() == "ko"
    assert language() == "en"
    try:
        rs.set_language("ko")
        seen = []
        thread = threading.Thread(target=lambda: seen.append(language()))
        thread.start()
        thread.join()
        assert seen == ["ko"]
    finally:
        rs.set_language("en")


@pytest.mark.parametrize(("given", "expected"), [("ko", "ko"), ("", "en")])
def test_the_environment_says_with_which_language_a_process_begins(given, expected):
    code = "from rnnscope.languages import language; print(language())"
    run = subprocess.run([sys.executable, "-c", code], env={"RNNSCOPE_LANG": given, "PATH": ""}, capture_output=True)
    assert run.stdout.decode().strip() == expected, run.stderr.decode()


def test_a_language_that_is_not_there_is_refused_with_the_list():
    with pytest.raises(ValueError, match="lang: expected one of en, ko; got 'de'"):
        rs.set_language("de")
    with pytest.raises(TypeError, match="lang: expected one of en, ko; got 3"):
        rs.set_language(3)
    assert names()[0] == "en"


@pytest.mark.parametrize(
    ("spoken", "pair", "fitting"),
    [
        ("망각 게이트", "은/는", "는"),
        ("은닉 상태", "이/가", "가"),
        ("시점", "을/를", "을"),
        ("f (망각 게이트)", "은/는", "는"),
        ("LSTM", "은/는", "은"),
        ("SimpleRNN", "이/가", "이"),
        ("GRU", "을/를", "를"),
        ("c₋₁", "으로/로", "로"),
        ("300", "으로/로", "으로"),
        ("0.7", "으로/로", "로"),
        ("95 %", "이/가", "가"),
        ("dense", "은/는", "는"),
        ("h", "과/와", "와"),
        ("x", "은/는", "는"),
        ("r", "은/는", "은"),
    ],
)
def test_a_particle_fits_what_is_spoken_before_it(spoken, pair, fitting):
    assert with_particle(spoken, *pair.split("/")) == fitting
    assert filled(f"{{name:{pair}}}", {"name": spoken}) == spoken + fitting
