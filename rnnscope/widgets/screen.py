"""The page of an explorer: controls, pictures and messages, which show its session."""

from __future__ import annotations

from ipywidgets import Box, VBox, Widget

from rnnscope.session import Session, Watcher
from rnnscope.widgets.board import Board, parts
from rnnscope.widgets.controls import note
from rnnscope.widgets.gallery import Gallery
from rnnscope.widgets.still import Still
from rnnscope.widgets.thread import OWNER


class Screen(Watcher):
    """Everything of an explorer that is on the page.

    Attributes
    ----------
    root
        All of it.
    board, gallery
        Its controls, and its pictures.
    """

    def __init__(self, session: Session) -> None:
        self.gallery = Gallery(session)
        self.board = Board(session, self.gallery.say)
        stage = VBox([self.gallery.pictures, self.gallery.words]).add_class("rnnscope-stage")
        self.root = VBox([Box([self.board.box, stage]).add_class("rnnscope-columns")]).add_class("rnnscope-explorer")
        self.still = Still(self.root.model_id, session, self.gallery)
        self.board.listener.still = self.still.name
        self._parts: dict[str, Widget] = {}

    def put_above(self, box: Widget) -> None:
        """Put something above controls and pictures."""
        self.root.children = (box, *self.root.children)

    def show(self) -> None:
        """Show the session: another moment, or other views."""
        self.board.message.value = ""
        self.board.show()
        self.gallery.show()
        self.hear()
        self.board.listener.drawn += 1
        self.still.follow()

    def show_playing(self) -> None:
        """Show whether the session plays, and how fast."""
        self.board.show()
        self.still.follow()

    def tell(self, text: str, error: Exception | None = None) -> None:
        """Say that something went wrong."""
        self.board.message.value = note(text, error)

    def has_shown(self) -> bool:
        """Say whether the page has shown what was sent to it."""
        return self.board.listener.is_served

    def close(self) -> None:
        """Take everything off the page."""
        self.still.end()
        for widget in (*self.gallery.widgets(), *self.board.hands.widgets()):
            for part in parts(widget):
                self._parts[part.model_id] = part
        for part in self._parts.values():
            part.close()

    def hear(self) -> None:
        """Hear what the page sends to what is new on it."""
        for part in parts(self.root):
            if part.model_id not in self._parts:
                self._parts[part.model_id] = part
                OWNER.hear(part)
