"""Losses with Keras's arithmetic: the mean over samples (and time steps), and its gradient by the prediction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rnnscope.checks import arguments_of, describe, one_of, spelled
from rnnscope.engine.losses.base import Loss
from rnnscope.engine.losses.crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    SparseCategoricalCrossentropy,
)
from rnnscope.engine.losses.errors import (
    Hinge,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SquaredHinge,
)
from rnnscope.habits import refuse_name

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "loss",
]

LOSSES = {
    "binary_crossentropy": BinaryCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "hinge": Hinge,
    "huber": Huber,
    "kl_divergence": KLDivergence,
    "log_cosh": LogCosh,
    "mean_absolute_error": MeanAbsoluteError,
    "mean_absolute_percentage_error": MeanAbsolutePercentageError,
    "mean_squared_error": MeanSquaredError,
    "mean_squared_logarithmic_error": MeanSquaredLogarithmicError,
    "poisson": Poisson,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "squared_hinge": SquaredHinge,
}
"""The losses by Keras's names."""

SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}
"""Losses that go by a short name as well, as functions' names and as those of classes: `"mse"` and `MSE`."""

globals().update({short.upper(): LOSSES[name] for short, name in SHORT.items()})


def loss(value: str | Loss | type[Loss]) -> Loss:
    """Return a loss given by name or as it is."""
    if isinstance(value, type) and issubclass(value, Loss):
        return value()
    if isinstance(value, Loss):
        return value
    if not isinstance(value, str):
        hint = _hint(value)
        raise TypeError(f"loss: expected one of {', '.join([*SHORT, *LOSSES])} or a Loss; got {describe(value)}{hint}")
    name = spelled("loss", value, [*LOSSES, *SHORT])
    return LOSSES[SHORT.get(name, name)]()


def config_of(loss: Loss | None) -> dict[str, Any] | None:
    """Return the class and the options of a loss as Keras writes them; None for none, and for a class of one's own."""
    if type(loss) not in LOSSES.values():
        return None
    return {"class_name": type(loss).__name__, "config": arguments_of(loss)}


def from_config(config: Mapping[str, Any]) -> Loss:
    """Return the loss of a class and options that `config_of` wrote."""
    kinds = {kind.__name__: kind for kind in LOSSES.values()}
    name = one_of("class_name of a loss", config["class_name"], kinds)
    return kinds[name](**config["config"])


def _hint(value: Any) -> str:
    """Return what to type for a loss of another kind."""
    given = list(value.values()) if isinstance(value, dict) else value
    if isinstance(given, list | tuple) and len(given) == 1:
        return f". There is one output: type loss={given[0]!r}"
    own = "write a class on rs.losses.Loss, with per_sample(prediction, y) and gradient(prediction, y)"
    return f". For a loss of your own {own}" if callable(value) else ""


get = loss
"""Keras's name for it."""


def __getattr__(name: str) -> Any:
    known = {**LOSSES, **{short: LOSSES[long] for short, long in SHORT.items()}}
    there = [kind for kind in __all__ if kind[0].isupper()]
    if name in known:
        refuse_name("function", name, (), f"type rs.losses.{known[name].__name__}(), or loss={name!r}")
    refuse_name("loss", name, there)
