"""Optimizers with Keras's arithmetic, and `schedules` of learning rates."""

from __future__ import annotations

from typing import Any

from rnnscope.checks import describe, spelled
from rnnscope.engine.optimizers import schedules
from rnnscope.engine.optimizers.adagrad import Adagrad
from rnnscope.engine.optimizers.adam import Adam, AdamW, Nadam
from rnnscope.engine.optimizers.base import Optimizer
from rnnscope.engine.optimizers.rmsprop import RMSprop
from rnnscope.engine.optimizers.sgd import SGD
from rnnscope.habits import refuse_name

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Nadam", "Optimizer", "RMSprop", "optimizer", "schedules"]

OPTIMIZERS = {"adagrad": Adagrad, "adam": Adam, "adamw": AdamW, "nadam": Nadam, "rmsprop": RMSprop, "sgd": SGD}


def optimizer(value: str | Optimizer | type[Optimizer]) -> Optimizer:
    """Return an optimizer given by name (with Keras's defaults) or as it is."""
    if isinstance(value, type) and issubclass(value, Optimizer):
        return value()
    if isinstance(value, Optimizer):
        return value
    if not isinstance(value, str):
        raise TypeError(f"optimizer: expected one of {', '.join(OPTIMIZERS)} or an Optimizer; got {describe(value)}")
    return OPTIMIZERS[spelled("optimizer", value, OPTIMIZERS)]()


get = optimizer
"""Keras's name for it."""


def __getattr__(name: str) -> Any:
    refuse_name("optimizer", name, [kind.__name__ for kind in OPTIMIZERS.values()])
