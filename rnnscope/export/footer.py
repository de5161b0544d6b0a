"""The footer of a film: where in the net it is, what has been read, and at the end what the net answers."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.artist import Artist
from matplotlib.collections import PolyCollection
from matplotlib.text import Text

from rnnscope.figures.drawing.canvas import Canvas
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.drawing.layout import size_in_ems
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.inputs import inputs_read
from rnnscope.figures.picture import Picture
from rnnscope.figures.style import em, faint, ink
from rnnscope.findings import sentences
from rnnscope.findings.answers import answer
from rnnscope.languages import tr
from rnnscope.trace import Moment, Walk

ROW, STEP, WIDEST_MAP = 1.3, 1.3, 24.0
"""How high a layer is in the map, how wide a time step, and how wide all steps are at most, in font sizes."""

LINE, MARGIN, GAP = 1.5, 0.8, 2.4
"""How high a line of text is, the room around all, and between the map and the lines, in font sizes."""

MOST_READ = 12
"""So many numbers of the input are written out at most."""


class Footer(Canvas):
    """A map of the net, layers by time steps, with the place lit where a film is, and lines beside it.

    Parameters
    ----------
    figure
        The picture at whose bottom it is drawn.
    walk
        The way through the traces.
    names
        What they are called.
    over
        What the film goes over.

    Attributes
    ----------
    squares, places
        The squares of the map, those of the first layer first, and which layer and time step each is.
    lines
        What has been read, and below it the answer of each trace.
    """

    @fallbacks()
    def __init__(self, figure: Picture, walk: Walk, names: list[str], over: str) -> None:
        high = footer_height(walk, names)
        super().__init__(figure.add_axes((0, 0, 1, high / figure.get_size_inches()[1])))
        self.walk, self.is_over_epochs = walk, over == "epoch"
        self.host.set_axis_off()
        wide, high = size_in_ems(self.host, em())
        self.host.set(xlim=(0, wide), ylim=(0, high))
        right = self._draw_map(high / 2)
        places = (high / 2 + LINE * (len(names) / 2 - k) for k in range(len(names) + 1))
        self.lines = [write(self.host, right + GAP, place, fontsize=em()) for place in places]
        self.room = wide - right - GAP - MARGIN

    @property
    def moving(self) -> list[Artist]:
        """What changes from frame to frame."""
        return [self.squares, *self.lines]

    def show(self, moments: Mapping[str, Moment], *, is_end: bool) -> None:
        """Light the place, and say what has been read, and at the end, or after each epoch, what the net answers."""
        moment = next(iter(moments.values()))
        now = self._first_name(moment), moment.time
        self.squares.set_facecolor([ink() if place == now else faint(0.78) for place in self.places])
        self.fit(self.lines[0], self._read(moment), self.room)
        for text, (name, found) in zip(self.lines[1:], moments.items(), strict=True):
            self._answer(text, name, found if is_end or self.is_over_epochs else None)

    def _answer(self, text: Text, name: str, moment: Moment | None) -> None:
        said = sentences(moment, [answer]) if moment else []
        self.fit(text, [f"{name}: {said[0]}" if name else said[0], ""] if said else [""], self.room)

    def _draw_map(self, middle: float) -> float:
        """Draw the layers one above the other, the first at the bottom; return where it ends at the right."""
        layers, counts = self.walk.layers, [self.walk.steps_in(layer) for layer in self.walk.layers]
        steps = max(counts)
        names = (
            layers if len(self.walk.traces) == 1 else [tr("layer {number}", number=k + 1) for k in range(len(layers))]
        )
        left = MARGIN + max(text_width(self.figure, name) for name in names) + GAP / 4
        step = min(STEP, WIDEST_MAP / steps)
        rows = [middle + ROW * (k - (len(layers) - 1) / 2) for k in range(len(layers))]
        for name, row in zip(names, rows, strict=True):
            write(self.host, left - GAP / 4, row, name, side="right")
        self.places = [(layer, t) for layer, count in zip(layers, counts, strict=True) for t in range(count)]
        height = dict(zip(layers, rows, strict=True))
        corners = [(left + (t + 0.5) * step, height[layer]) for layer, t in self.places]
        squares = [rounded_box(*corner, 0.42 * step, 0.42 * ROW, 0.15) for corner in corners]
        self.squares = self.host.add_collection(PolyCollection(squares, linewidth=0))
        return left + steps * step

    def _first_name(self, moment: Moment) -> str:
        """Return what the layer of a moment is called in the first trace."""
        return self.walk.traces[0].layers[moment.trace.layers.index(moment.layer.name)]

    def _read(self, moment: Moment) -> list[str]:
        """Return what has been read so far in words, the longest way first."""
        last, time = moment.steps - 1, moment.time
        is_whole = self.is_over_epochs or moment.direction == "backward" or moment.read == last
        parts = {"time": time, "last": last}
        step = tr("Step {time} of {last}.", **parts)
        read = inputs_read(moment)
        if not read:
            return [step]
        so_far = read[:: moment.way][: moment.read + 1]
        if moment.steps > MOST_READ:
            return [tr("Step {time} of {last}: the input is {input}.", input=read[time], **parts), step]
        if is_whole:
            return [tr("The input: {inputs}.", inputs=", ".join(read)), step]
        return [tr("Read so far: {inputs}.", inputs=", ".join(so_far)), step]


def footer_height(walk: Walk, names: list[str]) -> float:
    """Return how high a footer is, in inches."""
    return (max(ROW * len(walk.layers), LINE * (len(names) + 1)) + MARGIN) * em() / 72
