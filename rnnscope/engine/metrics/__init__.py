"""Metrics with Keras's arithmetic: what is measured of predictions while a model learns, and does not move it."""

from __future__ import annotations

import difflib
from typing import Any

from rnnscope.checks import describe
from rnnscope.engine import losses
from rnnscope.engine.losses import Loss
from rnnscope.engine.metrics.accuracies import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from rnnscope.engine.metrics.base import Metric
from rnnscope.engine.metrics.decisions import AUC, Precision, Recall
from rnnscope.engine.metrics.errors import (
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    RootMeanSquaredError,
)
from rnnscope.engine.metrics.others import OfFunction, OfLoss
from rnnscope.engine.metrics.several import Metrics as Metrics
from rnnscope.habits import refuse_name

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
]

METRICS: dict[str, type[Metric]] = {
    "auc": AUC,
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mean_absolute_error": MeanAbsoluteError,
    "mean_absolute_percentage_error": MeanAbsolutePercentageError,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "precision": Precision,
    "recall": Recall,
    "root_mean_squared_error": RootMeanSquaredError,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "sparse_top_k_categorical_accuracy": SparseTopKCategoricalAccuracy,
    "top_k_categorical_accuracy": TopKCategoricalAccuracy,
}
CHOSEN = ("accuracy", "acc")
"""Names for which the shapes of targets and output decide which accuracy is meant."""
SAID = {"rmse": "root_mean_squared_error"}
"""What is said for a name that Keras has not, and is clear."""


def __getattr__(name: str) -> Any:
    there = sorted(kind.__name__ for kind in {*METRICS.values(), Accuracy})
    refuse_name("metric", name, there, "A function f(y_true, y_pred) is a metric too: metrics=[f]")


def checked_metrics(argument: str, metrics: Any) -> list[Any]:
    """Return a list of metrics as they were given: names, metrics and functions; refuse what is none."""
    if metrics is None:
        return []
    if isinstance(metrics, str) or not isinstance(metrics, list | tuple):
        raise TypeError(f'{argument}: expected a list, such as ["accuracy"]; got {describe(metrics)}')
    for given in metrics:
        if isinstance(given, type) or not (isinstance(given, str | Metric | Loss) or callable(given)):
            hint = f". Call it: {given.__name__}()" if isinstance(given, type) else ""
            raise TypeError(f"{argument}: expected names, rs.metrics or functions; got {describe(given)}{hint}")
        if isinstance(given, str) and given not in CHOSEN:
            metric_of(given, False, 1)
    return list(metrics)


def metric_of(given: Any, classes: bool, outputs: int) -> Metric:
    """Return a metric that is given by name, by a function, or as it is.

    Parameters
    ----------
    given
        What was given.
    classes
        Whether the targets are class numbers.
    outputs
        How many numbers the model puts out side by side.
    """
    if isinstance(given, Metric):
        return given
    if isinstance(given, Loss):
        return OfLoss(given, _snake(type(given).__name__))
    if not isinstance(given, str):
        return OfFunction(given)
    if given in CHOSEN:
        kind = BinaryAccuracy if outputs == 1 else SparseCategoricalAccuracy if classes else CategoricalAccuracy
        return kind(name=given)
    kinds = {**METRICS, **{kind.__name__: kind for kind in METRICS.values()}}
    if given in kinds:
        return kinds[given](name=given)
    if (own := losses.SHORT.get(given, given)) in losses.LOSSES:
        return OfLoss(losses.LOSSES[own](), given)
    there = sorted({*METRICS, *losses.LOSSES, *losses.SHORT, *CHOSEN})
    nearest = [SAID[given.lower()]] if given.lower() in SAID else difflib.get_close_matches(given.lower(), there, n=1)
    hint = f" (did you mean {nearest[0]!r}?)" if nearest else ""
    raise ValueError(f"metrics: expected one of {', '.join(there)}, or one of rs.metrics; got {given!r}{hint}")


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
