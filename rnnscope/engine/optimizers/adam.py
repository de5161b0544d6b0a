"""Adam, and the optimizers made of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rnnscope.checks import flag, number
from rnnscope.engine.optimizers.base import Optimizer, beta, in_float32
from rnnscope.engine.optimizers.lookups import squared
from rnnscope.engine.optimizers.schedules import LearningRateSchedule


class Adam(Optimizer):
    """Adam: `m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; w ← w − lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + ε)`.

    As in Keras on TensorFlow, ε stands outside the bias correction, and the β of the bias correction are rounded to
    float32 (that moves a float64 run by parts in a million). The averages are kept divided by `1 − β`, which saves two
    passes over memory. With `amsgrad`, the largest v so far stands in the place of v.
    Source: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.optimizers.Adam(learning_rate=3e-3, clipnorm=1.0).learning_rate
    0.003
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        **clipping: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **clipping)
        self.beta_1, self.beta_2 = beta("beta_1", beta_1), beta("beta_2", beta_2)
        self.epsilon, self.amsgrad = number("epsilon", epsilon, 0, open_low=True), flag("amsgrad", amsgrad)
        self.slots = ("m", "v", *(["largest"] if amsgrad else []))

    def _step(self, rate: float, w: np.ndarray, g: np.ndarray, squares: np.ndarray | None, *rest: np.ndarray) -> None:
        m, v, *largest, room, _ = rest
        t, scale = self.iterations, math.sqrt(1 - self.beta_2)
        beta_1, beta_2 = in_float32(self.beta_1), in_float32(self.beta_2)
        rate = rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t) * (1 - self.beta_1) / scale
        m *= self.beta_1
        m += g
        v *= self.beta_2
        v += squared(g, squares, room)
        if largest:
            v = np.maximum(largest[0], v, out=largest[0])
        np.sqrt(v, out=room)
        room += self.epsilon / scale
        np.divide(m, room, out=room)
        room *= rate
        w -= room


class AdamW(Adam):
    """Adam with weight decay, 0.004 if nothing else is said.

    Source: I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, ICLR 2019.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.optimizers.AdamW(0.01).weight_decay
    0.004
    """

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **clipping: Any,
    ) -> None:
        number("weight_decay", weight_decay, 0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, **clipping)


class Nadam(Optimizer):
    """Adam with Nesterov momentum: m is replaced by a mean of where it goes and the gradient.

    With `uₜ = β₁·(1 − 0.96ᵗ/2)` and `Uₜ = u₁·u₂·…·uₜ`:
    `w ← w − lr · (uₜ₊₁·m/(1 − Uₜ₊₁) + (1−uₜ)·g/(1 − Uₜ)) / (√(v/(1−β₂ᵗ)) + ε)`, with m and v as in Adam.

    As in Keras on TensorFlow, β₁, β₂ and 0.96 are rounded to float32, but not in U.
    Source: T. Dozat, Incorporating Nesterov Momentum into Adam, ICLR workshop 2016.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.optimizers.Nadam(0.01).learning_rate
    0.01
    """

    slots = ("m", "v")

    def __init__(
        self,
        learning_rate: float | LearningRateSchedule = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        **clipping: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay, **clipping)
        self.beta_1, self.beta_2 = beta("beta_1", beta_1), beta("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon, 0, open_low=True)
        self._product = 0, 1.0

    def product(self) -> float:
        """Return U of the step that is taken; that of the step before is kept, so that this takes one product."""
        t, (done, product) = self.iterations, self._product
        if done > t:
            done, product = 0, 1.0
        for step in range(done + 1, t + 1):
            product *= self.beta_1 * (1 - 0.5 * 0.96**step)
        self._product = t, product
        return product

    def _step(self, rate: float, w: np.ndarray, g: np.ndarray, squares: np.ndarray | None, *rest: np.ndarray) -> None:
        m, v, room, other = rest
        t, product = self.iterations, self.product()
        beta_1, beta_2, decay = in_float32(self.beta_1), in_float32(self.beta_2), in_float32(0.96)
        now, ahead = (beta_1 * (1 - 0.5 * decay**step) for step in (t, t + 1))
        m *= beta_1
        m += g
        v *= beta_2
        v += squared(g, squares, room)
        scale = math.sqrt((1 - beta_2) / (1 - beta_2**t))
        np.sqrt(v, out=room)
        room += self.epsilon / scale
        np.multiply(m, rate / scale * ahead * (1 - beta_1) / (1 - product * ahead), out=other)
        other /= room
        w -= other
        np.multiply(g, rate / scale * (1 - now) / (1 - product), out=other)
        other /= room
        w -= other
