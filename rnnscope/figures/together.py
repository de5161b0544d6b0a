"""One scale for several views."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from rnnscope.figures.scale import Scale
from rnnscope.figures.view import View
from rnnscope.trace import Moment


class Together:
    """Finds the scales on which all of several views can be drawn."""

    def __init__(self, views: Sequence[View]) -> None:
        self.views = list(views)
        self._found: dict[tuple, dict[str, Scale]] = {}

    def forget(self) -> None:
        """Find scales anew: the traces are others."""
        self._found.clear()

    def __call__(self, moments: Sequence[Moment]) -> dict[str, Scale]:
        """Return the shared scales."""
        own = [view.own(moments) for view in self.views]
        keys = tuple(view.scales_key(moment) for view, moment in zip(self.views, own, strict=True))
        if keys not in self._found:
            found: dict[str, list[Scale]] = {}
            for view, moment in zip(self.views, own, strict=True):
                for name, scale in view.scales_of(moment).items():
                    found.setdefault(name, []).append(scale)
            self._found[keys] = {name: reduce(Scale.together, scales) for name, scales in found.items()}
        return self._found[keys]
