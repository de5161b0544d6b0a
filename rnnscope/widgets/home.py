"""The one thread in which all explorers work, whatever thread their events come from.

Matplotlib is not made for several threads: two that draw at once spoil each other's pictures, without an error. Yet
a notebook may run the events of widgets in a thread of their own (a *subshell* of the kernel) while cells run in the
main one. So explorers have one home, and everything is done there.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ipywidgets import Widget

PATIENCE = 1.0
"""So many seconds an event waits until it has been dealt with; a cell that runs for longer does not hold up others."""

Result = TypeVar("Result")


class Home:
    """A thread with an event loop: the main one as soon as it has asked for something, until then the first."""

    def __init__(self) -> None:
        self._thread, self._loop = threading.get_ident(), None

    def do(self, work: Callable[[], Result]) -> Result:
        """Return the result of some work that is done at home; elsewhere it waits while a cell runs."""
        if self._does_at_once():
            return work()

        async def done() -> Result:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def hear(self, widget: Widget) -> None:
        """Deal at home with what the page sends to a widget.

        The page sends its next event when this one has been dealt with, or after `PATIENCE`, so that few pile up.
        """
        if not hasattr(widget.comm, "handle_msg"):  # a comm of another kind, whose events cannot be caught
            return
        handle = widget.comm.handle_msg  # all of it: a notebook also shows open figures of pyplot after an event

        def heard(message: dict[str, Any]) -> None:
            if self._does_at_once():
                handle(message)
                return
            is_done = threading.Event()

            def work() -> None:
                try:
                    handle(message)  # its errors are logged by the loop
                finally:
                    is_done.set()

            self._loop.call_soon_threadsafe(work)
            is_done.wait(PATIENCE)

        widget.comm.handle_msg = heard

    def _does_at_once(self) -> bool:
        """Say whether work is done where it is asked for: this is home, or there is no loop that could do it there."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a script has none: then each thread does its own work
            loop = None
        is_main = threading.current_thread() is threading.main_thread()
        if loop and (is_main or not self._is_running):
            self._thread, self._loop = threading.get_ident(), loop
        return threading.get_ident() == self._thread or not self._is_running

    @property
    def _is_running(self) -> bool:
        return self._loop is not None and self._loop.is_running()


HOME = Home()
"""The home of all explorers."""


def at_home(function: Callable[..., Result]) -> Callable[..., Result]:
    """Let a function be called from any thread; it is done at home, where it waits while a cell runs."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Result:
        return HOME.do(lambda: function(*arguments, **options))

    return call
