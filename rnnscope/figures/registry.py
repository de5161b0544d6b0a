"""The views, each found by its class in a folder of its own."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from rnnscope.figures.function import function_of
from rnnscope.figures.scene import Scene
from rnnscope.figures.view import View


def class_in(module: str, base: type) -> type | None:
    """Return the one class in a module that is of a kind, or None if there is no such module."""
    if find_spec(module) is None:
        return None
    things = vars(import_module(module)).values()
    found = [each for each in things if isinstance(each, type) and issubclass(each, base) and each.__module__ == module]
    if len(found) != 1:
        names = ", ".join(each.__name__ for each in found) or "none"
        raise TypeError(f"{module}: expected one class of the kind {base.__name__}; got {names}")
    return found[0]


def _found() -> dict[str, type[View]]:
    folders = [info.name for info in pkgutil.iter_modules([str(Path(__file__).parent)]) if info.ispkg]
    classes = [class_in(f"{__package__}.{folder}.view", View) for folder in folders]
    return {view.name: view for view in classes if view}


CLASSES = _found()
"""The class of each view by its name."""

FUNCTIONS = {name: function_of(view) for name, view in CLASSES.items() if not view.pairs}
"""The public function of each view of one trace by its name."""

PAIRS = tuple(name for name, view in CLASSES.items() if view.pairs)
"""The names of the views of two traces, which `compare` draws."""


def scenes() -> dict[str, type[Scene]]:
    """Return what pages can show, by the name of its view: the scene of each view that brings one in its folder."""
    found = {name: class_in(f"{__package__}.{name}.scene", Scene) for name in CLASSES}
    return {name: scene for name, scene in found.items() if scene}
