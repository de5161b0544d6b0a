"""Where weights live: all those of a model in one flat array, also if its layers are part of several models.

A model that finds the weights of its layers in the network of another one reads them there. To train them it moves them
into an array of its own, and the other reads them there from then on.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from rnnscope.models.ends import Ends
from rnnscope.models.inputs import Shape
from rnnscope.models.layer import Layer, own_name
from rnnscope.models.network import Network
from rnnscope.models.nodes import Node, nodes_of

_building = threading.RLock()
"""Two threads may be the first to ask for the weights of a model."""


class Homed(Ends):
    """A model with a network, in which its weights live, unless another model has them."""

    dtype: np.dtype
    _rng: np.random.Generator
    _start: Any
    _network: Network | None = None
    _other: Network | None = None
    """A network over the weights of another model."""

    def _built(self) -> Network:
        """Return the network, made with new weights when it is first asked for: its own, or one over another's."""
        found = self._found()
        if found is None:
            if not self._layers or not self._inputs:
                missing = "input_shape=(time, feature) in the first layer, or rs.Input(shape=...) before it"
                raise ValueError(f"Sequential: expected {missing if self._layers else 'at least one layer'}; got none")
            with _building:
                found = self._found() or self._begin()
        return found

    def _found(self) -> Network | None:
        """Return the network in which the weights of all layers are, if there is one."""
        return next((known for known in (self._network, self._other) if is_home(known, self._layers)), None)

    def _begin(self) -> Network:
        """Return a network over the weights of another model, or one of its own."""
        check_dtype(self._layers, self.dtype)
        self._other = network_over(self._nodes(), self._inputs, self.dtype)
        return self._other or self._gathered()

    def _own(self) -> Network:
        """Return a network whose weights are its own, to be trained; other models read them there from now on."""
        with _building:
            return self._network if self._built() is self._network else self._gathered()

    def _gathered(self) -> Network:
        """Return its own network, with weights from where they are, and new ones."""
        check_at_rest(self._layers)
        before, nodes = self._network, self._nodes()
        network = Network(nodes, self._inputs, self.dtype, None if before is None else before.weights)
        if before is None:
            self._rng.bit_generator.state = self._start
            network.start(self._rng)
        else:
            network.carried = before.carried
            for own, array in zip(network.arrays, arrays_of(nodes), strict=True):
                own[...] = array
        return self._joined(network)

    def _joined(self, network: Network) -> Network:
        """Return a network of which the layers are part from now on."""
        self._network = network
        own = dict(zip((node.name for node in network.nodes), network.by_node(network.arrays), strict=True))
        for node in network.nodes:
            node.layer.attach(own[node.name], network.guard)
        numbers = {node.name: k for k, node in enumerate(network.nodes)}
        for layer in self._layers:
            parts = {part.suffix: own[layer.name + part.suffix] for part in layer.parts()}
            arrays = {own_name(part, name): a for part, found in parts.items() for name, a in found.items()}
            nodes = [numbers[layer.name + suffix] for suffix in parts]
            forget = partial(_forget, weakref.ref(network), nodes)  # a layer keeps no network alive
            layer.attach(arrays, network.guard, forget)
        return network

    def _nodes(self) -> list[Node]:
        return nodes_of(self._layers, self._wires)


def is_home(network: Network | None, layers: Sequence[Layer]) -> bool:
    """Say whether the weights of all layers that have some are those of a network, which has them by their names."""
    if network is None or not all(layer.guard in (None, network.guard) for layer in layers):
        return False
    return all(layer.last_node in network.names for layer in layers)


def network_over(nodes: Sequence[Node], inputs: Sequence[Shape], dtype: np.dtype) -> Network | None:
    """Return a network over the weights of one other network, or None if they are not all in one."""
    layers = [node.layer for node in nodes if node.layer.weight_shapes()]
    guards = {id(layer.guard): layer.guard for layer in layers}
    if len(guards) != 1 or None in guards.values():
        return None
    (guard,) = guards.values()
    return Network(nodes, inputs, dtype, home=(arrays_of(nodes), guard))


def arrays_of(nodes: Sequence[Node]) -> list[np.ndarray]:
    """Return the weight arrays of nodes where they live now."""
    return [array for node in nodes for array in node.layer.arrays]


def check_dtype(layers: Sequence[Layer], dtype: np.dtype) -> None:
    """Refuse layers whose weights are kept in another type by another model."""
    found = next(
        (array.dtype for layer in layers if layer.guard for array in layer.arrays if array.dtype != dtype), None
    )
    if found is not None:
        raise ValueError(
            f"dtype: expected {found.name!r}, in which another model has these layers; got {dtype.name!r}. "
            f"Type dtype={found.name!r}"
        )


def check_at_rest(layers: Sequence[Layer]) -> None:
    """Refuse to move weights that another model is just training."""
    busy = next((layer for layer in layers if layer.guard is not None and layer.guard.is_training), None)
    if busy is not None:
        raise ValueError(
            f"Model: expected weights that no other model is training now; got those of {busy.name!r}. "
            "Wait until its fit has ended"
        )


def _forget(network: weakref.ref[Network], nodes: Sequence[int]) -> None:
    """Let some nodes of a network begin anew with the next batch."""
    found = network()
    if found is not None:
        found.forget(nodes)
