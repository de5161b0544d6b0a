"""A panel that knows which moments its places stand for, so that a click in it can go there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from rnnscope.figures.style import em

MARGIN = 1.9
"""Labels of ticks and the title belong to a panel: so many font sizes around it."""

Meaning = Callable[[float, float], Mapping[str, Any]]
"""What a place of a panel, in its own units, stands for: fields of a cursor, or none."""


class Panel(Axes):
    """An axes whose places may stand for moments; pieces of pictures (`artists.py`) say so as they are made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._meanings: list[tuple[str, Meaning]] = []

    @property
    def meanings(self) -> list[tuple[str, Meaning]]:
        """What its places stand for, each along the `"x"` axis, the `"y"` axis or everywhere."""
        return list(self._meanings)

    def stands_for(self, meaning: Meaning | None = None, **fields: Any) -> None:
        """Let every place of the panel stand for fields of a cursor: always the same ones, or what a function finds."""
        self._meanings.append(("", meaning or (lambda x, y: fields)))

    def counts(self, field: str, along: str, numbers: Callable[[], Sequence[int]] | None = None) -> None:
        """Let the `"x"` or the `"y"` axis stand for time steps, epochs or units.

        Parameters
        ----------
        field
            `"time"`, `"epoch"` or `"unit"`.
        along
            Which axis.
        numbers
            Returns which number stands at place 0, 1, 2 …; by default a place is its own number.
        """

        def meaning(x: float, y: float) -> Mapping[str, Any]:
            place = {"x": x, "y": y}[along]
            if numbers is None:
                return {field: place}
            there = numbers()
            return {field: int(there[min(max(round(place), 0), len(there) - 1)])}

        self._meanings.append((along, meaning))

    def moment_at(self, x: float, y: float, *, beside: bool = False) -> dict[str, Any]:
        """Return what a place of the figure, in pixels, stands for: inside of the panel, or beside it on its labels."""
        box, room = self.bbox, MARGIN * em() * self.get_figure(root=True).dpi / 72 if beside else 0.0
        inside = {"x": box.x0 <= x <= box.x1, "y": box.y0 <= y <= box.y1}
        near = {"x": box.x0 - room <= x <= box.x1, "y": box.y0 - room <= y <= box.y1 + room}
        if not (near["x"] and near["y"]):
            return {}
        place = self.transData.inverted().transform((x, y))
        found: dict[str, Any] = {}
        for along, meaning in self._meanings:
            if inside.get(along, True):
                found |= meaning(*place)
        return found
