"""Habits of Keras: callbacks, batches of one's own, frozen layers, a second training, and slips of the pen."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import rnnscope as rs

L, C, M = rs.layers, rs.callbacks, rs.metrics
TASK = rs.tasks.counting()
X, Y = TASK.x, TASK.y
RNG = np.random.default_rng(0)


def model(*layers, loss="mse", optimizer="adam", **options):
    found = rs.Sequential(list(layers) or [L.LSTM(3, input_shape=(4, 1)), L.Dense(1)], seed=0, dtype="float64")
    found.compile(optimizer, loss, **options)
    return found


def fit(net, epochs=3, **options):
    return net.fit(X, Y, epochs=epochs, **{"verbose": 0, "batch_size": 4, **options})


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


# ------------------------------------------------------------------------------------------------- a second training


@pytest.mark.parametrize("batch_size", [32, 4])
def test_two_trainings_are_one_and_their_traces_join(batch_size, tmp_path):
    def net():
        return model(L.GRU(3, dropout=0.2, input_shape=(4, 1)), L.Dense(1), metrics=["mae"])

    options = {"batch_size": batch_size, "validation_split": 0.2}
    twice, once = net(), net()
    first, second = fit(twice, 5, **options), fit(twice, 5, **options)
    whole, joined = fit(once, 10, **options), first + second
    assert same(twice, once)
    assert second.epochs.tolist() == [5, 6, 7, 8, 9] and joined.epochs.tolist() == list(range(10))
    assert joined.history == whole.history
    for name in whole.layers:
        for key, array in whole[name].arrays.items():
            np.testing.assert_array_equal(joined[name].arrays[key], array)
    assert all(np.array_equal(a, b) for a, b in zip(joined.weights(7), whole.weights(7), strict=True))
    joined.save(tmp_path / "run.npz")
    assert rs.load_trace(tmp_path / "run.npz").epochs.tolist() == joined.epochs.tolist()


def test_entries_of_some_epochs_keep_their_epochs(tmp_path):
    net = model()
    options = {"validation_split": 0.2, "validation_freq": 2}
    joined = fit(net, 3, **options) + fit(net, 4, **options)
    epochs, values = joined.curve("val_loss")
    assert epochs.tolist() == [1, 4, 6] and values.tolist() == joined.history["val_loss"]
    joined.save(tmp_path / "run.npz")
    again = rs.load_trace(tmp_path / "run.npz")
    assert again.curve("val_loss")[0].tolist() == [1, 4, 6] and again.curve("loss")[0].tolist() == list(range(7))
    at = [rs.figures.training(joined, rs.Cursor(epoch=epoch)).views[0].data.losses for epoch in (3, 4)]
    assert [set(losses) for losses in at] == [{"loss"}, {"loss", "val_loss"}]
    assert at[1]["val_loss"] == values[1]


def test_initial_epoch_numbers_the_epochs():
    net, seen = model(), []
    trace = fit(net, 5, initial_epoch=3, callbacks=[C.LambdaCallback(on_epoch_begin=lambda e, logs: seen.append(e))])
    assert seen == trace.epochs.tolist() == [3, 4] and trace.first_epoch == 3
    assert fit(net, 2).epochs.tolist() == [5, 6]


def test_traces_that_do_not_follow_one_another_are_not_joined():
    net = model()
    first, second = fit(net), fit(net)
    others = {
        "from epoch 3, where the first one ended; got one from 0": first,
        "the same recorded samples": fit(net, record=rs.Record(samples=[1])),
        "the same recorded quantities": fit(net, record=rs.Record(quantities=["c"])),
        "the same layers": fit(model(L.LSTM(3, input_shape=(4, 1)), L.Dense(2), L.Dense(1))),
        "without losses of a training": net.trace(X),
    }
    for words, other in others.items():
        with pytest.raises(ValueError, match=words):
            first + other
    with pytest.raises(ValueError, match="The first trace stands left"):
        second + first
    with pytest.raises(TypeError):
        first + 1
    assert (first + second).epochs.size == 6


# ------------------------------------------------------------------------------------------------------- callbacks


def test_an_error_in_a_callback_ends_the_training_and_the_weights_stay():
    class Fails(C.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                raise RuntimeError("no more")

    net, other = model(), model()
    with pytest.raises(RuntimeError, match="no more"):
        fit(net, 5, callbacks=[Fails()])
    assert same(net, other) is False
    fit(other, 2)
    assert same(net, other)
    trace = fit(net, 2)
    assert trace.epochs.tolist() == [2, 3] and trace.history == fit(other, 2).history


def test_a_callback_sees_what_the_trace_says():
    seen, kept = [], C.History()

    class Watch(C.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            seen.append(self.model.get_weights()[0])

        def on_epoch_end(self, epoch, logs=None):
            logs["twice"] = 2 * logs["loss"]

    trace = fit(model(), callbacks=[Watch(), kept])
    for epoch, kernel in enumerate(seen):
        np.testing.assert_array_equal(trace.weights(epoch)[0], kernel)
    assert trace.history["twice"] == [2 * loss for loss in trace.history["loss"]]
    assert kept.history == trace.history and kept.epoch == [0, 1, 2]


def test_stopping_keeps_what_was_recorded_and_says_it():
    net = model(optimizer=rs.optimizers.SGD(0.0))
    stop = C.EarlyStopping("loss", patience=2, restore_best_weights=True)
    trace = fit(net, 20, callbacks=[stop])
    assert trace.epochs.tolist() == [0, 1, 2] and trace.stopped == "a callback ended it after epoch 2"
    assert fit(net, 4).epochs.tolist() == [3, 4, 5, 6]


def test_callbacks_of_another_thing_are_refused():
    class Foreign:
        def on_epoch_end(self, epoch, logs=None):
            """Do nothing."""

    for bad, words in (
        (C.EarlyStopping, r"Call it: EarlyStopping\(\)"),
        ([print], "class Mine"),
        ([Foreign()], "of that name in rs.callbacks"),
    ):
        with pytest.raises(TypeError, match=words):
            fit(model(), callbacks=bad)
    with pytest.warns(UserWarning, match="expected one of loss; got 'val_loss'. Give validation_data"):
        fit(model(), 1, callbacks=[C.EarlyStopping()])
    with pytest.raises(ValueError, match="expected 'min' or 'max'"):
        fit(model(metrics=[_constant]), 1, callbacks=[C.EarlyStopping("_constant")])


def _constant(y_true, y_pred):
    return np.full(len(y_true), 3.0)


# ---------------------------------------------------------------------------------------------- batches of one's own


def batches():
    return ((X[k : k + 2], Y[k : k + 2]) for k in (0, 2, 4))


def test_of_batches_the_first_one_is_recorded_exactly():
    net, plain = model(), model()
    trace = net.fit(batches(), verbose=0)
    alone = plain.trace(X[:2], Y[:2])
    np.testing.assert_array_equal(trace.x, X[:2])
    for key, array in alone["lstm"].arrays.items():
        np.testing.assert_allclose(trace["lstm"].arrays[key], array, rtol=1e-12, err_msg=key)
    assert trace.training["steps"] == 3 and trace.training["samples"] == 2
    plain.fit(X, Y, batch_size=2, shuffle=False, verbose=0)
    assert same(net, plain)
    chosen = model().fit(batches(), verbose=0, record=rs.Record(samples=[1]))
    np.testing.assert_array_equal(chosen["lstm"]["f"], trace["lstm"]["f"][:, 1:])


def test_a_generator_that_ends_ends_the_training_and_says_so():
    with pytest.warns(UserWarning, match="no batches left for epoch 1.*steps_per_epoch"):
        trace = model().fit(batches(), epochs=3, verbose=0)
    assert trace.epochs.tolist() == [0] and "no batches left" in trace.stopped
    with pytest.warns(UserWarning, match="expected 2 batches; the data ended after 1 of them"):
        trace = model().fit(batches(), epochs=2, steps_per_epoch=2, verbose=0)
    assert trace.epochs.tolist() == [0, 1]


def test_validation_keeps_the_batches_of_a_generator():
    history = fit(model(), validation_data=batches()).history
    expected = fit(model(), validation_data=(X, Y), validation_batch_size=2).history
    assert history == expected


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        (iter([]), {}, "at least one batch"),
        (iter([X]), {}, r"batches \(x, y\)"),
        (iter([(X, Y[:2])]), {}, "y: expected 6 targets"),
        (batches(), {"validation_split": 0.2}, "got batches"),
        (batches(), {"sample_weight": [1, 2]}, "to bring it"),
    ],
)
def test_batches_that_are_none_are_refused(given, options, words):
    with pytest.raises(ValueError, match=words):
        model().fit(given, verbose=0, **options)


# --------------------------------------------------------------------------------------- weights and frozen layers


def test_weights_of_samples_are_those_of_a_loss_written_out():
    weights, net = RNG.uniform(size=6), model()
    trace = net.fit(X, Y, sample_weight=weights, epochs=1, verbose=0)
    errors = (net.trace(X).predictions[0] - Y.reshape(6, 1))[:, 0] ** 2
    assert trace.loss[0] == pytest.approx(
        np.mean(weights * (trace.predictions[0, :, 0] - Y.reshape(6)) ** 2), rel=1e-12
    )
    assert errors.shape == weights.shape
    by_hand = 2 * weights * (trace.predictions[0, :, 0] - Y.reshape(6)) / 6
    np.testing.assert_allclose(trace.prediction_gradients[0, :, 0], by_hand, rtol=1e-12)


@pytest.mark.parametrize("optimizer", ["adam", rs.optimizers.SGD(0.1, momentum=0.9)])
def test_frozen_layers_keep_their_weights_and_their_gradients(optimizer):
    net, free = model(optimizer=copy.copy(optimizer)), model(optimizer=copy.copy(optimizer))
    net.layers[0].trainable = False
    before = net.get_weights()
    trace, other = fit(net, 2, batch_size=6), fit(free, 2, batch_size=6)
    after = net.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(before[:3], after[:3], strict=True))
    assert not np.array_equal(before[3], after[3])
    np.testing.assert_array_equal(trace["lstm"].grad["f"][0], other["lstm"].grad["f"][0])
    assert [w.path for w in net.trainable_weights] == ["dense/kernel", "dense/bias"]
    net.layers[0].trainable = True
    fit(net, 1)
    assert not np.array_equal(net.get_weights()[0], after[0])


def test_a_frozen_model_is_said_and_stays(capsys):
    net = model()
    net.trainable = False
    before = net.get_weights()
    with pytest.warns(UserWarning, match="all frozen"):
        fit(net, 1)
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    net.summary()
    assert "Trainable params: 0\nNon-trainable params: 64" in capsys.readouterr().out
    assert pickle.loads(pickle.dumps(net)).trainable is False
    assert L.Bidirectional(L.LSTM(2), trainable=False).forward_layer.trainable is False


def test_weights_of_a_layer_are_looked_at_and_set():
    net = model()
    lstm, kernel = net.layers[0], net.layers[0].weights[0]
    assert (kernel.name, kernel.path, kernel.shape) == ("kernel", "lstm/kernel", (1, 12))
    lstm.set_weights([np.full(w.shape, k) for k, w in enumerate(lstm.weights)])
    assert [set(w.ravel()) for w in net.get_weights()[:3]] == [{0.0}, {1.0}, {2.0}]
    kernel.assign(np.ones((1, 12)))
    np.testing.assert_array_equal(np.asarray(net.weights[0]), np.ones((1, 12)))
    for wrong, words in (([1], "3 arrays; got 1"), ([0, 0, 0], "shape"), ("abc", "list of arrays")):
        with pytest.raises((TypeError, ValueError), match=words):
            lstm.set_weights(wrong)
    with pytest.raises(ValueError, match="no weights yet"):
        L.LSTM(3).set_weights([1, 2, 3])
    assert net.get_layer(index=0) is lstm and net.get_layer("lstm") is lstm


# ----------------------------------------------------------------------------------------------------------- metrics


def test_metrics_of_masked_steps_written_out():
    x = RNG.normal(size=(5, 4, 2)) * (np.arange(4) < [[4], [2], [1], [3], [4]])[..., None]
    net = model(L.Masking(input_shape=(4, 2)), L.LSTM(3, return_sequences=True), L.Dense(2), metrics=["mae"])
    y, mask = RNG.normal(size=(5, 4, 2)), (x != 0).any(axis=-1)
    loss, mae = net.evaluate(x, y)
    errors = net.predict(x) - y
    assert loss == pytest.approx(np.mean(errors[mask] ** 2), rel=1e-12)
    assert mae == pytest.approx(np.abs(errors[mask]).mean(), rel=1e-12)


def test_metrics_by_themselves_add_up():
    y, p = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 2))
    weights = RNG.uniform(size=6)
    error = M.RootMeanSquaredError()
    error.update_state(y[:4], p[:4], weights[:4])
    error.update_state(y[4:], p[4:], weights[4:])
    assert error.result() == pytest.approx(np.sqrt((weights * ((y - p) ** 2).mean(axis=1)).sum() / weights.sum()))
    error.reset_state()
    assert error.result() == 0
    trace = fit(model(metrics=[_constant, M.MeanAbsoluteError(name="off")]), 1)
    assert trace.history["_constant"] == [3.0] and "off" in trace.history


# ------------------------------------------------------------------------------------------------ slips of the pen


SLIPS = [
    (lambda: rs.callback, "did you mean callbacks"),
    (lambda: rs.Sequental, "did you mean Sequential"),
    (lambda: rs.keras, "in the place of keras"),
    (lambda: rs.callbacks.EarlyStoping, "did you mean EarlyStopping"),
    (lambda: rs.callbacks.RemoteMonitor, "it has CSVLogger"),
    (lambda: rs.metrics.RMSE, "RootMeanSquaredError"),
    (lambda: rs.layers.Lstm, "did you mean LSTM"),
    (lambda: rs.layers.Conv9D, "no layer 'Conv9D': it has Activation"),
    (lambda: L.LSTM(3, return_sequence=True), "did you mean 'return_sequences'"),
    (lambda: L.LSTM(3, recurent_dropout=0.1), "did you mean 'recurrent_dropout'"),
    (lambda: L.LSTM(3, "rellu"), "did you mean 'relu'"),
    (lambda: L.LSTM(3, "relu", activation="tanh"), "got it twice"),
    (lambda: L.LSTM(*range(1, 40)), r"at most \d+ arguments"),
    (lambda: L.LSTM(), "expected units; got none"),
    (lambda: L.GRU(3, dtype="float64"), "for the whole model"),
    (lambda: L.Dense(1, kernel_constraint="nonneg"), "which is not here"),
    (lambda: L.Dense(1, activaton="relu"), "did you mean 'activation'"),
    (lambda: model().fit_generator, r"type model.fit\(generator"),
    (lambda: model().predict_classes, "argmax"),
    (lambda: model().set_weight, "did you mean 'set_weights'"),
    (lambda: model(metrics="accuracy"), "expected a list"),
    (lambda: model(metrics=["acuracy"]), "did you mean 'accuracy'"),
    (lambda: model(metrics=["rmse"]), "did you mean 'root_mean_squared_error'"),
    (lambda: model(metrics=[M.MeanSquaredError]), r"Call it: MeanSquaredError\(\)"),
    (lambda: model().compile("adam", "mse", ["mae"]), "type metrics="),
    (lambda: model().fit(X), "expected targets"),
    (lambda: fit(model(), callback=[]), "did you mean 'callbacks'"),
    (lambda: fit(model(), 3, initial_epoch=3), "below epochs, 3"),
    (lambda: fit(model(), sample_weight=[1, 2]), r"sample_weight: expected shape \(6,\); got \(2,\)"),
    (lambda: fit(model(), class_weight=[1, 2]), "{0: 1.0, 1: 5.0}"),
    (lambda: model().get_layer(0), r"get_layer\(index=0\)"),
    (lambda: C.ModelCheckpoint("m.h5"), "ends in .keras"),
    (lambda: C.LearningRateScheduler(0.1), "a function of epoch"),
    (lambda: fit(model(), callbacks=[C.ModelCheckpoint("{los}.keras")]), "expected names of {epoch}, {loss}"),
    (lambda: fit(model(), validation_data=X[0, 0, 0]), "expected a pair"),
]


@pytest.mark.parametrize(("slip", "words"), SLIPS)
def test_a_slip_says_what_to_type(slip, words):
    with pytest.raises((AttributeError, TypeError, ValueError), match=words):
        slip()


def test_sequences_take_weights_of_steps_or_a_column():
    net = model(L.LSTM(3, return_sequences=True, input_shape=(4, 1)), L.Dense(1))
    y = np.repeat(Y.reshape(6, 1, 1), 4, axis=1)
    with pytest.raises(ValueError, match=r"type sample_weight\[:, None\]"):
        net.fit(X, y, sample_weight=np.ones(6), verbose=0)
    with pytest.raises(ValueError, match="sample_weight of shape"):
        net.fit(X, y, class_weight={0: 1.0}, verbose=0)


def test_arguments_by_place_are_those_by_name():
    one = L.LSTM(3, "relu", "hard_sigmoid", False, "zeros", "zeros", "ones", False, return_sequences=True, unroll=True)
    names = {"activation": "relu", "recurrent_activation": "hard_sigmoid", "use_bias": False, "unit_forget_bias": False}
    assert one.options() == L.LSTM(3, **names, return_sequences=True).options()
    assert L.RNN(L.LSTMCell(3, "relu")).layers[0].cell == L.LSTM(3, activation="relu").cell
    assert (
        L.GRU(3, "tanh", "sigmoid", True, "glorot_uniform", "orthogonal", "zeros", kernel_regularizer=None).units == 3
    )
