"""The same moment in several traces: one view of each, on shared scales."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rnnscope.checks import describe, one_of
from rnnscope.figures.function import picture_at
from rnnscope.figures.numbers import inputs_text
from rnnscope.figures.options import given_to
from rnnscope.figures.picture import Picture, check_size
from rnnscope.figures.registry import CLASSES
from rnnscope.figures.scale import Scale
from rnnscope.figures.view import View
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.cursor import given
from rnnscope.trace.moment import resolve

MOST_TRACES = 5
NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})
SIDE_BY_SIDE = 16.0
"""Views stand side by side if they are together at most so many inches wide, else one below the other."""


def compare(
    traces: Mapping[str, Trace],
    view: str = "gates",
    cursor: Cursor | None = None,
    *,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Draw one view of several traces at the same moment, on shared scales.

    Parameters
    ----------
    traces
        Two to five traces of the same inputs, by the names that they are shown under.
    view
        Name of a view, such as `"gates"`, `"gradient_flow"` or `"training"`.
    cursor
        The moment, for all of them. A layer is that at the same place in every net; a phase that a cell does not have
        is its last one there; a dict such as `{"LSTM": "f", "GRU": "z"}` chooses one for each kind of cell.
    figsize
        Size of the figure in inches.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `figure.update(cursor)` moves all views to another moment.

    Raises
    ------
    TypeError
        If `traces` is no mapping of names to traces.
    ValueError
        If there are fewer than two or more than five, their inputs differ, there is no such view, or the moment is not
        in all of them.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> def trace(layer):
    ...     model = rs.Sequential([layer(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    ...     return model.trace(task.x)
    >>> figure = rs.figures.compare({"LSTM": trace(rs.LSTM), "GRU": trace(rs.GRU)}, view="gates")
    >>> figure.update(rs.Cursor(time=1))
    """
    checked(traces)
    check_size(figsize)
    one_of("view", view, CLASSES)
    found = resolve(given(cursor, optional=True), list(traces.values()))
    return drawn(dict(zip(traces, found, strict=True)), view, figsize=figsize)


Bounds = tuple[float, float, float, float]
"""Left, bottom, width and height as parts of a figure."""


def drawn(
    moments: Mapping[str, Moment],
    view: str,
    *,
    most: float = SIDE_BY_SIDE,
    figsize: tuple[float, float] | None = None,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Picture:
    """Draw one view of moments, by the names of their traces, into a figure of its own, at most so many inches wide.

    Of `options`, arguments of views by their names, it takes its own.
    """
    size, fill = laid_out(moments, view, most, options=options)
    figure = Picture(figsize=size if figsize is None else figsize)
    fill(figure, (0, 0, 1, 1))
    return figure


def laid_out(
    moments: Mapping[str, Moment],
    view: str,
    most: float,
    *,
    beside: bool = False,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> tuple[tuple[float, float], Callable[[Picture, Bounds], None]]:
    """Return the size in inches that a view of moments takes, at most so wide, and a function that draws it."""
    kind = CLASSES[one_of("view", view, CLASSES)]
    own = given_to(kind, options)
    single = [picture_at(kind, moment, **own) for moment in moments.values()]
    widest = most / len(moments) if beside else most
    views = [figure.views[0] for figure in single]
    sizes = np.array([view.with_verdict(view.size_within(widest)) for view in views])
    if beside:
        sizes[:, 0] = widest if len(moments) > 1 else sizes[:, 0]
    across = beside or sizes[:, 0].sum() <= most
    size = (sizes[:, 0].sum(), sizes[:, 1].max()) if across else (sizes[:, 0].max(), sizes[:, 1].sum())
    slots = max(view.slots for view in views)

    def fill(figure: Picture, place: Bounds) -> None:
        left, bottom, width, height = place
        made, part = [], 1 / len(moments)
        for k, moment in enumerate(moments.values()):
            x, y, wide, high = (k * part, 0, part, 1) if across else (0, 1 - (k + 1) * part, 1, part)
            host = (left + x * width, bottom + y * height, wide * width, high * height)
            picture_at(kind, moment, figure.add_axes(host), **own)
            made.append(figure.views[-1])
        if len(made) == 1:
            return
        shared = Together(made)
        for name, each in zip(moments, made, strict=True):
            each.share(shared, tuple(moments.values()), slots=slots, label=name)

    return size, fill


def stacked(
    moments: Mapping[str, Moment],
    views: Sequence[str],
    *,
    most: float = SIDE_BY_SIDE,
    beside: bool = False,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Picture:
    """Draw several views of moments, by the names of their traces, one below the other.

    With `beside`, the traces stand side by side whatever room that leaves to each.

    A view that has nothing to show is left out, unless it is the only one.
    """
    made, missing = [], []
    for view in views:
        try:
            made.append(laid_out(moments, view, most, beside=beside, options=options))
        except ValueError as error:
            missing.append(error)
    if not made:
        raise missing[0]
    heights = [size[1] for size, _ in made]
    width, height = max(size[0] for size, _ in made), sum(heights)
    figure, top = Picture(figsize=(width, height)), 1.0
    for size, fill in made:
        top -= size[1] / height
        fill(figure, (0, top, size[0] / width, size[1] / height))
    return figure


def named(traces: Trace | Mapping[str, Trace]) -> dict[str, Trace]:
    """Return one trace without a name, or several that can be compared by their names."""
    if isinstance(traces, Trace):
        return {"": traces}
    checked(traces, least=1)
    return dict(traces)


def checked(traces: Mapping[str, Trace], least: int = 2) -> None:
    """Refuse what cannot be compared."""
    if not isinstance(traces, Mapping):
        raise TypeError(
            f"traces: expected a dict of names and traces, as model.fit(...) returns; got {describe(traces)}"
        )
    for name, trace in traces.items():
        if not isinstance(name, str):
            raise TypeError(f"traces: expected names that are text; got {describe(name)}")
        if not name.isprintable():
            raise ValueError(f"traces: expected names that can be printed; got {name!r}")
        if not isinstance(trace, Trace):
            raise TypeError(f"traces: expected a Trace, as model.fit(...) returns, for {name!r}; got {describe(trace)}")
    if not least <= len(traces) <= MOST_TRACES:
        raise ValueError(f"traces: expected {least} to {MOST_TRACES} traces; got {len(traces)}")
    (first, reference), *others = traces.items()
    for name, trace in others:
        if trace.x.shape != reference.x.shape or not np.array_equal(trace.x, reference.x, equal_nan=True):
            raise ValueError(
                f"traces: expected traces of the same inputs; {first!r} has {describe_inputs(reference)}, "
                f"{name!r} has {describe_inputs(trace)}"
            )


def describe_inputs(trace: Trace) -> str:
    """Return type and shape of the inputs of a trace, and how they begin."""
    return f"{trace.x.dtype} x of shape {trace.x.shape} ({inputs_text(trace.x.ravel()[:4])} …)"


class Together:
    """Finds the scales on which all of several views can be drawn."""

    def __init__(self, views: Sequence[View]) -> None:
        self.views = list(views)
        self._found: dict[tuple, dict[str, Scale]] = {}

    def __call__(self, moments: Sequence[Moment]) -> dict[str, Scale]:
        """Return the shared scales."""
        own = [view.own(moments) for view in self.views]
        keys = tuple(view.key(moment) for view, moment in zip(self.views, own, strict=True))
        if keys not in self._found:
            found: dict[str, list[Scale]] = {}
            for view, moment in zip(self.views, own, strict=True):
                for name, scale in view.scales_of(moment).items():
                    found.setdefault(name, []).append(scale)
            self._found[keys] = {name: reduce(Scale.together, scales) for name, scales in found.items()}
        return self._found[keys]
