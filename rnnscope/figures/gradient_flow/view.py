"""Its size at every step and epoch, the factor that explains it, and what the inputs do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from rnnscope.analysis.factors import distinct
from rnnscope.checks import flag
from rnnscope.figures.curves import Curve, CurvePanel
from rnnscope.figures.drawing.artists import Column, HeatMap, pointer
from rnnscope.figures.drawing.hatches import HeldSteps
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.lettering import Entry, Legend, line_above
from rnnscope.figures.drawing.notes import Note, line_note, scale_note
from rnnscope.figures.drawing.steps import TickNames, name_ticks
from rnnscope.figures.gradient_flow.gradients import GradientData, TraceGradients
from rnnscope.figures.gradient_flow.inputs import InputsPanel
from rnnscope.figures.gradient_flow.panels import (
    FACTOR_SCALE,
    FactorPanel,
    NormsPanel,
    factor_name,
    factor_words,
    inner,
    measured,
    measured_entry,
    norm_entries,
    norm_label,
)
from rnnscope.figures.inputs import stands_with, tick_names
from rnnscope.figures.options import SCALES, Option
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import dress, whole_ticks
from rnnscope.figures.view import View
from rnnscope.findings import gradients, passes
from rnnscope.languages import noted, tr
from rnnscope.numbers import mean_of, written
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.clock import Clock, clock_of, held_inputs, input_in_words, input_time, mask_of_input, reader_of
from rnnscope.trace.passes import has_masked, held_steps

WIDE_FLOW = 62
"""The panels stand side by side if the picture is at least so many font sizes wide."""

WIDE_SIZE, HIGH_SIZE = (12.0, 4.8), (6.0, 8.6)
"""The size in inches with the panels side by side, and one below the other."""

SOME = 12
"""The text alternative lists so many numbers at either end."""


class GradientFlowView(View):
    """Draw how large the gradient of the loss is at every time step, and what the prediction owes to each input.

    Left: ‖∂L/∂s_t‖, the Euclidean norm over all units, for each state s of the layer, and for the outputs of the other
    recurrent layers, divided by that of the last time step: so a net is not taken to forget because its error is small.
    Where gradient comes in at every time step, not only at the last, the curve holds what came in on the way as well.
    Below it: the factor by which the cell's own equations multiply the gradient from each time step to the one before,
    mean over all units. Of a state that is carried over directly it is f or z; of a SimpleRNN the slope 1 − h², behind
    which the gradient goes through U, which stretches it at most by its largest singular value. Dotted: the factor that
    was measured, through all ways; where it is larger, gradient comes back through the gates as well. Middle: that of
    the output at every recorded epoch. Right: ∂prediction/∂x_t, which is (∂L/∂x_t) / (∂L/∂prediction); of nets with
    several predictions per sample ∂L/∂x_t; the largest bar fills the panel.
    Several inputs have a panel each, on one scale. A norm that is exactly zero is a mark at the bottom, and blank
    in the map. Of a state whose gradient is nothing but rounding, that is said.

    Parameters
    ----------
    trace
        What was recorded, with gradients.
    cursor
        The moment: epoch, layer, sample and time step; by default the end of training, where most
        happens.
    scales
        `"epochs"`: the scales are those of all epochs and samples; `"moment"`: of this epoch and sample.
    relative
        Whether norms are divided by that of the last time step.

    Raises
    ------
    ValueError
        If the trace has no gradients, the cursor is outside of it, or the layer is not recurrent.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> figure = rs.figures.gradient_flow(trace, rs.Cursor(epoch=1))
    >>> figure.update(rs.Cursor(epoch=2))
    """

    question = noted("How far back does the error reach?")
    shows_held = True
    topics = (passes.held, gradients.reach, gradients.factor)

    scales: str = SCALES
    relative: bool = Option(True, lambda value, _: flag("relative", value))

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return WIDE_SIZE

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: the panels stand below each other in it."""
        is_wide = 72 * min(width, WIDE_SIZE[0]) / self.em >= WIDE_FLOW
        wide, high = WIDE_SIZE if is_wide else HIGH_SIZE
        return min(wide, width), high

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, stands_with(moment)

    @cached_property
    def gradients(self) -> TraceGradients:
        """The gradients of the trace."""
        return TraceGradients(self.trace, self.relative)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of the norms, as powers of ten."""
        return self.gradients.scales(lambda array: self.span(array, moment))

    def read(self, moment: Moment) -> GradientData:
        """Return the norms and the inputs' gradient at the moment's epoch and sample."""
        return self.gradients.at(moment)

    @classmethod
    def prefer(cls, cursor: Cursor, traces: Sequence[Trace]) -> Cursor:
        """Return a cursor in the last recurrent layer, to which the loss is nearest, if the layer was open.

        Where something is held by hand, the layer in which it is comes first, as everywhere.
        """
        first, *others = traces
        if any(len(layer.held) for trace in traces for layer in trace.recurrent_layers):
            return cursor
        recurrent = [layer.name for layer in first.recurrent_layers if layer.quantities]
        if cursor.layer is None and recurrent:
            place = first.layers.index(recurrent[-1])
            if all(place < len(t.layers) and t[t.layers[place]].is_recurrent for t in others):
                return replace(cursor, layer=recurrent[-1])
        return cursor

    def titles(self) -> list[str]:
        """Return what is seen."""
        return [
            tr("{layer}: how far the gradient reaches back", layer=self.layer_named),
            tr("How far the gradient reaches back"),
        ]

    def when(self) -> list[str]:
        """Return the moment in words."""
        return self.as_forward(super().when())

    def curves(self, moment: Moment) -> list[CurvePanel]:
        """Return the norms, those of what is carried over directly in front, and the factors."""
        data, steps, way = self.gradients.at(moment), np.arange(moment.steps), moment.way
        carried = {state for factor in data.factors for state in factor.way.states}
        drawn = {s: y for s, y in data.norms.items() if s not in self.gradients.noise(moment.layer)}
        norms = tuple(Curve(f"∂L/∂{s}", steps, y, is_main=s in carried or not carried) for s, y in drawn.items())
        each = inner(steps, way)
        ways = tuple(Curve(factor_name(f), each, inner(f.sizes, way)) for f in distinct(data.factors).values())
        if ways and not moment.layer.options["return_sequences"]:
            ways += (Curve(tr("measured"), each, measured(data, way), is_main=False),)
        texts = self._where()[0], norm_label(self.relative)
        shared = {"at": float(moment.time), "over": "time"}
        level = 1.0 if self.relative else None
        missing = "" if ways else tr("no factor is known")
        title, norm = tr("norm of the gradient"), self.scale["norm"]
        of_factors = tr("factor per step back, thin: measured"), texts[0], tr("factor")
        return [
            CurvePanel(title, *texts, norm, norms, level=level, high=1.4, **shared),
            CurvePanel(*of_factors, FACTOR_SCALE, ways, level=1.0, missing=missing, **shared),
        ]

    def draw(self, box: Box) -> None:
        """Make the panels: side by side, or one below the other."""
        box = box.inset(left=4.6, right=1.4)
        if self.width() >= WIDE_FLOW:
            flow, history, inputs = box.columns((1.3, 1, 1), 5)
        else:
            flow, history, inputs = box.rows((2, 1.2, 1), 0.2)
        self._draw_flow(flow.inset(bottom=3))
        self._draw_history(history.inset(top=2))
        self._draw_inputs(inputs)
        axes = self.norms.axes, self.factors.axes, self.heat.axes
        self.held = [HeldSteps(each, has_masked(self.layer)) for each in axes]
        self.moving += [artist for each in self.held for artist in each.moving]

    def notes(self) -> list[Note]:
        """Return what the lines and the colours mean."""
        entries = norm_entries(self.data, self.layer, self.gradients.noise(self.layer))
        states = [line_note(entry, f"state {name}") for name, entry in entries.items() if name in self.data.norms]
        others = [entry.style for name, entry in entries.items() if name in self.data.others]
        found = [*states, *(line_note(Entry(tr("outputs of other layers"), look), "others") for look in others[:1])]
        found += [line_note(measured_entry())] if self.factors.measured is not None else []
        history = tr("{norm}, at every epoch", norm=norm_label(self.relative))
        return [*found, scale_note("history", self.scale["history"], [history])]

    def move(self) -> None:
        """Show the norms and gradients of the moment, and mark its time step and epoch."""
        data, time = self.data, self.moment.time
        for each in self.held:
            each.show(held_steps(self.moment))
        self.norms.show(data, time)
        self.factors.show(data, time)
        self.fit(self.factor_text, factor_words(data.factors, self.factors.measured is not None), self._flow_width)
        self.heat.show(data.history, time)
        self.column.show(time)
        self.row.set_ydata([self.moment.place])
        bars = self._bars()
        limit = max(float(np.abs(each[np.isfinite(each)]).max(initial=0.0)) for each in bars)
        for number, panel in enumerate(self.inputs):
            panel.show(bars[number], limit, input_time(self.moment, number))
            self.held_inputs[number].show(held_inputs(self.moment, number))

    def words(self) -> str:
        """Return how large the gradient is at the first and the last time step, and the factor in between."""
        each = [[written(value) for value in bars] for bars in self._bars()]
        each = [", ".join(bars if len(bars) <= 2 * SOME else [*bars[:SOME], "…", *bars[-SOME:]]) for bars in each]
        inputs = each[0]
        if len(each) > 1:
            inputs = "; ".join(f"{input_in_words(self.trace, number)} {bars}" for number, bars in enumerate(each))
        way = self.moment.way
        means = {each.way.name: float(mean_of(inner(each.sizes, way))) for each in self.data.factors}
        mean = [
            f"{name} {written(value, 2)}" for name, value in means.items() if value == value
        ]  # NaN: no gradient came
        words = factor_words(self.data.factors)[0]
        over = tr("{factors}; mean over time: {means}.", factors=words, means=", ".join(mean)) if mean else ""
        norms = tr(
            "Gradient flow in layer {layer} ({kind}) at {moment}: norms of the gradient {norms}.",
            layer=self.layer.name,
            kind=self.layer.kind,
            moment=self.here,
            norms="; ".join(self._ends_in_words()),
        )
        bars = tr("{gradient} by time step: {numbers}.", gradient=self.gradients.what, numbers=inputs)
        where = f"{self._where()[0].capitalize()}."
        return " ".join(filter(None, (norms, where, over.capitalize(), bars)))

    def _ends_in_words(self) -> list[str]:
        """Return of each state how large its gradient is where it is read first, and where last."""
        begin, last = (0, self.moment.steps - 1)[:: self.moment.way]
        found, noise = [], self.gradients.noise(self.layer)
        for name, (first, end) in self.data.ends.items():
            parts = {"state": name, "first": written(first), "begin": begin, "end": written(end), "last": last}
            if name in noise:
                found.append(tr("of {state} 0 up to rounding", **parts))
            elif end:
                text = noted("of {state} {first} at time step {begin} ({share} %) and {end} at time step {last}")
                found.append(tr(text, share=written(100 * first / end, 2), **parts))
            else:
                found.append(tr("of {state} {first} at time step {begin} and {end} at time step {last}", **parts))
        return found

    def _bars(self) -> list[np.ndarray]:
        """Return the height of every bar of each input: of each feature at each time step, or of many their norm."""
        return [found.ravel() if found.shape[1] <= 4 else np.linalg.norm(found, axis=1) for found in self.data.inputs]

    def _where(self) -> list[str]:
        """Say at which time steps gradient comes in, the longest way first."""
        if self.layer.options["return_sequences"]:
            ways = [tr("time step; gradient comes in at every one"), tr("time step; comes in at every one")]
        elif self.moment.way == 1:
            ways = [tr("time step; gradient comes in at the last only"), tr("time step; comes in at the last only")]
        else:
            ways = [
                tr("time step; gradient comes in at 0 only, which is read last"),
                tr("time step; comes in at 0 only, which is read last"),
            ]
        return [*ways, tr("time step")]

    @property
    def _clock(self) -> Clock:
        """The time of the layer."""
        return clock_of(self.trace, self.layer.name)

    # ------------------------------------------------------------------------------------------------- what is drawn

    def _draw_flow(self, box: Box) -> None:
        """Make the norms, and below them the factors, on the same time steps."""
        layer, steps, names = self.layer, self.moment.steps, tick_names(self.moment)
        self._flow_width = (box.right.share - box.left.share) * self.width() + box.right.ems - box.left.ems
        upper, lower = box.rows((1.7, 1), 0.4)
        entries = norm_entries(self.data, layer, self.gradients.noise(layer))
        named = [entry for entry in entries.values() if entry.label and self.explains]
        legend = Legend(self.figure, named, self._flow_width)
        legend.draw(self.panel(upper.strip("top", legend.high)))
        axes = self.panel(upper.inset(top=legend.high + 0.3))
        self.norms = NormsPanel(axes, entries, steps, self.scale["norm"], self.relative)
        axes = self.panel(lower.inset(top=2))
        self.factors = FactorPanel(axes, self.data.factors, layer, names, steps, self._where())
        self.factor_text = line_above(axes)
        self.moving += [*self.norms.moving, *self.factors.moving, self.factor_text]

    def _draw_inputs(self, box: Box) -> None:
        """Make a panel for each input, one below the other, each on its own time steps."""
        numbers = range(len(self.data.inputs))
        self.inputs, self.held_inputs = [], []
        for number, part in zip(numbers, box.rows([1] * len(numbers)), strict=True):
            axes, shape = self.panel(part.inset(top=2, bottom=3)), self.data.inputs[number].shape
            names = TickNames() if number else tick_names(self.moment, in_layer=False)
            is_as_read = self._clock.source == -1 - number and self._clock.way == 1
            where = tr("time step") if is_as_read else tr("place in the input")
            sources = self._sources(number) if len(numbers) > 1 else ()
            self.inputs.append(InputsPanel(axes, self.gradients, shape, names, where, sources))
            self.held_inputs.append(HeldSteps(axes, mask_of_input(self.trace, number) is not None))
            self.moving += [*self.inputs[-1].moving, *self.held_inputs[-1].moving]

    def _sources(self, number: int) -> tuple[str, str]:
        """Return what one of several inputs is called, the longest way first."""
        parts = {"number": number + 1, "layer": reader_of(self.trace, number)}
        return tr("input {number} · {layer}", **parts), tr("input {number}", **parts)

    def _draw_history(self, box: Box) -> None:
        axes, output = self.panel(box.inset(bottom=5.4 if self.explains else 2.6)), self.layer.output
        blank = "" if self.gradients.norm(self.layer, output).all() else f"; {tr('blank: 0')}"
        self.heat = HeatMap(axes, self.data.history.shape, self.scale["history"], numbers=False)
        relative = f", {tr('last step = 1')}" if self.relative else ""
        dress(axes, title=f"‖∂L/∂{output}‖{relative}{blank}", xlabel=tr("time step"), ylabel=tr("epoch"))
        name_ticks(axes, tick_names(self.moment), 4)
        whole_ticks(axes.yaxis, 5)
        epochs = self.trace.epochs
        axes.yaxis.set_major_formatter(lambda row, _: str(epochs[int(row)]) if 0 <= row < len(epochs) else "")
        if self.explains:
            self.heat.bar(self.panel(box.strip("bottom", 2.2).inset(bottom=1.5)))
        self.column, self.row = Column(axes, len(epochs)), pointer(axes, "epoch", lambda: epochs)
        self.moving += [*self.heat.moving, self.column.patch, self.row]
