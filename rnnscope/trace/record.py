"""What to record while a model is trained, and what of it fits into a budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnscope.checks import describe, flag, positive_int

AUTO_WEIGHTS = 64 * 2**20
"""Weights of all recorded epochs are kept while they stay under this many bytes together."""


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
        epochs that fit, the first and the last always; True: of every recorded epoch; False: none; a number: of so
        many evenly spaced epochs. Biases are recorded at every recorded epoch in any case.
    samples
        Numbers of the samples to record; None for all.
    budget
        Largest number of bytes; more is refused before training starts.

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
        if self.weights != "auto" and not isinstance(self.weights, bool):
            if isinstance(self.weights, str):
                raise ValueError(f"Record: weights: expected 'auto', True, False or a number; got {self.weights!r}")
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

    def epochs(self, total: int) -> np.ndarray:
        """Return the numbers of the recorded epochs among `total`."""
        return np.arange(0, total, self.every)

    def weight_epochs(self, total: int, size: int) -> np.ndarray:
        """Return the numbers of the epochs whose weights, `size` bytes each, are kept."""
        recorded = self.epochs(total)
        wanted = self.weights
        if self.weights == "auto":
            wanted = max(2, AUTO_WEIGHTS // max(size, 1))
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


def check_budget(record: Record, total: int, samples: int, estimate: Callable[[Record], int]) -> int:
    """Return the bytes that a recording takes, or raise a `ValueError` that says what would fit.

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
        return needed
    tries: list[tuple[str, Record]] = [("gradients=False", replace(record, gradients=False))]
    tries += [("weights=False", replace(record, weights=False))]
    every = next(
        (e for e in _doubling(record.every, total) if estimate(replace(record, every=e)) <= record.budget), None
    )
    tries += [(f"every={every}", replace(record, every=every))] if every else []
    count = len(record.samples) if record.samples is not None else samples
    fewer = next((n for n in _halving(count) if estimate(replace(record, samples=range(n))) <= record.budget), None)
    tries += [(f"samples=range({fewer})", replace(record, samples=range(fewer)))] if fewer else []
    small = replace(record, every=max(total, record.every), gradients=False, weights=False, samples=range(1))
    tries += [(f"every={small.every}, gradients=False, weights=False, samples=range(1)", small)]
    fits = [f"{text} ({size(estimate(option))})" for text, option in tries if estimate(option) <= record.budget]
    advice = (
        "What would fit: " + ", or ".join(fits[:-1] or fits) if fits else "Record fewer epochs, samples and quantities"
    )
    raise ValueError(
        f"record: expected at most {size(record.budget)} (budget); this recording takes {size(needed)}. {advice}."
    )


def _doubling(start: int, stop: int) -> list[int]:
    return [start * 2**k for k in range(1, 64) if start * 2**k < 2 * stop]


def _halving(start: int) -> list[int]:
    return [n for n in (start >> k for k in range(1, 64)) if n]


def size(count: float) -> str:
    """Return a number of bytes in words, such as `4.3 MiB`."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            return f"{count:.0f} {unit}" if unit == "bytes" else f"{count:.1f} {unit}"
        count /= 1024
    return ""
