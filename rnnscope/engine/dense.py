"""The dense layer, `y = activation(x·W + b)`, on the last axis of vectors or of sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from rnnscope.cells.function_facts import facts_of, value_of
from rnnscope.cells.functions import ACTIVATIONS, activation_name, linear_activation
from rnnscope.cells.graph import slopes
from rnnscope.cells.refs import Symbol
from rnnscope.engine.tape import NOTHING, Given, Place


@dataclass(frozen=True)
class OutputActivation:
    """A function of a dense layer, and how gradients pass through it.

    Attributes
    ----------
    value
        Computes it from the pre-activation.
    back
        Makes a gradient by its argument of its value, the gradient by that, and its argument.
    forth
        Makes a gradient by its value of one by its argument, as losses of logits know it; only of functions whose
        values are probabilities.
    """

    value: Callable[[np.ndarray, np.ndarray], np.ndarray]
    back: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    forth: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


def _softmax(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    np.subtract(z, z.max(axis=-2, keepdims=True), out=out)
    np.exp(out, out=out)
    return np.divide(out, out.sum(axis=-2, keepdims=True), out=out)


def _softmax_back(y: np.ndarray, d_y: np.ndarray, z: np.ndarray) -> np.ndarray:
    return y * (d_y - (d_y * y).sum(axis=-2, keepdims=True))


def _softmax_forth(y: np.ndarray, d_pre: np.ndarray) -> np.ndarray:
    return _finite(d_pre / _apart(y))


def _sigmoid_forth(y: np.ndarray, d_pre: np.ndarray) -> np.ndarray:
    p = _apart(y)
    return _finite(d_pre / (p * (1 - p)))


def _apart(y: np.ndarray) -> np.ndarray:
    """Return probabilities, those that were rounded to 0 or 1 moved to the nearest number beside it."""
    facts = np.finfo(y.dtype)
    return np.clip(y, facts.tiny, 1 - facts.epsneg)


def _finite(gradient: np.ndarray) -> np.ndarray:
    largest = np.finfo(gradient.dtype).max
    return np.clip(gradient, -largest, largest)


def _linear(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    return np.positive(z, out=out)


def _elementwise(name: str, function: type[sympy.Function]) -> OutputActivation:
    """Return the activation that a function of declarations is, with its slope in its own value where it says it."""
    value, pre = Symbol.of("value", "y"), Symbol.of("pre", "y")
    (slope,) = slopes(function(pre), {function(pre): value}).values()

    def back(y: np.ndarray, d_y: np.ndarray, z: np.ndarray) -> np.ndarray:
        return d_y * value_of(slope, {value: y, pre: z})

    return OutputActivation(facts_of(function).numpy, back, _sigmoid_forth if name == "sigmoid" else None)


OUTPUT_ACTIVATIONS = {
    name: OutputActivation(_linear, lambda y, d_y, z: d_y)
    if function is linear_activation
    else _elementwise(name, function)
    for name, function in ACTIVATIONS.items()
} | {"softmax": OutputActivation(_softmax, _softmax_back, _softmax_forth)}
"""The functions of a dense layer by name: those of declarations, and the softmax over its outputs."""


def output_activation(argument: str, value: Any) -> str:
    """Return the name of a function of a dense layer given by a name, by its function here, or as None (linear)."""
    return activation_name(argument, value, OUTPUT_ACTIVATIONS)


class DenseRunner:
    """Runs a dense layer; its tape holds the pre-activation `Pre`, the output `y` and their gradients."""

    def __init__(
        self,
        activation: str,
        weights: Mapping[str, np.ndarray],
        *,
        sequences: bool,
    ) -> None:
        self.activation = OUTPUT_ACTIVATIONS[activation]
        self.head = activation if self.activation.forth else ""
        self.weights, self.sequences = weights, sequences
        self.features, self.units = weights["kernel"].shape
        self.dtype = weights["kernel"].dtype

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        lead = (steps,) if self.sequences else ()
        widths = {"Pre": self.units, "y": self.units}
        if gradients:
            widths |= {"d_y": self.units, "dPre": self.units, "d_x": self.features}
        return {name: (*lead, width, samples) for name, width in widths.items()}

    def places(self) -> dict[str, Place]:
        """Return where everything that can be recorded lies."""
        names = {"pre/y": "Pre", "value/y": "y", "grad/y": "d_y", "grad_pre/y": "dPre"}
        found = {key: Place(base, slice(0, self.units)) for key, base in names.items()}
        return {**found, "grad/x": Place("d_x", slice(0, self.features))}

    def biases(self) -> dict[str, np.ndarray]:
        """Return the bias of the pre-activation, as a view of the weights."""
        return {"bias/y": self.weights["bias"]} if "bias" in self.weights else {}

    def mask(self, mask: np.ndarray | None, x: np.ndarray) -> np.ndarray | None:
        """Return which time steps of the output count: those of the input."""
        return mask

    def passes(self, steps: int, samples: int, gradients: Mapping[str, np.ndarray]) -> DensePass:
        """Return what makes passes; `gradients` are the arrays for those of the weights, if there are."""
        return DensePass(self.activation, self.weights, gradients)


class DensePass:
    """Passes through a dense layer; they need no work arrays."""

    def __init__(
        self,
        activation: OutputActivation,
        weights: Mapping[str, np.ndarray],
        gradients: Mapping[str, np.ndarray],
    ) -> None:
        self.activation, self.weights, self.gradients = activation, weights, gradients

    def forward(self, tape: Mapping[str, np.ndarray], x: np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Fill the forward half of the tape and return the output."""
        np.matmul(self.weights["kernel"].T, x, out=tape["Pre"])
        if "bias" in self.weights:
            np.add(tape["Pre"], self.weights["bias"][:, None], out=tape["Pre"])
        return self.activation.value(tape["Pre"], tape["y"])

    def backward(self, tape: Mapping[str, np.ndarray], x: np.ndarray, d_output: np.ndarray) -> np.ndarray:
        """Fill the backward half of the tape and the gradients of the weights, and return that of `x`."""
        tape["d_y"][...] = d_output
        tape["dPre"][...] = self.activation.back(tape["y"], tape["d_y"], tape["Pre"])
        return self._below(tape, x)

    def logits(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Return what the output is the probability of."""
        return tape["Pre"]

    def backward_from_logits(self, tape: Mapping[str, np.ndarray], x: np.ndarray, d_pre: np.ndarray) -> np.ndarray:
        """Do what `backward` does, but begin with the gradient by the logits."""
        tape["dPre"][...] = d_pre
        tape["d_y"][...] = self.activation.forth(tape["y"], tape["dPre"])
        return self._below(tape, x)

    def _below(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Go from the gradient of the pre-activation to those of the weights and of `x`."""
        rows = _rows(tape["dPre"])
        np.matmul(_rows(x).T, rows, out=self.gradients["kernel"])
        if "bias" in self.weights:
            np.add.reduce(rows, axis=0, out=self.gradients["bias"])
        return np.matmul(self.weights["kernel"], tape["dPre"], out=tape["d_x"])

    def release(self) -> None:
        """Let go of the tape and the input of the last pass: it keeps none."""


def _rows(a: np.ndarray) -> np.ndarray:
    """Return (…, feature, sample) as rows, one per sample and time step."""
    return a.swapaxes(-1, -2).reshape(-1, a.shape[-2])
