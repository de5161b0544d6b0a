"""Measures of one quantity at a moment."""

from __future__ import annotations

import numpy as np

from rnnscope.analysis.saturation import is_saturated
from rnnscope.findings.wording import gates_of
from rnnscope.lessons.measures.measure import NUMBER, SHARE, measure, named_quantity, named_state, values_of
from rnnscope.lessons.needs import Lacking
from rnnscope.trace import Moment


@measure(NUMBER)
def value(moment: Moment, quantity: str = "") -> float:
    """What a quantity is in the unit of the moment."""
    return values_of(moment, quantity)[moment.unit]


@measure(NUMBER)
def mean(moment: Moment, quantity: str = "") -> float:
    """The mean of a quantity over all units."""
    return values_of(moment, quantity).mean()


@measure(NUMBER)
def size(moment: Moment, quantity: str = "") -> float:
    """The mean size of a quantity over all units, without its sign."""
    return np.abs(values_of(moment, quantity)).mean()


@measure(NUMBER)
def before(moment: Moment, state: str = "memory") -> float:
    """What a state was one time step before, in the unit of the moment."""
    return moment.layer.prev[named_state(moment, state)][moment.run][moment.time, moment.unit]


@measure(NUMBER)
def pre(moment: Moment, quantity: str = "") -> float:
    """The pre-activation of a quantity in the unit of the moment: the sum that its function is applied to."""
    name = named_quantity(moment, quantity)
    if name not in moment.layer.pre:
        raise Lacking("quantities")
    return moment.layer.pre[name][moment.run][moment.time, moment.unit]


@measure(NUMBER, "epochs")
def moved(moment: Moment, quantity: str = "") -> float:
    """How far a quantity has moved since the first recorded epoch: the mean size, over units, samples and steps."""
    values = moment.layer[named_quantity(moment, quantity)][[0, moment.place]].astype(float)
    return np.abs(values[1] - values[0]).mean()


@measure(SHARE)
def open_units(moment: Moment, quantity: str = "", above: float = 0.5) -> float:
    """The share of units in which a quantity is above a number."""
    return (values_of(moment, quantity) > above).mean()


@measure(SHARE)
def saturation(moment: Moment, quantity: str = "") -> float:
    """The share of values at the moment's time step, over all units and samples, near an end of their range."""
    name = named_quantity(moment, quantity)
    ends = moment.layer.cell[name].ends
    return np.nan if ends is None else is_saturated(moment.layer[name][moment.place, :, moment.time], ends).mean()


@measure(SHARE, "gates")
def stuck_gates(moment: Moment) -> float:
    """The share of values of all gates at the moment's time step, over all units and samples, near 0 or 1."""
    values = [moment.layer[gate][moment.place, :, moment.time] for gate in gates_of(moment.layer)]
    return is_saturated(np.stack(values), (0.0, 1.0)).mean()
