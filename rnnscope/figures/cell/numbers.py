"""The numbers of a cell's diagram: on its lines, clear of all else that is drawn, at its ends and in its boxes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist

from rnnscope.figures.cell.diagram import Diagram, Spot
from rnnscope.figures.cell.room import Room
from rnnscope.figures.drawing.quick_text import QuickText, text_width
from rnnscope.figures.scene import before_number
from rnnscope.figures.style import NOT_FINITE, faint, ink
from rnnscope.figures.wiring.flows import CellData
from rnnscope.figures.wiring.pathfinding import Point, run_along, segments
from rnnscope.figures.wiring.shares import Share, shares_of
from rnnscope.figures.wiring.sizes import half
from rnnscope.figures.wiring.wiring import Edge
from rnnscope.languages import noted, tr
from rnnscope.numbers import written


class Term(NamedTuple):
    """A number that says where another one comes from: `of` as an operand of `product`, with what stands before it."""

    product: str
    of: str
    before: str


Key = str | int | Term
"""What a number is of: a node on the way forward, an edge, by its place, on the way back, an operand of a product."""

MEAN, MOST_LETTERS = noted("avg {value}"), 6
"""How the mean is written in a box; one of more letters has one digit, or stands there alone."""


class CellNumbers:
    """The numbers of a diagram: on the lines if there is room, and always at the ends.

    Attributes
    ----------
    texts
        By node on the way forward, by number of the edge on the way back; `"mean f"` for those in the boxes and of
        what enters as a vector; terms for what is kept and added.
    words
        What stands between two terms, with the product that they say more of.
    room
        Where more texts can stand.
    """

    def __init__(self, diagram: Diagram) -> None:
        self.diagram, self.wiring, self.room = diagram, diagram.wiring, Room(diagram)
        self.texts: dict[Key, QuickText] = {}
        self.words: list[tuple[Share, QuickText]] = []
        vectors = () if diagram.backward else diagram.wiring.vectors(diagram.features)
        for key, node in self.wiring.nodes.items():
            x, y = diagram.layout.places[key]
            name = f"mean {key}" if key in vectors else key
            if node.kind in ("previous", "exit"):
                self.texts[name] = diagram.text(*diagram.beside_end(node, -1))
            elif node.kind == "input":
                self.texts[name] = diagram.text(x + 0.1, y - 0.28, "left")
            if node.kind == "layer" and diagram.has_means:
                self.texts[f"mean {key}"] = diagram.text(x, y - 0.4, "center")
        if diagram.roomy:
            spots = self._beside_ends() if diagram.backward else self._beside_starts()
            self.texts |= {key: diagram.text(*spot) for key, spot in self.room.shared(spots).items()}
            for share in () if diagram.backward else shares_of(diagram.wiring):
                self._add_share(share)
        self.moving: list[Artist] = [*self.texts.values(), *(text for _, text in self.words)]

    def show(self, data: CellData) -> None:
        """Write the numbers that are known by now."""
        lit = {key for k in data.lit for key in (k, self.wiring.edges[k].source, self.wiring.edges[k].target)}
        for key, text in self.texts.items():
            value = _value(key, data)
            text.set_text("" if value is None else number_text(key, value))
            text.set_color(ink() if is_mean(key) or _node(key) in lit else faint(0.35))
            if value is not None and not np.isfinite(value):
                text.set_color(NOT_FINITE)
        for share, text in self.words:
            text.set_text("" if data.numbers.get(share.product) is None else tr(share.words))
            text.set_color(ink() if share.product in lit else faint(0.35))

    def _add_share(self, share: Share) -> None:
        """Write what is kept or added as a share, beside the line that begins at the product, if there is room."""
        led = zip(self.wiring.edges, self.diagram.layout.paths, strict=True)
        legs = [leg for edge, path in led if edge.source == share.product for leg in pairwise(path)]
        parts = [text_width(self.diagram.axes.figure, text) for text in ("= −0.088", f" {tr(share.words)} ", "−0.088")]
        found = self.room.label([sum(parts)], legs)
        if found is None:
            return
        (_, (x, y, _)), unit = found, self.diagram.unit
        first, second = x + parts[0] / unit, x + sum(parts[:2]) / unit
        self.texts[Term(share.product, share.factor, "= ")] = self.diagram.text(first, y, "right")
        self.words.append((share, self.diagram.text((first + second) / 2, y, "center")))
        self.texts[Term(share.product, share.whole, "")] = self.diagram.text(second, y, "left")

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


def number_text(key: Key, value: float) -> str:
    """Return how a number is written."""
    return mean_text(value) if is_mean(key) else before(key) + written(value, digits(key))


def _value(key: Key, data: CellData) -> float | None:
    """Return the number that is written, or None where it is not known (yet)."""
    if isinstance(key, Term):
        return None if data.numbers.get(key.product) is None else data.numbers[key.of]
    if not is_mean(key):
        return data.numbers.get(key)
    node = key.removeprefix("mean ")
    return data.means.get(node) if data.opened.get(node, 1) >= 1 else None


def _node(key: Key) -> str | int:
    """Return the node or the edge beside which a number stands."""
    return key.product if isinstance(key, Term) else key


def is_mean(key: object) -> bool:
    """Say whether a number is the mean of a box over all units."""
    return isinstance(key, str) and key.startswith("mean ")


def digits(key: Key) -> int:
    """Return how many digits a number has: two for means and terms, and on the way back, in the places of edges."""
    return 2 if is_mean(key) or isinstance(key, int | Term) else 3


def before(key: Key) -> str:
    """Return what stands before a number."""
    if isinstance(key, Term):
        return key.before
    return before_number(MEAN) if is_mean(key) else "= " if key == "x" else ""


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
    return tr(MEAN, value=text) if len(text) <= MOST_LETTERS else text
