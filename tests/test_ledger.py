"""The ledger of a state, and what is left of a change, against loops that share nothing with the library."""

import numpy as np
import pytest
from conftest import evaluate, run_layer, weight_blocks

import rnnscope as rs
from rnnscope.analysis.ledger import direct_way, ledger_of, reads_itself, state_with_ledger
from rnnscope.analysis.left import left_of_changes
from rnnscope.analysis.made_of import levels
from rnnscope.cells import Cell, candidate, gate, linear, previous, sigmoid, state, symbols, tanh, x
from rnnscope.cells.vocabulary import Bias, Constant, DiagonalProduct

SAMPLE = 1


@pytest.fixture(scope="module")
def recorded(small_problem):
    """Return a function: a model of two layers of a cell in float64, and the trace of one pass."""
    made = {}

    def record(variant, backwards=False):
        key = str(variant), backwards
        if key not in made:
            problem = small_problem(variant, go_backwards=backwards)
            made[key] = problem, problem.model.trace(problem.x, problem.y)
        return made[key]

    return record


def frozen(layer, trace, quantity, values):
    """Return a quantity at every time step, (time, unit), all that it reads as recorded but for some previous states.

    `values` holds what these are instead, by name.
    """
    cell, own, run = layer.cell, weight_blocks(layer), (0, SAMPLE)
    recording = trace[layer.name]
    known = {x: recording.x[run]} | {symbols(name)[0]: recording[name][run] for name in cell.names}
    for name in cell.states:
        known[previous(name)] = np.broadcast_to(values.get(name, recording.prev[name][run]), recording[name][run].shape)
    known |= {node: block for of in own.values() for node, block in of.items() if isinstance(node, Constant)}
    for node, block in own[quantity].items():
        if isinstance(node, Bias | Constant):
            known[node] = block
            continue
        as_recorded = known | {previous(name): recording.prev[name][run] for name in cell.states}
        vector = evaluate(node.args[0], as_recorded)
        known[node] = vector * block if isinstance(node, DiagonalProduct) else vector @ block
    return evaluate(cell[quantity].equation, known)


def amounts_of(layer, trace, names):
    """Return what a state holds by the step of writing, (time, 1 + step, unit): the equation with previous states of 0
    and 1, everything else as recorded, and a loop."""
    zeros = dict.fromkeys(names, 0.0)
    written = [frozen(layer, trace, name, zeros) for name in names]
    kept = [
        [frozen(layer, trace, a, {**zeros, b: 1.0}) - w for b in names] for a, w in zip(names, written, strict=True)
    ]
    steps, units = written[0].shape
    found = np.zeros((steps, steps + 1, units))
    held = np.zeros((steps + 1, len(names), units))
    held[0] = [trace[layer.name].prev[name][0, SAMPLE, 0] for name in names]
    for t in range(steps):
        before = held.copy()
        for i in range(len(names)):
            held[:, i] = sum(kept[i][j][t] * before[:, j] for j in range(len(names)))
            held[t + 1, i] = written[i][t]
        found[t] = held[:, 0]
    return found


@pytest.mark.parametrize("backwards", [False, True])
def test_amounts_are_those_of_an_independent_loop_and_add_up_to_the_state(default, recorded, backwards):
    problem, trace = recorded(default, backwards)
    for layer in problem.model.layers[:2]:
        moment = rs.Cursor(layer=layer.name, sample=SAMPLE).at(trace)
        for name in layer.cell.states:
            way = direct_way(layer.cell, name)
            if way is None:
                continue
            ledger, wanted = ledger_of(moment, name), amounts_of(layer, trace, way.states)
            for time, amounts in enumerate(wanted):
                np.testing.assert_allclose(ledger.at(time), amounts, rtol=0, atol=1e-12)
                value = trace[layer.name][name][0, SAMPLE, time]
                np.testing.assert_allclose(ledger.at(time).sum(axis=0), value, rtol=0, atol=1e-12)
            np.testing.assert_allclose(ledger.sizes(), np.abs(wanted).sum(axis=2), rtol=0, atol=1e-12)
            np.testing.assert_allclose(ledger.of_unit(2), wanted[..., 2], rtol=0, atol=1e-12)
            assert np.abs(wanted[-1, 1:-1]).max() > 1e-9, "nothing was kept: a test that cannot fail"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("SimpleRNN", {}),
        ("LSTM", {"c": "((f,),)"}),
        ("PeepholeLSTM", {"c": "((f,),)"}),
        ("GRU", {"h": "((z,),)"}),
        ("MinimalGatedUnit", {"h": "((1 - f,),)"}),
        ("MinGRU", {"h": "((1 - z,),)"}),
        ("RGLRU", {"h": "((a,),)"}),
        ("SLSTM", {"c": "((f,),)", "n": "((f,),)"}),
    ],
)
def test_states_with_a_direct_way_and_their_slopes(name, found):
    cell = rs.cells.build(name)
    ways = {each: direct_way(cell, each) for each in cell.states}
    assert {each: str(way.slopes) for each, way in ways.items() if way} == found
    assert state_with_ledger(cell) == next(iter(found), None)


def test_real_and_imaginary_part_are_kept_together():
    cell = rs.cells.build("LRU")
    assert direct_way(cell, "re").states == ("re", "im") and direct_way(cell, "im").states == ("im", "re")
    assert direct_way(cell, "h") is None and state_with_ledger(cell) == "re"


def made(z, g, h, *more):
    return Cell("Made", gate("z", z, "z"), candidate("g", g, "g"), *more, state("h", h, "h"))


def test_what_is_read_elementwise_counts_and_what_a_function_reads_does_not_add_up():
    z, g = symbols("z g")
    h_prev = previous("h")
    opening, content = sigmoid(linear(x, h_prev)), tanh(linear(x))
    through_candidate = made(opening, linear(x) + h_prev / 2, z * h_prev + (1 - z) * g)
    (slope,) = direct_way(through_candidate, "h").slopes[0]
    assert slope.subs(z, 0.5) == 0.75
    gate_reads_state = made(sigmoid(linear(x) + h_prev), content, z * h_prev + (1 - z) * g)
    function = made(opening, content, z * tanh(h_prev) + g)
    for cell in (gate_reads_state, function):
        assert direct_way(cell, "h") is None and reads_itself(cell, "h") and state_with_ledger(cell) is None
    plain = made(opening, content, z * g)
    assert direct_way(plain, "h") is None and not reads_itself(plain, "h")


def test_what_another_state_hands_over_is_followed():
    """m keeps what h was one step before: what is in m was written by the steps that wrote h."""
    z, g = symbols("z g")
    m = state("m", z * previous("m") + previous("h"), "m")
    cell = made(sigmoid(linear(x)), tanh(linear(x)), tanh(linear(x)) * g, m)
    assert direct_way(cell, "m").states == ("m", "h") and str(direct_way(cell, "m").slopes) == "((z, 1), (0, 0))"


def test_a_state_that_starts_with_something_holds_that_too(registry_restored):
    @rs.register
    def warm() -> Cell:
        z = symbols("z")[0]
        keep = gate("z", sigmoid(linear(x)), "z")
        return Cell("Warm", keep, state("h", z * previous("h") + linear(x), "h", start=0.5))

    model = rs.Sequential([rs.layers.Warm(3, input_shape=(4, 1)), rs.Dense(1)], dtype="float64", seed=0)
    trace = model.trace(rs.tasks.counting().x)
    ledger, z = ledger_of(rs.Cursor(sample=2).at(trace), "h"), trace["warm"]["z"][0, 2]
    np.testing.assert_allclose(ledger.at(3)[0], 0.5 * z.prod(axis=0), rtol=1e-12)
    np.testing.assert_allclose(ledger.at(3).sum(axis=0), trace["warm"]["h"][0, 2, 3], rtol=0, atol=1e-12)


def test_a_state_without_a_ledger_is_refused(recorded, traces):
    with pytest.raises(ValueError, match="state: expected one with a ledger; 'h' of LSTM has none"):
        ledger_of(rs.Cursor().at(traces("LSTM")), "h")


def test_levels_are_what_a_quantity_is_made_of():
    assert list(levels(rs.cells.build("GRU", reset_after=False), "h")) == [["h"], ["z", "g"], ["r"]]


def test_what_is_left_of_a_change_is_the_product_of_jacobians(default, recorded):
    """Complex steps: the change of every unit at every time step, run through the cell anew."""
    problem, trace = recorded(default)
    layer, inputs, step = problem.model.layers[0], problem.x[[SAMPLE]].astype(complex), 1e-30
    steps, units = inputs.shape[1], layer.units
    for name in layer.cell.states:
        wanted = []
        for time in range(steps):
            jacobian = []
            for unit in range(units):
                nudge = np.zeros((1, steps, units), complex)
                nudge[0, time, unit] = 1j * step
                jacobian.append(run_layer(layer, inputs, {name: nudge})[name][0, -1].imag / step)
            wanted.append(np.sqrt((np.array(jacobian) ** 2).sum() / units))
        moment = rs.Cursor(layer=layer.name, sample=SAMPLE).at(trace)
        np.testing.assert_allclose(left_of_changes(moment, name), wanted, rtol=1e-9, atol=1e-15)
