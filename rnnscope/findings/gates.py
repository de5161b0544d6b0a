"""What can be said of the gates of a layer at a moment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnscope.analysis.saturation import is_saturated
from rnnscope.findings.texts import say
from rnnscope.findings.wording import begins_with_vowel, gates_of, known, named, of_cells, percent, points
from rnnscope.trace import Moment
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.passes import counts_in

MOVED = 0.1
"""A gate has opened or shut if its mean moved by so much."""

OPEN, SHUT = 0.9, 0.1
"""A gate is open above, shut below."""

HALF = 0.35, 0.65
"""Within these ends a gate is about half open."""

MANY = 0.2
"""Units have moved, each its own way, if so large a part of them did."""

FEW = 3
"""A time step stands alone among at least so many."""
APART = 0.5
"""Units differ if their values of a gate are so far apart; they are alike if they are within `MOVED`."""


@of_cells
def lack(moment: Moment) -> Iterator[str]:
    """Say that a cell has no gates."""
    if not any(quantity.role == "gate" for quantity in moment.layer.cell):
        kind = moment.layer.kind
        yield say("gates.none_an" if begins_with_vowel(kind) else "gates.none", cell=kind)


@of_cells
def learned(moment: Moment) -> Iterator[str]:
    """Say which gate has opened or shut most since the first recorded epoch, over all samples, steps and units."""
    yield from _since_first(moment, None)


@of_cells
def learned_here(moment: Moment) -> Iterator[str]:
    """Say the same of the moment's time step alone."""
    yield from _since_first(moment, moment.time)


def _since_first(moment: Moment, time: int | None) -> Iterator[str]:
    """Say which gate has moved most, in the mean or else in its units, some of which may open while others shut.

    It is asked of one time step, or of all.
    """
    times, at, where = (slice(None), "", {}) if time is None else (slice(time, time + 1), "_at", {"time": time})
    layer, place, names = moment.layer, moment.place, gates_of(moment.layer)
    if place == 0 or not names:
        return
    values = {name: layer[name][[0, place]][:, :, times] for name in names}
    if not known(*values.values()):
        return
    units = {name: found.mean(axis=(1, 2), dtype=float) for name, found in values.items()}
    moves = {name: found[1] - found[0] for name, found in units.items()}
    most = max(names, key=lambda name: abs(moves[name].mean()))
    first, mean = int(moment.trace.epochs[0]), float(moves[most].mean())
    if abs(mean) >= MOVED:
        before, now = (percent(float(each.mean())) for each in units[most])
        key = "gates.opened" if mean > 0 else "gates.shut"
        yield say(key + at, gate=named(layer, most), first=first, before=before, now=now, **where)
        return
    shares = {name: [float((way * moves[name] >= MOVED).mean()) for way in (1, -1)] for name in names}
    split = max(names, key=lambda name: sum(shares[name]))
    opened, shut = shares[split]
    if opened + shut >= MANY:
        parts = {"gate": named(layer, split), "opened": percent(opened), "shut": percent(shut)}
        yield say(f"gates.split{at}", first=first, **parts, **where)
    else:
        yield say(f"gates.still{at}", first=first, points=points(mean), **where)


@of_cells
def here(moment: Moment) -> Iterator[str]:
    """Say which gate is open or shut at the moment's time step, and whether units differ in it."""
    layer, at, names = moment.layer, (*moment.run, moment.time), gates_of(moment.layer)
    if not names or not known(*(layer[name][at] for name in names)):
        return
    values = {name: layer[name][at].astype(float) for name in names}
    means = {name: found.mean() for name, found in values.items()}
    most = max(means, key=lambda name: abs(means[name] - 0.5))
    if means[most] > OPEN or means[most] < SHUT:
        key = "gates.open_now" if means[most] > OPEN else "gates.shut_now"
        yield say(key, gate=named(layer, most), now=percent(means[most]))
    spread = {name: np.ptp(found) for name, found in values.items()}
    widest = max(spread, key=spread.__getitem__)
    if spread[widest] <= APART and all(HALF[0] <= mean <= HALF[1] for mean in means.values()):
        low, high = percent(min(means.values())), percent(max(means.values()))
        if low == high:
            yield say("gates.half_alike", gates=", ".join(names), now=low)
        else:
            yield say("gates.half_now", low=low, high=high)
    if layer.units == 1:
        return
    if spread[widest] > APART:
        low, high = int(values[widest].argmin()), int(values[widest].argmax())
        ends = {"low": percent(values[widest][low]), "high": percent(values[widest][high])}
        yield say("gates.differ", gate=named(layer, widest), low_unit=low, high_unit=high, **ends)
    elif spread[widest] < MOVED:
        yield say("gates.alike", points=points(spread[widest]))


@of_cells
def in_time(moment: Moment) -> Iterator[str]:
    """Say which gate opens or shuts most along the moment's sample."""
    layer, names = moment.layer, gates_of(moment.layer)
    if not names or moment.steps < 2 or not known(*(layer[name][moment.run] for name in names)):
        return
    means = {name: layer[name][moment.run].mean(axis=-1, dtype=float) for name in names}
    most = max(means, key=lambda name: abs(means[name][-1] - means[name][0]))
    before, now = means[most][0], means[most][-1]
    if abs(now - before) >= MOVED:
        key = "gates.opens_in_time" if now > before else "gates.shuts_in_time"
        ends = {"before": percent(before), "now": percent(now), "last": len(means[most]) - 1}
        yield say(key, gate=named(layer, most), **ends)


@of_cells
def once(moment: Moment) -> Iterator[str]:
    """Say which gate opens or shuts, more than half, at a single time step of the moment's sample that counts."""
    layer, names, steps = moment.layer, gates_of(moment.layer), np.flatnonzero(counts_in(moment))
    if not names or len(steps) < FEW or not known(*(layer[name][moment.run] for name in names)):
        return
    means = {name: layer[name][moment.run][steps].mean(axis=-1, dtype=float) for name in names}
    gaps = {(name, way): apart(way * found) for name, found in means.items() for way in (1, -1)}
    name, way = max(gaps, key=gaps.__getitem__)
    place = int((way * means[name]).argmax())
    now = float(means[name][place])
    if gaps[name, way] >= MOVED and (now > HALF[1] if way > 0 else now < HALF[0]):
        rest = way * float(np.delete(way * means[name], place).max())
        ends = {"now": percent(now), "rest": percent(rest)}
        key = "gates.opens_once" if way > 0 else "gates.shuts_once"
        yield say(key, gate=named(layer, name), time=step_in_words(moment, int(steps[place])), **ends)


def apart(values: np.ndarray) -> float:
    """Return how far the largest number is from all others, or 0 if these are further apart among themselves.

    Examples
    --------
    >>> apart(np.array([0.5, 2.0, 0.75])), apart(np.array([0.0, 2.0, 1.5]))
    (1.25, 0.0)
    """
    *others, largest = np.sort(values).tolist()
    gap = largest - others[-1]
    return gap if gap >= others[-1] - others[0] else 0.0


@of_cells
def saturation(moment: Moment) -> Iterator[str]:
    """Say how many values of a gate are near an end of its range now, and at the first recorded epoch."""
    layer, time, names = moment.layer, moment.time, gates_of(moment.layer)
    if not names or not known(*(layer[name][[0, moment.place], :, time] for name in names)):
        return
    near = {name: is_saturated(layer[name][[0, moment.place], :, time], (0.0, 1.0)) for name in names}
    shares = {name: is_near.mean(axis=(1, 2)) for name, is_near in near.items()}
    most = max(names, key=lambda name: shares[name][1])
    before, now = shares[most]
    if not now:
        yield say("saturated.none")
    elif moment.place:
        first = int(moment.trace.epochs[0])
        yield say("saturated.more", share=percent(now), gate=named(layer, most), first=first, before=percent(before))


@of_cells
def of_unit(moment: Moment) -> Iterator[str]:
    """Say what the gate that is being computed does in the moment's unit."""
    layer, phase = moment.layer, moment.phase
    if phase not in gates_of(layer):
        return
    value = float(layer[phase][(*moment.run, moment.time, moment.unit)])
    if known(np.array(value)):
        key = "unit.gate_open" if value > OPEN else "unit.gate_shut" if value < SHUT else "unit.gate_between"
        yield say(key, unit=moment.unit, gate=named(layer, phase), value=percent(value))
