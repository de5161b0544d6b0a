"""Weights at some epochs, as they were kept while a model was trained."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np


class WeightSnapshots(Mapping[int, list[np.ndarray]]):
    """The weights at some epochs; asking for another epoch is an error that says which there are."""

    def __init__(
        self, shapes: Sequence[tuple[str, str, tuple[int, ...]]], epochs: np.ndarray, flat: np.ndarray
    ) -> None:
        self.shapes, self.epochs, self.flat = list(shapes), np.asarray(epochs, int), flat

    def __getitem__(self, epoch: int) -> list[np.ndarray]:
        return cut(self.flat[self.position(epoch)], [shape for _, _, shape in self.shapes])

    def __contains__(self, epoch: object) -> bool:
        return epoch in self.epochs

    def number(self, epoch: int) -> int:
        """Return the number of an epoch whose weights were kept; −1 is the last of them."""
        asked = int(self.epochs[-1]) if epoch == -1 and len(self.epochs) else epoch
        return int(self.epochs[self.position(asked)])

    def position(self, epoch: int) -> int:
        """Return the place of an epoch among the snapshots."""
        if not len(self.epochs):
            raise ValueError(f"epoch: this trace has no weights; got {epoch!r}. Record with weights=True")
        is_number = isinstance(epoch, int | np.integer)
        if not is_number or epoch not in self.epochs:
            listed = ", ".join(map(str, self.epochs))
            near = f" (the nearest is {self.epochs[np.abs(self.epochs - epoch).argmin()]})" if is_number else ""
            hint = "To keep all of them: record=rs.Record(weights=True)"
            raise ValueError(f"epoch: expected one whose weights were kept ({listed}); got {epoch!r}{near}. {hint}")
        return int(np.flatnonzero(self.epochs == epoch)[0])

    def of_layer(self, name: str) -> Mapping[int, dict[str, np.ndarray]]:
        """Return the snapshots of one layer, by the names of its arrays."""
        return LayerSnapshots(self, name)

    def __iter__(self) -> Iterator[int]:
        return iter(self.epochs.tolist())

    def __len__(self) -> int:
        return len(self.epochs)


def cut(flat: np.ndarray, shapes: Sequence[tuple[int, ...]]) -> list[np.ndarray]:
    """Return a flat array as views of the given shapes, one after the other."""
    stops = np.cumsum([math.prod(shape) for shape in shapes], dtype=int)
    pairs = zip([0, *stops], stops, shapes, strict=False)
    return [flat[start:stop].reshape(shape) for start, stop, shape in pairs]


class LayerSnapshots(Mapping[int, dict[str, np.ndarray]]):
    """The weights of one layer at some epochs, by the names of its arrays."""

    def __init__(self, snapshots: WeightSnapshots, layer: str) -> None:
        self._snapshots, self._layer = snapshots, layer

    def __getitem__(self, epoch: int) -> dict[str, np.ndarray]:
        pairs = zip(self._snapshots.shapes, self._snapshots[epoch], strict=True)
        return {name: array for (layer, name, _), array in pairs if layer == self._layer}

    def __contains__(self, epoch: object) -> bool:
        return epoch in self._snapshots

    def __iter__(self) -> Iterator[int]:
        return iter(self._snapshots)

    def __len__(self) -> int:
        return len(self._snapshots)


NO_WEIGHTS = WeightSnapshots([], np.array([], int), np.empty((0, 0)))
"""The snapshots of a recording that kept none."""
