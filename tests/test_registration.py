"""What is refused before it is registered, what then stays, and what is forgotten with an older declaration."""

from __future__ import annotations

import gc
import itertools
import weakref

import numpy as np
import pytest
import sympy

import rnnscope as rs
from rnnscope.cells import Cell, DeclarationError, linear, previous, relu, sigmoid, state, tanh, x

H_PREV = previous("h")
X = np.random.default_rng(0).normal(size=(3, 4, 1))

pytestmark = pytest.mark.usefixtures("registry_restored")


def blend(share=0.5, name="Mine"):
    return Cell(name, state("h", H_PREV + share * (tanh(linear(x, H_PREV)) - H_PREV), "a blend"))


def mine(share=0.5):
    return blend(share)


def with_tuple(shares=(1, 2)):
    return blend()


def with_list(shares=[1]):  # noqa: B006, it is what is refused
    return blend()


def with_numbers(*shares):
    return blend()


def with_anything(**options):
    return blend()


def by_place(share=1, /):
    return blend()


def with_array(share=np.float32(0.5)):  # noqa: B008
    return blend()


def with_integer(share=np.int64(2)):  # noqa: B008
    return blend()


def with_nan(share=float("nan")):
    return blend()


def with_numpy(activation=np.tanh):
    return blend()


def with_sympy(share=sympy.Rational(1, 2)):  # noqa: B008
    return blend()


def without_default(share):
    return blend()


def with_units(units=3):
    return blend()


def failing():
    return blend(1 / 0)


def failing_in_an_option(deep=False):
    return [][0] if deep else blend()


def returning_nothing():
    blend()


def returning_nothing_in_an_option(deep=False):
    return None if deep else blend()


def renaming(deep=False):
    return blend(name="Deep" if deep else "Mine")


def renaming_by_number(depth=1):
    return blend(name=f"Deep{depth}")


def renaming_by_share(share=0.5):
    return blend(name=f"Share{round(100 * share)}")


def renaming_by_activation(activation=tanh):
    return blend(name=activation.__name__.capitalize())


def contradicting():
    return Cell("Mine", state("h", tanh(linear(x, previous("c"))), "it reads a state that is not there"))


REFUSED = [
    (with_tuple, "the option 'shares'", "which a file of a trace can hold; got (1, 2) (tuple)"),
    (with_list, "the option 'shares'", "got [1] (list)"),
    (with_numbers, "the option 'shares'", "given by name, such as shares=1; got '*shares'"),
    (with_anything, "the option 'options'", "given by name, such as options=1; got '**options'"),
    (by_place, "the option 'share'", "given by name"),
    (with_array, "the option 'share'", "(float32)"),
    (with_integer, "the option 'share'", "(int64)"),
    (with_nan, "the option 'share'", "a finite number", "got nan"),
    (with_numpy, "the option 'activation'", "Activations are those of rnnscope.cells, such as tanh"),
    (with_sympy, "the option 'share'", "got 1/2"),
    (without_default, "the option 'share'", "expected a default, such as share=1; got none"),
    (with_units, "the option 'units'", "belongs to every layer"),
    (failing, "expected a function that returns a Cell", "ZeroDivisionError: division by zero"),
    (failing_in_an_option, "the option 'deep'", "with deep=True it failed with IndexError"),
    (returning_nothing, "expected a function that returns a Cell", "None"),
    (returning_nothing_in_an_option, "the option 'deep'", "with deep=True it is None"),
    (renaming, "the option 'deep'", "a cell called 'Mine'", "with deep=True it is called 'Deep'"),
    (renaming_by_number, "the option 'depth'", "a cell called 'Deep1'", "'Deep2'"),
    (renaming_by_share, "the option 'share'", "a cell called 'Share50'", "'Share25'"),
    (renaming_by_activation, "the option 'activation'", "a cell called 'Tanh'", "'Sigmoid'"),
    (contradicting, "cell Mine, quantity 'h'", "no state 'c' has an equation"),
    (dict, "register", "(type)"),
]


def refused(builder, *words):
    """Check that a function is refused with words, and that nothing of it stays."""
    before = rs.cells.names(), rs.cells.registered()
    with pytest.raises((TypeError, ValueError)) as caught:
        rs.register(builder)
    for word in words:
        assert word in str(caught.value), str(caught.value)
    assert (rs.cells.names(), rs.cells.registered()) == before


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0].__name__)
def test_what_cannot_be_a_cell_is_refused_before_it_is_kept(case):
    refused(*case)
    trace = rs.Sequential([rs.LSTM(2, input_shape=(4, 1)), rs.Dense(1)]).trace(X)
    assert "long short-term" in rs.figures.cell(trace).alt, "the pictures of other cells are drawn as before"


def test_a_function_that_does_not_return_the_same_cell_twice_is_refused():
    shares = itertools.count(1)
    refused(lambda: blend(1 / next(shares)), "Mine: expected a function that returns the same cell", "quantity 'h'")


def test_one_that_is_refused_leaves_the_one_of_that_name():
    rs.register(mine)
    kept = rs.layers.Mine
    refused(renaming, "the option 'deep'")
    refused(with_tuple, "the option 'shares'")
    assert rs.layers.Mine is kept and rs.cells.options("Mine") == {"share": 0.5, "use_bias": True}


def test_a_function_that_goes_wrong_later_harms_only_who_asks_for_it():
    def strange(depth=1, mode="plain"):
        if mode == "broken":
            raise RuntimeError("it is broken")
        return blend(name="Strange" if depth < 3 else "Stranger") if mode == "plain" else None

    rs.register(strange)
    with pytest.raises(DeclarationError, match=r"Strange: expected a cell called 'Strange'.*depth=3.*'Stranger'"):
        rs.layers.Strange(2, depth=3)
    with pytest.raises(TypeError, match=r"Strange: expected a Cell with any options.*mode='other'.*None"):
        rs.layers.Strange(2, mode="other")
    with pytest.raises(RuntimeError, match="it is broken"):
        rs.layers.Strange(2, mode="broken")
    assert rs.layers.Strange(2, depth=2).cell.names == ("h",)
    assert [cell.name for cell in rs.cells.registered()][-1] == "Strange"


def test_the_pictures_of_others_need_no_function_again():
    calls = []

    def counted():
        calls.append(None)
        return blend(name="Counted")

    rs.register(counted)
    before = len(calls)
    rs.cells.registered(), rs.layers.Counted(2), rs.cells.build("Counted")
    assert len(calls) == before


def test_a_function_may_refuse_values_of_its_options():
    def even(share=2):
        if share % 2:
            raise ValueError("share: expected an even number")
        return blend(1 / share, name="Even")

    rs.register(even)
    with pytest.raises(ValueError, match="expected an even number"):
        rs.layers.Even(2, share=3)
    assert rs.layers.Even(2, share=4).cell != rs.layers.Even.cell


def test_activations_may_be_given_by_name():
    @rs.register
    def named(activation="relu", mode="tanh or so"):
        return Cell("Named", state("h", activation(linear(x, H_PREV)), mode))

    assert rs.layers.Named(2).cell["h"].equation.func is relu
    assert rs.layers.Named(2, activation=sigmoid, mode="linear").cell["h"].words == "linear"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_as_an_option(value):
    rs.register(mine)
    with pytest.raises(ValueError, match=r"Mine: share: expected a finite number; got"):
        rs.layers.Mine(2, share=value)


# ---------------------------------------------------------------------------------------------------- what is forgotten


def use(name):
    """Use a cell in every way that keeps something of it, and return references to what was made."""
    layer = getattr(rs.layers, name)(2, input_shape=(4, 1))
    trace = rs.Sequential([layer, rs.Dense(1)]).trace(X)
    rs.formulas.equations(name, "backward"), rs.formulas.parameters(name), layer.source()
    rs.formulas.substitute(trace, rs.Cursor())
    rs.figures.cell(trace)
    return [weakref.ref(rs.cells.build(name)), weakref.ref(layer), weakref.ref(type(layer)), weakref.ref(layer.cell)]


@pytest.mark.slow
def test_declarations_that_were_replaced_are_forgotten():
    def declare(k):
        rs.register(lambda scale=1.0 / (k + 1): blend(scale, name="Replaced"))

    found = []
    for k in range(300):
        declare(k)
        found += [weakref.ref(rs.cells.build("Replaced")), weakref.ref(rs.cells.build("Replaced", use_bias=False))]
        found += use("Replaced") if k % 60 == 0 else []
    declare(300)
    gc.collect()
    assert sum(reference() is not None for reference in found) == 0


def test_a_declaration_that_comes_again_stays_what_it_was():
    rs.register(mine)
    layer, model = rs.layers.Mine, rs.Sequential([rs.layers.Mine(2, input_shape=(4, 1))])
    graph = rs.formulas.equations("Mine")
    rs.register(mine)
    assert rs.layers.Mine is layer and rs.formulas.equations("Mine") is graph
    before = model.predict(X)
    rs.register(lambda: blend(0.25))
    assert rs.layers.Mine is not layer
    np.testing.assert_array_equal(model.predict(X), before)
