"""The text of a page: its scripts, its scenes and its numbers in one HTML file."""

from __future__ import annotations

import gc
import html
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tqdm import tqdm

import rnnscope
from rnnscope.export.page.contents import Contents
from rnnscope.export.page.lecture import lesson_of
from rnnscope.export.page.left_out import left_out
from rnnscope.export.page.numbers import FIRST_POWER, KEPT, TEXTS
from rnnscope.export.page.packing import packed_json
from rnnscope.export.page.stops import stops_of
from rnnscope.export.page.words import words_of_html, words_of_script
from rnnscope.figures.drawing.formulas import formulas_kept
from rnnscope.figures.flow import FLOWING
from rnnscope.figures.scene import ROOM, Scene, or_reason
from rnnscope.figures.style import NOT_FINITE
from rnnscope.figures.wiring.flowing import TRAVEL
from rnnscope.findings import answers, sentences
from rnnscope.languages import tr
from rnnscope.lessons import Lecture, script, style
from rnnscope.trace import Cursor, Trace, Walk
from rnnscope.trace.cursor import DIRECTIONS
from rnnscope.trace.naming import step_names, what_is_read
from rnnscope.trace.walk import SPEED, SPEEDS

SCRIPTS = ("numbers", "walk", "address", "controls", "flow", "figure", "bars", "places", "guide", "lesson", "explorer")
"""The files of the page's script, in order."""


@dataclass(frozen=True)
class Around:
    """What a page has around its views: the lesson that leads through it, or None for a walk; links by their texts."""

    lecture: Lecture | None
    links: Mapping[str, str]


def page_of(
    contents: Contents,
    views: Sequence[type[Scene]],
    title: str,
    bar: Callable[..., tqdm],
    around: Around,
) -> str:
    """Return the page of some traces with some views, and what is around them; `bar` shows how far it is."""
    lecture = around.lecture
    names = [name for name in SCRIPTS if lecture or name != "lesson"]
    scripts = [*([script()] if lecture else []), *(_file(f"{name}.js") for name in names)]
    styles = [*([style()] if lecture else []), _file("page.css"), *([_file("lesson.css")] if lecture else [])]
    parts = {
        **words_of_html(),
        "title": html.escape(title),
        "links": _links(around.links),
        "version": rnnscope.__version__,
        "scenes": packed_json(_described(contents, views, bar, lecture)),
        "numbers": contents.numbers.packed(),
        "heats": contents.numbers.packed_heats(),
        "light": _variables(contents, 0),
        "dark": _variables(contents, 1),
        "style": f":root {{ --odd: {NOT_FINITE}; }}\n" + "\n".join(styles),
        "script": '"use strict";\n' + "\n".join(scripts),
    }
    parts["hash"] = b64encode(sha256(parts["script"].encode()).digest()).decode()
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _file("page.html"))


def _links(links: Mapping[str, str]) -> str:
    """Return links to files beside the page as HTML."""
    if not links:
        return ""
    made = [f'<a href="{html.escape(quote(file))}">{html.escape(text)}</a>' for text, file in links.items()]
    return f'<nav id="links" aria-label="{html.escape(tr("Beside this page"))}">{"".join(made)}</nav>'


def _described(
    contents: Contents, views: Sequence[type[Scene]], bar: Callable[..., tqdm], lecture: Lecture | None
) -> dict[str, Any]:
    """Return all that the page's script reads."""
    walk, made = contents.walk, [view(contents) for view in views]
    directions, layers = [way for way in DIRECTIONS if _has(walk, way)], [walk.names(layer) for layer in walk.layers]
    count = sum(_count(scene, layers, directions) for scene in made)
    with _frozen(), formulas_kept(), contents.colours.papers.drawing(), bar(total=count) as shown:
        drawn = {scene.view.name: _laid_out(scene, layers, directions, shown) for scene in made}
    numbers = contents.numbers
    return {
        **_moments(contents, layers),
        "words": words_of_script(),
        **_guide(contents, [scene.view.name for scene in made], lecture),
        "answers": _answers(contents),
        "directions": directions,
        "leftOut": left_out(contents, directions, made),
        "views": [_view(scene) for scene in made],
        "scenes": drawn,
        "pool": list(contents.pool),
        "channels": numbers.channels,
        "heats": numbers.heats,
        "levels": KEPT,
        "texts": numbers.texts,
        "textsFrom": TEXTS,
        "room": ROOM,
        "firstPower": FIRST_POWER,
        "speeds": SPEEDS,
        "speed": SPEED,
        "flowing": FLOWING,
        "travel": TRAVEL,
        "count": numbers.count,
    }


def _guide(contents: Contents, views: Sequence[str], lecture: Lecture | None) -> dict[str, Any]:
    """Return what leads through the page: a lesson, or else the stops of a walk."""
    if lecture is not None:
        return {"stops": [], "lesson": lesson_of(contents, lecture, views)}
    return {"stops": stops_of(contents, views), "lesson": None}


@contextmanager
def _frozen() -> Iterator[None]:
    """Leave alone what there was before when garbage is looked for: thousands of pictures' parts come and go."""
    if gc.get_freeze_count():  # somebody else sees to it
        yield
        return
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _moments(contents: Contents, layers: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Return the traces, and the moments that the page goes to."""
    extent, walk = contents.extent, contents.walk
    first = next(iter(contents.traces.values()))
    return {
        "traces": [
            _trace(contents, name, trace, [names[k] for names in layers])
            for k, (name, trace) in enumerate(contents.traces.items())
        ],
        "layers": [" / ".join(dict.fromkeys(names)) for names in layers],
        "sources": [[walk.sources(layer, other) for other in walk.layers] for layer in walk.layers],
        "epochs": extent.epochs,
        "samples": [[k, what_is_read(first, k)] for k in extent.samples],
        "names": [[step_names(first, k, layer) for k in extent.samples] for layer in walk.layers],
        "tasks": [_task(walk, sample) for sample in extent.samples],
        "start": _start(contents),
        "units": extent.units,
        "steps": [walk.steps_in(layer) for layer in walk.layers],
        "ways": [-1 if first[layer].is_turned else 1 for layer in walk.layers],
    }


def _answers(contents: Contents) -> list[Any]:
    """Return what each net answers: the axes, and the pieces laid out along them."""
    names, found = contents.walk.names(contents.walk.layers[-1]), []
    for trace, name in zip(contents.traces.values(), names, strict=True):
        is_each = trace.predictions.ndim == 4
        found.append(contents.said([answers.answer], trace, name, "forward", at_each_step=is_each))
    return found


def _task(walk: Walk, sample: int) -> str:
    """Say what the net is to do with a sample."""
    moment = walk.at(Cursor(sample=sample)).moments[0]
    return " ".join(sentences(moment, [answers.task]))


def _start(contents: Contents) -> dict[str, int]:
    """Return the places of the sample and the unit at which the page begins: where something happens."""
    extent, moment = contents.extent, contents.walk.at(Cursor(layer=contents.walk.layers[0])).moments[0]
    kept = {"sample": extent.samples, "unit": extent.units}
    return {name: list(k).index(v) if (v := getattr(moment, name)) in k else 0 for name, k in kept.items()}


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
    question = tr(scene.view.question)
    headings = {"forward": question, "backward": tr(scene.backward, question=question)}
    title = tr(scene.view.name.replace("_", " "))
    return {"name": scene.view.name, "title": title, "headings": headings, "by": scene.by, "missing": scene.missing}


def _file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _has(walk: Walk, direction: str) -> bool:
    """Say whether all traces have what is shown in a direction."""
    try:
        for layer in walk.layers:
            walk.at(Cursor(layer=layer, direction=direction))
    except ValueError:
        return False
    return True


def _trace(contents: Contents, name: str, trace: Trace, names: Sequence[str]) -> dict[str, Any]:
    layers, phases = [trace[layer] for layer in names], [contents.phases(trace, layer) for layer in names]
    return {
        "name": name,
        "kinds": [layer.kind for layer in layers],
        "layers": [layer.name for layer in layers],
        "units": [layer.units for layer in layers],
        "phases": phases,
        "meanings": [[tr(layer.cell[q].words) for q in own] for layer, own in zip(layers, phases, strict=True)],
    }


def _variables(contents: Contents, theme: int) -> str:
    return ";".join(f"--c{k}:{pair[theme]}" for k, pair in enumerate(contents.colours.pairs))
