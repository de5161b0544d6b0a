"""The view of gates: its heat maps are the recorded numbers, down to the pixel."""

from functools import partial
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from pictures import EPOCHS, moved, number, pair, runs_from_0_to_1, texts_of, trained, view_of
from rows import extreme_cells, over

import rnnscope as rs
from rnnscope.figures import style
from rnnscope.figures.drawing.artists import CELL, FRAME
from rnnscope.figures.gates.scales import contrast_scale, direction_words, end_texts
from rnnscope.figures.scale import SIGNED_MAP, Scale
from rnnscope.figures.selection import ORDERS
from rnnscope.numbers import written

CELLS, SIZES = rs.cells.names(), (4, 300)


@over(cell=CELLS, units=SIZES, quick=extreme_cells())
def test_the_heat_maps_are_the_recorded_numbers(traces, cell, units):
    for view, layer, at, place in moved("gates", traces(cell, units), order="number"):
        assert tuple(view.panels) == layer.quantities
        for name, (heat, column, pointer) in view.panels.items():
            np.testing.assert_array_equal(heat.image.get_array(), layer[name][place, at.sample].T)
            assert tuple(heat.image.get_extent()) == (-0.5, 3.5, units - 0.5, -0.5)
            assert heat.axes.get_ylim() == (units - 0.5, -0.5), "unit 0 on top"
            assert column.patch.get_x() == at.time - 0.5 and column.patch.get_width() == 1
            assert pointer.get_ydata() == [at.unit]


def test_panels_stand_in_phase_order_under_their_names(default, traces):
    view = view_of("gates", traces(default))
    boxes = [heat.axes.get_window_extent() for heat, *_ in view.panels.values()]
    assert all(one.x1 <= other.x0 for one, other in pairwise(boxes))
    for name in view.panels:
        title = view.summaries[name].heading
        assert title.get_text().split()[0] == name
        assert title.get_color() == style.lettering(style.quantity_colour(view.layer.cell, name))


def middle_98(values):
    """Return the part of values that is within the middle 98 % of them, from a sorted copy."""
    ordered = np.sort(values, axis=None).astype(float)
    return ordered[int(0.01 * ordered.size)], ordered[-1 - int(0.01 * ordered.size)]


def test_colours_go_as_far_as_the_middle_of_the_values_the_same_at_every_epoch(default, traces):
    trace = traces(default)
    for name in trace.layers[:2]:
        views = [view_of("gates", trace, rs.Cursor(epoch=epoch, layer=name)) for epoch in (EPOCHS[0], EPOCHS[-1])]
        for quantity in trace[name].quantities:
            (ends,) = {view.panels[quantity][0].image.get_clim() for view in views}
            values, is_gate = trace[name][quantity], runs_from_0_to_1(trace[name], quantity)
            if is_gate and ends != (0, 1):
                low, high = middle_98(values)
                assert -0.002 <= low - ends[0] < 0.052 and -0.002 <= ends[1] - high < 0.052
                assert np.allclose(20 * np.array(ends), np.round(20 * np.array(ends))), "multiples of 0.05"
            elif not is_gate:
                limit = np.sort(np.abs(values), axis=None)[int(0.98 * values.size) - 1 : int(0.98 * values.size) + 2]
                assert ends[0] == -ends[1] and limit[0] <= ends[1] <= limit[-1]
            colours = views[0].panels[quantity][0].image.get_cmap()
            wanted = matplotlib.colormaps["cividis"] if is_gate else SIGNED_MAP
            np.testing.assert_array_equal(colours(np.linspace(0, 1, 9)), wanted(np.linspace(0, 1, 9)))


def test_gates_that_open_and_shut_have_the_scale_from_0_to_1():
    wide = contrast_scale("gate", np.linspace(0.02, 0.9, 1000))
    assert (wide.low, wide.high, direction_words(wide)) == (0, 1, ["shut", "open"])
    narrow = contrast_scale("gate", np.append(np.linspace(0.47, 0.58, 1000), [0.0, 1.0, np.nan]))
    assert (narrow.low, narrow.high, direction_words(narrow)) == (0.45, 0.6, ["less open", "more open"])
    assert end_texts(narrow, np.array([0.0, 0.59, np.nan])) == ["≤0.45", "0.53", "0.6"]
    one = contrast_scale("gate", np.full(7, 0.5))
    assert one.low <= 0.5 <= one.high and one.high > one.low
    assert contrast_scale("gate", np.full(3, 1.0)) == Scale(0.95, 1.0, "gate")
    assert contrast_scale("state", np.full(3, np.nan)) == Scale(-1.0, 1.0, "signed")
    many = np.random.default_rng(1).normal(size=(10, 100, 3, 200))
    assert contrast_scale("state", many).high == pytest.approx(np.quantile(np.abs(many), 0.98), rel=0.02)


def test_a_gate_that_leaves_0_to_1_has_a_symmetric_scale():
    trace = trained(*pair(partial(rs.LSTM, recurrent_activation="linear")))
    image = view_of("gates", trace).panels["f"][0].image
    assert image.get_clim()[0] == -image.get_clim()[1] and image.get_cmap().name == SIGNED_MAP.name


def test_the_strip_below_a_heat_map_says_what_its_colours_mean(traces):
    figure, layer = rs.figures.gates(traces("LSTM")), traces("LSTM")["lstm"]
    (view,), frame = figure.views, figure.frame()
    panels = [heat.axes for heat, *_ in view.panels.values()] + [each.axes for each in view.summaries.values()]
    strips = dict(zip(view.panels, (axes for axes in view.host.child_axes if axes not in panels), strict=True))
    for name, strip in strips.items():
        low, high = view.panels[name][0].image.get_clim()
        np.testing.assert_allclose(strip.get_xticks(), (low, (low + high) / 2, high))
        first, middle, last = (text.get_text() for text in strip.get_xticklabels())
        assert first.startswith("≤") == bool(layer[name].min() < low) and first.lstrip("≤") == written(low, 2)
        assert last.startswith("≥") == bool(layer[name].max() > high) and last.lstrip("≥") == written(high, 2)
        assert number(middle) == float(f"{(low + high) / 2:.2g}")
        words = [text.get_text() for text in strip.texts]
        assert words == direction_words(view.scale[name]) and (len(words) == 2) == (name in "ifo")
        for part in (0.05, 0.5, 0.95):
            across, up = np.floor(strip.transAxes.transform((part, 0.5))).astype(int)
            wanted = 255 * np.array(view.scale[name].colours(part)[:3])
            np.testing.assert_allclose(frame[len(frame) - 1 - up, across, :3], wanted, atol=6)


@over(cell=CELLS, units=SIZES)
def test_above_a_map_are_the_mean_and_the_middle_of_all_units(traces, cell, units):
    for view, layer, at, place in moved("gates", traces(cell, units)):
        for name, summary in view.summaries.items():
            values = layer[name][place, at.sample].astype(float)
            np.testing.assert_allclose(summary.line.get_xydata().T, [range(4), values.mean(axis=1)], atol=1e-6)
            outline = summary.band.get_paths()[0].vertices[:8]
            np.testing.assert_allclose(outline[:4, 1], np.quantile(values, 0.1, axis=1), atol=1e-6)
            np.testing.assert_allclose(outline[4:, 1][::-1], np.quantile(values, 0.9, axis=1), atol=1e-6)
            np.testing.assert_allclose(summary.dot.get_xydata(), [[at.time, values[at.time].mean()]], atol=1e-6)
            assert number(summary.text.get_text()) == pytest.approx(values[at.time].mean(), rel=0.06, abs=1e-7)
            ends = [number(text.get_text()) for text in summary.axes.get_yticklabels()]
            if runs_from_0_to_1(layer, name):
                assert ends == [0, 1], "where gates are between shut and open is always to be seen"
            assert summary.axes.get_xlim() == view.panels[name][0].axes.get_xlim()


@over(cell=CELLS, units=SIZES, quick=extreme_cells())
def test_backward_all_of_it_is_the_gradient_of_the_loss(traces, cell, units):
    trace = traces(cell, units)
    for name in trace.layers[:2]:
        figure = rs.figures.gates(trace, rs.Cursor(layer=name, direction="backward"), order="number")
        figure.update(rs.Cursor(epoch=2, layer=name, sample=3, time=1, direction="backward"))
        (view,), layer = figure.views, trace[name]
        for quantity, (heat, *_) in view.panels.items():
            gradient = layer.grad[quantity][1, 3]
            np.testing.assert_array_equal(heat.image.get_array(), gradient.T)
            assert heat.image.get_clim()[0] == -heat.image.get_clim()[1], "a signed scale, of gates too"
            assert number(view.summaries[quantity].text.get_text()) == pytest.approx(gradient[1].mean(), rel=0.06)
            assert f"∂L/∂{quantity}" in view.alt and view.summaries[quantity].heading.get_text().startswith("∂L/∂")
        assert "gradient" in view.titles()[0]


def test_without_gradients_the_backward_direction_is_refused(traces):
    task = rs.tasks.counting()
    trace = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.Dense(1)]).trace(task.x)
    for view in ("gates", "units", "gate_history"):
        figure = getattr(rs.figures, view)(trace)
        before = figure.alt
        with pytest.raises(ValueError, match="direction: expected 'forward', for layer 'lstm' has no recorded grad"):
            figure.update(rs.Cursor(direction="backward"))
        assert figure.alt == before
        with pytest.raises(ValueError, match="Record with gradients=True and pass targets"):
            getattr(rs.figures, view)(trace, rs.Cursor(direction="backward"))


def test_below_each_time_step_stands_what_is_read_there():
    rng = np.random.default_rng(0)
    for steps, options in ((4, {}), (30, {}), (4, {"go_backwards": True})):
        x = rng.normal(size=(3, steps, 1)).round(2)
        layer = rs.layers.GRU(4, input_shape=(steps, 1), **options)
        view = view_of("gates", rs.Sequential([layer]).trace(x), rs.Cursor(sample=2))
        for times, (heat, *_) in zip(view.times, view.panels.values(), strict=True):
            read = x[2, ::-1, 0] if options else x[2, :, 0]
            assert heat.axes.get_xticks().tolist() == list(times.steps) and len(times.steps) > 2
            assert [number(text.get_text()) for text in times.texts] == pytest.approx(read[list(times.steps)], rel=0.05)
            assert [text.get_position()[0] for text in times.texts] == list(times.steps)
            assert steps == 30 or list(times.steps) == [0, 1, 2, 3]
    several = rs.Sequential([rs.layers.GRU(4, input_shape=(4, 2))]).trace(rng.normal(size=(3, 4, 2)))
    assert not any(times.texts for times in view_of("gates", several).times)


def room(heat, steps):
    """Return how wide the cells of a heat map are, in points."""
    return heat.axes.get_window_extent().width * 72 / heat.axes.figure.dpi / steps


def test_the_numbers_of_the_column_are_written_if_there_is_room(default, traces):
    for view, layer, at, place in moved("gates", traces(default), order="number"):
        for name, (heat, *_) in view.panels.items():
            is_roomy = room(heat, 4) >= CELL[0] * style.em()
            values = layer[name][place, at.sample, at.time][: 4 if is_roomy else 0]
            for text, value in zip(heat.numbers, values, strict=True):
                shown, exact = text.get_text(), [written(value, digits) for digits in (2, 1)]
                text.set_text(written(-abs(value), 2 if shown in exact else 1))
                if shown != exact[0]:
                    assert text.points() > room(heat, 4) - FRAME, "fewer digits only where more have no room"
                if shown not in exact and abs(value) < 0.005:
                    assert shown == ("≈0" if abs(value) < view.scale[name].high / 50 else "")
                elif shown not in exact:
                    assert number(shown) == round(float(value), 2)
                text.set_text(shown)
            assert [text.get_position() for text in heat.numbers] == [(at.time, row) for row in range(len(values))]
            for text, colour in zip(heat.numbers, heat.image.to_rgba(values), strict=True):
                assert style.contrast(text.get_color(), colour[:3]) > 4.5


def test_the_numbers_of_many_units_have_no_room(traces):
    assert not any(heat.numbers for heat, *_ in view_of("gates", traces("SimpleRNN", 300)).panels.values())


@over(("steps", "inches"), steps=(4, 12), inches=(0.41, 0.45, 0.7), cell=CELLS)
def test_numbers_stay_in_their_cells(cell, steps, inches):
    """The width of a cell is about the inches given, less a share of the space between the panels."""
    x = np.random.default_rng(0).normal(size=(2, steps, 1))
    layer = getattr(rs.layers, cell)(4, input_shape=(steps, 1))
    trace = rs.Sequential([layer, rs.Dense(1)], seed=1).trace(x)
    count = len(trace[trace.layers[0]].quantities)
    size = 0.6 + (inches * steps + 0.46) * count, 4.5
    view = view_of("gates", trace, rs.Cursor(sample=0), order="number", figsize=size)
    for name, (heat, *_) in view.panels.items():
        is_roomy = room(heat, steps) >= CELL[0] * style.em()
        assert len(heat.numbers) == (4 if is_roomy else 0)
        left, right = (heat.axes.transData.transform((steps - 1 + side, 0))[0] for side in (-0.5, 0.5))
        values = trace[trace.layers[0]][name][0, 0, -1]
        for text, value in zip(heat.numbers, values if is_roomy else (), strict=True):
            extent = text.get_window_extent()
            assert left <= extent.x0 <= extent.x1 <= right, text.get_text()
            if inches == 0.7:
                assert text.get_text() == written(value, 2), "there is room for two digits"


@over(("cell", "units"), cell=extreme_cells(), units=SIZES)
def test_pixels_have_the_colours_of_the_numbers(traces, cell, units):
    trace = traces(cell, units)
    figure = rs.figures.gates(trace, rs.Cursor(time=3), order="number")
    for cursor in (rs.Cursor(time=3), rs.Cursor(epoch=0, sample=5, time=3, layer=trace.layers[1])):
        figure.update(cursor)
        frame, (view,) = figure.frame(), figure.views
        layer, at = view.layer, view.moment
        for name, (heat, *_) in view.panels.items():
            values = layer[name][EPOCHS.index(at.epoch), at.sample].T
            edge = units // 50  # the panel has a frame, and so has the fourth column
            columns, rows = np.meshgrid(range(3), np.linspace(edge, units - 1 - edge, 9).round())
            pixels = np.floor(heat.axes.transData.transform(np.stack([columns.ravel(), rows.ravel()], axis=1)))
            middles = heat.axes.transData.inverted().transform(pixels + 0.5)
            shown = values[tuple(middles.round().astype(int).T[::-1])]
            low, high = heat.image.get_clim()
            parts = np.clip((shown - low) / (high - low), 0, 1)
            wanted = 255 * heat.image.get_cmap()(parts)[:, :3]
            across, up = pixels.astype(int).T
            drawn = frame[len(frame) - 1 - up, across, :3].astype(float)
            np.testing.assert_allclose(drawn, wanted, atol=5, err_msg=f"{name} at {cursor}")
            assert np.ptp(drawn, axis=0).max() > 5 or not np.ptp(shown), "not all of one colour, but for one number"


def test_nan_and_infinity_are_bright_pink_and_leave_the_scale_alone():
    trace = trained(*pair(rs.GRU))
    wanted = view_of("gates", trace, rs.Cursor(layer="gru")).scale
    values = trace["gru"]["g"]
    values[1, 0, 1, 2], values[1, 0, 0, 3], values[1, 0, 2, 0] = np.nan, np.inf, -np.inf
    figure = rs.figures.gates(trace, rs.Cursor(epoch=2, layer="gru", sample=0), order="number")
    heat = figure.views[0].panels["g"][0]
    assert np.argwhere(heat.image.get_array().mask).tolist() == [[0, 2], [2, 1], [3, 0]]
    for name, scale in figure.views[0].scale.items():
        assert scale.high == pytest.approx(wanted[name].high, rel=0.05) and np.isfinite(scale.low)
    frame = figure.frame()
    for column, row in ((1, 2), (0, 3), (2, 0), (1, 1)):
        across, up = np.floor(heat.axes.transData.transform((column, row))).astype(int)
        is_pink = (frame[len(frame) - 1 - up, across, :3] == np.round(255 * np.array(to_rgb(style.NOT_FINITE)))).all()
        assert is_pink == ((column, row) != (1, 1))


# ------------------------------------------------------------------------------------------------ the order of units


def by_activity(values):
    """Return units by when they first reach half of their largest size, the stronger first."""
    largest = np.abs(values).max(axis=0)
    first = [next(t for t, v in enumerate(np.abs(course)) if 2 * v >= np.abs(course).max()) for course in values.T]
    return sorted(range(values.shape[1]), key=lambda unit: (first[unit], -largest[unit]))


def by_mean(values):
    """Return units by their mean over time, the largest first."""
    return sorted(range(values.shape[1]), key=lambda unit: -values[:, unit].mean())


def around(values):
    """Return units by their angle in the plane of the two leading principal components, from the covariance."""
    centred = values.astype(float) - values.astype(float).mean(axis=1, keepdims=True)
    _, axes = np.linalg.eigh(centred @ centred.T)
    along, beside = axes[:, -1] @ centred, axes[:, -2] @ centred
    return np.argsort(np.arctan2(beside, along)).tolist()


def same_circle(one, other):
    """Say whether two orders are the same on a circle, clockwise or not: principal components have no sign."""
    start = other.index(one[0])
    turned = other[start:] + other[:start]
    return one in (turned, turned[:1] + turned[:0:-1])


@over(("order", "units"), order=ORDERS, units=SIZES, cell=CELLS)
def test_units_stand_in_the_order_of_the_course_of_the_phase(traces, cell, units, order):
    trace, seen = traces(cell, units), set()
    for view, layer, at, place in moved("gates", trace, order=order):
        course = layer[at.phase][place, at.sample]
        found = view.data.units.tolist()
        assert sorted(found) == list(range(units))
        np.testing.assert_array_equal(found, rs.figures.ordered(course, order))
        if order == "similarity":
            assert same_circle(found, around(course))
        else:
            wanted = {"number": lambda v: list(range(units)), "activity": by_activity, "mean": by_mean}[order]
            assert found == wanted(course)
        for name, (heat, _, pointer) in view.panels.items():
            np.testing.assert_array_equal(heat.image.get_array(), layer[name][place, at.sample].T[found])
            assert found[int(pointer.get_ydata()[0])] == at.unit
        seen.add(tuple(found))
    assert len(seen) == 1 if order == "number" else len(seen) > 1
    (label,) = (text.get_text() for heat, *_ in view.panels.values() for text in heat.axes.texts if text.get_rotation())
    about = {"number": "unit", "activity": "first active", "mean": "largest mean", "similarity": "similar"}[order]
    assert about in label


@over(cell=CELLS, units=SIZES)
def test_by_default_units_stand_by_their_output_whatever_the_phase(traces, cell, units):
    for view, layer, at, place in moved("gates", traces(cell, units)):
        found = view.data.units.tolist()
        assert found == by_mean(layer[layer.output][place, at.sample])
        for name, (heat, _, pointer) in view.panels.items():
            np.testing.assert_array_equal(heat.image.get_array(), layer[name][place, at.sample].T[found])
            assert found[int(pointer.get_ydata()[0])] == at.unit
        (rows,) = view.rows
        texts = [text.get_text() for text in rows.texts]
        assert texts == [str(unit) for unit in (found if units == 4 else [at.unit])], "rows are named by their units"
        if units == 300:
            assert rows.texts[0].get_position()[1] == found.index(at.unit)


def test_units_of_a_small_example_in_each_order():
    values = np.array([[0.1, -0.9, 0.2, 0.8], [0.6, 0.1, -0.2, 0.8]])
    assert rs.figures.ordered(values, "number").tolist() == [0, 1, 2, 3]
    assert rs.figures.ordered(values, "activity").tolist() == [1, 3, 2, 0]
    assert rs.figures.ordered(values, "mean").tolist() == [3, 0, 2, 1]
    course = np.linspace(-1, 1, 5)
    alike = np.stack([course, course**2, 1.1 * course, 1.1 * course**2, 0.9 * course], axis=1)
    units = rs.figures.ordered(alike, "similarity").tolist()
    assert {0, 2, 4} in [{units[k - 2], units[k - 1], units[k]} for k in range(5)], "side by side on a circle"
    values[0, 3] = np.nan
    assert rs.figures.ordered(values, "mean").tolist()[-1] == 1, "NaN counts as zero"


def test_an_order_that_there_is_not_is_refused(traces):
    with pytest.raises(
        ValueError, match="order: expected one of activity, mean, number, output, similarity; got 'size'"
    ):
        rs.figures.gates(traces("LSTM"), order="size")


def test_units_of_a_run_that_was_changed_by_hand_stand_in_the_rows_of_the_other(traces):
    trace = traces("LSTM", 7)
    changed = rs.what_if(trace, rs.Hold("lstm", "f", 0.0), rs.Hold("lstm", "o", 1.0, units=[0]))
    alone = [rs.figures.gates(each, rs.Cursor(layer="lstm")).views[0].data.units.tolist() for each in (trace, changed)]
    assert alone[0] != alone[1]
    figure = rs.figures.compare({"as it was": trace, "changed": changed}, "gates", rs.Cursor(layer="lstm"))
    before, after = figure.views
    assert before.data.units.tolist() == after.data.units.tolist() == alone[0]
    np.testing.assert_equal(after.data.values["o"], changed["lstm"]["o"][-1, after.moment.sample].T[after.data.units])
    words = [text.get_text() for text in texts_of(figure)]
    assert words.count("units, as in the first picture") == words.count("units, largest mean of h on top") == 2
