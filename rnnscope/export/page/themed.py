"""Themed views: views drawn once as SVG, for light and dark paper, with names on what moves."""

from __future__ import annotations

import io
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from typing import Any

import matplotlib
import matplotlib.style
from matplotlib.artist import Artist
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from rnnscope.figures.papers import Papers
from rnnscope.figures.picture import Picture

ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
SVG = "{http://www.w3.org/2000/svg}"
THEMES = {"light": ("#fdfdfc", "#1c1c1e"), "dark": ("#17181c", "#e6e6e3")}
"""Background and ink of both ways to read a page."""

COLOUR = re.compile(r"(?<=: )#[0-9a-f]{6}(?=[;\"])")
"""A colour in the style of a tag; texts may hold what looks like one, or like a style."""

LEAST_LETTERS = 8
"""On a narrow screen, letters are at least so many pixels high: a picture is not made smaller than that."""

LETTERS = re.compile(r"font-size: ([\d.]+)px")
SPACES = re.compile(" {2,}")
"""A browser makes one space of several."""

TAG = re.compile(r"<[^<>]*>")

FONTS = re.compile(r"'DejaVu Sans', '[^;\"]*")
FONT = "'DejaVu Sans', Verdana, sans-serif"


@cache
def _look(theme: str) -> dict[str, Any]:
    """Return the rcParams of a theme: all that make the look of pictures, whatever those of the user are."""
    face, ink = THEMES[theme]
    inks = dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), ink)
    faces = dict.fromkeys(("figure.facecolor", "axes.facecolor", "savefig.facecolor"), face)
    written = {"svg.fonttype": "none", "svg.hashsalt": "rnnscope"}
    with matplotlib.style.context("default"), matplotlib.rc_context({**inks, **faces, **written}):
        return {name: value for name, value in dict.items(matplotlib.rcParams) if not name.startswith("backend")}


class Colours:
    """The colours of a page: each a light and a dark one, by number.

    Attributes
    ----------
    papers
        The light and the dark paper, for which pictures are drawn once.
    pairs
        The light and the dark colour of each number.
    """

    def __init__(self) -> None:
        self.papers = Papers([_look(theme) for theme in THEMES])
        self._numbers: dict[tuple[str, ...], int] = {}

    @property
    def pairs(self) -> list[tuple[str, ...]]:
        """The light and the dark colour of each number."""
        return list(self._numbers)

    def number(self, colour: str) -> int:
        """Return the number of a colour of a picture."""
        return self._numbers.setdefault(self.papers.of(colour), len(self._numbers))

    def numbered(self, svg: str) -> str:
        """Return SVG with the numbers of colours in place of the colours."""

        def in_tag(tag: re.Match[str]) -> str:
            return COLOUR.sub(lambda found: f"var(--c{self.number(found[0])})", tag[0])

        return TAG.sub(in_tag, svg)


class ThemedView:
    """One view, drawn once for both themes.

    Parameters
    ----------
    view
        The view, in a figure of its own.
    colours
        The colours of the page.
    """

    def __init__(self, view: Any, colours: Colours) -> None:
        self.view, self.colours = view, colours

    def do(self, work: Callable[[Any], Any]) -> Any:
        """Do something with the view, in the colours of the page."""
        with self.colours.papers.drawing():
            return work(self.view)

    def colour(self, colour: Callable[[Any], str]) -> int:
        """Return the number of the colour that a function finds in the view."""
        return self.number(self.do(colour))

    def number(self, colour: str) -> int:
        """Return the number of a colour of the view."""
        return self.colours.number(colour)

    def drawn(self, moving: Callable[[Any], Sequence[Artist]], *, whole: bool = True) -> tuple[str, list[str]]:
        """Return the picture with what moves taken out of its groups, and what was in these, as SVG.

        Parameters
        ----------
        moving
            Finds in the view what moves; the k-th is the group `m{k}` of the picture.
        whole
            Whether the picture itself is wanted too.
        """

        def draw(view: Any) -> tuple[str, list[str]]:
            artists = moving(view)
            for number, artist in enumerate(artists):
                artist.set_gid(f"m{number}")
            root = _root(view.figure, None if whole else artists)
            inner = _taken_out(root, whole)
            return _text(root) if whole else "", [inner.get(f"m{k}", "") for k in range(len(artists))]

        picture, inside = self.do(draw)
        picture, inner = self.colours.numbered(picture), list(map(self.colours.numbered, inside))
        return _legible(picture, inner), inner


class _Renderer(RendererSVG):
    """A renderer that knows the sizes of texts that others have measured."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        """Return width, height and depth of a text."""
        return _size_of(s, prop, ismath)


@lru_cache(maxsize=8192)
def _size_of(text: str, font: FontProperties, ismath: Any) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(text, font, ismath)


def _root(figure: Picture, artists: Sequence[Artist] | None) -> ElementTree.Element:
    """Return the SVG of a figure, or of some of its artists."""
    file, dpi, (wide, high) = io.StringIO(), figure.dpi, figure.get_size_inches() * 72
    figure.dpi = 72
    try:
        renderer = _Renderer(wide, high, file, image_dpi=72)
        for artist in artists if artists is not None else [figure]:
            artist.draw(renderer)
        renderer.finalize()
    finally:
        figure.dpi = dpi
    text = FONTS.sub(FONT, file.getvalue()).replace("xlink:href", "href")
    text = re.sub(r" transform=\"rotate\(-0 [^)]*\)\"", "", text)
    return ElementTree.fromstring(re.sub(r"<\?xml.*?<svg", "<svg", text, count=1, flags=re.S))


def _taken_out(root: ElementTree.Element, whole: bool) -> dict[str, str]:
    """Take the contents out of the named groups, and return them, each with the patterns that it is filled with."""
    found, patterns = {}, {part.get("id"): _text(part) for part in root.iter(f"{SVG}pattern")}
    for group in root.iter(f"{SVG}g"):
        name = group.get("id", "")
        if re.fullmatch(r"m\d+", name):
            inside = "".join(map(_text, group))
            used = "".join(text for own, text in patterns.items() if f"url(#{own})" in inside)
            found[name] = inside + (f"<defs>{used}</defs>" if used else "")
            for child in list(group):
                group.remove(child)
            group.text = None
        elif name and whole:
            del group.attrib["id"]
    if whole:
        for child in [c for c in root if c.tag == f"{SVG}metadata" or c.find(f"{SVG}style") is not None]:
            root.remove(child)
    return found


def _legible(picture: str, inner: Sequence[str]) -> str:
    """Return a picture that says how wide it must be for its smallest letters, with those of its parts, to be read."""
    letters = [float(size) for part in (picture, *inner) for size in LETTERS.findall(part)]
    if not picture or not letters:
        return picture
    wide = float(re.search(r'viewBox="\S+ \S+ (\S+)', picture)[1]) * LEAST_LETTERS / min(letters)
    return picture.replace("<svg ", f'<svg style="--legible: {math.ceil(wide)}px" ', 1)


def _text(element: ElementTree.Element) -> str:
    for part in element.iter():
        part.text = part.text and SPACES.sub(lambda found: "\u00a0" * len(found[0]), part.text)
    text = ElementTree.tostring(element, encoding="unicode")
    text = re.sub(r' xmlns="[^"]*"', "", text)
    return re.sub(r"\s*\n\s*", " ", re.sub(r">\s+<", "><", text)).strip()
