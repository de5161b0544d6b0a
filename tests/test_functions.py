"""The elementwise functions of declarations: values, slopes and ranges of each entry, and what a symbol stands for."""

import copy
import pickle

import mpmath
import numpy as np
import pytest
import sympy

from rnnscope.cells import linear, previous, symbols, x
from rnnscope.cells.function_facts import FUNCTIONS, declared_functions, facts_of, value_of
from rnnscope.cells.graph import slopes
from rnnscope.cells.refs import Ref, Symbol

ALL = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
POINTS = np.array([-30.0, -4.1, -1.3, -0.2, 0.1, 0.6, 2.9, 5.2, 30.0])
WIDE = mpmath.sqrt(2) * float(np.float32(np.sqrt(0.5)))
SELU = mpmath.mpf("1.05070098735548049341933498529")
EXACT = {
    "sigmoid": lambda z: 1 / (1 + mpmath.exp(-z)),
    "relu": lambda z: max(z, mpmath.mpf(0)),
    "hard_sigmoid": lambda z: min(max(z / 6 + mpmath.mpf(1) / 2, 0), 1),
    "softplus": lambda z: mpmath.log(1 + mpmath.exp(z)),
    "log_sigmoid": lambda z: -mpmath.log(1 + mpmath.exp(-z)),
    "elu": lambda z: z if z > 0 else mpmath.expm1(z),
    "selu": lambda z: SELU * (z if z > 0 else mpmath.mpf("1.67326324235437728481704296463") * mpmath.expm1(z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "gelu": lambda z: z * mpmath.ncdf(z * WIDE),
    "gelu_slope": lambda z: mpmath.ncdf(z * WIDE) + z * WIDE * mpmath.npdf(z * WIDE),
    "gelu_exact": lambda z: z * mpmath.ncdf(z),
    "gelu_exact_slope": lambda z: mpmath.ncdf(z) + z * mpmath.npdf(z),
    "leaky_relu": lambda z: z if z > 0 else z * mpmath.mpf(float(np.float32(0.2))),
    "relu6": lambda z: min(max(z, mpmath.mpf(0)), 6),
    "absolute": abs,
    "selu_slope": lambda z: SELU * (mpmath.mpf("1.67326324235437728481704296463") * mpmath.exp(z) if z < 0 else 1),
    "leaky_relu_slope": lambda y: 1.0 if y > 0 else float(np.float32(0.2)),
    "maximum": lambda a, b: max(a, b),
    "is_positive": lambda z: float(z > 0),
    "is_between_0_and_1": lambda z: float(0 < z < 1),
    "is_at_least": lambda a, b: float(a >= b),
    "expm1": lambda z: mpmath.exp(z) - 1,
    **{name: getattr(mpmath, name) for name in ("tanh", "exp", "log", "sin", "cos")},
}
"""The functions with 60 digits, written anew; one that is not here is only checked against itself."""
ROUNDED = {"sin": 1e-16, "gelu": 1e-150, "gelu_slope": 1e-150}
"""What may be missing at values that are tiny beside the argument."""


def points_of(facts):
    points = np.abs(POINTS) if facts.name == "log" else POINTS
    return [points, points[::-1] * 0.9][: facts.arguments]


@ALL
def test_values(function):
    facts = facts_of(function)
    points = points_of(facts)
    values = facts.value(*points)
    assert values.min() >= facts.low and values.max() <= facts.high
    with mpmath.workdps(60):
        for k, value in enumerate(values) if facts.name in EXACT else ():
            wanted = float(EXACT[facts.name](*(mpmath.mpf(float(each[k])) for each in points)))
            assert value == pytest.approx(wanted, rel=4e-15, abs=ROUNDED.get(facts.name, 1e-300))


@ALL
def test_a_result_may_go_where_an_argument_was(function):
    facts = facts_of(function)
    points = points_of(facts)
    wanted = facts.value(*points)
    room = [each.copy() for each in points]
    assert facts.numpy(*room, out=room[0]) is room[0]
    np.testing.assert_array_equal(room[0], wanted)


@pytest.mark.parametrize("function", declared_functions(), ids=lambda function: function.__name__)
def test_slopes_agree_with_differences(function):
    """A slope, in recorded values where it is written so, against central differences of the values."""
    facts = facts_of(function)
    arguments = symbols(" ".join("ab"[: facts.arguments]))
    held = {function(*arguments): Symbol.of("value", "y")}
    points = dict(zip(arguments, points_of(facts), strict=True))
    recorded = points | {held[function(*arguments)]: facts.value(*points.values())}
    for argument, slope in slopes(function(*arguments), held).items():
        step = 1e-6
        ends = (facts.value(*(p + s * (a == argument) for a, p in points.items())) for s in (step, -step))
        difference = np.subtract(*ends) / (2 * step)
        found = np.broadcast_to(value_of(slope, recorded), POINTS.shape)
        np.testing.assert_allclose(found, difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "point"), [("softplus", -30.0), ("log_sigmoid", 30.0)])
def test_slopes_keep_their_digits_where_a_value_is_tiny(name, point):
    function = next(function for function in FUNCTIONS if function.__name__ == name)
    (z,) = symbols("z")
    y = Symbol.of("value", "y")
    (slope,) = slopes(function(z), {function(z): y}).values()
    found = value_of(slope, {y: facts_of(function).value(point)})
    assert found == pytest.approx(float(1 / (1 + mpmath.exp(30))), rel=1e-14)


def test_a_symbol_says_what_it_stands_for():
    (h,) = symbols("h")
    assert h.ref == Ref("value", "h") and previous("h").ref == Ref("value", "h", shift=-1) and x.ref.kind == "input"
    assert previous("h").at(0) == h and h.at(-1) == previous("h") and h.gradient.ref.gradient
    assert h != sympy.Symbol("h") and h != Symbol.of("weight", "h"), "names alone are not what symbols are"
    assert sympy.diff(h**2 * x, h) == 2 * h * x


def test_symbols_survive_copies_and_files():
    expression = linear(x, previous("h")) + symbols("f")[0]
    for other in (copy.deepcopy(expression), pickle.loads(pickle.dumps(expression))):
        assert other == expression
        assert {s.ref for s in other.free_symbols} == {s.ref for s in expression.free_symbols}


def test_an_unknown_function_has_no_facts():
    with pytest.raises(KeyError):
        facts_of(sympy.gamma)
