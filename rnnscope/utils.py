"""What scripts of Keras take from `keras.utils`: classes as rows, sequences of one length, a seed, batches."""

from __future__ import annotations

import random
from collections.abc import Sequence as Row
from typing import Any

import numpy as np

from rnnscope.backend import clear_session
from rnnscope.checks import describe, one_of, positive_int
from rnnscope.habits import refuse_name

__all__ = ["PyDataset", "clear_session", "pad_sequences", "set_random_seed", "to_categorical"]

ENDS = ("pre", "post")


class PyDataset:
    """Batches by number, for `fit`, `evaluate` and `predict`: a class of one's own has `__len__` and `__getitem__`.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size
        Taken for Keras's sake: batches are made one after the other.

    Examples
    --------
    >>> import numpy as np
    >>> import rnnscope as rs
    >>> class Counted(rs.utils.PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, index):
    ...         return np.full((2, 4, 1), index), np.full((2, 1), index + 1)
    >>> model = rs.Sequential([rs.layers.LSTM(3, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> trace = model.fit(Counted(), epochs=2, verbose=0)
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def on_epoch_begin(self) -> None:
        """Be called before an epoch."""

    def on_epoch_end(self) -> None:
        """Be called after an epoch."""


Sequence = PyDataset


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """Return classes as rows with a 1 at the class.

    Parameters
    ----------
    x
        Class numbers; a last axis of length 1 is left out.
    num_classes
        Length of a row; by default as many as the largest number needs.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.utils.to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    given = np.asarray(x)
    is_number = given.size and given.dtype.kind in "biuf" and np.isfinite(given).all()
    classes = given.astype(int) if is_number else given
    if not is_number or (classes != given).any() or classes.min() < 0:
        raise ValueError(f"to_categorical: x: expected class numbers 0, 1, 2 …; got {describe(x)}")
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    needed = int(classes.max()) + 1
    count = positive_int("to_categorical: num_classes", num_classes or needed)
    if count < needed:
        raise ValueError(f"to_categorical: num_classes: expected at least {needed}; got {num_classes}")
    return np.eye(count)[classes]


def pad_sequences(
    sequences: Row[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float = 0.0,
) -> np.ndarray:
    """Return sequences as one array, (sample, time) or (sample, time, feature); short ones are filled, long ones cut.

    Parameters
    ----------
    sequences
        Lists of numbers, or of vectors.
    maxlen
        Number of time steps; by default that of the longest.
    dtype
        Of the array.
    padding, truncating
        Where they are filled and cut: `"pre"`, at the beginning, or `"post"`, at the end.
    value
        What they are filled with.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.utils.pad_sequences([[1], [2, 3, 4]], maxlen=2)
    array([[0, 1],
           [3, 4]], dtype=int32)
    """
    rows = list(sequences) if hasattr(sequences, "__len__") else []
    if not rows or not all(hasattr(row, "__len__") for row in rows):
        raise ValueError(f"pad_sequences: sequences: expected a list of sequences; got {describe(sequences)}")
    one_of("pad_sequences: padding", padding, ENDS)
    one_of("pad_sequences: truncating", truncating, ENDS)
    longest = max(map(len, rows)) or 1
    length = longest if maxlen is None else positive_int("pad_sequences: maxlen", maxlen)
    arrays = [np.asarray(row, dtype) for row in rows if len(row)]
    shapes = {array.shape[1:] for array in arrays} or {()}
    if len(shapes) > 1:
        wanted, got = "sequences of numbers, or of vectors of one length", ", ".join(map(str, sorted(shapes)))
        raise ValueError(f"pad_sequences: sequences: expected {wanted}; got time steps of shapes {got}")
    found = np.full((len(rows), length, *shapes.pop()), value, dtype)
    for own, row in zip(found, rows, strict=True):
        kept = row[-length:] if truncating == "pre" else row[:length]
        if len(kept):
            own[slice(length - len(kept), None) if padding == "pre" else slice(len(kept))] = kept
    return found


def set_random_seed(seed: int) -> None:
    """Let the random numbers of Python and NumPy begin at a seed; a model has one of its own, `Sequential(seed=)`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.utils.set_random_seed(812)
    """
    random.seed(positive_int("set_random_seed: seed", seed, 0))
    np.random.seed(seed)  # noqa: NPY002 — scripts that say it draw from it


def __getattr__(name: str) -> Any:
    refuse_name("rnnscope.utils", name, __all__)
