"""A language that marks every text which goes through the catalogues: what is shown and not marked was forgotten."""

import re
from contextlib import contextmanager
from gettext import NullTranslations

from ipywidgets import HTML, Label

import rnnscope as rs
from rnnscope.engine.optimizers import OPTIMIZERS
from rnnscope.languages import speaking, translation
from rnnscope.widgets.board import parts

OPEN, CLOSE = "⟦", "⟧"


class Marking(NullTranslations):
    """Puts every text into brackets."""

    def gettext(self, message):
        return f"{OPEN}{message}{CLOSE}"

    def ngettext(self, one, many, n):
        return self.gettext(one if n == 1 else many)


@contextmanager
def marking(monkeypatch):
    """Speak a language in which every text that goes through the catalogues is in brackets."""
    with monkeypatch.context() as patch, speaking("ko"):
        patch.setattr(translation, "catalogue", lambda language: Marking() if language == "ko" else NullTranslations())
        yield


KNOWN = {
    *rs.cells.names(),
    *(name for cell in rs.cells.registered() for name in cell.names),
    *(kind.__name__ for kind in OPTIMIZERS.values()),
    *("Dense", "Embedding", "Bidirectional", "rnnscope", "NaN"),
    *("tanh", "log", "exp", "max", "sum"),  # functions
}
"""What is not translated: names of cells, layers, quantities and functions."""

NOT_WORDS = re.compile(
    r"Cursor\([^)]*\)|https?://\S+|file://\S+|rs\.\w+\([^)]*\)|\S+\.(npz|gif|png|html|svg)\b|<[^>]*>"
)
"""What is code, an address or a file."""


def outside(text):
    """Return what of a text is not in brackets."""
    while (shorter := re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", " ", text)) != text:
        text = shorter
    return text


def unmarked(text, names=()):
    """Return the words of a text that did not go through the catalogues, without names."""
    words = re.findall(r"[A-Za-z][A-Za-z]+", NOT_WORDS.sub(" ", outside(text)))
    return [word for word in words if word not in KNOWN and word not in names]


def forgotten(texts, names=()):
    """Return the texts with words that did not go through the catalogues, with these words."""
    return {text: words for text in texts if (words := unmarked(text, names))}


def texts_of_widgets(explorer):
    """Return all texts of the widgets of an explorer that are on its page, or may come there; no code."""
    screen, found = explorer._screen, []
    roots = (screen.root, *screen.board.hands.widgets(), *screen.gallery.widgets())
    seen = {id(widget): widget for root in roots for widget in parts(root)}
    for widget in seen.values():
        found += [getattr(widget, name) for name in ("description", "tooltip", "help") if widget.has_trait(name)]
        if isinstance(widget, HTML | Label):
            found.append(re.sub("<pre>.*</pre>", "", widget.value, flags=re.DOTALL))
        if widget.has_trait("options"):
            found += [option[0] if isinstance(option, tuple) else option for option in widget.options]
    return [text for text in found if text]
