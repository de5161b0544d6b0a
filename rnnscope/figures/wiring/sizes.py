"""How large the nodes of a cell's wiring are, in units of the drawing."""

from __future__ import annotations

from collections.abc import Mapping

from rnnscope.figures.wiring.pathfinding import Point, Rectangle
from rnnscope.figures.wiring.wiring import Wiring, WiringNode

HALF = {"layer": (0.85, 0.62), "map": (0.3, 0.3), "plus": (0.3, 0.3), "times": (0.3, 0.3), "unary": (0.48, 0.3)}
HALF |= {"constant": (0.3, 0.24)}
"""Half of the width and height of each kind of node."""

LETTER_WIDTH = 0.075
"""Half of the width of a letter in a node."""


def half(node: WiringNode) -> Point:
    """Return half of the width and height of a node."""
    if node.kind == "constant":
        return max(HALF["constant"][0], LETTER_WIDTH * len(node.label)), HALF["constant"][1]
    return HALF.get(node.kind, (0.0, 0.0))


def outlines(wiring: Wiring, places: Mapping[str, Point]) -> dict[str, Rectangle]:
    """Return the rectangle around each node that is drawn as a shape."""
    found = {}
    for key, node in wiring.nodes.items():
        if node.kind in HALF:
            (x, y), (wide, high) = places[key], half(node)
            found[key] = x - wide, y - high, x + wide, y + high
    return found
