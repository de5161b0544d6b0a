"""How a text comes into the language that is spoken, with its names and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

from rnnscope.languages.catalogues import catalogue
from rnnscope.languages.current import language
from rnnscope.languages.particles import filled


class Noted(str):
    """An English text that still knows of what it was made: it can be kept, and said in any language later.

    For all else it is the text. `noted` and `noted_n` make it, `tr` says it.
    """

    many: str
    template: str
    parts: Mapping[str, object]

    def __new__(cls, template: str, many: str = "", parts: Mapping[str, object] | None = None) -> Noted:
        """Make it of the English with its places, that for several things if there is one, and what is in them."""
        template = str(template)
        chosen = many if many and parts["count"] != 1 else template
        made = super().__new__(cls, filled(chosen, parts) if parts else chosen)
        made.template, made.many, made.parts = template, many, parts or {}
        return made

    def __reduce__(self) -> tuple[type[Noted], tuple[str, str, Mapping[str, object]]]:
        return Noted, (self.template, self.many, self.parts)


def tr(text: str, /, **parts: object) -> str:
    """Return a text in the language that is spoken, with what its braces name put in.

    Parameters
    ----------
    text
        The English, a literal: `Epoch {epoch}`. It is whole sentences, never a piece to which others are glued. Or a
        text that was `noted`, with the parts that it was noted with.
    parts
        What stands in the braces; without any, braces are ordinary signs. Those that were `noted` are translated too.

    Examples
    --------
    >>> tr("Epoch {epoch}", epoch=3)
    'Epoch 3'
    >>> tr(noted("Epoch {epoch}", epoch=3))
    'Epoch 3'
    """
    if isinstance(text, Noted):
        if text.many:
            return trn(text.template, text.many, **text.parts)
        text, parts = text.template, {**text.parts, **parts}
    found = catalogue(language()).gettext(text) if text else text  # nothing is the name of the head of a catalogue
    return filled(found, _said(parts)) if parts else found


def trn(one: str, many: str, /, count: int, **parts: object) -> str:
    """Return the text for one or for several things; the number is `{count}` in both.

    Examples
    --------
    >>> trn("{count} unit", "{count} units", 1), trn("{count} unit", "{count} units", 4)
    ('1 unit', '4 units')
    """
    return filled(catalogue(language()).ngettext(one, many, count), {"count": count, **_said(parts)})


def noted(text: str, /, **parts: object) -> str:
    """Return a text in English, marked for the catalogues: `tr` translates it where it is shown, with its parts.

    Examples
    --------
    >>> noted("forget gate"), noted("{gate} is open", gate="f")
    ('forget gate', 'f is open')
    """
    return Noted(text, "", parts)


def noted_n(one: str, many: str, /, count: int, **parts: object) -> str:
    """Return the text for one or for several things in English, marked for the catalogues as by `noted`.

    Examples
    --------
    >>> noted_n("{count} step later", "{count} steps later", 3)
    '3 steps later'
    """
    return Noted(one, many, {"count": count, **parts})


def listed(names: Sequence[str]) -> str:
    """Return names one after the other as a sentence has them.

    Examples
    --------
    >>> listed(["c"]), listed(["c", "n"])
    ('c', 'c and n')
    """
    return reduce(lambda first, second: tr("{first} and {second}", first=first, second=second), names)


def said(text: str) -> str:
    """Return a text in the language that is spoken if it was noted, else as it is: it is a name that a user gave.

    Examples
    --------
    >>> said("forget gate")
    'forget gate'
    """
    return tr(text) if isinstance(text, Noted) else text


def in_a_row(texts: Sequence[str]) -> str:
    """Return texts that were noted as one that is noted, with commas between them.

    Examples
    --------
    >>> in_a_row([noted("no clipping"), noted("noise")])
    'no clipping, noise'
    """
    return reduce(lambda first, second: noted("{first}, {second}", first=first, second=second), texts)


def _said(parts: Mapping[str, object]) -> dict[str, object]:
    return {name: said(part) for name, part in parts.items()}
