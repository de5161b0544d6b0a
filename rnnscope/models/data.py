"""What comes in as x and y: any array-like of numbers, refused with a word where it could be misread; and batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnscope.checks import describe
from rnnscope.warned import warn

if TYPE_CHECKING:
    from rnnscope.models.inputs import Shape


def as_numbers(argument: str, value: Any, dtype: np.dtype) -> np.ndarray:
    """Return an array of `dtype`; integers and bools are converted, what is no finite real number is refused."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise TypeError(f"{argument}: expected an array without masked values; got {value.mask.sum()} masked")
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{argument}: expected rows of equal length; got a ragged sequence") from None
    if array.dtype.kind == "O":
        raise TypeError(f"{argument}: expected an array of numbers; got objects such as {describe(_first(array))}")
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument}: expected real numbers; got an array of type {array.dtype}")
    if array.dtype == np.float16:
        warn(f"{argument}: float16 is converted to {dtype}, which holds every value exactly")
    if array.size == 0:
        raise ValueError(f"{argument}: expected at least one sample; got an empty array of shape {array.shape}")
    with np.errstate(over="ignore"):
        converted = array.astype(dtype)
    if not np.isfinite(converted).all():
        where = tuple(int(k) for k in np.argwhere(~np.isfinite(converted))[0])
        raise ValueError(f"{argument}: expected finite {dtype} numbers; got {array[where]} at {where}")
    return converted


def as_inputs(
    argument: str, value: Any, shapes: Sequence[Shape], tokens: Sequence[int | None], dtype: np.dtype
) -> tuple[np.ndarray, ...]:
    """Return the inputs of a model, an array each.

    `tokens` says of each how many tokens there are, or None if it is no token numbers. A model of one input takes an
    array; one of several takes a list of as many.
    """
    several = len(shapes) > 1
    if several and (not isinstance(value, list | tuple) or len(value) != len(shapes)):
        got = len(value) if isinstance(value, list | tuple) else describe(value)
        raise ValueError(f"{argument}: expected a list of {len(shapes)} arrays, one for each input; got {got}")
    given = value if several else [value]
    arrays = []
    for k, (own, shape, limit) in enumerate(zip(given, shapes, tokens, strict=True)):
        name = f"{argument}[{k}]" if several else argument
        arrays.append(as_input(name, own, shape, dtype) if limit is None else as_tokens(name, own, shape, limit, dtype))
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(f"{argument}: expected as many samples in all inputs; got {[len(array) for array in arrays]}")
    return tuple(arrays)


def as_tokens(argument: str, value: Any, shape: Shape, limit: int, dtype: np.dtype) -> np.ndarray:
    """Return token numbers of shape (sample, time), or say which one is no token."""
    array = as_input(argument, value, shape, dtype, ("sample", "time"))
    wrong = array[(array != np.floor(array)) | (array < 0) | (array >= limit)]
    if wrong.size:
        raise ValueError(
            f"{argument}: expected token numbers from 0 to {limit - 1}, for Embedding(input_dim={limit}); "
            f"got {wrong.flat[0]:g}"
        )
    return array


def as_input(
    argument: str, value: Any, shape: Shape, dtype: np.dtype, names: tuple[str, ...] | None = None
) -> np.ndarray:
    """Return inputs of shape (sample, ...), or say which axis differs."""
    array = as_numbers(argument, value, dtype)
    names = names or (("sample", "time", "feature") if len(shape) == 2 else ("sample", "feature"))
    wanted = f"shape (sample, {', '.join('any' if n is None else str(n) for n in shape)}), axes ({', '.join(names)})"
    if array.ndim != len(shape) + 1:
        hint = _hint_of_axes(array, shape)
        raise ValueError(f"{argument}: expected {wanted}; got {array.ndim} axes, shape {array.shape}.{hint}")
    for axis, size in enumerate(shape):
        if size is not None and array.shape[axis + 1] != size:
            swapped = ". Time and features look swapped: x.transpose(0, 2, 1)"
            hint = swapped if len(shape) == 2 and _fits(array.transpose(0, 2, 1), shape) else ""
            raise ValueError(
                f"{argument}: expected {wanted}; got shape {array.shape}: axis {names[axis + 1]!r} differs{hint}"
            )
    return array


def _fits(array: np.ndarray, shape: tuple[int | None, ...]) -> bool:
    """Say whether an array is of (sample, ...) with such a shape."""
    is_of_size = (size in (None, there) for size, there in zip(shape, array.shape[1:], strict=False))
    return array.ndim == len(shape) + 1 and all(is_of_size)


def _hint_of_axes(array: np.ndarray, shape: tuple[int | None, ...]) -> str:
    """Return what to type for inputs that lack an axis, if that makes them fit."""
    ways = (
        (lambda x: x[None], " For one sample, keep the sample axis: x[None], or x[:1] where x[0] was taken."),
        (lambda x: x[..., None], " Add the feature axis with x[..., None]."),
        (lambda x: x[None, :, None], " For one sample of one feature: x[None, :, None]."),
    )
    return next((hint for way, hint in ways if 0 < array.ndim <= len(shape) and _fits(way(array), shape)), "")


def as_target(argument: str, value: Any, samples: int, dtype: np.dtype) -> np.ndarray:
    """Return targets, as many as there are samples."""
    array = as_numbers(argument, value, dtype)
    if array.ndim == 0 or len(array) != samples:
        got = "a single number" if array.ndim == 0 else f"{len(array)}"
        raise ValueError(f"{argument}: expected {samples} targets, one per sample of x; got {got}")
    return array


def split_tail(data: Data, share: float, held: Any) -> tuple[Data, Data]:
    """Return data without their tail, and the tail, a `share` of the samples."""
    if held is not None:
        raise ValueError("validation_split: expected no validation_data beside it; got both")
    count = len(data.y)
    cut = int(count * (1 - share))
    if not 0 < cut < count:
        raise ValueError(f"validation_split: expected samples on both sides; got {share} of {count} samples")
    return data.some(slice(cut)), data.some(slice(cut, None))


def feature_major(array: np.ndarray) -> np.ndarray:
    """Return inputs (sample, time, feature) as the engine takes them, (time, feature, sample), or (feature, sample)."""
    return np.ascontiguousarray(np.moveaxis(array, 0, -1))


def time_major(array: np.ndarray) -> np.ndarray:
    """Return targets (sample, time, output) as losses take them, (time, sample, output), and back; vectors stay."""
    return array.swapaxes(0, 1) if array.ndim == 3 else array


@dataclass(frozen=True)
class Data:
    """Inputs (sample, …), targets (sample, …) and how much each sample counts, as a model takes them.

    Attributes
    ----------
    x
        The inputs.
    y
        The targets, or None.
    weights
        Of samples, (sample,), or of their time steps, (sample, time) or (sample, 1); None if all count alike.
    """

    x: tuple[np.ndarray, ...]
    y: np.ndarray | None = None
    weights: np.ndarray | None = None

    def some(self, samples: slice) -> Data:
        """Return those of some samples."""
        y, weights = (None if array is None else array[samples] for array in (self.y, self.weights))
        return Data(tuple(x[samples] for x in self.x), y, weights)


Batch = tuple[tuple[np.ndarray, ...], np.ndarray | None, np.ndarray | None]
"""What a network takes: inputs (time, feature, sample) each, targets (time, sample, output), weights (time, sample)."""


class Batches:
    """The data of a run, and how they are cut into batches.

    Parameters
    ----------
    data
        Inputs, targets and weights of samples.
    size
        Number of samples in a batch.
    shuffle
        Whether every pass takes the samples in a new order.
    rng
        What the order, and noise, are drawn from.
    noise
        The standard deviation of what is added to the inputs of every batch, new each time.

    Attributes
    ----------
    count
        The number of samples.
    steps
        The number of batches.
    ended
        False: they can be gone through again.
    """

    ended = False

    def __init__(
        self,
        data: Data,
        size: int,
        shuffle: bool = False,
        rng: np.random.Generator | None = None,
        noise: float = 0.0,
    ) -> None:
        self.data, self.size, self.count, self.noise = data, size, len(data.x[0]), noise
        self.steps = -(-self.count // size)
        self._shuffle, self._rng = shuffle, rng
        self._x = tuple(map(feature_major, data.x))
        self._y = None if data.y is None else time_major(data.y)
        self._weights = None if data.weights is None else np.ascontiguousarray(data.weights.T)

    @property
    def single(self) -> bool:
        """Whether one batch holds all samples as they are; its order then does not matter, and stays."""
        return self.count <= self.size and not self.noise

    def cut(self, size: int, noise: float) -> Batches:
        """Return the same data in batches of another size, or with other noise."""
        return Batches(self.data, size, self._shuffle, self._rng, noise)

    def __iter__(self) -> Iterator[Batch]:
        if self.single:
            yield self._x, self._y, self._weights
            return
        order = self._rng.permutation(self.count) if self._shuffle else np.arange(self.count)
        for start in range(0, self.count, self.size):
            x, y, weights = self.some(order[start : start + self.size])
            yield (self._noisy(x) if self.noise else x), y, weights

    def _noisy(self, inputs: tuple[np.ndarray, ...]) -> tuple[np.ndarray, ...]:
        """Return inputs with noise added."""
        return tuple(x + self._rng.normal(0, self.noise, x.shape).astype(x.dtype) for x in inputs)

    def some(self, samples: np.ndarray) -> Batch:
        """Return the inputs, targets and weights (if there are any) of some samples."""
        chosen = tuple(np.take(array, samples, axis=-1) for array in self._x)
        y = None if self._y is None else np.take(self._y, samples, axis=-2)
        return chosen, y, None if self._weights is None else np.take(self._weights, samples, axis=-1)


def _first(array: np.ndarray) -> Any:
    return array.flat[0] if array.size else None
