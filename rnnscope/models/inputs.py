"""What a model reads: the shape of one sample of an input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnnscope.checks import describe, no_others, positive_int

Shape = tuple[int | None, ...]


class Input:
    """The shape of one input sample: the first entry of a `Sequential`, or what the first layer of a `Model` reads.

    Parameters
    ----------
    shape
        (time, feature), (feature,), or (time,) of token numbers; time may be None.
    batch_size
        The number of samples in a batch: taken for Keras's sake, which needs it for stateful layers.
    batch_shape
        The shape with the number of samples in front, in the place of both.
    name
        Taken for Keras's sake.
    dtype
        Taken for Keras's sake: the model says what it computes with.
    **others
        Nothing.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.Input(shape=(4, 1)).shape
    (4, 1)
    """

    def __init__(
        self,
        shape: Sequence[int | None] | None = None,
        batch_size: int | None = None,
        *,
        batch_shape: Sequence[int | None] | None = None,
        name: str | None = None,
        dtype: str | None = None,
        **others: Any,
    ) -> None:
        no_others(type(self), others)
        if (shape is None) == (batch_shape is None):
            got = "neither" if shape is None else "both"
            raise ValueError(f"Input: expected shape=(time, feature) or batch_shape=(sample, time, feature); got {got}")
        if batch_shape is not None:
            if isinstance(batch_shape, str | bytes) or not isinstance(batch_shape, Sequence) or not batch_shape:
                raise ValueError(f"Input: batch_shape: expected (sample, time, feature); got {describe(batch_shape)}")
            shape = batch_shape[1:]
        if batch_size is not None:
            positive_int("Input: batch_size", batch_size)
        for argument, given in (("name", name), ("dtype", dtype)):
            if given is not None and not isinstance(given, str):
                raise TypeError(f"Input: {argument}: expected a name; got {describe(given)}")
        self.shape, self.name = checked_shape("Input: shape", shape), name


def checked_shape(argument: str, shape: Sequence[int | None]) -> Shape:
    """Return a shape (time, feature), in which time may be None, or (feature,), or (time,) of token numbers."""
    if isinstance(shape, str | bytes) or not isinstance(shape, Sequence) or len(shape) not in (1, 2):
        raise ValueError(f"{argument}: expected (time, feature), such as (4, 1); got {describe(shape)}")
    time, *feature = shape
    return (None if time is None else positive_int(argument, time), *(positive_int(argument, f) for f in feature))
