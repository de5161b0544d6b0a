"""What the view `update` says of a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnscope.cells.weight_kinds import ALL_KINDS, KERNEL
from rnnscope.figures.update.taught import MOST_TOKENS, UpdateData, is_sorted
from rnnscope.figures.weight_blocks import Block
from rnnscope.languages import noted, tr
from rnnscope.numbers import signed, written
from rnnscope.trace import Moment
from rnnscope.trace.naming import token_in_words


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
            long = tr(
                "No gradients were recorded: record with {argument}, and pass targets.", argument="gradients=True"
            )
            return [long, tr("No gradients.")]
        steps, ways = self.moment.trace.training.get("steps", 0), self._samples()
        if steps <= 1:
            return [ways[0], *ways]
        long = noted("{samples}; the epoch took {count} steps, each by the gradient of its own batch")
        return [tr(long, samples=ways[0], count=steps), *ways]

    def norms(self) -> list[str]:
        """Return what the bars of time steps are."""
        name = self.block.name
        return [
            tr("What each step adds to the gradient of {block}: the norm", block=name),
            tr("What each step adds to the gradient of {block}", block=name),
            tr("Gradient of {block} by step", block=name),
        ]

    def weight(self) -> list[str]:
        """Return what the chosen weight is."""
        row, unit = self.data.row, self.data.unit
        if self.is_table:
            token = token_in_words(self.moment.trace, self.moment.layer, row)
            way = tr("unit {unit} of {token}", unit=unit, token=token)
        elif not self._is_matrix:
            way = tr("of unit {unit}", unit=unit)
        elif self.block.row[0] == KERNEL.name:
            way = tr("from input {row} to unit {unit}", row=row, unit=unit)
        else:
            way = tr("from unit {row} to unit {unit}", row=row, unit=unit)
        parts = {"weight": self.name, "way": way}
        ways = [tr("Gradient of one weight, {weight}, {way}", **parts), tr("Gradient of {weight}, {way}", **parts)]
        product = [] if self.sample is None else [self._product()]
        return [*product, *ways, tr("Gradient of {weight}", weight=self.name)]

    def largest(self) -> list[str]:
        """Return what the map shows."""
        if self.is_table and self.block.shape[0] > MOST_TOKENS:
            parts = {"block": self.block.name, "count": MOST_TOKENS, "all": f"{self.block.shape[0]:,}"}
            return [
                tr("Gradient of {block}, largest: {count} of {all} tokens", **parts),
                tr("Gradient of {count} of {all} tokens", **parts),
            ]
        long = tr("Gradient of {block}, ring: {weight}", block=self.block.name, weight=self.name)
        return [long, tr("Gradient of {weight}", weight=self.block.name)]

    def across(self) -> list[str]:
        """Return the name of the axis of units of the map."""
        return _sorted(tr("unit") if self.is_table else tr("to unit"), self.block.shape[1])

    def down(self) -> list[str]:
        """Return the name of the axis of rows of the map; none if there is only one."""
        if self.is_table:
            return _sorted(tr("token"), self.block.shape[0])
        source = tr("from input") if self.block.row[0] == KERNEL.name else tr("from unit")
        return _sorted(source, self.block.shape[0]) if self._is_matrix else [""]

    def row(self) -> list[tuple[list[str], list[str]]]:
        """Return the weight before, its gradient, the step and the weight after: the ways to call and to write each."""
        taken, lesson, place = self.data.taken, self.data.lesson, (self.data.row, self.data.unit)
        change, unknown = taken.change, self._unknown
        before = self._kept(tr("before"), taken.epoch, taken.before)
        gradient = [tr("gradient, epoch {epoch}", epoch=self.moment.epoch), tr("gradient")]
        return [
            ([tr("one weight"), tr("weight")], [self.name]),
            (before, _number(taken.before, place)),
            (gradient, _unknown() if lesson is None else [signed(lesson.gradient[place], 3)]),
            (self._steps(), unknown if change is None else [signed(change[place], 3)]),
            (self._kept(tr("after"), taken.later, taken.after), _number(taken.after, place)),
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
        if not len(known):
            return _unknown()
        return [tr("see epoch {epoch}", epoch=before[-1] if len(before) else known[0]), "–"]

    def _kept(self, when: str, epoch: int | None, weights: np.ndarray | None) -> list[str]:
        if epoch is None:
            return [tr("{when}: no later weights kept", when=when), tr("{when}: none kept", when=when), when]
        text = noted("{when}: epoch {epoch} not kept") if weights is None else noted("{when}, epoch {epoch}")
        return [tr(text, when=when, epoch=epoch), when]

    def _steps(self) -> list[str]:
        """Return what lies between the weights before and after."""
        taken, count = self.data.taken, self.data.taken.steps
        if not count:
            return [tr("change")]
        if count == 1:
            return [tr("step of the optimizer"), tr("step")]
        return [
            tr("{count} steps, epochs {first} to {later}", count=count, first=taken.epoch, later=taken.later),
            tr("{count} steps of the optimizer", count=count),
            tr("{count} steps", count=count),
        ]

    def _product(self) -> str:
        """Return what the time step adds, in one sample, as the product that it is."""
        addends, time = self.data.lesson.addends, self.moment.time
        if self.is_table:
            amount = addends.of(self.data.row, self.data.unit)[time]
            is_read = addends.tokens[0, time] == self.data.row
            text = (
                noted("{weight} at step {step}: read, {value}")
                if is_read
                else noted("{weight} at step {step}: not read, 0")
            )
            return tr(text, weight=self.name, step=time, value=written(amount))
        read, gradient = addends.read[0, time, self.data.row], addends.gradient[0, time, self.data.unit]
        return tr(
            "{weight} at step {step}: {read} (read) · {gradient} (gradient) = {product}",
            weight=self.name,
            step=time,
            read=written(read),
            gradient=written(gradient),
            product=written(read * gradient),
        )

    @property
    def _is_matrix(self) -> bool:
        return ALL_KINDS[self.block.array].is_matrix

    def _samples(self) -> list[str]:
        trace = self.moment.trace
        recorded, count = len(trace.x), trace.training.get("samples")
        if self.sample is not None:
            return [
                tr("What sample {sample} alone adds to the gradient of the mean loss", sample=self.sample),
                tr("Sample {sample} alone", sample=self.sample),
            ]
        parts = {"count": recorded, "all": count}
        if count is None:
            text = noted("Sum over the {count} recorded samples; whether the training had more is not known")
            return [tr(text, **parts)]
        if count == recorded:
            return [
                tr("Gradient of the mean loss over all {count} samples", **parts),
                tr("All {count} samples", **parts),
            ]
        long = noted("A part of the gradient of the mean loss: only {count} of {all} samples were recorded")
        return [tr(long, **parts), tr("Only {count} of {all} samples were recorded", **parts)]


def _unknown() -> list[str]:
    """Return what stands in place of a number that is not known, the longest way first."""
    return [tr("not known"), "–"]


def _number(weights: np.ndarray | None, place: tuple[int, int]) -> list[str]:
    """Return a weight, or that it is not known."""
    return _unknown() if weights is None else [written(float(weights[place]), 4)]


def _sorted(name: str, count: int) -> list[str]:
    """Return the name of an axis, and in which order it is if it is sorted."""
    return [tr("{axis}, largest gradient first", axis=name), name] if is_sorted(count) else [name]
