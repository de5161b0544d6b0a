"""The still picture that a saved notebook shows in place of an explorer once its kernel is gone.

A notebook saves what was displayed, but no widgets. So an explorer is displayed twice: as a widget, and as a picture of
the moment that is shown, which is hidden as long as the widget is there (`listener.js`) and follows it when it comes to
rest. Reopened without a kernel, the picture shows, and hides what the notebook says of the missing widget.
"""

from __future__ import annotations

import html
from typing import Any

from IPython.display import DisplayHandle, display

from rnnscope.session import Session
from rnnscope.session.playback import Timer, soon
from rnnscope.widgets.gallery import Gallery
from rnnscope.widgets.thread import by_owner

REST = 0.7
"""After so many seconds without another moment the picture follows."""

STYLE = """<style>
.jp-OutputArea-child:has(+ .jp-OutputArea-child .rnnscope-still):not(:has(.rnnscope-explorer)) { display: none; }
.jp-mod-outputsScrolled:has(.rnnscope-still) .jp-Cell-outputArea {
  max-height: none !important; height: auto !important; box-shadow: none;
}
</style>"""
"""Hides what a notebook says of a missing widget, and shows the whole picture where long outputs are shortened."""


class Still:
    """The still picture of an explorer, wherever it is displayed.

    Parameters
    ----------
    model_id
        The number of its widget.
    session, gallery
        Its session, and its pictures.

    Attributes
    ----------
    name
        The class of the picture in the page.
    """

    def __init__(self, model_id: str, session: Session, gallery: Gallery) -> None:
        self.session, self.gallery, self.name = session, gallery, f"rnnscope-still-{model_id}"
        self._handles: list[DisplayHandle] = []
        self._timer: Timer | None = None

    def show(self) -> None:
        """Display it once more."""
        self._handles.append(display(self.bundle(), raw=True, display_id=True))

    def bundle(self) -> dict[str, Any]:
        """Return it as HTML, as PNG, and in words."""
        png, words = self.gallery.png(), f"{self.session.cursor}\n{self.session.alt}"
        if not png:
            return {"text/plain": words}
        alt = html.escape(words)
        image = f'<img src="data:image/png;base64,{png}" alt="{alt}" style="max-width:100%">'
        page = f'{STYLE}<div class="rnnscope-still {self.name}">{image}</div>'
        return {"text/html": page, "image/png": png, "text/plain": words}

    def follow(self) -> None:
        """Let it follow to the moment that is shown, when that has come to rest; while it plays, later."""
        self.end()
        if self._handles and not self.session.playing.over:
            self._timer = soon(REST, self._update)

    def end(self) -> None:
        """Let it stay as it is."""
        if self._timer:
            self._timer.cancel()
        self._timer = None

    @by_owner
    def _update(self) -> None:
        bundle = self.bundle()
        for handle in self._handles:
            handle.update(bundle, raw=True)
