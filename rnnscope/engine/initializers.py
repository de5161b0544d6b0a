"""How weights start: Keras's initializers, drawn from one NumPy generator so that a seed gives the same network."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from rnnscope.checks import one_of

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return fan-in and fan-out of a weight array; a vector counts as both."""
    return (shape[0], shape[1]) if len(shape) == 2 else (shape[0], shape[0])


def _scaled(mode: str, factor: float, distribution: str) -> Draw:
    def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        fan_in, fan_out = fans(shape)
        variance = factor / (fan_in if mode == "fan_in" else (fan_in + fan_out) / 2)
        if distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        return _truncated_normal(rng, shape, math.sqrt(variance) / 0.87962566103423978)

    return draw


def _truncated_normal(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> np.ndarray:
    """Draw from a normal distribution, drawing again what lies beyond two deviations."""
    values = rng.standard_normal(shape)
    while (beyond := np.abs(values) > 2).any():
        values[beyond] = rng.standard_normal(beyond.sum())
    return values * deviation


def orthogonal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw a matrix whose rows, or columns if there are fewer of them, are orthonormal (a vector: of length 1).

    The QR decomposition of a normal matrix, its signs set so that the matrix is uniform among all such
    (F. Mezzadri, How to generate random matrices from the classical compact groups, Notices AMS 54(5), 2007).
    """
    rows, columns = shape if len(shape) == 2 else (shape[0], 1)
    q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)
    return (q if rows >= columns else q.T).reshape(shape)


INITIALIZERS: dict[str, Draw] = {
    "glorot_uniform": _scaled("fan_avg", 1.0, "uniform"),
    "glorot_normal": _scaled("fan_avg", 1.0, "normal"),
    "he_uniform": _scaled("fan_in", 2.0, "uniform"),
    "he_normal": _scaled("fan_in", 2.0, "normal"),
    "lecun_uniform": _scaled("fan_in", 1.0, "uniform"),
    "lecun_normal": _scaled("fan_in", 1.0, "normal"),
    "orthogonal": orthogonal,
    "random_normal": lambda rng, shape: rng.normal(0.0, 0.05, shape),
    "random_uniform": lambda rng, shape: rng.uniform(-0.05, 0.05, shape),
    "zeros": lambda rng, shape: np.zeros(shape),
    "ones": lambda rng, shape: np.ones(shape),
}
"""The initializers by Keras's names."""


def initializer(argument: str, name: str) -> Draw:
    """Return the initializer of that name."""
    return INITIALIZERS[one_of(argument, name, INITIALIZERS)]
