"""Optimizers with Keras's arithmetic, in place and block by block, so that memory is passed over once.

All weights of a model lie in one flat array, their gradients in another; a block of them fits into the cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnnscope.checks import describe, flag, number, one_of

HUGE = 1e28
"""Steps of this size, a fraction of the largest float32 number, are checked before they are taken."""

BLOCK = 65536
"""How many weights are updated at a time: long enough that calls cost nothing, short enough for the cache."""


class Optimizer:
    """What all optimizers share: the learning rate, clipping and the pass over blocks.

    An optimizer belongs to the model with which it takes its first step. A copy of it (`copy.copy`, `copy.deepcopy`,
    `pickle`) keeps its averages and goes on with the first model of as many weights.

    Parameters
    ----------
    learning_rate
        Step size; may be changed between epochs.
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
        learning_rate: float,
        *,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
    ) -> None:
        self.learning_rate = number("learning_rate", learning_rate, 0)
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

    def update(
        self,
        weights: np.ndarray,
        gradients: np.ndarray,
        arrays: Sequence[np.ndarray],
        parts: Sequence[slice] | None = None,
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
        """
        self._start(weights)
        self.iterations += 1
        self._clip_gradients(gradients, arrays)
        state = list(self._state.values())
        rooms = [np.empty(min(BLOCK, weights.size), weights.dtype) for _ in range(2)]
        for block in _blocks(weights.size) if parts is None else _within(parts):
            length = block.stop - block.start
            self._step(weights[block], gradients[block], *(s[block] for s in state), *(room[:length] for room in rooms))

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

    def _start(self, weights: np.ndarray) -> None:
        """Make the averages at the first step, and refuse another model later."""
        if self._weights is None and not self._state:
            self._state = {name: np.zeros_like(weights) for name in self.slots}
        self.check_owner(weights)
        self._weights = weights

    def _step(self, w: np.ndarray, g: np.ndarray, *rest: np.ndarray) -> None:
        """Change one block of weights in place."""
        raise NotImplementedError

    def _clip_gradients(self, gradients: np.ndarray, arrays: Sequence[np.ndarray]) -> None:
        if self._clip is None:
            return
        name, limit = self._clip
        if name == "clipvalue":
            np.clip(gradients, -limit, limit, out=gradients)
        for array in {"clipnorm": arrays, "global_clipnorm": [gradients], "clipvalue": []}[name]:
            norm = float(np.linalg.norm(array))
            if norm > limit:
                array *= limit / norm


class SGD(Optimizer):
    """Gradient descent: `w ← w − lr·g`, or with momentum `m ← μ·m − lr·g; w ← w + m` (Nesterov: `w ← w + μ·m − lr·g`).

    As in Keras on TensorFlow, μ is rounded to float32.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.optimizers.SGD(0.1, momentum=0.9).learning_rate
    0.1
    """

    def __init__(
        self, learning_rate: float = 0.01, momentum: float = 0.0, nesterov: bool = False, **clipping: float | None
    ) -> None:
        super().__init__(learning_rate, **clipping)
        self.momentum, self.nesterov = number("momentum", momentum, 0, 1), flag("nesterov", nesterov)
        self.slots = ("momentum",) if self.momentum else ()

    def _step(self, w: np.ndarray, g: np.ndarray, *rest: np.ndarray) -> None:
        *state, room, _ = rest
        np.multiply(g, self.learning_rate, out=room)
        if not state:
            w -= room
            return
        (m,) = state
        momentum = _in_float32(self.momentum)
        m *= momentum
        m -= room
        if self.nesterov:
            w -= room
            w += np.multiply(m, momentum, out=room)
        else:
            w += m


class RMSprop(Optimizer):
    """RMSprop: `v ← ρ·v + (1−ρ)·g²; w ← w − lr·g/√(v + ε)` (centered: v less the square of the mean gradient).

    Source: T. Tieleman, G. Hinton, Lecture 6.5, 2012; arithmetic as in Keras 3.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **clipping: float | None,
    ) -> None:
        super().__init__(learning_rate, **clipping)
        self.rho, self.momentum = number("rho", rho, 0, 1), number("momentum", momentum, 0, 1)
        self.epsilon, self.centered = number("epsilon", epsilon, 0, open_low=True), flag("centered", centered)
        self.slots = ("v", *(["mean"] if centered else []), *(["momentum"] if momentum else []))

    def _step(self, w: np.ndarray, g: np.ndarray, *rest: np.ndarray) -> None:
        *state, room, other = rest
        named = dict(zip(self.slots, state, strict=True))
        v = _blend(named["v"], np.multiply(g, g, out=room), self.rho, other)
        if self.centered:
            mean = _blend(named["mean"], g, self.rho, other)
            np.subtract(v, np.multiply(mean, mean, out=other), out=room)
            np.maximum(room, 0, out=room)  # a nearly constant gradient leaves less than a rounding error
            room += self.epsilon
        else:
            np.add(v, self.epsilon, out=room)
        np.sqrt(room, out=room)
        np.divide(g, room, out=room)
        room *= self.learning_rate
        if self.momentum:
            named["momentum"] *= self.momentum
            named["momentum"] += room
            room = named["momentum"]
        w -= room


class Adam(Optimizer):
    """Adam: `m ← β₁·m + (1−β₁)·g; v ← β₂·v + (1−β₂)·g²; w ← w − lr·√(1−β₂ᵗ)/(1−β₁ᵗ) · m/(√v + ε)`.

    As in Keras on TensorFlow, ε stands outside the bias correction, and the β of the bias correction are rounded to
    float32 (that moves a float64 run by parts in a million). The averages are kept divided by `1 − β`, which saves two
    passes over memory.
    Source: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.optimizers.Adam(learning_rate=3e-3, clipnorm=1.0).learning_rate
    0.003
    """

    slots = ("m", "v")

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **clipping: float | None,
    ) -> None:
        super().__init__(learning_rate, **clipping)
        self.beta_1, self.beta_2 = _beta("beta_1", beta_1), _beta("beta_2", beta_2)
        self.epsilon = number("epsilon", epsilon, 0, open_low=True)

    def _step(self, w: np.ndarray, g: np.ndarray, *rest: np.ndarray) -> None:
        m, v, room, _ = rest
        t, scale = self.iterations, math.sqrt(1 - self.beta_2)
        beta_1, beta_2 = _in_float32(self.beta_1), _in_float32(self.beta_2)
        rate = self.learning_rate * math.sqrt(1 - beta_2**t) / (1 - beta_1**t) * (1 - self.beta_1) / scale
        m *= self.beta_1
        m += g
        v *= self.beta_2
        v += np.multiply(g, g, out=room)
        np.sqrt(v, out=room)
        room += self.epsilon / scale
        np.divide(m, room, out=room)
        room *= rate
        w -= room


def _in_float32(value: float) -> float:
    """Return a number as Keras on TensorFlow takes it, rounded to float32 whatever the weights are."""
    return float(np.float32(value))


def _beta(argument: str, value: float) -> float:
    """Return a rate of decay that stays below 1 when it is rounded to float32."""
    beta = number(argument, value, 0, 1)
    if _in_float32(beta) == 1:
        raise ValueError(f"{argument}: expected a number below 1 in float32 too; got {value!r}")
    return beta


def _blend(average: np.ndarray, value: np.ndarray, keep: float, room: np.ndarray) -> np.ndarray:
    """Move a running average towards a value, in place: `average ← keep·average + (1−keep)·value`."""
    average *= keep
    average += np.multiply(value, 1 - keep, out=room)
    return average


def _blocks(size: int) -> Iterator[slice]:
    return (slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK))


def _within(parts: Sequence[slice]) -> Iterator[slice]:
    for part in parts:
        for block in _blocks(part.stop - part.start):
            yield slice(part.start + block.start, part.start + block.stop)


OPTIMIZERS = {"adam": Adam, "rmsprop": RMSprop, "sgd": SGD}


def optimizer(value: str | Optimizer) -> Optimizer:
    """Return an optimizer given by name (with Keras's defaults) or as it is."""
    if isinstance(value, Optimizer):
        return value
    if not isinstance(value, str):
        raise TypeError(f"optimizer: expected one of {', '.join(OPTIMIZERS)} or an Optimizer; got {describe(value)}")
    return OPTIMIZERS[one_of("optimizer", value.lower(), OPTIMIZERS)]()
