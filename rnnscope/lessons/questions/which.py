"""Which gate, which time step, or which unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnnscope.findings.wording import gates_of, named
from rnnscope.languages import tr
from rnnscope.lessons.here import Here
from rnnscope.lessons.measures import Asked, Found
from rnnscope.lessons.moments import epochs_of, steps_of
from rnnscope.lessons.needs import Lacking
from rnnscope.lessons.questions.question import Pick
from rnnscope.lessons.tables import Table
from rnnscope.trace.naming import step_in_words

MOST_UNITS = 4
"""So many units are offered, of a layer with more."""

OF = ("gate", "step", "unit", "epoch")
"""What can be chosen among."""


@dataclass(frozen=True, kw_only=True)
class Which(Pick):
    """Asks for which gate, time step, unit or epoch a measure is largest or smallest.

    Attributes
    ----------
    of
        What is chosen among.
    among
        Which gates or other quantities are offered; nothing for all gates.
    """

    of: str
    among: tuple[str, ...]

    kind = "which"
    keys = ("of", "among", *Pick.keys)
    own_places = ("truth", "number")

    @classmethod
    def own(cls, table: Table, declared: Mapping[str, Asked]) -> dict[str, Any]:
        """Return what is chosen among, and how."""
        own = {"of": table.name("of", OF), "among": table.names("among")}
        return {**own, **super().own(table, declared)}

    @property
    def quantities(self) -> Sequence[tuple[str, str]]:
        """Those that are offered."""
        return [("among", name) for name in self.among]

    def resolve(self, here: Here) -> dict[str, Any]:
        """Return the question with all choices, their numbers, and which are right."""
        names, found = zip(*self._choices(here), strict=True)
        best, right = self.right(found)
        choices = [
            {"name": name, "value": own.value, "shown": own.text} for name, own in zip(names, found, strict=True)
        ]
        said = self.said(here, truth=names[best], number=found[best].text)
        return {**said, "choices": choices, "right": right, "truth": best}

    def _choices(self, here: Here) -> list[tuple[str, Found]]:
        """Return what can be chosen, by its name, with what the measure comes to."""
        moment = here.moment
        if self.of == "gate":
            gates = self.among or gates_of(moment.layer)
            if len(gates) < 2 or not set(gates) <= set(moment.layer.quantities):
                raise Lacking("gates")
            return [(named(moment.layer, gate), here.of_quantity(self.measure, gate)) for gate in gates]
        if self.of == "step":
            times = sorted(steps_of(moment.layer, moment.sample, here.trace))
            return self._each(here, "time", times, lambda time: tr("step {time}", time=step_in_words(moment, time)))
        if self.of == "epoch":
            epochs = epochs_of(here.trace)
            return self._each(here, "epoch", epochs, lambda epoch: tr("epoch {epoch}", epoch=epoch))
        return self._units(here)

    def _each(self, here: Here, key: str, places: Sequence[int], name: Any) -> list[tuple[str, Found]]:
        if len(places) < 2:
            raise Lacking("steps" if key == "time" else "epochs")
        return [(name(place), here.find(self.measure, **{key: place})) for place in places]

    def _units(self, here: Here) -> list[tuple[str, Found]]:
        """Return a few units, the right one among them: from the largest number to the smallest, evenly chosen."""
        count = here.moment.layer.units
        every = [here.find(self.measure, unit=unit) for unit in range(count)]
        order = sorted(range(count), key=lambda unit: every[unit].value)
        few = min(count, MOST_UNITS)
        chosen = sorted({order[round(k * (count - 1) / max(few - 1, 1))] for k in range(few)})
        if len(chosen) < 2:
            raise Lacking("differences")
        return [(tr("unit {unit}", unit=unit), every[unit]) for unit in chosen]
