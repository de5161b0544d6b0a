"""How large the gradient of a trace is at every time step, by which factors, and what the prediction owes to inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rnnscope.analysis.factors import Factor, factors_of
from rnnscope.analysis.influence import gradients_of_inputs, slopes_of_prediction
from rnnscope.figures.scale import Scale, scale_of_powers
from rnnscope.languages import tr
from rnnscope.numbers import norm_of
from rnnscope.trace import LayerTrace, Moment, Trace
from rnnscope.trace.clock import clock_of

ROUNDING = 16
"""Sums of numbers that cancel out leave up to so many times the resolution of their type."""


@dataclass(frozen=True)
class GradientData:
    """What the view shows, on the time of the layer; norms are divided by that of the last step, if relative to it.

    The last step is the one that is read last: in a layer that is turned, time step 0.

    Attributes
    ----------
    norms
        ‖∂L/∂s_t‖ over all units by state, (time,); NaN if they are relative to a last one of zero.
    others
        The same for the output of every other recurrent layer with the same time steps.
    history
        ‖∂L/∂h_t‖ of the output, (epoch, time).
    inputs
        ∂prediction/∂x_t by each input, (time, feature); ∂L/∂x_t if there are several predictions.
    factors
        What the cell multiplies the gradient with from each time step to the one that was read before.
    ends
        ‖∂L/∂s_t‖ at the time step that is read first and at the last one, by state, never relative.
    """

    norms: dict[str, np.ndarray]
    others: dict[str, np.ndarray]
    history: np.ndarray
    inputs: tuple[np.ndarray, ...]
    factors: list[Factor]
    ends: dict[str, tuple[float, float]]


class TraceGradients:
    """The gradients of a trace; a norm is taken once.

    Parameters
    ----------
    trace
        What was recorded.
    relative
        Whether norms are divided by that of the last time step.

    Attributes
    ----------
    of_prediction
        Whether each sample has one prediction only, by which the inputs' gradient can be taken.
    """

    def __init__(self, trace: Trace, relative: bool) -> None:
        self.trace, self.relative = trace, relative
        slopes = slopes_of_prediction(trace)
        self.of_prediction = slopes is not None
        self._inputs = gradients_of_inputs(trace) if slopes is None else slopes
        self._norms: dict[tuple[str, str], np.ndarray] = {}
        self._factors: dict[tuple[str, int, int], list[Factor]] = {}

    @property
    def what(self) -> str:
        """What the inputs' gradient is."""
        if all(x.ndim == 2 for x in self.trace.inputs):
            return tr("∂prediction/∂vector of token") if self.of_prediction else tr("∂L/∂vector of token")
        return tr("∂prediction/∂x") if self.of_prediction else "∂L/∂x"

    def scales(self, span: Callable[[np.ndarray], np.ndarray]) -> dict[str, Scale]:
        """Return the scales of the norms, as powers of ten, over a span of arrays.

        That of the history is over all epochs.
        """
        arrays = [self.shown(layer, state) for layer in self._recurrent() for state in layer.cell.states]
        return {"norm": scale_of_powers(*map(span, arrays)), "history": scale_of_powers(*arrays)}

    def at(self, moment: Moment) -> GradientData:
        """Return the norms and the inputs' gradient at the moment's epoch and sample."""
        at, layer = moment.run, moment.layer
        norms = {state: self.shown(layer, state)[at] for state in layer.cell.states}
        others = {other.name: self.shown(other, other.output)[at] for other in self._beside(layer)}
        history = self.shown(layer, layer.output)[:, moment.sample]
        ends = {
            state: tuple(self.norm(layer, state)[at][:: moment.way][[0, -1]].tolist()) for state in layer.cell.states
        }
        return GradientData(
            norms, others, history, tuple(each[at] for each in self._inputs), self.factors(moment), ends
        )

    def factors(self, moment: Moment) -> list[Factor]:
        """Return the factors at the moment's epoch and sample, on the time of the layer."""
        key = moment.layer.name, *moment.run
        if key not in self._factors:
            found = factors_of(moment)
            self._factors[key] = [replace(each, sizes=each.sizes[:: moment.way]) for each in found]
        return self._factors[key]

    def shown(self, layer: LayerTrace, state: str) -> np.ndarray:
        """Return the norm of a state's gradient as it is shown, (epoch, sample, time); NaN if it is noise."""
        norm = self.norm(layer, state)
        if state in self.noise(layer):
            return np.full_like(norm, np.nan)
        if not self.relative:
            return norm
        with np.errstate(divide="ignore", invalid="ignore"):
            last = norm[..., :1] if layer.is_turned else norm[..., -1:]
            return np.where(last > 0, norm / last, np.nan)

    def norm(self, layer: LayerTrace, state: str) -> np.ndarray:
        """Return the norm over all units of a state's gradient, (epoch, sample, time)."""
        if (layer.name, state) not in self._norms:
            self._norms[layer.name, state] = norm_of(layer.grad[state])
        return self._norms[layer.name, state]

    def noise(self, layer: LayerTrace) -> list[str]:
        """Return the states whose gradient is never more than rounding leaves of that of the layer's largest one.

        Such is the stabiliser m of an SLSTM: what it does to one state it undoes in another.
        """
        largest = {
            state: np.max(norm, initial=0.0, where=np.isfinite(norm))
            for state, norm in ((state, self.norm(layer, state)) for state in layer.cell.states)
        }
        least = ROUNDING * np.finfo(layer.grad[layer.output].dtype).eps * max(largest.values())
        return [state for state, norm in largest.items() if 0 < norm < least]

    def _beside(self, layer: LayerTrace) -> list[LayerTrace]:
        """Return the other recurrent layers that have the same time steps, in the same order."""
        clock = clock_of(self.trace, layer.name)
        return [
            other for other in self._recurrent() if other is not layer and clock_of(self.trace, other.name) == clock
        ]

    def _recurrent(self) -> list[LayerTrace]:
        return [layer for layer in self.trace.recurrent_layers if layer.output in layer.grad]
