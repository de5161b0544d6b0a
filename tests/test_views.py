"""What holds for every view: it shows what was recorded, nothing overlaps, and a moved picture is a new one."""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from pictures import EPOCHS, pair, trained

import rnnscope as rs

VIEWS = rs.figures.VIEWS


def texts_of(figure):
    """Return every text that a reader sees, with its rectangle in pixels."""
    figure.canvas.draw()
    hidden = {id(text) for axes in axes_of(figure) for axis in (axes.xaxis, axes.yaxis) for text in not_drawn(axis)}
    texts = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible() and artist.get_text())
    return [(text.get_text(), text.get_window_extent()) for text in texts if id(text) not in hidden]


def axes_of(figure):
    """Return all axes of a figure, those inside others too."""
    return figure.findobj(Axes)


def not_drawn(axis):
    """Return the texts of an axis that are not drawn: those of ticks beyond its limits, or all of them."""
    drawn = axis._update_ticks() if axis.axes.axison and axis.get_visible() else []
    ticks = [tick for tick in axis.get_major_ticks() + axis.get_minor_ticks() if tick not in drawn]
    found = [text for tick in ticks for text in (tick.label1, tick.label2)]
    return found if axis.axes.axison else [*found, axis.label, axis.offsetText]


def assert_texts_are_apart(figure, slack=1.0):
    """No text leaves the figure, and no two overlap by more than a pixel."""
    found = texts_of(figure)
    bounds = figure.bbox
    for text, box in found:
        inside = bounds.x0 - slack <= box.x0 and box.x1 <= bounds.x1 + slack
        assert inside and bounds.y0 - slack <= box.y0 and box.y1 <= bounds.y1 + slack, f"{text!r} is clipped: {box}"
    for k, (text, box) in enumerate(found):
        for other, its in found[k + 1 :]:
            across = min(box.x1, its.x1) - max(box.x0, its.x0)
            up = min(box.y1, its.y1) - max(box.y0, its.y0)
            assert not (across > slack and up > slack), f"{text!r} and {other!r} overlap by {across:.0f} x {up:.0f}"


@pytest.mark.parametrize("units", [4, 300])
@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("view", VIEWS)
def test_texts_are_legible_apart_and_within_the_figure(default, traces, view, units, direction):
    trace = traces(default, units)
    for layer in trace.layers[:2]:
        figure = getattr(rs.figures, view)(trace, rs.Cursor(layer=layer, time=1, unit=3, direction=direction))
        assert isinstance(figure, Figure) and not plt.get_fignums()
        assert_texts_are_apart(figure)
        assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= 8


@pytest.mark.parametrize("width", [4, 16])
@pytest.mark.parametrize("view", VIEWS)
def test_pictures_fit_a_phone_and_a_slide(default, traces, view, width):
    figure = getattr(rs.figures, view)(traces(default), figsize=(width, 7))
    assert_texts_are_apart(figure)


MOVES = [
    {"epoch": 2},
    {"time": 0},
    {"unit": 2, "sample": 4},
    {"layer": 1, "unit": 1},
    {"direction": "backward", "time": 2},
    {"phase": 0, "time": 1},
]


@pytest.mark.parametrize("units", [4, 300])
@pytest.mark.parametrize("view", VIEWS)
def test_a_moved_picture_is_that_drawn_anew_and_that_which_is_saved(default, traces, view, units):
    trace, draw = traces(default, units), getattr(rs.figures, view)
    figure = draw(trace)
    figure.frame()
    for move in MOVES:
        chosen = dict(move)
        layer = trace[trace.layers[chosen.pop("layer", 0)]]
        phase = layer.quantities[chosen.pop("phase", -1)]
        cursor = rs.Cursor(layer=layer.name, phase=phase, **chosen)
        figure.update(cursor)
        new = draw(trace, cursor)
        moved = figure.frame()
        np.testing.assert_array_equal(moved, new.frame())
        assert figure.alt == new.alt
        np.testing.assert_array_equal(moved, saved(figure, "raw"))


def saved(figure, kind):
    """Return a figure as it is written to a file: pixels, or bytes."""
    file = BytesIO()
    figure.savefig(file, format=kind, dpi=figure.dpi)
    if kind != "raw":
        return file.getvalue()
    wide, high = figure.canvas.get_width_height()
    return np.frombuffer(file.getvalue(), np.uint8).reshape(high, wide, 4)


@pytest.mark.parametrize("view", VIEWS)
def test_the_same_input_gives_the_same_svg_with_its_alternative_text(default, traces, view):
    draw, trace = getattr(rs.figures, view), traces(default)
    first, second = (saved(draw(trace, rs.Cursor(epoch=2)), "svg") for _ in range(2))
    assert first == second
    assert b"dc:description" in first and draw(trace, rs.Cursor(epoch=2)).alt[:20].encode() in first


@pytest.mark.parametrize("view", VIEWS)
def test_two_epochs_have_the_same_scale(default, traces, view):
    trace, draw = traces(default), getattr(rs.figures, view)
    first, last = (draw(trace, rs.Cursor(epoch=epoch)).views[0] for epoch in (EPOCHS[0], EPOCHS[-1]))
    assert first.scales == last.scales and (first.scales or view in ("cell", "equation", "parameters"))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_says_in_words_what_it_shows(default, traces, view):
    alt = getattr(rs.figures, view)(traces(default), rs.Cursor(epoch=2)).alt
    assert len(alt) > 60 and sum(c.isdigit() for c in alt) >= 4


@pytest.mark.parametrize("view", VIEWS)
def test_views_honour_rcparams_and_given_axes(default, traces, view):
    trace, draw = traces(default), getattr(rs.figures, view)
    with plt.style.context("dark_background"):
        figure = draw(trace)
        assert figure.get_facecolor()[:3] == (0, 0, 0)
        pixels = figure.frame()[..., :3].astype(int)
        assert (pixels.sum(axis=-1) > 500).mean() < 0.4, "mostly dark"
    page = Figure(figsize=(14, 6))
    axes = page.subplots(1, 2)
    assert draw(trace, ax=axes[1]) is page
    inside = [box for _, box in texts_of(page) if box.x1 > page.bbox.width / 2]
    assert len(inside) > 2 and all(box.x0 >= axes[1].bbox.x0 - 2 and box.x1 <= axes[1].bbox.x1 + 2 for box in inside)


@pytest.mark.parametrize("view", VIEWS)
def test_extremes_are_drawn(view):
    """One unit, one epoch, one time step, one constant sample; and many layers, steps and units."""
    draw = getattr(rs.figures, view)
    small = rs.Sequential([rs.GRU(1, input_shape=(1, 1)), rs.Dense(1)])
    small.compile()
    trace = small.fit(np.zeros((1, 1, 1)), np.zeros((1, 1)), epochs=1, verbose=0)
    assert_texts_are_apart(draw(trace))
    deep = [rs.LSTM(5, return_sequences=True) for _ in range(4)]
    model = rs.Sequential([rs.LSTM(5, return_sequences=True, input_shape=(200, 3)), *deep, rs.Dense(2)])
    model.compile()
    rng = np.random.default_rng(0)
    trace = model.fit(rng.normal(size=(2, 200, 3)), rng.normal(size=(2, 200, 2)), epochs=2, verbose=0)
    for time in (0, 100, 199):
        assert_texts_are_apart(draw(trace, rs.Cursor(layer=trace.layers[2], time=time)))


@pytest.mark.parametrize("view", VIEWS)
def test_nan_and_infinity_do_not_spoil_a_picture(view):
    trace = trained(*pair(rs.LSTM))
    for array in trace["lstm"].arrays.values():
        array[1].flat[0], array[1].flat[-1] = np.nan, np.inf
    for direction in ("forward", "backward"):
        figure = getattr(rs.figures, view)(trace, rs.Cursor(epoch=2, direction=direction))
        assert figure.frame().any() and figure.alt
        assert_texts_are_apart(figure)


BAD = [
    (dict(layer="lstn"), "did you mean 'lstm'"),
    (dict(epoch=7), "the nearest is 4"),
    (dict(sample=6), "sample: expected a number from 0 to 5"),
    (dict(time=4), "time: expected a number from 0 to 3"),
    (dict(unit=4), "unit: expected a number from 0 to 3"),
    (dict(phase="k"), "expected one of c, f, g, h, i, o"),
]


@pytest.mark.parametrize("view", VIEWS)
def test_bad_input_is_named(traces, view):
    trace, draw = traces("LSTM"), getattr(rs.figures, view)
    for wrong, words in BAD:
        with pytest.raises(ValueError, match=words):
            draw(trace, rs.Cursor(**wrong))
    with pytest.raises(TypeError, match="ax: expected a matplotlib Axes; got 'axes'"):
        draw(trace, ax="axes")
    with pytest.raises(TypeError, match="cursor: expected a Cursor"):
        draw(trace, {"epoch": 2})
    with pytest.raises(TypeError, match="trace: expected a Trace"):
        draw("trace")


@pytest.mark.parametrize(
    ("size", "kind", "words"),
    [
        (4, TypeError, "figsize: expected a width and a height in inches, such as .8, 5.; got 4"),
        ((4, "5"), TypeError, "figsize: expected a width and a height"),
        ((4, 5, 6), TypeError, "figsize: expected a width and a height"),
        ((0, 3), ValueError, "figsize: expected two numbers above zero"),
        ((4, float("inf")), ValueError, "figsize: expected two numbers above zero"),
    ],
)
def test_a_size_that_is_none_is_refused(traces, size, kind, words):
    for view in ("cell", "gates", "training"):
        with pytest.raises(kind, match=words):
            getattr(rs.figures, view)(traces("GRU"), figsize=size)


def test_parameters_of_a_large_net_fit_a_very_small_figure(traces):
    assert rs.figures.parameters(traces("LSTM", 300), figsize=(4, 3)).frame().any()


@pytest.mark.parametrize("view", VIEWS)
def test_a_move_that_is_refused_leaves_the_picture_as_it_was(view):
    trace = trained(*pair(rs.LSTM), record=rs.Record(every=2, weights=2))
    figure = getattr(rs.figures, view)(trace)
    before, alt = figure.frame().copy(), figure.alt
    for refused in (rs.Cursor(epoch=1), rs.Cursor(layer="gru"), rs.Cursor(time=9)):
        with pytest.raises(ValueError, match="expected"):
            figure.update(refused)
        np.testing.assert_array_equal(figure.frame(), before)
        assert figure.alt == alt
    figure.update(rs.Cursor(time=1))
    np.testing.assert_array_equal(figure.frame(), getattr(rs.figures, view)(trace, rs.Cursor(time=1)).frame())


def test_what_the_new_direction_lacks_leaves_the_picture_as_it_was():
    model = rs.Sequential([rs.LSTM(4, input_shape=(4, 1)), rs.Dense(1)])
    trace = model.trace(rs.tasks.counting().x)
    for view in ("cell", "equation", "network"):
        figure = getattr(rs.figures, view)(trace)
        before = figure.frame().copy()
        with pytest.raises(ValueError, match="gradients=True"):
            figure.update(rs.Cursor(direction="backward"))
        np.testing.assert_array_equal(figure.frame(), before)


@pytest.mark.parametrize("view", VIEWS)
def test_nets_that_begin_with_a_dense_layer_show_their_recurrent_one(view):
    task = rs.tasks.counting()
    model = rs.Sequential([rs.Dense(3, activation="tanh", input_shape=(4, 1)), rs.GRU(4), rs.Dense(1)])
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0)
    figure = getattr(rs.figures, view)(trace)
    assert_texts_are_apart(figure)
    wanted = trace.layers[0] if view in ("network", "parameters", "training", "weights") else "gru"
    assert figure.views[0].layer.name == wanted


def test_a_picture_that_has_no_room_for_a_layer_goes_back_to_the_one_before():
    layers = [rs.SimpleRNN(1, return_sequences=True, input_shape=(4, 1)), rs.PeepholeLSTM(60), rs.layers.Dense(1)]
    trace = rs.Sequential(layers, seed=0).trace(rs.tasks.counting().x)
    figure = rs.figures.gates(trace, rs.Cursor(layer=trace.layers[0], time=1), figsize=(3, 3))
    before = figure.frame().copy()
    with pytest.raises(ValueError, match="figsize: expected more room"):
        figure.update(rs.Cursor(layer=trace.layers[1], time=1))
    figure.update(rs.Cursor(layer=trace.layers[0], time=1))
    assert np.array_equal(figure.frame(), before)
