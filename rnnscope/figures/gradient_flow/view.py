"""Its size at every step and epoch, and what the inputs do."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.ticker import LogLocator

from rnnscope.figures.drawing.artists import Column, HeatMap, cursor_line, pointer
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.shapes import rounded_box
from rnnscope.figures.gradient_flow.gradients import GradientData, TraceGradients
from rnnscope.figures.numbers import written
from rnnscope.figures.scale import Scale, finite
from rnnscope.figures.style import dress, faint, ink, quantity_colour, small, whole_ticks
from rnnscope.figures.view import View
from rnnscope.findings import gradients
from rnnscope.trace import Moment

MARKERS = "osD^v"
WIDE_FLOW = 62
"""The panels stand side by side if the picture is at least so many font sizes wide."""

SOME = 12
"""The text alternative lists so many numbers at either end."""


class GradientFlowView(View):
    """Draw how large the gradient of the loss is at every time step, and what the prediction owes to each input.

    Left: ‖∂L/∂s_t‖, the Euclidean norm over all units, for each state s of the layer, and for the outputs of the other
    recurrent layers. Middle: ‖∂L/∂h_t‖ of the output at every recorded epoch. Right: ∂prediction/∂x_t, which is
    (∂L/∂x_t) / (∂L/∂prediction); of nets with several predictions per sample ∂L/∂x_t. The scales are those of all
    epochs; a norm of zero lies at the bottom.

    Parameters
    ----------
    trace
        What was recorded, with gradients.
    cursor
        The moment: epoch, layer, sample and time step; by default the end of training, where most
        happens.

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

    question = "Why does it forget?"
    topics = (gradients.reach,)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return 12, 4

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.layer.name,)

    @cached_property
    def gradients(self) -> TraceGradients:
        """The gradients of the trace."""
        return TraceGradients(self.trace)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of the norms, as powers of ten, and that of the inputs' gradient, over all epochs."""
        return self.gradients.scales()

    def read(self, moment: Moment) -> GradientData:
        """Return the norms and the inputs' gradient at the moment's epoch and sample."""
        return self.gradients.at(moment)

    def titles(self) -> list[str]:
        """Return what is seen."""
        return [
            f"{self.layer.kind} layer {self.layer.name!r}: how far the gradient reaches back",
            "How far the gradient reaches back",
        ]

    def draw(self, box: Box) -> None:
        """Make the three panels."""
        box = box.inset(left=4.6, right=1.4)
        parts = box.columns((1.25, 1, 1), 5) if self.width() >= WIDE_FLOW else box.rows((1, 1.1, 1), 0.2)
        self._draw_norms(parts[0])
        self._draw_history(parts[1])
        self._draw_inputs(parts[2])

    def move(self) -> None:
        """Show the norms and gradients of the moment, and mark its time step and epoch."""
        data, time = self.data, self.moment.time
        for name, line in self.lines.items():
            norms = data.norms[name] if name in data.norms else data.others[name]
            line.set_ydata(10 ** self.scale["norm"].places(finite(norms)))
        self.time_line.set_xdata([time, time])
        self.heat.show(self.scale["norm"].places(data.history), time)
        self.column.show(time)
        self.row.set_ydata([self.moment.place])
        self._move_bars()

    def words(self) -> str:
        """Return how large the gradient is at the first and the last time step."""
        last = len(self.trace.x[0]) - 1
        parts = [
            f"of {name} {written(norm[0])} at time step 0 and {written(norm[-1])} at time step {last}"
            for name, norm in self.data.norms.items()
        ]
        bars = [written(value) for value in self._bars()]
        inputs = ", ".join(bars if len(bars) <= 2 * SOME else [*bars[:SOME], "…", *bars[-SOME:]])
        return (
            f"Gradient flow in layer {self.layer.name} ({self.layer.kind}) at {self.here}: norms of the gradient "
            f"{'; '.join(parts)}. {self.gradients.what} by time step: {inputs}."
        )

    def _bars(self) -> np.ndarray:
        """Return the height of every bar: that of each feature at each time step, or their norm if there are many."""
        inputs = self.data.inputs
        return inputs.ravel() if inputs.shape[1] <= 4 else np.linalg.norm(inputs, axis=1)

    # ------------------------------------------------------------------------------------------------- what is drawn

    def _draw_norms(self, box: Box) -> None:
        axes, scale = self.panel(box.inset(top=3.4, bottom=3)), self.scale["norm"]
        self.lines = {}
        steps, dense = np.arange(len(self.trace.x[0])), len(self.trace.x[0]) > 40
        for k, name in enumerate(self.data.norms):
            colour, marker = quantity_colour(self.layer.cell, name), "" if dense else MARKERS[k % len(MARKERS)]
            style = {"color": colour, "marker": marker, "linestyle": ("-", "--")[k % 2], "label": f"∂L/∂{name}"}
            self.lines[name] = axes.plot(steps, np.ones(len(steps)), linewidth=2, markersize=5, **style)[0]
        for name in self.data.others:
            style = {"color": faint(0.6), "linewidth": 1.2, "label": f"∂L/∂{self.trace[name].output} of {name}"}
            self.lines[name] = axes.plot(steps, np.ones(len(steps)), **style)[0]
        axes.set_yscale("log")
        margin = 0.06 * (scale.high - scale.low)
        axes.set(ylim=(10 ** (scale.low - margin), 10 ** (scale.high + margin)), xlim=(-0.5, len(steps) - 0.5))
        dress(axes, xlabel="time step", ylabel="norm over all units")
        whole_ticks(axes.xaxis, 8)
        axes.minorticks_off()
        if scale.high - scale.low < 2:
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(lambda value, _: written(value))
        shown = list(self.lines.values())[: len(self.data.norms) + 1]
        if len(self.data.others) > 1:
            shown[-1].set_label("outputs of other layers")
        place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1), "borderaxespad": 0.1, "frameon": False}
        gaps = {"handlelength": 1.6, "columnspacing": 0.9, "handletextpad": 0.4}
        axes.legend(handles=shown, ncols=3, fontsize=small(), **place, **gaps)
        self.time_line = cursor_line(axes, "time")
        self.moving += [self.time_line, *self.lines.values(), *axes.spines.values()]

    def _draw_history(self, box: Box) -> None:
        axes = self.panel(box.inset(top=3.4, bottom=5.4))
        self.heat = HeatMap(axes, self.data.history.shape, self.scale["norm"], numbers=False)
        dress(axes, title=f"‖∂L/∂{self.layer.output}‖", xlabel="time step", ylabel="epoch")
        whole_ticks(axes.xaxis, 4)
        whole_ticks(axes.yaxis, 5)
        epochs = self.trace.epochs
        axes.yaxis.set_major_formatter(lambda row, _: str(epochs[int(row)]) if 0 <= row < len(epochs) else "")
        self.heat.bar(self.panel(box.strip("bottom", 2.2).inset(bottom=1.5)))
        self.column, self.row = Column(axes, len(epochs)), pointer(axes, lambda: epochs, over="epoch")
        self.moving += [*self.heat.moving, self.column.patch, self.row]

    def _draw_inputs(self, box: Box) -> None:
        axes, scale = self.panel(box.inset(top=3.4, bottom=3)), self.scale["dx"]
        steps = len(self.trace.x[0])
        axes.set(xlim=(-0.6, steps - 0.4), ylim=(1.12 * scale.low, 1.12 * scale.high))
        axes.axhline(0, color=faint(0.4), linewidth=0.8)
        many = self.data.inputs.shape[1] > 4
        where = "place in the input" if self.gradients.reads_backwards else "time step"
        dress(axes, title=f"‖{self.gradients.what}‖" if many else self.gradients.what, xlabel=where)
        whole_ticks(axes.xaxis, 8)
        self.bars = axes.add_collection(PolyCollection([], linewidth=0))
        self.undefined = axes.text(
            0.5, 0.95, "", transform=axes.transAxes, ha="center", va="top", fontsize=small(), color=ink()
        )
        self.moving += [self.bars, self.undefined, *axes.spines.values()]

    def _move_bars(self) -> None:
        """Draw a bar per time step and feature, those of the cursor's time step strongest."""
        heights, steps = self._bars(), len(self.data.inputs)
        each = len(heights) // steps
        wide = 0.8 / each
        middles = [step - 0.4 + wide * (feature + 0.5) for step in range(steps) for feature in range(each)]
        found = [
            (x, h, int(k // each)) for k, (x, h) in enumerate(zip(middles, heights, strict=True)) if np.isfinite(h)
        ]
        self.bars.set_verts([rounded_box(x, h / 2, 0.45 * wide, abs(h) / 2, 0) for x, h, _ in found])
        read = steps - 1 - self.moment.time if self.gradients.reads_backwards else self.moment.time
        self.bars.set_facecolor([ink() if step == read else faint(0.45) for *_, step in found])
        missing = len(heights) - len(found)
        reason = "the loss does not change" if self.gradients.of_prediction else "not finite"
        self.undefined.set_text(f"{missing} undefined: {reason}" if missing else "")
