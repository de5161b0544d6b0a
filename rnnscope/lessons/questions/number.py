"""A number before it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnnscope.analysis.classes import are_classes
from rnnscope.lessons.here import Here
from rnnscope.lessons.measures import Asked
from rnnscope.lessons.measures.measure import ANSWER, SHARE
from rnnscope.lessons.questions.question import Question
from rnnscope.lessons.tables import Table


@dataclass(frozen=True, kw_only=True)
class Number(Question):
    """Asks for a number; a guess is right if it is no further away than the tolerance.

    Attributes
    ----------
    tolerance
        How far, in the measure's own unit: of a share 0.1 is 10 percentage points.
    relative
        How far, as a part of the truth. The wider of both counts.
    """

    tolerance: float
    relative: float

    kind = "number"
    keys = ("tolerance", "relative")

    @classmethod
    def own(cls, table: Table, declared: Mapping[str, Asked]) -> dict[str, Any]:
        """Return the tolerances."""
        return {"tolerance": table.number("tolerance", 0.0), "relative": table.number("relative", 0.0)}

    def resolve(self, here: Here) -> dict[str, Any]:
        """Return the question with the number, in percent if it is a share."""
        found, form = here.find(self.measure), self.measure.measure.form
        is_share = form == SHARE or (form == ANSWER and are_classes(here.trace))
        scale = 100 if is_share else 1
        unit = "%" if is_share else (here.trace.labels.unit or "") if form == ANSWER else ""
        near = max(self.tolerance, self.relative * abs(found.value))
        low, high = (0, 100) if is_share and 0 <= found.value <= 1 else (None, None)
        number = {"truth": found.value * scale, "tolerance": near * scale, "unit": unit, "low": low, "high": high}
        return {**self.said(here, truth=found.text), **number, "shown": found.text}
