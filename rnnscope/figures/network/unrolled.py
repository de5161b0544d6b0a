"""A net unrolled in time as numbers: what every layer holds at some time steps, and how much flows between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from rnnscope.analysis.classes import in_data, puts_out_probabilities
from rnnscope.analysis.handed import read_in
from rnnscope.figures.network.groups import Group, Groups, group_of
from rnnscope.figures.scale import Scale, scale_of, scale_of_sizes
from rnnscope.figures.wiring.flows import sent_over_time
from rnnscope.figures.wiring.wiring import wiring_of
from rnnscope.formulas.values import Values
from rnnscope.numbers import norm_of
from rnnscope.trace import LayerTrace, Moment, Trace
from rnnscope.trace.clock import output_time, puts_out_steps
from rnnscope.trace.passes import hands_in

FIRST_INPUT = -1
"""The number of the first input, whose time steps may have names."""


@dataclass(frozen=True)
class LayerRow:
    """What one layer shows at the time steps of the picture.

    Attributes
    ----------
    held
        By state, its values at each column, (column, unit), and of a dense layer its output; backward ∂L/∂ these, total
        over all later time steps. Of a layer that runs once, after the last time step, there is one column.
    carried
        By state, its norm over all units as it enters each column, (column,); −∞ where it begins there; of what is held
        by hand, over those units that are read. Backward of
        what each column sends back over time to the state that it read; a state is left out if that takes weights that
        were not kept.
    entering
        The norm of what the layer reads at each column; backward of ∂L/∂ that. None if it was not recorded. A layer
        that makes a sequence of a vector, or a vector of a sequence, has one for each vector that it reads.
    second
        The same of what a merge reads second.
    counts
        Whether the time step of each column counts; None if all do.
    dropped
        Which units dropout sets to zero at each column, by what is held; those of a cell are what its matrices read.
    """

    held: Mapping[str, np.ndarray]
    carried: Mapping[str, np.ndarray]
    entering: np.ndarray | None
    second: np.ndarray | None = None
    counts: np.ndarray | None = None
    dropped: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def columns(self) -> int:
        """At how many columns the layer runs."""
        return len(next(iter(self.held.values())))

    @property
    def units(self) -> int:
        """Its number of units."""
        return next(iter(self.held.values())).shape[1]


@dataclass(frozen=True)
class NetworkData:
    """What the view shows.

    Attributes
    ----------
    groups
        The columns, by the time that they stand for.
    rows
        What each layer shows, from the input up.
    read
        What is read at each column of each group, (column, feature), by its source; nothing of a layer.
    names
        What it is called, or an empty text, by the source.
    now
        The time step of the prediction that belongs to the moment.
    prediction, target
        The output of the net and what it should be in the units of the data, (output,) or (column, output); no target
        if there was none.
    scales
        The scales of this moment: of the values in the boxes, by the names that `held_scale` gives, and under
        `"flow"` and `"x"` of the sizes that arrows carry.
    tokens
        The sources of groups that read token numbers.
    """

    groups: tuple[Group, ...]
    rows: Mapping[str, LayerRow]
    read: Mapping[int, np.ndarray]
    names: Mapping[int, list[str]]
    now: int
    prediction: np.ndarray
    target: np.ndarray | None
    scales: Mapping[str, Scale]
    tokens: frozenset[int] = frozenset()

    @property
    def times(self) -> np.ndarray:
        """The time steps of the first columns."""
        return self.groups[0].times

    @property
    def inputs(self) -> np.ndarray:
        """What is read in the first columns, (column, feature)."""
        return self.read[self.groups[0].source]

    @property
    def labels(self) -> list[str]:
        """What that is called, or an empty text."""
        return self.names[self.groups[0].source]


class Unrolled:
    """Reads from a trace what flows through the net in one direction; every norm is computed once."""

    def __init__(self, trace: Trace, direction: str) -> None:
        self.trace, self.backward = trace, direction == "backward"
        self.layers = [trace[name] for name in trace.layers]
        self._norms: dict[tuple[str, str], np.ndarray] = {}
        self.groups = Groups(trace)

    def at(self, moment: Moment, groups: tuple[Group, ...]) -> NetworkData:
        """Return what flows at a moment, at the time steps of some columns."""
        target = None if self.trace.y is None else self.trace.y[moment.sample]
        prediction = self.trace.predictions[moment.run]
        last = group_of(self.groups.of[self.layers[-1].name], groups)
        now = output_time(moment) if prediction.ndim > 1 else moment.time
        if prediction.ndim > 1:
            place = last.column(now) - last.first
            prediction = prediction[last.times[place]]
            target = None if target is None else target[last.times[place]]
        rows = {layer.name: self._row(layer, moment, self._times(layer, groups)) for layer in self.layers}
        read = {group.source: self._read(group, moment.sample) for group in groups}
        names = {group.source: self._names(group, moment.sample) for group in groups}
        prediction, target = (v if v is None else in_data(self.trace, v) for v in (prediction, target))
        tokens = {source for source in read if source < 0 and self.trace.inputs[-1 - source].ndim == 2}
        return NetworkData(groups, rows, read, names, now, prediction, target, self._scales_of(rows), frozenset(tokens))

    def _times(self, layer: LayerTrace, groups: tuple[Group, ...]) -> np.ndarray:
        return group_of(self.groups.of[layer.name], groups).times

    def _read(self, group: Group, sample: int) -> np.ndarray:
        """Return what a group reads of an input at each column, (column, feature)."""
        if group.source >= 0:
            return np.empty((len(group.times), 0))
        read = self.trace.inputs[-1 - group.source][sample]
        return read[:: group.way][group.times].reshape(len(group.times), -1)

    def _names(self, group: Group, sample: int) -> list[str]:
        """Return what a group reads is called at each column; empty texts if it has no names."""
        names = list(self.trace.labels.steps(sample)) if group.source == FIRST_INPUT else []
        return [names[:: group.way][time] if names else "" for time in group.times]

    def scales(self, span: Callable[[np.ndarray], np.ndarray]) -> dict[str, Scale]:
        """Return the scales of the values in the boxes, of what arrows carry, and of the input.

        Parameters
        ----------
        span
            Returns what the scales reach over of an array, (epoch, sample, …).
        """
        held = {layer.name: {name: span(self._held(layer, name)) for name in held_by(layer)} for layer in self.layers}
        recurrent = [layer for layer in self.layers if layer.is_recurrent]
        flows = [span(self._states(layer, state)) for layer in recurrent for state in layer.cell.carried]
        read = {layer.name: [self._entering(layer, k) for k in range(len(layer.reads))] for layer in self.layers}
        spans = {name: [span(norms) for norms in found if norms is not None] for name, found in read.items()}
        return self._scaled(held, flows, spans)

    def _scales_of(self, rows: Mapping[str, LayerRow]) -> dict[str, Scale]:
        """Return the scales of what is shown at one moment."""
        flows = [norms for row in rows.values() for norms in row.carried.values()]
        held = {name: row.held for name, row in rows.items()}
        read = {
            name: [norms for norms in (row.entering, row.second) if norms is not None] for name, row in rows.items()
        }
        return self._scaled(held, flows, read)

    def _scaled(
        self,
        held: Mapping[str, Mapping[str, np.ndarray]],
        flows: list[np.ndarray],
        read: Mapping[str, list[np.ndarray]],
    ) -> dict[str, Scale]:
        """Return the scales of values by layer and name, of norms that are carried, and of those that layers read."""
        by_scale: dict[str, list[np.ndarray]] = {}
        for layer in self.layers:
            for name, values in held[layer.name].items():
                by_scale.setdefault(held_scale(layer, name, self.backward), []).append(values)
        found = {name: scale_of("", *arrays) for name, arrays in by_scale.items()}
        last = self.layers[-1]
        if puts_out_probabilities(last) and not self.backward:
            found[held_scale(last, last.output, self.backward)] = Scale(0.0, 1.0, "gate")
        of_input = [norms for layer in self.layers if self.reads_input(layer) for norms in read[layer.name]]
        others = [norms for layer in self.layers if not self.reads_input(layer) for norms in read[layer.name]]
        found |= {"flow": scale_of_sizes(*flows, *others)}
        return found | ({"x": scale_of_sizes(*of_input)} if of_input else {})

    def reads_input(self, layer: LayerTrace) -> bool:
        """Say whether a layer reads numbers of the input, whose size has a scale of its own; backward none has."""
        return not self.backward and layer.reads[0] < 0 and not layer.is_table

    def _row(self, layer: LayerTrace, moment: Moment, times: np.ndarray) -> LayerRow:
        here = moment.run
        held = {name: self._held(layer, name)[here] for name in held_by(layer)}
        first, second = (self._entering_at(layer, k, here, times) for k in range(2))
        if held[layer.output].ndim == 1:
            dropped = self._dropped(layer, here)
            dropped = {name: values[None] for name, values in dropped.items()}
            return LayerRow({name: own[None] for name, own in held.items()}, {}, first, second, dropped=dropped)
        carried = self._sent_back(layer, moment, times) if self.backward else self._carried(layer, moment, times)
        held = {name: values[times] for name, values in held.items()}
        counts = None if layer.mask is None else layer.mask[moment.sample][times]
        dropped = self._dropped(layer, here)
        dropped = {k: v[times] if v.ndim == 2 else np.tile(v, (len(times), 1)) for k, v in dropped.items()}
        return LayerRow(held, carried, first, second, counts, dropped)

    def _dropped(self, layer: LayerTrace, here: tuple[int, int]) -> dict[str, np.ndarray]:
        """Return which units dropout sets to zero, by what is held: (unit,), or (time, unit) of a layer of its own."""
        if not layer.is_recurrent:
            return {layer.output: layer.dropout["x"][here] == 0} if "x" in layer.dropout else {}
        return {name: layer.dropout[name][here] == 0 for name in held_by(layer) if name in layer.dropout}

    def _held(self, layer: LayerTrace, name: str) -> np.ndarray:
        return (layer.grad if self.backward else layer.values)[name]  # says what to record if it is not there

    def _states(self, layer: LayerTrace, state: str) -> np.ndarray:
        """Return the norms of a state or its gradient, the initial one too, (epoch, sample, time + 1)."""
        return self._norm(layer, f"{'grad_state' if self.backward else 'state'}/{state}", layer.arrays)

    def _carried(self, layer: LayerTrace, moment: Moment, times: np.ndarray) -> dict[str, np.ndarray]:
        if not layer.is_recurrent:
            return {}
        read = times if not layer.is_turned else layer.steps - 1 - times
        at = moment.but(layer=layer, time=0)
        if not hands_in(at):
            return {state: self._states(layer, state)[at.run][read] for state in layer.cell.carried}
        taken, arrays = read_in(at), layer.arrays
        return {
            state: norm_of(np.where(taken[state], arrays[f"state/{state}"][at.run][:-1], 0.0))[read]
            for state in layer.cell.carried
        }

    def _sent_back(self, layer: LayerTrace, moment: Moment, times: np.ndarray) -> dict[str, np.ndarray]:
        if not layer.is_recurrent:
            return {}
        wiring, found = wiring_of(layer.cell), {}
        steps = [Values(moment.but(layer=layer, time=int(time)), wiring.graph) for time in times]
        for state in layer.cell.carried:
            sent = [sent_over_time(wiring, step, state) for step in steps]
            if all(vector is not None for vector in sent):
                found[state] = np.array([norm_of(vector) for vector in sent])
        return found

    def _entering_at(
        self, layer: LayerTrace, number: int, here: tuple[int, int], times: np.ndarray
    ) -> np.ndarray | None:
        """Return the norms of what a layer reads first (0) or second (1) at some time steps, or of its one vector."""
        if number >= len(layer.reads):
            return None
        norms = self._entering(layer, number)
        if norms is None:
            return None
        return norms[here][times] if norms.ndim == 3 else np.atleast_1d(norms[here])

    def _entering(self, layer: LayerTrace, number: int) -> np.ndarray | None:
        """Return the norms of what a layer reads first (0) or second (1), (epoch, sample, time) or (epoch, sample)."""
        name = ("x", "x2")[number]
        if self.backward:
            return self._norm(layer, name, layer.grad) if name in layer.grad else None
        if layer.is_table:
            return np.zeros(layer[layer.output].shape[:3])  # a number of a token has no size
        if layer.x is not None:
            return self._norm(layer, "x", {"x": layer.x})
        source = self.layers[layer.reads[number]] if layer.reads[number] >= 0 else None
        if source is None or source.output not in source:
            return None
        norms = self._norm(source, source.output, source.values)
        if source.is_recurrent and not puts_out_steps(source):
            return norms[:, :, 0 if source.is_turned else -1]
        hides = source.options.get("zero_output_for_mask") and source.mask is not None
        return norms * source.mask if hides else norms

    def _norm(self, layer: LayerTrace, key: str, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        if (layer.name, key) not in self._norms:
            array, norms = arrays[key], norm_of(arrays[key])
            self._norms[layer.name, key] = np.where((array == -np.inf).all(axis=-1), -np.inf, norms)
        return self._norms[layer.name, key]


def held_by(layer: LayerTrace) -> tuple[str, ...]:
    """Return what a layer shows in its boxes: all states of its cell; of a dense layer what it puts out."""
    return layer.cell.states if layer.is_recurrent else (layer.output,)


def held_scale(layer: LayerTrace, name: str, backward: bool) -> str:
    """Return the name of the scale of what a layer shows: one for each state, and one for each dense layer."""
    name = name if layer.is_recurrent else f"{name} of {layer.name}"
    return f"∂L/∂{name}" if backward else name


def shown_times(steps: int, time: int, most: int) -> np.ndarray:
    """Return the time steps that are shown, at most so many: the first, the last and those around the cursor's.

    Examples
    --------
    >>> shown_times(4, 2, 12).tolist()
    [0, 1, 2, 3]
    >>> shown_times(200, 100, 7).tolist()
    [0, 98, 99, 100, 101, 102, 199]
    """
    if steps <= most:
        return np.arange(steps)
    inner = max(most - 2, 1)
    first = int(np.clip(time - inner // 2, 1, steps - 1 - inner))
    return np.unique([0, *range(first, first + inner), steps - 1])
