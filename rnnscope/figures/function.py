"""The public function of a view, made from its class: signature, documentation, and what it does."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, get_type_hints

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnscope.checks import describe
from rnnscope.figures.options import options_of, parameters_of
from rnnscope.figures.picture import Picture, check_size
from rnnscope.figures.view import View
from rnnscope.trace import Cursor, Moment, Trace

SHARED = """
Parameters
----------
trace
    What was recorded.
cursor
    The moment; by default the end of training, where most happens (see `rs.Cursor`).
ax
    Axes to draw into (of matplotlib's figures, whose `views[-1].update(cursor)` then moves the view); by default
    a figure of its own.
figsize
    Size of the figure in inches.

Returns
-------
matplotlib.figure.Figure
    The figure; `figure.update(cursor)` moves it to another moment, `figure.alt` says in words what it shows.

Raises
------
ValueError
    If the cursor is outside the trace.
TypeError
    If `ax` is no matplotlib axes.
"""
"""What is said of every view, unless the docstring of its class says it in other words."""

SECTIONS = ("Parameters", "Returns", "Raises", "See Also", "Examples")

Sections = dict[str, dict[str, str]]
"""The sections of a docstring: by title, what each says of each entry."""


def function_of(view: type[View]) -> Callable[..., Figure]:
    """Return the public function that draws a view."""

    def draw(
        trace: Trace,
        cursor: Cursor | None = None,
        *,
        ax: Axes | None = None,
        figsize: tuple[float, float] | None = None,
        **options: Any,
    ) -> Figure:
        unknown = set(options) - set(options_of(view))
        if unknown:
            raise TypeError(f"{view.name}() got an unexpected keyword argument {min(unknown)!r}")
        if not isinstance(ax, Axes | None):
            raise TypeError(f"ax: expected a matplotlib Axes; got {describe(ax)}")
        if ax is not None and ax.figure is None:
            raise ValueError("ax: expected an axes that is in a figure; got one that was removed")
        check_size(figsize)
        (moment,) = view.opened(cursor, [trace])
        return picture_at(view, moment, ax, figsize, **options)

    draw.__name__ = draw.__qualname__ = view.name
    draw.__module__, draw.__doc__ = __package__, documentation(view)
    signature, hints, types = inspect.signature(draw), get_type_hints(draw), get_type_hints(view)
    own = parameters_of(view)
    shared = [entry for name, entry in signature.parameters.items() if name in hints and name != "options"]
    draw.__signature__ = signature.replace(parameters=[*shared, *own])
    draw.__annotations__ = {name: hints[name] for name in hints if name != "options"} | {
        entry.name: types[entry.name] for entry in own
    }
    return draw


def picture_at(
    view: type[View],
    moment: Moment,
    ax: Axes | None = None,
    figsize: tuple[float, float] | None = None,
    **options: Any,
) -> Figure:
    """Draw a view of a moment into given axes, or into a figure of its own, and return the figure."""
    figure = Picture(figsize=figsize) if ax is None else ax.get_figure(root=True)
    host = figure.add_axes((0, 0, 1, 1)) if ax is None else ax
    size = view.size if ax is None and figsize is None else None
    made = view(moment, host, size=size, **options)
    figure.views = [*(other for other in getattr(figure, "views", []) if other.host is not host), made]
    return figure


def documentation(view: type[View]) -> str:
    """Return the docstring of the function: that of the class, with what is said of every view."""
    front, own = _parsed(inspect.cleandoc(view.__doc__))
    _, shared = _parsed(SHARED)
    parts = [front]
    for title in SECTIONS:
        entries = {**shared.get(title, {}), **own.get(title, {})}
        if entries:
            parts.append(f"{title}\n{'-' * len(title)}\n" + "\n".join(entries.values()))
    return "\n\n".join(parts)


def _parsed(text: str) -> tuple[str, Sections]:
    """Return what stands before the sections of a docstring, and the sections."""
    front, *rest = re.split(r"^(\w[\w ]*)\n-+\n", text, flags=re.M)
    sections: Sections = {}
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        if title in ("Parameters", "Raises"):
            sections[title] = {entry.partition("\n")[0]: entry for entry in re.split(r"\n(?=\S)", body.strip())}
        else:
            sections[title] = {"": body.strip()}
    return front.strip(), sections
