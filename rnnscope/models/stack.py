"""Layers one upon the other with their weights: what a model is, apart from how it runs and learns."""

from __future__ import annotations

import copy
import html
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Self

import numpy as np
import sympy

from rnnscope.cells import D, H
from rnnscope.checks import describe, flag, no_others, one_of, positive_int
from rnnscope.models.files import Saved
from rnnscope.models.homes import Homed
from rnnscope.models.inputs import Input, Shape, checked_shape
from rnnscope.models.layer import Layer, unique_names
from rnnscope.models.network import Network, connect
from rnnscope.models.nodes import Wire
from rnnscope.models.summary import Summary, show, summarize
from rnnscope.models.weight import Weight, set_arrays


class Stack(Homed, Saved):
    """Layers one upon the other, their weights, and copies of all of it.

    `copy.copy`, `copy.deepcopy` and `pickle` alike make a model of its own, that shares nothing with this one; made
    while another thread trains, it is of the weights between two steps.

    Attributes
    ----------
    notes
        Lines below the table of `summary`: where the model was read from, and what is otherwise there.
    """

    notes: tuple[str, ...] = ()
    _trainable = True

    def __init__(
        self,
        layers: Sequence[Layer | Input] = (),
        *,
        seed: int | None = 0,
        dtype: str = "float32",
        name: str = "sequential",
    ) -> None:
        if isinstance(dtype, type | np.dtype):
            dtype = np.dtype(dtype).name
        self.dtype = np.dtype(one_of("dtype", dtype, ("float32", "float64")))
        if not isinstance(name, str) or not name:
            raise TypeError(f"name: expected a name; got {describe(name)}")
        self.name = name
        self._rng = np.random.default_rng(None if seed is None else positive_int("seed", seed, 0))
        self._start = self._rng.bit_generator.state
        self._layers: list[Layer] = []
        self._wires: list[Wire] = []
        self._inputs: list[Shape] = []
        self._network: Network | None = None
        self._other: Network | None = None
        self._take(layers)

    def _take(self, layers: Sequence[Layer | Input]) -> None:
        """Take the layers that the model is made with."""
        if isinstance(layers, Layer | Input) or not isinstance(layers, Sequence):
            raise TypeError(f"layers: expected a list of layers; got {describe(layers)}")
        before = [layer for layer in layers if isinstance(layer, Layer) and layer.is_attached]
        try:
            for layer in layers:
                self.add(layer)
        except (TypeError, ValueError):
            for layer in self._layers:  # a corrected list may have them again
                layer.is_attached = layer in before
                layer.forget_calls(self._calls)
            raise
        if self._layers and self._inputs:
            self._built()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, from the input up."""
        return tuple(self._layers)

    @property
    def wires(self) -> tuple[Wire, ...]:
        """What each layer reads."""
        return tuple(self._wires)

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shape of one sample of each input, as far as they are known."""
        return tuple(self._inputs)

    def add(self, layer: Layer | Input) -> None:
        """Put a layer on top; those below keep their weights. A layer that is refused leaves the model as it was."""
        if isinstance(layer, Input):
            if self._layers or self._inputs:
                raise ValueError("Input: expected to stand first in the model; got it later")
            self._inputs = [layer.shape]
            return
        if isinstance(layer, Stack):
            raise TypeError(f"layers: expected layers; got the model {layer.name!r}. Take its layers: *model.layers")
        if not isinstance(layer, Layer):
            raise TypeError(f"layers: expected layers, those of rs.layers; got {describe(layer)}")
        if layer in self._layers or layer.is_inner:
            whole = "another layer" if layer.is_inner else "this model"
            raise ValueError(f"layers: expected every layer once in a model; {layer.name!r} is part of {whole}")
        first = layer.input_shape if not self._layers and layer.input_shape else None
        inputs = self._inputs or ([first] if first else [])
        self._connect([*self._layers, layer], [*self._wires, Wire(len(self._layers) - 1)], inputs)
        layer.is_attached = True
        self._network = self._other = None

    def pop(self) -> Layer:
        """Take off the last layer and return it; those below keep their weights."""
        if not self._layers:
            raise ValueError("pop: expected a model with layers; got one without")
        layer = self._layers[-1]
        self._calls = self._calls[: len(self._layers) - 1]
        self._connect(self._layers[:-1], self._wires[:-1], self._inputs)
        layer.is_attached, self._network, self._other = False, None, None
        return layer

    def build(self, input_shape: Sequence[int | None] | None = None) -> None:
        """Make the weights, for inputs of a shape with the axis of samples in front, such as (None, 4, 1)."""
        if input_shape is not None:
            shape = checked_shape("build: input_shape", tuple(input_shape)[1:])
            self._see([shape])
            if len(self._inputs) == 1 and len(shape) != len(self._inputs[0]):
                raise ValueError(f"build: input_shape: expected {(None, *self._inputs[0])}; got {tuple(input_shape)}")
        self._built()

    @property
    def built(self) -> bool:
        """Whether it has weights."""
        return not self._network is self._other is None

    def untrained(self) -> Self:
        """Return a model of layers like these with start weights, which is not compiled."""
        other = object.__new__(type(self))
        other.__setstate__({**Stack.__getstate__(self), "_network": None, "_rng": copy.deepcopy(self._rng)})
        for name in ("_optimizer", "_loss", "_metrics", "_weighted", "trained_epochs"):
            vars(other).pop(name, None)
        for layer in other._layers:
            layer.forget_weights()
        return other

    def _connect(self, layers: list[Layer], wires: list[Wire], inputs: list[Shape]) -> None:
        """Let layers know what they read, as far as the inputs are known; nothing changes if they do not fit."""
        names = unique_names(layers)
        shapes = connect(layers, names, wires, inputs) if inputs else []
        self._layers, self._wires, self._inputs = layers, wires, inputs
        for layer, name in zip(layers, names, strict=True):
            layer.name = name
        for layer, shape in zip(layers, shapes, strict=False):
            if not layer.is_placed:
                layer.read(shape)
        if inputs:
            self._note()

    def _see(self, shapes: Sequence[Shape]) -> None:
        """Take the shapes of the inputs from data, if no layer said them."""
        if self._layers and not self._inputs:
            self._connect(self._layers, self._wires, list(shapes))

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name, or by its place among the layers."""
        if (name is None) == (index is None):
            got = "neither" if name is None else "both"
            raise ValueError(f"get_layer: expected a name or an index, such as index=0; got {got}")
        names = [layer.name for layer in self._layers]
        if name is not None:
            hint = f"index={name}" if isinstance(name, int) else ""
            if hint:
                raise TypeError(f"layer: expected a name ({', '.join(names)}); got {name!r}. Type get_layer({hint})")
            return self._layers[names.index(one_of("layer", name, names))]
        place = positive_int("index", index, -len(names))
        if place >= len(names):
            raise ValueError(f"index: expected at most {len(names) - 1}; got {index!r}")
        return self._layers[place]

    @property
    def trainable(self) -> bool:
        """Whether its weights are trained; set for all its layers, it takes effect in the next `fit`."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = flag("trainable", value)
        for layer in self._layers:
            layer.trainable = value

    @property
    def weights(self) -> list[Weight]:
        """All weight arrays, in Keras's order."""
        network = self._built()
        return [
            Weight(name, node, array, network.guard)
            for (node, name, _), array in zip(network.specs, network.arrays, strict=True)
        ]

    @property
    def trainable_weights(self) -> list[Weight]:
        """Those that are trained."""
        return [weight for weight, is_trained in zip(self.weights, self._trained(), strict=True) if is_trained]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """Those that are not trained."""
        return [weight for weight, is_trained in zip(self.weights, self._trained(), strict=True) if not is_trained]

    def _trained(self) -> tuple[bool, ...]:
        """Say of each weight array whether it is trained: that of a frozen layer is not."""
        found = {
            layer.name + part.suffix: self._trainable and layer.trainable and part.layer.trainable
            for layer in self._layers
            for part in layer.parts()
        }
        return tuple(found[node] for node, _, _ in self._built().specs)

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weight arrays, in Keras's order and shapes."""
        network = self._built()
        return network.split(network.copied())

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all weights from arrays in the order and shapes of `get_weights()`; nothing changes if one is wrong."""
        network = self._built()
        names = [f"{layer}/{name}" for layer, name, _ in network.specs]
        set_arrays(weights, dict(zip(names, network.arrays, strict=True)), network.guard)

    def count_params(self) -> int:
        """Return the number of parameters."""
        return self._built().size

    def parameter_formula(self) -> dict[str, sympy.Expr]:
        """Return the number of parameters of each layer, and their `"total"`, as formulas.

        D stands for the features of the input and H1, H2 … for the units of the layers, so that the features of a layer
        are the units of the one below it.

        Examples
        --------
        >>> import rnnscope as rs
        >>> model = rs.Sequential([rs.LSTM(300, input_shape=(4, 1)), rs.Dense(1)])
        >>> model.parameter_formula()
        {'lstm': 4*H1*(D + H1 + 1), 'dense': H2*(H1 + 1), 'total': 4*H1*(D + H1 + 1) + H2*(H1 + 1)}
        """
        formulas: dict[str, sympy.Expr] = {}
        widths: list[sympy.Expr] = []
        numbers = count(1)
        for layer, wire in zip(self._layers, self._wires, strict=True):
            below = widths[wire.reads] if wire.reads >= 0 else D
            formula = layer.parameter_formula()
            own = sympy.Symbol(f"H{next(numbers)}", positive=True, integer=True) if formula != 0 else H
            formulas[layer.name] = formula.subs({D: below, H: own}, simultaneous=True)
            widths.append(layer.width(below, own))
        return {**formulas, "total": sympy.Add(*formulas.values())}

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        **others: Any,
    ) -> None:
        """Show the layers with output shapes, numbers of parameters and the formula behind each.

        Parameters
        ----------
        line_length, positions, expand_nested, show_trainable
            Taken for Keras's sake: columns are as wide as what is in them.
        print_fn
            What the text is given to, instead of being shown.
        **others
            Nothing.
        """
        no_others(self.summary, others)
        if print_fn is None:
            show(self._summary())
        else:
            print_fn(str(self._summary()))

    def _summary(self) -> Summary:
        sizes = [array.size for array in self._built().arrays]
        trained = sum(size for size, is_trained in zip(sizes, self._trained(), strict=True) if is_trained)
        return summarize(self.name, self._layers, trained, self.notes)

    def __repr__(self) -> str:
        return f"<rnnscope.{type(self).__name__} {self.name!r}: {', '.join(layer.label for layer in self._layers)}>"

    def _repr_html_(self) -> str:
        if not self._layers or not self._inputs:
            return f"<pre>{html.escape(repr(self))}</pre>"
        return self._summary()._repr_html_()

    def __copy__(self) -> Self:
        return copy.deepcopy(self)

    def __getstate__(self) -> dict[str, Any]:
        weights = None if self._network is self._other is None else self._built().copied()
        layers = [layer.bare() for layer in self._layers]
        return {**self.__dict__, "_layers": layers, "_network": weights, "_other": None, "_given": (), "_calls": ()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for layer in self._layers:
            layer.is_attached = True
        if (weights := state["_network"]) is not None:
            self._joined(Network(self._nodes(), self._inputs, self.dtype, weights))
        if self._inputs:
            self._note()
