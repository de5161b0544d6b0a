"""The key of a cell's diagram: what the strips in the boxes and the two kinds of lines mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection

from rnnscope.figures.cell.diagram import Boxes
from rnnscope.figures.cell.gauges import Gauge
from rnnscope.figures.cell.wires import CORE, WIDTHS
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.notes import Note, Sign
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.style import em, faint, ink, paper
from rnnscope.languages import listed, noted, tr
from rnnscope.numbers import written

KEY_ROWS, ROW = 3.0, 1.4
"""The room that the key takes, and a row of it, in font sizes."""

GATE, OTHER = (0.0, 1.0), (-1.0, 1.0)
"""The ends of the strip of a gate, and of that of most other boxes."""

SAMPLE, GAP = 2.6, 0.6
"""How wide a sample is, and how far its words are from it, in font sizes."""

ONE = noted("one number: that of the chosen unit")


def draw_key(axes: Axes, boxes: Boxes, units: int) -> None:
    """Draw two rows of samples and words: the strip, then the double and the single line."""
    key, top = _Rows(axes), KEY_ROWS - ROW / 2
    if boxes.gauges:
        key.strip(top, _of_strips(boxes.gauges, units))
        top -= ROW
    end = key.line(0, top, _together(boxes, units), is_double=True)
    key.line(end + 2 * GAP, top, tr(ONE), is_double=False)


def notes_of(boxes: Boxes, units: int) -> list[Note]:
    """Return the same as notes; from where to where the strips of gates go, and others, are notes of their own."""
    found = []
    if boxes.gauges:
        found.append(Note("strip", tuple(_of_strips(boxes.gauges, units)[1:]), Sign(SAMPLE, _draw_strip)))
        found += [_note_of_ends(ends, keys) for ends, keys in sorted(_by_ends(boxes.gauges).items(), reverse=True)]
    double, single = (Sign(SAMPLE, partial(_draw_line, is_double=is_double)) for is_double in (True, False))
    return [*found, Note("double", (_together(boxes, units),), double), Note("single", (tr(ONE),), single)]


def _note_of_ends(ends: tuple[float, float], keys: Sequence[str]) -> Note:
    """Return from where to where the strips of some boxes go."""
    common = {GATE: noted("gates"), OTHER: noted("others")}.get(ends)
    words = listed(keys) if common is None else tr(common)
    return Note(f"strips of {common or ' and '.join(keys)}", (f"{words}: {_way(*ends)}",))


def _together(boxes: Boxes, units: int) -> str:
    if boxes.diagram.backward:
        return tr("all {count} values together, beside it that of the chosen unit", count=units)
    return tr("all {count} values together", count=units)


def _draw_strip(axes: Axes, x: float, y: float) -> None:
    """Draw a strip, filled for the most part, with its tick."""
    parts = [(SAMPLE / 2, SAMPLE / 2, faint(0.8)), (0.35 * SAMPLE, 0.35 * SAMPLE, faint(0.35))]
    shapes = [(rounded_box(x + at, y, wide, 0.22, 0), colour) for at, wide, colour in parts]
    shapes.append((rounded_box(x + 0.55 * SAMPLE, y, 0.09, 0.42, 0), ink()))
    outlines, colours = zip(*shapes, strict=True)
    axes.add_collection(PolyCollection(outlines, facecolor=colours, linewidth=0))


def _draw_line(axes: Axes, x: float, y: float, *, is_double: bool) -> None:
    """Draw a piece of a line."""
    strokes = [(faint(0.35), WIDTHS[is_double][0])] + ([(paper(), CORE[False])] if is_double else [])
    for colour, width in strokes:
        axes.add_collection(LineCollection([[(x, y), (x + SAMPLE, y)]], color=colour, linewidth=width, capstyle="butt"))


class _Rows:
    """A panel in font sizes, for samples with words."""

    def __init__(self, axes: Axes) -> None:
        self.axes, self.wide = axes, size_in_ems(axes, em())[0]
        axes.set(xlim=(0, self.wide), ylim=(0, KEY_ROWS))
        axes.set_axis_off()

    def strip(self, y: float, variants: list[str]) -> None:
        """Draw a strip with words."""
        _draw_strip(self.axes, 0, y)
        self._words(SAMPLE + GAP, y, variants)

    def line(self, x: float, y: float, words: str, *, is_double: bool) -> float:
        """Draw a piece of a line with its words, if they have room; return where they end."""
        end = x + SAMPLE + GAP + text_width(self.axes.figure, words)
        if end < self.wide:
            _draw_line(self.axes, x, y, is_double=is_double)
            self._words(x + SAMPLE + GAP, y, [words])
        return end

    def _words(self, x: float, y: float, variants: list[str]) -> None:
        """Write the first of some texts that has room, or the last."""
        fits = (text for text in variants if x + text_width(self.axes.figure, text) < self.wide)
        write(self.axes, x, y, next(fits, variants[-1]))


def _of_strips(gauges: Mapping[str, Gauge], units: int) -> list[str]:
    """Return what the strips mean, the longest way first."""
    short = tr("filled: average; tick: chosen unit")
    front = tr("filled: the average of all {count} units; tick: the chosen unit", count=units)
    return [f"{front}; {_ends(gauges)}", front, short]


def _ends(gauges: Mapping[str, Gauge]) -> str:
    """Return from where to where the strips go: as gates and others if all go from 0 or −1 to 1, else by name."""
    names = _by_ends(gauges)
    if set(names) == {GATE, OTHER}:
        return tr("gates {gates}, others {others}", gates=_way(*GATE), others=_way(*OTHER))
    if len(names) == 1:
        return _way(*next(iter(names)))
    return ", ".join(f"{listed(keys)} {_way(*ends)}" for ends, keys in names.items())


def _by_ends(gauges: Mapping[str, Gauge]) -> dict[tuple[float, float], list[str]]:
    """Return the names of the strips by the numbers at their ends."""
    found: dict[tuple[float, float], list[str]] = {}
    for key, gauge in gauges.items():
        found.setdefault((gauge.low, gauge.high), []).append(key)
    return found


def _way(low: float, high: float) -> str:
    if (low, high) == GATE:
        return tr("from 0 (shut) to 1 (open)")
    return tr("from {low} to {high}", low=written(low, 2), high=written(high, 2))
