"""Cursors, which say what a figure shows, and figures that show themselves in a notebook."""

import struct
import zlib

import numpy as np
import pytest
from pictures import view_of

import rnnscope as rs
from rnnscope.trace.moment import resolve


def png_texts(data):
    """Return the texts that a PNG file carries, by key (PNG specification, chunks tEXt and iTXt)."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    found, place = {}, 8
    while place < len(data):
        (length,), kind = struct.unpack(">I", data[place : place + 4]), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + length]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[place + 8 + length : place + 12 + length])[0]
        if kind == b"tEXt":
            key, text = body.split(b"\0", 1)
            found[key.decode("latin-1")] = text.decode("latin-1")
        elif kind == b"iTXt":
            key, rest = body.split(b"\0", 1)
            assert rest[0] == 0, "not compressed"
            found[key.decode("latin-1")] = rest[2:].split(b"\0", 2)[2].decode()
        place += 12 + length
    return found


@pytest.mark.parametrize("view", rs.figures.VIEWS)
def test_a_picture_shows_itself_in_a_notebook_without_any_backend(traces, view):
    figure = getattr(rs.figures, view)(traces("GRU"), rs.Cursor(epoch=2))
    assert png_texts(figure._repr_mimebundle_()["image/png"])["Description"] == figure.alt


def test_a_cursor_can_be_pasted_back():
    cursor = rs.Cursor(epoch=2, layer="lstm", unit=3, phase="f", direction="backward")
    assert eval(f"rs.{cursor}") == cursor
    assert str(cursor) == "Cursor(epoch=2, layer='lstm', unit=3, phase='f', direction='backward')"
    assert str(rs.Cursor()) == "Cursor()"


def test_a_cursor_leaves_nothing_open_in_a_trace(traces):
    moment = rs.Cursor(layer="lstm", sample=1, unit=2).at(traces("LSTM"))
    found = moment.cursor
    assert found == rs.Cursor(epoch=4, layer="lstm", sample=1, time=3, unit=2, phase="h", direction="forward")
    assert found.at(traces("LSTM")) == moment and moment.chosen == ()
    assert str(moment) == str(found)
    assert (moment.epoch, moment.place, moment.sample, moment.time, moment.unit) == (4, 2, 1, 3, 2)
    assert (moment.layer, moment.phase, moment.direction) == (traces("LSTM")["lstm"], "h", "forward")
    assert view_of("gates", traces("LSTM"), found).moment == moment


def test_what_is_left_open_is_where_most_happens(traces):
    trace = traces("LSTM")
    moment = rs.Cursor(epoch=0).at(trace)
    moved = {
        name: np.mean([np.abs(trace[name][q][-1] - trace[name][q][0]).mean() for q in "ifgoch"])
        for name in ("lstm", "lstm_1")
    }
    layer = trace[max(moved, key=moved.get)]
    steps = [
        sum(np.abs(layer["h"][-1, s, t] - (layer["h"][-1, s, t - 1] if t else 0)) for t in range(4)) for s in range(6)
    ]
    sample = int(np.argmax([step.mean() for step in steps]))
    assert (moment.layer, moment.sample, moment.unit) == (layer, sample, int(np.argmax(steps[sample])))
    assert moment.chosen == ("layer", "sample", "unit") and moment.epoch == 0
    assert rs.Cursor(epoch=0, sample=2).at(trace).chosen == ("layer", "unit")
    assert moment.but(time=1).chosen == ()
    both = resolve(rs.Cursor(), [trace, traces("GRU")])
    assert [at.layer.name.partition("_")[2] for at in both] == [layer.name.partition("_")[2]] * 2
    assert len({(at.sample, at.unit) for at in both}) == 1


def test_nothing_is_said_to_be_chosen_where_nothing_is_seen_to_happen():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(5, input_shape=(4, 1)), rs.Dense(1)], seed=1)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(quantities=["f"]))
    moment = rs.Cursor().at(trace)
    assert (moment.sample, moment.unit, moment.chosen) == (0, 0, ())


def test_traces_without_a_common_place_have_a_layer_each_that_has_the_unit():
    layers = rs.Dense(3, input_shape=(4, 1)), rs.LSTM(2, return_sequences=True), rs.LSTM(5), rs.Dense(1)
    one = rs.Sequential([*layers], seed=0).trace(rs.tasks.counting().x)
    other = rs.Sequential([rs.LSTM(5, input_shape=(4, 1)), rs.Dense(1)], seed=0).trace(rs.tasks.counting().x)
    assert [moment.layer.name for moment in resolve(rs.Cursor(unit=4), [one, other])] == ["lstm_1", "lstm"]


def test_a_layer_is_chosen_among_those_that_have_phase_and_unit():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(5, return_sequences=True, input_shape=(4, 1)), rs.GRU(3), rs.Dense(1)], seed=1)
    model.compile(rs.optimizers.Adam(0.1), "mse")
    trace = model.fit(task.x, task.y, epochs=5, verbose=0)
    asked = {"f": "lstm", "z": "gru", "o": "lstm", "r": "gru"}
    assert {phase: rs.Cursor(phase=phase).at(trace).layer.name for phase in asked} == asked
    assert rs.Cursor(unit=4).at(trace).layer.name == "lstm"


@pytest.mark.parametrize("changes", [{"epoch": 2}, {"sample": 1, "time": 0}, {"epoch": 0, "unit": 3, "phase": "f"}])
def test_a_moment_elsewhere_is_that_of_a_cursor_there(traces, changes):
    trace = traces("LSTM")
    start = {"layer": "lstm", "sample": 0, "unit": 1, "direction": "backward"}
    assert rs.Cursor(**start).at(trace).but(**changes) == rs.Cursor(**{**start, **changes}).at(trace)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"time": -1}, ValueError, "Cursor: time: expected an integer of at least 0; got -1"),
        ({"epoch": 1.5}, TypeError, "Cursor: epoch: expected an integer"),
        ({"unit": True}, TypeError, "Cursor: unit: expected an integer"),
        ({"layer": 1}, TypeError, "Cursor: layer: expected a name; got 1"),
        ({"phase": ["f"]}, TypeError, "Cursor: phase: expected a name"),
        ({"direction": "up"}, ValueError, "Cursor: direction: expected one of backward, forward"),
        ({"direction": "forwards"}, ValueError, "did you mean 'forward'"),
    ],
)
def test_a_wrong_cursor_is_named(arguments, error, words):
    with pytest.raises(error, match=words):
        rs.Cursor(**arguments)


@pytest.mark.parametrize("view", rs.figures.VIEWS)
def test_a_layer_without_quantities_of_a_cell_is_refused_where_they_are_needed(traces, view):
    draw, cursor = getattr(rs.figures, view), rs.Cursor(layer="dense")
    wanted = "one with weights that are read at every time step" if view == "update" else "a recurrent layer"
    if draw(traces("LSTM")).views[0].recurrent or view == "update":
        with pytest.raises(ValueError, match=rf"layer: expected {wanted} \(lstm, lstm_1\); 'dense' is Dense"):
            draw(traces("LSTM"), cursor)
    else:
        assert "dense" in draw(traces("LSTM"), cursor).alt


@pytest.mark.parametrize("kind", ["png", "svg", "PDF"])
def test_a_full_disk_leaves_the_file_that_was_there(traces, tmp_path, monkeypatch, kind):
    path, figure = tmp_path / f"a.{kind}", rs.figures.gates(traces("GRU"))
    path.write_bytes(b"before")
    with monkeypatch.context() as patch:
        patch.setattr("rnnscope.files.os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left")))
        with pytest.raises(OSError, match="No space left"):
            figure.savefig(path)
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]
    figure.savefig(path)
    first = path.read_bytes()
    figure.savefig(path)
    assert path.read_bytes() == first != b"before"


def test_a_view_may_choose_where_a_cursor_is_open(traces):
    trace = traces("LSTM")
    assert view_of("gradient_flow", trace).moment.layer.name == "lstm_1", "the last recurrent layer"
    figure = rs.figures.gradient_flow(trace, rs.Cursor(layer="lstm"))
    assert figure.views[0].moment.layer.name == "lstm"
    figure.update(rs.Cursor())
    assert figure.views[0].moment.layer.name == "lstm_1"
    both = rs.figures.compare({"LSTM": trace, "GRU": traces("GRU")}, "gradient_flow")
    assert [at.layer.name for at in both.views[0].moments] == ["lstm_1", "gru_1"]
    kept = [epoch for epoch in trace.snapshots if epoch in trace.epochs]
    assert view_of("update", trace).moment.epoch == kept[-2], "the last epoch after which weights were kept"
    assert view_of("update", trace, rs.Cursor(epoch=kept[-1])).moment.epoch == kept[-1]
