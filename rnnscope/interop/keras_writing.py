"""Models written as Keras 3 writes them: `.keras` files, and `.weights.h5`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from rnnscope.checks import describe
from rnnscope.files import ending, replacing
from rnnscope.interop.h5 import reading, write
from rnnscope.interop.keras_config import is_line
from rnnscope.interop.keras_entries import layer_entry, model_entry
from rnnscope.interop.keras_files import (
    CONFIG,
    CONTAINER,
    METADATA,
    OPTIMIZER,
    WEIGHTS,
    weights_by_name,
    weights_in_groups,
)
from rnnscope.interop.keras_layers import group_names, read_layer
from rnnscope.interop.keras_optimizers import averages_of
from rnnscope.interop.plan import check_shapes

if TYPE_CHECKING:
    from rnnscope.models.stack import Stack

VERSION = "3.0.0"
"""The files are as this version of Keras, and every later one, reads them."""


def save_keras(model: Stack, path: str | PathLike[str]) -> None:
    """Write a model with its weights as a `.keras` file, for `rs.load` and for Keras: `keras.models.load_model(path)`.

    If the model is compiled, the file has its loss and its optimizer, with the averages that it keeps, so that training
    goes on there.

    Parameters
    ----------
    model
        A model of layers that Keras has.
    path
        Name of the file, ending in `.keras`.

    Raises
    ------
    ValueError
        If Keras has no layer like one of these.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.LSTM(3, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> rs.save_keras(model, "model.keras")
    """
    if not hasattr(model, "get_weights") or not hasattr(model, "layers"):
        raise TypeError(f"model: expected a model, such as rs.Sequential; got {describe(model)}")
    model._check_for_more("save")
    ending(path, [".keras"])
    config = json.dumps(model_entry(model))
    content = io.BytesIO()
    write_weights(model, content, averages_of(model) if is_line(model.wires) else ())
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, data in (
            (METADATA, json.dumps({"keras_version": VERSION})),
            (CONFIG, config),
            (WEIGHTS, content.getvalue()),
        ):
            archive.writestr(zipfile.ZipInfo(name), data)


def save_weights(model: Stack, path: Path) -> None:
    """Write the weights of a model as a `.weights.h5` file; see `Sequential.save_weights`."""
    content = io.BytesIO()
    write_weights(model, content)
    with replacing(path) as file:
        file.write(content.getvalue())


def load_weights(model: Stack, path: Path) -> None:
    """Set the weights of a model to those of a file of weights alone; see `Sequential.load_weights`."""
    with reading(path) as file:
        root = "model_weights" if file.has("model_weights") else ""
        if file.texts(root, "layer_names"):
            found = [arrays for _, arrays in weights_by_name(file, root) if arrays]
            layers = [layer for layer in model.layers if layer.weight_shapes()]
            if len(found) != len(layers):
                raise ValueError(f"expected weights of {len(layers)} layers; got those of {len(found)}")
        else:
            layers, found = model.layers, weights_in_groups(file, groups_of(model))
    for layer, arrays in zip(layers, found, strict=True):
        check_shapes(layer, [array.shape for array in arrays])
    model.set_weights([array for arrays in found for array in arrays])


def groups_of(model: Stack) -> list[list[str]]:
    """Return the groups of each layer that hold weights, below that of all layers."""
    places = group_names([layer.kind for layer in model.layers])
    found = [read_layer(layer_entry(layer, model.dtype.name)).groups for layer in model.layers]
    return [[f"{place}/{own}" for own in groups] for place, groups in zip(places, found, strict=True)]


def write_weights(model: Stack, file: IO[bytes], averages: Sequence[np.ndarray] = ()) -> None:
    """Write the weights of a model, and what its optimizer keeps, as Keras 3 lays them out."""
    arrays: dict[str, np.ndarray] = {}
    names: dict[str, dict[str, str]] = {}
    for layer, groups in zip(model.layers, groups_of(model), strict=True):
        counts = [len(shapes) for part in layer.parts() if (shapes := part.layer.weight_shapes())]
        own = iter(layer.get_weights())
        for group, count in zip(groups, counts, strict=True):
            names[f"{CONTAINER}/{group}"] = {"name": layer.name}
            arrays |= {f"{CONTAINER}/{group}/{k}": next(own) for k in range(count)}
    write(file, arrays | {f"{OPTIMIZER}/{k}": array for k, array in enumerate(averages)}, names)
