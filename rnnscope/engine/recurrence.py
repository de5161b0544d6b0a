"""The loop over time: one compiled step, called for every time step forward, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.cells.weights import LETTERS
from rnnscope.engine.compiler import Program
from rnnscope.engine.graph import MAP_BASES
from rnnscope.engine.statements import Slot
from rnnscope.engine.tape import Place, allocate

PARTS = {"kernel": "input", "recurrent_kernel": "recurrent", "peephole": "peephole"}
"""What the parts of a pre-activation are called in a recording, by the kind of their weights."""


class Recurrence:
    """Runs the layer of one cell over all time steps.

    Parameters
    ----------
    program
        The compiled cell.
    features, units
        The width of the input and of the layer.
    weights, gradients
        The weight arrays by name, and arrays of the same shapes for their gradients.
    return_sequences
        Whether the output is the state at every time step or only at the last.
    go_backwards
        Whether the time steps are taken from the last to the first.
    """

    def __init__(
        self,
        program: Program,
        features: int,
        units: int,
        weights: Mapping[str, np.ndarray],
        gradients: Mapping[str, np.ndarray],
        *,
        return_sequences: bool,
        go_backwards: bool,
    ) -> None:
        self.program, self.features, self.units = program, features, units
        self.return_sequences, self.go_backwards = return_sequences, go_backwards
        self.dtype = weights["kernel"].dtype
        self.weights = {**_by_letter(weights, ""), **_by_letter(gradients, "g")}
        self._spread = [name for name in ("b", "bh", "p") if name in self.weights]
        self._size = (0, 0)
        self._tape: Mapping[str, np.ndarray] | None = None
        self._views: dict[str, list[np.ndarray]] = {}

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        layout = self.program.layout
        rows = {name: steps + layout.bases[name].rows_before for name in layout.tape(gradients)}
        return {name: self._shape(name, rows[name], samples) for name in rows}

    def places(self) -> dict[str, Place]:
        """Return where everything that can be recorded lies, in the order of computation."""
        layout, cell = self.program.layout, self.program.cell
        found: dict[str, str] = {}
        for name in cell.names:
            for weight in (w for w in cell.weights if w.quantity == name and w.vector is not None):
                number = weight.column.removeprefix(name)
                found[f"{PARTS[weight.kind]}{number}/{name}"] = f"{MAP_BASES[weight.kind]}_{weight.column}"
            if f"Pre_{name}" in layout.slots:
                found[f"pre/{name}"] = f"Pre_{name}"
            found[f"value/{name}"] = name
        for name in reversed(cell.names):
            found[f"grad/{name}"] = f"d_{name}"
            if f"d_Pre_{name}" in layout.slots:
                found[f"grad_pre/{name}"] = f"d_Pre_{name}"
        places = {key: self._place(layout[symbol]) for key, symbol in found.items()}
        return {**places, "grad/x": Place("d_x", slice(0, self.features))}

    def biases(self) -> dict[str, np.ndarray]:
        """Return the bias of every pre-activation, as views of the weights: `bias/f`, `recurrent_bias/g` …"""
        found = {}
        for weight in (w for w in self.program.cell.weights if w.vector is None):
            slot = self.program.layout[weight.name]
            number = weight.column.removeprefix(weight.quantity)
            found[f"{weight.kind}{number}/{weight.quantity}"] = self.weights[slot.base][
                slot.start * self.units : slot.stop * self.units
            ]
        return found

    def forward(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Fill the forward half of the tape from `x` (time, feature, sample) and return the output."""
        x = x[::-1] if self.go_backwards else x
        self._bind(tape, np.ascontiguousarray(x))
        for name in self._spread:
            self._fixed[name][...] = self.weights[name][:, None]
        for state in self.program.cell.states:
            tape[state][0] = 0
        self._call("project_input")
        step, arguments = self.program.functions["forward"].call, self._arguments("forward")
        for t in range(len(x)):
            step(t, *arguments)
        output = tape[self.program.cell.output]
        return output[1:] if self.return_sequences else output[-1]

    def backward(self, tape: Mapping[str, np.ndarray], x: np.ndarray, d_output: np.ndarray) -> np.ndarray:
        """Fill the backward half of the tape and the gradients of the weights, and return that of `x`.

        `d_output` is dloss/d(output), shaped as the output; it starts the gradient of the state, to which each step
        adds what comes from the step after it.
        """
        for state in self.program.cell.states:
            tape[f"d_{state}"].fill(0)
        tape[f"d_{self.program.cell.output}"][slice(1, None) if self.return_sequences else -1] = d_output
        self._call("local_derivatives")
        step, arguments = self.program.functions["backward"].call, self._arguments("backward")
        for t in reversed(range(len(x))):
            step(t, *arguments)
        self._call("weight_gradients")
        return tape["d_x"][::-1] if self.go_backwards else tape["d_x"]

    def _call(self, name: str) -> None:
        self.program.functions[name].call(*self._arguments(name))

    def _shape(self, base: str, steps: int, samples: int) -> tuple[int, ...]:
        columns = self.program.layout.bases[base].columns
        width = self.features if columns == ("x",) else self.units * len(columns)
        is_rows = self.program.layout.bases[base].role == "rows"
        return (steps * samples, width) if is_rows else (steps, width, samples)

    def _place(self, slot: Slot) -> Place:
        columns = slice(slot.start * self.units, slot.stop * self.units)
        return Place(slot.base, columns, self.program.layout.bases[slot.base].rows_before == 1)

    def _bind(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> None:
        """Turn to a tape and an input; the views of the last ones are kept, so that using them again costs nothing."""
        size = (x.shape[0], x.shape[2])
        if self._size != size:
            self._size, self._views = size, {}
            self._fixed = {**self._arrays_of_size(*size), **self._raw_weights()}
            self._recipes = {
                f.name: [self._recipe(s, f.name) for s in f.slots] for f in self.program.functions.values()
            }
        if self._tape is not tape or self._x.__array_interface__ != x.__array_interface__:
            self._tape, self._x, self._views = tape, x, {}

    def _arguments(self, name: str) -> list[np.ndarray]:
        """Return the arguments of a generated function: views of the tape, the work arrays and the weights."""
        if name not in self._views:
            arrays = {**self._tape, "x": self._x}
            self._views[name] = [e if type(e) is np.ndarray else arrays[e[0]][e[1]] for e in self._recipes[name]]
        return self._views[name]

    def _recipe(self, slot: Slot, function: str) -> np.ndarray | tuple[str, tuple[slice, ...]]:
        """Return what an argument is: a fixed array, or which part of which array of the tape."""
        base = self.program.layout.holds(slot.base)
        columns = slice(slot.start * self.units, slot.stop * self.units)
        if slot.base in ("W", "U", "gW", "gU"):
            return self._fixed[slot.base][:, columns]
        if base in self._fixed:
            array = self._fixed[base]
            whole = self.program.layout.bases[base].columns == ("x",)
            per_column = array.ndim == 1 or base in self._spread
            return array if whole else array[columns] if per_column else array[:, columns]
        if base not in self.program.layout.bases:
            return self._scratch(base, function)
        steps = self._size[0]
        rows = slice(0, steps) if base != slot.base else slice(self.program.layout.bases[base].rows_before, None)
        return (base, (rows,)) if base in ("x", "d_x") else (base, (rows, columns))

    def _arrays_of_size(self, steps: int, samples: int) -> dict[str, np.ndarray]:
        """Return the work arrays; biases and peepholes have some too, where they stand once per sample."""
        bases = self.program.layout.bases.items()
        shapes = {name: self._shape(name, steps, samples) for name, base in bases if base.role in ("work", "rows")}
        shapes |= {name: (len(self.weights[name]), samples) for name in self._spread}
        self._scratches: dict[tuple, np.ndarray] = {}
        return allocate(shapes, self.dtype)

    def _raw_weights(self) -> dict[str, np.ndarray]:
        return {name: array for name, array in self.weights.items() if name not in self._spread}

    def _scratch(self, name: str, function: str) -> np.ndarray:
        """Return a scratch array: of one time step in the loop, of all outside it; functions share them by shape."""
        steps, samples = self._size
        shape = {
            "local_derivatives": (steps, self.units, samples),
            "weight_gradients": (steps * samples, self.features if name == "Sx" else self.units),
        }.get(function, (self.units, samples))
        return self._scratches.setdefault((name, shape), np.empty(shape, self.dtype))


def _by_letter(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return weight arrays under the letters of the source; the rows of a stacked bias are `b` and `bh`."""
    named = {prefix + LETTERS[kind]: array for kind, array in arrays.items()}
    if f"{prefix}b" in named and named[f"{prefix}b"].ndim == 2:
        named[f"{prefix}b"], named[f"{prefix}bh"] = named[f"{prefix}b"]
    return named
