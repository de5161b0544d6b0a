"""What shows a session, and hears from it."""

from __future__ import annotations


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


def fault(error: Exception) -> tuple[str, Exception | None]:
    """Return what to tell of an error: of a user's input, what it says; of any other kind, where it was raised too."""
    if isinstance(error, ValueError | TypeError):
        return str(error), None
    return f"{type(error).__name__}: {error}", error
