"""The dense layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from rnnscope.checks import flag, positive_int
from rnnscope.engine.dense import DenseRunner, output_activation
from rnnscope.engine.initializers import Initializer, initializer
from rnnscope.engine.regularizers import Regularizer, regularizer
from rnnscope.engine.tape import Runner
from rnnscope.formulas.parameters import dense_parameters
from rnnscope.models.inputs import Shape
from rnnscope.models.layer import Layer, WeightArrays


class Dense(Layer):
    """A dense layer, `y = activation(x·W + b)`, on the last axis of vectors or of sequences.

    Parameters
    ----------
    units
        Number of outputs.
    activation
        The name of a function: `"linear"` (or None), `"tanh"`, `"sigmoid"`, `"softmax"`, `"relu"`, `"elu"`, `"selu"`,
        `"silu"`, `"gelu"`, `"leaky_relu"`, `"relu6"`, `"hard_sigmoid"`, `"softplus"`, `"softsign"`, `"log_sigmoid"` or
        `"exponential"`.
    use_bias
        Whether a bias is added.
    kernel_initializer, bias_initializer
        How weights start: a name such as `"glorot_uniform"`, or one of `rs.initializers`.
    kernel_regularizer, bias_regularizer
        What the size of weights adds to the loss: `"l1"`, `"l2"`, or one of `rs.regularizers`.
    input_shape
        Shape of one sample.
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.Dense(1).units
    1
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        *,
        kernel_initializer: str | Initializer = "glorot_uniform",
        bias_initializer: str | Initializer = "zeros",
        kernel_regularizer: str | Regularizer | None = None,
        bias_regularizer: str | Regularizer | None = None,
        input_shape: Sequence[int | None] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(input_shape, name)
        self.units = positive_int("Dense: units", units)
        self.activation = output_activation("Dense: activation", activation)
        self.use_bias = flag("Dense: use_bias", use_bias)
        self._start = {"kernel": initializer("Dense: kernel_initializer", kernel_initializer)}
        if use_bias:
            self._start["bias"] = initializer("Dense: bias_initializer", bias_initializer)
        chosen = {
            "kernel": regularizer("Dense: kernel_regularizer", kernel_regularizer),
            "bias": regularizer("Dense: bias_regularizer", bias_regularizer),
        }
        self.regularizers = {name: found for name, found in chosen.items() if found is not None}

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order."""
        shapes = {"kernel": (self.features, self.units), "bias": (self.units,)}
        return {name: shapes[name] for name in self._start}

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the weights that it starts from."""
        return {name: self._start[name](rng, shape) for name, shape in self.weight_shapes().items()}

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return (*(input_shape or self.input_shape)[:-1], self.units)

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D, the numbers that it reads, and H, its units."""
        return dense_parameters(self.use_bias)

    def options(self) -> dict[str, Any]:
        """Return what it was made with, apart from units."""
        return {"activation": self.activation, "use_bias": self.use_bias}

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it with weights that live in some arrays."""
        return DenseRunner(self.activation, weights, sequences=len(self.input_shape) == 2)
