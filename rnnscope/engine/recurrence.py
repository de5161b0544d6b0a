"""The loop over time: one compiled step, called for every time step forward, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import x
from rnnscope.cells.weight_kinds import BIAS, CONSTANT, KINDS, RECURRENT_BIAS
from rnnscope.engine.binding import Binding
from rnnscope.engine.compiler import Program
from rnnscope.engine.statements import Slot
from rnnscope.engine.tape import Place


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
        self.weights = _by_letter(weights, "")
        self.binding = Binding(program, features, units, {**self.weights, **_by_letter(gradients, "g")})

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        layout = self.program.layout
        rows = {name: steps + layout.bases[name].rows_before for name in layout.tape(gradients)}
        return {name: self.binding.shape(name, rows[name], samples) for name in rows}

    def places(self) -> dict[str, Place]:
        """Return where everything that can be recorded lies, in the order of computation."""
        layout, cell = self.program.layout, self.program.cell
        found: dict[str, Symbol] = {}
        for name in cell.names:
            value, pre = Symbol.of("value", name), Symbol.of("pre", name)
            maps = (weight for weight in cell.weights if weight.quantity == name and weight.vector is not None)
            found |= {f"{weight.part}/{name}": weight.product for weight in maps}
            found |= {f"pre/{name}": pre} if pre in layout else {}
            found[f"value/{name}"] = value
        for name in reversed(cell.names):
            value, pre = Symbol.of("value", name), Symbol.of("pre", name)
            found[f"grad/{name}"] = value.gradient
            found |= {f"grad_pre/{name}": pre.gradient} if pre in layout else {}
        places = {key: self._place(layout[symbol]) for key, symbol in found.items()}
        return {**places, "grad/x": Place(x.gradient.name, slice(0, self.features))}

    def biases(self) -> dict[str, np.ndarray]:
        """Return the weights that stand in equations by themselves, as views: `bias/f`, `constant/Λ` …"""
        found = {}
        for weight in (w for w in self.program.cell.weights if w.vector is None):
            slot = self.program.layout.weight(weight)
            key = f"{CONSTANT.name}/{weight.name}" if weight.kind is CONSTANT else f"{weight.part}/{weight.quantity}"
            found[key] = self.weights[slot.base][self._place(slot).columns]
        return found

    def forward(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Fill the forward half of the tape from `x` (time, feature, sample) and return the output."""
        x = x[::-1] if self.go_backwards else x
        self.binding.turn_to(tape, np.ascontiguousarray(x))
        for state in self.program.cell.states:
            tape[state][0] = self.program.layout.bases[state].start
        self.binding.call("project_input")
        step, arguments = self.program.functions["forward"].call, self.binding.arguments("forward")
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
        self.binding.call("local_derivatives")
        step, arguments = self.program.functions["backward"].call, self.binding.arguments("backward")
        for t in reversed(range(len(x))):
            step(t, *arguments)
        self.binding.call("weight_gradients")
        return tape["d_x"][::-1] if self.go_backwards else tape["d_x"]

    def _place(self, slot: Slot) -> Place:
        columns = slice(slot.start * self.units, slot.stop * self.units)
        return Place(slot.base, columns, self.program.layout.bases[slot.base].rows_before == 1)


def _by_letter(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return weight arrays under the letters of the source; the rows of a stacked bias are `b` and `bh`."""
    named = {prefix + KINDS[kind].letter: array for kind, array in arrays.items()}
    bias, recurrent_bias = prefix + BIAS.letter, prefix + RECURRENT_BIAS.letter
    if bias in named and named[bias].ndim == 2:
        named[bias], named[recurrent_bias] = named[bias]
    return named
