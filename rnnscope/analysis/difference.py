"""What differs between two recorded passes of nets with the same layers: plain subtraction, and how large it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rnnscope.trace import LayerTrace, Moment, Trace

FELT = 0.01
"""A change is felt where it is more than this part of the largest one."""


@dataclass(frozen=True)
class Difference:
    """What differs in one sample: what is recorded after a change, less what was recorded before.

    Attributes
    ----------
    before, after
        The moments.
    sizes
        The root mean square over all units of what differs, (time,): by the recurrent layer and the quantity.
    hands
        Where a unit of a quantity is held by hand in either of them, (time,), likewise; only what is held somewhere.
    """

    before: Moment
    after: Moment
    sizes: Mapping[str, Mapping[str, np.ndarray]]
    hands: Mapping[str, Mapping[str, np.ndarray]]

    @cached_property
    def followed(self) -> dict[str, dict[str, np.ndarray]]:
        """The sizes, but 0 where a hand is, and where one is not finite: what followed."""
        return {
            layer: {name: np.where(self._is_hand(layer, name) | ~np.isfinite(a), 0.0, a) for name, a in found.items()}
            for layer, found in self.sizes.items()
        }

    @property
    def most(self) -> tuple[str, str, int, float]:
        """Layer, quantity and time step of the largest change that followed, and its size."""
        every = [(layer, name, a) for layer, found in self.followed.items() for name, a in found.items()]
        layer, name, sizes = max(every, key=lambda each: each[2].max(initial=0.0))
        return layer, name, int(sizes.argmax()), float(sizes.max(initial=0.0))

    @property
    def is_nothing(self) -> bool:
        """Whether no recorded number of the recurrent layers differs."""
        return not any(a.any() for found in self.sizes.values() for a in found.values())

    @cached_property
    def samples(self) -> list[int]:
        """The samples in which some recorded number of the recurrent layers differs."""
        differs = np.zeros(len(self.before.trace.x), bool)
        for first, second in _layers(self.before.trace, self.after.trace):
            for name in _shared(first, second):
                differs |= (first[name][self.before.place] != second[name][self.after.place]).any(axis=(1, 2))
        return np.flatnonzero(differs).tolist()

    @cached_property
    def weights(self) -> OtherWeights | None:
        """How many weights of the two nets differ; None if those of no epoch were kept of both."""
        return other_weights(self.before, self.after)

    def felt(self, layer: str) -> np.ndarray:
        """Return at which time steps a change is felt in a layer that followed, (time,)."""
        found = list(self.followed[layer].values())
        return np.max(found, axis=0) > FELT * self.most[-1] if found else np.zeros(0, bool)

    def touched(self, layer: str) -> np.ndarray:
        """Return at which time steps any recorded number of a layer differs, (time,)."""
        found = list(self.sizes[layer].values())
        return np.any([a != 0 for a in found], axis=0) if found else np.zeros(0, bool)

    def _is_hand(self, layer: str, name: str) -> np.ndarray | bool:
        return self.hands[layer].get(name, False)


def difference_of(before: Moment, after: Moment) -> Difference:
    """Return what differs between two passes, each at the epoch and in the sample of its moment."""
    sizes, hands = {}, {}
    for first, second in _layers(before.trace, after.trace):
        sizes[first.name] = {
            name: _size(second[name][after.run], first[name][before.run]) for name in _shared(first, second)
        }
        held = {name: _held(first, name, before) | _held(second, name, after) for name in hand_of(first, second)}
        hands[first.name] = held
    return Difference(before, after, sizes, hands)


def largest_of(before: Trace, after: Trace) -> float:
    """Return the largest size of a difference at all epochs that two traces have, and in all samples."""
    epochs = np.intersect1d(before.epochs, after.epochs)
    if not len(epochs):
        return 0.0
    places = [np.searchsorted(trace.epochs, epochs).tolist() for trace in (before, after)]
    found = [
        _size(second[name][b], first[name][a])
        for first, second in _layers(before, after)
        for name in _shared(first, second)
        for a, b in zip(*places, strict=True)
    ]
    return max((float(np.max(sizes[np.isfinite(sizes)], initial=0.0)) for sizes in found), default=0.0)


def hand_of(first: LayerTrace, second: LayerTrace) -> list[str]:
    """Return which quantities of a layer are held by hand somewhere in either of two traces."""
    return [name for name in _shared(first, second) if name in first.held or name in second.held]


@dataclass(frozen=True)
class OtherWeights:
    """How many weights differ between two nets.

    Attributes
    ----------
    epochs
        The epochs whose weights these are: those of the moments, or the nearest that were kept of both.
    counts
        Of each layer with weights how many of them differ, and how many there are.
    """

    epochs: tuple[int, int]
    counts: Mapping[str, tuple[int, int]]


def other_weights(before: Moment, after: Moment) -> OtherWeights | None:
    """Return how many weights differ; None if there are no epochs of which those of both nets were kept."""
    traces, epochs = (before.trace, after.trace), (before.epoch, after.epoch)
    if not all(epoch in trace.snapshots for trace, epoch in zip(traces, epochs, strict=True)):
        kept = np.intersect1d(*(trace.snapshots.epochs for trace in traces))
        if not len(kept):
            return None
        epochs = (int(kept[np.abs(kept - before.epoch).argmin()]),) * 2
    found = {}
    for names in zip(*(trace.layers for trace in traces), strict=True):
        own = [trace[name].weights(epoch).values() for trace, name, epoch in zip(traces, names, epochs, strict=True)]
        arrays = list(zip(*own, strict=True))
        if arrays:
            counts = sum(int(np.count_nonzero(a != b)) for a, b in arrays), sum(a.size for a, _ in arrays)
            found[names[0]] = counts
    return OtherWeights(epochs, found)


def why_not(before: Trace, after: Trace) -> str:
    """Return why two traces cannot be subtracted from each other; nothing if they can."""
    kinds = [[(trace[name].kind, trace[name].units) for name in trace.layers] for trace in (before, after)]
    if kinds[0] != kinds[1]:
        return f"two nets with the same layers; got {before.architecture} and {after.architecture}"
    if not before.recurrent_layers:
        return f"nets with a recurrent layer; got {before.architecture}"
    for first, second in _layers(before, after):
        lengths = [layer.steps for layer in (first, second)]
        if lengths[0] != lengths[1]:
            return f"two passes of as many time steps; layer {first.name!r} has {lengths[0]} and {lengths[1]}"
    return ""


def _layers(before: Trace, after: Trace) -> Iterator[tuple[LayerTrace, LayerTrace]]:
    """Iterate over the recurrent layers of two traces, from the input up."""
    return zip(before.recurrent_layers, after.recurrent_layers, strict=True)


def _shared(first: LayerTrace, second: LayerTrace) -> list[str]:
    """Return the quantities that are recorded in both, in the order of their phases."""
    return [name for name in first.phases if name in second]


def _size(later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Return the root mean square over units of what differs; 0 where both are the same number, be it infinite."""
    with np.errstate(over="ignore", invalid="ignore"):
        differs = np.where(later == earlier, 0.0, later.astype(float) - earlier)
        return np.sqrt((differs**2).mean(axis=-1))


def _held(layer: LayerTrace, name: str, moment: Moment) -> np.ndarray:
    """Return at which time steps a unit of a quantity is held by hand, (time,)."""
    return layer.held[name][moment.run].any(axis=-1) if name in layer.held else np.zeros(layer.steps, bool)
