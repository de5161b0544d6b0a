"""What a page without a kernel shows of a view: drawn once, with the places of what moves, and its words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from matplotlib.artist import Artist

from rnnscope.figures.view import View
from rnnscope.findings import Topic
from rnnscope.formulas.values import Values
from rnnscope.languages import tr
from rnnscope.trace import Cursor, Trace

ROOM = "□□□□□□"
"""Room in a piece for the number that its phase computes."""

MARK = "\0"
"""Stands in a text around the name of a part that the page puts there."""

WIDTH, MOST_WIDE = 7.0, 9.0
"""Pictures of a page are at most so many inches wide, and those of views that need more."""


@dataclass(frozen=True)
class Extent:
    """What of some traces goes into a page: numbers of epochs, samples and units, and how many time steps there are."""

    epochs: Sequence[int]
    samples: Sequence[int]
    units: Sequence[int]
    steps: int

    def units_in(self, width: int) -> list[int]:
        """Return the units in a layer that is so wide; its last one stands for those that it does not have.

        Examples
        --------
        >>> Extent(epochs=[0], samples=[0], units=[0, 9], steps=1).units_in(4)
        [0, 3]
        """
        return [min(unit, width - 1) for unit in self.units]


class Themed(Protocol):
    """A view that is drawn once, in colours that stand for those of a light and of a dark page."""

    view: Any

    def do(self, work: Callable[[Any], Any]) -> Any:
        """Do something with the view, in the colours of the page."""

    def colour(self, colour: Callable[[Any], str]) -> int:
        """Return the number of the colour that a function finds in the view."""

    def number(self, colour: str) -> int:
        """Return the number of a colour of the view."""

    def drawn(self, moving: Callable[[Any], Sequence[Artist]], *, whole: bool = True) -> tuple[str, list[str]]:
        """Return the picture with what moves taken out of its groups `m0`, `m1` …, and what was in these, as SVG."""


class Page(Protocol):
    """What a page offers to scenes.

    Attributes
    ----------
    traces, extent
        The traces by name, and what of them goes into the page.
    """

    traces: Mapping[str, Trace]
    extent: Extent

    def text(self, piece: str) -> int:
        """Return the place of a piece of SVG or text."""

    def channel(self, values: np.ma.MaskedArray, digits: int = 3) -> int:
        """Return the place of an array of numbers, (epoch, sample, time, unit); masked ones are written as nothing."""

    def heat(self, places: np.ndarray) -> int:
        """Return the place of an array of colours, (epoch, sample, time, unit) of places in a table of colours."""

    def each(self, layers: Sequence[str]) -> list[tuple[str, Trace, str]]:
        """Return what every trace is called beside others (nothing if it is alone), the trace, and its layer."""

    def phases(self, trace: Trace, layer: str) -> tuple[str, ...]:
        """Return the phases of a layer: those that all traces have in a cell of its kind."""

    def view(
        self,
        view: type[View],
        name: str,
        trace: Trace,
        layer: str,
        cursor: Cursor,
        size: Callable[[Any], tuple[float, float]],
    ) -> Themed:
        """Return a view of one trace on a scale of its own, at an epoch at which everything has numbers."""

    def views(
        self, view: type[View], layers: Sequence[str], cursor: Cursor, size: Callable[[Any], tuple[float, float]]
    ) -> Sequence[Themed]:
        """Return a view of every trace, drawn on shared scales."""

    def arrays(
        self, read: Callable[[Values], Mapping[Any, Any]], trace: Trace, layer: str, direction: str
    ) -> dict[Any, np.ma.MaskedArray]:
        """Return by name the numbers that `read` finds, (epoch, sample, time, unit); masked where it finds none."""

    def of_units(self, values: np.ndarray) -> np.ndarray:
        """Return the numbers of the units that go into the page."""

    def said(self, topics: Sequence[Topic], trace: Trace, layer: str, direction: str) -> list[Any]:
        """Return what topics say of every epoch, sample and time step: the axes, and the pieces laid out along them."""


class Scene(ABC):
    """What a page shows of a view; a class like this in `figures/<name>/scene.py` brings the view into pages.

    What `drawn` returns has a dict for every trace (or for each of its phases) that the page's script reads:

    - `svg`: the picture, with emptied groups `m0`, `m1` …;
    - `frags`: `[group, axes, pieces]`, the SVG that is put into a group, laid out along axes such as `["phase"]`;
    - `result`: the channels, one for each phase, whose number is written where a piece has `ROOM` for it;
    - `texts`: `[group, channel, around, colours, most]`, a number, what stands around it (before one of at most `most`
      letters), its colour by phase (−1: none);
    - `bars`: `[part, channel, left, right, low, high, kind, known]`, a bar or a tick on a scale, known by phase;
    - `moves`: `[group, axis, dx, dy]`, how far a group moves per step along an axis;
    - `heats`: `[part, heat, table, order]`, a heat map, its colours, and the channel of the unit in each row;
    - `says`: `[axes, pieces]`, the verdict that is written below;
    - `flows`: for each phase what is shown when each of its stages begins (`waiting`, pieces for the first groups of
      `frags`; `hidden`, names of texts and bars), and `travels`, what is on its way then: `[stage, path, colour, width,
      gap]`; `bead`, how large it is, and `flowsBelow`, the group that lies above it;
    - `words`: what is shown in words: texts, and what `fact`, `number` and `piece` return.

    Parameters
    ----------
    page
        The page for which it is made.

    Attributes
    ----------
    view
        The view.
    by
        The axes along which scenes are laid out, out of `"layer"`, `"direction"`, `"trace"` and `"phase"`.
    backward
        Its heading in the backward direction, with a place for the `question` of the view; by default that alone.
    missing
        What is written for a number that was not recorded.
    all_units
        What is said of it where some units are left out, if it shows all of them.
    """

    view: ClassVar[type[View]]
    by: ClassVar[tuple[str, ...]] = ("layer", "direction", "trace")
    backward: ClassVar[str] = "{question}"
    missing: ClassVar[str] = ""
    all_units: ClassVar[str] = ""

    def __init__(self, page: Page) -> None:
        self.page = page

    @abstractmethod
    def drawn(self, layers: Sequence[str], direction: str) -> list:
        """Return the scenes of a layer, given by its name in every trace, in a direction: one for every trace."""

    def left_out(self) -> list[str]:
        """Return what it does not show, in sentences."""
        return []


def fact(name: str) -> dict[str, str]:
    """Return a part of words that the page knows: `name` of the trace, `phase`, `meaning`, `symbol`, `time`, `unit`."""
    return {"fact": name}


def number(*channels: int, missing: str = "") -> dict[str, Any]:
    """Return a part of words that is a number, of one channel or of one for each phase."""
    return {"channels": channels, "missing": missing}


def piece(axes: Sequence[str], pieces: Sequence[int]) -> dict[str, Any]:
    """Return a part of words that is one of some pieces of text, laid out along axes."""
    return {"axes": axes, "pieces": pieces}


def put_into(text: str, **parts: Any) -> list[Any]:
    """Return a text that is spoken as words of the page, with what the page knows at its places; see `fact`, `number`.

    A part may be several words, one after the other.

    Examples
    --------
    >>> put_into("{layer}, phase {phase}.", layer=fact("name"), phase=fact("phase"))
    [{'fact': 'name'}, ', phase ', {'fact': 'phase'}, '.']
    """
    marked = {name: part if isinstance(part, str) else f"{MARK}{name}{MARK}" for name, part in parts.items()}
    pieces = tr(text, **marked).split(MARK)
    found: list[Any] = []
    for k, words in enumerate(pieces):
        part = parts[words] if k % 2 else words
        found += part if isinstance(part, list) else [part] if part else []
    return found


def before_number(text: str) -> str:
    """Return what stands before the `{value}` with which a text ends, as it is spoken.

    Examples
    --------
    >>> before_number("mean {value}")
    'mean '
    """
    return tr(text, value=MARK).partition(MARK)[0]


def or_reason(make: Callable[..., Any], *what: Any) -> Any:
    """Return what is made of traces, or why they lack what it needs: then `trouble` says it."""
    try:
        return make(*what)
    except ValueError as error:
        return {"trouble": str(error)}


def hide_moment(view: View, *remarks: str) -> None:
    """Take the moment off a picture, as the page says it; what hatches and stripes mean stays."""
    words = "; ".join(filter(None, remarks))
    view.headings[1].set_text(words[:1].upper() + words[1:])
