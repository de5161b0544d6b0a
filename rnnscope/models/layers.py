"""The layers: one class per registered cell, made from its declaration, and the dense layer."""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy

from rnnscope.cells import Cell, D, H, build, names, options
from rnnscope.cells.weights import LETTERS
from rnnscope.checks import describe, flag, one_of, positive_int
from rnnscope.engine.compiler import compile_cell
from rnnscope.engine.dense import ACTIVATIONS, DenseRunner
from rnnscope.engine.initializers import initializer
from rnnscope.engine.recurrence import Recurrence
from rnnscope.engine.tape import Runner
from rnnscope.formulas.parameters import dense_parameters, parameters

Shape = tuple[int | None, ...]
Arrays = Mapping[str, np.ndarray]


class Layer:
    """What all layers share: a name, the shape of the input, and weights in Keras's order.

    Attributes
    ----------
    name
        Name within the model, such as `lstm_1`.
    input_shape
        Shape of one input sample, (time, feature) or (feature,); set when the layer is put into a model.
    """

    def __init__(self, units: int, input_shape: Sequence[int | None] | None, name: str | None) -> None:
        kind = type(self).__name__
        self.units = positive_int(f"{kind}: units", units)
        self.input_shape = None if input_shape is None else checked_shape(f"{kind}: input_shape", input_shape)
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ValueError(f"{kind}: name: expected a name without '/'; got {describe(name)}")
        self.name = name or ""
        self._weights: Arrays = {}

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self).__name__

    @property
    def features(self) -> int:
        """The number of features that it reads."""
        return self.input_shape[-1]

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of its weight arrays, in Keras's order and shapes."""
        return [array.copy() for array in self._weights.values()]

    def count_params(self) -> int:
        """Return its number of parameters."""
        return sum(math.prod(shape) for shape in self.weight_shapes().values())

    def attach(self, weights: Arrays, gradients: Arrays) -> Runner:
        """Take the arrays in which its weights live, and return what runs it."""
        self._weights = weights
        return self._runner(weights, gradients)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order."""
        raise NotImplementedError

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the weights that it starts from."""
        raise NotImplementedError

    def output_shape(self) -> Shape:
        """Return the shape of one output sample."""
        raise NotImplementedError

    def parameter_formula(self) -> sympy.Expr:
        """Return its number of parameters as a formula in D, the features that it reads, and H, its units."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """Return what it was made with, apart from units."""
        raise NotImplementedError

    def _runner(self, weights: Arrays, gradients: Arrays) -> Runner:
        raise NotImplementedError


class _Source:
    """`Layer.source()` on the class (default options) and on a layer (its own options)."""

    def __get__(self, layer: Recurrent | None, owner: type[Recurrent]) -> Callable[[], str]:
        cell = owner.cell if layer is None else layer.cell

        def source() -> str:
            """Return the NumPy source that the cell compiles to, as it runs."""
            return compile_cell(cell).source

        return source


class Recurrent(Layer):
    """A layer of a recurrent cell.

    Parameters
    ----------
    units
        Number of units H.
    return_sequences
        Whether it puts out its state at every time step, (sample, time, unit), or only the last, (sample, unit).
    go_backwards
        Whether it reads the time steps from the last to the first; its output then is in that order too, as in Keras.
    kernel_initializer, recurrent_initializer, bias_initializer
        How weights start. Peephole weights start as the kernel does.
    input_shape
        Shape of one sample, (time, feature); time may be None.
    name
        Name within the model.
    **options
        Options of the cell.
    """

    cell: Cell
    source = _Source()

    def __init__(
        self,
        units: int,
        *,
        return_sequences: bool = False,
        go_backwards: bool = False,
        kernel_initializer: str = "glorot_uniform",
        recurrent_initializer: str = "orthogonal",
        bias_initializer: str = "zeros",
        input_shape: Sequence[int | None] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(units, input_shape, name)
        self.cell = build(self.kind, **options)
        self.return_sequences = flag(f"{self.kind}: return_sequences", return_sequences)
        self.go_backwards = flag(f"{self.kind}: go_backwards", go_backwards)
        self._start = {
            "kernel": initializer(f"{self.kind}: kernel_initializer", kernel_initializer),
            "recurrent_kernel": initializer(f"{self.kind}: recurrent_initializer", recurrent_initializer),
            "bias": initializer(f"{self.kind}: bias_initializer", bias_initializer),
        }

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order."""
        return {array.name: array.sizes(self.features, self.units) for array in self.cell.arrays}

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the weights that it starts from; a bias with a start of its own (a forget gate's 1) begins there."""
        start = {**self._start, "recurrent_bias": self._start["bias"], "peephole": self._start["kernel"]}
        drawn = {name: start[name](rng, shape) for name, shape in self.weight_shapes().items()}
        for array in self.cell.arrays:
            rows = drawn[array.name].reshape(len(array.rows), -1) if array.name.endswith("bias") else ()
            for blocks, row in zip(array.rows, rows, strict=False):
                for k, weight in enumerate(blocks):
                    if weight.start:
                        row[k * self.units : (k + 1) * self.units] = weight.start
        return drawn

    def output_shape(self) -> Shape:
        """Return the shape of one output sample."""
        return (self.input_shape[0], self.units) if self.return_sequences else (self.units,)

    def parameter_formula(self) -> sympy.Expr:
        """Return its number of parameters as a formula in D, the features that it reads, and H, its units."""
        return parameters(self.cell)

    def options(self) -> dict[str, Any]:
        """Return what it was made with, apart from units."""
        layer = {"return_sequences": self.return_sequences, "go_backwards": self.go_backwards}
        return {**layer, **dict(self.cell.options)}

    def _runner(self, weights: Arrays, gradients: Arrays) -> Runner:
        return Recurrence(
            compile_cell(self.cell),
            self.features,
            self.units,
            weights,
            gradients,
            return_sequences=self.return_sequences,
            go_backwards=self.go_backwards,
        )


class Dense(Layer):
    """A dense layer, `y = activation(x·W + b)`, on the last axis of vectors or of sequences.

    Parameters
    ----------
    units
        Number of outputs.
    activation
        `"linear"` (or None), `"tanh"`, `"sigmoid"`, `"relu"`, `"hard_sigmoid"` or `"softmax"`.
    use_bias
        Whether a bias is added.
    kernel_initializer, bias_initializer
        How weights start.
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
        kernel_initializer: str = "glorot_uniform",
        bias_initializer: str = "zeros",
        input_shape: Sequence[int | None] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(units, input_shape, name)
        self.activation = one_of("Dense: activation", "linear" if activation is None else activation, ACTIVATIONS)
        self.use_bias = flag("Dense: use_bias", use_bias)
        self._start = {"kernel": initializer("Dense: kernel_initializer", kernel_initializer)}
        if use_bias:
            self._start["bias"] = initializer("Dense: bias_initializer", bias_initializer)

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order."""
        shapes = {"kernel": (self.features, self.units), "bias": (self.units,)}
        return {name: shapes[name] for name in self._start}

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the weights that it starts from."""
        return {name: self._start[name](rng, shape) for name, shape in self.weight_shapes().items()}

    def output_shape(self) -> Shape:
        """Return the shape of one output sample."""
        return (*self.input_shape[:-1], self.units)

    def parameter_formula(self) -> sympy.Expr:
        """Return its number of parameters as a formula in D, the numbers that it reads, and H, its units."""
        return dense_parameters(self.use_bias)

    def options(self) -> dict[str, Any]:
        """Return what it was made with, apart from units."""
        return {"activation": self.activation, "use_bias": self.use_bias}

    def _runner(self, weights: Arrays, gradients: Arrays) -> Runner:
        return DenseRunner(self.activation, weights, gradients, sequences=len(self.input_shape) == 2)


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


_classes: dict[str, type[Recurrent]] = {}


def layer_class(name: str) -> type[Recurrent]:
    """Return the layer of a registered cell; the class is made from the declaration when it is first asked for."""
    cell = build(name)
    if name not in _classes or _classes[name].cell != cell:
        keywords = inspect.signature(Recurrent).parameters
        own = [inspect.Parameter(k, inspect.Parameter.KEYWORD_ONLY, default=v) for k, v in options(name).items()]
        signature = inspect.Signature([keywords["units"], *own, *list(keywords.values())[1:-1]])
        members = {"cell": cell, "__doc__": _documentation(cell), "__signature__": signature, "__module__": __name__}
        _classes[name] = type(name, (Recurrent,), members)
    return _classes[name]


def _documentation(cell: Cell) -> str:
    legend = "\n".join(f"{q.name} : {q.role}\n    {q.meaning}." for q in cell)
    weights = ", ".join(f"{LETTERS[a.name]} {a.shape}" for a in cell.arrays)
    chosen = "\n".join(f"    {key}={value!r}" for key, value in cell.options)
    details = inspect.cleandoc(Recurrent.__doc__).partition("\n")[2]
    papers = "\n".join(f"* {paper}" for paper in cell.papers)
    return (
        f"A layer of {cell.title} cells ({cell.name}).\n\nQuantities, in the order of computation\n\n{legend}\n\n"
        f"Weights: {weights}; D features, H units.\n{details}\n{chosen}\n\nReferences\n----------\n{papers}\n"
    )


def snake_case(name: str) -> str:
    """Return the name that Keras would give a layer of a class: `SimpleRNN` becomes `simple_rnn`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def __getattr__(name: str) -> type[Recurrent]:
    if name in names():
        return layer_class(name)
    raise AttributeError(f"rnnscope has no layer {name!r}; it has Dense, Input and {', '.join(names())}")


def __dir__() -> list[str]:
    return sorted(["Dense", "Input", "Layer", *names()])


__all__ = ["D", "Dense", "H", "Input", "Layer", "Recurrent", "layer_class"]
