"""Windows of a series of one's own."""

import datetime as dt

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.numbers import written

SERIES = np.random.default_rng(0).normal(5, 3, 40)


@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("scale", ["standard", "minmax", "none"])
def test_windows_are_cut_and_scaled_by_the_training_part(horizon, scale):
    task = rs.tasks.windows(SERIES, 6, horizon, scale=scale, unseen=0.25)
    known = SERIES[:30]
    ways = {"standard": (known.mean(), known.std()), "minmax": (known.min(), np.ptp(known)), "none": (0.0, 1.0)}
    shift, factor = ways[scale]
    seen, unseen = [], []
    for start in range(40 - 6 - horizon + 1):
        answer = start + 5 + horizon
        window = [(SERIES[start + k] - shift) / factor for k in range(6)]
        (seen if answer < 30 else unseen).append((window, (SERIES[answer] - shift) / factor))
    for pairs, x, y in ((seen, task.x, task.y), (unseen, task.unseen, task.unseen_y)):
        assert x.shape == (len(pairs), 6, 1) and y.shape == (len(pairs), 1) and x.dtype == y.dtype == np.float32
        np.testing.assert_allclose(x[..., 0], [window for window, _ in pairs], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(y[:, 0], [answer for _, answer in pairs], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(task.unscale(task.unseen_y)[:, 0], SERIES[30:], rtol=1e-6)
    assert (task.labels is None) == (scale == "none")
    if scale != "none":
        assert task.labels.time is task.labels.samples is None and task.unseen_labels == task.labels
        assert task.labels.scale == ((pytest.approx(shift),), (pytest.approx(factor),))


def test_several_features_and_one_target():
    series = np.stack([SERIES, 100 * SERIES + 7], axis=1)
    both, one = rs.tasks.windows(series, 4), rs.tasks.windows(series, 4, target=1)
    assert both.x.shape[2] == both.y.shape[1] == 2 and one.y.shape[1] == 1
    np.testing.assert_array_equal(one.y[:, 0], both.y[:, 1])
    np.testing.assert_allclose(one.unscale(one.unseen_y)[:, 0], series[32:, 1], rtol=1e-5)
    np.testing.assert_allclose(both.unscale(both.unseen_y), series[32:], rtol=1e-5)
    np.testing.assert_allclose(both.unscale(np.zeros((2, 3, 2)))[1, 2], series[:32].mean(axis=0))


def test_a_value_that_never_changes_is_only_shifted():
    task = rs.tasks.windows([3.0] * 20, 4)
    assert not task.x.any() and (task.unscale(task.y) == 3).all()


def test_dates_are_labels_of_steps_and_answers():
    dates = np.datetime64("2024-02-27") + np.arange(40)
    task = rs.tasks.windows(SERIES, 6, 2, dates=dates)
    assert task.labels.time[0] == tuple(str(date) for date in dates[:6]) and task.labels.samples[0] == str(dates[7])
    assert task.unseen_labels.samples == tuple(str(date) for date in dates[32:])
    assert task.unseen_labels.time[-1] == tuple(str(date) for date in dates[32:38])
    model = rs.Sequential([rs.GRU(2, input_shape=(6, 1)), rs.Dense(1)], seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=2, verbose=0, labels=task.labels)
    unseen = model.trace(task.unseen, task.unseen_y, labels=task.unseen_labels)
    assert trace.labels == task.labels and unseen.labels == task.unseen_labels
    view = rs.figures.training(trace, rs.Cursor(sample=0), unseen=unseen).views[0]
    assert view.listed.texts[0].get_text().startswith("sample 0 (2024-03-30) → ")


def test_series_of_pandas_bring_their_dates():
    pandas = pytest.importorskip("pandas")
    index = pandas.date_range("2020-01-01", periods=40, freq="MS")
    frame = pandas.DataFrame({"rain": SERIES, "sun": SERIES[::-1]}, index=index)
    task = rs.tasks.windows(frame["rain"], 6)
    assert task.labels.time[0] == tuple(f"2020-0{month}" for month in range(1, 7))
    assert task.labels.samples[0] == "2020-07"
    named = rs.tasks.windows(frame, 6, target="sun")
    np.testing.assert_allclose(named.unscale(named.y)[:, 0], SERIES[::-1][6:32], rtol=1e-5)
    with pytest.raises(ValueError, match=r"target: expected one of rain, sun; got 'snow'"):
        rs.tasks.windows(frame, 6, target="snow")
    assert rs.tasks.windows(pandas.Series(SERIES), 6).labels.time is None


def test_it_says_how_it_was_scaled():
    task = rs.tasks.windows([dt.timedelta(days=k).days for k in range(20)], 5)
    assert task.describe() == (
        "windows: say the next value after a window of the series. 11 windows of 5 time steps, 1 feature each; 4 later "
        "ones, whose answers are in the last 4 of 20 values, are unseen. To say the last value once more scores "
        "0.22 on 4 unseen windows; an error (root of the mean square) below 0.22 counts as solved. Values are scaled "
        "by the first 16 alone (mean 7.5, standard deviation 4.61); "
        "task.unscale(prediction) is in the units of the data."
    )
    assert "least 0, range 15" in rs.tasks.windows(range(20), 5, scale="minmax").describe()
    assert rs.tasks.windows(range(20), 5, 2, scale="none").describe().endswith("The values are as they were given.")


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"series": ["a", "b"]}, TypeError, r"series: expected numbers, \(time,\) or \(time, feature\); got"),
        ({"series": [[1], [1, 2]]}, TypeError, "series: expected numbers"),
        ({"series": np.zeros((4, 2, 2))}, ValueError, r"series: expected values of shape .*; got shape \(4, 2, 2\)"),
        ({"series": []}, ValueError, r"series: expected values of shape .*; got shape \(0,\)"),
        ({"series": [1.0, np.nan, 2.0]}, ValueError, r"series: expected finite numbers; got \[nan\] at 1"),
        ({"length": 0}, ValueError, "length: expected an integer of at least 1"),
        ({"length": 40}, ValueError, "series: expected at least 41 values before the unseen ones .*; got 40 values"),
        ({"horizon": 0}, ValueError, "horizon: expected an integer of at least 1"),
        ({"unseen": 0}, ValueError, "unseen: expected a number above 0 and below 1"),
        ({"scale": "log"}, ValueError, "scale: expected one of minmax, none, standard; got 'log'"),
        ({"target": 1}, ValueError, "target: expected a number from 0 to 0; got 1"),
        ({"dates": ["a"]}, ValueError, "dates: expected 40 names, one per value; got 1"),
    ],
)
def test_what_makes_no_windows_is_refused(options, kind, message):
    with pytest.raises(kind, match=message):
        rs.tasks.windows(**{"series": SERIES, "length": 6, **options})


def test_one_unseen_value_is_enough():
    assert len(rs.tasks.windows(SERIES, 6, unseen=0.001).unseen) == 1


def test_predictions_of_another_shape_are_refused():
    task = rs.tasks.windows(SERIES, 6)
    with pytest.raises(
        ValueError, match=r"prediction: expected predictions \(sample, output\) with 1 output; got shape"
    ):
        task.unscale(np.zeros((3, 2)))


# ----------------------------------------------------------------------------------------------- the units of the data


def net(task, **options):
    model = rs.Sequential([rs.GRU(2, input_shape=task.x.shape[1:]), rs.Dense(task.y.shape[1])], seed=0)
    model.compile()
    return model, model.fit(task.x, task.y, epochs=2, verbose=0, labels=task.labels, **options)


def weather(**options):
    dates = np.datetime64("2024-02-27") + np.arange(40)
    return rs.tasks.windows(300 + 5 * SERIES, 6, dates=dates, unit="K", **options)


@pytest.mark.parametrize("scale", ["standard", "minmax"])
def test_training_shows_the_data(scale):
    task = weather(scale=scale)
    model, trace = net(task)
    unseen = model.trace(task.unseen, task.unseen_y, labels=task.unseen_labels)
    view = rs.figures.training(trace, rs.Cursor(sample=3), unseen=unseen).views[0]
    said, right = task.unscale(trace.predictions[-1])[3, 0], 300 + 5 * SERIES[9]
    np.testing.assert_allclose(view.data.point[1], [said])
    np.testing.assert_allclose(view.data.targets, [right], rtol=1e-6)
    gaps = np.abs(task.unscale(trace.predictions[-1])[:, 0] - (300 + 5 * SERIES[6:32]))
    assert view.data.distance == pytest.approx(gaps.mean(), rel=1e-5)
    np.testing.assert_allclose(view.data.unseen, task.unscale(unseen.predictions[-1]))
    np.testing.assert_allclose(view.data.unseen_targets[:, 0], 300 + 5 * SERIES[32:], rtol=1e-6)
    both = f"prediction {written(said)} K, target {written(right)} K"
    assert f"ample 3 (2024-03-07): {both}, error {written(said - right)} K" in view.alt
    low, high = view.predictions.axes.get_ylim()
    assert low > 200 and high < 400
    assert view.predictions.axes.get_ylabel() == "prediction, K" and view.predictions.axes.get_xlabel() == "target, K"
    assert view.losses.axes.get_ylabel() == "loss of scaled values"
    first = view.listed.texts[0].get_text()
    assert first.startswith("sample 0 (2024-03-30) → ") and first.endswith(
        f" K (right: {written(300 + 5 * SERIES[32])} K)"
    )


def test_the_network_and_the_verdict_show_the_data():
    task = weather()
    _, trace = net(task)
    said, right = task.unscale(trace.predictions[-1])[3, 0], 300 + 5 * SERIES[9]
    view = rs.figures.network(trace, rs.Cursor(sample=3)).views[0]
    both = f"prediction: {written(said)} K, target: {written(right)} K"
    assert view.target.get_text() in (both, f"scaled back to the data: {both}")
    assert view.rows["dense"].held["y"].numbers[0].get_text() == f"y = {written(trace.predictions[-1, 3, 0])}", (
        "as it ran"
    )
    words = rs.verdict(trace, rs.Cursor(sample=3))
    assert f"The answer is {written(said)} K" in words


def test_without_a_unit_it_is_said_that_numbers_are_scaled_back():
    task = rs.tasks.windows(300 + 5 * SERIES, 6)
    _, trace = net(task)
    axes = rs.figures.training(trace).views[0].predictions.axes
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("prediction, scaled back", "target, scaled back")
    plain = trace.with_labels(None)
    assert rs.figures.training(plain).views[0].predictions.axes.get_ylabel() == "prediction"
    as_given = net(rs.tasks.windows(300 + 5 * SERIES, 6, scale="none"))[1]
    assert rs.figures.training(as_given).views[0].losses.axes.get_ylabel() == "loss"


def test_every_output_has_its_own_scale():
    series = np.stack([SERIES, 100 * SERIES + 7], axis=1)
    task = rs.tasks.windows(series, 4)
    _, trace = net(task)
    view = rs.figures.training(trace, rs.Cursor(sample=2)).views[0]
    np.testing.assert_allclose(view.data.targets, series[6], rtol=1e-5)
    np.testing.assert_allclose(view.data.point[1], task.unscale(trace.predictions[-1])[2])


def test_traces_keep_the_units_of_the_data(tmp_path):
    task = weather()
    _, trace = net(task)
    trace.save(tmp_path / "run.npz")
    found = rs.load_trace(tmp_path / "run.npz").labels
    assert found == task.labels and (found.unit, found.scale) == ("K", task.labels.scale)
    assert trace.thin(1).labels == task.labels
    assert task.labels.some([3, 1]).scale == task.labels.scale and task.labels.some([3, 1]).unit == "K"


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (
            {"scale": 3.0},
            TypeError,
            r"Labels: scale: expected what was subtracted .* \(15.0, 8.0\); got 3.0",
        ),
        ({"scale": (1.0,)}, ValueError, "Labels: scale: expected"),
        ({"scale": (1.0, 0.0)}, ValueError, "the second not 0"),
        ({"scale": (np.nan, 1.0)}, ValueError, "both finite"),
        ({"unit": 3}, TypeError, "Labels: unit: expected a text"),
    ],
)
def test_units_that_are_none_are_refused(given, error, words):
    with pytest.raises(error, match=words):
        rs.Labels(**given)


def test_a_scale_has_a_number_for_each_output():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.GRU(2, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    with pytest.raises(ValueError, match="labels: scale: expected 1 numbers, one per output; got 2"):
        model.trace(task.x, labels=rs.Labels(scale=((1.0, 2.0), 3.0)))
    with pytest.raises(TypeError, match="unit: expected a text"):
        rs.tasks.windows(SERIES, 4, unit=3)
