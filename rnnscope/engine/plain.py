"""Layers without a loop over time: embedding, masking, dropout, activation, repeating, flattening, merging.

Each keeps its output `y` on the tape, and its gradient; nothing of a pass is kept elsewhere.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from rnnscope.engine.dense import OUTPUT_ACTIVATIONS
from rnnscope.engine.dropout import draw
from rnnscope.engine.tape import NOTHING, Given, Place, Read

Tape = Mapping[str, np.ndarray]


@dataclass
class Plain(ABC):
    """What these layers share: it is its own pass, since it needs no work arrays.

    Attributes
    ----------
    features, units
        The width of what it reads and of what it puts out.
    reads_sequences, sequences
        Whether it reads and puts out sequences.
    """

    features: int
    units: int
    reads_sequences: bool
    sequences: bool

    head = ""

    def steps_out(self, steps: int) -> int:
        """Return the number of time steps of the output, from that of the input."""
        return steps

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        own = (*((self.steps_out(steps),) if self.sequences else ()), self.units, samples)
        if not gradients:
            return {"y": own}
        lead = (steps,) if self.reads_sequences else ()
        return {"y": own, "d_y": own, **{f"d_{name}": (*lead, wide, samples) for name, wide in self.read.items()}}

    def places(self) -> dict[str, Place]:
        """Return where everything that can be recorded lies."""
        whole = slice(0, self.units)
        of_input = {f"grad/{name}": Place(f"d_{name}", slice(0, wide)) for name, wide in self.read.items()}
        return {"value/y": Place("y", whole), "grad/y": Place("d_y", whole), **of_input}

    @property
    def read(self) -> dict[str, int]:
        """The widths of what it reads, by name, as far as there is a gradient of it."""
        return {"x": self.features}

    def biases(self) -> dict[str, np.ndarray]:
        """Return no bias: it has none."""
        return {}

    def mask(self, mask: np.ndarray | None, x: Read) -> np.ndarray | None:
        """Return which time steps of the output count: those of the input."""
        return mask

    def passes(self, steps: int, samples: int, gradients: Mapping[str, np.ndarray]) -> Self:
        """Return what makes passes: itself."""
        return self

    @abstractmethod
    def value(self, tape: Tape, x: Read, given: Given) -> np.ndarray:
        """Return the output."""

    @abstractmethod
    def back(self, tape: Tape, x: Read, d_y: np.ndarray) -> Read | None:
        """Return the gradient of what it read; the tape holds what `forward` left there."""

    def forward(self, tape: Tape, x: Read, given: Given = NOTHING) -> np.ndarray:
        """Fill the forward half of the tape and return the output."""
        tape["y"][...] = self.value(tape, x, given)
        return tape["y"]

    def backward(self, tape: Tape, x: Read, d_output: np.ndarray) -> Read | None:
        """Fill the backward half of the tape and return the gradient of what it read."""
        tape["d_y"][...] = d_output
        return self._keep(tape, self.back(tape, x, tape["d_y"]))

    def _keep(self, tape: Tape, gradient: Read | None) -> Read | None:
        """Keep the gradient of what it read on the tape."""
        for name, own in zip(self.read, gradient if isinstance(gradient, tuple) else (gradient,), strict=False):
            tape[f"d_{name}"][...] = own
        return gradient

    def release(self) -> None:  # noqa: B027 — it is no method that is left to be written
        """Let go of the last pass: it keeps nothing of one."""


@dataclass
class EmbeddingRunner(Plain):
    """Looks up a row of its table for every token number."""

    weights: Mapping[str, np.ndarray]
    mask_zero: bool
    gradients: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def read(self) -> dict[str, int]:
        """Nothing that has a gradient: token numbers have none."""
        return {}

    def mask(self, mask: np.ndarray | None, x: np.ndarray) -> np.ndarray | None:
        """Return which time steps count: those that are not token 0, if that stands for nothing."""
        return x != 0 if self.mask_zero else mask

    def passes(self, steps: int, samples: int, gradients: Mapping[str, np.ndarray]) -> EmbeddingRunner:
        """Return what makes passes; `gradients` has the array for that of the table, if there is one."""
        return replace(self, gradients=gradients)

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the rows of the tokens."""
        return np.moveaxis(self.weights["embeddings"][x.astype(int)], -1, -2)

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> None:
        """Add the gradient of every row that was looked up to that of the table."""
        table = self.gradients["embeddings"]
        table.fill(0)
        np.add.at(table, x.astype(int), np.moveaxis(d_y, -2, -1))

    def looked_up(self, tape: Tape, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of the rows that were looked up, and after `backward` the gradient of each look-up."""
        return x.astype(int), np.moveaxis(tape["d_y"], -2, -1)


@dataclass
class MaskingRunner(Plain):
    """Marks time steps at which all features have one value as such that do not count, and sets them to zero."""

    mask_value: float

    def mask(self, mask: np.ndarray | None, x: np.ndarray) -> np.ndarray:
        """Return which time steps count."""
        return (x != self.mask_value).any(axis=-2)

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the input, with zeros where it does not count."""
        return np.where(self.mask(None, x)[..., None, :], x, 0)

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> np.ndarray:
        """Return the gradient of the input."""
        return np.where(self.mask(None, x)[..., None, :], d_y, 0)


@dataclass
class DropoutRunner(Plain):
    """Sets a share of its input to zero in training; the mask is on the tape."""

    rate: float

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        shapes = super().shapes(steps, samples, gradients)
        return {"keep_x": shapes["y"], **shapes}

    def places(self) -> dict[str, Place]:
        """Return where everything that can be recorded lies."""
        return {"dropout/x": Place("keep_x", slice(0, self.units)), **super().places()}

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the input times a new mask."""
        return x * draw(tape["keep_x"], self.rate, given.dropping)

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> np.ndarray:
        """Return the gradient of the input."""
        return d_y * tape["keep_x"]


@dataclass
class ActivationRunner(Plain):
    """Applies a function to its input."""

    activation: str

    @property
    def head(self) -> str:
        """`"sigmoid"` or `"softmax"` if what it puts out are the probabilities of what it reads, else empty."""
        return self.activation if OUTPUT_ACTIVATIONS[self.activation].forth else ""

    def logits(self, tape: Tape, x: np.ndarray) -> np.ndarray:
        """Return what the output is the probability of: the input."""
        return x

    def backward_from_logits(self, tape: Tape, x: np.ndarray, d_logits: np.ndarray) -> np.ndarray:
        """Do what `backward` does, but begin with the gradient by the logits."""
        tape["d_y"][...] = OUTPUT_ACTIVATIONS[self.activation].forth(tape["y"], d_logits)
        return self._keep(tape, d_logits)

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the function of the input."""
        return OUTPUT_ACTIVATIONS[self.activation].value(np.ascontiguousarray(x), tape["y"])

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> np.ndarray:
        """Return the gradient of the input."""
        return OUTPUT_ACTIVATIONS[self.activation].back(tape["y"], d_y, x)


@dataclass
class RepeatRunner(Plain):
    """Puts out its input at every one of so many time steps."""

    n: int

    def steps_out(self, steps: int) -> int:
        """Return the number of time steps of the output."""
        return self.n

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the input, which `forward` repeats."""
        return x

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> np.ndarray:
        """Return the gradient of the input: the sum over time steps."""
        return d_y.sum(axis=0)


@dataclass
class FlattenRunner(Plain):
    """Puts the features of all time steps side by side."""

    def value(self, tape: Tape, x: np.ndarray, given: Given) -> np.ndarray:
        """Return the input as vectors."""
        return x.reshape(self.units, -1)

    def back(self, tape: Tape, x: np.ndarray, d_y: np.ndarray) -> np.ndarray:
        """Return the gradient of the input."""
        return d_y.reshape(x.shape)


@dataclass
class MergeRunner(Plain):
    """Joins the outputs of two directions."""

    merge_mode: str

    @property
    def read(self) -> dict[str, int]:
        """The widths of the outputs of the two directions; they are equal unless they stand side by side."""
        second = self.units - self.features if self.merge_mode == "concat" else self.features
        return {"x": self.features, "x2": second}

    def value(self, tape: Tape, x: tuple[np.ndarray, np.ndarray], given: Given) -> np.ndarray:
        """Return the two side by side, their sum, mean or product."""
        a, b = x
        if self.merge_mode == "concat":
            return np.concatenate([a, b], axis=-2)
        if self.merge_mode == "mul":
            return a * b
        return (a + b) / 2 if self.merge_mode == "ave" else a + b

    def back(self, tape: Tape, x: tuple[np.ndarray, np.ndarray], d_y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradients of the two."""
        a, b = x
        if self.merge_mode == "concat":
            return d_y[..., : a.shape[-2], :], d_y[..., a.shape[-2] :, :]
        if self.merge_mode == "mul":
            return d_y * b, d_y * a
        half = d_y / 2 if self.merge_mode == "ave" else d_y
        return half, half
