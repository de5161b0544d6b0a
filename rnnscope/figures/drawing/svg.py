"""Pieces of SVG that are put together from those that matplotlib wrote, and where things lie in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_hex


def put_back(svg: str, inner: Mapping[int, str]) -> str:
    """Return SVG with contents put back into groups that were emptied."""
    for number, content in inner.items():
        svg = svg.replace(f'<g id="m{number}" />', f'<g id="m{number}">{content}</g>')
    return svg


def cropped(svg: str, high: float) -> str:
    """Return a picture without what lies lower than so many points."""
    root, end, inner = svg.partition(">")
    root = re.sub(r'(?<= height=")[^"]*', f"{high:g}pt", root)
    return re.sub(r'(viewBox="\S+ \S+ \S+) [^"]*', rf"\1 {high:g}", root) + end + inner


def rectangle(name: str, top: float, high: float, colour: int, *, left: float = 0, wide: float = 0) -> str:
    """Return a rectangle whose place and size the page sets as far as they are not given."""
    box = f'x="{left:g}" y="{top:.2f}" width="{wide}" height="{high:.2f}"'
    return f'<rect id="{name}" {box} style="fill: var(--c{colour})"/>'


def place_on_page(axes: Axes, x: float, y: float) -> tuple[float, float]:
    """Return where a place of an axes lies in the SVG of its figure."""
    figure = axes.get_figure(root=True)
    across, up = figure.transFigure.inverted().transform(axes.transData.transform((x, y)))
    wide, high = figure.get_size_inches() * 72
    return round(float(across * wide), 2), round(float((1 - up) * high), 2)


def colour_of(artist: Artist) -> str:
    """Return the colour of a text."""
    return to_hex(artist.get_color())
