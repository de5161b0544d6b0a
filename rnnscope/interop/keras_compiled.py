"""How a model of Keras was compiled: its optimizer and its loss, as far as they are here."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnnscope.checks import arguments_of
from rnnscope.engine import losses, optimizers
from rnnscope.engine import metrics as metrics_module
from rnnscope.engine.metrics import checked_metrics
from rnnscope.interop.keras_layers import Config
from rnnscope.interop.keras_optimizers import take_averages
from rnnscope.warned import warn

if TYPE_CHECKING:
    from rnnscope.models.sequential import Sequential

CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")
IGNORED = {
    "axis",
    "dtype",
    "ema_momentum",
    "ema_overwrite_frequency",
    "fn",
    "is_legacy_optimizer",
    "jit_compile",
    "loss_scale_factor",
    "name",
    "registered_name",
}
"""Entries that change no number as long as the options to which they belong are off."""

MEAN = ("sum_over_batch_size", "auto")
"""How a loss is averaged over samples, as Keras 3 and as Keras 2 calls it."""


def compile_as(model: Sequential, compiled: Config | None, averages: Sequence[np.ndarray] = ()) -> None:
    """Compile a model with the optimizer and the loss that Keras wrote down; warn if one of them is not there.

    The optimizer goes on with the averages that Keras kept, as far as they are known here.
    """
    if not compiled or not compiled.get("loss"):
        return
    try:
        loss = losses.loss(_made("loss", compiled["loss"], losses))
        optimizer = optimizers.optimizer(_made("optimizer", compiled.get("optimizer") or "rmsprop", optimizers))
    except (TypeError, ValueError) as error:
        warn(f"the model is not compiled, since Keras compiled it otherwise: {error}")
        return
    metrics, weighted = (_metrics(compiled.get(name)) for name in ("metrics", "weighted_metrics"))
    model.compile(optimizer, loss, metrics=metrics, weighted_metrics=weighted)
    if averages:
        take_averages(model, averages)


def _metrics(given: Any) -> list[Any]:
    """Return those metrics that are here; the others measure, and change nothing."""
    found = []
    for entry in given if isinstance(given, list) else []:
        try:
            found += checked_metrics("metrics", [_made("metrics", entry, metrics_module)])
        except (AttributeError, TypeError, ValueError):
            continue
    return found


def _made(what: str, value: Any, module: Any) -> Any:
    """Return an optimizer, a loss or a schedule of ours, or its name."""
    if not isinstance(value, Mapping) or "class_name" not in value:
        return value
    name = str(value["class_name"]).removeprefix("Custom>")  # as Keras 2 writes its own optimizers
    kind = getattr(module, name, None)
    if not inspect.isclass(kind):
        raise ValueError(f"{what}: rnnscope has no {name!r}")
    taken = [*inspect.signature(kind).parameters, *CLIPPING]
    ignored = IGNORED - {"name"} if what == "metrics" else IGNORED  # what a metric is called is what it is asked for by
    given = {key: entry for key, entry in value["config"].items() if key not in ignored and entry is not None}
    if isinstance(given.get("learning_rate"), Mapping):
        given["learning_rate"] = _made("learning_rate", given["learning_rate"], optimizers.schedules)
    if given.pop("reduction", MEAN[0]) not in MEAN:
        raise ValueError(f"{what}: expected the mean over samples; got another reduction")
    for key in [key for key in given if key not in taken]:
        if given.pop(key):
            raise ValueError(f"{what}: {name} has no option {key}")
    return kind(**given)


def compiled_config(model: Sequential) -> dict[str, Any]:
    """Return how a model was compiled as Keras writes it; empty if it was not."""
    if model._loss is None or model._optimizer is None:
        return {}
    optimizer = written(model._optimizer, "keras.optimizers")
    metrics, weighted = (
        [m if isinstance(m, str) else written(m, "keras.metrics") for m in given if _is_known(m)] or None
        for given in (model._metrics, model._weighted)
    )
    loss = written(model._loss, "keras.losses")
    return {"optimizer": optimizer, "loss": loss, "metrics": metrics, "weighted_metrics": weighted}


def _is_known(metric: Any) -> bool:
    """Say whether Keras has a metric: functions and classes of one's own it has not."""
    return isinstance(metric, str) or type(metric) in (*metrics_module.METRICS.values(), metrics_module.Accuracy)


def written(thing: Any, module: str) -> dict[str, Any]:
    """Return an optimizer, a loss, a schedule or a regularizer with the values of its arguments."""
    config = arguments_of(thing) | dict(filter(None, [getattr(thing, "_clip", None)]))
    if (schedule := getattr(thing, "schedule", None)) is not None:
        config["learning_rate"] = written(schedule, "keras.optimizers.schedules")
    return {"module": module, "class_name": type(thing).__name__, "config": config, "registered_name": None}
