"""Two passes beside each other: numbers against plain subtraction, words against what was changed, pictures legible."""

from __future__ import annotations

import re

import numpy as np
import pytest
from pictures import assert_texts_are_apart, needs_hangul, number, pair, texts_of, trained
from rows import extreme_cells, over

import rnnscope as rs
from rnnscope.analysis.difference import difference_of, largest_of
from rnnscope.findings import difference as findings
from rnnscope.languages import speaking
from rnnscope.trace.moment import resolve

NAMES = ("as it was", "changed")
HOLD = rs.Hold("lstm", "f", 0.0, time=2)


def changed(trace, *changes):
    """Return a trace and the same pass with something changed, by their names."""
    return dict(zip(NAMES, (trace, rs.what_if(trace, *changes)), strict=True))


def view_of(two, cursor=None, **options):
    return rs.figures.compare(two, "difference", cursor, **options).views[0]


def said(two, **at):
    """Return all that is said of two traces."""
    return " ".join(view_of(two, rs.Cursor(**at)).sentences())


def rms(values):
    return np.sqrt((values**2).mean(axis=-1))


@over(cell=rs.cells.names(), units=(4, 300))
def test_sizes_units_and_answers_are_those_of_plain_subtraction(traces, cell, units):
    trace = traces(cell, units)
    low, high = trace.layers[:2]
    quantity = trace[low].phases[0]
    two = changed(trace, rs.Hold(low, quantity, 0.3, time=slice(1, 3)))
    later, place = two["changed"], -1
    sample, time = 3, 2
    for layer in (low, high):
        view = view_of(two, rs.Cursor(layer=layer, sample=sample, time=time, unit=1))
        for (name, q), sizes in zip(view.changes.rows, view.data.sizes, strict=True):
            gap = later[name][q][0, sample].astype(float) - trace[name][q][place, sample]
            np.testing.assert_allclose(sizes, rms(gap), rtol=1e-12)
        own = trace[layer].phases
        assert [q for name, q in view.changes.rows if name == layer][::-1][-1] == trace[layer].output
        assert {q for name, q in view.changes.rows if name == layer} == set(own)
        shown, phase = view.units.shown, view.moment.phase
        before, after = trace[layer][phase][place, sample, time], later[layer][phase][0, sample, time]
        np.testing.assert_array_equal(shown.before, before[shown.numbers].astype(float))
        np.testing.assert_array_equal(shown.after, after[shown.numbers].astype(float))
        order = np.abs(after.astype(float) - before).argsort()[::-1][: len(shown.numbers)]
        gaps = np.abs(after.astype(float) - before)
        rest = [k for k in shown.numbers.tolist() if k != view.moment.unit]
        assert all(gaps[k] >= gaps[order].min() for k in rest) and view.moment.unit in shown.numbers
        answers = view.answers.shown
        np.testing.assert_array_equal(answers.before, trace.predictions[place, answers.numbers, 0].astype(float))
        np.testing.assert_array_equal(answers.after, later.predictions[0, answers.numbers, 0].astype(float))
        np.testing.assert_array_equal(answers.target, trace.y[answers.numbers, 0].astype(float))
    held = view.data.hands[view.changes.rows.index((low, quantity))]
    assert held.tolist() == [False, True, True, False] and len(view.changes.frames.get_paths()) == 1
    sizes = [rms(later[n][q][0].astype(float) - trace[n][q][place]).max() for n in (low, high) for q in trace[n].phases]
    assert largest_of(*two.values()) == pytest.approx(max(sizes), rel=1e-12)
    assert view.scale["change"].high == pytest.approx(np.log10(max(sizes)), rel=1e-9)


def test_the_largest_change_is_looked_for_where_no_hand_is(traces):
    trace = traces("LSTM")
    two = changed(trace, HOLD)
    found = difference_of(*resolve(rs.Cursor(layer="lstm", sample=1), list(two.values())))
    layer, quantity, time, size = found.most
    sizes = {
        (name, q, t): value
        for name in ("lstm", "lstm_1")
        for q in trace[name].phases
        for t, value in enumerate(rms(two["changed"][name][q][0, 1].astype(float) - trace[name][q][-1, 1]))
    }
    del sizes["lstm", "f", 2]
    assert max(sizes, key=sizes.__getitem__) == (layer, quantity, time) and size == sizes[layer, quantity, time]
    words = next(findings.most(found))
    assert f" {quantity} (" in words and f"of {layer} at step {time}: " in words
    assert number(re.search(r": (\S+) in the root", words)[1]) == pytest.approx(size, rel=5e-3)


def test_what_was_changed_how_far_it_reaches_and_what_stays_is_said(traces):
    trace = traces("LSTM")
    words = said(changed(trace, HOLD), sample=1)
    assert words.startswith("Changed by hand: f of layer 'lstm' is held at 0 (time step 2). The largest change is in ")
    assert "It is felt up to lstm_1, the last recurrent layer, from step 2 to the last step." in words
    assert "Nothing changes before step 2." in words and "Nothing changes in" not in words
    words = said(changed(trace, rs.Hold("lstm_1", "f", 0.0, time=3)), sample=1)
    assert "Nothing changes in lstm. Nothing changes before step 3." in words and "at step 3 alone." in words
    words = said(changed(trace, rs.Hold("lstm_1", "o", 0.9, time=0)), sample=1, layer="lstm_1")
    assert "Nothing changes in lstm." in words and "before step" not in words


def test_answers_and_losses_are_those_of_the_traces(traces):
    trace = traces("LSTM")
    two = changed(trace, HOLD)
    words = said(two, sample=1)
    found = re.search(
        r"The answer changes from (\S+) to (\S+); right is (\S+)\. The loss .* from (\S+) to (\S+)\.", words
    )
    later = two["changed"]
    wanted = trace.predictions[-1, 1, 0], later.predictions[0, 1, 0], trace.y[1, 0], trace.loss[-1], later.loss[0]
    assert [number(text) for text in found.groups()] == pytest.approx(wanted, rel=5e-4)


def test_where_nothing_differs_it_says_that(traces):
    trace = traces("LSTM")
    words = said(changed(trace), sample=1)
    assert words.startswith("Nothing differs in sample 1: every recorded number is the same in both. The answer stays ")
    assert "The loss over all samples stays " in words
    two = changed(trace, rs.Feed(1, 2, 9.0))
    view = view_of(two, rs.Cursor(sample=0))
    assert "Nothing differs in sample 0: " in view.verdict and "Something differs in sample 1." in view.verdict
    assert not view.data.sizes.any()
    two = changed(trace, rs.Hold("lstm", "f", 0.0, samples=[1, 2, 4]))
    assert "Something differs in 3 other samples, first in sample 1." in said(two, sample=0)


def test_a_hand_that_nothing_follows_is_said():
    layer = rs.LSTM(3, input_shape=(4, 1))
    model = rs.Sequential([layer, rs.Dense(1)], seed=0)
    model.set_weights([np.zeros_like(array) for array in model.get_weights()])
    x = rs.tasks.counting().x
    two = dict(
        zip(NAMES, (rs.what_if(model, x=x), rs.what_if(model, rs.Hold("lstm", "f", 0.9, time=0), x=x)), strict=True)
    )
    words = said(two, sample=0)
    assert "Nothing else differs: what follows is the same in both." in words and "It is felt" not in words


def test_a_fed_input_is_compared_and_stands_beside_the_first(traces):
    trace = traces("LSTM")
    two = changed(trace, rs.Feed(1, 2, 9.0))
    view = view_of(two)
    assert view.moment.sample == 1, "it opens where something changed"
    assert view.data.inputs[2] == f"{trace.x[1, 2, 0]:g} → 9" and "→" not in view.data.inputs[1]
    assert not view.data.sizes[:, :2].any() and view.data.sizes[:, 2].all()
    rs.compare(two, "difference").close()
    other = rs.what_if(rs.Sequential.from_trace(trace), HOLD, x=trace.x + 1)
    with pytest.raises(ValueError, match="traces: expected traces of the same inputs"):
        rs.figures.compare({"a": trace, "b": other}, "difference")


def test_edited_weights_and_other_nets_are_named(traces):
    trace = traces("LSTM")
    assert "Changed by hand: U_f[0, 1] of layer 'lstm' is set to 3." in said(
        changed(trace, rs.Edit("lstm", "U_f", (0, 1), 3.0))
    )
    nets = {"first": trace, "second": trained(*pair(rs.LSTM))}
    nets["second"].snapshots.flat[:] += 0.1
    share = np.mean(nets["first"].snapshots[4][0] != nets["second"].snapshots[4][0])
    assert share == 1 and said(nets).startswith("These are two nets: 100 % of all weights differ. ")
    other = trained(*pair(rs.LSTM))
    for name in ("lstm_1", "dense"):
        assert trace[name].weights(4).keys() == other[name].weights(4).keys()
    other["lstm"].weights(4)["bias"][0] += 1
    assert said({"first": trace, "second": other}).startswith("The weights of lstm differ. ")


def test_changes_in_both_are_named_by_their_traces(traces):
    trace = traces("LSTM")
    two = {"fed": rs.what_if(trace, rs.Feed(1, 2, 9.0)), "held": rs.what_if(trace, HOLD)}
    words = said(two, sample=1)
    assert "In 'fed': changed by hand: the input of sample 1" in words and "In 'held': changed by hand: f of" in words
    more = {"held": two["held"], "and fed": rs.what_if(two["held"], rs.Feed(1, 2, 9.0))}
    assert said(more, sample=1).startswith("Changed by hand: the input of sample 1 at time step 2 is 9.")
    assert (more["and fed"]["lstm"]["f"][0, :, 2] == 0).all(), "what is held stays held"


@pytest.fixture(scope="module")
def tokens():
    """Return the trace of tokens, some masked, read in both directions and put into classes."""
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, (6, 7))
    x[2, 5:] = x[3, 4:] = 0
    both = rs.layers.Bidirectional(rs.LSTM(6, return_sequences=True))
    model = rs.Sequential(
        [rs.layers.Embedding(9, 4, mask_zero=True), both, rs.GRU(5), rs.Dense(3, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    labels = rs.Labels(classes=["negative", "neutral", "positive"])
    return model.fit(x, rng.integers(0, 3, 6), epochs=2, verbose=0, labels=labels)


def test_masks_tokens_classes_and_both_directions_are_shown(tokens):
    two = changed(tokens, rs.Hold("bidirectional.backward", "f", 0.0, time=3))
    figure = rs.figures.compare(two, "difference", rs.Cursor(sample=2))
    view = figure.views[0]
    rows = {name: sizes for name, sizes in zip(view.changes.rows, view.data.sizes, strict=True)}
    assert not rows["bidirectional.forward", "h"].any() and not rows["bidirectional.backward", "c"][4:].any()
    assert rows["bidirectional.backward", "c"][:4].all() and rows["gru", "h"].all()
    assert "Nothing changes in the forward direction of bidirectional." in view.verdict
    assert len(view.changes.held.moving[0].get_paths()) == 1 and "hatched" in view.headings[1].get_text().lower()
    assert {view.answers.names[k].get_text() for k in range(3)} == {"negative", "neutral", "positive"}
    assert_texts_are_apart(figure)
    assert_texts_are_apart(rs.figures.compare(changed(tokens, rs.Feed(2, 1, 5)), "difference"))


def test_a_token_that_is_fed_has_its_name():
    words = ["good", "bad", "not"]
    x = np.array([[1, 2, 3], [3, 1, 2]])
    model = rs.Sequential([rs.layers.Embedding(4, 2), rs.GRU(3), rs.Dense(1)], seed=0)
    model.compile("adam", "mse")
    labels = rs.Labels(time=[[words[token - 1] for token in row] for row in x])
    trace = model.fit(x, np.zeros((2, 1)), epochs=1, verbose=0, labels=labels)
    two = changed(trace, rs.Feed(1, 1, 2))
    assert two["changed"].labels.time == (("good", "bad", "not"), ("not", "bad", "bad"))
    assert view_of(two).data.inputs == ["not", "good → bad", "bad"]
    assert trace.labels.time[1] == ("not", "good", "bad")


def test_outputs_at_every_step_are_those_of_the_moment():
    layers = [rs.GRU(3, return_sequences=True, input_shape=(6, 2)), rs.Dense(2)]
    model, rng = rs.Sequential(layers, seed=0), np.random.default_rng(0)
    model.compile("adam", "mse")
    trace = model.fit(rng.normal(size=(3, 6, 2)), rng.normal(size=(3, 6, 2)), epochs=2, verbose=0)
    two = changed(trace, rs.Hold("gru", "z", 0.9, time=1))
    for time in (0, 3):
        view = view_of(two, rs.Cursor(sample=2, time=time))
        shown = view.answers.shown
        np.testing.assert_array_equal(shown.after, two["changed"].predictions[0, 2, time, shown.numbers].astype(float))
        most = np.abs(two["changed"].predictions[0, 2, time] - trace.predictions[-1, 2, time]).argmax()
        assert f"Output {most} at step {time} " in view.verdict


@over(cell=extreme_cells(), units=(4, 300), size=[None, (5, 9), (16, 7)])
def test_texts_are_legible_apart_and_within_the_figure(traces, cell, units, size):
    assert_legible(traces, cell, units, size)


@needs_hangul
@over(cell=extreme_cells(), units=(4, 300), size=[None, (5, 9), (16, 7)])
def test_texts_in_korean_are_legible(traces, cell, units, size):
    with speaking("ko"):
        assert_legible(traces, cell, units, size)


def assert_legible(traces, cell, units, size):
    """Compare a pass with one in which a phase is held: no text is cut off, lies on another or is too small."""
    trace = traces(cell, units)
    two = changed(trace, rs.Hold(trace.layers[0], trace[trace.layers[0]].phases[0], 0.0, time=2))
    for layer in trace.layers[:2]:
        figure = rs.figures.compare(two, "difference", rs.Cursor(layer=layer, time=1), figsize=size)
        assert_texts_are_apart(figure)
        assert min(text.get_fontsize() for text in texts_of(figure)) >= 8


MOVES: dict[str, tuple[dict[str, object], ...]] = {
    "epochs": ({"phase": "f", "unit": 2, "time": 0}, {"layer": "lstm_1", "unit": 1}, {"epoch": 2}),
    "moment": ({"sample": 4},),
}


@pytest.mark.parametrize("scales", MOVES)
def test_a_moved_picture_is_that_drawn_anew(traces, scales):
    from rnnscope.figures.compare import drawn
    from rnnscope.trace.moment import resolve as at

    trace = traces("LSTM")
    other = trained(*pair(rs.LSTM))
    two = {"first": trace, "second": other}

    def draw(cursor):
        return drawn(
            dict(zip(two, at(cursor, list(two.values())), strict=True)), "difference", options={"scales": scales}
        )

    figure = draw(rs.Cursor(layer="lstm", sample=0))
    for move in MOVES[scales]:
        cursor = rs.Cursor(**{"layer": "lstm", "sample": 0, **move})
        figure.update(cursor)
        new = draw(cursor)
        np.testing.assert_array_equal(figure.frame(), new.frame())
        assert figure.alt == new.alt


def test_a_click_goes_to_row_and_time_to_unit_and_to_sample(traces):
    view = view_of(changed(traces("LSTM"), HOLD), rs.Cursor(layer="lstm", sample=1))
    axes, rows = view.changes.axes, view.changes.rows
    place = rows.index(("lstm", "c"))
    assert view.pick(*axes.transData.transform((2, place))) == {"layer": "lstm", "phase": "c", "time": 2}
    place = rows.index(("lstm_1", "h"))
    assert view.pick(*axes.transData.transform((0, place))) == {"layer": "lstm_1", "phase": "h", "time": 0}
    assert view.pick(*view.units.axes.transData.transform((0.5, 1))) == {"unit": int(view.units.shown.numbers[1])}
    assert view.pick(*view.answers.axes.transData.transform((0.5, 2))) == {"sample": int(view.answers.shown.numbers[2])}


def test_explorers_of_two_traces_offer_it_and_others_say_what_it_needs(traces):
    trace = traces("LSTM")
    two = changed(trace, HOLD)
    explorer = rs.compare(two, "difference")
    explorer.cursor = rs.Cursor(layer="lstm_1", sample=2, time=1, phase="o")
    explorer.close()
    with pytest.raises(AttributeError, match=r"difference shows two traces: type rs\.figures\.compare"):
        _ = rs.figures.difference
    alone = rs.explore(trace, ["difference"])
    assert "traces: expected two, before and after a change; got a single one. Type rs.compare" in alone._session.alt
    alone.close()
    three = {**two, "third": trace}
    with pytest.raises(ValueError, match="traces: expected two, before and after a change; got 3"):
        rs.figures.compare(three, "difference")
    with pytest.raises(ValueError, match="layout: expected none for the view 'difference', which is one picture"):
        rs.figures.compare(two, "difference", layout="side")
    with pytest.raises(ValueError, match=r"traces: expected two nets with the same layers; got LSTM\(4\)"):
        rs.figures.compare({"LSTM": trace, "GRU": traces("GRU")}, "difference")
    with pytest.raises(
        TypeError, match=r"view: expected the name of a view; got a Cursor. Type compare\(traces, cursor="
    ):
        rs.figures.compare(two, rs.Cursor(time=1))


def test_numbers_that_are_not_finite_do_not_spoil_it(traces):
    trace = trained(*pair(rs.LSTM))
    for array in trace["lstm"].arrays.values():
        array[-1].flat[0], array[-1].flat[-1] = np.nan, np.inf
    figure = rs.figures.compare({"a": traces("LSTM"), "b": trace}, "difference", rs.Cursor(layer="lstm", sample=0))
    assert figure.frame().any() and figure.alt
    assert_texts_are_apart(figure)


def test_a_layer_that_is_shown_for_a_hand_is_not_said_to_be_chosen_for_what_it_learned(traces):
    two = changed(traces("LSTM"), HOLD)
    assert "moved most in training" not in view_of(two).headings[1].get_text()
    assert view_of(two).layer.name == "lstm"
