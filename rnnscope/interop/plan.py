"""A model as it was found elsewhere: the layers that it takes here, and the weights of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from rnnscope.models.inputs import Shape
    from rnnscope.models.layer import Layer
    from rnnscope.models.nodes import Wire

PRECISIONS = ("float32", "float64")
"""The types in which a model computes here."""


@dataclass(frozen=True)
class LayerPlan:
    """A layer that is to be made.

    Attributes
    ----------
    kind
        The name of its class, in `rs.layers`.
    name
        Its name in the model.
    arguments
        What it is made with; plans of layers among them are made first.
    trainable
        Whether its weights are trained.
    """

    kind: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    trainable: bool = True


@dataclass(frozen=True)
class ModelPlan:
    """A model that is to be made.

    Attributes
    ----------
    name
        Its name.
    inputs
        The shape of one sample of each input.
    dtype
        The type in which it computes.
    layers
        Its layers, in the order of computation.
    weights
        The weight arrays of each layer, in Keras's order.
    wires
        What each layer reads; None if they stand one upon the other.
    notes
        Lines that `summary` shows below the table.
    """

    name: str
    inputs: Sequence[Shape]
    dtype: str
    layers: Sequence[LayerPlan]
    weights: Sequence[Sequence[np.ndarray]]
    wires: Sequence[Wire] | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class FoundModel:
    """What a file says of a model.

    Attributes
    ----------
    plan
        The model that it becomes.
    compiled
        How it was compiled: its optimizer and its loss, as Keras writes them; None if it was not.
    averages
        What the optimizer keeps, as Keras keeps it.
    """

    plan: ModelPlan
    compiled: Mapping[str, Any] | None
    averages: Sequence[np.ndarray] = ()


@contextmanager
def collecting(problems: list[str], name: str, kind: str) -> Iterator[None]:
    """Note what is wrong with a layer instead of raising it."""
    try:
        yield
    except (TypeError, ValueError) as error:
        problems.append(f"  {name} ({kind}): {error}")


def refuse(problems: Sequence[str]) -> None:
    """Raise what was noted, if there is anything."""
    if problems:
        raise ValueError(
            "\n".join(["these layers are not there or cannot do what the model asks of them:", *problems, ADVICE])
        )


ADVICE = (
    "What can be done: make a model of the layers that can be read, such as the recurrent ones, and look inside that "
    "one; what it reads is what the layers before it put out."
)


def check_shapes(layer: Layer, found: Sequence[tuple[int, ...]]) -> None:
    """Refuse weights of other shapes than a layer has."""
    expected = list(layer.weight_shapes().values())
    if list(found) != expected:
        shapes = [", ".join(map(str, shapes)) or "none" for shapes in (expected, found)]
        raise ValueError(
            f"layer {layer.name!r} ({layer.kind}): expected weights of shapes {shapes[0]}; got {shapes[1]}"
        )
