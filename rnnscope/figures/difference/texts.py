"""Names and headings of the view `difference`."""

from __future__ import annotations

from collections.abc import Sequence

from rnnscope.figures.difference.data import Row
from rnnscope.figures.difference.ends import Ends
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
    return "all units, most changed first" if count == units else f"{count} of {units} units, most changed first"


def which_answers(moment: Moment, answers: Ends, shown: Ends) -> list[str]:
    """Say what the answers are of, and which of them are shown, the longest way first."""
    count = len(shown.numbers)
    some = "" if count == len(answers.numbers) else f"{count} of {len(answers.numbers)}, "
    at = f" at step {output_step(moment)}" if moment.trace.predictions.ndim == 4 else ""
    of = "" if answers.marked is not None else f" for sample {moment.sample}"
    return [f"answers{of}{at}: {some}most changed first", f"answers{of}{at}", "answers"]
