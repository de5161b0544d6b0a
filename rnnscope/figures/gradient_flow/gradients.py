"""How large the gradient of a trace is at every time step, and what the prediction owes to each input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.figures.numbers import norm_of
from rnnscope.figures.scale import Scale, scale_of, scale_of_powers
from rnnscope.trace import LayerTrace, Moment, Trace


@dataclass(frozen=True)
class GradientData:
    """What the view shows.

    Attributes
    ----------
    norms
        ‖∂L/∂s_t‖ over all units by state, (time,).
    others
        The same for the output of every other recurrent layer.
    history
        ‖∂L/∂h_t‖ of the output, (epoch, time).
    inputs
        ∂prediction/∂x_t, (time, feature); ∂L/∂x_t if there are several predictions.
    """

    norms: dict[str, np.ndarray]
    others: dict[str, np.ndarray]
    history: np.ndarray
    inputs: np.ndarray


class TraceGradients:
    """The gradients of a trace; a norm is taken once.

    Attributes
    ----------
    of_prediction
        Whether each sample has one prediction only, by which the inputs' gradient can be taken.
    reads_backwards
        Whether the first layer reads the last time step of the input first.
    what
        What the inputs' gradient is.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace, predictions = trace, trace.prediction_gradients
        self.of_prediction = predictions is not None and predictions[0, 0].size == 1
        self.reads_backwards = bool(trace[trace.layers[0]].options.get("go_backwards"))
        self.what = "∂prediction/∂x" if self.of_prediction else "∂L/∂x"
        self._norms: dict[tuple[str, str], np.ndarray] = {}

    def scales(self) -> dict[str, Scale]:
        """Return the scale of the norms, as powers of ten, and that of the inputs' gradient, over all epochs."""
        arrays = [self.norm(layer, state) for layer in self._recurrent() for state in layer.cell.states]
        return {"norm": scale_of_powers(*arrays), "dx": scale_of("", self._input_gradient())}

    def at(self, moment: Moment) -> GradientData:
        """Return the norms and the inputs' gradient at the moment's epoch and sample."""
        at, layer = moment.run, moment.layer
        norms = {state: self.norm(layer, state)[at] for state in layer.cell.states}
        others = {other.name: self.norm(other, other.output)[at] for other in self._recurrent() if other is not layer}
        history = self.norm(layer, layer.output)[:, moment.sample]
        return GradientData(norms, others, history, self._input_gradient()[at])

    def norm(self, layer: LayerTrace, state: str) -> np.ndarray:
        """Return the norm over all units of a state's gradient, (epoch, sample, time)."""
        if (layer.name, state) not in self._norms:
            self._norms[layer.name, state] = norm_of(layer.grad[state])
        return self._norms[layer.name, state]

    def _recurrent(self) -> list[LayerTrace]:
        found = [self.trace[name] for name in self.trace.layers if self.trace[name].is_recurrent]
        return [layer for layer in found if layer.output in layer.grad]

    def _input_gradient(self) -> np.ndarray:
        """Return ∂prediction/∂x (∂L/∂x if there are several predictions), (epoch, sample, time, feature)."""
        gradient = self.trace[self.trace.layers[0]].grad["x"].astype(float)
        gradient = gradient[:, :, ::-1] if self.reads_backwards else gradient
        if not self.of_prediction:
            return gradient
        by = self.trace.prediction_gradients.reshape(*gradient.shape[:2], 1, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return gradient / by
