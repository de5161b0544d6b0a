"""Formulas that are parsed once, however many pictures they are in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from matplotlib.mathtext import MathTextParser


@contextmanager
def formulas_kept() -> Iterator[None]:
    """Keep all formulas that are parsed inside of the block: matplotlib keeps 50, and none for another renderer."""
    before, kept = MathTextParser._parse_cached, {}

    @wraps(before)
    def parsed(parser: MathTextParser, *what: Any) -> Any:
        key = parser._output_type, *what
        if key not in kept:
            kept[key] = before(parser, *what)
        return kept[key]

    MathTextParser._parse_cached = parsed
    try:
        yield
    finally:
        MathTextParser._parse_cached = before
