"""Which language is spoken: that of the process, or another one for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rnnscope.checks import one_of
from rnnscope.languages.catalogues import ENGLISH, names

VARIABLE = "RNNSCOPE_LANG"
"""The variable of the environment that says in which language a process begins."""


class _Process:
    """What was last set for all threads of this process; None before."""

    language: str | None = None


_for_a_while: ContextVar[str | None] = ContextVar("language", default=None)


def language() -> str:
    """Return the language that is spoken, such as `"en"`.

    Examples
    --------
    >>> language()
    'en'
    """
    return _for_a_while.get() or _Process.language or _of_environment()


def set_language(lang: str) -> None:
    """Speak another language from now on, in all that is drawn, written or opened afterwards; errors stay English.

    Parameters
    ----------
    lang
        `"en"` for English, `"ko"` for Korean. The variable `RNNSCOPE_LANG` of the environment does the same for a
        process that sets nothing.

    Raises
    ------
    TypeError, ValueError
        If there is no such language; it says which there are.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.set_language("en")
    """
    _Process.language = checked(lang)


@contextmanager
def speaking(lang: str | None) -> Iterator[None]:
    """Speak a language inside a `with`, in this thread; None changes nothing.

    Examples
    --------
    >>> with speaking("ko"):
    ...     language()
    'ko'
    """
    before = _for_a_while.set(_for_a_while.get() if lang is None else checked(lang))
    try:
        yield
    finally:
        _for_a_while.reset(before)


def checked(lang: str, argument: str = "lang") -> str:
    """Return the name of a language that is there, else raise an error with the list."""
    return one_of(argument, lang, names())


def _of_environment() -> str:
    given = os.environ.get(VARIABLE)
    return checked(given, VARIABLE) if given else ENGLISH
