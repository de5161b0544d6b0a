"""Texts that are shown where a condition holds, so that a lesson is true on every trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any

from rnnscope.lessons.measures import Asked, measure_named
from rnnscope.lessons.tables import Table
from rnnscope.lessons.texts import Text, text_of

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "above": gt,
    "below": lt,
    "least": ge,
    "most": le,
    "is": eq,
}
"""How a condition compares a measure with a number."""


@dataclass(frozen=True)
class Variant:
    """A text and its conditions.

    Attributes
    ----------
    text
        The text.
    when
        The measure, how it is compared, and with what; all have to hold.
    """

    text: Text
    when: tuple[tuple[Asked, str, float], ...]

    def holds(self, measured: Callable[[Asked], float]) -> bool:
        """Say whether it is shown, by what measures come to."""
        return all(COMPARISONS[how](measured(asked), number) for asked, how, number in self.when)


def variants_of(table: Table, declared: Mapping[str, Asked]) -> tuple[Variant, ...]:
    """Return the texts below `also`, each with `when.left.above = 0.5` and the like."""
    found = []
    for entry in table.tables("also"):
        conditions = entry.only(["when", "text"]).table("when")
        if not conditions.values:
            raise ValueError(f"{entry.where}: expected a condition, such as when.left.above = 0.5; got none")
        found.append(Variant(text_of(entry, "text"), tuple(_conditions(conditions, declared))))
    return tuple(found)


def _conditions(table: Table, declared: Mapping[str, Asked]) -> Any:
    for name in table.values:
        asked, how = measure_named(f"{table.where}: measure", name, declared), table.table(name)
        for key in how.only(COMPARISONS).values:
            yield asked, key, how.get(key, float)
