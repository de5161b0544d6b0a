"""What a picture explains: signs, such as a piece of a line or a strip of colours, with what they mean."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.patches import Rectangle

from rnnscope.figures.drawing.lettering import HANDLE, Entry
from rnnscope.figures.scale import Scale

RAMP, HALF_HIGH = 6.0, 0.4
"""A strip of colours is so many font sizes wide; signs that are filled reach so far above and below their middle."""


@dataclass(frozen=True)
class Sign:
    """What stands before the words of a note.

    Attributes
    ----------
    wide
        How wide it is, in font sizes.
    draw
        Draws it into an axes in font sizes, at its left end and the middle of its line.
    look
        What it looks like: signs that look alike have the same.
    """

    wide: float
    draw: Callable[[Axes, float, float], None] = field(compare=False)
    look: Hashable = None


@dataclass(frozen=True)
class Note:
    """Something that a picture explains.

    Attributes
    ----------
    about
        What it is about: notes of several pictures about the same thing are one note, if they say the same.
    ways
        What it says, the longest way first.
    sign
        What stands before it.
    before
        What stands before the sign, such as the low end of a scale.
    moves
        Whether it changes with the moment.
    """

    about: str
    ways: tuple[str, ...]
    sign: Sign | None = None
    before: str = ""
    moves: bool = False

    def of(self, names: Sequence[str]) -> Note:
        """Return the note as one of some pictures, by their names."""
        front = ", ".join(names)
        return replace(self, about=f"{self.about} of {front}", ways=tuple(f"{front}: {way}" for way in self.ways))


def together(notes: Mapping[str, Sequence[Note]]) -> list[Note]:
    """Return the notes of several pictures, by the names of these, each once; what differs says of which it is.

    Examples
    --------
    >>> units = [Note("units", (f"{count} units",)) for count in (4, 4, 9)]
    >>> [note.ways[0] for note in together({"a": units[:1], "b": units[1:2], "c": units[2:]})]
    ['a, b: 4 units', 'c: 9 units']
    """
    fullest = max(notes.values(), key=len)  # in its order
    found: dict[str, dict[Note, list[str]]] = {note.about: {} for note in fullest}
    for name, own in notes.items():
        for note in own:
            found.setdefault(note.about, {}).setdefault(note, []).append(name)
    return [note if len(kinds) == 1 else note.of(names) for kinds in found.values() for note, names in kinds.items()]


def line_note(entry: Entry, about: str = "") -> Note:
    """Return an entry of a legend as a note."""

    def draw(axes: Axes, x: float, y: float) -> None:
        xs = [x, x + HANDLE / 2, x + HANDLE][: 3 if "linestyle" in entry.style else 2]
        axes.plot(xs, [y] * len(xs), **{"linestyle": "none", **entry.style}, markevery=[1], clip_on=False)

    return Note(about or entry.label, (entry.label,), Sign(HANDLE, draw, repr(sorted(entry.style.items()))))


def swatch(colours: Sequence[str]) -> Sign:
    """Return a box, in it a smaller one for each further colour."""

    def draw(axes: Axes, x: float, y: float) -> None:
        for k, colour in enumerate(colours):
            high = HALF_HIGH * (1 - k / len(colours))
            axes.add_patch(Rectangle((x, y - high), HANDLE, 2 * high, facecolor=colour, linewidth=0))

    return Sign(HANDLE, draw, tuple(colours))


def ramp(colours: Colormap) -> Sign:
    """Return the colours of a scale from its low to its high end."""

    def draw(axes: Axes, x: float, y: float) -> None:
        sides = (x, x + RAMP, y - HALF_HIGH, y + HALF_HIGH)
        look: dict[str, Any] = {"aspect": "auto", "interpolation": "nearest"}
        axes.imshow(np.linspace(0, 1, colours.N)[None], cmap=colours, vmin=0, vmax=1, extent=sides, **look)

    return Sign(RAMP, draw, colours.name)


def scale_note(about: str, scale: Scale, words: Sequence[str], *, moves: bool = False) -> Note:
    """Return the colours of a scale between the numbers at its ends, with words behind."""
    low, _, high = scale.ends()
    return Note(about, tuple(f"{high}   {way}" for way in words), ramp(scale.colours), low, moves)
