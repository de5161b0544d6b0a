"""What to record while a model is trained, and what of it fits into a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from rnnscope.checks import describe, flag, positive_int
from rnnscope.warned import warn

AUTO_WEIGHTS = 64 * 2**20
"""Weights of all recorded epochs are kept while they stay under this many bytes together."""

NEWEST, NEWEST_WEIGHTS = "newest", 256 * 2**20
"""Where it is not known how long training goes on, so many bytes of weights are kept, the newest always among them."""

UNITS = 2**30, 2**20
"""A budget that is proposed is a whole number of one of these."""

MORE, MOST_LINES = 4, 3
"""Of so many times the budget it is said how to get it; so many records are proposed that fit."""


@dataclass(frozen=True)
class Record:
    """What to record.

    The record of an epoch is of a pass with the weights that the epoch started from. With one batch per epoch that is
    the training pass itself, and nothing is copied. With more batches it is one full pass of its own over the recorded
    samples. Gradients are always those of the mean loss over all training samples.

    Parameters
    ----------
    every
        Record every so many epochs: 0, `every`, 2·`every` …
    quantities
        Names of the quantities to record (`["f", "c"]`) in every layer that has them; None for all. The input part,
        recurrent part and pre-activation go with a quantity. A dense layer's is called `y`.
    gradients
        Whether to record the gradient of the loss by every recorded quantity.
    weights
        `"auto"`: the weights of every recorded epoch while they stay under 64 MiB together, else those of evenly spaced
        epochs that fit, the first and the last always; `"newest"`: up to 256 MiB, the newest always and evenly spaced
        ones before, wherever training ends; True: of every recorded epoch; False: none; a number: of so many evenly
        spaced epochs. Biases are recorded at every recorded epoch in any case.
    samples
        Numbers of the samples to record; None for all.
    budget
        Largest number of bytes. If nothing else is chosen, as many evenly chosen samples are kept as fit, and a
        `SamplesLeftOut` warning says so; a choice that does not fit is refused before training starts.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.Record(every=10, quantities=["f", "c"], gradients=False).every
    10
    """

    every: int = 1
    quantities: Sequence[str] | None = None
    gradients: bool = True
    weights: str | bool | int = "auto"
    samples: Sequence[int] | None = None
    budget: int = 2**30

    def __post_init__(self) -> None:
        object.__setattr__(self, "every", positive_int("Record: every", self.every))
        flag("Record: gradients", self.gradients)
        object.__setattr__(self, "budget", positive_int("Record: budget", self.budget))
        if self.weights not in ("auto", NEWEST) and not isinstance(self.weights, bool):
            if isinstance(self.weights, str):
                wanted = "'auto', 'newest', True, False or a number"
                raise ValueError(f"Record: weights: expected {wanted}; got {self.weights!r}")
            object.__setattr__(self, "weights", positive_int("Record: weights", self.weights))
        for name, kind in (("quantities", str), ("samples", (int, np.integer))):
            value = getattr(self, name)
            if value is None:
                continue
            entries = [value] if isinstance(value, str) else list(value) if np.iterable(value) else []
            if not entries or not all(isinstance(entry, kind) and not isinstance(entry, bool) for entry in entries):
                wanted = "names such as ['f', 'c']" if kind is str else "sample numbers such as [0, 2]"
                raise TypeError(f"Record: {name}: expected {wanted}; got {describe(value)}")
            object.__setattr__(self, name, tuple(dict.fromkeys(e if kind is str else int(e) for e in entries)))

    @property
    def is_chosen(self) -> bool:
        """Whether something but the budget is another than by default."""
        return any(getattr(self, own.name) != own.default for own in fields(self) if own.name != "budget")

    def epochs(self, total: int) -> np.ndarray:
        """Return the numbers of the recorded epochs among `total`."""
        return np.arange(0, total, self.every)

    def weight_epochs(self, total: int, size: int) -> np.ndarray:
        """Return the numbers of the epochs whose weights, `size` bytes each, are kept."""
        recorded = self.epochs(total)
        wanted = self.weights
        if self.weights == "auto":
            wanted = max(2, AUTO_WEIGHTS // max(size, 1))
        elif self.weights == NEWEST:
            wanted = max(4, NEWEST_WEIGHTS // max(size, 1))
        elif isinstance(self.weights, bool):
            wanted = len(recorded) if self.weights else 0
        return recorded[evenly_spaced(len(recorded), wanted)]


def record_of(record: bool | Record) -> Record | None:
    """Return what is to be recorded: everything for True, nothing for False."""
    if isinstance(record, bool):
        return Record() if record else None
    if not isinstance(record, Record):
        raise TypeError(f"record: expected True, False or an rs.Record; got {describe(record)}")
    return record


def evenly_spaced(count: int, wanted: int) -> np.ndarray:
    """Return up to `wanted` evenly spaced positions among `count`, the first and the last among them."""
    if wanted >= count:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, wanted).round().astype(int)) if wanted != 1 else np.array([count - 1])


class SamplesLeftOut(UserWarning):
    """A recording that was left open did not fit into its budget; the message says what is kept and how to get more."""


def fitted(record: Record, total: int, samples: int, estimate: Callable[[Record], int]) -> Record:
    """Return what is recorded within the budget.

    Of a record without a choice of its own, evenly chosen samples are kept that fit (if not even one does, at fewer
    epochs), with a `SamplesLeftOut` warning. What was chosen and does not fit is refused with lines to paste.

    Parameters
    ----------
    record
        What to record.
    total, samples
        The number of epochs and of samples of the training.
    estimate
        Returns the bytes of a recording.
    """
    needed = estimate(record)
    if needed <= record.budget:
        return record
    found = None if record.is_chosen else _with_fewer_samples(record, total, samples, estimate)
    if found is None:
        raise ValueError(_refusal(record, total, samples, estimate))
    more = replace(record, budget=_rounded(min(needed, MORE * record.budget)))
    epochs = "" if found.every == record.every else f" at 1 of every {found.every} epochs"
    warn(
        f"record: {len(found.samples)} of {samples} samples, evenly chosen, are recorded{epochs}: all of them take "
        f"{size(needed)}, and the budget is {size(record.budget)}. For more: record={line_of(more)}",
        SamplesLeftOut,
    )
    return found


def line_of(record: Record) -> str:
    """Return a record as a user types it, without what is as it is by default.

    Examples
    --------
    >>> line_of(Record(every=10, samples=[0, 3, 6], budget=4 * 2**30))
    'rs.Record(every=10, samples=range(0, 7, 3), budget=4 * 2**30)'
    """
    given = {own.name: getattr(record, own.name) for own in fields(record)}
    written = {name: repr(value) for name, value in given.items()}
    written["budget"] = _bytes_text(record.budget)
    if record.samples is not None:
        written["samples"] = _numbers_text(record.samples)
    if record.quantities is not None:
        written["quantities"] = repr(list(record.quantities))
    said = (f"{own.name}={written[own.name]}" for own in fields(record) if given[own.name] != own.default)
    return f"rs.Record({', '.join(said)})"


def _with_fewer_samples(record: Record, total: int, samples: int, estimate: Callable[[Record], int]) -> Record | None:
    """Return a record of evenly chosen samples, as many as fit, at fewer epochs if none does; None if nothing fits."""
    for every in [record.every, *_doubling(record.every, total)]:
        count = most_that_fit(
            samples, lambda n, every=every: estimate(replace(record, every=every, samples=range(n))), record
        )
        if count:
            return replace(record, every=every, samples=evenly_spaced(samples, count) if count > 1 else [0])
    return None


def _refusal(record: Record, total: int, samples: int, estimate: Callable[[Record], int]) -> str:
    """Return why a record is refused, with lines to paste that are not."""
    chosen = range(samples) if record.samples is None else record.samples
    count = most_that_fit(len(chosen), lambda n: estimate(replace(record, samples=chosen[:n])), record)
    fits = (e for e in _doubling(record.every, total) if estimate(replace(record, every=e)) <= record.budget)
    every = next(fits, None)
    tries = [replace(record, samples=chosen[:: -(-len(chosen) // count)])] if count else []
    tries += [replace(record, gradients=False), replace(record, weights=False)]
    tries += [replace(record, every=every)] if every else []
    tries.append(replace(record, every=max(total, record.every), gradients=False, weights=False, samples=chosen[:1]))
    fitting = [option for option in tries if estimate(option) <= record.budget]
    needed = estimate(record)
    lines = [f"  record={line_of(option)}  # {size(estimate(option))}" for option in fitting[:MOST_LINES]]
    lines.append(f"  record={line_of(replace(record, budget=_rounded(needed)))}  # {size(needed)}, all of it")
    return (
        f"record: expected at most {size(record.budget)} (budget); this recording takes {size(needed)}. "
        + "One of these instead:\n"
        + "\n".join(lines)
    )


def nbytes_of(record: Record, total: int, epoch: int, weights: int) -> int:
    """Return the bytes that a record of `total` epochs takes, from those of one epoch and of its weights."""
    return len(record.epochs(total)) * epoch + len(record.weight_epochs(total, weights)) * weights


def most_that_fit(count: int, needs: Callable[[int], int], record: Record) -> int:
    """Return the largest number, of samples or epochs, up to a count with which a recording fits."""
    low, high = 0, count
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if needs(middle) <= record.budget else (low, middle - 1)
    return low


def _doubling(start: int, stop: int) -> list[int]:
    return [start * 2**k for k in range(1, 64) if start * 2**k < 2 * stop]


def _numbers_text(samples: Sequence[int]) -> str:
    """Return numbers of samples as a range, if they are evenly spaced, else as a list."""
    steps = set(np.diff(samples).tolist())
    if len(steps) == 1 and min(steps) > 0:
        (step,) = steps
        return f"range({samples[0]}, {samples[-1] + 1}{'' if step == 1 else f', {step}'})"
    return repr(list(samples))


def _rounded(count: int) -> int:
    """Return a number of bytes, rounded up to whole GiB, or MiB if it is less than one."""
    unit = next((unit for unit in UNITS if count >= unit), 1)
    return -(-count // unit) * unit


def _bytes_text(count: int) -> str:
    """Return a number of bytes as it is typed."""
    unit = next((unit for unit in UNITS if count >= unit and count % unit == 0), 1)
    return f"{count // unit} * 2**{unit.bit_length() - 1}" if unit > 1 else f"{count}"


def size(count: float) -> str:
    """Return a number of bytes in words, such as `4.3 MiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return ""
