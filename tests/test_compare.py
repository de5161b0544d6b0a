"""The same moment in several traces: shared scales, aligned panels, and a clear word if they cannot be compared."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from pictures import assert_texts_are_apart, needs_hangul, pair, texts_of, trained
from rows import over

import rnnscope as rs
from rnnscope.figures import style
from rnnscope.figures.compare import SCREEN
from rnnscope.languages import speaking

VIEWS = rs.figures.VIEWS
THREE = ("SimpleRNN", "LSTM", "GRU")


def panels(view):
    """Return the rectangles of the panels of a view within its own part of the figure."""
    host = view.host.bbox
    boxes = [axes.bbox for axes in view.host.findobj(Axes) if axes is not view.host]
    return np.array([[b.x0 - host.x0, b.y0 - host.y0, b.x1 - host.x0, b.y1 - host.y0] for b in boxes])


OVERLAID = ("gate_history", "gradient_flow", "memory", "training")


def assert_share(traces, view, cells, units):
    """Compare cells side by side: on one screen, with the same scales, and nothing overlaps."""
    found = {name: traces(name, units) for name in cells}
    figure = rs.figures.compare(found, view, rs.Cursor(time=2), layout="side")
    assert len(figure.views) == len(cells)
    assert {type(part).__name__ for part in figure.views} == {type(figure.views[0]).__name__}
    for one in figure.views:
        for other in figure.views:
            for name in one.scale.keys() & other.scale.keys():
                assert one.scale[name] == other.scale[name]
    assert_texts_are_apart(figure)
    assert figure.alt.count("\n") >= len(cells) - 1
    assert (figure.get_size_inches() <= SCREEN).all()


@over(view=VIEWS, cells=[THREE, THREE[1:]], units=(4, 300), quick=("cell", "equation", "gates", "units", "training"))
def test_cells_share_their_scales_and_nothing_overlaps(traces, view, cells, units):
    assert_share(traces, view, cells, units)


@needs_hangul
@over(view=VIEWS, cells=[THREE, THREE[1:]], units=(4, 300), quick=("training",))
def test_cells_share_their_scales_and_nothing_overlaps_in_korean(traces, view, cells, units):
    with speaking("ko"):
        assert_share(traces, view, cells, units)


@needs_hangul
@over(view=VIEWS, units=(4, 300), quick=("gradient_flow",))
def test_every_view_is_compared_on_one_screen_in_korean(traces, view, units):
    with speaking("ko"):
        assert_compared(traces, view, units)


@pytest.mark.slow
@over(view=VIEWS, cells=[THREE, THREE[1:]], units=(300, 4))
def test_cells_share_their_scales_at_the_other_sizes(traces, view, cells, units):
    assert_share(traces, view, cells, units)


@over(view=VIEWS, units=(4, 300), quick=("cell", "equation", "gates", "network", "training"))
def test_every_view_is_compared_on_one_screen(traces, view, units):
    assert_compared(traces, view, units)


def assert_compared(traces, view, units):
    """Compare three cells: on one screen, and no text is cut off or lies on another."""
    figure = rs.figures.compare({name: traces(name, units) for name in THREE}, view)
    assert (figure.get_size_inches() * figure.dpi <= (1280, 900)).all()
    assert len(figure.views) == (1 if view in OVERLAID else 3)
    assert_texts_are_apart(figure)


# ------------------------------------------------------------------------------------------------------- overlaid


def overlaid(traces, view, cursor=None, cells=THREE):
    """Return the overlay of cells in a view."""
    found = {name: traces(name) for name in cells}
    figure = rs.figures.compare(found, view, cursor, layout="overlay")
    return figure.views[0], found


def looks(lines):
    """Return colour and dashes of lines."""
    return [(line.get_color(), line._unscaled_dash_pattern) for line in lines]


def test_norms_lie_over_each_other_relative_to_the_last_step(traces):
    overlay, found = overlaid(traces, "gradient_flow", rs.Cursor(layer="lstm", epoch=2, sample=1))
    norms, factors = overlay.lines
    wanted = []
    for trace in found.values():
        layer = trace[trace.layers[0]]
        for state in layer.cell.states:
            norm = np.linalg.norm(layer.grad[state][1, 1].astype(float), axis=-1)
            wanted.append(norm / norm[-1])
    np.testing.assert_allclose([line.get_ydata() for line in norms], wanted, rtol=1e-6)
    assert [line.get_linewidth() for line in norms] == [2.2, 2.2, 1.1, 2.2], "c of the LSTM is what is carried over"
    simple, lstm, gru = (trace[trace.layers[0]] for trace in found.values())
    slopes = [(simple, "h", 1 - simple["h"][1, 1] ** 2), (lstm, "c", lstm["f"][1, 1]), (gru, "h", gru["z"][1, 1])]
    factors, thin = ([line for line in factors if (line.get_linewidth() > 2) == main] for main in (True, False))
    assert len(thin) == sum(not layer.options["return_sequences"] for layer, *_ in slopes)
    for line, (layer, state, each) in zip(factors, slopes, strict=True):
        gradient = layer.grad[state][1, 1].astype(float)
        sizes = np.linalg.norm(gradient * each, axis=-1) / np.linalg.norm(gradient, axis=-1)
        np.testing.assert_allclose(line.get_ydata(), sizes[1:], rtol=1e-5)
    assert len(set(looks(factors))) == 3 and looks(factors) == looks([norms[0], norms[1], norms[3]])
    assert "SimpleRNN: 1 − h², then U_h (at most ×" in overlay.headings[1].get_text()


def test_losses_lie_over_each_other(traces):
    overlay, found = overlaid(traces, "training", rs.Cursor(epoch=2))
    ((first, *others),) = overlay.lines
    for line, trace in zip([first, *others], found.values(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), trace.history["loss"])
        assert line.axes is first.axes
    assert first.axes.get_yscale() == "log" and list(overlay.marks[0].get_xdata()) == [2, 2]


def test_means_of_gates_lie_over_each_other_and_a_cell_without_gates_is_named(traces):
    overlay, found = overlaid(traces, "gate_history", rs.Cursor(layer="lstm", time=1))
    (lines,) = overlay.lines
    wanted = [found["LSTM"]["lstm"][name] for name in "ifo"] + [found["GRU"]["gru"][name] for name in "zr"]
    means = [values[:, :, 1].astype(float).mean(axis=(1, 2)) for values in wanted]
    np.testing.assert_allclose([line.get_ydata() for line in lines], means, rtol=1e-5)
    colours = [style.quantity_colour(found["LSTM"]["lstm"].cell, name) for name in "ifo"]
    assert [line.get_color() for line in lines[:3]] == colours
    assert "SimpleRNN: it has no gates" in {text.get_text() for text in texts_of(overlay.figure)}


def test_there_is_one_legend(traces):
    overlay, _ = overlaid(traces, "gradient_flow")
    written = [text.get_text() for text in texts_of(overlay.figure)]
    assert [written.count(name) for name in (*THREE, "LSTM ∂L/∂h")] == [1, 1, 1, 1]


@pytest.mark.parametrize("view", OVERLAID)
def test_an_overlay_that_was_moved_is_the_one_drawn_anew(traces, view):
    found = {name: traces(name) for name in THREE}
    figure = rs.figures.compare(found, view, rs.Cursor(layer="lstm", sample=0))
    figure.frame()
    for cursor in (rs.Cursor(layer="lstm", epoch=2, time=1, sample=3), rs.Cursor(layer="lstm_1", epoch=0, sample=2)):
        figure.update(cursor)
        np.testing.assert_array_equal(figure.frame(), rs.figures.compare(found, view, cursor).frame())


def test_traces_are_told_apart_by_colour_and_by_dashes():
    found = [style.trace_look(place) for place in range(5)]
    assert len({look["color"] for look in found}) == 5 and len({look["linestyle"] for look in found}) == 5
    assert all(style.contrast(look["color"], "#ffffff") > 4.5 for look in found)


def test_stacked_views_stand_one_below_the_other(traces):
    figure = rs.figures.compare({name: traces(name) for name in THREE}, "gates", layout="stack")
    bottoms = [part.host.bbox.y0 for part in figure.views]
    assert bottoms == sorted(bottoms, reverse=True) and len({part.host.bbox.x0 for part in figure.views}) == 1


def test_nets_of_other_inputs_and_outputs_are_compared_where_that_makes_sense():
    def net(steps, outputs):
        model = rs.Sequential([rs.GRU(3, input_shape=(steps, 1)), rs.Dense(outputs)])
        model.compile()
        rng = np.random.default_rng(0)
        return model.fit(rng.normal(size=(4, steps, 1)), rng.normal(size=(4, outputs)), epochs=3, verbose=0)

    found = {"short": net(3, 1), "long": net(7, 2)}
    words = r"same inputs; 'short' has .* can show 'gate_history', 'parameters', 'training', 'weights' of them"
    with pytest.raises(ValueError, match=words):
        rs.figures.compare(found, "gradient_flow")
    for view in ("gate_history", "parameters", "weights"):
        assert_texts_are_apart(rs.figures.compare(found, view))
    figure = rs.figures.compare(found, "training")
    note = "The outputs differ (short 1, long 2): compare how the curves run, not how high they are."
    assert note in {text.get_text() for text in texts_of(figure)}


def left_at_first(x, y, **options):
    """Train three cells of 16 units; return what is left of the memory's gradient at step 0, and their factors."""
    found = {}
    for name in THREE:
        model = rs.Sequential([getattr(rs.layers, name)(16, input_shape=x.shape[1:]), rs.Dense(1)], seed=1)
        model.compile(rs.optimizers.Adam(0.01))
        record = rs.Record(every=20, samples=range(2), quantities=None)
        found[name] = model.fit(x, y, epochs=21, verbose=0, record=record, **options)
    overlay = rs.figures.compare(found, "gradient_flow", rs.Cursor(sample=0)).views[0]
    left = [view.data.norms[state][0] for view, state in zip(overlay.views.values(), "hch", strict=True)]
    return left, [view.data.factors[0].sizes[1:].mean() for view in overlay.views.values()]


def test_gradient_flow_says_why_a_simple_rnn_forgets():
    """Over thirty steps nothing is left of its gradient, for 1 − h² is small; an LSTM hands on most."""
    x = np.random.default_rng(0).normal(size=(256, 30, 1))
    (simple, lstm, gru), (slope, f, _) = left_at_first(x, x[:, 0])
    assert simple < 1e-4 and lstm > 0.1 and gru > simple
    assert slope < 0.5 < f


def test_gradient_flow_shows_that_a_simple_rnn_does_not_forget_while_it_counts():
    task = rs.tasks.counting()
    (simple, *_), _ = left_at_first(task.x, task.y)
    assert simple > 0.1


@pytest.mark.parametrize("view", ["gradient_flow", "training", "network"])
def test_panels_of_the_same_kind_stand_in_line(traces, view):
    figure = rs.figures.compare({name: traces(name) for name in ("SimpleRNN", "GRU")}, view, layout="side")
    first, second = (panels(part) for part in figure.views)
    np.testing.assert_allclose(first, second, atol=0.5)


def test_panels_of_cells_with_more_quantities_are_as_wide(traces):
    few, many = (panels(p) for p in rs.figures.compare({n: traces(n) for n in ("SimpleRNN", "LSTM")}, "gates").views)
    assert few[0][2] - few[0][0] == pytest.approx(many[0][2] - many[0][0], abs=0.5)


def test_scales_hold_the_extremes_of_all(traces):
    found = {name: traces(name) for name in THREE}
    view = rs.figures.compare(found, "units").views[0]
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
        np.testing.assert_array_equal(part.data.values["h"], at.layer["h"][1, 3].T[part.data.units])
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
        (
            lambda t: rs.figures.compare({"a": t, "b": t}, "cell", layout="overlay"),
            "layout: expected 'side' or 'stack'",
        ),
        (lambda t: rs.figures.compare({"a": t, "b": t}, "cell", layout="row"), "layout: expected one of overlay, side"),
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
    other.inputs = (other.x + 1,)
    with pytest.raises(ValueError, match=r"'a' has float\d\d x of shape \(6, 4, 1\) \(0, 1, 2, 3 …\)"):
        rs.figures.compare({"a": traces("LSTM"), "b": other}, "gates")


@pytest.mark.parametrize(("figsize", "error"), [("big", TypeError), ((0, 0), ValueError), (3, TypeError)])
def test_a_size_that_is_none_is_refused(traces, figsize, error):
    with pytest.raises(error, match="figsize: expected"):
        rs.figures.compare({"a": traces("LSTM"), "b": traces("GRU")}, "gates", figsize=figsize)


def test_a_size_may_be_an_array(traces):
    figure = rs.figures.compare({"a": traces("LSTM"), "b": traces("GRU")}, "gates", figsize=np.array([12.0, 5.0]))
    assert list(figure.get_size_inches()) == [12, 5]
