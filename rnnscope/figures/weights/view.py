"""The weights of a layer as heat maps, their distribution, and how far they moved."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, lru_cache, partial

from matplotlib.axes import Axes

from rnnscope.cells.weight_kinds import RECURRENT_KERNEL
from rnnscope.checks import describe
from rnnscope.figures.drawing.artists import CELL, colour_bar
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.notes import Note, ramp
from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.options import Option
from rnnscope.figures.row_names import RowNames
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import lettering
from rnnscope.figures.view import View
from rnnscope.figures.weight_blocks import BlockRow, colour_of, row_letter, row_name
from rnnscope.figures.weights.history import WeightHistory, name_of
from rnnscope.figures.weights.maps import WeightMap, heights, labels, note, span
from rnnscope.figures.weights.panels import line_notes
from rnnscope.figures.weights.side import PANELS_WIDE, SidePanels, WeightsData
from rnnscope.findings import kernels
from rnnscope.languages import noted, tr, trn
from rnnscope.numbers import written
from rnnscope.trace import Moment, Trace
from rnnscope.trace.naming import epoch_in_words

FEW_UNITS = 16
"""Of more units the maps show changes."""

WORDY_BAR = 26.0
"""A scale of changes of so many font sizes says in words what its ends are."""

WIDE_PICTURE, LONG_NAMES = 56.0, 40.0
"""From so many font sizes on, the panels stand beside the maps, and the maps are named in full."""

LIMIT, NO_LIMIT = 5.6, 0.6
"""The room right of a map, with the largest size beside it and without."""

NARROW_HIGH = 8.0
"""A figure that is too narrow for panels beside the maps is so many inches high."""

SHARES = (1.25, 1.0)
"""The heights of the maps and of the panels below them."""

ABOVE_MAPS, UNDER_MAPS, MAP_GAP = 2.4, 3.8, 0.6
"""The room above the maps, under them and between two."""

ONE_LINE = 1.6
"""The room under the maps without a scale: that of a line of text."""


class WeightsView(View):
    """Draw the weights of a layer as heat maps, their distribution, and how far they moved since the start.

    A map has a row for each number that is read and a column for each unit, quantity by quantity. Of many units it
    shows how much each weight changed since the first kept epoch, and units whose weights changed alike stand side by
    side: they are sorted by the strongest pattern of the change (its first pair of singular vectors). The scale of a
    kind of weight is symmetric about zero and the same at every epoch; that of changes spans 99 % of them. At the side
    are the singular values of the recurrent kernel, the quantities side by side: by how much it stretches what it
    reads. Where a map has more weights than pixels, a pixel shows one of those under it. NaN and infinity are bright
    pink. The table of an embedding has a row for each token, with its name where there is room.

    Parameters
    ----------
    trace
        What was recorded, with weights; they may have been kept at fewer epochs than all else.
    cursor
        The moment: epoch (the nearest whose weights were kept is shown), layer and unit (its weights are marked: the
        columns into it, and the row out of it); by default the end of training, where most happens.
    change
        Whether the maps show the change, sorted; by default that of more than 16 units if several epochs were kept.

    Raises
    ------
    ValueError
        If no weights were kept, or the trace has no such epoch, layer, sample, time step, unit or quantity.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> figure = rs.figures.weights(trace, rs.Cursor(epoch=0))
    >>> figure.update(rs.Cursor(epoch=2))
    """

    question = noted("What did the weights learn?")
    topics = (kernels.moved,)

    recurrent = False
    shows_sample = False

    change: bool | None = Option(None, lambda change, trace: checked(change, trace))

    @property
    def shows_change(self) -> bool:
        """Whether the maps show changes, sorted."""
        history = self.history
        is_large = history.layer.units > FEW_UNITS and len(history.epochs) > 1
        return is_large if self.change is None else self.change

    @cached_property
    def history_of(self) -> Callable[[str], WeightHistory]:
        """What gives the weights of a layer at the kept epochs, each made once."""
        return lru_cache(maxsize=8)(partial(WeightHistory, self.trace))

    @property
    def history(self) -> WeightHistory:
        """The weights of the layer at the kept epochs."""
        return self.history_of(self.layer.name)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return 12.8, 6.6

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide: the panels stand below the maps in it."""
        wide, high = self.size()
        is_wide = 72 * min(wide, width) / self.em >= WIDE_PICTURE
        return min(wide, width), high if is_wide else NARROW_HIGH

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still."""
        return (moment.layer.name,)

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scales of the weights and of their movement, over all kept epochs."""
        return self.history_of(moment.layer.name).scales()

    def read(self, moment: Moment) -> WeightsData:
        """Return the weights of the kept epoch that is nearest to the moment's."""
        history = self.history_of(moment.layer.name)
        epoch = history.nearest(moment.epoch)
        maps = history.changes.sorted_at(epoch) if self.shows_change else history.at(epoch)
        has_kernel = history.changes.main[0] == RECURRENT_KERNEL.name
        singular = history.changes.singular_values(epoch) if has_kernel else None
        return WeightsData(epoch, history.at(epoch), maps, singular, moment.unit)

    def notes(self) -> list[Note]:
        """Return what the colours mean, how far they go in each map, and what the lines of the panels are."""
        history, change = self.history, self.shows_change
        colours, (low, _, high) = ramp(Scale(-1, 1, "signed").colours), self._ends(wordy=True)
        what = tr("how weights changed") if change else tr("weights")
        said = {row: written(self._map_scale(row).high) for row in history.rows}
        limits = [
            Note(f"limit {name_of(row)}", (tr("limit of {matrix}: {limit}", matrix=row_letter(row), limit=limit),))
            for row, limit in said.items()
        ]
        sorts = [Note("columns", tuple(self._across()))] if change else []
        return [Note("colours", (f"{high}   {what}", high), colours, low), *limits, *sorts, *line_notes(history)]

    def titles(self) -> list[str]:
        """Return what is seen."""
        ways = self._changes_in_words() if self.shows_change else [self._count_in_words()]
        return [f"{self.layer_named}: {ways[0]}", *(f"{self.layer.name}: {way}" for way in ways)]

    def _changes_in_words(self) -> list[str]:
        """Return what changed, the longest way first."""
        blocks, first = self.history.layer, self.history.first
        if self.history.is_table:
            text, count = noted("how the rows of {count} tokens changed since epoch {epoch}"), blocks.features
        else:
            text, count = noted("how {count} weights changed since epoch {epoch}"), blocks.count
        return [tr(text, count=f"{count:,}", epoch=first), tr("change since epoch {epoch}", epoch=first)]

    def _count_in_words(self) -> str:
        """Return how many weights there are, or of a table how many rows."""
        blocks = self.history.layer
        if not self.history.is_table:
            return tr("{count} weights", count=f"{blocks.count:,}")
        return trn(
            "{tokens} tokens, a row of {count} number for each",
            "{tokens} tokens, a row of {count} numbers for each",
            blocks.units,
            tokens=f"{blocks.features:,}",
        )

    def when(self) -> list[str]:
        """Return in words which weights are shown."""
        epoch, unit = self.data.epoch, tr("unit {unit}", unit=self.moment.unit)
        if self.moment.direction == "backward":
            unit = tr("{moment}; the same in both directions", moment=unit)
        if self.trace.is_of_model:
            return [tr("weights of {epoch}, {unit}", epoch=epoch_in_words(self.trace, epoch), unit=unit), unit]
        parts, short = {"epoch": epoch, "unit": unit}, noted("epoch {epoch}, {unit}")
        if epoch == self.moment.epoch:
            return [tr("weights that epoch {epoch} started from, {unit}", **parts), tr(short, **parts)]
        long = noted("weights of epoch {epoch}, the nearest kept to epoch {wanted}, {unit}")
        nearest = tr("weights of epoch {epoch}, the nearest kept, {unit}", **parts)
        return [tr(long, wanted=self.moment.epoch, **parts), nearest, tr(short, **parts)]

    def draw(self, box: Box) -> None:
        """Make the maps, and the panels of distributions and of the movement beside or below them."""
        box = box.inset(left=0.6, right=0.8, bottom=0.3)
        self.shown: int | None = None
        if self.width() >= WIDE_PICTURE:
            panels = box.strip("right", PANELS_WIDE)
            self._maps(box.inset(right=PANELS_WIDE + 1.5), self.width() - PANELS_WIDE - 2.9, self.height() - 3.7)
        else:
            maps, panels = box.rows(SHARES, 1.0)
            self._maps(maps, self.width() - 1.4, (self.height() - 4.7) * SHARES[0] / sum(SHARES))
        self.side = SidePanels(self, panels, stacked=self.width() >= WIDE_PICTURE)
        self.moving += self.side.moving

    def move(self) -> None:
        """Show the weights of the nearest kept epoch, and mark the cursor's unit."""
        for row, weights in self.maps.items():
            weights.mark(self.data.unit)
            if self.shown != self.data.epoch:
                weights.show(self.data.maps[row])
        if self.shown != self.data.epoch:
            self.side.show(self.data)
        self.shown = self.data.epoch

    def words(self) -> str:
        """Return the range of each kind of weight, and how far it moved."""
        facts = [self.history.facts(row, self.data.epoch) for row in self.history.rows]
        history, singular = self.history, self.data.singular
        if singular is not None:
            start = history.changes.singular_values(history.first)
            facts.append(
                tr(
                    "singular values of the {kind} from {high} to {low}, at epoch {first} from {first_high} "
                    "to {first_low}",
                    kind=row_name(history.changes.main),
                    high=written(singular[0]),
                    low=written(singular[-1]),
                    first=history.first,
                    first_high=written(start[0]),
                    first_low=written(start[-1]),
                )
            )
        text = noted("Weights of layer {layer} ({kind}) as heat maps with their distributions, {moment}.")
        if self.shows_change:
            text = noted(
                "Weights of layer {layer} ({kind}) as heat maps of their change since epoch {first}, sorted, with "
                "their distributions, {moment}."
            )
        parts = {"layer": self.layer.name, "kind": self.layer.kind, "first": history.first, "moment": self.when()[0]}
        return f"{tr(text, **parts)} {'; '.join(facts)}."

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment whose layer has no recorded weights."""
        super().check_moment(moment)
        self.history_of(moment.layer.name)

    def _maps(self, box: Box, wide: float, high: float) -> None:
        """Make a map for each row of blocks, on the same columns."""
        history, long = self.history, wide >= LONG_NAMES
        by_change = self.shows_change
        texts = {row: labels(history, row, long=long, by_change=by_change) for row in history.rows}
        side = max(text_width(self.figure, text) for both in texts.values() for text in both) + 1.8
        limit = LIMIT if self.explains else NO_LIMIT
        under = UNDER_MAPS if self.explains else 0.3 if by_change else ONE_LINE
        room = high - ABOVE_MAPS - under - MAP_GAP * (len(history.rows) - 1)
        if history.is_table and room >= CELL[1] * len(history.tokens):
            side += RowNames.room(self.host, history.tokens)
        inner = box.inset(left=side, right=limit)
        parts = inner.inset(top=ABOVE_MAPS, bottom=under).rows(heights(history, room), MAP_GAP)
        self.maps = {}
        for row, part in zip(history.rows, parts, strict=True):
            scale = self._map_scale(row)
            made = self.maps[row] = WeightMap(self.panel(part), history, row, scale, by_change=by_change)
            made.describe(texts[row], tr("limit {limit}", limit=written(scale.high)) if self.explains else "")
            if row[0] == RECURRENT_KERNEL.name:
                made.mark_row()
        first, last = self.maps[history.rows[0]], self.maps[history.rows[-1]]
        first.mark_columns()
        self._name_quantities(first.axes, wide - side - limit)
        if self.explains or not by_change:
            text = note(last.axes, (0.5, 0), "", (0, -0.9), side="center")
            self.fit(text, self._across(), wide - side - limit)
        if self.explains:
            below = self.panel(inner.strip("bottom", 2.0).inset(bottom=1.4))
            colour_bar(below, Scale(-1, 1, "signed"), self._ends(wordy=wide - side - limit >= WORDY_BAR))
        self.moving += [artist for made in self.maps.values() for artist in made.moving]

    def _map_scale(self, row: BlockRow) -> Scale:
        """Return the scale of the map of a row of blocks."""
        return self.scale["change " * self.shows_change + name_of(row)]

    def _ends(self, *, wordy: bool) -> list[str]:
        """Return what the ends and the middle of the scale are."""
        if not self.shows_change:
            return [f"−{tr('limit')}", "0", tr("limit")]
        if wordy:
            return [tr("lower by the limit"), tr("as at the start"), tr("higher")]
        return [tr("lower"), "0", tr("higher")]

    def _across(self) -> list[str]:
        """Return what the columns of the maps are, the longest way first."""
        count = self.history.layer.units
        if self.history.is_table and not self.shows_change:
            return [tr("unit {unit}", unit=span(count))]
        if self.history.is_table:
            long = tr("{count} units, sorted by the strongest pattern of change", count=count)
            return [long, tr("units, sorted")]
        if not self.shows_change:
            return [tr("to unit {span} of each quantity", span=span(count))]
        long = tr("to {count} units of each quantity, sorted by the strongest pattern of change", count=count)
        return [long, tr("sorted by the strongest pattern"), tr("units, sorted")]

    def _name_quantities(self, axes: Axes, wide: float) -> None:
        names = self.history.layer.quantities
        for k, name in enumerate(names):
            look = {"color": lettering(colour_of(self.layer, name)), "fontweight": "bold", "fontsize": self.em}
            text = note(axes, ((k + 0.5) / len(names), 1), "", (0, 1.7), side="center", **look)
            meaning = tr(self.layer.cell[name].title) if self.layer.is_recurrent else tr("output")
            name, meaning = ("E", tr("what each token is to the net")) if self.history.is_table else (name, meaning)
            self.fit(text, [f"{name}  {meaning}", name], wide / len(names) - 1)


def checked(change: bool | None, trace: Trace) -> bool | None:
    """Return whether changes are asked for.

    Raises
    ------
    TypeError
        If it is neither True, False nor None.
    ValueError
        If weights of a single epoch were kept: they have not changed.
    """
    if change is not None and not isinstance(change, bool):
        raise TypeError(f"change: expected True, False or None; got {describe(change)}")
    if change and len(trace.snapshots.epochs) == 1:
        raise ValueError("change: expected weights kept at several epochs; got one. Record with weights=True")
    return change
