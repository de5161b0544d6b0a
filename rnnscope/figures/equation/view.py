"""The equation of the phase, and under every symbol its number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

from rnnscope.analysis.ledger import memories_of
from rnnscope.cells.weight_kinds import KERNEL, RECURRENT_KERNEL
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.equation.panels import WorkingPanels
from rnnscope.figures.equation.room import (
    BETWEEN,
    TO_EQUATION,
    TO_TABLE,
    WIDE,
    equations_of,
    height_with_table,
    panels_height,
    table_width,
)
from rnnscope.figures.equation.table import TermTable
from rnnscope.figures.equation.working import Part, Working, structure_of, working_of
from rnnscope.figures.equation.writing import WrittenEquation
from rnnscope.figures.options import SCALES, SPANS
from rnnscope.figures.scale import Scale, scale_of
from rnnscope.figures.style import faint, ink, input_colour, lettering, quantity_colour
from rnnscope.figures.view import HEADINGS, View
from rnnscope.findings import Topic, gradients, memory, passes, unit
from rnnscope.formulas import Substitution
from rnnscope.formulas.equations import Equation
from rnnscope.formulas.steps import longest_steps
from rnnscope.formulas.substitution import Term, substitute_at
from rnnscope.languages import noted, tr
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.choice import on_the_way_back

WIDTH = 12.5
"""The width of a figure of its own, in inches."""

SIDE_MARGINS = 1.6
"""The room at both sides together, in font sizes."""

VALUES = ("value", "state", "input", "recurrent", "peephole", "bias", "recurrent_bias", "constant")
"""The kinds of recordings that share the scale of values."""

GRADIENTS = ("grad", "grad_state")
"""The kinds of recordings that share the scale of gradients."""


@dataclass(frozen=True)
class EquationData:
    """What the view shows: an equation with its numbers, and how it comes to its result."""

    substitution: Substitution
    working: Working


class EquationView(View):
    """Draw the equation of a phase: in symbols, with this unit's numbers below them, and step by step to its result.

    A table names each symbol. Products of vectors are sums over all features or units: the largest addends are written
    out, and the others summed up (as far as the trace kept the weights of the epoch). Beside it the addends stand one
    after the other, and the function of their sum is drawn as a curve, with a dot where the equation is.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, sample, time step, unit, phase and direction; backward, the equation is that of
        ∂L/∂phase, total over all later time steps; by default that of the state with the memory, at the last time
        step but one.

    scales
        Over what the scales of the bars in the table reach: `"epochs"`, or `"moment"` for this sample at this epoch.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, the layer is not recurrent, or the trace lacks a number that the equation
        needs.

    See Also
    --------
    rnnscope.formulas.substitute : the same as text and as LaTeX.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> figure = rs.figures.equation(model.trace(task.x), rs.Cursor(time=2, unit=3, phase="f"))
    >>> figure.update(rs.Cursor(time=2, unit=3, phase="c"))

    Attributes
    ----------
    has_working
        Whether it says what a product is a sum of, and how the result comes about step by step.
    """

    question = noted("How did this number come about?")
    stands_on_trace = False
    shows_unit = True
    scales: str = SCALES

    has_working: ClassVar[bool] = True

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What its verdict speaks of: the equation that is shown."""
        return passes.held, memory.of_unit, partial(self._of_shown, unit.equation), passes.dropped

    @property
    def backward_topics(self) -> tuple[Topic, ...]:
        """What its verdict speaks of in the backward direction."""
        return passes.held, partial(self._of_shown, unit.sources), gradients.reach

    def _of_shown(self, topic: Callable[..., Iterable[str]], moment: Moment) -> Iterable[str]:
        return topic(moment, found=self.data.substitution)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return self.size_within(WIDTH)

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: without room beside it, the curve is below."""
        wide, cell = min(WIDTH, width), self.layer.cell
        ems = 72 * wide / self.em - SIDE_MARGINS
        table = height_with_table(cell, self.figure, table_width(ems), has_working=self.has_working)
        panels = panels_height(cell) if self.has_working else 0.0
        high = max(table, panels) if ems >= WIDE else table + panels
        return wide, (HEADINGS + high + 0.4) * self.em / 72

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return moment.layer.name, moment.direction

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of the bars: of values and of gradients."""
        found = {"value": self._scale(moment, VALUES)}
        if moment.direction == "backward":
            found["gradient"] = self._scale(moment, GRADIENTS)
        return found

    def _scale(self, moment: Moment, kinds: tuple[str, ...]) -> Scale:
        """Return the scale of all arrays of some kinds, symmetric about zero."""
        arrays = moment.layer.arrays.items()
        found = [array for key, array in arrays if key.partition("/")[0].rstrip("0123456789") in kinds]
        by_sample, others = ([a for a in found if (a.ndim == 4) is wanted] for wanted in (True, False))
        others = others if self.scales == SPANS[0] else [array[moment.place] for array in others]
        return scale_of("", *(self.span(array, moment) for array in by_sample), *others)

    def read(self, moment: Moment) -> EquationData:
        """Return the equation of the moment's phase with its numbers."""
        found = substitute_at(moment)
        return EquationData(found, working_of(found))

    @classmethod
    def prefer(cls, cursor: Cursor, traces: Sequence[Trace]) -> Cursor:
        """Return a cursor that backward is where gradients come from later time steps: in the state with the memory."""
        found = on_the_way_back(cursor, traces)
        if cursor.direction != "backward" or cursor.phase is not None:
            return found
        return replace(found, phase=memories_of(traces) or None)

    def titles(self) -> list[str]:
        """Return what is seen."""
        kind, named = self.layer.kind, self.layer_named
        if self.moment.direction == "forward":
            long = tr("{layer}: the equation in numbers", layer=named)
            return [long, tr("{layer}: equation in numbers", layer=kind)]
        long = tr("{layer}: the equation of the gradient in numbers", layer=named)
        return [long, tr("{layer}: gradient in numbers", layer=kind)]

    def draw(self, box: Box) -> None:
        """Make as many texts and rows as the longest equation of the cell needs."""
        self.axes = self.panel(box.inset(left=0.8, right=0.8))
        self.wide, self.high = self.width() - SIDE_MARGINS, self.height() - self.head
        self.axes.set(xlim=(0, self.wide), ylim=(0, self.high))
        self.axes.set_axis_off()
        found = self._equations()
        longest, rows = [len(e.pieces) for e in found], [len(e.right.free_symbols) for e in found]
        self.table_wide = table_width(self.wide)
        self.phase = write(self.axes, 0, self.high - 0.8, fontsize=self.em, fontweight="bold")
        self.written = WrittenEquation(self, self.axes, max(longest), self.table_wide)
        self.table = TermTable(self.axes, max(rows), self.table_wide, self.fit, has_addends=self.has_working)
        self.moving += [self.phase, *self.written.moving, *self.table.moving]
        self.panels = self._panels() if self.has_working else None

    def _equations(self) -> list[Equation]:
        """Return all equations that can be shown here, the longest kinds among them."""
        return equations_of(self.layer.cell, (self.moment.direction,), longest_steps(self.moment))

    def _panels(self) -> WorkingPanels:
        """Make the panels that stand beside the table, or below it where the picture is narrow."""
        found = self._equations()
        left = self.table_wide + BETWEEN if self.is_wide else 0.0
        made = WorkingPanels(self, self.axes, left, self.wide, max(len(structure_of(e).parts) for e in found))
        self.moving += made.moving
        return made

    @property
    def is_wide(self) -> bool:
        """Whether the panels stand beside the table."""
        return self.wide >= WIDE

    def move(self) -> None:
        """Write the equation, its numbers and the table, and show how they come to the result."""
        cell, at, data = self.layer.cell, self.moment, self.data
        meaning = data.substitution.equation.meaning
        ways = [f"{at.phase}   {meaning}", f"{at.phase}   {meaning.partition(':')[0]}", at.phase]
        self.fit(self.phase, ways, self.table_wide)
        colour = quantity_colour(cell, at.phase)
        self.phase.set_color(lettering(colour))
        step = data.working.step if self.has_working else ""
        bottom = self.written.show(data.substitution, step, self.high - TO_EQUATION, self.colour_of, colour)
        terms, top = data.substitution.terms, bottom - TO_TABLE
        bottom = self.table.show(terms, top, self.colour_of, self.limit_of, fills=self.is_wide)
        if self.panels is not None:
            colours = [self._colour_of_part(part) for part in data.working.structure.parts]
            self.panels.show(data.working, self.high if self.is_wide else bottom, colours, colour)

    def limit_of(self, term: Term) -> float:
        """Return the number at which the bar of a symbol ends."""
        is_gradient = term.of.ref.gradient or term.of.ref.kind == "pulled"
        return self.scale["gradient" if is_gradient and "gradient" in self.scale else "value"].high

    def colour_of(self, term: Term) -> str:
        """Return the colour of the quantity that a symbol belongs to, or of the input; ink for the biases."""
        cell = self.layer.cell
        ref, name = term.of.ref, term.of.ref.of
        equation = self.data.substitution.equation
        if ref.kind == "input" or (ref.kind == "product" and ref.weight == KERNEL.name):
            return input_colour()
        if ref.kind == "product" and ref.weight == RECURRENT_KERNEL.name:
            name = equation.graph.map_of(term.of.at(0)).vector.ref.of
        elif ref.kind == "pulled":
            name = equation.pulls[term.of].map.weight.quantity
        return quantity_colour(cell, name) if name in cell.names else ink()

    def _colour_of_part(self, part: Part) -> str:
        """Return the colour of an addend or a factor: that of its last symbol with a colour of its own."""
        terms = (term for term in self.data.substitution.terms[::-1] if term.of in part.expression.free_symbols)
        return next((colour for colour in map(self.colour_of, terms) if colour != ink()), faint(0.35))

    def words(self) -> str:
        """Return the three lines of the equation as text."""
        text = self.data.substitution.text.replace("\n", " ")
        return tr(
            "Equation of phase {phase} of layer {layer} at {moment}: {equation}.",
            phase=self.moment.phase,
            layer=self.layer.name,
            moment=self.here,
            equation=text,
        )
