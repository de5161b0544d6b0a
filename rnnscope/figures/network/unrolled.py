"""A net unrolled in time as numbers: what every layer holds at some time steps, and how much flows between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rnnscope.analysis.classes import puts_out_probabilities
from rnnscope.figures.scale import Scale, scale_of, scale_of_sizes
from rnnscope.figures.wiring.flows import sent_over_time
from rnnscope.figures.wiring.wiring import wiring_of
from rnnscope.formulas.values import Values
from rnnscope.numbers import norm_of
from rnnscope.trace import LayerTrace, Moment, Trace
from rnnscope.trace.naming import as_read


@dataclass(frozen=True)
class LayerRow:
    """What one layer shows at the time steps of the picture.

    Attributes
    ----------
    held
        By state, its values at each column, (column, unit), and of a dense layer its output; backward ∂L/∂ these, total
        over all later time steps. Of a layer that runs once, after the last time step, there is one column.
    carried
        By state, its norm over all units as it enters each column, (column,); −∞ where it begins there. Backward of
        what each column sends back over time to the state that it read; a state is left out if that takes weights that
        were not kept.
    entering
        The norm of what the layer reads at each column; backward of ∂L/∂ that. None if it was not recorded.
    """

    held: Mapping[str, np.ndarray]
    carried: Mapping[str, np.ndarray]
    entering: np.ndarray | None

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
    times
        The time step of each column.
    rows
        What each layer shows, from the input up.
    inputs
        What the first layer reads at each column, (column, feature).
    labels
        What it is called, or an empty text.
    prediction, target
        The output of the net and what it should be, (output,) or (column, output); no target if there was none.
    scales
        The scales of this moment: of the values in the boxes, by the names that `held_scale` gives, and under
        `"flow"` and `"x"` of the sizes that arrows carry.
    """

    times: np.ndarray
    rows: Mapping[str, LayerRow]
    inputs: np.ndarray
    labels: list[str]
    prediction: np.ndarray
    target: np.ndarray | None
    scales: Mapping[str, Scale]


class Unrolled:
    """Reads from a trace what flows through the net in one direction; every norm is computed once."""

    def __init__(self, trace: Trace, direction: str) -> None:
        self.trace, self.backward = trace, direction == "backward"
        self.layers = [trace[name] for name in trace.layers]
        self._norms: dict[tuple[str, str], np.ndarray] = {}

    def at(self, moment: Moment, times: np.ndarray) -> NetworkData:
        """Return what flows at a moment, at some time steps."""
        here = moment.run
        target = None if self.trace.y is None else self.trace.y[moment.sample]
        prediction = self.trace.predictions[here]
        if prediction.ndim > 1:
            prediction, target = prediction[times], None if target is None else target[times]
        rows = {layer.name: self._row(layer, moment, times) for layer in self.layers}
        first = self.layers[0].x
        read = self.trace.x[moment.sample] if first is None else first[here]
        names = as_read(self.trace.labels.steps(moment.sample), self.trace, self.trace.layers[0])
        labels = [names[time] if names else "" for time in times]
        inputs = read[times].reshape(len(times), -1)
        return NetworkData(times, rows, inputs, labels, prediction, target, self._scales_of(rows))

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
        read = [self._entering(layer) for layer in self.layers]
        return self._scaled(held, flows, [None if norms is None else span(norms) for norms in read])

    def _scales_of(self, rows: Mapping[str, LayerRow]) -> dict[str, Scale]:
        """Return the scales of what is shown at one moment."""
        flows = [norms for row in rows.values() for norms in row.carried.values()]
        held = {name: row.held for name, row in rows.items()}
        return self._scaled(held, flows, [row.entering for row in rows.values()])

    def _scaled(
        self,
        held: Mapping[str, Mapping[str, np.ndarray]],
        flows: list[np.ndarray],
        read: list[np.ndarray | None],
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
        first, *others = read
        known = [norms for norms in ([first, *others] if self.backward else others) if norms is not None]
        return found | {"flow": scale_of_sizes(*flows, *known)} | self._scale_of_input(first)

    def _scale_of_input(self, norms: np.ndarray | None) -> dict[str, Scale]:
        """Return the scale of what the first layer reads; backward its gradient is on the scale of all others."""
        return {} if self.backward or norms is None else {"x": scale_of_sizes(norms)}

    def _row(self, layer: LayerTrace, moment: Moment, times: np.ndarray) -> LayerRow:
        here = moment.run
        held = {name: self._held(layer, name)[here] for name in held_by(layer)}
        entering = self._entering(layer)
        entering = None if entering is None else np.atleast_1d(entering[here])
        if held[layer.output].ndim == 1:
            return LayerRow({name: values[None] for name, values in held.items()}, {}, entering)
        carried = self._sent_back(layer, moment, times) if self.backward else self._carried(layer, here, times)
        held = {name: values[times] for name, values in held.items()}
        return LayerRow(held, carried, None if entering is None else entering[times])

    def _held(self, layer: LayerTrace, name: str) -> np.ndarray:
        return (layer.grad if self.backward else layer.values)[name]  # says what to record if it is not there

    def _states(self, layer: LayerTrace, state: str) -> np.ndarray:
        """Return the norms of a state or its gradient, the initial one too, (epoch, sample, time + 1)."""
        return self._norm(layer, f"{'grad_state' if self.backward else 'state'}/{state}", layer.arrays)

    def _carried(self, layer: LayerTrace, here: tuple[int, int], times: np.ndarray) -> dict[str, np.ndarray]:
        if not layer.is_recurrent:
            return {}
        return {state: self._states(layer, state)[here][times] for state in layer.cell.carried}

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

    def _entering(self, layer: LayerTrace) -> np.ndarray | None:
        """Return the norms of what a layer reads, (epoch, sample, time) or (epoch, sample)."""
        found = layer.grad if self.backward else {} if layer.x is None else {"x": layer.x}
        return self._norm(layer, "x", found) if "x" in found else None

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
