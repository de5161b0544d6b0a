"""Callbacks that watch one number: is it better than the best one until now?"""

from __future__ import annotations

import operator

from rnnscope.callbacks.callback import Callback, Logs
from rnnscope.checks import describe, number, one_of
from rnnscope.warned import warn

MODES = ("auto", "max", "min")


class Monitor(Callback):
    """What callbacks share that watch one number.

    Parameters
    ----------
    monitor
        Its name in `history`, such as `"val_loss"`.
    mode
        `"min"` if smaller numbers are better, `"max"` if larger ones are; `"auto"`: as the loss or the metric says.
    min_delta
        A number is better if it is so by more than this.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        kind = type(self).__name__
        if not isinstance(monitor, str) or not monitor:
            raise TypeError(f"{kind}: monitor: expected a name of the history, such as 'loss'; got {describe(monitor)}")
        self.monitor, self.mode = monitor, one_of(f"{kind}: mode", mode, MODES)
        self.min_delta = abs(number(f"{kind}: min_delta", min_delta, -float("inf")))
        self.best: float | None = None

    def is_better(self, value: float, than: float | None) -> bool:
        """Say whether a value is better than another one; every value is better than none."""
        if than is None:
            return True
        is_less = self._direction() == "min"
        moved = value + self.min_delta if is_less else value - self.min_delta
        return (operator.lt if is_less else operator.gt)(moved, than)

    def value_in(self, logs: Logs | None) -> float | None:
        """Return the number that is watched; warn if it is not there."""
        self._direction()
        found = (logs or {}).get(self.monitor)
        if found is None:
            there = ", ".join(logs or {})
            hint = ". Give validation_data or validation_split to fit" if self.monitor.startswith("val_") else ""
            warn(f"{type(self).__name__}: monitor: expected one of {there}; got {self.monitor!r}{hint}")
        return found

    def _direction(self) -> str:
        if self.mode != "auto":
            return self.mode
        name = self.monitor.removeprefix("val_")
        found = "min" if name == "loss" else self.model.metric_directions.get(name)
        if found is None:
            raise ValueError(
                f"{type(self).__name__}: mode: expected 'min' or 'max', since it is not known which values of "
                f"{self.monitor!r} are better; got 'auto'"
            )
        return found
