"""The layers of a model as one computation: flat weights, and passes over them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from rnnscope.engine.tape import Runner, all_finite, first_nonfinite
from rnnscope.models.guard import Guard
from rnnscope.models.layer import Layer, Shape
from rnnscope.models.passes import Passes, Tape

KEPT = 4
"""So many passes wait to be used again: those for a usual batch and for a last smaller one, in two threads."""

KEPT_BYTES = 16 * 2**20
"""Passes that take more bytes are not kept."""


class Network:
    """The layers of a model with their weights. What belongs to one pass is not here but in `Passes`.

    Parameters
    ----------
    layers
        The layers, from the input up.
    dtype
        Of all arrays.
    weights
        All weights in one flat array; None for new ones, all zero.

    Attributes
    ----------
    weights
        All weights in one flat array.
    arrays
        Views of them, an array per entry of `specs`.
    specs
        Layer, name and shape of every weight array, in Keras's order.
    runners, places
        What computes each layer, and where on its tape lies what can be recorded.
    guard
        Keeps the threads apart that read and change the weights.
    """

    def __init__(self, layers: Sequence[Layer], dtype: np.dtype, weights: np.ndarray | None = None) -> None:
        self.layers, self.dtype = list(layers), dtype
        self.specs = [(layer.name, n, shape) for layer in layers for n, shape in layer.weight_shapes().items()]
        size = sum(int(np.prod(shape)) for _, _, shape in self.specs)
        self.weights = np.zeros(size, dtype) if weights is None else weights
        self.arrays = self.split(self.weights)
        own = self.by_layer(self.arrays)
        self.runners: list[Runner] = [layer.runner(arrays) for layer, arrays in zip(layers, own, strict=True)]
        self.places = [runner.places() for runner in self.runners]
        self.guard = Guard()
        self._pool = threading.Lock()
        self._waiting: deque[Passes] = deque(maxlen=KEPT)

    @property
    def head(self) -> str:
        """`"sigmoid"` or `"softmax"` if the last layer puts out the probabilities of logits, else empty."""
        return self.runners[-1].head

    def start(self, rng: np.random.Generator) -> None:
        """Draw the start weights of all layers."""
        drawn = [array for layer in self.layers for array in layer.first_weights(rng).values()]
        for array, value in zip(self.arrays, drawn, strict=True):
            array[...] = value

    def split(self, flat: np.ndarray) -> list[np.ndarray]:
        """Return a flat array as views, one per weight array."""
        shapes = [shape for _, _, shape in self.specs]
        stops = np.cumsum([int(np.prod(shape)) for shape in shapes])
        return [part.reshape(shape) for part, shape in zip(np.split(flat, stops[:-1]), shapes, strict=True)]

    def by_layer(self, arrays: Sequence[np.ndarray]) -> list[dict[str, np.ndarray]]:
        """Return arrays, one per weight array, by layer and name."""
        found: dict[str, dict[str, np.ndarray]] = {layer.name: {} for layer in self.layers}
        for (layer, name, _), array in zip(self.specs, arrays, strict=False):
            found[layer][name] = array
        return list(found.values())

    @contextmanager
    def reading(self) -> Iterator[Network]:
        """Yield a network whose weights stay as they are: this one, or a copy while another thread trains it."""
        if not self.guard.begin_reading():
            yield Network(self.layers, self.dtype, self.copied())
            return
        try:
            yield self
        finally:
            self.guard.end_reading()

    def copied(self) -> np.ndarray:
        """Return a copy of the flat weights as they are between two steps."""
        with self.guard.between_steps:
            return self.weights.copy()

    @contextmanager
    def passes(self, steps: int, samples: int, *, gradients: bool = False) -> Iterator[Passes]:
        """Yield passes of one size that nobody else uses; they are kept for the next who asks."""
        found = self._take((steps, samples), gradients)
        if found is None:
            found = Passes(self, (steps, samples), np.zeros_like(self.weights) if gradients else None)
        yield found
        if found.nbytes <= KEPT_BYTES:
            with self._pool:
                self._waiting.append(found)

    def first_nonfinite(self, passes: Passes, tapes: Sequence[Tape], loss: float, square: float) -> str | None:
        """Return where the first NaN or infinity of a pass stands, in words, or None.

        It is looked for only if the sums over values, or `square`, the sum over squared gradients, are not finite.
        """
        last, layers = passes.size[0] - 1, list(zip(self.layers, self.places, tapes, strict=True))
        for layer, places, tape in layers:
            values = {place.base for name, place in places.items() if not name.startswith("grad")}
            if not all(all_finite(tape[base]) for base in values) and (found := first_nonfinite(tape, places, False)):
                return _where(layer, *found, last)
        if not np.isfinite(loss):
            return _where(self.layers[-1], f"loss/{self.layers[-1].output}", last, last)
        if np.isfinite(square) or np.isfinite(passes.gradients).all():
            return None
        for layer, places, tape in reversed(layers):
            if found := first_nonfinite(tape, places, True):
                return _where(layer, *found, last)
        layer, name, _ = next(s for s, a in zip(self.specs, passes.gradient_arrays, strict=True) if not all_finite(a))
        return f"time step 0, layer {layer!r}, gradient of {name!r}"

    def _take(self, size: tuple[int, int], gradients: bool) -> Passes | None:
        """Take passes from those that wait, if there are such."""
        with self._pool:
            for k, passes in enumerate(self._waiting):
                if passes.size == size and (passes.gradients is not None) == gradients:
                    del self._waiting[k]
                    return passes
        return None


def _where(layer: Layer, name: str, step: int | None, last: int) -> str:
    """Say where a recorded number stands; vectors after the last time step have no step of their own."""
    kind, _, quantity = name.partition("/")
    words = {
        "value": "",
        "pre": " (pre-activation)",
        "grad": " (gradient)",
        "grad_pre": " (gradient of pre-activation)",
    }
    detail = words.get(kind, " (the loss of it)" if kind == "loss" else f" ({kind} part)")
    return f"time step {last if step is None else step}, layer {layer.name!r}, quantity {quantity!r}{detail}"


def connect(layers: Sequence[Layer], names: Sequence[str], given: Shape | None = None) -> list[Shape | None]:
    """Return the shape that every layer reads, and refuse layers that do not fit together.

    `given` is the shape that the input of the model was said to have; all is None as long as no input shape is known.
    """
    shape = given or layers[0].input_shape
    if shape is None:
        return [None] * len(layers)
    shapes = []
    for k, (layer, name) in enumerate(zip(layers, names, strict=True)):
        below = f"what {names[k - 1]!r} puts out" if k else "as Input says"
        if layer.input_shape not in (None, shape):
            raise ValueError(f"layer {name!r}: expected input_shape {shape}, {below}; got {layer.input_shape}")
        if hasattr(layer, "cell") and len(shape) != 2:
            hint = "" if k else ". Give it both, such as input_shape=(4, 1)"
            if k and hasattr(layers[k - 1], "cell"):
                hint = f". Set return_sequences=True in layer {names[k - 1]!r}"
            raise ValueError(f"layer {name!r}: expected sequences (time, feature) as input; got {shape}{hint}")
        shapes.append(shape)
        shape = layer.output_shape(shape)
    return shapes
