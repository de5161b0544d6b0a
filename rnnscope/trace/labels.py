"""What the numbers of a trace are called, its time steps, classes and samples, and the units of the data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from rnnscope.checks import describe
from rnnscope.languages import Noted, said, tr
from rnnscope.numbers import written
from rnnscope.words import LONGEST, drawn, quoted, shortened_to

DATES = ("%Y", "%Y-%m", "%Y-%m-%d", "%H:%M", "%Y-%m-%d %H:%M", "%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
"""Ways to write dates, the shortest first; times alone are those of a single day."""

Names = tuple[str, ...]
"""Names in order."""


@dataclass(frozen=True, eq=False)
class Labels:
    """Names of the time steps, of the classes of the output, and of the samples; and the units of the data.

    Pictures and sentences write them where they would write numbers: tokens or dates below the time steps, the class
    that the net says, the sample that is shown. A name may be text, a number, or a date (`datetime`, NumPy's
    `datetime64`, pandas's `Timestamp`); dates are written as shortly as tells them apart.

    Parameters
    ----------
    time
        Names of the time steps: one list for all samples, or a list of such lists, one per sample. None for none.
    classes
        Names of the classes, one for each number of the output; two for a single probability, the second being that
        which it is the probability of. None for none.
    samples
        Names of the samples, one for each. None for none.
    unit
        In what the data are measured, such as `"°C"`: it stands behind predictions and targets. None for none.
    scale
        What was subtracted from the targets, and by what they were then divided, each a number or one for each output:
        pictures and sentences then show predictions and targets in the units of the data. None if nothing was done.

    Raises
    ------
    TypeError, ValueError
        If something is no list of names, no unit or no scale.

    Examples
    --------
    >>> import rnnscope as rs
    >>> labels = rs.Labels(time=[["so", "good"], ["so", "bad"]], classes=["negative", "positive"])
    >>> labels.time[1], labels.classes, labels.samples
    (('so', 'bad'), ('negative', 'positive'), None)
    >>> import numpy as np
    >>> rs.Labels(time=np.array(["2024-01", "2024-02"], "datetime64[D]")).time
    ('2024-01', '2024-02')
    >>> rs.Labels(unit="°C", scale=(15.0, 8.0)).in_units([[0.5], [-1.0]]).tolist()
    [[19.0], [7.0]]
    """

    time: Names | tuple[Names, ...] | None = None
    classes: Names | None = None
    samples: Names | None = None
    unit: str | None = None
    scale: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    def __post_init__(self) -> None:
        time = None if self.time is None else _listed("time", self.time)
        is_by_sample = bool(time) and all(_is_list(entry) for entry in time)
        if is_by_sample:
            rows = [_listed("time", row) for row in time]
            names = iter(_written("time", [name for row in rows for name in row]))
            time = tuple(tuple(next(names) for _ in row) for row in rows)
        elif time is not None:
            time = _written("time", time)
        object.__setattr__(self, "time", time)
        for part in ("classes", "samples"):
            given = getattr(self, part)
            object.__setattr__(self, part, None if given is None else _written(part, _listed(part, given)))
        if not isinstance(self.unit, str | None):
            raise TypeError(f'Labels: unit: expected a text, such as "°C"; got {describe(self.unit)}')
        object.__setattr__(self, "scale", None if self.scale is None else _scale(self.scale))

    @property
    def is_by_sample(self) -> bool:
        """Whether each sample has names of its own for its time steps."""
        return bool(self.time) and isinstance(self.time[0], tuple)

    def steps(self, sample: int) -> Names:
        """Return the names of the time steps of a sample as they are drawn; nothing if they have none."""
        row = self.time[sample] if self.is_by_sample else self.time
        return tuple(drawn(said(name)) for name in row or ())

    def sample(self, sample: int) -> str:
        """Return the name of a sample as sentences write it, or an empty text."""
        return shortened_to(drawn(said(self.samples[sample])), LONGEST) if self.samples else ""

    def of_class(self, number: int) -> str:
        """Return the name of a class as sentences write it, or `class 3`."""
        named = self.classes is not None and 0 <= number < len(self.classes)
        return quoted(drawn(said(self.classes[number]))) if named else tr("class {number}", number=number)

    def in_units(self, values: Any) -> np.ndarray:
        """Return predictions or targets, (…, output), in the units of the data: as they are, if no scale is known."""
        values = np.asarray(values)
        if self.scale is None:
            return values
        shift, factor = map(np.array, self.scale)
        return values.astype(float) * factor + shift

    def with_unit(self, text: str) -> str:
        """Return a number as text with its unit, if that is known.

        Examples
        --------
        >>> Labels(unit="°C").with_unit("19.5"), Labels().with_unit("19.5")
        ('19.5 °C', '19.5')
        """
        return f"{text} {self.unit}" if self.unit else text

    def some(self, samples: Iterable[int]) -> Labels:
        """Return the labels of some of the samples."""
        kept = [int(sample) for sample in samples]
        time = tuple(self.time[sample] for sample in kept) if self.is_by_sample else self.time
        names = None if self.samples is None else tuple(self.samples[k] for k in kept)
        return replace(self, time=time, samples=names)

    def check(self, samples: int, steps: int, outputs: int) -> Self:
        """Return the labels if there are as many as samples, time steps and outputs.

        Raises
        ------
        ValueError
            If there are more or fewer; it says of what, and how many were expected.
        """
        if self.is_by_sample:
            _check_count("time", "lists of names, one per sample", len(self.time), samples)
            for k, row in enumerate(self.time):
                _check_count(f"time: sample {k}", "names, one per time step", len(row), steps)
        elif self.time is not None:
            _check_count("time", "names, one per time step", len(self.time), steps)
        if self.classes is not None:
            of_one = outputs == 1
            what = (
                "names: without and with what the output is the probability of" if of_one else "names, one per output"
            )
            _check_count("classes", what, len(self.classes), 2 if of_one else outputs)
        if self.samples is not None:
            _check_count("samples", "names, one per sample", len(self.samples), samples)
        counts = {len(part) for part in self.scale or ()} - {1}
        if counts - {outputs}:
            _check_count("scale", "numbers, one per output", max(counts - {outputs}), outputs)
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and self._parts == other._parts

    def __hash__(self) -> int:
        return hash(self._parts)

    def __bool__(self) -> bool:
        return any(part is not None for part in self._parts)

    @property
    def _parts(self) -> tuple:
        return tuple(getattr(self, part) for part in PARTS)


PARTS = tuple(own.name for own in fields(Labels))
"""What labels consist of."""


def labels_of(labels: Labels | None) -> Labels:
    """Return labels that somebody gave; None is none."""
    if labels is None:
        return Labels()
    if not isinstance(labels, Labels):
        raise TypeError(f"labels: expected an rs.Labels, such as rs.Labels(time=[...]); got {describe(labels)}")
    return labels


def _check_count(part: str, what: str, count: int, wanted: int) -> None:
    if count != wanted:
        raise ValueError(f"labels: {part}: expected {wanted} {what}; got {count}")


def _scale(value: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return what was subtracted and by what it was divided, of each output."""
    wanted = "Labels: scale: expected what was subtracted and by what it was divided, such as (15.0, 8.0)"
    try:
        parts = [np.atleast_1d(np.asarray(part, float)) for part in value]
    except (TypeError, ValueError):
        raise TypeError(f"{wanted}; got {describe(value)}") from None
    is_fine = len(parts) == 2 and all(part.ndim == 1 and part.size and np.isfinite(part).all() for part in parts)
    if not is_fine or not parts[1].all():
        raise ValueError(f"{wanted}, both finite and the second not 0; got {describe(value)}")
    return tuple(parts[0].tolist()), tuple(parts[1].tolist())


def _is_list(value: Any) -> bool:
    return np.iterable(value) and not isinstance(value, str | bytes | dict | set)


def _listed(part: str, value: Any) -> list[Any]:
    """Return what somebody gave as a list of names."""
    if not _is_list(value):
        letters = ". For its letters: list(...)" if isinstance(value, str) else ""
        raise TypeError(f"Labels: {part}: expected a list of names; got {describe(value)}{letters}")
    return list(value)


def _written(part: str, values: Sequence[Any]) -> Names:
    """Return names as text."""
    if values and all(isinstance(value, dt.date | np.datetime64) for value in values):
        dates = [_date(part, value) for value in values]
        return tuple(date.strftime(_way_to_write(dates)) for date in dates)
    return tuple(_text(part, value) for value in values)


def _text(part: str, value: Any) -> str:
    """Return a name as text: text as it is, numbers with as many digits as they need."""
    if isinstance(value, str):
        return value if isinstance(value, Noted) else str(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return written(float(value), 4)
    if isinstance(value, dt.date | np.datetime64):
        return _text(part, _written(part, [value])[0])
    if hasattr(value, "strftime"):  # a period of pandas
        return str(value)
    raise TypeError(f"Labels: {part}: expected names, numbers or dates; got {describe(value)}")


def _date(part: str, value: dt.date | np.datetime64) -> dt.datetime:
    """Return a date with its time."""
    if value != value:  # NaT
        raise ValueError(f"Labels: {part}: expected dates; got {describe(value)}")
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    raise ValueError(f"Labels: {part}: expected dates of the years 1 to 9999; got {describe(value)}")


def _way_to_write(dates: Sequence[dt.datetime]) -> str:
    """Return the shortest way of `DATES` that loses nothing but the day of times that are all of one day."""
    is_one_day = len({date.date() for date in dates}) == 1
    precise = [way for way in DATES[:-1] if all(_says_all(way, date) for date in dates)]
    return next((way for way in precise if "%Y" in way or (is_one_day and len(dates) > 1)), DATES[-1])


def _says_all(way: str, date: dt.datetime) -> bool:
    """Say whether what a way to write dates leaves out is as it begins: the first month, the first day, midnight."""
    parts = {"%m": date.month == 1, "%d": date.day == 1, "%H": date.hour == 0, "%M": date.minute == 0}
    parts["%S"] = date.second == 0
    known = {part: is_first for part, is_first in parts.items() if "%Y" in way or part not in ("%m", "%d")}
    return date.microsecond == 0 and all(is_first or part in way for part, is_first in known.items())
