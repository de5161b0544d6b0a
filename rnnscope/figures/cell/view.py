"""The wiring of the cell, with this moment's numbers on its lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rnnscope.figures.cell.diagram import LEAST_SIDE, Boxes, Diagram, room_for_ends
from rnnscope.figures.cell.key import KEY_ROWS, draw_key, notes_of
from rnnscope.figures.cell.names import WireNames
from rnnscope.figures.cell.numbers import CellNumbers
from rnnscope.figures.cell.wires import Wires
from rnnscope.figures.drawing.hatches import HELD_HERE, HeldSteps
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.style import em, lettering, quantity_colour, small
from rnnscope.figures.view import View
from rnnscope.figures.wiring.flowing import flowing
from rnnscope.figures.wiring.flows import CellData, cell_data
from rnnscope.figures.wiring.layout import layout_of
from rnnscope.figures.wiring.wiring import WiringNode, wiring_of
from rnnscope.findings import gates, gradients, memory, passes, unit
from rnnscope.formulas.equations import Equation, equations_at
from rnnscope.formulas.steps import step_of
from rnnscope.formulas.values import Values
from rnnscope.languages import noted, tr
from rnnscope.numbers import written
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.choice import on_the_way_back
from rnnscope.trace.passes import counts_at, has_masked

UNIT, TEXT_LINES = 0.72, 1.5
"""Inches that a unit of the wiring is, and that the lines of text above and below it take."""

CAPTIONS = 3.6
"""The room for the two lines about the phase, in font sizes."""

HAND_HERE = noted("dashed: held by hand, not computed")


class CellView(View):
    """Draw the wiring of a cell, as its equations say, with the numbers of one moment on its lines.

    The phase is lit: what it reads has its colour, what is not computed yet has no number. A strip in each box shows
    the mean over all units, its tick the chosen unit. The strip of a function without ends goes as far as anything that
    was recorded; what is beyond a strip is marked by a point at its end.

    Backward, each line carries ∂L/∂(its end) · ∂(its end)/∂(its start): at the right what comes into the gradient of a
    state from later time steps and the layer above, at the left what this step sends to the gradient of the state
    before. All that meets in a state is its total gradient.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step, unit, phase and direction; by default the last phase forward at
        the end of training, where most happens; backward the last phase of the last time step but one.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, the layer is not recurrent, or, backward, the trace has no gradients.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.cell(model.trace(task.x), rs.Cursor(time=2, unit=3, phase="c"))
    >>> figure.update(rs.Cursor(time=2, unit=3, phase="h"))
    """

    question = noted("What happens in one step?")
    stands_on_trace = False
    topics = (
        passes.held,
        memory.of_unit,
        gates.of_unit,
        unit.equation,
        passes.dropped,
        memory.kept,
        gates.here,
        memory.lack,
    )
    backward_topics = (passes.held, gradients.most, gradients.reach)
    shows_unit = True
    flows = True

    @classmethod
    def prefer(cls, cursor: Cursor, traces: Sequence[Trace]) -> Cursor:
        """Return a cursor that backward is where all gradients are known: at the last phase of the way back."""
        found = on_the_way_back(cursor, traces)
        if cursor.direction != "backward" or cursor.phase is not None:
            return found
        layers = (layer for trace in traces for layer in trace.recurrent_layers if layer.phases)
        return replace(found, phase={layer.kind: layer.phases[0] for layer in layers} or None)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        layout, ends = layout_of(self.layer.cell), room_for_ends(wiring_of(self.layer.cell), backward=True)
        side = max(UNIT * LEAST_SIDE, ends * em() / 72)
        return max(6.5, UNIT * layout.right + 2 * side), UNIT * (layout.top - layout.bottom) + TEXT_LINES

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: the wiring keeps its shape."""
        wide, high = self.size()
        return min(wide, width), (high - TEXT_LINES) * min(1, width / wide) + TEXT_LINES

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, moment.direction

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scales of the strips in boxes without ends of their own; what else is shown are numbers."""
        layer = moment.layer
        boxes = (node.key for node in wiring_of(layer.cell).nodes.values() if node.kind == "layer")
        endless = [key for key in boxes if key in layer.cell.names and layer.cell[key].ends is None]
        return {key: scale_of(layer.cell[key].role, layer[key]) for key in endless}

    def read(self, moment: Moment) -> CellData:
        """Return the numbers of the moment, and which lines its phase lights."""
        wiring = wiring_of(moment.layer.cell)
        return cell_data(wiring, Values(moment, wiring.graph))

    def titles(self) -> list[str]:
        """Return what is seen."""
        is_forward = self.moment.direction == "forward"
        way = noted("{layer}: one step forward") if is_forward else noted("{layer}: the gradient on its way back")
        return [tr(way, layer=self.layer_named), tr(way, layer=self.layer.kind)]

    def draw(self, box: Box) -> None:
        """Make the body of the cell, its lines, boxes and numbers, a key, and two lines below about the phase."""
        layer, is_back = self.layer, self.moment.direction == "backward"
        key = KEY_ROWS if self.explains else 0.0
        axes = self.panel(box.inset(top=0.4, bottom=CAPTIONS + key, left=0.5, right=0.5))
        diagram = Diagram(axes, wiring_of(layer.cell), features=layer.x.shape[-1], backward=is_back)
        self.held = HeldSteps(axes, has_masked(layer), 1.05)
        self.wires, self.boxes, self.numbers = Wires(diagram), Boxes(diagram, self.scale), CellNumbers(diagram)
        self.names = WireNames(diagram, self.numbers.room, layer.units, is_first=layer.reads[0] < 0)
        if self.explains:
            draw_key(self.panel(box.inset(bottom=CAPTIONS, left=0.6).strip("bottom", key)), self.boxes, layer.units)
        self.captions = [self.line("bottom", 1.9, size=self.em, bold=True), self.line("bottom", 0.5, size=small())]
        self.moving += [*self.held.moving, *self.wires.moving, *self.boxes.moving, *self.numbers.moving, *self.captions]

    def remarks(self) -> list[str]:
        """Return what hatches and dashed rims mean, if there are some."""
        masked = [] if counts_at(self.moment) else [tr(HELD_HERE)]
        return masked + ([tr(HAND_HERE)] if self.data.hands else [])

    def notes(self) -> list[Note]:
        """Return what strips and lines mean."""
        return notes_of(self.boxes, self.layer.units)

    def move(self) -> None:
        """Light what the phase computes and reads, and write the numbers."""
        self.held.cover(self.wires.diagram.body, not counts_at(self.moment))
        self.part = None
        self.flow(1.0)

    def flow(self, part: float) -> None:
        """Show how far the phase has come: what it reads travels to the boxes, they compute, the result leaves."""
        if part == self.part:
            return
        self.part = part
        self.show_data(flowing(wiring_of(self.layer.cell), self.data, part))
        self._write_captions(self.outcome() if part >= 1 else self.data.phase)

    def show_data(self, data: CellData) -> None:
        """Show something in the wires, the boxes and the numbers."""
        for drawn in (self.wires, self.boxes, self.numbers):
            drawn.show(data)

    def words(self) -> str:
        """Return what is computed, from what, and what comes out."""
        data, unit = self.data, self.moment.unit
        cell, is_forward = self.layer.cell, data.direction == "forward"
        wiring = (
            noted("Wiring of a cell of layer {layer} ({cell}), forward, at {moment}.")
            if is_forward
            else noted("Wiring of a cell of layer {layer} ({cell}), backward, at {moment}.")
        )
        front = tr(wiring, layer=self.layer.name, cell=tr(cell.title), moment=self.here)
        phase = tr(
            "Phase {phase}, {meaning}: {equation}; {value} at unit {unit}.",
            phase=data.phase,
            meaning=tr(cell[data.phase].words),
            equation=self._equations()[0].text,
            value=written(self._result()),
            unit=unit,
        )
        boxes = [node for node in self.boxes.nodes if node.kind == "layer" and node.key in data.means]
        means = ", ".join(f"{_named(node)} {written(data.means[node.key])}" for node in boxes)
        return f"{front} {phase} " + (tr("Means over all units: {means}.", means=means) if means else "")

    def outcome(self) -> str:
        """Return the result of the phase at the unit, which stands before its name."""
        data = self.data
        symbol = f"∂L/∂{data.phase}" if data.direction == "backward" else data.phase
        result = written(self._result())
        return tr("{symbol} = {value} at unit {unit}", symbol=symbol, value=result, unit=self.moment.unit)

    def _result(self) -> float:
        """Return the number of the phase at the unit."""
        flows = self.data.flows
        return (flows.totals if self.data.direction == "backward" else flows.values)[self.data.phase]

    def _equations(self) -> list[Equation]:
        """Return the equations of the phase as they are at the moment."""
        found = equations_at(self.layer.cell, self.data.direction, step_of(self.moment))
        return [equation for equation in found if equation.quantity == self.data.phase]

    def _write_captions(self, result: str) -> None:
        """Name the phase after what is known of its result, and write its equation."""
        cell, phase = self.layer.cell, self.data.phase
        found = self._equations()
        meaning = found[0].meaning
        name, equation = self.captions
        self.fit(
            name, [f"{result}   {meaning}", f"{result}   {tr(cell[phase].title)}", result, phase], self.width() - 1
        )
        name.set_color(lettering(quantity_colour(cell, phase)))
        self.fit(equation, ["     ".join(e.text for e in found), found[0].text, ""], self.width() - 1)


def _named(node: WiringNode) -> str:
    """Return the name of a function of a linear map: that of its quantity, or where it stands."""
    if node.key == node.phase:
        return node.key
    return tr("{function} in {phase}", function=node.label, phase=node.phase)
