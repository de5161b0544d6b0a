"""What an interrupt of the kernel does while something goes on in the background, and no cell runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any


class Interrupts:
    """Hears interrupts of a kernel that waits for cells, which otherwise do nothing.

    While a cell runs, an interrupt is the cell's own.

    Parameters
    ----------
    call
        Is called for an interrupt.
    """

    def __init__(self, call: Callable[[], None]) -> None:
        self._call, self._is_heard, self._before = call, False, None

    def begin(self) -> None:
        """Hear them from now on; where this is not the main thread, which alone gets them, nothing is heard."""
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) != self._hear:
            self._before = signal.signal(signal.SIGINT, self._hear)
        self._is_heard = True

    def end(self) -> None:
        """Hear them no longer."""
        self._is_heard = False
        is_main = threading.current_thread() is threading.main_thread()
        if is_main and signal.getsignal(signal.SIGINT) == self._hear:
            signal.signal(signal.SIGINT, self._before)

    def _hear(self, *arguments: Any) -> None:
        if self._is_heard:
            self._call()
        elif callable(self._before):  # a notebook puts it back in place after a cell
            self._before(*arguments)
