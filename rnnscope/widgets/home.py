"""The one thread in which an explorer works, whatever thread its events come from.

Matplotlib is not made for several threads: two that draw at once spoil each other's pictures, without an error. Yet
a notebook may run the events of widgets in a thread of their own (a *subshell* of the kernel) while cells run in the
main one. So each explorer has a home, the thread in which it was made, and everything is done there.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ipywidgets import Widget

PATIENCE = 1.0
"""So many seconds an event waits until it has been dealt with; a cell that runs for longer does not hold up others."""

Result = TypeVar("Result")


class Home:
    """The thread in which this was made, with its event loop if it has one."""

    def __init__(self) -> None:
        self._thread, self._loop = threading.get_ident(), None
        with contextlib.suppress(RuntimeError):  # a script has none: then each thread does its own work
            self._loop = asyncio.get_running_loop()

    @property
    def is_here(self) -> bool:
        """Whether work is done at once: this is home, or there is no loop that could do it there."""
        return threading.get_ident() == self._thread or self._loop is None or not self._loop.is_running()

    def do(self, work: Callable[[], Result]) -> Result:
        """Return the result of some work that is done at home; elsewhere it waits while a cell runs."""
        if self.is_here:
            return work()

        async def done() -> Result:
            return work()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def hear(self, widget: Widget) -> None:
        """Deal at home with what the page sends to a widget.

        The page sends its next event when this one has been dealt with, or after `PATIENCE`, so that few pile up.
        """
        if not hasattr(widget.comm, "handle_msg"):  # not a kernel of IPython's, so one without other threads
            return
        handle = widget.comm.handle_msg  # all of it: a notebook also shows open figures of pyplot after an event

        def heard(message: dict[str, Any]) -> None:
            if self.is_here:
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


def at_home(method: Callable[..., Result]) -> Callable[..., Result]:
    """Let a method of something that has a `home` be called from any thread; there it waits while a cell runs."""

    @functools.wraps(method)
    def call(self: Any, *arguments: Any, **options: Any) -> Result:
        return self.home.do(lambda: method(self, *arguments, **options))

    return call
