"""Pictures of nets with several inputs: each on its own time, with its name, on one scale."""

from functools import cache

import numpy as np
import pytest
from pictures import assert_texts_are_apart, number, view_of

import rnnscope as rs
from rnnscope.analysis.influence import Influence, gradients_of_inputs
from rnnscope.trace.clock import input_in_words, input_time, mask_of_input

L = rs.layers
RNG = np.random.default_rng(3)
SOURCE, TARGET, Y = RNG.normal(size=(3, 3, 2)), RNG.normal(size=(3, 4, 1)), RNG.normal(size=(3, 4, 1))
TOKENS = np.array([[3, 1, 4, 1, 5], [2, 6, 0, 0, 0], [7, 1, 2, 0, 3]])


@cache
def made(tokens=False, sequence=True, units=3):
    """Return an encoder of three numbers or five tokens, a decoder of four steps, and what they read."""
    source, target = rs.Input((5,) if tokens else (3, 2)), rs.Input((4, 1))
    below = L.Embedding(8, 2, mask_zero=True)(source) if tokens else source
    _, h, c = L.LSTM(units, return_state=True, name="encoder")(below)
    top = L.LSTM(units, return_sequences=sequence, name="decoder")(target, initial_state=[h, c])
    model = rs.Model([source, target], rs.Dense(1)(top), seed=2, dtype="float64")
    model.compile("adam", "mse")
    return model, [TOKENS if tokens else SOURCE, TARGET]


@cache
def trained(**options):
    model, inputs = made(**options)
    y = Y if options.get("sequence", True) else Y[:, -1]
    return model.fit(inputs, y, epochs=2, verbose=0)


def by_differences(model, inputs, which, step=1e-6):
    """Return ∂output/∂x of the second sample by one input, (output step, time, feature)."""
    at, found = [x[1:2].copy() for x in inputs], []
    for place in np.ndindex(at[which].shape):
        ends = []
        for sign in (1, -1):
            moved = [x.copy() for x in at]
            moved[which][place] += sign * step
            ends.append(model.predict(moved)[0])
        found.append((ends[0] - ends[1]) / (2 * step))
    return np.stack(found, axis=-1).reshape(-1, *at[which].shape[1:])


# ----------------------------------------------------------------------------------------------------- what is computed


@pytest.mark.parametrize("sequence", [True, False])
def test_derivatives_by_every_input_are_what_outputs_do_when_it_is_moved(sequence):
    model, inputs = made(sequence=sequence)
    found = Influence(model.trace(inputs)).by_inputs(0, 1)
    assert [each.shape[2:] for each in found] == [(3, 2), (4, 1)]
    for which, slopes in enumerate(found):
        wanted = by_differences(model, inputs, which)
        np.testing.assert_allclose(slopes[:, 0], wanted, rtol=1e-6, atol=1e-9)


def test_gradients_of_inputs_are_derivatives_times_those_of_the_prediction():
    trace = trained(sequence=False)
    slopes = Influence(trace).by_inputs(1, 2)
    for gradient, by_input in zip(gradients_of_inputs(trace), slopes, strict=True):
        np.testing.assert_allclose(gradient[1, 2], by_input[0, 0] * trace.prediction_gradients[1, 2, 0], rtol=1e-9)


def test_tokens_are_moved_by_their_vectors_and_masks_belong_to_their_input():
    trace = trained(tokens=True)
    source, target = Influence(trace).by_inputs(1, 1)
    assert source.shape == (4, 1, 5, 2) and target.shape == (4, 1, 4, 1)
    assert not source[:, :, 2:].any() and source[:, :, :2].all(), "three time steps of it do not count"
    assert mask_of_input(trace, 0)[1].tolist() == [True, True, False, False, False] and mask_of_input(trace, 1) is None
    assert [input_in_words(trace, k) for k in range(2)] == ["input 1 (encoder)", "input 2 (decoder)"]


# ----------------------------------------------------------------------------------------------------------- influence


def test_every_input_has_a_map_and_shares_of_all():
    model, inputs = made()
    view = view_of("influence", model.trace(inputs), rs.Cursor(layer="decoder", sample=1, time=2))
    wanted = [np.linalg.norm(by_differences(model, inputs, which), axis=-1) for which in range(2)]
    row = [each[2] for each in wanted]
    largest = max(each.max() for each in row)
    assert len(view.panels) == 2 and view.data.row == 2
    for panels, slopes, sizes in zip(view.panels, wanted, row, strict=True):
        np.testing.assert_allclose(panels.heat.image.get_array(), slopes, rtol=1e-5, atol=1e-9)
        tops = [path.get_extents().y1 for path in panels.bars.get_paths()]
        np.testing.assert_allclose(tops, sizes / largest, rtol=1e-5, atol=1e-9)
        shares = [number(text.get_text().removesuffix(" %")) for text in panels.labels]
        np.testing.assert_allclose(shares, 100 * sizes / sum(each.sum() for each in row), rtol=0.06)
        assert panels.row.get_visible() and panels.row.get_ydata() == [2]
        assert panels.heat.axes.get_xlim() == (-0.5, len(sizes) - 0.5), "its own time axis"
    ((low, high),) = {panels.heat.image.get_clim() for panels in view.panels}
    assert low == 0 and high == pytest.approx(max(each.max() for each in wanted), rel=1e-5), "one scale for both"
    names = [[text.get_text() for text in panels.bars.axes.texts] for panels in view.panels]
    assert "input 1 · encoder" in names[0] and "input 2 · decoder" in names[1]


def test_a_moment_marks_a_time_step_of_the_input_of_its_layer():
    trace = trained(sequence=False)
    for layer, marked in (("encoder", [True, False]), ("decoder", [False, True])):
        view = view_of("influence", trace, rs.Cursor(layer=layer, time=1))
        assert [panels.column.patch.get_visible() for panels in view.panels] == marked
        assert view.panels[marked.index(True)].column.patch.get_x() == 0.5


def test_only_the_largest_share_is_dark():
    view = view_of("influence", trained(), rs.Cursor(layer="decoder"))
    dark = [(face[:3] < 0.2).all() for panels in view.panels for face in panels.bars.get_facecolor()]
    assert dark == [share == view.data.shares.max() for share in view.data.shares]


def test_masked_time_steps_are_hatched_in_their_own_input():
    view = view_of("influence", trained(tokens=True), rs.Cursor(layer="decoder", sample=1))
    first, second = (panels.held[0].moving for panels in view.panels)
    (outline,) = [path.get_extents() for path in first[0].get_paths()]
    assert (outline.x0, outline.x1) == (1.5, 4.5) and not second
    assert "hatched: masked, the input does not count" in view.headings[1].get_text().lower()


def test_a_picture_that_was_moved_is_the_one_drawn_anew():
    for name in ("influence", "gradient_flow"):
        figure = getattr(rs.figures, name)(trained(), rs.Cursor(layer="decoder", epoch=0, sample=0))
        figure.frame()
        for cursor in (rs.Cursor(layer="decoder", epoch=1, time=1, sample=2), rs.Cursor(layer="encoder", time=0)):
            figure.update(cursor)
            np.testing.assert_array_equal(figure.frame(), getattr(rs.figures, name)(trained(), cursor).frame())


# ------------------------------------------------------------------------------------------------------- gradient flow


def test_the_way_of_the_gradient_ends_at_every_input_on_one_scale():
    trace = trained()
    view = view_of("gradient_flow", trace, rs.Cursor(layer="decoder", sample=1, time=2))
    gradients = [gradient[1, 1] for gradient in gradients_of_inputs(trace)]
    limit = max(np.abs(each).max() for each in gradients)
    assert len(view.inputs) == 2
    for panel, gradient in zip(view.inputs, gradients, strict=True):
        boxes = [path.get_extents() for path in panel.bars.get_paths()]
        heights = [box.y1 if box.y1 > 0 else box.y0 for box in boxes]
        np.testing.assert_allclose(heights, gradient.ravel() / limit, atol=1e-9)
    titles = [panel.axes.get_title() for panel in view.inputs]
    assert titles == ["∂L/∂x, input 1 · encoder", "∂L/∂x, input 2 · decoder"]
    strong = [[(face[:3] < 0.2).all() for face in panel.bars.get_facecolor()] for panel in view.inputs]
    assert strong == [[False] * 6, [False, False, True, False]], "what the decoder reads at its time step"
    assert "input 1 (encoder)" in view.alt and "input 2 (decoder)" in view.alt


@pytest.mark.parametrize("view", ["influence", "gradient_flow"])
@pytest.mark.parametrize("options", [{}, {"tokens": True}, {"sequence": False, "units": 40}])
@pytest.mark.parametrize("figsize", [None, (6.5, 9.0)])
def test_texts_are_apart(view, options, figsize):
    assert_texts_are_apart(getattr(rs.figures, view)(trained(**options), figsize=figsize))


def test_a_layer_that_reads_backwards_is_at_the_input_that_it_reads():
    model = rs.Sequential([rs.LSTM(3, go_backwards=True, input_shape=(5, 1)), rs.Dense(1)], seed=0)
    trace = model.trace(np.random.default_rng(0).normal(size=(4, 5, 1)))
    for time in range(5):
        moment = rs.Cursor(layer="lstm", time=time).at(trace)
        assert input_time(moment, 0) == 4 - time
        np.testing.assert_array_equal(moment.layer.x[0][:, time], trace.x[:, 4 - time])
