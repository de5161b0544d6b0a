"""The weights of a layer at the epochs at which they were kept: their range, distribution and movement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np

from rnnscope.cells.weight_kinds import RECURRENT_KERNEL
from rnnscope.figures.scale import Scale
from rnnscope.figures.weight_blocks import Block, BlockRow, has_weights, layer_blocks, row_name
from rnnscope.figures.weights.changes import Changes
from rnnscope.languages import tr
from rnnscope.numbers import norm_of, written
from rnnscope.trace import Trace

MANY = 1000
"""Histograms of so many weights have many bins."""

BINS = (15, 61)
"""The number of bins for few and for many weights: odd, so that zero is in the middle of one."""


class WeightHistory:
    """The weights of one layer over the kept epochs.

    Attributes
    ----------
    layer
        Its blocks of weights.
    epochs
        The epochs whose weights were kept.
    rows
        The kinds of weight from the top; of each, the blocks of all quantities side by side.

    Raises
    ------
    ValueError
        If no weights of the layer were kept.
    """

    def __init__(self, trace: Trace, name: str) -> None:
        if not len(trace.snapshots) or all(layer != name for layer, _, _ in trace.snapshots.shapes):
            raise ValueError(without_weights(trace, name))
        self._trace, self._snapshots = trace, trace[name].weights
        self.layer = layer_blocks(trace, name)
        self.epochs = trace.snapshots.epochs
        self.rows = tuple(self.layer.rows)
        self.at = lru_cache(maxsize=4)(self._at)

    @cached_property
    def tokens(self) -> list[str]:
        """What the rows of a table are called; nothing of other weights."""
        return self._trace.token_names[self.layer.name] if self.is_table else []

    @property
    def is_table(self) -> bool:
        """Whether the weights are a table with a row for every token."""
        return self._trace[self.layer.name].is_table

    @property
    def first(self) -> int:
        """The first kept epoch."""
        return int(self.epochs[0])

    def nearest(self, epoch: int) -> int:
        """Return the kept epoch that is nearest to another, the earlier of two."""
        return int(self.epochs[np.argmin(np.abs(self.epochs - epoch))])

    def columns(self, row: BlockRow) -> list[int]:
        """Return the places, among the quantities with weights, of those that have blocks in a row."""
        there = {block.quantity for block in self.layer.blocks if block.row == row}
        return [k for k, quantity in enumerate(self.layer.quantities) if quantity in there]

    @cached_property
    def limits(self) -> dict[BlockRow, float]:
        """The largest size of a weight in each row, over all kept epochs."""
        found = dict.fromkeys(self.rows, 0.0)
        for epoch in self.epochs.tolist():
            for row, values in self.at(epoch).items():
                found[row] = max(found[row], largest(values))
        return {row: limit or 1.0 for row, limit in found.items()}

    @cached_property
    def changes(self) -> Changes:
        """How the weights differ from those of the first kept epoch."""
        return Changes(self)

    def began_at_zero(self, row: BlockRow) -> bool:
        """Say whether all weights of a row were zero at the first kept epoch."""
        return not self.at(int(self.epochs[0]))[row].any()

    @cached_property
    def movement(self) -> dict[BlockRow, np.ndarray]:
        """‖W − W₀‖ / ‖W₀‖ in each row at each kept epoch; NaN where the row started at zero."""
        start = self.at(int(self.epochs[0]))
        with np.errstate(over="ignore", invalid="ignore"):
            norms = {row: float(norm_of(values.ravel())) or np.nan for row, values in start.items()}
            moved = [
                {row: norm_of((values - start[row]).ravel()) for row, values in self.at(epoch).items()}
                for epoch in self.epochs.tolist()
            ]
            return {row: np.array([norm[row] for norm in moved]) / norms[row] for row in self.rows}

    def densest(self, row: BlockRow, limit: float) -> float:
        """Return the largest density in the histograms of a row from −limit to limit, over all kept epochs."""
        found = [float(density(self.at(epoch)[row], limit).max()) for epoch in self.epochs.tolist()]
        return max(found) or 1.0

    def scales(self) -> dict[str, Scale]:
        """Return the scales of the weights, of their densities and of the movement, and that of the epochs."""
        moved = np.concatenate([*self.movement.values()])
        furthest = float(np.max(moved[np.isfinite(moved)], initial=0.0)) or 1.0
        limits = {name_of(row): limit for row, limit in self.limits.items()}
        limits |= {f"change {name_of(row)}": limit for row, limit in self.changes.limits.items()}
        signed = {name: Scale(-limit, limit, "signed") for name, limit in limits.items()}
        dense = {f"density {name_of(row)}": self.densest(row, limit) for row, limit in self.limits.items()}
        sizes = {**dense, "movement": furthest}
        if self.changes.main[0] == RECURRENT_KERNEL.name:
            sizes["singular value"] = self.changes.largest_singular
        epochs = Scale(float(self.epochs[0]), float(self.epochs[-1]), "size")
        return {**signed, **{name: Scale(0.0, high, "size") for name, high in sizes.items()}, "epoch": epochs}

    def facts(self, row: BlockRow, epoch: int) -> str:
        """Say in words what the weights of a row of blocks were at a kept epoch."""
        values, moved = self.at(epoch)[row], self.movement[row][np.flatnonzero(self.epochs == epoch)[0]]
        known = values[np.isfinite(values)].astype(float)
        facts = [tr("largest size {size}", size=written(largest(values)))]
        if known.size:
            parts = {"mean": written(known.mean()), "deviation": written(known.std())}
            facts.append(tr("mean {mean}, standard deviation {deviation}", **parts))
        if np.isfinite(moved):
            share, first = moved_text(moved), self.epochs[0]
            facts.append(tr("moved by {share} of its norm since epoch {epoch}", share=share, epoch=first))
        else:
            facts.append(tr("norm {norm}", norm=written(float(np.linalg.norm(known)))))
        if known.size < values.size:
            facts.append(tr("{count} not finite", count=f"{values.size - known.size:,}"))
        return f"{row_name(row)} ({values.size:,}): {', '.join(facts)}"

    def _at(self, epoch: int) -> dict[BlockRow, np.ndarray]:
        """Return the weights of a kept epoch by row, the blocks side by side, (row, column)."""
        arrays = self._snapshots(epoch)
        return {row: joined([block for block in self.layer.blocks if block.row == row], arrays) for row in self.rows}


def without_weights(trace: Trace, name: str) -> str:
    """Return why a layer has no weights to be seen, and what to type instead."""
    layers = [own for own in trace.layers if has_weights(trace[own])]
    if has_weights(trace[name]) or not layers:
        return f"trace: expected weights of layer {name!r}; got none. Record with weights=True"
    return (
        f"layer: expected one that has weights ({', '.join(layers)}); {name!r} is {trace[name].kind}, which has none. "
        f"Type rs.Cursor(layer={layers[0]!r})"
    )


def joined(blocks: Sequence[Block], arrays: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return blocks of as many rows side by side; a view of their array if they are neighbours in it."""
    parts = [block.of(arrays) for block in blocks]
    *lead, first = blocks[0].index
    *_, last = blocks[-1].index
    width = sum(block.shape[1] for block in blocks)
    if len(blocks) > 1 and last.stop - first.start == width:
        return arrays[blocks[0].array][(*lead, slice(first.start, last.stop))].reshape(-1, width)
    return np.concatenate(parts, axis=1)


def name_of(row: BlockRow) -> str:
    """Return the name of the scale of a row of blocks."""
    return "".join(row)


def largest(values: np.ndarray) -> float:
    """Return the largest size of an array, NaN and infinity left out."""
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        values = values[np.isfinite(values)]
        low, high = float(np.min(values, initial=0.0)), float(np.max(values, initial=0.0))
    return max(-low, high)


def bins_of(values: np.ndarray) -> int:
    """Return the number of bins of the histogram of some weights."""
    return BINS[values.size >= MANY]


def density(values: np.ndarray, limit: float) -> np.ndarray:
    """Return the histogram of weights from −limit to limit, as a density: it has the area 1.

    Examples
    --------
    >>> float(density(np.array([[0.5, -0.5], [0.5, 0.1]]), 1.0).sum() * 2 / 15)
    1.0
    """
    bins = bins_of(values)
    if not np.isfinite(values.sum()):
        values = values[np.isfinite(values)]
    places = ((values + limit) * (bins / (2 * limit))).astype(np.intp)
    counts = np.bincount(np.clip(places, 0, bins - 1).ravel(), minlength=bins)
    return counts * (bins / (2 * limit * max(values.size, 1)))


def moved_text(part: float) -> str:
    """Return how far weights moved as a part of their norm, in percent with two digits: it may be little, or much."""
    return f"{written(100 * part, 2)} %"
