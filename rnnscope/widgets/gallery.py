"""The pictures of a session on the page, and below them what they show in words."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Sequence
from io import BytesIO

import numpy as np
from ipywidgets import HTML, Box, Layout, Widget
from PIL import Image

from rnnscope.figures.registry import CLASSES
from rnnscope.languages import tr
from rnnscope.session import Session
from rnnscope.widgets.controls import Panel


class Gallery:
    """A panel for each view of a session.

    Attributes
    ----------
    pictures, words
        Where the pictures, and their words, go.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.pictures = Box(layout=Layout(flex_flow="row wrap", align_items="flex-start"))
        self.pictures.add_class("rnnscope-pictures")
        self.words = HTML()
        self._panels: dict[str, Panel] = {}
        self._is_in_words = False

    def show(self) -> None:
        """Show the views of the session at its moment."""
        for view in self.session.views:
            self._show_view(view)
        boxes = tuple(self._panels[view].box for view in self.session.views)
        if self.pictures.children != boxes:
            self.pictures.children = boxes
        if self._is_in_words:
            self.say(True)

    def say(self, is_in_words: bool) -> None:
        """Say below the pictures what they show, or no longer."""
        self._is_in_words = is_in_words
        lines = self.session.alt.splitlines() if is_in_words else []
        text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        self.words.value = f'<div aria-live="polite" style="line-height:1.4">{text}</div>'

    def png(self) -> str:
        """Return the pictures that are shown, one below the other, as one PNG in base 64; nothing if there is none."""
        pngs = [panel.png for panel in map(self._panels.get, self.session.views) if panel.png]
        return base64.b64encode(_stacked(pngs)).decode() if pngs else ""

    def widgets(self) -> Iterator[Widget]:
        """Iterate over all that may be on the page, those of hidden views too."""
        for panel in self._panels.values():
            yield from (panel.box, panel.image, panel.trouble)

    def _show_view(self, view: str) -> None:
        if view not in self._panels:
            self._panels[view] = Panel(view, tr(CLASSES[view].question))
        panel = self._panels[view]
        try:
            panel.show(self.session.png(view))
        except ValueError as error:  # a view that this trace has nothing for
            panel.fail(f"{view}: {error}")
        except Exception as error:  # no view keeps the others from following
            panel.fail(f"{view}: {type(error).__name__}: {error}", error)


def _stacked(pngs: Sequence[bytes]) -> bytes:
    """Return pictures one below the other, as one PNG."""
    images = [Image.open(BytesIO(png)) for png in pngs]
    page = Image.new("RGB", (max(i.width for i in images), sum(i.height for i in images)), "white")
    for image, top in zip(images, np.cumsum([0, *(i.height for i in images)]), strict=False):
        page.paste(image, (0, int(top)), image)
    file = BytesIO()
    page.save(file, "PNG")
    return file.getvalue()
