"""What is special about a time step, so that the equations of a cell are others there."""

from __future__ import annotations

from dataclasses import dataclass

from rnnscope.trace import Moment
from rnnscope.trace.passes import counts_at


@dataclass(frozen=True)
class Step:
    """A time step as equations know it.

    Attributes
    ----------
    counts, next_counts
        Whether it counts, and the one that is read next; at one that does not every state is held.
    hands_on
        The states with whose last values another layer begins, if this is the last step.
    drops
        Whether recurrent dropout is in what the matrices read.
    held, held_next
        What quantities are held at by hand, by name: in this step and in the one that is read next.
    """

    counts: bool = True
    next_counts: bool = True
    hands_on: tuple[str, ...] = ()
    drops: bool = False
    held: tuple[tuple[str, float], ...] = ()
    held_next: tuple[tuple[str, float], ...] = ()


USUAL = Step()


def step_of(moment: Moment) -> Step:
    """Return what is special about the time step of a moment, in its layer and its pass."""
    layer, is_last = moment.layer, moment.read == moment.steps - 1
    after = None if is_last else moment.but(time=moment.time + moment.way)
    next_counts = after is None or counts_at(after)
    drops = any(not (layer.dropout[name][moment.run] == 1).all() for name in layer.dropout if name != "x")
    held_next = () if after is None else held_at(after)
    return Step(counts_at(moment), next_counts, handed_on(moment) if is_last else (), drops, held_at(moment), held_next)


def longest_steps(moment: Moment) -> tuple[Step, ...]:
    """Return the kinds of time steps of a moment's layer at which equations have most parts."""
    drops = any(name != "x" for name in moment.layer.dropout)
    return Step(drops=drops), Step(hands_on=handed_on(moment), drops=drops)


def held_at(moment: Moment) -> tuple[tuple[str, float], ...]:
    """Return which quantities are held by hand in the unit of a moment, and at what."""
    layer, where = moment.layer, (*moment.run, moment.time, moment.unit)
    return tuple((name, float(layer[name][where])) for name in layer.held if name in layer and layer.held[name][where])


def handed_on(moment: Moment) -> tuple[str, ...]:
    """Return the states with whose last values another layer begins, but for the output, which it gets anyway."""
    trace, layer = moment.trace, moment.layer
    own = trace.layers.index(layer.name)
    begin = [trace[name] for name in trace.layers if trace[name].start == own]
    return tuple(state for state in layer.cell.states if begin and state != layer.cell.output)
