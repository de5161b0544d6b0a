"""Lessons: stops of text, moment and question, as data that ask before they show; for notebooks and offline pages."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from rnnscope.lessons.lectures import Lecture, lecture_of
from rnnscope.lessons.lesson import Lesson
from rnnscope.lessons.nets import trace_of
from rnnscope.lessons.reading import lesson_names as names
from rnnscope.lessons.reading import path_of, read

if TYPE_CHECKING:
    from rnnscope.trace import Trace

__all__ = ["Lecture", "Lesson", "lecture", "names", "read", "script", "style"]


def script() -> str:
    """Return the script that shows a lesson: `showLesson(element, lecture.data(), host)`; its head says what a host is.

    Examples
    --------
    >>> "showLesson" in script()
    True
    """
    return (Path(__file__).parent / "lesson.js").read_text(encoding="utf-8")


def style() -> str:
    """Return the style sheet of what the script shows.

    Examples
    --------
    >>> ".rnnscope-lesson" in style()
    True
    """
    return (Path(__file__).parent / "lesson.css").read_text(encoding="utf-8")


def lecture(lesson: str | PathLike[str] | Lesson, trace: Trace | None = None, *, lang: str | None = None) -> Lecture:
    """Return a lesson on a trace: all its numbers, in a language.

    Parameters
    ----------
    lesson
        The name of a lesson, the path of a file of one, or what `rs.lessons.read` returned.
    trace
        The trace; None to train the small net of the lesson.
    lang
        `"en"` or `"ko"`; None for the language that is set.

    Returns
    -------
    Lecture
        Its stops; `.data()` is all of it as plain data.

    Raises
    ------
    TypeError, ValueError
        If there is no such lesson or language, or the file is wrong: it names the file, the stop, the key, and the
        nearest one that there is.

    Examples
    --------
    >>> import rnnscope as rs
    >>> found = rs.lessons.lecture("unrolled")
    >>> found.stops[0].moment.time
    0
    """
    found = lesson if isinstance(lesson, Lesson) else read(lesson)
    if trace is None:
        trace = trace_of(found.net, path_of(lesson).name if not isinstance(lesson, Lesson) else found.name)
    return lecture_of(found, trace, lang)
