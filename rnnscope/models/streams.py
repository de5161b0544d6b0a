"""Batches that come from outside, one after the other: out of a generator, a sequence of batches, a loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np

from rnnscope.checks import describe
from rnnscope.models.data import Batch, Batches, Data
from rnnscope.warned import warn

Convert = Callable[[Any, str], Data]
"""Makes data of a batch as it came, which is called by a name in errors."""


def is_stream(x: Any, y: Any) -> bool:
    """Say whether what was given as inputs, without targets, are batches that bring their own."""
    if y is not None or hasattr(x, "__array__") or isinstance(x, str | bytes | list | tuple | dict):
        return False
    return hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


class Stream:
    """Batches from outside. What is recorded is the first of them, which training gets too.

    Parameters
    ----------
    given
        A generator, or what can be gone through again: an object with `__len__` and `__getitem__`, or with `__iter__`.
    convert
        Makes data of a batch.
    shuffle
        Whether the batches of an object with `__len__` and `__getitem__` come in a new order each time.
    rng
        What the order is drawn from.
    argument
        What it is called in errors.

    Attributes
    ----------
    count, size
        The number of samples in the first batch.
    steps
        The number of batches, if it is known.
    ended
        Whether a generator has given its last batch.
    """

    single = False

    def __init__(
        self, given: Any, convert: Convert, *, shuffle: bool, rng: np.random.Generator | None, argument: str = "x"
    ) -> None:
        self._given, self._convert, self._shuffle, self._rng = given, convert, shuffle, rng
        self._argument = argument
        self._by_number = hasattr(given, "__getitem__") and hasattr(given, "__len__")
        self._once = not self._by_number and iter(given) is given
        self.steps = len(given) if hasattr(given, "__len__") else None
        self.ended = False
        first = next(iter(given), None) if not self._by_number else given[0] if self.steps else None
        if first is None:
            raise ValueError(f"{argument}: expected at least one batch; got {describe(given)}, which has none")
        self._rest = chain([first], given) if self._once else None
        self.first = convert(first, argument)
        self.count = self.size = len(self.first.x[0])
        self._recorded = Batches(self.first, self.count)

    def some(self, samples: np.ndarray) -> Batch:
        """Return some samples of the first batch."""
        return self._recorded.some(samples)

    def __iter__(self) -> Iterator[Batch]:
        self._tell("on_epoch_begin")
        for batch in self._rest if self._once else self._batches():
            data = self._convert(batch, self._argument)
            yield from Batches(data, len(data.x[0]))
        self.ended = self._once
        self._tell("on_epoch_end")

    def _batches(self) -> Iterator[Any]:
        """Go through what was given."""
        if not self._by_number:
            yield from self._given
            return
        count = len(self._given)
        for number in self._rng.permutation(count) if self._shuffle else range(count):
            yield self._given[int(number)]

    def _tell(self, name: str) -> None:
        """Call a method of what was given, if it has it, as a sequence of batches in Keras does."""
        method = getattr(self._given, name, None)
        if callable(method):
            method()


class Portions:
    """So many batches at a time, mostly going on where the time before ended.

    Parameters
    ----------
    whole
        All batches.
    steps
        How many at a time.
    argument
        What the number is called.
    anew
        Whether they begin anew each time, as far as the data do.
    """

    def __init__(self, whole: Batches | Stream, steps: int, argument: str, *, anew: bool = False) -> None:
        self._whole, self.steps, self._argument, self._anew = whole, steps, argument, anew
        self.count, self.size = whole.count, whole.size
        self.single = whole.single
        self.some = whole.some
        self._going: Iterator[Batch] | None = None
        self._seen = 0

    @property
    def ended(self) -> bool:
        """Whether a generator has given its last batch."""
        return self._whole.ended

    def __iter__(self) -> Iterator[Batch]:
        if self._going is None or self._anew:
            self._going, self._seen = iter(self._whole), 0
        for number in range(self.steps):
            batch = next(self._going, None)
            if batch is None and not number and not self.ended:
                self._going, self._seen = iter(self._whole), 0
                batch = next(self._going, None)
            if batch is None:
                self._going = None
                if number:
                    words = (
                        f"expected {self.steps} batches; the data ended after {number} of them, and so does the epoch"
                    )
                    warn(f"{self._argument}: {words}")
                return
            self._seen += 1
            yield batch
        if self._seen == self._whole.steps and not self.ended:
            self._going = None
