"""`rs.what_if`: the same pass with something changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnnscope.checks import describe
from rnnscope.engine import losses
from rnnscope.engine.losses import Loss
from rnnscope.interventions.changes import Change
from rnnscope.interventions.run import Run
from rnnscope.languages import noted
from rnnscope.models.compiled import Compiled
from rnnscope.models.rebuilding import holds_of, network_of, starts_of
from rnnscope.trace.labels import Labels
from rnnscope.trace.naming import names_by_token
from rnnscope.trace.trace import Trace

AS_IT_WAS, CHANGED = noted("as it was"), noted("changed")
"""What the two runs are called beside each other."""


def what_if(
    subject: Trace | Compiled,
    *changes: Change,
    epoch: int = -1,
    x: Any = None,
    y: Any = None,
    loss: str | Loss | None = None,
    labels: Labels | None = None,
) -> Trace:
    """Run a net again with something changed, and return what was recorded.

    The net itself, and the trace, stay as they are. Without changes the pass is the one that was recorded, bit for bit
    (dropout is off, as in `predict`).

    Parameters
    ----------
    subject
        A trace, or a model.
    *changes
        What is changed, in this order: `rs.Hold`, `rs.Edit`, `rs.Feed`, `rs.Start`.
    epoch
        Of a trace: the epoch whose weights are taken, −1 for the last that was kept.
    x, y
        Inputs and targets. A model needs inputs; a trace has its own. With targets there are the loss and gradients.
    loss
        The loss, if the trace does not know it (files of older versions, a class of one's own).
    labels
        Names of time steps, classes and samples, for a model; a trace has its own.

    Returns
    -------
    Trace
        One recorded pass; `interventions` says in words what was changed, `layer.held["f"]` where f was held.

    Raises
    ------
    TypeError, ValueError
        If a change does not fit the net: a quantity, unit, time step or weight that is not there, values that are not
        finite; if the weights of the epoch were not kept.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    >>> model.compile(optimizer="adam", loss="mse")
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> forgets = rs.what_if(trace, rs.Hold("lstm", "f", 0.0))
    >>> float(forgets["lstm"]["f"].max())
    0.0
    """
    run, named = run_of(subject, epoch, x, y, loss, labels)
    for k, change in enumerate(changes):
        if not isinstance(change, Change):
            wanted = "a change: rs.Hold, rs.Edit, rs.Feed or rs.Start"
            hint = ". Put a star before it: rs.what_if(trace, *changes)" if _are_changes(change) else ""
            raise TypeError(f"changes: expected {wanted}; got {describe(change)} at place {k}{hint}")
    x = run.inputs[0].copy()
    words = [change.apply(run) for change in changes]
    found = run.trace().with_labels(_renamed(named, x, run))
    found.interventions = (*getattr(subject, "interventions", ()), *words)
    if not isinstance(subject, Trace) or subject.is_of_model:
        found.training["of_model"] = 1
    found.objective = losses.config_of(run.loss)
    return found


def _are_changes(given: Any) -> bool:
    """Say whether several changes were given as one, such as those of a preset."""
    return isinstance(given, Sequence) and bool(given) and all(isinstance(each, Change) for each in given)


def run_of(
    subject: Trace | Compiled, epoch: int, x: Any, y: Any, loss: str | Loss | None, labels: Labels | None
) -> tuple[Run, Labels | None]:
    """Return the run of a trace or of a model as it is, and its labels."""
    if isinstance(subject, Trace):
        if x is not None or y is not None:
            raise TypeError("x: expected none beside a trace, which has its own inputs; give a model for others")
        return _run_of_trace(subject, epoch, loss), subject.labels if labels is None else labels
    if not isinstance(subject, Compiled):
        raise TypeError(f"subject: expected a trace or a model; got {describe(subject)}")
    if x is None:
        raise TypeError("x: expected inputs, x=..., beside a model; got None")
    return _run_of_model(subject, x, y, loss), labels


def _run_of_trace(trace: Trace, epoch: int, loss: str | Loss | None) -> Run:
    number = trace.snapshots.number(epoch)
    network = network_of(trace, number)
    chosen = None
    if trace.y is not None:
        if loss is None and trace.objective is None:
            raise ValueError('loss: expected the loss, which this trace does not know; type what_if(..., loss="mse")')
        chosen = losses.loss(loss) if loss is not None else losses.from_config(trace.objective)
    inputs = [array.copy() for array in trace.inputs]
    output = (len(inputs[0]), *trace.predictions.shape[2:])
    return Run(network, inputs, trace.y, output, chosen, number, starts_of(trace, number), holds_of(trace, number))


def _renamed(labels: Labels | None, x: np.ndarray, run: Run) -> Labels | None:
    """Return labels with the names of other tokens where other tokens are read than in `x`."""
    now, count = run.inputs[0], run.tokens(0)
    if labels is None or not labels.is_by_sample or count is None or np.array_equal(x, now):
        return labels
    names, steps = names_by_token(labels, x, count), [list(labels.steps(k)) for k in range(len(x))]
    for sample, time in np.argwhere(x != now).tolist():
        steps[sample][time] = names[int(now[sample, time])]
    return replace(labels, time=steps)


def _run_of_model(model: Compiled, x: Any, y: Any, loss: str | Loss | None) -> Run:
    if y is None:
        inputs, targets, chosen = model._inputs_of(x), None, None
    else:
        if loss is not None:
            raise TypeError("loss: expected none beside a model, which was compiled with one")
        data = model._data(x, y)
        inputs, targets, chosen = data.x, data.y, model.loss
    network = model._built().copy()
    return Run(network, [array.copy() for array in inputs], targets, model._output(inputs), chosen, 0)
