"""Figures of a trace, one folder per view (found by its class).

Each is called as `view(trace, cursor=None, *, ax=None, figsize=None)` and returns a matplotlib figure that moves to
another moment with `update(cursor)`.
"""

from rnnscope.figures.compare import compare
from rnnscope.figures.registry import FUNCTIONS
from rnnscope.figures.selection import ordered, units_above

globals().update(FUNCTIONS)
VIEWS = tuple(FUNCTIONS)
"""The names of all views."""

__all__ = ["compare", *VIEWS, "ordered", "units_above"]
