"""Recurrent layers: one class per registered cell, made from its declaration."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
import sympy

from rnnscope.cells import Cell, build, options
from rnnscope.cells.weight_kinds import BIAS, CONSTANT, KERNEL, KINDS, PEEPHOLE, RECURRENT_BIAS
from rnnscope.cells.weights import WeightArray
from rnnscope.checks import flag, number, positive_int
from rnnscope.engine.compiler import compile_cell
from rnnscope.engine.initializers import Draw, Initializer, initializer
from rnnscope.engine.recurrence import Recurrence
from rnnscope.engine.regularizers import Regularizer, regularizer
from rnnscope.engine.tape import Runner
from rnnscope.formulas.parameters import parameters
from rnnscope.models.inputs import Shape
from rnnscope.models.layer import Layer, WeightArrays

SELDOM = (
    "return_state",
    "stateful",
    "dropout",
    "recurrent_dropout",
    "zero_output_for_mask",
    "turns_back",
    "turns_mask",
)
"""Options of a layer that most layers do not use; the last two are set by the layer of which it is a part."""


BY_PLACE = (
    "activation",
    "recurrent_activation",
    "use_bias",
    "kernel_initializer",
    "recurrent_initializer",
    "bias_initializer",
    "unit_forget_bias",
    "kernel_regularizer",
    "recurrent_regularizer",
    "bias_regularizer",
)
"""Arguments that Keras takes by position, in its order; a layer has those of its cell."""


class _Source:
    """`Layer.source()` on the class (default options) and on a layer (its own options)."""

    def __get__(self, layer: Recurrent | None, owner: type[Recurrent]) -> Callable[[], str]:
        cell = owner.cell if layer is None else layer.cell

        def source() -> str:
            """Return the NumPy source that the cell compiles to, as it runs."""
            return compile_cell(cell, getattr(layer, "recurrent_dropout", 0) > 0).source

        return source


class Recurrent(Layer):
    """A layer of a recurrent cell.

    Parameters
    ----------
    units
        Number of units H.
    return_sequences
        Whether it puts out its state at every time step, (sample, time, unit), or only the last, (sample, unit).
    return_state
        Whether a call of the layer in an `rs.Model` also gives the states after the last time step.
    go_backwards
        Whether it reads the time steps from the last to the first; its output then is in that order too, as in Keras.
    stateful
        Whether a batch starts from the states with which the one before it ended, sample by sample, until
        `model.reset_states()`.
    dropout, recurrent_dropout
        Which share of the input, and of the states that matrices read, is set to zero in training; one mask for all
        time steps of a sequence.
    zero_output_for_mask
        Whether the output is zero at time steps that a mask leaves out, instead of what it was before.
    kernel_initializer, recurrent_initializer, bias_initializer
        How weights start: a name such as `"glorot_uniform"`, or one of `rs.initializers`. Peephole weights start as the
        kernel does.
    kernel_regularizer, recurrent_regularizer, bias_regularizer
        What the size of weights adds to the loss: `"l1"`, `"l2"`, or one of `rs.regularizers`.
    input_shape
        Shape of one sample, (time, feature); time may be None.
    name
        Name within the model.
    **options
        Options of the cell.
    """

    cell: Cell
    source = _Source()
    reads = "sequences (time, feature)"

    def __init__(
        self,
        units: int,
        *,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        zero_output_for_mask: bool = False,
        kernel_initializer: str | Initializer = "glorot_uniform",
        recurrent_initializer: str | Initializer = "orthogonal",
        bias_initializer: str | Initializer = "zeros",
        kernel_regularizer: str | Regularizer | None = None,
        recurrent_regularizer: str | Regularizer | None = None,
        bias_regularizer: str | Regularizer | None = None,
        input_shape: Sequence[int | None] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(input_shape, name)
        self.units = positive_int(f"{self.kind}: units", units)
        self.cell = build(self.kind, **options)
        self.return_sequences = flag(f"{self.kind}: return_sequences", return_sequences)
        self.return_state = flag(f"{self.kind}: return_state", return_state)
        self.go_backwards = flag(f"{self.kind}: go_backwards", go_backwards)
        self.stateful = flag(f"{self.kind}: stateful", stateful)
        self.dropout = number(f"{self.kind}: dropout", dropout, 0, 1)
        self.recurrent_dropout = number(f"{self.kind}: recurrent_dropout", recurrent_dropout, 0, 1)
        self.zero_output_for_mask = flag(f"{self.kind}: zero_output_for_mask", zero_output_for_mask)
        self.turns_back = self.turns_mask = False
        self._start = {
            "kernel": initializer(f"{self.kind}: kernel_initializer", kernel_initializer),
            "recurrent_kernel": initializer(f"{self.kind}: recurrent_initializer", recurrent_initializer),
            "bias": initializer(f"{self.kind}: bias_initializer", bias_initializer),
        }
        chosen = {
            "kernel": regularizer(f"{self.kind}: kernel_regularizer", kernel_regularizer),
            "recurrent_kernel": regularizer(f"{self.kind}: recurrent_regularizer", recurrent_regularizer),
            "bias": regularizer(f"{self.kind}: bias_regularizer", bias_regularizer),
        }
        self.regularizers = {name: found for name, found in chosen.items() if found is not None}

    def __getattr__(self, name: str) -> Any:
        """Return an option of its cell, such as `layer.recurrent_activation`, or a weight array by its name."""
        options = dict(self.cell.options)
        return options[name] if name in options else super().__getattr__(name)

    @property
    def quantity(self) -> str:
        """The name of the quantity that it puts out."""
        return self.cell.output

    @property
    def states(self) -> tuple[str, ...]:
        """The names of its states in Keras's order: its output first."""
        return (self.cell.output, *(state for state in self.cell.states if state != self.cell.output))

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each weight array, in Keras's order."""
        return {array.name: array.sizes(self.features, self.units) for array in self.cell.arrays}

    def start_weights(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw the weights that it starts from; a bias with a start of its own (a forget gate's 1) begins there."""
        own, bias = self._start, self._start[BIAS.name]
        start = {**own, RECURRENT_BIAS.name: bias, CONSTANT.name: bias, PEEPHOLE.name: own[KERNEL.name]}
        drawn = {array.name: self._drawn(array, start[array.name], rng) for array in self.cell.arrays}
        for weight in (weight for weight in self.cell.weights if weight.starts_by_itself):
            array = self.cell.array_of(weight)
            drawn[array.name][array.index(weight, self.units)] = weight.start(rng, self.units)
        return drawn

    def _drawn(self, array: WeightArray, draw: Draw, rng: np.random.Generator) -> np.ndarray:
        """Draw an array; of one in which some blocks start by themselves, each run of others by itself, as in Keras."""
        values = np.zeros(array.sizes(self.features, self.units))
        if not any(weight.starts_by_itself for row in array.rows for weight in row):
            return draw(rng, values.shape)
        for row in array.rows:
            for by_itself, run in groupby(row, lambda weight: weight.starts_by_itself):
                blocks = list(run)
                *where, first = array.index(blocks[0], self.units)
                width = len(blocks) * self.units
                if not by_itself:
                    values[(*where, slice(first.start, first.start + width))] = draw(rng, (width,))
        return values

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return ((input_shape or self.input_shape)[0], self.units) if self.return_sequences else (self.units,)

    def parameter_formula(self, bias: str = "keras") -> sympy.Expr:
        """Return its number of parameters as a formula in D, the features that it reads, and H, its units."""
        has_bias = any(weight.vector is None for weight in self.cell.weights)
        return parameters(self.cell, bias if has_bias else None)

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return len(shape) == 2

    def masks(self, masked: bool) -> bool:
        """Say whether its output may have time steps that do not count."""
        return masked and self.return_sequences

    def options(self) -> dict[str, Any]:
        """Return what it was made with, apart from units; what Keras has as an option too, only if it is used."""
        layer = {"return_sequences": self.return_sequences, "go_backwards": self.go_backwards}
        used = {name: getattr(self, name) for name in SELDOM if getattr(self, name)}
        return {**layer, **used, **dict(self.cell.options)}

    def runner(self, weights: WeightArrays, held: tuple[str, ...] = ()) -> Runner:
        """Return what runs it with weights that live in some arrays; some quantities may be `held`."""
        return Recurrence(
            compile_cell(self.cell, self.recurrent_dropout > 0, held),
            self.features,
            self.units,
            weights,
            return_sequences=self.return_sequences,
            go_backwards=self.go_backwards,
            turns_back=self.turns_back,
            turns_mask=self.turns_mask,
            zero_output_for_mask=self.zero_output_for_mask,
            dropout=self.dropout,
            recurrent_dropout=self.recurrent_dropout,
        )


HOME = "rnnscope.models.layers"
"""The module that has the class of every registered cell: where `pickle`, too, finds it by name."""

_classes: WeakValueDictionary[str, type[Recurrent]] = WeakValueDictionary()


def layer_class(name: str) -> type[Recurrent]:
    """Return the layer of a registered cell; the class is made from the declaration, and kept while it is in use."""
    cell, known = build(name), _classes.get(name)
    if known is not None and known.cell == cell:
        return known
    signature = _signature(options(name))
    members = {"cell": cell, "__doc__": _documentation(cell), "__signature__": signature, "__module__": HOME}
    made = type(name, (Recurrent,), members)
    _classes[name] = made
    return made


def _signature(own: Mapping[str, Any]) -> inspect.Signature:
    """Return the arguments of the layer of a cell with these options: those that Keras takes by position come first."""
    place, keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    there = dict(list(inspect.signature(Recurrent).parameters.items())[:-1])
    there |= {name: inspect.Parameter(name, keyword, default=default) for name, default in own.items()}
    first = {"units": there.pop("units")}
    first |= {name: there.pop(name).replace(kind=place) for name in BY_PLACE if name in there}
    rest = [*(name for name in own if name in there), *(name for name in there if name not in own)]
    return inspect.Signature([*first.values(), *(there[name] for name in rest)])


def _documentation(cell: Cell) -> str:
    legend = "\n".join(f"{q.name} : {q.role}\n    {q.words}." for q in cell)
    weights = ", ".join(f"{KINDS[a.name].letter} {a.shape}" for a in cell.arrays)
    chosen = "\n".join(f"    {key}={value!r}" for key, value in cell.options)
    details = inspect.cleandoc(Recurrent.__doc__).partition("\n")[2]
    papers = "\n".join(f"* {paper}" for paper in cell.papers)
    return (
        f"A layer of {cell.title} cells ({cell.name}).\n\nQuantities, in the order of computation\n\n{legend}\n\n"
        f"Weights: {weights}; D features, H units.\n{details}\n{chosen}\n\nReferences\n----------\n{papers}\n"
    )
