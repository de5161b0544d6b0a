"""Hands in the explorer: changes against `rs.what_if`, the way back, other epochs, and the panel."""

import gc
import weakref

import ipywidgets
import numpy as np
import pytest
from pictures import pixels
from rows import mostly_slow
from test_explorer import button, control, explore, message, widgets_of  # noqa: F401  (explore is a fixture)

import rnnscope as rs
from rnnscope.figures.compare import drawn
from rnnscope.interventions import presets
from rnnscope.interventions.presets import presets_of
from rnnscope.interventions.what_if import AS_IT_WAS, CHANGED
from rnnscope.session import Session
from rnnscope.session.hands import are_of_one_place

AT = rs.Cursor(epoch=2, layer="lstm", sample=3, time=1, unit=1, phase="f")
HOLD = rs.Hold("lstm", "f", 0.0)


def trained(epochs, weights):
    """Return the trace of a training of two layers; the weights of every so many epochs are kept."""
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(4, return_sequences=True, input_shape=(4, 1)), rs.LSTM(3), rs.Dense(1)], seed=0)
    model.compile(optimizer="adam", loss="mse")
    return model.fit(task.x, task.y, epochs=epochs, verbose=0, record=rs.Record(weights=weights))


@pytest.fixture(scope="module")
def trace():
    """Three epochs; the weights of two of them were kept."""
    return trained(3, 2)


def same(found, expected):
    """Check that two traces are of the same numbers, bit for bit, and of the same words."""
    assert found.interventions == expected.interventions
    assert found.epochs.tolist() == expected.epochs.tolist() and np.array_equal(found.x, expected.x)
    for name in expected.layers:
        assert found[name].arrays.keys() == expected[name].arrays.keys()
        for key, array in expected[name].arrays.items():
            np.testing.assert_array_equal(found[name].arrays[key], array)


def shows(session, trace, *changes, epoch):
    """Check that a session shows the pass of an epoch as it was, and changed."""
    assert list(session.traces) == [AS_IT_WAS, CHANGED]
    same(session.traces[AS_IT_WAS], rs.what_if(trace, epoch=epoch))
    same(session.traces[CHANGED], rs.what_if(trace, *changes, epoch=epoch))
    assert session.cursor.epoch == epoch and [moment.epoch for moment in session.moments] == [epoch] * 2
    (view,) = session.views
    shown = drawn(dict(zip(session.traces, session.moments, strict=True)), view, most=session.widest)
    assert np.array_equal(pixels(session.png(view)), shown.frame())


# ------------------------------------------------------------------------------------------------------- the session


@pytest.mark.parametrize(
    "change",
    [
        rs.Hold("lstm", "f", 0.0),
        rs.Hold("lstm_1", "g", -0.5, units=2, time=slice(1, None)),
        rs.Edit("lstm", "U_f", (2, 1), 0.3),
        rs.Edit("lstm", "b_f", (1,), -9.0),
        rs.Feed(3, 1, 9.0),
        rs.Start("lstm", "c", 1.0),
    ],
    ids=lambda change: type(change).__name__,
)
def test_a_change_is_that_of_what_if(trace, change):
    session = Session({"": trace}, ["cell"], AT)
    session.hands.add(change)
    shows(session, trace, change, epoch=2)
    assert session.hands.words == rs.what_if(trace, change).interventions
    assert session.cursor == AT


def test_changes_add_up_and_are_undone_one_by_one(trace):
    other, again = rs.Feed(3, 1, 9.0), rs.Hold("lstm", "f", 1.0)
    session = Session({"": trace}, ["cell"], AT)
    before = session.png("cell")
    for change, all_of_them in [(HOLD, (HOLD,)), (other, (HOLD, other)), (again, (other, again))]:
        session.hands.add(change)
        assert session.hands.changes == all_of_them
    shows(session, trace, other, again, epoch=2)
    session.hands.undo()
    shows(session, trace, HOLD, other, epoch=2)
    session.hands.undo()
    session.hands.undo()
    assert (session.hands.changes, session.traces, session.cursor) == ((), {"": trace}, AT)
    assert session.png("cell") == before
    assert session.hands.undo() is False


def test_what_is_dragged_is_one_change(trace):
    session = Session({"": trace}, ["cell"], AT)
    for value in (0.9, 0.5, 0.25):
        session.hands.add(rs.Hold("lstm", "f", value), goes_on=value < 0.9)
    shows(session, trace, rs.Hold("lstm", "f", 0.25), epoch=2)
    session.hands.undo()
    assert session.hands.changes == ()


def test_another_epoch_is_run_with_its_weights(trace):
    session = Session({"": trace}, ["cell"], AT)
    session.hands.add(HOLD)
    assert session.walk.epochs == (0, 2), "those whose weights were kept"
    assert session.step("epoch", -1)
    shows(session, trace, HOLD, epoch=0)
    assert not session.step("epoch", -1)
    session.hands.undo()
    assert session.cursor.epoch == 0 and session.walk.epochs == (0, 1, 2)


def test_playing_over_time_goes_on_at_the_next_epoch(trace):
    session = Session({"": trace}, ["cell"], AT)
    session.hands.add(HOLD)
    session.move(epoch=0, time=3)
    session.playing._go_on("time")
    assert (session.cursor.epoch, session.cursor.time) == (2, 0)
    shows(session, trace, HOLD, epoch=2)


@pytest.mark.parametrize(
    ("epoch", "change", "words"),
    [
        (1, HOLD, r"weights were kept \(0, 2\); got 1 \(the nearest is 0\)"),
        (2, rs.Hold("lstm", "ff", 0.0), "did you mean 'f'"),
        (2, rs.Hold("lstm", "f", 0.0, units=99), "from 0 to 3; got 99"),
        (2, rs.Hold("lstm", "f", np.nan), "finite"),
        (2, rs.Edit("lstm", "U_f", (9, 9), 0.0), "fit shape"),
        (2, rs.Feed(99, 0, 1.0), "got 99"),
    ],
)
def test_what_is_refused_loses_nothing(trace, epoch, change, words):
    for first in ((), (rs.Feed(3, 1, 9.0),)):
        session = Session({"": trace}, ["cell"], AT)
        session.hands.set(first)
        if not first:
            session.move(epoch=epoch)
        before = session.cursor, session.moments, session.traces, session.hands.changes, session.hands.words
        with pytest.raises((ValueError, TypeError), match=words):
            session.move(epoch=epoch) if first and epoch == 1 else session.hands.add(change)
        assert (session.cursor, session.moments, session.traces, session.hands.changes, session.hands.words) == before
        session.hands.undo()
        assert session.traces == {"": trace}


def test_other_traces_are_changed_too(trace):
    """A training that goes on has more epochs; changes that do not fit other traces are said, and let go."""
    session, told = Session({"": rs.what_if(trace)}, ["cell"], AT), []
    session.watchers.tell = lambda text, error=None: told.append(text)
    session.hands.add(HOLD)
    session.renew({"": trace})
    shows(session, trace, HOLD, epoch=2)
    other = rs.Sequential([rs.GRU(4, input_shape=(4, 1)), rs.Dense(1)], seed=0).trace(trace.x)
    session.renew({"": other})
    assert (session.hands.changes, session.traces) == ((), {"": other}) and "'lstm'" in told[0]
    assert not session.hands.undo()


@mostly_slow(view=rs.figures.VIEWS, quick=("cell",))
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_pictures_go_on_to_another_change_as_drawn_anew(trace, view, direction):
    at = rs.Cursor(epoch=2, layer="lstm", sample=3, time=1, unit=1, phase="f", direction=direction)
    session = Session({"": trace}, [view], at)
    for changes in (
        [HOLD],
        [rs.Hold("lstm", "f", 0.02)],
        [rs.Hold("lstm", "f", 1.0, units=[1], time=[2])],
        [rs.Edit("lstm", "W_f", (0, 1), 5.0)],
        [rs.Edit("lstm", "b_o", 2, 9.0)],
    ):
        session.hands.set(changes)
        shown = session.png(view), session.alt
        figure = drawn(dict(zip(session.traces, session.moments, strict=True)), view, most=session.widest)
        assert np.array_equal(pixels(shown[0]), figure.frame()), changes
        assert shown[1] == figure.alt


@mostly_slow(view=rs.figures.VIEWS, quick=("cell",))
def test_pictures_follow_a_training_that_goes_on_as_drawn_anew(view):
    session = Session({"": trained(2, 1)}, [view], rs.Cursor(epoch=1, layer="lstm", sample=3, time=1, unit=1))
    for epochs in (3, 40):
        session.png(view)
        session.renew({"": trained(epochs, 1)})
        session.move(epoch=epochs - 1)
        figure = drawn({"": session.moments[0]}, view, most=session.widest)
        assert np.array_equal(pixels(session.png(view)), figure.frame())
        assert session.alt == figure.alt


# ------------------------------------------------------------------------------------------------------- the explorer


def test_an_explorer_is_changed_from_a_script(trace, explore):  # noqa: F811
    explorer = explore(trace, ["cell"], AT)
    explorer.change(HOLD)
    assert explorer.changes == (HOLD,) and "held at 0" in explorer.alt
    explorer.changes = [HOLD, rs.Feed(3, 1, 9.0)]
    assert len(explorer.changes) == 2 and explorer.undo() and explorer.changes == (HOLD,)
    explorer.changes = ()
    assert explorer.changes == () and "held at" not in explorer.alt
    for wrong in (HOLD, 3, ["f"]):
        with pytest.raises(TypeError, match="changes: expected"):
            explorer.changes = wrong
    explorer.close()
    assert explorer.changes == ()
    with pytest.raises(ValueError, match="closed"):
        explorer.change(HOLD)


def test_several_traces_are_not_changed(trace, explore):  # noqa: F811
    explorer = explore({"first": trace, "second": rs.what_if(trace, HOLD)}, "cell")
    assert not [w for w in widgets_of(explorer, ipywidgets.ToggleButton) if w.description == "change something"]
    with pytest.raises(ValueError, match=r"expected an explorer of one trace.*got one of first, second"):
        explorer.change(HOLD)


@pytest.fixture
def panel(trace, explore):  # noqa: F811
    """An explorer whose panel is unfolded."""
    explorer = explore(trace, ["cell"], AT)
    control(explorer, "change something").value = True
    return explorer


def test_it_is_folded_until_it_is_used(trace, explore):  # noqa: F811
    explorer = explore(trace, ["cell"], AT)
    before = len(widgets_of(explorer, ipywidgets.Widget))
    assert control(explorer, "change something").tooltip
    control(explorer, "change something").value = True
    assert len(widgets_of(explorer, ipywidgets.Widget)) > before + 8
    control(explorer, "at").value = 0.5
    control(explorer, "change something").value = False
    assert "held at 0.5" in words(explorer), "what is changed is said though it is folded"
    button(explorer, "take back every change").click()
    assert len(widgets_of(explorer, ipywidgets.Widget)) == before


def words(explorer):
    """Return what the panel says is changed."""
    return "".join(w.value for w in widgets_of(explorer, ipywidgets.HTML) if "rnnscope-changes" in w.value)


def test_a_quantity_is_held_by_a_slider(panel):
    slider = control(panel, "at")
    assert slider.value == pytest.approx(panel._session.moments[0].layer["f"][2, 3, 1, 1], abs=slider.step)
    assert (slider.min, slider.max, panel.changes) == (0, 1, ())
    slider.value = 0.0
    assert words(panel).count("<li>") == 1 and "f of layer &#x27;lstm&#x27; is held at 0<" in words(panel)
    slider.value = 0.3
    (held,) = panel.changes
    assert are_of_one_place(held, HOLD) and held.value == 0.3
    control(panel, "in").value, control(panel, "when").value = "here", "on"
    slider.value = 0.6
    assert [str(change.units) for change in panel.changes] == ["None", "1"]
    assert panel._session.hands.words[1] == "f of layer 'lstm' is held at 0.6 (time steps 1, 2, 3, unit 1)"
    changed = panel._session.traces[CHANGED]["lstm"]["f"][0, 3]
    np.testing.assert_array_equal(changed[:, 1], np.array([0.3, 0.6, 0.6, 0.6], changed.dtype))
    button(panel, "take back the last change").click()
    assert len(panel.changes) == 1
    assert message(panel) == ""


def test_the_slider_has_room_for_what_is_held(panel):
    for name, ends in (("g", (-1, 1)), ("c", None), ("f", (0, 1))):
        control(panel, "hold").value = name
        assert panel.cursor.phase == name
        slider = control(panel, "at")
        assert ends in (None, (slider.min, slider.max))
        assert slider.min < panel._session.moments[0].layer[name][2, 3, 1, 1] < slider.max
        assert panel.changes == ()


def test_the_page_that_says_again_what_it_was_told_changes_nothing(panel):
    """Sliders of a browser round what they are given to their steps, and say so."""
    slider = control(panel, "at")
    slider.value = round(slider.value + slider.step / 10, 12)
    assert panel.changes == ()


def test_the_input_is_fed(panel, trace):
    number = control(panel, "input")
    assert number.value == trace.x[3, 1, 0]
    number.value = 9.0
    (fed,) = panel.changes
    assert (fed.sample, fed.time, fed.value) == (3, 1, 9.0)
    assert panel._session.traces[CHANGED].x[3, 1, 0] == 9.0
    panel.step("time")
    assert number.value == trace.x[3, 2, 0]


def test_a_weight_is_edited(panel, trace):
    layer = trace["lstm"]
    control(panel, "weight").value, control(panel, "row").value = "U_f", 2
    recurrent = layer.weights(2)["recurrent_kernel"][2, 4 + 1]  # i, f, g, o, each of 4 units
    assert control(panel, "is").value == pytest.approx(recurrent, rel=1e-5)
    control(panel, "is").value = 2.5
    (edit,) = panel.changes
    assert (edit.layer, edit.weight, edit.index, edit.value) == ("lstm", "U_f", (2, 1), 2.5)
    assert panel._session.traces[CHANGED]["lstm"].weights(2)["recurrent_kernel"][2, 5] == 2.5
    control(panel, "weight").value = "b_f"
    control(panel, "is").value = -3
    assert panel.changes[-1].index == (1,)
    control(panel, "hold").value = "h"
    names = [getattr(widget, "description", "") for widget in widgets_of(panel, ipywidgets.DOMWidget)]
    assert "weight" not in names, "h has no weights"


@pytest.mark.parametrize("cell", rs.cells.names())
def test_presets_are_buttons_of_the_cells_that_have_them(traces, explore, cell):  # noqa: F811
    trace = traces(cell)
    explorer, layer = explore(trace, []), trace.layers[0]
    explorer.cursor = rs.Cursor(layer=layer)
    control(explorer, "change something").value = True
    found = presets_of(trace[layer].cell)
    there = {b.description: b for b in widgets_of(explorer, ipywidgets.Button) if b.description in NAMES}
    assert set(there) == {name.replace("_", " ") for name in found}
    for name, gates in found.items():
        explorer.changes = ()
        there[name.replace("_", " ")].click()
        assert {(c.layer, c.quantity, c.value) for c in explorer.changes} == {(layer, *gate) for gate in gates.items()}
        given = getattr(presets, name)(trace, layer)
        assert len(given) == len(explorer.changes)
        same(explorer._session.traces[CHANGED], rs.what_if(trace, *given))
    assert message(explorer) == ""


NAMES = {name.replace("_", " ") for name in presets.FINDERS}


def test_tokens_are_chosen_by_their_names(explore):  # noqa: F811
    x, names = np.array([[0, 1, 2], [2, 0, 1]]), ("so", "good", "bad")
    labels = rs.Labels(time=[[names[k] for k in row] for row in x])
    model = rs.Sequential([rs.layers.Embedding(3, 2, input_length=3), rs.GRU(2), rs.Dense(1)], seed=0)
    trace = model.trace(x, labels=labels)
    explorer = explore(trace, [], rs.Cursor(sample=1, time=2))
    control(explorer, "change something").value = True
    token = control(explorer, "token")
    assert ([name for name, _ in token.options], token.label) == (list(names), "good")
    token.label = "bad"
    assert (explorer.changes[0].value, token.label, message(explorer)) == (2, "bad", "")
    assert explorer._session.traces[CHANGED].labels.steps(1)[2] == "bad"


def test_features_are_fed_one_by_one(explore):  # noqa: F811
    model = rs.Sequential([rs.GRU(2, input_shape=(3, 2)), rs.Dense(1)], seed=0)
    explorer = explore(model.trace(np.arange(12.0).reshape(2, 3, 2)), [], rs.Cursor(sample=1, time=0))
    control(explorer, "change something").value = True
    control(explorer, "feature").value = 1
    assert (control(explorer, "input").value, explorer.changes) == (7.0, ())
    control(explorer, "input").value = -1.0
    assert explorer._session.traces[CHANGED].x[1, 0].tolist() == [6.0, -1.0]


def test_a_layer_that_reads_backwards_is_fed_at_the_time_of_the_input(explore):  # noqa: F811
    model = rs.Sequential([rs.GRU(2, go_backwards=True, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    trace = model.trace(np.arange(4.0).reshape(1, 4, 1))
    explorer = explore(trace, [], rs.Cursor(time=1))
    control(explorer, "change something").value = True
    assert control(explorer, "input").value == 2.0
    control(explorer, "input").value = 9.0
    assert explorer.changes[0].time == 2


def test_a_refused_change_is_a_message(trace, explore):  # noqa: F811
    explorer = explore(trace, ["cell"], rs.Cursor(epoch=1, layer="lstm", phase="f"))
    control(explorer, "change something").value = True
    control(explorer, "at").value = 0.0
    assert "expected one whose weights were kept (0, 2); got 1 (the nearest is 0)" in message(explorer)
    assert explorer.changes == () and explorer.cursor.epoch == 1
    assert control(explorer, "at").value > 0, "it shows again what is"


def test_every_control_of_the_panel_has_a_name_and_says_what_it_does(panel):
    control(panel, "at").value = 0.5
    box = panel._screen.board.hands.box
    found = [w for w in widgets_of(panel, ipywidgets.DOMWidget) if hasattr(w, "tooltip") and hasattr(w, "description")]
    inside = [w for w in found if w.description and w.tooltip]
    assert box in widgets_of(panel, ipywidgets.VBox)
    assert {"hold", "at", "in", "when", "input", "weight", "row", "is", "undo", "undo all"} <= {
        w.description for w in inside
    }


def test_dragging_leaves_no_widgets_pictures_and_traces_behind(panel):
    live = ipywidgets.widgets.widget._instances
    slider, old = control(panel, "at"), []
    slider.value = 0.99
    widgets, pictures = len(live), list(panel._session.frames.pictures)
    for k in range(30):
        slider.value = k / 50
        old.append(weakref.ref(panel._session.traces[CHANGED]))
    gc.collect()
    assert (len(live), list(panel._session.frames.pictures)) == (widgets, pictures)
    assert [ref() is not None for ref in old] == [False] * 29 + [True]
    assert len(panel.changes) == 1 and panel.undo() and panel.changes == ()


def test_closing_lets_go_of_both_passes(trace):
    live = ipywidgets.widgets.widget._instances
    before = set(live)
    explorer = rs.explore(trace, ["cell"], AT)
    control(explorer, "change something").value = True
    control(explorer, "at").value = 0.5
    held = weakref.ref(explorer._session.traces[CHANGED])
    explorer.close()
    assert set(live) == before
    del explorer
    gc.collect()
    assert held() is None
