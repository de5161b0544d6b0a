"""Parameter counts: the formula, the arrays and the arithmetic of textbooks and of PyTorch agree."""

import math

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import rnnscope as rs
from rnnscope.cells import D, H

FORMULAS = [
    ("SimpleRNN", {}, H * (D + H + 1)),
    ("LSTM", {}, 4 * H * (D + H + 1)),
    ("GRU", {}, 3 * H * (D + H + 2)),
    ("GRU", {"reset_after": False}, 3 * H * (D + H + 1)),
    ("PeepholeLSTM", {}, 4 * H * (D + H + 1) + 3 * H),
    ("MinimalGatedUnit", {}, 2 * H * (D + H + 1)),
    ("SimpleRNN", {"bias": "pytorch"}, H * (D + H + 2)),
    ("LSTM", {"bias": "pytorch"}, 4 * H * (D + H + 2)),
    ("GRU", {"bias": "pytorch"}, 3 * H * (D + H + 2)),
    ("GRU", {"bias": "pytorch", "reset_after": False}, 3 * H * (D + H + 2)),
    ("SimpleRNN", {"bias": None}, H * (D + H)),
    ("LSTM", {"bias": None}, 4 * H * (D + H)),
    ("GRU", {"bias": None}, 3 * H * (D + H)),
    ("GRU", {"bias": None, "reset_after": False}, 3 * H * (D + H)),
    ("LSTM", {"use_bias": False}, 4 * H * (D + H)),
    ("GRU", {"use_bias": False}, 3 * H * (D + H)),
    ("PeepholeLSTM", {"use_bias": False}, 4 * H * (D + H) + 3 * H),
]
SEED = [
    ("SimpleRNN", [90_600, 180_300, 301], 271_201),
    ("LSTM", [362_400, 721_200, 301], 1_083_901),
    ("GRU", [272_700, 541_800, 301], 814_801),
]
SIZES = st.integers(min_value=1, max_value=40)


def in_numbers(formula, features, units):
    return int(formula.subs({D: features, H: units}))


@pytest.mark.parametrize(("name", "options", "expected"), FORMULAS)
def test_formulas(name, options, expected):
    assert sympy.expand(rs.formulas.parameters(name, **options) - expected) == 0


def test_formulas_read_as_in_a_textbook():
    assert str(rs.formulas.parameters("LSTM")) == "4*H*(D + H + 1)"
    assert str(rs.formulas.parameters("GRU")) == "3*H*(D + H + 2)"
    assert str(rs.formulas.parameters("SimpleRNN")) == "H*(D + H + 1)"


def check_formula_and_arrays(variant):
    formula = rs.formulas.parameters(variant.name, **dict(variant.options))
    for features, units in ((1, 1), (1, 5), (3, 2), (7, 4)):
        layer = variant.layer(units, input_shape=(4, features))
        assert in_numbers(formula, features, units) == layer.count_params()
        assert in_numbers(layer.parameter_formula(), features, units) == layer.count_params()


def test_formula_and_arrays_agree_for_every_option(variant):
    check_formula_and_arrays(variant)


@pytest.mark.slow
def test_formula_and_arrays_agree_for_every_combination(combination):
    check_formula_and_arrays(combination)


@settings(max_examples=10, deadline=None)
@given(features=SIZES, units=SIZES, outputs=SIZES)
def test_every_cell_at_every_size(default, features, units, outputs):
    layers = [
        default.layer(units, return_sequences=True, input_shape=(None, features)),
        default.layer(outputs),
        rs.layers.Dense(features),
    ]
    model = rs.Sequential(layers)
    formula = rs.formulas.parameters(default.name)
    last = features * (outputs + 1)
    expected = [in_numbers(formula, features, units), in_numbers(formula, units, outputs), last]
    sizes = [(features, units), (units, outputs), (outputs, features)]
    assert [layer.count_params() for layer in layers] == expected
    assert [in_numbers(la.parameter_formula(), *size) for la, size in zip(layers, sizes, strict=True)] == expected
    assert sum(math.prod(w.shape) for w in model.get_weights()) == sum(expected) == model.count_params()


def test_every_variant_has_the_arrays_that_it_counts(variant):
    model = rs.Sequential([variant.layer(3, input_shape=(4, 2))])
    assert sum(w.size for w in model.get_weights()) == in_numbers(model.layers[0].parameter_formula(), 2, 3)
    kinds = [weight.kind.name for weight in variant.cell.weights]
    matrices = [(rows, 3 * kinds.count(kind)) for kind, rows in (("kernel", 2), ("recurrent_kernel", 3))]
    shapes = [w.shape for w in model.get_weights()]
    wanted = [shape for shape in matrices if all(shape)]
    assert shapes[: len(wanted)] == wanted
    for shape in shapes[len(wanted) :]:  # a row of vectors of units, or the two rows of biases
        assert shape[-1] % 3 == 0 and shape[:-1] in ((), (2,))


@pytest.mark.parametrize(("name", "counts", "total"), SEED)
def test_the_notebook_sizes(name, counts, total):
    layer = getattr(rs.layers, name)
    layers = [layer(300, input_shape=(4, 1)), layer(300, input_shape=(4, 300)), rs.Dense(1, input_shape=(300,))]
    assert [layer.count_params() for layer in layers] == counts
    formula = rs.formulas.parameters(name)
    assert [in_numbers(formula, 1, 300), in_numbers(formula, 300, 300)] == counts[:2]
    assert total == sum(counts)


@pytest.mark.parametrize("use_bias", [True, False])
def test_dense_layers(use_bias):
    layer = rs.layers.Dense(5, use_bias=use_bias, input_shape=(3,))
    assert layer.count_params() == in_numbers(layer.parameter_formula(), 3, 5) == 15 + 5 * use_bias


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"bias: .*keras, pytorch; got 'torch'"):
        rs.formulas.parameters("LSTM", bias="torch")
    with pytest.raises(ValueError, match="did you mean 'LSTM'"):
        rs.formulas.parameters("LSMT")
    with pytest.raises(TypeError, match=r"LSTM.*reset_after"):
        rs.formulas.parameters("LSTM", reset_after=False)
