"""The numbers of a cell's diagram: on its lines, clear of all else that is drawn, at its ends and in its boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist

from rnnscope.figures.cell.diagram import Diagram, Spot
from rnnscope.figures.drawing.quick_text import QuickText
from rnnscope.figures.numbers import written
from rnnscope.figures.style import NOT_FINITE, em, faint, ink, small
from rnnscope.figures.wiring.flows import CellData
from rnnscope.figures.wiring.pathfinding import Point, run_along, segments
from rnnscope.figures.wiring.sizes import half, outlines
from rnnscope.figures.wiring.wiring import Edge

Key = str | int
"""What a number is of: a node on the way forward, an edge, by its place, on the way back."""

NEAR, ASIDE, LETTERS = 0.12, 0.52, 7
"""Numbers stand so far beside lines that go up, or clear of a node at their end; most have at most so many letters."""

NUMBERS_APART = 0.03
"""So far at least are numbers from all other things."""

MEAN, MOST_LETTERS = "avg ", 6
"""What stands before the mean in a box; one of more letters has one digit, or stands there alone."""


class CellNumbers:
    """The numbers of a diagram: on the lines if there is room, and always at the ends.

    Attributes
    ----------
    texts
        By node on the way forward, by number of the edge on the way back; `"mean f"` for those in the boxes.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.diagram, self.wiring, self.room = diagram, diagram.wiring, Room(diagram)
        self.texts: dict[Key, QuickText] = {}
        for key, node in self.wiring.nodes.items():
            x, y = diagram.layout.places[key]
            if node.kind in ("previous", "exit"):
                self.texts[key] = diagram.text(*diagram.beside_end(node, -1))
            elif node.kind == "input":
                self.texts[key] = diagram.text(x + 0.1, y - 0.28, "left")
            if node.kind == "layer" and diagram.roomy:
                self.texts[f"mean {key}"] = diagram.text(x, y - 0.4, "center")
        if diagram.roomy:
            spots = self._beside_ends() if diagram.backward else self._beside_starts()
            self.texts |= {key: diagram.text(*spot) for key, spot in self.room.shared(spots).items()}
        self.moving: list[Artist] = list(self.texts.values())

    def show(self, data: CellData) -> None:
        """Write the numbers that are known by now."""
        lit = {key for k in data.lit for key in (k, self.wiring.edges[k].source, self.wiring.edges[k].target)}
        for key, text in self.texts.items():
            value = data.means.get(key.removeprefix("mean ")) if is_mean(key) else data.numbers.get(key)
            text.set_text("" if value is None else number_text(key, value))
            text.set_color(ink() if is_mean(key) or key in lit else faint(0.35))
            if value is not None and not np.isfinite(value):
                text.set_color(NOT_FINITE)

    def _beside_starts(self) -> dict[Key, list[Spot]]:
        """Return where the value of each node can stand: beside the lines that begin there."""
        found: dict[Key, list[Spot]] = {}
        for key, node in self.wiring.nodes.items():
            if node.kind not in ("previous", "exit", "input"):
                led = zip(self.wiring.edges, self.diagram.layout.paths, strict=True)
                legs = sorted({path[:2] for edge, path in led if edge.source == key}, key=lambda leg: -leg[0][0])
                legs += self._second_legs(key)
                away = 0.5 if node.kind == "map" else 0.24
                found[key] = [spot for leg in legs for spot in self.room.beside(*leg, away)]
                found[key] = self._at_constant(key) + found[key]
        return found

    def _at_constant(self, key: str) -> list[Spot]:
        """Return where the number of a learned constant can stand: above and below its name; nothing for others."""
        node, (x, y) = self.wiring.nodes[key], self.diagram.layout.places[key]
        wide, high = half(node)
        return [(x - wide, y + up * (high + 0.2), "left") for up in (1, -1)] if node.kind == "constant" else []

    def _second_legs(self, key: str) -> list[tuple[Point, Point]]:
        """Return where lines that begin at a box go on, if lines to it from above leave no room where they begin."""
        led = list(zip(self.wiring.edges, self.diagram.layout.paths, strict=True))
        top = self.diagram.layout.places[key][1]
        from_above = [path for edge, path in led if edge.target == key and path[-1][1] > top and path[-2][1] > top]
        is_full = self.wiring.nodes[key].kind == "layer" and len(from_above) > 1
        return [path[1:3] for edge, path in led if edge.source == key and len(path) > 2] if is_full else []

    def _beside_ends(self) -> dict[Key, list[Spot]]:
        """Return where what each edge carries back can stand: beside its end, or farther back beside its line."""
        found: dict[Key, list[Spot]] = {}
        for k, edge in enumerate(self.wiring.edges):
            enters, kind = self.wiring.nodes[edge.source].kind == "previous", self.wiring.nodes[edge.target].kind
            # the numbers of two neighbours would meet at one height
            away = 0.54 if kind == "map" or (enters and kind == "layer") else 0.26
            if kind != "exit":
                found[k] = self._at_constant(edge.source)
                found[k] += [spot for leg in self._own_legs(k, edge) for spot in self.room.beside(*leg, away)]
        return found

    def _own_legs(self, number: int, edge: Edge) -> Iterator[tuple[Point, Point]]:
        """Yield the straight parts of an edge's line from its end on, until it is that of other edges too."""
        paths = self.diagram.layout.paths
        found = zip(self.wiring.edges, paths, strict=True)
        others = [part for other, path in found if other.source == edge.source for part in segments(path)]
        for leg in pairwise(paths[number][::-1]):
            shared = sum(run_along(part, other) for part in segments(leg) for other in others)
            if leg[0] != paths[number][-1] and shared > 1:
                return  # one of them is the leg itself
            yield leg


class Room:
    """Finds room for numbers: clear of nodes, lines and other texts.

    Attributes
    ----------
    taken
        Rectangles of what is there.
    """

    def __init__(self, diagram: Diagram) -> None:
        layout, wiring = diagram.layout, diagram.wiring
        self.high = small() / em() / diagram.unit
        self.wide = 0.6 * LETTERS * self.high
        taken = [
            *outlines(wiring, layout.places).values(),
            *(p for path in layout.paths for p in segments(path)),
        ]
        outside = [node for node in wiring.nodes.values() if node.kind in ("previous", "exit")]
        ends = [diagram.beside_end(node, up) for node in outside for up in (1, -1)]
        self.taken = np.concatenate([taken, self._rectangles(ends)])

    def shared(self, spots: Mapping[Key, list[Spot]]) -> dict[Key, Spot]:
        """Return a spot for each number, and take them: those that have fewest to choose from come first.

        It is the first of its spots where it lies on nothing, or else on as little as can be.
        """
        free = {key: int(np.sum(self._spoilt(its) == 0)) for key, its in spots.items()}
        found = {}
        for key in sorted(spots, key=lambda key: free[key]):
            found[key] = spots[key][int(np.argmin(self._spoilt(spots[key])))]
            self.taken = np.concatenate([self.taken, self._rectangles([found[key]])])
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

    def _spoilt(self, spots: list[Spot]) -> np.ndarray:
        """Return for each spot how much of a long number would lie on other things; short ones end before."""
        left, low, right, high = self._rectangles(spots).T[..., None]
        its_left, its_low, its_right, its_high = self.taken.T
        starts_left = np.array([side == "left" for *_, side in spots])[:, None]
        across = np.minimum(right, its_right) - np.maximum(left, its_left)
        up = np.minimum(high, its_high) - np.maximum(low, its_low)
        lost = np.where(starts_left, right - np.maximum(its_left, left), np.minimum(its_right, right) - left)
        return np.sum((lost + NUMBERS_APART) * (np.minimum(across, up) > -NUMBERS_APART), axis=1)

    def _rectangles(self, spots: list[Spot]) -> np.ndarray:
        """Return where numbers would lie: left, bottom, right and top of each."""
        left = np.array([x if side == "left" else x - self.wide for x, _, side in spots])
        y = np.array([y for _, y, _ in spots])
        return np.stack([left, y - self.high / 2, left + self.wide, y + self.high / 2], axis=1)


def number_text(key: Key, value: float) -> str:
    """Return how a number is written."""
    return mean_text(value) if is_mean(key) else before(key) + written(value, digits(key))


def is_mean(key: object) -> bool:
    """Say whether a number is the mean of a box over all units."""
    return isinstance(key, str) and key.startswith("mean ")


def digits(key: Key) -> int:
    """Return how many digits a number has: two for means, and on the way back, in the places of edges."""
    return 2 if is_mean(key) or isinstance(key, int) else 3


def before(key: Key) -> str:
    """Return what stands before a number."""
    return MEAN if is_mean(key) else "= " if key == "x" else ""


def most_letters(key: Key) -> int | None:
    """Return of how many letters a number is at most if something stands before it; None if that is always there."""
    return MOST_LETTERS if is_mean(key) else None


def brief(mean: float) -> float:
    """Return the mean that is written in a box: with one digit, if two would take more letters than there is room for.

    Examples
    --------
    >>> brief(0.0461), brief(-0.00846)
    (0.0461, -0.008)
    """
    is_long = abs(mean) < 1 and len(written(mean, 2)) > MOST_LETTERS
    return float(f"{mean:.0e}") if is_long else mean


def mean_text(mean: float) -> str:
    """Return what stands in a box for a mean.

    Examples
    --------
    >>> mean_text(0.0461), mean_text(-0.00846), mean_text(-1.2e-123)
    ('avg 0.046', 'avg −0.008', '−1e−123')
    """
    text = written(brief(mean), 2)
    return (MEAN if len(text) <= MOST_LETTERS else "") + text
