"""How weights start: Keras's initializers, drawn from one NumPy generator so that a seed gives the same network."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnscope.checks import one_of

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return fan-in and fan-out of a weight array; a vector counts as both."""
    return (shape[0], shape[1]) if len(shape) == 2 else (shape[0], shape[0])


@dataclass(frozen=True)
class Scaled:
    """Draws with a variance that falls with the fans of the array.

    Attributes
    ----------
    mode
        `"fan_in"` or `"fan_avg"`: by which of them the variance is divided.
    factor
        What is divided.
    distribution
        `"uniform"` or `"normal"`, the latter cut off at two deviations.
    """

    mode: str
    factor: float
    distribution: str

    def __call__(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Draw an array."""
        fan_in, fan_out = fans(shape)
        variance = self.factor / (fan_in if self.mode == "fan_in" else (fan_in + fan_out) / 2)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        return _truncated_normal(rng, shape, math.sqrt(variance) / 0.87962566103423978)


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


def random_normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw from a normal distribution of deviation 0.05."""
    return rng.normal(0.0, 0.05, shape)


def random_uniform(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw evenly between -0.05 and 0.05."""
    return rng.uniform(-0.05, 0.05, shape)


def zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return zeros."""
    return np.zeros(shape)


def ones(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return ones."""
    return np.ones(shape)


INITIALIZERS: dict[str, Draw] = {
    "glorot_uniform": Scaled("fan_avg", 1.0, "uniform"),
    "glorot_normal": Scaled("fan_avg", 1.0, "normal"),
    "he_uniform": Scaled("fan_in", 2.0, "uniform"),
    "he_normal": Scaled("fan_in", 2.0, "normal"),
    "lecun_uniform": Scaled("fan_in", 1.0, "uniform"),
    "lecun_normal": Scaled("fan_in", 1.0, "normal"),
    "orthogonal": orthogonal,
    "random_normal": random_normal,
    "random_uniform": random_uniform,
    "zeros": zeros,
    "ones": ones,
}
"""The initializers by Keras's names."""


def initializer(argument: str, name: str) -> Draw:
    """Return the initializer of that name."""
    return INITIALIZERS[one_of(argument, name, INITIALIZERS)]
