"""Keeps Korean pages in step with the English ones: a Korean section notes the English text that it was made from.

``python docs/translated.py`` says what has to be translated again; after that was done,
``python docs/translated.py docs/ko/start.md`` notes in the page the English text of today.
"""

import re
import sys
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[1]
UNTRANSLATED = {
    "docs/changelog.md": "it includes CHANGELOG.md, which is written in English alone",
    "docs/contributing.md": "it includes CONTRIBUTING.md; code, texts and reviews are in English",
    "docs/declared.md": "its page is made of the docstrings of the cells that it declares",
}
"""English pages without a Korean one, and why."""

TERMS = {
    "은닉 상태": "hidden state",
    "셀 상태": "cell state",
    "입력 게이트": "input gate",
    "망각 게이트": "forget gate",
    "출력 게이트": "output gate",
    "갱신 게이트": "update gate",
    "리셋 게이트": "reset gate",
    "후보": "candidate",
    "기울기": "gradient",
    "시점": "time step",
    "배치": "batch",
    "가중치": "weight",
    "편향": "bias",
    "손실": "loss",
    "학습률": "learning rate",
    "순환 커널": "recurrent kernel",
    "트레이스": "trace",
    "커서": "cursor",
    "판정": "verdict",
}
"""Terms of the field, each followed by the English in brackets where a page uses it first."""

FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
NOTE = re.compile(r"^<!-- en: ([0-9a-f]{8}) -->\n", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:href|src)=\"(?:\.\./)*([^\"]+)\"")
INLINE = re.compile(r"`([^`\n]+)`")
OPEN_EMPHASIS = re.compile(r"\*{1,2}[^*\n]*[^\w\s*]\*{1,2}(?=\w)")
MATTER = re.compile(r"\A---\n.*?^---\n\s*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Section:
    """A heading and the text below it, up to the next heading.

    Attributes
    ----------
    level : int
        How many ``#`` the heading has.
    title : str
        The heading.
    text : str
        All of it, the heading and the fenced blocks too, without the note.
    noted : str or None
        The mark of the English text that it was translated from.
    """

    level: int
    title: str
    text: str
    noted: str | None

    @property
    def blocks(self):
        """The pieces of code: their language and their text."""
        return [found.groups() for found in FENCE.finditer(self.text) if not found["kind"].startswith("{")]

    @property
    def prose(self):
        """What is not code."""
        return FENCE.sub(lambda found: found[0] if found["kind"].startswith("{") else "", self.text)

    @property
    def mark(self):
        """Eight digits that change with the words, and not with where lines are broken."""
        return sha256(" ".join(self.prose.split()).encode()).hexdigest()[:8]

    @property
    def counted(self):
        """What a translation has as often: by name, what there is of it."""
        prose = FENCE.sub("", self.text)
        links = ["README" if link.startswith("README") else link for link in self.links]
        return {
            "level of the heading": [self.level],
            "blocks of code": self.blocks,
            "links": links,
            "names in code": sorted(set(INLINE.findall(prose))),
            "directives": [found["kind"] for found in FENCE.finditer(self.text) if found["kind"].startswith("{")],
            "rows of tables": [len(re.findall(r"^\|", prose, re.MULTILINE))],
            "items of lists": [len(re.findall(r"^- ", prose, re.MULTILINE))],
        }

    @property
    def links(self):
        """Where links and pictures lead, in any order; what a Korean page embeds lies one folder further up."""
        return sorted(first or second for first, second in LINK.findall(self.prose))


def sections(text):
    """Return the sections of a page; a ``#`` in code is no heading."""
    text = MATTER.sub("", text)
    plain = FENCE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    starts = [found.start() for found in HEADING.finditer(plain)]
    found = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        piece = text[start:end]
        heading, note = HEADING.match(piece), NOTE.search(piece)
        found.append(Section(len(heading[1]), heading[2], NOTE.sub("", piece), note and note[1]))
    return found


def pairs():
    """Return the Korean page of every English one, whether it is there or not."""
    docs = ROOT / "docs"
    english = [*sorted(docs.glob("*.md")), *sorted((docs / "howto").glob("*.md"))]
    translated = [page for page in english if page.relative_to(ROOT).as_posix() not in UNTRANSLATED]
    return {ROOT / "README.md": ROOT / "README.ko.md"} | {
        page: docs / "ko" / page.relative_to(docs) for page in translated
    }


def problems(english, korean):
    """Return what is out of step in a Korean page, a sentence for each."""
    if not korean.is_file():
        return [f"{english.name} has no Korean page: write {korean}"]
    source, translation = sections(english.read_text(encoding="utf-8")), sections(korean.read_text(encoding="utf-8"))
    marks, noted = [section.mark for section in source], [section.noted for section in translation]
    if marks != noted:
        fresh = [f"{korean}: translate {s.title!r} of {english.name} again" for s in source if s.mark not in noted]
        stale = [f"{korean}: the English of {s.title!r} is another by now" for s in translation if s.noted not in marks]
        return fresh + stale or [f"{korean}: the sections stand in another order than in {english.name}"]
    found = []
    for section, own in zip(source, translation, strict=True):
        where = f"{korean}, {own.title!r}"
        expected, got = section.counted, own.counted
        found += [
            f"{where}: {what}: {difference(expected[what], got[what])}" for what in got if expected[what] != got[what]
        ]
        if not re.search("[가-힣]", own.title + FENCE.sub("", own.text)):
            found.append(f"{where}: expected Korean")
        found += [
            f"{where}: stars between a sign and a letter are shown as stars: {stars[0]!r}"
            for stars in OPEN_EMPHASIS.finditer(INLINE.sub("code", FENCE.sub("", own.text)))
        ]
    return found + unexplained(korean, translation)


def difference(expected, got):
    """Say what is missing and what is too much."""
    expected, got = Counter(map(str, expected)), Counter(map(str, got))
    return f"missing {list((expected - got).elements())}, too much {list((got - expected).elements())}"


def unexplained(korean, translation):
    """Return the terms whose first use in a page lacks the English."""
    prose = "\n".join(HEADING.sub("", FENCE.sub("", section.text), count=1) for section in translation).replace("*", "")
    return [
        f"{korean}: expected {term}({english}) where it is used first; got {prose[at : at + 40].splitlines()[0]!r}"
        for term, english in TERMS.items()
        if (at := prose.find(term)) >= 0 and not prose[at:].startswith(f"{term}({english})")
    ]


def note(english, korean):
    """Write into a Korean page the marks of the English text of today, below its headings."""
    source, text = sections(english.read_text(encoding="utf-8")), korean.read_text(encoding="utf-8")
    own = sections(text)
    if [section.level for section in own] != [section.level for section in source]:
        raise ValueError(f"{korean}: expected the {len(source)} headings of {english.name}; it has {len(own)}")
    matter = MATTER.match(text)
    pieces = [matter[0] if matter else ""]
    for section, translation in zip(source, own, strict=True):
        heading, _, rest = translation.text.partition("\n")
        pieces.append(f"{heading}\n<!-- en: {section.mark} -->\n{rest}")
    korean.write_text("".join(pieces), encoding="utf-8")


def main(arguments):
    """Note what was translated, then say what is out of step."""
    known, chosen = pairs(), {Path(argument).resolve() for argument in arguments}
    unknown = chosen - set(known.values())
    if unknown:
        raise SystemExit(f"expected Korean pages of English ones; got {', '.join(map(str, sorted(unknown)))}")
    for english, korean in known.items():
        if korean in chosen:
            note(english, korean)
    found = [problem for english, korean in known.items() for problem in problems(english, korean)]
    print("\n".join(found) or "Every Korean page is in step.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
