"""A user's functions that are called with every new cursor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rnnscope.checks import describe
from rnnscope.session.watcher import Watcher
from rnnscope.trace import Cursor


class Observers:
    """Calls functions with the new cursor; what they raise is told to a watcher, and stops nothing."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        self._all: list[Callable[[Cursor], Any]] = []

    def add(self, call: Callable[[Cursor], Any]) -> None:
        """Call a function from now on."""
        if not callable(call):
            raise TypeError(f"observe_cursor: expected a function of a cursor; got {describe(call)}")
        self._all.append(call)

    def remove(self, call: Callable[[Cursor], Any]) -> None:
        """No longer call a function."""
        if call not in self._all:
            raise ValueError(f"unobserve_cursor: expected a function that observes; got {describe(call)}")
        self._all.remove(call)

    def clear(self) -> None:
        """Call none any more."""
        self._all.clear()

    def call(self, now: Callable[[], Cursor]) -> None:
        """Call each with the cursor, until one of them goes elsewhere, which all have been told by then."""
        cursor = now()
        for call in list(self._all):
            try:
                call(cursor)
            except Exception as error:  # a user's own code
                name = getattr(call, "__qualname__", repr(call))
                self.watcher.tell(f"observe_cursor: {name} raised {type(error).__name__}: {error}", error)
            if now() != cursor:
                break
