"""What all layers share."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Self

import numpy as np
import sympy

from rnnscope.checks import describe, positive_int
from rnnscope.engine.tape import Runner
from rnnscope.models.guard import Guard

Shape = tuple[int | None, ...]
WeightArrays = Mapping[str, np.ndarray]


class Layer:
    """What all layers share: a name, the shape of the input, and weights in Keras's order.

    A copy of a layer (`copy.copy`, `copy.deepcopy`, `pickle`) is part of no model; put into one, it begins with the
    weights that it was copied with.

    Attributes
    ----------
    name
        Name within the model, such as `lstm_1`.
    input_shape
        Shape of one input sample, (time, feature) or (feature,); set when the layer is put into a model.
    is_attached
        Whether it is part of a model; a layer can be part of one only.
    """

    def __init__(self, units: int, input_shape: Sequence[int | None] | None, name: str | None) -> None:
        kind = type(self).__name__
        self.units = positive_int(f"{kind}: units", units)
        self.input_shape = None if input_shape is None else checked_shape(f"{kind}: input_shape", input_shape)
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ValueError(f"{kind}: name: expected a name without '/'; got {describe(name)}")
        self.name = name or ""
        self.is_attached = False
        self._weights: WeightArrays = {}
        self._kept: WeightArrays = {}
        self._guard = Guard()

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        return f"{self.kind}({self.units}{name})"

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self).__name__

    @property
    def features(self) -> int:
        """The number of features that it reads."""
        return self.input_shape[-1]

    @property
    def output(self) -> str:
        """The name of the quantity that it puts out."""
        return "y"

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of its weight arrays, in Keras's order and shapes."""
        with self._guard.between_steps:
            return [array.copy() for array in self._weights.values()]

    def count_params(self) -> int:
        """Return its number of parameters."""
        return sum(math.prod(shape) for shape in self.weight_shapes().values())

    def attach(self, weights: WeightArrays, guard: Guard) -> None:
        """Become part of a network: the arrays in which its weights live, and what keeps threads apart there."""
        self._weights, self._guard = weights, guard

    def first_weights(self, rng: np.random.Generator) -> WeightArrays:
        """Return the weights with which it begins in a model: new ones, or for a copy those that it was made with."""
        return self._kept or self.start_weights(rng)

    def bare(self) -> Self:
        """Return a layer that was made alike, part of no model and without weights."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, is_attached=False, _weights={}, _guard=Guard())
        return other

    def __getstate__(self) -> dict[str, Any]:
        weights = dict(zip(self._weights, self.get_weights(), strict=True))
        kept = {"_weights": weights, "_kept": weights or self._kept}
        return {**self.__dict__, **kept, "is_attached": False, "_guard": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _guard=Guard())

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order."""
        raise NotImplementedError

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the weights that it starts from."""
        raise NotImplementedError

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        raise NotImplementedError

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D, the features that it reads, and H, its units.

        `bias="pytorch"` counts the biases as PyTorch keeps them, two for each gate.
        """
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Return what it was made with, apart from units."""
        raise NotImplementedError

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it with weights that live in some arrays."""
        raise NotImplementedError


class Input:
    """The shape of one input sample, as the first entry of a model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.Input(shape=(4, 1)).shape
    (4, 1)
    """

    def __init__(self, shape: Sequence[int | None]) -> None:
        self.shape = checked_shape("Input: shape", shape)


def checked_shape(argument: str, shape: Sequence[int | None]) -> Shape:
    """Return a shape (time, feature), in which time may be None, or (feature,)."""
    if isinstance(shape, str | bytes) or not isinstance(shape, Sequence) or len(shape) not in (1, 2):
        raise ValueError(f"{argument}: expected (time, feature), such as (4, 1); got {describe(shape)}")
    *time, feature = shape
    return (*(None if t is None else positive_int(argument, t) for t in time), positive_int(argument, feature))


def unique_names(layers: Sequence[Layer]) -> list[str]:
    """Return the names of the layers of a model: their own, or Keras's for their class (`lstm`, `lstm_1` …)."""
    given = [layer.name for layer in layers if layer.name]
    for name in given:
        if given.count(name) > 1:
            raise ValueError(f"layers: expected names of their own; got two layers {name!r}")
    names: list[str] = []
    for layer in layers:
        base = snake_case(layer.kind)
        numbered = (f"{base}_{k}" if k else base for k in count())
        names.append(layer.name or next(name for name in numbered if name not in given and name not in names))
    return names


def snake_case(name: str) -> str:
    """Return the name that Keras would give a layer of a class: `SimpleRNN` becomes `simple_rnn`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()
