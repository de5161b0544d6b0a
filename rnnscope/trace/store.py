"""Files of traces are read without running anything in them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np

from rnnscope.languages.keeping import found_again
from rnnscope.trace.labels import Labels
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.saving import FORMAT, checked_path
from rnnscope.trace.snapshots import WeightSnapshots
from rnnscope.trace.trace import Trace

LARGEST_FILE = 16 * 2**30
"""A file that claims to unpack to more bytes than this is refused."""


def load_trace(path: str | PathLike[str]) -> Trace:
    """Read a trace that `Trace.save` wrote.

    Parameters
    ----------
    path
        Name of the `.npz` file.

    Returns
    -------
    Trace
        The same arrays, bit by bit.

    Raises
    ------
    ValueError
        If the file is damaged or no trace. Nothing in a file is ever run.
    FileNotFoundError
        If there is no such file.
    """
    target = checked_path(path)
    try:
        with zipfile.ZipFile(target) as archive:
            claimed = sum(entry.file_size for entry in archive.infolist())
        if claimed > LARGEST_FILE:
            raise ValueError(f"it unpacks to {claimed} bytes, more than {LARGEST_FILE}")
        with np.load(target, allow_pickle=False) as file:
            return _from_arrays({key: file[key] for key in file.files})
    except FileNotFoundError:
        raise
    except Exception as error:  # whatever a damaged file does to the readers, it is one thing to the user
        raise ValueError(f"path: expected a trace written by Trace.save; {target} cannot be read: {error}") from error


def _from_arrays(arrays: dict[str, np.ndarray]) -> Trace:
    header: dict[str, Any] = json.loads(arrays.pop("header").tobytes())
    if header["format"] not in (1, FORMAT):
        raise ValueError(f"it has format {header['format']}; this version reads formats 1 and {FORMAT}")
    found = {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}
    wrong = sorted(name for name in {**found, **header["arrays"]} if found.get(name) != header["arrays"].get(name))
    if wrong:
        raise ValueError(f"{wrong[0]} is {found.get(wrong[0])}, expected {header['arrays'].get(wrong[0])}")
    _check(header, arrays)
    noted = found_again(header.get("noted", {}))
    layers = []
    for entry in header["layers"]:
        prefix = f"layer/{entry['name']}/"
        own = {key.removeprefix(prefix): a for key, a in arrays.items() if key.startswith(prefix)}
        layers.append(LayerTrace(**entry, arrays=own, mask=_mask(arrays, f"mask/{entry['name']}")))
    shapes = [(layer, name, tuple(shape)) for layer, name, shape in header["weights"]]
    history, measured = (
        {key.removeprefix(part): a.tolist() for key, a in arrays.items() if key.startswith(part)}
        for part in ("history/", "measured/")
    )
    return Trace(
        layers,
        arrays["epochs"],
        arrays["predictions"],
        [arrays["x"], *(arrays[f"x/{k}"] for k in range(1, 1 + sum(name.startswith("x/") for name in arrays)))],
        mask=_mask(arrays, "mask"),
        loss=arrays.get("loss"),
        prediction_gradients=arrays.get("prediction_gradients"),
        y=arrays.get("y"),
        history=history,
        measured=measured,
        weights=WeightSnapshots(shapes, arrays["weight_epochs"], arrays["weights"]),
        stopped=noted.get(header["stopped"], header["stopped"]),
        training=header.get("training"),
        labels=_labels(header.get("labels", {}), noted),
        objective=header.get("objective"),
        interventions=[noted.get(words, words) for words in header.get("interventions", ())],
        marks=[(epoch, noted.get(words, words)) for epoch, words in header.get("marks", ())],
    )


def _labels(entries: dict[str, Any], noted: Mapping[str, str]) -> Labels:
    """Return labels as they were, with the names that were noted."""
    names = {part: entries[part] for part in ("time", "classes", "samples") if entries.get(part) is not None}
    return Labels(**{**entries, **{part: _renoted(own, noted) for part, own in names.items()}})


def _renoted(names: Any, noted: Mapping[str, str]) -> Any:
    if isinstance(names, list):
        return [_renoted(name, noted) for name in names]
    return noted.get(names, names) if isinstance(names, str) else names


def _mask(arrays: dict[str, np.ndarray], name: str) -> np.ndarray | None:
    return arrays[name].astype(bool) if name in arrays else None


def _check(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Refuse arrays that are no numbers or do not belong together."""
    for name, array in arrays.items():
        if array.dtype.kind not in "if":
            raise ValueError(f"{name} holds {array.dtype}, expected numbers")
        by_epoch = name.startswith("layer/") or name in ("predictions", "prediction_gradients", "loss")
        if by_epoch and array.shape[:1] != arrays["epochs"].shape:
            raise ValueError(f"{name} has shape {array.shape}, expected {len(arrays['epochs'])} epochs")
    size = sum(int(np.prod(shape)) for _, _, shape in header["weights"])
    if arrays["weights"].shape != (len(arrays["weight_epochs"]), size):
        raise ValueError(f"weights has shape {arrays['weights'].shape}, expected {size} in a row")
    training = header.get("training", {})  # older files have none
    if not isinstance(training, dict) or any(type(value) is not int for value in training.values()):
        raise ValueError(f"training is {training!r}, expected whole numbers by name")
    objective, changed = header.get("objective"), header.get("interventions", [])
    is_loss = isinstance(objective, dict) and objective.keys() >= {"class_name", "config"}
    if objective is not None and not is_loss:
        raise ValueError(f"objective is {objective!r}, expected the class_name and config of a loss")
    if not isinstance(changed, list) or not all(isinstance(words, str) for words in changed):
        raise ValueError(f"interventions is {changed!r}, expected a list of sentences")
    marks = header.get("marks", [])
    if not isinstance(marks, list) or not all(list(map(type, mark)) == [int, str] for mark in marks):
        raise ValueError(f"marks is {marks!r}, expected pairs of an epoch and words")
    kinds = {"name": str, "kind": str, "options": dict, "units": int, "output": str, "equations": dict}
    for entry in header["layers"]:
        for key, kind in kinds.items():
            if not isinstance(entry[key], kind):
                raise ValueError(f"{key} of a layer is {entry[key]!r}, expected a {kind.__name__}")
    inputs = 1 + sum(name.startswith("x/") for name in arrays)
    for k, entry in enumerate(header["layers"]):
        for numbers in (entry.get("reads", []), [] if entry.get("start") is None else [entry["start"]]):
            if any(type(number) is not int or not -inputs <= number < k for number in numbers):
                raise ValueError(
                    f"layer {entry['name']!r} reads {numbers!r}, expected numbers from {-inputs} to {k - 1}"
                )
