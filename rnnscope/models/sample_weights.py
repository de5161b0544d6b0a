"""How much samples count: weights of samples, and of classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnscope.checks import describe, number, positive_int
from rnnscope.models.data import as_numbers


def as_weights(argument: str, value: Any, output: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Return weights of samples, (sample,), or of time steps, (sample, time) or (sample, 1).

    Parameters
    ----------
    argument
        What they are called.
    value
        The weights.
    output
        The shape of the output.
    dtype
        Of the weights.
    """
    array = as_numbers(argument, value, dtype)
    over_time = len(output) == 3
    if not over_time and array.shape == (output[0], 1):
        array = array[:, 0]
    shapes = [output[:2], (output[0], 1)] if over_time else [output[:1]]
    if array.shape not in shapes:
        hint = ""
        if over_time and array.shape == output[:1]:
            hint = f". For a weight per sample type {argument.rpartition(' ')[2]}[:, None]"
        raise ValueError(f"{argument}: expected shape {' or '.join(map(str, shapes))}; got {array.shape}{hint}")
    return array


def of_classes(class_weight: Any, y: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Return the weight of every sample by its class: a row's largest entry, or the nearest whole number."""
    if not isinstance(class_weight, Mapping):
        wanted = "a dict of class numbers and weights, such as {0: 1.0, 1: 5.0}"
        raise TypeError(f"class_weight: expected {wanted}; got {describe(class_weight)}")
    if y.ndim > 2:
        raise ValueError(
            "class_weight: expected an output of one class per sample; got one per time step. "
            "Give weights of time steps: sample_weight of shape (sample, time)"
        )
    weights = {
        positive_int("class_weight: class", kind, 0): number(f"class_weight: class {kind}", weight, -np.inf)
        for kind, weight in class_weight.items()
    }
    classes = y[:, 0].round() if y.shape[-1] == 1 else y.argmax(axis=-1)
    return np.array([weights.get(int(kind), 1.0) for kind in classes], dtype)
