"""What shows a session, and hears from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rnnscope.languages import speaking


class Watcher:
    """Shows a session, and is told of what happens in it; does nothing where a method is left as it is here."""

    def show(self) -> None:
        """Show the session: another moment, or other views."""

    def show_playing(self) -> None:
        """Show whether the session plays, and how fast."""

    def tell(self, text: str, error: Exception | None = None) -> None:
        """Say that something went wrong; with an error, where it was raised is worth telling too."""

    def has_shown(self) -> bool:
        """Say whether the last moment is on the screen; playing waits for it."""
        return True


class Watchers(Watcher):
    """Passes on to several what one is told.

    Parameters
    ----------
    language
        In which language they show it.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.all: list[Watcher] = []
        self._waiting, self._is_due = 0, False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let each show the session once at the end of the block, however much happens in it."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1
            if self._is_due and not self._waiting:
                self.show()

    def show(self) -> None:
        """Let each show the session."""
        self._is_due = self._waiting > 0
        if self._is_due:
            return
        with speaking(self.language):
            for watcher in self.all:
                watcher.show()

    def show_playing(self) -> None:
        """Let each show whether the session plays."""
        with speaking(self.language):
            for watcher in self.all:
                watcher.show_playing()

    def tell(self, text: str, error: Exception | None = None) -> None:
        """Tell each that something went wrong."""
        with speaking(self.language):
            for watcher in self.all:
                watcher.tell(text, error)

    def has_shown(self) -> bool:
        """Say whether each has shown the last moment."""
        return all(watcher.has_shown() for watcher in self.all)


def fault(error: Exception) -> tuple[str, Exception | None]:
    """Return what to tell of an error: of a user's input, what it says; of any other kind, where it was raised too."""
    if isinstance(error, ValueError | TypeError):
        return str(error), None
    return f"{type(error).__name__}: {error}", error
