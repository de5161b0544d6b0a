"""Colours and type, shared by all figures. Colours stand here, and those of maps in `scale.py`.

A quantity has the same colour everywhere, but one whose colour another quantity of its cell already has, or one that is
as light, takes a free one. The colours differ by at least 10 (CIEDE2000) from each other, also to eyes that lack one
kind of cone, and those of a cell by at least 4 in lightness, so that they can be told apart in grey.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import MaxNLocator

from rnnscope.cells import Cell, names, registered
from rnnscope.cells.caches import derived
from rnnscope.figures.papers import twofold

ROLE_COLOURS = {
    "light": {
        "gate": ("#60af88", "#393c67", "#7844cd", "#3d745a", "#a094c2", "#b474fc", "#00003c"),
        "candidate": ("#b47d2a", "#975986"),
        "state": ("#342f2c", "#8c3900", "#d81c5c", "#3c2000"),
    },
    "dark": {
        "gate": ("#80cab6", "#7982af", "#ca99ee", "#85ffd3", "#e8cefd", "#a8c010", "#8450fc"),
        "candidate": ("#f9be8c", "#e9fc16"),
        "state": ("#929190", "#a26957", "#d48c6c", "#dcfcfc"),
    },
}
"""The colours of each role on light and on dark paper, given to names in the order in which cells were published
and declare them: a newer cell takes none away."""

TRACE_COLOURS = {
    "light": ("#0072b2", "#c04a00", "#00785a", "#a03c8c", "#7a6200"),
    "dark": ("#56b4e9", "#ff9a4d", "#3fd6a4", "#ee9bd6", "#f0e442"),
}
TRACE_DASHES = ("-", (0, (5, 1.6)), (0, (1.4, 1.2)), (0, (6, 1.4, 1.4, 1.4)), (0, (3, 1.2, 1, 1.2, 1, 1.2)))
"""How the curves of several traces are told apart in one panel, also in black and white: by colour and by dashes."""

INPUT = {"light": "#0a6fc2", "dark": "#4ea3e8"}
"""The colour of the input."""

NOT_FINITE = "#ff00c8"
CONTRAST = {"light": 2.5, "dark": 4.5}
"""The contrast of quantity colours with a light and with a dark background is at least this."""

DARK_PAPER = {"figure.facecolor": "#111111", "axes.facecolor": "#111111"} | dict.fromkeys(
    ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), "#e0e0e0"
)
"""The rcParams of pictures beside dark text editors and notebooks."""

TEXT_CONTRAST = 4.5
"""The contrast of texts with what they stand on is at least this."""

IN_GREY = 4.0
"""The colours of a cell differ by at least so much in lightness."""

SMALLEST = 8.0
"""No text has fewer points, unless the font size of the rcParams is below the usual 10."""


# -------------------------------------------------------------------------------------------------------------- colours


@twofold
def quantity_colour(cell: Cell, name: str) -> str:
    """Return the colour of a quantity, legible on the background of the rcParams."""
    return legible(_own_colours(cell, names(), background())[name])


@twofold
def input_colour() -> str:
    """Return the colour of the input, legible on the background of the rcParams."""
    return legible(INPUT[background()])


@derived(maxsize=64)
def _own_colours(cell: Cell, others: tuple[str, ...], paper: str) -> dict[str, str]:
    """Return the colour of each quantity of a cell: that of its name in all cells, if it can be told from the others'.

    If it cannot, or if there are more names than colours, it takes the free one that differs most in lightness.
    """
    places = _places(others)
    if any((quantity.name, quantity.role) not in places for quantity in cell):  # declared anew, or with an option
        _places.cache_clear()
        places = _places(others)
    found: dict[str, str] = {}
    wanted = {q.name: places.get((q.name, q.role), sum(role == q.role for _, role in places)) for q in cell}
    has_own = {q.name: wanted[q.name] < len(ROLE_COLOURS[paper][q.role]) for q in cell}
    for quantity in sorted(cell, key=lambda quantity: (not has_own[quantity.name], wanted[quantity.name])):
        colours = ROLE_COLOURS[paper][quantity.role]
        apart = {colour: _apart_in_grey(colour, found.values()) for colour in colours}
        own = colours[wanted[quantity.name] % len(colours)]
        is_told_apart = has_own[quantity.name] and apart[own] >= IN_GREY
        free = [colour for colour in colours if colour not in found.values()]
        found[quantity.name] = own if is_told_apart or not free else max(free, key=apart.__getitem__)
    return found


def _apart_in_grey(colour: str, others: Iterable[str]) -> float:
    """Return by how much a colour differs in lightness (L*, from 0 to 100) from the nearest of some others."""
    return min((abs(_lightness(colour) - _lightness(other)) for other in others), default=np.inf)


@lru_cache(maxsize=64)
def _lightness(colour: str) -> float:
    light = float(_luminance(np.array(to_rgb(colour))))
    return 116 * (np.cbrt(light) if light > (6 / 29) ** 3 else light * 29**2 / 108 + 4 / 29) - 16


@lru_cache(maxsize=8)
def _places(_: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """Give the quantities of all registered cells, the oldest first, their places among the colours of their roles."""
    found: dict[tuple[str, str], int] = {}
    for cell in sorted(registered(), key=lambda cell: cell.year or np.inf):
        for quantity in cell:
            found.setdefault((quantity.name, quantity.role), sum(role == quantity.role for _, role in found))
    return found


def trace_look(place: int) -> dict[str, Any]:
    """Return colour and dashes of the curves of a trace, by its place among those that are compared."""
    return {"color": _trace_colour(place), "linestyle": TRACE_DASHES[place % len(TRACE_DASHES)]}


@twofold
def _trace_colour(place: int) -> str:
    colours = TRACE_COLOURS[background()]
    return legible(colours[place % len(colours)])


def background() -> str:
    """Say whether the background of the rcParams is `"light"` or `"dark"`."""
    return _background(paper())


@lru_cache(maxsize=64)
def _background(paper: str) -> str:
    return "light" if _luminance(np.array(to_rgb(paper))) > 0.18 else "dark"


@twofold
def ink() -> str:
    """Return the colour of text and of marks."""
    return _hex(matplotlib.rcParams["text.color"])


@twofold
def paper() -> str:
    """Return the colour of the background."""
    face = matplotlib.rcParams["figure.facecolor"]
    return _hex(face) if face != "none" else "#ffffff"


def _hex(colour: Any) -> str:
    is_fixed = isinstance(colour, str) and not colour.startswith("C")  # C0 is what the rcParams say
    return _hex_of(colour) if is_fixed else to_hex(colour)


_hex_of = lru_cache(maxsize=64)(to_hex)


@twofold
@lru_cache(maxsize=1024)
def blend(colour: str, other: str, part: float) -> str:
    """Return a colour on the way from one (`part` 0) to another (`part` 1)."""
    return to_hex(np.array(to_rgb(colour)) * (1 - part) + np.array(to_rgb(other)) * part)


@twofold
def faint(part: float = 0.7) -> str:
    """Return the ink, faded into the background: for what stands back."""
    return blend(ink(), paper(), part)


@twofold
def legible(colour: str) -> str:
    """Return a colour, moved towards that of text until it stands out from the background."""
    return _legible(colour, ink(), paper(), CONTRAST[background()])


@twofold
def lettering(colour: str, on: str | None = None) -> str:
    """Return a colour, moved towards that of text until letters in it can be read on another, by default on paper."""
    return _legible(colour, ink(), on or paper(), TEXT_CONTRAST)


@lru_cache(maxsize=256)
def _legible(colour: str, ink: str, paper: str, wanted: float) -> str:
    for part in np.linspace(0, 1, 11):
        found = blend(colour, ink, part)
        if contrast(found, paper) >= wanted:
            break
    return found


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2): 1 for the same, 21 for black and white."""
    dark, light = sorted(_luminance(np.array(to_rgb(c))) for c in (colour, other))
    return (light + 0.05) / (dark + 0.05)


@twofold
def readable_on(colours: np.ndarray) -> np.ndarray:
    """Return black or white for each RGBA colour, whichever reads better on it, as RGB triples."""
    light = _luminance(np.asarray(colours)[..., :3]) > 0.18
    return np.where(light[..., None], 0.0, 1.0).repeat(3, axis=-1)


def _luminance(rgb: np.ndarray) -> np.ndarray:
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


@contextmanager
def paper_for(is_dark: bool) -> Iterator[None]:
    """Draw on dark paper for a while, if wanted and if the rcParams have no colours of their own."""
    before = {name: matplotlib.rcParams[name] for name in DARK_PAPER}
    has_own = any(colour != matplotlib.rcParamsDefault[name] for name, colour in before.items())
    if not is_dark or has_own:
        yield
        return
    matplotlib.rcParams.update(DARK_PAPER)
    try:
        yield
    finally:
        matplotlib.rcParams.update(before)


# ----------------------------------------------------------------------------------------------------------------- type


def em() -> float:
    """Return the font size of the rcParams, in points; all lengths of a layout are measured in it."""
    return FontProperties(size=matplotlib.rcParams["font.size"]).get_size_in_points()


def small() -> float:
    """Return the size of small text: labels, ticks and numbers."""
    return max(0.85 * em(), min(SMALLEST, em()))


def dress(axes: Axes, *, title: str = "", colour: str | None = None, xlabel: str = "", ylabel: str = "") -> None:
    """Set the texts of a panel in the sizes that all panels have."""
    if title:
        look = {"fontsize": em(), "fontweight": "bold", "pad": 0.4 * em()}
        axes.set_title(title, color=lettering(colour) if colour else ink(), **look)
    axes.set_xlabel(xlabel, fontsize=small(), labelpad=0.2 * em())
    axes.set_ylabel(ylabel, fontsize=small(), labelpad=0.3 * em())
    axes.tick_params(labelsize=small(), pad=0.25 * em(), length=0.3 * em())


def whole_ticks(axis: Axis, most: int) -> None:
    """Put at most so many ticks on an axis of steps, units or epochs: whole numbers only."""
    axis.set_major_locator(MaxNLocator(nbins=max(1, most), integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
