"""What stands below the map of derivatives: time steps with their inputs, and the scale of the moment."""

from __future__ import annotations

from matplotlib.axes import Axes

from rnnscope.figures.drawing.artists import colour_bar
from rnnscope.figures.drawing.layout import shift, size_in_ems
from rnnscope.figures.drawing.lettering import label_room
from rnnscope.figures.drawing.quick_text import QuickText, text_width, write
from rnnscope.figures.drawing.steps import INPUTS_BELOW, TimeAxis
from rnnscope.figures.inputs import widest_inputs
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import em
from rnnscope.languages import tr
from rnnscope.numbers import written
from rnnscope.trace import Trace
from rnnscope.trace.naming import step_texts
from rnnscope.trace.record import evenly_spaced

WORDY_FEATURES = 2
"""Inputs of at most so many features are written below their time steps."""

SOME, NAMES, GAP = 40, 1.2, 0.4
"""The room for inputs is that of so many samples and texts; rows are named so many font sizes left of the map, and
clear of the first input."""

STEPS_BELOW, TEXT_DOWN = 0.85, 0.3
"""The numbers of time steps are so many font sizes below the map, and those of the scale below its strip."""


class InputsBelow:
    """The time steps below the map of an input, and below each what is read there, as many as have room."""

    def __init__(self, axes: Axes, trace: Trace, number: int = 0) -> None:
        self.trace, self.x, self.has_labels = trace, trace.inputs[number], trace.labels.time is not None and number == 0
        some = evenly_spaced(len(self.x), SOME)
        widest = sorted({text for sample in some for text in self._read(sample)}, key=len)[-SOME:]
        widest = widest_inputs(trace) if self.has_labels else widest
        self.axis = TimeAxis(axes, self.x.shape[1], widest)
        if number:
            return
        figure, column = axes.get_figure(root=True), size_in_ems(axes, em())[0] / self.x.shape[1]
        sticks_out = max((text_width(figure, text) - column for text in widest), default=0.0) / 2 + GAP
        left = max(NAMES, sticks_out)
        rows = (STEPS_BELOW, (tr("step t"), "t")), (INPUTS_BELOW, (tr("input x"), "x"))
        for down, ways in rows[: 1 + bool(widest)]:
            words = next((way for way in ways if text_width(figure, way) <= label_room() - left), ways[-1])
            write(axes, 0, 0, words, side="right", transform=axes.transAxes + shift(axes, -left, -down))

    @property
    def texts(self) -> list[QuickText]:
        """The inputs, which change with the sample."""
        return self.axis.texts

    def show(self, sample: int) -> None:
        """Write the inputs of a sample."""
        self.axis.show(self._read(sample))

    def _read(self, sample: int) -> list[str]:
        """Return what is read at each time step, if that is not too much to be written."""
        if self.has_labels:
            return step_texts(self.trace, sample)
        x = self.x[sample].reshape(self.x.shape[1], -1)
        return [", ".join(written(float(value), 2) for value in row) for row in x if len(row) <= WORDY_FEATURES]


class Strip:
    """The colours of the scale as a strip; its numbers change with the moment.

    Attributes
    ----------
    texts
        The numbers at both ends and in the middle.
    """

    def __init__(self, axes: Axes, scale: Scale) -> None:
        colour_bar(axes, scale, [""] * 3)
        look = {"verticalalignment": "top", "transform": axes.transAxes + shift(axes, 0, -TEXT_DOWN)}
        places = ((0.0, "left"), (0.5, "center"), (1.0, "right"))
        self.texts = [write(axes, x, 0, side=side, **look) for x, side in places]

    def show(self, scale: Scale) -> None:
        """Write the ends of another scale."""
        for text, words in zip(self.texts, scale.ends(), strict=True):
            text.set_text(words)
