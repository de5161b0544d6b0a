"""Finds what people add: functions or classes in the files of a folder."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any


def functions(package: str, path: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """Return the function of each module of a package that is called like its module."""
    modules = {info.name: import_module(f"{package}.{info.name}") for info in pkgutil.iter_modules(path)}
    return {name: getattr(module, name) for name, module in modules.items() if hasattr(module, name)}


def classes(package: str, path: Iterable[str], base: type) -> list[type]:
    """Return the classes of a kind, but for that itself, in the modules of a package."""
    modules = [import_module(f"{package}.{info.name}") for info in pkgutil.iter_modules(path)]
    things = [(module, each) for module in modules for each in vars(module).values()]
    return [
        each
        for module, each in things
        if isinstance(each, type) and issubclass(each, base) and each is not base and each.__module__ == module.__name__
    ]
