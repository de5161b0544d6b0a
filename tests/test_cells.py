"""Declarations: what is refused, what a new cell gets without another edit, and what a cell compiles to."""

import inspect
import random
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import sympy
from conftest import Variant

import rnnscope as rs
from rnnscope.cells import (
    Cell,
    DeclarationError,
    candidate,
    constant,
    gate,
    hard_sigmoid,
    linear,
    peephole,
    previous,
    relu,
    sigmoid,
    state,
    symbols,
    tanh,
    x,
)
from rnnscope.cells.functions import ACTIVATIONS
from rnnscope.cells.quantity import RESERVED
from rnnscope.cells.vocabulary import MatrixProduct

ROOT = Path(rs.__file__).parents[1]
h_prev, c_prev = previous("h"), previous("c")
f, f2, g, c, h, u = symbols("f f2 g c h u")
HIDDEN = state("h", tanh(linear(x, h_prev)), "the output")

# ----------------------------------------------------------------------------------------------------------- refused

REFUSED = {
    "reads a later quantity": lambda: Cell(
        "Bad", gate("f", tanh(linear(x) + g), ""), candidate("g", h_prev, ""), HIDDEN
    ),
    "reads itself": lambda: Cell("Bad", gate("f", sigmoid(linear(x) + f), ""), HIDDEN),
    "reads an undeclared name": lambda: Cell("Bad", gate("f", sigmoid(linear(x) + u), ""), HIDDEN),
    "reads an undeclared name in a map": lambda: Cell("Bad", gate("f", sigmoid(linear(x, u)), ""), HIDDEN),
    "reads the previous of nothing": lambda: Cell("Bad", gate("f", sigmoid(linear(x, c_prev)), ""), HIDDEN),
    "reads the previous of a gate": lambda: Cell("Bad", gate("f", sigmoid(linear(x, previous("f"))), ""), HIDDEN),
    "has a name twice": lambda: Cell("Bad", gate("f", sigmoid(linear(x)), ""), gate("f", tanh(linear(x)), ""), HIDDEN),
    "is the last and no state": lambda: Cell("Bad", HIDDEN, gate("f", sigmoid(linear(x)), "")),
    "reads x by itself": lambda: Cell("Bad", gate("f", sigmoid(x + linear(x)), ""), HIDDEN),
    "reads x times a map": lambda: Cell("Bad", gate("f", sigmoid(x * linear(h_prev)), ""), HIDDEN),
    "reads x inside a map": lambda: Cell("Bad", gate("f", sigmoid(linear(x * h_prev)), ""), HIDDEN),
    "reads x unit by unit": lambda: Cell("Bad", gate("f", sigmoid(peephole(x)), ""), HIDDEN),
    "nests linear maps": lambda: Cell("Bad", gate("f", sigmoid(linear(tanh(linear(x)))), ""), HIDDEN),
    "nests a diagonal map": lambda: Cell("Bad", gate("f", sigmoid(peephole(linear(h_prev))), ""), HIDDEN),
    "uses an unknown function": lambda: Cell("Bad", gate("f", sympy.gamma(linear(x)), ""), HIDDEN),
    "uses an undefined function": lambda: Cell("Bad", gate("f", sympy.Function("swish")(linear(x)), ""), HIDDEN),
    "uses a maximum": lambda: Cell("Bad", gate("f", sympy.Max(linear(x), 0), ""), HIDDEN),
    "uses cases": lambda: Cell("Bad", gate("f", sympy.Piecewise((h_prev, h_prev > 0), (linear(x), True)), ""), HIDDEN),
    "uses a comparison": lambda: Cell("Bad", gate("f", linear(x) > 0, ""), HIDDEN),
    "uses a derivative": lambda: Cell("Bad", gate("f", sympy.Derivative(tanh(h_prev), h_prev), ""), HIDDEN),
    "uses infinity": lambda: Cell("Bad", gate("f", sympy.oo * linear(x), ""), HIDDEN),
    "uses not-a-number": lambda: Cell("Bad", gate("f", linear(x) + sympy.nan, ""), HIDDEN),
    "uses an imaginary number": lambda: Cell("Bad", gate("f", sympy.I * linear(x), ""), HIDDEN),
    "uses a third root": lambda: Cell("Bad", gate("f", linear(x) ** sympy.Rational(1, 3), ""), HIDDEN),
    "has a quantity as exponent": lambda: Cell("Bad", gate("f", 2 ** linear(x), ""), HIDDEN),
    "has a start that is no number": lambda: Cell("Bad", gate("f", sigmoid(linear(x, bias_start=u)), ""), HIDDEN),
    "has a start without end": lambda: Cell("Bad", gate("f", sigmoid(linear(x, bias_start=np.inf)), ""), HIDDEN),
    "has symbols of another kind": lambda: Cell(
        "Bad", gate("f", sigmoid(linear(x, sympy.Symbol("h_prev", real=True))), ""), HIDDEN
    ),
    "has quantities of another kind": lambda: Cell(
        "Bad", gate("g", sigmoid(linear(x)), ""), gate("f", sympy.Symbol("g", positive=True), ""), HIDDEN
    ),
    "has a string as equation": lambda: gate("f", "sigmoid(x)", ""),
    "has no equation": lambda: gate("f", None, ""),
}


@pytest.mark.parametrize("why", REFUSED)
def test_refused_with_the_name_of_the_quantity(why):
    with pytest.raises(DeclarationError, match="'f'" if "last" not in why else "last quantity"):
        REFUSED[why]()


def test_refused_with_the_name_of_what_is_read():
    with pytest.raises(DeclarationError, match=r"'f'.*'g'.*later"):
        REFUSED["reads a later quantity"]()
    with pytest.raises(DeclarationError, match=r"'f'.*'u'.*not declared"):
        REFUSED["reads an undeclared name"]()
    with pytest.raises(DeclarationError, match=r"'f'.*'c'.*equation"):
        REFUSED["reads the previous of nothing"]()
    with pytest.raises(DeclarationError, match=r"'f'.*gamma"):
        REFUSED["uses an unknown function"]()


@pytest.mark.parametrize("name", ["F", "1f", "f_g", "", "h_prev", "lambda", "is", "σ", None, 3, *sorted(RESERVED)])
def test_names_of_quantities(name):
    with pytest.raises(DeclarationError, match=re.escape(f"quantity {name!r}")):
        gate(name, sigmoid(linear(x)), "")


@pytest.mark.parametrize("name", ["My Cell", "", "2Cell", None, 5])
def test_names_of_cells(name):
    with pytest.raises(DeclarationError, match="name of the cell"):
        Cell(name, HIDDEN)


def test_cells_without_input_or_quantities():
    with pytest.raises(DeclarationError, match="input x"):
        Cell("Bad", state("h", tanh(linear(h_prev)), ""))
    with pytest.raises(DeclarationError, match="last quantity"):
        Cell("Bad")
    with pytest.raises(DeclarationError, match="gates, candidates and states"):
        Cell("Bad", tanh(linear(x)))
    with pytest.raises(ValueError, match="at least one vector"):
        linear()
    with pytest.raises(ValueError, match=r"role of quantity 'f'.*gaet"):
        rs.cells.Quantity("f", tanh(linear(x)), "gaet", "", "f")


def test_what_a_cell_says_about_itself():
    cell = rs.LSTM.cell
    assert (cell.names, cell.states, cell.output) == (("i", "f", "g", "o", "c", "h"), ("c", "h"), "h")
    assert [quantity.name for quantity in cell] == list(cell.names)
    assert cell["f"].role == "gate"
    assert {weight.name for weight in cell.weights} == {f"{kind}_{name}" for kind in "WUb" for name in "ifgo"}
    with pytest.raises(ValueError, match=r"quantity of LSTM.*'z'"):
        cell["z"]


# --------------------------------------------------------------------------------------------------------- odd cells


def gated(*quantities, name="Odd"):
    """Return a cell whose output is blended by a gate `f`, from quantities that declare it."""
    return Cell(name, *quantities, state("h", f * h_prev + (1 - f) * tanh(linear(x, h_prev)), "blend"))


ODD = {
    "only input": lambda: Cell("Odd", state("h", tanh(linear(x)), "")),
    "two recurrent kernels in one quantity": lambda: Cell(
        "Odd",
        gate("f", sigmoid(linear(x, h_prev, c_prev)), ""),
        state("c", f * c_prev + (1 - f) * tanh(linear(x, h_prev)), ""),
        state("h", f * tanh(c), ""),
    ),
    "a map that reads a current quantity": lambda: Cell(
        "Odd",
        gate("f", sigmoid(linear(x, h_prev)), ""),
        candidate("g", tanh(linear(x, f)), ""),
        state("c", f * c_prev + g, ""),
        state("h", tanh(linear(c, g * f)), ""),
    ),
    "a map that reads a sum and a function": lambda: gated(
        candidate("g", tanh(linear(x)), ""), gate("f", sigmoid(linear(g + h_prev, tanh(g * h_prev))), "")
    ),
    "exponential": lambda: gated(gate("f", sympy.exp(-(linear(x, h_prev) ** 2)), "")),
    "square root": lambda: gated(gate("f", sympy.sqrt(1 + linear(x, h_prev) ** 2) / 3, "")),
    "division by a map": lambda: gated(gate("f", 1 / (2 + linear(x, h_prev) ** 2), "")),
    "division by a square root": lambda: gated(
        candidate("g", linear(x, h_prev), ""), gate("f", g / sympy.sqrt(1 + g**2), "")
    ),
    "logarithm": lambda: gated(gate("f", sympy.log(2 + sigmoid(linear(x, h_prev))), "")),
    "sine and cosine": lambda: gated(
        candidate("g", sympy.sin(linear(x, h_prev)), ""), gate("f", sympy.cos(g) * sigmoid(g), "")
    ),
    "functions of functions": lambda: gated(gate("f", sigmoid(sympy.sin(sympy.exp(tanh(linear(x, h_prev))))), "")),
    "powers": lambda: gated(candidate("g", tanh(linear(x)), ""), gate("f", g**5 - g**2 / 4 + (2 + g) ** -3, "")),
    "a product of two maps": lambda: gated(gate("f", linear(x) * linear(h_prev), "")),
    "a quantity that nothing reads": lambda: gated(
        gate("u", sigmoid(linear(x, h_prev)), ""), gate("f", sigmoid(linear(x)), "")
    ),
    "a state whose previous is never read": lambda: Cell(
        "Odd", state("c", tanh(linear(x, h_prev)), ""), state("h", c * sigmoid(linear(x)), "")
    ),
    "a state that nothing reads": lambda: gated(
        state("c", c_prev / 2 + tanh(linear(x)), ""), gate("f", sigmoid(linear(x, h_prev)), "")
    ),
    "an output whose previous is never read": lambda: Cell(
        "Odd", state("c", c_prev / 2 + tanh(linear(x, c_prev)), ""), state("h", tanh(c), "")
    ),
    "biases on some quantities only": lambda: gated(
        candidate("g", tanh(linear(x, bias=False)), ""),
        gate("u", sigmoid(linear(x) + linear(h_prev)), ""),
        gate("f", sigmoid(linear(x, bias_start=-0.5) + linear(u * g, bias=False)), ""),
    ),
    "a recurrent bias only": lambda: gated(gate("f", sigmoid(linear(x, bias=False) + linear(h_prev)), "")),
    "no gate with weights": lambda: gated(gate("f", sigmoid(h_prev), "")),
    "a constant gate": lambda: gated(gate("f", sympy.Rational(1, 4), "")),
    "a constant with a function": lambda: gated(gate("f", sigmoid(sympy.Integer(1)), "")),
    "peepholes of products": lambda: gated(
        candidate("g", tanh(linear(x)), ""), gate("f", sigmoid(peephole(g * h_prev) + peephole(h_prev) - linear(x)), "")
    ),
    "three states": lambda: Cell(
        "Odd",
        state("c", (c_prev + tanh(linear(x, previous("m")))) / 2, ""),
        state("m", relu(linear(x, h_prev)) * c, ""),
        state("h", hard_sigmoid(linear(c, sympy.Symbol("m"))) - h_prev / 3, ""),
    ),
    "a constant called as a vector is": lambda: Cell(
        "Odd",
        gate("f", sigmoid(linear(x, h_prev)), ""),
        candidate("g", tanh(linear(x, f * h_prev)), ""),
        state("h", constant("V1", start=0.3) * h_prev + g, ""),
    ),
    "a quantity called sum that reads what others read": lambda: Cell(
        "Odd",
        candidate("g", tanh(linear(x, h_prev)), ""),
        gate("sum", constant("Λ", start=0.3) ** 2 * g, ""),
        gate("f", sympy.sin(constant("Λ", start=0.3)) * g, ""),
        state("c", constant("Λ", start=0.3) ** 3 * g, ""),
        state("h", f + c + sympy.Symbol("sum"), ""),
    ),
    "maps that are scaled": lambda: gated(gate("f", sigmoid(linear(x) / 2 - 3 * linear(h_prev)), "")),
    "a quantity called as a second kernel": lambda: Cell(
        "Odd",
        gate("f", sigmoid(linear(x, h_prev, c_prev)), ""),
        gate("f2", sigmoid(linear(x, h_prev)), ""),
        state("c", f * c_prev + f2 * tanh(linear(x)), ""),
        state("h", tanh(c), ""),
    ),
}


@pytest.fixture
def odd(request, registry_restored):
    """Register an odd cell and return it as a variant."""
    rs.register(ODD[request.param]())
    return Variant("Odd")


def over_odd_cells():
    """Run a test over all odd cells."""
    return pytest.mark.parametrize("odd", list(ODD), indirect=True)


@over_odd_cells()
def test_a_new_cell_has_the_right_gradients(odd, small_problem, check_differences, check_recording):
    problem = small_problem(odd)
    check_differences(problem)
    check_recording(problem)
    check_recording(small_problem(odd, go_backwards=True, return_sequences=True))


@over_odd_cells()
def test_a_new_cell_trains_and_records(odd, small_problem):
    problem = small_problem(odd)
    trace = problem.model.fit(problem.x, problem.y, epochs=20, verbose=0)
    assert trace.loss[-1] < trace.loss[0]
    for name in trace.layers[:-1]:
        assert trace[name].quantities == odd.cell.names
        assert set(trace[name].prev) == set(odd.cell.states)
        for quantity in odd.cell.names:
            assert trace[name][quantity].shape == trace[name].grad[quantity].shape == (20, 3, 4, 3)
    assert "np.matmul" in rs.layers.Odd.source()


@over_odd_cells()
def test_a_new_cell_is_counted(odd):
    layer = odd.layer(5, input_shape=(4, 3))
    model = rs.Sequential([layer])
    count = rs.formulas.parameters("Odd").subs({rs.cells.D: 3, rs.cells.H: 5})
    assert count == layer.count_params() == model.count_params() == sum(w.size for w in model.get_weights())
    without = rs.Sequential([odd.layer(5, input_shape=(4, 3), use_bias=False)])
    assert without.count_params() == rs.formulas.parameters("Odd", bias=None).subs({rs.cells.D: 3, rs.cells.H: 5})


def test_starts_of_biases(registry_restored):
    rs.register(ODD["biases on some quantities only"]())
    model = rs.Sequential([rs.layers.Odd(2, input_shape=(4, 3))])
    arrays = dict(zip(model.layers[0].weight_shapes(), model.get_weights(), strict=True))
    assert arrays["bias"].tolist() == [0, 0, -0.5, -0.5, 0, 0]
    assert arrays["recurrent_bias"].tolist() == [0, 0]


def test_a_pre_activation_is_what_the_function_is_applied_to(registry_restored):
    """A quantity that is more than a function of its linear maps has none of its own: it is not its own one."""
    rs.register(Cell("Odd", state("h", (h_prev + tanh(linear(x, h_prev))) / 2, "")))
    model = rs.Sequential([rs.layers.Odd(3, input_shape=(4, 2)), rs.layers.Dense(1)], dtype="float64")
    layer = model.trace(np.ones((2, 4, 2)))["odd"]
    if "h" in layer.pre:
        assert np.allclose((layer.prev["h"] + np.tanh(layer.pre["h"])) / 2, layer["h"], rtol=0, atol=1e-12)


# ----------------------------------------------------------------------------------------------- random declarations


class RandomCell:
    """Draws a declaration at random, of bounded functions, so that few of them run away."""

    def __init__(self, seed):
        self.draw = random.Random(seed)
        count = self.draw.randint(1, 5)
        self.known = self.draw.sample([*"acefgijklmoqrsuvwyz", "f2", "g2"], count)
        self.states = [name for name in self.known if self.draw.random() < 0.4]
        self.declared = [previous(name) for name in [*self.states, "h"]]

    def cell(self):
        quantities = []
        for name in self.known:
            role = state if name in self.states else self.draw.choice([gate, candidate])
            quantities.append(role(name, self.equation(), "drawn at random"))
            self.declared.append(sympy.Symbol(name))
        end = tanh(linear(x, self.vector())) + self.equation() / 2
        return Cell("Odd", *quantities, state("h", end, "drawn at random"))

    def vector(self):
        vector, other = self.draw.choices(self.declared, k=2)
        return self.draw.choice([vector, vector, vector, vector * other, vector + other, tanh(vector)])

    def maps(self):
        vectors = [x] * (self.draw.random() < 0.7) + [self.vector() for _ in range(self.draw.choice([0, 1, 1, 2]))]
        return linear(*dict.fromkeys(vectors or [x]), bias=self.draw.random() < 0.7)

    def function(self, expression):
        functions = [sigmoid, tanh, relu, hard_sigmoid, sympy.sin, sympy.cos, lambda z: z, lambda z: sympy.exp(-(z**2))]
        functions += [lambda z: sympy.log(2 + z**2), lambda z: sympy.sqrt(1 + z**2), lambda z: 1 / (1 + z**2)]
        functions += [lambda z: z / sympy.sqrt(1 + z**2)]
        return self.draw.choice(functions)(expression)

    def sum(self):
        kinds = [lambda: 0, lambda: 0, self.maps, lambda: self.vector() * self.maps(), self.vector]
        return self.maps() + self.draw.choice([*kinds, lambda: peephole(self.vector())])()

    def equation(self):
        blend = self.vector()
        return self.draw.choice(
            [
                lambda: self.function(self.sum()),
                lambda: self.function(self.sum()),
                lambda: -self.function(self.sum()) / 2,
                lambda: blend * self.function(self.sum()) + (1 - blend) * self.vector() / 2,
                lambda: self.function(self.vector()) / 2,
                lambda: self.function(self.function(self.sum()) + self.vector()),
            ]
        )()


def check_random_cells(seeds, small_problem, check_recording):
    run = 0
    for seed in seeds:
        rs.register(RandomCell(seed).cell())
        with suppress(LookupError):  # a cell that runs away or stays at zero whatever its weights
            check_recording(small_problem(Variant("Odd"), return_sequences=seed % 2 == 0), tolerance=1e-10)
            run += 1
    assert run > 0.8 * len(seeds)


@pytest.mark.parametrize("block", range(3))
def test_random_declarations(block, registry_restored, small_problem, check_recording):
    check_random_cells(range(5 * block, 5 * block + 5), small_problem, check_recording)


@pytest.mark.slow
@pytest.mark.parametrize("block", range(4))
def test_many_random_declarations(block, registry_restored, small_problem, check_recording):
    check_random_cells(range(1000 + 25 * block, 1025 + 25 * block), small_problem, check_recording)


# ---------------------------------------------------------------------------------------------------------- registry


def test_peepholes_and_the_minimal_gated_unit_are_ordinary_members():
    assert set(rs.cells.names()) >= {"SimpleRNN", "LSTM", "GRU", "PeepholeLSTM", "MinimalGatedUnit"}
    assert list(rs.cells.names()) == sorted(rs.cells.names())
    for name in rs.cells.names():
        layer = getattr(rs, name)
        assert layer is getattr(rs.layers, name)
        assert type(layer) is type(rs.LSTM)
        assert layer.__bases__ == (rs.layers.Recurrent,)
        assert layer.cell == rs.cells.build(name)
        assert name in dir(rs.layers)
        assert name in dir(rs)


def test_options_of_a_function(registry_restored, small_problem, check_recording):
    def leaky(activation=tanh, slope=sigmoid, share=2, clipped=False):
        kept = (share - 1) * h_prev / share
        new = activation(linear(x, h_prev)) / share
        return Cell("Leaky", state("h", slope(kept + new) if clipped else kept + new, "a slow memory"), title="leaky")

    assert rs.register(leaky) is leaky
    expected = {"activation": "tanh", "slope": "sigmoid", "share": 2, "clipped": False, "use_bias": True}
    assert rs.cells.options("Leaky") == expected
    layer = rs.Leaky(3, share=4, activation="relu", clipped=True, slope=hard_sigmoid, input_shape=(4, 1))
    assert dict(layer.cell.options) == {"activation": "relu", "slope": "hard_sigmoid", "share": 4, "clipped": True} | {
        "use_bias": True
    }
    assert layer.cell["h"].equation.func is hard_sigmoid
    assert layer.cell["h"].equation.has(relu)
    assert not rs.cells.build("Leaky", activation="linear").quantities[0].equation.has(tanh)
    check_recording(small_problem(Variant("Leaky", (("share", 3), ("activation", "sigmoid")))))
    signature = inspect.signature(rs.Leaky)
    assert {"units", *expected} <= set(signature.parameters)
    assert signature.parameters["share"].default == 2
    assert "a slow memory" in rs.Leaky.__doc__


def test_options_that_are_zero(registry_restored):
    """An integer option may have the default 0."""

    def shifted(shift=0):
        return Cell("Shifted", state("h", tanh(linear(x, h_prev)) + shift, ""))

    rs.register(shifted)
    assert dict(rs.layers.Shifted(3).cell.options)["shift"] == 0
    assert dict(rs.layers.Shifted(3, shift=2).cell.options)["shift"] == 2


def test_options_that_a_layer_has_itself_are_refused(registry_restored):
    def taken(units=3):
        return Cell("Taken", state("h", tanh(linear(x, h_prev)) * units, ""))

    with pytest.raises(DeclarationError, match="'units'"):
        rs.register(taken)


@pytest.mark.parametrize("name", rs.cells.names())
def test_unknown_options(name):
    with pytest.raises(TypeError, match=f"{name}: expected the arguments .*use_bias.*'colour'"):
        getattr(rs, name)(3, colour="red")
    with pytest.raises(TypeError, match=f"{name}: use_bias: expected True or False; got 1"):
        getattr(rs, name)(3, use_bias=1)
    for option in (key for key, default in rs.cells.options(name).items() if default in ACTIVATIONS):
        with pytest.raises(ValueError, match=f"{name}: {option}: .*'tnah'.*did you mean 'tanh'"):
            getattr(rs, name)(3, **{option: "tnah"})
        with pytest.raises(TypeError, match=f"{name}: {option}"):
            getattr(rs, name)(3, **{option: np.tanh})


def test_activations_by_name_and_by_function():
    assert rs.LSTM(3, activation=relu).cell == rs.LSTM(3, activation="relu").cell
    assert rs.LSTM(3, activation=None).cell == rs.LSTM(3, activation="linear").cell
    assert rs.LSTM(3).cell == rs.LSTM(3, activation=tanh, recurrent_activation=sigmoid).cell


@pytest.mark.parametrize("name", [*rs.cells.names(), "Dense", "Input", "Layer", "Sequential"])
def test_a_name_that_is_taken_is_refused(name, registry_restored):
    before = rs.cells.names()
    for cell in (Cell(name, HIDDEN), lambda: Cell(name, HIDDEN)):
        with pytest.raises(DeclarationError, match=f"{name!r} is taken"):
            rs.register(cell)
    assert rs.cells.names() == before


@pytest.mark.parametrize("names", ["'LSTM'", "'Mine', 'Mine'"])
def test_registering_before_anything_else(names):
    """What is true in a session holds in a fresh one too: a shipped name is refused, an own one may come twice."""
    code = (
        "import rnnscope as rs; from rnnscope.cells import *\n"
        f"for name in [{names}]: rs.register(Cell(name, state('h', tanh(linear(x)), ''))); rs.cells.names()"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode == 0) == ("LSTM" not in names), run.stderr
    assert ("DeclarationError" in run.stderr) == ("LSTM" in names)


def test_names_that_the_library_itself_has_are_refused(registry_restored):
    """`rs.X` is `rs.layers.X` for every cell X, so no cell can be called like something else in either."""
    public = [name for module in (rs, rs.layers) for name in dir(module) if name[0].isupper()]
    for name in {*public, "Recurrent"} - set(rs.cells.names()):
        with pytest.raises(DeclarationError, match=f"{name!r} is taken"):
            rs.register(Cell(name, HIDDEN))


def test_registering_twice_replaces(registry_restored, small_problem, check_recording):
    rs.register(Cell("Mine", HIDDEN))
    first = rs.layers.Mine
    assert rs.layers.Mine is first
    rs.register(Cell("Mine", gate("f", sigmoid(linear(x)), ""), state("h", f * tanh(linear(x, h_prev)), "")))
    assert rs.layers.Mine.cell.names == ("f", "h")
    assert rs.layers.Mine(3).cell.names == rs.Mine.cell.names == ("f", "h")
    check_recording(small_problem(Variant("Mine")))
    rs.register(Cell("Mine", HIDDEN))
    assert rs.layers.Mine.cell.names == ("h",)
    check_recording(small_problem(Variant("Mine")))


def test_only_cells_are_registered(registry_restored):
    for wrong, kind in (("LSTM", "str"), (None, "NoneType"), (rs.LSTM, None), (lambda: 3, "int")):
        with pytest.raises(TypeError, match=kind):
            rs.register(wrong)
    with pytest.raises(TypeError):
        rs.register(lambda activation: Cell("Needs", HIDDEN))
    assert "Needs" not in rs.cells.names()


def test_unknown_cells():
    with pytest.raises(ValueError, match="did you mean 'LSTM'"):
        rs.cells.build("lstm")
    with pytest.raises(AttributeError, match=r"'Lstm'.*LSTM"):
        rs.Lstm  # noqa: B018, the attribute is asked for on purpose


# ------------------------------------------------------------------------------------------------------------ source


def functions_of(source):
    """Return the body of each function in the source of a cell."""
    return {part.partition("(")[0]: part for part in source.split("\ndef ")[1:]}


@pytest.mark.parametrize(
    ("name", "options", "forward", "backward"),
    [
        ("SimpleRNN", {}, 1, 1),
        ("LSTM", {}, 1, 1),
        ("LSTM", {"use_bias": False, "activation": "relu"}, 1, 1),
        ("PeepholeLSTM", {}, 1, 1),
        ("GRU", {}, 1, 2),  # on the way back the reset gate scales the gradient of one of its three
        ("GRU", {"reset_after": False}, 2, 2),
        ("MinimalGatedUnit", {}, 2, 2),
    ],
)
def test_all_gates_that_read_the_same_share_one_product(name, options, forward, backward):
    source = getattr(rs, name)(3, **options).source()
    functions = functions_of(source)
    counts = {function: body.count("np.matmul(") for function, body in functions.items()}
    assert counts["project_input"] == 1
    assert (counts["forward"], counts["backward"]) == (forward, backward)
    assert counts["weight_gradients"] == 1 + backward + 1  # kernel, recurrent kernels, input
    assert counts["local_derivatives"] == 0


def test_equal_functions_of_neighbouring_gates_are_one_call():
    forward = functions_of(rs.LSTM.source())["forward"]
    assert forward.count("sigmoid(") == 2  # i and f together, then o, since g stands between them
    assert forward.count("np.tanh(") == 2  # g and the cell state


def test_the_source_is_that_of_the_options_chosen():
    assert "relu(" in rs.LSTM(3, activation="relu").source()
    assert "relu(" not in rs.LSTM(3).source()
    assert rs.LSTM(3).source() == rs.LSTM.source()
    assert "reset_after=False" in rs.GRU(3, reset_after=False).source()


def test_the_source_is_python_without_names_of_its_own(default):
    compile(default.layer(3).source(), "source", "exec")
    assert " for " not in re.sub(r'""".*?"""', "", rs.LSTM.source())


def test_shipped_cells_multiply_nothing_but_vectors_and_their_own_weights(default):
    for weight in default.cell.weights:
        assert weight.quantity in default.cell.names
        if weight.kind.name in ("kernel", "recurrent_kernel"):
            assert isinstance(weight.node, MatrixProduct)
