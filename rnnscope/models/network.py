"""The layers of a model as one computation: flat weights, a pass forward over tapes, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnscope.engine.tape import Runner, all_finite, allocate, first_nonfinite
from rnnscope.models.layer import Layer, Shape

Tape = Mapping[str, np.ndarray]


class Network:
    """Runs the layers of a model; inputs are (time, feature, sample), outputs and targets (time, sample, output).

    Attributes
    ----------
    weights, gradients
        All weights in one flat array, and their gradients in another.
    arrays, gradient_arrays
        Views of them, an array per entry of `specs`.
    specs
        Layer, name and shape of every weight array, in Keras's order.
    """

    def __init__(self, layers: Sequence[Layer], dtype: np.dtype) -> None:
        self.layers, self.dtype = list(layers), dtype
        self.specs = [(layer.name, n, shape) for layer in layers for n, shape in layer.weight_shapes().items()]
        sizes = [int(np.prod(shape)) for _, _, shape in self.specs]
        self.weights, self.gradients = np.zeros(sum(sizes), dtype), np.zeros(sum(sizes), dtype)
        self.arrays, self.gradient_arrays = self.split(self.weights), self.split(self.gradients)
        self.runners: list[Runner] = []
        for layer in layers:
            own = [k for k, (name, _, _) in enumerate(self.specs) if name == layer.name]
            views = [{self.specs[k][1]: a[k] for k in own} for a in (self.arrays, self.gradient_arrays)]
            self.runners.append(layer.attach(*views))
        self._places = [runner.places() for runner in self.runners]

    def start(self, rng: np.random.Generator) -> None:
        """Draw the start weights of all layers."""
        drawn = [array for layer in self.layers for array in layer.start_weights(rng).values()]
        for array, value in zip(self.arrays, drawn, strict=True):
            array[...] = value

    def split(self, flat: np.ndarray) -> list[np.ndarray]:
        """Return a flat array as views, one per weight array."""
        shapes = [shape for _, _, shape in self.specs]
        stops = np.cumsum([int(np.prod(shape)) for shape in shapes])
        return [part.reshape(shape) for part, shape in zip(np.split(flat, stops[:-1]), shapes, strict=True)]

    def tapes(self, steps: int, samples: int, *, gradients: bool = True) -> list[dict[str, np.ndarray]]:
        """Return new tapes, one per layer."""
        return [allocate(runner.shapes(steps, samples, gradients), self.dtype) for runner in self.runners]

    def forward(self, tapes: Sequence[Tape], x: np.ndarray) -> np.ndarray:
        """Run all layers and return the output of the last."""
        self._inputs = [x]
        for runner, tape in zip(self.runners, tapes, strict=True):
            self._inputs.append(runner.forward(tape, self._inputs[-1]))
        return self._inputs[-1].swapaxes(-1, -2)

    def backward(self, tapes: Sequence[Tape], d_output: np.ndarray) -> None:
        """Run all layers back, after `forward` on the same tapes; fills the gradients of all weights."""
        d_output = d_output.swapaxes(-1, -2)
        for runner, tape, x in reversed(list(zip(self.runners, tapes, self._inputs, strict=False))):
            d_output = runner.backward(tape, x, d_output)

    def first_nonfinite(self, tapes: Sequence[Tape], loss: float, square: float) -> str | None:
        """Return where the first NaN or infinity of a pass stands, in words, or None.

        It is looked for only if the sums over values, or `square`, the sum over squared gradients, are not finite.
        """
        last = len(self._inputs[0]) - 1
        layers = list(zip(self.layers, self._places, tapes, strict=True))
        for layer, places, tape in layers:
            values = {place.base for name, place in places.items() if not name.startswith("grad")}
            if not all(all_finite(tape[base]) for base in values) and (found := first_nonfinite(tape, places, False)):
                return _where(layer, *found, last)
        if not np.isfinite(loss):
            return _where(self.layers[-1], f"loss/{self.layers[-1].output}", last, last)
        if np.isfinite(square) or np.isfinite(self.gradients).all():
            return None
        for layer, places, tape in reversed(layers):
            if found := first_nonfinite(tape, places, True):
                return _where(layer, *found, last)
        layer, name, _ = next(s for s, a in zip(self.specs, self.gradient_arrays, strict=True) if not all_finite(a))
        return f"time step 0, layer {layer!r}, gradient of {name!r}"


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
