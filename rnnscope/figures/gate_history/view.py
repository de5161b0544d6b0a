"""The distribution of every quantity over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from rnnscope.figures.curves import Curve, CurvePanel
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.gate_history.history import LEVELS, History, history_of
from rnnscope.figures.gate_history.panel import BandsPanel, band_notes, by_powers
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.shown import check_gradients, role_of, shown_of, symbol_of
from rnnscope.figures.style import dress, quantity_colour
from rnnscope.figures.view import View
from rnnscope.findings import gates, gradients, memory
from rnnscope.languages import noted, tr
from rnnscope.numbers import percent, written
from rnnscope.trace import Moment

NARROWEST_BANDS = 12
"""A panel is at least so many font sizes wide; more panels go into another row."""


@dataclass(frozen=True)
class GateHistoryData:
    """What the view shows: the history of each quantity, and the values of the chosen unit and sample, (epoch,)."""

    histories: dict[str, History]
    units: dict[str, np.ndarray]


MOST_COLUMNS, WIDE = 3, 11.0
"""At most so many panels stand side by side; a picture is so many inches wide, to say what its bands are."""


class GateHistoryView(View):
    """Draw how the distribution of every quantity moved over the recorded epochs, at one time step.

    The bands hold all units and samples: from the smallest to the largest, the middle 80 % and the middle 50 %; the
    line is the median. Below a quantity whose activation has a range: the share of values within 0.05 of an end,
    where the gradient hardly passes. In the backward direction it is ∂L/∂quantity, on an axis that is linear about zero
    and logarithmic beyond.

    Parameters
    ----------
    cursor
        The moment: layer, time step and direction, the epoch that is marked, and the unit and sample of the dotted
        line.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, the layer is not recurrent, or the direction is backward and no gradients
        were recorded.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> figure = rs.figures.gate_history(trace, rs.Cursor(time=1))
    >>> figure.update(rs.Cursor(time=2))
    """

    question = noted("How did the gates change while it learned?")
    topics = (gates.learned_here, gates.lack, gates.saturation, memory.lack)
    backward_topics = (gradients.learned, gradients.most)
    shows_sample = False

    @cached_property
    def _histories(self) -> dict[tuple[str, str, int], dict[str, History]]:
        """The histories that were taken, by layer, direction and time step."""
        return {}

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return WIDE, 1 + 2.9 * _grid(len(self.layer.quantities))[0]

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, moment.direction

    def check_moment(self, moment: Moment) -> None:
        """Refuse a direction that was not recorded."""
        super().check_moment(moment)
        check_gradients(moment)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of each quantity, over all epochs, samples and time steps, and that of the epochs."""
        epochs = self.trace.epochs
        found = {name: scale_of(role_of(moment, name), array) for name, array in shown_of(moment).items()}
        return {**found, "epoch": Scale(float(epochs[0]), float(epochs[-1]), "size")}

    def read(self, moment: Moment) -> GateHistoryData:
        """Return the histories at the moment's time step."""
        shown, key = shown_of(moment), (moment.layer.name, moment.direction, moment.time)
        if key not in self._histories:
            self._histories[key] = {
                name: history_of(array[:, :, moment.time], ends_of(moment, name)) for name, array in shown.items()
            }
        units = {name: array[:, moment.sample, moment.time, moment.unit] for name, array in shown.items()}
        return GateHistoryData(self._histories[key], units)

    def titles(self) -> list[str]:
        """Return what is seen."""
        layer = self.layer_named
        if self.moment.direction == "backward":
            return [
                tr("{layer}: the gradient of the loss by all units and samples over the epochs", layer=layer),
                tr("The gradient of the loss by all units and samples over the epochs"),
            ]
        return [
            tr("{layer}: all units and samples over the epochs", layer=layer),
            tr("All units and samples over the epochs"),
        ]

    def when(self) -> list[str]:
        """Return the moment in words, and what the bands and lines are."""
        m = self.moment
        at = {"step": m.time, "epoch": m.epoch, "sample": m.sample, "unit": m.unit}
        powers = [tr("powers of ten outside of the grey part")] if m.direction == "backward" else []
        if not self.explains:
            start = tr("time step {step}, epoch {epoch}, sample {sample}, unit {unit}", **at)
            return ["; ".join([start, *powers]), start]
        start = "; ".join([tr("time step {step}, epoch {epoch}", **at), *powers])
        lines = [
            tr("line: median, bands: {bands}, dotted: unit {unit} in sample {sample}", bands=bands, **at)
            for bands in (tr("half, 80 % and all of the values"), "50, 80, 100 %")
        ]
        return [*(f"{start}; {words}" for words in (*lines, tr("line: median"))), start]

    def curves(self, moment: Moment) -> list[CurvePanel]:
        """Return the mean of each gate over all units and samples at the moment's time step, over the epochs."""
        layer, epochs = moment.layer, self.trace.epochs
        gates_here = [q.name for q in layer.cell if q.role == "gate" and q.name in layer]
        shown = gates_here if moment.direction == "forward" else []
        means = {name: layer[name][:, :, moment.time].mean(axis=(1, 2), dtype=float) for name in shown}
        curves = tuple(Curve(name, epochs, y, quantity_colour(layer.cell, name)) for name, y in means.items())
        scale = reduce(Scale.together, (scale_of("gate", layer[name]) for name in means), Scale(0.0, 1.0, "gate"))
        why = tr("gradients stand side by side only") if gates_here else tr("it has no gates")
        texts = tr("mean of each gate"), tr("epoch"), tr("mean over units and samples")
        missing = "" if curves else why
        return [CurvePanel(*texts, scale, curves, moment.epoch, missing=missing, over="epoch")]

    def draw(self, box: Box) -> None:
        """Make a panel for each quantity."""
        names = list(self.data.histories)
        own = _grid(len(names))[1]
        self.slots = max(self.slots, own) if self.shared else own
        columns = int(np.clip((self.width() - 3) // NARROWEST_BANDS, 1, self.slots))
        boxes = box.inset(left=4.6, right=1.2).grid(len(names), columns, (5.4, 0.4))
        self.panels = {name: self._panel(name, part) for name, part in zip(names, boxes, strict=True)}
        for panel in self.panels.values():
            self.moving += panel.moving

    def notes(self) -> list[Note]:
        """Return what the lines and bands are."""
        return band_notes()

    def move(self) -> None:
        """Show the distributions at the moment's time step, and mark its epoch."""
        for name, panel in self.panels.items():
            panel.show(self.data.histories[name], self.data.units[name], self.moment.epoch)

    def words(self) -> str:
        """Return the median and the share of saturated values of each quantity, at first and now."""
        at, cell, parts = self.moment.place, self.layer.cell, []
        for name, history in self.data.histories.items():
            first, now = history.quantiles[LEVELS.index(0.5), [0, at]]
            named = f"{symbol_of(self.moment, name)} ({tr(cell[name].title)})"
            said = {"quantity": named, "first": written(first), "now": written(now)}
            if history.saturated is None:
                parts.append(tr("{quantity} median {first} at first, {now} now", **said))
                continue
            share = percent(float(history.saturated[at]))
            parts.append(tr("{quantity} median {first} at first, {now} now, {share} saturated", share=share, **said))
        return tr(
            "Distribution over all units and samples of layer {layer} ({kind}) at time step {step}, epoch {epoch}: "
            "{quantities}.",
            layer=self.layer.name,
            kind=self.layer.kind,
            step=self.moment.time,
            epoch=self.moment.epoch,
            quantities="; ".join(parts),
        )

    def _panel(self, name: str, box: Box) -> BandsPanel:
        """Make the panel of a quantity; there is one below it if the quantity has a range."""
        quantity, colour = self.layer.cell[name], quantity_colour(self.layer.cell, name)
        has_share = ends_of(self.moment, name) is not None
        axes = self.panel(box.inset(top=1.8, bottom=6.2 if has_share else 2.9))
        dress(
            axes,
            title=f"{symbol_of(self.moment, name)}  {tr(quantity.title)}",
            colour=colour,
            xlabel="" if has_share else tr("epoch"),
        )
        axes.stands_for(phase=name)
        below = self.panel(box.strip("bottom", 4.8).inset(bottom=2.9)) if has_share else None
        if self.moment.direction == "backward":
            by_powers(axes, self.scale[name])
        return BandsPanel(axes, below, self.trace.epochs, self.scale[name], self.scale["epoch"], colour)


def _grid(count: int) -> tuple[int, int]:
    """Return in how many rows and columns so many panels stand: at most three side by side, and evenly."""
    rows = -(-count // MOST_COLUMNS)
    return rows, -(-count // rows)


def ends_of(moment: Moment, name: str) -> tuple[float, float] | None:
    """Return the ends of a quantity's range; a gradient has none."""
    return None if moment.direction == "backward" else moment.layer.cell[name].ends
