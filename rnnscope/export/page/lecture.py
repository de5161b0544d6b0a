"""A lesson in a page: what of the trace it takes, and what the page's script reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

from rnnscope import lessons
from rnnscope.export.page.contents import Contents
from rnnscope.figures.registry import CLASSES, PAIRS, scenes
from rnnscope.figures.scene import MOST_WIDE
from rnnscope.interventions import what_if
from rnnscope.interventions.what_if import AS_IT_WAS, CHANGED
from rnnscope.languages import tr
from rnnscope.lessons import Lecture, Lesson
from rnnscope.lessons.lectures import ShownStop
from rnnscope.trace import Trace


def lecture_on(lesson: str | PathLike[str] | Lesson, traces: Mapping[str, Trace]) -> Lecture:
    """Return a lesson on the one trace of a page, in the language that is spoken.

    Raises
    ------
    TypeError, ValueError
        If there is no such lesson, something in its file is wrong, or there are several traces.
    """
    if len(traces) > 1:
        raise ValueError(f"lesson: expected one trace, which a lesson is about; got {len(traces)}: {', '.join(traces)}")
    return lessons.lecture(lesson, next(iter(traces.values())))


def places_in(lecture: Lecture) -> dict[str, set[int]]:
    """Return the epochs, samples and units that a lesson goes to, or asks its readers to go to."""
    found: dict[str, set[int]] = {"epoch": set(), "sample": set(), "unit": set()}
    for stop in lecture.stops:
        if stop.moment is None:
            continue
        question = stop.question or {}
        for axis, places in found.items():
            places.add(getattr(stop.moment, axis))
            if question.get("over") == axis:
                places.add(question["to"])
    return found


def views_in(lecture: Lecture) -> list[str]:
    """Return the names of the views that a lesson shows, as far as pages can show them."""
    named = [name for stop in lecture.stops for name in (*stop.views, *(() if stop.changes else stop.answered_views))]
    there = scenes()
    return list(dict.fromkeys(name for name in named if name in there))


def lesson_of(contents: Contents, lecture: Lecture, views: Iterable[str]) -> dict[str, Any]:
    """Return a lesson as plain data, with the pictures of what its changes do.

    Parameters
    ----------
    contents
        The page that it is in.
    lecture
        The lesson.
    views
        Names of the views that are in the page.
    """
    there, data = set(views), lecture.data()
    for stop, shown in zip(data["stops"], lecture.stops, strict=True):
        stop["views"] = [name for name in stop["views"] if name in there]
        if stop["question"]:
            own = {"views": [name for name in stop["question"]["views"] if name in there]}
            if shown.changes:  # the views of the page know nothing of the change
                own = {"views": [], "still": _change(contents, lecture, shown)}
            stop["question"] = {**stop["question"], **own}
    return data


def _change(contents: Contents, lecture: Lecture, stop: ShownStop) -> dict[str, Any]:
    """Return the picture of what the change of a stop does: the net as it was, and with the change."""
    changed = what_if(lecture.trace, *stop.changes, epoch=stop.moment.epoch)
    moments = {tr(AS_IT_WAS): stop.moment, tr(CHANGED): stop.moment.cursor.at(changed)}
    (name,) = PAIRS
    themed = contents.pair(CLASSES[name], moments, lambda view: view.size_within(MOST_WIDE))
    view = themed.view
    picture, _ = themed.drawn(lambda _: [])
    return {
        "title": tr(view.question),
        "svg": contents.text(picture),
        "says": contents.text(view.verdict),
        "words": contents.text(view.words()),
    }
