"""What all losses share: the mean over samples (and time steps), its gradient, and the check of targets."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.checks import describe

EPSILON = 1e-7
"""Probabilities are kept this far from 0 and 1, and what is divided by from 0, as in Keras."""


class Loss:
    """What all losses share; `per_sample` and `gradient` are each loss's own.

    Attributes
    ----------
    reads_logits
        Whether what it calls predictions are the logits of what the last layer puts out.
    """

    reads_logits = False

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> float:
        """Return the mean loss of predictions.

        Parameters
        ----------
        y_true
            Targets.
        y_pred
            Predictions, (sample, output) or (sample, time, output).
        sample_weight
            What the loss of each sample (and time step) is multiplied by.
        """
        prediction = _numbers("y_pred", y_pred)
        y = self.check(_numbers("y_true", y_true).astype(prediction.dtype), prediction.shape, "y_true")
        losses = self.per_sample(prediction, y)
        if sample_weight is not None:
            weights = _numbers("sample_weight", sample_weight)
            if weights.shape != losses.shape[: weights.ndim]:
                raise ValueError(f"sample_weight: expected shape {losses.shape}; got {weights.shape}")
            losses = losses * weights.reshape(*weights.shape, *(1,) * (losses.ndim - weights.ndim))
        return float(np.mean(losses))

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
            hint = ". For a target at every time step, set return_sequences=True in the last recurrent layer"
            hint = hint if len(y.shape) == len(output) + 1 else ""
            raise ValueError(f"{argument}: expected the shape of the output, {output}; got {y.shape}{hint}")
        return y


class Elementwise(Loss):
    """A loss that is the mean of what each output adds; `each` and `slope` are each loss's own."""

    def each(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return what each output adds."""
        raise NotImplementedError

    def slope(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the derivative of `each` by the prediction."""
        raise NotImplementedError

    def per_sample(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the loss of every sample (and time step)."""
        return np.mean(self.each(prediction, y), axis=-1)

    def gradient(self, prediction: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the gradient of the mean loss by the prediction."""
        return self.slope(prediction, y) / prediction.size


def kept_away(p: np.ndarray) -> np.ndarray:
    """Return probabilities kept away from 0 and 1."""
    return np.clip(p, EPSILON, 1 - EPSILON)


def _numbers(argument: str, value: Any) -> np.ndarray:
    """Return an array of real numbers in floating point."""
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{argument}: expected rows of equal length; got a ragged sequence") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{argument}: expected an array of numbers; got {describe(value)}")
    return array if array.dtype.kind == "f" else array.astype(float)
