"""Metrics with Keras's arithmetic: what is measured of predictions while a model learns, and does not move it."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnscope.checks import describe, number
from rnnscope.engine import losses
from rnnscope.engine.losses import Loss, SparseCategoricalCrossentropy
from rnnscope.habits import refuse_name

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "Metric",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
]

SMALL = 1e-7
"""Targets smaller than this count as this large where an error is divided by them, as in Keras."""

Measure = Callable[[np.ndarray, np.ndarray], Any]
"""What is measured of targets and predictions."""


class Metric:
    """What all metrics share: a mean over all samples since `reset_state`.

    Parameters
    ----------
    name
        Its key in `history`.

    Attributes
    ----------
    name
        Its key in `history`.
    better
        `"min"` if smaller numbers are better, `"max"` if larger ones are, None if nobody said it.
    """

    better: str | None = None
    takes_mask = True
    """Whether it leaves out time steps that a mask leaves out; all do in Keras but the root of the squared error."""
    takes_classes: bool | None = None
    """Whether targets are class numbers; None if they may be either."""

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"{type(self).__name__}: name: expected a name; got {describe(name)}")
        self.name = name
        self.reset_state()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    def reset_state(self) -> None:
        """Begin anew."""
        self._total, self._count = 0.0, 0.0

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add some samples.

        Parameters
        ----------
        y_true, y_pred
            Targets and predictions, (sample, output) or (sample, time, output); class numbers lack the last axis.
        sample_weight
            How much each sample counts, or each time step of it.
        """
        y_true, y_pred = np.asarray(y_true), np.asarray(y_pred)
        weights = None if sample_weight is None else np.asarray(sample_weight, float)
        values, counted = _by_sample(np.asarray(self.measure(y_true, y_pred), float), weights)
        self._total += float(values.sum())
        self._count += float(values.size if counted is None else counted.sum())

    def result(self) -> float:
        """Return the mean over all samples that were added; 0 if there were none, as in Keras."""
        return self._total / self._count if self._count else 0.0

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Add some samples, and return the result."""
        self.update_state(y_true, y_pred, sample_weight)
        return self.result()

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every sample, or of every output of it."""
        raise NotImplementedError

    def behind(self, head: str) -> Metric:
        """Return what measures behind a last layer with a head, `"sigmoid"`, `"softmax"` or empty: mostly itself."""
        return self

    reads_logits = False
    """Whether what it calls predictions are the logits of what the last layer puts out."""

    def check(self, classes: bool) -> None:
        """Refuse targets of the other kind: class numbers, or numbers in the shape of the output."""
        if self.takes_classes in (None, classes):
            return
        wanted, got = "class numbers", "rows in the shape of the output"
        hint = ". Where there are rows with a 1 at the class, use 'categorical_accuracy'"
        if classes:
            wanted, got = got, "class numbers"
            hint = ". Of class numbers there are 'sparse_categorical_accuracy' and 'sparse_categorical_crossentropy'"
        raise ValueError(f"metrics: {self.name!r} expects targets that are {wanted}; got {got}{hint}")


class MeanSquaredError(Metric):
    """Mean squared error, `(ŷ − y)²`.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    better = "min"
    takes_classes = False

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        y_true, y_pred = _alike(y_true, y_pred)
        return np.square(y_pred - y_true).mean(axis=-1)


class RootMeanSquaredError(Metric):
    """Root of the mean squared error over all samples. As in Keras, it leaves out no time step that a mask leaves out.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.RootMeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]]) ** 2
    2.0000000000000004
    """

    better = "min"
    takes_classes = False
    takes_mask = False

    def __init__(self, name: str = "root_mean_squared_error") -> None:
        super().__init__(name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        y_true, y_pred = _alike(y_true, y_pred)
        return np.square(y_pred - y_true)

    def result(self) -> float:
        """Return the root of the mean over all samples that were added."""
        return float(np.sqrt(super().result()))


class MeanAbsoluteError(Metric):
    """Mean absolute error, `|ŷ − y|`.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.MeanAbsoluteError()([[1.0], [2.0]], [[1.0], [4.0]])
    1.0
    """

    better = "min"
    takes_classes = False

    def __init__(self, name: str = "mean_absolute_error") -> None:
        super().__init__(name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        y_true, y_pred = _alike(y_true, y_pred)
        return np.abs(y_pred - y_true).mean(axis=-1)


class MeanAbsolutePercentageError(Metric):
    """Mean absolute error in percent of the target, `100·|ŷ − y| / |y|`, of targets of at least 1e-7.

    Parameters
    ----------
    name
        Its key in `history`.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.metrics.MeanAbsolutePercentageError()([[1.0], [2.0]], [[1.0], [4.0]])
    50.0
    """

    better = "min"
    takes_classes = False

    def __init__(self, name: str = "mean_absolute_percentage_error") -> None:
        super().__init__(name)

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what is measured of every output."""
        y_true, y_pred = _alike(y_true, y_pred)
        return 100 * np.abs((y_true - y_pred) / np.maximum(np.abs(y_true), SMALL)).mean(axis=-1)


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
        y_true, y_pred = _alike(y_true, y_pred)
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
        y_true, y_pred = _alike(y_true, y_pred)
        return y_true == y_pred


class OfLoss(Metric):
    """A loss, measured like every metric: without what it does to the weights.

    Parameters
    ----------
    loss
        The loss.
    name
        Its key in `history`.
    """

    better = "min"

    def __init__(self, loss: Loss, name: str) -> None:
        super().__init__(name)
        self.loss = loss

    @property
    def takes_classes(self) -> bool:
        """Whether targets are class numbers."""
        return isinstance(self.loss, SparseCategoricalCrossentropy)

    @property
    def reads_logits(self) -> bool:
        """Whether what it calls predictions are the logits of what the last layer puts out."""
        return self.loss.reads_logits

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return the loss of every sample."""
        rows = np.eye(y_pred.shape[-1])[y_true.astype(int)] if self.takes_classes else y_true
        return self.loss.per_sample(y_pred, rows)

    def behind(self, head: str) -> Metric:
        """Return what measures behind a last layer with a head."""
        return OfLoss(self.loss.behind(head), self.name)


class OfFunction(Metric):
    """What a function says of targets and predictions: `function(y_true, y_pred)`, a number for every sample.

    Parameters
    ----------
    function
        The function; it takes and returns arrays.
    """

    def __init__(self, function: Measure) -> None:
        super().__init__(getattr(function, "__name__", type(function).__name__))
        self._function = function

    def measure(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
        """Return what the function says of every sample."""
        found = np.asarray(self._function(y_true, y_pred))
        if found.dtype.kind not in "biuf" or (found.ndim and len(found) != len(y_pred)):
            wanted = f"a number, or one for each of {len(y_pred)} samples"
            raise ValueError(f"metrics: {self.name}: expected {wanted}; got {describe(found)}")
        return found


METRICS: dict[str, type[Metric]] = {
    "binary_accuracy": BinaryAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "mean_absolute_error": MeanAbsoluteError,
    "mean_absolute_percentage_error": MeanAbsolutePercentageError,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "root_mean_squared_error": RootMeanSquaredError,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
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


class Metrics:
    """The metrics of a run, and what they came to since they were reset.

    Parameters
    ----------
    metrics, weighted
        Those that take all samples alike, and those that take the weights of samples.
    head
        `"sigmoid"` or `"softmax"` if the last layer puts out the probabilities of logits, else empty.
    classes
        Whether targets are class numbers. They come as rows all the same, as the loss reads them.
    """

    def __init__(self, metrics: Sequence[Metric], weighted: Sequence[Metric], head: str, classes: bool) -> None:
        self._classes = classes
        self._all = [(copy.copy(metric.behind(head)), False) for metric in metrics]
        self._all += [(copy.copy(metric.behind(head)), True) for metric in weighted]
        for metric, _ in self._all:
            metric.check(classes)
        self.names: list[str] = []
        for metric, is_weighted in self._all:
            self.names.append(_new_name(metric.name, is_weighted, self.names))
        self.reads_logits = any(metric.reads_logits for metric, _ in self._all)

    def __bool__(self) -> bool:
        return bool(self._all)

    @property
    def better(self) -> dict[str, str | None]:
        """Which direction is the better one, by name."""
        return {name: metric.better for name, (metric, _) in zip(self.names, self._all, strict=True)}

    def reset(self) -> None:
        """Begin anew."""
        for metric, _ in self._all:
            metric.reset_state()

    def update(
        self,
        y: np.ndarray,
        prediction: np.ndarray,
        logits: np.ndarray | None,
        weights: np.ndarray | None,
        mask: np.ndarray | None,
    ) -> None:
        """Add a batch: targets and predictions (sample, …, output), weights and mask (sample, …)."""
        y = y.argmax(axis=-1) if self._classes else y
        for metric, is_weighted in self._all:
            read = logits if metric.reads_logits else prediction
            counting = weights if is_weighted else None
            if mask is not None and metric.takes_mask:
                counting = mask.astype(float) if counting is None else counting * mask
            metric.update_state(y, read, counting)

    def results(self) -> dict[str, float]:
        """Return what the metrics came to, by name."""
        return {name: metric.result() for name, (metric, _) in zip(self.names, self._all, strict=True)}


def _new_name(name: str, is_weighted: bool, taken: Sequence[str]) -> str:
    """Return the key of a metric, which Keras numbers if it is taken; a weighted one is called so then."""
    if name not in taken:
        return name
    base = f"weighted_{name}" if is_weighted else name
    numbered = (base if is_weighted and not k else f"{base}_{k}" for k in range(0 if is_weighted else 1, 10**6))
    return next(candidate for candidate in numbered if candidate not in taken)


def _alike(y_true: np.ndarray, y_pred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return targets and predictions with as many axes: a last axis of one number may be missing in one of them."""
    if y_true.ndim == y_pred.ndim - 1 and y_pred.shape[-1] == 1:
        y_true = y_true[..., None]
    elif y_pred.ndim == y_true.ndim - 1 and y_true.shape[-1] == 1:
        y_pred = y_pred[..., None]
    if y_true.shape != y_pred.shape:
        raise ValueError(f"y_true: expected the shape of y_pred, {y_pred.shape}; got {y_true.shape}")
    return y_true, y_pred


def _by_sample(values: np.ndarray, weights: np.ndarray | None) -> tuple[np.ndarray, np.ndarray | None]:
    """Return a number for every sample, weighted, and how much each counts, as Keras takes the means."""
    if weights is not None:
        values = np.broadcast_to(values, weights.shape) if values.ndim == 0 else values
        if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
            weights = weights[..., 0]
        elif weights.ndim < values.ndim:
            values = values.mean(axis=tuple(range(weights.ndim, values.ndim)))
        weights = np.broadcast_to(weights, values.shape)
        values = values * weights
        weights = weights.mean(axis=tuple(range(1, weights.ndim)))
    return values.mean(axis=tuple(range(1, values.ndim))), weights


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
