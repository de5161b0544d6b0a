"""The view memory: what is drawn is the ledger, and a state without one says so."""

import numpy as np
import pytest
from pictures import moved, pair, texts_of, trained, view_of

import rnnscope as rs
from rnnscope.analysis.ledger import ledger_of, state_with_ledger
from rnnscope.analysis.left import left_of_changes
from rnnscope.figures.memory.remembered import listed, shares_in_words
from rnnscope.figures.scale import colours_of_steps


def heights(collection):
    """Return how high each shape of a collection is."""
    return np.array([np.ptp(path.vertices[:, 1]) for path in collection.get_paths()])


def part_at(path, time):
    """Return how high the outline of what was written once is at a time step."""
    since, half = round(path.vertices[0, 0] + 0.5), len(path.vertices) // 2
    upper, lower = path.vertices[:half, 1], path.vertices[half : 2 * half, 1][::-1]
    return (upper - lower)[2 * (time - since)]


def bars_of(panel):
    """Return where each bar of a waterfall begins and ends, (bar, 2)."""
    return np.array([[path.vertices[:, 1].min(), path.vertices[:, 1].max()] for path in panel.bars.get_paths()])


KEEPING = [name for name in rs.cells.names() if state_with_ledger(rs.cells.build(name))]


@pytest.mark.parametrize("cell", KEEPING)
def test_shares_and_amounts_are_those_of_the_ledger(cell, traces):
    trace = traces(cell)
    for view, layer, at, _ in moved("memory", trace):
        state = state_with_ledger(layer.cell)
        ledger, moment = ledger_of(at.at(trace), state), at.at(trace)
        sizes = np.abs(ledger.at(at.time)).sum(axis=1)
        np.testing.assert_allclose(
            view.data.shares[at.time, : at.time + 2], sizes[: at.time + 2] / sizes.sum(), rtol=1e-9
        )
        column = [part_at(path, at.time) for path in view.shares.parts.get_paths()[1 : at.time + 2]]
        np.testing.assert_allclose(column, 100 * sizes[1 : at.time + 2] / sizes.sum(), atol=1e-9)
        amounts = ledger.at(at.time)[1:, at.unit]
        np.testing.assert_allclose(view.data.amounts[at.time, 1:], amounts, atol=1e-15)
        value = layer[state][moment.run][at.time, at.unit]
        assert view.data.value == pytest.approx(value, abs=1e-6)
        low, high = bars_of(view.unit).T
        unit = (high - low)[-1] / abs(view.data.value)
        np.testing.assert_allclose(high - low, unit * np.abs([*amounts, view.data.value]), atol=1e-6)
        assert view.shares.column.patch.get_x() == at.time - 0.5
        assert view.unit.axis.ring.get_xdata() == [at.time]


def test_each_bar_of_a_unit_begins_where_the_one_before_it_ends(traces):
    view = view_of("memory", traces("LSTM"), rs.Cursor(time=3, unit=2, sample=4))
    amounts, bars = view.data.amounts[3, 1:], bars_of(view.unit)
    zero = view.unit.zero.get_ydata()[0]
    edges = zero + np.cumsum([0, *amounts]) * np.ptp(bars[-1]) / abs(amounts.sum())
    np.testing.assert_allclose(bars[:-1], np.sort(np.stack([edges[:-1], edges[1:]], axis=1)), atol=1e-9)
    np.testing.assert_allclose(bars[-1], sorted([zero, edges[-1]]), atol=1e-9)
    assert [text.get_text()[0] for text in view.unit.numbers[:-1]] == ["+" if a > 0 else "−" for a in amounts]


def test_a_bar_and_its_time_step_have_one_colour(traces):
    view, colours = view_of("memory", traces("GRU")), colours_of_steps(4)
    np.testing.assert_allclose(view.shares.parts.get_facecolor()[1:], colours)
    np.testing.assert_allclose(view.unit.bars.get_facecolor()[:4], colours)


def test_shares_are_written_where_they_have_room(traces):
    view = view_of("memory", traces("LSTM"), rs.Cursor(sample=4))
    for (time, written), text in view.shares.numbers.items():
        share = view.data.shares[time, written]
        if share > 0.1:
            assert text.get_text() == f"{100 * share:.0f} % from step {written - 1}"
        elif share < 0.01:
            assert text.get_text() == ""
    assert view_of("memory", traces("LSTM"), figsize=(2, 6)).shares.numbers == {}


def test_words_name_the_largest_shares_and_always_the_first_step():
    shares = np.array([0, 0.02, 0.03, 0.05, 0.2, 0.3, 0.4])
    said = shares_in_words(shares, 5, "c")
    assert said[0] == "c at step 5: 40 % is from step 5, 30 % from step 4, 20 % from step 3, 2 % from step 0"
    assert all("2 % from step 0" in way for way in said) and len(said) == 4
    assert (
        shares_in_words(np.array([0.5, 0.5]), 0, "h")[0]
        == "h at step 0: 50 % is from before the first step, 50 % from step 0"
    )
    assert shares_in_words(np.zeros(3), 1, "h") == ["h at step 1: nothing, all of it is zero"]


def test_a_state_without_a_ledger_shows_what_is_left_of_changes(traces):
    for view, _, at, _ in moved("memory", traces("SimpleRNN"), [{"time": 2}, {"sample": 4, "epoch": 2}]):
        parts = left_of_changes(at.at(view.trace), "h")
        np.testing.assert_allclose(view.data.parts, parts)
        np.testing.assert_allclose(heights(view.changes.bars), parts / max(1, parts.max()), atol=1e-12)
        assert not view.shows_unit and "unit" not in view.when()[-1]
        assert view.changes.line.get_text().startswith("Of a small change of h at step 0")
    assert "no direct way" in view.verdict


def test_a_change_that_grows_is_drawn_beside_the_line_of_all_of_it():
    model = rs.Sequential([rs.SimpleRNN(2, activation="linear", input_shape=(4, 1)), rs.Dense(1)])
    model.set_weights([np.ones((1, 2)), 2 * np.eye(2), np.zeros(2), *model.get_weights()[3:]])
    view = view_of("memory", model.trace(rs.tasks.counting().x))
    np.testing.assert_allclose(view.data.parts, [8, 4, 2, 1], rtol=1e-6)
    np.testing.assert_allclose(heights(view.changes.bars), [1, 1 / 2, 1 / 4, 1 / 8], rtol=1e-6)
    assert view.changes.whole.get_ydata()[0] == pytest.approx(1 / 8)


def test_the_state_can_be_chosen(traces):
    trace = traces("SLSTM")
    shown = [view_of("memory", trace, state=name) for name in (None, "n", "m", "h")]
    assert [view.has_ledger(view.moment) for view in shown] == [True, True, False, False]
    assert "the cell state c" in shown[0].titles()[0] and "the normalizer n" in shown[1].titles()[0]
    assert "c (cell state)" in shown[0].verdict and "n (normalizer)" in shown[1].verdict
    assert "c (" not in shown[1].verdict and not shown[2].verdict and not shown[3].verdict
    said = [" ".join(text.get_text() for text in texts_of(view.figure)) for view in shown[2:]]
    assert "m has no ledger: it reads m₋₁ inside of a function" in said[0]
    assert "h has no ledger: no part of h₋₁ is carried over" in said[1]
    with pytest.raises(ValueError, match="state: expected one of c, h, m, n; got 'k'"):
        rs.figures.memory(trace, state="k")


def test_a_layer_without_the_chosen_state_is_refused():
    task = rs.tasks.counting()
    layers = [rs.LSTM(3, return_sequences=True, input_shape=(4, 1)), rs.GRU(3), rs.Dense(1)]
    trace = rs.Sequential(layers, seed=0).trace(task.x)
    figure = rs.figures.memory(trace, rs.Cursor(layer="lstm"), state="c")
    with pytest.raises(ValueError, match="state of layer 'gru': expected one of h; got 'c'"):
        figure.update(rs.Cursor(layer="gru"))
    assert figure.views[0].layer.name == "lstm"


def test_a_state_without_a_ledger_and_without_weights_says_so():
    trace = trained(*pair(rs.SimpleRNN), record=rs.Record(weights=2))
    figure = rs.figures.memory(trace, rs.Cursor(epoch=2))
    wanted = "Not known: the weights of epoch 2 were not kept (epochs with weights: 0, 4)."
    assert figure.views[0].data.parts is None and figure.views[0].changes.line.get_text() == wanted
    assert wanted in figure.alt and not figure.views[0].changes.bars.get_paths()
    none = rs.figures.memory(trained(*pair(rs.SimpleRNN), record=rs.Record(weights=False)))
    assert "record with weights=True" in none.views[0].changes.line.get_text()
    assert listed(np.arange(0, 90, 10)) == "0, 10, 20, 30, … 80"


def test_what_the_ledger_follows_from_must_be_recorded():
    trace = trained(*pair(rs.LSTM), record=rs.Record(quantities=["c", "h"]))
    with pytest.raises(ValueError, match="Record all"):
        rs.figures.memory(trace)


@pytest.mark.parametrize("flips", [(False, True), (True, True), (True, False)])
def test_inputs_stand_below_the_steps_that_read_them(flips):
    first, second = flips
    layers = [
        rs.GRU(2, return_sequences=True, go_backwards=first, input_shape=(4, 1)),
        rs.GRU(2, go_backwards=second),
        rs.Dense(1),
    ]
    trace = rs.Sequential(layers, seed=0).trace(np.arange(8.0).reshape(2, 4, 1))
    for layer, backwards in (("gru", first), ("gru_1", first != second)):
        view = view_of("memory", trace, rs.Cursor(layer=layer, sample=1))
        shown = [text.get_text() for text in view.shares.axis.moving[:-1]]
        assert shown == (["7", "6", "5", "4"] if backwards else ["4", "5", "6", "7"])


@pytest.mark.parametrize("steps", [30, 100])
def test_long_sequences_are_drawn(steps):
    rng = np.random.default_rng(0)
    model = rs.Sequential([rs.LSTM(5, go_backwards=True, input_shape=(steps, 2)), rs.Dense(1)], seed=0)
    trace = model.trace(rng.normal(size=(2, steps, 2)))
    figure = rs.figures.memory(trace, rs.Cursor(time=steps // 2))
    view = figure.views[0]
    assert len(view.shares.parts.get_paths()) == steps + 1 and figure.frame().any()
    assert not view.steps.inputs and not view.shares.numbers
    np.testing.assert_allclose(view.data.shares.sum(axis=1), 1)
    assert view.unit.numbers[-1].get_text() and len(view.unit.numbers) == 1


def test_the_backward_direction_is_the_same_and_says_so(traces):
    forward, backward = (view_of("memory", traces("LSTM"), rs.Cursor(direction=to)) for to in ("forward", "backward"))
    assert "same in both directions" in backward.when()[0] and "directions" not in forward.when()[0]
