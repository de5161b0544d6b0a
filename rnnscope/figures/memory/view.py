"""What a state holds, by the time step that wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache, partial

import numpy as np

from rnnscope.analysis.ledger import Ledger, direct_way, ledger_of, state_with_ledger
from rnnscope.checks import one_of
from rnnscope.figures.curves import Curve, CurvePanel
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.drawing.lettering import label_room
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.steps import ROWS
from rnnscope.figures.drawing.waterfall import SUM_ROOM, Waterfall, span_of
from rnnscope.figures.inputs import inputs_read, widest_inputs
from rnnscope.figures.memory.changes import ChangesPanel
from rnnscope.figures.memory.remembered import (
    FIRST,
    Kept,
    Left,
    Steps,
    left_at,
    left_in_words,
    shares_in_words,
    shares_of,
    states_of,
    why_no_ledger,
)
from rnnscope.figures.memory.shares import SharesPanel
from rnnscope.figures.options import Option
from rnnscope.figures.scale import Scale, colours_of_steps
from rnnscope.figures.style import quantity_colour
from rnnscope.figures.view import View
from rnnscope.findings import Topic, memory, passes
from rnnscope.languages import noted, tr
from rnnscope.numbers import signed, written
from rnnscope.trace import Moment
from rnnscope.trace.passes import has_masked, held_steps

WIDE_MEMORY = 62.0
"""The panels stand side by side if the picture is at least so many font sizes wide."""

ANY = {"unit": 0, "phase": "", "direction": "forward"}
"""What does not matter to a ledger of all units."""

REASON = 1.6
"""The height of the line that says why there is no ledger, in font sizes."""

MOST_AMOUNTS = 12
"""The text alternative lists the amounts of so many time steps."""


class MemoryView(View):
    """Draw what a state holds at every time step, by the time step that wrote it: the ledger of memory.

    A state that carries a part of its previous value over is a sum of what each time step wrote and what is left of
    that. Left: the part of each time step, by the sizes of the amounts over all units. Right: the amounts in the
    cursor's unit, each bar beginning where the one before it ends; their sum is the value of the state.

    A state without a direct way from its previous value, such as that of a simple cell, has no such sum. Then the
    picture shows how much of a small change of it at each time step is left: ‖∂h_now/∂h_k‖ / √H, the product of the
    Jacobians in between.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step (what is held then) and unit; by default the end of training, where
        most happens.
    state
        Name of a state; by default the one with a ledger of which the output is made.

    Raises
    ------
    ValueError
        If the trace has no such moment, the layer is not recurrent or has no such state, or what the ledger follows
        from was not recorded.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> trace = model.trace(task.x)
    >>> figure = rs.figures.memory(trace, rs.Cursor(sample=1, time=1))
    >>> figure.update(rs.Cursor(sample=1, time=2))
    """

    question = noted("What does it still remember?")
    stands_on_trace = False
    shows_held = True

    state: str | None = Option(None, lambda name, trace: name and one_of("state", name, states_of(trace)))

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What its verdict speaks of: the state that is shown."""
        shown = (partial(self._of_state, topic) for topic in (memory.written, memory.kept))
        return passes.held, *shown, memory.lack

    def _of_state(self, topic: Callable[..., Iterable[str]], moment: Moment) -> Iterable[str]:
        return topic(moment, state=self.state_of(moment))

    @property
    def shows_unit(self) -> bool:
        """Whether a single unit is shown: there is a ledger."""
        return self.has_ledger(self.moment)

    @property
    def steps(self) -> Steps:
        """The time steps of the panels."""
        state, arrays = self.state_of(self.moment), self.layer.arrays
        has_start = bool(arrays[f"state/{state}"][:, :, 0].any())
        count, has_held = self.moment.steps, has_masked(self.layer)
        return Steps(count, widest_inputs(self.trace), has_start, range(count)[:: self.moment.way], has_held)

    @cached_property
    def ledger_at(self) -> Callable[[Moment], tuple[Ledger, np.ndarray]]:
        """What gives the ledger of the state at a moment, and its shares, each made once."""

        @lru_cache(maxsize=16)
        def found(moment: Moment) -> tuple[Ledger, np.ndarray]:
            ledger = ledger_of(moment, self.state_of(moment))
            return ledger, shares_of(ledger)

        return found

    @cached_property
    def changes_at(self) -> Callable[[Moment], Left]:
        """What gives what is left of changes of the state at a moment, each made once."""
        return lru_cache(maxsize=64)(lambda moment: left_at(moment, self.state_of(moment)))

    def state_of(self, moment: Moment) -> str:
        """Return the state that is shown in the layer of a moment."""
        cell = moment.layer.cell
        return self.state or state_with_ledger(cell) or cell.output

    def has_ledger(self, moment: Moment) -> bool:
        """Say whether the state has a ledger."""
        return direct_way(moment.layer.cell, self.state_of(moment)) is not None

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return 12.0, 4.6

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.layer.name,)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of shares, in percent."""
        return {"share": Scale(0.0, 100.0, "size")}

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment whose layer has no such state."""
        super().check_moment(moment)
        one_of(f"state of layer {moment.layer.name!r}", self.state_of(moment), moment.layer.cell.states)

    def read(self, moment: Moment) -> Kept | Left:
        """Return what the state holds at the moment's epoch and in its sample; without a ledger, what is left."""
        if not self.has_ledger(moment):
            return self.changes_at(moment.but(**ANY))
        ledger, shares = self.ledger_at(moment.but(**ANY, time=0))
        amounts = ledger.of_unit(moment.unit)
        return Kept(shares, amounts, float(amounts[moment.read].sum()))

    def titles(self) -> list[str]:
        """Return what is seen."""
        state = self.state_of(self.moment)
        parts = {"layer": self.layer_named, "state": state, "title": tr(self.layer.cell[state].title)}
        if self.has_ledger(self.moment):
            return [
                tr("{layer}: what the {title} {state} remembers, by the time step that wrote it", **parts),
                tr("{layer}: what {state} remembers", **parts),
            ]
        return [
            tr("{layer}: how much of a small change of the {title} {state} is left later", **parts),
            tr("What is left of a change of {state}", **parts),
        ]

    def when(self) -> list[str]:
        """Return the moment in words."""
        return self.as_forward(super().when())

    def curves(self, moment: Moment) -> list[CurvePanel]:
        """Return what is left of a change at each time step, which all cells have, and what each has in the state."""
        data, state, at = self.read(moment), self.state_of(moment), float(moment.time)
        left = data if isinstance(data, Left) else self.changes_at(moment.but(**ANY))

        def panel(title: str, label: str, parts: np.ndarray | None, missing: str) -> CurvePanel:
            percents = np.full(self.steps.count, np.nan)
            percents[: len([] if parts is None else parts)] = 100 * np.asarray([] if parts is None else parts)
            percents = percents[:: moment.way]  # on the time of the layer
            curves = (Curve(state, np.arange(len(percents)), percents),)
            scale = Scale(0.0, max(100.0, float(np.nanmax(percents, initial=0.0))), "size")
            across = tr("time step that wrote or changed it")
            return CurvePanel(title, across, label, scale, curves, at, missing=missing, over="time")

        found = [panel(tr("left of a small change"), tr("% of the change"), left.parts, tr(left.reason))]
        if isinstance(data, Left):
            return found
        written = data.shares[moment.read, FIRST : FIRST + moment.read + 1]
        return [*found, panel(tr("written by each time step"), tr("% of what is held"), written, "")]

    def draw(self, box: Box) -> None:
        """Make the panels: of all units and of one unit, or that of changes."""
        box, room = box.inset(left=label_room() + 1.6, right=1.2), {"top": 1.8, "bottom": ROWS}
        if not self.has_ledger(self.moment):
            self._draw_changes(box, room)
            return
        parts = box.columns((1.4, 1), 5.0) if self.width() >= WIDE_MEMORY else box.rows((1.2, 1), 0.4)
        all_units, one = (self.panel(part.inset(**room)) for part in (parts[0], parts[1].inset(right=SUM_ROOM)))
        self.shares = SharesPanel(all_units, self.steps, self.scale["share"])
        colour = quantity_colour(self.layer.cell, self.state_of(self.moment))
        steps = self.steps
        axis = {"inputs": steps.inputs, "has_start": steps.has_start, "numbers": steps.numbers}
        axis["has_held"] = steps.has_held
        self.unit = Waterfall(one, colours_of_steps(self.steps.count), self.state_of(self.moment), **axis)
        self.unit.colour_sum(colour)
        self.moving += [*self.shares.moving, *self.unit.moving]

    def move(self) -> None:
        """Show what is held at the moment, and mark its time step."""
        data, time, state = self.data, self.moment.read, self.state_of(self.moment)
        inputs, numbers = inputs_read(self.moment)[:: self.moment.way], self.steps.numbers
        held = sorted([*numbers].index(step) for step in held_steps(self.moment))
        if isinstance(data, Left):
            self.changes.held.show(held)
            self.changes.show(data.parts, inputs, time)
            self._say(self.changes, self._turned(left_in_words(data, state, numbers)))
            return
        for panel in (self.shares, self.unit):
            panel.held.show(held)
        self.shares.show(data.shares, time, inputs)
        self._say(self.shares, self._turned(shares_in_words(data.shares[time], time, state, numbers)))
        begin = 0 if self.steps.has_start else FIRST
        self.unit.show(data.amounts[time, begin:], inputs, time, span=span_of(data.amounts), last=time)
        parts = {"unit": self.moment.unit, "state": state, "value": written(data.value)}
        long = tr("unit {unit}: {state} = {value}, the sum of what is left of each step", **parts)
        self._say(self.unit, [long, tr("unit {unit}: {state} = {value}", **parts)])

    def words(self) -> str:
        """Return what the state holds at the moment."""
        state, data, time, numbers = self.state_of(self.moment), self.data, self.moment.read, self.steps.numbers
        front = tr(
            "Memory of layer {layer} ({kind}), state {state}, at {moment}.",
            layer=self.layer.name,
            kind=self.layer.kind,
            state=state,
            moment=self.here,
        )
        if isinstance(data, Left):
            return f"{front} {why_no_ledger(self.layer, state)[0]} {left_in_words(data, state, numbers)[0]}"
        amounts = ", ".join(signed(value) for value in data.amounts[time, FIRST : FIRST + time + 1][:MOST_AMOUNTS])
        unit = tr(
            "Unit {unit} is {value}, the sum over steps from {first} on of {amounts}.",
            unit=self.moment.unit,
            value=written(data.value),
            first=numbers[0],
            amounts=amounts + (", …" if time >= MOST_AMOUNTS else ""),
        )
        return f"{front} {shares_in_words(data.shares[time], time, state, numbers)[0]}. {unit}"

    def _draw_changes(self, box: Box, room: dict[str, float]) -> None:
        """Make the panel of changes; say why there is no ledger, if the verdict does not."""
        cell, state = self.layer.cell, self.state_of(self.moment)
        if not self.says or state_with_ledger(cell):
            reason = write(panel := self.panel(box.strip("top", REASON)), 0, 0.5)
            panel.axis("off")
            self.fit(reason, why_no_ledger(self.layer, state), self.width() - 6)
            box = box.inset(top=REASON + 0.2)
        self.changes = ChangesPanel(self.panel(box.inset(**room)), self.steps)
        self.moving += self.changes.moving

    def _turned(self, ways: list[str]) -> list[str]:
        """Return ways to say a thing, with the order of the panel where that is not the order of time."""
        if self.moment.way == 1:
            return ways
        return [tr("{memory}; read from the last step to the first", memory=words) for words in ways] + ways

    def _say(self, panel: SharesPanel | Waterfall | ChangesPanel, ways: list[str]) -> None:
        """Write a line above a panel, as far as it stays above it."""
        self.fit(panel.line, ways, size_in_ems(panel.axes, self.em)[0])
