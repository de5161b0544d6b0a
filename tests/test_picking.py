"""What a click in a picture means: the time step, row, box or panel that lies there, in every view."""

import numpy as np
import pytest
from rows import mostly_slow, over

import rnnscope as rs
from rnnscope.figures.drawing.layout import Box
from rnnscope.figures.picture import Picture
from rnnscope.trace.cursor import Cursor

CLICKED = {
    "cell": {"phase"},
    "gate_history": {"epoch", "phase"},
    "gates": {"time", "unit", "phase"},
    "gradient_flow": {"time", "epoch"},
    "influence": {"time"},
    "memory": {"time"},
    "network": {"layer", "time", "unit"},
    "training": {"epoch"},
    "units": {"time", "phase"},
    "update": {"time"},
    "weights": {"epoch", "unit"},
}
"""Fields of the cursor that a click in a view can change; in other views there is nothing to click."""


def spots(figure, count=24):
    """Iterate over places all over a figure, as parts of its width and height."""
    ways = np.linspace(0.01, 0.99, count)
    return [(across, down) for across in ways for down in ways]


def at_data(axes, x, y):
    """Return a place of a panel as parts of the width and height of its figure."""
    figure = axes.get_figure(root=True)
    across, up = axes.transData.transform((x, y))
    return across / figure.bbox.width, 1 - up / figure.bbox.height


def clicked(figure, axes, x, y):
    """Return what a click at a place of a panel changes."""
    found = figure.pick(*at_data(axes, x, y))
    return found and found[1]


@mostly_slow(cell=rs.cells.names(), quick=("LSTM",))
@over(view=rs.figures.VIEWS)
def test_every_click_leads_to_a_moment_of_the_trace(traces, cell, view):
    trace, fields = traces(cell), set()
    figure = getattr(rs.figures, view)(trace, rs.Cursor(time=1))
    figure.frame()
    for place in spots(figure):
        found = figure.pick(*place)
        if found:
            moment, changes = found
            assert moment.trace is trace
            there = Cursor(**{"layer": moment.layer.name, **changes}).at(trace)
            assert all(getattr(there.cursor, name) == value for name, value in changes.items())
            fields |= set(changes)
    if cell == "LSTM":
        assert fields == CLICKED.get(view, set())


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_cell_of_a_heat_map_is_its_time_step_its_unit_and_its_quantity(traces, direction):
    trace = traces("LSTM", units=7)
    figure = rs.figures.gates(trace, rs.Cursor(time=1, direction=direction), order="activity")
    figure.frame()
    for cursor in (None, rs.Cursor(epoch=2, phase="g", direction=direction)):
        if cursor:
            figure.update(cursor)
        for name, (heat, *_) in figure.views[0].panels.items():
            for row, unit in enumerate(figure.views[0].data.units):
                assert clicked(figure, heat.axes, 2.4, row) == {"time": 2, "unit": unit, "phase": name}
    assert figure.views[0].data.units.tolist() != list(range(7)), "the rows were not in order of their numbers"


def test_labels_beside_a_panel_belong_to_it(traces):
    figure = rs.figures.gates(traces("LSTM"))
    figure.frame()
    heat = figure.views[0].panels["f"][0]
    em = 10 * figure.dpi / 72
    across, up = heat.axes.transData.transform((1, 3.5))
    below = across / figure.bbox.width, 1 - (up - em) / figure.bbox.height
    assert figure.pick(*below)[1] == {"time": 1, "phase": "f"}
    left, top = heat.axes.transData.transform((-0.5, -0.5))
    above = (left + 5) / figure.bbox.width, 1 - (top + em) / figure.bbox.height
    assert figure.pick(*above)[1]["phase"] == "f"
    assert figure.pick(0.5, 0.001) is None


def bar_at(row, state, column, place, count):
    """Return the middle of one of so many bars of a state, in the box of a column."""
    left, right, bottom, top = row._sides(state, column)
    return left + (place + 0.5) / count * (right - left), (bottom + top) / 2


def test_a_box_of_the_net_is_its_layer_its_time_step_and_its_unit(traces):
    trace = traces("GRU", units=5)
    figure = rs.figures.network(trace, rs.Cursor(time=0))
    figure.frame()
    view = figure.views[0]
    for layer in ("gru", "gru_1"):
        row = view.rows[layer]
        for time in range(4):
            for unit in range(5):
                place = bar_at(row, "h", time, unit, 5)
                assert clicked(figure, view.axes, *place) == {"layer": layer, "time": time, "unit": unit}
    x, y = view.rows["dense"].box(3)
    assert clicked(figure, view.axes, x + 0.1, y + 0.1) is None
    x, y = view.rows["gru"].box(2)
    assert clicked(figure, view.axes, x + 0.1, y - 3) == {"time": 2}, "the time step below the box"


def test_a_bar_of_many_sorted_ones_is_the_unit_whose_value_it_is(traces):
    trace = traces("LSTM", units=30)
    figure = rs.figures.network(trace, rs.Cursor(epoch=4, sample=2, time=0))
    figure.frame()
    view = figure.views[0]
    for state in ("c", "h"):
        ranks = np.argsort(trace["lstm_1"][state][-1, 2, 3])
        for rank in (0, 11, 29):
            place = bar_at(view.rows["lstm_1"], state, 3, rank, 30)
            assert clicked(figure, view.axes, *place)["unit"] == ranks[rank]


def test_a_column_of_a_long_net_is_the_time_step_that_it_shows():
    x = np.random.default_rng(0).random((2, 30, 1), np.float32)
    model = rs.Sequential([rs.layers.LSTM(3, input_shape=(30, 1)), rs.layers.Dense(1)], seed=0)
    figure = rs.figures.network(model.trace(x), rs.Cursor(time=20))
    figure.frame()
    view = figure.views[0]
    assert view.data.times[1] != 1
    for column, time in enumerate(view.data.times):
        assert clicked(figure, view.axes, *bar_at(view.rows["lstm"], "h", column, 0, 3))["time"] == time


@over(cell=rs.cells.names())
def test_a_box_of_the_cell_is_its_phase(traces, cell):
    figure = rs.figures.cell(traces(cell))
    figure.frame()
    boxes = figure.views[0].boxes
    for node in boxes.nodes:
        changes = clicked(figure, boxes.diagram.axes, *boxes.places[node.key])
        assert changes == {"phase": node.phase}
    assert {node.phase for node in boxes.nodes} == set(figure.views[0].layer.quantities)


def test_a_curve_over_epochs_leads_to_the_nearest_recorded_epoch(traces):
    figure = rs.figures.training(traces("LSTM"))
    figure.frame()
    (panel,) = [axes for axes in figure.views[0].host.child_axes if axes.get_xlabel() == "epoch"]
    low, high = panel.get_ylim()
    for x, epoch in ((0.9, 0), (1.1, 2), (3.2, 4), (2, 2)):
        assert clicked(figure, panel, x, np.sqrt(low * high)) == {"epoch": epoch}


def test_a_panel_means_what_it_is_told(traces):
    """All that a view has to say."""
    figure = Picture(figsize=(4, 4))
    panel = Box().inset(left=3, bottom=3, right=1, top=3).axes(figure.add_axes((0, 0, 1, 1)), 10)
    panel.set(xlim=(0, 1), ylim=(0, 1))
    panel.stands_for(phase="f")
    panel.counts("unit", "y", lambda: [7, 8])
    panel.stands_for(lambda x, y: {"time": 3} if x < 0.5 else {})
    figure.canvas.draw()
    places = {(0.2, 0.2): (7, 3), (0.2, 0.9): (8, 3), (0.9, 0.2): (7, None)}
    for (x, y), (unit, time) in places.items():
        found = panel.moment_at(*panel.transData.transform((x, y)))
        assert (found["phase"], found["unit"], found.get("time")) == ("f", unit, time)
    assert panel.moment_at(0, 0) == {}
