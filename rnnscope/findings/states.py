"""What can be said of how much a layer stores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy

from rnnscope.analysis.ledger import direct_way, state_with_ledger
from rnnscope.cells import Cell
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, named, number, of_cells
from rnnscope.languages import listed
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment
from rnnscope.trace.parts import layer_in_words

MORE, SAME = 1.5, 1.1
"""A state fills up if it is more than so many times as large at the last time step as at the first, and stays as large
if the largest of all time steps is at most so many times the smallest."""

BACK = 0.1
"""On the way it may go back by so large a part of what it gains or loses in all."""


@of_cells
def stored(moment: Moment) -> Iterator[str]:
    """Say whether the state with the memory fills up, empties or stays as large along the sequence; forward only."""
    layer = moment.layer
    memory = state_with_ledger(layer.cell)
    states = direct_way(layer.cell, memory).states if memory else (layer.output,)
    is_shown_whole = not any(divisors_of(layer.cell, state) for state in states)
    if moment.direction == "backward" or not is_shown_whole or not all(state in layer for state in states):
        return
    sizes = norm_of(np.concatenate([layer[state][moment.run] for state in states], axis=-1))[:: moment.way]
    if len(sizes) < 2 or not known(sizes):
        return
    first, last = sizes[[0, -1]].tolist()
    goes_back = np.abs(np.diff(sizes)).sum() > (1 + 2 * BACK) * abs(last - first)
    names = {
        "state": listed([named(layer, state) for state in states]),
        "layer": layer_in_words(moment.trace, layer),
    }
    begin, end = (0, len(sizes) - 1)[:: moment.way]
    at = {"before": number(first), "now": number(last), "first": begin, "last": end}
    if sizes.max() <= SAME * sizes.min():
        yield say("state.stays", **names, **at)
    elif max(first, last) > MORE * min(first, last) and not goes_back:
        yield say("state.fills" if last > first else "state.empties", **names, **at)


def divisors_of(cell: Cell, state: str) -> set[sympy.Symbol]:
    """Return what a state is divided by before the cell puts it out: its size alone says nothing then."""
    equations = [quantity.equation for quantity in cell]
    found = [equation.as_numer_denom() for equation in equations if isinstance(equation, sympy.Mul)]
    return {s for top, below in found if any(s.ref.of == state for s in top.free_symbols) for s in below.free_symbols}
