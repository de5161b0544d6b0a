"""Finds what people add: in some folders every file holds one function of its own name."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any


def functions(package: str, path: Iterable[str]) -> dict[str, Callable[..., Any]]:
    """Return the function of each module of a package that is called like its module."""
    modules = {info.name: import_module(f"{package}.{info.name}") for info in pkgutil.iter_modules(path)}
    return {name: getattr(module, name) for name, module in modules.items() if hasattr(module, name)}
