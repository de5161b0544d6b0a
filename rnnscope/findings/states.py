"""What can be said of how much a layer stores."""

from __future__ import annotations

from collections.abc import Iterator

from rnnscope.analysis.ledger import state_with_ledger
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, named, number, of_cells
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment

MORE, SAME = 1.5, 1.1
"""A state fills up if it is more than so many times as large at the last time step as at the first, and stays as large
if the larger one of both is at most so many times the other."""


@of_cells
def stored(moment: Moment) -> Iterator[str]:
    """Say whether the state with the memory fills up, empties or stays as large along the sequence; forward only."""
    layer = moment.layer
    state = state_with_ledger(layer.cell) or layer.output
    if moment.direction == "backward" or state not in layer:
        return
    sizes = norm_of(layer[state][moment.run])
    if len(sizes) < 2 or not known(sizes):
        return
    first, last = sizes[[0, -1]].tolist()
    low, high = sorted((first, last))
    kind = "stays" if high <= SAME * low else "fills" if last > first else "empties"
    if kind == "stays" or high > MORE * low:
        at = {"before": number(first), "now": number(last), "last": len(sizes) - 1}
        yield say(f"state.{kind}", state=named(layer, state), layer=layer.name, **at)
