"""The gradient of a block of weights by time step, and the step that was then taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from itertools import chain

import numpy as np

from rnnscope.analysis.ledger import memories_of
from rnnscope.analysis.made_of import main_weight
from rnnscope.checks import one_of
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.drawing.lettering import label_room
from rnnscope.figures.drawing.notes import Note, ramp
from rnnscope.figures.drawing.quick_text import write
from rnnscope.figures.drawing.steps import ROWS
from rnnscope.figures.drawing.waterfall import SUM_ROOM, Waterfall
from rnnscope.figures.inputs import inputs_read, widest_inputs
from rnnscope.figures.options import Option
from rnnscope.figures.row_names import RowNames
from rnnscope.figures.scale import Scale, colours_of_steps
from rnnscope.figures.update.choices import blocks_in, checked_weight, is_taught, names_of_blocks, weight_called
from rnnscope.figures.update.panels import GRADIENT, GradientMap, NormsPanel, WeightRow
from rnnscope.figures.update.rows import BARS_WIDE, RowBars
from rnnscope.figures.update.taught import Lesson, Taken, UpdateData, last_before_others, lesson_of, taken_at
from rnnscope.figures.update.texts import UpdateTexts
from rnnscope.figures.view import View
from rnnscope.figures.weight_blocks import Block, LayerBlocks, colour_of, layer_blocks, row_name
from rnnscope.findings import Topic, update
from rnnscope.languages import noted, tr
from rnnscope.trace import Cursor, Moment, Trace

SAMPLES = ("all", "one")

WIDE_UPDATE = 62.0
"""The map stands beside the panels of time steps if the picture is at least so many font sizes wide."""

ANY = {"time": 0, "unit": 0, "phase": "", "direction": "forward"}
"""What does not matter to the gradient of a block."""

UNDER_MAP = 3.9
"""The room below a map whose colours are explained elsewhere, in font sizes."""

NOTE, ROW = 1.6, 4.0
"""The heights of the line that says which samples are meant, and of the row of one weight."""


class UpdateView(View):
    """Draw what each time step adds to the gradient of a block of weights, and the step that was then taken.

    What a time step adds is what the block read there times the gradient of the loss by what came of it, summed over
    samples. Top: the norm of each addend, and of their sum, the gradient. Right: all of the gradient; of a large block
    rows and units are sorted, those with the largest gradient first. Below: one weight, what each time step adds to
    its gradient, the step of the optimizer from this recorded epoch to the next weights that were kept, and the weight
    before and after.

    Of an embedding it is the table: a time step adds to the row of the token that it looks up, and to no other. The map
    has a row for each token (of many those with the largest gradient), and a bar for how far that row then moved.

    Gradients are those of the mean loss over all samples of the training. The picture says which of them were
    recorded, and what is not known because weights were not kept.

    Parameters
    ----------
    cursor
        The moment: epoch, layer, phase (whose weights are shown), unit (of its weights that with the largest gradient
        is followed), and sample where `samples` asks for one; by default the last
        epoch after which weights were kept, where most happens.
    block
        Name of a block of weights, such as `"U_f"`; by default the recurrent kernel of the phase (of the state with
        the memory, if that is open), or of the nearest quantity that it is made of.
    samples
        `"all"`: the sum over all recorded samples; `"one"`: what the cursor's sample adds.
    weight
        Row and unit of the weight that is followed; by default the one into the cursor's unit with the largest
        gradient.

    Raises
    ------
    ValueError
        If the trace has no such moment, block or weight, the layer is neither recurrent nor an embedding, or neither
        gradients nor weights were recorded.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> figure = rs.figures.update(trace, rs.Cursor(epoch=1), block="U_f")
    >>> figure.update(rs.Cursor(epoch=0))
    """

    question = noted("What did each time step teach it?")
    recurrent = False
    shows_unit = True

    block: str | None = Option(None, lambda name, trace: name and one_of("block", name, names_of_blocks(trace)))
    samples: str = Option("all", lambda which, _: one_of("samples", which, SAMPLES), SAMPLES)
    weight: tuple[int, int] | None = Option(None, lambda weight, _: checked_weight(weight))

    @property
    def topics(self) -> tuple[Topic, ...]:
        """What its verdict speaks of: the block that is shown; of a table first of its rows."""
        return self._most, self._moved

    def _most(self, moment: Moment) -> Iterable[str]:
        taught = self._taught(moment)
        return chain(self._moved(moment), taught) if moment.layer.is_table else taught

    def _taught(self, moment: Moment) -> Iterable[str]:
        lesson = self.data.lesson
        return update.of_addends(self.block_of(moment).name, lesson.norms, lesson.norm) if lesson else ()

    def _moved(self, moment: Moment) -> Iterable[str]:
        name, taken = self.block_of(moment).name, self.data.taken
        if taken.change is None:
            return ()
        step = (taken.epoch, taken.later), taken.before, taken.after
        return update.of_rows(moment, *step) if moment.layer.is_table else update.of_step(name, *step)

    @cached_property
    def lesson_at(self) -> Callable[[Moment, str], Lesson]:
        """What gives the gradient of a block at a moment, each made once."""

        @lru_cache(maxsize=32)
        def found(moment: Moment, block: str) -> Lesson:
            weight = None if moment.layer.is_table else weight_called(moment.layer.cell, block)
            return lesson_of(moment, weight, one_sample=self.samples == "one")

        return found

    @cached_property
    def taken_at(self) -> Callable[[Moment, str], Taken]:
        """What gives the step that was taken from a block at a moment, each made once."""
        return lru_cache(maxsize=32)(lambda moment, block: taken_at(moment, self.block_called(moment, block)))

    def block_of(self, moment: Moment) -> Block:
        """Return the block that is shown in the layer of a moment."""
        if moment.layer.is_table:
            return self.block_called(moment, *blocks_in(moment.layer))
        return self.block_called(moment, self.block or main_weight(moment.layer.cell, moment.phase).name)

    def block_called(self, moment: Moment, name: str) -> Block:
        """Return the block of that name in the layer of a moment."""
        return next(block for block in self.blocks(moment.layer.name).blocks if block.name == name)

    @cached_property
    def blocks(self) -> Callable[[str], LayerBlocks]:
        """What gives the blocks of a layer, each made once."""
        return lru_cache(maxsize=8)(partial(layer_blocks, self.trace))

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return 12.0, 6.4

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still: blocks of the same kind share it, so that phases pass quickly."""
        block = self.block_of(moment)
        return moment.layer.name, block.shape, block.row

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scale of gradients as parts of the largest."""
        return {"part": GRADIENT}

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment whose layer has no such block or weight, or of which nothing was recorded."""
        super().check_moment(moment)
        layer = moment.layer
        if not is_taught(layer):
            taught = [own.name for own in map(self.trace.__getitem__, self.trace.layers) if is_taught(own)]
            hint = f". Type rs.figures.update(trace, rs.Cursor(layer={taught[0]!r}))" if taught else ""
            raise ValueError(
                f"layer: expected one with weights that are read at every time step "
                f"({', '.join(taught) or 'this net has none'}); {layer.name!r} is {layer.kind}{hint}"
            )
        if self.block:
            one_of(f"block of layer {layer.name!r}", self.block, blocks_in(layer))
        if not len(moment.layer.grad) and not len(self.trace.snapshots):
            raise ValueError(
                "trace: expected gradients or weights; got neither. Record with gradients=True and pass targets"
            )
        if self.weight is not None:
            shape = self.block_of(moment).shape
            for name, number, count in zip(("row", "unit"), self.weight, shape, strict=True):
                if number >= count:
                    raise ValueError(f"weight: {name}: expected a number from 0 to {count - 1}; got {number}")

    def read(self, moment: Moment) -> UpdateData:
        """Return the gradient of the block at the moment's epoch, and the step that was taken."""
        name, epoch = self.block_of(moment).name, moment.but(**ANY, sample=0)
        at = moment.but(**ANY) if self.samples == "one" else epoch
        lesson = self.lesson_at(at, name) if len(moment.layer.grad) else None
        taken = self.taken_at(epoch, name)
        row, unit = self.weight or (0, moment.unit)
        if self.weight is None:
            seen = lesson.gradient if lesson else taken.before if taken.change is None else taken.change
            row = 0 if seen is None else int(np.argmax(np.nan_to_num(np.abs(seen[:, unit]), posinf=0.0)))
        return UpdateData(lesson, taken, row, unit)

    @property
    def texts(self) -> UpdateTexts:
        """What is said of the moment."""
        sample = self.moment.sample if self.samples == "one" else None
        return UpdateTexts(self.data, self.moment, self.block_of(self.moment), sample)

    @classmethod
    def prefer(cls, cursor: Cursor, traces: Sequence[Trace]) -> Cursor:
        """Return a cursor at the last epoch after which weights were kept, in the state with the memory, if open."""
        epoch = last_before_others(traces) if cursor.epoch is None else cursor.epoch
        return replace(cursor, epoch=epoch, phase=cursor.phase or memories_of(traces) or None)

    def titles(self) -> list[str]:
        """Return what is seen."""
        front, name = self.layer_named, self.block_of(self.moment).name
        short = tr("What each time step taught {block}", block=name)
        if self.layer.is_table:
            long = noted("{layer}: what each time step taught {block}, the table of {count} tokens")
            return [tr(long, layer=front, block=name, count=f"{self.block_of(self.moment).shape[0]:,}"), short]
        long = tr(
            "{layer}: what each time step taught {block}, the {kind} of the {quantity}",
            layer=front,
            block=name,
            kind=row_name(self.block_of(self.moment).row),
            quantity=tr(self.layer.cell[self._quantity].title),
        )
        return [long, tr("{layer}: what each time step taught {block}", layer=front, block=name), short]

    def when(self) -> list[str]:
        """Return the moment in words; of the sum over all samples without the one that the cursor is at."""
        ways = super().when()
        return self.as_forward(ways[-1:] if self.samples == "all" else ways)

    @property
    def here(self) -> str:
        """The moment in words, as far as it is shown."""
        return self.when()[-1]

    def inputs(self, read: list[str]) -> list[str]:
        """Return what is written below the time steps: labels, else what the first layer reads, of one sample."""
        labels = self.trace.labels
        is_said = self.layer.name == self.trace.layers[0] if labels.time is None else True
        is_of_all = labels.time is not None and not labels.is_by_sample
        return read if is_said and (is_of_all or self.samples == "one") else []

    def draw(self, box: Box) -> None:
        """Make the panels."""
        box = box.inset(left=0.6, right=1.4, bottom=0.3)
        self.note = write(note := self.panel(box.strip("top", NOTE)), 0, 0.5)
        self.of_weight = WeightRow(self.panel(box.strip("bottom", ROW)))
        note.axis("off")
        self.moving += [self.headings[0], self.note, *self.of_weight.moving]
        if self.data.lesson:
            self._draw_gradient(box.inset(top=NOTE, bottom=ROW))

    def notes(self) -> list[Note]:
        """Return what the colours of the map mean."""
        if self.data.lesson is None:
            return []
        words = f"{tr('limit')}   {tr('gradients; the limit stands below each map')}"
        return [Note("part", (words,), ramp(GRADIENT.colours), f"−{tr('limit')}")]

    def move(self) -> None:
        """Show the gradient of the moment, and the step."""
        data, texts = self.data, self.texts
        self.entitle()
        self.fit(self.note, texts.note(), self.width() - 2)
        self.of_weight.show(texts.row())
        if data.lesson is None:
            return
        lesson, inputs = data.lesson, self.inputs(inputs_read(self.moment))
        self.norms.show(lesson.norms, lesson.norm, inputs, self.moment.time)
        amounts = lesson.addends.of(data.row, data.unit)
        self.one.show(amounts, inputs, self.moment.time)
        for panel in (self.norms, self.one):
            panel.colour_sum(colour_of(self.layer, self._quantity))
        self.map.show(lesson.shown, lesson.limit, lesson.place(data.row, data.unit))
        if self.layer.is_table:
            self.map.names.show([self.token_names[row] for row in lesson.rows])
            self.rows.show(None if data.taken.rows is None else data.taken.rows[lesson.rows])
        for panel, ways in ((self.norms, texts.norms()), (self.one, texts.weight()), (self.map, texts.largest())):
            self.fit(panel.line, ways, size_in_ems(panel.axes, self.em)[0])

    def words(self) -> str:
        """Return which time step taught the block most, and what became of one weight."""
        texts = self.texts
        front = tr(
            "Update of {block} in layer {layer} ({kind}) at {moment}, {samples}.",
            block=self.block_of(self.moment).name,
            layer=self.layer.name,
            kind=self.layer.kind,
            moment=self.here,
            samples=texts.note()[0],
        )
        row = "; ".join(f"{names[0]}: {numbers[0]}" for names, numbers in texts.row()[1:])
        norms = f"{texts.norms()[0]}. " if self.data.lesson else ""
        return f"{front} {norms}{texts.name}: {row}."

    def _draw_gradient(self, box: Box) -> None:
        """Make the panels of time steps, and the map."""
        colours = colours_of_steps(self.moment.steps)
        inputs = self.inputs(widest_inputs(self.trace))
        is_wide = self.width() >= WIDE_UPDATE
        left, right = box.columns((1.3, 1), 4.0) if is_wide else box.rows((1.5, 1), 0.6)
        upper, lower = (
            self.panel(part.inset(left=3.4, right=SUM_ROOM, top=1.8, bottom=ROWS)) for part in left.rows((1, 1), 0.3)
        )
        self.norms = NormsPanel(upper, colours, inputs)
        self.one = Waterfall(lower, colours, tr("sum"), inputs=inputs)
        right = right.inset(left=0 if is_wide else label_room() - 1.5, top=1.8)
        if self.layer.is_table:
            right = right.inset(left=max(0.0, RowNames.room(upper, self.token_names) - 2.0))
            bars, right = right.strip("right", BARS_WIDE), right.inset(right=BARS_WIDE + 0.5)
        bar = self.panel(right.strip("bottom", 2.2).inset(bottom=1.6)) if self.explains else None
        shape, under = self.data.lesson.shown.shape, 5.4 if self.explains else UNDER_MAP
        self.map = GradientMap(self.panel(right.inset(bottom=under)), bar, shape, is_table=self.layer.is_table)
        if self.layer.is_table:
            self.rows = RowBars(self.panel(bars.inset(bottom=under)), shape[0])
            self.moving += self.rows.moving
        self.map.name(self.texts.across(), self.texts.down())
        self.moving += [*self.norms.moving, *self.one.moving, *self.map.moving]

    @property
    def token_names(self) -> list[str]:
        """What the rows of a table are called."""
        return self.trace.token_names[self.layer.name]

    @property
    def _quantity(self) -> str:
        return self.block_of(self.moment).quantity
