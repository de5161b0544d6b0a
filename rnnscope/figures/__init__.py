"""Figures of a trace, one file per view (found by this folder).

Each is called as `view(trace, cursor=None, *, ax=None, figsize=None)` and returns a matplotlib figure that moves to
another moment with `update(cursor)`.
"""

from rnnscope.discovery import functions
from rnnscope.figures.selection import ordered, units_above

_found = functions(__name__, __path__)
globals().update(_found)
__all__ = [*_found, "ordered", "units_above"]
VIEWS = tuple(name for name in _found if name != "compare")
"""The names of all views."""
