"""The one thread in which all explorers work, whatever thread their events come from.

Matplotlib is not made for several threads: two that draw at once spoil each other's pictures, without an error. Yet
a notebook may run the events of widgets in a thread of their own (a *subshell* of the kernel) while cells run in the
main one. So one thread owns all explorers, and everything is done there.
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


class OwnerThread:
    """A thread with an event loop: the main one as soon as it has asked for something, until then the first.

    Work is done by one thread at a time, also where another thread becomes the owner, or where none is. A thread that
    waits for the owner holds up no other: what is asked for within some work is part of it, and done at once.
    """

    def __init__(self) -> None:
        self._owner: tuple[int, asyncio.AbstractEventLoop | None] = threading.get_ident(), None
        self._lock = threading.RLock()
        self._worker: int | None = None

    def do(self, work: Callable[[], Result]) -> Result:
        """Return the result of some work that the owner does; for other threads it waits while a cell runs."""
        self._settle()
        if self._does_at_once():
            return self._alone(work)

        async def done() -> Result:
            return self._alone(work)

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result()

    def post(self, work: Callable[[], Any]) -> None:
        """Let the owner do some work when it can, without waiting for it; where there is no loop it is not done."""
        if self._is_running:
            self._loop.call_soon_threadsafe(lambda: self._alone(work))

    def hear(self, widget: Widget) -> None:
        """Let the owner deal with what the page sends to a widget.

        The page sends its next event when this one has been dealt with, or after `PATIENCE`, so that few pile up.
        """
        if not hasattr(widget.comm, "handle_msg"):  # a comm of another kind, whose events cannot be caught
            return
        handle = widget.comm.handle_msg  # all of it: a notebook also shows open figures of pyplot after an event

        def heard(message: dict[str, Any]) -> None:
            self._settle()
            if self._does_at_once():
                self._alone(lambda: handle(message))
                return
            is_done = threading.Event()

            def work() -> None:
                try:
                    self._alone(lambda: handle(message))  # its errors are logged by the loop
                finally:
                    is_done.set()

            self._loop.call_soon_threadsafe(work)
            is_done.wait(PATIENCE)

        widget.comm.handle_msg = heard

    def _settle(self) -> None:
        """Make this thread the owner if it should be, once no other thread works."""
        if self._is_to_own():
            with self._lock:
                if self._is_to_own():  # no other thread was quicker
                    self._owner = threading.get_ident(), asyncio.get_running_loop()

    def _is_to_own(self) -> bool:
        """Say whether this thread, not yet the owner, has an event loop and is the main one, or there is no owner."""
        try:
            here = threading.get_ident(), asyncio.get_running_loop()
        except RuntimeError:  # a script has none: then each thread does its own work
            return False
        is_main = threading.current_thread() is threading.main_thread()
        return here != self._owner and (is_main or not self._is_running)

    def _does_at_once(self) -> bool:
        """Say whether this thread does work itself: it is the owner, or amid work, or there is no loop to do it."""
        return threading.get_ident() in (self._owner[0], self._worker) or not self._is_running

    def _alone(self, work: Callable[[], Result]) -> Result:
        """Do some work while no other thread does any."""
        with self._lock:
            before, self._worker = self._worker, threading.get_ident()
            try:
                return work()
            finally:
                self._worker = before

    @property
    def _is_running(self) -> bool:
        loop = self._loop
        return loop is not None and loop.is_running()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop | None:
        return self._owner[1]


OWNER = OwnerThread()
"""The owner of all explorers."""


def by_owner(function: Callable[..., Result]) -> Callable[..., Result]:
    """Let a function be called from any thread; the owner does it, which waits while a cell runs."""

    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Result:
        return OWNER.do(lambda: function(*arguments, **options))

    return call
