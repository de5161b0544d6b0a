"""Keeps what a training run computes: the tapes of recorded epochs become the trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnnscope.cells.weight_kinds import CONSTANT
from rnnscope.checks import one_of
from rnnscope.engine.tape import Place, allocate
from rnnscope.models.data import time_major
from rnnscope.models.kept_weights import KeptWeights
from rnnscope.models.network import Network
from rnnscope.models.nodes import Node
from rnnscope.models.passes import Outcome
from rnnscope.models.recurrent import Recurrent
from rnnscope.trace.layer import LayerTrace
from rnnscope.trace.record import Record, fitted, nbytes_of
from rnnscope.trace.trace import Trace

DROPOUT = "dropout"
"""The part of a recording that says what was dropped: it goes with all quantities."""

START = {"value": "state", "grad": "grad_state"}
"""What values and gradients are called that begin with the state before the first time step."""


class Recorder:
    """Records the epochs of one training run.

    If all of a tape is recorded, the tape of a recorded epoch lies in the recording itself and nothing is copied; else
    one tape is used again and what was asked for is copied out of it.

    Parameters
    ----------
    network
        What is trained.
    record
        What to record.
    total
        Number of epochs.
    x, y
        Inputs, (sample, …) each, and targets; y may be None for a pass without gradients.
    output
        Shape of the prediction for all samples.
    own_pass
        Whether recorded passes are not training passes and run over the recorded samples only.
    first
        The number of the first epoch in the trace.
    """

    def __init__(
        self,
        network: Network,
        record: Record,
        total: int,
        x: Sequence[np.ndarray],
        y: np.ndarray | None,
        output: tuple[int, ...],
        *,
        own_pass: bool = False,
        first: int = 0,
    ) -> None:
        self.network, self.record, self.total, self.x, self.y, self.output = network, record, total, x, y, output
        self.own_pass, self.first = own_pass, first
        self.count = len(x[0])
        _chosen_samples(record, self.count)
        _check_quantities(record, network)
        self.record = record = fitted(record, total, self.count, self._estimate)
        self.samples = _chosen_samples(record, self.count)
        self.epochs = record.epochs(total)
        self._weights = KeptWeights(record, total, network, first)
        self.in_place = record.quantities is None and (own_pass or record.samples is None)
        self._keys = self._places(record)
        self._masks: list[np.ndarray | None] | None = None
        self._allocate()

    @property
    def pass_samples(self) -> np.ndarray:
        """The numbers of the samples that a recorded pass is to run over."""
        return self.samples if self.own_pass else np.arange(self.count)

    @property
    def nbytes(self) -> int:
        """Bytes of all that it is to keep."""
        return self._estimate(self.record)

    def records(self, epoch: int) -> bool:
        """Say whether an epoch is recorded."""
        return epoch % self.record.every == 0 and epoch < self.total

    def dropping(self, number: int) -> np.random.Generator:
        """Return what a pass of its own draws masks of dropout from, so that training draws what it draws without."""
        return np.random.default_rng(number)

    def tapes(self, epoch: int) -> list[dict[str, np.ndarray]]:
        """Return the tapes on which the pass of a recorded epoch is to run."""
        if not self.in_place:
            return self._spare
        k = epoch // self.record.every
        stored = [{base: array[k] for base, array in arrays.items()} for arrays in self._stored]
        return [{**spare, **own} for spare, own in zip(self._spare, stored, strict=True)]

    def keep(
        self,
        epoch: int,
        tapes: Sequence[Mapping[str, np.ndarray]],
        outcome: Outcome,
        masks: Sequence[np.ndarray | None],
    ) -> None:
        """Keep the pass of an epoch that ran on `tapes`, with the weights as they are now.

        `masks` say of every node which time steps of what it read count.
        """
        k = epoch // self.record.every
        chosen = slice(None) if self.own_pass else self.samples
        if not self.in_place:
            for arrays, tape, keys in zip(self._stored, tapes, self._keys, strict=True):
                for key, place in keys.items():
                    arrays[key][k] = tape[place.base][..., place.columns, :][..., chosen]
        self._predictions[k] = time_major(outcome.prediction)[chosen]
        self._losses[k] = outcome.loss
        if self._prediction_gradients is not None:
            self._prediction_gradients[k] = time_major(outcome.gradient)[chosen]
        for array, source in self._biases:
            array[k] = source
        self._weights.keep(epoch)
        if self._masks is None:
            of_recorded = slice(None) if self.own_pass else self.samples
            self._masks = [None if mask is None else mask.T[of_recorded] for mask in (*masks, outcome.mask)]

    def trace(
        self,
        finished: int,
        history: Mapping[str, Sequence[float]],
        measured: Mapping[str, Sequence[int]] | None = None,
        stopped: str | None = None,
        steps: int = 0,
    ) -> Trace:
        """Return the trace of the first `finished` epochs, of so many steps each.

        `measured` says in which epochs of the run entries of the history were measured.
        """
        count = int(np.searchsorted(self.epochs, finished))
        layers = []
        masks = self._masks or [None] * (len(self.network.nodes) + 1)
        for node, arrays, mask in zip(self.network.nodes, self._named_arrays(), masks, strict=False):
            recorded = {key: array[:count] for key, array in arrays.items()}
            layers.append(_layer_trace(node, recorded, mask))
        return Trace(
            layers,
            self.first + self.epochs[:count],
            self._predictions[:count],
            [x[self.samples] for x in self.x],
            mask=masks[-1],
            loss=None if self.y is None else self._losses[:count],
            prediction_gradients=None if self._prediction_gradients is None else self._prediction_gradients[:count],
            y=None if self.y is None else self.y[self.samples],
            history=history,
            measured=numbered(measured, self.first, finished),
            weights=self._weights.until(finished),
            stopped=stopped,
            training={"samples": self.count, "steps": steps, "first_epoch": self.first},
        )

    def _allocate(self) -> None:
        dtype, count = self.network.dtype, len(self.epochs)
        self._stored: list[dict[str, np.ndarray]] = []
        self._spare: list[dict[str, np.ndarray]] = []
        shapes = self._tape_shapes(len(self.samples))
        for keys, bases in zip(self._keys, self._tape_shapes(len(self.pass_samples)), strict=True):
            kept = {place.base for place in keys.values()} if self.in_place else set()
            if self.in_place:
                sizes = {base: bases[base] for base in kept}
            else:
                small = shapes[len(self._stored)]
                sizes = {key: self._kept_shape(place, small) for key, place in keys.items()}
            self._stored.append(allocate({name: (count, *shape) for name, shape in sizes.items()}, dtype))
            self._spare.append(allocate({base: shape for base, shape in bases.items() if base not in kept}, dtype))
        self._predictions = np.zeros((count, len(self.samples), *self.output[1:]), dtype)
        with_gradients = self.record.gradients and self.y is not None
        self._prediction_gradients = np.zeros_like(self._predictions) if with_gradients else None
        self._losses = np.full(count, np.nan)
        self._allocate_biases(count)

    def _allocate_biases(self, count: int) -> None:
        """Make room for the biases of every recorded epoch: they are addends of every pre-activation."""
        self._bias_arrays: list[dict[str, np.ndarray]] = []
        self._biases: list[tuple[np.ndarray, np.ndarray]] = []
        for node, runner, keys in zip(self.network.nodes, self.network.runners, self._keys, strict=True):
            views = runner.biases()
            own = {k: np.zeros((count, node.layer.units), self.network.dtype) for k in views if _goes_with(k, keys)}
            self._bias_arrays.append(own)
            self._biases += [(own[key], views[key]) for key in own]

    def _named_arrays(self) -> list[dict[str, np.ndarray]]:
        """Return the recording of each layer by full name, sequences on (epoch, sample, time, unit)."""
        named = []
        for keys, stored, biases in zip(self._keys, self._stored, self._bias_arrays, strict=True):
            arrays: dict[str, np.ndarray] = {}
            for key, place in keys.items():
                array = stored[place.base][..., place.columns, :] if self.in_place else stored[key]
                array = np.moveaxis(array, -1, 1)
                part, _, quantity = key.partition("/")
                arrays[f"{START.get(part, part)}/{quantity}" if place.has_start else key] = array
            named.append({**arrays, **biases})
        return named

    def _places(self, record: Record) -> list[dict[str, Place]]:
        """Return the places on each layer's tape that are recorded."""
        chosen = []
        for places in self.network.places:
            named = [(key, *key.split("/"), place) for key, place in places.items()]
            wanted = [e for e in named if record.quantities is None or e[2] in record.quantities or e[1] == DROPOUT]
            with_gradients = record.gradients and self.y is not None
            chosen.append({key: p for key, part, _, p in wanted if with_gradients or not part.startswith("grad")})
        return chosen

    def _tape_shapes(self, samples: int) -> list[dict[str, tuple[int, ...]]]:
        """Return the shapes of all arrays of a pass, by layer."""
        steps = self.network.steps([x.shape[1] for x in self.x])
        pairs = zip(self.network.runners, steps, strict=True)
        return [runner.shapes(own, samples, self.y is not None) for runner, own in pairs]

    def _kept_shape(self, place: Place, bases: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
        *lead, _, samples = bases[place.base]
        return (*lead, place.columns.stop - place.columns.start, samples)

    def _estimate(self, record: Record) -> int:
        """Return the bytes that a recording takes."""
        count = len(_chosen_samples(record, self.count))
        values = count * int(np.prod(self.output[1:])) * (2 if record.gradients and self.y is not None else 1)
        nodes = zip(
            self.network.nodes, self.network.runners, self._places(record), self._tape_shapes(count), strict=True
        )
        for node, runner, keys, bases in nodes:
            values += sum(int(np.prod(self._kept_shape(place, bases))) for place in keys.values())
            values += node.layer.units * sum(_goes_with(key, keys) for key in runner.biases())
        return nbytes_of(record, self.total, values * self.network.dtype.itemsize, self.network.nbytes)


def empty_trace(
    network: Network,
    x: Sequence[np.ndarray],
    y: np.ndarray,
    output: tuple[int, ...],
    history: Mapping[str, Sequence[float]],
    measured: Mapping[str, Sequence[int]],
    stopped: str | None,
    first: int = 0,
) -> Trace:
    """Return the trace of a run, from epoch `first`, of which nothing was recorded but its history."""
    layers = [_layer_trace(node, {}, None) for node in network.nodes]
    predictions = np.zeros((0, *output), network.dtype)
    return Trace(
        layers,
        np.array([], int),
        predictions,
        x,
        y=y,
        history=history,
        measured=numbered(measured, first, len(history["loss"])),
        stopped=stopped,
        training={"first_epoch": first},
    )


def numbered(measured: Mapping[str, Sequence[int]] | None, first: int, finished: int) -> dict[str, list[int]]:
    """Return the numbers in the trace of the epochs of entries of the history that are not of every epoch."""
    found = measured or {}
    return {name: [first + k for k in epochs] for name, epochs in found.items() if len(epochs) < finished}


def _layer_trace(node: Node, arrays: Mapping[str, np.ndarray], mask: np.ndarray | None) -> LayerTrace:
    layer = node.layer
    return LayerTrace(
        node.name,
        layer.kind,
        layer.options(),
        layer.units,
        layer.quantity,
        arrays,
        layer.cell.written if isinstance(layer, Recurrent) else {},
        reads=node.reads,
        start=node.start,
        mask=mask,
    )


def _goes_with(key: str, keys: Mapping[str, Place]) -> bool:
    """Say whether the quantity of a bias is recorded; constants go with all of a cell."""
    kind, _, quantity = key.partition("/")
    return kind == CONSTANT.name or f"value/{quantity}" in keys


def _chosen_samples(record: Record, count: int) -> np.ndarray:
    if record.samples is None:
        return np.arange(count)
    wrong = [sample for sample in record.samples if not 0 <= sample < count]
    if wrong:
        raise ValueError(f"Record: samples: expected numbers from 0 to {count - 1}; got {wrong[0]}")
    return np.asarray(record.samples)


def _check_quantities(record: Record, network: Network) -> None:
    known = {key.partition("/")[2] for places in network.places for key in places}
    for name in record.quantities or ():
        one_of("Record: quantities", name, known - {"x"})
