"""Chosen rows of a product: every value of every axis, and every pair of values that can interact, at least once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import combinations, product

import pytest

import rnnscope as rs
from rnnscope.cells import Cell

Names = tuple[str, ...]
Item = frozenset[tuple[str, int]]
"""The place of a value on its axis, or the places of two values on theirs."""


def covering(axes: dict[str, Sequence[Hashable]], pairs: Sequence[Names] = ()) -> list[tuple[Hashable, ...]]:
    """Return few rows that hold every value of every axis, and every pair of values of the axes in `pairs`.

    Each row begins with what is still missing; of the values of the other axes it takes those that bring most of what
    is missing, and of equals the one that was seldom taken, by itself and beside those that the row has already.
    """
    alone = [frozenset({(name, k)}) for name, values in axes.items() for k in range(len(values))]
    together = [frozenset(zip(pair, ks, strict=True)) for pair in pairs for ks in places_of(axes, pair)]
    missing, taken, found = dict.fromkeys([*together, *alone]), Counter(), []
    while missing:
        row = dict(next(iter(missing)))
        for name in [name for name in axes if name not in row]:
            choices = [{**row, name: k} for k in range(len(axes[name]))]
            row = max(choices, key=lambda choice: (gain(missing, choice), -sum(taken[item] for item in items(choice))))
        taken.update(items(row))
        missing = {item: None for item in missing if not item <= row.items()}
        found.append(tuple(axes[name][row[name]] for name in axes))
    return found


def places_of(axes: dict[str, Sequence[Hashable]], names: Names) -> list[tuple[int, ...]]:
    """Return the places of all combinations of the values of some axes."""
    return list(product(*(range(len(axes[name])) for name in names)))


def items(row: dict[str, int]) -> list[Item]:
    """Return the values of a row, and all pairs of them."""
    return [frozenset(some) for count in (1, 2) for some in combinations(row.items(), count)]


def gain(missing: dict[Item, None], row: dict[str, int]) -> int:
    """Return how much of what is missing a row would bring."""
    return sum(item in missing for item in items(row))


def over(*pairs: Names, quick: Sequence[Hashable] = (), **axes: Sequence[Hashable]) -> pytest.MarkDecorator:
    """Run a test over chosen rows: each value of each argument, and each pair of values of two arguments in `pairs`.

    With `quick`, the rows whose first value is none of these are in the slow suite.
    """
    first = next(iter(axes.values()))
    if unknown := set(quick) - set(first):
        raise ValueError(f"quick: expected some of {list(first)}; got {sorted(unknown, key=str)}")
    found = [
        pytest.param(
            *row, id="-".join(map(label, row)), marks=[pytest.mark.slow] * (bool(quick) and row[0] not in quick)
        )
        for row in covering(axes, pairs)
    ]
    return pytest.mark.parametrize(tuple(axes), found)


def label(value: Hashable) -> str:
    """Return what a value is called in the name of a test: cells by their name, flags by those that are set."""
    if isinstance(value, Cell):
        return value.name
    return "+".join(key for key, is_set in value.items() if is_set) if isinstance(value, dict) else str(value)


def mostly_slow(*, quick: Sequence[str], **axis: Sequence[str]) -> pytest.MarkDecorator:
    """Run a test over all values of an argument, all but the quick ones in the slow suite."""
    ((name, values),) = axis.items()
    return over(quick=quick, **{name: values})


def extreme_cells() -> list[str]:
    """Return the cell with the most quantities and the one with the fewest: what fits both fits those between."""

    def size(cell: Cell) -> tuple[int, int]:
        return len(cell.names), len(cell.weights)

    ranked = sorted(rs.cells.registered(), key=size)
    return [ranked[-1].name, ranked[0].name]
