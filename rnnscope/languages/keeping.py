"""Texts that were noted, in files: beside the English it is written of what they were made."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Any

from rnnscope.languages.translation import Noted

KEYS = {"text", "many", "parts"}
WANTED = "noted: expected texts with what they are made of"


def kept(texts: Iterable[object]) -> dict[str, Any]:
    """Return of what those texts are made that were noted, by their English, as JSON can hold it.

    Examples
    --------
    >>> from rnnscope.languages import noted
    >>> kept(["lstm", noted("{gate} is held", gate="f")])
    {'f is held': {'text': '{gate} is held', 'many': '', 'parts': {'gate': 'f'}}}
    """
    return {str(text): _as_data(text) for text in texts if isinstance(text, Noted)}


def found_again(data: Any) -> dict[str, Noted]:
    """Return the texts that were noted, by their English, from what `kept` returned.

    Raises
    ------
    ValueError
        If it is something else, as in a file that was changed.
    """
    if not isinstance(data, dict):
        raise ValueError(f"{WANTED}; got {data!r}")
    found = {english: _of_data(made) for english, made in data.items()}
    if any(english != text for english, text in found.items()):
        raise ValueError(f"{WANTED}; got {data!r}")
    return found


def _as_data(text: Noted) -> dict[str, Any]:
    parts = {name: _as_data(part) if isinstance(part, Noted) else part for name, part in text.parts.items()}
    return {"text": text.template, "many": text.many, "parts": parts}


def _of_data(data: Any) -> Noted:
    if not _is_whole(data):
        raise ValueError(f"{WANTED}; got {data!r}")
    parts = {name: _of_data(part) if isinstance(part, dict) else part for name, part in data["parts"].items()}
    return Noted(data["text"], data["many"], parts)


def _is_whole(data: Any) -> bool:
    """Say whether there is all of a text, and nothing in its braces but the names of its parts."""
    if not isinstance(data, Mapping) or data.keys() != KEYS:
        return False
    text, many, parts = data["text"], data["many"], data["parts"]
    if not isinstance(text, str) or not isinstance(many, str) or not isinstance(parts, dict):
        return False
    if not all(isinstance(part, str | int | float | dict) for part in parts.values()) or (
        many and "count" not in parts
    ):
        return False
    return not parts or all(_names(own) <= parts.keys() for own in (text, many))


def _names(text: str) -> set[str]:
    """Return what stands in the braces of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
