"""The rows that other tests run over hold what they must, and no more than they need."""

from itertools import product

import pytest
from rows import covering

AXES = {"view": "abcdefghij", "cell": "PQRST", "units": (4, 300), "direction": ("forward", "backward")}


@pytest.mark.parametrize(
    ("pairs", "most"),
    [
        ([], 10),
        ([("view", "units")], 20),
        ([("view", "units"), ("view", "direction"), ("units", "direction")], 20),
        ([("view", "cell"), ("cell", "units"), ("cell", "direction")], 50),
    ],
)
def test_every_value_and_every_wanted_pair_is_in_few_rows(pairs, most):
    rows = [dict(zip(AXES, row, strict=True)) for row in covering(AXES, pairs)]
    assert len(rows) <= most
    for name, values in AXES.items():
        assert {row[name] for row in rows} == set(values)
    for one, other in pairs:
        assert {(row[one], row[other]) for row in rows} == set(product(AXES[one], AXES[other]))


def test_values_are_taken_about_equally_often():
    rows = covering(AXES, [("view", "units")])
    for k, values in enumerate(AXES.values()):
        counts = [sum(row[k] == value for row in rows) for value in values]
        assert max(counts) - min(counts) <= 2
    assert len({row[2:] for row in rows}) == 4, "sizes and directions are not bound to each other"
