"""What all tests share: every cell with its options, small models, and gradients from outside the engine."""

from __future__ import annotations

import gc
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
import sympy
from pictures import drawn_once, pair, trained
from rows import covering

import rnnscope as rs
from rnnscope.cells import Cell, Quantity, previous, registry, symbols
from rnnscope.cells.function_facts import declared_functions
from rnnscope.cells.functions import ACTIVATIONS
from rnnscope.cells.vocabulary import MAPS, Bias, Constant, DiagonalProduct, x

# ------------------------------------------------------------------------------------------------------ how they run


def pytest_collection_finish() -> None:
    """Let Python look for cycles less often, and never in what stays until the end: tests, modules, formulas.

    Pictures are cycles of many objects. To look through all of them took a quarter of the time of the tests.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, 50)


@pytest.fixture(autouse=True, scope="module")
def _pictures_of_a_file() -> Iterator[None]:
    """Let go of the pictures of a file of tests after it: other files draw other views."""
    yield
    drawn_once.cache_clear()


# ------------------------------------------------------------------------------------------- cells and their options


@dataclass(frozen=True)
class Variant:
    """A cell with some of its options chosen."""

    name: str
    options: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return "-".join([self.name, *(f"{key}={value}" for key, value in self.options)])

    @property
    def cell(self) -> Cell:
        return rs.cells.build(self.name, **dict(self.options))

    def layer(self, units: int, **more: object) -> rs.layers.Recurrent:
        return getattr(rs.layers, self.name)(units, **dict(self.options), **more)


def choices(name: str) -> dict[str, list[object]]:
    """Return the values that each option of a cell can take, its default first."""
    found = {}
    for key, default in rs.cells.options(name).items():
        activations = sorted(ACTIVATIONS.keys() & FUNCTIONS.keys())  # those that this file knows too
        others = activations if default in ACTIVATIONS else [False, True] if isinstance(default, bool) else []
        found[key] = [default, *(value for value in others if value != default)]
    return found


def defaults() -> list[Variant]:
    """Return every cell with its defaults."""
    return [Variant(name) for name in rs.cells.names()]


def one_by_one() -> list[Variant]:
    """Return every cell with its defaults, and with other values of each option by itself.

    Of the functions that an option can name these are `linear`, which leaves a node out, and one more: another one for
    each option, so that each function is there.
    """
    turn, found = itertools.count(), []
    for name in rs.cells.names():
        found.append(Variant(name))
        for key, (_, *others) in choices(name).items():
            if "linear" in others:
                rest = [value for value in others if value != "linear"]
                others = ["linear", rest[next(turn) % len(rest)]]
            found += [Variant(name, ((key, value),)) for value in others]
    return found


ALIKE = ("elu", "gelu_exact", "leaky_relu", "relu6", "selu")
"""Functions of which a nearly equal one stands beside other options."""
ENDLESS = ("exponential", "softplus")
"""Functions above 0 without a largest value."""


def combined(name: str) -> dict[str, list[object]]:
    """Return the values of each option that stand beside others.

    Gates that are never shut and open above 1 do not: beside a candidate without bounds they make the state run away,
    whatever the seed. Of functions that are computed alike one is enough.
    """
    return {
        key: [value for value in values if value not in (*ALIKE, *(ENDLESS if values[0] == "sigmoid" else ()))]
        for key, values in choices(name).items()
    }


def combinations() -> list[Variant]:
    """Return every cell with combinations of its options: each value of a switch beside each value of all others."""
    found = []
    for name in rs.cells.names():
        axes = combined(name)
        switches = {key for key, values in axes.items() if len(values) == 2}
        pairs = [pair for pair in itertools.combinations(axes, 2) if switches & set(pair)]
        rows = covering(axes, pairs)
        found += [Variant(name, tuple(zip(axes, row, strict=True))) for row in rows]
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test over every cell (`default`), every option (`variant`) or pairs of options (`combination`)."""
    for argument, variants in (("default", defaults), ("variant", one_by_one), ("combination", combinations)):
        if argument in metafunc.fixturenames:
            metafunc.parametrize(argument, variants(), ids=str)


@pytest.fixture
def registry_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget after the test the cells that it registers."""
    rs.cells.names()
    monkeypatch.setattr(registry, "_builders", dict(registry._builders))


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of the stored runs of Keras and PyTorch."""
    return Path(__file__).parent / "golden"


# ---------------------------------------------------------------------------------------------------- small problems


@dataclass(frozen=True)
class Problem:
    """A model with data, all numbers drawn at random."""

    model: rs.Sequential
    x: np.ndarray
    y: np.ndarray


def is_healthy(problem: Problem) -> bool:
    """Say whether nothing runs away and no layer is dead, as cells with relu or linear gates easily are."""
    with np.errstate(all="ignore"):  # what runs away may overflow
        computed = run_model(problem.model, problem.x)
    sizes = {(name, key): np.abs(array).max() for name, arrays in computed.items() for key, array in arrays.items()}
    return all(size < 10 for size in sizes.values()) and all(
        sizes[layer.name, layer.cell.output] > 0.02 for layer in problem.model.layers[:2]
    )


@pytest.fixture(scope="session")
def small_problem() -> Callable[..., Problem]:
    """Return a function that makes two layers of a variant and a dense layer, in float64: T=4, N=3, D=2, H=3."""

    def make(variant: Variant, *, go_backwards: bool = False, return_sequences: bool = False) -> Problem:
        flags = {"go_backwards": go_backwards}
        layers = [
            variant.layer(3, return_sequences=True, input_shape=(4, 2), name="first", **flags),
            variant.layer(3, return_sequences=return_sequences, name="second", **flags),
            rs.layers.Dense(2),
        ]
        model = rs.Sequential(layers, dtype="float64")
        model.compile(rs.optimizers.Adam(0.01), "mse")
        start = model.get_weights()
        biases = [name.endswith("bias") for layer in model.layers for name in layer.weight_shapes()]
        for seed in range(400):
            rng = np.random.default_rng(seed)
            scale = (0.5, 1, 2, 3)[seed % 4]
            drawn = [scale * w + rng.normal(0.3 * bias, 0.2, w.shape) for w, bias in zip(start, biases, strict=True)]
            model.set_weights(drawn)
            y = rng.normal(size=(3, 4, 2) if return_sequences else (3, 2))
            problem = Problem(model, rng.uniform(-1, 1, (3, 4, 2)), y)
            if is_healthy(problem):
                return problem
        raise LookupError(f"no seed suits {variant}")

    return make


@pytest.fixture(scope="session")
def traces() -> Callable[..., rs.Trace]:
    """Return a function: the trace of a small training of a cell, the same one each time; nobody changes it."""
    made: dict[tuple[str, int], rs.Trace] = {}

    def trace(cell: Variant | str, units: int = 4) -> rs.Trace:
        key = str(cell), units
        if key not in made:
            variant = cell if isinstance(cell, Variant) else Variant(cell)
            made[key] = trained(*pair(variant.layer, units))
        return made[key]

    return trace


# ------------------------------------------------------------------------------------------------ numbers to compare


@pytest.fixture(scope="session")
def relative_error() -> Callable[[np.ndarray, np.ndarray], float]:
    """Return a function: the largest difference of two arrays, relative to the largest value of the second."""

    def error(actual: np.ndarray, expected: np.ndarray) -> float:
        assert np.shape(actual) == np.shape(expected)
        assert np.isfinite(actual).all()
        return float(np.abs(actual - expected).max() / max(np.abs(expected).max(), np.finfo(float).tiny))

    return error


@pytest.fixture(scope="session")
def central_differences() -> Callable[..., list[np.ndarray]]:
    """Return a function: the gradient of `function(arrays)` by every element of the arrays, by central differences."""

    def differences(
        function: Callable[[Sequence[np.ndarray]], float], arrays: Sequence[np.ndarray], step: float = 1e-5
    ) -> list[np.ndarray]:
        arrays = [array.astype(float) for array in arrays]
        found = [np.zeros_like(array) for array in arrays]
        for array, gradient in zip(arrays, found, strict=True):
            for index in np.ndindex(array.shape):
                value, losses = array[index], []
                for shifted in (value + step, value - step):
                    array[index] = shifted
                    losses.append(function(arrays))
                array[index] = value
                gradient[index] = (losses[0] - losses[1]) / (2 * step)
        return found

    return differences


# -------------------------------------------------------- a run of a declaration that shares nothing with the engine

Held = tuple[np.ndarray, np.ndarray]
"""The value of a quantity that is held, and where it is held, (sample, time, unit)."""

NO_HOLDS = MappingProxyType({})

FUNCTIONS = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: np.where(np.real(z) > 1e-30, z, 0),
    "hard_sigmoid": lambda z: np.where(np.abs(np.real(z)) < 3, z / 6 + 0.5, np.real(z) > 0),
    "linear": lambda z: z,
    "softplus": lambda z: np.log1p(np.exp(z)),
    "log_sigmoid": lambda z: -np.log1p(np.exp(-z)),
    "elu": lambda z: np.where(np.real(z) > 0, z, np.exp(z) - 1),
    "selu": lambda z: 1.0507009873554804934 * np.where(np.real(z) > 0, z, 1.6732632423543772848 * (np.exp(z) - 1)),
    "softsign": lambda z: z / (1 + np.where(np.real(z) > 0, z, -z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: _gelu(np.real(z)) + 1j * np.imag(z) * _gelu_slope(np.real(z)),
    "gelu_exact": lambda z: _gelu(np.real(z), math.sqrt(2)) + 1j * np.imag(z) * _gelu_slope(np.real(z), math.sqrt(2)),
    "leaky_relu": lambda z: np.where(np.real(z) > 0, z, float(np.float32(0.2)) * z),
    "relu6": lambda z: np.where(np.real(z) > 6, 6, np.where(np.real(z) > 1e-30, z, 0)),
    "exponential": np.exp,
    "maximum": lambda a, b: np.where(np.real(a) >= np.real(b), a, b),
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
    **{name: getattr(np, name) for name in ("tanh", "exp", "log", "sin", "cos")},
}
"""The functions of declarations and of dense layers, for real and for complex numbers."""


ROOT = 1 / float(np.float32(math.sqrt(0.5)))
"""The √2 in `gelu`, as Keras on TensorFlow rounds it."""


def _gelu(z: np.ndarray, root: float = ROOT) -> np.ndarray:
    return z * (1 + np.vectorize(math.erf)(z / root)) / 2


def _gelu_slope(z: np.ndarray, root: float = ROOT) -> np.ndarray:
    return (1 + np.vectorize(math.erf)(z / root)) / 2 + z * np.exp(-((z / root) ** 2)) / math.sqrt(math.pi) / root


def evaluate(expression: sympy.Expr, values: dict[sympy.Basic, np.ndarray]) -> np.ndarray:
    """Return the value of an expression; `values` holds those of its symbols, linear maps and biases."""
    if expression in values:
        return values[expression]
    if expression.is_Number or expression.is_NumberSymbol:
        return float(expression)
    if expression.is_Pow:
        base, exponent = expression.args
        return evaluate(base, values) ** (int(exponent) if exponent.is_Integer else float(exponent))
    arguments = [evaluate(argument, values) for argument in expression.args]
    if expression.is_Add:
        return sum(arguments)
    if expression.is_Mul:
        return np.prod(np.broadcast_arrays(*arguments), axis=0)
    return FUNCTIONS[expression.func.__name__](*arguments)


def is_function_of_maps(quantity: Quantity) -> bool:
    """Say whether a quantity is a function of something with weights in it: that is its pre-activation."""
    equation = quantity.equation
    return isinstance(equation, declared_functions()) and len(equation.args) == 1 and equation.args[0].has(*MAPS)


def weight_blocks(layer: rs.layers.Recurrent) -> dict[str, dict[sympy.Function, np.ndarray]]:
    """Return the weights of every linear map and bias, by quantity, cut out of the arrays of the layer."""
    found: dict[str, dict[sympy.Function, np.ndarray]] = {name: {} for name in layer.cell.names}
    for array, values in zip(layer.cell.arrays, layer.get_weights(), strict=True):
        rows = values if len(array.rows) > 1 else [values]
        for weights, row in zip(array.rows, rows, strict=True):
            for weight, block in zip(weights, np.split(row, len(weights), axis=-1), strict=True):
                found[weight.quantity][weight.node] = block
    return found


def run_layer(
    layer: rs.layers.Layer, inputs: np.ndarray, nudges: dict[str, np.ndarray], holds: dict[str, Held] = NO_HOLDS
) -> dict[str, np.ndarray]:
    """Return everything that a layer computes: `x`, its quantities and `pre/` pre-activations, (sample, time, unit).

    `nudges` holds what is added to each of these the moment that it is computed, `holds` what quantities are instead of
    what they are computed to be, where.
    """
    inputs = inputs[:, ::-1] if getattr(layer, "go_backwards", False) else inputs
    found = {"x": inputs + nudges.get("x", 0)}
    if isinstance(layer, rs.layers.Dense):
        kernel, *bias = layer.get_weights()
        found["pre/y"] = found["x"] @ kernel + sum(bias) + nudges.get("pre/y", 0)
        found["y"] = FUNCTIONS[layer.activation](found["pre/y"]) + nudges.get("y", 0)
        return found
    cell, blocks = layer.cell, weight_blocks(layer)
    shape = (*inputs.shape[:2], layer.units)
    found |= {
        key: np.zeros(shape, complex) for q in cell for key in (q.name, f"pre/{q.name}")[: 1 + is_function_of_maps(q)]
    }
    for t in range(inputs.shape[1]):
        known = {x: found["x"][:, t]}
        for name in cell.states:
            start = np.full_like(found[name][:, 0], cell[name].start)
            known[previous(name)] = found[name][:, t - 1] if t else start
        for own in blocks.values():
            known |= {node: block for node, block in own.items() if isinstance(node, Constant)}
        for quantity in cell:
            maps = {node: _mapped(node, block, known) for node, block in blocks[quantity.name].items()}
            equation = quantity.equation
            if is_function_of_maps(quantity):
                pre = found[f"pre/{quantity.name}"]
                pre[:, t] = evaluate(equation.args[0], known | maps)
                pre[:, t] += nudges.get(f"pre/{quantity.name}", np.zeros(shape))[:, t]
                maps[equation.args[0]] = pre[:, t]
            found[quantity.name][:, t] = evaluate(equation, known | maps)
            if quantity.name in holds:
                value, where = holds[quantity.name]
                found[quantity.name][:, t] = np.where(where[:, t], value[:, t], found[quantity.name][:, t])
            found[quantity.name][:, t] += nudges.get(quantity.name, np.zeros(shape))[:, t]
            known[symbols(quantity.name)[0]] = found[quantity.name][:, t]
    return found


def _mapped(node: sympy.Function, block: np.ndarray, known: dict[sympy.Basic, np.ndarray]) -> np.ndarray:
    if isinstance(node, Bias | Constant):
        return block
    vector = evaluate(node.args[0], known)
    return vector * block if isinstance(node, DiagonalProduct) else vector @ block


def run_model(
    model: rs.Sequential,
    inputs: np.ndarray,
    nudges: dict[str, dict[str, np.ndarray]] | None = None,
    holds: dict[str, dict[str, Held]] = NO_HOLDS,
) -> dict[str, dict[str, np.ndarray]]:
    """Return everything that every layer of a model computes, in complex numbers."""
    found, output = {}, inputs.astype(complex)
    for layer in model.layers:
        found[layer.name] = run_layer(layer, output, (nudges or {}).get(layer.name, {}), holds.get(layer.name, {}))
        output = found[layer.name]["y" if isinstance(layer, rs.layers.Dense) else layer.cell.output]
        if not getattr(layer, "return_sequences", True):
            output = output[:, -1]
    return found


def exact_gradients(
    model: rs.Sequential, inputs: np.ndarray, y: np.ndarray, holds: dict[str, dict[str, Held]] = NO_HOLDS
) -> dict[str, dict[str, np.ndarray]]:
    """Return the gradient of the mean squared error by everything that `run_model` returns, without a chain rule.

    Complex steps: a function of `q + i·h` has the imaginary part `h·f'(q)`, exact to the last digits for a tiny h
    (W. Squire, G. Trapp, SIAM Review 40(1), 1998). Each element is nudged in a copy of all samples of its own, and all
    copies run together.
    """
    step, count = 1e-30, len(inputs)
    shapes = {
        name: {key: a.shape[1:] for key, a in arrays.items()} for name, arrays in run_model(model, inputs).items()
    }
    places = [(name, key, index) for name in shapes for key, s in shapes[name].items() for index in np.ndindex(s)]
    nudges = {
        n: {k: np.zeros((len(places) * count, *s), complex) for k, s in kinds.items()} for n, kinds in shapes.items()
    }
    for copy, (name, key, index) in enumerate(places):
        nudges[name][key][(slice(copy * count, (copy + 1) * count), *index)] = step * 1j
    copies = (len(places), *(1,) * (inputs.ndim - 1))
    held = {
        name: {key: tuple(np.tile(array, (len(places), 1, 1)) for array in pair) for key, pair in own.items()}
        for name, own in holds.items()
    }
    prediction = run_model(model, np.tile(inputs, copies), nudges, held)[model.layers[-1].name]["y"]
    errors = (prediction - np.tile(y, (len(places), *(1,) * (y.ndim - 1)))) ** 2
    slopes = errors.reshape(len(places), count, -1).sum(axis=-1).imag / step / y.size
    found = {name: {key: np.zeros((count, *s)) for key, s in kinds.items()} for name, kinds in shapes.items()}
    for (name, key, index), slope in zip(places, slopes, strict=True):
        found[name][key][(slice(None), *index)] = slope
    return found


@pytest.fixture(scope="session")
def reference() -> SimpleNamespace:
    """Declarations run straight from their equations, and what that takes."""
    return SimpleNamespace(
        evaluate=evaluate,
        run=run_model,
        gradients=exact_gradients,
        blocks=weight_blocks,
        is_function_of_maps=is_function_of_maps,
    )


# ------------------------------------------------------------------------------------------------------------ checks


@pytest.fixture(scope="session")
def check_differences(central_differences) -> Callable[..., None]:
    """Return a function: are the gradients of all weights, and of the input, the central differences of the loss?"""

    def assert_close(actual: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> None:
        assert max(np.abs(array).max() for array in expected) > 1e-5
        for array, wanted in zip(actual, expected, strict=True):
            assert array.shape == wanted.shape
            # the error of a difference itself is near 1e-10 whatever its size
            assert np.abs(array - wanted).max() <= 1e-6 * max(np.abs(wanted).max(), 1e-3)

    def check(problem: Problem) -> None:
        model, x, y = problem.model, problem.x, problem.y
        start = model.get_weights()

        def loss(weights: Sequence[np.ndarray]) -> float:
            model.set_weights(weights)
            return model.evaluate(x, y)

        expected = central_differences(loss, start)
        model.set_weights(start)
        assert_close(model.gradients(x, y), expected)
        trace = model.trace(x, y)
        first = trace[trace.layers[0]]
        gradient = first.grad["x"][0][:, :: -1 if first.options["go_backwards"] else 1]
        assert_close([gradient], central_differences(lambda inputs: model.evaluate(inputs[0], y), [x]))

    return check


@pytest.fixture(scope="session")
def check_recording(relative_error) -> Callable[..., None]:
    """Return a function: are all recorded values and gradients those of a run straight from the equations?"""

    def check(problem: Problem, tolerance: float = 1e-12) -> None:
        trace = problem.model.trace(problem.x, problem.y)
        values = run_model(problem.model, problem.x)
        gradients = exact_gradients(problem.model, problem.x, problem.y)
        for layer in problem.model.layers:
            recorded, name = trace[layer.name], layer.name
            assert recorded.quantities == (layer.cell.names if hasattr(layer, "cell") else ("y",))
            assert {key for key in values[name] if "/" not in key} == {"x", *recorded.quantities}
            assert {key.partition("/")[2] for key in values[name] if "/" in key} <= set(recorded.pre)
            largest = max(np.abs(gradient).max() for gradient in gradients[name].values())
            assert largest > 1e-6
            for key, value in values[name].items():
                quantity = key.removeprefix("pre/")
                group, slopes = (recorded.pre, recorded.grad_pre) if key != quantity else (recorded, recorded.grad)
                actual = recorded.x if key == "x" else group[quantity]
                assert relative_error(actual[0], value.real) < tolerance
                assert slopes[quantity][0].shape == value.shape
                assert np.abs(slopes[quantity][0] - gradients[name][key]).max() < tolerance * largest

    return check
