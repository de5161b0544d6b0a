"""What a state remembers at a moment, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnscope.analysis.ledger import Ledger, reads_itself
from rnnscope.analysis.left import left_of_changes
from rnnscope.languages import noted, tr
from rnnscope.numbers import percent
from rnnscope.trace import LayerTrace, Moment, Trace

FIRST = 1
"""The place of what the first time step wrote; before it is what was there at the start."""

MOST_NAMED = 4
"""Words name the shares of at most so many time steps."""


@dataclass(frozen=True)
class Steps:
    """The time steps of a panel, in the order of reading.

    Attributes
    ----------
    count
        How many there are.
    inputs
        The widest inputs below them.
    has_start
        Whether there was something before the first.
    numbers
        The number of each.
    has_held
        Whether some of them do not count in some sample.
    """

    count: int
    inputs: list[str]
    has_start: bool = False
    numbers: Sequence[int] = ()
    has_held: bool = False


@dataclass(frozen=True)
class Kept:
    """What a state with a ledger holds in one sample, by the time step that wrote it.

    Attributes
    ----------
    shares
        Of all units together, (time, 1 + step of writing): each amount's size as a part of the sizes of all; 0 where
        the state is empty.
    amounts
        Those in the cursor's unit, (time, 1 + step of writing).
    value
        Their sum at the cursor's time step: the value of the state.
    """

    shares: np.ndarray
    amounts: np.ndarray
    value: float


@dataclass(frozen=True)
class Left:
    """What is left of changes of a state without a ledger.

    Attributes
    ----------
    parts
        How much of a small change at each time step is left at the cursor's, (1 + time step,); None if that is not
        known.
    reason
        Why it is not known, noted.
    """

    parts: np.ndarray | None
    reason: str = ""


def shares_of(ledger: Ledger) -> np.ndarray:
    """Return the part of each amount in what a state holds, by size over all units, (time, 1 + step of writing)."""
    sizes = ledger.sizes()
    totals = sizes.sum(axis=1, keepdims=True)
    known = np.isfinite(totals) & (totals > 0)
    return np.divide(sizes, totals, out=np.zeros_like(sizes), where=known)


def left_at(moment: Moment, state: str) -> Left:
    """Return what is left of changes of a state, or why that is not known."""
    if moment.epoch not in moment.trace.snapshots.epochs:
        kept, at = moment.trace.snapshots.epochs, moment.epoch
        if len(kept):
            reason = noted(
                "the weights of epoch {epoch} were not kept (epochs with weights: {epochs})",
                epoch=at,
                epochs=listed(kept),
            )
        else:
            reason = noted(
                "the weights of epoch {epoch} were not kept (record with {argument})", epoch=at, argument="weights=True"
            )
        return Left(None, reason)
    with np.errstate(invalid="ignore", over="ignore"):
        return Left(left_of_changes(moment, state))


def shares_in_words(shares: np.ndarray, time: int, state: str, numbers: Sequence[int] | None = None) -> list[str]:
    """Return what a state holds at a time step, of its shares there, the longest way first.

    Time steps are given in the order of reading; `numbers` are their numbers, if these are others.

    Examples
    --------
    >>> import numpy as np
    >>> shares_in_words(np.array([0.0, 0.07, 0.93]), 1, "c")[0]
    'c at step 1: 93 % is from step 1, 7 % from step 0'
    """
    at = {"state": state, "step": time if numbers is None else numbers[time]}
    largest = [k for k in np.argsort(-shares, kind="stable") if shares[k] > 0]
    if not largest:
        return [tr("{state} at step {step}: nothing, all of it is zero", **at)]
    parts = {k: share_from(percent(shares[k]), k, numbers, is_first=k == largest[0]) for k in largest}
    always = (
        [FIRST] if shares[FIRST] > 0 and largest[0] != FIRST else []
    )  # how much of it is left is always of interest
    ways = []
    for most in range(min(len(parts), MOST_NAMED), 0, -1):
        named = largest[:most]
        ways.append([*named[: most - len(always)], *always] if always and FIRST not in named else named)
    each = (", ".join(parts[k] for k in way) for way in ways if way)
    return [tr("{state} at step {step}: {shares}", shares=words, **at) for words in each]


def left_in_words(left: Left, state: str, numbers: Sequence[int]) -> list[str]:
    """Return what is left of the change at the time step that is read first, the longest way first."""
    if left.parts is None:
        return [tr("Not known: {reason}.", reason=left.reason), tr("Not known: no weights of this epoch.")]
    now, first = len(left.parts) - 1, numbers[0]
    if not now:
        return [tr("At step {step} nothing has come after the first change yet.", step=first)]
    parts = {"state": state, "first": first, "share": percent(left.parts[0]), "step": numbers[now]}
    return [
        tr("Of a small change of {state} at step {first}, {share} is left at step {step}.", **parts),
        tr("Of a change at step {first}, {share} is left.", **parts),
    ]


def share_from(share: str, written: int, numbers: Sequence[int] | None = None, *, is_first: bool = False) -> str:
    """Return a share with what wrote it: what was there before the first time step, or one of these.

    The first of several shares is a sentence.
    """
    place = written - FIRST
    if place < 0:
        text = (
            noted("{share} is from before the first step") if is_first else noted("{share} from before the first step")
        )
        return tr(text, share=share)
    text = noted("{share} is from step {step}") if is_first else noted("{share} from step {step}")
    return tr(text, share=share, step=place if numbers is None else numbers[place])


def why_no_ledger(layer: LayerTrace, state: str) -> list[str]:
    """Return why a state has no ledger, the longest way first."""
    if reads_itself(layer.cell, state):
        ways = [
            noted(
                "{state} has no ledger: it reads {before} inside of a function, so it is no sum over the time steps."
            ),
            noted("{state} has no ledger: it is no sum over the time steps."),
        ]
    else:
        ways = [
            noted(
                "{state} has no ledger: no part of {before} is carried over, every time step makes all of {state} anew."
            ),
            noted("{state} has no ledger: every time step makes all of it anew."),
            noted("{state} has no ledger."),
        ]
    return [tr(way, state=state, before=f"{state}₋₁") for way in ways]


def listed(epochs: np.ndarray, most: int = 5) -> str:
    """Return the first of some epochs in words.

    Examples
    --------
    >>> import numpy as np
    >>> listed(np.arange(0, 100, 10))
    '0, 10, 20, 30, … 90'
    """
    shown = [str(epoch) for epoch in epochs]
    return ", ".join(shown) if len(shown) <= most else ", ".join(shown[: most - 1]) + f", … {shown[-1]}"


def states_of(trace: Trace) -> list[str]:
    """Return the names of the states of all recurrent layers."""
    return list(dict.fromkeys(state for layer in trace.recurrent_layers for state in layer.cell.states))
