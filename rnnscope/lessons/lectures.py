"""A lesson on a trace: each stop with its moment, its filled texts, and its question with the true answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from rnnscope.interventions import Change
from rnnscope.languages import language, speaking, tr, trn
from rnnscope.lessons.here import Here
from rnnscope.lessons.lesson import Lesson, Stop
from rnnscope.lessons.moments import layer_for, moment_at
from rnnscope.lessons.needs import Lacking, in_words, lacking
from rnnscope.lessons.words import words
from rnnscope.trace import LayerTrace, Moment, Trace

VIEWS = ("network",)
"""What is shown where a lesson says nothing."""


@dataclass(frozen=True)
class ShownStop:
    """A stop on a trace.

    Attributes
    ----------
    title, html
        Its heading, plain text, and its text.
    moment
        Its moment; None if the trace has no layer that the lesson is about.
    views
        Names of the views that are shown.
    question
        What is asked, as plain data with the true answer, or None.
    changes, answered_views
        What is changed in the net once the question is answered, and what is shown then; nothing for `views`.
    lacks
        At the first stop, which stops are left out and why, in a sentence; else empty.
    """

    title: str
    html: str
    moment: Moment | None
    views: tuple[str, ...] = VIEWS
    question: Mapping[str, Any] | None = None
    changes: tuple[Change, ...] = ()
    answered_views: tuple[str, ...] = ()
    lacks: str = ""

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        moment = None if self.moment is None else asdict(self.moment.cursor)
        own = {name: getattr(self, name) for name in ("title", "html", "question", "lacks")}
        return {**own, "moment": moment, "views": list(self.views)}


@dataclass(frozen=True)
class Lecture:
    """A lesson on a trace, in a language; made by `lecture`.

    Attributes
    ----------
    lesson, trace, lang
        What it is of.
    title, about
        Its heading, and what one can do afterwards.
    stops
        Its stops, without those for which the trace lacks something.
    words
        What buttons and verdicts are called.
    """

    lesson: Lesson
    trace: Trace
    lang: str
    title: str
    about: str
    stops: tuple[ShownStop, ...]
    words: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """Return all of it as plain data, which JSON can hold; `lesson.js` shows it.

        Examples
        --------
        >>> import rnnscope as rs
        >>> task = rs.tasks.counting()
        >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
        >>> found = rs.lessons.lecture("parameters", model.trace(task.x)).data()
        >>> sorted(found)
        ['about', 'lang', 'name', 'stops', 'title', 'words']
        """
        own = {"name": self.lesson.name, "lang": self.lang, "title": self.title, "about": self.about}
        return {**own, "words": dict(self.words), "stops": [stop.data() for stop in self.stops]}


def lecture_of(lesson: Lesson, trace: Trace, lang: str | None = None) -> Lecture:
    """Return a lesson on a trace.

    Parameters
    ----------
    lesson
        The lesson.
    trace
        The trace.
    lang
        The language of its texts; None for the one that is set.

    Raises
    ------
    ValueError
        If there is no such language, or the lesson names a layer that the trace does not have.
    """
    with speaking(lang):
        title, about = lesson.title.fill(), lesson.about.fill()
        layer = layer_for(trace, lesson.cells, lesson.quantities)
        lack = _lack(lesson, trace, layer)
        if lack:
            stops = (
                ShownStop(
                    title, "", None, lacks=tr("This lesson needs what this trace does not have: {what}.", what=lack)
                ),
            )
        else:
            stops = _stops(lesson, trace, layer)
        return Lecture(lesson, trace, language(), title, about, stops, words())


def _lack(lesson: Lesson, trace: Trace, layer: LayerTrace | None) -> str:
    """Return what of all that a lesson needs a trace lacks; nothing if it has it."""
    if layer is not None:
        need = lacking(lesson.needs, trace, layer)
        return in_words([need]) if need else ""
    if lesson.cells:
        return tr("a layer of the kind {kinds}", kinds=", ".join(lesson.cells))
    if lesson.quantities:
        return tr("a recurrent layer with the quantities {names}", names=", ".join(lesson.quantities))
    return tr("a recurrent layer that was recorded")


def _stops(lesson: Lesson, trace: Trace, layer: LayerTrace) -> tuple[ShownStop, ...]:
    """Return the stops that can be shown; the first says which others are left out, and why."""
    found: list[ShownStop] = []
    missing: list[str] = []
    before: Moment | None = None
    views: tuple[str, ...] = VIEWS
    for stop in lesson.stops:
        try:
            shown = _shown(lesson, stop, Where(trace, layer, before, views))
        except Lacking as error:
            missing.append(error.need)
            continue
        except ValueError as error:
            raise ValueError(f"{stop.where}: {error}") from error
        before, views = shown.moment, shown.views
        found.append(shown)
    return _without(missing, found or [ShownStop(lesson.title.fill(), "", None)])


def _without(missing: Sequence[str], found: Sequence[ShownStop]) -> tuple[ShownStop, ...]:
    """Return stops of which the first says how many others are left out, and what a trace lacks for them."""
    if not missing:
        return tuple(found)
    lacks = trn(
        "{count} stop of this lesson is left out, for it needs what this trace does not have: {what}.",
        "{count} stops of this lesson are left out, for they need what this trace does not have: {what}.",
        len(missing),
        what=in_words(missing),
    )
    return (replace(found[0], lacks=lacks), *found[1:])


@dataclass(frozen=True)
class Where:
    """Where a lesson stands before a stop: on which trace, in which layer, at which moment, with which views."""

    trace: Trace
    layer: LayerTrace
    before: Moment | None
    views: Sequence[str]


def _shown(lesson: Lesson, stop: Stop, where: Where) -> ShownStop:
    """Return a stop on a trace."""
    need = lacking(stop.needs, where.trace, where.layer)
    if need:
        raise Lacking(need)
    moment = moment_at({"direction": "forward", **stop.at}, where.trace, where.layer, where.before)
    here, question = Here(moment, where.layer, lesson.measures), stop.question
    asked = {}
    if question is not None:
        here = replace(here, moment=question.moved(here))
        changes = question.changes_at(here.moment)
        asked = {"question": question.resolve(here), "changes": changes, "answered_views": question.views}
    return ShownStop(
        title=stop.title.fill(),
        html=here.fill(stop.text, stop.also),
        moment=here.moment,
        views=stop.views or tuple(where.views),
        **asked,
    )
