"""The view of training: its curves, dots and ways are the recorded losses, predictions and targets."""

import re
import warnings

import numpy as np
import pytest
from pictures import assert_texts_are_apart
from rows import over

import rnnscope as rs
from rnnscope.figures.style import NOT_FINITE
from rnnscope.figures.training.texts import prediction_texts

TASK = rs.tasks.counting()


def net(*layers):
    """Return a compiled model; no weight is zero."""
    model, rng = rs.Sequential(layers), np.random.default_rng(0)
    model.compile(rs.optimizers.Adam(0.05))
    model.set_weights([weights + rng.normal(0, 0.05, weights.shape) for weights in model.get_weights()])
    return model


def fitted(epochs=9, **options):
    """Return a small model and the trace of its training; an epoch is not its place among the recorded ones."""
    model = net(rs.GRU(5, input_shape=(4, 1)), rs.Dense(1))
    options = {"record": rs.Record(every=2), **options}
    return model, model.fit(TASK.x, TASK.y, epochs=epochs, verbose=0, **options)


@pytest.fixture
def trace():
    """Return the trace of a small training."""
    return fitted()[1]


def view_of(trace, cursor=None, **options):
    """Return the view in a picture."""
    return rs.figures.training(trace, cursor, **options).views[0]


def numbers(text):
    """Return the numbers in a text."""
    return [float(found) for found in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", text.replace("−", "-"))]


def legend(view):
    """Return everything that legends and lists say."""
    texts = view.figure.findobj(lambda artist: hasattr(artist, "get_text") and artist.get_visible())
    return [text.get_text() for text in texts if text.get_text()]


def lines_of(artist):
    """Return the lines that an artist with gaps consists of, (2, point) each."""
    points = np.array(artist.get_data())
    return np.split(points, np.flatnonzero(np.isnan(points[1])) + 1, axis=1)[:-1]


def data_of(artist):
    """Return what an artist shows, (2, point)."""
    return np.array(artist.get_data(), float)


def test_the_curve_is_the_loss_of_every_epoch_and_the_dot_that_of_the_cursor(trace):
    figure = rs.figures.training(trace)
    panel = figure.views[0].losses
    np.testing.assert_array_equal(data_of(panel.lines["loss"]), [range(9), trace.history["loss"]])
    assert panel.axes.get_yscale() == "log"
    for epoch in (8, 2):
        figure.update(rs.Cursor(epoch=epoch))
        loss = trace.history["loss"][epoch]
        np.testing.assert_array_equal(data_of(panel.dots["loss"]), [[epoch], [loss]])
        assert set(panel.mark.get_xdata()) == {epoch}
        assert numbers(panel.text.get_text()) == pytest.approx([epoch, loss], rel=6e-3)
    assert "loss of each epoch, mean over its samples" in legend(figure.views[0])


def test_the_validation_loss_is_a_curve_of_its_own():
    _, trace = fitted(validation_split=0.3)
    panel = view_of(trace, rs.Cursor(epoch=4)).losses
    np.testing.assert_array_equal(panel.lines["val_loss"].get_ydata(), trace.history["val_loss"])
    assert panel.dots["val_loss"].get_ydata() == [trace.history["val_loss"][4]]
    found = numbers(panel.text.get_text())
    assert found == pytest.approx([4, trace.history["loss"][4], trace.history["val_loss"][4]], rel=6e-3)


def test_without_a_history_the_losses_are_those_of_the_recorded_passes(trace):
    trace.history.clear()
    view = view_of(trace, rs.Cursor(epoch=6))
    np.testing.assert_array_equal(data_of(view.losses.lines["loss"]), [trace.epochs, trace.loss])
    np.testing.assert_array_equal(data_of(view.losses.dots["loss"]), [[6], [trace.loss[3]]])
    assert "loss of each recorded pass" in legend(view) and "Loss of each recorded pass" in view.alt


def test_the_dots_are_predictions_against_targets(trace):
    figure = rs.figures.training(trace)
    view = figure.views[0]
    for epoch, sample in ((8, 0), (2, 4)):
        figure.update(rs.Cursor(epoch=epoch, sample=sample))
        predictions = trace.predictions[epoch // 2, :, 0]
        np.testing.assert_array_equal(data_of(view.predictions.dots), [TASK.y[:, 0], predictions])
        np.testing.assert_array_equal(data_of(view.predictions.point), [TASK.y[sample], predictions[[sample]]])
        found, off = numbers(view.predictions.text.get_text()), np.abs(predictions - TASK.y[:, 0]).mean()
        assert found == pytest.approx([sample, predictions[sample], TASK.y[sample, 0], off], rel=6e-3)
        (gap,) = lines_of(view.predictions.gaps)
        np.testing.assert_allclose(gap[:, :2], [[TASK.y[sample, 0]] * 2, [predictions[sample], TASK.y[sample, 0]]])
        assert view.data.distance == pytest.approx(np.abs(predictions - TASK.y[:, 0]).mean())


def test_the_line_of_right_predictions_is_where_they_are_their_targets(trace):
    panel = view_of(trace).predictions
    (diagonal,) = (line for line in panel.axes.lines if line.get_linestyle() == "--" and len(line.get_xdata()) == 2)
    ends = diagonal.get_transform().transform(diagonal.get_xydata())
    slope = panel.axes.transData.transform([(4, 4), (9, 9)])
    across, up = np.diff(slope, axis=0)[0]
    (x0, y0), (x1, y1) = ends
    assert (y1 - y0) / (x1 - x0) == pytest.approx(up / across)
    assert y0 + (slope[0, 0] - x0) * up / across == pytest.approx(slope[0, 1])


@pytest.mark.parametrize("epoch", [0, 4, 8])
def test_a_way_is_what_a_prediction_was_in_earlier_epochs_and_ends_at_its_dot(trace, epoch):
    view = view_of(trace, rs.Cursor(epoch=epoch, sample=3))
    rows = epoch // 2 + 1
    ways = lines_of(view.predictions.ways)
    assert len(ways) == 6
    for way, target, predictions in zip(ways, TASK.y[:, 0], trace.predictions[:rows, :, 0].T, strict=True):
        along, values = way[:, :-1]
        np.testing.assert_array_equal(values, predictions)
        assert along[-1] == target and np.all(np.diff(along) > 0)
        assert target - along[0] == pytest.approx(0.75 * epoch / 8)
    (own,) = lines_of(view.predictions.own_ways)
    np.testing.assert_array_equal(own, ways[3])


def test_scales_are_the_same_at_two_epochs_and_hold_every_prediction(trace):
    first, last = (view_of(trace, rs.Cursor(epoch=epoch)) for epoch in (0, 8))
    assert first.scale == last.scale
    for name in ("losses", "predictions"):
        assert getattr(first, name).axes.axis() == getattr(last, name).axes.axis()
    scale = first.scale["prediction"]
    assert (scale.low, scale.high) == (trace.predictions.min(), 9)
    assert first.scale["loss"].low == pytest.approx(np.log10(min(trace.history["loss"])))
    other = net(rs.LSTM(3, input_shape=(4, 1)), rs.Dense(1)).fit(TASK.x, 2 * TASK.y, epochs=4, verbose=0)
    named = {"GRU": trace, "LSTM": other}
    shared = rs.figures.compare(named, view="training", cursor=rs.Cursor(epoch=0), layout="stack").views
    assert shared[0].scale == shared[1].scale
    assert shared[0].scale["prediction"].high == 18


def test_unseen_inputs_without_targets_are_a_list_with_marks_at_their_predictions():
    model, trace = fitted()
    figure = rs.figures.training(trace, unseen=model.trace(TASK.unseen))
    view, predictions = figure.views[0], model.predict(TASK.unseen)[:, 0]
    for epoch in (8, 2):
        figure.update(rs.Cursor(epoch=epoch))
        np.testing.assert_allclose(view.listed.dots.get_ydata(), predictions, rtol=1e-6)
        for text, window, value in zip(view.listed.texts, TASK.unseen, predictions, strict=True):
            assert numbers(text.get_text()) == pytest.approx([*window.ravel(), value], rel=6e-3)
    assert "unseen inputs, after training" in legend(view)
    assert "6, 7, 8, 9 →" in view.alt and "−1, 0, 1, 2 →" in view.alt
    low, high = view.listed.axes.get_ylim()
    assert (low, high) == view.predictions.axes.get_ylim() and low < predictions.min() < predictions.max() < high
    assert not len(view.predictions.unseen.get_xdata())


def test_unseen_inputs_of_the_same_epochs_follow_the_cursor(trace):
    other = fitted()[1]
    other.y = None
    figure = rs.figures.training(trace, unseen=other)
    for epoch in (8, 2):
        figure.update(rs.Cursor(epoch=epoch))
        np.testing.assert_array_equal(figure.views[0].listed.dots.get_ydata(), other.predictions[epoch // 2, :, 0])
    assert "unseen inputs" in legend(figure.views[0])
    fewer = other.thin(3)
    view = view_of(trace, rs.Cursor(epoch=2), unseen=fewer)
    np.testing.assert_array_equal(view.listed.dots.get_ydata(), other.predictions[-1, :, 0])
    assert "unseen inputs, after training" in legend(view) and "Unseen inputs, after training" in view.alt


def test_unseen_inputs_with_targets_are_hollow_dots_beside_the_others():
    model, trace = fitted()
    targets = TASK.unseen[:, -1] + 1
    view = view_of(trace, unseen=model.trace(TASK.unseen, targets))
    found = view.predictions.unseen
    np.testing.assert_allclose(data_of(found), [[10, 3], model.predict(TASK.unseen)[:, 0]], rtol=1e-6)
    assert found.get_markerfacecolor() != found.get_markeredgecolor() != view.predictions.dots.get_color()
    assert (view.scale["target"].low, view.scale["target"].high) == (3, 10)
    for text, window, target in zip(view.listed.texts, TASK.unseen, targets[:, 0], strict=True):
        found = numbers(text.get_text())
        assert found[:4] == window.ravel().tolist() and found[-1] == target and "(right: " in text.get_text()
    np.testing.assert_array_equal(TASK.unseen_y, targets)
    assert "right: 10" in view.alt and "right: 3" in view.alt


def test_single_passes_are_of_the_same_epoch_only_if_the_weights_are_the_same():
    model, trace = fitted(epochs=1)
    assert "unseen inputs, after training" in legend(view_of(trace, unseen=model.trace(TASK.unseen)))
    found = legend(view_of(model.trace(TASK.x, TASK.y), unseen=model.trace(TASK.unseen)))
    assert "unseen inputs" in found and "loss of the recorded pass" in found


def test_without_targets_predictions_are_shown_by_sample():
    model, _ = fitted()
    view = view_of(model.trace(TASK.x), rs.Cursor(sample=2))
    predictions = model.predict(TASK.x)[:, 0]
    np.testing.assert_allclose(data_of(view.predictions.dots), [range(6), predictions], rtol=1e-6)
    assert view.predictions.axes.get_xlabel() == "sample" and "target" not in view.alt
    assert not view.history.curves and not hasattr(view, "losses")
    assert numbers(view.predictions.text.get_text()) == pytest.approx([2, predictions[2]], rel=6e-3)


def test_the_time_step_of_the_cursor_is_shown_if_there_is_a_prediction_at_each():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(5, 7, 1)), rng.normal(size=(5, 7, 2))
    model = net(rs.GRU(3, return_sequences=True, input_shape=(None, 1)), rs.Dense(2))
    trace = model.fit(x, y, epochs=3, verbose=0)
    figure = rs.figures.training(trace, unseen=model.trace(x[:2]))
    view = figure.views[0]
    with pytest.raises(ValueError, match="unseen: expected inputs of 7 time steps; got 4"):
        rs.figures.training(trace, unseen=model.trace(x[:2, :4]))
    for time in (6, 2):
        figure.update(rs.Cursor(epoch=1, sample=4, time=time))
        targets, predictions = trace.y[4], trace.predictions[1, 4]
        np.testing.assert_array_equal(data_of(view.predictions.point), [[time] * 2, predictions[time]])
        steps = np.repeat(range(7), 2)
        np.testing.assert_array_equal(data_of(view.predictions.own), [steps, predictions.ravel()])
        np.testing.assert_array_equal(data_of(view.predictions.dots), [steps, predictions.ravel()])
        for lines, values in ((view.predictions.courses, predictions), (view.predictions.goals, targets)):
            for line, course in zip(lines_of(lines), values.T, strict=True):
                np.testing.assert_array_equal(line[:, :7], [range(7), course])
        for gap, ends in zip(
            lines_of(view.predictions.gaps), np.transpose([predictions[time], targets[time]]), strict=True
        ):
            np.testing.assert_array_equal(gap[:, :2], [[time] * 2, ends])
        unseen = model.predict(x[:2])[:, time, :1]  # there is room for one number of each
        np.testing.assert_allclose(view.listed.dots.get_ydata(), unseen.ravel(), rtol=1e-5)
        texts = numbers(prediction_texts(view.moment, view.data, each_step=True)[0])
        mean = np.abs(trace.predictions[1] - trace.y).mean()
        assert texts == pytest.approx([4, time, *predictions[time], *targets[time], mean], rel=6e-3)
        assert f"time step {time}" in view.alt
    assert view.predictions.axes.get_xlabel() == "time step" and "over time" in view.titles()[0]
    assert not lines_of(view.predictions.ways) and not lines_of(view.predictions.own_ways)
    low, high = view.predictions.axes.get_ylim()
    assert low < min(trace.y.min(), trace.predictions.min()) and max(trace.y.max(), trace.predictions.max()) < high
    by_step = view_of(model.trace(x), rs.Cursor(time=3)).predictions
    assert by_step.axes.get_xlabel() == "time step" and by_step.point.get_xdata().tolist() == [3, 3]


def test_of_many_predictions_evenly_spaced_ones_are_shown_and_the_cursors_always():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(3000, 2, 1)), rng.normal(size=(3000, 1))
    trace = net(rs.GRU(2, input_shape=(2, 1)), rs.Dense(1)).fit(x, y, epochs=2, batch_size=1000, verbose=0)
    view = view_of(trace, rs.Cursor(sample=1234))
    dots = data_of(view.predictions.dots)
    assert dots.shape == (2, 2000) and len(lines_of(view.predictions.ways)) == 40
    pairs = set(zip(trace.y[:, 0].tolist(), trace.predictions[1, :, 0].tolist(), strict=True))
    assert set(zip(*dots.tolist(), strict=True)) <= pairs
    assert data_of(view.predictions.point)[1] == trace.predictions[1, 1234]
    assert "earlier epochs, oldest at left (40 of 3,000)" in legend(view)


def test_losses_that_a_logarithm_has_no_place_for_are_marked(trace):
    trace.history["loss"][2:5] = [np.nan, np.inf, 0.0]
    view = view_of(trace, rs.Cursor(epoch=2))
    panel = view.losses
    assert panel.lost.get_xdata().tolist() == [2, 3] and panel.lost.get_color() == NOT_FINITE
    assert panel.foot.get_xdata().tolist() == [4]
    assert np.isnan(panel.lines["loss"].get_ydata()[2:5]).all() and np.isnan(panel.dots["loss"].get_ydata()).all()
    assert panel.text.get_text() == "epoch 2: loss NaN" and "mean over its samples: NaN" in view.alt
    assert {"not finite", "zero or less"} <= set(legend(view))
    assert view_of(trace, rs.Cursor(epoch=4)).losses.text.get_text() == "epoch 4: loss 0"
    assert not {"not finite", "zero or less"} & set(legend(view_of(fitted()[1])))


def test_predictions_that_are_not_finite_or_beyond_the_scale_are_marked(trace):
    trace.predictions[1, :4, 0] = [np.nan, np.inf, 1e6, -1e6]
    view = view_of(trace, rs.Cursor(epoch=2))
    panel = view.predictions
    assert panel.lost.get_xdata().tolist() == [4, 5] and panel.lost.get_color() == NOT_FINITE
    assert panel.above.get_xdata().tolist() == [6] and panel.below.get_xdata().tolist() == [7]
    low, high = panel.axes.get_ylim()
    assert low < panel.below.get_ydata()[0] < panel.above.get_ydata()[0] < high < 100
    assert "prediction NaN, target 4 (2 not finite)" in panel.text.get_text() and "(2 not finite)" in view.alt
    assert {"not finite", "beyond the scale"} <= set(legend(view))
    calm = view_of(trace, rs.Cursor(epoch=4)).predictions
    assert not any(len(mark.get_xdata()) for mark in (calm.lost, calm.above, calm.below))
    assert_texts_are_apart(view.figure)
    trace.predictions[:] = 5
    other = fitted()[1]
    other.predictions[-1, 0], other.y = np.nan, None
    listed = view_of(trace, unseen=other)
    assert len(listed.listed.lost.get_xdata()) == 1 and "not finite" in legend(listed)
    assert listed.listed.texts[0].get_text() == "0, 1, 2, 3 → NaN"


def test_a_training_that_ran_away_is_drawn():
    model = rs.Sequential([rs.SimpleRNN(8, activation="linear", input_shape=(4, 1)), rs.Dense(1)])
    model.compile(rs.optimizers.SGD(0.02))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trace = model.fit(TASK.x, TASK.y, epochs=40, verbose=0)
    assert trace.stopped
    figure = rs.figures.training(trace)
    assert_texts_are_apart(figure)
    assert len(figure.views[0].losses.lost.get_xdata())


@over(width=(4, 7, 11, 16), targets=(False, True))
def test_with_unseen_inputs_a_moved_picture_is_that_drawn_anew_and_texts_are_apart(width, targets):
    model, trace = fitted(validation_split=0.3)
    unseen = model.trace(*((TASK.x, TASK.y) if targets else (np.repeat(TASK.x, 2, axis=0),)))
    figure = rs.figures.training(trace, unseen=unseen, figsize=(width, 5))
    for move in ({"epoch": 0}, {"epoch": 4, "sample": 2}, {"epoch": 8, "layer": "dense", "sample": 1}):
        figure.update(rs.Cursor(**move))
        new = rs.figures.training(trace, rs.Cursor(**move), unseen=unseen, figsize=(width, 5))
        np.testing.assert_array_equal(figure.frame(), new.frame())
        assert figure.alt == new.alt
        assert_texts_are_apart(figure)


def test_bad_unseen_inputs_are_refused(trace):
    with pytest.raises(TypeError, match=r"unseen: expected a Trace, as model.trace\(x\) returns; got 'x' \(str\)"):
        rs.figures.training(trace, unseen="x")
    two = net(rs.GRU(5, input_shape=(4, 1)), rs.Dense(2)).trace(TASK.unseen)
    with pytest.raises(
        ValueError, match=r"unseen: expected predictions of the same net, .*\(5, 6, 1\).*got \(1, 2, 2\)"
    ):
        rs.figures.training(trace, unseen=two)
    none = fitted(record=False)[1]
    with pytest.raises(ValueError, match="unseen: expected a trace with recorded epochs; got none"):
        rs.figures.training(trace, unseen=none)
    with pytest.raises(ValueError, match="the nearest is 2"):
        rs.figures.training(trace, rs.Cursor(epoch=3))


def test_backward_it_says_that_it_is_the_same(trace):
    forward, backward = (view_of(trace, rs.Cursor(direction=way)) for way in ("forward", "backward"))
    assert "the same in both directions" in backward.headings[1].get_text()
    assert "both directions" not in forward.headings[1].get_text()
    np.testing.assert_array_equal(data_of(forward.predictions.dots), data_of(backward.predictions.dots))


def test_targets_at_every_time_step_have_a_picture_that_moves_as_it_is_drawn_anew():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(4, 9, 1))
    model = net(rs.GRU(3, return_sequences=True, input_shape=(9, 1)), rs.Dense(1))
    trace = model.fit(x, np.cumsum(x, axis=1), epochs=3, verbose=0)
    figure = rs.figures.training(trace, unseen=model.trace(x[:2], np.cumsum(x[:2], axis=1)))
    for cursor in (rs.Cursor(epoch=0, sample=2, time=4), rs.Cursor(epoch=2, sample=3, time=8)):
        figure.update(cursor)
        new = rs.figures.training(trace, cursor, unseen=figure.views[0].unseen)
        np.testing.assert_array_equal(figure.frame(), new.frame())
        assert_texts_are_apart(figure)
        assert "(right: " in figure.alt and "error" in figure.alt


def test_what_was_changed_while_it_trained_has_lines_numbers_and_words():
    model = net(rs.GRU(3, input_shape=(4, 1)), rs.Dense(1))
    changes = {number: {"learning_rate": 0.01 * number} for number in (5, 20, 21, 60)}
    for epoch in model.train_steps(TASK.x, TASK.y, epochs=80):
        if epoch.number + 1 in changes:
            epoch.change(**changes[epoch.number + 1])
    view = view_of(epoch.trace)
    lines = {line.get_xdata()[0] for line in view.losses.axes.lines if len(set(line.get_xdata())) == 1}
    assert {5, 20, 21, 60} <= lines
    assert [text.get_text() for text in view.losses.changes] == ["4", "3", "1"], "two would be too near each other"
    assert [text.get_position()[0] for text in view.losses.changes] == [60, 21, 5]
    said = legend(view)
    assert [text for text in said if re.match(r"\d: ", text)] == [
        "2: learning rate 0.2",
        "3: learning rate 0.21",
        "4: learning rate 0.6",
    ]
    assert "Learning rate 0.05 from epoch 5 on." in view.alt
    assert_texts_are_apart(view.figure)
