"""Looking inside a model, wherever it comes from, in one line."""

from __future__ import annotations

import copy
from os import PathLike
from typing import Any

import numpy as np

from rnnscope.checks import describe
from rnnscope.engine.losses import Loss
from rnnscope.interop.agreement import agrees
from rnnscope.interop.keras_models import from_keras, is_keras
from rnnscope.interop.loading import load
from rnnscope.interop.torch_modules import converted, is_module
from rnnscope.models.sequential import Sequential
from rnnscope.trace.labels import Labels
from rnnscope.trace.record import Record
from rnnscope.trace.trace import Trace


def look_inside(
    model: Any,
    x: Any,
    y: Any = None,
    labels: Labels | None = None,
    *,
    loss: str | Loss | None = None,
    dtype: str | None = None,
    record: bool | Record = True,
) -> Trace:
    """Return the trace of one pass of a model: every gate, candidate and state, and with `y` every gradient.

    The predictions are compared with those of the model itself; where they differ, there is an error and no trace.

    Parameters
    ----------
    model
        A model of Keras, a module of PyTorch, the name of a file of one (see `rs.load`), or a model of `rnnscope`.
    x
        Inputs as the model takes them.
    y
        Targets; with them the trace has the loss and all gradients.
    labels
        Names of the time steps, the classes and the samples.
    loss
        The loss for `y`, such as `"mse"`; None for the one with which the model was compiled.
    dtype
        `"float32"` or `"float64"`: the type in which a model from elsewhere is computed; None for its own.
    record
        What to record, as in `Sequential.fit`.

    Returns
    -------
    Trace
        What `rs.explore`, all views and `rs.export_html` take.

    Raises
    ------
    ValueError
        If the model cannot be read, or its predictions are others; it says what to do.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> trace = rs.look_inside(model, task.x)
    >>> trace["lstm"]["f"].shape
    (1, 6, 4, 4)
    """
    ours, inputs = _ours(model, x, dtype)
    if loss is not None:
        ours = copy.copy(ours)  # the model that was given stays compiled as it is
        ours.compile(loss=loss)
    elif y is not None and ours._loss is None:
        raise ValueError('loss: expected one for y, since the model has none: look_inside(model, x, y, loss="mse")')
    return ours.trace(inputs, y, record=record, labels=labels)


def _ours(model: Any, x: Any, dtype: str | None) -> tuple[Sequential, Any]:
    """Return a model of ours that predicts the same, and the inputs as it reads them."""
    if isinstance(model, Sequential):
        return model, x
    if isinstance(model, str | PathLike):
        return load(model, dtype=dtype), x
    if is_module(model) and not is_keras(model):  # Keras's models are modules of PyTorch where it computes with that
        return converted(model, x, dtype=dtype)
    if not is_keras(model):
        wanted = "a model of Keras, a module of PyTorch, the name of a file, or an rs.Sequential"
        raise TypeError(f"model: expected {wanted}; got {describe(model)}")
    ours = from_keras(model, dtype=dtype)
    inputs = [np.asarray(own) for own in x] if len(ours.input_shapes) > 1 else np.asarray(x)
    if not agrees(ours, inputs, np.asarray(model.predict(inputs, verbose=0)), ours.dtype.name):
        raise ValueError("model: its predictions are others than those of its layers, so nothing of it can be shown")
    return ours, inputs
