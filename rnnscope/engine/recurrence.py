"""The loop over time: one compiled step, called for every time step forward, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import x
from rnnscope.cells.weight_kinds import BIAS, CONSTANT, KINDS, RECURRENT_BIAS
from rnnscope.engine.binding import Binding, shape_of
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
    weights
        The weight arrays by name.
    return_sequences
        Whether the output is the state at every time step or only at the last.
    go_backwards
        Whether the time steps are taken from the last to the first.
    """

    head = ""

    def __init__(
        self,
        program: Program,
        features: int,
        units: int,
        weights: Mapping[str, np.ndarray],
        *,
        return_sequences: bool,
        go_backwards: bool,
    ) -> None:
        self.program, self.features, self.units = program, features, units
        self.return_sequences, self.go_backwards = return_sequences, go_backwards
        self.weights = _by_letter(weights, "")

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        layout = self.program.layout
        rows = {name: steps + layout.bases[name].rows_before for name in layout.tape(gradients)}
        return {name: shape_of(layout, name, self.features, self.units, rows[name], samples) for name in rows}

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

    def passes(self, steps: int, samples: int, gradients: Mapping[str, np.ndarray]) -> RecurrentPass:
        """Return what makes passes of one size; `gradients` are the arrays for those of the weights, if there are."""
        weights = {**self.weights, **_by_letter(gradients, "g")}
        return RecurrentPass(self, Binding(self.program, self.features, self.units, weights, steps, samples))

    def _place(self, slot: Slot) -> Place:
        columns = slice(slot.start * self.units, slot.stop * self.units)
        return Place(slot.base, columns, self.program.layout.bases[slot.base].rows_before == 1)


class RecurrentPass:
    """Passes of one size through the layer of a cell."""

    def __init__(self, recurrence: Recurrence, binding: Binding) -> None:
        self.recurrence, self.binding, self.cell = recurrence, binding, recurrence.program.cell

    def forward(self, tape: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Fill the forward half of the tape from `x` (time, feature, sample) and return the output."""
        x = x[::-1] if self.recurrence.go_backwards else x
        self.binding.turn_to(tape, np.ascontiguousarray(x))
        for state in self.cell.states:
            tape[state][0] = self.cell[state].start
        self.binding.call("project_input")
        step, arguments = self.binding.program.functions["forward"].call, self.binding.arguments("forward")
        for t in range(len(x)):
            step(t, *arguments)
        output = tape[self.cell.output]
        return output[1:] if self.recurrence.return_sequences else output[-1]

    def backward(self, tape: Mapping[str, np.ndarray], x: np.ndarray, d_output: np.ndarray) -> np.ndarray:
        """Fill the backward half of the tape and the gradients of the weights, and return that of `x`.

        `d_output` is dloss/d(output), shaped as the output; it starts the gradient of the state, to which each step
        adds what comes from the step after it.
        """
        for state in self.cell.states:
            tape[f"d_{state}"].fill(0)
        tape[f"d_{self.cell.output}"][slice(1, None) if self.recurrence.return_sequences else -1] = d_output
        self.binding.call("local_derivatives")
        step, arguments = self.binding.program.functions["backward"].call, self.binding.arguments("backward")
        for t in reversed(range(len(x))):
            step(t, *arguments)
        self.binding.call("weight_gradients")
        return tape["d_x"][::-1] if self.recurrence.go_backwards else tape["d_x"]

    def release(self) -> None:
        """Let go of the tape and the input of the last pass."""
        self.binding.release()


def _by_letter(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return weight arrays under the letters of the source; the rows of a stacked bias are `b` and `bh`."""
    named = {prefix + KINDS[kind].letter: array for kind, array in arrays.items()}
    bias, recurrent_bias = prefix + BIAS.letter, prefix + RECURRENT_BIAS.letter
    if bias in named and named[bias].ndim == 2:
        named[bias], named[recurrent_bias] = named[bias]
    return named
