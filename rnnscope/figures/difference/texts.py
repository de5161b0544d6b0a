"""Names and headings of the view `difference`."""

from __future__ import annotations

from collections.abc import Sequence

from rnnscope.figures.difference.data import Row
from rnnscope.figures.difference.ends import Ends
from rnnscope.languages import noted, tr
from rnnscope.trace import Moment
from rnnscope.trace.clock import output_step
from rnnscope.words import shortened_to

LONGEST_NAME = 24
"""Names of layers are shortened to so many characters."""


def row_names(rows: Sequence[Row]) -> list[str]:
    """Return what the rows of the map are called: the first of a layer says which it is.

    Examples
    --------
    >>> row_names([("lstm_1", "h"), ("lstm", "h"), ("lstm", "c")])
    ['lstm_1   h', 'lstm   h', 'c']
    """
    firsts = {layer: k for k, (layer, _) in reversed([*enumerate(rows)])}
    return [
        f"{shortened_to(layer, LONGEST_NAME)}   {name}" if firsts[layer] == k else name
        for k, (layer, name) in enumerate(rows)
    ]


def which_units(shown: Ends, units: int) -> str:
    """Say which units are shown."""
    count = len(shown.numbers)
    if count == units:
        return tr("all units, most changed first")
    return tr("{count} of {all} units, most changed first", count=count, all=units)


def which_answers(moment: Moment, answers: Ends, shown: Ends) -> list[str]:
    """Say what the answers are of, and which of them are shown, the longest way first."""
    parts = {"sample": moment.sample, "count": len(shown.numbers), "all": len(answers.numbers)}
    of_all, has_steps = answers.marked is not None, moment.trace.predictions.ndim == 4
    if has_steps:
        text = noted("answers at step {step}") if of_all else noted("answers for sample {sample} at step {step}")
        what = tr(text, step=output_step(moment), **parts)
    else:
        what = tr(noted("answers") if of_all else noted("answers for sample {sample}"), **parts)
    is_whole = len(shown.numbers) == len(answers.numbers)
    order = (
        noted("{answers}: most changed first") if is_whole else noted("{answers}: {count} of {all}, most changed first")
    )
    return [tr(order, answers=what, **parts), what, tr("answers")]
