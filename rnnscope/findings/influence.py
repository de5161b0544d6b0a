"""What can be said of the inputs that an output follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from rnnscope.findings.texts import say
from rnnscope.findings.wording import number, percent

EVEN = 1.5
"""The inputs count about alike if none has more than so many times its equal share, or less than that part of it."""

LITTLE = 0.01
"""The first inputs hardly count if all of them together have less than this share; and no input does if all of them,
moved over their whole range, move the output by less than this part of what is right."""


def nothing(most: float) -> Iterator[str]:
    """Say that an output follows no input, from the largest of its derivatives."""
    yield say("influence.none", most=number(most))


def shares(found: np.ndarray, step: Callable[[int], str] = str) -> Iterator[str]:
    """Say which of the inputs an output follows most, from the share of each time step, and which hardly at all.

    `step` returns how a time step is written.
    """
    if not np.isfinite(found).all():
        return
    steps, best = len(found), int(np.argmax(found))
    if steps > 1 and found[best] <= EVEN / steps and found.min() * EVEN >= 1 / steps:
        yield say("influence.even", most=percent(found[best]))
    elif steps > 1:
        yield say("influence.most", time=step(best), share=percent(found[best]))
    before = int(np.searchsorted(np.cumsum(found), LITTLE))
    if before >= max(2, steps // 4):
        yield say("influence.forgets", last=before - 1, share=percent(LITTLE))


def of_several(found: Sequence[np.ndarray], names: Sequence[str]) -> Iterator[str]:
    """Say which of several inputs an output follows most, from the shares of their time steps, and at which.

    Given are the shares of each input, which come to 1 together, and what the inputs are called.
    """
    if not all(np.isfinite(each).all() for each in found):
        return
    sums = [float(each.sum()) for each in found]
    best = int(np.argmax(sums))
    most = max(range(len(found)), key=lambda k: found[k].max())
    name = names[best][:1].upper() + names[best][1:]
    yield say("influence.inputs", input=name, share=percent(sums[best]))
    time, share = int(found[most].argmax()), float(found[most].max())
    yield say("influence.step", time=time, input=names[most], share=percent(share))
