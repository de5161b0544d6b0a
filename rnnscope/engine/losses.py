"""Losses with Keras's arithmetic: the mean over samples (and time steps), and its gradient by the prediction."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import describe, flag, one_of

CLIP = 1e-7
"""Probabilities are kept this far from 0 and 1, as in Keras, so that their logarithm is finite."""


class Loss:
    """What all losses share; `per_sample` and `gradient` are each loss's own."""

    def value(self, prediction: np.ndarray, y: np.ndarray) -> float:
        """Return the mean loss over samples (and time steps)."""
        return float(np.mean(self.per_sample(prediction, y)))

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        raise NotImplementedError

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        raise NotImplementedError

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


class BinaryCrossentropy(Loss):
    """Binary cross-entropy, `−y·log p − (1−y)·log(1−p)`, averaged over the last axis, then over samples.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of a sigmoid instead of a probability.
    """

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = flag("from_logits", from_logits)

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
            p = np.where(prediction >= 0, 1.0, np.exp(-np.abs(prediction))) / (1 + np.exp(-np.abs(prediction)))
            return ((p - y) / prediction.size).astype(prediction.dtype)
        p = np.clip(prediction, CLIP, 1 - CLIP)
        return np.where(p == prediction, (p - y) / (p * (1 - p) * prediction.size), 0).astype(prediction.dtype)

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets in the shape of the output, or say what is wrong."""
        return _probabilities(super().check(y, output, argument), argument)


class CategoricalCrossentropy(Loss):
    """Categorical cross-entropy, `−Σ y·log p` over the last axis, averaged over samples.

    As in Keras, probabilities are first divided by their sum.

    Parameters
    ----------
    from_logits
        Whether the prediction is the argument of a softmax instead of probabilities.
    """

    def __init__(self, from_logits: bool = False) -> None:
        self.from_logits = flag("from_logits", from_logits)

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        if self.from_logits:
            shifted = prediction - prediction.max(axis=-1, keepdims=True)
            logs = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        else:
            logs = np.log(np.clip(prediction / prediction.sum(axis=-1, keepdims=True), CLIP, 1 - CLIP))
        return -(y * logs).sum(axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        count = prediction.size / prediction.shape[-1]
        if self.from_logits:
            weights = np.exp(prediction - prediction.max(axis=-1, keepdims=True))
            p = weights / weights.sum(axis=-1, keepdims=True)
            return (p * y.sum(axis=-1, keepdims=True) - y) / count
        total = prediction.sum(axis=-1, keepdims=True)
        p = prediction / total
        inside = (p > CLIP) & (p < 1 - CLIP)
        by_p = np.where(inside, -y / np.where(inside, p, 1), 0)
        return (by_p - (by_p * p).sum(axis=-1, keepdims=True)) / (total * count)

    def check(self, y: np.ndarray, output: tuple[int, ...], argument: str = "y") -> np.ndarray:
        """Return the targets in the shape of the output, or say what is wrong."""
        if output[-1] == 1:
            raise ValueError("loss: categorical cross-entropy expects an output of two or more classes; got 1")
        return _probabilities(super().check(y, output, argument), argument)


class SparseCategoricalCrossentropy(CategoricalCrossentropy):
    """Categorical cross-entropy whose targets are class numbers instead of rows of probabilities."""

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
