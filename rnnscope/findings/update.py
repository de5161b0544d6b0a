"""What can be said of what each time step taught a block of weights, and of the step that was taken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnscope.analysis.addends import addends_of
from rnnscope.analysis.made_of import main_weight
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, of_cells, percent
from rnnscope.trace import Moment

MOST, APART = 0.5, 0.5
"""Most is more than this part; addends that come to less than this part of their sizes pull in different directions."""


@of_cells
def taught(moment: Moment) -> Iterator[str]:
    """Say which time step adds most to the gradient of the weights of the phase, and whether the steps agree."""
    if not len(moment.layer.grad):
        yield say("gradient.none")
        return
    weight = main_weight(moment.layer.cell, moment.phase)
    try:
        addends = addends_of(moment, weight)
    except ValueError:  # not all that it follows from was recorded
        return
    yield from of_addends(weight.name, addends.norms(), float(np.linalg.norm(addends.total())))


@of_cells
def moved(moment: Moment) -> Iterator[str]:
    """Say how far the weights of the phase moved from the moment's epoch to those that were kept next."""
    kept, epoch, cell = moment.trace.snapshots.epochs, moment.epoch, moment.layer.cell
    later, weight = kept[kept > epoch], main_weight(cell, moment.phase)
    if epoch in kept and len(later):
        array = cell.array_of(weight)
        index = array.index(weight, moment.layer.units)
        ends = (moment.layer.weights(int(at))[array.name][index] for at in (epoch, later[0]))
        yield from of_step(weight.name, (epoch, int(later[0])), *ends)


def of_addends(block: str, norms: np.ndarray, total: float) -> Iterator[str]:
    """Say the same of the norms of what each time step adds to the gradient of a block, and of the gradient's."""
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
    """Say the same of the weights of a block at two epochs."""
    before, after = before.astype(float), after.astype(float)
    size = np.linalg.norm(before)
    if size and known(before, after):
        share = percent(float(np.linalg.norm(after - before) / size))
        yield say("update.moved", block=block, first=epochs[0], later=epochs[1], share=share)
