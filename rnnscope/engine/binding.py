"""The arguments of generated functions: views of the tape, of the weights and of work arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnscope.engine.compiler import Program
from rnnscope.engine.layout import Layout
from rnnscope.engine.statements import Slot
from rnnscope.engine.tape import allocate

Recipe = np.ndarray | tuple[str, tuple[slice, slice]]
"""An argument that stays, or which rows and columns of which array of the tape."""


def shape_of(layout: Layout, base: str, features: int, units: int, steps: int, samples: int) -> tuple[int, ...]:
    """Return the shape of an array of a layout, for a layer of some width and an input of some size."""
    found = layout.bases[base]
    width = features if found.columns == ("x",) else units * len(found.columns)
    lead = {"rows": None, "mask": ()}.get(found.role, (steps,))
    return (steps * samples, width) if lead is None else (*lead, width, samples)


class Binding:
    """Gives every generated function of a program its arguments, for passes of one size.

    Parameters
    ----------
    program
        The compiled cell.
    features, units
        The width of the input and of the layer.
    weights
        The weight arrays and their gradients, if there are any, by the names of the source.
    steps, samples
        The number of time steps and of samples.
    """

    def __init__(
        self,
        program: Program,
        features: int,
        units: int,
        weights: Mapping[str, np.ndarray],
        steps: int,
        samples: int,
    ) -> None:
        self.program, self.features, self.units, self.weights = program, features, units, weights
        self.steps, self.samples, self.dtype = steps, samples, weights["W"].dtype
        bases = program.layout.bases.items()
        vectors = [name for name, base in bases if base.role == "weight" and weights[name].ndim == 1]
        self._spread = allocate({name: (len(weights[name]), samples) for name in vectors}, self.dtype)
        functions = program.functions.values()
        self._readers_of_x = {own.name for own in functions if any(slot.base == "x" for slot in own.slots)}
        self.release()
        self._recipes: dict[str, list[Recipe]] = {}
        self._work: dict[str, np.ndarray] = {}
        self._scratches: dict[tuple, np.ndarray] = {}

    def turn_to(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> None:
        """Turn to a tape and an input; the views of the last ones are kept, so that using them again costs nothing."""
        if self._tape is not tape:
            self._views = {}
        elif self._x.__array_interface__ != x.__array_interface__:
            self._views = {name: views for name, views in self._views.items() if name not in self._readers_of_x}
        self._tape, self._x = tape, x
        for name, spread in self._spread.items():  # vectors of weights stand once per sample
            spread[...] = self.weights[name][:, None]

    def release(self) -> None:
        """Let go of the tape and the input, and of their views."""
        self._tape: Mapping[str, np.ndarray] | None = None
        self._x: np.ndarray | None = None
        self._views: dict[str, list[np.ndarray]] = {}

    def call(self, name: str) -> None:
        """Call a generated function that takes no time step."""
        self.program.functions[name].call(*self.arguments(name))

    def clear_work(self, samples: Sequence[np.ndarray]) -> None:
        """Set all work arrays to zero at some samples of each time step."""
        for array in (array for array in self._work.values() if array.ndim == 3):
            for own, chosen in zip(array, samples, strict=True):
                own[:, chosen] = 0

    def arguments(self, name: str) -> list[np.ndarray]:
        """Return the arguments of a generated function, but for the time step."""
        if name not in self._views:
            if name not in self._recipes:
                function = self.program.functions[name]
                self._recipes[name] = [self._recipe(slot, name) for slot in function.slots]
            arrays = {**self._tape, "x": self._x}
            recipes = self._recipes[name]
            self._views[name] = [r if isinstance(r, np.ndarray) else arrays[r[0]][r[1]] for r in recipes]
        return self._views[name]

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
            return self._work_array(name)[:, columns]
        if base.role == "mask":
            return name, (columns, slice(None))
        rows = slice(0, self.steps) if name != slot.base else slice(base.rows_before, None)
        return name, (rows, columns)

    def _work_array(self, name: str) -> np.ndarray:
        """Return a work array, made when the first function asks for it."""
        if name not in self._work:
            shape = shape_of(self.program.layout, name, self.features, self.units, self.steps, self.samples)
            self._work |= allocate({name: shape}, self.dtype)
        return self._work[name]

    def _scratch(self, name: str, function: str) -> np.ndarray:
        """Return a scratch array: of one time step in the loop, of all outside it; functions share them by shape."""
        steps, samples = self.steps, self.samples
        shape = {
            "local_derivatives": (steps, self.units, samples),
            "weight_gradients": (steps * samples, self.features if name == "Sx" else self.units),
        }.get(function, (self.units, samples))
        if (name, shape) not in self._scratches:
            self._scratches[name, shape] = np.empty(shape, self.dtype)
        return self._scratches[name, shape]
