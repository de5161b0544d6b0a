"""Passes through a network: everything that belongs to one of them, so that threads do not share it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.engine.optimizers.lookups import Lookups
from rnnscope.engine.tape import Given, Held, Read, allocate

if TYPE_CHECKING:
    from rnnscope.models.network import Network
    from rnnscope.models.nodes import Node

Tape = Mapping[str, np.ndarray]
Size = tuple[tuple[int, ...], int]
"""The length of every input, which is its number of time steps if it has them, and the number of samples."""
End = tuple[int, str | None]
"""The number of a node, and the state of it that a model puts out; None stands for its output."""
States = dict[int, dict[str, np.ndarray]]
"""States by the number of their node."""
Holds = Mapping[int, Mapping[str, Held]]
"""What quantities are held at, by the number of their node."""
NO_HOLDS: Holds = MappingProxyType({})


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
    mask
        Which time steps of the predictions count, (time, sample); None if all do.
    penalty
        What of the loss comes from the size of the weights.
    """

    prediction: np.ndarray
    loss: float = np.nan
    gradient: np.ndarray | None = None
    read: np.ndarray | None = None
    mask: np.ndarray | None = None
    penalty: float = 0.0


def size_of(inputs: Sequence[np.ndarray]) -> Size:
    """Return the size of a pass over inputs, (time, feature, sample) or (feature, sample) each."""
    return tuple(array.shape[0] for array in inputs), inputs[0].shape[-1]


class Passes:
    """Passes of one size through a network, one at a time.

    Inputs are (time, feature, sample), outputs (time, sample, output).

    Parameters
    ----------
    network
        The network.
    size
        The lengths of the inputs and the number of samples.
    gradients
        The flat array for the gradients of all weights; None for passes forward only.

    Attributes
    ----------
    gradient_arrays
        Views of the gradients, one per weight array.
    """

    def __init__(self, network: Network, size: Size, gradients: np.ndarray | None = None) -> None:
        self.size, self.gradients, self.dtype = size, gradients, network.dtype
        self.nodes, self._runners, self._holds = network.nodes, network.runners, network.holds
        self.gradient_arrays = [] if gradients is None else network.split(gradients)
        self._ranges = network.table_ranges()
        self._steps, samples = network.steps(size[0]), size[1]
        own = network.by_node(self.gradient_arrays)
        self._passes = [r.passes(n, samples, g) for r, n, g in zip(network.runners, self._steps, own, strict=True)]
        self._penalized = [
            (layer, regularizer, network.arrays[k], self.gradient_arrays[k] if self.gradient_arrays else None)
            for layer, k, regularizer in network.penalized
        ]

    @cached_property
    def tapes(self) -> list[dict[str, np.ndarray]]:
        """Tapes of its own, one per node, made when they are first asked for."""
        return [allocate(shapes, self.dtype) for shapes in self._shapes]

    @cached_property
    def nbytes(self) -> int:
        """Bytes of its tapes and gradients."""
        numbers = sum(math.prod(shape) for shapes in self._shapes for shape in shapes.values())
        return (numbers + (0 if self.gradients is None else self.gradients.size)) * self.dtype.itemsize

    @property
    def _shapes(self) -> list[dict[str, tuple[int, ...]]]:
        with_gradients = self.gradients is not None
        pairs = zip(self._runners, self._steps, strict=True)
        return [runner.shapes(steps, self.size[1], with_gradients) for runner, steps in pairs]

    def forward(
        self,
        tapes: Sequence[Tape],
        inputs: Sequence[np.ndarray],
        *,
        dropping: np.random.Generator | None = None,
        starts: States | None = None,
    ) -> np.ndarray:
        """Run all nodes and return the output of the last.

        Parameters
        ----------
        tapes
            A tape per node.
        inputs
            The inputs of the model.
        dropping
            What masks of dropout are drawn from, in training.
        starts
            States that nodes begin with; those of other nodes begin as they are declared.
        """
        self._inputs, self._outputs, self.masks = inputs, [], []
        for k, (node, own, tape) in enumerate(zip(self.nodes, self._passes, tapes, strict=True)):
            start = self._start(node, tapes) or (starts or {}).get(k, {})
            mask = self._mask(node.reads[0])
            given = Given(mask, dropping, start, self._holds.get(k, {}))
            self._outputs.append(own.forward(tape, self._read(node.reads), given))
            self.masks.append(mask)
        return self._outputs[-1].swapaxes(-1, -2)

    def logits(self, tapes: Sequence[Tape]) -> np.ndarray:
        """Return what the output of `forward` on these tapes is the probability of (if the last node has a head)."""
        return self._passes[-1].logits(tapes[-1], self._read(self.nodes[-1].reads)).swapaxes(-1, -2)

    def backward(
        self, tapes: Sequence[Tape], d_output: np.ndarray, *, by_logits: bool = False
    ) -> list[np.ndarray | None]:
        """Run all nodes back, after `forward` on the same tapes, and return the gradients of the inputs.

        Fills the gradients of all weights. `by_logits` says that `d_output` is the gradient by `logits`. The gradient
        of an input of token numbers is None.
        """
        back: dict[int, np.ndarray] = {len(self.nodes) - 1: d_output.swapaxes(-1, -2)}
        to_last: dict[int, dict[str, np.ndarray]] = {}
        for k in reversed(range(len(self.nodes))):
            node, own, tape = self.nodes[k], self._passes[k], tapes[k]
            own_back = back[k] if k in back else np.zeros_like(self._outputs[k])
            last = {"d_last": to_last[k]} if k in to_last else {}
            run_back = own.backward_from_logits if by_logits and node is self.nodes[-1] else own.backward
            found = run_back(tape, self._read(node.reads), own_back, **last)
            for source, gradient in zip(node.reads, found if isinstance(found, tuple) else (found,), strict=True):
                if gradient is not None:
                    back[source] = back[source] + gradient if source in back else gradient
            if node.start is not None:
                to_last[node.start] = own.start_gradients(tape)
        return [back.get(-1 - k) for k in range(len(self._inputs))]

    def lookups(self, tapes: Sequence[Tape]) -> list[Lookups]:
        """Return the gradients of what was looked up in tables, after `backward` on these tapes.

        To that of a table with a penalty on its size every row adds something: it is no sum of look-ups.
        """
        summed = {layer for layer, *_ in self._penalized if layer.trainable}
        return [
            Lookups(part, *self._passes[k].looked_up(tapes[k], self._read(self.nodes[k].reads)))
            for k, part in self._ranges.items()
            if self.nodes[k].layer not in summed
        ]

    def penalty(self) -> float:
        """Return what the size of the weights adds to the loss; those of frozen layers add nothing."""
        own = [(regularizer, array) for layer, regularizer, array, _ in self._penalized if layer.trainable]
        return sum(regularizer.value(array) for regularizer, array in own)

    def add_penalty(self) -> None:
        """Add the gradient of the penalty to those of the weights, after `backward`."""
        for layer, regularizer, array, gradient in self._penalized:
            if layer.trainable:
                gradient += regularizer.gradient(array)

    def last_states(self, tapes: Sequence[Tape], nodes: Sequence[int]) -> States:
        """Return copies of the states of some nodes after the last time step."""
        return {k: {state: array.copy() for state, array in self._last(k, tapes).items()} for k in nodes}

    def gradient_of_output(self, tapes: Sequence[Tape]) -> np.ndarray:
        """Return the gradient by the output, after `backward` on these tapes with that by the logits."""
        return tapes[-1]["d_y"].swapaxes(-1, -2)

    def release(self) -> None:
        """Let go of the tapes and the input of the last pass; the work arrays stay."""
        self.__dict__.pop("tapes", None)
        self._inputs, self._outputs, self.masks = [], [], []
        for own in self._passes:
            own.release()

    @property
    def output_mask(self) -> np.ndarray | None:
        """Which time steps of the output of the last pass count, (time, sample); None if all do."""
        return self._mask(len(self.nodes) - 1)

    def put_out(self, tapes: Sequence[Tape], ends: Sequence[End]) -> list[np.ndarray]:
        """Return copies of outputs and last states of some nodes, (sample, …) each, after `forward` on these tapes."""
        found = (self._outputs[k] if state is None else self._last(k, tapes)[state] for k, state in ends)
        return [np.moveaxis(array, -1, 0).copy() for array in found]

    def _start(self, node: Node, tapes: Sequence[Tape]) -> dict[str, np.ndarray]:
        """Return the states that a node takes from another one or from inputs; none if it takes none."""
        if node.start is not None:
            return self._last(node.start, tapes)
        return dict(zip(node.layer.states, (self._inputs[-1 - k] for k in node.states), strict=bool(node.states)))

    def _last(self, node: int, tapes: Sequence[Tape]) -> dict[str, np.ndarray]:
        return self._passes[node].last_states(tapes[node])

    def _read(self, numbers: tuple[int, ...]) -> Read:
        """Return what stands behind numbers of nodes and inputs."""
        found = tuple(self._outputs[k] if k >= 0 else self._inputs[-1 - k] for k in numbers)
        return found if len(found) > 1 else found[0]

    def _mask(self, number: int) -> np.ndarray | None:
        """Return which time steps count of the output of a node, or of an input."""
        if number < 0:
            return None
        return self._runners[number].mask(self.masks[number], self._read(self.nodes[number].reads))
