"""The controls of a live training: what starts and pauses it, how the model learns, and how that stands."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from ipywidgets import HTML, Button, Dropdown, HBox, VBox

from rnnscope.languages import noted, said, tr, trn
from rnnscope.live import LiveTraining, Rates
from rnnscope.live.status import status
from rnnscope.widgets.board import Board
from rnnscope.widgets.controls import NARROW_LABEL, button
from rnnscope.widgets.live_settings import LiveSettings

PACES = (1, 5, 20, 100)
"""So many epochs a second may be trained."""

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
        self._start = self._button(tr("start"), tr("train until you pause it"), self._toggle, icon="play")
        self._one = self._button(tr("1 epoch"), tr("train one epoch"), lambda: live.start(1), icon="step-forward")
        self._ten = self._button(tr("10 epochs"), tr("train ten epochs"), lambda: live.start(10), icon="fast-forward")
        self._reset = self._button(
            tr("back to the start"), tr("take the training back: the weights as they were"), live.reset, icon="undo"
        )
        paces = [(trn("{count} epoch / s", "{count} epochs / s", pace), pace) for pace in PACES]
        pace = board.choice(
            Dropdown,
            tr("speed"),
            tr("how many epochs a second at most"),
            "15em",
            self._pace,
            options=[(tr("as fast as it can"), 0), *paces],
            **NARROW_LABEL,
        )
        self._settings = LiveSettings(live, board.choice)
        self._find = self._button(
            tr("find learning rates"), tr("try some on copies of the model, a few epochs each"), find_rates
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
        self._start.description, self._start.icon = (tr("pause"), "pause") if runs else (tr("start"), "play")
        self._start.disabled = state not in CAN_GO
        self._one.disabled = self._ten.disabled = state != "paused"
        self._reset.disabled = state == "closed"
        words = html.escape(status(self.live))
        self._status.value = f'<div role="status" class="rnnscope-live-status">{words}</div>'
        self._settings.show()
        code = html.escape(self.live.script)
        summary = html.escape(tr("the same in a script"))
        self._script.value = f"<details><summary>{summary}</summary><pre>{code}</pre></details>"

    def offer(self, rates: Rates) -> None:
        """Offer learning rates that were found."""
        found = {tr("too small"): rates.too_small, tr("good"): rates.good, tr("too large"): rates.too_large}
        buttons = [self._rate(name, rate) for name, rate in found.items() if rate is not None]
        missing = [name for name, rate in found.items() if rate is None]
        self._told.value = tr("None that was tried is {what}.", what=_either(missing)) if missing else ""
        self._find.disabled = False
        self._rates.children = (self._find, *buttons, self._told)

    def _rate(self, name: str, rate: float) -> Button:
        """Return a button that learns with a rate."""
        tooltip = tr("learn with {rate}", rate=f"{rate:g}")
        return self._button(f"{name}: {rate:g}", tooltip, lambda: self.live.change(learning_rate=rate))

    def seek(self, text: str) -> None:
        """Say that learning rates are looked for, or why none were found."""
        self._find.disabled = text == SEEKING
        self._told.value = html.escape(said(text))
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


SEEKING = noted("Trying learning rates from 0.00001 to 100 on copies of the model …")
"""What is said while learning rates are looked for."""


def _either(names: Sequence[str]) -> str:
    """Return names of which one is meant."""
    return reduce(lambda first, second: tr("{first} or {second}", first=first, second=second), names)
