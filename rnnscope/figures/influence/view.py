"""Which inputs an output follows: the derivatives of every output by every input, as a map and as shares."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial

import numpy as np

from rnnscope.figures.drawing.hatches import HELD_INPUTS
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.drawing.lettering import label_room, line_above
from rnnscope.figures.drawing.notes import Note, scale_note
from rnnscope.figures.influence.below import Strip
from rnnscope.figures.influence.choices import checked_output
from rnnscope.figures.influence.panels import InputPanels, shown_largest
from rnnscope.figures.influence.slopes import InfluenceData, TraceSlopes
from rnnscope.figures.options import SCALES, SPANS, Option
from rnnscope.figures.scale import Scale
from rnnscope.figures.view import View
from rnnscope.findings import Topic, influence
from rnnscope.languages import noted, tr
from rnnscope.numbers import written
from rnnscope.trace import Moment
from rnnscope.trace.clock import held_inputs, input_in_words, reader_of
from rnnscope.trace.naming import step_in_words

ONE_ROW = 2.4
"""A map of one row is so many font sizes high."""

TICKS, NAMES = 3.2, 1.5
"""The time steps and inputs below the map, and the names of several inputs above the bars, are so many font sizes
high."""

GAP, LEAST_PART = 2.0, 0.15
"""Several inputs are so many font sizes apart, and each has at least this part of the width."""


class InfluenceView(View):
    """Draw how far each output of the net follows each of its inputs.

    Below: ∂y(t′)/∂x(t), the derivative of the output y by the input x at time step t, for a sample and with the weights
    of an epoch: by how much y changes if x is changed by a little, per unit of change. Nets that put out one vector
    have one row, or one per feature of the input; nets that put out a sequence have a row per output step t′. Of more
    features, and of several outputs, it is the norm. Above: the share of each input in the sizes of the moment's row.
    The inputs of a net with several stand side by side, each on its own time steps and with what reads it, in the same
    colours, and their shares are those of all.

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

    question = noted("Which input decides the output?")
    shows_layer = False
    recurrent = False

    scales: str = SCALES
    output: int | None = Option(None, checked_output)

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What its verdict speaks of: the shares that it shows."""
        return (self._followed,)

    def _followed(self, moment: Moment) -> Iterable[str]:
        data = self.slopes.at(moment)
        if data.is_little and not data.missing:
            return influence.nothing(float(np.abs(data.slopes if data.row is None else data.slopes[data.row]).max()))
        if len(self.slopes.steps) > 1:
            names = [input_in_words(self.trace, number) for number in range(len(self.slopes.steps))]
            return influence.of_several(self.slopes.of_inputs(data.shares), names)
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
        net = self.trace.architecture
        if self.slopes.rows == "output step":
            return [tr("{net}: which inputs each output follows", net=net), tr("Which inputs each output follows")]
        return [tr("{net}: which inputs decide", net=net), tr("Which inputs decide")]

    def when(self) -> list[str]:
        """Return the moment in words."""
        return self.as_forward(super().when())

    def remarks(self) -> list[str]:
        """Return what hatches mean, if there are some."""
        has_some = any(len(held_inputs(self.moment, number)) for number in range(len(self.slopes.steps)))
        return [tr(HELD_INPUTS)] if has_some else []

    def draw(self, box: Box) -> None:
        """Make the shares above the map, on the same time steps."""
        box = box.inset(left=label_room(), right=1.2)
        rows = self.slopes.rows
        below = box.inset(bottom=3.6 if self.explains else 0.3)
        if rows:
            top, bottom = below.rows((1, 1.3 if rows == "feature" else 2.2), 2.2)
        else:
            top, bottom = below.inset(bottom=ONE_ROW + TICKS + 2.2), below.strip("bottom", ONE_ROW + TICKS)
        names = NAMES * (len(self.slopes.steps) > 1)
        self.panels = self._draw_inputs(top.inset(top=1.6 + names), bottom.inset(bottom=TICKS))
        first, wide = self.panels[0], self.width() - label_room() - 1.2
        self.heading = line_above(first.bars.axes, names)
        self.fit(line_above(first.heat.axes), self._meant(), wide)
        self.moving += [self.heading, *(artist for panels in self.panels for artist in panels.moving)]
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
        data = self.data
        self.scale = self.scales_here()
        if self.strip is not None:
            self.strip.show(self.scale["slope"])
        for panels, slopes in zip(self.panels, self.slopes.of_inputs(data.slopes), strict=True):
            panels.heat.scale_by(self.scale["slope"])
            panels.show(self.moment, slopes, data.row, is_missing=bool(data.missing))
        self._move_shares()
        self.missing.set_text(self._missing())

    def words(self) -> str:
        """Return the largest shares, and the derivatives of the moment's row."""
        data, what = self.data, self.slopes.what
        front = tr(
            "Influence of each input on the output of {net} (layers {layers}) at {moment}",
            net=self.trace.architecture,
            layers=", ".join(self.trace.layers),
            moment=self.here,
        )
        if data.missing:
            return f"{front}: {self._missing()}"
        largest = [f"{self._step(k)} {written(100 * data.shares[k], 2)} %" for k in np.argsort(-data.shares)[:3]]
        shares = tr("Largest shares: {shares}", shares=", ".join(largest))
        rows = self.slopes.of_inputs(data.slopes[data.row or 0])
        listed = [", ".join(written(float(value)) for value in row[:24]) + " …" * (len(row) > 24) for row in rows]
        if len(rows) > 1:
            named = zip(self.names, listed, strict=True)
            listed = [tr("of {input} {numbers}", input=name, numbers=numbers) for (name, *_), numbers in named]
        found = tr("Hardly any input moves it") if data.is_little else shares
        return f"{front}. {found}. {what}: {'; '.join(listed)}."

    @property
    def names(self) -> list[list[str]]:
        """What each of several inputs is called, the longest way first."""
        readers = [reader_of(self.trace, number) for number in range(len(self.slopes.steps))]
        return [
            [tr("input {number} · {layer}", number=number + 1, layer=name), name, f"{number + 1}"]
            for number, name in enumerate(readers)
        ]

    def _step(self, place: int) -> str:
        """Return what a time step of an input is called."""
        number, time = self.slopes.step(int(place))
        if len(self.slopes.steps) > 1:
            return tr("time step {step} of input {number}", step=time, number=number + 1)
        return tr("time step {step}", step=time)

    # ------------------------------------------------------------------------------------------------- what is drawn

    def _draw_inputs(self, top: Box, bottom: Box) -> list[InputPanels]:
        """Make the panels of each input side by side, as wide as it has time steps."""
        steps, scale = self.slopes.steps, self.scale["slope"]
        wide = [max(count, sum(steps) * LEAST_PART) for count in steps]
        pairs = zip(top.columns(wide, GAP), bottom.columns(wide, GAP), strict=True)
        found = []
        for number, (bars, below) in enumerate(pairs):
            found.append(InputPanels(self.panel(bars), self.panel(below), self.slopes, number, scale))
            if len(steps) > 1:
                text, axes = line_above(found[-1].bars.axes), found[-1].bars.axes
                text.set_fontweight("normal")
                self.fit(text, self.names[number], size_in_ems(axes, self.em)[0] + GAP / 2)
        return found

    def _meant(self) -> list[str]:
        """Return what the numbers of the map are, the longest way first."""
        what = self.slopes.what
        meant = (
            noted("{derivative}: how much the output moves, per unit by which the vector of the token is moved")
            if self.slopes.are_tokens
            else noted("{derivative}: how much the output moves, per unit by which the input is moved")
        )
        return [tr(meant, derivative=what), what]

    def _move_shares(self) -> None:
        """Draw the shares, and say of what they are."""
        data, largest = self.data, shown_largest(self.data.shares)
        for panels, shares in zip(self.panels, self.slopes.of_inputs(data.shares), strict=True):
            panels.show_shares(shares, largest)
        named = self.slopes.output_name
        where = named if data.row is None else tr("{output} at output step {step}", output=named, step=data.row)
        ways = [
            tr("how much each input moves {output}, as a share of all", output=where),
            tr("shares in {output}", output=where),
        ]
        if data.is_little:
            ways = [
                tr("shares of next to nothing: hardly any input moves {output}", output=where),
                tr("shares of next to nothing"),
            ]
        self.fit(self.heading, ways, self.width() - label_room() - 1.2)

    def _missing(self) -> str:
        """Say why there is nothing to see, and what helps; nothing if there is something."""
        if not self.data.missing:
            is_flat = not np.isfinite(self.data.shares).any()
            return tr("No input moves this output: all derivatives are zero or not finite.") if is_flat else ""
        kept, code = self.trace.snapshots.epochs, "fit(..., record=rs.Record(weights=True))"
        if not len(kept):
            return tr("The weights were not kept.\nRecord them: {code}", code=code)
        return tr(
            "The weights of epoch {epoch} were not kept; the nearest that were: epoch {near}.\nRecord all: {code}",
            epoch=self.moment.epoch,
            near=kept[np.argmin(np.abs(kept - self.moment.epoch))],
            code=code,
        )
