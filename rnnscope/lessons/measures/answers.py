"""Measures of what the net answers, and how right it is."""

from __future__ import annotations

import numpy as np

from rnnscope.analysis.classes import are_classes, class_of, in_data, shares_of_classes
from rnnscope.lessons.measures.measure import ANSWER, COUNT, NUMBER, SHARE, measure
from rnnscope.trace import Moment
from rnnscope.trace.clock import output_time


@measure(ANSWER)
def answer(moment: Moment) -> float:
    """What the net answers to the sample, in the units of the data; of classes the probability of the right one."""
    trace, outputs = moment.trace, _outputs(moment, moment.trace.predictions[moment.run])
    return _of_class(moment, outputs) if are_classes(trace) else in_data(trace, outputs)[0]


@measure(ANSWER, "targets")
def target(moment: Moment) -> float:
    """What would be right for the sample, in the units of the data; of classes the probability 1."""
    trace = moment.trace
    return 1.0 if are_classes(trace) else in_data(trace, _outputs(moment, trace.y[moment.sample]))[0]


@measure(NUMBER, "targets")
def off(moment: Moment) -> float:
    """How far the answer is from what would be right."""
    return abs(answer(moment) - target(moment))


@measure(COUNT)
def classes(moment: Moment) -> float:
    """Whether the net answers with probabilities of classes: 1 or 0."""
    return are_classes(moment.trace)


@measure(NUMBER, "loss")
def loss(moment: Moment) -> float:
    """The loss over all recorded samples at the epoch."""
    return moment.trace.loss[moment.place]


@measure(SHARE, "targets")
def spread_share(moment: Moment) -> float:
    """How far apart the answers to all samples lie, beside how far apart the targets lie."""
    trace = moment.trace
    if are_classes(trace):
        return np.nan
    return np.ptp(trace.predictions[moment.place][..., 0]) / np.ptp(trace.y[..., 0])


@measure(NUMBER)
def spread(moment: Moment) -> float:
    """How far apart the answers to all samples lie, from the lowest to the highest, in the units of the data."""
    return np.ptp(in_data(moment.trace, moment.trace.predictions[moment.place])[..., 0])


def _outputs(moment: Moment, values: np.ndarray) -> np.ndarray:
    """Return what is put out for the sample, at the moment's time step if there is something at every one."""
    return np.atleast_1d(values[output_time(moment)] if moment.trace.predictions.ndim == 4 else values)


def _of_class(moment: Moment, outputs: np.ndarray) -> float:
    """Return the probability of the right class, or of the likeliest one if there are no targets."""
    shares = shares_of_classes(outputs)
    if moment.trace.y is None:
        return shares.max()
    right = class_of(_outputs(moment, moment.trace.y[moment.sample]))
    return shares[right] if right < shares.size else np.nan
