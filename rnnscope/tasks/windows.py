"""Windows of a series of one's own: the next value after each window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rnnscope.checks import describe, number, one_of, positive_int
from rnnscope.languages import noted, tr
from rnnscope.numbers import written
from rnnscope.tasks.measures import error
from rnnscope.tasks.task import Task, features_in_words
from rnnscope.trace import Labels

SCALES = ("standard", "minmax", "none")
"""How values are scaled: to mean 0 and standard deviation 1, to 0 … 1, or not at all."""


@dataclass(frozen=True, eq=False)
class Windows(Task):
    """A task of windows of a series.

    Attributes
    ----------
    scale
        How the values were scaled: `"standard"`, `"minmax"` or `"none"`.
    shift, factor
        What was subtracted from each target, and by what it was then divided, (output,).
    known
        How many values of the series belong to the training part, from which these were computed, and of how many.
    """

    scale: str = "none"
    shift: np.ndarray | float = 0.0
    factor: np.ndarray | float = 1.0
    known: tuple[int, int] = (0, 0)

    def unscale(self, prediction: Any) -> np.ndarray:
        """Return predictions or targets in the units of the data.

        Parameters
        ----------
        prediction
            What a model says, (…, output).
        """
        values, count = np.asarray(prediction, float), self.y.shape[1]
        if values.ndim == 0 or values.shape[-1] != count:
            wanted = f"predictions (sample, output) with {count} output{'s' * (count > 1)}"
            raise ValueError(f"prediction: expected {wanted}; got shape {values.shape}")
        return Labels(scale=(self.shift, self.factor)).in_units(values)

    def describe(self) -> str:
        """Return the task in words: how many windows there are, and how their values were scaled."""
        samples, steps, features = self.x.shape
        training, count = self.known
        sizes = tr(
            "{samples} windows of {steps} time steps, {what}; {unseen} later ones, whose answers are in the last "
            "{last} of {count} values, are unseen.",
            samples=samples,
            steps=steps,
            what=features_in_words(features),
            unseen=len(self.unseen),
            last=count - training,
            count=count,
        )
        return f"{self.name}: {tr(self.meaning)} {sizes} {self._trivial_and_goal()} {self._scaling()}"

    def _scaling(self) -> str:
        """Say how the values were scaled."""
        if self.scale == "none":
            return tr("The values are as they were given.")
        shift, factor = (", ".join(written(float(v)) for v in np.atleast_1d(a)) for a in (self.shift, self.factor))
        parts = {"training": self.known[0], "shift": shift, "factor": factor}
        if self.scale == "standard":
            return tr(
                "Values are scaled by the first {training} alone (mean {shift}, standard deviation {factor}); "
                "task.unscale(prediction) is in the units of the data.",
                **parts,
            )
        return tr(
            "Values are scaled by the first {training} alone (least {shift}, range {factor}); "
            "task.unscale(prediction) is in the units of the data.",
            **parts,
        )


def windows(
    series: Any,
    length: int,
    horizon: int = 1,
    *,
    target: int | str | None = None,
    scale: str = "standard",
    unseen: float = 0.2,
    dates: Sequence[Any] | None = None,
    unit: str | None = None,
) -> Windows:
    """Return the task to say what follows each window of a series.

    The series is cut in time: all windows whose answers lie in the last part are unseen, and the values are scaled by
    mean and standard deviation, or least and largest, of the part before alone.

    A trace that is given the labels of the task, `fit(..., labels=task.labels)`, knows how to undo that: `training`,
    `network` and the verdict show predictions and targets in the units of the data, with their dates.

    Parameters
    ----------
    series
        Values in order of time, (time,) or (time, feature): a list, a NumPy array, or a Series or DataFrame of pandas,
        whose index names the time steps.
    length
        Number of values in a window.
    horizon
        How many steps after the last value of a window its answer lies: 1 is the next value.
    target
        Number or name of the feature that is to be said; None for all features.
    scale
        `"standard"`: mean 0 and standard deviation 1; `"minmax"`: from 0 to 1; `"none"`: as they are.
    unseen
        The share of the series, at its end, that training never sees the answers of.
    dates
        Names of the time steps, one for each value; the index of pandas by default.
    unit
        In what the values are measured, such as `"°C"`; it stands behind predictions and targets.

    Returns
    -------
    Windows
        `x` (window, length, feature), `y` (window, output) and `unseen`, `unseen_y` in float32; `labels` and
        `unseen_labels` for `fit(..., labels=task.labels)`: the scale and the unit, and, if the time steps have names,
        those of each window, which is itself called after the time of its answer. `unscale(prediction)` is in the units
        of the data. A smaller error than that of the last value, said once more, counts as solved.

    Raises
    ------
    TypeError, ValueError
        If the series is too short, or has what is no finite number, or an argument is not what is expected.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.windows([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], length=3, scale="none")
    >>> task.x[0].ravel().tolist(), task.y[0].tolist(), task.unseen_y.ravel().tolist()
    ([10.0, 20.0, 30.0], [40.0], [90.0, 100.0])
    >>> scaled = rs.tasks.windows([10, 20, 30, 40, 50, 60, 70, 80, 90, 100], length=3)
    >>> scaled.unscale(scaled.unseen_y).round(3).tolist()
    [[90.0], [100.0]]
    >>> scaled.labels.in_units(scaled.y[0]).round(3).tolist()
    [40.0]
    """
    length, horizon = positive_int("length", length), positive_int("horizon", horizon)
    values, names = _values(series), _names(series) if dates is None else dates
    columns = _columns(series, values, target)
    first, count = length - 1 + horizon, len(values)
    training = int(count * (1 - number("unseen", unseen, 0, 1, open_low=True)))
    if not first < training < count:
        wanted = f"at least {first + 1} values before the unseen ones and one among them"
        raise ValueError(f"series: expected {wanted}; got {count} values, of which {training} come before")
    shift, factor = _scaling(one_of("scale", scale, SCALES), values[:training])
    scaled = ((values - shift) / factor).astype(np.float32)
    answers = np.arange(first, count)
    x = np.stack([scaled[k - first : k - first + length] for k in answers])
    y, is_known = scaled[answers][:, columns], answers < training
    last = x[:, -1][:, columns]
    if unit is not None and not isinstance(unit, str):
        raise TypeError(f'unit: expected a text, such as "°C"; got {describe(unit)}')
    units = Labels(unit=unit, scale=None if scale == "none" else (shift[columns], factor[columns]))
    named = [_labels(names, count, answers[part], first, length, units) for part in (is_known, ~is_known)]
    meaning = noted("say the next value after a window of the series.")
    if horizon > 1:
        meaning = noted("say the value {count} steps after a window of the series.", count=horizon)
    return Windows(
        "windows",
        x[is_known],
        y[is_known],
        x[~is_known],
        meaning,
        y[~is_known],
        *named,
        scale=scale,
        shift=shift[columns],
        factor=factor[columns],
        known=(training, count),
        solved=error(last[~is_known], y[~is_known]),
        trivial=last[~is_known],
        trivial_answer=noted("the last value once more"),
    )


def _values(series: Any) -> np.ndarray:
    """Return the values of a series, (time, feature)."""
    try:
        values = np.asarray(series)
        values = values if values.dtype.kind in "biuf" else np.asarray(values, float)
    except (TypeError, ValueError):
        raise TypeError(f"series: expected numbers, (time,) or (time, feature); got {describe(series)}") from None
    if values.ndim not in (1, 2) or not values.size:
        raise ValueError(f"series: expected values of shape (time,) or (time, feature); got shape {values.shape}")
    values = values.reshape(len(values), -1).astype(float)
    if not np.isfinite(values).all():
        where = int(np.flatnonzero(~np.isfinite(values).all(axis=1))[0])
        raise ValueError(f"series: expected finite numbers; got {values[where].tolist()} at {where}")
    return values


def _names(series: Any) -> Any:
    """Return the index of a series of pandas that is no mere count; None of anything else."""
    if not hasattr(series, "to_numpy") or not hasattr(series, "index"):
        return None
    is_count = np.array_equal(np.asarray(series.index), np.arange(len(series)))
    return None if is_count else list(series.index)


def _columns(series: Any, values: np.ndarray, target: int | str | None) -> list[int]:
    """Return the numbers of the features that are to be said."""
    features = values.shape[1]
    if target is None:
        return list(range(features))
    if isinstance(target, str):
        names = [str(name) for name in getattr(series, "columns", [getattr(series, "name", None)])]
        return [names.index(one_of("target", target, names))]
    found = positive_int("target", target, 0)
    if found >= features:
        raise ValueError(f"target: expected a number from 0 to {features - 1}; got {found}")
    return [found]


def _scaling(scale: str, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what is subtracted from each feature, and by what it is divided."""
    if scale == "none":
        return np.zeros(values.shape[1]), np.ones(values.shape[1])
    least, reach = (values.mean(axis=0), values.std(axis=0)) if scale == "standard" else _ends(values)
    return least, np.where(reach > 0, reach, 1.0)


def _ends(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return values.min(axis=0), np.ptp(values, axis=0)


def _labels(names: Any, count: int, answers: np.ndarray, first: int, length: int, units: Labels) -> Labels | None:
    """Return the units of the data with the names of the time steps of some windows, each called after its answer's."""
    if names is None:
        return units or None
    time = Labels(time=names).time
    if len(time) != count:
        raise ValueError(f"dates: expected {count} names, one per value; got {len(time)}")
    rows = [time[k - first : k - first + length] for k in answers]
    return replace(units, time=rows, samples=[time[k] for k in answers])
