"""The network of a trace, made anew from what was recorded: its layers, and the weights of an epoch."""

from __future__ import annotations

from rnnscope.models import layers
from rnnscope.models.layer import Layer
from rnnscope.models.network import Network, connect
from rnnscope.trace import LayerTrace, Trace


def network_of(trace: Trace, epoch: int) -> Network:
    """Return the network of a trace with the weights that an epoch started from; it shares nothing with the trace.

    Parameters
    ----------
    trace
        What was recorded.
    epoch
        An epoch whose weights were kept.

    Raises
    ------
    ValueError
        If the weights of that epoch were not kept, or a cell is registered no more as it ran.
    """
    snapshots = trace.snapshots
    weights = snapshots.flat[snapshots.position(epoch)].copy()
    made = [_layer(trace[name]) for name in trace.layers]
    for layer, shape in zip(made, connect(made, trace.layers, trace.x.shape[1:]), strict=True):
        layer.input_shape = shape
    return Network(made, weights.dtype, weights)


def _layer(recorded: LayerTrace) -> Layer:
    """Return a layer like one that was recorded."""
    if recorded.is_recurrent:
        _ = recorded.cell  # refused if another cell is registered under its name
    return getattr(layers, recorded.kind)(recorded.units, **recorded.options, name=recorded.name)
