"""Texts of lessons: in several languages, in Markdown without HTML, with places for numbers."""

from __future__ import annotations

import html
import string
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from markdown_it import MarkdownIt

from rnnscope.checks import describe, one_of
from rnnscope.languages import language, names
from rnnscope.languages.catalogues import ENGLISH
from rnnscope.languages.particles import filled
from rnnscope.lessons.tables import REQUIRED, Table

NOTHING: Mapping[str, str] = MappingProxyType({})
"""What is put into a text without places."""


@cache
def _markdown() -> MarkdownIt:
    """Return the parser: CommonMark and tables, without HTML, and without images, which a page would have to fetch."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "html_inline", "html_block"])


class _Escaped:
    """A name or a number in a text of HTML: it stays text, and its particle is that of what is read."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text

    def __format__(self, spec: str) -> str:
        return html.escape(self._text)


@dataclass(frozen=True)
class Text:
    """A text in some languages.

    Attributes
    ----------
    templates
        The text by language, with places in braces; English is there.
    is_html
        Whether they are HTML, made of Markdown.
    """

    templates: Mapping[str, str]
    is_html: bool = True

    @property
    def places(self) -> tuple[str, ...]:
        """The names in braces, over all languages."""
        found = [place for template in self.templates.values() for place, _ in _fields(template)]
        return tuple(dict.fromkeys(found))

    def fill(self, parts: Mapping[str, str] = NOTHING) -> str:
        """Return the text in the language that is spoken, in English if it is not there, with its places filled."""
        template = self.templates.get(language(), self.templates[ENGLISH])
        return filled(template, {name: _Escaped(part) if self.is_html else part for name, part in parts.items()})


def text_of(table: Table, key: str, *, is_html: bool = True, default: Any = REQUIRED) -> Any:
    """Return the text of a key: `text = "..."`, or `text.en = "..."` and other languages.

    Raises
    ------
    ValueError
        If there is none, English is missing, a language is not there, or a place is no name.
    """
    if key not in table and default is not REQUIRED:
        return default
    value = table.values.get(key)
    by_language = {ENGLISH: value} if isinstance(value, str) else value
    if not isinstance(by_language, dict):
        table.get(key, str)
        table.refuse(key, "a text, or texts by language", value)
    for lang, text in by_language.items():
        one_of(f"{table.where}: {key}: language", lang, names())
        if not isinstance(text, str) or not text.strip():
            table.refuse(f"{key}.{lang}", "a text", text)
    if ENGLISH not in by_language:
        raise ValueError(f"{table.where}: {key}: expected a text in English, {key}.en; got {', '.join(by_language)}")
    rendered = {lang: _markdown().render(text) if is_html else text for lang, text in by_language.items()}
    for lang, template in rendered.items():
        _check(f"{table.where}: {key}.{lang}", template)
    return Text(rendered, is_html)


def _check(where: str, template: str) -> None:
    """Refuse places that are no plain names: what is filled in is a number, and nothing of it can be reached."""
    try:
        for place, spec in _fields(template):
            if not place.isidentifier() or "{" in spec or (spec and spec.count("/") != 1):
                raise ValueError(describe("{" + place + (f":{spec}" if spec else "") + "}"))
    except ValueError as error:
        wanted = "places such as {left}, or {left:은/는} with a particle; a brace itself is written twice"
        raise ValueError(f"{where}: expected {wanted}; got {error}") from None


def _fields(template: str) -> list[tuple[str, str]]:
    """Return the places of a text, and how each is written."""
    found = []
    for _, place, spec, conversion in string.Formatter().parse(template):
        if conversion is not None:
            raise ValueError(describe("{" + f"{place}!{conversion}" + "}"))
        if place is not None:
            found.append((place, spec or ""))
    return found
