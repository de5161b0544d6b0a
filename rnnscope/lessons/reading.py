"""Lesson files: TOML, checked key by key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from rnnscope import tasks
from rnnscope.cells import build, names
from rnnscope.checks import describe, one_of
from rnnscope.figures import VIEWS
from rnnscope.figures.registry import PAIRS
from rnnscope.lessons.lesson import Lesson, Net, Stop
from rnnscope.lessons.measures import Asked, asked_of, measure_named
from rnnscope.lessons.moments import KEYS, PHASES, at_of
from rnnscope.lessons.needs import NEEDS
from rnnscope.lessons.questions import KINDS, Question
from rnnscope.lessons.tables import Table
from rnnscope.lessons.texts import text_of
from rnnscope.lessons.variants import variants_of

ENDING = ".toml"
FOLDER = Path(__file__).parent / "files"
"""Where the lessons are that come with the library."""

LESSON = ("title", "about", "layer", "needs", "measures", "net", "stop")
STOP = ("title", "text", "also", "at", "views", "question", "needs")
LAYER = ("cell", "quantities")
NET = ("task", "options", "layers", "epochs", "learning_rate", "seed", "padded")
QUANTITIES = ("quantity", "state")
"""The arguments of measures that name a quantity."""


def lesson_names() -> list[str]:
    """Return the names of the lessons that come with the library."""
    return sorted(file.stem for file in FOLDER.glob(f"*{ENDING}"))


def read(path: str | PathLike[str]) -> Lesson:
    """Return a lesson by the name of one that comes with the library, or from a file that ends in `.toml`.

    Parameters
    ----------
    path
        The name, or the path of the file.

    Raises
    ------
    ValueError
        If there is no such lesson, the file is no TOML, or something in it is wrong: it names the file, the stop, the
        key, and the nearest one that there is.

    Examples
    --------
    >>> len(read("unrolled").stops) >= 6
    True
    """
    file = path_of(path)
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file.name}: expected a file of TOML; got one that is none: {error}") from None
    return lesson_of(Table(file.name, values), file.stem)


def path_of(path: str | PathLike[str]) -> Path:
    """Return the file of a lesson."""
    if not isinstance(path, str | PathLike):
        raise TypeError(f"lesson: expected a name, or the path of a file; got {describe(path)}")
    file = Path(path)
    if file.suffix != ENDING:
        return FOLDER / (one_of("lesson", str(path), lesson_names()) + ENDING)
    if not file.is_file():
        raise ValueError(
            f"lesson: expected a file that is there, or one of {', '.join(lesson_names())}; got {str(file)!r}"
        )
    return file


def lesson_of(table: Table, name: str) -> Lesson:
    """Return the lesson that a table holds."""
    table.only(LESSON)
    layer = table.table("layer").only(LAYER)
    cells = layer.names("cell")
    for cell in cells:
        one_of(f"{layer.where}: cell", cell, names())
    check = _Quantities(cells)
    quantities = tuple(check(layer.where, each) for each in layer.names("quantities"))
    measures = _measures(table.table("measures"), check)
    return Lesson(
        name=name,
        title=text_of(table, "title", is_html=False),
        about=text_of(table, "about", is_html=False),
        cells=cells,
        quantities=quantities,
        needs=_needs(table),
        measures=measures,
        net=net_in(table),
        stops=tuple(stop_of(each, measures, check) for each in _stops(table)),
    )


def _measures(table: Table, check: _Quantities) -> dict[str, Asked]:
    """Return the measures to which a lesson gives names."""
    found = {key: asked_of(table.table(key)) for key in table.values}
    for key, asked in found.items():
        check.measure(f"{table.where}: {key}", asked)
    return found


def _stops(table: Table) -> list[Table]:
    """Return the tables of the stops."""
    stops = table.get("stop", list)
    found = [Table(f"{table.where}: stop {k}", stop) for k, stop in enumerate(stops, 1) if isinstance(stop, dict)]
    if not found or len(found) < len(stops):
        raise ValueError(f"{table.where}: expected stops, each a table [[stop]]; got {describe(stops)}")
    return found


def stop_of(table: Table, measures: Mapping[str, Asked], check: _Quantities) -> Stop:
    """Return the stop that a table holds."""
    at = at_of(table.only(STOP).table("at").only(KEYS))
    if "phase" in at:
        check(f"{table.where}: at: phase", at["phase"])
    views = table.names("views")
    for view in views:
        one_of(f"{table.where}: views", view, VIEWS)
    stop = Stop(
        where=table.where,
        title=text_of(table, "title", is_html=False),
        text=text_of(table, "text"),
        also=variants_of(table, measures),
        at=at,
        views=views,
        question=_question(table, measures, check) if "question" in table else None,
        needs=_needs(table),
    )
    for key, text in (("title", stop.title), ("text", stop.text), *(("also", own.text) for own in stop.also)):
        for place in text.places:
            measure_named(f"{table.where}: {key}: place", place, measures)
    return stop


def _question(table: Table, measures: Mapping[str, Asked], check: _Quantities) -> Question:
    own = table.table("question")
    kind = KINDS[own.name("kind", KINDS)]
    found = kind.read(own, measures)
    check.question(own.where, found)
    for place in found.ask.places:
        measure_named(f"{own.where}: ask: place", place, measures)
    for text in filter(None, (found.after, *(each.text for each in found.also))):
        for place in set(text.places) - set(kind.own_places):
            measure_named(f"{own.where}: after: place", place, measures)
    return found


def net_in(table: Table) -> Net:
    """Return the net that a lesson trains."""
    net = Table(f"{table.where}: net", table.get("net", dict)).only(NET)
    layers = tuple(net.tables("layers"))
    if not layers:
        raise ValueError(f'{net.where}: expected layers, such as {{kind = "...", units = 8}}; got none')
    for layer in layers:
        layer.get("kind", str)
    return Net(
        task=net.name("task", tasks.NAMES),
        options=net.table("options").values,
        layers=tuple(layer.values for layer in layers),
        epochs=net.get("epochs", int, 0),
        learning_rate=net.number("learning_rate", 0.01),
        seed=net.get("seed", int, 0),
        padded=net.get("padded", bool, False),
    )


def _needs(table: Table) -> tuple[str, ...]:
    return tuple(one_of(f"{table.where}: needs", need, NEEDS) for need in table.names("needs"))


class _Quantities:
    """Checks names of quantities against those that a lesson can mean: of its cells, or of all that there are."""

    def __init__(self, cells: tuple[str, ...]) -> None:
        self._known = [*PHASES, *dict.fromkeys(name for cell in cells or names() for name in build(cell).names)]

    def __call__(self, where: str, name: str) -> str:
        """Return a name if it is one of them."""
        return one_of(where, name, self._known)

    def measure(self, where: str, asked: Asked) -> None:
        """Check what a measure names."""
        found: dict[str, Any] = {key: asked.arguments[key] for key in QUANTITIES if key in asked.arguments}
        if "phase" in asked.at:
            found["phase"] = asked.at["phase"]
        for key, name in found.items():
            self(f"{where}: {key}", name)

    def question(self, where: str, question: Question) -> None:
        """Check what a question names."""
        for key, name in question.quantities:
            self(f"{where}: {key}", name)
        for view in question.views:
            one_of(f"{where}: views", view, [*VIEWS, *(PAIRS if question.shows_pairs else ())])
