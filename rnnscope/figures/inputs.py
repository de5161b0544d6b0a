"""What is read at the time steps, as texts on an axis: labels, else numbers, in the order in which a layer reads."""

from __future__ import annotations

import numpy as np

from rnnscope.figures.drawing.steps import TickNames
from rnnscope.numbers import written
from rnnscope.trace import Moment, Trace
from rnnscope.trace.naming import as_read, has_step_texts, step_texts
from rnnscope.words import is_word, shortened_to

ENOUGH = 40
"""So many inputs are tried for the room that they need."""

SHORTENED = 5
"""Labels are shortened to so many characters where more of them have room then."""


def widest_inputs(trace: Trace) -> list[str]:
    """Return some texts, those that need the most room among them; labels as short as they may become.

    There are none if a time step is several numbers that have no label.
    """
    if trace.labels.time is not None:
        samples = range(len(trace.x)) if trace.labels.is_by_sample else range(1)
        names = {name for sample in samples for name in trace.labels.steps(sample)}
        short = {shortened_to(name, SHORTENED) if is_word(name) else name for name in names}
        return sorted(short, key=lambda name: (len(name), name))[-ENOUGH:]
    known = trace.x[np.isfinite(trace.x)].ravel()
    if not has_step_texts(trace) or not known.size:
        return []
    return [written(float(value), 2) for value in (*known[:ENOUGH], known.min(), known.max())]


def inputs_read(moment: Moment) -> list[str]:
    """Return what is read at each time step of the moment's sample, in the order in which its layer reads.

    There is nothing if a time step is several numbers without a label.
    """
    return as_read(step_texts(moment.trace, moment.sample), moment.trace, moment.layer.name)


def tick_names(moment: Moment, *, in_layer: bool = True) -> TickNames:
    """Return the labels of the time steps of the moment's sample, in the order in which its layer reads.

    If not `in_layer`, they are in the order of the input. Ticks stand still: a view that has them is drawn anew where
    `stands_with` changes.
    """
    names = moment.trace.labels.steps(moment.sample)
    names = as_read(names, moment.trace, moment.layer.name) if in_layer else names
    return TickNames(names, widest_inputs(moment.trace)) if names else TickNames()


def stands_with(moment: Moment) -> int | None:
    """Return on what labels that are ticks depend: the sample, if each has labels of its own."""
    return moment.sample if moment.trace.labels.is_by_sample else None
