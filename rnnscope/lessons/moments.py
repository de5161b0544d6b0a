"""Where a lesson stands: which layer it is about, and which moment its words for epoch, time step and phase mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnnscope.analysis.ledger import state_with_ledger
from rnnscope.checks import one_of
from rnnscope.lessons.needs import Lacking
from rnnscope.lessons.tables import Table
from rnnscope.trace import Cursor, LayerTrace, Moment, Trace
from rnnscope.trace.choice import sample_of
from rnnscope.trace.cursor import DIRECTIONS
from rnnscope.trace.moment import LARGEST
from rnnscope.trace.passes import has_masked

WORDS = {
    "epoch": ("first", "middle", "last", "loss_fell"),
    "layer": ("first", "last"),
    "sample": ("most_masked",),
    "time": ("first", "second", "middle", "last", "masked"),
    "unit": (LARGEST,),
}
"""What a lesson can write instead of a number or a name."""

PHASES = ("output", "memory")
"""What a lesson can write instead of the name of a quantity: what the cell puts out, and what it remembers in."""

KEYS = (*WORDS, "phase", "direction")
"""What a moment is made of."""

FELL = 0.1
"""The loss has fallen at the first recorded epoch at which it is at most this part of the first one."""


def at_of(table: Table) -> dict[str, Any]:
    """Return how a lesson says a moment: by words, numbers and names, as it stands in a table."""
    found: dict[str, Any] = {}
    for key in (key for key in KEYS if key in table):
        value = table.values[key]
        if key == "direction":
            found[key] = table.name(key, DIRECTIONS)
        elif key in ("phase", "layer"):
            found[key] = table.get(key, str)
        elif isinstance(value, str):
            found[key] = table.name(key, WORDS[key])
        else:
            found[key] = table.get(key, int)
    return found


def layer_for(trace: Trace, cells: tuple[str, ...], quantities: tuple[str, ...]) -> LayerTrace | None:
    """Return the recurrent layer that a lesson is about: of these cells, with these quantities, that moved most."""
    found = [
        layer
        for layer in trace.recurrent_layers
        if (not cells or layer.kind in cells) and layer.quantities and set(quantities) <= set(layer.quantities)
    ]
    return max(found, key=lambda layer: layer.learned, default=None)


def moment_at(at: Mapping[str, Any], trace: Trace, layer: LayerTrace, base: Moment | None = None) -> Moment:
    """Return the moment that a lesson means.

    Parameters
    ----------
    at
        What it says of it.
    trace, layer
        The trace, and the layer that the lesson is about.
    base
        Where everything is that it does not say; without it all is chosen as in a `Cursor`.

    Raises
    ------
    ValueError
        If a layer that is named is not there.
    Lacking
        If there is no such quantity or time step.
    """
    own = _layer(at.get("layer"), trace, base.layer if base else layer)
    start = base.cursor if base else Cursor()
    sample = _sample(at.get("sample", start.sample), trace, own)
    phase = _phase(at.get("phase", start.phase), own, is_asked="phase" in at)
    return Cursor(
        epoch=_epoch(at.get("epoch", start.epoch), trace),
        layer=own.name,
        sample=sample,
        time=_time(at.get("time", start.time), own, sample, trace),
        unit=_unit(at.get("unit", start.unit), own),
        phase=phase,
        direction=at.get("direction", start.direction),
    ).at(trace)


def quantity_of(name: str, layer: LayerTrace) -> str:
    """Return the quantity that a name means, or one of the words `"output"` and `"memory"`."""
    if name == "output":
        return layer.output
    return (state_with_ledger(layer.cell) or layer.output) if name == "memory" else name


def steps_of(layer: LayerTrace, sample: int, trace: Trace) -> list[int]:
    """Return the time steps of a sample that count, in the order in which a layer reads them; all if none does."""
    steps = np.arange(layer.steps or trace.x.shape[1])
    counted = steps if layer.mask is None else steps[layer.mask[sample]]
    return (counted if len(counted) else steps)[:: -1 if layer.is_turned else 1].tolist()


def epochs_of(trace: Trace) -> list[int]:
    """Return the numbers of the recorded epochs."""
    return trace.epochs.tolist()


def _layer(word: str | None, trace: Trace, layer: LayerTrace) -> LayerTrace:
    if word is None:
        return layer
    if word in WORDS["layer"]:
        return trace.recurrent_layers[0 if word == "first" else -1]
    return trace[one_of("layer", word, [*WORDS["layer"], *(own.name for own in trace.recurrent_layers)])]


def _epoch(word: str | int | None, trace: Trace) -> int:
    epochs = trace.epochs
    if word == "loss_fell":
        if trace.loss is None:
            raise Lacking("loss")
        fallen = np.flatnonzero(trace.loss <= FELL * trace.loss[0])
        if not np.isfinite(trace.loss).any():
            raise Lacking("finite")
        return int(epochs[fallen[0] if len(fallen) else np.nanargmin(trace.loss)])
    if isinstance(word, int):
        return int(epochs[np.abs(epochs - word).argmin()])
    return int(epochs[{"first": 0, "middle": len(epochs) // 2}.get(word, -1)])


def _sample(word: str | int | None, trace: Trace, layer: LayerTrace) -> int:
    if word == "most_masked":
        return int((~layer.mask).sum(axis=1).argmax()) if has_masked(layer) else 0
    return sample_of(layer) if word is None else min(word, len(trace.x) - 1)


def _time(word: str | int | None, layer: LayerTrace, sample: int, trace: Trace) -> int:
    read = steps_of(layer, sample, trace)
    if word == "masked":
        masked = [] if layer.mask is None else np.flatnonzero(~layer.mask[sample])
        if not len(masked):
            raise Lacking("mask")
        return int(masked[0])
    if isinstance(word, int):
        steps = layer.steps or trace.x.shape[1]
        return max(min(word, steps - 1), -steps) % steps
    return read[{"first": 0, "second": min(1, len(read) - 1), "middle": len(read) // 2}.get(word, -1)]


def _unit(word: str | int | None, layer: LayerTrace) -> str | int | None:
    return min(word, layer.units - 1) if isinstance(word, int) else word


def _phase(word: str | None, layer: LayerTrace, *, is_asked: bool) -> str:
    name = layer.phases[-1] if word is None else quantity_of(word, layer)
    if name in layer.quantities:
        return name
    if is_asked:
        raise Lacking("moment")
    return layer.phases[-1]
