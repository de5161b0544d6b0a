"""What views of quantities show of a moment: their values, or in the backward direction the gradients of the loss."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.trace import LayerTrace, Moment

BACKWARD = "backward"


def shown_of(moment: Moment) -> Mapping[str, np.ndarray]:
    """Return the recorded arrays of a moment's layer in phase order, (epoch, sample, time, unit).

    Forward they are the values of its quantities, backward the gradients of the loss by them.
    """
    return shown_in(moment.layer, moment.direction)


def shown_in(layer: LayerTrace, direction: str) -> Mapping[str, np.ndarray]:
    """Return the recorded arrays of a layer in a direction, as `shown_of` does."""
    group = layer.grad if direction == BACKWARD else layer.values
    return {name: group[name] for name in layer.quantities if name in group}


def check_gradients(moment: Moment) -> None:
    """Refuse the backward direction in a layer without recorded gradients."""
    layer = moment.layer
    if moment.direction == BACKWARD and not any(name in layer.grad for name in layer.quantities):
        raise ValueError(
            f"direction: expected 'forward', for layer {layer.name!r} has no recorded gradients; got 'backward'. "
            "Record with gradients=True and pass targets"
        )


def symbol_of(moment: Moment, name: str) -> str:
    """Return what is shown of a quantity, such as `f`, or backward `∂L/∂f`."""
    return f"∂L/∂{name}" if moment.direction == BACKWARD else name


def role_of(moment: Moment, name: str) -> str:
    """Return the role of a quantity, by which its scale is chosen; gradients have none, whatever they are of."""
    return "" if moment.direction == BACKWARD else moment.layer.cell[name].role
