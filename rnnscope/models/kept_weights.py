"""The weights that a recording keeps: of epochs chosen beforehand, or of the newest ones and fewer and fewer before."""

from __future__ import annotations

import numpy as np

from rnnscope.models.network import Network
from rnnscope.trace.record import NEWEST, Record
from rnnscope.trace.snapshots import WeightSnapshots


class KeptWeights:
    """Keeps the weights of recorded epochs.

    Rows that were handed out stay as they are: when there is no more room for the newest ones, those that are left move
    into other rows.

    Parameters
    ----------
    record
        What to record.
    total
        Number of epochs.
    network
        What has the weights.
    first
        The number of the first epoch in the trace.
    """

    def __init__(self, record: Record, total: int, network: Network, first: int) -> None:
        self.network, self.first, self.every = network, first, record.every
        self._chosen = record.weight_epochs(total, network.nbytes)
        self._thins = record.weights == NEWEST
        self._rows = np.zeros((len(self._chosen), network.size), network.dtype)
        self._epochs: list[int] = []

    def keep(self, epoch: int) -> None:
        """Keep the weights as they are now, if those of this epoch are to be kept."""
        if not self._thins and epoch not in self._chosen:
            return
        if len(self._epochs) == len(self._rows):
            self._thin()
        self._rows[len(self._epochs)] = self.network.weights
        self._epochs.append(epoch)

    def _thin(self) -> None:
        """Make room: of the epochs with weights every second stays, every fourth …, until half of the rows are free."""
        step = self.every
        while sum(epoch % step == 0 for epoch in self._epochs) > len(self._rows) // 2:
            step *= 2
        left = [place for place, epoch in enumerate(self._epochs) if epoch % step == 0]
        rows = np.zeros_like(self._rows)
        rows[: len(left)] = self._rows[left]
        self._rows, self._epochs = rows, [self._epochs[place] for place in left]

    def until(self, finished: int) -> WeightSnapshots:
        """Return the weights of those among the first epochs that were kept."""
        rows, epochs = self._rows, [epoch for epoch in self._epochs if epoch < finished]
        return WeightSnapshots(self.network.specs, self.first + np.array(epochs, int), rows[: len(epochs)])
