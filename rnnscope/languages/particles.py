"""Korean particles: which of 은/는, 이/가, 을/를 … stands after a name or number depends on how it is spoken."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
"""The last consonants of Hangul, in the order of Unicode; the first is none."""

SPOKEN_SIGNS = {"%": "퍼센트", "ε": "엡실론", "′": "프라임", "²": "제곱", "³": "세제곱"}
"""Signs that are no digits; those that are not here, such as σ or ∞, are spoken with a vowel at their end."""

SPOKEN = {**dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True)), **SPOKEN_SIGNS}

SPOKEN_LETTERS = {"L": "엘", "M": "엠", "N": "엔", "R": "알"}
"""Letters whose names end in a consonant; those of all others end in a vowel."""

IN_BRACKETS = re.compile(r"(\s+|(?<=[가-힣]))\([^()]*\)$")
"""What is explained in brackets is not spoken; what a function is of, tanh(c), is."""

NOT_SPOKEN = " '\"“”‘’`.…,:;?!()[]{}$|‖"

CLOSED_WORD = re.compile(r"([lmn]|ng|[aeiou][bckpt]|[aeiou]ck|[aeiou][lmn]e|[^aeiou]le)$")
"""How words in Latin letters end that are spoken with a last consonant: input is 인풋, cell is 셀, scale is 스케일."""


class _Filling(string.Formatter):
    """Puts names and numbers into a text; `{gate:은/는}` adds the particle that fits."""

    def format_field(self, value: object, spec: str) -> str:
        after_consonant, slash, after_vowel = spec.partition("/")
        if not slash:
            return super().format_field(value, spec)
        return f"{value}{with_particle(str(value), after_consonant, after_vowel)}"


def filled(text: str, parts: Mapping[str, object]) -> str:
    """Return a text with its parts; `{gate:은/는}` has the particle that fits what stands before it.

    Examples
    --------
    >>> filled("{gate:은/는} {value}", {"gate": "f (망각 게이트)", "value": 0.3})
    'f (망각 게이트)는 0.3'
    """
    return _FILLING.vformat(text, (), parts) if _has_particles(text) else text.format_map(parts)


_FILLING = _Filling()


@lru_cache(maxsize=4096)
def _has_particles(text: str) -> bool:
    """Say whether a text, which is seen many times, has particles: Python itself fills others more quickly."""
    return any("/" in (spec or "") for _, _, spec, _ in string.Formatter().parse(text))


def with_particle(spoken: str, after_consonant: str, after_vowel: str) -> str:
    """Return which of two forms follows a text.

    Examples
    --------
    >>> [with_particle(name, "은", "는") for name in ("LSTM", "GRU", "3", "4", "h", "95 %", "기울기", "시점")]
    ['은', '는', '은', '는', '는', '는', '는', '은']
    >>> with_particle("1", "으로", "로"), with_particle("3", "으로", "로")
    ('로', '으로')
    """
    final = last_consonant(spoken)
    is_like_a_vowel = not final or (final == "ㄹ" and after_consonant == "으로")
    return after_vowel if is_like_a_vowel else after_consonant


def last_consonant(spoken: str) -> str:
    """Return the consonant in which a name or a number ends when it is spoken; nothing after a vowel.

    Examples
    --------
    >>> last_consonant("은닉"), last_consonant("h"), last_consonant("LSTM"), last_consonant("c₋₁"), last_consonant("셀")
    ('ㄱ', '', 'ㅁ', 'ㄹ', 'ㄹ')
    """
    heard = IN_BRACKETS.sub("", spoken).rstrip(NOT_SPOKEN)
    if not heard:
        return ""
    if heard[-1] not in SPOKEN_SIGNS:
        heard = unicodedata.normalize("NFKC", heard)
    last = heard[-1]
    if last.isascii() and last.isalpha():
        spelt_out = re.search("[A-Z]{2,}$", heard)  # of SimpleRNN, the end is
        return _of_letters((spelt_out or re.search("[A-Za-z]+$", heard))[0])
    syllable = SPOKEN.get(last, last)[-1]
    return _final_of(syllable) if "가" <= syllable <= "힣" else ""


def _final_of(syllable: str) -> str:
    return FINALS[(ord(syllable) - ord("가")) % len(FINALS)]


def _of_letters(word: str) -> str:
    """Return in which consonant a word in Latin letters ends: one letter, or capital ones, are spelt out."""
    if len(word) == 1 or word.isupper() or not re.search("[aeiouyAEIOUY]", word):
        name = SPOKEN_LETTERS.get(word[-1].upper(), "")
        return _final_of(name) if name else ""
    if not CLOSED_WORD.search(word.lower()):
        return ""
    heard = word.lower().rstrip("e")
    return {"l": "ㄹ", "m": "ㅁ", "n": "ㄴ", "g": "ㅇ"}.get(heard[-1], "ㅅ")
