"""What can be said of the gradient on its way back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnscope.analysis.factors import distinct, factors_of
from rnnscope.analysis.handed import handed_back
from rnnscope.analysis.ledger import state_with_ledger
from rnnscope.findings.texts import say
from rnnscope.findings.wording import known, named, number, of_cells, percent
from rnnscope.languages import listed
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.passes import hands_in

VANISHED = 0.01
"""A gradient has vanished if less than this part of it is left."""


@of_cells
def reach(moment: Moment) -> Iterator[str]:
    """Say how large the gradient of the state with the longest memory is at step 0, beside that at the last step."""
    layer = moment.layer
    states = [state for state in layer.cell.states if state in layer.grad]
    if not states:
        yield say("gradient.none")
        return
    memory = state_with_ledger(layer.cell)
    state = memory if memory in states else states[0]
    norms = norm_of(layer.grad[state][moment.run])[:: moment.way]
    if len(norms) < 2 or not known(norms):
        return
    if not norms[-1]:
        yield say("gradient.zero", state=named(layer, state))
        return
    if hands_in(moment) and (said := _cut(moment, state)):
        yield said
        return
    share = float(norms[0] / norms[-1])
    kind = "vanishes" if share < VANISHED else "grows" if share > 1 else "reaches"
    parts = {"state": named(layer, state), "share": percent(share), "times": number(share)}
    first, last = (0, moment.steps - 1)[:: moment.way]
    end = say("gradient.last") if moment.way == 1 else say("gradient.read_last", step=last)
    yield say(f"gradient.{kind}", first=first, last=end, **parts)
    if share and len(norms) > 2:
        yield say("gradient.per_step", factor=number(share ** (1 / (len(norms) - 1))))


def _cut(moment: Moment, state: str) -> str:
    """Say at which time step a hand keeps the gradient of a state from going back; nothing if none does.

    It may still go back by way of another state.
    """
    found, layer = handed_back(moment), moment.layer
    steps = list(range(moment.steps))[:: moment.way]
    own = np.flatnonzero(~found[state][1:]) + 1
    every = np.flatnonzero(~np.any(list(found.values()), axis=0)[1:]) + 1
    if not own.size:
        return ""
    if every.size:
        return say("gradient.cut", time=step_in_words(moment, steps[every[-1]]))
    others = [name for name in found if name != state and found[name][own].any()]
    cut = "gradient.other_way" if len(own) == len(steps) - 1 else "gradient.other_way_at"
    parts = {"time": step_in_words(moment, steps[own[-1]]), "others": listed(others)}
    return say(cut, state=named(layer, state), **parts)


@of_cells
def most(moment: Moment) -> Iterator[str]:
    """Say by which quantity of the layer the loss changes most at the moment's time step."""
    layer, at = moment.layer, (*moment.run, moment.time)
    sizes = {name: float(norm_of(layer.grad[name][at])) for name in layer.quantities if name in layer.grad}
    if not sizes or not known(np.array(list(sizes.values()))):
        return
    largest = max(sizes, key=sizes.__getitem__)
    if len(sizes) > 1 and sizes[largest]:
        yield say(
            "gradient.most", time=step_in_words(moment), quantity=named(layer, largest), size=number(sizes[largest])
        )
    elif not sizes[largest]:
        yield say("gradient.nothing", time=step_in_words(moment))


@of_cells
def learned(moment: Moment) -> Iterator[str]:
    """Say how the gradient of the output at the moment's time step changed since the first recorded epoch."""
    layer, place, time = moment.layer, moment.place, moment.time
    if place == 0 or layer.output not in layer.grad:
        return
    values = layer.grad[layer.output][[0, place], :, time].astype(float)
    before, now = np.sqrt((values**2).mean(axis=(1, 2)))
    if known(values) and before:
        parts = {"before": number(before), "now": number(now), "first": int(moment.trace.epochs[0])}
        yield say("gradient.learned", quantity=named(layer, layer.output), time=time, **parts)


@of_cells
def factor(moment: Moment) -> Iterator[str]:
    """Say by what the cell itself multiplies the gradient per step, and what else it goes through."""
    for each in distinct(factors_of(moment)).values():
        sizes = each.sizes[1:]  # in the order of reading
        if not sizes.size or not known(sizes):
            continue
        parts = {
            "state": named(moment.layer, each.way.states[0]),
            "factor": each.way.name,
            "mean": number(sizes.mean()),
        }
        if len(each.way.states) > 1:
            yield say("gradient.direct_several", states=listed(each.way.states), mean=parts["mean"])
            continue
        if each.way.map is None:
            yield say("gradient.direct", **parts)
            continue
        weight = each.way.map.weight.name
        if known(np.array(each.stretch)):
            yield say("gradient.through_kept", weight=weight, stretch=number(each.stretch), **parts)
        else:
            yield say("gradient.through", weight=weight, **parts)
