"""The layers of Keras: one record each says how its configuration is read, and where its weights lie in a file."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rnnscope.engine import initializers, regularizers
from rnnscope.interop.plan import LayerPlan
from rnnscope.models.layer import snake_case

Config = Mapping[str, Any]

IGNORED = {
    "batch_input_shape",
    "batch_shape",
    "build_config",
    "dtype",
    "implementation",
    "input_dtype",
    "input_length",
    "input_shape",
    "name",
    "seed",
    "unroll",
}
"""Entries of a configuration that change no number, or are read elsewhere."""


@dataclass(frozen=True)
class KerasLayer:
    """How a layer of Keras is read, by the name of its class.

    Attributes
    ----------
    weights
        The group in which its own weights lie, below that of the layer; None if it has none of its own.
    parts
        Entries of its configuration that are layers, with the group of each, in the order of `get_weights()`.
    needed
        Entries that have to be there, since they change what is computed and had other defaults once.
    defaults
        What an entry means that is missing, as in files of older versions.
    same_as
        Entries that may have one value only, which changes nothing.
    function
        The name of the function that it is, if it is an activation under a name of its own.
    may_be_frozen
        Whether its configuration may say `trainable`.
    """

    weights: str | None = None
    parts: Mapping[str, str] = field(default_factory=dict)
    needed: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    same_as: Mapping[str, Any] = field(default_factory=dict)
    function: str = ""
    may_be_frozen: bool = True


CELL = ("units", "activation", "use_bias")
GATED = (*CELL, "recurrent_activation")
POOLED = {"data_format": "channels_last", "keepdims": False}
BEFORE = {"reset_after": False}  # what a GRU was before it had that option

LAYERS: dict[str, KerasLayer] = {
    "Activation": KerasLayer(needed=("activation",)),
    "Bidirectional": KerasLayer(
        parts={"layer": "forward_layer", "backward_layer": "backward_layer"}, needed=("merge_mode",)
    ),
    "Dense": KerasLayer("vars", needed=CELL),
    "Dropout": KerasLayer(needed=("rate",)),
    "ELU": KerasLayer(same_as={"alpha": 1.0}, function="elu"),
    "Embedding": KerasLayer("vars", needed=("input_dim", "output_dim"), defaults={"mask_zero": False}),
    "Flatten": KerasLayer(same_as={"data_format": "channels_last"}),
    "GRU": KerasLayer("cell/vars", needed=GATED, defaults=BEFORE),
    "GRUCell": KerasLayer("vars", needed=GATED, defaults=BEFORE),
    "GlobalAveragePooling1D": KerasLayer(same_as=POOLED),
    "GlobalMaxPooling1D": KerasLayer(same_as=POOLED),
    "LSTM": KerasLayer("cell/vars", needed=GATED),
    "LSTMCell": KerasLayer("vars", needed=GATED),
    "LeakyReLU": KerasLayer(same_as={"negative_slope": 0.2, "alpha": 0.2}, function="leaky_relu"),
    "Masking": KerasLayer(needed=("mask_value",)),
    "RNN": KerasLayer(parts={"cell": "cell"}),
    "ReLU": KerasLayer(same_as={"max_value": None, "negative_slope": 0.0, "threshold": 0.0}, function="relu"),
    "RepeatVector": KerasLayer(needed=("n",)),
    "SimpleRNN": KerasLayer("cell/vars", needed=CELL),
    "SimpleRNNCell": KerasLayer("vars", needed=CELL),
    "Softmax": KerasLayer(same_as={"axis": -1}, function="softmax"),
    "SpatialDropout1D": KerasLayer(needed=("rate",), may_be_frozen=False),
    "StackedRNNCells": KerasLayer(parts={"cells": "cells"}),
    "TimeDistributed": KerasLayer(parts={"layer": "layer"}),
}
"""The layers that can be read, by the name of their class in Keras; ours is called alike, or `Activation`."""


@dataclass(frozen=True)
class FoundLayer:
    """A layer of a configuration.

    Attributes
    ----------
    plan
        The layer that it becomes; a list for cells one upon the other.
    groups
        Where its weights lie in a file of Keras 3, below the group of the layer, in the order of `get_weights()`.
    """

    plan: LayerPlan | list[LayerPlan]
    groups: tuple[str, ...]


def read_layer(entry: Config, is_old: bool = False) -> FoundLayer:
    """Return the layer that an entry of a configuration describes.

    Parameters
    ----------
    entry
        The entry: `class_name`, `config` and more.
    is_old
        Whether a Keras before 3 wrote it.

    Raises
    ------
    ValueError
        If it cannot be read; nothing in it is run.
    """
    kind, config = entry["class_name"], entry["config"]
    if is_custom(entry):
        raise ValueError("a class of one's own, whose code is not in the configuration; nothing of it was run")
    if kind == "Lambda":
        raise ValueError("a Lambda layer is code; nothing of it was run")
    if kind not in LAYERS:
        raise ValueError("rnnscope has no such layer")
    record = LAYERS[kind]
    config = {**record.defaults, **config}
    missing = [key for key in (*record.needed, *record.parts) if key not in config and key != "backward_layer"]
    if missing:
        raise ValueError(f"its configuration does not say {', '.join(missing)}")
    groups = [] if record.weights is None else [record.weights]
    arguments: dict[str, Any] = {}
    for key, group in record.parts.items():
        if config.get(key) is not None:
            found = _part(config[key], group, is_old)
            arguments[key] = found.plan
            groups += found.groups
    for key, value in config.items():
        if key in record.same_as and value not in (None, record.same_as[key]):
            raise ValueError(f"expected {key}={record.same_as[key]!r}; got {value!r}")
        if key not in (*IGNORED, *record.parts, *record.same_as):
            arguments |= _argument(key, value, is_old)
    if record.function:
        return FoundLayer(LayerPlan("Activation", config.get("name", ""), {"activation": record.function}), ())
    if kind == "StackedRNNCells":
        return FoundLayer(arguments["cells"], tuple(groups))
    if kind == "Bidirectional" and "backward_layer" not in arguments:
        groups += [f"backward_layer/{group.partition('/')[2]}" for group in groups]
    plan = LayerPlan(kind, config.get("name", ""), arguments, config.get("trainable", True))
    return FoundLayer(plan, tuple(groups))


def is_custom(entry: Config) -> bool:
    """Say whether the class of an entry is none of Keras's own."""
    registered, module = entry.get("registered_name"), entry.get("module") or "keras"
    return bool(registered and ">" in registered) or module.partition(".")[0] not in ("keras", "tf_keras", "builtins")


def group_names(kinds: Sequence[str]) -> list[str]:
    """Return the groups of layers in a file of Keras 3: their classes, numbered where they come again."""
    names = [snake_case(kind) for kind in kinds]
    counts = [names[:k].count(name) for k, name in enumerate(names)]
    return [f"{name}_{count}" if count else name for name, count in zip(names, counts, strict=True)]


def _part(value: Any, group: str, is_old: bool) -> FoundLayer:
    """Return a layer that is part of another one, or a list of cells, with their groups below it."""
    if not isinstance(value, list):
        found = read_layer(value, is_old)
        return FoundLayer(found.plan, tuple(f"{group}/{own}" for own in found.groups))
    cells = [read_layer(entry, is_old) for entry in value]
    places = group_names([entry["class_name"] for entry in value])
    groups = [f"{group}/{place}/{own}" for place, cell in zip(places, cells, strict=True) for own in cell.groups]
    return FoundLayer([cell.plan for cell in cells], tuple(groups))


def _argument(key: str, value: Any, is_old: bool) -> dict[str, Any]:
    """Return an entry as an argument; an initializer that is not there is left out, since weights are read."""
    if key.endswith("_initializer"):
        found = _initializer(value)
        return {} if found is None else {key: found}
    if key.endswith("_regularizer"):
        return {key: _regularizer(value)}
    if key.endswith("activation"):
        return {key: _activation(key, value, is_old)}
    return {key: value}


def _regularizer(value: Any) -> Any:
    """Return a regularizer; one that is not here stays as it is written."""
    kinds = {kind.__name__: kind for kind in regularizers.REGULARIZERS.values()}
    kind = kinds.get(str(value["class_name"])) if isinstance(value, Mapping) else None
    if kind is None or not value["config"].keys() <= inspect.signature(kind).parameters.keys():
        return value
    return kind(**value["config"])


def _initializer(value: Any) -> initializers.Initializer | str | None:
    """Return an initializer, or None for one that is not here."""
    entry = value if isinstance(value, Mapping) else {"class_name": value}
    name = snake_case(str(entry["class_name"]))
    kind = initializers.INITIALIZERS.get(name)
    given = {key: own for key, own in (entry.get("config") or {}).items() if own is not None and key != "dtype"}
    if kind is None or not given.keys() <= inspect.signature(kind).parameters.keys():
        return None
    made = kind(**given)
    return name if repr(made) == repr(kind()) else made


def _activation(key: str, value: Any, is_old: bool) -> str:
    if isinstance(value, Mapping):
        name = value.get("config") if isinstance(value.get("config"), str) else value.get("class_name")
        raise ValueError(f"{key}: a function of one's own, {name!r}, whose code was not run")
    if value == "hard_sigmoid" and is_old:
        raise ValueError(f"{key}: the hard_sigmoid of Keras 2, 0.2·x + 0.5, is another one than that of Keras 3")
    return "linear" if value is None else value
