"""Outside libraries are imported when they are used; one that is missing is one clear sentence."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def library(name: str, extra: str, what: str) -> ModuleType:
    """Return an outside library.

    Parameters
    ----------
    name
        What is imported.
    extra
        The extra of this package that installs it.
    what
        What needs it, for the error.
    """
    try:
        return import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise ImportError(f'{what} needs {package}: pip install "rnnscope[{extra}]"') from None
