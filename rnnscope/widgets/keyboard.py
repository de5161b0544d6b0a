"""The keys of an explorer, and the word from the page that a picture is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import anywidget
import traitlets

HELP = (
    "Keys, after a click on a picture: ← → time step, Page Up Page Down epoch, [ ] phase, Space plays or pauses. "
    "On a slider, the arrows move that slider."
)


class Keyboard(anywidget.AnyWidget):
    """A line of help that hears the keys pressed anywhere in the box around it.

    Parameters
    ----------
    keys
        What each key does, by the names that browsers give to keys, such as `"ArrowLeft"`.
    """

    _esm = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")  # anywidget never lets go of a path's widgets
    _css = ".rnnscope-explorer:focus-visible { outline: 1px dotted #888; }"

    help = traitlets.Unicode(HELP).tag(sync=True)
    heard = traitlets.List(traitlets.Unicode()).tag(sync=True)
    drawn = traitlets.Int(0).tag(sync=True)
    """How many times pictures were sent."""
    seen = traitlets.Int(0).tag(sync=True)
    """How many of them the page has shown; 0 where the page does not tell."""

    def __init__(self, keys: Mapping[str, Callable[[], None]]) -> None:
        super().__init__(heard=list(keys))
        self._does = dict(keys)
        self.on_msg(self._hear)

    @property
    def is_served(self) -> bool:
        """Whether the page has shown what was sent, or does not tell."""
        return self.seen == 0 or self.seen >= self.drawn

    def _hear(self, _: Keyboard, content: object, buffers: object = None) -> None:
        key = content.get("key") if isinstance(content, dict) else None
        if key in self._does:
            self._does[key]()
