"""How weights start: Keras's initializers, drawn from one NumPy generator so that a seed gives the same network."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnnscope.checks import arguments_of, describe, number, one_of, positive_int, spelled
from rnnscope.habits import refuse_name

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return fan-in and fan-out of a weight array; a vector counts as both."""
    return (shape[0], shape[1]) if len(shape) == 2 else (shape[0], shape[0])


class Initializer:
    """What all initializers share: `values` is each initializer's own.

    Parameters
    ----------
    seed
        Draws the same numbers each time; None leaves the numbers to the seed of the model.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = None if seed is None else positive_int(f"{type(self).__name__}: seed", seed, 0)

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the numbers of an array."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the numbers of an array, from a generator if it has no seed of its own."""
        return self.values(rng if self.seed is None else np.random.default_rng(self.seed), shape)

    def __call__(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return the numbers of an array of that shape."""
        return self.draw(np.random.default_rng(), tuple(shape))

    def __repr__(self) -> str:
        given = [f"{name}={value!r}" for name, value in arguments_of(self).items() if value is not None]
        return f"{type(self).__name__}({', '.join(given)})"


class Zeros(Initializer):
    """Zeros."""

    def __init__(self) -> None:
        super().__init__()

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return zeros."""
        return np.zeros(shape)


class Ones(Zeros):
    """Ones."""

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return ones."""
        return np.ones(shape)


class Constant(Initializer):
    """The same number everywhere.

    Parameters
    ----------
    value
        The number.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.initializers.Constant(0.5)((2, 2))
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = number("Constant: value", value, -math.inf)

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the number everywhere."""
        return np.full(shape, self.value)


class Identity(Initializer):
    """The identity matrix; ones on the diagonal of a matrix that is not square.

    Parameters
    ----------
    gain
        What it is multiplied by.
    """

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = number("Identity: gain", gain, -math.inf)

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the matrix."""
        if len(shape) != 2:
            raise ValueError(f"Identity: expected a matrix to start; got an array of shape {shape}")
        return self.gain * np.eye(*shape)


class RandomNormal(Initializer):
    """Draws from a normal distribution.

    Parameters
    ----------
    mean, stddev
        Its mean and standard deviation.
    seed
        As in `Initializer`.
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        kind = type(self).__name__
        self.mean, self.stddev = number(f"{kind}: mean", mean, -math.inf), number(f"{kind}: stddev", stddev, 0)

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the draws."""
        return rng.normal(self.mean, self.stddev, shape)


class TruncatedNormal(RandomNormal):
    """Draws from a normal distribution, and again what lies beyond two deviations.

    Parameters
    ----------
    mean, stddev
        Mean and standard deviation of the distribution before it is cut off.
    seed
        As in `Initializer`.
    """

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the draws."""
        return self.mean + _truncated_normal(rng, shape, self.stddev)


class RandomUniform(Initializer):
    """Draws evenly between two numbers.

    Parameters
    ----------
    minval, maxval
        The two numbers.
    seed
        As in `Initializer`.
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval = number("RandomUniform: minval", minval, -math.inf)
        self.maxval = number("RandomUniform: maxval", maxval, self.minval)

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the draws."""
        return rng.uniform(self.minval, self.maxval, shape)


class VarianceScaling(Initializer):
    """Draws with a variance that falls with the fans of the array: `scale / fan`.

    Parameters
    ----------
    scale
        What is divided.
    mode
        `"fan_in"`, `"fan_out"` or `"fan_avg"`: by which of them, or by their mean.
    distribution
        `"uniform"`, `"truncated_normal"` (cut off at two deviations) or `"untruncated_normal"`.
    seed
        As in `Initializer`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.initializers.VarianceScaling(2.0, "fan_in", "uniform", seed=1)((3, 2)).round(2)
    array([[ 0.03,  1.27],
           [-1.01,  1.27],
           [-0.53, -0.22]])
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        self.scale = number("VarianceScaling: scale", scale, 0, open_low=True)
        self.mode = one_of("VarianceScaling: mode", mode, ("fan_in", "fan_out", "fan_avg"))
        distribution = "truncated_normal" if distribution == "normal" else distribution
        drawn = ("uniform", "truncated_normal", "untruncated_normal")
        self.distribution = one_of("VarianceScaling: distribution", distribution, drawn)

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the draws."""
        fan_in, fan_out = _fans(shape)
        variance = self.scale / {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return rng.normal(0.0, math.sqrt(variance), shape)
        return _truncated_normal(rng, shape, math.sqrt(variance) / 0.87962566103423978)


def _scaled(name: str, scale: float, mode: str, distribution: str) -> type[VarianceScaling]:
    """Return an initializer that is a variance scaling with everything but its seed chosen."""

    def __init__(self: VarianceScaling, seed: int | None = None) -> None:
        VarianceScaling.__init__(self, scale, mode, distribution, seed)

    words = f"`VarianceScaling({scale}, {mode!r}, {distribution!r})`; its parameter is the seed."
    return type(name, (VarianceScaling,), {"__init__": __init__, "__doc__": words, "__module__": __name__})


GlorotUniform = _scaled("GlorotUniform", 1.0, "fan_avg", "uniform")
GlorotNormal = _scaled("GlorotNormal", 1.0, "fan_avg", "truncated_normal")
HeUniform = _scaled("HeUniform", 2.0, "fan_in", "uniform")
HeNormal = _scaled("HeNormal", 2.0, "fan_in", "truncated_normal")
LecunUniform = _scaled("LecunUniform", 1.0, "fan_in", "uniform")
LecunNormal = _scaled("LecunNormal", 1.0, "fan_in", "truncated_normal")


class Orthogonal(Initializer):
    """A matrix whose rows, or columns if there are fewer of them, are orthonormal (a vector: of length 1).

    The QR decomposition of a normal matrix, its signs set so that the matrix is uniform among all such
    (F. Mezzadri, How to generate random matrices from the classical compact groups, Notices AMS 54(5), 2007).

    Parameters
    ----------
    gain
        What it is multiplied by.
    seed
        As in `Initializer`.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = number("Orthogonal: gain", gain, -math.inf)

    def values(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Return the matrix."""
        rows, columns = shape if len(shape) == 2 else (shape[0], 1)
        q, r = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
        q *= np.where(np.diag(r) < 0, -self.gain, self.gain)
        return (q if rows >= columns else q.T).reshape(shape)


def _truncated_normal(rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> np.ndarray:
    """Draw from a normal distribution, drawing again what lies beyond two deviations."""
    values = rng.standard_normal(shape)
    while (beyond := np.abs(values) > 2).any():
        values[beyond] = rng.standard_normal(beyond.sum())
    return values * deviation


INITIALIZERS: dict[str, type[Initializer]] = {
    "constant": Constant,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "identity": Identity,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
    "ones": Ones,
    "orthogonal": Orthogonal,
    "random_normal": RandomNormal,
    "random_uniform": RandomUniform,
    "truncated_normal": TruncatedNormal,
    "variance_scaling": VarianceScaling,
    "zeros": Zeros,
}
"""The initializers by Keras's names."""

OTHER_NAMES = {"normal": "random_normal", "one": "ones", "uniform": "random_uniform", "zero": "zeros"}
"""Initializers that go by two names."""


def initializer(argument: str, value: Any) -> Draw:
    """Return what draws for an initializer given by name (with Keras's defaults) or as it is."""
    if isinstance(value, type) and issubclass(value, Initializer):
        value = value()
    if isinstance(value, Initializer):
        return value.draw
    if not isinstance(value, str):
        names = ", ".join(sorted(INITIALIZERS))
        raise TypeError(f"{argument}: expected one of {names} or one of rs.initializers; got {describe(value)}")
    return INITIALIZERS[spelled(argument, value, INITIALIZERS, OTHER_NAMES)]().draw


def get(identifier: Any) -> Any:
    """Return an initializer given by name or as it is."""
    return initializer("initializers: identifier", identifier)


def __getattr__(name: str) -> Any:
    refuse_name("initializer", name, [kind.__name__ for kind in INITIALIZERS.values()])
