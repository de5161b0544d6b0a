"""The language in which pictures, words, widgets and pages speak to a reader; errors stay English.

A text is written once, in English, where it is shown: `tr("Epoch {epoch}", epoch=3)`. The English is its name in the
catalogues of the other languages, which are files of gettext beside this one.
"""

from __future__ import annotations

from rnnscope.languages.catalogues import names
from rnnscope.languages.current import language, set_language, speaking
from rnnscope.languages.translation import Noted, in_a_row, listed, noted, noted_n, said, tr, trn

__all__ = [
    "Noted",
    "in_a_row",
    "language",
    "listed",
    "names",
    "noted",
    "noted_n",
    "said",
    "set_language",
    "speaking",
    "tr",
    "trn",
]
