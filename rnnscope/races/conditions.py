"""What all runs of a race have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from rnnscope.cells import Cell
from rnnscope.cells.registry import own_builder, register
from rnnscope.models.sequential import Sequential
from rnnscope.races.nets import net_of
from rnnscope.tasks import Settings, Task


@dataclass(frozen=True, eq=False)
class Conditions:
    """What all runs of a race have in common.

    Attributes
    ----------
    task
        What is learned, and how it is scored.
    settings
        How wide and how deep the nets are, and how they learn.
    check_every
        After so many epochs it is looked whether a net has solved the task.
    cells
        The cells that race, each with what builds it if it was registered by a user: a worker has to get to know it.
    """

    task: Task
    settings: Settings
    check_every: int
    cells: Mapping[str, Callable[..., Cell] | None]

    @cached_property
    def parameters(self) -> dict[str, int]:
        """How many parameters a net of each cell has."""
        return {cell: self.model(cell, 0).count_params() for cell in self.cells}

    def model(self, cell: str, seed: int) -> Sequential:
        """Return a new net of a cell, compiled."""
        return net_of(self.task, cell, self.settings, seed)

    def make_known(self, cell: str) -> None:
        """Register a cell in this process as its user did; nothing happens where that was done."""
        builder = self.cells[cell]
        if builder is not None and own_builder(cell) is not builder:
            register(builder)
