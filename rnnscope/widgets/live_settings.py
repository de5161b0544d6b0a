"""The controls of how a model learns: a list or a slider for each thing that can be changed while it trains."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ipywidgets import BoundedIntText, Dropdown, HBox, SelectionSlider

from rnnscope.engine.optimizers import OPTIMIZERS
from rnnscope.languages import tr
from rnnscope.live import LiveTraining
from rnnscope.models.hyperparameters import Hyperparameters

NOISES = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Standard deviations of noise that are offered."""

CLIPS = (0.01, 0.1, 0.5, 1.0, 5.0)
"""Norms of gradients that are offered as the largest."""

RATES = tuple(float(f"{digit}e{power}") for power in range(-6, 2) for digit in (1, 1.5, 2, 3, 5, 7)) + (100.0,)
"""Learning rates that are offered, about as far from each other everywhere on a logarithmic scale."""


class LiveSettings:
    """Controls of the hyperparameters of a live training.

    Parameters
    ----------
    live
        The training.
    choice
        Makes a control that calls something with its new value (`Board.choice`).

    Attributes
    ----------
    box
        All of them.
    """

    def __init__(self, live: LiveTraining, choice: Callable[..., Any]) -> None:
        self.live, self._choice = live, choice
        self._controls: dict[str, Any] = {
            "learning_rate": self._rate(),
            "optimizer": self._list("optimizer", tr("optimizer"), tr("what makes steps out of gradients"), "13em"),
            "clipnorm": self._list(
                "clipnorm", tr("clip norm"), tr("gradients of weight arrays are made no longer than"), "12em"
            ),
        }
        if live.hyperparameters.batch_size is not None:
            self._controls["batch_size"] = self._batch_size()
            self._controls["noise"] = self._list(
                "noise", tr("noise"), tr("the standard deviation of what is added to inputs"), "11em"
            )
        self.box = HBox(list(self._controls.values())).add_class("rnnscope-row")

    def show(self) -> None:
        """Show how the model learns from the next epoch on; nothing is offered as 0, for a list can hold no None."""
        own = self.live.hyperparameters
        self._offer("learning_rate", _numbers(RATES, own.learning_rate), own.learning_rate)
        self._offer("optimizer", [(kind.__name__, name) for name, kind in OPTIMIZERS.items()], _name_of(own))
        self._offer("clipnorm", [(tr("none"), 0.0), *_numbers(CLIPS, own.clipnorm)], own.clipnorm or 0.0)
        if "batch_size" in self._controls:
            self._controls["batch_size"].value = own.batch_size
            self._offer("noise", [(tr("none"), 0.0), *_numbers(NOISES, own.noise or None)], own.noise)

    def _rate(self) -> SelectionSlider:
        return self._choice(
            SelectionSlider,
            tr("learning rate"),
            tr("how large a step each update is; it may be changed while it trains"),
            "24em",
            self._changes("learning_rate"),
            options=_numbers(RATES, None),
            continuous_update=False,
            style={"description_width": "initial"},
        )

    def _batch_size(self) -> BoundedIntText:
        return self._choice(
            BoundedIntText,
            tr("batch size"),
            tr("how many samples make a step"),
            "10em",
            self._changes("batch_size"),
            min=1,
            max=2**31 - 1,
            continuous_update=False,
            style={"description_width": "initial"},
        )

    def _list(self, name: str, words: str, tooltip: str, width: str) -> Dropdown:
        style = {"description_width": "initial"}
        return self._choice(Dropdown, words, tooltip, width, self._changes(name), style=style)

    def _changes(self, name: str) -> Callable[[Any], None]:
        return lambda value: self.live.change(**{name: None if name == "clipnorm" and not value else value})

    def _offer(self, name: str, options: Sequence[tuple[str, Any]], value: Any) -> None:
        made = self._controls[name]
        if made.options != tuple(options):
            made.options = options
        made.value = value


def _name_of(own: Hyperparameters) -> str | None:
    """Return the name of the kind of an optimizer, if it is one of those that have a name."""
    return next((name for name, kind in OPTIMIZERS.items() if type(own.optimizer) is kind), None)


def _numbers(offered: Sequence[float], own: float | None) -> list[tuple[str, float]]:
    """Return the numbers that are offered, the one that is chosen among them."""
    return [(f"{value:g}", value) for value in sorted({*offered, *([] if own is None else [own])})]
