"""The small net that a lesson trains where there is no trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnnscope import tasks
from rnnscope.engine.optimizers import optimizer
from rnnscope.lessons.lesson import Net
from rnnscope.models import layers
from rnnscope.models.sequential import Sequential
from rnnscope.tasks import Task
from rnnscope.trace import Record, Trace

ADAM = "adam"

MOST_EPOCHS = 100
"""About so many epochs are recorded at most."""


def trace_of(net: Net, where: str) -> Trace:
    """Return the recorded training of a lesson's net, in a second or a few.

    Parameters
    ----------
    net
        The net.
    where
        What errors call it.

    Raises
    ------
    ValueError
        If a layer or an argument of it is not there.
    """
    task = _task(net)
    try:
        model = Sequential([*_layers(net, task), layers.Dense(task.outputs, activation=task.activation)], seed=net.seed)
        model.compile(type(optimizer(ADAM))(learning_rate=net.learning_rate), task.loss)
        if not net.epochs:
            return model.trace(task.x, task.y, labels=task.labels)
        record = Record(every=max(net.epochs // MOST_EPOCHS, 1), weights=True)
        return model.fit(task.x, task.y, epochs=net.epochs, record=record, labels=task.labels, verbose=0)
    except (TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"{where}: net: {error}") from error


def _task(net: Net) -> Task:
    task = getattr(tasks, net.task)(**net.options)
    return replace(task, x=padded(task.x)) if net.padded else task


def _layers(net: Net, task: Task) -> list[object]:
    found = []
    for number, given in enumerate(net.layers):
        own = {name: value for name, value in given.items() if name != "kind"}
        first = {} if number else {"input_shape": task.x.shape[1:]}
        found.append(getattr(layers, given["kind"])(**own, **first))
    return found


def padded(x: np.ndarray) -> np.ndarray:
    """Return samples of which each keeps another number of time steps, at least two; the rest is zeros.

    Examples
    --------
    >>> padded(np.ones((3, 4, 1)))[..., 0].sum(axis=1).tolist()
    [4.0, 3.0, 2.0]
    """
    samples, steps = x.shape[:2]
    kept = steps - np.arange(samples) % max(steps - 1, 1)
    return np.where(np.arange(steps)[None, :, None] < kept[:, None, None], x, 0).astype(x.dtype)
