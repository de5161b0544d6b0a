"""What can be said of a pass: what was changed by hand, that a time step does not count, what dropout sets to zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce

from rnnscope.findings.texts import say
from rnnscope.findings.wording import named, of_cells
from rnnscope.languages import tr
from rnnscope.trace import Moment
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.passes import counts_at, dropped_at

LISTED = 2
"""So many changes are said in full."""


def by_hand(moment: Moment) -> Iterator[str]:
    """Say what was changed by hand in the moment's pass."""
    yield from in_hand(moment.trace.interventions)


def in_hand(changes: Sequence[str], name: str | None = None) -> Iterator[str]:
    """Say that something was changed by hand, from the words of the changes; of one of two passes, with its name."""
    kind, called = ("hand.", {}) if name is None else ("difference.hand_", {"name": name})
    if len(changes) > LISTED:
        yield say(f"{kind}more", changes=tr(changes[0]), count=len(changes), **called)
    elif changes:
        said = reduce(lambda first, second: say("hand.both", first=first, second=second), map(tr, changes))
        yield say(f"{kind}changed", changes=said, **called)


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
