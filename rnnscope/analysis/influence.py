"""How far each output of a net follows each input: the derivatives ∂output(t′)/∂x(t) at an epoch, of a sample.

One pass back gives the derivatives of one output by all inputs. The engine runs many samples side by side, so the
sample is given as often as there are outputs, and each copy is sent back from its own output, with a gradient of 1.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnscope.analysis.classes import are_classes
from rnnscope.models.network import Network
from rnnscope.models.nodes import INPUT
from rnnscope.models.passes import Holds, States, size_of
from rnnscope.models.rebuilding import as_read, holds_of, network_of, of_samples, starts_of
from rnnscope.trace import LayerTrace, Trace

SIDE_BY_SIDE = 64
"""So many outputs are sent back in one pass."""

KEPT = 64
"""So many derivatives, of an epoch and a sample each, are kept."""


class Influence:
    """The derivatives of a trace's outputs by its inputs, computed with the weights of an epoch; kept once computed.

    Parameters
    ----------
    trace
        What was recorded.
    outputs
        Numbers of the output's features; all of them by default.

    Attributes
    ----------
    is_sequence
        Whether the net puts out a vector at every time step, and not only one.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.analysis.influence import Influence
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> Influence(model.trace(task.x)).at(epoch=0, sample=2).shape
    (1, 1, 4, 1)
    """

    def __init__(self, trace: Trace, outputs: Sequence[int] | None = None) -> None:
        self.trace, self.is_sequence = trace, trace.predictions.ndim == 4
        self.outputs = range(trace.predictions.shape[-1]) if outputs is None else list(outputs)
        self._network: Network | None = None
        self._found: OrderedDict[tuple[int, int], tuple[np.ndarray, ...]] = OrderedDict()

    def at(self, epoch: int, sample: int) -> np.ndarray:
        """Return ∂output/∂x by the first input, (output step, output, input step, feature).

        There is one output step if only one is put out.
        """
        return self.by_inputs(epoch, sample)[0]

    def by_inputs(self, epoch: int, sample: int) -> tuple[np.ndarray, ...]:
        """Return the same by every input, each on its own time.

        Raises
        ------
        ValueError
            If the weights of the epoch were not kept, and the derivatives do not follow from recorded gradients.
        """
        if (epoch, sample) not in self._found:
            kept = epoch in self.trace.snapshots.epochs
            found = None if kept else self._recorded(epoch, sample)
            self._found[epoch, sample] = self._computed(epoch, sample) if found is None else found
            while len(self._found) > KEPT:
                self._found.popitem(last=False)
        return self._found[epoch, sample]

    def _computed(self, epoch: int, sample: int) -> tuple[np.ndarray, ...]:
        """Send every output back, with the weights of the epoch."""
        network, inputs = self._with_weights_of(epoch), [x[sample] for x in self.trace.inputs]
        alike = _Alike(network, holds_of(self.trace, epoch), starts_of(self.trace, epoch), sample)
        steps = self.trace.predictions.shape[2] if self.is_sequence else 1
        seeds = [(step, output) for step in range(steps) for output in self.outputs]
        cuts = range(0, len(seeds), SIDE_BY_SIDE)
        passes = [self._sent_back(alike, inputs, seeds[k : k + SIDE_BY_SIDE]) for k in cuts]
        found = (np.concatenate(parts) for parts in zip(*passes, strict=True))
        return tuple(each.reshape(steps, len(self.outputs), *each.shape[1:]) for each in found)

    def _sent_back(
        self, alike: _Alike, inputs: Sequence[np.ndarray], seeds: Sequence[tuple[int, int]]
    ) -> list[np.ndarray]:
        """Return the derivatives of some outputs, each by step and feature, by each input: (output, time, feature).

        If that is token numbers, they are by the rows of the embedding.
        """
        network, starts = alike.of(len(seeds))
        given = [np.repeat(x[..., None], len(seeds), axis=-1).astype(network.dtype) for x in inputs]
        with network.passes(size_of(given), gradients=True) as passes, np.errstate(all="ignore"):
            d_output = np.zeros_like(passes.forward(passes.tapes, given, starts=starts))
            for sample, (step, output) in enumerate(seeds):
                d_output[(step, sample, output) if self.is_sequence else (sample, output)] = 1
            found = []
            for number, by_input in enumerate(passes.backward(passes.tapes, d_output)):
                if by_input is None:
                    table = next(k for k, node in enumerate(network.nodes) if INPUT - number in node.reads)
                    by_input = passes.tapes[table]["d_y"]
                found.append(np.moveaxis(by_input, -1, 0).copy())
            passes.release()
        return found

    def _with_weights_of(self, epoch: int) -> Network:
        """Return the network with the weights of an epoch."""
        if self._network is None:
            self._network = network_of(self.trace, epoch)
        else:
            snapshots = self.trace.snapshots
            self._network.weights[...] = snapshots.flat[snapshots.position(epoch)]
        return self._network

    def _recorded(self, epoch: int, sample: int) -> tuple[np.ndarray, ...] | None:
        """Return the derivatives of a single output from its recorded gradient, or None where they do not follow."""
        slopes = slopes_of_prediction(self.trace)
        if slopes is None:
            return None
        place = np.flatnonzero(self.trace.epochs == epoch)[0]
        found = tuple(each[place, sample][None, None] for each in slopes)
        return found if all(np.isfinite(each).all() for each in found) else None


@dataclass(frozen=True)
class _Alike:
    """The pass of one sample: the network, and what is held and what states begin with, for all samples."""

    network: Network
    holds: Holds
    starts: Mapping[int, Mapping[str, np.ndarray]]
    sample: int

    def of(self, count: int) -> tuple[Network, States]:
        """Return the network, with what is held, and the first states, for the sample so many times side by side."""
        own, samples = self.network, [self.sample] * count
        starts = {k: {name: a[:, samples] for name, a in found.items()} for k, found in self.starts.items()}
        if not self.holds:
            return own, starts
        holds = as_read(own.nodes, of_samples(self.holds, samples))
        return Network(own.nodes, own.inputs, own.dtype, own.weights, holds), starts


def slopes_of_prediction(trace: Trace) -> tuple[np.ndarray, ...] | None:
    """Return ∂prediction/∂x by each input, (epoch, sample, time, feature), as far as it follows from gradients.

    It is (∂L/∂x) / (∂L/∂prediction) of nets with one prediction per sample, and not finite where the loss does not
    change; None of other nets, and of traces without gradients.
    """
    by_prediction = trace.prediction_gradients
    if (
        by_prediction is None
        or by_prediction[0, 0].size != 1
        or not all(_has_gradient(own) for number in range(len(trace.inputs)) for own in readers_of(trace, number))
    ):
        return None
    by_prediction = by_prediction.reshape(*by_prediction.shape[:2], 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return tuple(gradient / by_prediction for gradient in gradients_of_inputs(trace))


def gradients_of_inputs(trace: Trace) -> tuple[np.ndarray, ...]:
    """Return ∂L/∂x by each input, (epoch, sample, time, feature), in the order of its time steps.

    It is the sum over the layers that read it; of token numbers it is that by the rows of the embedding.

    Raises
    ------
    ValueError
        If the trace has no gradients.
    """
    return tuple(sum(map(_by_input, readers_of(trace, number))) for number in range(len(trace.inputs)))


def readers_of(trace: Trace, number: int = 0) -> list[LayerTrace]:
    """Return the layers that read an input, the first by default."""
    return [layer for layer in map(trace.__getitem__, trace.layers) if INPUT - number in layer.reads]


def width_of_input(trace: Trace, number: int = 0) -> int:
    """Return of how many numbers a time step of an input is; of a token, how many the embedding makes of it."""
    x = trace.inputs[number]
    return x.shape[-1] if x.ndim == 3 else readers_of(trace, number)[0].units


def range_of_input(trace: Trace, number: int = 0) -> float:
    """Return from the least to the largest number that an input holds; of tokens, that is in their rows."""
    x = trace.inputs[number]
    return float(np.ptp(x if x.ndim == 3 else readers_of(trace, number)[0]["y"]))


def range_of_answers(trace: Trace) -> float:
    """Return how far apart right answers are: of probabilities 1, else from the least to the largest.

    If all are the same it is their size; if none is known, the largest size of what the net answers.
    """
    if are_classes(trace):
        return 1.0
    answers = trace.predictions if trace.y is None else trace.y
    known = answers[np.isfinite(answers)].astype(float)
    spread = float(np.ptp(known)) if known.size and trace.y is not None else 0.0
    return spread or float(np.abs(known).max(initial=0.0))


def _has_gradient(layer: LayerTrace) -> bool:
    return _name_of_gradient(layer) in layer.grad


def _name_of_gradient(layer: LayerTrace) -> str:
    """Return under which name a layer has the gradient of what it reads; token numbers have none, but their rows do."""
    return layer.output if layer.is_table else "x"


def _by_input(layer: LayerTrace) -> np.ndarray:
    """Return the gradient that comes to the input from a layer that reads it, in the order of the input."""
    gradient = layer.grad[_name_of_gradient(layer)].astype(float)
    is_backwards = layer.options.get("go_backwards") and not layer.is_turned
    return gradient[:, :, ::-1] if is_backwards else gradient
