"""What every view shares: a host axes, a moment, data first and ink second.

A view reads what it will show from the trace (`read`, plain data), draws its artists once (`draw`) and then only moves
them (`move`). What stands still as long as the `key` of the moment stays the same is drawn anew only when it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol, Self

import numpy as np
from matplotlib.axes import Axes

from rnnscope.figures.definition import ViewDefinition
from rnnscope.figures.drawing.canvas import NoRoom
from rnnscope.figures.drawing.fonts import fallbacks
from rnnscope.figures.drawing.hatches import DROPPED, HELD
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.drawing.notes import Note
from rnnscope.figures.head import (
    HEADINGS,
    Head,
    head_height,
    in_words,
    verdict_lines,
    ways_to_say,
    with_reasons,
    with_remarks,
)
from rnnscope.figures.options import SPANS, options_of
from rnnscope.figures.scale import Scale
from rnnscope.findings import sentences
from rnnscope.languages import language, tr
from rnnscope.trace import LayerTrace, Moment, Trace
from rnnscope.trace.parts import layer_with_kind
from rnnscope.trace.passes import dropped_at, held_steps


class Shared(Protocol):
    """What gives the scales that several views share, each at a moment of its own trace."""

    def __call__(self, moments: Sequence[Moment]) -> Mapping[str, Scale]:
        """Return the scales at moments."""

    def forget(self) -> None:
        """Find scales anew: the traces are others."""


class View(ViewDefinition):
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
    explains
        Whether it explains its signs and scales itself: beside others, one legend does (`notes`).
    named
        All moments that it shows by the names of their traces, of a view that `pairs` them; `moment` is the first.
    waits
        Whether it is drawn only when it is given shared scales (`share`), rather than on its own before.
    options
        The arguments that are its own.

    Attributes
    ----------
    moment
        The moment that it shows.
    trace_names
        What the traces are called that it shows, of a view that `pairs` them.
    data
        What it shows, as plain data.
    scale
        From which number to which each thing is shown; `share` says what gives them.
    says
        Whether its verdict is written below the moment.
    explains
        Whether it explains its signs and scales itself.
    headings
        The title, and the line below it that says which moment is shown.
    slots
        How many panels have room side by side; `share` sets it so that the panels of several views stand in line.
    label
        What its trace is called beside others.
    """

    _slack = 0.0
    """So much wider than they need be scales may be."""

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
        explains: bool = True,
        named: Mapping[str, Moment] | None = None,
        waits: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(host)
        self.says = self._may_say = says and bool(self.topics)
        self.explains = explains
        self.moment, self.label, self.slots = moment, label, 1
        self.trace_names, self.moments = (*(named or {"": moment}),), (*(named or {"": moment}).values(),)
        self.shared: Shared | None = None
        for name, option in options_of(type(self)).items():
            setattr(self, name, option.check(options.get(name, option.default), self.trace))
        self.check_moment(moment)
        if size is not None:
            self.figure.set_size_inches(self.with_verdict(size(self)))
        self._waits = waits
        if not waits:
            self.build()

    # ------------------------------------------------------------------------------------------------- what it offers

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
        return head_height(self.most_lines if self.says else 0)

    def scales_here(self) -> dict[str, Scale]:
        """Return the scales at the moment: the shared ones, or its own."""
        shared = self.shared(self.moments) if self.shared else {}
        return {name: shared.get(name, scale) for name, scale in self.scales_of(self.moment).items()}

    def scales_key(self, moment: Moment) -> tuple:
        """Return on what its scales depend."""
        return self.stands(moment)

    def span(self, array: np.ndarray, moment: Moment) -> np.ndarray:
        """Return of an array, (epoch, sample, …), what the scales reach over: all of it, or the moment's part."""
        return array if self.spans_epochs(moment) else array[moment.run]

    def spans_epochs(self, moment: Moment) -> bool:
        """Say whether the scales at a moment reach over all epochs."""
        return self.scales == SPANS[0] and not (self.shows_gradients and moment.direction == "backward")

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
    def layer_named(self) -> str:
        """Its kind and what it is called, in a title."""
        return layer_with_kind(self.trace, self.layer)

    @property
    def alt(self) -> str:
        """What is shown, in words."""
        return " ".join(filter(None, (self.verdict, self.words())))

    @property
    def opener(self) -> Callable[..., Any]:
        """What chooses for it where a cursor is open: views with the same one mean the same moment."""
        return type(self).prefer.__func__

    def own(self, moments: Sequence[Moment]) -> Moment:
        """Return which of the moments of several traces is that of its own."""
        return next(moment for moment in moments if moment.trace is self.trace)

    def check_moment(self, moment: Moment) -> None:
        """Refuse a moment that cannot be shown."""
        if self.recurrent and not moment.layer.is_recurrent:
            there = ", ".join(layer.name for layer in self.trace.recurrent_layers)
            raise ValueError(
                f"layer: expected a recurrent layer ({there}); {moment.layer.name!r} is {moment.layer.kind}"
            )

    def exchange(self, moments: Sequence[Moment], slack: float = 0.0) -> None:
        """Take moments of other traces, which are alike, in place of those that it shows; `show` then shows one.

        With some slack, scales may be so much wider than they need be: many more traces are to follow.
        """
        is_loose = not self.shared and (self.stands_loosely or not self.stands_on_trace)
        self._slack = slack if is_loose else 0.0
        place = [moment.trace for moment in self.moments].index(self.trace)
        self.moment, self.moments, self._is_exchanged = moments[place], tuple(moments), True
        self._forget()
        if self.shared:
            self.shared.forget()

    def _forget(self) -> None:
        """Forget what is kept of a trace."""
        for name in [each for each in vars(self) if isinstance(getattr(type(self), each, None), cached_property)]:
            delattr(self, name)

    def show(self, moments: Sequence[Moment]) -> bool:
        """Move to moments that were checked; return whether what stands still had to be drawn anew."""
        before = self.moment, self.moments
        self.moment, self.moments = self.own(moments), tuple(moments)
        is_other = self.stands(self.moment) != self._stood or (self._is_exchanged and self._is_trace_seen())
        self._is_exchanged = False
        try:
            if is_other:
                self.build()
            else:
                self.data = self._read()
        except ValueError:
            self.moment, self.moments = before
            if is_other:  # it may have been drawn by half
                self.build()
            raise
        if not is_other:
            self._show()
        return is_other

    def share(self, shared: Shared, moments: Sequence[Moment], *, slots: int = 1, label: str = "") -> None:
        """Draw anew on shared scales that concern this view, with room for more panels, and a name, if they differ."""
        before = self.slots, self.label
        self.shared, self.moments, self.slots, self.label = shared, tuple(moments), slots, label
        if self._waits or (slots, label) != before or self.scales_here() != self.scale:
            self._waits = False
            self.build()

    def notes_on(self, shared: Shared, moments: Sequence[Moment]) -> Sequence[Note]:
        """Return its notes as they would be on shared scales, on which it is not drawn."""
        own = self.shared, self.moments, self.scale
        self.shared, self.moments = shared, tuple(moments)
        self.scale = self.scales_here()
        try:
            return self.notes()
        finally:
            self.shared, self.moments, self.scale = own

    # --------------------------------------------------------------------------------------------------- what is drawn

    def when(self) -> list[str]:
        """Return the moment in words, the longest way first."""
        return ways_to_say(self.moment, unit=self.shows_unit, layer=self.shows_layer)

    def remarks(self) -> list[str]:
        """Return what is said beside the moment: what hatches and stripes mean, if there are some."""
        found = [tr(HELD)] if self.shows_held and len(held_steps(self.moment)) else []
        states = self.moment.layer.cell.states if self.shows_dropped and self.moment.layer.is_recurrent else ()
        return found + ([tr(DROPPED)] if set(states) & set(dropped_at(self.moment)) else [])

    def as_forward(self, when: list[str]) -> list[str]:
        """Return a moment in words, the longest way first, of a view that shows the same in both directions."""
        is_backward = self.moment.direction == "backward"
        same = [tr("{moment}; the same in both directions", moment=words) for words in when if is_backward]
        return [*same, *when]

    @property
    def here(self) -> str:
        """Epoch, sample and time step in words, and the unit if a single one is shown."""
        return in_words(self.moment, unit=self.shows_unit, layer=self.shows_layer)

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

    def _is_trace_seen(self) -> bool:
        """Say whether another trace, that is alike, is seen in what stands still."""
        if self._slack:
            own = self._scales_of_epoch().items()
            return not all(name in self.scale and self.scale[name].covers(scale) for name, scale in own)
        return self.stands_on_trace or self.scales_here() != self.scale

    def _scales_of_epoch(self) -> dict[str, Scale]:
        """Return the scales of the moment's epoch alone, which take no longer the more epochs there are."""
        with self._of_epoch():
            return self.scales_here()

    def _read(self) -> Any:
        """Return what it shows, as plain data."""
        if not self._slack:
            return self.read(self.moment)
        with self._of_epoch():
            return self.read(self.moment)

    @contextmanager
    def _of_epoch(self) -> Iterator[None]:
        """Know inside the block of no other epoch than the moment's."""
        own, alone = self.moment, self.trace.alone(self.moment.place)
        self.moment = replace(own, trace=alone, layer=alone[own.layer.name], place=0)
        try:
            yield
        finally:
            self.moment = own
            self._forget()

    @fallbacks()
    def _build(self) -> None:
        self._stood, self._is_exchanged = self.stands(self.moment), False
        self.scale = {
            name: scale.wider(self._slack) if self._slack else scale for name, scale in self.scales_here().items()
        }
        self.data = self.read(self.moment)
        self.host.clear()
        self.host.set_axis_off()
        self._head, self._said = Head(self, self.most_lines if self.says else 0), []
        self.headings, self.moving = (self._head.title, self._head.when), self._head.moving
        self.draw(Box().inset(top=self.head))
        self.check_room(self.name)
        self.entitle()
        for artist in self.moving:
            artist.stale_callback = None  # it is drawn at every step anyway: nobody has to be told that it changed
        self._show()

    def entitle(self) -> None:
        """Write the title; a view whose title changes as it moves does so again."""
        titles = [*self.titles(), f"{self.layer.kind} {self.layer.name!r}"]
        if self.label:
            titles = [title if title.startswith(self.label) else f"{self.label}: {title}" for title in titles]
        self.fit(self.headings[0], [*titles, self.label or self.layer.name], self.width() - 1)

    def _show(self) -> None:
        shown = {"layer": self.shows_layer, "sample": self.shows_sample, "unit": self.shows_unit}
        ways = with_remarks(with_reasons(self.when(), self.moment, **shown), self.remarks())
        self.fit(self.headings[1], ways, self.width() - 1)
        found = self.sentences() if self.says else []
        if found != self._said:
            self._head.say(verdict_lines(self, found, self.most_lines, spare=int(bool(self.trace.interventions))))
            self._said = found
        self.move()

    def stands(self, moment: Moment) -> tuple:
        """Return on what depends what stands still: the view's key, the run if the scales are that run's, its words."""
        return self.key(moment), None if self.spans_epochs(moment) else moment.run, language()
