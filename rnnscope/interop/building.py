"""Models out of plans."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Sequence
from typing import Any

from rnnscope.interop.plan import LayerPlan, ModelPlan, check_shapes, collecting, refuse
from rnnscope.models import layers
from rnnscope.models.layer import Input, Layer
from rnnscope.models.sequential import Sequential

TRAINING_ONLY = ("_regularizer", "_constraint")
"""Arguments that end so change what a model learns, and nothing that it computes."""


def model_of(plan: ModelPlan) -> Sequential:
    """Return the model that a plan describes.

    Raises
    ------
    ValueError
        If a layer or an option is not there, or a weight has another shape than the layers say; it lists them all.
    """
    made = layers_of(plan.layers)
    model = Sequential(dtype=plan.dtype, name=plan.name)
    model.add(Input(plan.shape))
    for layer, arrays in zip(made, plan.weights, strict=True):
        model.add(layer)
        check_shapes(layer, [array.shape for array in arrays])  # before anything of that size is made
    model.set_weights([array for arrays in plan.weights for array in arrays])
    model.notes = tuple(plan.notes)
    return model


def layers_of(plans: Sequence[LayerPlan]) -> list[Layer]:
    """Return the layers of plans, or list all that are not there."""
    made, problems = [], []
    for plan in plans:
        with collecting(problems, plan.name, plan.kind):
            made.append(_layer(plan))
    refuse(problems)
    return made


def _layer(plan: LayerPlan) -> Layer:
    """Return one layer, or raise a `ValueError` that says what of it is not there."""
    try:
        kind = getattr(layers, plan.kind)
    except AttributeError:
        raise ValueError("rnnscope has no such layer") from None
    taken = inspect.signature(kind).parameters
    arguments = {key: _made(value) for key, value in plan.arguments.items() if key in taken}
    others = {key: value for key, value in plan.arguments.items() if key not in taken and value}  # the rest is off
    for key in [key for key in others if key.endswith(TRAINING_ONLY)]:
        text = f"layer {plan.name!r}: {key} is left out; predictions are the same, training is not"
        warnings.warn(text, stacklevel=2)
        del others[key]
    if others:
        raise ValueError(f"it has no option {', '.join(f'{key}={value!r}' for key, value in others.items())}")
    return kind(**arguments, name=plan.name)


def _made(value: Any) -> Any:
    """Return an argument with layers in the place of their plans."""
    if isinstance(value, LayerPlan):
        return _layer(value)
    return [_made(entry) for entry in value] if isinstance(value, list) else value
