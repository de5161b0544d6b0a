"""What the view `update` says of a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.cells.weight_kinds import ALL_KINDS, KERNEL
from rnnscope.figures.update.taught import MOST_TOKENS, UpdateData, is_sorted
from rnnscope.figures.weight_blocks import Block
from rnnscope.numbers import signed, written
from rnnscope.trace import Moment
from rnnscope.trace.naming import token_in_words

UNKNOWN = ["not known", "–"]


@dataclass(frozen=True)
class UpdateTexts:
    """What is said of a moment; of each line the ways to say it, the longest first.

    Attributes
    ----------
    data, moment, block
        What is shown, when, and of which block of weights.
    sample
        The sample that is meant alone, or None.
    """

    data: UpdateData
    moment: Moment
    block: Block
    sample: int | None

    @property
    def name(self) -> str:
        """The name of the chosen weight."""
        place = f"{self.data.row}, {self.data.unit}" if self._is_matrix else f"{self.data.unit}"
        return f"{self.block.name}[{place}]"

    def note(self) -> list[str]:
        """Return over which samples the gradient is summed, and how many steps an epoch took."""
        if self.data.lesson is None:
            return ["No gradients were recorded: record with gradients=True, and pass targets.", "No gradients."]
        steps = self.moment.trace.training.get("steps", 0)
        each = f"; the epoch took {steps} steps, each by the gradient of its own batch" if steps > 1 else ""
        ways = self._samples()
        return [f"{ways[0]}{each}", *ways]

    def norms(self) -> list[str]:
        """Return what the bars of time steps are."""
        what = f"What each step adds to the gradient of {self.block.name}"
        return [f"{what}: the norm", what, f"Gradient of {self.block.name} by step"]

    def weight(self) -> list[str]:
        """Return what the chosen weight is."""
        row, unit = self.data.row, self.data.unit
        if self.is_table:
            way = f"unit {unit} of {token_in_words(self.moment.trace, self.moment.layer, row)}"
        else:
            source = f"input {row}" if self.block.row[0] == KERNEL.name else f"unit {row}"
            way = f"from {source} to unit {unit}" if self._is_matrix else f"of unit {unit}"
        ways = [f"{what} {self.name}, {way}" for what in ("Gradient of one weight,", "Gradient of")]
        return ([] if self.sample is None else [self._product()]) + ways + [f"Gradient of {self.name}"]

    def largest(self) -> list[str]:
        """Return what the map shows."""
        if self.is_table and self.block.shape[0] > MOST_TOKENS:
            some = f"{MOST_TOKENS} of {self.block.shape[0]:,} tokens"
            return [f"Gradient of {self.block.name}, largest: {some}", f"Gradient of {some}"]
        return [f"Gradient of {self.block.name}, ring: {self.name}", f"Gradient of {self.block.name}"]

    def across(self) -> list[str]:
        """Return the name of the axis of units of the map."""
        return _sorted("unit" if self.is_table else "to unit", self.block.shape[1])

    def down(self) -> list[str]:
        """Return the name of the axis of rows of the map; none if there is only one."""
        if self.is_table:
            return _sorted("token", self.block.shape[0])
        source = "from input" if self.block.row[0] == KERNEL.name else "from unit"
        return _sorted(source, self.block.shape[0]) if self._is_matrix else [""]

    def row(self) -> list[tuple[list[str], list[str]]]:
        """Return the weight before, its gradient, the step and the weight after: the ways to call and to write each."""
        taken, lesson, place = self.data.taken, self.data.lesson, (self.data.row, self.data.unit)
        change, unknown = taken.change, self._unknown
        return [
            (["one weight", "weight"], [self.name]),
            (self._kept("before", taken.epoch, taken.before), _number(taken.before, place)),
            (
                [f"gradient, epoch {self.moment.epoch}", "gradient"],
                UNKNOWN if lesson is None else [signed(lesson.gradient[place], 3)],
            ),
            (self._steps(), unknown if change is None else [signed(change[place], 3)]),
            (self._kept("after", taken.later, taken.after), _number(taken.after, place)),
        ]

    @property
    def is_table(self) -> bool:
        """Whether the block is the table of an embedding."""
        return self.moment.layer.is_table

    @property
    def _unknown(self) -> list[str]:
        """Return that a step is not known, and which epoch has one: the last until the moment's, or the first."""
        known = self.moment.trace.snapshots.epochs[:-1]
        before = known[known <= self.moment.epoch]
        return [f"see epoch {(before[-1] if len(before) else known[0])}", "–"] if len(known) else UNKNOWN

    def _kept(self, when: str, epoch: int | None, weights: np.ndarray | None) -> list[str]:
        if epoch is None:
            return [f"{when}: no later weights kept", f"{when}: none kept", when]
        return [f"{when}, epoch {epoch}", when] if weights is not None else [f"{when}: epoch {epoch} not kept", when]

    def _steps(self) -> list[str]:
        """Return what lies between the weights before and after."""
        count = self.data.taken.steps
        if not count:
            return ["change"]
        taken = self.data.taken
        when = f"{count} steps, epochs {taken.epoch} to {taken.later}"
        return (
            [when, f"{count} steps of the optimizer", f"{count} steps"]
            if count > 1
            else ["step of the optimizer", "step"]
        )

    def _product(self) -> str:
        """Return what the time step adds, in one sample, as the product that it is."""
        addends, time = self.data.lesson.addends, self.moment.time
        if self.is_table:
            amount = addends.of(self.data.row, self.data.unit)[time]
            is_read = addends.tokens[0, time] == self.data.row
            return f"{self.name} at step {time}: {f'read, {written(amount)}' if is_read else 'not read, 0'}"
        read, gradient = addends.read[0, time, self.data.row], addends.gradient[0, time, self.data.unit]
        factors = f"{written(read)} (read) · {written(gradient)} (gradient)"
        return f"{self.name} at step {time}: {factors} = {written(read * gradient)}"

    @property
    def _is_matrix(self) -> bool:
        return ALL_KINDS[self.block.array].is_matrix

    def _samples(self) -> list[str]:
        trace = self.moment.trace
        recorded, count = len(trace.x), trace.training.get("samples")
        if self.sample is not None:
            return [
                f"What sample {self.sample} alone adds to the gradient of the mean loss",
                f"Sample {self.sample} alone",
            ]
        if count is None:
            return [f"Sum over the {recorded} recorded samples; whether the training had more is not known"]
        if count == recorded:
            return [f"Gradient of the mean loss over all {count} samples", f"All {count} samples"]
        only = f"{recorded} of {count} samples were recorded"
        return [f"A part of the gradient of the mean loss: only {only}", f"Only {only}"]


def _number(weights: np.ndarray | None, place: tuple[int, int]) -> list[str]:
    """Return a weight, or that it is not known."""
    return UNKNOWN if weights is None else [written(float(weights[place]), 4)]


def _sorted(name: str, count: int) -> list[str]:
    """Return the name of an axis, and in which order it is if it is sorted."""
    return [f"{name}, largest gradient first", name] if is_sorted(count) else [name]
