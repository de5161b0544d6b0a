"""What every view shares: a host axes, a moment, data first and ink second.

A view reads what it will show from the trace (`read`, plain data), draws its artists once (`draw`) and then only moves
them (`move`). What stands still as long as the `key` of the moment stays the same is drawn anew only when it changes.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from rnnscope.figures.curves import CurvePanel
from rnnscope.figures.drawing.canvas import Canvas, NoRoom
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.lettering import wrapped
from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.options import SPANS, options_of
from rnnscope.figures.picking import picked
from rnnscope.figures.scale import Scale
from rnnscope.figures.style import small
from rnnscope.findings import Topic, sentences
from rnnscope.findings.texts import why
from rnnscope.numbers import MOST_INPUTS, inputs_text
from rnnscope.trace import Cursor, LayerTrace, Moment, Trace
from rnnscope.trace.cursor import given
from rnnscope.trace.moment import resolve

HEADINGS = 3.4
"""The room for the title and the moment, in font sizes."""

VERDICT_LINES, VERDICT_LINE = 2, 1.4
"""The verdict has so many lines below the moment, each so many font sizes high."""

Shared = Callable[[Sequence[Moment]], Mapping[str, Scale]]
"""What gives the scales that several views share, each at a moment of its own trace."""


class View(Canvas, ABC):
    """A picture of one moment of a trace, drawn into an axes, its host.

    A view is a class like this in a file `figures/<name>/view.py`; its public function is made from it (`function.py`):
    the docstring of the class is that of the function, and each argument of its own is an `Option`. A class needs no
    `__init__`: what it keeps it makes when it is first asked for (`functools.cached_property`).

    Parameters
    ----------
    moment
        What it shows.
    host
        The axes that it fills.
    size
        Finds the size in inches that the figure is given before it is drawn; None leaves the figure as it is.
    label
        What its trace is called beside others.
    says
        Whether its verdict is written below the moment, if it has topics.
    options
        The arguments that are its own.

    Attributes
    ----------
    name
        What it is called: its folder.
    question
        What it answers.
    moment, moments
        The moment that it shows, and beside it those of the traces that its own is compared with.
    data
        What it shows, as plain data.
    scale
        From which number to which each thing is shown; `share` says what gives them.
    says
        Whether its verdict is written below the moment.
    headings
        The title, and the line below it that says which moment is shown.
    moving
        The artists that a change of the moment moves.
    slots
        How many panels have room side by side; `share` sets it so that the panels of several views stand in line.
    label
        What its trace is called beside others.
    """

    name: ClassVar[str]
    question: ClassVar[str]
    recurrent: ClassVar[bool] = True
    """Whether the view needs a recurrent layer."""
    shows_unit: ClassVar[bool] = False
    """Whether it shows a single unit, which then belongs to the moment in words."""
    shows_sample: ClassVar[bool] = True
    """Whether it shows what happens to the inputs: traces of other inputs are not compared by it."""
    flows: ClassVar[bool] = False
    """Whether it can show how information flows while something is computed (`flow`); when it moves, all has come."""
    topics: ClassVar[tuple[Topic, ...]] = ()
    """What its verdict speaks of, what matters most first (see `rnnscope.findings`)."""
    backward_topics: ClassVar[tuple[Topic, ...] | None] = None
    """What it speaks of in the backward direction; None for the same."""
    scales: str = SPANS[0]
    """Over what its scales reach; a view that offers the choice declares `scales: str = SCALES`."""

    def __init_subclass__(cls) -> None:
        cls.name = cls.__module__.split(".")[-2:][0]

    def __init__(
        self,
        moment: Moment,
        host: Axes,
        *,
        size: Callable[[Self], tuple[float, float]] | None = None,
        label: str = "",
        says: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(host)
        self.says = self._may_say = says and bool(self.topics)
        self.moment, self.moments, self.label, self.slots = moment, (moment,), label, 1
        self.shared: Shared | None = None
        for name, option in options_of(type(self)).items():
            setattr(self, name, option.check(options.get(name, option.default), self.trace))
        self.check_moment(moment)
        if size is not None:
            self.figure.set_size_inches(self.with_verdict(size(self)))
        self.build()

    # ------------------------------------------------------------------------------------------- what a view defines

    @abstractmethod
    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own, without the room for the verdict."""

    @abstractmethod
    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still, such as the layer."""

    @abstractmethod
    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scales over what `span` gives of recorded arrays."""

    @abstractmethod
    def read(self, moment: Moment) -> Any:
        """Return what is shown at a moment, as plain data."""

    @abstractmethod
    def titles(self) -> list[str]:
        """Return what is seen in a few words, the longest way first; name and kind of the layer are always a way."""

    @abstractmethod
    def draw(self, box: Box) -> None:
        """Make the artists in a box of the host, below the title, and list those that move in `moving`."""

    @abstractmethod
    def move(self) -> None:
        """Set the artists to what `data` holds."""

    @abstractmethod
    def words(self) -> str:
        """Return what is shown in words, with the numbers that matter."""

    # ------------------------------------------------------------------------------------------------- what it offers

    def curves(self, moment: Moment) -> Sequence[CurvePanel]:
        """Return the curves that several traces can share panels with, as plain data; nothing if it has none.

        A view that has some is compared by laying them over each other.
        """
        return ()

    def size_within(self, width: float) -> tuple[float, float]:
        """Return the size in inches of a figure that is at most so wide."""
        wide, high = self.size()
        return min(wide, width), high

    def with_verdict(self, size: tuple[float, float]) -> tuple[float, float]:
        """Return a size in inches with the room for the verdict, if it is written."""
        wide, high = size
        return wide, high + (self.head - HEADINGS) * self.em / 72

    @property
    def head(self) -> float:
        """The room for the title, the moment and the verdict, in font sizes."""
        return HEADINGS + (VERDICT_LINES * VERDICT_LINE + 0.4 if self.says else 0)

    def span(self, array: np.ndarray, moment: Moment) -> np.ndarray:
        """Return of an array, (epoch, sample, …), what the scales reach over: all of it, or the moment's part."""
        return array if self.scales == SPANS[0] else array[moment.run]

    @property
    def verdict(self) -> str:
        """What is to be seen, in one or two computed sentences."""
        return " ".join(self.sentences())

    def sentences(self) -> list[str]:
        """Return the sentences of its verdict, what matters most first."""
        is_back = self.moment.direction == "backward" and self.backward_topics is not None
        return sentences(self.moment, self.backward_topics if is_back else self.topics)

    @property
    def trace(self) -> Trace:
        """The trace that it shows."""
        return self.moment.trace

    @property
    def layer(self) -> LayerTrace:
        """The layer of the moment."""
        return self.moment.layer

    @property
    def alt(self) -> str:
        """What is shown, in words."""
        return " ".join(filter(None, (self.verdict, self.words())))

    def update(self, cursor: Cursor) -> bool:
        """Move to another moment; return whether what stands still had to be drawn anew."""
        moments = self.resolve(cursor)
        self.check_moment(self.own(moments))
        return self.show(moments)

    def resolve(self, cursor: Cursor) -> tuple[Moment, ...]:
        """Return what a cursor means in its trace and those that it is compared with."""
        return self.opened(cursor, [moment.trace for moment in self.moments])

    @property
    def opener(self) -> Callable[..., Any]:
        """What chooses for it where a cursor is open: views with the same one mean the same moment."""
        return type(self).opened.__func__

    @classmethod
    def opened(cls, cursor: Cursor | None, traces: Sequence[Trace]) -> tuple[Moment, ...]:
        """Return what a cursor means in traces; what it leaves open may be chosen by what the view is about."""
        return resolve(given(cursor, optional=True), traces)

    def own(self, moments: Sequence[Moment]) -> Moment:
        """Return which of the moments of several traces is that of its own."""
        return next(moment for moment in moments if moment.trace is self.trace)

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment that cannot be shown."""
        if self.recurrent and not moment.layer.is_recurrent:
            there = ", ".join(name for name in self.trace.layers if self.trace[name].is_recurrent)
            raise ValueError(
                f"layer: expected a recurrent layer ({there}); {moment.layer.name!r} is {moment.layer.kind}"
            )

    def show(self, moments: Sequence[Moment]) -> bool:
        """Move to moments that were checked; return whether what stands still had to be drawn anew."""
        before = self.moment, self.moments
        self.moment, self.moments = self.own(moments), tuple(moments)
        is_other = self._stands(before[0]) != self._stands(self.moment)
        try:
            if is_other:
                self.build()
            else:
                self.data = self.read(self.moment)
        except ValueError:
            self.moment, self.moments = before
            if is_other:  # it may have been drawn by half
                self.build()
            raise
        if not is_other:
            self._show()
        return is_other

    def share(self, shared: Shared, moments: Sequence[Moment], *, slots: int = 1, label: str = "") -> None:
        """Draw anew on the shared scales that concern this view, with room for more panels, and a name."""
        self.shared, self.moments, self.slots, self.label = shared, tuple(moments), slots, label
        self.build()

    def pick(self, x: float, y: float) -> dict[str, Any] | None:
        """Return which fields of the cursor a click goes to, at a place of the figure in pixels; None if it has none.

        What the panels of a view say of themselves is enough (`drawing/panel.py`).
        """
        return picked(self.host.child_axes, self.moment, x, y)

    def flow(self, part: float) -> None:
        """Show how far what is computed at the moment has come, from 0 (not begun) to 1, if the view `flows`."""

    # --------------------------------------------------------------------------------------------------- what is drawn

    def when(self) -> list[str]:
        """Return the moment in words, the longest way first."""
        m, inputs = self.moment, self.trace.x[self.moment.sample]
        ends = f"time step {m.time}{self._unit}"
        found = [self.here, f"epoch {m.epoch}, {ends}"]
        if inputs.size <= MOST_INPUTS:
            found.insert(0, f"epoch {m.epoch}, sample {m.sample} ({inputs_text(inputs)}), {ends}")
        return found

    def as_forward(self, when: list[str]) -> list[str]:
        """Return a moment in words, the longest way first, of a view that shows the same in both directions."""
        is_backward = self.moment.direction == "backward"
        return [*(f"{words}; the same in both directions" for words in when if is_backward), *when]

    def _with_reasons(self, when: list[str]) -> list[str]:
        """Return a moment in words, the longest way first, with why it was chosen if it was."""
        what = why([name for name in self.moment.chosen if self.shows_unit or name != "unit"])
        return [*(f"{words}. {what}" for words in when if what), *when]

    @property
    def here(self) -> str:
        """Epoch, sample and time step in words, and the unit if a single one is shown."""
        m = self.moment
        return f"epoch {m.epoch}, sample {m.sample}, time step {m.time}{self._unit}"

    @property
    def _unit(self) -> str:
        return f", unit {self.moment.unit}" if self.shows_unit else ""

    def build(self) -> None:
        """Draw everything for the moment; where there is too little room, without the verdict."""
        self.says = self._may_say
        try:
            self._build()
        except NoRoom:
            if not self.says:
                raise
            self.says = False
            self._build()

    @fallbacks()
    def _build(self) -> None:
        own, data = self.scales_of(self.moment), self.read(self.moment)
        shared = self.shared(self.moments) if self.shared else {}
        self.scale, self.data = {name: shared.get(name, scale) for name, scale in own.items()}, data
        self.host.clear()
        self.host.set_axis_off()
        self.moving: list[Artist] = []
        self.headings = self.line("top", 0.4, size=1.1 * self.em, bold=True), self.line("top", 1.9, size=small())
        places = [HEADINGS + VERDICT_LINE * k for k in range(VERDICT_LINES if self.says else 0)]
        self.said = [self.line("top", place, size=self.em) for place in places]
        self.moving += [self.headings[1], *self.said]
        self.draw(Box().inset(top=self.head))
        self.check_room(self.name)
        shortest = [f"{self.layer.kind} {self.layer.name!r}"]
        titles = self.titles() + shortest
        if self.label:
            titles = [title if title.startswith(self.label) else f"{self.label}: {title}" for title in titles]
        self.fit(self.headings[0], [*titles, self.label or self.layer.name], self.width() - 1)
        self._show()

    def _show(self) -> None:
        self.fit(self.headings[1], self._with_reasons(self.when()), self.width() - 1)
        if self.says:
            lines = self._verdict_lines()
            for text, line in itertools.zip_longest(self.said, lines, fillvalue=""):
                text.set_text(line)
        self.move()

    def _verdict_lines(self) -> list[str]:
        """Return the verdict in lines: a sentence in each if that fits, else fewer sentences until they fit."""
        found, wide = self.sentences(), self.width() - 1.2
        if all(text_width(self.figure, sentence, self.em) <= wide for sentence in found):
            return found
        shorter = (" ".join(found[:count]) for count in range(len(found), 0, -1))
        lines = (wrapped(self.figure, text, wide, self.em) for text in shorter)
        return next((some for some in lines if len(some) <= VERDICT_LINES), [])

    def _stands(self, moment: Moment) -> tuple:
        """Return on what depends what stands still: the view's key, and the run if the scales are that run's."""
        return self.key(moment), None if self.scales == SPANS[0] else moment.run
