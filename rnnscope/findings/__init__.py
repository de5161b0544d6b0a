"""What a moment says in words: one or two plain sentences, computed from the numbers, true or absent.

A topic is a function that yields what can be said of a moment, what matters most first. The sentences stand in
`texts.py`, and nowhere else.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence

from rnnscope.findings import answers, gates, memory, passes
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.cursor import given
from rnnscope.trace.moment import resolve

__all__ = ["Topic", "sentences", "verdict"]

Topic = Callable[[Moment], Iterable[str]]
"""Yields what can be said of a moment."""

MOST = 2
"""A verdict has at most so many sentences."""

TOPICS = (passes.held, answers.answer, gates.learned, gates.lack, memory.written, gates.here, answers.loss)
"""What the verdict of a moment speaks of, if no view asks for something else."""


def verdict(trace: Trace, cursor: Cursor | None = None) -> str:
    """Return what is to be seen at a moment, in one or two computed sentences.

    Parameters
    ----------
    trace
        What was recorded.
    cursor
        The moment; by default the end of training.

    Returns
    -------
    str
        True sentences only: where there is nothing to say of a thing, nothing is said.

    Raises
    ------
    TypeError, ValueError
        If it is no trace, or has no such moment.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)], seed=0)
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> rs.verdict(trace, rs.Cursor(sample=1)).startswith("The answer is")
    True
    """
    (moment,) = resolve(given(cursor, optional=True), [trace])
    return " ".join(sentences(moment, TOPICS))


def sentences(moment: Moment, topics: Sequence[Topic], most: int = MOST) -> list[str]:
    """Return what topics say of a moment: the first sentence of each, then the others, at most so many.

    What was changed by hand is said before everything else, and beside as many.
    """
    most += bool(moment.trace.interventions)
    first: list[str] = []
    rest = []
    for topic in (passes.by_hand, *topics):
        said = iter(topic(moment))
        first += [sentence for sentence in itertools.islice(said, 1) if sentence not in first]
        if len(first) == most:
            return first
        rest.append(said)
    more = (sentence for said in rest for sentence in said if sentence not in first)
    return [*first, *itertools.islice(more, most - len(first))]
