"""Layers that are made of others: two directions, several cells as one layer, a layer for every time step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Self

import sympy

from rnnscope.cells import D, H
from rnnscope.checks import describe, flag, one_of
from rnnscope.models.dense import Dense
from rnnscope.models.inputs import Shape
from rnnscope.models.layer import Layer, Part, WeightArrays, own_name
from rnnscope.models.plain import MERGE_MODES, Activation, Dropout, Merge
from rnnscope.models.recurrent import Recurrent


class Wrapper(Layer):
    """A layer that consists of others; it has no arrays of its own."""

    def __init__(
        self, layers: Sequence[Layer], *, input_shape: Sequence[int | None] | None = None, name: str | None = None
    ) -> None:
        taken = next((layer for layer in layers if layer.is_attached), None)
        if taken is not None:
            raise ValueError(f"{self.kind}: expected layers of no model; {taken.name!r} is part of one")
        super().__init__(input_shape or layers[0].input_shape, name)
        self.layers = tuple(layers)

    @property
    def trainable(self) -> bool:
        """Whether its weights are trained; what is set is set for its layers too."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = flag(f"{self.kind}: trainable", value)
        for layer in self.layers:
            layer.trainable = value

    @property
    def label(self) -> str:
        """Its class with what it is made of."""
        return f"{self.kind}({', '.join(layer.label for layer in self.layers)})"

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return self.layers[0].can_read(shape)

    def read(self, shape: Shape) -> None:
        """Take the shape of one input sample."""
        super().read(shape)
        self.units = self.output_shape()[-1]

    def masks(self, masked: bool) -> bool:
        """Say whether its output may have time steps that do not count."""
        return self.layers[0].masks(masked)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order, by the part of the layer and its name there."""
        parts = {part.suffix: part.layer.weight_shapes() for part in self.parts()}
        return {own_name(part, name): shape for part, shapes in parts.items() for name, shape in shapes.items()}

    def attach(self, weights: WeightArrays, guard: Any, forget: Callable[[], None] | None = None) -> None:
        """Become part of a network."""
        super().attach(weights, guard, forget)
        for layer in self.layers:
            layer.is_attached = layer.is_inner = True

    def bare(self) -> Self:
        """Return a layer that was made alike, part of no model and without weights."""
        other = super().bare()
        other.layers = tuple(layer.bare() for layer in self.layers)
        return other

    def forget_weights(self) -> None:
        """Begin in the next model with new weights."""
        super().forget_weights()
        for layer in self.layers:
            layer.forget_weights()

    def __copy__(self) -> Self:
        return copy.deepcopy(self)


class Bidirectional(Wrapper):
    """A recurrent layer twice: one reads the time steps forward, one backward, and their outputs are merged.

    The trace has the two directions as `name.forward` and `name.backward`, both on the time of the input, and what they
    are merged to as `name`.

    Parameters
    ----------
    layer
        A recurrent layer: the forward one.
    merge_mode
        `"concat"` (side by side), `"sum"`, `"ave"` (their mean) or `"mul"`.
    backward_layer
        The backward one; by default like the forward one.
    weights
        Nothing but None.
    input_shape
        Shape of one sample, (time, feature).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.Bidirectional(rs.layers.LSTM(3), input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.trace([[[0.0], [1.0], [2.0], [3.0]]]).layers
    ('bidirectional.forward', 'bidirectional.backward', 'bidirectional', 'dense')
    """

    def __init__(
        self,
        layer: Recurrent,
        merge_mode: str = "concat",
        backward_layer: Recurrent | None = None,
        *,
        input_shape: Sequence[int | None] | None = None,
        name: str | None = None,
    ) -> None:
        for argument, given in (("layer", layer), ("backward_layer", backward_layer)):
            if not isinstance(given, Recurrent) and (given is not None or argument == "layer"):
                wanted = "a recurrent layer"
                raise TypeError(f"Bidirectional: {argument}: expected {wanted}; got {describe(given)}")
        if backward_layer is None:
            backward_layer = copy.deepcopy(layer)
            backward_layer.go_backwards = not layer.go_backwards
            backward_layer.name = f"backward_{layer.name}" if layer.name else ""
        for name_, wanted, got in (
            ("return_sequences", layer.return_sequences, backward_layer.return_sequences),
            ("go_backwards", not layer.go_backwards, backward_layer.go_backwards),
        ):
            if got != wanted:
                raise ValueError(f"Bidirectional: backward_layer: expected {name_}={wanted}; got {got}")
        super().__init__([layer, backward_layer], input_shape=input_shape, name=name)
        self.merge_mode = one_of("Bidirectional: merge_mode", merge_mode, MERGE_MODES)
        if self.merge_mode != "concat" and layer.units != backward_layer.units:
            widths = f"{layer.units} and {backward_layer.units}"
            raise ValueError(f"Bidirectional: expected as many units in both directions to {merge_mode}; got {widths}")
        for direction in self.layers:
            direction.turns_back = True
            direction.zero_output_for_mask = layer.return_sequences  # as in Keras
        self._merge = Merge(self.merge_mode)

    @property
    def forward_layer(self) -> Recurrent:
        """The layer that reads forward."""
        return self.layers[0]

    @property
    def backward_layer(self) -> Recurrent:
        """The layer that reads backward."""
        return self.layers[1]

    @property
    def label(self) -> str:
        """Its class with the layer that it has twice."""
        return f"{self.kind}({self.forward_layer.label})"

    @property
    def return_sequences(self) -> bool:
        """Whether it puts out something at every time step."""
        return self.forward_layer.return_sequences

    def read(self, shape: Shape) -> None:
        """Take the shape of one input sample."""
        for direction in self.layers:
            direction.read(shape)
        self._merge.units = self._width
        self._merge.read(self.forward_layer.output_shape())
        super().read(shape)

    def parts(self) -> tuple[Part, ...]:
        """Return the two directions and what merges them."""
        forward, backward = self.layers
        return Part(".forward", forward), Part(".backward", backward), Part("", self._merge, (0, 1))

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return (*self.forward_layer.output_shape(input_shape)[:-1], self._width)

    @property
    def formula_units(self) -> int:
        """The H of its `parameter_formula`: the units of its forward direction."""
        return self.forward_layer.formula_units

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D, the features that it reads, and H, its units."""
        backward = self.backward_layer.parameter_formula(bias)
        return self.forward_layer.parameter_formula(bias) + backward.subs(H, H * self._share)

    def width(self, below: sympy.Expr, own: sympy.Expr) -> sympy.Expr:
        """Return how many numbers it puts out side by side."""
        return own * (1 + self._share) if self.merge_mode == "concat" else own

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"merge_mode": self.merge_mode}

    @property
    def _width(self) -> int:
        widths = [direction.units for direction in self.layers]
        return sum(widths) if self.merge_mode == "concat" else widths[0]

    @property
    def _share(self) -> sympy.Rational:
        """How many times as many units the backward direction has."""
        return sympy.Rational(self.backward_layer.units, self.forward_layer.units)


class TimeDistributed(Wrapper):
    """A layer that is applied to every time step by itself.

    Parameters
    ----------
    layer
        A `Dense`, `Activation` or `Dropout` layer.
    input_shape
        Shape of one sample, (time, feature).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.TimeDistributed(rs.layers.Dense(5))
    TimeDistributed(Dense(5))
    """

    reads = "sequences (time, feature)"

    def __init__(
        self, layer: Layer, *, input_shape: Sequence[int | None] | None = None, name: str | None = None
    ) -> None:
        if not isinstance(layer, Dense | Activation | Dropout):
            wanted = "a layer that takes vectors (Dense, Activation or Dropout)"
            raise TypeError(f"TimeDistributed: layer: expected {wanted}; got {describe(layer)}")
        super().__init__([layer], input_shape=input_shape, name=name)

    @property
    def layer(self) -> Layer:
        """The layer that is applied."""
        return self.layers[0]

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return len(shape) == 2

    def read(self, shape: Shape) -> None:
        """Take the shape of one input sample."""
        self.layer.read(shape)
        super().read(shape)

    def parts(self) -> tuple[Part, ...]:
        """Return the layer that is applied: over sequences it takes every time step by itself."""
        return (Part("", self.layer),)

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return self.layer.output_shape(input_shape or self.input_shape)

    @property
    def formula_units(self) -> int:
        """The H of its `parameter_formula`: that of its layer."""
        return self.layer.formula_units

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D and H, those of its layer."""
        return self.layer.parameter_formula(bias)

    def width(self, below: sympy.Expr, own: sympy.Expr) -> sympy.Expr:
        """Return how many numbers it puts out side by side."""
        return self.layer.width(below, own)

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {}


class RNN(Wrapper):
    """One cell, or several one upon the other, as one layer.

    Parameters
    ----------
    cell
        A cell, such as `rs.layers.LSTMCell(3)`, or a list of cells, from the input up.
    return_sequences, return_state, go_backwards, stateful
        As for every recurrent layer.
    input_shape
        Shape of one sample, (time, feature).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.RNN([rs.layers.LSTMCell(4), rs.layers.LSTMCell(2)])
    RNN(LSTM(4), LSTM(2))
    """

    def __init__(
        self,
        cell: CellOf | Sequence[CellOf],
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        *,
        input_shape: Sequence[int | None] | None = None,
        name: str | None = None,
    ) -> None:
        cells = list(cell) if isinstance(cell, list | tuple) else [cell]
        wrong = next((given for given in cells if not isinstance(given, CellOf)), None)
        if wrong is not None or not cells:
            wanted = "a cell of rs.layers (its name ends in Cell), or a list of cells"
            raise TypeError(f"RNN: cell: expected {wanted}; got {describe(cell if wrong is None else wrong)}")
        how = {"return_sequences": return_sequences, "return_state": return_state}
        how |= {"go_backwards": go_backwards, "stateful": stateful}
        for option, value in how.items():
            flag(f"RNN: {option}", value)
        layers = [
            given.layer(
                return_sequences=return_sequences or given is not cells[-1],
                return_state=return_state,
                go_backwards=go_backwards and given is cells[0],
                stateful=stateful,
            )
            for given in cells
        ]
        if go_backwards and len(layers) > 1:
            layers[0].turns_mask = layers[-1].turns_mask = True
        super().__init__(layers, input_shape=input_shape, name=name)

    @property
    def return_sequences(self) -> bool:
        """Whether it puts out its last cell's state at every time step."""
        return self.layers[-1].return_sequences

    @property
    def quantity(self) -> str:
        """The name of the quantity that it puts out."""
        return self.layers[-1].quantity

    def masks(self, masked: bool) -> bool:
        """Say whether its output may have time steps that do not count."""
        return masked and self.return_sequences

    def read(self, shape: Shape) -> None:
        """Take the shape of one input sample."""
        below = shape
        for layer in self.layers:
            layer.read(below)
            below = layer.output_shape()
        super().read(shape)

    def parts(self) -> tuple[Part, ...]:
        """Return its cells, each with its loop over time, one upon the other."""
        if len(self.layers) == 1:
            return (Part("", self.layers[0]),)
        return tuple(Part(f".{k}", layer, (k - 1,) if k else ()) for k, layer in enumerate(self.layers))

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return self.layers[-1].output_shape(input_shape or self.input_shape)

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D and H, the units of its last cell."""
        total, below = sympy.Integer(0), D
        for layer in self.layers:
            own = H * sympy.Rational(layer.units, self.layers[-1].units)
            total += layer.parameter_formula(bias).subs({D: below, H: own}, simultaneous=True)
            below = own
        return total

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {}


class CellOf:
    """A cell by itself, as `RNN` takes it: Keras's `LSTMCell`, `GRUCell`, `SimpleRNNCell`, and so for every cell.

    Parameters
    ----------
    made
        The class of the layer of the cell.
    *given, **options
        What the layer takes, its number of units first.
    """

    def __init__(self, made: type[Recurrent], *given: Any, **options: Any) -> None:
        self._made, self._given, self._options = made, given, options
        self.layer()  # refused now, not when it is used

    def layer(self, **how: Any) -> Recurrent:
        """Return a layer of the cell."""
        return self._made(*self._given, **self._options, **how)
