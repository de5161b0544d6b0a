"""The declared equation of every quantity, evaluated on the recorded numbers, gives the recorded number."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import sympy
from conftest import defaults, one_by_one
from rows import over

from rnnscope.cells import build, previous, symbols
from rnnscope.cells.vocabulary import MAPS, Bias, Constant, MatrixProduct, x

PARTS = {
    "kernel": "input",
    "recurrent_kernel": "recurrent",
    "peephole": "peephole",
    "bias": "bias",
    "recurrent_bias": "recurrent_bias",
}
"""What the product with a weight, or a bias, is called in a recording."""

FLAGS = [{"go_backwards": back, "return_sequences": every} for every in (False, True) for back in (False, True)]


@pytest.fixture(scope="module")
def trained(small_problem):
    """Return a function that trains a variant for three steps; the last one runs after two of them."""

    @cache
    def train(variant, **flags):
        problem = small_problem(variant, **flags)
        return problem.model.fit(problem.x, problem.y, epochs=3, verbose=0)

    return train


def recorded_parts(layer, quantity):
    """Return the recorded number of every linear map and bias in the equation of a quantity."""
    found = {}
    own = (w for w in layer.cell.weights if w.quantity == quantity.name and not isinstance(w.node, Constant))
    for weight in own:
        part = layer.parts[quantity.name][PARTS[weight.kind.name] + weight.number]
        found[weight.node] = part[:, None, None] if weight.vector is None else part
    return found


def recorded_values(layer):
    """Return the recorded numbers of all that an equation reads outside its linear maps."""
    values = {symbols(name)[0]: layer[name] for name in layer.quantities}
    constants = [weight for weight in layer.cell.weights if isinstance(weight.node, Constant)]
    values |= {weight.node: layer.constants[weight.name][:, None, None] for weight in constants}
    return values | {previous(name): layer.prev[name] for name in layer.prev}


def residual(layer, quantity, reference, relative_error, alter=lambda equation: equation):
    """Return how far an equation is from the recorded number; `alter` changes it first."""
    known = recorded_values(layer) | recorded_parts(layer, quantity)
    value = reference.evaluate(alter(quantity.equation), known)
    return relative_error(np.broadcast_to(value, layer[quantity.name].shape), layer[quantity.name])


def recurrent_layers(trace):
    return [trace[name] for name in trace.layers[:-1]]


def assert_equations_hold(trace, reference, relative_error):
    for layer in recurrent_layers(trace):
        assert layer.quantities == layer.cell.names
        errors = {q.name: residual(layer, q, reference, relative_error) for q in layer.cell}
        assert {name: error for name, error in errors.items() if error > 1e-12} == {}


@over(which=one_by_one(), flags=FLAGS)
def test_equations_give_the_recorded_numbers(which, flags, trained, reference, relative_error):
    assert_equations_hold(trained(which, **flags), reference, relative_error)


@pytest.mark.slow
def test_equations_hold_for_every_combination(combination, trained, reference, relative_error):
    assert_equations_hold(trained(combination), reference, relative_error)


def test_the_declaration_of_a_recorded_layer_is_the_one_that_ran(variant, trained):
    for layer in recurrent_layers(trained(variant)):
        assert layer.cell == variant.cell
        assert dict(variant.options).items() <= layer.options.items()


def test_pre_activations_are_the_arguments_of_the_equations(variant, trained, reference, relative_error):
    for layer in recurrent_layers(trained(variant)):
        with_weights = {q.name for q in layer.cell if recorded_parts(layer, q)}
        sums = {q.name for q in layer.cell if set(q.equation.args) <= q.equation.atoms(*MAPS)}
        functions = {q.name for q in layer.cell if reference.is_function_of_maps(q)}
        assert functions | (sums & with_weights) <= set(layer.pre) <= with_weights
        for quantity in (layer.cell[name] for name in layer.pre):
            known = recorded_values(layer) | recorded_parts(layer, quantity)
            argument = quantity.equation
            if reference.is_function_of_maps(quantity):
                (argument,) = quantity.equation.args
                applied = reference.evaluate(quantity.equation, {argument: layer.pre[quantity.name]})
                assert relative_error(applied, layer[quantity.name]) < 1e-12
            assert relative_error(layer.pre[quantity.name], reference.evaluate(argument, known)) < 1e-12


def test_parts_are_the_products_with_the_weights(variant, trained, reference, relative_error, small_problem):
    problem = small_problem(variant)
    trace = problem.model.fit(problem.x, problem.y, epochs=3, verbose=0)
    assert not np.array_equal(trace.weights(0)[0], trace.weights(2)[0])
    for epoch in (0, 2):
        problem.model.set_weights(trace.weights(epoch))
        for layer, run_layer in zip(recurrent_layers(trace), problem.model.layers, strict=False):
            values = {key: array[epoch] for key, array in recorded_values(layer).items()} | {x: layer.x[epoch]}
            for quantity in layer.cell:
                parts = recorded_parts(layer, quantity)
                blocks = reference.blocks(run_layer)[quantity.name]
                blocks = {node: block for node, block in blocks.items() if not isinstance(node, Constant)}
                assert set(blocks) == set(parts)
                for node, block in blocks.items():
                    if isinstance(node, Bias):
                        product = np.broadcast_to(block, parts[node][epoch].shape)
                    else:
                        vector = reference.evaluate(node.args[0], values)
                        product = vector @ block if isinstance(node, MatrixProduct) else vector * block
                    assert relative_error(parts[node][epoch], product) < 1e-12


def test_parts_add_up_to_the_pre_activation(variant, trained, relative_error):
    """Wherever the pre-activation is a plain sum, as in all cells but for what a GRU's reset gate scales."""
    plain = 0
    for layer in recurrent_layers(trained(variant)):
        for quantity in (layer.cell[name] for name in layer.pre):
            parts = recorded_parts(layer, quantity)
            if any(sum(parts) in (equation, *equation.args) for equation in [quantity.equation]):
                plain += 1
                assert relative_error(sum(parts.values()), layer.pre[quantity.name]) < 1e-12
    assert plain >= 2


@over(("cell", "go_backwards"), cell=defaults(), go_backwards=(False, True))
def test_previous_states_are_those_of_the_step_before(cell, go_backwards, trained):
    for layer in recurrent_layers(trained(cell, go_backwards=go_backwards)):
        assert set(layer.prev) == set(layer.cell.states)
        for state in layer.prev:
            assert np.array_equal(layer.prev[state][:, :, 1:], layer[state][:, :, :-1])
            assert (layer.prev[state][:, :, 0] == layer.cell[state].start).all()
            assert layer.prev[state][:, :, 1:].any()


@over(("cell", "go_backwards"), cell=defaults(), go_backwards=(False, True))
def test_layers_read_what_the_ones_below_put_out(cell, go_backwards, trained):
    trace = trained(cell, go_backwards=go_backwards, return_sequences=True)
    first, second, dense = (trace[name] for name in trace.layers)
    order = slice(None, None, -1 if go_backwards else 1)
    assert np.array_equal(first.x, np.broadcast_to(trace.x, first.x.shape)[:, :, order])
    assert np.array_equal(second.x, first[first.output][:, :, order])
    assert np.array_equal(dense.x, second[second.output])
    assert np.array_equal(dense["y"], trace.predictions)


def altered(equation):
    """Return every equation that differs from the given one by a bias left out or the sign of one addend."""
    biases = equation.atoms(Bias)
    found = [equation.xreplace({bias: sympy.Integer(0)}) for bias in biases]
    for total in equation.atoms(sympy.Add):
        found += [equation.xreplace({total: total - 2 * term}) for term in total.args]
    return found


def is_off(layer, quantity, wrong, reference):
    """Say whether a wrong equation of a quantity gives other numbers than the recorded ones, or none at all."""
    with np.errstate(all="ignore"):
        value = reference.evaluate(wrong, recorded_values(layer) | recorded_parts(layer, quantity))
        right = layer[quantity.name]
        return not np.abs(value - right).max() <= 1e-4 * np.abs(right).max()


def test_a_wrong_equation_is_noticed(default, trained, reference):
    """The comparison above fails as soon as an equation drops a bias or has one sign wrong."""
    count = 0
    for layer in recurrent_layers(trained(default)):
        for quantity in layer.cell:
            for wrong in altered(quantity.equation):
                assert is_off(layer, quantity, wrong, reference)
                count += 1
    assert count >= 2 * 4


def test_dense_layers_hold_too(default, trained, relative_error):
    """A dense layer has no declaration: `y = x·W + b`."""
    trace = trained(default, return_sequences=True)
    dense = trace[trace.layers[-1]]
    for epoch in (0, 2):
        kernel, bias = trace.weights(epoch)[-2:]
        assert relative_error(dense["y"][epoch], dense.x[epoch] @ kernel + bias) < 1e-12


def test_without_bias_no_bias_is_left(default, trained):
    cell = build(default.name, use_bias=False)
    assert not any(quantity.equation.has(Bias) for quantity in cell)
    has_bias = any(quantity.equation.has(Bias) for quantity in default.cell)
    assert has_bias == any(weight.kind.name.endswith("bias") for weight in default.cell.weights)
    for layer in recurrent_layers(trained(replace(default, options=(("use_bias", False),)))):
        assert not any(part.endswith("bias") for name in layer.parts for part in layer.parts[name])
