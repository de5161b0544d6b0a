"""Start weights: bounds, spreads and orthogonality over the fused shapes, special biases, and seeds."""

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.engine.initializers import INITIALIZERS, initializer

TRUNCATED = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))
"""Standard deviation of a normal distribution cut off at two deviations (by the textbook formula)."""


def scaled(fan):
    """Largest size and standard deviation of uniform and of truncated normal draws of variance `1 / fan`."""
    return {"uniform": (math.sqrt(3 / fan), fan**-0.5), "normal": (2 / TRUNCATED * fan**-0.5, fan**-0.5)}


def expected(name, fan_in, fan_out):
    """Return the largest size and the standard deviation of what an initializer draws."""
    family, _, kind = name.partition("_")
    if family == "random":
        return {"uniform": (0.05, 0.05 / math.sqrt(3)), "normal": (math.inf, 0.05)}[kind]
    if family == "truncated":
        return 2 * 0.05, 0.05 * TRUNCATED
    fan = {"glorot": (fan_in + fan_out) / 2, "he": fan_in / 2, "lecun": fan_in}[family]
    return scaled(fan)[kind]


SPREAD = [name for name in INITIALIZERS if name.endswith(("uniform", "normal"))]


def test_every_initializer_is_tested_below():
    others = ["constant", "identity", "orthogonal", "ones", "variance_scaling", "zeros"]
    assert sorted([*SPREAD, *others]) == sorted(INITIALIZERS)


@pytest.mark.parametrize("name", SPREAD)
@pytest.mark.parametrize("cell", ["LSTM", "GRU", "SimpleRNN"])
def test_bounds_and_spread_of_a_fused_kernel(name, cell):
    layer = getattr(rs, cell)(128, kernel_initializer=name, recurrent_initializer="zeros", input_shape=(4, 200))
    kernel = rs.Sequential([layer], seed=3, dtype="float64").get_weights()[0]
    assert kernel.shape[0] == 200
    assert kernel.shape[1] == 128 * {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[cell]
    bound, deviation = expected(name, *kernel.shape)
    largest = np.abs(kernel).max()
    assert largest <= bound
    assert bound == math.inf or largest > 0.98 * bound
    within = 5 / math.sqrt(2 * kernel.size)
    assert abs(kernel.std() / deviation - 1) < within
    assert abs(kernel.mean() / deviation) < 5 / math.sqrt(kernel.size)


def test_random_normal_is_not_cut_off():
    draws = initializer("kernel_initializer", "random_normal")(np.random.default_rng(0), (200, 500))
    beyond = np.mean(np.abs(draws) > 0.1)
    assert abs(beyond - math.erfc(math.sqrt(2))) < 0.003


def test_zeros_and_ones():
    layer = rs.SimpleRNN(
        3, kernel_initializer="ones", recurrent_initializer="zeros", bias_initializer="ones", input_shape=(4, 2)
    )
    kernel, recurrent, bias = rs.Sequential([layer]).get_weights()
    np.testing.assert_array_equal(kernel, np.ones((2, 3)))
    np.testing.assert_array_equal(recurrent, np.zeros((3, 3)))
    np.testing.assert_array_equal(bias, np.ones(3))


RECURRENT = [
    cell.name for cell in rs.cells.registered() if any(w.kind.name == "recurrent_kernel" for w in cell.weights)
]


@pytest.mark.parametrize("cell", RECURRENT)
def test_recurrent_kernels_are_orthogonal_over_the_fused_shape(cell):
    layer = getattr(rs, cell)(7, input_shape=(4, 2))
    recurrent = start(layer, dtype="float64")["recurrent_kernel"]
    assert recurrent.shape[0] == 7
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(7), atol=1e-12)


@pytest.mark.parametrize("shape", [(9, 4), (4, 9), (5, 5), (6,)], ids=str)
def test_orthogonal_has_orthonormal_rows_or_columns(shape):
    matrix = initializer("kernel_initializer", "orthogonal")(np.random.default_rng(1), shape).reshape(shape[0], -1)
    assert matrix.shape == (shape[0], shape[1] if len(shape) == 2 else 1)
    small = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    np.testing.assert_allclose(small @ small.T, np.eye(len(small)), atol=1e-12)


def test_orthogonal_prefers_no_sign():
    rng, draw = np.random.default_rng(2), initializer("kernel_initializer", "orthogonal")
    matrices = np.array([draw(rng, (3, 3)) for _ in range(2000)])
    assert np.abs(matrices.mean(axis=0)).max() < 5 / math.sqrt(3 * 2000)
    assert abs(np.mean(np.linalg.det(matrices) > 0) - 0.5) < 0.06


@pytest.mark.parametrize("cell", ["LSTM", "PeepholeLSTM"])
def test_the_forget_gate_starts_open(cell):
    kind, units = getattr(rs, cell), 3
    expected_bias = np.zeros(12)
    expected_bias[units : 2 * units] = 1
    np.testing.assert_array_equal(start(kind(units, input_shape=(4, 2)))["bias"], expected_bias)
    closed = kind(units, unit_forget_bias=False, input_shape=(4, 2))
    np.testing.assert_array_equal(start(closed)["bias"], np.zeros(12))
    drawn = start(kind(units, bias_initializer="random_normal", input_shape=(4, 2)))["bias"]
    assert (drawn == 1).tolist() == expected_bias.astype(bool).tolist()
    assert len(set(drawn[drawn != 1].tolist())) == 9


def start(layer, dtype="float32"):
    """Return the weights that a layer starts from, by name."""
    weights = rs.Sequential([layer], seed=0, dtype=dtype).get_weights()
    return dict(zip(layer.weight_shapes(), weights, strict=True))


@pytest.mark.parametrize("cell", ["SimpleRNN", "GRU", "MinimalGatedUnit", "Dense"])
def test_other_biases_start_at_zero(cell):
    bias = start(getattr(rs, cell)(3, input_shape=(4, 2)))["bias"]
    np.testing.assert_array_equal(bias, np.zeros({"GRU": (2, 9), "MinimalGatedUnit": (6,)}.get(cell, (3,))))


def test_a_bias_initializer_fills_both_rows_of_a_gru():
    bias = start(rs.GRU(3, bias_initializer="ones", input_shape=(4, 2)))["bias"]
    np.testing.assert_array_equal(bias, np.ones((2, 9)))


def test_peepholes_start_as_the_kernel_does():
    weights = start(rs.PeepholeLSTM(3, kernel_initializer="ones", input_shape=(4, 2)))
    np.testing.assert_array_equal(weights["peephole"], np.ones(9))


def layers():
    return [rs.LSTM(5, return_sequences=True, input_shape=(4, 2)), rs.LSTM(5, return_sequences=True), rs.Dense(5)]


def flat(**options):
    return np.concatenate([array.ravel() for array in rs.Sequential(layers(), **options).get_weights()])


def test_a_seed_gives_the_same_weights_and_another_seed_gives_others():
    np.testing.assert_array_equal(flat(seed=4), flat(seed=4))
    np.testing.assert_array_equal(flat(), flat(seed=0))
    assert np.mean(flat(seed=4) != flat(seed=5)) > 0.8
    assert np.mean(flat(seed=None) != flat(seed=None)) > 0.8


def test_both_precisions_start_from_the_same_weights():
    np.testing.assert_array_equal(flat(seed=4), flat(seed=4, dtype="float64").astype(np.float32))


def test_layers_of_one_shape_start_differently():
    model = rs.Sequential(layers(), seed=4)
    first, second = model.layers[0].get_weights(), model.layers[1].get_weights()
    assert not np.isin(first[1], second[1]).any()


def test_layers_added_one_by_one_start_as_in_a_list():
    model = rs.Sequential(seed=4)
    for layer in layers():
        model.add(layer)
    for mine, listed in zip(model.get_weights(), rs.Sequential(layers(), seed=4).get_weights(), strict=True):
        np.testing.assert_array_equal(mine, listed)


def test_numpys_global_generator_is_neither_read_nor_moved():
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = flat(seed=4)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    np.testing.assert_array_equal(flat(seed=4), first)


I = rs.initializers


def test_an_object_starts_as_its_name_does():
    for name in INITIALIZERS:
        kind = getattr(I, "".join(part.capitalize() for part in name.split("_")))
        by_name = start(rs.SimpleRNN(4, kernel_initializer=name, input_shape=(3, 5)))["kernel"]
        for given in (kind(), kind, kind.__name__):
            found = start(rs.SimpleRNN(4, kernel_initializer=given, input_shape=(3, 5)))["kernel"]
            np.testing.assert_array_equal(found, by_name)


@pytest.mark.parametrize(
    ("other", "name"), [("normal", "random_normal"), ("uniform", "random_uniform"), ("one", "ones")]
)
def test_names_of_keras_for_the_same_thing(other, name):
    draws = [initializer("kernel_initializer", each)(np.random.default_rng(0), (3, 4)) for each in (other, name)]
    np.testing.assert_array_equal(*draws)


@pytest.mark.parametrize(
    ("made", "mean", "deviation", "largest"),
    [
        (I.RandomNormal(1.0, 0.5), 1.0, 0.5, math.inf),
        (I.TruncatedNormal(1.0, 0.5), 1.0, 0.5 * TRUNCATED, 2.0),
        (I.RandomUniform(-1.0, 3.0), 1.0, 4 / math.sqrt(12), 3.0),
        (I.VarianceScaling(2.0, "fan_in", "uniform"), 0.0, math.sqrt(2 / 200), math.sqrt(6 / 200)),
        (I.VarianceScaling(3.0, "fan_out", "untruncated_normal"), 0.0, math.sqrt(3 / 500), math.inf),
        (I.VarianceScaling(3.0, "fan_avg", "normal"), 0.0, math.sqrt(3 / 350), 2 * math.sqrt(3 / 350) / TRUNCATED),
    ],
    ids=repr,
)
def test_parameters_of_draws(made, mean, deviation, largest):
    drawn = made.draw(np.random.default_rng(5), (200, 500))
    assert abs(drawn.mean() - mean) < 5 * deviation / math.sqrt(drawn.size)
    assert abs(drawn.std() / deviation - 1) < 0.02
    assert drawn.max() <= largest and (largest == math.inf or drawn.max() > 0.98 * largest)


def test_numbers_that_are_not_drawn():
    np.testing.assert_array_equal(I.Constant(0.25)((2, 3)), np.full((2, 3), 0.25))
    np.testing.assert_array_equal(I.Identity(2.0)((2, 3)), [[2, 0, 0], [0, 2, 0]])
    square = I.Orthogonal(3.0, seed=1)((4, 4))
    np.testing.assert_allclose(square @ square.T, 9 * np.eye(4), atol=1e-12)


def test_a_seed_of_its_own_draws_the_same_numbers_whatever_the_seed_of_the_model():
    def kernel(initializer, seed):
        layers = [rs.SimpleRNN(4, kernel_initializer=initializer, input_shape=(3, 5))]
        return rs.Sequential(layers, seed=seed, dtype="float64").get_weights()[0]

    fixed = I.GlorotUniform(seed=3)
    np.testing.assert_array_equal(kernel(fixed, 1), kernel(fixed, 2))
    np.testing.assert_array_equal(kernel(fixed, 1), fixed((5, 4)))
    assert not np.array_equal(kernel(I.GlorotUniform(), 1), kernel(I.GlorotUniform(), 2))
    assert not np.array_equal(kernel(I.GlorotUniform(seed=4), 1), kernel(fixed, 1))


def test_layers_with_objects_are_copied():
    layer = rs.LSTM(3, kernel_initializer=I.Constant(2.0), bias_initializer=I.RandomNormal(seed=1), input_shape=(4, 2))
    model = pickle.loads(pickle.dumps(rs.Sequential([copy.deepcopy(layer)])))
    np.testing.assert_array_equal(model.get_weights()[0], np.full((2, 12), 2.0))
    assert repr(I.VarianceScaling(seed=2)) == (
        "VarianceScaling(scale=1.0, mode='fan_in', distribution='truncated_normal', seed=2)"
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: rs.Dense(1, kernel_initializer="glorot"), "Dense: kernel_initializer: expected one of .*got 'glorot'"),
        (lambda: rs.LSTM(1, bias_initializer=3), "LSTM: bias_initializer: expected .*or one of rs.initializers; got 3"),
        (lambda: I.GlorotUniform(seed=-1), "GlorotUniform: seed: expected an integer of at least 0"),
        (lambda: I.RandomNormal(stddev=-1), "RandomNormal: stddev: expected a number of at least 0"),
        (lambda: I.RandomUniform(1, 0), "RandomUniform: maxval: expected a number of at least 1"),
        (lambda: I.VarianceScaling(0), "VarianceScaling: scale: expected a number above 0"),
        (lambda: I.VarianceScaling(mode="in"), "VarianceScaling: mode: expected one of fan_avg, fan_in, fan_out"),
        (lambda: I.Identity()((3,)), r"Identity: expected a matrix to start; got an array of shape \(3,\)"),
    ],
)
def test_initializers_that_cannot_be(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()
