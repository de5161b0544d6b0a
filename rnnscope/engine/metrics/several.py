"""All metrics of a run."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from rnnscope.engine.metrics.base import Metric


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
