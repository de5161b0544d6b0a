"""Cross-entropies of probabilities and of logits, and the divergence of probabilities."""

from __future__ import annotations

import copy

import numpy as np

from rnnscope.checks import flag, number
from rnnscope.engine.losses.base import EPSILON, Loss, kept_away
from rnnscope.warned import warn

ROUNDED = 1e-3
"""Targets of a sample may sum to 1 up to this."""


class Crossentropy(Loss):
    """A loss of probabilities, or of the logits that they are probabilities of.

    Behind a layer that ends in a sigmoid or a softmax it is computed from the logits, as in Keras on TensorFlow: it is
    exact also where a probability is as good as 0 or 1.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of `head` instead of probabilities.
    label_smoothing
        Which part of the targets is spread evenly over all classes.

    Attributes
    ----------
    head
        The function whose values it takes for probabilities.
    """

    head = ""

    def __init__(self, from_logits: bool = False, label_smoothing: float = 0.0) -> None:
        self.from_logits = flag("from_logits", from_logits)
        self.label_smoothing = number("label_smoothing", label_smoothing, 0, 1, closed_high=True)

    def smoothed(self, y: np.ndarray, classes: int) -> np.ndarray:
        """Return targets of which a part is spread over so many classes."""
        return y * (1 - self.label_smoothing) + self.label_smoothing / classes if self.label_smoothing else y

    def behind(self, head: str) -> Loss:
        """Return the loss of the logits, if the last layer puts out the probabilities of some, else this one."""
        if not head:
            return self
        kind = type(self).__name__
        if head != self.head:
            words = f"expected activation={self.head!r} in the last layer; got {head!r}"
            rest = f"the loss reads the logits before it and takes the {self.head} of them, not what the model puts out"
            warn(f"{kind}: {words}. As in Keras on TensorFlow, {rest}")
        elif self.from_logits:
            words = (
                f"expected a last layer that puts out logits; got activation={head!r}. The logits before it are read"
            )
            warn(f"{kind}: from_logits=True: {words}, once, as without from_logits")
        other = copy.copy(self)
        other.from_logits = other.reads_logits = True
        return other


class BinaryCrossentropy(Crossentropy):
    """Binary cross-entropy, `−y·log p − (1−y)·log(1−p)`, averaged over the last axis, then over samples.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of a sigmoid instead of a probability.
    label_smoothing
        How far the targets 0 and 1 are moved towards 1/2: 1 moves them all the way.
    """

    head = "sigmoid"

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        y = self.smoothed(y, 2)
        if self.from_logits:
            losses = np.maximum(prediction, 0) - prediction * y + np.log1p(np.exp(-np.abs(prediction)))
        else:
            p = kept_away(prediction)
            losses = -y * np.log(p) - (1 - y) * np.log(1 - p)
        return np.mean(losses, axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        y = self.smoothed(y, 2)
        if self.from_logits:
            small = np.exp(-np.abs(prediction))
            small /= 1 + small  # the probability of the class that is less likely
            return (np.where(prediction >= 0, (1 - y) - small, small - y) / prediction.size).astype(prediction.dtype)
        p = kept_away(prediction)
        return np.where(p == prediction, (p - y) / (p * (1 - p) * prediction.size), 0).astype(prediction.dtype)

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets in the shape of the output, or say what is wrong."""
        return _probabilities(super().check(y, output, argument), argument)


class CategoricalCrossentropy(Crossentropy):
    """Categorical cross-entropy, `−Σ y·log p` over the last axis, averaged over samples.

    As in Keras, probabilities are first divided by their sum, and the gradient by logits is `p − y`, which is that of
    the loss if the targets of a sample sum to 1.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of a softmax instead of probabilities.
    label_smoothing
        Which part of the targets is spread evenly over all classes.
    """

    head = "softmax"

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        logs = _log_softmax(prediction) if self.from_logits else np.log(kept_away(_shares(prediction)))
        return -(self.smoothed(y, y.shape[-1]) * logs).sum(axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        count, y = prediction.size / prediction.shape[-1], self.smoothed(y, y.shape[-1])
        if self.from_logits:
            return (_shares(np.exp(_shifted(prediction))) - y) / count
        p = _shares(prediction)
        by_p = np.where(_is_kept(p), -y / kept_away(p), 0)
        total = prediction.sum(axis=-1, keepdims=True)
        return (by_p - (by_p * p).sum(axis=-1, keepdims=True)) / (total * count)

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets in the shape of the output, or say what is wrong."""
        if output[-1] == 1:
            raise ValueError("loss: categorical cross-entropy expects an output of two or more classes; got 1")
        if y.shape in (output[:-1], (*output[:-1], 1)):
            hint = 'For class numbers, type loss="sparse_categorical_crossentropy"'
            raise ValueError(f"{argument}: expected rows with a 1 at the class, {output}; got {y.shape}. {hint}")
        y = _probabilities(super().check(y, output, argument), argument)
        sums = y.sum(axis=-1)
        odd = sums[np.abs(sums - 1) > ROUNDED]
        if odd.size:
            words = f"expected targets that sum to 1; got a sum of {odd[0]:g}"
            rest = "the gradient by the logits is p − y, which is not the slope of the loss then"
            warn(f"{argument}: {words}. As in Keras on TensorFlow, {rest}")
        return y


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Categorical cross-entropy whose targets are class numbers instead of rows of probabilities.

    As in Keras, probabilities are kept away from 0 and 1 first, and then divided by their sum.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of a softmax instead of probabilities.
    """

    def __init__(self, from_logits: bool = False) -> None:
        super().__init__(from_logits)

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        return super().per_sample(prediction, y) if self.from_logits else self._of_logs.per_sample(_logs(prediction), y)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        if self.from_logits:
            return super().gradient(prediction, y)
        by_logs = self._of_logs.gradient(_logs(prediction), y)
        return np.where(_is_kept(prediction), by_logs / kept_away(prediction), 0)

    @property
    def _of_logs(self) -> CategoricalCrossentropy:
        """The loss of the logarithms of probabilities: they are logits."""
        return CategoricalCrossentropy(from_logits=True)

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets as rows with a 1 at the class, or say what is wrong."""
        labels = y[..., 0] if y.shape == (*output[:-1], 1) else y
        if labels.shape != output[:-1]:
            hint = '. For rows with a 1 at the class, type loss="categorical_crossentropy"' if y.shape == output else ""
            shapes = f"{output[:-1]} or {(*output[:-1], 1)}"
            raise ValueError(f"{argument}: expected class numbers of shape {shapes}; got {y.shape}{hint}")
        classes = output[-1]
        wrong = labels[(labels != np.floor(labels)) | (labels < 0) | (labels >= classes)]
        if wrong.size:
            raise ValueError(f"{argument}: expected class numbers from 0 to {classes - 1}; got {wrong.flat[0]:g}")
        rows = np.eye(classes, dtype=y.dtype)[labels.astype(int)]
        return CategoricalCrossentropy.check(self, rows, output, argument)


class KLDivergence(Loss):
    """The divergence of probabilities from targets, `Σ y·log(y/p)` over the last axis, averaged over samples."""

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        p, y = (np.clip(each, EPSILON, 1) for each in (prediction, y))
        return (y * np.log(y / p)).sum(axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        p, y = (np.clip(each, EPSILON, 1) for each in (prediction, y))
        return np.where(p == prediction, -y / p, 0) / (prediction.size / prediction.shape[-1])

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets in the shape of the output, or say what is wrong."""
        return _probabilities(super().check(y, output, argument), argument)


def _shifted(logits: np.ndarray) -> np.ndarray:
    return logits - logits.max(axis=-1, keepdims=True)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = _shifted(logits)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _shares(prediction: np.ndarray) -> np.ndarray:
    return prediction / prediction.sum(axis=-1, keepdims=True)


def _logs(prediction: np.ndarray) -> np.ndarray:
    return np.log(kept_away(prediction))


def _is_kept(p: np.ndarray) -> np.ndarray:
    """Say which probabilities are not moved away from 0 or 1."""
    return p == kept_away(p)


def _probabilities(y: np.ndarray, argument: str) -> np.ndarray:
    wrong = y[(y < 0) | (y > 1)]
    if wrong.size:
        raise ValueError(f"{argument}: expected probabilities between 0 and 1; got {wrong.flat[0]:g}")
    return y
