"""Metrics of classes: which share of the samples is right."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import number, positive_int
from rnnscope.engine.metrics.base import Metric, alike


class BinaryAccuracy(Metric):
    """Share of the outputs that are on the same side of a threshold as their targets, 0 or 1.

    Parameters
    ----------
    name
        Its key in `history`.
    threshold
        Larger predictions stand for 1.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.BinaryAccuracy()([[1], [0]], [[0.9], [0.6]])
    0.5
    """

    better = "max"
    takes_classes = False

    def __init__(self, name: str = "binary_accuracy", threshold: float = 0.5) -> None:
        super().__init__(name)
        self.threshold = number("BinaryAccuracy: threshold", threshold, -np.inf)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return whether every output is right."""
        y_true, y_pred = alike(y_true, y_pred)
        return y_true == (y_pred > self.threshold)


class CategoricalAccuracy(Metric):
    """Share of the samples whose largest output is that of the target, a row with a 1 at the class.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.CategoricalAccuracy()([[0, 1], [1, 0]], [[0.3, 0.7], [0.4, 0.6]])
    0.5
    """

    better = "max"
    takes_classes = False

    def __init__(self, name: str = "categorical_accuracy") -> None:
        super().__init__(name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return whether every sample is right."""
        return y_true.argmax(axis=-1) == y_pred.argmax(axis=-1)


class SparseCategoricalAccuracy(Metric):
    """Share of the samples whose largest output is that of the target, a class number.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.SparseCategoricalAccuracy()([1, 0], [[0.3, 0.7], [0.4, 0.6]])
    0.5
    """

    better = "max"
    takes_classes = True

    def __init__(self, name: str = "sparse_categorical_accuracy") -> None:
        super().__init__(name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return whether every sample is right."""
        labels = y_true[..., 0] if y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1 else y_true
        return labels == y_pred.argmax(axis=-1)


class Accuracy(Metric):
    """Share of the outputs that are equal to their targets.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.Accuracy()([[1], [2]], [[1], [3]])
    0.5
    """

    better = "max"
    takes_classes = False

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return whether every output is right."""
        y_true, y_pred = alike(y_true, y_pred)
        return y_true == y_pred


class SparseTopKCategoricalAccuracy(Metric):
    """Share of the samples whose class, a number, is among those of the k largest outputs.

    Parameters
    ----------
    k
        So many outputs are looked at.
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.SparseTopKCategoricalAccuracy(k=2)([1, 0], [[0.1, 0.3, 0.6], [0.1, 0.3, 0.6]])
    0.5
    """

    better = "max"
    takes_classes = True

    def __init__(self, k: int = 5, name: str = "sparse_top_k_categorical_accuracy") -> None:
        super().__init__(name)
        self.k = positive_int(f"{type(self).__name__}: k", k)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return whether less than k outputs are larger than that of the class."""
        labels = y_true if y_true.ndim == y_pred.ndim else y_true[..., None]
        own = np.take_along_axis(y_pred, labels.astype(int), axis=-1)
        return (y_pred > own).sum(axis=-1) < self.k


class TopKCategoricalAccuracy(SparseTopKCategoricalAccuracy):
    """Share of the samples whose class, a row with a 1 at it, is among those of the k largest outputs.

    Parameters
    ----------
    k
        So many outputs are looked at.
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.TopKCategoricalAccuracy(k=2)([[0, 1, 0], [1, 0, 0]], [[0.1, 0.3, 0.6], [0.1, 0.3, 0.6]])
    0.5
    """

    takes_classes = False

    def __init__(self, k: int = 5, name: str = "top_k_categorical_accuracy") -> None:
        super().__init__(k, name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return whether less than k outputs are larger than that of the class."""
        return super().measure(y_true.argmax(axis=-1), y_pred)
