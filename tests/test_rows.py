"""The rows that other tests run over hold what they must, and no more than they need."""

from itertools import product

import pytest
from conftest import FUNCTIONS, choices, combinations, combined, one_by_one
from rows import covering, over

import rnnscope as rs
from rnnscope.cells.functions import ACTIVATIONS

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


def test_rows_that_are_not_quick_are_slow_and_none_is_lost():
    axes = {"view": AXES["view"], "units": AXES["units"]}
    for quick, wanted in (("aj", "aj"), ("", AXES["view"])):
        *_, rows = over(("view", "units"), quick=quick, **axes).args
        assert [row.values for row in rows] == covering(axes, [("view", "units")])
        assert {row.values[0] for row in rows if not row.marks} == set(wanted)
        assert {mark.name for row in rows for mark in row.marks} == ({"slow"} if quick else set())
    with pytest.raises(ValueError, match="quick: expected some of"):
        over(quick="z", **axes)


def test_every_cell_every_option_and_every_function_is_among_the_variants():
    variants = one_by_one()
    assert {variant.name for variant in variants} == set(rs.cells.names())
    assert {variant.name for variant in variants if not variant.options} == set(rs.cells.names())
    wanted = {(name, key) for name in rs.cells.names() for key, values in choices(name).items() if len(values) > 1}
    assert {(variant.name, key) for variant in variants for key, _ in variant.options} == wanted
    run = {value for variant in variants for _, value in variant.options}
    run |= {default for name in rs.cells.names() for default, *_ in choices(name).values()}
    assert run >= ACTIVATIONS.keys() & FUNCTIONS.keys()


def test_every_value_is_beside_every_switch_among_the_combinations():
    found = {frozenset(variant.options) for variant in combinations() if variant.name == "GRU"}
    for key, values in combined("GRU").items():
        for switch in ("reset_after", "use_bias"):
            rows = [{(key, value), (switch, is_on)} for value in values for is_on in (False, True) if key != switch]
            assert all(any(row <= options for options in found) for row in rows)
