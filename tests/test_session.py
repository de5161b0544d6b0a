"""A session without a page: each trace is resolved once per move, and who watches is told of it."""

from collections import Counter

import pytest

import rnnscope as rs
from rnnscope.session import Session, Watcher
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


@pytest.mark.parametrize("names", [("LSTM",), NETS], ids=["one trace", "three"])
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


@pytest.mark.parametrize("view", rs.figures.VIEWS)
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
    session.move(sample=1)
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
