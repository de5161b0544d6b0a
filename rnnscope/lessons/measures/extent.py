"""Measures of what there is: steps, samples, inputs, and options of the layer."""

from __future__ import annotations

import numpy as np

from rnnscope.findings.wording import gates_of
from rnnscope.lessons.measures.measure import COUNT, NUMBER, measure
from rnnscope.lessons.needs import Lacking
from rnnscope.trace import Moment
from rnnscope.trace.passes import counts_at, held_steps


@measure(NUMBER)
def input(moment: Moment, feature: int = 0) -> float:
    """What the net reads at the time step; of tokens their number."""
    x = moment.trace.x[moment.sample]
    return x[moment.time] if x.ndim == 1 else x[moment.time][min(feature, x.shape[-1] - 1)]


@measure(COUNT)
def masked(moment: Moment) -> float:
    """How many time steps of the sample are masked."""
    return len(held_steps(moment))


@measure(COUNT)
def counted(moment: Moment) -> float:
    """How many time steps of the sample count: those that are not masked."""
    return moment.steps - len(held_steps(moment))


@measure(COUNT)
def is_masked(moment: Moment) -> float:
    """Whether the time step is masked: 1 or 0."""
    return not counts_at(moment)


@measure(NUMBER)
def largest_input(moment: Moment) -> float:
    """The largest size of a number among all inputs."""
    return np.abs(moment.trace.x).max()


@measure(COUNT)
def gates(moment: Moment) -> float:
    """How many gates the cell has."""
    return len(gates_of(moment.layer))


@measure(COUNT)
def steps(moment: Moment) -> float:
    """How many time steps the layer reads."""
    return moment.steps


@measure(COUNT)
def step(moment: Moment) -> float:
    """The number of the time step, from 0."""
    return moment.time


@measure(COUNT)
def epoch(moment: Moment) -> float:
    """The number of the epoch, from 0."""
    return moment.epoch


@measure(COUNT)
def unit(moment: Moment) -> float:
    """The number of the unit, from 0."""
    return moment.unit


@measure(COUNT)
def samples(moment: Moment) -> float:
    """How many samples were recorded."""
    return len(moment.trace.x)


@measure(COUNT)
def option(moment: Moment, name: str = "return_sequences") -> float:
    """An option of the layer that is true or false: 1 or 0."""
    found = moment.layer.options.get(name)
    if not isinstance(found, bool):
        raise Lacking("option")
    return found
