"""Training: batches, shuffling, validation, history, progress, what learns, and what ends a run early."""

from __future__ import annotations

import os
import signal
import threading
import time

import numpy as np
import pytest
from tqdm.auto import tqdm

import rnnscope as rs

ROOT = np.random.default_rng(0)
X, Y = ROOT.normal(size=(10, 4, 2)), ROOT.normal(size=(10, 1))


def new_model(optimizer="adam", loss="mse", seed=0, dtype="float32"):
    layers = [rs.LSTM(3, return_sequences=True, input_shape=(4, 2)), rs.GRU(3), rs.Dense(1)]
    model = rs.Sequential(layers, seed=seed, dtype=dtype)
    model.compile(optimizer, loss)
    return model


def assert_same(first, second):
    """Two models have the same weights, bit by bit."""
    for mine, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def differ(first, second):
    return any(not np.array_equal(a, b) for a, b in zip(first.get_weights(), second.get_weights(), strict=True))


class Watch(rs.losses.MeanSquaredError):
    """A loss that notes the targets and predictions of every training step."""

    def __init__(self):
        self.steps, self.predictions = [], []

    def gradient(self, prediction, y):
        self.steps.append(y[..., 0].copy())
        self.predictions.append(prediction[..., 0].copy())
        return super().gradient(prediction, y)


def watched(samples=10, seed=0, **options):
    """Train a model that puts out its input on targets that number the samples; return what each step saw."""
    watch, numbers = Watch(), np.arange(samples, dtype=float)
    model = rs.Sequential([rs.Dense(1, input_shape=(1,))], seed=seed)
    model.compile(rs.optimizers.SGD(0.0), watch)
    model.set_weights([[[1]], [0]])
    model.fit(numbers[:, None], numbers, verbose=0, record=False, **options)
    np.testing.assert_array_equal(np.concatenate(watch.steps), np.concatenate(watch.predictions))
    return [step.astype(int).tolist() for step in watch.steps]


# ------------------------------------------------------------------------------------------------------------- batches


def test_batches_are_cut_in_order_and_the_last_is_smaller():
    assert watched(batch_size=4, epochs=2, shuffle=False) == 2 * [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_the_batch_size_is_32():
    assert [len(step) for step in watched(70)] == [32, 32, 6]


def test_shuffling_takes_each_sample_once_an_epoch_in_a_new_order():
    steps = watched(batch_size=4, epochs=5)
    assert [len(step) for step in steps] == 5 * [4, 4, 2]
    orders = [[n for step in steps[k : k + 3] for n in step] for k in range(0, 15, 3)]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert len({tuple(order) for order in [*orders, range(10)]}) == 6


def test_the_seed_of_the_model_gives_the_order():
    assert watched(batch_size=4, epochs=3, seed=1) == watched(batch_size=4, epochs=3, seed=1)
    assert watched(batch_size=4, epochs=3, seed=1) != watched(batch_size=4, epochs=3, seed=2)


@pytest.mark.parametrize("batch_size", [10, 32])
def test_a_single_batch_is_never_reordered(batch_size):
    assert watched(batch_size=batch_size, epochs=3) == 3 * [list(range(10))]


def test_the_loss_of_an_epoch_is_the_mean_over_samples():
    model, stepped = new_model("sgd", dtype="float64"), new_model("sgd", dtype="float64")
    trace = model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    for epoch in range(2):
        total = 0.0
        for start in (0, 4, 8):
            x, y = X[start : start + 4], Y[start : start + 4]
            prediction = stepped.predict(x)
            total += len(x) * np.mean((prediction - y) ** 2)
            stepped.fit(x, y, verbose=0)
        assert trace.history["loss"][epoch] == pytest.approx(total / 10, rel=1e-12)
    assert_same(model, stepped)


def test_evaluate_weighs_the_last_batch_by_its_size():
    model = new_model(dtype="float64")
    whole = np.mean((model.predict(X) - Y) ** 2)
    for size in (1, 4, 10, 32):
        assert model.evaluate(X, Y, batch_size=size) == pytest.approx(whole, rel=1e-12)


# ------------------------------------------------------------------------------------------------- history, validation


def test_validation_split_holds_out_the_tail():
    split, head = new_model(), new_model()
    trace = split.fit(X, Y, epochs=3, batch_size=3, validation_split=0.3, verbose=0)
    head.fit(X[:7], Y[:7], epochs=3, batch_size=3, verbose=0)
    assert_same(split, head)
    assert trace.history["val_loss"][-1] == pytest.approx(split.evaluate(X[7:], Y[7:]), rel=1e-6)
    assert trace.x.shape[0] == trace["lstm"]["f"].shape[1] == 7
    assert sorted({n for step in watched(batch_size=3, epochs=4, validation_split=0.35) for n in step}) == list(
        range(6)
    )


def test_validation_data():
    model, other = new_model(), new_model()
    trace = model.fit(X[:7], Y[:7], epochs=3, validation_data=(X[7:], Y[7:]), verbose=0)
    same = other.fit(X, Y, epochs=3, validation_split=0.3, verbose=0)
    assert_same(model, other)
    assert trace.history == same.history
    assert [len(values) for values in trace.history.values()] == [3, 3]


def test_validation_happens_after_each_epoch():
    model = new_model()
    trace = model.fit(X, Y, epochs=4, validation_data=(X, Y), verbose=0)
    assert trace.history["val_loss"][:-1] == pytest.approx(trace.history["loss"][1:], rel=1e-6)
    assert trace.history["val_loss"][-1] == pytest.approx(model.evaluate(X, Y), rel=1e-6)


@pytest.mark.parametrize("batch_size", [4, 32])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", rs.optimizers.SGD])
def test_fitting_twice_goes_on_where_the_first_stopped(batch_size, optimizer):
    def choose():
        return optimizer if isinstance(optimizer, str) else optimizer(0.05, momentum=0.9)

    twice, once = new_model(choose()), new_model(choose())
    options = {"batch_size": batch_size, "verbose": 0}
    parts = [twice.fit(X, Y, epochs=epochs, **options).history["loss"] for epochs in (2, 3)]
    whole = once.fit(X, Y, epochs=5, **options).history["loss"]
    assert_same(twice, once)
    assert parts[0] + parts[1] == whole


def test_compiling_again_starts_the_optimizer_anew():
    model, other = new_model(), new_model()
    for each in (model, other):
        each.fit(X, Y, epochs=3, verbose=0)
    model.compile("adam", "mse")
    for each in (model, other):
        each.fit(X, Y, epochs=2, verbose=0)
    assert differ(model, other)


@pytest.mark.parametrize("batch_size", [4, 32])
@pytest.mark.parametrize(
    "record", [False, rs.Record(gradients=False), rs.Record(every=2, quantities=["h"], samples=[1, 3], weights=False)]
)
def test_recording_does_not_touch_training(batch_size, record):
    recorded, other = new_model(), new_model()
    first = recorded.fit(X, Y, epochs=4, batch_size=batch_size, verbose=0)
    second = other.fit(X, Y, epochs=4, batch_size=batch_size, verbose=0, record=record)
    assert_same(recorded, other)
    assert first.history == second.history


# ------------------------------------------------------------------------------------------------------------ progress


def test_verbose_0_shows_nothing(capfd):
    new_model().fit(X, Y, epochs=3, verbose=0)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("verbose", [1, "auto", True])
def test_verbose_1_shows_a_bar(capfd, verbose):
    trace = new_model().fit(X, Y, epochs=3, validation_split=0.2, verbose=verbose)
    out, error = capfd.readouterr()
    assert out == ""
    assert "training: 100%" in error and "3/3" in error
    assert f"loss {trace.history['loss'][-1]:.4g}, val_loss {trace.history['val_loss'][-1]:.4g}" in error


def test_verbose_2_prints_a_line_per_epoch(capfd):
    history = new_model().fit(X, Y, epochs=3, validation_split=0.2, verbose=2).history
    out, error = capfd.readouterr()
    pairs = zip(history["loss"], history["val_loss"], strict=True)
    assert out.splitlines() == [f"epoch {k}/3: loss {a:.4g}, val_loss {b:.4g}" for k, (a, b) in enumerate(pairs, 1)]
    assert error == ""


# --------------------------------------------------------------------------------------------------------- what learns


def sequences(samples=24, steps=6, classes=3):
    """Random sequences with a mark in one of the features; the class is the marked feature."""
    rng = np.random.default_rng(5)
    labels = np.arange(samples) % classes
    x = rng.normal(scale=0.3, size=(samples, steps, classes))
    x[np.arange(samples), rng.integers(0, steps, samples), labels] += 3
    return x, labels


@pytest.mark.parametrize(
    ("loss", "activation"),
    [
        ("sparse_categorical_crossentropy", "softmax"),
        ("categorical_crossentropy", "softmax"),
        (rs.losses.SparseCategoricalCrossentropy(from_logits=True), None),
    ],
)
def test_classes_are_learned(loss, activation):
    x, labels = sequences()
    y = np.eye(3)[labels] if loss == "categorical_crossentropy" else labels
    model = rs.Sequential([rs.GRU(8, input_shape=(6, 3)), rs.Dense(3, activation)], seed=1)
    model.compile(rs.optimizers.Adam(0.02), loss)
    history = model.fit(x, y, epochs=60, batch_size=12, verbose=0, record=False).history["loss"]
    assert history[0] == pytest.approx(np.log(3), rel=0.3)
    assert history[-1] < 0.1
    assert (model.predict(x).argmax(axis=-1) == labels).all()


@pytest.mark.parametrize(
    ("loss", "activation"), [("binary_crossentropy", "sigmoid"), (rs.losses.BinaryCrossentropy(from_logits=True), None)]
)
def test_two_classes_are_learned(loss, activation):
    x, labels = sequences(classes=2)
    model = rs.Sequential([rs.SimpleRNN(8, input_shape=(6, 2)), rs.Dense(1, activation)], seed=1)
    model.compile(rs.optimizers.Adam(0.02), loss)
    history = model.fit(x, labels, epochs=80, verbose=0, record=False).history["loss"]
    assert history[-1] < 0.2
    assert ((model.predict(x)[:, 0] > (0.5 if activation else 0)) == labels).all()


@pytest.mark.parametrize("cell", rs.cells.names())
def test_a_dense_layer_on_sequences_learns_a_running_sum(cell):
    x = np.random.default_rng(3).uniform(-0.5, 0.5, size=(16, 5, 1))
    y = x.cumsum(axis=1)
    layers = [getattr(rs, cell)(8, return_sequences=True, input_shape=(5, 1)), rs.Dense(4, "tanh"), rs.Dense(1)]
    model = rs.Sequential(layers, seed=1)
    model.compile(rs.optimizers.Adam(0.02), "mse")
    trace = model.fit(x, y, epochs=120, verbose=0, record=rs.Record(every=40))
    assert trace.history["loss"][-1] < 0.15 * trace.history["loss"][0]
    assert trace.history["loss"][-1] < 0.1 * np.var(y)
    assert trace.predictions.shape == (3, 16, 5, 1)
    assert trace["dense"]["y"].shape == (3, 16, 5, 4)


def test_a_model_of_dense_layers_finds_the_least_squares():
    rng = np.random.default_rng(2)
    x, slope = rng.normal(size=(40, 3)), np.array([[2.0], [-1], [0.5]])
    y = x @ slope + 0.7 + 0.1 * rng.normal(size=(40, 1))
    model = rs.Sequential([rs.Dense(1, input_shape=(3,))], dtype="float64")
    model.compile(rs.optimizers.SGD(0.1), "mse")
    trace = model.fit(x, y, epochs=300, batch_size=40, verbose=0, record=rs.Record(every=100))
    best = np.linalg.lstsq(np.hstack([x, np.ones((40, 1))]), y, rcond=None)[0]
    np.testing.assert_allclose(np.vstack([a.reshape(-1, 1) for a in model.get_weights()]), best, atol=1e-8)
    assert trace["dense"]["y"].shape == (3, 40, 1)
    assert trace["dense"].grad["x"].shape == (3, 40, 3)


@pytest.mark.parametrize("cell", rs.cells.names())
def test_going_backwards_is_reading_the_reverse(cell):
    def model(go_backwards):
        layer = getattr(rs, cell)(3, return_sequences=True, go_backwards=go_backwards, input_shape=(4, 2))
        made = rs.Sequential([layer, rs.Dense(1)], seed=1)
        made.compile("adam", "mse")
        return made

    back, forth = model(True), model(False)
    y = X[..., :1]
    first = back.fit(X, y, epochs=3, batch_size=4, verbose=0)
    second = forth.fit(X[:, ::-1], y, epochs=3, batch_size=4, verbose=0)
    assert_same(back, forth)
    assert first.history == second.history
    name = first.layers[0]
    for quantity in first[name]:
        np.testing.assert_array_equal(first[name][quantity], second[name][quantity])
    np.testing.assert_array_equal(first[name].x, second[name].x)
    np.testing.assert_array_equal(first[name].grad["x"], second[name].grad["x"])


def test_going_backwards_above_another_layer():
    def model(go_backwards):
        first = rs.GRU(3, return_sequences=True, input_shape=(4, 2))
        made = rs.Sequential([first, rs.LSTM(3, go_backwards=go_backwards), rs.Dense(1)], seed=1, dtype="float64")
        made.compile("sgd", "mse")
        return made

    back, forth = model(True), model(False)
    assert not np.allclose(back.predict(X), forth.predict(X))
    step = 1e-6
    gradient = back.gradients(X, Y)[0]
    for place in ((0, 0), (1, 7)):
        losses = []
        for sign in (1, -1):
            weights = back.get_weights()
            weights[0][place] += sign * step
            forth.set_weights(weights)
            moved = model(True)
            moved.set_weights(weights)
            losses.append(moved.evaluate(X, Y))
        assert gradient[place] == pytest.approx((losses[0] - losses[1]) / (2 * step), rel=1e-5)


# ---------------------------------------------------------------------------------------------------------- interrupts


class Interrupting(rs.optimizers.Adam):
    """Presses the interrupt key during step `at`, before the weights move."""

    at = 0

    def update(self, *arrays):
        if self.iterations + 1 == self.at:
            signal.raise_signal(signal.SIGINT)
        super().update(*arrays)


def interrupted(at, **options):
    optimizer = Interrupting()
    optimizer.at = at
    model = new_model(optimizer)
    return model, model.fit(X, Y, **{"verbose": 0, "shuffle": False, **options})


@pytest.fixture(autouse=True)
def same_handler():
    before = signal.getsignal(signal.SIGINT)
    yield
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("record", [True, False, rs.Record(every=2, weights=True)])
def test_an_interrupt_between_epochs(record):
    model, trace = interrupted(3, epochs=10, record=record)
    whole = new_model()
    expected = whole.fit(X, Y, epochs=3, verbose=0, record=record)
    assert_same(model, whole)
    assert trace.history == expected.history
    assert "interrupted" in trace.stopped and "3 of 10 epochs" in trace.stopped
    assert expected.stopped is None
    np.testing.assert_array_equal(trace.epochs, expected.epochs)
    if record is not False:
        np.testing.assert_array_equal(trace["lstm"]["f"], expected["lstm"]["f"])
        np.testing.assert_array_equal(trace.loss, expected.loss)
        np.testing.assert_array_equal(trace.weights(2)[0], expected.weights(2)[0])


@pytest.mark.parametrize("step", [7, 8])
def test_an_interrupt_inside_an_epoch(step):
    model, trace = interrupted(step, epochs=10, batch_size=4)
    whole = new_model()
    expected = whole.fit(X, Y, epochs=2, batch_size=4, shuffle=False, verbose=0)
    last = 4 * (step - 6)
    whole.fit(X[:last], Y[:last], batch_size=4, shuffle=False, verbose=0)
    assert_same(model, whole)
    assert trace.history == expected.history
    assert trace.epochs.tolist() == [0, 1]
    assert "interrupted in epoch 2" in trace.stopped and "2 of 10 epochs" in trace.stopped
    np.testing.assert_array_equal(trace["lstm"]["f"], expected["lstm"]["f"])


def test_an_interrupt_in_the_first_step_of_several():
    model, trace = interrupted(1, epochs=3, batch_size=4)
    whole = new_model()
    whole.fit(X[:4], Y[:4], batch_size=4, verbose=0)
    assert_same(model, whole)
    assert trace.epochs.tolist() == [] and trace.history == {"loss": []}
    assert trace["lstm"]["f"].shape == (0, 10, 4, 3)
    assert "0 of 3 epochs" in trace.stopped
    assert "stopped" in repr(trace)


def test_an_interrupt_in_the_last_step_stops_nothing():
    model, trace = interrupted(3, epochs=3)
    whole = new_model()
    whole.fit(X, Y, epochs=3, verbose=0)
    assert_same(model, whole)
    assert trace.stopped is None


def test_training_goes_on_after_an_interrupt():
    model, _ = interrupted(3, epochs=10)
    model.fit(X, Y, epochs=2, verbose=0)
    whole = new_model()
    whole.fit(X, Y, epochs=5, verbose=0)
    assert_same(model, whole)


def test_an_interrupt_from_outside():
    optimizer = rs.optimizers.Adam()
    model = new_model(optimizer)

    def press():
        deadline = time.monotonic() + 20
        while optimizer.iterations < 50 and time.monotonic() < deadline:
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press, daemon=True)
    thread.start()
    trace = model.fit(X, Y, epochs=10**6, batch_size=4, shuffle=False, verbose=0, record=False)
    thread.join()
    assert optimizer.iterations >= 50
    epochs, rest = divmod(optimizer.iterations, 3)
    assert len(trace.history["loss"]) == epochs
    whole = new_model()
    whole.fit(X, Y, epochs=epochs, batch_size=4, shuffle=False, verbose=0, record=False)
    if rest:
        whole.fit(X[: 4 * rest], Y[: 4 * rest], batch_size=4, shuffle=False, verbose=0, record=False)
    assert_same(model, whole)
    assert f"{epochs} of 1000000 epochs" in trace.stopped


@pytest.mark.parametrize("batch_size", [4, 32])
def test_an_interrupt_raised_by_the_progress_bar(monkeypatch, batch_size):
    update, count = tqdm.update, []

    def impatient(self, n=1):
        count.append(n)
        if len(count) == 3:
            raise KeyboardInterrupt
        return update(self, n)

    monkeypatch.setattr(tqdm, "update", impatient)
    model = new_model()
    trace = model.fit(X, Y, epochs=10, batch_size=batch_size, shuffle=False)
    monkeypatch.undo()
    whole = new_model()
    expected = whole.fit(X, Y, epochs=3, batch_size=batch_size, shuffle=False, verbose=0)
    assert_same(model, whole)
    assert trace.history == expected.history
    assert trace.epochs.tolist() == [0, 1, 2]
    assert "interrupted" in trace.stopped and "3 of 10 epochs" in trace.stopped


def twice():
    for _ in range(2):
        signal.raise_signal(signal.SIGINT)


def test_interrupts_while_weights_change_wait_for_the_end_of_the_step():
    class Twice(rs.optimizers.SGD):
        def _step(self, *arrays):
            twice()
            super()._step(*arrays)

    model, once = new_model(Twice(0.01)), new_model(rs.optimizers.SGD(0.01))
    trace = model.fit(X, Y, epochs=5, verbose=0)
    assert "1 of 5 epochs" in trace.stopped
    once.fit(X, Y, epochs=1, verbose=0)
    assert_same(model, once)


def test_a_second_interrupt_goes_through():
    class Twice(rs.losses.MeanSquaredError):
        def gradient(self, *arrays):
            twice()
            return super().gradient(*arrays)

    model = new_model()
    model.compile("sgd", Twice())
    trace = model.fit(X, Y, epochs=5, verbose=0)
    assert "0 of 5 epochs" in trace.stopped
    assert trace.history == {"loss": []} and trace.epochs.tolist() == []


def test_the_handler_is_restored_after_an_error():
    class Broken(rs.optimizers.SGD):
        def update(self, *arrays):
            raise RuntimeError("broken")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(RuntimeError, match="broken"):
        new_model(Broken(0.01)).fit(X, Y, verbose=0)
    assert signal.getsignal(signal.SIGINT) is before


def test_training_in_another_thread():
    model, whole, traces = new_model(), new_model(), []
    thread = threading.Thread(target=lambda: traces.append(model.fit(X, Y, epochs=3, verbose=0)))
    thread.start()
    thread.join()
    expected = whole.fit(X, Y, epochs=3, verbose=0)
    assert traces[0].history == expected.history
    assert_same(model, whole)


# ------------------------------------------------------------------------------------------- the first NaN or infinity


def stopped_fit(model, *data, **options):
    """Fit; return the trace and the text of the warning that it must give."""
    with pytest.warns(rs.TrainingStopped) as caught:
        trace = model.fit(*data, **{"verbose": 0, **options})
    assert caught[0].filename == __file__
    message = str(caught[0].message)
    assert trace.stopped in message
    return trace, message


def linear_rnn(kernel, recurrent, dense=1.0, steps=5):
    layer = rs.SimpleRNN(1, activation="linear", return_sequences=False, input_shape=(steps, 1))
    model = rs.Sequential([layer, rs.Dense(1)])
    model.set_weights([[[kernel]], [[recurrent]], [0], [[dense]], [0]])
    model.compile(rs.optimizers.SGD(0.1), "mse")
    return model


def test_infinity_in_the_forward_pass_is_found_at_its_time_step():
    # h = 1e20 at t=0; its product with 1e20 at t=1 is beyond float32.
    model = linear_rnn(1e20, 1e20)
    before = model.get_weights()
    trace, message = stopped_fit(model, np.ones((2, 5, 1)), [0, 0], epochs=3)
    for part in ("epoch 0", "time step 1", "layer 'simple_rnn'", "'h'", "recurrent part"):
        assert part in message
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    assert trace.epochs.tolist() == [0] and len(trace.history["loss"]) == 1
    h = trace["simple_rnn"]["h"][0, 0, :, 0]
    assert h[0] == np.float32(1e20) and not np.isfinite(h[1:]).any()
    np.testing.assert_array_equal(trace.weights(0)[0], before[0])


def test_infinity_in_the_backward_pass_is_found_at_its_time_step():
    # h is zero throughout; dloss/dh is -2, then -2e20 one step before, then beyond float32.
    model = linear_rnn(1.0, 1e20)
    before = model.get_weights()
    trace, message = stopped_fit(model, np.zeros((1, 5, 1)), [1], epochs=3)
    for part in ("epoch 0", "time step 2", "layer 'simple_rnn'", "'h'", "gradient"):
        assert part in message
    gradient = trace["simple_rnn"].grad["h"][0, 0, :, 0]
    assert np.isfinite(gradient[3:]).all() and not np.isfinite(gradient[:3]).any()
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_an_infinite_loss_of_finite_predictions():
    model = linear_rnn(1e15, 0.0, 1e15)
    trace, message = stopped_fit(model, np.ones((1, 5, 1)), [0], epochs=3)
    assert "epoch 0" in message and "the loss" in message
    assert np.isfinite(trace.predictions).all() and trace.history["loss"] == [np.inf]


def test_a_nan_in_a_later_layer_is_named():
    model = rs.Sequential([rs.GRU(2, input_shape=(4, 2)), rs.Dense(1), rs.Dense(1, name="head")])
    weights = model.get_weights()
    weights[-2][...] = weights[-4][...] = 3e38
    model.set_weights(weights)
    model.compile("adam", "mse")
    _, message = stopped_fit(model, X, Y, epochs=2)
    assert "epoch 0" in message and "layer 'head'" in message and "'y'" in message


@pytest.mark.parametrize("batch_size", [5, 32])
@pytest.mark.parametrize("record", [True, False, rs.Record(quantities=["h"]), rs.Record(every=10**6)])
def test_a_run_that_explodes_keeps_the_weights_of_its_last_finite_step(batch_size, record):
    """Each step of a linear network with a large learning rate is larger, until a forward pass overflows."""

    def make():
        model = rs.Sequential([rs.SimpleRNN(2, activation="linear", input_shape=(4, 2)), rs.Dense(1)], seed=3)
        model.compile(rs.optimizers.SGD(0.02), "mse")
        return model

    x, y = np.abs(X), 10 + np.abs(Y)
    options = {"batch_size": batch_size, "shuffle": False}
    model, steps = make(), -(-10 // batch_size)
    trace, message = stopped_fit(model, x, y, epochs=100, record=record, **options)
    weights = model.get_weights()
    assert all(np.isfinite(w).all() for w in weights)
    failing, rest = divmod(model._optimizer.iterations, steps)
    assert (failing, rest) == {5: (1, 1), 32: (3, 0)}[batch_size]
    assert f"epoch {failing}, time step " in message and "layer 'simple_rnn'" in message
    again = make()
    if failing:
        again.fit(x, y, epochs=failing, verbose=0, **options)
    if rest:
        again.fit(x[: rest * batch_size], y[: rest * batch_size], verbose=0, **options)
    assert_same(model, again)
    kept = record is not False and batch_size == 32 and not (record is not True and record.every > 1)
    assert len(trace.history["loss"]) == failing + kept
    if record is True:
        assert trace.epochs.tolist() == list(range(failing + kept))
        finite = [np.isfinite(h).all() for h in trace["simple_rnn"]["h"]]
        assert finite == [True] * failing + [False] * kept


@pytest.mark.parametrize("epochs", [1, 5])
def test_a_step_that_would_overflow_is_not_taken(epochs):
    model = new_model(rs.optimizers.SGD(3e38))
    before = model.get_weights()
    _, message = stopped_fit(model, X, 100 * Y, epochs=epochs)
    assert "epoch 0" in message
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_a_step_that_overflows_is_taken_back_with_its_averages():
    optimizer = rs.optimizers.SGD(1e35, momentum=0.5)
    model, x, y = rs.Sequential([rs.Dense(1, input_shape=(1,))]), [[1.0]], [[0.0]]
    model.set_weights([[[1.0]], [0.0]])
    model.compile(optimizer, "mae")
    model.fit(x, y, epochs=1, verbose=0)
    before = model.get_weights()
    assert before[0][0, 0] == np.float32(-1e35)
    optimizer.learning_rate = 1e39
    stopped_fit(model, x, y, epochs=1)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    optimizer.learning_rate = 1e35
    model.fit(x, y, epochs=1, verbose=0)
    # m = 0.5 * (-1e35) + 1e35, as if nothing had been between: the gradient is now -1.
    assert model.get_weights()[0][0, 0] == pytest.approx(-0.5e35, rel=1e-6)
    assert optimizer.iterations == 2


def test_the_history_of_a_failing_epoch_has_the_loss_of_all_samples():
    model = rs.Sequential([rs.Dense(1, use_bias=False, input_shape=(1,))])
    model.set_weights([[[1e30]]])
    model.compile("sgd", "mse")
    trace, _ = stopped_fit(model, [[0.0], [1e5]], [[0.0], [0.0]], epochs=3, record=rs.Record(samples=[0]))
    assert trace.loss.tolist() == [0]
    assert trace.history["loss"] == [np.inf]


def test_a_finite_run_gives_no_warning_and_no_reason():
    assert new_model().fit(X, Y, epochs=2, verbose=0).stopped is None
