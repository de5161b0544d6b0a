"""Layers over all time steps: the mean, the largest number, and dropout of whole features."""

from __future__ import annotations

import numpy as np
import pytest

import rnnscope as rs

L = rs.layers
RNG = np.random.default_rng(2)
X, Y = RNG.normal(size=(5, 6, 2)), RNG.normal(size=(5, 1))
TOKENS = np.array([[1, 2, 3, 0], [4, 0, 0, 0], [2, 2, 0, 3]])


def net(*layers):
    made = rs.Sequential([*layers, rs.Dense(1)], dtype="float64", seed=1)
    made.set_weights([RNG.normal(scale=0.5, size=array.shape) for array in made.get_weights()])
    made.compile("sgd", "mse")
    return made


KINDS = [(L.GlobalAveragePooling1D, np.mean), (L.GlobalMaxPooling1D, np.max)]


@pytest.mark.parametrize(("kind", "over"), KINDS)
def test_all_time_steps_become_one_vector(kind, over):
    model = net(L.GRU(3, return_sequences=True, input_shape=(None, 2)), kind())
    trace = model.trace(X, Y)
    pooled = over(trace["gru"]["h"][0], axis=1)
    np.testing.assert_allclose(trace[model.layers[1].name]["y"][0], pooled, rtol=1e-14)
    kernel, bias = model.layers[2].get_weights()
    np.testing.assert_allclose(model.predict(X), pooled @ kernel + bias, rtol=1e-12)
    assert model.predict(X[:, :2]).shape == (5, 1) and model.layers[1].output_shape() == (3,)


@pytest.mark.parametrize(("kind", "over"), KINDS)
def test_gradients_are_those_of_finite_differences(kind, over):
    model = net(L.LSTM(3, return_sequences=True, input_shape=(6, 2)), kind())
    for array, gradient in zip(model.weights, model.gradients(X, Y), strict=True):
        before = array.numpy()
        place = tuple(RNG.integers(0, n) for n in before.shape)
        losses = []
        for step in (1e-6, -1e-6):
            moved = before.copy()
            moved[place] += step
            array.assign(moved)
            losses.append(model.evaluate(X, Y))
        array.assign(before)
        assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_steps_that_a_mask_leaves_out_do_not_count_in_the_mean():
    model = net(L.Embedding(5, 2, mask_zero=True), L.GlobalAveragePooling1D())
    table, kernel, bias = model.get_weights()
    means = [table[[token for token in row if token]].mean(axis=0) for row in TOKENS]
    np.testing.assert_allclose(model.predict(TOKENS), means @ kernel + bias, rtol=1e-12)
    gradient = model.gradients(TOKENS, np.zeros((3, 1)))[0]
    assert not gradient[0].any() and gradient[1:].any(axis=1).all()
    with pytest.raises(ValueError, match="without a mask, which GlobalMaxPooling1D cannot take"):
        net(L.Embedding(5, 2, mask_zero=True), L.GlobalMaxPooling1D())


def test_the_largest_numbers_share_the_gradient_where_they_are_alike():
    model = net(L.Activation("linear", input_shape=(3, 1)), L.GlobalMaxPooling1D())
    x = np.array([[[2.0], [1.0], [2.0]]])
    back = model.trace(x, [[0.0]])["activation"].grad["y"][0, 0, :, 0]
    assert back[0] == back[2] != 0 and back[1] == 0
    np.testing.assert_allclose(back.sum(), 2 * model.predict(x)[0, 0] * model.layers[2].get_weights()[0][0, 0])


def test_features_are_dropped_at_all_time_steps():
    model = net(L.SpatialDropout1D(0.4, input_shape=(6, 2)), L.GlobalAveragePooling1D())
    np.testing.assert_array_equal(model.trace(X)["spatial_dropout1d"]["y"][0], X)
    trace = model.fit(X, Y, epochs=60, verbose=0)
    masks = trace["spatial_dropout1d"].dropout["x"]
    assert set(np.unique(masks)) == {0, 1 / 0.6} and masks.shape == (60, 5, 6, 2)
    assert (masks == masks[:, :, :1]).all() and abs((masks == 0).mean() - 0.4) < 0.06
    np.testing.assert_array_equal(trace["spatial_dropout1d"]["y"], X * masks)


def test_layers_over_time_read_sequences():
    for layer in (L.GlobalAveragePooling1D(), L.GlobalMaxPool1D(), L.SpatialDropout1D(0.1)):
        with pytest.raises(ValueError, match=r"expected sequences \(time, feature\) as input; got \(2,\)"):
            rs.Sequential([rs.Input((2,)), layer])


@pytest.mark.parametrize("view", ["network", "training", "parameters", "weights", "influence"])
def test_views_draw_them(view):
    layers = [L.SpatialDropout1D(0.2, input_shape=(6, 2)), L.LSTM(2, return_sequences=True), L.GlobalAveragePooling1D()]
    trace = net(*layers).fit(X, Y, epochs=2, verbose=0)
    assert getattr(rs.figures, view)(trace).alt
