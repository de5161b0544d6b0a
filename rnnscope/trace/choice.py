"""What is looked at where a cursor leaves it open: where something happens.

The layer in which something is held by hand, or else whose values moved most while the net was trained, the sample in
which its output moves most from step to step, the last time step that counts, and the unit that moves most. All follow
the last recorded epoch, so that they stay the same at every epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.trace import Trace

if TYPE_CHECKING:
    from rnnscope.trace.cursor import Cursor


def layers_of(traces: Sequence[Trace], fits: Callable[[LayerTrace], bool] = bool) -> list[LayerTrace]:
    """Return the layer of each trace: that at the place where the first trace's layers moved most.

    A layer in which something is held by hand comes before all others that suit. Recurrent ones come before others, and
    those that fit what else is asked for before those that do not; of traces without a common place each has its own.
    """
    found = [_suited(trace) for trace in traces]
    places = [k for k in range(min(map(len, found))) if all(layers[k] for layers in found)]
    if not places:
        return (
            [layers_of([trace], fits)[0] for trace in traces] if len(traces) > 1 else [traces[0][traces[0].layers[0]]]
        )
    fitting = [k for k in places if all(fits(layers[k]) for layers in found)]
    held = [k for k in fitting or places if any(len(layers[k].held) for layers in found)]
    most = max(held or fitting or places, key=lambda place: found[0][place].learned)
    return [trace[trace.layers[most]] for trace in traces]


def sample_of(layer: LayerTrace) -> int:
    """Return the sample in which the output of a layer moves most, the first of equal ones."""
    moves = layer.output_moves
    return 0 if moves is None else int(moves.mean(axis=1).argmax())


def unit_of(layer: LayerTrace, sample: int, units: int) -> int:
    """Return which of the first units of a layer moves most in a sample, the first of equal ones."""
    moves = layer.output_moves
    return 0 if moves is None else int(moves[sample, :units].argmax())


def time_of(layer: LayerTrace, sample: int, steps: int) -> int:
    """Return the last time step that a layer reads of a sample and that counts; the last one if none does."""
    return _read_last(layer, sample, steps)[-1]


def _read_last(layer: LayerTrace, sample: int, steps: int) -> list[int]:
    """Return the time steps of a sample that count, in the order in which a layer reads them; all if none does."""
    found = [] if layer.mask is None else layer.mask[sample].nonzero()[0].tolist()
    return (found or list(range(steps)))[:: -1 if layer.is_turned else 1]


def on_the_way_back(cursor: Cursor, traces: Sequence[Trace]) -> Cursor:
    """Return a cursor that backward is at the last time step but one that is read and counts, if it leaves it open.

    At the last one nothing comes from later ones yet.
    """
    if cursor.direction != "backward" or cursor.time is not None or not traces:
        return cursor
    named = [trace[cursor.layer] for trace in traces if cursor.layer in trace]
    layers = named or layers_of(traces, cursor.fits)
    steps = min(layer.steps or trace.x.shape[1] for layer, trace in zip(layers, traces, strict=False))
    sample = sample_of(layers[0]) if cursor.sample is None else cursor.sample
    if steps < 2 or not 0 <= sample < len(traces[0].x):  # what is not there is refused where the moment is found
        return cursor
    read = _read_last(layers[0], sample, steps)
    return replace(cursor, time=read[-2 if len(read) > 1 else -1])


def chosen_for(cursor: Cursor, layer: LayerTrace, traces: Sequence[Trace]) -> tuple[str, ...]:
    """Return what of layer, sample and unit a cursor leaves open, so that it was chosen: among several that differ.

    The layer is one of the first of some traces.
    """
    counts = {"layer": len(traces[0].recurrent_layers), "sample": len(traces[0].x), "unit": layer.units}
    several = [name for name, count in counts.items() if getattr(cursor, name) is None and count > 1]
    is_moving = layer.output_moves is not None and bool(layer.output_moves.any())
    return tuple(name for name in several if (_is_learned(layer, traces) if name == "layer" else is_moving))


def _is_learned(layer: LayerTrace, traces: Sequence[Trace]) -> bool:
    """Say whether a layer was chosen for what it learned: none is where something is held."""
    return layer.learned > 0 and not any(len(trace[name].held) for trace in traces for name in trace.layers)


def _suited(trace: Trace) -> list[LayerTrace | None]:
    """Return the recorded layers, None in place of the others; only recurrent ones if there are any."""
    recorded = [layer if layer.quantities else None for layer in map(trace.__getitem__, trace.layers)]
    recurrent = [layer if layer and layer.is_recurrent else None for layer in recorded]
    return recurrent if any(recurrent) else recorded
