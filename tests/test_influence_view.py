"""The view of what an output owes to each input: derivatives against finite differences, shares, what is missing."""

import numpy as np
import pytest
from pictures import assert_texts_are_apart, number, pair, trained, view_of
from rows import over

import rnnscope as rs
from rnnscope.analysis.influence import Influence, slopes_of_prediction
from rnnscope.numbers import written

NETS = {
    "vector": lambda cell: [cell(3, input_shape=(4, 2)), rs.Dense(2)],
    "sequence": lambda cell: [cell(3, return_sequences=True, input_shape=(4, 2)), rs.Dense(2, activation="softmax")],
    "bare": lambda cell: [cell(2, return_sequences=True, input_shape=(4, 1))],
    "two layers, backwards": lambda cell: [
        cell(3, return_sequences=True, go_backwards=True, input_shape=(4, 2)),
        cell(2, return_sequences=True),
        rs.Dense(3, activation="tanh"),
        rs.Dense(1),
    ],
}


def exact(layers, seed=3, samples=2):
    """Return a model in float64 with weights drawn at random, and inputs."""
    model = rs.Sequential(layers, dtype="float64")
    rng = np.random.default_rng(seed)
    model.set_weights([weights + rng.normal(0, 0.3, weights.shape) for weights in model.get_weights()])
    return model, rng.uniform(-1, 1, (samples, *model.layers[0].input_shape))


def by_differences(model, x, sample, step=1e-6):
    """Return ∂output/∂x of one sample by moving every input a little, (output step, output, time, feature)."""
    at, found = x[sample : sample + 1], []
    for place in np.ndindex(at.shape):
        moved = np.zeros_like(at)
        moved[place] = step
        found.append((model.predict(at + moved) - model.predict(at - moved))[0] / (2 * step))
    slopes = np.stack(found, axis=-1)
    slopes = slopes[None] if slopes.ndim == 2 else slopes
    return slopes.reshape(*slopes.shape[:2], *at.shape[1:])


@over(cell=rs.cells.names(), net=tuple(NETS))
def test_the_derivatives_are_what_outputs_do_when_an_input_is_moved(cell, net):
    model, x = exact(NETS[net](getattr(rs.layers, cell)))
    trace = model.trace(x, record=rs.Record(gradients=False))
    influence = Influence(trace)
    for sample in range(2):
        wanted = by_differences(model, x, sample)
        assert influence.at(0, sample).shape == wanted.shape
        np.testing.assert_allclose(influence.at(0, sample), wanted, rtol=1e-6, atol=1e-8 * np.abs(wanted).max())


def test_many_outputs_take_several_passes():
    model, x = exact([rs.GRU(25, return_sequences=True, input_shape=(4, 1))], samples=1)
    found = Influence(model.trace(x)).at(0, 0)
    np.testing.assert_allclose(found, by_differences(model, x, 0), rtol=1e-6, atol=1e-9)


def test_each_epoch_has_its_own_weights():
    trace = trained(*pair(rs.LSTM))
    model = rs.Sequential([*pair(rs.LSTM), rs.Dense(1)], dtype="float64")
    influence = Influence(trace)
    for epoch in (4, 0, 2):
        model.set_weights([w.astype(float) for w in trace.weights(epoch)])
        wanted = by_differences(model, trace.x.astype(float), 1)
        np.testing.assert_allclose(influence.at(epoch, 1), wanted, rtol=1e-3, atol=1e-6)


def test_without_weights_a_single_prediction_has_the_recorded_gradient():
    kept = trained(rs.LSTM(4, input_shape=(4, 1)))
    lost = trained(rs.LSTM(4, input_shape=(4, 1)), record=rs.Record(every=2, weights=False))
    np.testing.assert_allclose(Influence(lost).at(2, 3), Influence(kept).at(2, 3), rtol=1e-4)
    assert [slopes.shape for slopes in slopes_of_prediction(lost)] == [(3, 6, 4, 1)]


@pytest.mark.parametrize("net", ["vector", "sequence", "bare"])
@pytest.mark.parametrize("output", [None, 1])
def test_the_map_and_the_shares(net, output):
    model, x = exact(NETS[net](rs.LSTM))
    view = view_of("influence", model.trace(x), rs.Cursor(sample=1, time=2), output=output)
    slopes = by_differences(model, x, 1)
    if output is None:
        wanted = np.sqrt((slopes**2).sum(axis=(1, 3)))
    elif net == "sequence":
        wanted = np.sqrt((slopes[:, 1] ** 2).sum(axis=-1))
    else:
        wanted = slopes[0, 1].T if net == "vector" else slopes[:, 1, :, 0]
    np.testing.assert_allclose(view.data.slopes, wanted, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(view.panels[0].heat.image.get_array(), view.data.slopes)
    row = np.abs(wanted if net == "vector" else wanted[2:3]).sum(axis=0)
    np.testing.assert_allclose(view.data.shares, row / row.sum(), atol=1e-8)
    tops = [path.get_extents().y1 for path in view.panels[0].bars.get_paths()]
    np.testing.assert_allclose(tops, row / row.max(), atol=1e-8)
    assert view.panels[0].row.get_visible() == (net != "vector") and view.panels[0].column.patch.get_visible() == (
        net == "vector"
    )
    if net != "vector":
        assert view.panels[0].row.get_ydata() == [2] and "at output step 2" in view.heading.get_text()
    assert view.slopes.is_signed == (output is not None and net != "sequence")


def test_an_output_cannot_follow_a_later_input():
    model, x = exact(NETS["bare"](rs.GRU))
    slopes = view_of("influence", model.trace(x), output=0).data.slopes
    assert not np.triu(slopes, 1).any() and np.abs(np.tril(slopes)).max() > 0


def test_a_picture_that_was_moved_is_the_one_drawn_anew():
    trace = trained(*pair(rs.GRU))
    figure = rs.figures.influence(trace, rs.Cursor(epoch=0))
    figure.frame()
    for cursor in (rs.Cursor(epoch=2, time=1), rs.Cursor(epoch=4, sample=3)):
        figure.update(cursor)
        np.testing.assert_array_equal(figure.frame(), rs.figures.influence(trace, cursor).frame())


def test_the_largest_share_is_the_darkest_and_written():
    trace = trained(*pair(rs.LSTM))
    view = view_of("influence", trace, rs.Cursor(sample=2))
    best = int(np.argmax(view.data.shares))
    assert view.panels[0].bars.get_facecolor().sum(axis=1).argmin() == best
    assert [number(text.get_text().removesuffix(" %")) for text in view.panels[0].labels] == pytest.approx(
        100 * view.data.shares, rel=0.06
    )
    assert f"Largest shares: time step {best} {written(100 * view.data.shares[best], 2)} %" in view.alt


@pytest.mark.parametrize("weights", [False, 2])
def test_weights_that_were_not_kept_are_named(weights):
    record = rs.Record(every=2, weights=weights, gradients=False)
    figure = rs.figures.influence(trained(*pair(rs.LSTM), record=record), rs.Cursor(epoch=2))
    (view,) = figure.views
    assert "rs.Record(weights=True)" in view.missing.get_text() and view.missing.get_text() in view.alt
    assert ("nearest that were: epoch 0" in view.alt) == (weights == 2)
    assert not view.panels[0].heat.image.get_visible() and not view.panels[0].bars.get_paths()
    assert_texts_are_apart(figure)


def test_an_output_that_nothing_moves_is_said():
    model, x = exact(NETS["bare"](rs.LSTM))
    model.set_weights([0 * weights for weights in model.get_weights()])
    view = view_of("influence", model.trace(x))
    assert np.isnan(view.data.shares).all() and "No input moves this output" in view.missing.get_text()


@pytest.mark.parametrize(("output", "error"), [(1, ValueError), (-1, ValueError), ("y", TypeError), (True, TypeError)])
def test_an_output_that_is_none_is_refused(output, error):
    with pytest.raises(error, match="output: expected"):
        rs.figures.influence(trained(rs.GRU(3, input_shape=(4, 1))), output=output)


@pytest.mark.parametrize("steps", [1, 12, 40])
def test_texts_have_room(steps):
    model, x = exact([rs.GRU(3, return_sequences=True, input_shape=(steps, 1)), rs.Dense(1)], samples=1)
    assert_texts_are_apart(rs.figures.influence(model.trace(x)))
    model, x = exact([rs.GRU(3, input_shape=(steps, 2)), rs.Dense(1)], samples=1)
    assert_texts_are_apart(rs.figures.influence(model.trace(x)))


def test_a_net_that_follows_no_input_says_so():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.SimpleRNN(2, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile()

    def seen(scale, y=None):
        model.set_weights([*(0 * array for array in model.get_weights()[:3]), np.full((2, 1), scale), np.zeros(1)])
        kernel = model.get_weights()
        kernel[0] = np.full((1, 2), 1e-2)
        kernel[-1] = np.full(1, 4.0)
        model.set_weights(kernel)
        return view_of("influence", model.trace(task.x, y))

    def said(scale):
        return seen(scale, task.y).verdict

    for little in (seen(1e-3, task.y), seen(1e-3)):
        assert (
            little.data.is_little and "Hardly any input moves it. " in little.alt and "Largest shares" not in little.alt
        )
        assert little.panels[0].bars.get_paths() and little.heading.get_text().startswith("shares of next to nothing")
    much = seen(10.0, task.y)
    assert not much.data.is_little and "Largest shares" in much.alt and "as a share of all" in much.heading.get_text()
    assert said(1e-3) == "Hardly any input matters here: moved by 1, none of them moves the output by more than 2e−5."
    assert said(10.0).startswith("The output follows the input at step 3 most")
