"""Outlines in the units of a drawing: rounded boxes, lines with rounded corners, and arrowheads."""

from __future__ import annotations

import numpy as np

TURNS = np.linspace(0, np.pi / 2, 7) + np.arange(4)[:, None] * np.pi / 2
ARCS = np.stack([np.cos(TURNS), np.sin(TURNS)], axis=2)
"""The rounded corners of a box, (corner, point, (x, y)), anticlockwise from the upper right one."""

CORNERS = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
"""Where these corners are, seen from the middle."""


def rounded_box(x: float, y: float, wide: float, high: float, radius: float) -> np.ndarray:
    """Return the outline of a box around (x, y), half as wide and high as given; an ellipse if the radius is large."""
    radius = min(radius, wide, high)
    middles = np.array([x, y]) + CORNERS * np.array([wide - radius, high - radius])
    return (middles[:, None] + radius * ARCS).reshape(-1, 2)


def rounded_path(points: tuple[tuple[float, float], ...], radius: float = 0.22) -> np.ndarray:
    """Return a line through points with its corners rounded off."""
    corners = [np.array(point, float) for point in points]
    found = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        into, out = before - corner, after - corner
        lengths = np.linalg.norm(into), np.linalg.norm(out)
        if min(lengths) > 0:
            r = min(radius, *(length / 2 for length in lengths))
            a, b = corner + into / lengths[0] * r, corner + out / lengths[1] * r
            t = np.linspace(0, 1, 6)[:, None]
            found += [*((1 - t) ** 2 * a + 2 * t * (1 - t) * corner + t**2 * b)]
    return np.array([*found, corners[-1]])


def arrowhead(points: tuple[tuple[float, float], ...], size: float, *, at_start: bool = False) -> np.ndarray:
    """Return a triangle at the end of a line, or one that points back at its start."""
    ends = points[::-1] if at_start else points
    tip, before = (
        np.array(ends[-1], float),
        next(np.array(p, float) for p in ends[-2::-1] if tuple(p) != tuple(ends[-1])),
    )
    along = (tip - before) / np.linalg.norm(tip - before)
    side = np.array([-along[1], along[0]])
    return np.array([tip, tip - size * along + 0.42 * size * side, tip - size * along - 0.42 * size * side])


def thick_arrow(start: tuple[float, float], end: tuple[float, float], width: float) -> np.ndarray:
    """Return the outline of a straight arrow whose shaft is so wide; its head is wider."""
    a, b = np.array(start, float), np.array(end, float)
    along = (b - a) / np.linalg.norm(b - a)
    side = np.array([-along[1], along[0]])
    half, head = width / 2, min(0.8, 0.6 * np.linalg.norm(b - a))
    neck, flare = b - head * along, max(half + 0.22, 0.34)
    shaft = [a + half * side, neck + half * side, neck + flare * side]
    return np.array([*shaft, b, neck - flare * side, neck - half * side, a - half * side])
