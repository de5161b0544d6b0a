"""What all layers share."""

from __future__ import annotations

import math
import re
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import sympy

from rnnscope.checks import describe, flag
from rnnscope.engine.regularizers import Regularizer
from rnnscope.engine.tape import Runner
from rnnscope.habits import refuse_attribute
from rnnscope.models.arguments import named
from rnnscope.models.calls import Call, Called, called
from rnnscope.models.guard import Guard
from rnnscope.models.inputs import Input, Shape, checked_shape
from rnnscope.models.weight import Weight, set_arrays

WeightArrays = Mapping[str, np.ndarray]


FREE = {"is_attached": False, "is_inner": False, "_is_housed": False, "_forget": None}
"""What a layer is that is part of no model."""


@dataclass(frozen=True)
class Part:
    """One of the computations that a layer consists of.

    Attributes
    ----------
    suffix
        What is added to the name of the layer: `.forward`; empty for the part that puts out what the layer does.
    layer
        What computes it.
    reads
        The places, among the parts, of those that it reads; nothing if it reads what the layer reads.
    """

    suffix: str
    layer: Layer
    reads: tuple[int, ...] = ()


class Layer:
    """What all layers share: a name, the shape of the input, and weights in Keras's order.

    Every layer takes `trainable=False`: its weights then stay as they are, and its gradients are recorded all the same.

    A copy of a layer (`copy.copy`, `copy.deepcopy`, `pickle`) is part of no model; put into one, it begins with the
    weights that it was copied with.

    Attributes
    ----------
    units
        The number of units, or what it puts out side by side; None until that is known.
    name
        Name within the model, such as `lstm_1`.
    input_shape
        Shape of one input sample, (time, feature) or (feature,); set when the layer is put into a model.
    is_attached
        Whether it is part of a model, or of a layer of one.
    is_inner
        Whether it is part of another layer.
    trainable
        Whether its weights are trained.
    """

    reads = "sequences (time, feature) or vectors (feature,)"
    """What its input may be, in words."""

    reads_tokens = False
    """Whether it reads token numbers, (time,), instead of features."""

    takes_mask = True
    """Whether its input may have time steps that do not count."""

    return_state = stateful = False
    """Whether it gives its last states, and goes on from those of the batch before; of recurrent layers."""

    units: int | None = None
    regularizers: Mapping[str, Regularizer] = MappingProxyType({})
    """The penalties on the size of its weights, by the names of weight arrays."""

    _trainable = True

    def __init_subclass__(cls, **others: Any) -> None:
        super().__init_subclass__(**others)
        if "__init__" in vars(cls):
            cls.__init__ = named(cls.__init__)

    def __init__(self, input_shape: Sequence[int | None] | None, name: str | None) -> None:
        kind = type(self).__name__
        self.input_shape = None if input_shape is None else checked_shape(f"{kind}: input_shape", input_shape)
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ValueError(f"{kind}: name: expected a name without '/'; got {describe(name)}")
        self.name, self._is_named = name or "", bool(name)
        self.is_attached = False
        self.is_inner = self._is_read = self._is_housed = False
        self._calls: list[weakref.ref[Call]] = []
        self._weights: WeightArrays = {}
        self._kept: WeightArrays = {}
        self._guard = Guard()
        self._forget: Callable[[], None] | None = None

    def __getattr__(self, name: str) -> Any:
        """Return a weight array by its name, such as `layer.kernel`."""
        weights = self.__dict__.get("_weights", {})
        if name in weights:
            return Weight(name, self.name, weights[name], self._guard)
        refuse_attribute(self, "layer object", name)

    def __repr__(self) -> str:
        return self.label if not self.name else f"{self.label[:-1]}{', ' * (self.label[-2] != '(')}name={self.name!r})"

    @property
    def label(self) -> str:
        """Its class with what says most about it, such as `LSTM(300)`."""
        return f"{self.kind}({self.units})"

    def __call__(
        self,
        x: Input | Called,
        initial_state: Sequence[Input | Called] | Input | Called = (),
        *,
        training: bool | None = None,
        mask: None = None,
    ) -> Called | list[Called]:
        """Read an `rs.Input` or the output of another layer, in a functional model.

        Parameters
        ----------
        x
            What it reads.
        initial_state
            The states that it begins with: those that a layer with `return_state=True` gave, or inputs.
        training, mask
            Nothing but None: `fit` trains, and masks come with what is read.

        Returns
        -------
        Called or list of Called
            Its output; with `return_state=True` a list of its output and its last states.
        """
        for argument, given in (("training", training), ("mask", mask)):
            if given is not None:
                hint = "fit trains, and masks come from Embedding(mask_zero=True) and Masking"
                raise TypeError(f"{self.label}: {argument}: expected None, since {hint}; got {describe(given)}")
        call = called(self, x, initial_state)
        self.note(call)
        return call.output

    @property
    def calls(self) -> list[Call]:
        """What it was called with, as far as a model or an output still knows it; a layer keeps none of them alive."""
        return [call for reference in self._calls if (call := reference()) is not None]

    def note(self, call: Call) -> None:
        """Note a call."""
        self._calls = [weakref.ref(own) for own in (*self.calls, call)]

    def forget_calls(self, calls: Sequence[Call]) -> None:
        """Forget some calls."""
        self._calls = [weakref.ref(own) for own in self.calls if own not in calls]

    @property
    def states(self) -> tuple[str, ...]:
        """The names of its states in Keras's order: its output first; none if it has none."""
        return ()

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self).__name__

    @property
    def features(self) -> int:
        """The number of features that it reads."""
        return self.input_shape[-1]

    @property
    def formula_units(self) -> int:
        """The H of its `parameter_formula`: its own units, whatever it puts out."""
        return self.units

    @property
    def quantity(self) -> str:
        """The name of the quantity that it puts out."""
        return "y"

    @property
    def input(self) -> Input | Called:
        """What it reads in the first model of which it is part: an `rs.Input`, or the output of another layer."""
        return self._first_call("input").x

    @property
    def output(self) -> Called | list[Called]:
        """What it gives there, for models up to this layer: `rs.Model(model.input, layer.output)`."""
        return self._first_call("output").output

    def _first_call(self, name: str) -> Call:
        known = self.calls
        if not known:
            words = "expected a layer of a model whose input is known, or one that was called"
            raise AttributeError(f"{self.label}: {name}: {words}; got one that reads nothing yet")
        return known[0]

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return shape[-1] is not None

    def read(self, shape: Shape) -> None:
        """Take the shape of one input sample."""
        self.input_shape, self._is_read = shape, True

    def masks(self, masked: bool) -> bool:
        """Say whether its output may have time steps that do not count, from whether its input may."""
        return masked

    def parts(self) -> tuple[Part, ...]:
        """Return the computations that it consists of, in order: mostly itself. The last one gives its output."""
        return (Part("", self),)

    def width(self, below: sympy.Expr, own: sympy.Expr) -> sympy.Expr:
        """Return how many numbers it puts out side by side, from how many it reads and its own units."""
        return own

    @property
    def built(self) -> bool:
        """Whether it is part of a model whose input is known."""
        return self.is_placed

    @property
    def trainable(self) -> bool:
        """Whether its weights are trained; what is set takes effect in the next `fit`."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = flag(f"{self.kind}: trainable", value)

    @property
    def weights(self) -> list[Weight]:
        """Its weight arrays, in Keras's order; none before it is part of a model whose input is known."""
        return [Weight(name, self.name, array, self._guard) for name, array in self._weights.items()]

    @property
    def trainable_weights(self) -> list[Weight]:
        """Those that are trained."""
        return self.weights if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """Those that are not trained."""
        return [] if self.trainable else self.weights

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set its weights from arrays in the order and shapes of `get_weights()`; nothing changes if one is wrong."""
        if not self._weights and (self.input_shape is None or self.weight_shapes()):
            wanted = "a layer of a model whose input is known"
            raise ValueError(f"{self.label}: set_weights: expected {wanted}; got one that has no weights yet")
        set_arrays(weights, self._weights, self._guard)

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of its weight arrays, in Keras's order and shapes."""
        with self._guard.between_steps:
            return [array.copy() for array in self._weights.values()]

    def count_params(self) -> int:
        """Return its number of parameters."""
        return sum(math.prod(shape) for shape in self.weight_shapes().values())

    def attach(self, weights: WeightArrays, guard: Guard, forget: Callable[[], None] | None = None) -> None:
        """Become part of a network: where its weights live, what keeps threads apart, what forgets the last states."""
        self._weights, self._guard, self._forget, self._is_housed = weights, guard, forget, True

    def reset_states(self) -> None:
        """Let a stateful layer begin anew with the next batch; `model.reset_states()` does so with all layers."""
        if self._forget is not None:
            self._forget()

    reset_state = reset_states

    def first_weights(self, rng: np.random.Generator) -> WeightArrays:
        """Return the weights with which it begins in a model: new ones, or those that it already had.

        They are drawn in any case, so that other layers draw what they draw without it.
        """
        drawn = self.start_weights(rng)
        return dict(zip(self._weights, self.get_weights(), strict=True)) or self._kept or drawn

    @property
    def guard(self) -> Guard | None:
        """What keeps the threads apart that use its weights, where they live now; None if it has none yet."""
        return self._guard if self._weights and self._is_housed else None

    @property
    def arrays(self) -> list[np.ndarray]:
        """Its weight arrays where they live, in Keras's order; none before it has some."""
        return list(self._weights.values())

    @property
    def last_node(self) -> str:
        """The name of the node that gives its output."""
        return self.name + self.parts()[-1].suffix

    @property
    def is_named(self) -> bool:
        """Whether its name was chosen."""
        return self._is_named

    @property
    def is_placed(self) -> bool:
        """Whether it is part of a model, and knows what it reads."""
        return self.is_attached and self._is_read

    def forget_weights(self) -> None:
        """Begin in the next model with new weights."""
        self._kept = {}

    def bare(self) -> Self:
        """Return a layer that was made alike, part of no model and without weights."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__, **FREE, _calls=[], _weights={}, _guard=Guard())
        return other

    def __getstate__(self) -> dict[str, Any]:
        weights = dict(zip(self._weights, self.get_weights(), strict=True))
        kept = {"_weights": weights, "_kept": weights or self._kept}
        return {**self.__dict__, **kept, **FREE, "_calls": [], "_guard": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _guard=Guard())

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order; most layers have none."""
        return {}

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the weights that it starts from."""
        return {}

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        own = "declare a cell by its equations: rs.register(Cell(...)) makes its layer"
        raise NotImplementedError(f"{self.kind}: expected one of rs.layers; got a layer of one's own. Instead {own}")

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D, the features that it reads, and H, its units.

        `bias="pytorch"` counts the biases as PyTorch keeps them, two for each gate.
        """
        return sympy.Integer(0)

    def options(self) -> dict[str, Any]:
        """Return what it was made with, apart from units."""
        raise NotImplementedError

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it with weights that live in some arrays."""
        raise NotImplementedError


def own_name(part: str, array: str) -> str:
    """Return the name of an array of a part within its layer: `forward/kernel`, or `kernel` of the layer itself."""
    return f"{part}/{array}".lstrip("./")


def unique_names(layers: Sequence[Layer]) -> list[str]:
    """Return the names of the layers of a model: their own, or Keras's for their class (`lstm`, `lstm_1` …).

    A layer of another model keeps its name, unless one before it has the same and none of the two was chosen.
    """
    given = [layer.name for layer in layers if layer.is_named]
    for name in given:
        if given.count(name) > 1:
            raise ValueError(f"layers: expected names of their own; got two layers {name!r}")
    kept = {layer.name: layer for layer in reversed(layers) if layer.name and layer.name not in given}
    names: list[str] = []
    for layer in layers:
        base = snake_case(layer.kind)
        free = (f"{base}_{k}" if k else base for k in count())
        taken = {*given, *names, *kept}
        is_own = layer.is_named or kept.get(layer.name) is layer
        names.append(layer.name if is_own else next(name for name in free if name not in taken))
    return names


def snake_case(name: str) -> str:
    """Return the name that Keras would give a layer of a class: `SimpleRNN` becomes `simple_rnn`."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()
