"""Move to the time step, epoch, unit or phase where something is so; it is recognised when done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnscope.findings.wording import gates_of, named
from rnnscope.languages import tr
from rnnscope.lessons.here import Here
from rnnscope.lessons.measures import Asked, Found
from rnnscope.lessons.moments import epochs_of
from rnnscope.lessons.needs import Lacking
from rnnscope.lessons.questions.question import Pick
from rnnscope.lessons.tables import Table
from rnnscope.trace import Moment
from rnnscope.trace.naming import step_in_words

OVER = ("epoch", "time", "unit", "phase")
"""Over what one moves."""


@dataclass(frozen=True, kw_only=True)
class Go(Pick):
    """Asks to move where a measure is largest or smallest.

    Attributes
    ----------
    over
        Over what one moves; over phases only gates count.
    """

    over: str

    kind = "go"
    keys = ("over", *Pick.keys)
    own_places = ("truth", "number")

    @classmethod
    def own(cls, table: Table, declared: Mapping[str, Asked]) -> dict[str, Any]:
        """Return over what one moves, and where to."""
        return {"over": table.name("over", OVER), **super().own(table, declared)}

    def moved(self, here: Here) -> Moment:
        """Return a moment where there is something left to do: not at a right place."""
        moment = here.moment
        places, found = self._all(here)
        right = [places[k] for k in self.right(found)[1]]
        if getattr(moment, self.over) not in right:
            return moment
        return moment.but(**{self.over: next(place for place in places if place not in right)})

    def resolve(self, here: Here) -> dict[str, Any]:
        """Return the question with all places, their numbers, and which are right."""
        places, found = self._all(here)
        best, right = self.right(found)
        said = self.said(here, truth=self._name(here, places[best]), number=found[best].text)
        numbers = [
            {"name": self._name(here, place), "value": own.value, "shown": own.text}
            for place, own in zip(places, found, strict=True)
        ]
        return {
            **said,
            "over": self.over,
            "places": [places[k] for k in right],
            "to": places[best],
            "choices": numbers,
            "right": right,
            "truth": best,
        }

    def _all(self, here: Here) -> tuple[list[Any], list[Found]]:
        """Return all places, and what the measure comes to there."""
        places = self._places(here)
        if len(places) < 2:
            raise Lacking("differences")
        return places, [self._found(here, place) for place in places]

    def _places(self, here: Here) -> list[Any]:
        layer = here.moment.layer
        if self.over == "time":
            return list(range(here.moment.steps))
        if self.over == "epoch":
            return epochs_of(here.trace)
        return list(range(layer.units)) if self.over == "unit" else gates_of(layer)

    def _found(self, here: Here, place: Any) -> Found:
        return (
            here.of_quantity(self.measure, place)
            if self.over == "phase"
            else here.find(self.measure, **{self.over: place})
        )

    def _name(self, here: Here, place: Any) -> str:
        """Return what a place is called."""
        if self.over == "time":
            return tr("step {time}", time=step_in_words(here.moment, place))
        if self.over == "phase":
            return named(here.moment.layer, place)
        return tr("epoch {epoch}", epoch=place) if self.over == "epoch" else tr("unit {unit}", unit=place)
