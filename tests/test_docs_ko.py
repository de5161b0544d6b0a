"""Korean pages are in step with the English ones; what is out of step is found and named."""

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
_spec = importlib.util.spec_from_file_location("translated", DOCS / "translated.py")
translated = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(translated)
PAIRS = translated.pairs()


@pytest.fixture
def start(tmp_path):
    """A copy of an English page, and one of its Korean one."""
    return (
        shutil.copy(DOCS / "start.md", tmp_path / "start.md"),
        shutil.copy(DOCS / "ko" / "start.md", tmp_path / "start.ko.md"),
    )


def replaced(page, old, new):
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("english", PAIRS, ids=lambda page: page.relative_to(DOCS.parent).as_posix())
def test_a_korean_page_is_in_step_with_the_english_one(english):
    assert not translated.problems(english, PAIRS[english])


def test_every_page_has_a_partner_or_a_reason():
    korean = {*(DOCS / "ko").glob("*.md"), *(DOCS / "ko" / "howto").glob("*.md"), DOCS.parent / "README.ko.md"}
    assert korean == set(PAIRS.values())
    assert {DOCS / "start.md", DOCS / "howto" / "what_if.md", DOCS.parent / "README.md"} <= set(PAIRS)
    for name, reason in translated.UNTRANSLATED.items():
        assert (DOCS.parent / name).is_file() and reason


def test_an_english_page_without_a_korean_one_is_named(start):
    start[1].unlink()
    assert translated.problems(*start) == [f"start.md has no Korean page: write {start[1]}"]


def test_a_changed_english_section_is_named(start):
    replaced(start[0], "Keep a picture", "Keep a picture of it")
    fresh, stale = translated.problems(*start)
    assert "translate 'What next' of start.md again" in fresh
    assert "the English of '다음에 할 일' is another by now" in stale
    translated.note(*start)
    assert not translated.problems(*start)


def test_a_new_english_section_is_named_and_cannot_be_noted_away(start):
    replaced(start[0], "## What next", "## What else\n\nNothing.\n\n## What next")
    assert translated.problems(*start) == [f"{start[1]}: translate 'What else' of start.md again"]
    with pytest.raises(ValueError, match=re.escape("expected the 3 headings of start.md; it has 2")):
        translated.note(*start)


def test_where_lines_are_broken_is_no_change(start):
    replaced(start[0], "The same in ten lines,", "The same\nin ten  lines,")
    assert not translated.problems(*start)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("epochs=100)", "epochs=10)", "blocks of code"),
        ("```sh\n.venv", "```\n.venv", "blocks of code"),
        ("issues/12611)", "issues/12612)", "links"),
        ("`[` `]`", "`[` `[`", "names in code"),
        ("- 그림을 간직", "그림을 간직", "items of lists"),
        ("## 다음에", "### 다음에", "level of the heading"),
        ("*트레이스*(trace)", "*트레이스*", "expected 트레이스(trace) where it is used first"),
        ("*트레이스*(trace)", "*트레이스(trace)*", "are shown as stars"),
    ],
)
def test_a_korean_page_that_says_something_else_is_found(start, old, new, found):
    replaced(start[1], old, new)
    (problem,) = translated.problems(*start)
    assert found in problem


def test_a_section_left_in_english_is_found(start):
    shutil.copy(*start)
    translated.note(*start)
    assert [problem.rpartition(", ")[2] for problem in translated.problems(*start)] == [
        "'Start in five minutes': expected Korean",
        "'What next': expected Korean",
    ]


def test_a_heading_in_code_is_none():
    page = "# One\n\n```sh\n# no heading\n```\n\n## Two\n"
    assert [(section.level, section.title) for section in translated.sections(page)] == [(1, "One"), (2, "Two")]


def test_the_command_refuses_what_is_no_korean_page():
    with pytest.raises(SystemExit, match="expected Korean pages of English ones"):
        translated.main([str(DOCS / "start.md")])
