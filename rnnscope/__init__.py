"""rnnscope: see what happens inside recurrent networks.

`import rnnscope as rs` loads nothing but this file; every name below loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_MODULES = {
    "callbacks": "rnnscope.callbacks",
    "cells": "rnnscope.cells",
    "formulas": "rnnscope.formulas",
    "initializers": "rnnscope.engine.initializers",
    "interventions": "rnnscope.interventions",
    "layers": "rnnscope.models.layers",
    "losses": "rnnscope.engine.losses",
    "metrics": "rnnscope.engine.metrics",
    "models": "rnnscope.models",
    "optimizers": "rnnscope.engine.optimizers",
    "preprocessing": "rnnscope.preprocessing",
    "regularizers": "rnnscope.engine.regularizers",
    "tasks": "rnnscope.tasks",
    "utils": "rnnscope.utils",
    "figures": "rnnscope.figures",
}
_OBJECTS = {
    "Cursor": "rnnscope.trace",
    "DeclarationError": "rnnscope.cells",
    "Dense": "rnnscope.models.layers",
    "Edit": "rnnscope.interventions",
    "Feed": "rnnscope.interventions",
    "Hold": "rnnscope.interventions",
    "Input": "rnnscope.models.layers",
    "Labels": "rnnscope.trace",
    "Model": "rnnscope.models.functional",
    "Record": "rnnscope.trace",
    "SamplesLeftOut": "rnnscope.trace",
    "Sequential": "rnnscope.models.sequential",
    "Start": "rnnscope.interventions",
    "Trace": "rnnscope.trace",
    "TrainingStopped": "rnnscope.models.training",
    "ablate": "rnnscope.interventions",
    "animate": "rnnscope.export",
    "compare": "rnnscope.widgets",
    "explore": "rnnscope.widgets",
    "export_html": "rnnscope.export",
    "from_keras": "rnnscope.interop.keras_models",
    "from_torch": "rnnscope.interop.torch_modules",
    "load": "rnnscope.interop.loading",
    "load_trace": "rnnscope.trace",
    "look_inside": "rnnscope.interop.looking",
    "register": "rnnscope.cells",
    "save_keras": "rnnscope.interop.keras_writing",
    "verdict": "rnnscope.findings",
    "what_if": "rnnscope.interventions",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = import_module(_MODULES[name])
    elif name in _OBJECTS:
        value = getattr(import_module(_OBJECTS[name]), name)
    elif name[:1].isupper():  # a cell's layer: rs.LSTM is rs.layers.LSTM
        try:
            return getattr(import_module(_MODULES["layers"]), name)
        except AttributeError as error:
            hint = _nearest(name) or f": {error}"
            raise AttributeError(f"module 'rnnscope' has no attribute {name!r}{hint}") from None
    else:
        raise AttributeError(f"module 'rnnscope' has no attribute {name!r}{_nearest(name)}")
    globals()[name] = value
    return value


def _nearest(name: str) -> str:
    """Return a hint to the name that is meant, if one is like it."""
    import difflib

    if name == "keras":
        return ": rs itself stands in the place of keras, as in rs.Sequential, rs.layers and rs.callbacks"
    own = {there.lower(): there for there in (*_MODULES, *_OBJECTS)}
    nearest = difflib.get_close_matches(name.lower(), own, n=1, cutoff=0.75)
    return f" (did you mean 'rs.{own[nearest[0]]}'?)" if nearest else ""


def __dir__() -> list[str]:
    from rnnscope.cells import names

    return sorted([*_MODULES, *_OBJECTS, *names(), "__version__"])
