"""Layers and models with Keras's names and shapes, on the engine."""

from __future__ import annotations

from os import PathLike
from typing import Any

from rnnscope.checks import flag
from rnnscope.habits import refuse_name
from rnnscope.models.functional import Model
from rnnscope.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "save_model"]


def load_model(
    filepath: str | PathLike[str], custom_objects: None = None, compile: bool = True, safe_mode: bool = True
) -> Any:
    """Read a model, as Keras does: `rs.load(filepath)`.

    Parameters
    ----------
    filepath
        A file that `rs.load` reads.
    custom_objects
        Nothing but None: classes of one's own cannot be read.
    compile, safe_mode
        Taken for Keras's sake: a model is compiled if the file says how, and nothing in a file is run.
    """
    from rnnscope.interop.loading import load

    if custom_objects:
        raise TypeError(f"load_model: custom_objects: expected None; got {', '.join(map(str, custom_objects))}")
    flag("load_model: compile", compile)
    flag("load_model: safe_mode", safe_mode)
    return load(filepath)


def save_model(model: Sequential, filepath: str | PathLike[str], overwrite: bool = True) -> None:
    """Write a model, as Keras does: `model.save(filepath)`.

    Parameters
    ----------
    model
        The model.
    filepath
        Name of the file, ending in `.keras`.
    overwrite
        Whether a file of that name is written over.
    """
    model.save(filepath, overwrite)


def clone_model(model: Sequential) -> Sequential:
    """Return a model with the same layers, and start weights of its own; it is not compiled, as in Keras.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.LSTM(3, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> other = rs.models.clone_model(model)
    >>> other.count_params() == model.count_params()
    True
    """
    return model.untrained()


def __getattr__(name: str) -> Any:
    refuse_name("rnnscope.models", name, __all__)
