"""One array of weights of a model, to be looked at and set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from rnnscope.checks import describe
from rnnscope.habits import refuse_attribute
from rnnscope.models.data import as_numbers
from rnnscope.models.guard import Guard


class Weight:
    """An array of weights: `numpy()` returns a copy of it, `assign` sets it.

    Parameters
    ----------
    name
        Its name in the layer, such as `kernel`.
    layer
        The name of the layer.
    array
        Where it lives.
    guard
        Keeps the threads apart that use it.
    """

    def __init__(self, name: str, layer: str, array: np.ndarray, guard: Guard) -> None:
        self.name, self.path = name, f"{layer}/{name}"
        self._array, self._guard = array, guard

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self._array.shape

    @property
    def dtype(self) -> np.dtype:
        """Its type."""
        return self._array.dtype

    def numpy(self) -> np.ndarray:
        """Return a copy of its numbers."""
        with self._guard.between_steps:
            return self._array.copy()

    def assign(self, value: Any) -> None:
        """Set its numbers."""
        set_arrays([value], {self.path: self._array}, self._guard, "value")

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, "weight", name)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __repr__(self) -> str:
        return f"<Weight {self.path}, shape {self.shape}>"


def set_arrays(values: Any, arrays: Mapping[str, np.ndarray], guard: Guard, argument: str = "weights") -> None:
    """Set arrays, each with a name for errors, from others of the same shapes; nothing changes if one is wrong."""
    if isinstance(values, str | bytes) or not isinstance(values, Sequence):
        raise TypeError(f"{argument}: expected a list of arrays; got {describe(values)}")
    if len(values) != len(arrays):
        raise ValueError(f"{argument}: expected {len(arrays)} arrays; got {len(values)}")
    checked = []
    for k, (value, (name, own)) in enumerate(zip(values, arrays.items(), strict=True)):
        place = argument if argument == "value" else f"{argument}[{k}]"
        array = as_numbers(place, value, own.dtype)
        if array.shape != own.shape:
            raise ValueError(f"{place}: expected shape {own.shape} ({name}); got {array.shape}")
        checked.append(array)
    with guard.training(), guard.between_steps:
        for own, new in zip(arrays.values(), checked, strict=True):
            own[...] = new
