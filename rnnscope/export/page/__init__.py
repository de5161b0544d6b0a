"""A page that needs no kernel: one HTML file with the pictures of some traces and all their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
from tqdm import tqdm

from rnnscope.checks import describe, one_of, positive_int
from rnnscope.export.page.contents import Contents
from rnnscope.export.page.writing import page_of
from rnnscope.figures.comparable import named
from rnnscope.figures.registry import scenes
from rnnscope.figures.scene import Extent, Scene
from rnnscope.files import check_place, ending, replacing
from rnnscope.languages import speaking, tr
from rnnscope.lessons import Lecture, Lesson, lecture
from rnnscope.trace import Trace, Walk

PAGE_RUNS, PAGE_SAMPLES, PAGE_UNITS = 72, 10, 8
"""So many samples and units go into a page unless others are asked for, and so many epochs times samples."""

DEFAULT_VIEWS = ("cell", "equation", "gates", "memory", "training")
"""What a page shows unless other views are asked for."""


def export_html(
    traces: Trace | Mapping[str, Trace],
    path: str | PathLike[str],
    *,
    epochs: int | Iterable[int] | None = None,
    units: int | Iterable[int] | None = None,
    samples: int | Iterable[int] | None = None,
    views: Iterable[str] | None = None,
    title: str | None = None,
    lesson: str | PathLike[str] | Lesson | None = None,
    lang: str | None = None,
    verbose: bool = True,
) -> None:
    """Write one HTML file that steps through traces without a kernel, a network, or anything beside it.

    It has the wiring of the cell and the equation of the phase with their numbers, in both directions, the heat maps of
    all units, and the training; sliders, buttons and keys for epoch, time and phase; light and dark. The pictures are
    those of `rs.figures`, the numbers are written as there, with at most three digits.

    Parameters
    ----------
    traces
        A trace, or two to five of the same inputs by their names, which then move in step.
    path
        Name of the file, which ends in `.html`. A file that exists is replaced.
    epochs
        Which recorded epochs go into the file, or how many, evenly spaced; by default at most 72, divided by how many
        samples there are, and rather those at which weights were kept.
    units
        Which units have numbers, or how many, evenly spaced; by default at most 8. They are in all layers, so that the
        narrowest one says which there are. Heat maps hold all units.
    samples
        Which samples, or how many of the first ones; by default the first 10.
    views
        Names of the views, in the order in which they stand below each other; by default the cell, the equation, the
        gates, the memory and the training. What of others has no room is said at the end of the page.
    title
        Title of the page.
    lesson
        The name of a lesson (`rs.lessons.names()`), or a file of one, in the place of the walk: the page then asks
        before it shows. It is of one trace, and its moments and views are in the page whatever else is chosen.
    lang
        The language of the page, such as `"ko"` for Korean; by default the one that is spoken (`rs.set_language`).
    verbose
        Whether a bar shows how far it is: three nets of 300 units take some seconds.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is expected, is empty, or is not in the traces; `path` is then untouched.
    OSError
        If the file cannot be written; nothing half-written is left.

    Examples
    --------
    >>> import rnnscope as rs, tempfile, pathlib
    >>> task = rs.tasks.counting()
    >>> trace = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1)), rs.layers.Dense(1)]).trace(task.x)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "gru.html"
    >>> rs.export_html(trace, file, verbose=False)
    >>> file.read_text(encoding="utf-8")[:15]
    '<!doctype html>'
    """
    nets = named(traces)
    if not isinstance(title, str | None):
        raise TypeError(f"title: expected a text; got {describe(title)}")
    ending(path, (".html", ".htm"))
    check_place(path)
    walk = Walk(list(nets.values()))
    narrowest = min(walk.units(layer) for layer in walk.layers)
    kept = _chosen("samples", samples, range(walk.samples), PAGE_SAMPLES, evenly=False)
    extent = Extent(
        _epochs(walk, max(PAGE_RUNS // len(kept), 2))
        if epochs is None
        else _chosen("epochs", epochs, walk.epochs, PAGE_RUNS),
        kept,
        _chosen("units", units, range(narrowest), PAGE_UNITS),
        walk.steps,
    )
    made = _views(views)
    with speaking(lang):
        bar = partial(tqdm, desc=Path(path).name, unit=tr("picture"), disable=not verbose)
        lecture = None if lesson is None else _lecture(lesson, nets)
        if lecture:
            extent, made = _with_lesson(lecture, extent), made if views is not None else _views(_views_of(lecture))
        page = page_of(Contents(nets, walk, extent), made, title or _title(nets), bar, lecture)
    with replacing(path) as file:
        file.write(page.encode())


def _lecture(lesson: str | PathLike[str] | Lesson, nets: Mapping[str, Trace]) -> Lecture:
    """Return a lesson on the trace of a page."""
    if len(nets) > 1:
        raise ValueError(f"lesson: expected one trace with it; got {', '.join(nets)}")
    return lecture(lesson, *nets.values())


def _with_lesson(found: Lecture, extent: Extent) -> Extent:
    """Return what goes into a page with the moments of a lesson."""
    moments = [stop.moment for stop in found.stops if stop.moment]
    kept = {name: {getattr(moment, name[:-1]) for moment in moments} for name in ("epochs", "samples", "units")}
    return replace(extent, **{name: sorted({*getattr(extent, name), *more}) for name, more in kept.items()})


def _views_of(found: Lecture) -> list[str]:
    """Return the views of a lesson that a page can show, or those that it shows by default."""
    named_ones = [name for stop in found.stops for name in (*stop.views, *stop.answered_views)]
    return [name for name in dict.fromkeys(named_ones) if name in scenes()] or list(DEFAULT_VIEWS)


def _views(given: Iterable[str] | None) -> list[type[Scene]]:
    """Return what shows the views that were asked for."""
    there = scenes()
    if isinstance(given, str) or not isinstance(given, Iterable | None):
        raise TypeError(f"views: expected names of views; got {describe(given)}")
    names = list(dict.fromkeys(one_of("views", name, there) for name in (DEFAULT_VIEWS if given is None else given)))
    if not names:
        raise ValueError("views: expected at least one; got none")
    return [there[name] for name in names]


def _chosen(
    name: str, given: int | Iterable[int] | None, there: Iterable[int], most: int, *, evenly: bool = True
) -> list[int]:
    """Return which of what is there was asked for, in order."""
    there = list(there)
    if given is None or isinstance(given, int | np.integer):
        count = min(most if given is None else positive_int(name, given), len(there))
        places = np.linspace(0, len(there) - 1, count).round().astype(int) if evenly else range(count)
        return [there[place] for place in places]
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise TypeError(f"{name}: expected numbers, or how many; got {describe(given)}")
    found = sorted({positive_int(f"{name}: each", value, 0) for value in given})
    if not found:
        raise ValueError(f"{name}: expected at least one; got none")
    missing = [value for value in found if value not in there]
    if missing:
        known = ", ".join(map(str, there)) if len(there) < 12 else f"{there[0]} to {there[-1]}, {len(there)} of them"
        raise ValueError(f"{name}: expected some of {known}; got {missing[0]}")
    return found


def _epochs(walk: Walk, most: int) -> list[int]:
    """Return so many recorded epochs: evenly spaced, but where there is one beside at which weights were kept, that."""
    there, kept = np.array(walk.epochs), [trace.snapshots.epochs for trace in walk.traces]
    if len(there) <= most:
        return there.tolist()
    worth = sum(np.isin(there, epochs) / max(len(epochs), 1) for epochs in kept)  # fewer epochs are worth more each
    places, found = np.linspace(0, len(there) - 1, most), []
    for place in places[1:-1]:
        away = np.abs(np.arange(len(there)) - place)
        near = np.flatnonzero(away <= max((places[1] - places[0]) / 2 - 0.01, away.min()))
        found.append(max(near, key=lambda k, away=away: (worth[k], -away[k])))
    return there[[0, *dict.fromkeys(found), len(there) - 1]].tolist()


def _title(nets: Mapping[str, Trace]) -> str:
    """Return the names of several traces, or the layers of a single one."""
    named_ones = list(filter(None, nets))
    if named_ones:
        return " · ".join(named_ones)
    (trace,) = nets.values()
    return trace.architecture
