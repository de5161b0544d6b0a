"""Layers that make one vector of all time steps, or drop features at all of them."""

from __future__ import annotations

from rnnscope.engine.pooling import AverageRunner, MaximumRunner, SpatialDropoutRunner
from rnnscope.engine.tape import Runner
from rnnscope.models.inputs import Shape
from rnnscope.models.layer import WeightArrays
from rnnscope.models.plain import Dropout, PlainLayer


class _OfSequences(PlainLayer):
    """What reads nothing but sequences."""

    reads = "sequences (time, feature)"

    def can_read(self, shape: Shape) -> bool:
        """Say whether inputs of a shape suit it."""
        return len(shape) == 2 and shape[-1] is not None


class _Pooling(_OfSequences):
    """What makes one vector of all time steps."""

    def output_shape(self, input_shape: Shape | None = None) -> Shape:
        """Return the shape of one output sample, for the layer's own input or another."""
        return (input_shape or self.input_shape)[-1:]

    def masks(self, masked: bool) -> bool:
        """Say whether its output may have time steps that do not count: it has none."""
        return False


class GlobalAveragePooling1D(_Pooling):
    """The mean over all time steps that count.

    Parameters
    ----------
    input_shape
        Shape of one sample, (time, feature).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.GlobalAveragePooling1D(input_shape=(2, 1))])
    >>> model.predict([[[1.0], [3.0]]])
    array([[2.]], dtype=float32)
    """

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return AverageRunner(*self._size)


class GlobalMaxPooling1D(_Pooling):
    """The largest number of every feature over all time steps.

    Parameters
    ----------
    input_shape
        Shape of one sample, (time, feature).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.GlobalMaxPooling1D(input_shape=(2, 1))])
    >>> model.predict([[[1.0], [3.0]]])
    array([[3.]], dtype=float32)
    """

    takes_mask = False

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return MaximumRunner(*self._size)


class SpatialDropout1D(_OfSequences, Dropout):
    """In training a share of the features, drawn anew for every sequence, is set to zero at all its time steps.

    Parameters
    ----------
    rate
        The share.
    input_shape
        Shape of one sample, (time, feature).
    name
        Name within the model.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.layers.SpatialDropout1D(0.2)
    SpatialDropout1D(0.2)
    """

    def runner(self, weights: WeightArrays) -> Runner:
        """Return what runs it."""
        return SpatialDropoutRunner(*self._size, self.rate)
