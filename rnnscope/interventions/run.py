"""The run that changes are made to: a copy of a network with its inputs, its first states and what is held."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from rnnscope.checks import one_of
from rnnscope.engine.losses import Loss
from rnnscope.engine.tape import Held
from rnnscope.models.data import feature_major, time_major
from rnnscope.models.network import Network
from rnnscope.models.passes import States, size_of
from rnnscope.models.rebuilding import as_read
from rnnscope.models.recorder import Recorder
from rnnscope.models.recurrent import Recurrent
from rnnscope.models.training import loss_weights, mean_loss, read_by, recorded_pass
from rnnscope.trace.record import Record
from rnnscope.trace.trace import Trace


@dataclass
class Run:
    """A pass that can be changed before it runs; what it was made from stays as it is.

    Attributes
    ----------
    network
        The nodes with weights of its own.
    inputs
        The inputs of the model, (sample, …) each, of its own.
    y
        Targets, or None.
    output
        The shape of the prediction, (sample, …).
    loss
        The loss; None without targets.
    epoch
        The number of the epoch whose weights these are.
    starts
        States that nodes begin with, by the number of their node.
    holds
        What quantities are held at, by the number of their node, (sample, time, unit) as the trace has them; at first
        what was held already in the trace that it was made from.
    """

    network: Network
    inputs: list[np.ndarray]
    y: np.ndarray | None
    output: tuple[int, ...]
    loss: Loss | None
    epoch: int
    starts: States = field(default_factory=dict)
    holds: dict[int, dict[str, Held]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._held_before = copy.deepcopy(self.holds)

    @property
    def samples(self) -> int:
        """The number of samples."""
        return len(self.inputs[0])

    @cached_property
    def steps(self) -> list[int]:
        """The number of time steps of each node."""
        return self.network.steps([x.shape[1] for x in self.inputs])

    @cached_property
    def before(self) -> Trace:
        """What is recorded before anything is changed: `"mean"` is the mean of it."""
        return self._pass(self._with(self._held_before), self.starts)

    def node(self, argument: str, layer: Any) -> int:
        """Return the number of a node by the name of its layer."""
        names = [node.name for node in self.network.nodes]
        return names.index(one_of(argument, layer, names))

    def recurrent(self, argument: str, layer: Any) -> tuple[int, Recurrent]:
        """Return the number of a node of a recurrent cell, and its layer."""
        names = [node.name for node in self.network.nodes if isinstance(node.layer, Recurrent)]
        if not names:
            raise ValueError(f"{argument}: expected a model with a recurrent layer; got one without")
        number = self.node(argument, one_of(f"{argument} (recurrent)", layer, names))
        return number, self.network.nodes[number].layer

    def tokens(self, which: int) -> int | None:
        """Return how many tokens there are for an input that looks them up; None for one of numbers."""
        own = [node.layer for node in self.network.nodes if -1 - which in node.reads and node.layer.reads_tokens]
        return own[0].input_dim if own else None

    def trace(self) -> Trace:
        """Run the pass with all changes, and return what was recorded."""
        return self._pass(self.held_network(), self.starts)

    def total(self) -> float:
        """Return the loss with all changes, by a pass forward alone."""
        network, given = self.held_network(), [feature_major(x) for x in self.inputs]
        loss = self.loss.behind(network.head)
        with network.passes(size_of(given)) as passes, np.errstate(all="ignore"):
            read = read_by(loss, passes, passes.tapes, passes.forward(passes.tapes, given, starts=self.starts))
            return mean_loss(loss, read, time_major(self.y), loss_weights(passes.output_mask)) + passes.penalty()

    def held_network(self) -> Network:
        """Return the network with everything held that is to be."""
        return self._with(self.holds)

    def _with(self, holds: Mapping[int, Mapping[str, Held]]) -> Network:
        own = self.network
        if not holds:
            return own
        return Network(own.nodes, own.inputs, own.dtype, own.weights, as_read(own.nodes, holds))

    def _pass(self, network: Network, starts: States) -> Trace:
        loss = None if self.loss is None else self.loss.behind(network.head)
        recorder = Recorder(network, Record(), 1, self.inputs, self.y, self.output, own_pass=True, first=self.epoch)
        with np.errstate(all="ignore"):
            outcome = recorded_pass(network, recorder, loss, starts)
        return recorder.trace(1, {} if self.y is None else {"loss": [outcome.loss]})


def places(argument: str, chosen: Any, count: int) -> np.ndarray:
    """Return numbers of units, time steps or samples: all for None, one, a slice, or a sequence of them."""
    if chosen is None:
        return np.arange(count)
    if isinstance(chosen, slice):
        found = np.arange(count)[chosen]
    else:
        several = (
            chosen if isinstance(chosen, Sequence | np.ndarray | range) and not isinstance(chosen, str) else [chosen]
        )
        found = np.array([_place(argument, value, count) for value in several], int)
    if not found.size:
        raise ValueError(f"{argument}: expected at least one number from 0 to {count - 1}; got {chosen!r}")
    return found


def _place(argument: str, value: Any, count: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"{argument}: expected a number from 0 to {count - 1}, or several; got {value!r}")
    if not -count <= value < count:
        raise ValueError(f"{argument}: expected numbers from 0 to {count - 1}; got {value}")
    return int(value) % count
