"""The view of weights: maps, distributions and movement are those of the arrays that were kept."""

import re
from itertools import pairwise
from math import prod

import numpy as np
import pytest
from pictures import EPOCHS, moved, number, pair, trained, view_of
from rows import over

import rnnscope as rs
from rnnscope.cells import Cell, candidate, gate, linear, previous, sigmoid, state, symbols, tanh, x
from rnnscope.figures import style
from rnnscope.figures.scale import SIGNED_MAP, Scale
from rnnscope.figures.weights.maps import cell_text
from rnnscope.numbers import written

each_cell = over(cell=rs.cells.names(), units=(4, 300))

BINS = {False: 15, True: 61}
"""The number of bins of a distribution, by whether it is one of many weights (1000 and more)."""


LETTERS = {"kernel": "W", "recurrent_kernel": "U", "bias": "b", "recurrent_bias": "bh", "peephole": "p", "constant": ""}
"""What each kind of weight is called, in the order of Keras; a constant has a name of its own."""


def whole_arrays(trace, name, epoch):
    """Return the weights of a layer as two-dimensional arrays by kind, as `trace.weights` has them.

    The arrays stand in the order of `get_weights`: kernel, recurrent kernel, bias (perhaps in two rows), peephole,
    constant.
    """
    sizes = [shape for layer, _, shape in trace.snapshots.shapes if layer == name]
    kinds = [kind for layer, kind, _ in trace.snapshots.shapes if layer == name]
    start = [layer for layer, _, _ in trace.snapshots.shapes].index(name)
    found = {}
    for kind, size, array in zip(kinds, sizes, trace.weights(epoch)[start:], strict=False):
        assert array.shape == tuple(size)
        stacked = kind == "bias" and array.ndim == 2
        found |= {"bias": array[:1], "recurrent_bias": array[1:]} if stacked else {kind: np.atleast_2d(array)}
    return found


def weights_of(layer, kind):
    """Return the weights of a kind in the order of their blocks, each with what tells its map from others' of the kind.

    That is its number if its quantity has several, and the name of a constant.
    """
    return [(w, w.name if kind == "constant" else w.number) for w in layer.cell.weights if w.kind.name == kind]


def arrays_of(trace, name, epoch):
    """Return what each map of a recurrent layer shows, by its kind and number: blocks cut from the arrays."""
    found = {}
    for kind, array in whole_arrays(trace, name, epoch).items():
        weights = weights_of(trace[name], kind)
        blocks = np.split(array, len(weights), axis=1)
        for which in {which: None for _, which in weights}:
            there = [block for block, (_, other) in zip(blocks, weights, strict=True) if other == which]
            found[kind, which] = np.concatenate(there, axis=1)
    return found


def columns_of(layer, kind, which):
    """Return the place of each block of a map among the quantities that have weights, by the declaration."""
    with_weights = list(dict.fromkeys(weight.quantity for weight in layer.cell.weights))
    return [with_weights.index(weight.quantity) for weight, other in weights_of(layer, kind) if other == which]


@each_cell
def test_the_maps_are_the_arrays_cut_into_the_blocks_of_the_quantities(traces, cell, units):
    trace = traces(cell, units)
    for view, layer, at, _ in moved("weights", trace, change=False):
        arrays = arrays_of(trace, layer.name, at.epoch)
        assert set(view.maps) == set(arrays)
        for row, drawn in view.maps.items():
            columns = columns_of(layer, *row)
            blocks = np.split(arrays[row], len(columns), axis=1)
            assert len(drawn.images) == len(columns)
            for image, block, column in zip(drawn.images, blocks, columns, strict=True):
                np.testing.assert_array_equal(image.get_array(), block)
                left, right, bottom, top = image.get_extent()
                assert (left, right) == (column * units - 0.5, (column + 1) * units - 0.5)
                assert (bottom, top) == (len(block) - 0.5, -0.5), "what is read first is on top"


def test_maps_stand_in_the_order_of_keras_on_the_same_columns(default, traces):
    view = view_of("weights", traces(default))
    kinds = list(dict.fromkeys(kind for kind, _ in view.maps))
    assert kinds == [kind for kind in LETTERS if kind in kinds]
    assert list(view.maps) == sorted(view.maps, key=lambda row: (kinds.index(row[0]), row[1]))
    boxes = [drawn.axes.get_window_extent() for drawn in view.maps.values()]
    assert all(one.y0 >= other.y1 for one, other in pairwise(boxes))
    assert (
        len(
            {
                (round(box.x0), round(box.x1), drawn.axes.get_xlim())
                for box, drawn in zip(boxes, view.maps.values(), strict=True)
            }
        )
        == 1
    )
    cell = view.layer.cell
    names = [q.name for q in cell if any(weight.quantity == q.name for weight in cell.weights)]
    first = view.maps["kernel", ""].axes
    titles = [t for t in first.texts if t.get_text().split()[0] in names and t.get_fontweight() == "bold"]
    assert [t.get_text().split()[0] for t in titles] == names
    for text, name in zip(titles, names, strict=True):
        assert text.get_color() == style.lettering(style.quantity_colour(cell, name))
        assert text.get_position()[0] == pytest.approx((names.index(name) + 0.5) / len(names)), "above its columns"


def test_a_kind_of_weight_has_one_symmetric_scale_for_all_epochs(default, traces):
    trace = traces(default)
    limits = {}
    for view, layer, *_ in moved("weights", trace):
        for row, drawn in view.maps.items():
            limit = max(float(np.abs(arrays_of(trace, layer.name, epoch)[row]).max()) for epoch in EPOCHS)
            assert {image.get_clim() for image in drawn.images} == {(-limit, limit)}
            assert {image.get_cmap().name for image in drawn.images} == {SIGNED_MAP.name}
            written = [t.get_text() for t in drawn.axes.texts if t.get_text().startswith("limit")]
            assert [number(text) for text in written] == [float(f"{limit:.3g}")]
            limits[layer.name, row] = limit
    assert len(set(limits.values())) == len(limits)


@each_cell
def test_the_marks_are_at_the_weights_of_the_unit(traces, cell, units):
    for view, layer, at, _ in moved("weights", traces(cell, units), change=False):
        above = view.maps["kernel", ""].above
        names = dict.fromkeys(weight.quantity for weight in layer.cell.weights)
        assert above.get_xdata().tolist() == [k * units + at.unit for k in range(len(names))]
        rows = [drawn.beside.get_ydata()[0] for (kind, _), drawn in view.maps.items() if kind == "recurrent_kernel"]
        assert rows == [at.unit] * len(rows), "the row out of the unit"
        marked = [kind for (kind, _), drawn in view.maps.items() if drawn.above or drawn.beside]
        assert marked == ["kernel", *["recurrent_kernel"] * len(rows)]
        assert bool(rows) == any(weight.kind.name == "recurrent_kernel" for weight in layer.cell.weights)


def test_the_marked_columns_are_the_weights_into_the_unit(traces):
    trace = traces("LSTM")
    view = view_of("weights", trace, rs.Cursor(unit=2, epoch=2))
    _, _, bias, *_ = trace.weights(2)
    gates = trace["lstm"].parts
    for name, image, column in zip(
        "ifgo", view.maps["bias", ""].images, view.maps["kernel", ""].above.get_xdata(), strict=True
    ):
        at = int(column - image.get_extent()[0] - 0.5)
        assert image.get_array()[0, at] == gates[name]["bias"][1, 2] == bias[column]
    before = trace["lstm"].prev["h"][1, 3, 2].astype(float)
    column = view.maps["recurrent_kernel", ""].images[1].get_array()[:, 2].astype(float)
    assert before @ column == pytest.approx(float(gates["f"]["recurrent"][1, 3, 2, 2]), rel=1e-5)


def test_blocks_that_are_no_neighbours_in_their_array_stand_in_their_columns(registry_restored):
    h, (f, g) = previous("h"), symbols("f g")
    cell = Cell(
        "Twice",
        gate("f", sigmoid(linear(x, h)), "forget gate: what is kept"),
        candidate("g", tanh(linear(x, h, f)), "candidate: new content"),
        gate("o", sigmoid(linear(x, h)), "output gate: what is shown"),
        state("h", f * h + symbols("o")[0] * g, "hidden state: what is put out"),
    )
    rs.register(cell)
    trace = trained(*pair(rs.layers.Twice, 3))
    _, recurrent, *_ = trace.weights(4)
    assert recurrent.shape == (3, 4 * 3), "f, g, g by f, and o"
    blocks = dict(zip(["f", "g", "g_2", "o"], np.split(recurrent, 4, axis=1), strict=True))
    assert [w.column for w in cell.weights if w.kind.name == "recurrent_kernel"] == list(blocks)
    maps = view_of("weights", trace, rs.Cursor(layer="twice")).maps
    for row, columns in (("", {"f": 0, "g": 1, "o": 2}), ("2", {"g_2": 1})):
        images = maps["recurrent_kernel", row].images
        for image, (name, column) in zip(images, columns.items(), strict=True):
            np.testing.assert_array_equal(image.get_array(), blocks[name])
            assert image.get_extent()[0] == 3 * column - 0.5


def test_the_weights_are_written_if_there_is_room():
    trace = trained(*pair(rs.LSTM, 2))
    for view, layer, at, _ in moved("weights", trace, [{"epoch": 0}, {"layer": 1, "epoch": 2}], figsize=(16, 7)):
        arrays = arrays_of(trace, layer.name, at.epoch)
        assert view.maps["recurrent_kernel", ""].numbers
        for row, drawn in view.maps.items():
            for text, value, place in zip(
                drawn.numbers, arrays[row].ravel(), np.ndindex(arrays[row].shape), strict=True
            ):
                shown, decimals = text.get_text(), len(text.get_text().partition(".")[2])
                if shown in ("≈0", ""):
                    assert 0 < abs(value) < 0.005
                else:
                    assert decimals >= 2 and number(shown) == pytest.approx(value, abs=0.51 * 10**-decimals)
                assert text.get_position() == place[::-1]
    assert not view_of("weights", trained(*pair(rs.LSTM, 40))).maps["recurrent_kernel", ""].numbers


@pytest.mark.parametrize(
    ("value", "decimals", "limit", "text"),
    [
        (0.0, 2, 1, "0.00"),
        (-0.0, 2, 1, "0.00"),
        (-0.004, 2, 1, "≈0"),
        (-0.004, 2, 0.15, ""),
        (-0.004, 3, 0.09, "−0.004"),
        (0.0004, 3, 0.09, "≈0"),
        (0.006, 2, 1, "0.01"),
        (-9.994, 2, 20, "−9.99"),
        (12.34, 2, 20, "12"),
        (np.nan, 2, 1, "NaN"),
    ],
)
def test_no_weight_looks_like_zero_that_is_not(value, decimals, limit, text):
    assert cell_text(value, decimals, Scale(-limit, limit, "signed")) == text


# ----------------------------------------------------------------------------------------------- the distributions


@each_cell
def test_the_distributions_are_histograms_of_density(traces, cell, units):
    trace = traces(cell, units)
    for view, layer, at, _ in moved("weights", trace):
        now, start = arrays_of(trace, layer.name, at.epoch), arrays_of(trace, layer.name, 0)
        for row, drawn in view.side.distributions.items():
            limit = view.scale["".join(row)].high
            highest = 0
            for line, values in ((drawn.now, now[row]), (drawn.start, start[row])):
                ends = np.linspace(-limit, limit, BINS[values.size >= 1000] + 1)
                wanted, _ = np.histogram(values.astype(float), ends, density=True)
                np.testing.assert_array_equal(line.get_xdata(), np.repeat(ends, 2))
                drawn_heights = line.get_ydata()
                assert drawn_heights[0] == drawn_heights[-1] == 0
                # a weight on the border of two bins may be counted in either
                slack = 1.01 / (values.size * (ends[1] - ends[0])) if (values.size >= 1000) else 1e-6
                np.testing.assert_allclose(drawn_heights[1:-1:2], wanted, atol=slack)
                np.testing.assert_array_equal(drawn_heights[1:-1:2], drawn_heights[2:-1:2])
                area = np.sum(drawn_heights[1:-1:2]) * (ends[1] - ends[0])
                assert area == pytest.approx(1)
                highest = max(highest, *drawn_heights)
            assert drawn.now.axes.get_ylim()[1] > highest


def test_the_distributions_are_named_after_their_epochs(traces):
    trace = traces("LSTM")
    view = view_of("weights", trace, rs.Cursor(epoch=2))
    assert view.side.legend.get_text() == "epoch 2"
    others = [text.get_text() for text in view.side.legend.axes.texts]
    assert {"density", "epoch 2", "epoch 0"} <= set(others)


# ------------------------------------------------------------------------------------------------------ the movement


@each_cell
def test_the_movement_is_the_norm_of_the_difference_over_that_of_the_start(traces, cell, units):
    trace = traces(cell, units)
    for view, layer, at, place in moved("weights", trace):
        start = arrays_of(trace, layer.name, 0)
        assert list(view.side.movement.mark.get_xdata()) == [at.epoch] * 2
        for (kind, which), line in view.side.movement.lines.items():
            first = start[kind, which]
            every = [arrays_of(trace, layer.name, epoch)[kind, which] for epoch in EPOCHS]
            wanted = [np.linalg.norm(w - first) / np.linalg.norm(first) for w in every]
            assert line.get_xdata().tolist() == list(EPOCHS)
            np.testing.assert_allclose(line.get_ydata(), wanted, rtol=1e-4)
            letter, *percent = view.side.movement.entries[kind, which].get_text().split()
            assert letter == LETTERS[kind] + which
            assert percent[1] == "%" and float(percent[0]) == pytest.approx(100 * wanted[place], rel=0.06)


def test_what_began_at_zero_has_no_share():
    model = rs.Sequential([rs.GRU(3, input_shape=(4, 1)), rs.Dense(1)])
    model.compile()
    task = rs.tasks.counting()
    view = view_of("weights", model.fit(task.x, task.y, epochs=3, verbose=0))
    assert view.side.movement.entries["bias", ""].get_text() == "b from 0"
    assert np.isnan(view.side.movement.lines["bias", ""].get_ydata()).all()
    assert np.isfinite(view.side.movement.lines["kernel", ""].get_ydata()).all()


def test_a_movement_of_more_than_all_is_written_in_full():
    model = rs.Sequential([rs.GRU(3, input_shape=(4, 1)), rs.Dense(1)])
    model.compile(rs.optimizers.Adam(0.1))
    task = rs.tasks.counting()
    view = view_of("weights", model.fit(task.x, task.y, epochs=30, verbose=0))
    (last,) = view.side.movement.lines["recurrent_kernel", ""].get_ydata()[-1:]
    assert last > 1
    percent = re.fullmatch(r"U (\d+) %", view.side.movement.entries["recurrent_kernel", ""].get_text())
    assert percent and int(percent[1]) == pytest.approx(100 * last, rel=0.05)


# ------------------------------------------------------------------------------------------------- few kept epochs


def test_the_nearest_kept_epoch_is_shown_and_named():
    trace = trained(*pair(rs.LSTM), record=rs.Record(weights=2))
    assert trace.snapshots.epochs.tolist() == [0, 4] and trace.epochs.tolist() == [0, 1, 2, 3, 4]
    figure = rs.figures.weights(trace)
    (view,) = figure.views
    for epoch, nearest in ((1, 0), (2, 0), (3, 4), (4, 4), (0, 0)):
        figure.update(rs.Cursor(epoch=epoch))
        shown = np.concatenate([image.get_array() for image in view.maps["recurrent_kernel", ""].images], axis=1)
        np.testing.assert_array_equal(shown, trace.weights(nearest)[1])
        assert list(view.side.movement.mark.get_xdata()) == [nearest] * 2
        assert f"epoch {nearest}" in figure.alt and ("the nearest kept" in figure.alt) == (epoch != nearest)


def test_weights_of_one_epoch_have_not_moved():
    view = view_of("weights", trained(*pair(rs.LSTM)).thin(1))
    assert view.side.movement is None and not view.side.distributions["kernel", ""].start.get_visible()


def test_a_dense_layer_has_its_kernel_and_its_bias(traces):
    trace = traces("LSTM")
    view = view_of("weights", trace, rs.Cursor(layer="dense", epoch=2))
    kernel, bias = trace.weights(2)[-2:]
    np.testing.assert_array_equal(view.maps["kernel", ""].images[0].get_array(), kernel)
    np.testing.assert_array_equal(view.maps["bias", ""].images[0].get_array(), bias[None])


def test_the_words_are_the_numbers_of_the_arrays(default, traces):
    trace = traces(default)
    for view, layer, at, place in moved("weights", trace):
        assert f"{sum(prod(s) for name, _, s in trace.snapshots.shapes if name == layer.name):,}" in view.titles()[0]
        for (kind, which), line in view.side.movement.lines.items():
            values = arrays_of(trace, layer.name, at.epoch)[kind, which].astype(float)
            words = (
                f"{kind.replace('_', ' ')} {which}".rstrip() + f" ({values.size:,}): largest size "
                f"{written(np.abs(values).max())}, mean {written(values.mean())}, "
                f"standard deviation {written(values.std())}, moved by "
            )
            assert words in view.alt, line.get_ydata()[place]


# ------------------------------------------------------------------------------------------- changes, singular values


def is_steady(values):
    """Say whether numbers only fall, or only rise: a singular vector has no sign."""
    steps = np.diff(values) / np.ptp(values)
    return bool(np.all(steps < 1e-4) or np.all(steps > -1e-4))


def dense_change(trace, layer, kind, which):
    """Return W - W0 until the last kept epoch, in float64."""
    first, last = (arrays_of(trace, layer, epoch)[kind, which].astype(float) for epoch in (EPOCHS[0], EPOCHS[-1]))
    return last - first


@over(cell=rs.cells.names())
def test_of_many_units_the_maps_are_the_change_sorted_by_its_strongest_pattern(traces, cell):
    trace = traces(cell, 300)
    for view, layer, at, _ in moved("weights", trace, ({"epoch": 0}, {"epoch": 2, "unit": 7}, {"unit": 4, "layer": 1})):
        start, now = (arrays_of(trace, layer.name, epoch) for epoch in (EPOCHS[0], at.epoch))
        main = next((row for row in now if row[0] == "recurrent_kernel"), ("kernel", ""))
        change, columns = dense_change(trace, layer.name, *main), columns_of(layer, *main)
        right = np.linalg.svd(change, full_matrices=False)[2][0].reshape(len(columns), 300)
        for row, drawn in view.maps.items():
            blocks = np.split(now[row] - start[row], len(drawn.images), axis=1)
            rows = np.argsort(drawn.row_of) if len(blocks[0]) > 1 else np.arange(1)
            for image, block, k in zip(drawn.images, blocks, columns_of(layer, *row), strict=True):
                order = np.argsort(drawn.columns_of[k])
                assert sorted(order) == list(range(300))
                np.testing.assert_array_equal(image.get_array(), block[rows][:, order])
                if k in columns and len(change) > 1:
                    pattern = right[columns.index(k)][order]
                    assert is_steady(pattern), "from one end to the other"
        if main[0] == "recurrent_kernel":
            drawn = view.maps[main]
            along = change[np.argsort(drawn.row_of)] @ right.ravel()
            assert is_steady(along)
            (rows,) = drawn.beside.get_ydata()
            assert np.argsort(drawn.row_of)[rows] == at.unit, "the row out of the unit, where it stands now"
        above = view.maps["kernel", ""].above.get_xdata()
        first = view.maps["kernel", ""]
        assert [np.argsort(first.columns_of[k])[x % 300] for k, x in enumerate(above)] == [at.unit] * len(above)
        assert "changed since epoch 0" in view.titles()[0] and "of their change since epoch 0" in view.alt


def test_the_scale_of_changes_spans_nearly_all_of_them_at_every_epoch(traces):
    trace = traces("GRU", 300)
    view = view_of("weights", trace)
    for row, drawn in view.maps.items():
        (ends,) = {image.get_clim() for image in drawn.images}
        changes = [
            arrays_of(trace, view.layer.name, e)[row] - arrays_of(trace, view.layer.name, 0)[row] for e in EPOCHS
        ]
        wanted = max(float(np.quantile(np.abs(change), 0.99)) for change in changes)
        assert ends == pytest.approx((-wanted, wanted), rel=1e-4)


@each_cell
def test_the_singular_values_are_those_of_the_whole_recurrent_kernel(traces, cell, units):
    trace = traces(cell, units)
    for view, layer, at, _ in moved("weights", trace, ({"epoch": 0}, {"epoch": 2})):
        kernels = [row for row in arrays_of(trace, layer.name, 0) if row[0] == "recurrent_kernel"]
        assert (view.side.spectrum is None) == (not kernels), "a cell without a recurrent kernel has none"
        if kernels:
            now, start = (arrays_of(trace, layer.name, epoch)[kernels[0]] for epoch in (at.epoch, 0))
            for line, kernel in ((view.side.spectrum.now, now), (view.side.spectrum.start, start)):
                wanted = np.linalg.svd(kernel.astype(float), compute_uv=False)
                np.testing.assert_allclose(line.get_ydata(), wanted, atol=2e-3 * wanted[0])
                assert line.get_xdata().tolist() == list(range(1, len(kernel) + 1))
            assert view.side.spectrum.now.axes.get_ylim()[1] > np.linalg.norm(now, 2)
            assert "singular values of the recurrent kernel" in view.alt


def test_whether_changes_are_shown_can_be_chosen(traces):
    trace, single = traces("LSTM"), trained(*pair(rs.GRU), record=rs.Record(every=9))
    few, many = view_of("weights", trace), view_of("weights", traces("LSTM", 300))
    assert (few.shows_change, many.shows_change) == (False, True), "numbers of few units stay"
    chosen = view_of("weights", trace, change=True)
    change = arrays_of(trace, chosen.layer.name, 4)["bias", ""] - arrays_of(trace, chosen.layer.name, 0)["bias", ""]
    shown = np.hstack([image.get_array() for image in chosen.maps["bias", ""].images])
    np.testing.assert_array_equal(np.sort(shown, axis=None), np.sort(change, axis=None))
    assert not view_of("weights", single).shows_change
    with pytest.raises(ValueError, match="change: expected weights kept at several epochs; got one"):
        rs.figures.weights(single, change=True)
    with pytest.raises(TypeError, match="change: expected True, False or None; got 'yes'"):
        rs.figures.weights(trace, change="yes")


def test_backward_the_weights_say_that_they_are_the_same(traces):
    backward = view_of("weights", traces("LSTM"), rs.Cursor(direction="backward"))
    assert "the same in both directions" in backward.headings[1].get_text()
    assert "both directions" not in view_of("weights", traces("LSTM")).headings[1].get_text()
