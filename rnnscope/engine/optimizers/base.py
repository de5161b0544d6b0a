"""What all optimizers share: steps with Keras's arithmetic, in place and block by block.

All weights of a model lie in one flat array, their gradients in another; a block of them fits into the cache, so that
memory is passed over once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NoReturn, Self

import numpy as np

from rnnscope.checks import no_others, number
from rnnscope.engine.optimizers.lookups import Lookups
from rnnscope.engine.optimizers.schedules import LearningRateSchedule
from rnnscope.habits import refuse_attribute

HUGE = 1e28
"""Steps of this size, a fraction of the largest float32 number, are checked before they are taken."""

BLOCK = 65536
"""How many weights are updated at a time: long enough that calls cost nothing, short enough for the cache."""


class LearningRate(float):
    """A learning rate, which is a number; `assign` sets that of its optimizer, as in Keras.

    Examples
    --------
    >>> import rnnscope as rs
    >>> optimizer = rs.optimizers.Adam()
    >>> optimizer.learning_rate.assign(0.01)
    >>> optimizer.learning_rate
    0.01
    """

    def __new__(cls, value: float, optimizer: Optimizer) -> Self:
        """Make the number, of an optimizer."""
        made = super().__new__(cls, value)
        made._optimizer = optimizer
        return made

    def assign(self, value: float) -> None:
        """Set the learning rate of the optimizer."""
        self._optimizer.learning_rate = value

    def numpy(self) -> np.float64:
        """Return the number."""
        return np.float64(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return float, (float(self),)


class Optimizer:
    """What all optimizers share: the learning rate, weight decay, clipping and the pass over blocks.

    An optimizer belongs to the model with which it takes its first step. A copy of it (`copy.copy`, `copy.deepcopy`,
    `pickle`) keeps its averages and goes on with the first model of as many weights.

    Parameters
    ----------
    learning_rate
        Step size, a number or one of `rs.optimizers.schedules`; may be changed between epochs.
    weight_decay
        Before a step, each weight is made smaller by this times the learning rate, biases too.
    clipnorm
        Largest Euclidean norm of the gradient of each weight array; longer ones are scaled down.
    clipvalue
        Largest size of each gradient element.
    global_clipnorm
        Largest Euclidean norm of the gradient of all weights together.
    """

    slots: tuple[str, ...] = ()

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule,
        weight_decay: float | None = None,
        *,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        **others: Any,
    ) -> None:
        no_others(type(self), others)
        self._rate = learning_rate
        if not isinstance(learning_rate, LearningRateSchedule):
            self._rate = number("learning_rate", learning_rate, 0)
        self.weight_decay = None if weight_decay is None else number("weight_decay", weight_decay, 0)
        given = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        chosen = {name: number(name, value, 0, open_low=True) for name, value in given.items() if value is not None}
        if len(chosen) > 1:
            raise ValueError(
                f"clipnorm, clipvalue, global_clipnorm: expected at most one of them; got {', '.join(chosen)}"
            )
        self._clip = next(iter(chosen.items()), None)
        self.iterations = 0
        self._weights: np.ndarray | None = None
        self._state: dict[str, np.ndarray] = {}

    @property
    def schedule(self) -> LearningRateSchedule | None:
        """The schedule of the learning rate, if it has one."""
        return self._rate if isinstance(self._rate, LearningRateSchedule) else None

    @property
    def learning_rate(self) -> LearningRate:
        """The learning rate of the next step."""
        return LearningRate(self._rate_now, self)

    @learning_rate.setter
    def learning_rate(self, value: float | LearningRateSchedule) -> None:
        self._rate = value if isinstance(value, LearningRateSchedule) else self.check_rate(value)

    def check_rate(self, value: float) -> float:
        """Return a number that can be its learning rate: it cannot if it was made with a schedule."""
        if self.schedule is not None:
            raise TypeError(
                f"learning_rate: expected a schedule, since {type(self).__name__} was made with one; got {value!r}. "
                f"Make it with a number: {type(self).__name__}({self.learning_rate:.3g})"
            )
        return number("learning_rate", value, 0)

    @property
    def clipnorm(self) -> float | None:
        """The largest norm of the gradient of each weight array; None for any. It may be set between epochs."""
        name, limit = self._clip or (None, None)
        return limit if name == "clipnorm" else None

    @clipnorm.setter
    def clipnorm(self, value: float | None) -> None:
        self.check_clipnorm(value)
        self._clip = None if value is None else ("clipnorm", float(value))

    def check_clipnorm(self, value: float | None) -> None:
        """Refuse what its `clipnorm` cannot be."""
        if self._clip is not None and self._clip[0] != "clipnorm":
            raise ValueError(f"clipnorm: expected an optimizer without {self._clip[0]}; got {value!r} beside it")
        if value is not None:
            number("clipnorm", value, 0, open_low=True)

    @property
    def lr(self) -> LearningRate:
        """The learning rate under its name in Keras 2."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: float) -> None:
        self.learning_rate = value

    @property
    def _rate_now(self) -> float:
        return self._rate if self.schedule is None else float(self.schedule(self.iterations))

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, "optimizer object", name)

    def update(
        self,
        weights: np.ndarray,
        gradients: np.ndarray,
        arrays: Sequence[np.ndarray],
        parts: Sequence[slice] | None = None,
        lookups: Sequence[Lookups] = (),
    ) -> None:
        """Take one step: change the flat `weights` in place.

        Parameters
        ----------
        weights, gradients
            All weights and their gradients, flat; clipping changes `gradients` in place.
        arrays
            The gradient of each weight array, as views into `gradients`.
        parts
            The ranges of weights that are trained; the others and their averages stay. None for all.
        lookups
            What the gradients of tables that tokens are looked up in are the sums of.
        """
        self._start(weights)
        rate = self._rate_now
        self.iterations += 1
        whole = [slice(0, weights.size)] if parts is None else parts
        trained = [own for own in lookups if any(p.start <= own.part.start < p.stop for p in whole)]
        tables = [(own.part, own.squares(weights)) for own in self._clip_gradients(gradients, arrays, trained)]
        state = list(self._state.values())
        rooms = [np.empty(min(BLOCK, weights.size), weights.dtype) for _ in range(2)]
        lost = in_float32(self.weight_decay or 0) * rate
        for block, squares in _blocks(whole, tables):
            length = block.stop - block.start
            room, other = (room[:length] for room in rooms)
            if lost:
                weights[block] -= np.multiply(weights[block], lost, out=room)
            own = (array[block] for array in state)
            self._step(rate, weights[block], gradients[block], squares, *own, room, other)

    def may_overflow(self, weights: np.ndarray, square: float) -> bool:
        """Say whether a step with gradients of that sum of squares may go beyond all bounds (it hardly ever may)."""
        return not square < np.finfo(weights.dtype).max or not self.learning_rate * math.sqrt(square) < HUGE

    def is_finite(self, weights: np.ndarray) -> bool:
        """Say whether the weights and all averages are finite."""
        return all(np.isfinite(array).all() for array in (weights, *self._state.values()))

    def checkpoint(self, weights: np.ndarray) -> list[np.ndarray]:
        """Return copies of the weights and all averages."""
        self._start(weights)
        return [array.copy() for array in (weights, *self._state.values())]

    def restore(self, weights: np.ndarray, checkpoint: list[np.ndarray]) -> None:
        """Take the last step back."""
        self.iterations -= 1
        for array, before in zip((weights, *self._state.values()), checkpoint, strict=True):
            array[...] = before

    def check_owner(self, weights: np.ndarray) -> None:
        """Refuse the weights of another model than the one that it began with."""
        size = next((array.size for array in (self._weights, *self._state.values()) if array is not None), weights.size)
        if size != weights.size or (self._weights is not None and self._weights is not weights):
            raise ValueError(
                f"optimizer: expected the model of {size} weights that it began with; "
                f"got {weights.size} weights of another one. Make a new optimizer for each model"
            )

    def __getstate__(self) -> dict[str, Any]:
        averages = {name: array.copy() for name, array in self._state.items()}
        return {**self.__dict__, "_weights": None, "_state": averages}

    def _first(self, weights: np.ndarray) -> np.ndarray:
        """Return what an average begins with."""
        return np.zeros_like(weights)

    def _start(self, weights: np.ndarray) -> None:
        """Make the averages at the first step, and refuse another model later."""
        if self._weights is None and not self._state:
            self._state = {name: self._first(weights) for name in self.slots}
        self.check_owner(weights)
        self._weights = weights

    def _step(self, rate: float, w: np.ndarray, g: np.ndarray, squares: np.ndarray | None, *rest: np.ndarray) -> None:
        """Change one block of weights in place.

        Parameters
        ----------
        rate
            The learning rate.
        w, g
            The weights and their gradients.
        squares
            What stands for the squares of `g`, if it is something else.
        *rest
            The averages in the order of `slots`, and two arrays of room.
        """
        raise NotImplementedError

    def _clip_gradients(
        self, gradients: np.ndarray, arrays: Sequence[np.ndarray], lookups: Sequence[Lookups]
    ) -> list[Lookups]:
        """Make gradients smaller in place, and return the gradients of look-ups as they then are.

        As in Keras on TensorFlow, it is look-ups whose size counts, and not their sums.
        """
        if self._clip is None:
            return list(lookups)
        name, limit = self._clip
        if name == "clipvalue":
            np.clip(gradients, -limit, limit, out=gradients)
            clipped = [replace(own, values=np.clip(own.values, -limit, limit)) for own in lookups]
            for own in clipped:
                gradients[own.part] = own.sums(gradients)
            return clipped
        found = {own.part.start: own for own in lookups}
        for array in {"clipnorm": arrays, "global_clipnorm": [gradients]}[name]:
            inside = [own for own in found.values() if np.may_share_memory(array, gradients[own.part])]
            norm = float(np.linalg.norm(array))
            if inside:
                sums = sum(float(np.sum(np.square(gradients[own.part]))) for own in inside)
                norm = math.sqrt(max(norm**2 - sums, 0) + sum(float(np.sum(np.square(own.values))) for own in inside))
            if norm > limit:
                array *= limit / norm
                found |= {own.part.start: replace(own, values=own.values * (limit / norm)) for own in inside}
        return list(found.values())


def in_float32(value: float) -> float:
    """Return a number as Keras on TensorFlow takes it, rounded to float32 whatever the weights are."""
    return float(np.float32(value))


def beta(argument: str, value: float) -> float:
    """Return a rate of decay that stays below 1 when it is rounded to float32."""
    found = number(argument, value, 0, 1)
    if in_float32(found) == 1:
        raise ValueError(f"{argument}: expected a number below 1 in float32 too; got {value!r}")
    return found


def blend(average: np.ndarray, value: np.ndarray, keep: float, room: np.ndarray) -> np.ndarray:
    """Move a running average towards a value, in place: `average ← keep·average + (1−keep)·value`."""
    average *= keep
    average += np.multiply(value, 1 - keep, out=room)
    return average


def _blocks(
    parts: Sequence[slice], tables: Sequence[tuple[slice, np.ndarray]]
) -> Iterator[tuple[slice, np.ndarray | None]]:
    """Go through ranges block by block, tables by themselves, each block with what belongs to it of its table."""
    for part in parts:
        start = part.start
        for table, squares in sorted(tables, key=lambda own: own[0].start):
            if part.start <= table.start < part.stop:
                yield from ((block, None) for block in _within(start, table.start))
                yield from (
                    (b, squares[b.start - table.start : b.stop - table.start]) for b in _within(table.start, table.stop)
                )
                start = table.stop
        yield from ((block, None) for block in _within(start, part.stop))


def _within(start: int, stop: int) -> Iterator[slice]:
    return (slice(first, min(first + BLOCK, stop)) for first in range(start, stop, BLOCK))
