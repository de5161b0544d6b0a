"""Layers and models with Keras's names and shapes, on the engine."""

from __future__ import annotations

from os import PathLike
from typing import Any

from rnnscope.checks import flag
from rnnscope.models.functional import Model
from rnnscope.models.sequential import Sequential

__all__ = ["Model", "Sequential", "load_model"]


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
