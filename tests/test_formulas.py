"""Equations, derivations, and the numbers of a moment set into an equation."""

import itertools
from functools import cache

import numpy as np
import pytest
import sympy
from matplotlib.mathtext import MathTextParser

import rnnscope as rs
from rnnscope.cells import Cell, D, H, constant, gate, linear, previous, sigmoid, state, x
from rnnscope.cells.function_facts import value_of

DIRECTIONS = ("forward", "backward")


def trained(layer, seed=0):
    """Return two epochs of a small stack of layers that `layer` makes."""
    rng = np.random.default_rng(seed)
    layers = [
        layer(5, return_sequences=True, input_shape=(3, 2)),
        layer(4, return_sequences=True, go_backwards=True),
        layer(3),
    ]
    model = rs.Sequential(layers, dtype="float64", seed=seed)
    model.compile(rs.optimizers.SGD(0.01), "mse")
    return model.fit(rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3)), epochs=2, verbose=0)


def moments(trace, steps=(0, 1, 2), layers=None):
    """Go through every layer, phase and direction, and the pre-activations on the way back."""
    for layer, direction, step in itertools.product(layers or trace.layers, DIRECTIONS, steps):
        for equation in rs.formulas.equations(trace[layer].cell, direction):
            phase = equation.quantity
            cursor = rs.Cursor(epoch=1, layer=layer, sample=1, time=step, unit=2, phase=phase, direction=direction)
            yield cursor, str(equation.left).startswith("d_Pre")


def test_the_equation_on_the_numbers_shown_gives_the_recorded_result(variant):
    trace = trained(variant.layer)
    for cursor, pre in moments(trace):
        found = rs.formulas.substitute(trace, cursor, pre=pre)
        scale = max(abs(found.value), *(abs(term.value) for term in found.terms), 1e-300)
        assert abs(found.computed - found.value) <= 1e-12 * scale, (cursor, found.text)


def test_products_of_vectors_add_up(default):
    trace = trained(default.layer)
    for cursor, pre in moments(trace):
        for term in rs.formulas.substitute(trace, cursor, pre=pre, largest=2).terms:
            if term.factors:
                total = sum(factor.product for factor in term.factors) + term.rest
                assert total == pytest.approx(term.value, rel=1e-12, abs=1e-15)
                assert len(term.factors) + term.others in (1, 2, 3, 4, 5)


def test_a_dropped_bias_or_a_flipped_sign_would_be_noticed():
    trace = trained(rs.LSTM)
    found = rs.formulas.substitute(trace, rs.Cursor(phase="f", time=1, unit=2))
    numbers = {term.of: term.value for term in found.terms}
    right = found.equation.right
    bias, recurrent = (next(s for s in right.free_symbols if s.name == name) for name in ("b_f", "Zh_f"))
    for broken in (right.subs(bias, 0), right.subs(recurrent, -recurrent), right.subs(bias, -bias)):
        assert abs(value_of(broken, numbers) - found.value) > 1e-6


def test_quantities_and_constants_may_be_called_like_functions(registry_restored):
    h_prev, exp = previous("h"), sympy.Symbol("exp")
    gates = gate("exp", sigmoid(linear(x, h_prev)), ""), gate("pi", sympy.sin(exp / sympy.pi), "")
    decay = sympy.exp(-exp) * sympy.Symbol("pi") / sympy.pi * sympy.tanh(constant("tanh", start=0.5))
    rs.register(Cell("Odd", *gates, state("h", decay * h_prev + linear(x), "")))
    trace = trained(rs.layers.Odd)
    for cursor, pre in moments(trace):
        found = rs.formulas.substitute(trace, cursor, pre=pre)
        assert found.computed == pytest.approx(found.value, rel=1e-12, abs=1e-300), (cursor, found.text)


def test_every_addend_is_named_with_its_source():
    trace = trained(rs.GRU)
    found = rs.formulas.substitute(trace, rs.Cursor(phase="g", time=1))
    assert found.equation.text == "g = tanh(x·W_g + r·(h₋₁·U_g + bh_g) + b_g)"
    sources = {term.symbol: term.source for term in found.terms}
    assert sources == {
        "x·W_g": "input part",
        "r": "reset gate",
        "h₋₁·U_g": "recurrent part",
        "bh_g": "recurrent bias",
        "b_g": "bias",
    }
    assert len(found.text.splitlines()) == 3


def test_after_the_last_time_step_nothing_comes_back():
    trace = trained(rs.LSTM)
    found = rs.formulas.substitute(trace, rs.Cursor(layer="lstm", phase="c", time=2, direction="backward"))
    assert {term.value for term in found.terms if "₊₁" in term.symbol} == {0.0}


@cache
def set_by_mathtext(formula):
    """Set a formula, once however many cells have it: an error says what is wrong with it."""
    return MathTextParser("agg").parse(f"${formula}$")


def test_every_equation_is_set_by_mathtext(variant):
    for direction in DIRECTIONS:
        for equation in rs.formulas.equations(variant.cell, direction):
            assert set_by_mathtext(equation.latex)
            assert equation.meaning
            assert equation.text.count("(") == equation.text.count(")")


def test_every_substitution_is_set_by_mathtext(default):
    trace = trained(default.layer)
    for cursor, pre in moments(trace, steps=[1], layers=trace.layers[1:2]):
        for line in rs.formulas.substitute(trace, cursor, pre=pre).lines:
            assert set_by_mathtext(line)


def test_the_equations_of_the_textbook():
    assert [e.text for e in rs.formulas.equations("LSTM")] == [
        "i = σ(x·W_i + h₋₁·U_i + b_i)",
        "f = σ(x·W_f + h₋₁·U_f + b_f)",
        "g = tanh(x·W_g + h₋₁·U_g + b_g)",
        "o = σ(x·W_o + h₋₁·U_o + b_o)",
        "c = f·c₋₁ + i·g",
        "h = o·tanh(c)",
    ]
    backward = rs.formulas.equations("LSTM", "backward")
    assert backward["c"].text == "∂L/∂c = ∂L/∂h·o·(1 − tanh(c)²) + ∂L/∂c₊₁·f₊₁"
    assert rs.formulas.equations("LSTM")["c"].latex == r"c_{t} = f_{t} \odot c_{t-1} + i_{t} \odot g_{t}"
    assert rs.formulas.equations("GRU")["h"].text == "h = z·h₋₁ + (1 − z)·g"
    assert rs.formulas.equations("LSTM", use_bias=False)["f"].text == "f = σ(x·W_f + h₋₁·U_f)"
    assert "relu" in rs.formulas.equations("SimpleRNN", activation="relu")["h"].text
    assert rs.formulas.equations("LSTM")._repr_latex_().startswith(r"$$\begin{aligned}")


def test_the_derivation_on_the_board():
    board = rs.formulas.derivation("LSTM", features=1, units=300)
    assert board.count == 362_400
    assert board.steps[-1] == "D = 1, H = 300: 4·300·(1 + 300 + 1) = 362,400"
    assert str(rs.formulas.derivation("GRU").formula) == "3*H*(D + H + 2)"


@pytest.mark.parametrize("bias", ["keras", "pytorch", None])
def test_the_steps_of_a_derivation_agree(variant, bias):
    board = rs.formulas.derivation(variant.cell, 3, 7, bias=bias)
    formula = rs.formulas.parameters(variant.cell, bias)
    assert sympy.expand(sum(n * each for n, each in board.sums) - formula) == 0
    assert board.count == formula.subs({D: 3, H: 7})


def test_ratios_and_budgets():
    assert rs.formulas.ratio("LSTM", "SimpleRNN") == 4
    for budget in (1_000, 90_600, 1_083_901):
        units = rs.formulas.units_for("GRU", budget, features=1)
        formula = rs.formulas.parameters("GRU").subs(D, 1)
        assert formula.subs(H, units) <= budget < formula.subs(H, units + 1)
    with pytest.raises(ValueError, match="budget: expected at least 12"):
        rs.formulas.units_for("GRU", 5, features=1)


def test_the_formula_of_a_whole_model():
    model = rs.Sequential([rs.LSTM(300, return_sequences=True, input_shape=(4, 1)), rs.LSTM(300), rs.Dense(1)])
    formulas = model.parameter_formula()
    numbers = dict(zip(sympy.symbols("D H1 H2 H3", positive=True, integer=True), (1, 300, 300, 1), strict=True))
    assert [int(f.subs(numbers)) for f in formulas.values()] == [362_400, 721_200, 301, 1_083_901]


def test_a_wide_cell_shows_its_largest_addends():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(300, input_shape=(4, 1)), rs.Dense(1)])
    trace = model.trace(task.x)
    cursor = rs.Cursor(sample=0, phase="f", unit=17)
    found = rs.formulas.substitute(trace, cursor)
    assert "the other 297" in found.text and found.value == trace["lstm"]["f"][0, 0, 3, 17]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: rs.formulas.equations("LSTMM"), "did you mean 'LSTM'"),
        (lambda t: rs.formulas.equations("LSTM")["q"], "expected one of"),
        (lambda t: rs.formulas.equations("LSTM", "sideways"), "direction: expected one of"),
        (lambda t: rs.formulas.parameters("LSTM", bias="torch"), "did you mean 'pytorch'"),
        (lambda t: rs.formulas.substitute(t, rs.Cursor(epoch=9)), "epoch: expected a recorded one .0 to 1"),
        (
            lambda t: rs.formulas.substitute(t, rs.Cursor(layer="lstm", unit=5)),
            "unit: expected a number from 0 to 4; got 5",
        ),
        (
            lambda t: rs.formulas.substitute(t, rs.Cursor(layer="lstm", phase="q")),
            "phase of layer 'lstm': expected one of",
        ),
        (lambda t: rs.formulas.substitute(t, rs.Cursor(layer="lstn")), "did you mean 'lstm'"),
        (lambda t: rs.formulas.substitute(t, rs.Cursor(phase="f"), pre=True), "pre: expected direction='backward'"),
        (lambda t: rs.formulas.derivation("LSTM", features=3), "features, units: expected both or neither"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(ValueError, match=words):
        call(trained(rs.LSTM))


def test_without_weights_the_way_forward_is_complete_and_the_way_back_says_what_is_missing():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)], dtype="float64")
    model.compile()
    trace = model.fit(task.x, task.y, epochs=5, verbose=0, record=rs.Record(weights=2))
    found = rs.formulas.substitute(trace, rs.Cursor(epoch=2, phase="f"))
    assert found.computed == pytest.approx(found.value, rel=1e-12)
    assert all(not term.factors for term in found.terms)
    with pytest.raises(
        ValueError,
        match=r"expected one whose weights were kept \(0, 4\); got 2 \(the nearest is 0\)\. To keep all of them: ",
    ):
        rs.formulas.substitute(trace, rs.Cursor(epoch=2, phase="h", time=1, direction="backward"))
    with pytest.raises(ValueError, match="gradients=True"):
        rs.formulas.substitute(model.trace(task.x), rs.Cursor(phase="c", direction="backward"))


# -------------------------------------------------------------------------------------------------- options of a cell


@pytest.mark.parametrize(
    "function",
    [
        rs.formulas.equations,
        rs.formulas.parameters,
        rs.formulas.derivation,
        lambda cell, **options: rs.formulas.units_for(cell, 1_000, 1, **options),
    ],
    ids=["equations", "parameters", "derivation", "units_for"],
)
def test_options_beside_a_cell_are_refused_with_the_name_to_give(function):
    with pytest.raises(TypeError, match=r"cell: expected a name beside the options use_bias; got a Cell.*'LSTM'"):
        function(rs.LSTM.cell, use_bias=False)
    assert str(function("LSTM", use_bias=False)) == str(function(rs.LSTM(1, use_bias=False).cell))


def test_a_symbol_may_have_an_index_of_its_own():
    """Mathtext sets no index of an index without braces."""
    h = rs.cells.previous("h")
    cell = rs.cells.Cell("Indexed", rs.cells.state("h", rs.cells.tanh(rs.cells.linear(rs.cells.x, h)), "state", "s_1"))
    latex = rs.formulas.equations(cell)["h"].latex
    assert latex.startswith("{s_1}_{t} = ")
    MathTextParser("agg").parse(f"${latex}$")
