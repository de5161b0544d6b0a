"""Who may touch the weights of a network: one thread trains it, all others see the weights between two steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Guard:
    """Keeps the threads that use one network apart.

    Those who read count themselves in, and a training begins when they are through. While it runs, other threads read a
    copy of the weights, made between two of its steps: nobody waits for more than one change of the weights. What the
    thread that trains does itself, from a callback say, never waits.

    Attributes
    ----------
    between_steps
        The lock under which weights are changed, or copied.
    """

    def __init__(self) -> None:
        self.between_steps = threading.RLock()
        self._changed = threading.Condition(self.between_steps)
        self._turn = threading.RLock()
        self._trainers: list[int] = []
        self._readers: list[int] = []

    @property
    def is_training(self) -> bool:
        """Whether a thread trains."""
        return bool(self._trainers)

    @contextmanager
    def training(self) -> Iterator[None]:
        """Be the only thread that changes weights; wait until another one's training has ended."""
        own = threading.get_ident()
        with self._turn:
            with self.between_steps:
                self._trainers.append(own)
            try:
                with self._changed:
                    self._changed.wait_for(lambda: all(reader == own for reader in self._readers))
                yield
            finally:
                with self.between_steps:
                    self._trainers.remove(own)

    def begin_reading(self) -> bool:
        """Count this thread in as a reader, if no other one trains: the weights then stay as they are until it ends."""
        own = threading.get_ident()
        with self.between_steps:
            stays = not self._trainers or all(trainer == own for trainer in self._trainers)
            if stays:
                self._readers.append(own)
        return stays

    def end_reading(self) -> None:
        """Count this thread out again."""
        with self.between_steps:
            self._readers.remove(threading.get_ident())
            self._changed.notify_all()
