"""Frames: pictures of moments as PNG, drawn once, then moved and kept."""

from __future__ import annotations

import struct
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnscope.figures.picture import Picture
from rnnscope.figures.registry import CLASSES
from rnnscope.figures.style import paper_for
from rnnscope.trace import Cursor
from rnnscope.trace.moment import Position

try:
    from isal import isal_zlib as zlib  # ten times as quick; now and then other bytes for the same pixels
except ImportError:  # there is none for some kinds of machines
    import zlib

MOST_FRAME_BYTES = 3_000_000
"""So many bytes of frames are kept: some dozens."""


QUICK, REST, SLACK = 0.06, 2.0, 0.25
"""While traces pass by, a picture that took more seconds than this stays for so many times as long; slack of scales."""


@dataclass(frozen=True)
class Last:
    """The last frame of a view.

    Attributes
    ----------
    png
        The frame.
    since, cost
        When it was made, and the seconds that it took.
    usual
        The seconds that it took, or the one before, whichever took fewer: one may have been drawn anew.
    """

    png: bytes
    since: float
    cost: float
    usual: float


def encode(pixels: np.ndarray, rows: np.ndarray | None = None) -> bytes:
    """Return pixels, (height, width, 4) of bytes, as a PNG.

    Rows are stored as they are, without the search for the best filter: on pictures with much white that is many times
    as quick as Pillow's writer, and gives files about a tenth larger. `rows` is room for them, (height, 1 + 4 · width)
    of zeros that can be used again: megabytes that come and go at every step leave holes in the memory.
    """
    height, width, _ = pixels.shape
    rows = room_for(pixels) if rows is None else rows  # each row begins with its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)  # 8 bits, red green blue alpha, not interlaced
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def room_for(pixels: np.ndarray) -> np.ndarray:
    """Return room for the rows of a PNG of so many pixels."""
    height, width, channels = pixels.shape
    return np.zeros((height, 1 + width * channels), np.uint8)


class Frames:
    """The frames of several views.

    Parameters
    ----------
    draw
        Draws a view, given by its name, at a position.
    most
        How many bytes are kept; the frame that was asked for longest ago goes first.

    Attributes
    ----------
    pictures
        The picture of each view, layer and direction that was drawn so far.
    is_dark
        Whether they are drawn on dark paper; `clear` them when it changes.
    passes_by
        Whether many traces follow one another, as of a training that goes on: scales may then be a little wide, and a
        picture that takes long is drawn now and then.

    Examples
    --------
    >>> import rnnscope as rs
    >>> from rnnscope.session.frames import Frames
    >>> from rnnscope.trace import Walk
    >>> task = rs.tasks.counting()
    >>> trace = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 1)), rs.layers.Dense(1)]).trace(task.x)
    >>> frames = Frames(lambda view, at: getattr(rs.figures, view)(trace, at.cursor))
    >>> frames.png("gates", Walk([trace]).at(rs.Cursor(time=2)))[1:4]
    b'PNG'
    """

    def __init__(self, draw: Callable[[str, Position], Picture], most: int = MOST_FRAME_BYTES) -> None:
        self.draw, self.most = draw, most
        self.pictures: dict[tuple[str, ...], Picture] = {}
        self._rooms: dict[tuple[int, ...], np.ndarray] = {}
        self._kept: OrderedDict[tuple[str, Cursor, float], bytes] = OrderedDict()
        self._last: dict[str, Last] = {}
        self._bytes, self.is_dark, self.passes_by = 0, False, False

    def png(self, view: str, at: Position, part: float = 1.0) -> bytes:
        """Return the frame of a view at a moment, with what is computed there come so far, if information flows."""
        key = view, at.cursor, part if CLASSES[view].flows else 1.0
        if key not in self._kept:
            if self.passes_by and self._rests(view):
                return self._last[view].png
            start = time.monotonic()
            with paper_for(self.is_dark):
                picture = self.picture(view, at)
                picture.flow(key[-1])
                pixels = picture.frame()
            if pixels.shape not in self._rooms:
                self._rooms[pixels.shape] = room_for(pixels)
            self._keep(key, encode(pixels, self._rooms[pixels.shape]))
            end = time.monotonic()
            before, cost = self._last.get(view), end - start
            self._last[view] = Last(self._kept[key], end, cost, min(cost, before.cost) if before else 0.0)
        self._kept.move_to_end(key)
        return self._kept[key]

    def picture(self, view: str, at: Position) -> Picture:
        """Return the picture of a view, moved to a moment.

        Each layer and direction has one of its own, as large as it needs, so that no step draws one anew.
        """
        key = view, at.cursor.layer, at.cursor.direction
        picture = self.pictures.pop(key, None)  # one that fails halfway is not used again
        with paper_for(self.is_dark):
            if picture is not None and picture.is_of(at.moments):
                picture.move(at.moments)
            elif picture is not None and picture.takes(at.moments, self._slack):
                picture.exchange(at.moments, self._slack)
            else:
                picture = self.draw(view, at)
        self.pictures[key] = picture
        return picture

    def newest(self, view: str) -> bytes | None:
        """Return the frame of a view that was drawn last."""
        return self._last[view].png if view in self._last else None

    def clear(self) -> None:
        """Let go of every picture and frame."""
        self.pictures.clear()
        self._rooms.clear()
        self._last.clear()
        self.exchange()

    def exchange(self) -> None:
        """Let go of every frame: the pictures are to show other traces, which are alike."""
        self._kept.clear()
        self._bytes = 0

    @property
    def _slack(self) -> float:
        return SLACK if self.passes_by else 0.0

    def _rests(self, view: str) -> bool:
        """Say whether the last picture of a view took long, and stays for a while."""
        last = self._last.get(view)
        return last is not None and last.usual > QUICK and time.monotonic() < last.since + REST * last.usual

    def _keep(self, key: tuple[str, Cursor, float], png: bytes) -> None:
        self._kept[key] = png
        self._bytes += len(png)
        while self._bytes > self.most and len(self._kept) > 1:
            self._bytes -= len(self._kept.popitem(last=False)[1])
