"""Where texts have room in a cell's diagram: clear of all else that is drawn."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from rnnscope.figures.cell.diagram import LETTER, Diagram, Spot
from rnnscope.figures.style import em, small
from rnnscope.figures.wiring.pathfinding import Point, segments
from rnnscope.figures.wiring.sizes import outlines

NEAR, ASIDE, LETTERS = 0.12, 0.52, 7
"""Numbers stand so far beside lines that go up, or clear of a node at their end; most have at most so many letters."""

NUMBERS_APART = 0.03
"""So far at least are numbers from all other things."""

RIM = 0.35
"""The body of a cell begins and ends so far inside of its drawing."""

LABEL_END = 0.5
"""Behind the name of a line is so much room, in font sizes."""

LABEL_UP = 0.26
"""So far at least above or below a level line its name stands."""


class Room:
    """Finds room for numbers: clear of nodes, lines and other texts.

    Attributes
    ----------
    taken
        Rectangles of what is there.
    """

    def __init__(self, diagram: Diagram) -> None:
        layout, wiring, self.diagram = diagram.layout, diagram.wiring, diagram
        self.high = small() / em() / diagram.unit
        self.wide = LETTER * LETTERS * self.high
        taken = [
            *outlines(wiring, layout.places).values(),
            *(p for path in layout.paths for p in segments(path)),
        ]
        outside = [node for node in wiring.nodes.values() if node.kind in ("previous", "exit")]
        ends = [diagram.beside_end(node, up) for node in outside for up in (1, -1)]
        self.taken = np.concatenate([taken, self._rectangles(ends)])

    def shared(self, spots: Mapping[Hashable, list[Spot]]) -> dict[Hashable, Spot]:
        """Return a spot for each number, and take them: those that have fewest to choose from come first.

        It is the first of its spots where it lies on nothing, or else on as little as can be.
        """
        free = {key: int(np.sum(self._spoilt(its) == 0)) for key, its in spots.items()}
        found = {}
        for key in sorted(spots, key=lambda key: free[key]):
            found[key] = spots[key][int(np.argmin(self._spoilt(spots[key])))]
            self._take([found[key]])
        return found

    def beside(self, end: Point, to: Point, away: float) -> Iterator[Spot]:
        """Yield where a number can stand beside an end of a straight line, at first so far away from it; best first."""
        (x, y), (to_x, to_y) = end, to
        along, right, up = abs(to_x - x) + abs(to_y - y), np.sign(to_x - x), np.sign(to_y - y)
        if abs(to_x - x) > 0.01:
            for k in np.arange(0.08, max(along - self.wide, 0.1), 0.2):
                yield from ((x + right * k, y + above, "left" if right > 0 else "right") for above in (0.22, -0.22))
        else:
            for k in (away, *np.arange(0.26, along - 0.1, 0.28)):
                for aside in (NEAR, ASIDE):
                    yield from ((x + aside, y + up * k, "left"), (x - aside, y + up * k, "right"))

    def label(self, widths: Sequence[float], legs: Iterable[tuple[Point, Point]]) -> tuple[int, Spot] | None:
        """Find and take room for the first of some texts that has it along straight parts of lines.

        Parameters
        ----------
        widths
            How wide each of the texts is, in font sizes; the one that is liked best first.
        legs
            Both ends of each straight part.

        Returns
        -------
        tuple or None
            Which of the texts it is, and where it stands.
        """
        for k, wide in enumerate(widths):
            wide = (wide + LABEL_END) / self.diagram.unit
            for leg in legs:
                spots = [spot for spot in self._along(*leg, wide) if self._is_within(spot[0], wide)]
                free = np.flatnonzero(self._spoilt(spots, wide) == 0) if spots else []
                if len(free):
                    self._take([spots[free[0]]], wide)
                    return k, spots[free[0]]
        return None

    def _along(self, end: Point, to: Point, wide: float) -> Iterator[Spot]:
        """Yield where a text of some width can begin beside a straight line: above or below it, or at either side."""
        (x, y), (to_x, to_y) = end, to
        up = max(LABEL_UP, 0.75 * self.high)
        if abs(y - to_y) < 0.01:
            starts = np.arange(min(x, to_x) + 0.15, max(x, to_x) - wide, 0.1)
            yield from ((start, y + rise, "left") for rise in (up, 2 * up, -up) for start in starts)
        else:
            heights = np.arange(min(y, to_y) + 0.2, max(y, to_y) - 0.1, 0.1)
            yield from ((start, height, "left") for start in (x + NEAR, x - NEAR - wide) for height in heights)

    def _is_within(self, start: float, wide: float) -> bool:
        """Say whether a text does not lie on the left or the right rim of the cell."""
        rims = RIM, self.diagram.layout.right - RIM
        return not any(start < rim < start + wide for rim in rims)

    def _take(self, spots: list[Spot], wide: float | None = None) -> None:
        self.taken = np.concatenate([self.taken, self._rectangles(spots, wide)])

    def _spoilt(self, spots: list[Spot], wide: float | None = None) -> np.ndarray:
        """Return for each spot how much of a long number would lie on other things; short ones end before."""
        left, low, right, high = self._rectangles(spots, wide).T[..., None]
        its_left, its_low, its_right, its_high = self.taken.T
        starts_left = np.array([side == "left" for *_, side in spots])[:, None]
        across = np.minimum(right, its_right) - np.maximum(left, its_left)
        up = np.minimum(high, its_high) - np.maximum(low, its_low)
        lost = np.where(starts_left, right - np.maximum(its_left, left), np.minimum(its_right, right) - left)
        return np.sum((lost + NUMBERS_APART) * (np.minimum(across, up) > -NUMBERS_APART), axis=1)

    def _rectangles(self, spots: list[Spot], wide: float | None = None) -> np.ndarray:
        """Return where texts of some width, or long numbers, would lie: left, bottom, right and top of each."""
        wide = self.wide if wide is None else wide
        left = np.array([x if side == "left" else x - wide for x, _, side in spots])
        y = np.array([y for _, y, _ in spots])
        return np.stack([left, y - self.high / 2, left + wide, y + self.high / 2], axis=1)
