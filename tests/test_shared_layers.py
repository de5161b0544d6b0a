"""Layers in several models: an encoder and a decoder for inference, heads in turns, and models up to a layer."""

from __future__ import annotations

import copy
import pickle
import threading

import numpy as np
import pytest

import rnnscope as rs

L = rs.layers
RNG = np.random.default_rng(0)
SOURCE, TARGET = RNG.integers(1, 6, (7, 5)), RNG.normal(size=(7, 4, 2))
Y = np.eye(3)[RNG.integers(0, 3, (7, 4))]


class Translator:
    """An encoder and a decoder as scripts of Keras write them, for training and for inference."""

    def __init__(self, cell="LSTM", *, inference_first=False, dtype="float64"):
        self.source, self.target = rs.Input((None,)), rs.Input((4, 2))
        embedded = L.Embedding(6, 3, mask_zero=True)(self.source)
        _, *self.states = getattr(L, cell)(4, return_state=True)(embedded)
        self.lstm = getattr(L, cell)(4, return_sequences=True, return_state=True)
        self.dense = L.TimeDistributed(L.Dense(3, activation="softmax"))
        self.dtype = dtype
        for make in (self.for_inference, self.for_training)[:: 1 if inference_first else -1]:
            make()

    def for_training(self):
        output, *_ = self.lstm(self.target, initial_state=self.states)
        self.model = rs.Model([self.source, self.target], self.dense(output), dtype=self.dtype, seed=1)
        self.model.compile("adam", "categorical_crossentropy")

    def for_inference(self):
        self.encoder = rs.Model(self.source, self.states, dtype=self.dtype, seed=2)
        one, states = rs.Input((1, 2)), [rs.Input((4,)) for _ in self.states]
        output, *last = self.lstm(one, initial_state=states)
        self.decoder = rs.Model([one, *states], [self.dense(output), *last], dtype=self.dtype, seed=3)

    def fit(self, **options):
        return self.model.fit([SOURCE, TARGET], Y, batch_size=3, **{"epochs": 2, "verbose": 0, **options})

    def stepwise(self):
        """Return what encoder and decoder put out, time step by time step."""
        states, found = self.encoder.predict(SOURCE), []
        states = states if isinstance(states, list) else [states]
        for step in range(TARGET.shape[1]):
            output, *states = self.decoder.predict([TARGET[:, step : step + 1], *states], batch_size=4)
            found.append(output)
        return np.concatenate(found, axis=1)

    def at_once(self):
        return self.model.predict([SOURCE, TARGET])


@pytest.mark.parametrize("inference_first", [False, True])
@pytest.mark.parametrize("cell", rs.cells.names())
def test_step_by_step_is_what_the_trained_model_does_at_once(cell, inference_first):
    both = Translator(cell, inference_first=inference_first)
    for _ in range(3):
        before = both.at_once()
        np.testing.assert_allclose(both.stepwise(), before, rtol=1e-12)
        both.fit()
        assert abs(both.at_once() - before).max() > 1e-4


def test_the_states_of_an_encoder_are_those_of_a_loop_in_numpy():
    both = Translator()
    both.fit()
    table, kernel, recurrent, bias = both.encoder.get_weights()
    h = c = np.zeros((7, 4))
    for step in range(5):
        parts = np.split(table[SOURCE[:, step]] @ kernel + h @ recurrent + bias, 4, axis=1)
        i, f, o = (1 / (1 + np.exp(-parts[k])) for k in (0, 1, 3))
        c = f * c + i * np.tanh(parts[2])
        h = o * np.tanh(c)
    np.testing.assert_allclose(both.encoder.predict(SOURCE), [h, c], rtol=1e-12)


def test_weights_live_in_one_place():
    both = Translator()
    before = both.at_once()
    both.decoder.set_weights([array * 2 for array in both.decoder.get_weights()])
    assert abs(both.at_once() - before).max() > 1e-3
    expected = [array.copy() for array in both.model.get_weights()]
    assert [array.shape for array in both.model.weights] == [array.shape for array in expected]
    for mine, whole in zip(both.decoder.get_weights(), expected[4:], strict=True):
        np.testing.assert_array_equal(mine, whole)
    both.model.get_layer("embedding").weights[0].assign(np.zeros((6, 3)))
    assert not both.encoder.get_weights()[0].any()


def test_what_a_callback_asks_is_of_the_weights_of_that_moment():
    both, seen = Translator(), []
    asked = rs.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append((both.stepwise(), both.at_once())))
    both.fit(callbacks=[asked], epochs=3)
    for stepwise, at_once in seen:
        np.testing.assert_allclose(stepwise, at_once, rtol=1e-12)
    assert len({at_once.tobytes() for _, at_once in seen}) == 3


def test_another_thread_reads_while_one_trains():
    both, found = Translator(), []

    def read(epoch, logs):
        thread = threading.Thread(target=lambda: found.append(both.stepwise()))
        thread.start()
        thread.join()
        np.testing.assert_allclose(found[-1], both.at_once(), rtol=1e-12)

    both.fit(callbacks=[rs.callbacks.LambdaCallback(on_epoch_end=read)])
    assert len(found) == 2


X, X_Y = RNG.normal(size=(6, 4, 2)), RNG.normal(size=(6, 1))


def two_heads():
    x = rs.Input((4, 2))
    h = L.GRU(3, name="shared")(x)
    models = [rs.Model(x, L.Dense(1, name=name)(h), dtype="float64", seed=0) for name in ("one", "two")]
    for model in models:
        model.compile("adam", "mse")
    return models


def test_two_models_learn_in_turns_as_two_that_hand_their_weights_over():
    one, two = two_heads()
    apart = [copy.deepcopy(one), copy.deepcopy(two)]
    for turn in range(4):
        (one, two)[turn % 2].fit(X, X_Y, epochs=3, verbose=0)
        apart[turn % 2].fit(X, X_Y, epochs=3, verbose=0)
        apart[1 - turn % 2].layers[0].set_weights(apart[turn % 2].layers[0].get_weights())
        for model, other in zip((one, two), apart, strict=True):
            for mine, expected in zip(model.get_weights(), other.get_weights(), strict=True):
                np.testing.assert_array_equal(mine, expected)
    assert one.evaluate(X, X_Y) == apart[0].evaluate(X, X_Y)


def test_a_model_that_takes_layers_while_they_are_trained_is_refused():
    one, two = two_heads()
    take = rs.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: two.fit(X, X_Y, verbose=0))
    with pytest.raises(ValueError, match="no other model is training now; got those of 'shared'"):
        one.fit(X, X_Y, verbose=0, callbacks=[take])
    assert one.fit(X, X_Y, verbose=0).history["loss"]


def test_copies_share_nothing():
    both = Translator()
    both.fit()
    expected, step = both.stepwise(), [TARGET[:, :1], *both.encoder.predict(SOURCE)]
    for copied in (copy.deepcopy(both.decoder), pickle.loads(pickle.dumps(both.decoder))):
        np.testing.assert_array_equal(copied.predict(step)[0], expected[:, :1])
        copied.set_weights([array * 0 for array in copied.get_weights()])
    np.testing.assert_array_equal(both.stepwise(), expected)


def test_a_model_up_to_a_layer_puts_out_what_the_trace_has():
    stacked = L.RNN([L.GRUCell(3), L.SimpleRNNCell(2)])
    model = rs.Sequential([L.LSTM(3, return_sequences=True), stacked, rs.Dense(1)], dtype="float64")
    with pytest.raises(AttributeError, match="expected input_shape="):
        _ = model.input
    model.compile("adam", "mse")
    model.fit(X, X_Y, verbose=0)
    trace = model.trace(X)
    for model_ in (model, copy.deepcopy(model)):
        upper = rs.Model(model_.input, [layer.output for layer in model_.layers])
        first, second, _ = upper.predict(X)
        np.testing.assert_array_equal(first, trace["lstm"]["h"][0])
        np.testing.assert_array_equal(second, trace["rnn.1"]["h"][0][:, -1])
    first = rs.Sequential([*model.layers[:1], rs.Dense(4, name="head")], dtype="float64")
    first.compile("sgd", "mse")
    first.fit(X, np.zeros((6, 4, 4)), verbose=0)
    assert not np.array_equal(model.predict(X), trace.predictions[0])
    np.testing.assert_array_equal(model.get_weights()[0], first.get_weights()[0])
    assert model.input_shape == (None, None, 2) and model.output_shape == (None, 1)


def test_a_model_that_was_read_is_taken_apart(tmp_path):
    both = Translator()
    both.fit()
    both.model.save(tmp_path / "model.keras")
    read = rs.load(tmp_path / "model.keras")
    _, lstm, after, dense = read.layers
    _, *states = lstm.output
    encoder = rs.Model(read.input[0], states)
    begun = [rs.Input((4,)), rs.Input((4,))]
    output, *last = after(read.input[1], initial_state=begun)
    decoder = rs.Model([read.input[1], *begun], [dense(output), *last])
    found, *_ = decoder.predict([TARGET, *encoder.predict(SOURCE)])
    np.testing.assert_allclose(found, both.at_once(), rtol=1e-12)


def test_models_say_their_ends():
    both = Translator()
    assert both.decoder.input_shape == [(None, 1, 2), (None, 4), (None, 4)]
    assert both.decoder.output_shape == [(None, 1, 3), (None, 4), (None, 4)]
    assert both.model.output_shape == (None, 4, 3) and both.model.layers[1].output_shape() == (4,)
    assert both.model.inputs == [both.source, both.target] and both.encoder.outputs == both.states
    assert repr(both.states[1]) == "<state c of LSTM(4)>"
    only = rs.Model(both.source, both.states[1])
    np.testing.assert_array_equal(only.predict(SOURCE), both.encoder.predict(SOURCE)[1])


def called(*shape):
    return L.LSTM(4, return_sequences=True)(rs.Input(shape))


def begun(both, *states):
    output, *_ = both.lstm(both.target, initial_state=states)
    return rs.Model([both.source, both.target], both.dense(output))


REFUSED = [
    (lambda b: b.decoder.compile("adam", "mse"), "compile: .* one with inputs that are states, which is for predict"),
    (lambda b: b.encoder.compile("adam", "mse"), "compile: .* one with 2 outputs, which is for predict"),
    (lambda b: b.encoder.fit(SOURCE, Y), "fit: .* Use the model that is trained with these layers"),
    (lambda b: b.encoder.evaluate(SOURCE, Y), "evaluate: .* one with 2 outputs"),
    (lambda b: b.encoder.trace(SOURCE), "trace: .* one with 2 outputs"),
    (lambda b: b.encoder.save("encoder.keras"), "save: .* one with 2 outputs"),
    (lambda b: rs.Model(b.source, b.states[0]).compile(), "a state as its output"),
    (lambda b: rs.Model(b.source, b.states, dtype="float32"), "dtype: expected 'float64', .* Type dtype='float64'"),
    (lambda b: b.decoder.predict([TARGET[:, :1]]), "a list of 3 arrays"),
    (lambda b: b.decoder.predict([TARGET[:, :1], np.zeros((7, 3)), np.zeros((7, 4))]), r"x\[1\]: expected shape"),
    (lambda b: begun(b, rs.Input((4,))), "initial_state: expected the states"),
    (lambda b: begun(b, rs.Input((3,)), rs.Input((3,))), r"rs.Input\(shape=\(4,\)\)"),
    (lambda b: begun(b, b.states[0], rs.Input((4,))), "of one layer of 4 units, in this order, or an input for each"),
    (lambda b: rs.Model(x := rs.Input((4, 3)), b.dense(L.Dense(4)(b.dense(x)))), "used 2 times. Make another one"),
    (lambda b: rs.Model(x := rs.Input((4, 5)), b.lstm(x)[0]), "expected input_shape"),
    (lambda b: rs.Model(b.source, b.model.get_layer("embedding")), "what layers gave when they were called"),
    (lambda b: rs.Model(x := called(4, 1), L.Dense(1)(x)), "inputs: expected rs.Input"),
    (lambda b: called(4, 1) + called(4, 1), "in a line, without sums"),
    (lambda b: called(4, 1)[:, -1], "without sums or parts"),
    (lambda b: [*called(4, 1)], "gives its states too, with return_state=True"),
    (lambda b: L.LSTM(3).output, "reads nothing yet"),
    (lambda b: rs.Sequential([b.dense.layer], dtype="float64"), "part of another layer"),
    (lambda b: rs.Model(x := rs.Input((4, 4)), b.dense.layer(x)), "part of no other layer"),
]


@pytest.mark.parametrize(("make", "words"), REFUSED)
def test_what_is_not_there_is_refused_in_words(make, words):
    with pytest.raises((AttributeError, TypeError, ValueError), match=words):
        make(Translator())


def test_a_layer_that_needs_all_time_steps_takes_no_fewer():
    model = rs.Sequential([rs.Input((4, 2)), L.LSTM(3, return_sequences=True), L.Flatten(), rs.Dense(1)])
    x = rs.Input((2, 2))
    lstm, flatten, dense = model.layers
    with pytest.raises(ValueError, match=r"'flatten': expected input_shape \(2, 3\)"):
        rs.Model(x, dense(flatten(lstm(x))))


def test_a_batch_of_several_inputs_has_as_many_samples_as_each():
    source, target = rs.Input((5, 2)), rs.Input((3, 1))
    _, *states = rs.LSTM(3, return_state=True)(source)
    decoded = rs.LSTM(3, stateful=False, return_sequences=True)(target, initial_state=states)
    model = rs.Model([source, target], rs.LSTM(2, stateful=True)(decoded), seed=0)
    model.compile("sgd", "mse")
    rng = np.random.default_rng(0)
    x, y = [rng.normal(size=(6, 5, 2)), rng.normal(size=(6, 3, 1))], rng.normal(size=(6, 2))
    model.train_on_batch(x, y)
    assert np.isfinite(model.test_on_batch(x, y)) and model.predict_on_batch(x).shape == (6, 2)
