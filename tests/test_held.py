"""What is held by hand reads nothing: gradients, derivatives, ledgers, words and pictures know it, in every cell."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import Variant
from pictures import texts_of

import rnnscope as rs
from rnnscope.analysis.factors import factors_of
from rnnscope.analysis.handed import handed_back
from rnnscope.analysis.influence import Influence
from rnnscope.analysis.ledger import direct_way, ledger_of
from rnnscope.analysis.left import left_of_changes
from rnnscope.figures.wiring.flows import sent_over_time
from rnnscope.figures.wiring.wiring import wiring_of
from rnnscope.findings import gradients
from rnnscope.formulas.values import Values

SAMPLES, STEPS, FEATURES, UNITS = 2, 4, 2, 3
CARRIED = re.compile("(grows on its way back|vanishes:|that at the last step)")


def net(variant):
    """Return a model of two layers, with inputs and targets, all numbers drawn at random; the loss is at the end."""
    rng = np.random.default_rng(3)
    low = variant.layer(UNITS, return_sequences=True, input_shape=(STEPS, FEATURES), name="low")
    model = rs.Sequential([low, variant.layer(UNITS, name="high"), rs.Dense(1)], dtype="float64", seed=1)
    model.set_weights([rng.normal(scale=0.4, size=array.shape) for array in model.get_weights()])
    model.compile("sgd", "mse")
    return model, rng.normal(size=(SAMPLES, STEPS, FEATURES)), rng.normal(size=(SAMPLES, 1))


def back_in(trace, layer="high"):
    return rs.Cursor(layer=layer, time=1, sample=1, direction="backward").at(trace)


def test_what_is_handed_back_is_what_the_recording_has(default):
    """Only the last step has a loss: what no step hands back is zero before it, and all else is not."""
    model, x, y = net(default)
    for quantity in default.cell.names:
        trace = rs.what_if(model, rs.Hold("high", quantity, 0.3, time=2), x=x, y=y)
        moment = back_in(trace)
        found, grads = handed_back(moment), moment.layer.grad
        arrives = any(found[state][2] for state in default.cell.states)
        before = [grads[state][0, 1, :2] for state in default.cell.states]
        assert arrives == any(gradient.any() for gradient in before)
        words = list(gradients.reach(moment))
        assert any("No gradient goes back past step 2" in w for w in words) == (not arrives)
        if not arrives:
            assert not any(CARRIED.search(w) for w in words)


def test_no_gradient_is_said_to_be_carried_where_all_is_held(default):
    model, x, y = net(default)
    trace = rs.what_if(model, *(rs.Hold("low", name, 0.3) for name in default.cell.names), x=x, y=y)
    words = rs.figures.gradient_flow(trace, back_in(trace, "low").cursor).views[0].verdict
    assert not CARRIED.search(words), words
    assert not any(np.nan_to_num(each.sizes).any() for each in factors_of(back_in(trace, "low")))
    wiring = wiring_of(default.cell)
    for state in default.cell.states:
        sent = sent_over_time(wiring, Values(back_in(trace, "low"), wiring.graph), state)
        assert not np.any(sent)


def test_a_gate_that_is_held_at_0_sends_the_gradient_another_way():
    model, x, y = net(Variant("LSTM"))
    shut = rs.what_if(model, rs.Hold("low", "f", 0.0), x=x, y=y)
    words = " ".join(gradients.reach(back_in(shut, "low")))
    assert words.endswith("goes back through it, for something is held by hand: it goes back by way of h.")
    once = rs.what_if(model, rs.Hold("low", "f", 0.0, time=2), x=x, y=y)
    assert "At step 2 nothing of the gradient of c (cell state) goes back" in " ".join(
        gradients.reach(back_in(once, "low"))
    )
    open_ = rs.what_if(model, rs.Hold("low", "f", 1.0), x=x, y=y)
    assert "by way of" not in " ".join(gradients.reach(back_in(open_, "low")))


def test_what_is_left_of_a_change_is_what_finite_differences_leave(default):
    """A change of a state is made by holding it a little higher or lower."""
    model, x, _ = net(default)
    held, state = default.cell.names[0], default.cell.output
    hold = rs.Hold("low", held, 0.6, [0, 2], 2)
    trace = rs.what_if(model, hold, x=x)
    found = left_of_changes(rs.Cursor(layer="low", time=3, sample=1).at(trace), state)
    for first in (0, 1):
        own, jacobian = trace["low"][state][0, :, first], np.empty((UNITS, UNITS))
        for unit in range(UNITS):
            ends = []
            for step in (1e-6, -1e-6):
                moved = own + step * np.eye(UNITS)[unit]
                run = rs.what_if(model, hold, rs.Hold("low", state, moved[:, None], time=first), x=x)
                ends.append(run["low"][state][0, 1, 3])
            jacobian[unit] = (ends[0] - ends[1]) / 2e-6
        assert found[first] == pytest.approx(np.linalg.norm(jacobian) / np.sqrt(UNITS), rel=1e-5, abs=1e-8)


def test_influence_is_that_of_finite_differences(default):
    model, x, _ = net(default)
    hold, start = (
        rs.Hold("low", default.cell.names[-1], 0.3, [0, 2], slice(1, 3)),
        rs.Start("high", default.cell.states[0], 0.5),
    )
    found = Influence(rs.what_if(model, hold, start, x=x)).at(0, 1)[0, 0]
    for time, feature in np.ndindex(STEPS, FEATURES):
        ends = []
        for step in (1e-6, -1e-6):
            moved = x.copy()
            moved[1, time, feature] += step
            ends.append(rs.what_if(model, hold, start, x=moved).predictions[0, 1, 0])
        assert found[time, feature] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_a_state_that_is_held_keeps_nothing_in_its_ledger(default):
    model, x, _ = net(default)
    for state in default.cell.states:
        if direct_way(default.cell, state) is None:
            continue
        trace = rs.what_if(model, rs.Hold("low", state, 0.7, [1], 2), x=x)
        ledger = ledger_of(rs.Cursor(layer="low", sample=1).at(trace), state)
        assert not ledger.kept[2, 0, :, 1].any() and ledger.written[2, 0, 1] == 0.7
        assert ledger.kept[2, 0, :, [0, 2]].any()
        np.testing.assert_allclose(ledger.at(3).sum(axis=0), trace["low"][state][0, 1, 3], atol=1e-12)


def test_a_held_trace_that_is_run_again_stays_held(default):
    model, x, y = net(default)
    hold = rs.Hold("low", default.cell.names[0], 0.3, [0, 2], slice(1, 3))
    held = rs.what_if(model, hold, x=x, y=y)
    again = rs.what_if(held)
    for layer in held.layers:
        for key, array in held[layer].arrays.items():
            np.testing.assert_array_equal(again[layer].arrays[key], array)
    assert again.interventions == held.interventions and again.is_of_model
    gates = [quantity.name for quantity in default.cell if quantity.role == "gate"]
    if gates:
        found = rs.ablate(held)
        row = next(row for row in found.rows if row.layer == "high" and row.value == 0)
        assert found.loss == held.loss[0]
        assert row.loss == rs.what_if(model, hold, rs.Hold("high", row.gate, 0.0), x=x, y=y).loss[0]


def test_the_cell_shows_the_hand_and_lights_nothing_that_is_not_computed(default):
    model, x, y = net(default)
    for quantity in {default.cell.names[0], default.cell.output}:
        trace = rs.what_if(model, rs.Hold("low", quantity, 0.3, units=[0]), x=x, y=y)
        figure = rs.figures.cell(trace, rs.Cursor(layer="low", time=2, unit=0, phase=quantity))
        view = figure.views[0]
        assert not view.data.lit and view.data.numbers[quantity] == pytest.approx(0.3)
        assert "held by hand, not computed" in view.headings[1].get_text()
        inner = [
            key for key, node in wiring_of(default.cell).nodes.items() if node.phase == quantity and key != quantity
        ]
        assert all(view.data.numbers[key] is None for key in inner)
        box = [text.get_text() for key, text in view.boxes.functions.items() if key == quantity]
        assert box in ([], ["held"])
        figure.update(rs.Cursor(layer="low", time=2, unit=1, phase=quantity))
        assert view.data.lit and "held by hand" not in view.headings[1].get_text()
        assert not any(text.get_text() == "held" for text in view.boxes.functions.values())


def test_arrows_of_the_network_carry_what_a_step_reads():
    model, x, y = net(Variant("LSTM"))
    for value, factor in ((0.0, 0.0), (0.5, 1.0)):
        trace = rs.what_if(model, rs.Hold("low", "f", value, time=2), x=x, y=y)
        row = rs.figures.network(trace, rs.Cursor(layer="low", sample=1)).views[0].data.rows["low"]
        before = np.linalg.norm(trace["low"].prev["c"][0, 1], axis=-1)
        np.testing.assert_allclose(row.carried["c"], before * [1, 1, factor, 1], rtol=1e-12)
        np.testing.assert_allclose(row.carried["h"], np.linalg.norm(trace["low"].prev["h"][0, 1], axis=-1), rtol=1e-12)


def test_a_pass_of_a_model_is_called_one():
    model, x, _ = net(Variant("GRU"))
    for trace, view in (
        (rs.what_if(model, x=x), "gates"),
        (rs.look_inside(model, x), "units"),
        (model.trace(x), "weights"),
    ):
        when = getattr(rs.figures, view)(trace).views[0].headings[1].get_text()
        assert "the model as it is" in when and "epoch 0" not in when


def test_curves_over_each_other_name_their_layer():
    model, x, y = net(Variant("LSTM"))
    two = {"as it was": rs.what_if(model, x=x, y=y), "held": rs.what_if(model, rs.Hold("low", "f", 0.0), x=x, y=y)}
    for view in ("gradient_flow", "memory"):
        figure = rs.figures.compare(two, view)
        assert "(layer low)" in figure.title, "where the hand is"
        assert any("(layer low)" in text.get_text() for text in texts_of(figure))
        figure.update(rs.Cursor(layer="high"))
        assert "(layer high)" in figure.title
