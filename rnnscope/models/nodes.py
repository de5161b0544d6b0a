"""The graph of a network: which computation reads which.

A layer is mostly one node; a layer that consists of others is several. Nodes stand in the order of computation. What a
node reads is numbered: 0, 1, 2 … are nodes, −1, −2 … the inputs of the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnnscope.models.inputs import Shape
    from rnnscope.models.layer import Layer

INPUT = -1
"""The first input of a model; the second is −2."""


@dataclass(frozen=True)
class Wire:
    """What a layer of a model reads.

    Attributes
    ----------
    reads
        The number of the layer below it, or of an input.
    start
        The number of the layer with whose last states it begins, or None.
    states
        The numbers of the inputs that are the states with which it begins; without both it begins by itself.
    """

    reads: int
    start: int | None = None
    states: tuple[int, ...] = ()


@dataclass(frozen=True)
class Node:
    """One computation of a network.

    Attributes
    ----------
    name
        The name of its layer, with what it is of it: `bidirectional.forward`.
    layer
        What computes it.
    reads
        The numbers of the nodes and inputs that it reads.
    start
        The number of the node with whose last states it begins, or None.
    states
        The numbers of the inputs that are the states with which it begins.
    """

    name: str
    layer: Layer
    reads: tuple[int, ...]
    start: int | None = None
    states: tuple[int, ...] = ()


def nodes_of(layers: Sequence[Layer], wires: Sequence[Wire]) -> list[Node]:
    """Return the nodes of layers that are wired to one another, in the order of computation."""
    nodes: list[Node] = []
    outputs: list[int] = []
    for layer, wire in zip(layers, wires, strict=True):
        below = (wire.reads if wire.reads < 0 else outputs[wire.reads],)
        start = None if wire.start is None else outputs[wire.start]
        first = len(nodes)
        for part in layer.parts():
            reads = tuple(first + k for k in part.reads) or below
            nodes.append(Node(layer.name + part.suffix, part.layer, reads, start, wire.states))
        outputs.append(len(nodes) - 1)
    return nodes


def shapes_read(nodes: Sequence[Node], inputs: Sequence[Shape]) -> list[Shape]:
    """Return the shape of one sample that each node reads first, from those of the inputs."""
    read: list[Shape] = []
    put_out: list[Shape] = []
    for node in nodes:
        k = node.reads[0]
        read.append(put_out[k] if k >= 0 else inputs[-1 - k])
        put_out.append(node.layer.output_shape(read[-1]))
    return read
