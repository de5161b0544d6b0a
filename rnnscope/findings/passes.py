"""What can be said of a pass: of a time step that does not count, and of what dropout sets to zero."""

from __future__ import annotations

from collections.abc import Iterator

from rnnscope.findings.texts import say
from rnnscope.findings.wording import named, of_cells
from rnnscope.trace import Moment
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.passes import counts_at, dropped_at


@of_cells
def held(moment: Moment) -> Iterator[str]:
    """Say that the time step does not count, so that states are held."""
    if not counts_at(moment):
        yield say("step.held", time=step_in_words(moment))


@of_cells
def dropped(moment: Moment) -> Iterator[str]:
    """Say how much of the input, and of what matrices read of a state, dropout sets to zero in the moment's pass."""
    for name, zeros in dropped_at(moment).items():
        parts = {"count": int(zeros.sum()), "all": zeros.size}
        if name == "x":
            yield say("dropout.input", **parts)
        else:
            yield say("dropout.state", state=named(moment.layer, name), **parts)
