"""Files of Keras: `.keras`, whole models as `.h5`, and weights alone; read without Keras, nothing in them is run."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rnnscope.interop.h5 import LARGEST_RATIO, SMALL, H5File, reading
from rnnscope.interop.keras_config import INPUT, ModelConfig, model_config
from rnnscope.interop.keras_layers import Config, FoundLayer, group_names
from rnnscope.interop.plan import FoundModel, ModelPlan

LARGEST_TEXT = 64 * 2**20
"""A configuration that unpacks to more bytes than this is refused."""

LARGEST_WEIGHTS = 4 * 2**30
"""So are weights."""

METADATA, CONFIG, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
CONTAINER, OPTIMIZER = "layers", "optimizer/vars"
"""The groups of all layers, and of what the optimizer keeps, in a file of weights."""


def read_keras(path: Path, dtype: str | None) -> FoundModel:
    """Return the model of a `.keras` file."""
    try:
        with zipfile.ZipFile(path) as archive:
            version = json.loads(_unpacked(archive, METADATA, LARGEST_TEXT)).get("keras_version", "")
            entry = json.loads(_unpacked(archive, CONFIG, LARGEST_TEXT))
            config = model_config(entry, version)
            found = config.layers()
            content = _unpacked(archive, WEIGHTS, LARGEST_WEIGHTS)
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise ValueError(f"a .keras file is a zip archive, and this is none, or a damaged one ({error})") from error
    with reading(content) as file:
        is_listed = [config.calls is not None or entry["class_name"] != INPUT for entry in config.entries]
        entries = [entry for entry, listed in zip(config.entries, is_listed, strict=True) if listed]
        places = group_names([entry["class_name"] for entry in entries])
        place_of = {id(entry): place for entry, place in zip(entries, places, strict=True)}
        groups = [[f"{place_of[id(entry)]}/{own}" for own in layer.groups] for entry, layer in found]
        weights = weights_in_groups(file, groups)
        kept = file.arrays(OPTIMIZER) if file.has(OPTIMIZER) and not config.is_old else []
        averages = [file.array(f"{OPTIMIZER}/{name}") for name in kept]
    return FoundModel(plan_of(config, dtype, found, weights), entry.get("compile_config") or None, averages)


def read_h5(path: Path, dtype: str | None) -> FoundModel:
    """Return the model of an `.h5` file that holds a whole model."""
    with reading(path) as file:
        text = file.text("model_config")
        if text is None:
            raise ValueError(
                "it holds weights alone. Build the model with rs.Sequential, then model.load_weights(path)"
            )
        config = model_config(json.loads(text), file.text("keras_version") or "1")
        found = config.layers()
        by_name = {name: own for name, own in weights_by_name(file, "model_weights") if own}
        names = [layer.plan.name for _, layer in found]
        if unread := sorted(set(by_name) - set(names)):
            raise ValueError(f"it has weights of {', '.join(unread)}, which its configuration does not have")
        weights = [by_name.get(name, []) for name in names]
        compiled = json.loads(file.text("training_config") or "null")
    if compiled is not None and "optimizer_config" in compiled:
        compiled = {**compiled, "optimizer": compiled["optimizer_config"]}
    return FoundModel(plan_of(config, dtype, found, weights), compiled)


def plan_of(
    config: ModelConfig,
    dtype: str | None,
    found: Sequence[tuple[Config, FoundLayer]],
    weights: Sequence[Sequence[np.ndarray]],
) -> ModelPlan:
    """Return the plan of a model of Keras, of its layers and their weights."""
    layers = [layer.plan for _, layer in found]
    return ModelPlan(config.name, config.shapes(), dtype or config.dtype(), layers, weights, config.wires())


def weights_in_groups(file: H5File, groups: Sequence[Sequence[str]]) -> list[list[np.ndarray]]:
    """Return the weights of layers from a file as Keras 3 writes it.

    Parameters
    ----------
    file
        The file.
    groups
        The groups of each layer that hold weights, below that of all layers.
    """
    there = [path for path in file.tree(CONTAINER if file.has(CONTAINER) else "") if "/seed_" not in path]
    weights, read = [], set()
    for own in groups:
        paths = [f"{CONTAINER}/{group}" for group in own]
        if missing := [path for path in paths if not file.has(path)]:
            there = there or ["no arrays at all"]
            raise ValueError(f"its weights lie elsewhere: expected them in {missing[0]}; it has {', '.join(there[:4])}")
        arrays = [f"{path}/{name}" for path in paths for name in file.arrays(path)]
        read |= set(arrays)
        weights.append([file.array(path) for path in arrays])
    if unread := [path for path in there if path not in read]:
        raise ValueError(f"it has weights that its layers do not have: {', '.join(unread[:4])}")
    return weights


def weights_by_name(file: H5File, root: str) -> list[tuple[str, list[np.ndarray]]]:
    """Return the weights of layers by their names, from a file as Keras 2 writes it."""
    if not file.has(root):
        raise ValueError(f"its weights lie elsewhere: expected the group {root}; it has {', '.join(file.groups())}")
    found = []
    for name in file.texts(root, "layer_names"):
        group = f"{root}/{name}"
        if not file.has(group):
            raise ValueError(f"its weights lie elsewhere: expected the group {group}")
        found.append((name, [file.array(f"{group}/{own}") for own in file.texts(group, "weight_names")]))
    return found


def _unpacked(archive: zipfile.ZipFile, name: str, largest: int) -> bytes:
    """Return an entry of an archive, unless it is larger than a model is."""
    if name not in archive.namelist():
        raise ValueError(f"it holds no {name}")
    entry = archive.getinfo(name)
    is_bomb = entry.file_size > SMALL and entry.file_size > LARGEST_RATIO * entry.compress_size
    if entry.file_size > largest or is_bomb:
        raise ValueError(
            f"{name} unpacks to {entry.file_size:,} bytes from {entry.compress_size:,}: no model does that"
        )
    return archive.read(entry)
