"""Quantities held, weights and inputs edited: against a run of the declaration that shares nothing with the engine."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import Variant

import rnnscope as rs
from rnnscope.interventions import forget_at_once, no_reset, output_shut, remember_for_ever
from rnnscope.interventions.what_if import run_of
from rnnscope.models.data import feature_major, time_major
from rnnscope.models.passes import size_of
from rnnscope.models.training import run_pass

RNG = np.random.default_rng(5)
SAMPLES, STEPS, FEATURES, UNITS = 3, 4, 2, 3
RANGES = {"all": None, "one": 1, "last": slice(2, None)}


LSTM = Variant("LSTM")


def net(variant, backwards=False):
    layers = [
        variant.layer(UNITS, return_sequences=True, go_backwards=backwards, input_shape=(STEPS, FEATURES), name="low"),
        variant.layer(2, name="high"),
        rs.Dense(1),
    ]
    model = rs.Sequential(layers, dtype="float64", seed=1)
    model.set_weights([RNG.normal(scale=0.4, size=array.shape) for array in model.get_weights()])
    model.compile("sgd", "mse")
    return model, RNG.normal(size=(SAMPLES, STEPS, FEATURES)), RNG.normal(size=(SAMPLES, 1))


def held_at(values, time):
    """Return values and where they are held, (sample, time, unit): units 0 and 2 at some time steps."""
    where, steps = np.zeros((SAMPLES, STEPS, UNITS), bool), np.arange(STEPS)
    for t in steps if RANGES[time] is None else np.atleast_1d(steps[RANGES[time]]):
        where[:, t, [0, 2]] = True
    return np.broadcast_to(values, where.shape), where


@pytest.mark.parametrize("time", RANGES)
def test_values_and_gradients_are_those_of_an_independent_run(default, reference, time):
    model, x, y = net(default)
    for quantity in default.cell.names:
        value = 0.3
        found = rs.what_if(model, rs.Hold("low", quantity, value, [0, 2], RANGES[time]), x=x, y=y)
        holds = {"low": {quantity: held_at(value, time)}}
        expected, gradients = reference.run(model, x, None, holds), reference.gradients(model, x, y, holds)
        for layer in ("low", "high"):
            for name in default.cell.names:
                np.testing.assert_allclose(found[layer][name][0], expected[layer][name].real, rtol=1e-12, atol=1e-12)
                np.testing.assert_allclose(found[layer].grad[name][0], gradients[layer][name], rtol=1e-9, atol=1e-11)
        np.testing.assert_array_equal(found["low"].held[quantity][0], holds["low"][quantity][1])


def test_gradients_of_weights_under_a_hold_are_those_of_finite_differences(default):
    model, x, y = net(default)
    gate = default.cell.names[0]
    run, _ = run_of(model, -1, x, y, None, None)
    rs.Hold("low", gate, RNG.uniform(0.2, 0.8, (SAMPLES, 2, 1)), [1], slice(1, 3)).apply(run)
    network, given, targets = run.held_network(), [feature_major(x)], time_major(y)
    with network.passes(size_of(given), gradients=True) as passes, np.errstate(all="ignore"):
        run_pass(passes, run.loss, passes.tapes, given, targets)
        gradients, weights = passes.gradients.copy(), network.weights
        for place in RNG.choice(weights.size, 25, replace=False):
            before, losses = weights[place], []
            for step in (1e-6, -1e-6):
                weights[place] = before + step
                losses.append(run_pass(passes, run.loss, passes.tapes, given, targets).loss)
            weights[place] = before
            assert gradients[place] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_a_quantity_held_at_what_it_was_changes_no_value(default):
    model, x, _ = net(default)
    before = rs.what_if(model, x=x)
    for quantity in default.cell.names:
        after = rs.what_if(model, rs.Hold("low", quantity, before["low"][quantity][0]), x=x)
        for layer in before.layers:
            for name in before[layer]:
                np.testing.assert_array_equal(after[layer][name], before[layer][name])


def test_without_changes_it_is_the_pass_that_was_recorded(traces):
    for units in (4, 300):
        trace = traces("LSTM", units)
        again = rs.what_if(trace)
        place = np.flatnonzero(trace.epochs == again.epochs[0])[0]
        for layer in trace.layers:
            for key, array in trace[layer].arrays.items():
                np.testing.assert_array_equal(again[layer].arrays[key][0], array[place])
        assert again.interventions == () and again.objective == trace.objective


def test_the_backward_direction_is_held_on_the_time_of_the_input():
    layers = [rs.layers.Bidirectional(rs.LSTM(2, return_sequences=True), input_shape=(4, 1)), rs.Dense(1)]
    model, x = rs.Sequential(layers, seed=0), RNG.normal(size=(2, 4, 1))
    found = rs.what_if(model, rs.Hold("bidirectional.backward", "f", 0.5, time=1), x=x)["bidirectional.backward"]
    held = found.held["f"][0]
    assert held[:, 1].all() and not np.delete(held, 1, axis=1).any() and (found["f"][0][held] == 0.5).all()


def test_holds_add_up_and_the_last_one_counts():
    model, x, _ = net(LSTM)
    found = rs.what_if(model, rs.Hold("low", "f", 0.1), rs.Hold("low", "f", 0.9, units=1, samples=[0]), x=x)["low"]
    assert (found["f"][0][0, :, 1] == 0.9).all()
    assert (np.delete(found["f"][0][0], 1, axis=-1) == 0.1).all() and (found["f"][0][1:] == 0.1).all()


def test_the_mean_and_a_moment_are_what_they_say():
    model, x, _ = net(LSTM)
    before = rs.what_if(model, x=x)
    found = rs.what_if(model, rs.Hold("low", "i", "mean"), x=x)
    expected = before["low"]["i"][0].mean(axis=(0, 1))
    np.testing.assert_allclose(found["low"]["i"][0], np.broadcast_to(expected, (SAMPLES, STEPS, UNITS)), rtol=1e-15)
    moment = rs.Cursor(layer="low", sample=1, time=2).at(before)
    found = rs.what_if(model, rs.Hold("low", "c", moment, time=0), x=x)
    np.testing.assert_array_equal(found["low"]["c"][0][:, 0], np.tile(before["low"]["c"][0][1, 2], (SAMPLES, 1)))


def test_edits_feeds_and_starts_are_what_a_model_with_them_computes():
    model, x, _ = net(LSTM)
    weights = [array.copy() for array in model.get_weights()]
    weights[1][1, UNITS + 2] = 0.7  # U_f: its block is the second
    fed = x.copy()
    fed[2, 3, 1] = -4.0
    found = rs.what_if(model, rs.Edit("low", "U_f", (1, 2), 0.7), rs.Feed(2, 3, -4.0, feature=1), x=x)
    np.testing.assert_array_equal(model.get_weights()[1], rs.what_if(model, x=x).snapshots[0][1])
    model.set_weights(weights)
    np.testing.assert_array_equal(found.predictions[0], model.predict(fed))
    np.testing.assert_array_equal(found.x, fed)
    start = [np.zeros((SAMPLES, UNITS)), np.full((SAMPLES, UNITS), 0.5)]
    found = rs.what_if(model, rs.Start("low", "c", 0.5), x=fed)
    np.testing.assert_array_equal(found.predictions[0], model.predict(fed, initial_state=start))


def test_an_epoch_in_the_middle_of_a_training_is_run_again(tmp_path):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.GRU(3, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile("adam", "huber")
    trace = model.fit(task.x, task.y, epochs=5, verbose=0, record=rs.Record(weights=True))
    trace.save(tmp_path / "trace.npz")
    for own in (trace, rs.load_trace(tmp_path / "trace.npz")):
        again = rs.what_if(own, epoch=2)
        np.testing.assert_array_equal(again.predictions[0], trace.predictions[2])
        np.testing.assert_array_equal(again["gru"].grad["h"][0], trace["gru"].grad["h"][2])
    changed = rs.what_if(trace, rs.Hold("gru", "z", 0.0), epoch=2)
    changed.save(tmp_path / "changed.npz")
    loaded = rs.load_trace(tmp_path / "changed.npz")
    assert loaded.interventions == ("z of layer 'gru' is held at 0",)
    np.testing.assert_array_equal(loaded["gru"].held["z"], changed["gru"].held["z"])


def test_presets_name_the_gates_of_their_cells():
    lstm, gru = (rs.Sequential([kind(2, input_shape=(3, 1)), rs.Dense(1)], seed=0) for kind in (rs.LSTM, rs.GRU))
    x = RNG.normal(size=(2, 3, 1))
    kept = rs.what_if(lstm, rs.Start("lstm", "c", 0.8), *remember_for_ever(lstm), x=x)["lstm"]
    np.testing.assert_array_equal(kept["c"], np.full_like(kept["c"], 0.8))
    assert (rs.what_if(lstm, *output_shut(lstm), x=x)["lstm"]["h"] == 0).all()
    forgot = rs.what_if(gru, *forget_at_once(gru), x=x)["gru"]
    np.testing.assert_array_equal(forgot["h"], forgot["g"])
    assert (rs.what_if(gru, *no_reset(gru), x=x)["gru"]["r"] == 1).all()
    with pytest.raises(ValueError, match=r"whose gates can do that; got lstm \(LSTM\)"):
        no_reset(lstm)


def test_ablation_is_what_if_for_every_gate():
    model, x, y = net(LSTM)
    found = rs.ablate(model, x, y)
    assert found.loss == model.evaluate(x, y)
    assert [(row.layer, row.gate, row.value) for row in found.rows[:4]] == [
        ("low", "i", 0.0),
        ("low", "i", 1.0),
        ("low", "i", "mean"),
        ("low", "f", 0.0),
    ]
    for row in found.rows:
        assert row.loss == rs.what_if(model, rs.Hold(row.layer, row.gate, row.value), x=x, y=y).loss[0]
    assert "times the loss" in str(found)
    plain = rs.Sequential([rs.SimpleRNN(2, input_shape=(STEPS, FEATURES)), rs.Dense(1)], seed=0)
    plain.compile("sgd", "mse")
    with pytest.raises(ValueError, match="a net with gates"):
        rs.ablate(plain, x, y)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rs.Hold("low", "q", 0), r"quantity of layer 'low': expected one of c, f, g, h, i, o; got 'q'"),
        (rs.Hold("lo", "f", 0), r"got 'lo' \(did you mean 'low'\?\)"),
        (rs.Hold("dense", "y", 0), r"recurrent\): expected one of high, low; got 'dense'"),
        (rs.Hold("low", "f", np.nan), "expected finite numbers"),
        (rs.Hold("low", "f", "men"), r"did you mean 'mean'"),
        (rs.Hold("low", "f", [1.0, 2.0]), r"fits \(sample, time, unit\) \(3, 4, 3\); got shape \(2,\)"),
        (rs.Hold("low", "f", 0, units=3), "units: expected numbers from 0 to 2; got 3"),
        (rs.Hold("low", "f", 0, time=slice(9, 12)), "time: expected at least one number from 0 to 3"),
        (rs.Hold("low", "f", 0, time="1"), "time: expected a number from 0 to 3"),
        (rs.Edit("low", "U_q", (0, 0), 1), "weight of layer 'low'"),
        (rs.Edit("low", "U_f", (0, 17), 1), r"fit shape \(3, 3\); got \(0, 17\)"),
        (rs.Edit("low", "U_f", (0, 0), np.inf), "expected finite numbers"),
        (rs.Feed(3, 0, 1.0), "sample: expected numbers from 0 to 2; got 3"),
        (rs.Feed(0, 4, 1.0), "time: expected numbers from 0 to 3; got 4"),
        (rs.Feed(0, 0, [1.0, 2.0, 3.0]), r"shape \(2,\); got shape \(3,\)"),
        (rs.Start("low", "f", 0), "state of layer 'low': expected one of c, h; got 'f'"),
        (rs.Start("low", "c", [1.0, 2.0]), r"\(sample, unit\) \(3, 3\)"),
        ("f = 0", "expected a change: rs.Hold"),
        (rs.Hold("low", "forget", 0), r"got 'forget' \(did you mean 'f'\?\)"),
        (rs.Edit("low", "U_forget", 0, 0), r"got 'U_forget' \(did you mean 'U_f'\?\)"),
        (rs.Start("low", "cell", 0), r"got 'cell' \(did you mean 'c'\?\)"),
        ((rs.Hold("low", "f", 0),), r"Put a star before it: rs.what_if\(trace, \*changes\)"),
    ],
)
def test_what_does_not_fit_is_said(change, message):
    model, x, _ = net(LSTM)
    with pytest.raises((TypeError, ValueError), match=message):
        rs.what_if(model, change, x=x)


def test_what_is_missing_is_said():
    model, x, y = net(LSTM)
    with pytest.raises(TypeError, match=r"x: expected inputs, x=\.\.\., beside a model; got None"):
        rs.what_if(model)
    with pytest.raises(TypeError, match="subject: expected a trace or a model"):
        rs.what_if(x)
    trace = model.fit(x, y, epochs=4, verbose=0, record=rs.Record(weights=False))
    with pytest.raises(ValueError, match="weights"):
        rs.what_if(trace, epoch=1)
    trace = rs.Sequential.trace(model, x, y)
    trace.objective = None
    with pytest.raises(ValueError, match=r'type what_if\(\.\.\., loss="mse"\)'):
        rs.what_if(trace)
    assert rs.what_if(trace, loss="mse").loss[0] == trace.loss[0]


def test_equations_under_a_hold_come_to_what_was_recorded(default):
    model, x, y = net(default)
    names = default.cell.names
    for held in (names[0], default.cell.states[0]):
        found = rs.what_if(model, rs.Hold("low", held, 0.3, [0], slice(1, 3)), x=x, y=y)
        for direction in ("forward", "backward"):
            for name in names:
                for time, unit in ((0, 0), (1, 0), (2, 1), (2, 0)):
                    cursor = rs.Cursor(layer="low", sample=1, time=time, unit=unit, phase=name, direction=direction)
                    own = rs.formulas.substitute(found, cursor)
                    assert own.computed == pytest.approx(own.value, rel=1e-9, abs=1e-12), (held, str(own))


def test_an_ablation_is_drawn_and_says_what_it_shows():
    model, x, y = net(LSTM)
    found = rs.ablate(model, x, y)
    figure = found.figure()
    (axes,) = figure.axes
    marked = sorted(value for marks in axes.collections for value in marks.get_offsets()[:, 0].tolist())
    np.testing.assert_allclose(marked, sorted(row.loss for row in found.rows))
    worst = max(found.rows, key=lambda row: row.loss)
    words = figure.get_suptitle()
    assert figure.alt == f"{words}\n{found}"
    assert (f"Holding {worst.gate} of {worst.layer} at" in words) == (found.ratio(worst) >= 1.1)


@pytest.mark.parametrize("epoch", [0, 2, -1])
def test_the_model_of_an_epoch_is_that_of_its_weights(epoch):
    layers = [
        rs.layers.Embedding(9, 3, mask_zero=True),
        rs.layers.Bidirectional(rs.LSTM(3, return_sequences=True), merge_mode="sum"),
        rs.GRU(2, reset_after=False, go_backwards=True),
        rs.layers.Dropout(0.5),
        rs.Dense(1, activation="sigmoid"),
    ]
    model, x = rs.Sequential([rs.Input((5,)), *layers], seed=0), RNG.integers(0, 9, (6, 5))
    model.compile("adam", "binary_crossentropy")
    trace = model.fit(x, x[:, :1] % 2, epochs=4, verbose=0, record=rs.Record(weights=True))
    made = rs.Sequential.from_trace(trace, epoch)
    place = len(trace.epochs) - 1 if epoch == -1 else epoch
    for own, other in zip(made.get_weights(), trace.snapshots[place], strict=True):
        np.testing.assert_array_equal(own, other)
    np.testing.assert_array_equal(made.predict(x), rs.what_if(trace, epoch=epoch).predictions[0])
    assert made.evaluate(x, x[:, :1] % 2) == rs.what_if(trace, epoch=epoch).loss[0]


def test_a_trace_that_is_no_row_of_layers_has_no_sequential_model():
    source, target = rs.Input((5, 2)), rs.Input((3, 1))
    _, *states = rs.LSTM(3, return_state=True)(source)
    model = rs.Model([source, target], rs.Dense(1)(rs.LSTM(3)(target, initial_state=states)))
    trace = model.trace([RNG.normal(size=(2, 5, 2)), RNG.normal(size=(2, 3, 1))])
    with pytest.raises(ValueError, match=r"wired otherwise\. rs\.what_if\(trace\) runs any net again"):
        rs.Sequential.from_trace(trace)
    np.testing.assert_array_equal(rs.what_if(trace).predictions, trace.predictions)


def test_where_something_is_held_is_what_is_looked_at(traces):
    trace = traces("LSTM")
    other = next(name for name in ("lstm", "lstm_1") if name != rs.Cursor().at(trace).layer.name)
    held = rs.what_if(trace, rs.Hold(other, "f", 0.0))
    found = rs.Cursor().at(held)
    assert found.layer.name == other and "layer" not in found.chosen
    picture = rs.figures.compare({"as it was": trace, "f = 0": held}, "memory", layout="side")
    assert {view.moment.layer.name for view in picture.views} == {other}
    rs.figures.equation(held, rs.Cursor(layer=other, phase="f"))  # there is nothing to add up, and no warning


def test_a_changed_pass_is_changed_further():
    """What was held stays held, on the time of the input; what is held in addition comes on top."""
    layers = [rs.layers.Bidirectional(rs.LSTM(2, return_sequences=True), input_shape=(4, 1)), rs.Dense(1)]
    model, x = rs.Sequential(layers, seed=0), RNG.normal(size=(2, 4, 1))
    first = rs.Hold("bidirectional.backward", "f", RNG.uniform(size=(2, 1, 2)), time=1)
    second = rs.Hold("bidirectional.forward", "i", 0.5)
    once = rs.what_if(model, first, x=x)
    for again, both in [(rs.what_if(once), once), (rs.what_if(once, second), rs.what_if(model, first, second, x=x))]:
        assert again.interventions == both.interventions
        for layer in both.layers:
            assert again[layer].arrays.keys() == both[layer].arrays.keys()
            for key, array in both[layer].arrays.items():
                np.testing.assert_array_equal(again[layer].arrays[key], array)


def test_another_token_has_its_own_name():
    x, words = np.array([[0, 1, 2], [2, 0, 1]]), ("so", "good", "bad")
    labels = rs.Labels(time=[[words[k] for k in row] for row in x])
    model = rs.Sequential([rs.layers.Embedding(3, 2, input_length=3), rs.GRU(2), rs.Dense(1)], seed=0)
    trace = model.trace(x, labels=labels)
    fed = rs.what_if(trace, rs.Feed(1, 2, 2))
    assert [list(fed.labels.steps(k)) for k in (0, 1)] == [["so", "good", "bad"], ["bad", "so", "bad"]]
    assert fed.token_names == trace.token_names == {"embedding": list(words)}
    assert trace.labels.steps(1)[2] == "good"
    for wrong in (rs.Feed(1, 2, 3), rs.Feed(1, 2, 0.5), rs.Feed(1, 2, 0, feature=0)):
        with pytest.raises(ValueError, match=r"Feed: (value: expected a token|feature: expected None)"):
            rs.what_if(trace, wrong)
