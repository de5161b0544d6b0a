"""Warnings that point at the line of the user, however deep in the library they arise."""

from __future__ import annotations

import sys
import warnings

OWN = ("rnnscope", "contextlib")
"""Modules whose lines are none of the user's: a `with` of the library goes through the second one."""


def warn(message: str, kind: type[Warning] = UserWarning) -> None:
    """Give a warning for the line that called the library."""
    level, frame = 1, sys._getframe(0)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in OWN:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, kind, stacklevel=level)
