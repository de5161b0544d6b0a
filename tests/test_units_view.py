"""The view of units: the lines and bands are the recorded courses."""

from dataclasses import replace

import numpy as np
import pictures
import pytest

import rnnscope as rs
from rnnscope.numbers import written


def of_first_layer(trace, cursor=None):
    """Return a cursor in the first layer, unless it names one."""
    cursor = cursor or rs.Cursor()
    return cursor if cursor.layer else replace(cursor, layer=trace.layers[0])


def view_of(trace, cursor=None, **options):
    """Return the view in a picture of the first layer."""
    return pictures.view_of("units", trace, of_first_layer(trace, cursor), **options)


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


def by_hand(layer, run, unit, count=3):
    """Return the units whose courses are farthest from a unit and from each other, by a loop of their own."""
    units, courses = layer[layer.output].shape[-1], []
    for other in range(units):
        parts = []
        for name in layer.quantities:
            values = layer[name][run].astype(float)
            values = values - values.mean(axis=1, keepdims=True)
            parts.append(values[:, other] / np.abs(values).max())
        courses.append(np.concatenate(parts))
    chosen = [unit]
    for _ in range(count):
        gaps = {u: min(np.linalg.norm(courses[u] - courses[c]) for c in chosen) for u in range(units)}
        chosen.append(max((u for u in range(units) if u not in chosen), key=gaps.__getitem__))
    return chosen


def test_by_default_the_units_that_differ_most_stand_beside_that_of_the_cursor(trace):
    figure = rs.figures.units(trace, rs.Cursor(layer="lstm", epoch=4, sample=1, time=2, unit=5))
    for place, sample, unit in ((2, 1, 5), (0, 3, 11)):
        figure.update(rs.Cursor(layer="lstm", epoch=2 * place, sample=sample, unit=unit))
        view = figure.views[0]
        assert list(view.data.units) == by_hand(trace["lstm"], (place, sample), unit)
    assert [len(shown(panel)) for panel in view_of(trace, rs.Cursor(layer="gru")).panels.values()] == [3] * 4


def test_the_legend_says_in_what_a_companion_differs_most(trace):
    view = view_of(trace, rs.Cursor(epoch=4, sample=1, unit=5), figsize=(16, 6))
    names = [text.get_text() for text in view.legend.names]
    assert names[0] == "unit 5" and names[4:] == ["all units", "80 % of them"]
    layer = trace["lstm"]
    for one, text in zip(view.data.companions, names[1:4], strict=True):
        values = layer[one.quantity][2, 1, one.time]
        assert (one.value, one.other) == (values[one.unit], values[5])
        ends = f"{written(one.value, 2)} at step {one.time} (unit 5: {written(one.other, 2)})"
        assert text == f"unit {one.unit}: {one.quantity} {ends}" and text.partition(": ")[2] in view.alt
        parts = {}
        for name in layer.quantities:
            values = layer[name][2, 1].astype(float)
            size = np.abs(values - values.mean(axis=1, keepdims=True)).max()
            parts[name] = np.abs(values[:, one.unit] - values[:, 5]).max() / size
        assert one.quantity == max(parts, key=parts.__getitem__), "measured by the range of the quantity"
    narrow = view_of(trace, rs.Cursor(epoch=4, sample=1, unit=5), figsize=(4, 9))
    assert [text.get_text().split(":")[0] for text in narrow.legend.names[:4]] == [n.split(":")[0] for n in names[:4]]
    assert "differ most" in view.headings[1].get_text() and "differ most" not in view_of(trace, units=[1]).when()[0]


def test_backward_the_lines_are_the_gradients(trace):
    view = view_of(trace, rs.Cursor(epoch=2, sample=2, time=1, unit=7, direction="backward"), units=[3])
    for name, panel in view.panels.items():
        courses = trace["lstm"].grad[name][1, 2][:, [7, 3]].T
        np.testing.assert_array_equal(shown(panel), courses)
        low, high = panel.axes.get_ylim()
        assert low == pytest.approx(-high) and high > np.abs(courses).max()
        wanted = np.quantile(trace["lstm"].grad[name][1, 2], (0, 0.1, 0.9, 1), axis=1)
        np.testing.assert_allclose(view.data.bands[name], wanted, atol=1e-7)
    assert "∂L/∂c" in view.alt and "gradient of the loss" in view.titles()[0]


def test_the_scale_of_a_moment_is_that_of_its_epoch_and_sample(trace):
    figure = rs.figures.units(trace, rs.Cursor(layer="lstm"), scales="moment")
    for place, sample in ((2, 0), (0, 4)):
        figure.update(rs.Cursor(layer="lstm", epoch=2 * place, sample=sample))
        assert figure.views[0].scale["c"].high == np.abs(trace["lstm"]["c"][place, sample]).max()


def test_the_unit_of_the_cursor_is_shown_beside_the_chosen_ones(trace):
    figure = rs.figures.units(trace, rs.Cursor(layer="lstm", unit=1), units=[1, 2])
    panel = figure.views[0].panels["c"]
    assert len(shown(panel)) == 2
    figure.update(rs.Cursor(layer="lstm", unit=4))
    assert figure.views[0].data.units == (4, 1, 2)
    view_sample = figure.views[0].moment.sample
    np.testing.assert_array_equal(shown(panel), trace["lstm"]["c"][-1, view_sample][:, [4, 1, 2]].T)


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
    view = view_of(trace, rs.Cursor(epoch=2, sample=0, unit=0))
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
    assert view_of(trace, rs.Cursor(unit=0), units=found[:8]).data.units == tuple(range(8))


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
        rs.figures.units(trace, rs.Cursor(layer="lstm"), units=units)


def test_moving_to_a_layer_without_a_chosen_unit_is_refused(trace):
    figure = rs.figures.units(trace, rs.Cursor(layer="lstm"), units=[11])
    with pytest.raises(ValueError, match=r"from 0 to 2 \(layer 'gru' has 3\); got 11"):
        figure.update(rs.Cursor(layer="gru"))
    assert figure.views[0].layer.name == "lstm"
