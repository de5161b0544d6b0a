"""Whose time steps a layer counts: those of an input, or its own, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.languages import tr
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.moment import Moment
from rnnscope.trace.naming import step_in_words
from rnnscope.trace.passes import has_masked
from rnnscope.trace.trace import Trace


@dataclass(frozen=True)
class Clock:
    """The time of a layer.

    Attributes
    ----------
    source
        The number of what begins it: −1, −2 … is an input of the model, 0, 1, 2 … a layer that makes a sequence of a
        vector.
    way
        1, or −1 if the layer counts from the last time step of the source to the first.
    """

    source: int
    way: int = 1

    @property
    def is_of_input(self) -> bool:
        """Whether it is that of the first input, be it turned."""
        return self.source == -1


def clock_of(trace: Trace, name: str) -> Clock | None:
    """Return the time of a layer; None if it has no time steps.

    A layer that reads backwards hands its results on in its own order; one above it that does so too turns them back.

    Examples
    --------
    >>> import rnnscope as rs
    >>> layers = [rs.GRU(2, input_shape=(4, 1)), rs.layers.RepeatVector(3), rs.GRU(2, return_sequences=True)]
    >>> trace = rs.Sequential(layers).trace([[[0.0], [1.0], [2.0], [3.0]]])
    >>> [clock_of(trace, name).source for name in trace.layers]
    [-1, 1, 1]
    """
    layers = [trace[own] for own in trace.layers]
    number, way = trace.layers.index(name), 1
    if layers[number].steps is None:
        return None
    while number >= 0:
        found = layers[number]
        way = -way if found.options.get("go_backwards") and not found.is_turned else way
        below = found.reads[0]
        if below >= 0 and not puts_out_steps(layers[below]):
            return Clock(number, way)
        number = below
    return Clock(number, way)


def input_time(moment: Moment, number: int) -> int | None:
    """Return which time step of an input a moment is at; None if its layer has another time."""
    clock = clock_of(moment.trace, moment.layer.name)
    if clock is None or clock.source != -1 - number:
        return None
    return moment.time if clock.way == 1 else moment.trace.inputs[number].shape[1] - 1 - moment.time


def puts_out_steps(layer: LayerTrace) -> bool:
    """Say whether a layer puts out a vector at every time step, and not only one."""
    if layer.is_recurrent:
        return bool(layer.options["return_sequences"])
    return layer.output in layer and layer[layer.output].ndim == 4


def output_time(moment: Moment) -> int:
    """Return which time step of the predictions belongs to a moment, of a net that predicts at every time step.

    It is that of the moment, but the last one where the moment is in a layer with other time steps.
    """
    trace = moment.trace
    steps, out = trace.predictions.shape[2], clock_of(trace, trace.layers[-1])
    own = clock_of(trace, moment.layer.name)
    is_same = own is None or out is None or own.source == out.source
    return min(moment.time, steps - 1) if is_same else steps - 1


def output_step(moment: Moment) -> str:
    """Return the number of that time step, with its label if it has one."""
    out, time = clock_of(moment.trace, moment.trace.layers[-1]), output_time(moment)
    return step_in_words(moment, time, in_layer=False) if out is None or out.is_of_input else f"{time}"


def layers_on(trace: Trace, source: int) -> list[str]:
    """Return the layers with the time of a source: −1, −2 … is an input."""
    clocks = {name: clock_of(trace, name) for name in trace.layers}
    return [name for name, clock in clocks.items() if clock is not None and clock.source == source]


def input_in_words(trace: Trace, number: int) -> str:
    """Return what an input is called: `the input`, or of several `input 2 (decoder)`, by the cell that reads it."""
    if len(trace.inputs) == 1:
        return tr("the input")
    return tr("input {number} ({layer})", number=number + 1, layer=reader_of(trace, number))


def reader_of(trace: Trace, number: int) -> str:
    """Return the first layer on the time of an input, a recurrent one if there is one."""
    names = layers_on(trace, -1 - number) or [own for own in trace.layers if -1 - number in trace[own].reads]
    return next((name for name in names if trace[name].is_recurrent), names[0])


def mask_of_input(trace: Trace, number: int = 0) -> np.ndarray | None:
    """Return which time steps of an input count, (sample, time), as the first layer with a mask knows it.

    It is None if all do.
    """
    for layer in filter(has_masked, map(trace.__getitem__, trace.layers)):
        clock = clock_of(trace, layer.name)
        if clock is not None and clock.source == -1 - number:
            return layer.mask[:, :: clock.way]
    return None


def held_inputs(moment: Moment, number: int = 0) -> np.ndarray:
    """Return the time steps of an input that do not count in the moment's sample."""
    mask = mask_of_input(moment.trace, number)
    return np.empty(0, int) if mask is None else np.flatnonzero(~mask[moment.sample])
