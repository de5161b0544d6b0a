"""The same moment in several traces: shared scales, aligned panels, and a clear word if they cannot be compared."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from pictures import assert_texts_are_apart, pair, trained
from rows import over

import rnnscope as rs

VIEWS = rs.figures.VIEWS
THREE = ("SimpleRNN", "LSTM", "GRU")


def panels(view):
    """Return the rectangles of the panels of a view within its own part of the figure."""
    host = view.host.bbox
    boxes = [axes.bbox for axes in view.host.findobj(Axes) if axes is not view.host]
    return np.array([[b.x0 - host.x0, b.y0 - host.y0, b.x1 - host.x0, b.y1 - host.y0] for b in boxes])


def assert_share(traces, view, cells, units):
    """Compare cells: they have the same scales, and nothing overlaps."""
    figure = rs.figures.compare({name: traces(name, units) for name in cells}, view, rs.Cursor(time=2))
    assert len(figure.views) == len(cells)
    assert {type(part).__name__ for part in figure.views} == {type(figure.views[0]).__name__}
    for one in figure.views:
        for other in figure.views:
            for name in one.scale.keys() & other.scale.keys():
                assert one.scale[name] == other.scale[name]
    assert_texts_are_apart(figure)
    assert figure.alt.count("\n") >= len(cells) - 1


@over(view=VIEWS, cells=[THREE, THREE[1:]], units=(4, 300))
def test_cells_share_their_scales_and_nothing_overlaps(traces, view, cells, units):
    assert_share(traces, view, cells, units)


@pytest.mark.slow
@over(view=VIEWS, cells=[THREE, THREE[1:]], units=(300, 4))
def test_cells_share_their_scales_at_the_other_sizes(traces, view, cells, units):
    assert_share(traces, view, cells, units)


@pytest.mark.parametrize("view", ["gradient_flow", "training", "network"])
def test_panels_of_the_same_kind_stand_in_line(traces, view):
    figure = rs.figures.compare({name: traces(name) for name in ("SimpleRNN", "GRU")}, view)
    first, second = (panels(part) for part in figure.views)
    np.testing.assert_allclose(first, second, atol=0.5)


def test_panels_of_cells_with_more_quantities_are_as_wide(traces):
    few, many = (panels(p) for p in rs.figures.compare({n: traces(n) for n in ("SimpleRNN", "LSTM")}, "gates").views)
    assert few[0][2] - few[0][0] == pytest.approx(many[0][2] - many[0][0], abs=0.5)


def test_scales_hold_the_extremes_of_all(traces):
    found = {name: traces(name) for name in THREE}
    view = rs.figures.compare(found, "gates").views[0]
    scale, place = view.scale["h"], found[THREE[0]].layers.index(view.layer.name)
    largest = max(float(np.abs(trace[trace.layers[place]]["h"]).max()) for trace in found.values())
    assert (scale.low, scale.high) == (-largest, largest)


def test_all_views_move_together(traces):
    found = {name: traces(name) for name in THREE}
    figure = rs.figures.compare(found, "gates")
    figure.frame()
    figure.update(rs.Cursor(layer="lstm_1", epoch=2, time=1, sample=3, unit=2, phase="c"))
    for part, (name, trace) in zip(figure.views, found.items(), strict=True):
        at = part.moment
        assert (at.layer.name, at.epoch, at.time, at.sample, at.unit) == (trace.layers[1], 2, 1, 3, 2)
        assert at.phase == ("c" if name == "LSTM" else "h"), "a phase that a cell does not have is its last"
        np.testing.assert_array_equal(part.data.values["h"], at.layer["h"][1, 3].T)
    moved = figure.frame()
    again = rs.figures.compare(found, "gates", rs.Cursor(layer="lstm_1", epoch=2, time=1, sample=3, unit=2, phase="c"))
    np.testing.assert_array_equal(moved, again.frame())


def test_names_are_text_and_stand_in_the_titles(traces):
    figure = rs.figures.compare({"<b>one</b>": traces("LSTM"), "$two$": traces("GRU")}, "cell")
    figure.canvas.draw()
    titles = [part.headings[0].get_text() for part in figure.views]
    assert titles[0].startswith("<b>one</b>: ") and titles[1].startswith("$two$: ")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: rs.figures.compare([t], "gates"), "traces: expected a dict of names and traces"),
        (lambda t: rs.figures.compare({"a": t}, "gates"), "expected 2 to 5 traces; got 1"),
        (lambda t: rs.figures.compare({str(k): t for k in range(6)}), "expected 2 to 5 traces; got 6"),
        (lambda t: rs.figures.compare({"a": t, "b": 3}), "expected a Trace, as model.fit.* returns, for 'b'; got 3"),
        (lambda t: rs.figures.compare({"a": t, "b": t}, "gate"), "view: expected one of .*did you mean 'gates'"),
        (lambda t: rs.figures.compare({"a": t, "b": t}, cursor=rs.Cursor(layer="gru")), "layer: expected one that all"),
        (lambda t: rs.figures.compare({"a": t, "b": t}, cursor=rs.Cursor(phase="q")), "phase: expected one of"),
        (lambda t: rs.figures.compare({"a": t, "b": t}, cursor=rs.Cursor(epoch=1)), "the nearest is 0"),
    ],
)
def test_what_cannot_be_compared_is_said(traces, call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call(traces("LSTM"))


def test_traces_of_other_inputs_are_refused(traces):
    other = trained(*pair(rs.GRU))
    other.x = other.x + 1
    with pytest.raises(ValueError, match=r"'a' has float\d\d x of shape \(6, 4, 1\) \(0, 1, 2, 3 …\)"):
        rs.figures.compare({"a": traces("LSTM"), "b": other}, "gates")


@pytest.mark.parametrize(("figsize", "error"), [("big", TypeError), ((0, 0), ValueError), (3, TypeError)])
def test_a_size_that_is_none_is_refused(traces, figsize, error):
    with pytest.raises(error, match="figsize: expected"):
        rs.figures.compare({"a": traces("LSTM"), "b": traces("GRU")}, "gates", figsize=figsize)


def test_a_size_may_be_an_array(traces):
    figure = rs.figures.compare({"a": traces("LSTM"), "b": traces("GRU")}, "gates", figsize=np.array([12.0, 5.0]))
    assert list(figure.get_size_inches()) == [12, 5]
