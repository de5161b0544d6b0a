"""Passes through a network: everything that belongs to one of them, so that threads do not share it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.engine.tape import allocate

if TYPE_CHECKING:
    from rnnscope.models.network import Network

Tape = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Outcome:
    """What a pass came to.

    Attributes
    ----------
    prediction
        Predictions (…, sample, output).
    loss
        The loss.
    gradient
        Its gradient by the predictions.
    read
        What the loss was computed from: the predictions, or their logits.
    """

    prediction: np.ndarray
    loss: float = np.nan
    gradient: np.ndarray | None = None
    read: np.ndarray | None = None


class Passes:
    """Passes of one size through a network, one at a time.

    Inputs are (time, feature, sample), outputs (time, sample, output).

    Parameters
    ----------
    network
        The network.
    size
        The number of time steps and of samples.
    gradients
        The flat array for the gradients of all weights; None for passes forward only.

    Attributes
    ----------
    gradient_arrays
        Views of the gradients, one per weight array.
    """

    def __init__(self, network: Network, size: tuple[int, int], gradients: np.ndarray | None = None) -> None:
        self.size, self.gradients, self.dtype, self._runners = size, gradients, network.dtype, network.runners
        self.gradient_arrays = [] if gradients is None else network.split(gradients)
        by_layer = network.by_layer(self.gradient_arrays)
        self._layers = [r.passes(*size, own) for r, own in zip(network.runners, by_layer, strict=True)]

    @cached_property
    def tapes(self) -> list[dict[str, np.ndarray]]:
        """Tapes of its own, one per layer, made when they are first asked for."""
        return [allocate(shapes, self.dtype) for shapes in self._shapes]

    @cached_property
    def nbytes(self) -> int:
        """Bytes of its tapes and gradients."""
        numbers = sum(math.prod(shape) for shapes in self._shapes for shape in shapes.values())
        return (numbers + (0 if self.gradients is None else self.gradients.size)) * self.dtype.itemsize

    @property
    def _shapes(self) -> list[dict[str, tuple[int, ...]]]:
        return [runner.shapes(*self.size, self.gradients is not None) for runner in self._runners]

    def forward(self, tapes: Sequence[Tape], x: np.ndarray) -> np.ndarray:
        """Run all layers and return the output of the last."""
        self._inputs = [x]
        for layer, tape in zip(self._layers, tapes, strict=True):
            self._inputs.append(layer.forward(tape, self._inputs[-1]))
        return self._inputs[-1].swapaxes(-1, -2)

    def logits(self, tapes: Sequence[Tape]) -> np.ndarray:
        """Return what the output of `forward` on these tapes is the probability of (if the last layer has a head)."""
        return self._layers[-1].logits(tapes[-1]).swapaxes(-1, -2)

    def backward(self, tapes: Sequence[Tape], d_output: np.ndarray, *, by_logits: bool = False) -> np.ndarray:
        """Run all layers back, after `forward` on the same tapes, and return the gradient of the input.

        Fills the gradients of all weights. `by_logits` says that `d_output` is the gradient by `logits`.
        """
        d_output = d_output.swapaxes(-1, -2)
        for layer, tape, x in reversed(list(zip(self._layers, tapes, self._inputs, strict=False))):
            d_output = (layer.backward_from_logits if by_logits else layer.backward)(tape, x, d_output)
            by_logits = False
        return d_output

    def gradient_of_output(self, tapes: Sequence[Tape]) -> np.ndarray:
        """Return the gradient by the output, after `backward` on these tapes with that by the logits."""
        return tapes[-1]["d_y"].swapaxes(-1, -2)

    def release(self) -> None:
        """Let go of the tapes and the input of the last pass; the work arrays stay."""
        self.__dict__.pop("tapes", None)
        self._inputs = []
        for layer in self._layers:
            layer.release()
