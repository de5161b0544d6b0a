"""The layers of a model as one computation: flat weights, and passes over them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from rnnscope.engine.regularizers import Regularizer
from rnnscope.engine.tape import Runner, all_finite, first_nonfinite
from rnnscope.models.guard import Guard
from rnnscope.models.inputs import Shape
from rnnscope.models.layer import Layer
from rnnscope.models.nodes import Node, Wire, shapes_read
from rnnscope.models.passes import NO_HOLDS, Holds, Passes, Size, States, Tape
from rnnscope.trace.snapshots import cut

KEPT = 4
"""So many passes wait to be used again: those for a usual batch and for a last smaller one, in two threads."""

KEPT_BYTES = 16 * 2**20
"""Passes that take more bytes are not kept."""


class Network:
    """The nodes of a model with their weights. What belongs to one pass is not here but in `Passes`.

    Parameters
    ----------
    nodes
        The nodes, in the order of computation; their layers know what they read.
    inputs
        The shape of one sample of every input.
    dtype
        Of all arrays.
    weights
        All weights in one flat array; None for new ones, all zero.
    holds
        What quantities are held at in every pass, by the number of their node.
    home
        The weight arrays of another network and its guard, instead: what is trained there has changed here.

    Attributes
    ----------
    names, size
        The names of the nodes and of the layers that they are parts of, and the number of weights.
    arrays
        The weight arrays, one per entry of `specs`: views of `weights`.
    specs
        Node, name and shape of every weight array, in Keras's order.
    runners, places
        What computes each node, and where on its tape lies what can be recorded.
    carried
        The states with which stateful nodes ended their last batch, by the number of the node.
    guard
        Keeps the threads apart that read and change the weights.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        inputs: Sequence[Shape],
        dtype: np.dtype,
        weights: np.ndarray | None = None,
        holds: Holds = NO_HOLDS,
        home: tuple[Sequence[np.ndarray], Guard] | None = None,
    ) -> None:
        self.holds = holds
        self.nodes, self.inputs, self.dtype = list(nodes), list(inputs), dtype
        self.specs = [(node.name, n, shape) for node in nodes for n, shape in node.layer.weight_shapes().items()]
        self.names = {node.name for node in nodes}
        self.size = sum(int(np.prod(shape)) for _, _, shape in self.specs)
        self._flat = weights if weights is not None or home else np.zeros(self.size, dtype)
        self.arrays, self.guard = home or (self.split(self._flat), Guard())
        own = self.by_node(self.arrays)
        self.runners: list[Runner] = [
            node.layer.runner(arrays, tuple(self.holds[k])) if k in self.holds else node.layer.runner(arrays)
            for k, (node, arrays) in enumerate(zip(nodes, own, strict=True))
        ]
        self.stateful = [k for k, node in enumerate(nodes) if node.layer.stateful]
        self.carried: States = {}
        self.places = [runner.places() for runner in self.runners]
        self._pool = threading.Lock()
        self._waiting: deque[Passes] = deque(maxlen=KEPT)

    @property
    def weights(self) -> np.ndarray:
        """All weights in one flat array; only a copy of them if they are those of another network."""
        return np.concatenate([array.ravel() for array in self.arrays]) if self._flat is None else self._flat

    @property
    def nbytes(self) -> int:
        """Bytes of all weights."""
        return self.size * self.dtype.itemsize

    @property
    def head(self) -> str:
        """`"sigmoid"` or `"softmax"` if the last layer puts out the probabilities of logits, else empty."""
        return self.runners[-1].head

    @property
    def penalized(self) -> list[tuple[Layer, int, Regularizer]]:
        """The weight arrays whose size adds to the loss: their layer, their number, and what says how much."""
        layers = {node.name: node.layer for node in self.nodes}
        found = [(layers[node], k, layers[node].regularizers.get(name)) for k, (node, name, _) in enumerate(self.specs)]
        return [(layer, k, regularizer) for layer, k, regularizer in found if regularizer is not None]

    def ranges(self, chosen: Sequence[bool]) -> tuple[slice, ...]:
        """Return the ranges of the flat weights in which chosen weight arrays lie."""
        found: list[slice] = []
        stop = 0
        for (_, _, shape), is_chosen in zip(self.specs, chosen, strict=True):
            start, stop = stop, stop + int(np.prod(shape))
            if is_chosen and found and found[-1].stop == start:
                found[-1] = slice(found[-1].start, stop)
            elif is_chosen:
                found.append(slice(start, stop))
        return tuple(found)

    def table_ranges(self) -> dict[int, slice]:
        """Return the range of the flat weights in which the table of each node that looks up tokens lies."""
        names = {node.name: k for k, node in enumerate(self.nodes) if node.layer.reads_tokens}
        return {
            names[node]: self.ranges([spec[0] == node for spec in self.specs])[0]
            for node, _, _ in self.specs
            if node in names
        }

    def start(self, rng: np.random.Generator) -> None:
        """Draw the start weights of all layers."""
        drawn = [array for node in self.nodes for array in node.layer.first_weights(rng).values()]
        for array, value in zip(self.arrays, drawn, strict=True):
            array[...] = value

    def split(self, flat: np.ndarray) -> list[np.ndarray]:
        """Return a flat array as views, one per weight array."""
        return cut(flat, [shape for _, _, shape in self.specs])

    def by_node(self, arrays: Sequence[np.ndarray]) -> list[dict[str, np.ndarray]]:
        """Return arrays, one per weight array, by node and name."""
        found: dict[str, dict[str, np.ndarray]] = {node.name: {} for node in self.nodes}
        for (node, name, _), array in zip(self.specs, arrays, strict=False):
            found[node][name] = array
        return list(found.values())

    def steps(self, lengths: Sequence[int]) -> list[int]:
        """Return how many time steps each node reads, from the lengths of the inputs; of vectors 1."""
        given = [(n, *shape[1:]) if shape[0] is None else shape for n, shape in zip(lengths, self.inputs, strict=True)]
        read = zip(self.nodes, shapes_read(self.nodes, given), strict=True)
        return [shape[0] if len(shape) == 2 or node.layer.reads_tokens else 1 for node, shape in read]

    def starts(self, samples: int, *, strict: bool = True) -> States:
        """Return the states with which stateful nodes begin a batch of so many samples.

        Raises
        ------
        ValueError
            If the batch before had another number of samples; where that is not `strict`, nodes begin as declared.
        """
        if not self.carried:
            return {}
        before = next(array.shape[-1] for own in self.carried.values() for array in own.values())
        if before == samples:
            return self.carried
        if not strict:
            return {}
        raise ValueError(
            f"batch_size: expected {before} samples, as in the batch whose states stateful layers go on from; "
            f"got {samples}. Call model.reset_states() first, or choose a batch_size that divides the number of samples"
        )

    def declared_starts(self, samples: int) -> States:
        """Return the states with which stateful nodes begin by themselves, of so many samples."""
        cells = {k: self.nodes[k].layer for k in self.stateful}
        return {
            k: {
                state: np.full((layer.units, samples), layer.cell[state].start, self.dtype)
                for state in layer.cell.states
            }
            for k, layer in cells.items()
        }

    def carry(self, passes: Passes, tapes: Sequence[Tape]) -> None:
        """Keep the states with which stateful nodes ended a batch."""
        if self.stateful:
            self.carried = passes.last_states(tapes, self.stateful)

    def forget(self, nodes: Sequence[int]) -> None:
        """Let some nodes begin anew with the next batch."""
        self.carried = {k: states for k, states in self.carried.items() if k not in nodes}

    @contextmanager
    def reading(self) -> Iterator[Network]:
        """Yield a network whose weights stay as they are: this one, or a copy while another thread trains it."""
        if not self.guard.begin_reading():
            yield self.copy()
            return
        try:
            yield self
        finally:
            self.guard.end_reading()

    def copy(self) -> Network:
        """Return a network with a copy of the weights as they are between two steps."""
        copied = Network(self.nodes, self.inputs, self.dtype, self.copied(), self.holds)
        copied.carried = self.carried
        return copied

    def copied(self) -> np.ndarray:
        """Return a copy of the flat weights as they are between two steps."""
        with self.guard.between_steps:
            return self.weights.copy()

    @contextmanager
    def passes(self, size: Size, *, gradients: bool = False) -> Iterator[Passes]:
        """Yield passes of one size that nobody else uses; they are kept for the next who asks."""
        found = self._take(size, gradients)
        if found is None:
            found = Passes(self, size, np.zeros(self.size, self.dtype) if gradients else None)
        yield found
        if found.nbytes <= KEPT_BYTES:
            with self._pool:
                self._waiting.append(found)

    def first_nonfinite(self, passes: Passes, tapes: Sequence[Tape], loss: float, square: float) -> str | None:
        """Return where the first NaN or infinity of a pass stands, in words, or None.

        It is looked for only if the sums over values, or `square`, the sum over squared gradients, are not finite.
        """
        last, nodes = passes.size[0][0] - 1, list(zip(self.nodes, self.places, tapes, strict=True))
        for node, places, tape in nodes:
            values = {place.base for name, place in places.items() if not name.startswith("grad")}
            if not all(all_finite(tape[base]) for base in values) and (found := first_nonfinite(tape, places, False)):
                return _where(node, *found, last)
        if not np.isfinite(loss):
            return _where(self.nodes[-1], f"loss/{self.nodes[-1].layer.quantity}", last, last)
        if np.isfinite(square) or np.isfinite(passes.gradients).all():
            return None
        for node, places, tape in reversed(nodes):
            if found := first_nonfinite(tape, places, True):
                return _where(node, *found, last)
        layer, name, _ = next(s for s, a in zip(self.specs, passes.gradient_arrays, strict=True) if not all_finite(a))
        return f"time step 0, layer {layer!r}, gradient of {name!r}"

    def _take(self, size: Size, gradients: bool) -> Passes | None:
        """Take passes from those that wait, if there are such."""
        with self._pool:
            for k, passes in enumerate(self._waiting):
                if passes.size == size and (passes.gradients is not None) == gradients:
                    del self._waiting[k]
                    return passes
        return None


def _where(node: Node, name: str, step: int | None, last: int) -> str:
    """Say where a recorded number stands; vectors after the last time step have no step of their own."""
    kind, _, quantity = name.partition("/")
    words = {
        "value": "",
        "pre": " (pre-activation)",
        "grad": " (gradient)",
        "grad_pre": " (gradient of pre-activation)",
    }
    detail = words.get(kind, " (the loss of it)" if kind == "loss" else f" ({kind} part)")
    return f"time step {last if step is None else step}, layer {node.name!r}, quantity {quantity!r}{detail}"


def connect(
    layers: Sequence[Layer], names: Sequence[str], wires: Sequence[Wire], inputs: Sequence[Shape]
) -> list[Shape]:
    """Return the shape that every layer reads, and refuse layers that do not fit together.

    `inputs` are the shapes that the inputs of the model were said to have.
    """
    read: list[Shape] = []
    put_out: list[Shape] = []
    masked: list[bool] = []
    for layer, name, wire in zip(layers, names, wires, strict=True):
        k = wire.reads
        shape, below = (put_out[k], f"what {names[k]!r} puts out") if k >= 0 else (inputs[-1 - k], "as Input says")
        if not layer.can_read(shape) or (layer.reads_tokens and k >= 0):
            hint = ""
            if len(shape) == 1 and layer.can_read((None, *shape)):
                is_recurrent = k >= 0 and hasattr(layers[k], "return_sequences")
                hint = ". Give it both, such as input_shape=(4, 1)" if k < 0 else ""
                hint = f". Set return_sequences=True in layer {names[k]!r}" if is_recurrent else hint
            raise ValueError(f"layer {name!r}: expected {layer.reads} as input; got {shape}{hint}")
        if layer.input_shape is not None and not (_fits_again if layer.is_placed else _fits)(layer, shape):
            raise ValueError(f"layer {name!r}: expected input_shape {shape}, {below}; got {layer.input_shape}")
        is_masked = k >= 0 and masked[k]
        if is_masked and not layer.takes_mask:
            raise ValueError(
                f"layer {name!r}: expected an input without a mask, which {layer.kind} cannot take; "
                "got one from a layer below. Use a recurrent layer in its place, or Embedding(..., mask_zero=False)"
            )
        read.append(shape)
        put_out.append(layer.output_shape(shape))
        masked.append(layer.masks(is_masked))
    return read


def _fits(layer: Layer, shape: Shape) -> bool:
    """Say whether a shape is the one that a layer was said to read; None stands for any number of time steps."""
    own = layer.input_shape
    return len(own) == len(shape) and all(a in (None, b) for a, b in zip(own, shape, strict=True))


def _fits_again(layer: Layer, shape: Shape) -> bool:
    """Say whether a layer of another model can read a shape with the weights that it has; time steps may be others."""
    own, is_wide = layer.input_shape, not layer.reads_tokens
    same = len(own) == len(shape) and (not is_wide or own[-1] == shape[-1])
    return same and layer.output_shape(shape)[-1] == layer.output_shape()[-1]
