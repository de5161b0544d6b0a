"""Gradients against finite differences of the loss, and against complex steps through the declared equations."""

from types import SimpleNamespace

import numpy as np
import pytest
from conftest import FUNCTIONS, defaults, one_by_one
from rows import over

import rnnscope as rs
from rnnscope.engine.dense import OUTPUT_ACTIVATIONS

FLAGS = [{"go_backwards": back, "return_sequences": every} for every in (False, True) for back in (False, True)]
PROBABILITIES = ("linear", "tanh", "sigmoid", "relu", "hard_sigmoid", "softmax")
"""The dense layer's functions whose outputs are between 0 and 1 here, as some losses need them."""
BEYOND = sorted(set(OUTPUT_ACTIVATIONS) - set(PROBABILITIES))


@over(cell=defaults(), flags=FLAGS[1:])
def test_finite_differences_of_every_cell(cell, flags, small_problem, check_differences):
    check_differences(small_problem(cell, **flags))


def test_finite_differences_of_every_option(variant, small_problem, check_differences):
    check_differences(small_problem(variant))


@pytest.mark.slow
def test_finite_differences_of_every_combination(combination, small_problem, check_differences):
    problem = small_problem(combination, go_backwards=True, return_sequences=True)
    check_differences(problem)


@over(which=one_by_one(), flags=FLAGS)
def test_every_quantity_at_every_step(which, flags, small_problem, check_recording):
    check_recording(small_problem(which, **flags))


@over(("cell", "flags"), cell=defaults(), flags=FLAGS)
def test_every_quantity_whichever_way_a_layer_reads(cell, flags, small_problem, check_recording):
    check_recording(small_problem(cell, **flags))


@pytest.mark.slow
def test_every_quantity_of_every_combination(combination, small_problem, check_recording):
    problem = small_problem(combination, go_backwards=True, return_sequences=True)
    check_recording(problem)


def test_every_quantity_while_training(default, small_problem, reference):
    """The recording of an epoch has the gradients at the weights that the epoch started from, in one batch or many."""
    for batch_size in (32, 2):
        problem = small_problem(default)
        trace = problem.model.fit(problem.x, problem.y, epochs=3, verbose=0, batch_size=batch_size)
        for epoch in (0, 2):
            problem.model.set_weights(trace.weights(epoch))
            expected = reference.gradients(problem.model, problem.x, problem.y)
            for name in trace.layers:
                largest = max(np.abs(gradient).max() for gradient in expected[name].values())
                assert largest > 1e-6
                for quantity in trace[name].grad:
                    scale = max(np.abs(expected[name][quantity]).max(), 1e-4 * largest)  # that of a stabilizer is zero
                    assert np.abs(trace[name].grad[quantity][epoch] - expected[name][quantity]).max() < 1e-11 * scale


def test_one_wrong_element_is_noticed(default, small_problem, check_differences, monkeypatch):
    """The comparison fails when a single element of a single gradient is off by a part in ten thousand."""
    problem = small_problem(default)
    right = problem.model.gradients(problem.x, problem.y)
    wrong = [gradient.copy() for gradient in right]
    largest = np.unravel_index(np.abs(wrong[1]).argmax(), wrong[1].shape)
    wrong[1][largest] *= 1.0001
    monkeypatch.setattr(problem.model, "gradients", lambda x, y: wrong)
    with pytest.raises(AssertionError):
        check_differences(problem)


# ---------------------------------------------------------------------------- losses and the dense layer's functions


def dense_problem(activation, loss, *, sequences=False, seed=3):
    """Make a model whose three outputs lie between 0 and 1 whatever the activation, and targets that suit the loss."""
    rng = np.random.default_rng(seed)
    layers = [
        rs.layers.GRU(3, return_sequences=sequences, input_shape=(4, 2)),
        rs.layers.Dense(3, activation=activation),
    ]
    model = rs.Sequential(layers, dtype="float64")
    model.compile(rs.optimizers.Adam(0.01), loss)
    shape = (5, 4, 3) if sequences else (5, 3)
    *weights, kernel, bias = model.get_weights()
    model.set_weights([*(w + rng.normal(scale=0.2, size=w.shape) for w in weights), kernel / 4, bias + 0.5])
    name = type(rs.losses.loss(loss)).__name__
    if name.startswith("Sparse"):
        y = rng.integers(0, 3, size=shape[:-1])
    else:
        is_of_probabilities = "Crossentropy" in name or name == "KLDivergence"
        y = rng.dirichlet(np.ones(3), size=shape[:-1]) if is_of_probabilities else rng.normal(size=shape)
    return SimpleNamespace(model=model, x=rng.normal(size=(5, 4, 2)), y=y)


LOSSES = list(rs.losses.LOSSES)


@pytest.mark.filterwarnings("ignore:.*expected activation=.* in the last layer")
@over(("loss", "activation"), loss=LOSSES, activation=PROBABILITIES, sequences=(False, True))
def test_losses_and_dense_activations(loss, activation, sequences, check_differences):
    problem = dense_problem(activation, loss, sequences=sequences)
    prediction = problem.model.predict(problem.x)
    assert ((prediction > 0) & (prediction < 1)).all()
    check_differences(problem)


@pytest.mark.parametrize("activation", BEYOND)
def test_dense_activations_that_are_no_probabilities(activation, check_differences):
    problem = dense_problem(activation, "mse")
    check_differences(problem)


@pytest.mark.parametrize("loss", ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_losses_from_logits(loss, check_differences):
    problem = dense_problem("linear", getattr(rs.losses, loss)(from_logits=True))
    *weights, kernel, bias = problem.model.get_weights()
    problem.model.set_weights([*weights, kernel * 16, bias - 0.5])
    logits = problem.model.predict(problem.x)
    assert logits.min() < 0 < 1 < logits.max()
    check_differences(problem)


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
def test_clipped_probabilities_have_no_gradient(loss):
    """Beyond the clipping that keeps a logarithm finite, the loss is constant."""
    problem = dense_problem("linear", loss)
    model, x, y = problem.model, problem.x, problem.y
    *weights, kernel, bias = model.get_weights()
    direction = np.ones(3) if loss.startswith("binary") else np.eye(3)[0]
    losses = []
    for far in (1e8, 2e8):
        model.set_weights([*weights, kernel, bias + far * direction])
        losses.append(model.evaluate(x, y))
        assert not any(gradient.any() for gradient in model.gradients(x, y))
    assert losses[0] == losses[1] > 0


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("activation", [name for name in (*PROBABILITIES, *BEYOND) if name in FUNCTIONS])
def test_everything_recorded_around_a_dense_layer(activation, sequences, check_recording):
    check_recording(dense_problem(activation, "mse", sequences=sequences))
