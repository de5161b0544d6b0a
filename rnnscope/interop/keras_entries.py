"""The configuration of a model as Keras 3 writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rnnscope.interop.keras_compiled import compiled_config, written
from rnnscope.interop.keras_config import STATES, is_line
from rnnscope.interop.keras_layers import LAYERS
from rnnscope.models.layer import snake_case

if TYPE_CHECKING:
    from rnnscope.models.inputs import Shape
    from rnnscope.models.layer import Layer
    from rnnscope.models.stack import Stack

OURS = ("turns_back", "turns_mask")
"""Options that the layer of which another is a part sets in it."""

WIDTHS = ("units", "output_dim")
"""What the number of units is called."""

IN_KERAS = {"gelu_exact": "gelu"}
"""Functions that are called otherwise in Keras."""

INNER = {
    "Bidirectional": {"layer": "forward_layer", "backward_layer": "backward_layer"},
    "TimeDistributed": {"layer": "layer"},
}
"""What a layer calls the layers in it, as an argument and as an attribute."""


def model_entry(model: Stack) -> dict[str, Any]:
    """Return the configuration of a model."""
    dtype = model.dtype.name
    inputs = [_input(shape, k, dtype) for k, shape in enumerate(model.input_shapes)]
    layers = [layer_entry(layer, dtype) for layer in model.layers]
    shape = inputs[0]["config"]["batch_shape"]
    config = {"name": model.name, "trainable": model.trainable, "dtype": _policy(dtype), "layers": [*inputs, *layers]}
    compiled = {"compile_config": compiled_config(model)}
    if is_line(model.wires):
        entry = _entry("Sequential", {**config, "build_input_shape": shape}, module="keras")
        return {**entry, "build_config": {"input_shape": shape}, **compiled}
    ends = [[entry["config"]["name"], 0, 0] for entry in inputs]
    config |= {"layers": [*_called(inputs), *_called(layers, model, dtype)]}
    config |= {"input_layers": ends, "output_layers": [model.layers[-1].name, 0, 0]}
    return {**_entry("Functional", config, module="keras.src.models.functional"), **compiled}


def layer_entry(layer: Layer, dtype: str) -> dict[str, Any]:
    """Return the configuration of a layer.

    Raises
    ------
    ValueError
        If Keras has no such layer.
    """
    if layer.kind not in LAYERS:
        raise ValueError(f"model: expected layers that Keras has; it has no {layer.kind} ({layer.name!r})")
    record = LAYERS[layer.kind]
    config = {"name": layer.name or snake_case(layer.kind), "dtype": _policy(dtype)}
    config |= {"trainable": layer.trainable} if record.may_be_frozen else {}
    config |= {key: _in_keras(value) for key, value in layer.options().items() if key not in OURS}
    config |= {key: layer.units for key in WIDTHS if key in record.needed}
    config |= {penalty_of(name): written(found, "keras.regularizers") for name, found in layer.regularizers.items()}
    if layer.kind == "RNN":
        config |= _loop(layer, dtype)
    else:
        config |= {key: layer_entry(getattr(layer, own), dtype) for key, own in INNER.get(layer.kind, {}).items()}
    if config.get("stateful"):
        raise ValueError(f"layer {layer.name!r}: stateful: Keras keeps it with a number of samples, not here")
    build = {"build_config": {"input_shape": [None, *layer.input_shape]}} if layer.input_shape else {}
    return {**_entry(layer.kind, config), **build}


def _in_keras(option: Any) -> Any:
    return IN_KERAS.get(option, option) if isinstance(option, str) else option


def penalty_of(array: str) -> str:
    """Return the argument that penalizes a weight array: of `recurrent_kernel` it is `recurrent_regularizer`."""
    return f"{array.removesuffix('_kernel')}_regularizer"


def _loop(layer: Layer, dtype: str) -> dict[str, Any]:
    """Return what stands in the configuration of an `RNN`: how it loops, and its cell or cells."""
    last = layer.layers[-1]
    how = {key: getattr(last, key) for key in ("return_sequences", "return_state", "stateful")}
    cells = []
    for k, own in enumerate(layer.layers):
        entry = layer_entry(own, dtype)
        options = {key: value for key, value in entry["config"].items() if key not in (*how, "go_backwards")}
        name = f"{snake_case(own.kind)}_cell_{k}"
        cells.append(_entry(f"{own.kind}Cell", {**options, "name": name}))
    stacked = _entry("StackedRNNCells", {"name": "stacked_rnn_cells", "cells": cells})
    return {**how, "go_backwards": layer.layers[0].go_backwards, "cell": cells[0] if len(cells) == 1 else stacked}


def _input(shape: Shape, number: int, dtype: str) -> dict[str, Any]:
    """Return the configuration of an input."""
    return _entry("InputLayer", {"batch_shape": [None, *shape], "dtype": dtype, "name": f"input_layer_{number}"})


def _called(entries: list[dict[str, Any]], model: Stack | None = None, dtype: str = "") -> list[dict[str, Any]]:
    """Return the configurations of layers of a functional model, with what each is called with."""
    found = []
    for k, entry in enumerate(entries):
        nodes = [] if model is None else [_call(model, k, dtype)]
        named = {key: value for key, value in entry.items() if key != "build_config"}
        found.append({**named, "name": entry["config"]["name"], "inbound_nodes": nodes})
    return found


def _call(model: Stack, number: int, dtype: str) -> dict[str, Any]:
    """Return what a layer is called with."""
    wire = model.wires[number]
    if wire.reads < 0:
        x = _tensor(f"input_layer_{-1 - wire.reads}", 0, model.input_shapes[-1 - wire.reads], dtype)
    else:
        below = model.layers[wire.reads]
        x = _tensor(below.name, 0, below.output_shape(), dtype)
    if wire.start is None:
        return {"args": [x], "kwargs": {}}
    source = model.layers[wire.start]
    states = [_tensor(source.name, k, (source.units,), dtype) for k in range(1, len(source.states) + 1)]
    return {"args": [x], "kwargs": {STATES: states}}


def _tensor(name: str, number: int, shape: Shape, dtype: str) -> dict[str, Any]:
    """Return what stands for an output of a layer."""
    config = {"shape": [None, *shape], "dtype": dtype, "keras_history": [name, 0, number]}
    return {"class_name": "__keras_tensor__", "config": config}


def _entry(kind: str, config: dict[str, Any], module: str = "keras.layers") -> dict[str, Any]:
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


def _policy(dtype: str) -> dict[str, Any]:
    return _entry("DTypePolicy", {"name": dtype}, module="keras")
