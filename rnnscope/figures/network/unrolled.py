"""A net unrolled in time as numbers: what every layer puts out at some time steps, and how much flows between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnnscope.figures.numbers import norm_of
from rnnscope.figures.scale import Scale, scale_of, scale_of_powers, scale_of_sizes
from rnnscope.figures.wiring.flows import sent_over_time
from rnnscope.figures.wiring.wiring import wiring_of
from rnnscope.formulas.values import Values
from rnnscope.trace import LayerTrace, Moment, Trace


@dataclass(frozen=True)
class LayerRow:
    """What one layer shows at the time steps of the picture.

    Attributes
    ----------
    vectors
        Its output, (column, unit); backward ∂L/∂output, total over all later time steps. Of a layer that runs once,
        after the last time step, there is one column.
    carried
        By state, the norm over all units of the state that enters each column, and of the one that leaves the last,
        (column + 1,); −∞ where it begins there. Backward of what each column sends back over time to the state that it
        read, (column,); a state is left out if that takes weights that were not kept.
    entering
        The norm of what the layer reads at each column; backward of ∂L/∂ that. None if it was not recorded.
    """

    vectors: np.ndarray
    carried: Mapping[str, np.ndarray]
    entering: np.ndarray | None


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
    prediction, target
        The output of the net and what it should be, (output,) or (column, output); no target if there was none.
    """

    times: np.ndarray
    rows: Mapping[str, LayerRow]
    inputs: np.ndarray
    prediction: np.ndarray
    target: np.ndarray | None


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
        return NetworkData(times, rows, read[times], prediction, target)

    def scales(self) -> dict[str, Scale]:
        """Return the scales over all epochs: of single units, of what states carry, and of the input."""
        recurrent = [layer for layer in self.layers if layer.is_recurrent]
        others = [layer for layer in self.layers if not layer.is_recurrent]
        flows = [self._states(layer, state) for layer in recurrent for state in layer.cell.states]
        read = [self._entering(layer) for layer in self.layers]
        if self.backward:
            units = scale_of_powers(*(np.abs(self._output(layer)) for layer in self.layers))
            return {"∂L/∂unit": units, "gradient": scale_of_powers(*flows, *(a for a in read if a is not None))}
        found = {"unit": scale_of("", *(self._output(layer) for layer in recurrent))} if recurrent else {}
        found |= {f"unit of {layer.name}": scale_of("", self._output(layer)) for layer in others}
        flows += [array for array in read[1:] if array is not None]
        return found | {"norm": scale_of_sizes(*flows), "x": scale_of_sizes(read[0])}

    def _row(self, layer: LayerTrace, moment: Moment, times: np.ndarray) -> LayerRow:
        here = moment.run
        output, entering = self._output(layer)[here], self._entering(layer)
        entering = None if entering is None else np.atleast_1d(entering[here])
        if output.ndim == 1:
            return LayerRow(output[None], {}, entering)
        carried = self._sent_back(layer, moment, times) if self.backward else self._carried(layer, here, times)
        return LayerRow(output[times], carried, None if entering is None else entering[times])

    def _output(self, layer: LayerTrace) -> np.ndarray:
        return (layer.grad if self.backward else layer.values)[layer.output]

    def _states(self, layer: LayerTrace, state: str) -> np.ndarray:
        """Return the norms of a state or its gradient, the initial one too, (epoch, sample, time + 1)."""
        (layer.grad if self.backward else layer.values)[state]  # says what to record if it is not there
        return self._norm(layer, f"{'grad_state' if self.backward else 'state'}/{state}", layer.arrays)

    def _carried(self, layer: LayerTrace, here: tuple[int, int], times: np.ndarray) -> dict[str, np.ndarray]:
        if not layer.is_recurrent:
            return {}
        steps = np.append(times, times[-1] + 1)
        return {state: self._states(layer, state)[here][steps] for state in layer.cell.states}

    def _sent_back(self, layer: LayerTrace, moment: Moment, times: np.ndarray) -> dict[str, np.ndarray]:
        if not layer.is_recurrent:
            return {}
        wiring, found = wiring_of(layer.cell), {}
        steps = [Values(moment.but(layer=layer, time=int(time)), wiring.graph) for time in times]
        for state in layer.cell.states:
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
