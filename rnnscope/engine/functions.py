"""The elementwise functions that NumPy lacks, writing into given arrays; `z` and `out` may be the same."""

from __future__ import annotations

import numpy as np


def sigmoid(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−z)); where exp overflows to infinity the result is exactly 0."""
    np.negative(z, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    return np.divide(1.0, out, out=out)


def to_rows(a: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Copy (time, column, sample) to rows (time × sample, column), for one product over all time steps."""
    steps, columns, samples = a.shape
    np.copyto(out.reshape(steps, samples, columns), a.transpose(0, 2, 1))
    return out


def from_rows(a: np.ndarray, out: np.ndarray) -> np.ndarray:
    """Copy rows (time × sample, column) to (time, column, sample)."""
    steps, columns, samples = out.shape
    np.copyto(out, a.reshape(steps, samples, columns).transpose(0, 2, 1))
    return out


def relu(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """max(z, 0)."""
    return np.maximum(z, 0.0, out=out)


def hard_sigmoid(z: np.ndarray, out: np.ndarray) -> np.ndarray:
    """min(max(z + 3, 0), 6) / 6."""
    np.add(z, 3.0, out=out)
    np.maximum(out, 0.0, out=out)
    np.minimum(out, 6.0, out=out)
    return np.divide(out, 6.0, out=out)


def is_positive(value: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1 where the value is above 0, else 0."""
    return np.greater(value, 0.0, out=out)


def is_between_0_and_1(value: np.ndarray, out: np.ndarray) -> np.ndarray:
    """1 where 0 < value < 1, else 0."""
    inside = np.less(value, 1.0) & np.greater(value, 0.0)
    np.copyto(out, inside)
    return out
