"""Moments one after another: in the order of computation, there and back, over one and several traces."""

import copy
import pickle

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.trace import Walk

NETS = ("SimpleRNN", "LSTM", "GRU")


def walked(walk, cursor, over, by):
    """Return all moments from a cursor on."""
    found = [cursor]
    while after := walk.step(found[-1], over, by):
        found.append(after)
    return found


def test_phases_follow_the_order_of_computation(default, traces):
    trace = traces(default)
    walk = Walk([trace])
    lower, upper = (trace[name] for name in walk.layers)
    for direction, way in (("forward", 1), ("backward", -1)):
        begin = walk.first(walk.at(rs.Cursor(epoch=2, direction=direction)).cursor, "phase")
        found = walked(walk, begin, "phase", 1)
        expected = [
            (epoch, layer.name, time, phase)
            for epoch in (2, 4)
            for layer in (lower, upper)[::way]
            for time in range(4)[::way]
            for phase in layer.phases[::way]
        ]
        assert [(c.epoch, c.layer, c.time, c.phase) for c in found] == expected
        assert {c.direction for c in found} == {direction}
        assert walked(walk, found[-1], "phase", -1)[: len(found)] == found[::-1]


def test_time_steps_keep_the_phase(traces):
    walk = Walk([traces("LSTM")])
    found = walked(walk, walk.first(walk.at(rs.Cursor(epoch=4, sample=0, phase="f", unit=2)).cursor, "time"), "time", 1)
    assert [(c.layer, c.time) for c in found] == [(layer, t) for layer in ("lstm", "lstm_1") for t in range(4)]
    assert {(c.phase, c.unit, c.epoch) for c in found} == {("f", 2, 4)}
    assert walk.step(found[0], "time", -1) == rs.Cursor(2, "lstm_1", 0, 3, 2, "f")


def test_epochs_are_the_recorded_ones(traces):
    walk = Walk([traces("GRU")])
    cursor = walk.first(walk.at(rs.Cursor(time=1, direction="backward")).cursor, "epoch")
    assert [c.epoch for c in walked(walk, cursor, "epoch", 1)] == [0, 2, 4]
    assert walk.step(cursor, "epoch", -1) is None


def test_cells_of_different_kinds_go_in_step(traces):
    walk = Walk([traces(name) for name in NETS])
    begin = walk.first(walk.at(rs.Cursor(epoch=4)).cursor, "phase")
    found = walked(walk, begin, "phase", 1)[:7]
    assert [tuple(c.phase[name] for name in NETS) for c in found] == [
        ("h", "f", "z"),
        ("h", "i", "r"),
        ("h", "g", "g"),
        ("h", "o", "h"),
        ("h", "c", "h"),
        ("h", "h", "h"),
        ("h", "f", "z"),
    ]
    assert [c.time for c in found] == [0] * 6 + [1]
    assert walked(walk, found[-1], "phase", -1)[:7] == found[::-1]


@pytest.mark.parametrize(
    ("direction", "phases", "after", "before"),
    [
        ("forward", {"GRU": "h", "LSTM": "f"}, {"GRU": "r", "LSTM": "i"}, {"GRU": "h", "LSTM": "h"}),
        ("backward", {"GRU": "z", "LSTM": "c"}, {"GRU": "r", "LSTM": "o"}, {"GRU": "h", "LSTM": "h"}),
    ],
)
def test_the_cell_with_most_phases_leads_wherever_the_others_are(traces, direction, phases, after, before):
    walk = Walk([traces("GRU"), traces("LSTM")])
    at = walk.at(rs.Cursor(time=1, phase=phases, direction=direction)).cursor
    assert dict(walk.step(at, "phase", 1).phase) == after
    assert dict(walk.step(at, "phase", -1).phase) == before


def test_another_layer_keeps_what_it_has(traces):
    task = rs.tasks.counting()
    model = rs.Sequential(
        [rs.LSTM(5, return_sequences=True, input_shape=(4, 1)), rs.GRU(3), rs.Dense(1)], dtype="float64"
    )
    walk = Walk([model.trace(task.x)])
    assert walk.layers == ("lstm", "gru")
    cursor = walk.at(rs.Cursor(layer="lstm", sample=0, phase="f", unit=4)).cursor
    assert walk.in_layer(cursor, "gru") == rs.Cursor(0, "gru", 0, 3, 2, "h")
    assert walk.in_layer(walk.at(rs.Cursor(phase="g", unit="largest")).cursor, "gru").phase == "g"
    assert walk.step(walk.at(rs.Cursor(sample=0, phase="c", unit=4)).cursor, "time", 1) == rs.Cursor(
        0, "gru", 0, 0, 2, "h"
    )


def test_traces_share_epochs_units_and_layers(traces):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.GRU(3, input_shape=(4, 1)), rs.Dense(1)])
    model.compile()
    other = model.fit(task.x, task.y, epochs=5, verbose=0, record=rs.Record(every=4))
    walk = Walk([traces("LSTM"), other])
    assert (walk.epochs, walk.layers, walk.units("lstm")) == ((0, 4), ("lstm",), 3)
    assert walk.at(rs.Cursor()).cursor.epoch == 4
    for bad in ({"epoch": 2}, {"unit": 3}, {"layer": "lstm_1"}, {"phase": {"LSTN": "f"}}, {"phase": {"GRU": "f"}}):
        with pytest.raises(ValueError, match=r"expected .*; got"):
            walk.at(rs.Cursor(**bad))


def test_what_cannot_be_walked_is_refused(traces):
    task = rs.tasks.counting()
    dense = rs.Sequential([rs.layers.LSTM(2, input_shape=(4, 1)), rs.Dense(1)])
    other = dense.trace(task.x)
    with pytest.raises(ValueError, match="epoch: expected"):
        Walk([other]).at(rs.Cursor(epoch=3))
    with pytest.raises(ValueError, match="recorded epochs, the same in all"):
        Walk(
            [
                other.__class__([*map(other.__getitem__, other.layers)], np.array([7]), other.predictions, other.x),
                traces("LSTM"),
            ]
        )
    with pytest.raises(ValueError, match="gradient"):
        Walk([other]).at(rs.Cursor(direction="backward"))
    walk = Walk([other])
    with pytest.raises(TypeError, match="expected a Cursor"):
        walk.at("Cursor()")
    with pytest.raises(ValueError, match="over: expected one of epoch, phase, time"):
        walk.step(walk.at(rs.Cursor()).cursor, "unit", 1)


# ------------------------------------------------------------------------------------------------------- cursors


@pytest.mark.parametrize(
    "cursor",
    [
        rs.Cursor(),
        rs.Cursor(epoch=40, layer="lstm", sample=0, time=2, unit=17, phase="f", direction="backward"),
        rs.Cursor(unit="largest", phase={"LSTM": "f", "GRU": "z"}),
        rs.Cursor(layer='it\'s "mine"'),
    ],
)
def test_a_cursor_is_read_back_from_its_text(cursor):
    assert rs.Cursor.parse(str(cursor)) == cursor
    assert rs.Cursor.parse(f"  rs.{cursor}\n") == cursor
    assert hash(rs.Cursor.parse(str(cursor))) == hash(cursor)
    assert pickle.loads(pickle.dumps(cursor)) == copy.deepcopy(cursor) == cursor


@pytest.mark.parametrize(
    "text",
    ["", "Cursor(epoch=3", "Cursor(3)", "open('x')", "Cursor(**{})", "Cursor(epoch=1).at", "Cursor(epoch=len([]))",
     "Cursor(epok=3)", "Cursor(epoch=-1)", "Cursor(epoch='a')", "Cursor(direction='up')", "Cursor(phase=3)",
     "Cursor(phase={'LSTM': 3})", "Cursor(unit='biggest')", "Cursor(epoch=1, epoch=", "(" * 10_000],
)  # fmt: skip
def test_another_text_is_refused(text):
    with pytest.raises((ValueError, TypeError), match="expected"):
        rs.Cursor.parse(text)


def test_only_text_is_read():
    with pytest.raises(TypeError, match="expected a text"):
        rs.Cursor.parse(rs.Cursor())


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_largest_unit_is_the_one_farthest_from_zero(default, traces, direction):
    trace = traces(default)
    for layer in (trace[name] for name in trace.layers):
        for phase in layer.quantities:
            values = (layer.grad if direction == "backward" else layer)[phase]
            for time in range(4) if layer.is_recurrent else (3,):
                moment = rs.Cursor(2, layer.name, 1, time, "largest", phase, direction).at(trace)
                row = values[1, 1, time] if layer.is_recurrent else values[1, 1]
                assert abs(row[moment.unit]) == np.abs(row).max()


def test_the_largest_unit_is_never_one_without_a_number(traces):
    trace = copy.deepcopy(traces("LSTM"))
    trace["lstm"].arrays["value/f"][...] = [[np.nan, 0.2, -0.3, np.nan]]
    trace["lstm"].__dict__.pop("values", None)
    assert rs.Cursor(unit="largest", phase="f").at(trace).unit == 2


def test_a_cursor_cannot_be_changed():
    cursor = rs.Cursor(phase={"LSTM": "f", "GRU": "z"})
    for change in (lambda p: p.update(LSTM="i"), lambda p: p.__setitem__("LSTM", 3), lambda p: p.clear()):
        with pytest.raises(TypeError, match="stays what it is"):
            change(cursor.phase)
    same = pickle.loads(pickle.dumps(cursor))
    assert same == cursor == rs.Cursor.parse(str(cursor))
    assert hash(same) == hash(cursor)
    assert copy.deepcopy(cursor) == cursor


@pytest.mark.parametrize("text", ["Cursor(phase={[]: 1})", "Cursor(epoch=1, epoch=2)"])
def test_texts_that_python_refuses_are_refused(text):
    with pytest.raises(ValueError, match="expected a text such as"):
        rs.Cursor.parse(text)


@pytest.mark.parametrize("by", [0, 2, 1.5, "on"])
def test_a_step_is_one_step(traces, by):
    walk = Walk([traces("GRU")])
    with pytest.raises(ValueError, match="by: expected 1 or -1"):
        walk.step(walk.at(rs.Cursor()).cursor, "time", by)


def test_traces_of_one_kind_share_the_phases_that_all_have():
    def trace(record):
        layers = [rs.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)]
        model = rs.Sequential(layers, seed=0)
        model.compile()
        return model.fit(rs.tasks.counting().x, rs.tasks.counting().y, epochs=1, verbose=0, record=record)

    nets = [trace(rs.Record(quantities=["h", "f"])), trace(True)]
    for order in (nets, nets[::-1]):
        walk = Walk(order)
        assert walk.cells(walk.layers[0]) == {"LSTM": ("f", "h")}
        cursor = walk.at(rs.Cursor(phase="h")).cursor
        assert walk.step(cursor, "phase", -1).phase == "f"


def test_a_layer_has_its_name_in_any_trace(traces):
    walk = Walk([traces("SimpleRNN"), traces("LSTM")])
    assert walk.at(rs.Cursor(layer="lstm_1")) == walk.at(rs.Cursor(layer="simple_rnn_1"))
    with pytest.raises(ValueError, match="expected one of lstm, lstm_1, simple_rnn, simple_rnn_1"):
        walk.at(rs.Cursor(layer="gru"))


def test_a_name_means_the_layer_of_the_first_trace_before_those_of_others(traces):
    def both(lower, upper):
        layers = [lower(2, return_sequences=True, input_shape=(4, 1)), upper(2), rs.layers.Dense(1)]
        return rs.Sequential(layers).trace(rs.tasks.counting().x)

    walk = Walk([both(rs.LSTM, rs.GRU), both(rs.GRU, rs.LSTM)])
    assert [walk.at(rs.Cursor(layer=layer)).cursor.layer for layer in walk.layers] == ["lstm", "gru"]
    assert len(list(walked(walk, walk.first(walk.at(rs.Cursor(time=0)).cursor, "time"), "time", 1))) == 8
