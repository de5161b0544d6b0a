"""The views: what they draw is what was recorded."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import rnnscope as rs
from rnnscope.figures.gates import gates_data


def trained(layer, units=4, epochs=4):
    task = rs.tasks.counting()
    first = layer(units, return_sequences=True, input_shape=(4, 1))
    model = rs.Sequential([first, layer(units), rs.Dense(1)])
    model.compile()
    return model.fit(task.x, task.y, epochs=epochs, verbose=0)


@pytest.mark.parametrize("view", rs.figures.__all__)
def test_every_view_draws_every_cell_in_a_figure_of_its_own(default, view):
    trace = trained(default.layer)
    figure = getattr(rs.figures, view)(trace, rs.Cursor(epoch=2, sample=3, time=1))
    assert isinstance(figure, Figure) and not plt.get_fignums()
    assert "epoch 2" in figure.alt
    figure.canvas.draw()
    for axes in figure.get_axes():
        title = axes.title.get_window_extent()
        assert figure.bbox.x0 <= title.x0 and title.x1 <= figure.bbox.x1


@pytest.mark.parametrize("units", [4, 300])
def test_the_heat_maps_are_the_recorded_numbers(default, units):
    trace = trained(default.layer, units, epochs=2)
    cursor = rs.Cursor(epoch=1, layer=trace.layers[1], sample=2).at(trace)
    figure = rs.figures.gates(trace, cursor)
    images = [image for axes in figure.get_axes()[0].child_axes for image in axes.images]
    layer = trace[cursor.layer]
    assert len(images) == len(layer.quantities)
    for image, name in zip(images, layer.quantities, strict=True):
        np.testing.assert_array_equal(image.get_array(), layer[name][1, 2].T)


def test_gates_run_from_0_to_1_and_every_scale_is_the_same_at_every_epoch():
    trace = trained(rs.LSTM)
    first, last = (gates_data(trace, rs.Cursor(epoch=epoch).at(trace)) for epoch in (0, 3))
    assert [panel.scale for panel in first] == [panel.scale for panel in last]
    scales = {panel.quantity: (panel.scale.low, panel.scale.high) for panel in first}
    assert scales["i"] == scales["f"] == scales["o"] == (0.0, 1.0)
    assert all(low == -high for name, (low, high) in scales.items() if name in "gch")


def test_nan_and_infinity_are_marked():
    trace = trained(rs.GRU)
    trace["gru"]["z"][3, 0, 1, 2] = np.nan
    figure = rs.figures.gates(trace, rs.Cursor(layer="gru"))
    image = figure.get_axes()[0].child_axes[0].images[0]
    assert image.get_array().mask.sum() == 1
    assert image.get_cmap().get_bad()[:3].tolist() != image.get_cmap()(0.5)[:3]



def test_a_picture_shows_itself_in_a_notebook_without_any_backend():
    picture = rs.figures.training(trained(rs.GRU))._repr_png_()
    assert picture.startswith(b"\x89PNG") and b"Training of GRU(4)" in picture


def test_a_view_draws_into_given_axes_and_honours_rcparams():
    trace = trained(rs.LSTM)
    figure = Figure()
    axes = figure.subplots(1, 2)
    assert rs.figures.training(trace, ax=axes[1]) is figure
    with plt.style.context("dark_background"):
        assert rs.figures.gates(trace).get_facecolor()[:3] == (0, 0, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: rs.figures.gates(t, rs.Cursor(layer="dense")), "layer: expected a recurrent layer"),
        (lambda t: rs.figures.gates(t, rs.Cursor(epoch=7)), "the nearest is 3"),
        (lambda t: rs.figures.gates(t, rs.Cursor(sample=6)), "sample: expected a number from 0 to 5"),
        (lambda t: rs.figures.gates(t, ax="axes"), "ax: expected a matplotlib Axes"),
        (lambda t: rs.Cursor(time=-1), "Cursor: time: expected an integer of at least 0"),
        (lambda t: rs.Cursor(direction="up"), "Cursor: direction: expected one of"),
    ],
)
def test_bad_input(call, words):
    with pytest.raises((ValueError, TypeError), match=words):
        call(trained(rs.LSTM))


def test_a_cursor_can_be_pasted_back():
    cursor = rs.Cursor(epoch=2, layer="lstm", unit=3, phase="f", direction="backward")
    assert eval(f"rs.{cursor}") == cursor
