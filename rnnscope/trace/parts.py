"""What the layers of a trace are called in words: those that are a part of another one by what they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnscope.languages import tr
from rnnscope.trace.layer import LayerTrace

if TYPE_CHECKING:
    from rnnscope.trace.trace import Trace

WAYS = "forward", "backward"


def direction_of(trace: Trace, layer: LayerTrace) -> tuple[str, LayerTrace] | None:
    """Return which direction a layer is of two that are merged, and what merges them; None if it is none."""
    number = trace.layers.index(layer.name)
    for name in trace.layers[number:]:
        merge = trace[name]
        if len(merge.reads) == len(WAYS) and number in merge.reads:
            return WAYS[merge.reads.index(number)], merge
    return None


def layer_in_words(trace: Trace, layer: LayerTrace) -> str:
    """Return what a layer is called in a sentence: its name, or `the backward direction of bidirectional`."""
    found = direction_of(trace, layer)
    if not found:
        return layer.name
    if found[0] == WAYS[0]:
        return tr("the forward direction of {layer}", layer=found[1].name)
    return tr("the backward direction of {layer}", layer=found[1].name)


def layer_with_kind(trace: Trace, layer: LayerTrace) -> str:
    """Return what a layer is called in a title, with its kind."""
    found = direction_of(trace, layer)
    if not found:
        return tr("{kind} layer {layer!r}", kind=layer.kind, layer=layer.name)
    parts = {"kind": layer.kind, "layer": found[1].name}
    if found[0] == WAYS[0]:
        return tr("{kind} layer, the forward direction of {layer!r}", **parts)
    return tr("{kind} layer, the backward direction of {layer!r}", **parts)


def architecture(trace: Trace) -> list[str]:
    """Return the layers with their units, from the input up; two directions that are merged are one.

    Examples
    --------
    >>> import rnnscope as rs
    >>> model = rs.Sequential([rs.layers.Bidirectional(rs.LSTM(3), input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> architecture(model.trace([[[0.0], [1.0], [2.0], [3.0]]]))
    ['Bidirectional(LSTM(3))', 'Dense(1)']
    """
    found = []
    for layer in map(trace.__getitem__, trace.layers):
        if direction_of(trace, layer):
            continue
        one = trace[trace.layers[layer.reads[0]]] if len(layer.reads) == len(WAYS) else None
        found.append(f"Bidirectional({one.kind}({one.units}))" if one else f"{layer.kind}({layer.units})")
    return found
