"""What was special in the passes of a layer: time steps that did not count, and what dropout set to zero."""

from __future__ import annotations

import numpy as np

from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.moment import Moment


def has_masked(layer: LayerTrace) -> bool:
    """Say whether some recorded time step of a layer does not count."""
    return layer.mask is not None and not layer.mask.all()


def counts_at(moment: Moment) -> bool:
    """Say whether the time step of a moment counts in its layer; one that does not holds the states."""
    mask = moment.layer.mask
    return mask is None or bool(mask[moment.sample, moment.time])


def counts_in(moment: Moment) -> np.ndarray:
    """Return which time steps of the moment's layer count in its sample, (time,)."""
    mask = moment.layer.mask
    return np.ones(moment.steps, bool) if mask is None else mask[moment.sample]


def held_steps(moment: Moment) -> np.ndarray:
    """Return the time steps of the moment's layer that do not count in its sample."""
    return np.flatnonzero(~counts_in(moment))


def hands_in(moment: Moment) -> dict[str, np.ndarray]:
    """Return where quantities are held by hand in the moment's sample, (time, unit) by name; only those that are."""
    layer = moment.layer
    found = {name: layer.held[name][moment.run] for name in layer.held}
    return {name: held for name, held in found.items() if held.any()}


def hands_at(moment: Moment) -> dict[str, np.ndarray]:
    """Return of the quantities held by hand at the moment which units are, (unit,) by name."""
    found = {name: held[moment.time] for name, held in hands_in(moment).items()}
    return {name: units for name, units in found.items() if units.any()}


def drops(layer: LayerTrace) -> bool:
    """Say whether dropout set something of a layer to zero in some recorded pass."""
    return any(drops_of(layer, name) for name in layer.dropout)


def drops_of(layer: LayerTrace, name: str) -> bool:
    """Say whether dropout set something of a state, or of the input `x`, to zero in some recorded pass."""
    return name in layer.dropout and not layer.dropout[name].all()


def dropped_at(moment: Moment) -> dict[str, np.ndarray]:
    """Return which entries dropout sets to zero in the pass of a moment, by what is read: the input x, or a state."""
    layer = moment.layer
    found = {name: layer.dropout[name][moment.run] == 0 for name in layer.dropout}
    return {name: zeros for name, zeros in found.items() if zeros.any()}
