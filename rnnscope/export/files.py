"""Names of files, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from matplotlib.backend_bases import FigureCanvasBase

from rnnscope.checks import describe


def ending(path: str | PathLike[str], endings: Sequence[str]) -> str:
    """Return the ending of a file's name, in lower case, if it is among those that there are."""
    if not isinstance(path, str | PathLike):
        raise TypeError(f"path: expected the name of a file; got {describe(path)}")
    found = Path(path).suffix.lower()
    if found not in endings:
        raise ValueError(f"path: expected a name that ends in {', '.join(endings)}; got {str(path)!r}")
    return found


def is_picture(path: Path) -> bool:
    """Say whether a name ends like that of a picture, of whatever kind."""
    return path.suffix[1:].lower() in FigureCanvasBase.filetypes
