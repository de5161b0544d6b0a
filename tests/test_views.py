"""What holds for every view: it shows what was recorded, nothing overlaps, and a moved picture is a new one."""

import re
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from pictures import EPOCHS, assert_texts_are_apart, needs_hangul, pair, texts_of, trained
from rows import extreme_cells, over

import rnnscope as rs
from rnnscope.languages import speaking

VIEWS, CELLS, DIRECTIONS, SIZES = rs.figures.VIEWS, rs.cells.names(), ("forward", "backward"), (4, 300)
each_view = over(view=VIEWS, cell=CELLS)


def assert_legible(trace, view, direction):
    """Draw both layers: no text is cut off, lies on another or is too small."""
    for layer in trace.layers[:2]:
        figure = getattr(rs.figures, view)(trace, rs.Cursor(layer=layer, time=1, unit=3, direction=direction))
        assert isinstance(figure, Figure) and not plt.get_fignums()
        assert_texts_are_apart(figure)
        assert min(text.get_fontsize() for text in texts_of(figure)) >= 8


@over(("view", "cell"), ("view", "units"), ("view", "direction"), view=VIEWS, cell=extreme_cells(), units=SIZES,
      direction=DIRECTIONS)  # fmt: skip
def test_texts_are_legible_apart_and_within_the_figure(traces, view, cell, units, direction):
    assert_legible(traces(cell, units), view, direction)


@pytest.mark.slow
@over(("view", "cell"), ("view", "units"), ("view", "direction"), view=VIEWS, cell=CELLS, units=SIZES,
      direction=DIRECTIONS)  # fmt: skip
def test_texts_of_every_cell_are_legible(traces, view, cell, units, direction):
    assert_legible(traces(cell, units), view, direction)


@needs_hangul
@over(("view", "cell"), ("view", "units"), ("view", "direction"), view=VIEWS, cell=extreme_cells(), units=SIZES,
      direction=DIRECTIONS, quick=("cell", "weights"))  # fmt: skip
def test_texts_in_korean_are_legible(traces, view, cell, units, direction):
    with speaking("ko"):
        assert_legible(traces(cell, units), view, direction)


@needs_hangul
@over(("view", "width"), view=VIEWS, width=(4, 16), cell=CELLS, quick=("gates",))
def test_pictures_in_korean_fit_a_phone_and_a_slide(traces, view, width, cell):
    with speaking("ko"):
        assert_texts_are_apart(getattr(rs.figures, view)(traces(cell), figsize=(width, 7)))


@over(("view", "width"), view=VIEWS, width=(4, 16), cell=CELLS)
def test_pictures_fit_a_phone_and_a_slide(traces, view, width, cell):
    figure = getattr(rs.figures, view)(traces(cell), figsize=(width, 7))
    assert_texts_are_apart(figure)


MOVES = [
    {"unit": 2, "time": 0},
    {"direction": "backward", "phase": 0, "time": 2},
    {"epoch": 2, "sample": 4},
    {"layer": 1, "unit": 1},
]
MOVES_OF = {4: MOVES, 300: MOVES[:2]}


@over(("view", "units"), view=VIEWS, units=SIZES, cell=CELLS,
      quick=("cell", "equation", "gates", "influence", "network", "training"))  # fmt: skip
def test_a_moved_picture_is_that_drawn_anew_and_that_which_is_saved(traces, view, units, cell):
    trace, draw = traces(cell, units), getattr(rs.figures, view)
    figure = draw(trace)
    figure.frame()
    for move in MOVES_OF[units]:
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


@each_view
def test_the_same_input_gives_the_same_svg_with_its_alternative_text(traces, view, cell):
    first, second = (getattr(rs.figures, view)(traces(cell), rs.Cursor(epoch=2)) for _ in range(2))
    written = saved(first, "svg")
    assert written == saved(second, "svg")
    assert b"dc:description" in written and second.alt[:20].encode() in written


@each_view
def test_two_epochs_have_the_same_scale(traces, view, cell):
    trace, draw = traces(cell), getattr(rs.figures, view)
    first, last = (draw(trace, rs.Cursor(epoch=epoch)).views[0] for epoch in (EPOCHS[0], EPOCHS[-1]))
    assert first.scale == last.scale and (first.scale or view in ("cell", "equation", "parameters"))


@each_view
def test_every_view_says_in_words_what_it_shows(traces, view, cell):
    alt = getattr(rs.figures, view)(traces(cell), rs.Cursor(epoch=2)).alt
    assert len(alt) > 60 and sum(c.isdigit() for c in alt) >= 4


@each_view
def test_the_line_below_the_title_says_the_moment(traces, view, cell):
    """It may leave out what does not fit or does not matter to the view, but says nothing else."""
    figure = getattr(rs.figures, view)(traces(cell), rs.Cursor(epoch=2, sample=1, time=1, unit=3))
    found = re.findall(r"(epoch|sample|time step|unit) (\d+)", figure.views[0].headings[1].get_text())
    wanted = {("epoch", "2"), ("sample", "1"), ("time step", "1"), ("unit", "3")}
    left_out = {"training": {"time step"}, "weights": {"time step"}, "parameters": {"epoch", "time step"}}
    assert set(found) <= wanted
    assert {"epoch", "time step"} - left_out.get(view, set()) <= {name for name, _ in found}


@each_view
def test_views_honour_rcparams_and_given_axes(traces, view, cell):
    trace, draw = traces(cell), getattr(rs.figures, view)
    is_paper = (draw(trace).frame()[..., :3] == 255).all(axis=-1)
    with plt.style.context("dark_background"):
        figure = draw(trace)
        assert figure.get_facecolor()[:3] == (0, 0, 0)
        is_dark = (figure.frame()[..., :3] == 0).all(axis=-1)
    assert is_paper.mean() > 0.1 and is_dark[is_paper].mean() > 0.95, "dark where there is paper"
    page = Figure(figsize=(14, 6))
    axes = page.subplots(1, 2)
    assert draw(trace, ax=axes[1]) is page
    boxes = [text.get_window_extent() for text in texts_of(page)]
    inside = [box for box in boxes if box.x1 > page.bbox.width / 2]
    assert len(inside) > 2 and all(box.x0 >= axes[1].bbox.x0 - 2 and box.x1 <= axes[1].bbox.x1 + 2 for box in inside)


@pytest.fixture(scope="module")
def smallest():
    """Return the trace of one unit, one epoch, one time step and one constant sample."""
    model = rs.Sequential([rs.GRU(1, input_shape=(1, 1)), rs.Dense(1)])
    model.compile()
    return model.fit(np.zeros((1, 1, 1)), np.zeros((1, 1)), epochs=1, verbose=0)


@pytest.fixture(scope="module")
def deep():
    """Return the trace of many layers and time steps."""
    layers = [rs.LSTM(5, return_sequences=True) for _ in range(4)]
    model = rs.Sequential([rs.LSTM(5, return_sequences=True, input_shape=(200, 3)), *layers, rs.Dense(2)])
    model.compile()
    rng = np.random.default_rng(0)
    return model.fit(rng.normal(size=(2, 200, 3)), rng.normal(size=(2, 200, 2)), epochs=2, verbose=0)


@pytest.mark.parametrize("view", VIEWS)
def test_extremes_are_drawn(view, smallest, deep):
    draw = getattr(rs.figures, view)
    assert_texts_are_apart(draw(smallest))
    figure = draw(deep, rs.Cursor(layer=deep.layers[2], time=0))
    for time in (0, 100, 199):
        figure.update(rs.Cursor(layer=deep.layers[2], time=time))
        assert_texts_are_apart(figure)


@pytest.fixture(scope="module")
def broken():
    """Return a trace with NaN and infinity in every array."""
    trace = trained(*pair(rs.LSTM))
    for array in trace["lstm"].arrays.values():
        array[1].flat[0], array[1].flat[-1] = np.nan, np.inf
    return trace


@pytest.mark.parametrize("view", VIEWS)
def test_nan_and_infinity_do_not_spoil_a_picture(view, broken):
    for direction in DIRECTIONS:
        figure = getattr(rs.figures, view)(broken, rs.Cursor(epoch=2, direction=direction))
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


@pytest.fixture(scope="module")
def few_weights():
    """Return a trace that has weights at two of its three epochs."""
    return trained(*pair(rs.LSTM), record=rs.Record(every=2, weights=2))


@pytest.mark.parametrize("view", VIEWS)
def test_a_move_that_is_refused_leaves_the_picture_as_it_was(few_weights, view):
    trace = few_weights
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


@pytest.fixture(scope="module")
def dense_first():
    """Return the trace of a net that begins with a dense layer."""
    task = rs.tasks.counting()
    model = rs.Sequential([rs.Dense(3, activation="tanh", input_shape=(4, 1)), rs.GRU(4), rs.Dense(1)])
    model.compile()
    return model.fit(task.x, task.y, epochs=2, verbose=0)


@pytest.mark.parametrize("view", VIEWS)
def test_nets_that_begin_with_a_dense_layer_show_their_recurrent_one(view, dense_first):
    figure = getattr(rs.figures, view)(dense_first)
    assert_texts_are_apart(figure)
    assert figure.views[0].layer.name == "gru"


def test_a_picture_that_has_no_room_for_a_layer_goes_back_to_the_one_before():
    layers = [rs.SimpleRNN(1, return_sequences=True, input_shape=(4, 1)), rs.PeepholeLSTM(60), rs.layers.Dense(1)]
    trace = rs.Sequential(layers, seed=0).trace(rs.tasks.counting().x)
    figure = rs.figures.gates(trace, rs.Cursor(layer=trace.layers[0], time=1), figsize=(3, 3))
    before = figure.frame().copy()
    with pytest.raises(ValueError, match="figsize: expected more room"):
        figure.update(rs.Cursor(layer=trace.layers[1], time=1))
    figure.update(rs.Cursor(layer=trace.layers[0], time=1))
    assert np.array_equal(figure.frame(), before)
