"""Measures of what a state holds, by the time step that wrote it, and of what is left of a change."""

from __future__ import annotations

import numpy as np

from rnnscope.analysis.ledger import Ledger, ledger_of
from rnnscope.analysis.left import left_of_changes
from rnnscope.lessons.measures.measure import SHARE, measure, named_state
from rnnscope.lessons.moments import moment_at
from rnnscope.lessons.needs import Lacking
from rnnscope.trace import Moment


@measure(SHARE, "memory", "quantities")
def left(moment: Moment, state: str = "memory", of: str | int = "first") -> float:
    """How much of what a time step wrote into a state is still in it: amounts of all units, without their signs."""
    ledger, step = _ledger(moment, state, of)
    return np.abs(ledger.at(moment.read)[step + 1]).sum() / np.abs(ledger.written[step, 0]).sum()


@measure(SHARE, "memory", "quantities")
def share(moment: Moment, state: str = "memory", of: str | int = "first") -> float:
    """Which part of all that is in a state was written at a time step: amounts of all units, without their signs."""
    ledger, step = _ledger(moment, state, of)
    amounts = np.abs(ledger.at(moment.read)).sum(axis=1)
    return amounts[step + 1] / amounts.sum()


@measure(SHARE, "weights", "quantities")
def change_left(moment: Moment, state: str = "memory", of: str | int = "first") -> float:
    """How much of a small change of a state at a time step is left in it: ‖∂s/∂s_then‖ / √H, by way of everything."""
    then = moment_at({"time": of}, moment.trace, moment.layer, moment)
    changes = left_of_changes(moment, named_state(moment, state))
    return changes[then.read] if then.read < len(changes) else np.nan


def _ledger(moment: Moment, state: str, of: str | int) -> tuple[Ledger, int]:
    """Return the ledger of a state, and the place of a time step in the order of reading, not after the moment's."""
    then = moment_at({"time": of}, moment.trace, moment.layer, moment)
    if then.read > moment.read:
        raise Lacking("moment")
    return ledger_of(moment, named_state(moment, state)), then.read
