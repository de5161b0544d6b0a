"""Lessons in notebooks: text and questions beside the pictures of an explorer, which follow from stop to stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from ipywidgets import ToggleButton

from rnnscope import lessons
from rnnscope.checks import describe
from rnnscope.habits import for_model
from rnnscope.languages import speaking, tr
from rnnscope.lessons import Lecture, Lesson
from rnnscope.lessons.lectures import ShownStop
from rnnscope.trace import Cursor, Trace
from rnnscope.widgets.explorer import Explorer
from rnnscope.widgets.thread import by_owner


def _text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


class LessonPanel(anywidget.AnyWidget):
    """The text and the questions of a lesson.

    Parameters
    ----------
    lecture
        The lesson on a trace.
    goes
        Is called with a moment, the number of a stop, and whether its question is answered.
    """

    _esm = _text(Path(lessons.__file__).parent, "lesson.js") + _text(Path(__file__).parent, "lesson.js")
    _css = _text(Path(lessons.__file__).parent, "lesson.css") + _text(Path(__file__).parent, "lesson.css")

    data = traitlets.Dict().tag(sync=True)
    """What `Lecture.data` returns."""
    moment = traitlets.Dict().tag(sync=True)
    """The moment that the pictures show."""
    state = traitlets.Dict().tag(sync=True)
    """Where the reader is (`stop`), and what was guessed at which stop (`guesses`)."""

    def __init__(self, lecture: Lecture, goes: Callable[[Mapping[str, Any], int, bool], None]) -> None:
        super().__init__(data=lecture.data(), state={"stop": 0, "guesses": {}})
        self._goes = goes
        self.on_msg(self._hear)

    def _hear(self, _: LessonPanel, content: Any, buffers: object = None) -> None:
        if isinstance(content, dict) and "go" in content:
            self._goes(*content["go"])


class LessonExplorer(Explorer):
    """A lesson beside an explorer; made by `rs.lesson`. What an explorer does it does too.

    Attributes
    ----------
    lecture
        The lesson on the trace: its stops with their moments, texts and true answers.
    stop
        The number of the stop at which the reader is, from 0. Set it to go to another one.
    """

    def __init__(self, lecture: Lecture) -> None:
        first = lecture.stops[0]
        super().__init__({"": lecture.trace}, first.views, first.moment and first.moment.cursor)
        self.lecture = lecture
        self._panel = LessonPanel(lecture, self._screen.board.safely(self._go)).add_class("rnnscope-guide")
        self._lay_out()
        self._screen.board.beside.append(self._tell)
        self._screen.show()

    @property
    def stop(self) -> int:
        """The number of the stop."""
        return self._panel.state["stop"]

    @stop.setter
    @by_owner
    def stop(self, number: int) -> None:
        stops = self.lecture.stops
        if not isinstance(number, int) or not 0 <= number < len(stops):
            raise ValueError(f"stop: expected a number from 0 to {len(stops) - 1}; got {describe(number)}")
        self._panel.state = {**self._panel.state, "stop": number}
        self._show(stops[number], None, is_answered=False)

    def _lay_out(self) -> None:
        """Put the lesson before the controls, of which only the dials are shown, and all on demand."""
        board, root = self._screen.board, self._screen.root.add_class("rnnscope-guided")
        every = ToggleButton(description=tr("all controls"), tooltip=tr("show or hide all other controls"))
        every.observe(lambda change: (root.add_class if change["new"] else root.remove_class)("rnnscope-all"), "value")
        bar, *rest = board.box.children
        bar.children = (*bar.children, every.add_class("rnnscope-all-controls"))
        board.box.children = (self._panel, bar, *rest)

    def _tell(self) -> None:
        """Tell the page which moment the pictures show."""
        cursor = self._session.moments[0].cursor
        self._panel.moment = asdict(cursor)

    def _go(self, moment: Mapping[str, Any], number: int, is_answered: bool) -> None:
        self._show(self.lecture.stops[number], Cursor(**moment), is_answered=is_answered)

    def _show(self, stop: ShownStop, cursor: Cursor | None, *, is_answered: bool) -> None:
        """Show a stop: its views, its moment, and, once its question is answered, what is changed."""
        session = self._session
        with session.watchers.together():
            session.views = stop.views
            if session.hands.changes:
                session.hands.set(())
            if cursor is not None or stop.moment is not None:
                session.go(cursor or stop.moment.cursor)
            if is_answered:
                if stop.changes:
                    session.hands.set(stop.changes)
                session.views = stop.answered_views or stop.views


@by_owner
def lesson(
    name: str | PathLike[str] | Lesson, trace: Trace | None = None, *, lang: str | None = None
) -> LessonExplorer:
    """Go through a lesson in a notebook: it shows one thing worked out, and then asks before it shows.

    Parameters
    ----------
    name
        The name of a lesson (`rs.lessons.names()`), or a file of one, which ends in `.toml`.
    trace
        The trace that it is about; None for a small net of its own, which is trained in a second or a few. Its numbers
        and answers are those of the trace. What it needs and the trace does not have is said at the first stop.
    lang
        `"en"` or `"ko"`; None for the language that is set.

    Returns
    -------
    LessonExplorer
        What the notebook shows: the lesson, and beside or below it an explorer.

    Raises
    ------
    TypeError, ValueError
        If there is no such lesson or language, or something in the file is wrong: it names the file, the stop, the key,
        and the nearest one that there is.

    Examples
    --------
    >>> import rnnscope as rs
    >>> guided = rs.lesson("unrolled")
    >>> guided.stop
    0
    >>> guided.close()
    """
    if trace is not None and not isinstance(trace, Trace):
        wanted = "a Trace, as model.fit(...) and rs.load_trace return, or None"
        raise TypeError(f"trace: expected {wanted}; got {describe(trace)}{for_model(trace)}")
    with speaking(lang):
        return LessonExplorer(lessons.lecture(name, trace))
