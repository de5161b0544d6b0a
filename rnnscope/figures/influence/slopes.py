"""What a picture shows of the derivatives of a net: a row for each output step, or for each feature of the input."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnscope.analysis.influence import Influence, range_of_answers, range_of_input, width_of_input
from rnnscope.figures.scale import Scale, scale_of, scale_of_sizes
from rnnscope.findings.influence import LITTLE
from rnnscope.languages import tr
from rnnscope.numbers import norm_of
from rnnscope.trace import Moment, Trace
from rnnscope.trace.clock import output_time
from rnnscope.trace.record import evenly_spaced

MOST_FEATURES, MOST_OUTPUTS = 6, 16
"""So many features of the input have a row each, and of so many outputs the norm is taken."""

SCALE_EPOCHS, SCALE_NUMBERS = 8, 20_000
"""The scale is that of so many epochs; of fewer, where the derivatives of them all are more numbers than this."""


@dataclass(frozen=True)
class InfluenceData:
    """What the view shows.

    Attributes
    ----------
    slopes
        The derivatives, or their norms, (row, input step); the steps of several inputs stand one behind the other.
    shares
        The share of each input step, of all inputs, in the sizes of the moment's row (of all rows where these are
        features), (time,); NaN if all are zero.
    row
        The row of the moment's output step; None if the rows are none.
    missing
        Why there are no derivatives; nothing otherwise.
    is_little
        Whether all inputs together, each moved over its whole range, would hardly move the output.
    """

    slopes: np.ndarray
    shares: np.ndarray
    row: int | None
    missing: str = ""
    is_little: bool = False


class TraceSlopes:
    """The derivatives of a trace, reduced to what one map, or one for each input, can show.

    Attributes
    ----------
    steps
        The number of time steps of each input.
    output
        The feature of the output that is shown; None for the norm over all of them.
    rows
        What the rows of the map are: `"output step"`, `"feature"`, or nothing if there is one.
    is_signed
        Whether the numbers are derivatives; otherwise they are norms.
    are_tokens
        Whether what is moved is the vector that stands for a token, not the input.
    """

    def __init__(self, trace: Trace, output: int | None) -> None:
        self.trace = trace
        count, numbers = trace.predictions.shape[-1], range(len(trace.inputs))
        self.steps = tuple(x.shape[1] for x in trace.inputs)
        self.features = max(width_of_input(trace, number) for number in numbers)
        self.output = 0 if output is None and (count == 1 or count > MOST_OUTPUTS) else output
        self.influence = Influence(trace, None if self.output is None else [self.output])
        is_sequence = self.influence.is_sequence
        by_feature = not is_sequence and self.output is not None and 1 < self.features <= MOST_FEATURES
        by_feature &= len(numbers) == 1  # several inputs have the same rows
        self.rows = "output step" if is_sequence else "feature" if by_feature else ""
        self.is_signed = self.output is not None and (self.features == 1 or by_feature)
        self.are_tokens = all(x.ndim == 2 for x in trace.inputs)

    @property
    def output_name(self) -> str:
        """What the output that is shown is called: `y`, with its number if there are others."""
        return "y" if self.output is None or self.trace.predictions.shape[-1] == 1 else f"y{self.output}"

    @property
    def what(self) -> str:
        """What the numbers are."""
        named, by = self.output_name, tr("vector") if self.are_tokens else "x"
        what = f"∂{named}(t′)/∂{by}(t)" if self.influence.is_sequence else f"∂{named}/∂{by}(t)"
        return what if self.is_signed else f"‖{what}‖"

    def at(self, moment: Moment) -> InfluenceData:
        """Return what is shown at the moment's epoch, sample and output step."""
        try:
            slopes = self.slopes(moment.epoch, moment.sample)
        except ValueError as error:
            nothing = np.full(self.shape, np.nan)
            return InfluenceData(nothing, nothing[0], None, str(error))
        row = output_time(moment) if self.rows == "output step" else None
        sizes = np.abs(slopes if row is None else slopes[row : row + 1]).sum(axis=0)
        total = sizes.sum()
        shares = sizes / total if total > 0 and np.isfinite(total) else np.full(len(sizes), np.nan)
        reach = sum(each.sum() * wide for each, wide in zip(self.of_inputs(sizes), self._ranges, strict=True))
        return InfluenceData(slopes, shares, row, is_little=bool(reach < LITTLE * self._range_of_answers))

    def slopes(self, epoch: int, sample: int) -> np.ndarray:
        """Return the derivatives or norms at an epoch, of a sample, (row, input step), those by all inputs."""
        return np.hstack([self._shown(found.astype(float)) for found in self.influence.by_inputs(epoch, sample)])

    def of_inputs(self, values: np.ndarray) -> list[np.ndarray]:
        """Return what belongs to each input of values whose last axis has the time steps of all."""
        return np.split(values, np.cumsum(self.steps)[:-1], axis=-1)

    def step(self, place: int) -> tuple[int, int]:
        """Return the number of the input, and the time step of it, at a place among the time steps of all."""
        number = int(np.searchsorted(np.cumsum(self.steps), place, side="right"))
        return number, place - sum(self.steps[:number])

    def _shown(self, found: np.ndarray) -> np.ndarray:
        """Return of the derivatives by an input, (output step, output, time, feature), what its map shows."""
        if self.is_signed:
            found = found[:, 0]
            return found[..., 0] if self.features == 1 else found[0].T
        return norm_of(np.moveaxis(found, 1, 2).reshape(len(found), found.shape[2], -1))

    @cached_property
    def _range_of_answers(self) -> float:
        return range_of_answers(self.trace)

    @cached_property
    def _ranges(self) -> list[float]:
        return [range_of_input(self.trace, number) for number in range(len(self.steps))]

    @cached_property
    def shape(self) -> tuple[int, int]:
        """How many rows the map has, and how many columns in all."""
        rows = {"output step": self.trace.predictions.shape[2], "feature": self.features, "": 1}[self.rows]
        return rows, sum(self.steps)

    def scale(self, moment: Moment, *, over_epochs: bool) -> Scale:
        """Return the scale over the moment's epoch, and over some from the first to the last, for its sample."""
        each = self.shape[0] * self.shape[1] * len(self.influence.outputs) * self.features
        kept = self.trace.epochs[np.isin(self.trace.epochs, self.trace.snapshots.epochs)]
        some = kept[evenly_spaced(len(kept), max(1, min(SCALE_EPOCHS, SCALE_NUMBERS // each)))] if len(kept) else kept
        found = [self.slopes(int(epoch), moment.sample) for epoch in (some if over_epochs else ())]
        own = self.at(moment)
        found += [] if own.missing else [own.slopes]
        return scale_of("", *found) if self.is_signed else scale_of_sizes(*found)
