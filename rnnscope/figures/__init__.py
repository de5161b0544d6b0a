"""Figures of a trace, one folder per view (found by its class).

Each is called as `view(trace, cursor=None, *, ax=None, figsize=None)` and returns a matplotlib figure that moves to
another moment with `update(cursor)`.
"""

import difflib
from typing import NoReturn

from rnnscope.figures.compare import compare
from rnnscope.figures.registry import FUNCTIONS, PAIRS
from rnnscope.figures.selection import ordered, units_above

globals().update(FUNCTIONS)
for _pair in PAIRS:
    globals().pop(_pair)  # its folder, in whose place others have their function: `__getattr__` says what to type
VIEWS = tuple(FUNCTIONS)
"""The names of the views of one trace; those of two are `PAIRS`."""

__all__ = ["compare", *VIEWS, "ordered", "units_above"]


def __getattr__(name: str) -> NoReturn:
    if name in PAIRS:
        pair = '{"as it was": trace, "f = 0": changed}'
        raise AttributeError(f"{name} shows two traces: type rs.figures.compare({pair}, {name!r})")
    nearest = difflib.get_close_matches(name, __all__, n=1, cutoff=0.5)
    hint = f" (did you mean {nearest[0]!r}?)" if nearest else f": expected one of {', '.join(__all__)}"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")
