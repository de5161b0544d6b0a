"""What is derived from declarations is derived once, and forgotten when a cell is declared anew."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

_caches: list[Any] = []


def derived(maxsize: int) -> Callable[[Callable[..., Any]], Any]:
    """Keep the results of a function of cells or of their expressions, up to so many of them."""

    def keep(function: Callable[..., Any]) -> Any:
        _caches.append(lru_cache(maxsize)(function))
        return _caches[-1]

    return keep


def forget() -> None:
    """Let go of everything that was derived: what is still needed is derived again."""
    for cache in _caches:
        cache.cache_clear()
