"""The view of units: the lines and bands are the recorded courses."""

from functools import partial

import numpy as np
import pictures
import pytest

import rnnscope as rs

view_of = partial(pictures.view_of, "units")


@pytest.fixture
def trace():
    """Return the trace of a small training."""
    return pictures.trained(rs.LSTM(12, return_sequences=True, input_shape=(4, 1)), rs.GRU(3))


def shown(panel):
    """Return the courses that a panel shows."""
    return [line.get_ydata() for line in panel.lines if line.get_visible()]


def test_the_lines_are_the_courses_of_the_chosen_units(trace):
    view = view_of(trace, rs.Cursor(epoch=2, sample=2, time=1, unit=7), units=np.array([3, 7, 0]))
    assert view.data.units == (7, 3, 0)
    for name, panel in view.panels.items():
        courses = trace["lstm"][name][1, 2][:, [7, 3, 0]].T
        np.testing.assert_array_equal(shown(panel), courses)
        assert float(panel.value.get_text().replace("−", "-")) == pytest.approx(courses[0, 1], rel=0.01)
        assert panel.mark.get_xdata()[0] == panel.ring.get_xdata()[0] == 1
        assert panel.ring.get_ydata()[0] == courses[0, 1]


def test_by_default_the_three_largest_outputs_stand_beside_the_unit_of_the_cursor(trace):
    view = view_of(trace, rs.Cursor(epoch=4, sample=1, time=2, unit=5))
    sizes = np.abs(trace["lstm"]["h"][2, 1, 2])
    largest = [unit for unit in np.argsort(-sizes) if unit != 5][:3]
    assert view.data.units == (5, *largest)
    assert [text.get_text() for text in view.legend.names[:4]] == [f"unit {unit}" for unit in (5, *largest)]
    assert [len(shown(panel)) for panel in view_of(trace, rs.Cursor(layer="gru")).panels.values()] == [3] * 4


def test_the_unit_of_the_cursor_is_shown_beside_the_chosen_ones(trace):
    figure = rs.figures.units(trace, rs.Cursor(unit=1), units=[1, 2])
    panel = figure.views[0].panels["c"]
    assert len(shown(panel)) == 2
    figure.update(rs.Cursor(unit=4))
    assert figure.views[0].data.units == (4, 1, 2)
    np.testing.assert_array_equal(shown(panel), trace["lstm"]["c"][-1, 0][:, [4, 1, 2]].T)


def test_the_bands_are_quantiles_of_all_units(trace):
    view = view_of(trace, rs.Cursor(epoch=2, sample=3))
    values = trace["lstm"]["g"][1, 3]
    wanted = [values.min(axis=1), *np.percentile(values, [10, 90], axis=1), values.max(axis=1)]
    np.testing.assert_allclose(view.data.bands["g"], wanted, rtol=1e-6)
    outer, inner = (band.get_paths()[0].vertices for band in view.panels["g"].bands)
    np.testing.assert_allclose(outer[:4, 1], wanted[0], rtol=1e-6)
    np.testing.assert_allclose(inner[4:8, 1], wanted[2][::-1], rtol=1e-6)


def test_what_is_not_finite_is_marked_and_leaves_a_gap(trace):
    values = trace["lstm"]["f"]
    values[1, 0, 2] = np.nan
    values[1, 0, 3, 4] = np.inf
    view = view_of(trace, rs.Cursor(epoch=2, unit=0))
    panel = view.panels["f"]
    assert panel.lost.get_visible() and panel.lost.get_xdata().tolist() == [2, 3]
    assert not view.panels["i"].lost.get_visible()
    assert np.isnan(shown(panel)[0][2]) and np.isnan(view.data.bands["f"][:, 2]).all()
    rest = np.delete(values[1, 0, 3], 4)
    np.testing.assert_allclose(view.data.bands["f"][[0, 3], 3], [rest.min(), rest.max()])
    assert [len(band.get_paths()) for band in panel.bands] == [2, 2], "one before the gap, one after"
    assert "Not finite: f at 2 time steps" in view.alt


@pytest.mark.parametrize(("steps", "marker"), [(1, "o"), (200, "None")])
def test_one_time_step_is_a_point_and_many_are_a_line(steps, marker):
    model = rs.Sequential([rs.GRU(3, input_shape=(steps, 1)), rs.Dense(1)])
    view = view_of(model.trace(np.ones((1, steps, 1))))
    assert {line.get_marker() for panel in view.panels.values() for line in panel.lines[:1]} == {marker}
    for panel in view.panels.values():
        assert np.ptp(panel.bands[0].get_paths()[0].vertices[:, 0]) > 0


def test_what_units_above_finds_can_be_shown(trace):
    found = rs.figures.units_above(trace["lstm"], "f", 0.0)
    assert view_of(trace, units=found[:8]).data.units == tuple(range(8))


@pytest.mark.parametrize(
    ("units", "error", "words"),
    [
        ([], ValueError, "units: expected 1 to 8 numbers of units; got none"),
        (range(9), ValueError, "units: expected at most 8; got 9"),
        ([0, 12, 40], ValueError, r"from 0 to 11 \(layer 'lstm' has 12\); got 12, 40"),
        ([-1], ValueError, "units: expected an integer of at least 0; got -1"),
        ([0.5], TypeError, "units: expected an integer"),
        (np.array([True, False]), TypeError, "units: expected an integer"),
        ("all", TypeError, "units: expected numbers of units"),
        (3, TypeError, "units: expected numbers of units"),
    ],
)
def test_units_that_are_not_there_are_refused(trace, units, error, words):
    with pytest.raises(error, match=words):
        rs.figures.units(trace, units=units)


def test_moving_to_a_layer_without_a_chosen_unit_is_refused(trace):
    figure = rs.figures.units(trace, units=[11])
    with pytest.raises(ValueError, match=r"from 0 to 2 \(layer 'gru' has 3\); got 11"):
        figure.update(rs.Cursor(layer="gru"))
    assert figure.views[0].layer.name == "lstm"
