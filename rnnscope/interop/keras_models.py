"""Models of Keras that are there; Keras itself is not imported: a model brings all that is asked of it."""

from __future__ import annotations

import json
from typing import Any

from rnnscope.checks import describe, one_of
from rnnscope.interop.building import model_of
from rnnscope.interop.keras_compiled import compile_as
from rnnscope.interop.keras_config import model_config
from rnnscope.interop.keras_files import plan_of
from rnnscope.interop.plan import PRECISIONS
from rnnscope.models.sequential import Sequential


def from_keras(model: Any, *, dtype: str | None = None) -> Sequential:
    """Return a model of Keras as one of ours: every gate is then there, and the predictions are the same.

    Parameters
    ----------
    model
        A `Sequential` model, or a functional one whose layers read one another in a line; the last states of one may be
        the first of another. Of any backend, and of Keras 2 too.
    dtype
        `"float32"` or `"float64"`: the type in which the model computes; None for that of the model.

    Returns
    -------
    Sequential
        The model with its weights, compiled with the optimizer and the loss of the other, if these are known here.

    Raises
    ------
    ValueError
        If the model has layers that are not there, or branches or merges; it lists them.

    Examples
    --------
    >>> import rnnscope as rs
    >>> ours = rs.from_keras(keras.Sequential([keras.Input((4, 1)), keras.layers.LSTM(3)]))  # doctest: +SKIP
    >>> ours.trace(x)["lstm"]["f"]  # doctest: +SKIP
    """
    if not is_keras(model):
        raise TypeError(f"model: expected a model of Keras; got {describe(model)}")
    dtype = None if dtype is None else one_of("dtype", dtype, PRECISIONS)
    try:
        entry = json.loads(model.to_json())
    except NotImplementedError:
        entry = {"class_name": type(model).__name__, "module": type(model).__module__, "config": {}}
    config = model_config(entry, entry.get("keras_version", "3"))
    found = config.layers()
    weights = {layer.name: layer.get_weights() for layer in model.layers}
    plan = plan_of(config, dtype, found, [weights[layer.plan.name] for _, layer in found])
    ours = model_of(plan)
    compiled = model.get_compile_config() if hasattr(model, "get_compile_config") else None
    variables = (
        [] if config.is_old or plan.wires is not None else getattr(getattr(model, "optimizer", None), "variables", [])
    )
    compile_as(ours, compiled, [variable.numpy() for variable in variables])
    return ours


def is_keras(value: Any) -> bool:
    """Say whether something is a model of Keras."""
    return all(hasattr(value, name) for name in ("to_json", "layers", "get_weights", "predict"))
