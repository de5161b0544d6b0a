"""Where a stop stands on a trace, and what measures come to there."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from rnnscope.lessons.measures import Asked, Found, found_at, measure_named
from rnnscope.lessons.needs import Lacking
from rnnscope.lessons.texts import Text
from rnnscope.lessons.variants import Variant
from rnnscope.trace import LayerTrace, Moment, Trace


@dataclass(frozen=True)
class Here:
    """A stop on a trace.

    Attributes
    ----------
    moment, layer
        Its moment, and the layer that the lesson is about.
    declared
        The measures of the lesson by name.
    """

    moment: Moment
    layer: LayerTrace
    declared: Mapping[str, Asked]

    @property
    def trace(self) -> Trace:
        """The trace."""
        return self.moment.trace

    def find(self, asked: Asked, **at: Any) -> Found:
        """Return what a measure comes to here, or where the moment is another one."""
        return found_at(replace(asked, at={**asked.at, **at}) if at else asked, self.moment, self.layer)

    def of_quantity(self, asked: Asked, quantity: str) -> Found:
        """Return what a measure of a quantity comes to here."""
        return found_at(replace(asked, arguments={**asked.arguments, "quantity": quantity}), self.moment, self.layer)

    def fill(self, text: Text, also: tuple[Variant, ...] = (), **more: str) -> str:
        """Return a text with its numbers, and behind it those whose conditions can be told, and hold."""
        parts = [text.fill(self._parts(text, more))]
        for own in also:
            with suppress(Lacking):  # what it speaks of is not there
                if own.holds(lambda asked: self.find(asked).value):
                    parts.append(own.text.fill(self._parts(own.text, more)))
        return "".join(parts)

    def _parts(self, text: Text, more: Mapping[str, str]) -> dict[str, str]:
        asked = {name: measure_named("place", name, self.declared) for name in text.places if name not in more}
        return {**{name: self.find(own).text for name, own in asked.items()}, **more}
