"""Which inputs an output follows: the derivatives of every output by every input, as a map and as shares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial

import numpy as np
from matplotlib.collections import PolyCollection

from rnnscope.analysis.influence import range_of_input
from rnnscope.figures.drawing.artists import Column, HeatMap, pointer
from rnnscope.figures.drawing.hatches import HELD_INPUTS, HeldSteps
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.drawing.lettering import label_room, line_above
from rnnscope.figures.drawing.notes import Note, scale_note
from rnnscope.figures.drawing.quick_text import text_width, write
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.influence.below import InputsBelow, Strip
from rnnscope.figures.influence.choices import checked_output
from rnnscope.figures.influence.slopes import InfluenceData, TraceSlopes
from rnnscope.figures.options import SCALES, SPANS, Option
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import dress, faint, ink, whole_ticks
from rnnscope.figures.view import View
from rnnscope.findings import Topic, influence
from rnnscope.numbers import written
from rnnscope.trace import Moment
from rnnscope.trace.clock import held_inputs, mask_of_input
from rnnscope.trace.naming import step_in_words

ONE_ROW = 2.4
"""A map of one row is so many font sizes high."""

TICKS, BAR_ROOM = 3.2, 1.25
"""The time steps and inputs below the map are so many font sizes high; the largest share leaves room for its number."""


MEANT = "how much the output moves, per unit by which the {moved} is moved"


class InfluenceView(View):
    """Draw how far each output of the net follows each of its inputs.

    Below: ∂y(t′)/∂x(t), the derivative of the output y by the input x at time step t, for a sample and with the weights
    of an epoch: by how much y changes if x is changed by a little, per unit of change. Nets that put out one vector
    have one row, or one per feature of the input; nets that put out a sequence have a row per output step t′. Of more
    features, and of several outputs, it is the norm. Above: the share of each input in the sizes of the moment's row.

    The derivatives are computed by the engine, with the weights that were kept at the epoch.

    Parameters
    ----------
    cursor
        The moment: epoch, sample, and the time step: the output step whose row counts, or an input that is marked.
    scales
        `"epochs"`: the scale is that of some epochs from the first to the last; `"moment"`: of this one.
    output
        The number of the output's feature; by default the only one, the norm over all, or of more than 16 the first.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, or there is no such output.
    TypeError
        If `ax` is no matplotlib axes, or `output` no number.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> figure = rs.figures.influence(trace, rs.Cursor(epoch=1, sample=2))
    >>> figure.views[0].data.slopes.shape
    (1, 4)
    """

    question = "Which input decides the output?"
    shows_layer = False
    recurrent = False

    scales: str = SCALES
    output: int | None = Option(None, checked_output)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What its verdict speaks of: the shares that it shows."""
        return (self._followed,)

    def _followed(self, moment: Moment) -> Iterable[str]:
        data, trace = self.slopes.at(moment), self.trace
        if trace.y is not None and not data.missing:
            sizes = np.abs(data.slopes if data.row is None else data.slopes[data.row])
            if sizes.sum() * range_of_input(trace) < influence.LITTLE * float(np.ptp(trace.y)):
                return influence.nothing(float(sizes.max()))
        return influence.shares(data.shares, partial(step_in_words, moment, in_layer=False))

    @cached_property
    def slopes(self) -> TraceSlopes:
        """The derivatives of the trace."""
        return TraceSlopes(self.trace, self.output)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        rows, columns = self.slopes.shape
        high = {"output step": 26 + min(1.2 * rows, 18), "feature": 26 + 2 * rows, "": 28}[self.slopes.rows]
        return float(np.clip(4 + 0.45 * columns, 7, 11)), high * self.em / 72

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still: nothing does."""
        return ()

    def scales_key(self, moment: Moment) -> tuple:
        """Return on what the scale of the derivatives depends."""
        return moment.run

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of the derivatives."""
        return {"slope": self.slopes.scale(moment, over_epochs=self.scales == SPANS[0])}

    def read(self, moment: Moment) -> InfluenceData:
        """Return the derivatives and shares at the moment."""
        return self.slopes.at(moment)

    def titles(self) -> list[str]:
        """Return what is seen."""
        shown = "which inputs each output follows" if self.slopes.rows == "output step" else "which inputs decide"
        return [f"{self.trace.architecture}: {shown}", shown.capitalize()]

    def when(self) -> list[str]:
        """Return the moment in words."""
        return self.as_forward(super().when())

    def remarks(self) -> list[str]:
        """Return what hatches mean, if there are some."""
        return [HELD_INPUTS] if len(held_inputs(self.moment)) else []

    def draw(self, box: Box) -> None:
        """Make the shares above the map, on the same time steps."""
        box = box.inset(left=label_room(), right=1.2)
        rows = self.slopes.rows
        below = box.inset(bottom=3.6 if self.explains else 0.3)
        if rows:
            top, bottom = below.rows((1, 1.3 if rows == "feature" else 2.2), 2.2)
        else:
            top, bottom = below.inset(bottom=ONE_ROW + TICKS + 2.2), below.strip("bottom", ONE_ROW + TICKS)
        self._draw_shares(top.inset(top=1.6))
        self._draw_map(bottom.inset(bottom=TICKS))
        self.strip = None
        if self.explains:
            self.strip = Strip(self.panel(box.strip("bottom", 0.8 + 1.5).inset(bottom=1.5)), self.scale["slope"])
            self.moving += self.strip.texts
        self.missing = self.host.text(0.5, 0.55, "", ha="center", va="center", transform=self.host.transAxes, wrap=True)
        self.moving.append(self.missing)

    def notes(self) -> list[Note]:
        """Return what the colours of the map mean."""
        return [scale_note("slope", self.scale["slope"], self._meant(), moves=True)]

    def move(self) -> None:
        """Show the derivatives of the moment, and mark its time step."""
        data, time = self.data, self.moment.time
        self.scale = self.scales_here()
        self.heat.scale_by(self.scale["slope"])
        if self.strip is not None:
            self.strip.show(self.scale["slope"])
        self.heat.show(np.zeros_like(data.slopes) if data.missing else data.slopes, time)
        self.inputs.show(self.moment.sample)
        for each in self.held:
            each.show(held_inputs(self.moment))
        is_row = data.row is not None
        self.row.set_visible(is_row)
        self.row.set_ydata([data.row if is_row else 0])
        self.column.patch.set_visible(self.slopes.rows != "output step" and not data.missing)
        self.heat.image.set_visible(not data.missing)
        self.column.show(time)
        self._move_bars()
        self.missing.set_text(self._missing())

    def words(self) -> str:
        """Return the largest shares, and the derivatives of the moment's row."""
        data, what = self.data, self.slopes.what
        net = f"{self.trace.architecture} (layers {', '.join(self.trace.layers)})"
        front = f"Influence of each input on the output of {net} at {self.here}"
        if data.missing:
            return f"{front}: {self._missing()}"
        largest = [f"time step {t} {written(100 * data.shares[t], 2)} %" for t in np.argsort(-data.shares)[:3]]
        row = data.slopes[data.row or 0]
        listed = ", ".join(written(float(value)) for value in row[:24]) + (" …" if len(row) > 24 else "")
        return f"{front}. Largest shares: {', '.join(largest)}. {what}: {listed}."

    # ------------------------------------------------------------------------------------------------- what is drawn

    def _draw_shares(self, box: Box) -> None:
        """Make room for bars; the largest fills it, and the numbers say how large they are."""
        axes, steps = self.panel(box), self.slopes.shape[1]
        axes.set(xlim=(-0.5, steps - 0.5), ylim=(0, BAR_ROOM))
        dress(axes)
        axes.set_yticks([])
        axes.tick_params(labelbottom=False)
        axes.spines[["top", "right", "left"]].set_visible(False)
        whole_ticks(axes.xaxis, 10)
        self.bars = axes.add_collection(PolyCollection([], linewidth=0))
        column = size_in_ems(axes, self.em)[0] / steps
        count = steps if text_width(self.figure, "100 %") < 0.95 * column else 1
        self.labels = [write(axes, 0, 0, side="center", verticalalignment="bottom") for _ in range(count)]
        self.heading = line_above(axes)
        self.moving += [self.bars, *self.labels, self.heading, axes.spines["bottom"]]

    def _draw_map(self, box: Box) -> None:
        axes, (rows, _) = self.panel(box), self.slopes.shape
        self.heat = HeatMap(axes, self.slopes.shape, self.scale["slope"], numbers=self.slopes.rows != "output step")
        dress(axes, ylabel={"output step": "output step t′", "feature": "feature"}.get(self.slopes.rows, ""))
        self.inputs = InputsBelow(axes, self.trace)
        self.fit(line_above(axes), self._meant(), size_in_ems(axes, self.em)[0])
        whole_ticks(axes.yaxis, 8)
        if not self.slopes.rows:
            axes.set_yticks([])
        self.column, self.row = Column(axes, rows), pointer(axes, "time" if self.slopes.rows == "output step" else None)
        has_held = mask_of_input(self.trace) is not None
        self.held = [HeldSteps(axes, has_held), HeldSteps(self.bars.axes, has_held, 0.5)]
        over = [artist for each in self.held for artist in each.moving]
        self.moving += [*self.heat.moving, *over, *self.inputs.texts, self.column.patch, self.row]

    def _meant(self) -> list[str]:
        """Return what the numbers of the map are, the longest way first."""
        what = self.slopes.what
        return [f"{what}: {MEANT.format(moved=self.slopes.moved)}", what]

    def _move_bars(self) -> None:
        """Draw the shares, the largest darkest."""
        shares = self.data.shares
        known = np.flatnonzero(np.isfinite(shares))
        best = int(np.nanargmax(shares)) if known.size else -1
        highs = shares / shares[best] if known.size else shares
        self.bars.set_verts([rounded_box(t, highs[t] / 2, 0.4, highs[t] / 2, 0) for t in known])
        self.bars.set_facecolor([ink() if t == best else faint(0.45) for t in known])
        shown = range(len(shares)) if len(self.labels) == len(shares) else [best]
        for text, t in zip(self.labels, shown, strict=True):
            is_there = t in known
            text.set(x=t, y=highs[t] + 0.02 if is_there else 0)
            text.set_text(f"{written(100 * shares[t], 2)} %" if is_there else "")
        named = "y" if self.slopes.output is None or self.trace.predictions.shape[-1] == 1 else f"y{self.slopes.output}"
        where = f"{named} at output step {self.data.row}" if self.data.row is not None else named
        wide = size_in_ems(self.bars.axes, self.em)[0]
        self.fit(self.heading, [f"how much each input moves {where}, as a share of all", f"shares in {where}"], wide)

    def _missing(self) -> str:
        """Say why there is nothing to see, and what helps; nothing if there is something."""
        if not self.data.missing:
            is_flat = not np.isfinite(self.data.shares).any()
            return "No input moves this output: all derivatives are zero or not finite." if is_flat else ""
        kept = self.trace.snapshots.epochs
        if not len(kept):
            return "The weights were not kept.\nRecord them: fit(..., record=rs.Record(weights=True))"
        near = kept[np.argmin(np.abs(kept - self.moment.epoch))]
        return (
            f"The weights of epoch {self.moment.epoch} were not kept; the nearest that were: epoch {near}.\n"
            "Record all: fit(..., record=rs.Record(weights=True))"
        )
