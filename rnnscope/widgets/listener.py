"""What the page tells: keys, clicks in pictures, its theme and its width, and that a picture is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from rnnscope.languages import noted, tr

HELP = noted(
    "Click a time step, a row or a box in a picture to go there. Keys, after a click: ← → time step, Page Up Page Down "
    "epoch, [ ] phase, Space plays again or pauses. On a slider, the arrows move that slider."
)


class Listener(anywidget.AnyWidget):
    """A line of help that hears what happens anywhere in the box around it.

    Parameters
    ----------
    keys
        What each key does, by the names that browsers give to keys, such as `"ArrowLeft"`.
    clicked
        Is called with the name of a view and the place of a click in its picture: parts of the width from the left, and
        of the height from the top.
    placed
        Is called when the page has another theme, or pictures have more or less room.
    """

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")  # anywidget never lets go of a path's widgets
    _css = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")

    help = traitlets.Unicode().tag(sync=True)
    heard = traitlets.List(traitlets.Unicode()).tag(sync=True)
    still = traitlets.Unicode().tag(sync=True)
    """The class of the still pictures that are hidden as long as the explorer is on the page."""
    place = traitlets.Dict().tag(sync=True)
    """Whether the page is dark (`is_dark`), and how many pixels wide the room for pictures is (`room`), once known."""
    drawn = traitlets.Int(0).tag(sync=True)
    """How many times pictures were sent."""
    seen = traitlets.Int(0).tag(sync=True)
    """How many of them the page has shown; 0 where the page does not tell."""

    def __init__(
        self,
        keys: Mapping[str, Callable[[], None]],
        clicked: Callable[[str, float, float], None],
        placed: Callable[[bool, float], None],
    ) -> None:
        super().__init__(heard=list(keys), help=tr(HELP))
        self._does, self._clicked = dict(keys), clicked
        self.on_msg(self._hear)
        self.observe(lambda change: placed(bool(change["new"]["is_dark"]), float(change["new"]["room"])), "place")

    @property
    def is_served(self) -> bool:
        """Whether the page has shown what was sent, or does not tell."""
        return self.seen == 0 or self.seen >= self.drawn

    def _hear(self, _: Listener, content: Any, buffers: object = None) -> None:
        said = content if isinstance(content, dict) else {}
        if said.get("key") in self._does:
            self._does[said["key"]]()
        if "click" in said:
            self._clicked(*said["click"])
