"""Figures of a trace, one file per view (found by this folder).

Each is called as `view(trace, cursor=None, *, ax=None, figsize=None)` and returns a matplotlib figure.
"""

from rnnscope.discovery import functions

_found = functions(__name__, __path__)
globals().update(_found)
__all__ = [*_found]
