"""The controls of a live training: what starts and pauses it, how the model learns, and how that stands."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, VBox

from rnnscope.live import LiveTraining, Rates
from rnnscope.live.status import status
from rnnscope.widgets.board import Board
from rnnscope.widgets.controls import NARROW_LABEL, button
from rnnscope.widgets.live_settings import LiveSettings

PACES = [("as fast as it can", 0), ("1 epoch / s", 1), *((f"{pace} epochs / s", pace) for pace in (5, 20, 100))]
"""How fast it may train."""

CAN_GO = "paused", "training"
"""States in which it may be started or paused."""


class LiveControls:
    """Everything of a live training on the page that is no picture.

    Parameters
    ----------
    live
        The training.
    board
        What makes its controls, and tells what goes wrong.
    find_rates
        Is called when learning rates are to be found.

    Attributes
    ----------
    box
        All of it.
    """

    def __init__(self, live: LiveTraining, board: Board, find_rates: Callable[[], None]) -> None:
        self.live, self.board = live, board
        self._status, self._script, self._told = HTML(), HTML(), HTML()
        self._start = self._button("start", "train until you pause it", self._toggle, icon="play")
        self._one = self._button("1 epoch", "train one epoch", lambda: live.start(1), icon="step-forward")
        self._ten = self._button("10 epochs", "train ten epochs", lambda: live.start(10), icon="fast-forward")
        self._reset = self._button(
            "back to the start", "take the training back: the weights as they were", live.reset, icon="undo"
        )
        pace = board.choice(
            Dropdown, "speed", "how many epochs a second at most", "15em", self._pace, options=PACES, **NARROW_LABEL
        )
        self._settings = LiveSettings(live, board.choice)
        self._find = self._button(
            "find learning rates", "try some on copies of the model, a few epochs each", find_rates
        )
        self._rates = HBox([self._find]).add_class("rnnscope-row")
        buttons = HBox([self._start, self._one, self._ten, self._reset, pace]).add_class("rnnscope-row")
        rows = [buttons, self._settings.box, self._rates]
        self.box = VBox([self._status, *rows, self._script]).add_class("rnnscope-live")
        board.beside.append(self._show)

    def show(self) -> None:
        """Show how training stands, and how the model learns."""
        with self.board.showing():
            self._show()

    def _show(self) -> None:
        state = self.live.state
        runs = self.live.goes_on
        self._start.description, self._start.icon = ("pause", "pause") if runs else ("start", "play")
        self._start.disabled = state not in CAN_GO
        self._one.disabled = self._ten.disabled = state != "paused"
        self._reset.disabled = state == "closed"
        words = html.escape(status(self.live))
        self._status.value = f'<div role="status" class="rnnscope-live-status">{words}</div>'
        self._settings.show()
        code = html.escape(self.live.script)
        self._script.value = f"<details><summary>the same in a script</summary><pre>{code}</pre></details>"

    def offer(self, rates: Rates) -> None:
        """Offer learning rates that were found."""
        found = {"too small": rates.too_small, "good": rates.good, "too large": rates.too_large}
        buttons = [
            self._button(
                f"{name}: {rate:g}", f"learn with {rate:g}", lambda rate=rate: self.live.change(learning_rate=rate)
            )
            for name, rate in found.items()
            if rate is not None
        ]
        missing = [name for name, rate in found.items() if rate is None]
        self._told.value = f"None that was tried is {' or '.join(missing)}." if missing else ""
        self._find.disabled = False
        self._rates.children = (self._find, *buttons, self._told)

    def seek(self, text: str) -> None:
        """Say that learning rates are looked for, or why none were found."""
        self._find.disabled = text == SEEKING
        self._told.value = html.escape(text)
        self._rates.children = (self._find, self._told)

    def _toggle(self) -> None:
        if self.live.state == "training":
            self.live.pause()
        else:
            self.live.start()

    def _pace(self, pace: float | None) -> None:
        self.live.pace = pace or None

    def _button(self, words: str, tooltip: str, does: Callable[[], Any], **more: Any) -> Button:
        return button(words, tooltip, self.board.safely(does), **more)


SEEKING = "Trying learning rates from 0.00001 to 100 on copies of the model …"
"""What is said while learning rates are looked for."""
