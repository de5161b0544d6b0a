"""Losses with Keras's arithmetic: the mean over samples (and time steps), and its gradient by the prediction."""

from __future__ import annotations

import copy
import warnings

import numpy as np

from rnnscope.checks import describe, flag, one_of

CLIP = 1e-7
"""Probabilities are kept this far from 0 and 1, as in Keras, so that their logarithm is finite."""

ROUNDED = 1e-3
"""Targets of a sample may sum to 1 up to this."""


class Loss:
    """What all losses share; `per_sample` and `gradient` are each loss's own.

    Attributes
    ----------
    reads_logits
        Whether what it calls predictions are the logits of what the last layer puts out.
    """

    reads_logits = False

    def value(self, prediction: np.ndarray, y: np.ndarray) -> float:
        """Return the mean loss over samples (and time steps)."""
        return float(np.mean(self.per_sample(prediction, y)))

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        raise NotImplementedError

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        raise NotImplementedError

    def behind(self, head: str) -> Loss:
        """Return what is computed behind a last layer with a head, `"sigmoid"`, `"softmax"` or empty."""
        return self

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets in the shape of the output, `(sample,)` becoming `(sample, 1)`, or say what is wrong."""
        if y.shape != output and (*y.shape, 1) == output:
            y = y[..., None]
        if y.shape != output:
            raise ValueError(f"{argument}: expected the shape of the output, {output}; got {y.shape}")
        return y


class MeanSquaredError(Loss):
    """Mean squared error, `(ŷ − y)²`, averaged over the last axis, then over samples."""

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        return np.mean(np.square(prediction - y), axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        return (prediction - y) * (2 / prediction.size)


class MeanAbsoluteError(Loss):
    """Mean absolute error, `|ŷ − y|`, averaged over the last axis, then over samples."""

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        return np.mean(np.abs(prediction - y), axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        return np.sign(prediction - y) / prediction.size


class Crossentropy(Loss):
    """A loss of probabilities, or of the logits that they are probabilities of.

    Behind a layer that ends in a sigmoid or a softmax it is computed from the logits, as in Keras on TensorFlow: it is
    exact also where a probability is as good as 0 or 1.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of `head` instead of probabilities.

    Attributes
    ----------
    head
        The function whose values it takes for probabilities.
    """

    head = ""

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = flag("from_logits", from_logits)

    def behind(self, head: str) -> Loss:
        """Return the loss of the logits, if the last layer puts out the probabilities of some, else this one."""
        if not head:
            return self
        kind = type(self).__name__
        if head != self.head:
            words = f"expected activation={self.head!r} in the last layer; got {head!r}"
            rest = f"the loss reads the logits before it and takes the {self.head} of them, not what the model puts out"
            warnings.warn(f"{kind}: {words}. As in Keras on TensorFlow, {rest}", stacklevel=4)
        elif self.from_logits:
            words = (
                f"expected a last layer that puts out logits; got activation={head!r}. The logits before it are read"
            )
            warnings.warn(f"{kind}: from_logits=True: {words}, once, as without from_logits", stacklevel=4)
        other = copy.copy(self)
        other.from_logits = other.reads_logits = True
        return other


class BinaryCrossentropy(Crossentropy):
    """Binary cross-entropy, `−y·log p − (1−y)·log(1−p)`, averaged over the last axis, then over samples.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of a sigmoid instead of a probability.
    """

    head = "sigmoid"

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        if self.from_logits:
            losses = np.maximum(prediction, 0) - prediction * y + np.log1p(np.exp(-np.abs(prediction)))
        else:
            p = np.clip(prediction, CLIP, 1 - CLIP)
            losses = -y * np.log(p) - (1 - y) * np.log(1 - p)
        return np.mean(losses, axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        if self.from_logits:
            small = np.exp(-np.abs(prediction))
            small /= 1 + small  # the probability of the class that is less likely
            return (np.where(prediction >= 0, (1 - y) - small, small - y) / prediction.size).astype(prediction.dtype)
        p = np.clip(prediction, CLIP, 1 - CLIP)
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
    """

    head = "softmax"

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        logs = _log_softmax(prediction) if self.from_logits else np.log(np.clip(_shares(prediction), CLIP, 1 - CLIP))
        return -(y * logs).sum(axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        count = prediction.size / prediction.shape[-1]
        if self.from_logits:
            return (_shares(np.exp(_shifted(prediction))) - y) / count
        p = _shares(prediction)
        by_p = np.where(_is_kept(p), -y / np.clip(p, CLIP, 1 - CLIP), 0)
        total = prediction.sum(axis=-1, keepdims=True)
        return (by_p - (by_p * p).sum(axis=-1, keepdims=True)) / (total * count)

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets in the shape of the output, or say what is wrong."""
        if output[-1] == 1:
            raise ValueError("loss: categorical cross-entropy expects an output of two or more classes; got 1")
        y = _probabilities(super().check(y, output, argument), argument)
        sums = y.sum(axis=-1)
        odd = sums[np.abs(sums - 1) > ROUNDED]
        if odd.size:
            words = f"expected targets that sum to 1; got a sum of {odd[0]:g}"
            rest = "the gradient by the logits is p − y, which is not the slope of the loss then"
            warnings.warn(f"{argument}: {words}. As in Keras on TensorFlow, {rest}", stacklevel=4)
        return y


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Categorical cross-entropy whose targets are class numbers instead of rows of probabilities.

    As in Keras, probabilities are kept away from 0 and 1 first, and then divided by their sum.
    """

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        return super().per_sample(prediction, y) if self.from_logits else self._of_logs.per_sample(_logs(prediction), y)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        if self.from_logits:
            return super().gradient(prediction, y)
        by_logs = self._of_logs.gradient(_logs(prediction), y)
        return np.where(_is_kept(prediction), by_logs / np.clip(prediction, CLIP, 1 - CLIP), 0)

    @property
    def _of_logs(self) -> CategoricalCrossentropy:
        """The loss of the logarithms of probabilities: they are logits."""
        return CategoricalCrossentropy(from_logits=True)

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets as rows with a 1 at the class, or say what is wrong."""
        labels = y[..., 0] if y.shape == (*output[:-1], 1) else y
        if labels.shape != output[:-1]:
            raise ValueError(
                f"{argument}: expected class numbers of shape {output[:-1]} or {(*output[:-1], 1)}; got {y.shape}"
            )
        classes = output[-1]
        wrong = labels[(labels != np.floor(labels)) | (labels < 0) | (labels >= classes)]
        if wrong.size:
            raise ValueError(f"{argument}: expected class numbers from 0 to {classes - 1}; got {wrong.flat[0]:g}")
        rows = np.eye(classes, dtype=y.dtype)[labels.astype(int)]
        return CategoricalCrossentropy.check(self, rows, output, argument)


def _shifted(logits: np.ndarray) -> np.ndarray:
    return logits - logits.max(axis=-1, keepdims=True)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = _shifted(logits)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _shares(prediction: np.ndarray) -> np.ndarray:
    return prediction / prediction.sum(axis=-1, keepdims=True)


def _logs(prediction: np.ndarray) -> np.ndarray:
    return np.log(np.clip(prediction, CLIP, 1 - CLIP))


def _is_kept(p: np.ndarray) -> np.ndarray:
    """Say which probabilities are not moved away from 0 or 1."""
    return p == np.clip(p, CLIP, 1 - CLIP)


def _probabilities(y: np.ndarray, argument: str) -> np.ndarray:
    wrong = y[(y < 0) | (y > 1)]
    if wrong.size:
        raise ValueError(f"{argument}: expected probabilities between 0 and 1; got {wrong.flat[0]:g}")
    return y


LOSSES = {
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "mae": MeanAbsoluteError,
    "mean_absolute_error": MeanAbsoluteError,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
}


def loss(value: str | Loss) -> Loss:
    """Return a loss given by name or as it is."""
    if isinstance(value, Loss):
        return value
    if not isinstance(value, str):
        raise TypeError(f"loss: expected one of {', '.join(LOSSES)} or a Loss; got {describe(value)}")
    return LOSSES[one_of("loss", value.lower(), LOSSES)]()
