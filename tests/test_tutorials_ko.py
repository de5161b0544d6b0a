"""The Korean tutorials are in step with the English ones: the same code, and texts that follow theirs."""

import json
import re
from collections import Counter

import pytest
from test_docs_ko import translated

from tools import tutorials
from tools.tutorials import KOREAN, cells_of, text_of

in_english = pytest.mark.parametrize("path", tutorials.english(), ids=lambda path: path.stem)


def texts_of(path):
    """Return the texts of a notebook by the ids of their cells."""
    return {cell["id"]: text_of(cell) for cell in cells_of(path) if cell["cell_type"] == "markdown"}


@in_english
def test_the_korean_one_has_the_same_code(path):
    korean = cells_of(KOREAN / path.name)
    first = next(k for k, cell in enumerate(korean) if cell["cell_type"] == "code")
    assert text_of(korean.pop(first)) == tutorials.SPEAK_KOREAN
    english = cells_of(path)
    assert [(cell["cell_type"], cell["id"]) for cell in korean] == [(cell["cell_type"], cell["id"]) for cell in english]
    for one, other in zip(english, korean, strict=True):
        assert one == other or one["cell_type"] == "markdown", f"cell {one['id']}: `make korean` brings it in step"


@in_english
def test_the_korean_text_follows_the_english(path):
    texts = texts_of(path)
    for cell in cells_of(KOREAN / path.name):
        if cell["cell_type"] == "markdown":
            english, korean, name = texts[cell["id"]], text_of(cell), f"cell {cell['id']}"
            assert re.search("[가-힣]", korean), name
            assert cell["metadata"]["english"] == tutorials.short_hash(english), (
                f"{name}: the English has changed; when the Korean follows it, `make korean ARGS={cell['id']}`"
            )
            for pattern in (r"^#+ ", r"<.+?>", r"```.*?```", r"\]\(.+?\)"):
                found, other = (re.findall(pattern, text, re.DOTALL | re.MULTILINE) for text in (english, korean))
                places = [text.replace("Answer", "답") for text in found]
                assert places == other, f"{name}: headings, folds, code and pictures stand in the same order"
            assert set(re.findall(r"`[^`\n]+`", english)) == set(re.findall(r"`[^`\n]+`", korean)), name
            assert not numbers(english) - numbers(korean), f"{name}: a number is missing"


def numbers(text):
    """Return the numbers in a text, without those in code and in names of pictures."""
    return Counter(re.findall(r"\d[\d.,]*\d|\d", re.sub(r"`[^`]*`|!\[.*?]\(.*?\)", "", text)))


@in_english
def test_korean_terms_have_their_english_where_they_are_first_used(path):
    text = re.sub(r"```.*?```|!\[.*?]|\*", "", "\n".join(texts_of(KOREAN / path.name).values()), flags=re.DOTALL)
    for korean, english in translated.TERMS.items():
        before, found, after = text.partition(korean)
        assert not found or after.startswith(f"({english})"), f"{before[-20:]}{found}{after[:20]}"


def test_a_changed_text_waits_until_the_korean_is_said_to_follow(monkeypatch, tmp_path):
    monkeypatch.setattr(tutorials, "KOREAN", tmp_path / "ko")
    path, korean = tmp_path / "00.ipynb", tmp_path / "ko" / "00.ipynb"

    def write(path, text, code):
        cells = [
            {"cell_type": "markdown", "id": "text", "metadata": {}, "source": [text]},
            {"cell_type": "code", "id": "code", "metadata": {"tags": ["cover"]}, "source": [code]},
        ]
        path.write_text(json.dumps({"cells": cells}))

    def sources():
        return list(map(text_of, cells_of(korean)))

    write(path, "Hello", "1 + 1")
    assert tutorials.write_korean(path, ()) == ["text"]
    assert sources() == ["Hello", tutorials.SPEAK_KOREAN, "1 + 1"]
    write(korean, "안녕", "1 + 1")
    assert tutorials.write_korean(path, ()) == ["text"]
    assert tutorials.write_korean(path, ["text"]) == tutorials.write_korean(path, ()) == []
    write(path, "Goodbye", "2 + 2")
    assert tutorials.write_korean(path, ()) == ["text"]
    assert sources() == ["안녕", tutorials.SPEAK_KOREAN, "2 + 2"]
