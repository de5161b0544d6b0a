"""The catalogues of translations: one folder a language, found and not listed."""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path

ENGLISH = "en"
"""The language in which texts are written in the code."""

FOLDER, DOMAIN = Path(__file__).parent, "rnnscope"


def names() -> list[str]:
    """Return the languages that there are, English first.

    Examples
    --------
    >>> names()
    ['en', 'ko']
    """
    return list(_there())


@cache
def _there() -> tuple[str, ...]:
    return ENGLISH, *sorted(file.parent.parent.name for file in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.mo"))


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the translations into a language: none into English, in which texts are written."""
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, FOLDER, [language])
