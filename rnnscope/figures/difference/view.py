"""What differs between two passes: where, how much, and how far it travelled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

import numpy as np

from rnnscope.analysis.difference import Difference, difference_of, largest_of, why_not
from rnnscope.figures.difference.changes import BESIDE, INPUT_AXIS, TIME_AXIS, ChangesMap
from rnnscope.figures.difference.data import (
    DifferenceData,
    answers_of,
    hands_of,
    inputs_beside,
    rows_of,
    sizes_of,
    units_of,
)
from rnnscope.figures.difference.ends import BELOW, NAME_ROOM, NUMBER_ROOM, EndsPanel, in_words, look_of
from rnnscope.figures.difference.texts import row_names, which_answers, which_units
from rnnscope.figures.drawing.artists import colour_bar
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.drawing.lettering import Entry, Legend
from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.drawing.steps import INPUTS_BELOW
from rnnscope.figures.inputs import widest_inputs
from rnnscope.figures.options import SCALES
from rnnscope.figures.scale import Scale
from rnnscope.figures.view import View
from rnnscope.findings import difference as findings
from rnnscope.findings import passes
from rnnscope.languages import noted, tr
from rnnscope.numbers import written
from rnnscope.trace import Cursor, Moment, Trace
from rnnscope.trace.moment import resolve
from rnnscope.trace.passes import has_masked, held_steps

DECADES = 3
"""The colours go over so many powers of ten; what is smaller has the last of them, and what did not change has none."""

WIDE = 62.0
"""The panels stand side by side if the picture is at least so many font sizes wide."""

MAP_TITLE, BAR, BAR_TEXTS, PANEL_TITLE = 1.8, 0.7, 2.8, 1.9
"""The room above a map, the height of the bar of its colours and of what stands below that, and the room above another
panel, in font sizes."""

HAND = noted("framed: held by hand")


class DifferenceView(View):
    """Draw what differs between two passes of nets with the same layers: before a change, and after it.

    Left: the size of the change of the output of every recurrent layer, from the input up, and of every quantity of
    the cursor's layer, at every time step: the root mean square over units. What did not change at all is blank, what
    is held by hand is framed. Right: the cursor's quantity before and after, in the units that change most, and the
    answers before and after, beside what is right.
    """

    question = noted("What changed, and how far does it reach?")
    pairs = True
    shows_unit = shows_held = True
    most_lines = 4
    topics = (passes.held,)

    scales: str = SCALES

    # ------------------------------------------------------------------------------------------------- what it is about

    @property
    def before(self) -> Moment:
        """The moment in the first trace."""
        return self.moments[0]

    @property
    def after(self) -> Moment:
        """The moment in the second trace."""
        return self.moments[1]

    @classmethod
    def prefer(cls, cursor: Cursor, traces: Sequence[Trace]) -> Cursor:
        """Return a cursor at the last epoch that both traces have, and in the sample in which most changes."""
        if len(traces) != 2 or why_not(*traces):
            return cursor
        common = np.intersect1d(*(trace.epochs for trace in traces))
        if cursor.epoch is None and len(common):
            cursor = replace(cursor, epoch=int(common[-1]))
        if cursor.sample is None:
            opened = resolve(replace(cursor, sample=0), traces)
            changes = [difference_of(*(own.but(sample=k) for own in opened)).most[-1] for k in range(len(traces[0].x))]
            cursor = replace(cursor, sample=int(np.argmax(changes)) if any(changes) else None)
        return cursor

    def check_moment(self, moment: Moment) -> None:
        """Refuse what are not two passes that can be subtracted, and a layer that is not recurrent."""
        super().check_moment(moment)
        if len(self.moments) != 2:
            count = {1: "a single one"}.get(len(self.moments), str(len(self.moments)))
            raise ValueError(
                f"traces: expected two, before and after a change; got {count}. "
                'Type rs.compare({"as it was": trace, "f = 0": changed}, "difference")'
            )
        reason = why_not(*(own.trace for own in self.moments))
        if reason:
            raise ValueError(f"traces: expected {reason}")

    @cached_property
    def difference_at(self) -> Callable[[Moment, Moment], Difference]:
        """What gives what differs in a sample, each made once."""
        return lru_cache(maxsize=16)(difference_of)

    @cached_property
    def largest(self) -> float:
        """The largest change at all epochs and in all samples."""
        return largest_of(*(own.trace for own in self.moments))

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return 12.4, 5.2

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: the panels may stand one below the other."""
        wide, high = self.size()
        return min(wide, width), high if width * 72 / self.em >= WIDE else 8.4

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.layer.name,)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of changes, of some powers of ten up to the largest one."""
        if self.spans_epochs(moment):
            largest = self.largest
        else:
            found = self._difference(moment).sizes.values()
            every = [sizes[np.isfinite(sizes)] for own in found for sizes in own.values()]
            largest = max((float(np.max(sizes, initial=0.0)) for sizes in every), default=0.0)
        high = float(np.log10(largest)) if largest else 0.0
        return {"change": Scale(high - DECADES, high, "power")}

    def read(self, moment: Moment) -> DifferenceData:
        """Return what differs at the moment."""
        found = self._difference(moment)
        rows = rows_of(found.before, found.after)
        return DifferenceData(
            found,
            sizes_of(found, rows, self._steps),
            hands_of(found, rows),
            inputs_beside(*self.moments),
            units_of(*self.moments),
            answers_of(*self.moments),
        )

    def titles(self) -> list[str]:
        """Return what is seen."""
        first, second = self.trace_names
        long = tr("What changed from {first} to {second}", first=repr(first), second=repr(second))
        return [long, f"{first} → {second}", tr("What changed")]

    def when(self) -> list[str]:
        """Return the moment in words."""
        return self.as_forward(super().when())

    def remarks(self) -> list[str]:
        """Return what hatches and frames mean, if there are some."""
        return super().remarks() + ([tr(HAND)] if any(held.any() for held in self.data.hands.values()) else [])

    def sentences(self) -> list[str]:
        """Return the sentences of its verdict: what was changed, where that shows, and what it does to the answer."""
        found = self.data.difference
        parts = (findings.hands(found, self.trace_names), findings.most(found), findings.reach(found))
        return [*(s for part in (*parts, findings.answers(*self.moments), findings.untouched(found)) for s in part)]

    # ---------------------------------------------------------------------------------------------------------- drawing

    def draw(self, box: Box) -> None:
        """Make the map and the panels of units and answers."""
        box = box.inset(right=0.8, bottom=0.4)
        is_wide = self.width() >= WIDE
        left, right = box.columns((1.15, 1), 1.5) if is_wide else box.rows((1, 1.15), 0.8)
        rows = rows_of(self.before, self.after)
        names = row_names(rows)
        beside = (*names, tr(TIME_AXIS), tr(INPUT_AXIS))
        room = max(text_width(self.figure, name) for name in beside) + BESIDE + 0.8
        inputs = widest_inputs(self.before.trace)
        under = INPUTS_BELOW + 1.2 if inputs else 2.0
        left = left.inset(left=room, top=MAP_TITLE)
        bar = left.strip("bottom", BAR + BAR_TEXTS).inset(bottom=BAR_TEXTS)
        has_masked_steps = has_masked(self.layer)
        self.changes = ChangesMap(
            self.panel(left.inset(bottom=BAR + BAR_TEXTS + under)),
            rows,
            names,
            self._steps,
            self.scale["change"],
            inputs,
            has_masked=has_masked_steps,
        )
        colour_bar(self.panel(bar), self.scale["change"], self._ends_of_scale())
        self._draw_ends(right)
        self.moving += [*self.changes.moving, *self.units.moving, *self.answers.moving]

    def move(self) -> None:
        """Show what differs at the moment, and mark it."""
        data, moment = self.data, self.moment
        row = self.changes.rows.index((moment.layer.name, moment.phase))
        self.changes.show(data.sizes, data.hands, moment.time, row, data.inputs, held_steps(moment))
        self.units.show(data.units)
        self.answers.show(data.answers)
        wide = size_in_ems(self.changes.axes, self.em)[0]
        ways = [tr("size of the change: root mean square over units"), tr("size of the change"), ""]
        self.fit(self.changes.line, ways, wide)
        place = {"quantity": moment.phase, "layer": moment.layer.name, "step": moment.time}
        there, unit = (
            tr("{quantity} of {layer} at step {step}", **place),
            which_units(self.units.shown, self.layer.units),
        )
        self._say(self.units, [f"{there}: {unit}", there, moment.phase])
        self._say(self.answers, which_answers(self.moment, data.answers, self.answers.shown))

    def words(self) -> str:
        """Return how large the change is in every row at the moment's time step, and the answers."""
        data, time = self.data, self.moment.time
        rows = ", ".join(
            tr("{quantity} of {layer} {size}", quantity=name, layer=layer, size=written(float(size)))
            for (layer, name), size in zip(self.changes.rows[::-1], data.sizes[::-1, time], strict=True)
        )
        ends = self.answers.shown
        values = zip(ends.numbers.tolist(), ends.before, ends.after, ends.target, strict=True)
        answers = ", ".join(f"{ends.name(k)} {in_words(*map(float, own))[0]}" for k, *own in values)
        first, second = map(repr, self.trace_names)
        found = [
            tr("What differs between {first} and {second}, at {moment}.", first=first, second=second, moment=self.here),
            tr("Size of the change at this time step, the root mean square over units: {sizes}.", sizes=rows),
            tr("Answers: {answers}.", answers=answers),
        ]
        return " ".join(found)

    def _draw_ends(self, box: Box) -> None:
        """Make the panels of units and answers, below their legend."""
        entries = [Entry(name, look_of(k)) for k, name in enumerate(self.trace_names)]
        entries += [Entry(tr("right"), look_of(2))] if self.trace.y is not None else []
        whole = self.panel(box)
        whole.axis("off")
        legend = Legend(self.figure, entries, size_in_ems(whole, self.em)[0])
        legend.draw(self.panel(box.strip("top", legend.high)))
        box = box.inset(top=legend.high + 0.3)
        each = {"top": PANEL_TITLE, "bottom": BELOW, "left": NAME_ROOM, "right": NUMBER_ROOM}
        upper, lower = (self.panel(part.inset(**each)) for part in box.rows((1, 1), 0.3))
        self.units = EndsPanel(upper, self.layer.units, "unit")
        has_samples = self.data.answers.marked is not None
        self.answers = EndsPanel(lower, len(self.data.answers.numbers))
        if has_samples:
            lower.stands_for(lambda _, y: {"sample": int(self.answers.shown.numbers[self._row(y)])})

    def _row(self, y: float) -> int:
        return int(np.clip(round(y), 0, len(self.answers.shown.numbers) - 1))

    @property
    def _steps(self) -> int:
        """The number of time steps of the layer that has most."""
        return max(layer.steps for layer in self.trace.recurrent_layers)

    def _ends_of_scale(self) -> list[str]:
        """Return what stands at both ends and in the middle of the colours."""
        low, middle, high = self.scale["change"].ends()
        return [f"≤ {low}; {tr('blank: 0')}", middle, high]

    def _say(self, panel: EndsPanel, ways: list[str]) -> None:
        """Write a line above a panel, and its names beside it, as far as there is room."""
        self.fit(panel.line, ways, size_in_ems(panel.axes, self.em)[0] + NUMBER_ROOM)

    def _difference(self, moment: Moment) -> Difference:
        before, after = self.moments
        at = {"sample": moment.sample, "time": 0, "unit": 0}
        return self.difference_at(before.but(**at), after.but(**at))
