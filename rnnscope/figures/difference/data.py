"""What the view `difference` shows, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnscope.analysis.classes import are_classes, class_of, shares_of_classes
from rnnscope.analysis.difference import Difference, hand_of
from rnnscope.figures.difference.ends import Ends, by_change
from rnnscope.figures.inputs import inputs_read
from rnnscope.findings.difference import outputs_of, target_of
from rnnscope.languages import tr
from rnnscope.numbers import finite_span
from rnnscope.trace import Moment, Trace
from rnnscope.words import shortened_to

Row = tuple[str, str]
"""A layer, and a quantity of it."""

LONGEST_NAME = 9
"""Names of classes are shortened to so many characters."""


@dataclass(frozen=True)
class DifferenceData:
    """What differs at a moment.

    Attributes
    ----------
    difference
        What differs in the sample, in all layers.
    sizes
        Of each row of the map at each time step; 0 where its layer has no such step.
    hands
        Of the rows in which something is held by hand, at which time steps.
    inputs
        What is read at each time step; where that differs, before and after.
    units, answers
        The moment's quantity in the units that change most, and the answers.
    """

    difference: Difference
    sizes: np.ndarray
    hands: Mapping[int, np.ndarray]
    inputs: Sequence[str]
    units: Ends
    answers: Ends


def rows_of(before: Moment, after: Moment) -> list[Row]:
    """Return the rows of the map from the top: all quantities of the moment's layer, of others the output.

    What is held by hand somewhere is there in any layer.
    """
    found: list[Row] = []
    for first, second in zip(before.trace.recurrent_layers, after.trace.recurrent_layers, strict=True):
        there = [name for name in first.phases if name in second]
        shown = {first.output, *hand_of(first, second)} if first.name != before.layer.name else {*there}
        ordered = [name for name in there if name != first.output] + [first.output] * (first.output in there)
        found += [(first.name, name) for name in ordered if name in shown]
    return found[::-1]


def sizes_of(difference: Difference, rows: Sequence[Row], steps: int) -> np.ndarray:
    """Return the size of every row at every time step, (row, time)."""
    found = np.zeros((len(rows), steps))
    for k, (layer, name) in enumerate(rows):
        own = difference.sizes[layer][name]
        found[k, : len(own)] = own
    return found


def hands_of(difference: Difference, rows: Sequence[Row]) -> dict[int, np.ndarray]:
    """Return at which time steps something is held by hand, by the number of the row."""
    return {k: held for k, (layer, name) in enumerate(rows) if (held := difference.hands[layer].get(name)) is not None}


def inputs_beside(before: Moment, after: Moment) -> list[str]:
    """Return what is read at each time step, where it differs as `2 → 9`."""
    pairs = zip(inputs_read(before), inputs_read(after), strict=True)
    return [a if a == b else f"{a} → {b}" for a, b in pairs]


def units_of(before: Moment, after: Moment) -> Ends:
    """Return the moment's quantity at its time step in all units."""
    values = [own.layer[before.phase][own.run].astype(float) for own in (before, after)]
    is_share = before.layer.cell[before.phase].role == "gate" and all(_is_within(own) for own in values)
    span = (0.0, 1.0) if is_share else finite_span(*values)
    first, second = (own[before.time] for own in values)
    return by_change(first, second, None, span, lambda unit: tr("unit {unit}", unit=unit), before.unit)


def answers_of(before: Moment, after: Moment) -> Ends:
    """Return the answers: a single number for all samples, else all outputs for the moment's sample."""
    trace, (first, second), target = before.trace, map(outputs_of, (before, after)), target_of(before)
    if are_classes(trace):
        first, second = map(shares_of_classes, (first, second))
        right = None if target is None else (np.arange(first.size) == class_of(target)).astype(float)
        return by_change(first, second, right, (0.0, 1.0), lambda k: _class_name(trace, k))
    if first.size > 1:
        right = target if target is not None and target.size == first.size else None
        span = finite_span(first, second, *([] if right is None else [right]))
        return by_change(first, second, right, span, lambda k: tr("output {number}", number=k))
    samples = [[own.but(sample=k) for k in range(len(trace.x))] for own in (before, after)]
    first, second = (np.array([outputs_of(each)[0] for each in own], float) for own in samples)
    right = None if target is None else np.array([target_of(each)[0] for each in samples[0]], float)
    span = finite_span(first, second, *([] if right is None else [right]))
    return by_change(first, second, right, span, lambda k: tr("sample {sample}", sample=k), before.sample)


def _class_name(trace: Trace, number: int) -> str:
    classes = trace.labels.classes
    return tr("class {number}", number=number) if classes is None else shortened_to(classes[number], LONGEST_NAME)


def _is_within(values: np.ndarray) -> bool:
    """Say whether all values are between 0 and 1."""
    return bool(((values >= 0) & (values <= 1)).all())
