"""rnnscope: see what happens inside recurrent networks.

`import rnnscope as rs` loads nothing but this file; every name below loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_MODULES = {
    "activations": "rnnscope.activations",
    "backend": "rnnscope.backend",
    "callbacks": "rnnscope.callbacks",
    "cells": "rnnscope.cells",
    "datasets": "rnnscope.datasets",
    "formulas": "rnnscope.formulas",
    "initializers": "rnnscope.engine.initializers",
    "interventions": "rnnscope.interventions",
    "layers": "rnnscope.models.layers",
    "lessons": "rnnscope.lessons",
    "live": "rnnscope.live",
    "losses": "rnnscope.engine.losses",
    "metrics": "rnnscope.engine.metrics",
    "models": "rnnscope.models",
    "optimizers": "rnnscope.engine.optimizers",
    "preprocessing": "rnnscope.preprocessing",
    "races": "rnnscope.races",
    "regularizers": "rnnscope.engine.regularizers",
    "saving": "rnnscope.saving",
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
    "lesson": "rnnscope.widgets.lesson",
    "load": "rnnscope.interop.loading",
    "load_trace": "rnnscope.trace",
    "look_inside": "rnnscope.interop.looking",
    "race": "rnnscope.races",
    "register": "rnnscope.cells",
    "save_keras": "rnnscope.interop.keras_writing",
    "set_language": "rnnscope.languages",
    "train_live": "rnnscope.widgets.live_explorer",
    "verdict": "rnnscope.findings",
    "what_if": "rnnscope.interventions",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        value = import_module(_MODULES[name])
    elif name in _OBJECTS:
        value = getattr(import_module(_OBJECTS[name]), name)
    else:
        return _cell_layer(name)
    globals()[name] = value
    return value


def _cell_layer(name: str) -> Any:
    """Return a layer under its name, since `rs.LSTM` is `rs.layers.LSTM`, or refuse a name that is none."""
    from rnnscope.habits import INSTEAD, refuse_name

    layers = import_module(_MODULES["layers"]) if name[:1].isupper() and name not in INSTEAD["name"] else None
    if layers is not None and hasattr(layers, name):
        return getattr(layers, name)
    there = [*_MODULES, *_OBJECTS]
    kind = "layer" if name in INSTEAD["layer"] else "name"
    refuse_name(kind, name, there if layers is None else [*there, *dir(layers)], depth=3)


def __dir__() -> list[str]:
    from rnnscope.cells import names

    return sorted([*_MODULES, *_OBJECTS, *names(), "__version__"])
