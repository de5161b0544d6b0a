"""What all questions have: what is asked, what is said afterwards, and whether it is worked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from rnnscope.interventions import Change
from rnnscope.lessons.here import Here
from rnnscope.lessons.measures import Asked, Found, measure_named
from rnnscope.lessons.needs import Lacking
from rnnscope.lessons.tables import Table
from rnnscope.lessons.texts import Text, text_of
from rnnscope.lessons.variants import Variant, variants_of
from rnnscope.trace import Moment

COMMON = ("kind", "ask", "after", "also", "worked", "measure", "views")
"""The keys that all kinds of questions have."""

PICKS: dict[str, Callable[[Sequence[float]], float]] = {"largest": max, "smallest": min}
"""Which of several numbers is meant."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question of a stop; each kind is a class in a file of its own in this folder.

    Attributes
    ----------
    ask
        What is asked.
    after
        What is said once the answer is known; None for nothing.
    also
        What is said then too, where a condition holds.
    worked
        Whether the answer is shown with the question: how it is found, before others are asked.
    measure
        What answers it.
    views
        The views that are shown once the answer is known; nothing for those of the stop.
    """

    ask: Text
    after: Text | None
    also: tuple[Variant, ...]
    worked: bool
    measure: Asked
    views: tuple[str, ...]

    kind: ClassVar[str]
    """Its name in lesson files."""
    keys: ClassVar[tuple[str, ...]] = ()
    """The keys that it has beside those of all."""
    own_places: ClassVar[tuple[str, ...]] = ("truth",)
    """What texts after the answer can name beside measures."""
    shows_pairs: ClassVar[bool] = False
    """Whether views of two runs can be shown afterwards."""

    @classmethod
    def read(cls, table: Table, declared: Mapping[str, Asked]) -> Self:
        """Return the question that a table holds.

        Raises
        ------
        ValueError
            If a key is wrong, or nothing answers the question.
        """
        table.only([*COMMON, *cls.keys])
        if "measure" not in table:
            raise ValueError(f'{table.where}: expected an answer, measure = "..." (what is computed); got none')
        return cls(
            ask=text_of(table, "ask"),
            after=text_of(table, "after", default=None),
            also=variants_of(table, declared),
            worked=table.get("worked", bool, False),
            measure=measure_named(f"{table.where}: measure", table.get("measure", str), declared),
            views=table.names("views"),
            **cls.own(table, declared),
        )

    @classmethod
    def own(cls, table: Table, declared: Mapping[str, Asked]) -> dict[str, Any]:
        """Return the attributes of a kind of its own."""
        return {}

    @property
    def quantities(self) -> Sequence[tuple[str, str]]:
        """The quantities that it names, each with the key at which it does."""
        return ()

    def changes_at(self, moment: Moment) -> tuple[Change, ...]:
        """Return what it changes in the net."""
        return ()

    def moved(self, here: Here) -> Moment:
        """Return where it is asked, for a stop that stands here: here, or at a moment that has what it takes."""
        return here.moment

    def resolve(self, here: Here) -> dict[str, Any]:
        """Return the question on a trace as plain data, with its true answer."""
        raise NotImplementedError

    def said(self, here: Here, **places: str) -> dict[str, Any]:
        """Return what all kinds have as plain data."""
        also = self.also if self.after else ()
        after = here.fill(self.after, also, **places) if self.after else ""
        own = {"kind": self.kind, "worked": self.worked, "views": list(self.views)}
        return {**own, "ask": here.fill(self.ask), "after": after}


@dataclass(frozen=True, kw_only=True)
class Pick(Question):
    """A question for the place where a measure is largest or smallest.

    Attributes
    ----------
    pick
        `"largest"` or `"smallest"`.
    tolerance
        So near to it others are right too.
    relative
        The same as a part of what lies between the smallest number and the largest. The wider of both counts.
    """

    pick: str
    tolerance: float
    relative: float

    keys = ("pick", "tolerance", "relative")

    @classmethod
    def own(cls, table: Table, declared: Mapping[str, Asked]) -> dict[str, Any]:
        """Return which of the numbers is meant, and how exactly."""
        tolerances = {key: table.number(key, 0.0) for key in ("tolerance", "relative")}
        return {"pick": table.name("pick", PICKS, "largest"), **tolerances}

    def right(self, found: Sequence[Found]) -> tuple[int, list[int]]:
        """Return the right place among numbers, and all that are right.

        Raises
        ------
        Lacking
            If that are all of them: then there is nothing to ask.
        """
        values = [own.value for own in found]
        best = PICKS[self.pick](values)
        near = max(self.tolerance, self.relative * (max(values) - min(values)))
        right = [place for place, number in enumerate(values) if abs(number - best) <= near]
        if len(right) == len(values):
            raise Lacking("differences")
        return values.index(best), right
