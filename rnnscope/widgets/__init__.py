"""Sliders, buttons and keys for notebooks: the only part that knows ipywidgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rnnscope.checks import describe, one_of
from rnnscope.figures import PAIRS, VIEWS
from rnnscope.figures.comparable import checked
from rnnscope.figures.registry import CLASSES
from rnnscope.habits import for_model
from rnnscope.trace import Cursor, Trace
from rnnscope.trace.cursor import given
from rnnscope.widgets.explorer import Explorer
from rnnscope.widgets.thread import by_owner

OPENING = ("network", "cell", "equation", "training")


@by_owner
def explore(trace: Trace, views: Sequence[str] = OPENING, cursor: Cursor | None = None) -> Explorer:
    """Step through a trace in a notebook: sliders, buttons and keys for every moment, and pictures that follow.

    Parameters
    ----------
    trace
        What was recorded.
    views
        Names of the views that are shown at first; buttons show and hide them.
    cursor
        Where to begin; by default the end of training, where most happens (see `rs.Cursor`).

    Returns
    -------
    Explorer
        What the notebook shows. On a page without a kernel its picture and its text stand in its place.

    Raises
    ------
    TypeError
        If `trace` is no trace, or `cursor` no cursor.
    ValueError
        If there is no such view, the moment is outside the trace, or nothing recurrent was recorded.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> explorer = rs.explore(model.trace(task.x), views=["cell", "equation"])
    >>> explorer.cursor = rs.Cursor(sample=0, time=2, unit=0, phase="f")
    >>> explorer.step("phase")
    True
    >>> str(explorer.cursor)
    "Cursor(epoch=0, layer='lstm', sample=0, time=2, unit=0, phase='i')"
    >>> explorer.close()
    """
    if isinstance(trace, Mapping):
        raise TypeError(f"trace: expected one Trace; for several use rs.compare; got {describe(trace)}")
    if not isinstance(trace, Trace):
        hint = for_model(trace, "rs.explore(rs.look_inside(model, x))")
        wanted = "a Trace, as model.fit(...) and rs.load_trace return"
        raise TypeError(f"trace: expected {wanted}; got {describe(trace)}{hint}")
    return Explorer({"": trace}, views, cursor)


@by_owner
def compare(traces: Mapping[str, Trace], view: str = "gates", cursor: Cursor | None = None) -> Explorer:
    """Step through two to five traces of the same inputs at once, each view on shared scales.

    Parameters
    ----------
    traces
        The traces, by the names that they are shown under.
    view
        Name of the view that is shown at first; buttons show and hide others. `"difference"` subtracts the first of
        two traces from the second: what a change did (see `rs.what_if`).
    cursor
        Where to begin. A layer is that at the same place in every net; each kind of cell has a phase of its own.

    Returns
    -------
    Explorer
        What the notebook shows.

    Raises
    ------
    TypeError
        If `traces` is no mapping of names to traces.
    ValueError
        If there are fewer than two or more than five, their inputs differ, no epoch or layer is in all of them, there
        is no such view, or the moment is not in all of them.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> def trace(layer):
    ...     return rs.Sequential([layer(4, input_shape=(4, 1)), rs.layers.Dense(1)]).trace(task.x)
    >>> explorer = rs.compare({"LSTM": trace(rs.LSTM), "GRU": trace(rs.GRU)}, view="gates")
    >>> explorer.cursor = rs.Cursor(time=1, phase={"LSTM": "f", "GRU": "z"})
    >>> explorer.close()
    """
    checked(traces)
    if one_of("view", view, (*VIEWS, *PAIRS)) in PAIRS:
        cursor = CLASSES[view].prefer(given(cursor, optional=True), list(traces.values()))
    return Explorer(traces, [view], cursor)
