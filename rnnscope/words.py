"""Names that users give, as pictures and sentences write them, and words in columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

SIGNS = {" ": "␣", "\n": "↵", "\t": "⇥", "": "∅"}
"""How names are written that cannot be seen."""

LONGEST = 24
"""Names of more characters are shortened where they stand in a sentence."""


def drawn(name: str) -> str:
    r"""Return a name as it can be drawn: what cannot be seen has a sign.

    Examples
    --------
    >>> drawn(" "), drawn("a\nb"), drawn("$x$")
    ('␣', 'a↵b', '\u200a$x$')
    """
    if not name.strip():
        return "".join(SIGNS.get(sign, "·") for sign in name) or SIGNS[""]
    seen = "".join(sign if sign.isprintable() else SIGNS.get(sign, "·") for sign in name)
    return f"\u200a{seen}" if seen.startswith("$") and seen.endswith("$") else seen  # no formula


def quoted(name: str) -> str:
    """Return a name as sentences write it: shortened, and in quotation marks if it is made of signs.

    Examples
    --------
    >>> quoted("cat"), quoted(",")
    ('cat', '“,”')
    """
    short = shortened_to(name, LONGEST)
    return short if any(sign.isalnum() for sign in short) else f"“{short}”"


def shortened_to(text: str, most: int) -> str:
    """Return a text of at most so many characters.

    Examples
    --------
    >>> shortened_to("internationalization", 8), shortened_to("cat", 8)
    ('interna…', 'cat')
    """
    return text if len(text) <= most else f"{text[: max(most - 1, 0)]}…"


def is_word(text: str) -> bool:
    """Say whether a text can be shortened and still tells something, as a number or a date cannot.

    Examples
    --------
    >>> is_word("apple"), is_word("1.2e−5"), is_word("2024-03-01")
    (True, False, False)
    """
    try:
        float(text.replace("−", "-"))
    except ValueError:
        return any(sign.isalpha() for sign in text)
    return False


def in_columns(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of words as a table, each column as wide as its longest word.

    Examples
    --------
    >>> print(in_columns([("gate", "loss"), ("f", "0.12")]))
    gate  loss
    f     0.12
    """
    widths = [max(map(width_of, column)) for column in zip(*lines, strict=True)]
    texts = ("  ".join(padded(word, width) for word, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(text.rstrip() for text in texts)


def padded(text: str, width: int) -> str:
    """Return a text with blanks behind it, as wide as so many characters."""
    return text + " " * (width - width_of(text))


def width_of(text: str) -> int:
    """Return how many columns of a terminal a text takes: characters of Korean take two.

    Examples
    --------
    >>> width_of("gate"), width_of("게이트")
    (4, 6)
    """
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
