"""How a text comes into the language that is spoken, with its names and numbers."""

from __future__ import annotations

from rnnscope.languages.catalogues import catalogue
from rnnscope.languages.current import language
from rnnscope.languages.particles import filled


def tr(text: str, /, **parts: object) -> str:
    """Return a text in the language that is spoken, with what its braces name put in.

    Parameters
    ----------
    text
        The English, a literal: `Epoch {epoch}`. It is whole sentences, never a piece to which others are glued.
    parts
        What stands in the braces; without any, braces are ordinary signs.

    Examples
    --------
    >>> tr("Epoch {epoch}", epoch=3)
    'Epoch 3'
    """
    found = catalogue(language()).gettext(text)
    return filled(found, parts) if parts else found


def trn(one: str, many: str, count: int, /, **parts: object) -> str:
    """Return the text for one or for several things; the number is `{count}` in both.

    Examples
    --------
    >>> trn("{count} unit", "{count} units", 1), trn("{count} unit", "{count} units", 4)
    ('1 unit', '4 units')
    """
    return filled(catalogue(language()).ngettext(one, many, count), {"count": count, **parts})


def noted(text: str) -> str:
    """Return a text as it is, and mark it for the catalogues: `tr` translates it where it is shown.

    Examples
    --------
    >>> noted("forget gate")
    'forget gate'
    """
    return text
