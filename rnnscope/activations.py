"""Activations by Keras's names: what layers take as `activation=`, and functions of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.engine.dense import OUTPUT_ACTIVATIONS, output_activation
from rnnscope.habits import refuse_name


class Activation(str):
    """The name of an activation; called with an array it computes it.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.activations.relu([-1.0, 2.0])
    array([0., 2.])
    >>> rs.layers.LSTM(3, activation=rs.activations.relu).options()["activation"]
    'relu'
    """

    __slots__ = ()

    def __call__(self, x: Any) -> np.ndarray:
        """Return its values; a softmax is over the last axis."""
        z = np.ascontiguousarray(np.asarray(x, float)[..., None])
        return OUTPUT_ACTIVATIONS[str(self)].value(z, np.empty_like(z))[..., 0]

    @property
    def __name__(self) -> str:
        return str(self)


def get(identifier: Any) -> Activation:
    """Return an activation given by name or as it is; None is linear."""
    return Activation(output_activation("activations: identifier", identifier))


def __getattr__(name: str) -> Activation:
    if name == "swish" or name in OUTPUT_ACTIVATIONS:
        return get(name)
    refuse_name("activation", name, OUTPUT_ACTIVATIONS)


def __dir__() -> list[str]:
    return sorted([*OUTPUT_ACTIVATIONS, "get"])
