"""Metrics of decisions between 0 and 1: predictions above a threshold stand for 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.checks import describe, number, one_of, positive_int
from rnnscope.engine.metrics.base import Metric, alike

CURVES = ("ROC", "PR")
SUMMATIONS = ("interpolation", "majoring", "minoring")
BEYOND = 1e-7
"""The first threshold of an AUC lies so far below 0, and the last so far above 1."""


class Decisions(Metric):
    """How many decisions are right and wrong, in both directions, at some thresholds."""

    better = "max"
    takes_classes = False

    def __init__(self, name: str, thresholds: np.ndarray) -> None:
        self._thresholds = thresholds
        super().__init__(name)

    def reset_state(self) -> None:
        """Begin anew."""
        self._counts = np.zeros((4, len(self._thresholds)))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add some samples; the parameters are those of every metric."""
        y_true, y_pred = alike(np.asarray(y_true), np.asarray(y_pred))
        if y_pred.size and (y_pred.min() < 0 or y_pred.max() > 1):
            wanted = "probabilities from 0 to 1, such as a last layer with 'sigmoid' puts out"
            raise ValueError(f"{type(self).__name__}: y_pred: expected {wanted}; got {describe(y_pred.ravel()[:3])}")
        weights = np.ones(1) if sample_weight is None else np.asarray(sample_weight, float)
        weights = weights.reshape(*weights.shape, *[1] * (y_pred.ndim - weights.ndim))
        y, p, w = (array.ravel() for array in np.broadcast_arrays(y_true.astype(bool), y_pred, weights))
        above = p > self._thresholds[:, None]
        kinds = (above & y, above & ~y, ~above & y, ~above & ~y)
        self._counts = self._counts + np.array([(kind * w).sum(axis=1) for kind in kinds])

    def _shares(self) -> dict[str, np.ndarray]:
        """Return the precision, the recall and the rate of false alarms at every threshold."""
        right, false, missed, rest = self._counts
        pairs = {"precision": (right, right + false), "recall": (right, right + missed), "false": (false, false + rest)}
        return {name: _quotient(*pair) for name, pair in pairs.items()}


class _Share(Decisions):
    """One share at one threshold; which one, is each metric's own."""

    share: str

    def __init__(self, thresholds: float | None, name: str) -> None:
        what = f"{type(self).__name__}: thresholds"
        self.thresholds = None if thresholds is None else number(what, thresholds, 0, 1, closed_high=True)
        super().__init__(name, np.array([0.5 if thresholds is None else thresholds]))

    def result(self) -> float:
        """Return it for all samples that were added; 0 if there is nothing to divide by."""
        return float(self._shares()[self.share][0])


class Precision(_Share):
    """Share of the predictions that stand for 1 whose targets are 1.

    Parameters
    ----------
    thresholds
        Larger predictions stand for 1; by default 0.5.
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.Precision()([[1], [0], [1]], [[0.9], [0.6], [0.4]])
    0.5
    """

    share = "precision"

    def __init__(self, thresholds: float | None = None, name: str = "precision") -> None:
        super().__init__(thresholds, name)


class Recall(_Share):
    """Share of the targets that are 1 whose predictions stand for 1.

    Parameters
    ----------
    thresholds
        Larger predictions stand for 1; by default 0.5.
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.Recall()([[1], [0], [1]], [[0.9], [0.6], [0.4]])
    0.5
    """

    share = "recall"

    def __init__(self, thresholds: float | None = None, name: str = "recall") -> None:
        super().__init__(thresholds, name)


class AUC(Decisions):
    """Area under the curve of recall over the rate of false alarms (ROC), or of precision over recall (PR).

    Parameters
    ----------
    num_thresholds
        How many thresholds from 0 to 1 the curve goes through.
    curve
        `"ROC"` or `"PR"`.
    summation_method
        `"interpolation"` between the thresholds, or the larger (`"majoring"`) or smaller (`"minoring"`) side of each.
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.AUC()([[0], [0], [1], [1]], [[0.0], [0.5], [0.3], [0.9]])
    0.75
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str = "auc",
    ) -> None:
        self.num_thresholds = positive_int("AUC: num_thresholds", num_thresholds, 2)
        self.curve = one_of("AUC: curve", curve, CURVES)
        self.summation_method = one_of("AUC: summation_method", summation_method, SUMMATIONS)
        inner = np.arange(1, num_thresholds - 1) / (num_thresholds - 1)
        super().__init__(name, np.array([-BEYOND, *inner, 1 + BEYOND]))

    def result(self) -> float:
        """Return it for all samples that were added."""
        shares = self._shares()
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._interpolated()
        x, y = (shares["recall"], shares["precision"]) if self.curve == "PR" else (shares["false"], shares["recall"])
        sides = y[:-1], y[1:]
        chosen = {"interpolation": sum(sides) / 2, "majoring": np.maximum(*sides), "minoring": np.minimum(*sides)}
        return float(((x[:-1] - x[1:]) * chosen[self.summation_method]).sum())

    def _interpolated(self) -> float:
        """Return the area below precision over recall, in which decisions change evenly between two thresholds.

        References
        ----------
        * Davis and Goadrich, The relationship between precision-recall and ROC curves, 2006.
        """
        right, false, missed, _ = self._counts
        chosen = right + false
        change = right[:-1] - right[1:]
        slope = _quotient(change, np.maximum(chosen[:-1] - chosen[1:], 0))
        start = right[1:] - slope * chosen[1:]
        both = (chosen[:-1] > 0) & (chosen[1:] > 0)
        ratio = np.where(both, _quotient(chosen[:-1], np.maximum(chosen[1:], 0)), 1)
        return float(_quotient(slope * (change + start * np.log(ratio)), np.maximum((right + missed)[1:], 0)).sum())


def _quotient(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return quotients, 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole != 0)
