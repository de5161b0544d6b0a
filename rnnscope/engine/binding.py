"""The arguments of generated functions: views of the tape, of the weights and of work arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.engine.compiler import Program
from rnnscope.engine.statements import Slot
from rnnscope.engine.tape import allocate

Recipe = np.ndarray | tuple[str, tuple[slice, slice]]
"""An argument that stays, or which rows and columns of which array of the tape."""


class Binding:
    """Gives every generated function of a program its arguments.

    Parameters
    ----------
    program
        The compiled cell.
    features, units
        The width of the input and of the layer.
    weights
        The weight arrays and their gradients, by the names of the source.
    """

    def __init__(self, program: Program, features: int, units: int, weights: Mapping[str, np.ndarray]) -> None:
        self.program, self.features, self.units, self.weights = program, features, units, weights
        self.dtype = weights["W"].dtype
        self._size = (0, 0)
        self._tape: Mapping[str, np.ndarray] | None = None

    def turn_to(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> None:
        """Turn to a tape and an input; the views of the last ones are kept, so that using them again costs nothing."""
        size = (x.shape[0], x.shape[2])
        if self._size != size:
            self._allocate(*size)
        if self._tape is not tape or self._x.__array_interface__ != x.__array_interface__:
            self._tape, self._x, self._views = tape, x, {}
        for name, spread in self._spread.items():
            spread[...] = self.weights[name][:, None]

    def call(self, name: str) -> None:
        """Call a generated function that takes no time step."""
        self.program.functions[name].call(*self.arguments(name))

    def arguments(self, name: str) -> list[np.ndarray]:
        """Return the arguments of a generated function, but for the time step."""
        if name not in self._views:
            arrays = {**self._tape, "x": self._x}
            recipes = self._recipes[name]
            self._views[name] = [r if isinstance(r, np.ndarray) else arrays[r[0]][r[1]] for r in recipes]
        return self._views[name]

    def shape(self, base: str, steps: int, samples: int) -> tuple[int, ...]:
        """Return the shape of an array of the layout."""
        found = self.program.layout.bases[base]
        width = self.features if found.columns == ("x",) else self.units * len(found.columns)
        return (steps * samples, width) if found.role == "rows" else (steps, width, samples)

    def _allocate(self, steps: int, samples: int) -> None:
        """Make the work arrays for a size of input; vectors of weights get one in which they stand once per sample."""
        bases = self.program.layout.bases.items()
        names = [name for name, base in bases if base.role in ("work", "rows")]
        vectors = [name for name, base in bases if base.role == "weight" and self.weights[name].ndim == 1]
        self._size, self._views, self._scratches = (steps, samples), {}, {}
        self._work = allocate({name: self.shape(name, steps, samples) for name in names}, self.dtype)
        self._spread = allocate({name: (len(self.weights[name]), samples) for name in vectors}, self.dtype)
        functions = self.program.functions.values()
        self._recipes = {f.name: [self._recipe(slot, f.name) for slot in f.slots] for f in functions}

    def _recipe(self, slot: Slot, function: str) -> Recipe:
        name = self.program.layout.holds(slot.base)
        base = self.program.layout.bases.get(name)
        if base is None:
            return self._scratch(name, function)
        columns = slice(None) if base.columns == ("x",) else slice(slot.start * self.units, slot.stop * self.units)
        if base.role in ("weight", "weight_gradient"):
            array = self._spread.get(name, self.weights[name])
            is_matrix = self.weights[name].ndim == 2
            return array[:, columns] if is_matrix else array[columns]
        if base.role in ("work", "rows"):
            return self._work[name][:, columns]
        rows = slice(0, self._size[0]) if name != slot.base else slice(base.rows_before, None)
        return name, (rows, columns)

    def _scratch(self, name: str, function: str) -> np.ndarray:
        """Return a scratch array: of one time step in the loop, of all outside it; functions share them by shape."""
        steps, samples = self._size
        shape = {
            "local_derivatives": (steps, self.units, samples),
            "weight_gradients": (steps * samples, self.features if name == "Sx" else self.units),
        }.get(function, (self.units, samples))
        return self._scratches.setdefault((name, shape), np.empty(shape, self.dtype))
