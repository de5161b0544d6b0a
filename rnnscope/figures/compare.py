"""The same moment in several traces, on one screen: curves over each other, all else side by side on shared scales."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from rnnscope.checks import one_of
from rnnscope.figures.comparable import checked
from rnnscope.figures.drawing.canvas import NoRoom
from rnnscope.figures.drawing.notes import together
from rnnscope.figures.function import picture_at
from rnnscope.figures.legend import SharedLegend, legend_height
from rnnscope.figures.options import given_to
from rnnscope.figures.overlay import Overlay, size_of
from rnnscope.figures.picture import Picture, check_size
from rnnscope.figures.registry import CLASSES
from rnnscope.figures.together import Together
from rnnscope.figures.view import View
from rnnscope.trace import Cursor, Moment, Trace

SCREEN = (12.8, 9.0)
"""What several traces are drawn into: so many inches wide and high, unless they stand one below the other."""

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})

LAYOUTS = ("overlay", "side", "stack")


def compare(
    traces: Mapping[str, Trace],
    view: str = "gates",
    cursor: Cursor | None = None,
    *,
    layout: str | None = None,
    figsize: tuple[float, float] | None = None,
) -> Figure:
    """Draw one view of several traces at the same moment, on shared scales and on one screen.

    Parameters
    ----------
    traces
        Two to five traces of the same inputs, by the names that they are shown under.
    view
        Name of a view, such as `"gates"`, `"gradient_flow"` or `"training"`; `"difference"` subtracts the first of two
        traces from the second, and shows what changed, where, and how far it travelled (see `rs.what_if`).
    cursor
        The moment, for all of them. A layer is that at the same place in every net; a phase that a cell does not have
        is its last one there; a dict such as `{"LSTM": "f", "GRU": "z"}` chooses one for each kind of cell.
    layout
        `"overlay"`: their curves over each other, in the same axes and with one legend; `"side"`: a picture of each,
        side by side, with one legend for all; `"stack"`: one below the other, which may be higher than a screen. By
        default a view of curves (`gradient_flow`, `gate_history`, `training`) is overlaid, and any other stands side by
        side.
    figsize
        Size of the figure in inches; by default at most 12.8 x 9, but as high as it gets with `"stack"`.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; `figure.update(cursor)` moves all views to another moment.

    Raises
    ------
    TypeError
        If `traces` is no mapping of names to traces, or `view` no name.
    ValueError
        If there are fewer than two or more than five, their inputs differ and the view shows what happens to them,
        there is no such view or layout, the view has no curves to overlay, or the moment is not in all of them.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> def trace(layer):
    ...     model = rs.Sequential([layer(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    ...     return model.trace(task.x)
    >>> figure = rs.figures.compare({"LSTM": trace(rs.LSTM), "GRU": trace(rs.GRU)}, view="gates")
    >>> figure.update(rs.Cursor(time=1))
    >>> trace = trace(rs.LSTM)
    >>> changed = rs.what_if(trace, rs.Hold("lstm", "f", 0.0, time=2))
    >>> figure = rs.figures.compare({"as it was": trace, "f = 0": changed}, view="difference")
    >>> figure.alt[:65]
    "Changed by hand: f of layer 'lstm' is held at 0 (time step 2). Th"
    """
    if isinstance(view, Cursor):
        raise TypeError(f"view: expected the name of a view; got a Cursor. Type compare(traces, cursor={view})")
    one_of("view", view, CLASSES)
    checked(traces, view)
    check_size(figsize)
    if layout is not None:
        one_of("layout", layout, LAYOUTS)
    found = CLASSES[view].opened(cursor, list(traces.values()))
    return drawn(dict(zip(traces, found, strict=True)), view, layout=layout, figsize=figsize)


Bounds = tuple[float, float, float, float]
"""Left, bottom, width and height as parts of a figure."""

Plan = tuple[tuple[float, float], Callable[[Picture, Bounds], None]]
"""The size in inches that something takes, and what draws it into a part of a figure."""


def drawn(
    moments: Mapping[str, Moment],
    view: str,
    *,
    most: float = SCREEN[0],
    layout: str | None = None,
    figsize: tuple[float, float] | None = None,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Picture:
    """Draw one view of moments, by the names of their traces, into a figure of its own, at most so many inches wide.

    Of `options`, arguments of views by their names, it takes its own.
    """
    size, fill = laid_out(moments, view, most, layout, options)
    figure = Picture(figsize=size if figsize is None else figsize)
    fill(figure, (0, 0, 1, 1))
    return figure


def laid_out(
    moments: Mapping[str, Moment],
    view: str,
    most: float = SCREEN[0],
    layout: str | None = None,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Plan:
    """Return the size in inches that a view of moments takes, at most so wide, and a function that draws it.

    Without a layout it is overlaid if it has curves, else side by side, or if that leaves no room one below the other.
    """
    kind = CLASSES[one_of("view", view, CLASSES)]
    make = partial(picture_at, kind, **given_to(kind, options))
    if kind.pairs:
        return _paired(partial(make, named=moments), moments, most, layout)
    single = {name: make(moment).views[0] for name, moment in moments.items()}
    if len(moments) == 1:
        return _in_parts(make, moments, single, most, "stack")
    has_curves = any(panel.curves for each in single.values() for panel in each.curves(each.moment))
    if layout == "overlay" and not has_curves:
        raise ValueError(
            f"layout: expected 'side' or 'stack' for the view {view!r}, which has no curves; got 'overlay'"
        )
    if layout == "overlay" or (layout is None and has_curves):
        return _overlaid(single, most)
    try:
        return _in_parts(make, moments, single, most, layout or "side")
    except NoRoom:
        if layout is not None:
            raise
        return _in_parts(make, moments, single, most, "stack")


def _paired(make: Callable[..., Figure], moments: Mapping[str, Moment], most: float, layout: str | None) -> Plan:
    """Return size and drawing of a view that shows all moments in one picture."""
    (name, first), *_ = moments.items()
    view = make(first).views[0]
    if layout is not None:
        raise ValueError(f"layout: expected none for the view {view.name!r}, which is one picture; got {layout!r}")
    return _in_parts(make, {name: first}, {name: view}, most, "stack")


def _overlaid(single: Mapping[str, View], most: float) -> Plan:
    """Return size and drawing of the curves of several views, over each other."""

    def fill(figure: Picture, place: Bounds) -> None:
        figure.views.append(Overlay(single, figure.add_axes(place)))

    return size_of(list(single.values()), most), fill


def _in_parts(
    make: Callable[..., Figure], moments: Mapping[str, Moment], single: Mapping[str, View], most: float, layout: str
) -> Plan:
    """Return size and drawing of several views, side by side or one below the other."""
    across, count = layout == "side", len(moments)
    widest = most / count if across else most
    sizes = np.array([view.with_verdict(view.size_within(widest)) for view in single.values()])
    slots = max(view.slots for view in single.values())
    below = _legend_below(single) if across and count > 1 else lambda wide: 0.0
    make = partial(make, explains=False) if below(most) else make
    if across:
        wide = min(most, count * sizes[:, 0].max())
        foot = below(wide)
        size = _with_room(make, list(moments.values()), wide, sizes[:, 1].max() + foot, foot)
    else:
        size = sizes[:, 0].max(), sizes[:, 1].sum()

    def fill(figure: Picture, place: Bounds) -> None:
        left, bottom, width, height = place
        whole = figure.get_size_inches()
        foot = min(below(width * whole[0]) / whole[1], height / 2)
        made, part, high = [], 1 / count, height - foot
        for k, moment in enumerate(moments.values()):
            own = (k * part, 0, part, 1) if across else (0, 1 - (k + 1) * part, 1, part)
            host = (left + own[0] * width, bottom + foot + own[1] * high, own[2] * width, own[3] * high)
            make(moment, figure.add_axes(host))
            made.append(figure.views[-1])
        if len(made) == 1:
            return
        shared = Together(made)
        for name, each in zip(moments, made, strict=True):
            each.share(shared, tuple(moments.values()), slots=slots, label=name)
        if foot:
            named = dict(zip(moments, made, strict=True))
            figure.shared_legends.append(SharedLegend(named, figure.add_axes((left, bottom, width, foot))))

    return size, fill


def _legend_below(single: Mapping[str, View]) -> Callable[[float], float]:
    """Return what finds the height of the legend of views beside each other, in inches, by how wide it is."""
    shared, moments = Together(list(single.values())), tuple(view.moment for view in single.values())
    notes = together({name: view.notes_on(shared, moments) for name, view in single.items()})
    first = next(iter(single.values()))
    inch = 72 / first.em
    return lambda wide: legend_height(first.figure, notes, wide * inch) / inch


def _with_room(
    make: Callable[..., Figure], moments: Sequence[Moment], wide: float, high: float, below: float
) -> tuple[float, float]:
    """Return the size in inches in which views have room side by side, and what is below them: so high, or a screen."""
    for own in (min(high, SCREEN[1]), SCREEN[1]):
        try:
            for moment in moments:
                make(moment, figsize=(wide / len(moments), max(own - below, 0.1)))
        except NoRoom:
            if own == SCREEN[1]:
                raise
        else:
            break
    return wide, own


def stacked(
    moments: Mapping[str, Moment],
    views: Sequence[str],
    *,
    most: float = SCREEN[0],
    below: float = 0.0,
    options: Mapping[str, Any] = NO_OPTIONS,
) -> Picture:
    """Draw several views of moments, by the names of their traces, one below the other; `below` inches stay free.

    A view that has nothing to show is left out, unless it is the only one.
    """
    made, missing = [], []
    for view in views:
        try:
            made.append(laid_out(moments, view, most, options=options))
        except ValueError as error:
            missing.append(error)
    if not made:
        raise missing[0]
    heights = [size[1] for size, _ in made]
    width, height = max(size[0] for size, _ in made), sum(heights) + below
    figure, top = Picture(figsize=(width, height)), 1.0
    for size, fill in made:
        top -= size[1] / height
        fill(figure, (0, top, size[0] / width, size[1] / height))
    return figure
