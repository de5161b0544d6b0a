"""Lessons: stops of text, moment and question, as data that ask before they show; for notebooks and offline pages."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

from rnnscope.lessons.lectures import Lecture, lecture_of
from rnnscope.lessons.lesson import Lesson
from rnnscope.lessons.nets import trace_of
from rnnscope.lessons.reading import lesson_names as names
from rnnscope.lessons.reading import path_of, read

if TYPE_CHECKING:
    from rnnscope.trace import Trace

__all__ = ["Lecture", "Lesson", "lecture", "names", "read"]


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
