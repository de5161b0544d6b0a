"""What will happen if something is changed: `rs.what_if` tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rnnscope import interventions
from rnnscope.interventions import Change, Hold
from rnnscope.interventions import what_if as run_again
from rnnscope.interventions.presets import FINDERS, presets_of
from rnnscope.interventions.what_if import AS_IT_WAS, CHANGED
from rnnscope.languages import tr
from rnnscope.lessons.here import Here
from rnnscope.lessons.measures import Asked
from rnnscope.lessons.moments import moment_at, quantity_of
from rnnscope.lessons.needs import Lacking
from rnnscope.lessons.questions.question import Question
from rnnscope.lessons.tables import Table
from rnnscope.trace import Moment

SAME = 0.02
"""Without a word of the lesson, what changes by at most this part of itself stays nearly the same."""


@dataclass(frozen=True)
class Hands:
    """What is changed, as a lesson writes it.

    Attributes
    ----------
    preset
        One of `rs.interventions`, such as `"forget_at_once"`; or empty.
    hold, value
        Else the quantity that is held, and at what.
    time
        At which time step, by number or word; None for all.
    """

    preset: str = ""
    hold: str = ""
    value: float = 0.0
    time: str | int | None = None

    def at(self, moment: Moment) -> tuple[Change, ...]:
        """Return the changes in the layer of a moment."""
        layer = moment.layer
        if self.preset:
            if self.preset not in presets_of(layer.cell):
                raise Lacking("change")
            return getattr(interventions, self.preset)(moment.trace, layer.name)
        quantity = quantity_of(self.hold, layer)
        if quantity not in layer.cell.names:
            raise Lacking("change")
        time = None
        if self.time is not None:
            time = moment_at({"time": self.time}, moment.trace, layer, moment).time
        return (Hold(layer.name, quantity, self.value, time=time),)


@dataclass(frozen=True, kw_only=True)
class WhatIf(Question):
    """Asks whether a measure becomes larger or smaller, or stays nearly the same, if something is changed.

    Attributes
    ----------
    change
        What is changed.
    same
        What changes by at most so much stays nearly the same; None for a fiftieth of what it was.
    """

    change: Hands
    same: float | None

    kind = "what_if"
    keys = ("change", "same")
    own_places = ("truth", "before", "number")
    shows_pairs = True

    @classmethod
    def own(cls, table: Table, declared: Mapping[str, Asked]) -> dict[str, Any]:
        """Return what is changed."""
        change = table.table("change").only(["preset", "hold", "value", "time"])
        if ("preset" in change) == ("hold" in change):
            raise ValueError(
                f"{change.where}: expected either preset or hold; got {', '.join(change.values) or 'none'}"
            )
        time = change.values.get("time")
        made = Hands(
            change.name("preset", FINDERS, ""),
            change.get("hold", str, ""),
            change.get("value", float, 0.0),
            change.get("time", int) if isinstance(time, int) else change.get("time", str, None),
        )
        same = table.number("same", 0.0) if "same" in table else None
        return {"change": made, "same": same}

    @property
    def quantities(self) -> Sequence[tuple[str, str]]:
        """The one that is held."""
        return [("change: hold", self.change.hold)] if self.change.hold else []

    def changes_at(self, moment: Moment) -> tuple[Change, ...]:
        """Return what is changed in the layer of a moment."""
        return self.change.at(moment)

    def moved(self, here: Here) -> Moment:
        """Return the moment at the nearest epoch whose weights were kept."""
        moment, epochs = here.moment, here.trace.snapshots.epochs
        if not len(epochs):
            raise Lacking("weights")
        return moment.but(epoch=min(epochs.tolist(), key=lambda epoch: abs(epoch - moment.epoch)))

    def resolve(self, here: Here) -> dict[str, Any]:
        """Return the question with what the measure was and what it becomes."""
        changes = self.changes_at(here.moment)
        changed = run_again(here.trace, *changes, epoch=here.moment.epoch)
        after = replace(here, moment=here.moment.cursor.at(changed), layer=changed[here.layer.name])
        was, now = here.find(self.measure), after.find(self.measure)
        same = SAME * abs(was.value) if self.same is None else self.same
        gap = now.value - was.value
        truth = 2 if abs(gap) <= same else 0 if gap > 0 else 1
        names = [tr("larger"), tr("smaller"), tr("nearly the same")]
        numbers = [
            {"name": tr(AS_IT_WAS), "value": was.value, "shown": was.text},
            {"name": tr(CHANGED), "value": now.value, "shown": now.text},
        ]
        said = self.said(here, truth=names[truth], before=was.text, number=now.text)
        choices = [{"name": name} for name in names]
        return {
            **said,
            "choices": choices,
            "right": [truth],
            "truth": truth,
            "numbers": numbers,
            "changes": [tr(each) for each in changed.interventions[-len(changes) :]],
        }
