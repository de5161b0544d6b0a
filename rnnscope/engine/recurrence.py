"""The loop over time: one compiled step, called for every time step forward, and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from rnnscope.cells.refs import Symbol
from rnnscope.cells.vocabulary import x
from rnnscope.cells.weight_kinds import BIAS, CONSTANT, KINDS, RECURRENT_BIAS
from rnnscope.engine.binding import Binding, shape_of
from rnnscope.engine.compiler import Program
from rnnscope.engine.dropout import draw
from rnnscope.engine.statements import Slot
from rnnscope.engine.tape import NOTHING, Given, Place

KEEP_X = "keep_x"
"""On the tape: what dropout multiplies the input by, the same at all time steps."""


NO_GRADIENTS: Mapping[str, np.ndarray] = MappingProxyType({})
"""What comes back to the last states if no other layer begins with them."""


class Recurrence:
    """Runs the layer of one cell over all time steps.

    A time step that the mask leaves out holds the states: what they were before it, they are after it.

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
    turns_back
        Whether the output of a layer that goes backwards is turned, so that its time is that of the input.
    turns_mask
        Whether the mask of the output is in the reverse order of that of the input. Keras leaves it as it is, also
        where the output is turned; inside of a layer of several cells it goes with the output.
    zero_output_for_mask
        Whether the output is zero at time steps that do not count, instead of what it was before.
    dropout, recurrent_dropout
        Which share of the input, and of the states that matrices read, is set to zero in training; one mask for all
        time steps.
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
        turns_back: bool = False,
        turns_mask: bool = False,
        zero_output_for_mask: bool = False,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
    ) -> None:
        self.program, self.features, self.units = program, features, units
        self.return_sequences, self.go_backwards = return_sequences, go_backwards
        self.turns_back, self.turns_mask = turns_back and go_backwards, turns_mask
        self.zero_output_for_mask = zero_output_for_mask
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.weights = _by_letter(weights, "")

    def shapes(self, steps: int, samples: int, gradients: bool = True) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the arrays of its tape."""
        layout = self.program.layout
        rows = {name: steps + layout.bases[name].rows_before for name in layout.tape(gradients)}
        shapes = {name: shape_of(layout, name, self.features, self.units, rows[name], samples) for name in rows}
        return shapes | ({KEEP_X: (self.features, samples)} if self.dropout else {})

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
        masks = {f"dropout/{state}": self.keep(state) for state in cell.states if self.keep(state) in layout}
        free = {f"free/{name}": Symbol.of("free", name) for name in self.program.held}
        places = {key: self._place(layout[symbol]) for key, symbol in {**masks, **free, **found}.items()}
        whole = slice(0, self.features)
        dropped_input = {"dropout/x": Place(KEEP_X, whole)} if self.dropout else {}
        return {**dropped_input, **places, "grad/x": Place(x.gradient.name, whole)}

    def biases(self) -> dict[str, np.ndarray]:
        """Return the weights that stand in equations by themselves, as views: `bias/f`, `constant/Λ` …"""
        found = {}
        for weight in (w for w in self.program.cell.weights if w.vector is None):
            slot = self.program.layout.weight(weight)
            key = f"{CONSTANT.name}/{weight.name}" if weight.kind is CONSTANT else f"{weight.part}/{weight.quantity}"
            found[key] = self.weights[slot.base][self._place(slot).columns]
        return found

    def mask(self, mask: np.ndarray | None, x: np.ndarray) -> np.ndarray | None:
        """Return which time steps of the output count: those of the input, if it puts out one for each."""
        if mask is None or not self.return_sequences:
            return None
        return mask[::-1] if self.turns_mask else mask

    def passes(self, steps: int, samples: int, gradients: Mapping[str, np.ndarray]) -> RecurrentPass:
        """Return what makes passes of one size; `gradients` are the arrays for those of the weights, if there are."""
        weights = {**self.weights, **_by_letter(gradients, "g")}
        return RecurrentPass(self, Binding(self.program, self.features, self.units, weights, steps, samples))

    def keep(self, state: str) -> Symbol:
        """Return what stands for the mask of recurrent dropout of a state."""
        return Symbol.of("dropout", state)

    def _place(self, slot: Slot) -> Place:
        columns = slice(slot.start * self.units, slot.stop * self.units)
        return Place(slot.base, columns, self.program.layout.bases[slot.base].rows_before == 1)


class RecurrentPass:
    """Passes of one size through the layer of a cell."""

    def __init__(self, recurrence: Recurrence, binding: Binding) -> None:
        self.recurrence, self.binding, self.cell = recurrence, binding, recurrence.program.cell
        self._silent: np.ndarray | None = None
        self._skipped: list[np.ndarray] | None = None

    def forward(self, tape: Mapping[str, np.ndarray], x: np.ndarray, given: Given = NOTHING) -> np.ndarray:
        """Fill the forward half of the tape from `x` (time, feature, sample) and return the output."""
        x = x[::-1] if self.recurrence.go_backwards else x
        self._drop(tape, given)
        self._hold(tape, given)
        if self.recurrence.dropout:
            x = x * tape[KEEP_X]
        self.binding.turn_to(tape, np.ascontiguousarray(x))
        for state in self.cell.states:
            tape[state][0] = given.start.get(state, self.cell[state].start)
        self.binding.call("project_input")
        step, arguments = self.binding.program.functions["forward"].call, self.binding.arguments("forward")
        self._skip(given)
        if self._skipped is None:
            for t in range(len(x)):
                step(t, *arguments)
        else:
            for t, skipped in enumerate(self._skipped):
                step(t, *arguments)
                for state in self.cell.states:
                    tape[state][t + 1][:, skipped] = tape[state][t][:, skipped]
        return self._output(tape)

    def backward(
        self,
        tape: Mapping[str, np.ndarray],
        x: np.ndarray,
        d_output: np.ndarray,
        d_last: Mapping[str, np.ndarray] = NO_GRADIENTS,
    ) -> np.ndarray:
        """Fill the backward half of the tape and the gradients of the weights, and return that of `x`.

        `d_output` is dloss/d(output), shaped as the output; it starts the gradient of the state, to which each step
        adds what comes from the step after it. `d_last` is added to that of the states after the last step.
        """
        self._start_back(tape, d_output, d_last)
        self.binding.call("local_derivatives")
        if self._skipped is not None:  # derivatives at states that were held are of no step, and may be infinite
            self.binding.clear_work(self._skipped)
        step, arguments = self.binding.program.functions["backward"].call, self.binding.arguments("backward")
        gradients = [tape[f"d_{state}"] for state in self.cell.states]
        held: list[tuple[int, np.ndarray, list[np.ndarray]]] = []
        for t in reversed(range(len(x))):
            skipped = None if self._skipped is None else self._skipped[t]
            if skipped is None or not skipped.size:
                step(t, *arguments)
                continue
            held.append((t, skipped, [d_state[t + 1][:, skipped] for d_state in gradients]))
            for d_state in gradients:
                d_state[t + 1][:, skipped] = 0
            step(t, *arguments)
            for d_state, own in zip(gradients, held[-1][-1], strict=True):
                d_state[t][:, skipped] += own
        self.binding.call("weight_gradients")
        for t, skipped, gradients_there in held:  # a step that was left out gave no gradient to any weight
            for d_state, own in zip(gradients, gradients_there, strict=True):
                d_state[t + 1][:, skipped] = own
        if self.recurrence.dropout:
            tape["d_x"][...] *= tape[KEEP_X]
        return tape["d_x"][::-1] if self.recurrence.go_backwards else tape["d_x"]

    def last_states(self, tape: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the states after the last time step."""
        return {state: tape[state][-1] for state in self.cell.states}

    def start_gradients(self, tape: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the gradient of the states before the first time step, after a pass back."""
        return {state: tape[f"d_{state}"][0] for state in self.cell.states}

    def release(self) -> None:
        """Let go of the tape and the input of the last pass."""
        self.binding.release()

    def _drop(self, tape: Mapping[str, np.ndarray], given: Given) -> None:
        """Draw the masks of dropout, or fill them with ones."""
        if self.recurrence.dropout:
            draw(tape[KEEP_X], self.recurrence.dropout, given.dropping)
        for state in self.cell.states:
            if (name := self.recurrence.keep(state).name) in tape:
                draw(tape[name], self.recurrence.recurrent_dropout, given.dropping)

    def _hold(self, tape: Mapping[str, np.ndarray], given: Given) -> None:
        """Note what quantities are held at, and where they are free: everywhere if nothing was said."""
        for quantity in self.recurrence.program.held:
            held, free = (tape[Symbol.of(kind, quantity).name] for kind in ("held", "free"))
            found = given.holds.get(quantity)
            held[...], free[...] = (0, 1) if found is None else (found.value, found.free)

    def _skip(self, given: Given) -> None:
        """Note which samples each time step leaves out, in the order of reading, and which outputs are silent."""
        self._skipped = self._silent = None
        if given.mask is None or given.mask.all():
            return
        counts = given.mask[::-1] if self.recurrence.go_backwards else given.mask
        self._skipped = [np.flatnonzero(~row) for row in counts]
        if self.recurrence.zero_output_for_mask:
            self._silent = ~counts
        elif given.start:  # as in Keras, the output is zero until the first step that counts
            self._silent = ~np.logical_or.accumulate(counts)

    def _output(self, tape: Mapping[str, np.ndarray]) -> np.ndarray:
        output = tape[self.cell.output][1:]
        if self._silent is not None:
            output = np.where(self._silent[:, None], 0, output)
        if not self.recurrence.return_sequences:
            return output[-1]
        return output[::-1] if self.recurrence.turns_back else output

    def _start_back(
        self, tape: Mapping[str, np.ndarray], d_output: np.ndarray, d_last: Mapping[str, np.ndarray]
    ) -> None:
        """Begin the gradients of the states with those of the output, and of the last states."""
        for state in self.cell.states:
            tape[f"d_{state}"].fill(0)
        d_state = tape[f"d_{self.cell.output}"]
        whole = self.recurrence.return_sequences
        d_state[slice(1, None) if whole else -1] = d_output[::-1] if whole and self.recurrence.turns_back else d_output
        if self._silent is not None:
            d_state[1:] *= ~self._silent[:, None]
        for state, gradient in d_last.items():
            tape[f"d_{state}"][-1] += gradient


def _by_letter(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    """Return weight arrays under the letters of the source; the rows of a stacked bias are `b` and `bh`."""
    named = {prefix + KINDS[kind].letter: array for kind, array in arrays.items()}
    bias, recurrent_bias = prefix + BIAS.letter, prefix + RECURRENT_BIAS.letter
    if bias in named and named[bias].ndim == 2:
        named[bias], named[recurrent_bias] = named[bias]
    return named
