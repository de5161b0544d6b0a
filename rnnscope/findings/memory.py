"""What can be said of what a layer remembers, from the ledger of its state."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy

from rnnscope.analysis.ledger import Ledger, direct_way, ledger_of, state_with_ledger
from rnnscope.findings.texts import say
from rnnscope.findings.wording import begins_with_vowel, known, named, number, of_cells, percent
from rnnscope.trace import LayerTrace, Moment
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.passes import counts_at, hands_at

MOST = 0.5
"""Most of a state is more than this part of it; units differ if what they keep is so far apart."""


@of_cells
def lack(moment: Moment) -> Iterator[str]:
    """Say that a cell has no state with a ledger."""
    if state_with_ledger(moment.layer.cell) is None:
        kind = moment.layer.kind
        yield say("memory.none_an" if begins_with_vowel(kind) else "memory.none", cell=kind)


@of_cells
def kept(moment: Moment, state: str | None = None) -> Iterator[str]:
    """Say which part of a state stays at the moment's time step, of all it held, and whether units differ in it.

    It is that of which the output is made, unless one is named.
    """
    found = _ledger(moment, state)
    if found is None or len(found.states) > 1 or moment.read == 0 or found.states[0] in hands_at(moment):
        return
    factors, words = found.kept[moment.read, 0, 0], named(moment.layer, found.states[0])
    if not known(factors) or factors.min() < 0 or factors.max() > 1:
        return
    gate = _gate(moment.layer, found.states[0]) if counts_at(moment) else ""
    held = np.abs(found.at(moment.read - 1).sum(axis=0))
    if held.any():
        share = percent(float((factors * held).sum() / held.sum()))
        name = {"gate": named(moment.layer, gate)} if gate else {}
        yield say("memory.gate" if gate else "memory.kept", share=share, state=words, **name)
    if np.ptp(factors) > MOST:
        keeper, loser = int(factors.argmax()), int(factors.argmin())
        ends = {"most": percent(float(factors[keeper])), "least": percent(float(factors[loser]))}
        yield say("memory.units", keeper=keeper, loser=loser, state=found.states[0], **ends)


@of_cells
def written(moment: Moment, state: str | None = None) -> Iterator[str]:
    """Say when most of a state was written, and what is left of what the first time step wrote.

    It is that of which the output is made, unless one is named.
    """
    found = _ledger(moment, state)
    if found is None or not known(found.kept, found.written, found.start):
        return
    words, amounts = named(moment.layer, found.states[0]), np.abs(found.at(moment.read)).sum(axis=1)
    first = np.abs(found.written[0, 0]).sum()
    numbers = range(moment.steps)[:: moment.way]
    if moment.read and amounts.sum():
        most, share = int(amounts.argmax()), float(amounts.max() / amounts.sum())
        said = {"share": percent(share), "state": words, "time": step_in_words(moment, numbers[max(most - 1, 0)])}
        if share > MOST:
            when = "now" if most > moment.read else "then" if most else "start"
            yield say(f"memory.most_{when}", **said)
        elif most:
            yield say("memory.spread", **said)
    if moment.read and first and len(found.states) == 1:
        yield say("memory.left", share=percent(float(amounts[1] / first)), state=words, first=numbers[0])


@of_cells
def of_unit(moment: Moment) -> Iterator[str]:
    """Say what the state keeps and what it adds, in the moment's unit, if it is the one that is being computed."""
    found = _ledger(moment)
    if found is None or len(found.states) > 1 or moment.phase != found.states[0] or moment.phase in hands_at(moment):
        return
    factor, added = (float(a[moment.read, ..., moment.unit].squeeze()) for a in (found.kept, found.written))
    before = float(moment.layer.prev[moment.phase][(*moment.run, moment.time, moment.unit)])
    if known(np.array([factor, added, before])) and moment.read:
        parts = {"part": number(factor), "before": number(before), "added": number(added)}
        yield say("memory.of_unit", unit=moment.unit, state=moment.phase, **parts)


def _ledger(moment: Moment, state: str | None = None) -> Ledger | None:
    """Return the ledger of a state, or of that of which the output is made; None if there is none, or not all of it."""
    cell = moment.layer.cell
    state = state or state_with_ledger(cell)
    if state is None or direct_way(cell, state) is None:
        return None
    try:
        return ledger_of(moment, state)
    except ValueError:  # not all that it follows from was recorded
        return None


def _gate(layer: LayerTrace, state: str) -> str:
    """Return the gate that alone says what a state keeps, or nothing."""
    slope = direct_way(layer.cell, state).slopes[0][0]
    is_gate = isinstance(slope, sympy.Symbol) and slope.ref.kind == "value" and layer.cell[slope.ref.of].role == "gate"
    return slope.ref.of if is_gate else ""
