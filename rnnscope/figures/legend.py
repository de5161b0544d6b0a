"""One legend for several pictures: what they have in common is explained once, below all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.lettering import ENTRY_GAP, LEGEND_ROW
from rnnscope.figures.drawing.notes import Note, together
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.view import View

SIDE, ABOVE, GAP, SLACK = 0.6, 1.0, 0.5, 2.5
"""The room at both sides and above, that between a sign and its words, and that for words that may become longer."""

TIGHT_ROW = 1.2
"""Rows are at least so many font sizes high, where another layer needs more of them than the one that was drawn."""


class Place(NamedTuple):
    """Where a note stands, in font sizes from the left and in rows from the top, how it is said, and its room."""

    note: Note
    words: str
    x: float
    row: int
    room: float


class SharedLegend(Canvas):
    """The notes of several views, side by side in rows.

    Parameters
    ----------
    views
        The views, by the names of their traces.
    host
        The axes that it fills.

    Attributes
    ----------
    notes
        The notes, each once.
    moving
        The artists that a change of the moment moves.
    """

    def __init__(self, views: Mapping[str, View], host: Axes) -> None:
        super().__init__(host)
        self.views = dict(views)
        self.moving: list[Artist] = []
        self.build()

    def show(self, *, is_other: bool, is_exchanged: bool = False) -> bool:
        """Say what is true of the moment of the views; return whether what stands still had to be drawn anew.

        Notes that do not move change only with what stands still in the views: `is_other` says whether that did. Where
        traces were exchanged all notes are given their places anew, if they say something else.
        """
        if not (is_other or is_exchanged or self.moving):
            return False
        notes = notes_of(self.views)
        if is_exchanged and notes != self.notes:
            self.build()
            return True
        if [_still(note) for note in notes] != [_still(note) for note in self.notes]:
            self.build()
            return True
        if notes != self.notes:
            self.notes = notes
            self._move()
        return False

    @fallbacks()
    def build(self) -> None:
        """Draw everything for the moment of the views."""
        self.host.clear()
        self.host.set_axis_off()
        self.notes = notes_of(self.views)
        axes = self.panel(Box().inset(left=SIDE, right=SIDE))
        wide, high = self.width() - 2 * SIDE, self.height()
        axes.set(xlim=(0, wide), ylim=(0, high))
        axes.set_axis_off()
        self.places = laid_out_within(self.figure, self.notes, wide, int((high + 1e-6) // TIGHT_ROW))
        count = 1 + max((place.row for place in self.places), default=0)
        pitch, top = min(LEGEND_ROW, high / count), high - min(ABOVE, max(high - LEGEND_ROW * count, 0.0))
        self.texts = {}
        for note, words, x, row, _ in self.places:
            y = top - (row + 0.5) * pitch
            x += _width_before(self.figure, note)
            before = write(axes, x - GAP, y, note.before, side="right")
            if note.sign:
                note.sign.draw(axes, x, y)
                x += note.sign.wide + GAP
            self.texts[note.about] = before, write(axes, x, y, words)
        self.moving = [text for note in self.notes if note.moves for text in self.texts.get(note.about, ())]
        for artist in self.moving:
            artist.stale_callback = None  # it is drawn at every step anyway

    def _move(self) -> None:
        """Write other words into the notes that change with the moment."""
        by_name = {note.about: note for note in self.notes}
        for about, place in ((place.note.about, place) for place in self.places if place.note.moves):
            before, text = self.texts[about]
            before.set_text(by_name[about].before)
            self.fit(text, list(by_name[about].ways), place.room)


def notes_of(views: Mapping[str, View]) -> list[Note]:
    """Return the notes of several views, each once."""
    return together({name: view.notes() for name, view in views.items()})


def legend_height(figure: Figure, notes: Sequence[Note], wide: float) -> float:
    """Return the height of a legend so many font sizes wide; nothing without notes."""
    return ABOVE + LEGEND_ROW * (1 + laid_out(figure, notes, wide - 2 * SIDE)[-1].row) if notes else 0.0


def laid_out_within(figure: Figure, notes: Sequence[Note], wide: float, rows: int) -> list[Place]:
    """Return places for notes in so many rows, said in the longest way in which they have room, as far as they have."""
    found: list[Place] = []
    for level in range(max((len(note.ways) for note in notes), default=0)):
        found = laid_out(figure, notes, wide, level)
        if found[-1].row < rows:
            break
    return [place for place in found if place.row < rows]


def laid_out(figure: Figure, notes: Sequence[Note], wide: float, level: int = 0) -> list[Place]:
    """Return places for notes side by side in rows, without their longest ways to say it up to a level."""
    places, across, row = [], 0.0, 0
    for note in notes:
        front = _width_before(figure, note) + (note.sign.wide + GAP if note.sign else 0.0)
        slack = SLACK if note.moves else 0.0
        ways = note.ways[min(level, len(note.ways) - 1) :]
        rooms = [text_width(figure, way) + slack for way in ways]
        words, room = next(
            (each for each in zip(ways, rooms, strict=True) if front + each[1] <= wide), (ways[-1], rooms[-1])
        )
        if across and across + front + room > wide:
            across, row = 0.0, row + 1
        places.append(Place(note, words, across, row, room))
        across += front + room + ENTRY_GAP
    return places


def _width_before(figure: Figure, note: Note) -> float:
    """Return the room for what stands before the sign of a note."""
    if not note.before:
        return 0.0
    return text_width(figure, note.before) + GAP + (SLACK if note.moves else 0.0)


def _still(note: Note) -> tuple:
    """Return what of a note stands still."""
    return note.about, note.sign, () if note.moves else (note.before, note.ways)
