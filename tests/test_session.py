"""A session without a page: each trace is resolved once per move, and who watches is told of it."""

from collections import Counter
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from pictures import pixels
from rows import mostly_slow

import rnnscope as rs
from rnnscope.figures.compare import drawn
from rnnscope.session import WIDEST, Session, Watcher
from rnnscope.trace import moment

NETS = ("SimpleRNN", "LSTM", "GRU")


@pytest.fixture
def resolved(monkeypatch):
    """Count how many times a cursor is resolved in each trace."""
    counts, moment_in = Counter(), moment.moment_in

    def counted(trace, *rest):
        counts[id(trace)] += 1
        return moment_in(trace, *rest)

    monkeypatch.setattr(moment, "moment_in", counted)
    return counts


@pytest.mark.parametrize("names", [("LSTM",), pytest.param(NETS, marks=pytest.mark.slow)], ids=["one trace", "three"])
def test_a_move_resolves_each_trace_once(traces, resolved, names):
    nets = {name: traces(name) for name in names}
    first = nets["LSTM"]
    views = ["network", "cell", "gates", "equation"]
    explorer = rs.explore(first, views) if len(nets) == 1 else rs.compare(nets)
    explorer.views = views
    session, layer = explorer._session, explorer._session.walk.layers[1]
    for move in (
        lambda: explorer.step("time", -1),
        lambda: explorer.step("phase", -1),
        lambda: explorer.step("epoch", -1),
        lambda: session.move(unit="largest"),
        lambda: session.go(session.walk.in_layer(explorer.cursor, layer)),
        lambda: setattr(explorer, "cursor", rs.Cursor(time=2, direction="backward")),
        lambda: explorer.step("time"),
    ):
        resolved.clear()
        move()
        assert resolved == {id(trace): 1 for trace in nets.values()}
    resolved.clear()
    assert explorer.alt and explorer.picture()
    assert not resolved
    explorer.close()


@mostly_slow(view=rs.figures.VIEWS, quick=("cell", "gates", "memory", "training"))
def test_a_picture_resolves_each_trace_once(traces, resolved, view):
    nets = {name: traces(name) for name in NETS}
    figure = rs.figures.compare(nets, view)
    resolved.clear()
    figure.update(rs.Cursor(time=1))
    assert resolved == {id(trace): 1 for trace in nets.values()}


class Told(Watcher):
    """Writes down what it is told."""

    def __init__(self):
        self.news, self.is_quick = [], True

    def show(self):
        self.news.append("show")

    def show_playing(self):
        self.news.append("playing")

    def tell(self, text, error=None):
        self.news.append((text, type(error)))

    def has_shown(self):
        return self.is_quick


def test_who_watches_is_told(traces):
    session, told = Session({"": traces("GRU")}, ["gates"], rs.Cursor(time=0)), Told()
    session.watch(told)
    session.step("time")
    session.views = ["cell"]
    session.observe(lambda cursor: cursor.elsewhere)
    session.move(sample=session.cursor.sample - 1 or 5)
    text, kind = told.news.pop()
    assert "observe_cursor" in text and "elsewhere" in text and kind is AttributeError
    assert told.news == ["show"] * 4
    assert session.png("cell")[1:4] == b"PNG" and "time step 1" in session.alt


def test_playing_waits_for_who_watches(traces):
    session, told = Session({"": traces("GRU")}, ["gates"]), Told()
    assert session.playing.player.arrived()
    session.watch(told)
    told.is_quick = False
    assert not session.playing.player.arrived()


def test_a_refused_move_leaves_everything_as_it_was(traces):
    session, told = Session({"": traces("GRU")}, ["gates"]), Told()
    session.watch(told)
    before = session.cursor, session.moments
    with pytest.raises(ValueError, match="got 99"):
        session.move(time=99)
    assert ((session.cursor, session.moments), told.news) == (before, ["show"])


def test_a_closed_session_keeps_what_it_showed_but_no_trace(traces):
    session = Session({"": traces("GRU")}, ["gates"], rs.Cursor(time=1))
    session.close()
    assert (session.cursor.time, session.views, session.moments, session.traces) == (1, ("gates",), (), {})
    with pytest.raises(ValueError, match="closed"):
        session.step("time")


# -------------------------------------------------------------------------------------------- clicks, options, places


def click_at(session, view, axes, x, y):
    """Click at a place of a panel of a view."""
    figure = session.frames.picture(view, session._position)
    across, up = axes.transData.transform((x, y))
    return session.click(view, across / figure.bbox.width, 1 - up / figure.bbox.height)


def test_a_click_goes_to_what_is_shown_there(traces):
    session = Session({"": traces("LSTM")}, ["gates", "network"], rs.Cursor(epoch=2, layer="lstm", sample=0, time=0))
    session.png("gates"), session.png("network")
    view = session.frames.pictures["gates", "lstm", "forward"].views[0]
    assert click_at(session, "gates", view.panels["f"][0].axes, 2, 3)
    unit = int(view.data.units[3])
    assert session.cursor == rs.Cursor(2, "lstm", 0, 2, unit, "f")
    network = session.frames.pictures["network", "lstm", "forward"].views[0]
    x, y = network.rows["lstm_1"].box(3)
    assert click_at(session, "network", network.axes, x + 0.1, y + 0.1)
    assert session.cursor == rs.Cursor(2, "lstm_1", 0, 3, unit, "f")
    before = session.cursor
    assert not session.click("gates", 0.5, 0.001)
    assert session.cursor == before


def test_a_click_is_in_the_picture_that_is_shown_though_it_comes_from_those_kept(traces):
    """The order of units, and with it what a row is, changes with the sample."""
    session = Session({"": traces("LSTM", units=7)}, ["gates"], rs.Cursor(sample=0, time=0))
    session.options = {"order": "mean"}
    session.png("gates")
    view = session.frames.pictures["gates", "lstm", "forward"].views[0]
    top = {}
    for sample in (0, 1, 0, 2, 0):
        session.move(sample=sample, phase="g", unit=0)
        session.png("gates")
        heat = view.panels["g"][0]
        assert click_at(session, "gates", heat.axes, 0, 0)
        values = session.moments[0].layer["g"][session.moments[0].run]
        top[sample] = int(values.mean(axis=0).argmax())
        assert session.cursor.unit == top[sample]


def test_a_click_among_several_cells_is_in_the_one_that_it_meets(traces):
    nets = {name: traces(name) for name in NETS}
    session = Session(nets, ["gates"], rs.Cursor(layer="gru", time=0, phase={"LSTM": "i", "GRU": "z"}))
    session.png("gates")
    _, lstm, gru = session.frames.pictures["gates", "simple_rnn", "forward"].views
    assert click_at(session, "gates", lstm.panels["o"][0].axes, 1, 2)
    assert session.cursor.phase == {"SimpleRNN": "h", "LSTM": "o", "GRU": "z"}
    assert click_at(session, "gates", gru.panels["r"][0].axes, 3, 1)
    assert session.cursor.phase == {"SimpleRNN": "h", "LSTM": "o", "GRU": "r"}
    assert (session.cursor.time, session.cursor.unit) == (3, gru.data.units[1])
    assert session.cursor.layer == "simple_rnn"
    session.png("network")
    network = session.frames.pictures["network", "simple_rnn", "forward"].views[2]
    assert click_at(session, "network", network.axes, *(side + 0.1 for side in network.rows["gru_1"].box(1)))
    assert (session.cursor.time, session.cursor.layer) == (1, "simple_rnn_1")


def test_an_option_reaches_the_views_that_have_it(traces):
    trace = traces("LSTM", units=7)
    session = Session({"": trace}, ["gates", "cell"], rs.Cursor(layer="lstm", phase="g"))
    before = session.png("gates"), session.png("cell")
    session.options = {"order": "mean"}
    assert (session.png("gates") == before[0], session.png("cell") == before[1]) == (False, True)
    shown = drawn({"": session.moments[0]}, "gates", most=WIDEST, options={"order": "mean", "samples": "all"})
    assert np.array_equal(pixels(session.png("gates")), shown.frame())
    assert session.picture().views[0].order == session.options["order"] == "mean"
    for wrong, error, words in [
        ({"order": "size"}, ValueError, "order: expected one of"),
        ({"ordre": "mean"}, ValueError, "did you mean 'order'"),
        ("mean", TypeError, "expected a dict"),
    ]:
        with pytest.raises(error, match=words):
            session.options = wrong
    assert session.options == {"order": "mean"}


def test_pictures_are_drawn_for_the_place_where_they_are(traces):
    session, told = Session({"": traces("LSTM")}, ["network"]), Told()
    wide = pixels(session.png("network")).shape[1]
    session.watch(told)
    session.place(False, 2000)
    assert (told.news, session.widest) == (["show"], 9.0), "there was room before"
    session.place(True, 719)
    assert (told.news, session.widest) == (["show"] * 2, 7.0)
    dark = pixels(session.png("network"))
    assert dark.shape[1] == 700 < wide
    assert dark[0, 0].tolist() == [17, 17, 17, 255]
    session.place(True, 712)
    assert len(told.news) == 2, "a little more room draws nothing anew"
    session.place(False, 100)
    assert pixels(session.png("network"))[0, 0].tolist() == [255] * 4
    assert session.widest == 5.5


def test_colours_of_ones_own_stay_on_a_dark_page(traces):
    session = Session({"": traces("LSTM")}, ["cell"])
    with matplotlib.rc_context({"figure.facecolor": "#fffff0"}):
        session.place(True, 900)
        assert pixels(session.png("cell"))[0, 0].tolist() == [255, 255, 240, 255]
    assert matplotlib.rcParams["figure.facecolor"] == matplotlib.rcParamsDefault["figure.facecolor"]


# ------------------------------------------------------------------------------------------------------------- playing


def played(session, over, count):
    """Return the moments that playing goes through, and what is said of each."""
    session.playing.player.later = lambda seconds, call: SimpleNamespace(cancel=lambda: None)
    session.playing.play(over)
    found = [(session.cursor, session.playing.status)]
    while len(found) < count and session.playing._go_on(over):
        found.append((session.cursor, session.playing.status))
    session.playing.pause()
    return found


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_playing_over_time_stays_in_its_layer_and_says_when_it_goes_on(traces, direction):
    at = rs.Cursor(epoch=0, layer="lstm", sample=0, time=1, unit=0, direction=direction)
    session = Session({"": traces("LSTM")}, ["cell"], at)
    assert session.playing.status == "Space plays time steps."
    found = played(session, "time", 99)
    times = [0, 1, 2, 3] if direction == "forward" else [3, 2, 1, 0]
    rest = times[times.index(1) :]
    assert [(c.epoch, c.time) for c, _ in found] == [(0, t) for t in rest] + [(e, t) for e in (2, 4) for t in times]
    assert {c.layer for c, _ in found} == {"lstm"}
    assert ["went on" in said for _, said in found] == [False] * len(rest) + [True] * 8
    assert "It went on to epoch 4. Space pauses." in found[-1][1]
    assert session.playing.status == "Paused. Space plays time steps again."
    again = played(session, "time", 99)
    assert [(c.epoch, c.time) for c, _ in again] == [(4, t) for t in times], "at the end it begins anew, in its layer"


def test_playing_over_phases_says_into_which_layer_it_went_on(traces):
    session = Session({"": traces("GRU")}, ["cell"], rs.Cursor(epoch=0, layer="gru", time=3, phase="h"))
    (_, first), (at, said) = played(session, "phase", 2)
    assert "went on" not in first
    assert at.layer == "gru_1" and "It went on to layer gru_1." in said
    assert session.playing.status == "Paused. Space plays phases again."
    session.playing.toggle()
    assert session.playing.over == "phase", "what was played last"


# ------------------------------------------------------------------------------------------------------- other traces


def test_traces_are_exchanged_for_others(traces):
    """The cursor stays where it can; who watches and who observes is told; pictures are those of the new traces."""
    first, longer = traces("LSTM"), traces("LSTM", units=7)
    session, told, seen = Session({"": first}, ["gates"], rs.Cursor(epoch=2, time=1, phase="f", unit=2)), Told(), []
    session.watch(told)
    session.observe(seen.append)
    before = session.png("gates"), session.cursor
    session.renew({"": longer})
    assert (session.cursor, seen, told.news) == (before[1], [], ["show"] * 2)
    assert np.array_equal(pixels(session.png("gates")), drawn({"": session.moments[0]}, "gates", most=WIDEST).frame())
    session.renew({"as it was": first, "other": longer})
    assert [moment.trace for moment in session.moments] == [first, longer]
    shown = drawn(dict(zip(session.traces, session.moments, strict=True)), "gates")
    assert np.array_equal(pixels(session.png("gates")), shown.frame())
    session.renew({"": first}, rs.Cursor(epoch=0, time=1, unit=0, layer=before[1].layer))
    assert session.cursor.epoch == 0 and seen == [session.cursor]
    session.renew({"": first}, before[1])
    assert session.png("gates") == before[0]


def test_a_moment_that_the_new_traces_do_not_have_is_the_nearest_one(traces):
    session = Session({"": traces("LSTM", units=7)}, ["gates"], rs.Cursor(epoch=2, layer="lstm_1", unit=6, phase="i"))
    session.renew({"": rs.what_if(traces("LSTM"))})
    (moment,) = session.moments
    assert (moment.epoch, moment.layer.name, moment.unit, moment.phase) == (4, "lstm_1", moment.layer.units - 1, "i")
    session.renew({"": traces("GRU")})
    assert session.cursor.phase == "h" and session.cursor.layer in traces("GRU").layers


def test_traces_that_cannot_be_shown_leave_everything_as_it_was(traces):
    trace, told = traces("GRU"), Told()
    session = Session({"": trace}, ["gates"])
    session.watch(told)
    before = session.cursor, session.moments, session.walk, session.traces, session.png("gates")
    nothing = rs.Sequential([rs.Flatten(input_shape=(4, 1)), rs.Dense(1)]).trace(trace.x)
    for wrong, cursor in [({"": nothing}, None), ({"": traces("LSTM")}, rs.Cursor(time=99))]:
        with pytest.raises(ValueError, match="expected"):
            session.renew(wrong, cursor)
        after = session.cursor, session.moments, session.walk, session.traces, session.png("gates")
        assert (after, told.news) == (before, ["show"])


@mostly_slow(view=rs.figures.VIEWS, quick=("cell",))
def test_while_traces_pass_by_pictures_show_them_and_at_rest_they_are_those_drawn_anew(view, monkeypatch):
    """Meanwhile scales may be wide; never is a number that of another epoch."""
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(5, return_sequences=True, input_shape=(4, 1)), rs.GRU(5), rs.Dense(1)], seed=0)
    model.compile(rs.optimizers.Adam(0.05), "mse")
    steps = model.train_steps(task.x, task.y, epochs=12)
    session = Session({"": steps.before()}, [view])
    monkeypatch.setattr(session.frames, "_rests", lambda view: False)
    session.png(view)
    for epoch in steps:
        trace = epoch.trace
        session.renew({"": trace}, rs.Cursor(epoch=epoch.number, layer="lstm", time=2, unit=1), passes_by=True)
        shown = session.png(view)
        ((picture,), (moment,)) = session.frames.pictures.values(), session.moments
        (own,) = picture.views
        assert own.moment is moment and moment.trace is trace
        np.testing.assert_equal(vars_of(own.data), vars_of(type(own)(moment, picture_axes()).data))
    session.renew({"": trace})
    anew = drawn({"": session.moments[0]}, view, most=WIDEST)
    assert np.array_equal(pixels(session.png(view)), anew.frame()) and shown


def picture_axes():
    """Return axes to draw into."""
    return Figure((11, 7)).add_axes((0, 0, 1, 1))


def vars_of(data):
    """Return the arrays and numbers that plain data hold."""
    found = {}
    for name, value in vars(data).items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        found |= {(name, key): part for key, part in parts if isinstance(part, np.ndarray | float | int)}
    return found


def test_a_picture_that_takes_long_stays_for_a_while(traces, monkeypatch):
    session, now = Session({"": traces("GRU")}, ["cell"]), [0.0]
    monkeypatch.setattr("rnnscope.session.frames.time.monotonic", lambda: now[0])
    drawn_at = []
    draw = session.frames.picture

    def slow(view, at):
        drawn_at.append(at.cursor.time)
        now[0] += 1.0
        return draw(view, at)

    monkeypatch.setattr(session.frames, "picture", slow)
    frames = []
    for time in (0, 1, 2, 3, 0):
        now[0] += 0.9
        session.renew({"": traces("GRU")}, rs.Cursor(time=time), passes_by=True)
        session.frames.passes_by = True
        frames.append(session.png("cell"))
        session.frames.passes_by = False
    assert drawn_at == [0, 1, 0], "the second is drawn, as the first may have taken long for once; then it rests"
    assert frames[1] == frames[2] == frames[3] != frames[4]
