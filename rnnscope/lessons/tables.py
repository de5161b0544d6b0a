"""Tables of a lesson file, read key by key: what is wrong is named with its file, its stop and its key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from rnnscope.checks import describe, one_of

REQUIRED = object()
"""Stands for a value that a file has to give."""

KINDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}
"""What the values of a file are called."""


@dataclass(frozen=True)
class Table:
    """A table of a file.

    Attributes
    ----------
    where
        Where it stands, such as `lstm.toml: stop 3: question`.
    values
        What it holds.
    """

    where: str
    values: Mapping[str, Any]

    def only(self, keys: Iterable[str]) -> Table:
        """Return the table if it has no other keys than these; the nearest is named."""
        for key in self.values:
            one_of(f"{self.where}: key", key, keys)
        return self

    def __contains__(self, key: object) -> bool:
        return key in self.values

    def get(self, key: str, kind: type, default: Any = REQUIRED) -> Any:
        """Return a value of a kind; whole numbers are numbers too."""
        if key not in self.values:
            if default is REQUIRED:
                there = ", ".join(self.values) or "nothing"
                raise ValueError(f"{self.where}: expected the key {key!r}, {KINDS[kind]}; got {there}")
            return default
        value = self.values[key]
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            self.refuse(key, KINDS[kind], value)
        return value

    def name(self, key: str, valid: Iterable[str], default: Any = REQUIRED) -> str:
        """Return a name out of some."""
        if key not in self.values and default is not REQUIRED:
            return default
        return one_of(f"{self.where}: {key}", self.get(key, str), valid)

    def number(self, key: str, default: float, low: float = 0.0) -> float:
        """Return a number of at least `low`."""
        found = self.get(key, float, default)
        if not low <= found < float("inf"):
            self.refuse(key, f"a number of at least {low:g}", found)
        return found

    def names(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return one text, or a list of texts, as several."""
        value = self.values.get(key, list(default))
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            self.refuse(key, "a text or a list of texts", value)
        return tuple(entries)

    def table(self, key: str) -> Table:
        """Return the table below a key; an empty one if there is none."""
        return Table(f"{self.where}: {key}", self.get(key, dict, {}))

    def tables(self, key: str) -> list[Table]:
        """Return the tables of a list."""
        entries = self.get(key, list, [])
        for entry in entries:
            if not isinstance(entry, dict):
                self.refuse(key, "a list of tables", entry)
        return [Table(f"{self.where}: {key} {number}", entry) for number, entry in enumerate(entries, 1)]

    def refuse(self, key: str, wanted: str, value: Any) -> NoReturn:
        """Refuse the value of a key."""
        raise ValueError(f"{self.where}: {key}: expected {wanted}; got {describe(value)}")
