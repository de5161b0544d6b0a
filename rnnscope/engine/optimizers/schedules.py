"""Learning rates that change from step to step.

All is computed in float32, whatever the weights are, and in the order in which TensorFlow computes it after it has
simplified the formulas of Keras: `step / decay_steps` is a product with `1 / decay_steps`. A training then has the same
rates to the last digit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnscope.checks import describe, flag, number, positive_int
from rnnscope.habits import refuse_name

F = np.float32


class LearningRateSchedule:
    """A learning rate by the number of steps that were taken; make a subclass with `__call__(step)` for one's own."""

    def __call__(self, step: int) -> float:
        """Return the learning rate after so many steps."""
        raise NotImplementedError


class _Decay(LearningRateSchedule):
    """What falls from a first rate over so many steps."""

    def __init__(self, initial_learning_rate: float, decay_steps: int) -> None:
        kind = type(self).__name__
        self.initial_learning_rate = number(f"{kind}: initial_learning_rate", initial_learning_rate, 0)
        self.decay_steps = positive_int(f"{kind}: decay_steps", decay_steps)

    @property
    def _first(self) -> F:
        return F(self.initial_learning_rate)

    @property
    def _each(self) -> F:
        """What part of the way one step is."""
        return F(1) / F(self.decay_steps)


class _RateDecay(_Decay):
    """What falls by a rate of decay, smoothly or in stairs."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: int, decay_rate: float, staircase: bool = False
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps)
        self.decay_rate = number(f"{type(self).__name__}: decay_rate", decay_rate, 0)
        self.staircase = flag(f"{type(self).__name__}: staircase", staircase)

    def _stairs(self, step: int) -> F:
        """Return how many times `decay_steps` have passed."""
        return np.floor(F(step) * self._each)


class ExponentialDecay(_RateDecay):
    """`initial_learning_rate · decay_rate^(step / decay_steps)`.

    Parameters
    ----------
    initial_learning_rate
        The first rate.
    decay_steps
        After so many steps it is multiplied by the rate of decay.
    decay_rate
        What it is multiplied by.
    staircase
        Whether it stays the same until then.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rate = rs.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    >>> round(rate(20), 6)
    0.025
    >>> optimizer = rs.optimizers.Adam(rate)
    """

    def __call__(self, step: int) -> float:
        """Return the learning rate after so many steps."""
        times = self._stairs(step) if self.staircase else F(step) * self._each
        return float(self._first * _power(F(self.decay_rate), times))


class InverseTimeDecay(_RateDecay):
    """`initial_learning_rate / (1 + decay_rate · step / decay_steps)`; the parameters are those of `ExponentialDecay`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> round(rs.optimizers.schedules.InverseTimeDecay(0.1, decay_steps=10, decay_rate=0.5)(20), 6)
    0.05
    """

    def __call__(self, step: int) -> float:
        """Return the learning rate after so many steps."""
        rate = F(self.decay_rate)
        fallen = rate * self._stairs(step) if self.staircase else F(step) * (rate * self._each)
        return float(self._first / (1 + fallen))


class PolynomialDecay(_Decay):
    """`(initial − end) · (1 − step / decay_steps)^power + end`, and the end from there on.

    Parameters
    ----------
    initial_learning_rate
        The first rate.
    decay_steps
        After so many steps the end is reached.
    end_learning_rate
        The last rate.
    power
        1 for a straight line.
    cycle
        Whether it begins anew at the end, over a longer time.

    Examples
    --------
    >>> import rnnscope as rs
    >>> round(rs.optimizers.schedules.PolynomialDecay(0.1, decay_steps=10, end_learning_rate=0.0)(5), 6)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps)
        self.end_learning_rate = number("PolynomialDecay: end_learning_rate", end_learning_rate, 0)
        self.power, self.cycle = number("PolynomialDecay: power", power, 0), flag("PolynomialDecay: cycle", cycle)

    def __call__(self, step: int) -> float:
        """Return the learning rate after so many steps."""
        end, steps = F(self.end_learning_rate), F(self.decay_steps)
        if self.cycle:
            part = F(step) / (steps * max(F(1), np.ceil(F(step) * self._each)))
        else:
            part = min(F(step), steps) * self._each
        return float((self._first - end) * _power(1 - part, F(self.power)) + end)


class CosineDecay(_Decay):
    """Half a period of a cosine from the first rate down to `alpha` times it, perhaps after a straight way up.

    Parameters
    ----------
    initial_learning_rate
        The first rate.
    decay_steps
        How many steps the way down takes.
    alpha
        The last rate as a part of the one from which it goes down.
    warmup_target
        The rate up to which it goes first, if it does.
    warmup_steps
        How many steps the way up takes.

    Examples
    --------
    >>> import rnnscope as rs
    >>> round(rs.optimizers.schedules.CosineDecay(0.1, decay_steps=10)(5), 6)
    0.05
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        super().__init__(initial_learning_rate, decay_steps)
        self.alpha = number("CosineDecay: alpha", alpha, 0)
        self.warmup_target = None if warmup_target is None else number("CosineDecay: warmup_target", warmup_target, 0)
        self.warmup_steps = positive_int("CosineDecay: warmup_steps", warmup_steps, 0)

    def __call__(self, step: int) -> float:
        """Return the learning rate after so many steps."""
        if self.warmup_target is None:
            turn = min(F(step), F(self.decay_steps)) * (F(math.pi) * self._each)
            return self._down(self._first, turn)
        target, past = F(self.warmup_target), F(step) - F(self.warmup_steps)
        if past < 0:
            return float((target - self._first) * (F(step) / F(self.warmup_steps)) + self._first)
        return self._down(target, F(math.pi) * (min(past, F(self.decay_steps)) / F(self.decay_steps)))

    def _down(self, rate: F, turn: F) -> float:
        cosine = F(0.5) * (1 + _cosine(turn))
        return float(rate * (F(1 - self.alpha) * cosine + F(self.alpha)))


class PiecewiseConstantDecay(LearningRateSchedule):
    """One rate up to and with a step, the next one after it.

    Parameters
    ----------
    boundaries
        The last steps of all rates but the last, in order.
    values
        The rates, one more than boundaries.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rate = rs.optimizers.schedules.PiecewiseConstantDecay([10, 20], [0.1, 0.01, 0.001])
    >>> [round(rate(step), 6) for step in (10, 11, 21)]
    [0.1, 0.01, 0.001]
    """

    def __init__(self, boundaries: Sequence[int], values: Sequence[float]) -> None:
        kind = "PiecewiseConstantDecay"
        self.boundaries = [positive_int(f"{kind}: boundaries", step, 0) for step in boundaries]
        self.values = [number(f"{kind}: values", value, 0) for value in values]
        if len(self.values) != len(self.boundaries) + 1 or self.boundaries != sorted(self.boundaries):
            wanted = "boundaries in order, and one value more than there are boundaries"
            raise ValueError(f"{kind}: expected {wanted}; got {describe(boundaries)} and {describe(values)}")

    def __call__(self, step: int) -> float:
        """Return the learning rate after so many steps."""
        return float(F(self.values[sum(step > boundary for boundary in self.boundaries)]))


def _power(base: F, exponent: F) -> F:
    """Return a power, rounded once."""
    return F(float(base) ** float(exponent))


def _cosine(angle: F) -> F:
    """Return the cosine of the C library: NumPy has one of its own for real float32 numbers."""
    return np.cos(np.complex64(angle)).real


def __getattr__(name: str) -> Any:
    kinds = [kind for kind in globals().values() if isinstance(kind, type) and issubclass(kind, LearningRateSchedule)]
    own = "Write one of your own: class Mine(rs.optimizers.schedules.LearningRateSchedule), with __call__(self, step)"
    refuse_name("schedule", name, sorted(kind.__name__ for kind in kinds if kind.__name__[0] != "_"), own)
