"""The recording of one layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnscope.checks import one_of
from rnnscope.trace.snapshots import NO_WEIGHTS

if TYPE_CHECKING:
    from rnnscope.cells import Cell


class Arrays:
    """Arrays by the name of their quantity; what is missing is an error that says why and names what is there."""

    def __init__(self, what: str, arrays: Mapping[str, Any], hint: str = "", others: Iterable[str] = ()) -> None:
        self._what, self._arrays, self._hint, self._others = what, dict(arrays), hint, tuple(others)

    def __getitem__(self, name: str) -> Any:
        if not self._arrays:
            raise ValueError(f"{self._what}: expected a recording that has it; got one without. {self._hint}".rstrip())
        if name in self._others and name not in self._arrays:
            there = ", ".join(self._arrays)
            raise ValueError(
                f"{self._what}: expected a recorded one ({there}); got {name!r}. Record all: Record(quantities=None)"
            )
        return self._arrays[one_of(self._what, name, self._arrays)]

    def __contains__(self, name: object) -> bool:
        return name in self._arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def keys(self) -> list[str]:
        """Return the names."""
        return list(self._arrays)

    def __repr__(self) -> str:
        return f"{self._what}: {', '.join(self._arrays) or 'nothing'}"


@dataclass(eq=False, repr=False)
class LayerTrace:
    """What was recorded in one layer, on (epoch, sample, time, unit).

    `layer["f"]` is the array of a quantity. A dense layer after the last time step has no time axis, and its quantity
    is `y`.

    Attributes
    ----------
    name, kind
        Its name in the model, such as `lstm_1`, and its class, such as `LSTM`.
    options
        What it was made with.
    units
        Its number of units.
    output
        The name of the quantity that it puts out.
    equations
        The equations of its cell as they ran, by quantity; empty for a dense layer.
    arrays
        Every recorded array under its full name: `value/f`, `state/c` (one more time step in front: the state before
        the first), `pre/f`, `input/f`, `recurrent/f`, `bias/f`, `grad/f`, `grad_state/c` (likewise), `grad_pre/f`,
        `grad/x`, `free/f` (0 where f was held).
    reads, start
        The numbers of the recordings that it read, and of the one with whose last states it began (or None): 0, 1, 2 …
        are layers of the trace, −1, −2 … inputs of the model.
    mask
        Which time steps count, (sample, time), on its own time; a step that does not holds the states. None if all do.
    x
        What it read, (epoch, sample, time, feature), in the order of its own time; None if the layer below was recorded
        without its output.
    snapshots
        Its weights at the epochs at which they were kept, by the names of the arrays.
    """

    name: str
    kind: str
    options: Mapping[str, Any]
    units: int
    output: str
    arrays: Mapping[str, np.ndarray]
    equations: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[int, ...] = ()
    start: int | None = None
    mask: np.ndarray | None = None
    x: np.ndarray | None = None
    snapshots: Mapping[int, dict[str, np.ndarray]] | None = None

    def __post_init__(self) -> None:
        self.options, self.arrays, self.equations = dict(self.options), dict(self.arrays), dict(self.equations)
        self.reads = tuple(self.reads)
        if self.snapshots is None:
            self.snapshots = NO_WEIGHTS.of_layer(self.name)

    @property
    def is_recurrent(self) -> bool:
        """Whether it is a layer of a recurrent cell."""
        return "return_sequences" in self.options

    @property
    def is_table(self) -> bool:
        """Whether it looks up a row of a table for every token."""
        return self.kind == "Embedding"

    @cached_property
    def cell(self) -> Cell:
        """The declaration of its cell, as it ran.

        Raises
        ------
        ValueError
            If the cell is not registered, or another one of its name is.
        """
        cell = self._registered()
        if self.equations not in ({}, cell.written):
            raise ValueError(f"cell: expected the {self.kind} that ran, {self.equations}; another one is registered")
        return cell

    @property
    def is_turned(self) -> bool:
        """Whether it reads from the last time step to the first and yet is recorded on the time of what it reads.

        So is the backward direction of a `Bidirectional` layer.
        """
        return bool(self.options.get("turns_back") and self.options["go_backwards"])

    @property
    def steps(self) -> int | None:
        """The number of time steps that it reads or puts out; None if it does neither."""
        lengths = [array.shape[2] for array in map(self.values.__getitem__, self.values) if array.ndim == 4]
        return lengths[0] if lengths else None

    @cached_property
    def as_read(self) -> LayerTrace:
        """Its recording in the order in which it read the time steps: itself, unless it is turned."""
        if not self.is_turned:
            return self
        options = {name: value for name, value in self.options.items() if name != "turns_back"}
        turned = {name: a if a is None else a[..., ::-1] for name, a in (("mask", self.mask),)}
        return replace(self, options=options, x=None if self.x is None else self.on_time(self.x), **turned)

    def on_time(self, array: np.ndarray) -> np.ndarray:
        """Return an array (epoch, sample, time, …) in the order of reading, on the layer's own time; or the reverse."""
        return array[:, :, ::-1] if self.is_turned and array.ndim > 3 else array

    @cached_property
    def dropout(self) -> Arrays:
        """What dropout multiplied by, 0 or more than 1: `x`, the input, and the states that matrices read.

        It is the same at all time steps of a cell, (epoch, sample, feature or unit), and has the axes of its input in a
        dropout layer. Outside of training it is 1.
        """
        return Arrays(f"dropout of layer {self.name!r}", self._of("dropout"), "It has one if it was made with dropout.")

    @cached_property
    def held(self) -> Arrays:
        """Where quantities were held by hand, by quantity: True and False on (epoch, sample, time, unit)."""
        found = {name: self.on_time(array) == 0 for name, array in self._of("free").items()}
        return Arrays(f"held quantity of layer {self.name!r}", found, "Hold one: rs.what_if(trace, rs.Hold(...)).")

    @cached_property
    def values(self) -> Arrays:
        """The quantities."""
        found = self._with_states("value", "state")
        return Arrays(f"quantity of layer {self.name!r}", found, "Record it: fit(..., record=True).", self.equations)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of the recorded quantities."""
        return tuple(self.values)

    @cached_property
    def phases(self) -> tuple[str, ...]:
        """The names of the recorded quantities in the order in which a learner steps through them.

        It is that of the cell, as far as the cell is known here.
        """
        order = self._known_cell.phases if self._known_cell else ()
        found = tuple(name for name in order if name in self.values)
        return found if len(found) == len(self.values) else self.quantities

    @cached_property
    def prev(self) -> Arrays:
        """The states as each step read them: those of the time step before, zero at the first."""
        arrays = {name: self.on_time(array[:, :, :-1]) for name, array in self._of("state").items()}
        return Arrays(f"previous state of layer {self.name!r}", arrays, "Record its states.", self.equations)

    @cached_property
    def pre(self) -> Arrays:
        """The pre-activations: what the function of a gate, candidate or state was applied to.

        A quantity that is a sum with a linear map in it, and no function of one (`activation="linear"`), is its own
        pre-activation.
        """
        recorded = {name: self.on_time(array) for name, array in self._of("pre").items()}
        return Arrays(f"pre-activation of layer {self.name!r}", {**self._own_pre(self.values), **recorded})

    @cached_property
    def constants(self) -> Arrays:
        """The learned constants of its cell, by name, on (epoch, unit)."""
        from rnnscope.cells.weight_kinds import CONSTANT

        return Arrays(f"constant of layer {self.name!r}", self._of(CONSTANT.name), "Record it: fit(..., record=True).")

    @cached_property
    def parts(self) -> Arrays:
        """What a pre-activation is made of: a dict of `input`, `recurrent`, `peephole`, `bias` and `recurrent_bias`.

        Biases are on (epoch, unit), everything else on (epoch, sample, time, unit).
        """
        from rnnscope.cells.weight_kinds import KINDS

        parts = {kind.part for kind in KINDS.values() if kind.part}
        found: dict[str, dict[str, np.ndarray]] = {}
        for key, array in self.arrays.items():
            part, _, name = key.partition("/")
            if part.rstrip("0123456789") in parts:
                found.setdefault(name, {})[part] = self.on_time(array)
        return Arrays(f"parts of layer {self.name!r}", found)

    @cached_property
    def grad(self) -> Arrays:
        """dloss/dquantity, total over all later time steps; `grad["x"]` is that of the input."""
        found, hint = self._with_states("grad", "grad_state"), "Record with gradients=True and pass targets."
        return Arrays(f"gradient of layer {self.name!r}", found, hint, [*self.equations, "x"])

    @cached_property
    def grad_start(self) -> Arrays:
        """dloss/d(state before the first time step), (epoch, sample, unit)."""
        found = {name: array[:, :, 0] for name, array in self._of("grad_state").items()}
        return Arrays(f"gradient of the first states of layer {self.name!r}", found, "Record its gradients.")

    @cached_property
    def grad_pre(self) -> Arrays:
        """dloss/d(pre-activation)."""
        what = f"gradient of a pre-activation of layer {self.name!r}"
        recorded = {name: self.on_time(array) for name, array in self._of("grad_pre").items()}
        found = {**self._own_pre(self.grad), **recorded}
        return Arrays(what, found, "Record with gradients=True and pass targets.")

    @cached_property
    def learned(self) -> float:
        """How far its values moved from the first recorded epoch to the last: the mean size, over all quantities."""
        values = map(self.values.__getitem__, self.values)
        with np.errstate(invalid="ignore"):  # infinity less infinity is left out below
            moved = [np.abs(array[-1].astype(float) - array[0]) for array in values]
        sizes = [array[np.isfinite(array)] for array in moved]
        return float(np.mean([found.mean() if found.size else 0.0 for found in sizes])) if sizes else 0.0

    @cached_property
    def output_moves(self) -> np.ndarray | None:
        """How far its output moves from step to step at the last recorded epoch, in all, (sample, unit).

        None if the output was not recorded, or has no time steps.
        """
        if self.output not in self or self[self.output].ndim < 4:
            return None
        values = self[self.output][-1].astype(float)
        values = np.where(np.isfinite(values), values, 0.0)
        if values.shape[1] == 1:  # there is a single step: from the state that it starts from
            return np.abs(values[:, 0])
        return np.abs(np.diff(values, axis=1)).sum(axis=1)

    @cached_property
    def largest(self) -> dict[str, float]:
        """The largest recorded value of each quantity; NaN if one of them is."""
        return {name: float(np.max(self[name], initial=-np.inf)) for name in self}

    def weights(self, epoch: int) -> dict[str, np.ndarray]:
        """Return the weight arrays by name that the layer had when an epoch started; see `Trace.weights`."""
        return self.snapshots[epoch]

    def __getstate__(self) -> dict[str, Any]:
        return {own.name: getattr(self, own.name) for own in fields(self)}  # without what is made of them when asked

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __repr__(self) -> str:
        shape = next((array.shape for array in map(self.values.__getitem__, self.values)), ())
        return f"<{self.kind} layer {self.name!r}: {', '.join(self.quantities)} of shape {shape}>"

    def _registered(self) -> Cell:
        """Return the registered cell of its kind and options."""
        from rnnscope.cells import build, options

        own = {key: value for key, value in self.options.items() if key in options(self.kind)}
        return build(self.kind, **own)

    def _own_pre(self, group: Arrays) -> dict[str, np.ndarray]:
        """Return the arrays of quantities that are their own pre-activation, as far as their cell is known here."""
        from rnnscope.cells.graph import is_own_pre

        cell = self._known_cell or ()
        return {q.name: group[q.name] for q in cell if q.name in group and is_own_pre(q.equation)}

    @property
    def _known_cell(self) -> Cell | None:
        """The registered cell of its kind, which may be declared otherwise than the one that ran; None if none is."""
        from rnnscope.cells import names

        return self._registered() if self.is_recurrent and self.kind in names() else None

    def _with_states(self, part: str, states: str) -> dict[str, np.ndarray]:
        """Return the arrays of a part in phase order; those of states without the time step before the first."""
        found = {}
        for key, array in self.arrays.items():
            kind, _, name = key.partition("/")
            if kind in (part, states):
                found[name] = self.on_time(array[:, :, 1:] if kind == states else array)
        return found

    def _of(self, part: str) -> dict[str, np.ndarray]:
        prefix = f"{part}/"
        return {key.removeprefix(prefix): array for key, array in self.arrays.items() if key.startswith(prefix)}
