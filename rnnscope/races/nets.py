"""The net that a task asks for: recurrent layers of one cell, and the last layer that suits the task."""

from __future__ import annotations

from typing import Any

from rnnscope.checks import one_of
from rnnscope.engine.optimizers import optimizer
from rnnscope.models.dense import Dense
from rnnscope.models.plain import Embedding
from rnnscope.models.recurrent import layer_class
from rnnscope.models.sequential import Sequential
from rnnscope.tasks import Settings, Task


def net_of(
    task: Task, cell: str, settings: Settings | None = None, seed: int = 0, *, argument: str = "cells"
) -> Sequential:
    """Return a compiled net for a task.

    Parameters
    ----------
    task
        The task: it says loss, last layer and whether each time step has a target.
    cell
        Name of the cell of all recurrent layers.
    settings
        How wide and how deep the net is, and how it learns; those of the task by default.
    seed
        Seed of the start weights and of shuffling.
    argument
        What errors call the name of the cell.

    Examples
    --------
    >>> import rnnscope as rs
    >>> net_of(rs.tasks.recall(5), "GRU").count_params()
    929
    """
    from rnnscope.cells import names

    chosen, layer = task.settings if settings is None else settings, layer_class(one_of(argument, cell, names()))
    first: dict[str, Any] = {"input_shape": task.x.shape[1:]}
    layers: list[Any] = []
    if task.tokens:
        layers.append(Embedding(task.tokens, chosen.units, **first))
        first = {}
    for number in range(1, chosen.layers + 1):
        returns = task.is_per_step or number < chosen.layers
        layers.append(layer(chosen.units, return_sequences=returns, **first))
        first = {}
    model = Sequential([*layers, Dense(task.outputs, activation=task.activation)], seed=seed)
    model.compile(type(optimizer(chosen.optimizer))(learning_rate=chosen.learning_rate), task.loss)
    return model
