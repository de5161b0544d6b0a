"""What can be said of a pass: what was changed by hand, that a time step does not count, what dropout sets to zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rnnscope.findings.texts import say
from rnnscope.findings.wording import named, of_cells
from rnnscope.trace import Moment
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.passes import counts_at, dropped_at

LISTED = 2
"""So many changes are said in full."""


def by_hand(moment: Moment) -> Iterator[str]:
    """Say what was changed by hand in the moment's pass."""
    yield from in_hand(moment.trace.interventions)


def in_hand(changes: Sequence[str]) -> Iterator[str]:
    """Say that something was changed by hand, from the words of the changes."""
    if len(changes) > LISTED:
        yield say("hand.more", changes=changes[0], count=len(changes))
    elif changes:
        yield say("hand.changed", changes=", and ".join(changes))


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
