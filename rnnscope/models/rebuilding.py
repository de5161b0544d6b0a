"""The network of a trace, made anew from what was recorded: its nodes, and the weights of an epoch."""

from __future__ import annotations

from rnnscope.models import layers
from rnnscope.models.layer import Layer
from rnnscope.models.network import Network
from rnnscope.models.nodes import Node, shapes_read
from rnnscope.models.passes import NO_HOLDS, Holds
from rnnscope.models.plain import Embedding, Merge
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
