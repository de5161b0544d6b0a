"""What can be said of weights: how they moved, and how many there are."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from rnnscope.cells.weight_kinds import ALL_KINDS
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, percent
from rnnscope.languages import tr
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment
from rnnscope.trace.naming import token_in_words

MOVED = 0.01
"""An array has moved if it did so by more than this part of its size."""


def moved(moment: Moment) -> Iterator[str]:
    """Say which array of weights of the layer moved most since the first kept ones, and of a table which rows did."""
    snapshots = moment.layer.snapshots
    if moment.epoch not in list(snapshots):
        yield say("weights.missing")
        return
    first = next(iter(snapshots))
    if first == moment.epoch:
        if len(snapshots) > 1 and first == moment.trace.epochs[0]:
            yield say("weights.start")
        return
    before, now = snapshots[first], snapshots[moment.epoch]
    sizes = {name: float(np.linalg.norm(array)) for name, array in before.items()}
    shares = {name: float(np.linalg.norm(now[name] - before[name])) / size for name, size in sizes.items() if size}
    if not shares or not known(np.array(list(shares.values()))):
        return
    most = max(shares, key=shares.__getitem__)
    if shares[most] <= MOVED:
        yield say("weights.still", first=first, share=percent(MOVED))
    elif moment.layer.is_table:
        rows = norm_of(now[most] - before[most])
        token = token_in_words(moment.trace, moment.layer, int(rows.argmax()))
        yield say("weights.rows", moved=np.count_nonzero(rows), count=len(rows), token=token, first=first)
    else:
        kind = {"kind": tr(ALL_KINDS[most].words), "letter": ALL_KINDS[most].letter}
        yield say("weights.moved", first=first, share=percent(shares[most]), **kind)


def counted(moment: Moment) -> Iterator[str]:
    """Say in which layer most parameters are, if weights were kept."""
    counts: dict[str, int] = {}
    for layer, _, shape in moment.trace.snapshots.shapes:
        counts[layer] = counts.get(layer, 0) + math.prod(shape)
    total = sum(counts.values())
    if len(counts) < 2:
        return
    most = max(counts, key=counts.__getitem__)
    yield say(
        "parameters.most",
        share=percent(counts[most] / total),
        total=f"{total:,}",
        layer=most,
        count=f"{counts[most]:,}",
    )
