"""Bring the catalogues of translations in step with the texts of the code: `python -m tools.catalogues`.

Texts that are new stand in the catalogues without a translation, those that are gone leave them, all others keep the
translation that they have; nothing is ever guessed. Then the catalogues are compiled.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from rnnscope.cells import registered
from rnnscope.cells.quantity import ROLES
from rnnscope.cells.weight_kinds import ALL_KINDS
from rnnscope.figures.registry import CLASSES
from rnnscope.findings.texts import TEXTS
from rnnscope.languages import names
from rnnscope.languages.catalogues import DOMAIN, ENGLISH, FOLDER
from rnnscope.session.choices import choices_of
from rnnscope.tasks.measures import MEASURES

PACKAGE = FOLDER.parent
KEYWORDS = {"tr": None, "trn": (1, 2), "noted": None, "noted_n": (1, 2)}
"""What marks a text in the code, and which of its arguments are texts."""

WIDTH = 120
HEAD = "# `make texts` brings the English in step with the code; what stands beside it is kept."


@dataclass(frozen=True)
class Text:
    """A text that readers see.

    Attributes
    ----------
    id
        The English; or that for one thing and for several.
    place
        The file in which it stands, and its line.
    """

    id: str | tuple[str, str]
    place: tuple[str, int]


class _Catalogue(Catalog):
    """A catalogue whose head says nothing that changes by itself."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What stands at the head of the file."""
        return [
            ("Project-Id-Version", DOMAIN),
            ("Language", str(self.locale)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]


def texts() -> list[Text]:
    """Return all texts that readers see, those that are marked in the code first."""
    return [*_marked(), *_declared()]


def _marked() -> Iterator[Text]:
    """Find what is marked by the words of `KEYWORDS`."""
    for file, line, found, _, _ in extract_from_dir(str(PACKAGE), [("**.py", marked_in)], keywords=KEYWORDS):
        yield Text(found, (f"{PACKAGE.name}/{Path(file).as_posix()}", line))


def marked_in(
    file: BinaryIO, keywords: Collection[str], comment_tags: Collection[str] = (), options: Any = None
) -> Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]:
    """Find the texts that are marked in a file of Python, as Babel asks of what knows a language.

    Babel's own way knows a text inside an f-string in some versions of Python and not in others, and leaves out one
    that is no literal.

    Raises
    ------
    ValueError
        If a text is glued together; it says where.

    Examples
    --------
    >>> from io import BytesIO
    >>> list(marked_in(BytesIO(b'tr("Epoch {epoch}", epoch=3)'), KEYWORDS))
    [(1, 'tr', 'Epoch {epoch}', [])]
    """
    calls = (node for node in ast.walk(ast.parse(file.read())) if isinstance(node, ast.Call))
    for call in calls:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name not in keywords:
            continue
        texts = call.args[: len(KEYWORDS[name] or (1,))]
        if all(isinstance(text, ast.Constant) for text in texts):
            found = tuple(text.value for text in texts)
            yield call.lineno, name, found if len(found) > 1 else found[0], []
        elif any(_is_glued(text) for text in texts):
            raise ValueError(f"line {call.lineno}: {name}: expected a literal; got {ast.unparse(texts[0])}")


def _is_glued(text: ast.expr) -> bool:
    """Say whether a text is made where it should be marked: of pieces, or one of several."""
    if isinstance(text, ast.IfExp):
        return any(isinstance(part, ast.Constant) or _is_glued(part) for part in (text.body, text.orelse))
    return isinstance(text, ast.JoinedStr | ast.BinOp)


def _declared() -> Iterator[Text]:
    """Find what is declared as data: what findings say, and what cells, their parts, views and options are called."""
    cells = sorted(registered(), key=lambda cell: cell.name)
    quantities = [quantity for cell in cells for quantity in cell]
    options = choices_of(list(CLASSES))
    found = {
        "findings/texts.py": TEXTS.values(),
        "cells/quantity.py": ROLES,
        "cells/weight_kinds.py": [words for kind in ALL_KINDS.values() for words in kind.texts],
        "cells": [
            *(cell.title for cell in cells if cell.title != cell.name),
            *(text for quantity in quantities for text in (quantity.title, quantity.meaning)),
        ],
        "figures": [text for view, kind in CLASSES.items() for text in (view.replace("_", " "), kind.question)],
        "figures/options.py": [text for name, words in options.items() for text in (name, *words)],
        "tasks/measures.py": MEASURES,
    }
    for place, own in found.items():
        yield from (Text(text, (f"{PACKAGE.name}/{place}", line)) for line, text in enumerate(own) if text)


def catalogue_of(language: str, texts: Iterable[Text], known: Catalog) -> Catalog:
    """Return the catalogue of a language: some texts, each with the translation that is known for it.

    Parameters
    ----------
    language
        Its short name, such as `"ko"`.
    texts
        What is to be translated.
    known
        The catalogue as it was.
    """
    made = _Catalogue(language, DOMAIN, header_comment=HEAD, project=DOMAIN, charset="utf-8", fuzzy=False)
    for text in texts:
        made.add(text.id, locations=[text.place]).flags.clear()  # a per cent sign is none of a format here
    for message in made:
        found = known.get(message.id) if message.id else None
        if found is not None and found.pluralizable == message.pluralizable:
            message.string, message.user_comments = found.string, found.user_comments
    return made


def is_translated(message: Message) -> bool:
    """Say whether a text has a translation, in all its forms."""
    return all(message.string) if message.pluralizable else bool(message.string)


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as a file of gettext: by file, in the order of the code, without the numbers of lines."""
    file = BytesIO()
    write_po(file, catalogue, width=WIDTH, sort_by_file=True, include_lineno=False)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as it is read while the library runs: what has no translation is left out."""
    ready = _Catalogue(catalogue.locale, DOMAIN, project=DOMAIN, charset="utf-8", fuzzy=False)
    for message in catalogue:
        if message.id and is_translated(message):
            ready.add(message.id, message.string)
    file = BytesIO()
    write_mo(file, ready)
    return file.getvalue()


def kept(language: str) -> Catalog:
    """Return the catalogue of a language as its file has it."""
    with path_of(language).open("rb") as file:
        return read_po(file, language, DOMAIN)


def path_of(language: str) -> Path:
    """Return the file of the catalogue of a language; the compiled one lies beside it."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def main() -> None:
    """Bring the catalogue of every language in step with the code, and compile it."""
    found = texts()
    for language in names():
        if language == ENGLISH:
            continue
        catalogue = catalogue_of(language, found, kept(language))
        path_of(language).write_bytes(written(catalogue))
        path_of(language).with_suffix(".mo").write_bytes(compiled(catalogue))
        missing = sum(not is_translated(message) for message in catalogue if message.id)
        print(f"{language}: {len(catalogue)} texts, {missing} of them without a translation")


if __name__ == "__main__":
    main()
