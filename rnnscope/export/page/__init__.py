"""A page that needs no kernel: one HTML file with the pictures of some traces and all their numbers."""

from __future__ import annotations

import html
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

import rnnscope
from rnnscope.checks import describe, positive_int
from rnnscope.export.page.contents import Contents
from rnnscope.export.page.left_out import left_out
from rnnscope.export.page.numbers import FIRST_POWER, TEXTS
from rnnscope.figures.compare import named
from rnnscope.figures.numbers import inputs_text
from rnnscope.figures.registry import scenes
from rnnscope.figures.scene import Extent, Scene, or_reason
from rnnscope.figures.style import NOT_FINITE
from rnnscope.figures.view import MOST_INPUTS
from rnnscope.files import check_place, ending, replacing
from rnnscope.trace import Cursor, Trace, Walk
from rnnscope.trace.cursor import DIRECTIONS
from rnnscope.trace.walk import SPEED, SPEEDS

SCRIPTS = ("numbers", "figure", "walk", "explorer")
"""The files of the page's script, in order."""

PAGE_EPOCHS, PAGE_UNITS = 100, 16
"""So many epochs and units go into a page, unless others are asked for."""


def export_html(
    traces: Trace | Mapping[str, Trace],
    path: str | PathLike[str],
    *,
    epochs: int | Iterable[int] | None = None,
    units: int | Iterable[int] | None = None,
    samples: int | Iterable[int] | None = None,
    title: str | None = None,
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
        Which recorded epochs go into the file, or how many, evenly spaced; by default at most 100.
    units
        Which units have numbers, or how many, evenly spaced; by default at most 16. They are in all layers, so that the
        narrowest one says which there are. Heat maps hold all units.
    samples
        Which samples, or how many of the first ones; by default the first.
    title
        Title of the page.
    verbose
        Whether a bar shows how far it is: three nets of 300 units take about a minute.

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
    extent = Extent(
        _chosen("epochs", epochs, walk.epochs, PAGE_EPOCHS),
        _chosen("samples", samples, range(walk.samples), 1, evenly=False),
        _chosen("units", units, range(narrowest), PAGE_UNITS),
        walk.steps,
    )
    bar = partial(tqdm, desc=Path(path).name, unit="picture", disable=not verbose)
    page = _page(nets, walk, extent, title or _title(nets), bar)
    with replacing(path) as file:
        file.write(page.encode())


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


def _page(nets: Mapping[str, Trace], walk: Walk, extent: Extent, title: str, bar: Callable[..., tqdm]) -> str:
    """Return the page."""
    contents = Contents(nets, walk, extent)
    directions = [way for way in DIRECTIONS if _has(walk, way)]
    layers, inputs = [walk.names(layer) for layer in walk.layers], next(iter(nets.values())).x
    made = [scene(contents) for scene in scenes()]
    with bar(total=sum(_count(scene, layers, directions) for scene in made)) as shown:
        drawn = {scene.view.name: _laid_out(scene, layers, directions, shown) for scene in made}
    described = {
        "traces": [
            _described(contents, name, trace, [names[k] for names in layers])
            for k, (name, trace) in enumerate(nets.items())
        ],
        "layers": [" / ".join(dict.fromkeys(names)) for names in layers],
        "leaders": [walk.leader(layer) for layer in walk.layers],
        "sources": [[walk.sources(layer, other) for other in walk.layers] for layer in walk.layers],
        "directions": directions,
        "epochs": extent.epochs,
        "samples": [[k, _shortened(inputs[k])] for k in extent.samples],
        "units": extent.units,
        "steps": walk.steps,
        "leftOut": left_out(contents, directions, made),
        "views": [_view(scene) for scene in made],
        "scenes": drawn,
        "pool": list(contents.pool),
        "channels": contents.numbers.channels,
        "heats": contents.numbers.heats,
        "texts": contents.numbers.texts,
        "textsFrom": TEXTS,
        "firstPower": FIRST_POWER,
        "speeds": SPEEDS,
        "speed": SPEED,
        "counts": contents.numbers.counts,
    }
    parts = {
        "title": html.escape(title),
        "version": rnnscope.__version__,
        "light": _variables(contents, 0),
        "dark": _variables(contents, 1),
        "style": _file("page.css") + f":root {{ --odd: {NOT_FINITE}; }}",
        "script": '"use strict";\n' + "\n".join(_file(f"{name}.js") for name in SCRIPTS),
        "scenes": _packed(json.dumps(described, separators=(",", ":"), ensure_ascii=False)),
        "numbers": contents.numbers.packed(),
    }
    parts["hash"] = b64encode(sha256(parts["script"].encode()).digest()).decode()
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _file("page.html"))


def _laid_out(scene: Scene, layers: Sequence[Sequence[str]], directions: Sequence[str], bar: tqdm) -> Any:
    """Return the pictures of a scene with what moves in them, by layer and direction if it has them."""

    def drawn(names: Sequence[str], direction: str) -> Any:
        found = or_reason(scene.drawn, names, direction)
        bar.update()
        return found

    def of_layer(names: Sequence[str]) -> Any:
        if "direction" not in scene.by:
            return drawn(names, directions[0])
        return {direction: drawn(names, direction) for direction in directions}

    return [of_layer(names) for names in layers] if "layer" in scene.by else of_layer(layers[0])


def _count(scene: Scene, layers: Sequence[Sequence[str]], directions: Sequence[str]) -> int:
    """Return how often a scene is drawn."""
    return (len(layers) if "layer" in scene.by else 1) * (len(directions) if "direction" in scene.by else 1)


def _view(scene: Scene) -> dict[str, Any]:
    """Return what the page's script knows of a view."""
    question = scene.view.question
    headings = {"forward": question, "backward": question + scene.backward}
    return {"name": scene.view.name, "headings": headings, "by": scene.by, "missing": scene.missing}


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _title(nets: Mapping[str, Trace]) -> str:
    """Return the names of several traces, or the layers of a single one."""
    named_ones = list(filter(None, nets))
    if named_ones:
        return " · ".join(named_ones)
    (trace,) = nets.values()
    return trace.architecture


def _has(walk: Walk, direction: str) -> bool:
    """Say whether all traces have what is shown in a direction."""
    try:
        for layer in walk.layers:
            walk.at(Cursor(layer=layer, direction=direction))
    except ValueError:
        return False
    return True


def _described(contents: Contents, name: str, trace: Trace, names: Sequence[str]) -> dict[str, Any]:
    layers, phases = [trace[layer] for layer in names], [contents.phases(trace, layer) for layer in names]
    return {
        "name": name,
        "kinds": [layer.kind for layer in layers],
        "layers": [layer.name for layer in layers],
        "units": [layer.units for layer in layers],
        "phases": phases,
        "meanings": [[layer.cell[q].words for q in own] for layer, own in zip(layers, phases, strict=True)],
    }


def _shortened(sample: np.ndarray) -> str:
    """Return the first numbers of a sample."""
    return inputs_text(sample.ravel()[:MOST_INPUTS]) + (" …" if sample.size > MOST_INPUTS else "")


def _variables(contents: Contents, theme: int) -> str:
    return ";".join(f"--c{k}:{pair[theme]}" for k, pair in enumerate(contents.colours.pairs))


def _packed(text: str) -> str:
    return b64encode(zlib.compress(text.encode(), 9)).decode()
