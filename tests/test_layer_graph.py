"""The graph of layers: gradients behind dropout, states that go on, masks that leave time steps out, several inputs.

What layers compute is compared with stored runs of Keras in `test_keras_files.py`; here it is compared with itself in
ways that must come to the same, and with finite differences.
"""

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.engine.losses import MeanSquaredError
from rnnscope.models.data import feature_major, time_major
from rnnscope.models.passes import size_of
from rnnscope.models.training import run_pass

L = rs.layers
RNG = np.random.default_rng(3)
X = RNG.normal(size=(4, 5, 2))


def built(*layers, **options):
    model = rs.Sequential(list(layers), dtype="float64", seed=1, **options)
    model.set_weights([RNG.normal(scale=0.4, size=array.shape) for array in model.get_weights()])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("cell", rs.cells.names())
def test_gradients_behind_dropout_are_those_of_finite_differences(cell):
    kind = getattr(L, cell)
    model = built(
        kind(3, return_sequences=True, dropout=0.4, recurrent_dropout=0.4, input_shape=(5, 2)),
        L.Dropout(0.3),
        L.Bidirectional(kind(2, recurrent_dropout=0.5)),
        rs.Dense(1),
    )
    network, given, y = model._built(), [feature_major(X)], time_major(RNG.normal(size=(4, 1)))

    def run(passes):
        return run_pass(passes, MeanSquaredError(), passes.tapes, given, y, dropping=np.random.default_rng(7))

    with network.passes(size_of(given), gradients=True) as passes, np.errstate(all="ignore"):
        without = run_pass(passes, MeanSquaredError(), passes.tapes, given, y).loss
        assert run(passes).loss != without
        gradients, weights = passes.gradients.copy(), network.weights
        for place in RNG.choice(weights.size, 25, replace=False):
            before, losses = weights[place], []
            for step in (1e-6, -1e-6):
                weights[place] = before + step
                losses.append(run(passes).loss)
            weights[place] = before
            assert gradients[place] == pytest.approx((losses[0] - losses[1]) / 2e-6, rel=1e-5, abs=1e-8)


def test_nothing_is_dropped_outside_of_training_and_a_share_of_it_in_training():
    model = built(L.LSTM(50, dropout=0.5, recurrent_dropout=0.25, input_shape=(5, 2)), rs.Dense(1))
    np.testing.assert_array_equal(model.predict(X), model.predict(X))
    assert (model.trace(X)["lstm"].dropout["h"] == 1).all()
    trace = model.fit(X, RNG.normal(size=(4, 1)), epochs=40, verbose=0)
    masks = trace["lstm"].dropout["h"]
    assert masks.shape == (40, 4, 50)
    assert set(np.unique(masks)) == {0.0, 1 / 0.75}
    assert (masks == 0).mean() == pytest.approx(0.25, abs=0.02)


def test_recording_changes_nothing_of_a_training_with_dropout():
    def weights(record, batch_size):
        model = rs.Sequential([L.GRU(3, dropout=0.5, input_shape=(5, 2)), L.Dropout(0.5), rs.Dense(1)], seed=1)
        model.compile("adam", "mse")
        model.fit(X, X[:, :1, 0], epochs=4, batch_size=batch_size, verbose=0, record=record)
        return model.get_weights()

    for batch_size in (3, 32):
        for own, other in zip(weights(True, batch_size), weights(False, batch_size), strict=True):
            np.testing.assert_array_equal(own, other)


@pytest.mark.parametrize("cell", rs.cells.names())
def test_padding_behind_a_mask_changes_nothing(cell):
    kind = getattr(L, cell)
    short = built(L.Masking(99.0, input_shape=(None, 2)), L.Bidirectional(kind(3, return_sequences=True)), kind(2))
    padded = np.concatenate([np.full((4, 2, 2), 99.0), X[:, :2], np.full((4, 3, 2), 99.0), X[:, 2:]], axis=1)
    np.testing.assert_allclose(short.predict(padded), short.predict(X), rtol=0, atol=1e-14)
    layer = short.trace(padded)["bidirectional.forward"]
    assert layer.mask.shape == (4, 10) and layer.mask.sum() == 20
    held = ~layer.mask
    np.testing.assert_array_equal(layer[layer.output][0][held], layer.prev[layer.output][0][held])


def test_gradients_behind_a_mask_are_those_of_finite_differences(variant, central_differences):
    rng = np.random.default_rng(1)
    values = np.where((rng.random((4, 5, 1)) < 0.6) & (np.arange(5)[:, None] != 3), X, 99.0)
    model, y = built(L.Masking(99.0, input_shape=(5, 2)), variant.layer(3), rs.Dense(1)), rng.normal(size=(4, 1))
    start = [rng.normal(scale=0.2, size=array.shape) for array in model.get_weights()]
    model.set_weights(start)

    def loss(weights):
        model.set_weights(weights)
        return model.evaluate(values, y)

    for own, other in zip(model.gradients(values, y), central_differences(loss, start), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("cell", rs.cells.names())
def test_states_go_on_from_batch_to_batch_as_in_one_long_sequence(cell):
    kind = getattr(L, cell)
    whole = built(kind(3, return_sequences=True, input_shape=(None, 2)), kind(2), rs.Dense(1))
    parts = rs.Sequential(
        [kind(3, return_sequences=True, stateful=True, input_shape=(None, 2)), kind(2, stateful=True), rs.Dense(1)],
        dtype="float64",
    )
    parts.set_weights(whole.get_weights())
    parts.predict(X[:, :2])
    np.testing.assert_allclose(parts.predict(X[:, 2:]), whole.predict(X), rtol=0, atol=1e-14)
    with pytest.raises(ValueError, match=r"batch_size: expected 4 samples.*model\.reset_states\(\)"):
        parts.predict(X[:3])
    parts.reset_states()
    np.testing.assert_allclose(parts.predict(X), whole.predict(X), rtol=0, atol=1e-14)


def test_states_that_are_given_are_those_of_an_encoder():
    source, target = rs.Input((5, 2)), rs.Input((3, 1))
    _, *states = L.LSTM(3, return_state=True, name="encoder")(source)
    decoded = L.LSTM(3, return_sequences=True, name="decoder")(target, initial_state=states)
    model = rs.Model([source, target], rs.Dense(1)(decoded), dtype="float64")
    model.set_weights([RNG.normal(scale=0.4, size=array.shape) for array in model.get_weights()])
    shifted = RNG.normal(size=(4, 3, 1))
    trace = model.trace([X, shifted])
    alone = rs.Sequential([L.LSTM(3, return_sequences=True, input_shape=(3, 1)), rs.Dense(1)], dtype="float64")
    alone.set_weights(model.get_weights()[3:])
    last = [trace["encoder"][name][0, :, -1] for name in ("h", "c")]
    np.testing.assert_allclose(alone.predict(shifted, initial_state=last), model.predict([X, shifted]), atol=1e-15)
    np.testing.assert_array_equal(trace["decoder"].prev["c"][0, :, 0], last[1])


def test_the_backward_direction_is_recorded_on_the_time_of_the_input():
    model = built(L.Bidirectional(L.GRU(3, return_sequences=True), input_shape=(5, 2)))
    trace = model.trace(X)
    backward, forward = trace["bidirectional.backward"], trace["bidirectional.forward"]
    alone = rs.Sequential([L.GRU(3, return_sequences=True, input_shape=(5, 2))], dtype="float64")
    alone.set_weights(model.get_weights()[3:])
    turned = alone.trace(X[:, ::-1])["gru"]
    for name in turned:
        np.testing.assert_array_equal(backward[name], turned[name][:, :, ::-1])
    np.testing.assert_array_equal(backward.prev["h"][0, :, :-1], backward["h"][0, :, 1:])
    both = np.concatenate([forward["h"], backward["h"]], axis=-1)
    np.testing.assert_array_equal(trace["bidirectional"]["y"], both)
    np.testing.assert_array_equal(backward.x[0], X)


def test_a_trace_of_all_layers_comes_back_from_its_file(tmp_path):
    model = rs.Sequential(
        [L.Embedding(9, 3, mask_zero=True), L.Bidirectional(L.LSTM(2, return_sequences=True)), L.GRU(2, dropout=0.2)]
    )
    model.compile("adam", "mse")
    tokens = RNG.integers(0, 9, (4, 6))
    trace = model.fit(tokens, RNG.normal(size=(4, 2)), epochs=2, verbose=0)
    trace.save(tmp_path / "trace.npz")
    again = rs.load_trace(tmp_path / "trace.npz")
    assert again.layers == trace.layers
    for name in trace.layers:
        own, other = trace[name], again[name]
        assert (own.reads, own.start, own.is_turned) == (other.reads, other.start, other.is_turned)
        assert (own.mask is None) == (other.mask is None) and (own.mask is None or (own.mask == other.mask).all())
        for quantity in own:
            np.testing.assert_array_equal(own[quantity], other[quantity])


def test_a_layer_that_is_added_later_leaves_the_weights_of_the_others():
    model = rs.Sequential([L.LSTM(3, input_shape=(5, 2))], seed=4)
    model.compile("adam", "mse")
    model.fit(X, RNG.normal(size=(4, 3)), epochs=2, verbose=0)
    before = model.get_weights()
    model.add(rs.Dense(2))
    fresh = rs.Sequential([L.LSTM(3, input_shape=(5, 2)), rs.Dense(2)], seed=4).get_weights()
    for own, other in zip(model.get_weights(), [*before, *fresh[3:]], strict=True):
        np.testing.assert_array_equal(own, other)


def test_layers_without_weights_run_by_themselves():
    model = rs.Sequential([L.Activation("tanh", input_shape=(5, 2)), L.Flatten()], dtype="float64")
    np.testing.assert_allclose(model.predict(X), np.tanh(X).reshape(4, 10))
    assert model.trace(X).weights(0) == [] and model.count_params() == 0


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: rs.Sequential([L.Embedding(5, 2, mask_zero=True, input_length=3), L.Flatten()]), "without a mask"),
        (lambda: rs.Sequential([rs.Input((4, 1)), L.Embedding(5, 2)]), "token numbers"),
        (lambda: rs.Sequential([L.LSTM(2, return_sequences=True, input_shape=(4, 1)), L.RepeatVector(2)]), "vectors"),
        (lambda: rs.Sequential([rs.Input((None, 1)), L.Flatten()]), "known number of time steps"),
        (lambda: L.LSTM(2)(np.zeros((1, 4, 1))), r"model\.predict\(x\)"),
        (lambda: rs.Model(x := rs.Input((4, 1)), L.LSTM(2)(x, initial_state=[rs.Input((2,))])), "initial_state"),
    ],
)
def test_layers_that_do_not_fit_are_refused_in_words(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


def test_models_that_branch_merge_or_share_a_layer_are_refused():
    x, other = rs.Input((4, 1)), rs.Input((4, 1))
    first = L.LSTM(2, return_sequences=True)(x)
    with pytest.raises(ValueError, match=r"LSTM\(2\) is read by 2 layers"):
        rs.Model(x, [L.GRU(2)(first), rs.Dense(1)(first)])
    with pytest.raises(ValueError, match="read by no layer"):
        rs.Model([rs.Input((4, 1)), other], rs.Dense(1)(L.LSTM(2)(other)))
    with pytest.raises(ValueError, match="input 0 is read by 2 layers"):
        rs.Model(x, [first, L.GRU(2)(x)])


def test_a_moment_left_open_is_the_last_that_counts():
    model = rs.Sequential([rs.Input((6,)), L.Embedding(9, 3, mask_zero=True), L.Bidirectional(L.LSTM(2))], seed=0)
    trace = model.trace(np.array([[3, 4, 0, 0, 0, 0], [0, 0, 5, 6, 7, 0], [0, 0, 0, 0, 0, 0]]))
    for sample, forward, backward in ((0, 1, 0), (1, 4, 2), (2, 5, 0)):
        for direction, time in (("forward", forward), ("backward", backward)):
            cursor = rs.Cursor(layer=f"bidirectional.{direction}", sample=sample)
            assert cursor.at(trace).time == time


def test_the_formula_of_a_layer_of_two_directions_comes_to_its_count(capsys):
    for merge_mode in ("concat", "sum"):
        model = rs.Sequential([rs.Input((4, 6)), L.Bidirectional(L.LSTM(8), merge_mode=merge_mode)])
        model.summary()
        assert model.count_params() == 960 == 8 * 8 * (6 + 8 + 1)
        assert "960      8·H·(D + H + 1)  with D=6, H=8" in capsys.readouterr().out


def test_backward_a_moment_left_open_is_the_last_but_one_that_counts():
    model = rs.Sequential([rs.Input((6,)), L.Embedding(9, 3, mask_zero=True), L.Bidirectional(L.LSTM(2))], seed=0)
    model.compile("sgd", "mse")
    tokens = np.array([[3, 4, 1, 0, 0, 0], [0, 0, 5, 6, 7, 0], [0, 8, 0, 0, 0, 0]])
    trace = model.trace(tokens, np.ones((3, 4)))
    for sample, forward, backward in ((0, 1, 1), (1, 3, 3), (2, 1, 1)):
        for layer, time in (("bidirectional.forward", forward), ("bidirectional.backward", backward)):
            cursor = rs.Cursor(layer=layer, sample=sample, direction="backward")
            assert rs.figures.cell(trace, cursor).views[0].moment.time == time
    with pytest.raises(ValueError, match="sample: expected"):
        rs.figures.cell(trace, rs.Cursor(sample=9, direction="backward"))
