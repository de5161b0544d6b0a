"""A page that needs no kernel: one HTML file with the pictures of some traces and all their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path, PurePath

import numpy as np
from tqdm import tqdm

from rnnscope.checks import describe, one_of, positive_int
from rnnscope.export.page.contents import Contents
from rnnscope.export.page.lecture import lecture_on, places_in, views_in
from rnnscope.export.page.writing import Around, page_of
from rnnscope.figures.comparable import named
from rnnscope.figures.registry import scenes
from rnnscope.figures.scene import Extent, Scene
from rnnscope.files import check_place, ending, replacing
from rnnscope.languages import speaking, tr
from rnnscope.lessons import Lecture, Lesson
from rnnscope.trace import Trace, Walk

PAGE_RUNS, PAGE_SAMPLES, PAGE_UNITS = 72, 10, 8
"""So many samples and units go into a page unless others are asked for, and so many epochs times samples."""

DEFAULT_VIEWS = ("cell", "equation", "gates", "memory", "training")
"""What a page shows unless other views are asked for."""


Chosen = int | Iterable[int] | None
"""Which epochs, units or samples are asked for, or how many."""


def export_html(
    traces: Trace | Mapping[str, Trace],
    path: str | PathLike[str],
    *,
    epochs: Chosen = None,
    units: Chosen = None,
    samples: Chosen = None,
    views: Iterable[str] | None = None,
    lesson: str | PathLike[str] | Lesson | None = None,
    title: str | None = None,
    links: Mapping[str, str | PathLike[str]] | None = None,
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
    lesson
        The name of a lesson (`rs.lessons.names()`), or a file of one, which ends in `.toml`: the walk through the page
        is then that lesson, on the one trace of the page, which asks before it shows. Its epochs, samples, units and
        views are in the page beside those that are asked for; without `views`, its views alone. What the trace lacks
        is said at its first stop.
    title
        Title of the page; by default that of the lesson, or the names of the traces.
    links
        Files beside the page that it leads to, by what is said of them: addresses as seen from its folder.
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
    beside = _checked(links)
    ending(path, (".html", ".htm"))
    check_place(path)
    walk = Walk(list(nets.values()))
    with speaking(lang):
        bar = partial(tqdm, desc=Path(path).name, unit=tr("picture"), disable=not verbose)
        lecture = None if lesson is None else lecture_on(lesson, nets)
        extent = _extent(walk, epochs, units, samples, lecture)
        made = _views(views, views_in(lecture) if lecture else DEFAULT_VIEWS, adds=lecture is not None)
        named_so = title or (lecture.title if lecture else _title(nets))
        page = page_of(Contents(nets, walk, extent), made, named_so, bar, Around(lecture, beside))
    with replacing(path) as file:
        file.write(page.encode())


def _checked(links: Mapping[str, str | PathLike[str]] | None) -> dict[str, str]:
    """Return links by their texts, whose addresses are those of files beside the page."""
    if not isinstance(links, Mapping | None):
        raise TypeError(f"links: expected addresses of files by what is said of them; got {describe(links)}")
    found = {}
    for text, file in (links or {}).items():
        if not isinstance(text, str) or not isinstance(file, str | PathLike):
            raise TypeError(f"links: expected texts and names of files; got {describe(text)}: {describe(file)}")
        found[text] = PurePath(file).as_posix()
        if PurePath(file).is_absolute() or ":" in found[text]:
            raise ValueError(f"links: expected a file as seen from the folder of the page; got {found[text]!r}")
    return found


def _extent(walk: Walk, epochs: Chosen, units: Chosen, samples: Chosen, lecture: Lecture | None) -> Extent:
    """Return what of the traces goes into a page: what was asked for, and where a lesson goes."""
    also = places_in(lecture) if lecture else {}
    narrowest = min(walk.units(layer) for layer in walk.layers)
    kept = _chosen("samples", samples, range(walk.samples), PAGE_SAMPLES, evenly=False)
    shown = (
        _epochs(walk, max(PAGE_RUNS // len(kept), 2))
        if epochs is None
        else _chosen("epochs", epochs, walk.epochs, PAGE_RUNS)
    )
    few = _chosen("units", units, range(narrowest), PAGE_UNITS)
    found = {"epoch": shown, "sample": kept, "unit": few}
    with_lesson = {axis: sorted({*places, *also.get(axis, ())}) for axis, places in found.items()}
    return Extent(with_lesson["epoch"], with_lesson["sample"], with_lesson["unit"], walk.steps)


def _views(given: Iterable[str] | None, usual: Sequence[str], *, adds: bool) -> list[type[Scene]]:
    """Return what shows the views that were asked for: in place of the usual ones, or before them."""
    there = scenes()
    if isinstance(given, str) or not isinstance(given, Iterable | None):
        raise TypeError(f"views: expected names of views; got {describe(given)}")
    asked = [] if given is None else [one_of("views", name, there) for name in given]
    if given is not None and not asked:
        raise ValueError("views: expected at least one; got none")
    return [there[name] for name in dict.fromkeys([*asked, *(usual if adds or given is None else ())])]


def _chosen(name: str, given: Chosen, there: Iterable[int], most: int, *, evenly: bool = True) -> list[int]:
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
