"""Layers without a loop over time, by Keras's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from rnnscope.cells import D, H
from rnnscope.checks import flag, number, one_of, positive_int
from rnnscope.engine.dense import output_activation
from rnnscope.engine.initializers import Initializer, initializer
from rnnscope.engine.plain import (
    ActivationRunner,
    DropoutRunner,
    EmbeddingRunner,
    FlattenRunner,
    MaskingRunner,
    MergeRunner,
    RepeatRunner,
)
from rnnscope.engine.regularizers import Regularizer, regularizer
from rnnscope.engine.tape import Runner
from rnnscope.models.inputs import Shape
from rnnscope.models.layer import Layer, WeightArrays

MERGE_MODES = ("concat", "sum", "ave", "mul")


class PlainLayer(Layer):
    """A layer without weights that puts out as many numbers side by side as it reads."""

    def __init__(self, *, input_shape: Sequence[int | None] | None = None, name: str | None = None) -> None:
        super().__init__(input_shape, name)

    @property
    def label(self) -> str:
        """Its class with what says most about it."""
        return f"{self.kind}({', '.join(str(value) for value in self.options().values())})"

    def read(self, shape: Shape) -> None:
        """Take the shape of one input sample."""
        super().read(shape)
        self.units = self.output_shape()[-1]

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return input_shape or self.input_shape

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {}

    def width(self, below: sympy.Expr, own: sympy.Expr) -> sympy.Expr:
        """Return how many numbers it puts out side by side: as many as it reads."""
        return below

    @property
    def _size(self) -> tuple[int, int, bool, bool]:
        """What every runner is given: the widths of input and output, and whether they are sequences."""
        return self.features, self.units, len(self.input_shape) == 2, len(self.output_shape()) == 2


class Embedding(Layer):
    """A table with a row for every token number: what a token is to the net.

    As in Keras on TensorFlow, optimizers that take squares of gradients take those of every look-up, and add them up
    for a row; clipping looks at look-ups too.

    Parameters
    ----------
    input_dim
        Number of tokens; they are 0 to `input_dim - 1`.
    output_dim
        Length of a row.
    embeddings_initializer
        How the table starts.
    mask_zero
        Whether token 0 stands for nothing: time steps with it do not count in the layers above.
    embeddings_regularizer
        What the size of the table adds to the loss: `"l1"`, `"l2"`, or one of `rs.regularizers`.
    input_length
        Number of time steps; any number if left out.
    input_shape
        Shape of one sample, (time,).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.Embedding(1000, 16, mask_zero=True), rs.layers.LSTM(8), rs.layers.Dense(1)])
    >>> model.predict([[5, 7, 0]]).shape
    (1, 1)
    """

    reads = "token numbers (time,), the input of the model,"
    reads_tokens = True

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: str | Initializer = "uniform",
        mask_zero: bool = False,
        *,
        embeddings_regularizer: str | Regularizer | None = None,
        input_length: int | None = None,
        input_shape: Sequence[int | None] | None = None,
        name: str | None = None,
    ) -> None:
        length = None if input_length is None else positive_int("Embedding: input_length", input_length)
        super().__init__(input_shape or (length,), name)
        self.units = positive_int("Embedding: output_dim", output_dim)
        self.input_dim = positive_int("Embedding: input_dim", input_dim)
        self.mask_zero = flag("Embedding: mask_zero", mask_zero)
        self._start = initializer("Embedding: embeddings_initializer", embeddings_initializer)
        chosen = regularizer("Embedding: embeddings_regularizer", embeddings_regularizer)
        self.regularizers = {} if chosen is None else {"embeddings": chosen}

    @property
    def label(self) -> str:
        """Its class with the number of tokens and the length of a row."""
        return f"{self.kind}({self.input_dim}, {self.units})"

    @property
    def features(self) -> int:
        """The number of tokens."""
        return self.input_dim

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return len(shape) == 1

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of its table."""
        return {"embeddings": (self.input_dim, self.units)}

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the table that it starts from."""
        return {"embeddings": self._start(rng, (self.input_dim, self.units))}

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return (*(input_shape or self.input_shape), self.units)

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D, the number of tokens, and H, the length of a row."""
        return D * H

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"input_dim": self.input_dim, "mask_zero": self.mask_zero}

    def masks(self, masked: bool) -> bool:
        """Say whether its output may have time steps that do not count."""
        return masked or self.mask_zero

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it with weights that live in some arrays."""
        return EmbeddingRunner(self.input_dim, self.units, False, True, weights, self.mask_zero)


class Masking(PlainLayer):
    """Time steps at which all features are `mask_value` do not count in the layers above: their states are held.

    Parameters
    ----------
    mask_value
        The value that stands for nothing.
    input_shape
        Shape of one sample, (time, feature).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.Masking(input_shape=(3, 1)), rs.layers.LSTM(4), rs.layers.Dense(1)])
    >>> trace = model.trace([[[1.0], [2.0], [0.0]]])
    >>> trace["lstm"].mask.tolist()
    [[True, True, False]]
    """

    reads = "sequences (time, feature)"

    def __init__(
        self, mask_value: float = 0.0, *, input_shape: Sequence[int | None] | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.mask_value = number("Masking: mask_value", mask_value, -np.inf)

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return len(shape) == 2

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"mask_value": self.mask_value}

    def masks(self, masked: bool) -> bool:
        """Say whether its output may have time steps that do not count."""
        return True

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return MaskingRunner(*self._size, self.mask_value)


class Dropout(PlainLayer):
    """In training a share of the input, drawn anew for every pass, is set to zero, and the rest is made larger.

    Parameters
    ----------
    rate
        The share.
    input_shape
        Shape of one sample.
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.Dropout(0.2)
    Dropout(0.2)
    """

    def __init__(
        self, rate: float, *, input_shape: Sequence[int | None] | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.rate = number("Dropout: rate", rate, 0, 1)

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"rate": self.rate}

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return DropoutRunner(*self._size, self.rate)


class Activation(PlainLayer):
    """A function of its input, number by number (softmax: over the last axis).

    Parameters
    ----------
    activation
        The name of the function, as a `Dense` layer takes it.
    input_shape
        Shape of one sample.
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.Activation("tanh")
    Activation(tanh)
    """

    def __init__(
        self, activation: str, *, input_shape: Sequence[int | None] | None = None, name: str | None = None
    ) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.activation = output_activation("Activation: activation", activation)

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"activation": self.activation}

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return ActivationRunner(*self._size, self.activation)


class RepeatVector(PlainLayer):
    """Puts out its input, a vector, at every one of `n` time steps.

    Parameters
    ----------
    n
        Number of time steps.
    input_shape
        Shape of one sample, (feature,).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.RepeatVector(3)
    RepeatVector(3)
    """

    reads = "vectors (feature,)"

    def __init__(self, n: int, *, input_shape: Sequence[int | None] | None = None, name: str | None = None) -> None:
        super().__init__(input_shape=input_shape, name=name)
        self.n = positive_int("RepeatVector: n", n)

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return len(shape) == 1 and shape[0] is not None

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return (self.n, *(input_shape or self.input_shape))

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"n": self.n}

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return RepeatRunner(*self._size, self.n)


class Flatten(PlainLayer):
    """Puts the features of all time steps side by side, as one vector.

    Parameters
    ----------
    input_shape
        Shape of one sample; the number of time steps must be known.
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.Flatten(input_shape=(4, 2)).output_shape()
    (8,)
    """

    reads = "sequences of a known number of time steps"
    takes_mask = False

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return None not in shape

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        shape = input_shape or self.input_shape
        return (int(np.prod(shape)),)

    def width(self, below: sympy.Expr, own: sympy.Expr) -> sympy.Expr:
        """Return how many numbers it puts out side by side: those of all time steps."""
        return below * (self.input_shape[0] if len(self.input_shape) == 2 else 1)

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return FlattenRunner(*self._size)


class Merge(PlainLayer):
    """What a `Bidirectional` layer makes of the outputs of its two directions."""

    def __init__(self, merge_mode: str, units: int | None = None, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.merge_mode, self.units = one_of("Bidirectional: merge_mode", merge_mode, MERGE_MODES), units

    def read(self, shape: Shape) -> None:
        """Take the shape of one sample of the first direction."""
        self.input_shape = shape

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample."""
        return (*(input_shape or self.input_shape)[:-1], self.units)

    def options(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"merge_mode": self.merge_mode}

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return MergeRunner(*self._size, self.merge_mode)
