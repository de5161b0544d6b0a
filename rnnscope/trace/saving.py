"""Files of traces: an `.npz` of plain arrays with a JSON header."""

from __future__ import annotations

import json
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.checks import describe
from rnnscope.files import replacing
from rnnscope.languages.keeping import kept
from rnnscope.trace.labels import PARTS

if TYPE_CHECKING:
    from rnnscope.trace.trace import Trace

FORMAT = 2
"""What is written; format 1, which has no graph of layers, no masks, no labels and one input only, is still read."""

LAYER = ("name", "kind", "options", "units", "output", "equations", "reads", "start")
"""What the header says of each layer."""


def save_trace(trace: Trace, path: str | PathLike[str], *, compress: bool = False) -> None:
    """Write a trace; see `Trace.save`."""
    target = checked_path(path)
    header = {
        "format": FORMAT,
        "layers": [{key: getattr(layer, key) for key in LAYER} for layer in map(trace.__getitem__, trace.layers)],
        "weights": [[layer, name, list(shape)] for layer, name, shape in trace.snapshots.shapes],
        "stopped": trace.stopped,
        "training": trace.training,
        "objective": trace.objective,
        "interventions": list(trace.interventions),
        "marks": list(trace.marks),
        "labels": {part: getattr(trace.labels, part) for part in PARTS},
        "noted": kept(_texts(trace)),
    }
    arrays = {f"layer/{name}/{key}": a for name in trace.layers for key, a in trace[name].arrays.items()}
    arrays |= {f"history/{key}": np.asarray(values, float) for key, values in trace.history.items()}
    arrays |= {f"measured/{key}": np.asarray(epochs, int) for key, epochs in trace.measured.items()}
    arrays |= {"epochs": trace.epochs, "predictions": trace.predictions, "x": trace.x}
    arrays |= {f"x/{k}": x for k, x in enumerate(trace.inputs) if k}
    masks = {f"mask/{name}": trace[name].mask for name in trace.layers} | {"mask": trace.mask}
    arrays |= {key: mask.astype(np.int8) for key, mask in masks.items() if mask is not None}
    arrays |= {"weight_epochs": trace.snapshots.epochs, "weights": trace.snapshots.flat}
    optional = {"loss": trace.loss, "y": trace.y, "prediction_gradients": trace.prediction_gradients}
    arrays |= {key: value for key, value in optional.items() if value is not None}
    header["arrays"] = {name: [array.dtype.str, list(array.shape)] for name, array in arrays.items()}
    arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with replacing(target) as file:
        (np.savez_compressed if compress else np.savez)(file, **arrays)


def _texts(trace: Trace) -> Iterator[object]:
    """Iterate over all that the header says in words."""
    yield from (trace.stopped, *trace.interventions, *(words for _, words in trace.marks))
    for names in (trace.labels.time, trace.labels.classes, trace.labels.samples):
        for name in names or ():
            yield from name if isinstance(name, tuple) else (name,)


def checked_path(path: str | PathLike[str]) -> Path:
    """Return the name of a file of a trace, or say what is wrong with it."""
    if not isinstance(path, str | PathLike):
        raise TypeError(f"path: expected the name of a file; got {describe(path)}")
    if Path(path).suffix != ".npz":
        raise ValueError(f"path: expected a name ending in .npz; got {str(path)!r}")
    return Path(path)
