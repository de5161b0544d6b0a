"""What can be said of what each time step taught a block of weights, and of the step that was taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnscope.analysis.lookups import tokens_read
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, percent
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment
from rnnscope.trace.naming import token_in_words

MOST, APART = 0.5, 0.5
"""Most is more than this part; addends that come to less than this part of their sizes pull in different directions."""


def of_addends(block: str, norms: np.ndarray, total: float) -> Iterator[str]:
    """Say which time step adds most to the gradient of a block, and whether the steps agree.

    Given are the norm of what each adds, (time,), and that of the gradient.
    """
    if not known(norms, np.array(total)):
        return
    if not norms.any():
        yield say("update.zero", block=block)
    elif len(norms) > 1:
        time, share, together = int(norms.argmax()), float(norms.max() / norms.sum()), float(total / norms.sum())
        key = "update.most" if share > MOST else "update.spread"
        yield say(key, block=block, time=time, share=percent(share))
        if together < APART:
            yield say("update.apart", share=percent(together))


def of_step(block: str, epochs: tuple[int, int], before: np.ndarray, after: np.ndarray) -> Iterator[str]:
    """Say how far the weights of a block moved between two epochs."""
    before, after = before.astype(float), after.astype(float)
    size = np.linalg.norm(before)
    if size and known(before, after):
        share = percent(float(np.linalg.norm(after - before) / size))
        yield say("update.moved", block=block, first=epochs[0], later=epochs[1], share=share)


def of_rows(moment: Moment, epochs: tuple[int, int], before: np.ndarray, after: np.ndarray) -> Iterator[str]:
    """Say the rows of how many tokens of a table moved between two epochs, and why the others did not."""
    if not known(before, after):
        return
    moved, ends = norm_of(after - before), {"first": epochs[0], "later": epochs[1]}
    if not moved.any():
        yield say("update.no_rows", **ends)
        return
    token = token_in_words(moment.trace, moment.layer, int(moved.argmax()))
    yield say("update.rows", moved=np.count_nonzero(moved), count=len(moved), token=token, **ends)
    still = set(np.flatnonzero(moved == 0).tolist())
    if still and not still & tokens_read(moment):
        yield say("update.unread")
