"""Models out of plans."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from rnnscope.engine.regularizers import Regularizer
from rnnscope.interop.plan import LayerPlan, ModelPlan, check_shapes, collecting, refuse
from rnnscope.models import layers
from rnnscope.models.arguments import TRAINABLE
from rnnscope.models.calls import Called
from rnnscope.models.functional import Model
from rnnscope.models.inputs import Input
from rnnscope.models.layer import Layer
from rnnscope.models.sequential import Sequential
from rnnscope.warned import warn

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
    model = _stacked(plan, made) if plan.wires is None else _wired(plan, made)
    weights = dict(zip((layer.name for layer in plan.layers), plan.weights, strict=True))
    model.set_weights([array for layer in model.layers for array in weights[layer.name]])
    model.notes = tuple(plan.notes)
    return model


def _stacked(plan: ModelPlan, made: Sequence[Layer]) -> Sequential:
    """Return a model of layers one upon the other."""
    model = Sequential(dtype=plan.dtype, name=plan.name)
    model.add(Input(plan.inputs[0]))
    for layer, arrays in zip(made, plan.weights, strict=True):
        model.add(layer)
        check_shapes(layer, [array.shape for array in arrays])  # before anything of that size is made
    return model


def _wired(plan: ModelPlan, made: Sequence[Layer]) -> Model:
    """Return a model of layers that are called with one another."""
    inputs = [Input(shape) for shape in plan.inputs]
    given: list[list[Called]] = []
    for layer, wire in zip(made, plan.wires, strict=True):
        x = inputs[-1 - wire.reads] if wire.reads < 0 else given[wire.reads][0]
        output = layer(x, initial_state=[] if wire.start is None else given[wire.start][1:])
        given.append(output if isinstance(output, list) else [output])
    model = Model(inputs, given[-1][0], dtype=plan.dtype, name=plan.name)
    for layer, arrays in zip(made, plan.weights, strict=True):
        check_shapes(layer, [array.shape for array in arrays])
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
    is_cell = plan.kind.endswith(layers.CELL)
    taken = inspect.signature(getattr(layers, plan.kind.removesuffix(layers.CELL))).parameters
    known = {key: value for key, value in plan.arguments.items() if not _is_foreign(key, value)}
    arguments = {key: _made(value) for key, value in known.items() if key in taken or key == TRAINABLE}
    others = {key: value for key, value in plan.arguments.items() if key not in arguments and value}  # the rest is off
    for key in [key for key in others if key.endswith(TRAINING_ONLY)]:
        text = f"layer {plan.name!r}: {key} is left out; predictions are the same, training is not"
        warn(text)
        del others[key]
    if others:
        raise ValueError(f"it has no option {', '.join(f'{key}={value!r}' for key, value in others.items())}")
    if is_cell:
        return kind(**arguments)
    layer = kind(**arguments, name=plan.name)
    layer.trainable = plan.trainable
    return layer


def _is_foreign(key: str, value: Any) -> bool:
    """Say whether an argument is something that only trains, and is not here."""
    return key.endswith(TRAINING_ONLY) and value is not None and not isinstance(value, Regularizer)


def _made(value: Any) -> Any:
    """Return an argument with layers in the place of their plans."""
    if isinstance(value, LayerPlan):
        return _layer(value)
    return [_made(entry) for entry in value] if isinstance(value, list) else value
