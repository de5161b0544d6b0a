"""The network or the model of a trace, made anew from what was recorded: its layers, and the weights of an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from rnnscope.engine.tape import Held
from rnnscope.models import layers
from rnnscope.models.layer import Layer
from rnnscope.models.network import Network
from rnnscope.models.nodes import Node, shapes_read
from rnnscope.models.passes import NO_HOLDS, Holds, States
from rnnscope.models.plain import Embedding, Merge
from rnnscope.models.recurrent import Recurrent
from rnnscope.models.wrappers import Bidirectional
from rnnscope.trace import LayerTrace, Trace


def network_of(trace: Trace, epoch: int, holds: Holds = NO_HOLDS) -> Network:
    """Return the network of a trace with the weights that an epoch started from; it shares nothing with the trace.

    Parameters
    ----------
    trace
        What was recorded.
    epoch
        An epoch whose weights were kept.
    holds
        What quantities are held at, by the number of their node.

    Raises
    ------
    ValueError
        If the weights of that epoch were not kept, or a cell is registered no more as it ran.
    """
    snapshots = trace.snapshots
    weights = snapshots.flat[snapshots.position(epoch)].copy()
    recorded = [trace[name] for name in trace.layers]
    nodes = [Node(layer.name, _layer(layer), layer.reads, layer.start) for layer in recorded]
    inputs = [x.shape[1:] for x in trace.inputs]
    for node, shape in zip(nodes, shapes_read(nodes, inputs), strict=True):
        node.layer.read(shape)
    return Network(nodes, inputs, weights.dtype, weights, holds)


def holds_of(trace: Trace, epoch: int) -> dict[int, dict[str, Held]]:
    """Return what was held by hand at a recorded epoch, by the number of the node: (sample, time, unit) each.

    Values and time steps are on the time of the trace.
    """
    place, found = np.flatnonzero(trace.epochs == epoch), {}
    for number, layer in enumerate(map(trace.__getitem__, trace.layers)):
        if place.size and len(layer.held):
            free = {name: ~layer.held[name][place[0]] for name in layer.held}
            own = {name: Held(np.array(layer[name][place[0]]), f.astype(layer[name].dtype)) for name, f in free.items()}
            found[number] = own
    return found


def of_samples(holds: Holds, samples: Sequence[int]) -> Holds:
    """Return what is held, given as (sample, time, unit), in some samples, each as often as it is named."""
    samples = list(samples)
    return {
        k: {name: Held(held.value[samples], held.free[samples]) for name, held in found.items()}
        for k, found in holds.items()
    }


def as_read(nodes: Sequence[Node], holds: Holds) -> Holds:
    """Return what is held, given as (sample, time, unit), as a network takes it: in the order in which layers read."""
    return {k: {name: _as_read(nodes[k].layer, held) for name, held in found.items()} for k, found in holds.items()}


def starts_of(trace: Trace, epoch: int) -> States:
    """Return the states with which layers began at a recorded epoch, if they did not begin as declared."""
    places = np.flatnonzero(trace.epochs == epoch)
    found: States = {}
    for number, layer in enumerate(map(trace.__getitem__, trace.layers)):
        if not (places.size and layer.is_recurrent and layer.start is None):
            continue
        first = {key: a[places[0], :, 0] for key, a in layer.arrays.items() if key.startswith("state/")}
        own = {key.removeprefix("state/"): array for key, array in first.items()}
        given = {state: array for state, array in own.items() if not (array == layer.cell[state].start).all()}
        if given:
            found[number] = {state: np.ascontiguousarray(array.T) for state, array in given.items()}
    return found


def _as_read(layer: Recurrent, held: Held) -> Held:
    """Return what is held, (time, unit, sample) in the order in which the layer reads."""
    is_turned = layer.turns_back and layer.go_backwards
    read = (array[:, ::-1] if is_turned else array for array in (held.value, held.free))
    return Held(*(np.moveaxis(array, 0, 2) for array in read))


def layers_of(trace: Trace) -> list[Layer]:
    """Return new layers like those of a trace that stand one upon the other.

    Raises
    ------
    ValueError
        If they are wired otherwise, or a layer consists of cells that cannot be told apart any more.
    """
    recorded = [trace[name] for name in trace.layers]
    groups = [list(own) for _, own in groupby(range(len(recorded)), lambda k: recorded[k].name.partition(".")[0])]
    found: list[Layer] = []
    for numbers in groups:
        first = numbers[0] - 1
        own = [recorded[k] for k in numbers]
        is_chain = all(k in (first, *numbers) for layer in own for k in layer.reads)
        if not is_chain or any(layer.start is not None for layer in own):
            wanted = "a trace of layers one upon the other"
            hint = "rs.what_if(trace) runs any net again"
            raise ValueError(f"trace: expected {wanted}; got {own[-1].name!r}, which is wired otherwise. {hint}")
        found.append(_whole(own))
    return found


def _whole(parts: list[LayerTrace]) -> Layer:
    """Return a layer like one of which these are the parts."""
    name, merge = parts[0].name.partition(".")[0], parts[-1]
    if len(parts) == 1:
        made = _layer(merge)
    elif merge.kind == Merge.__name__:
        forward, backward = map(_layer, parts[:-1])
        made = Bidirectional(forward, merge.options["merge_mode"], backward)
    else:
        got = f"{name!r}, which consists of {', '.join(layer.kind for layer in parts)}"
        raise ValueError(f"trace: expected layers that are one each; got {got}. rs.what_if(trace) runs any net again")
    made.name = name
    return made


def _layer(recorded: LayerTrace) -> Layer:
    """Return a layer like one that was recorded."""
    options = dict(recorded.options)
    if recorded.kind == Merge.__name__:
        return Merge(**options, units=recorded.units)
    if recorded.kind == Embedding.__name__:
        return Embedding(output_dim=recorded.units, **options)
    if not recorded.is_recurrent:
        units = [recorded.units] if recorded.kind == layers.Dense.__name__ else []
        return getattr(layers, recorded.kind)(*units, **options)
    _ = recorded.cell  # refused if another cell is registered under its name
    of_whole = {name: options.pop(name, False) for name in ("turns_back", "turns_mask")}
    made = getattr(layers, recorded.kind)(recorded.units, **options)
    vars(made).update(of_whole)
    return made
