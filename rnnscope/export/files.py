"""Names of pictures."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backend_bases import FigureCanvasBase


def is_picture(path: Path) -> bool:
    """Say whether a name ends like that of a picture, of whatever kind."""
    return path.suffix[1:].lower() in FigureCanvasBase.filetypes
