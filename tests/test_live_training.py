"""Training in the background: the numbers of `fit`, pausing, changes, going back, and what ends it."""

import copy
import threading
import time

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.live import LiveTraining, Rates, sweep
from rnnscope.live.rates import TRIED

TASK = rs.tasks.counting()
X, Y = TASK.x, TASK.y
LONG = {"epochs": 9_000, "record": rs.Record(weights="newest")}


def new_model(units=4, optimizer="adam", **options):
    model = rs.Sequential([rs.LSTM(units, input_shape=(4, 1), **options), rs.Dense(1)], seed=5)
    model.compile(optimizer, "mse")
    return model


@pytest.fixture
def live():
    found = []

    def make(model=None, **options):
        found.append(LiveTraining(model or new_model(), X, Y, **options))
        return found[-1]

    yield make
    for each in found:
        each.close()


def trained(each, epochs):
    each.start(epochs)
    each.wait(60)
    return each


def assert_same_run(each, model, trace):
    for a, b in zip(each.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert each.trace.history == trace.history and each.trace.epochs.tolist() == trace.epochs.tolist()
    for name in trace.layers:
        for key, array in trace[name].arrays.items():
            np.testing.assert_array_equal(each.trace[name].arrays[key], array)


@pytest.mark.parametrize("batch_size", [None, 2])
def test_its_numbers_are_those_of_fit(live, batch_size):
    own = live(batch_size=batch_size, validation_split=0.2)
    assert own.state == "paused" and own.trace.epochs.tolist() == [0]
    np.testing.assert_array_equal(own.trace.predictions[0], new_model().trace(own.trace.x).predictions[0])
    for epochs in (1, 4, 3):
        trained(own, epochs)
    assert own.state == "paused" and own.finished == 8
    model = new_model()
    assert_same_run(own, model, model.fit(X, Y, epochs=8, verbose=0, batch_size=batch_size, validation_split=0.2))


def test_changes_while_it_runs_are_those_of_its_script(live):
    """Changes are asked for from another thread, whenever; the script of what happened gives the same numbers."""
    own = live(new_model(20), **LONG, batch_size=3)
    own.start()
    for change in ({"learning_rate": 0.05}, {"optimizer": "sgd", "clipnorm": 0.5}, {"noise": 0.2}, {"batch_size": 6}):
        before = own.finished
        own.change(**change)
        until(lambda before=before: own.finished > before + 2)
    own.pause()
    own.wait(60)
    assert own.state == "paused" and len(own.trace.marks) == 4
    names = {"model": new_model(20), "x": X, "y": Y}
    exec(own.script, names)
    assert_same_run(own, names["model"], names["trace"])
    assert own.trace.marks == names["trace"].marks


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_it_is_used_while_it_trains(live):
    """Pictures, predictions and traces are made in between; older traces stay as they were."""
    own = live(new_model(20, "sgd"), **LONG)
    own.start()
    seen = []
    for _ in range(30):
        trace = own.trace
        seen.append((trace, trace.predictions.copy(), trace.snapshots.flat.copy()))
        own.model.predict(X)
        assert len(trace.history["loss"]) == len(trace.epochs) or len(trace.epochs) == 1
        rs.what_if(trace, rs.Hold("lstm", "f", 0.0))
    assert own.state == "training"
    own.pause()
    own.wait(60)
    for trace, predictions, weights in seen:
        np.testing.assert_array_equal(trace.predictions, predictions)
        np.testing.assert_array_equal(trace.snapshots.flat, weights)
    same = rs.what_if(own.trace)
    np.testing.assert_array_equal(same.predictions[0], own.trace.predictions[-1])


def test_back_to_the_start_gives_the_same_training_again(live):
    model = new_model(dropout=0.3)
    model.fit(X, Y, epochs=3, batch_size=2, verbose=0)
    own = live(model, batch_size=2)
    first = trained(own, 6).trace
    assert first.epochs.tolist() == [3, 4, 5, 6, 7, 8]
    own.change(learning_rate=0.3)
    trained(own, 3)
    own.reset()
    assert own.state == "paused" and own.finished == 0 and own.hyperparameters.learning_rate == pytest.approx(0.001)
    again = trained(own, 6).trace
    assert again.history == first.history
    np.testing.assert_array_equal(again.predictions, first.predictions)


def test_going_back_while_it_trains(live):
    own = live(new_model(20), epochs=100_000)
    own.start()
    until(lambda: own.finished > 3)
    own.reset()
    assert own.state == "paused" and own.finished == 0
    for a, b in zip(own.model.get_weights(), new_model(20).get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_nan_stops_it_says_where_and_it_can_be_reset(live):
    own = live(new_model(optimizer="sgd"))
    trained(own, 2)
    own.change(learning_rate=1e30)
    trained(own, 50)
    assert own.state == "stopped" and "the first NaN or infinity: epoch" in own.stopped
    assert len(own.trace.epochs) >= 2
    with pytest.raises(ValueError, match=r"start: expected a training that can go on; the first NaN.*Type reset\(\)"):
        own.start()
    own.reset()
    assert trained(own, 2).state == "paused"


def test_it_is_finished_after_its_epochs(live):
    own = trained(live(epochs=5), None)
    assert own.state == "finished" and own.finished == 5 and own.stopped is None and own.trace.stopped is None
    with pytest.raises(ValueError, match="all 5 epochs are finished"):
        own.start()


def test_an_error_of_a_callback_stops_it_and_is_said(live):
    class Fails(rs.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 2:
                raise RuntimeError("on purpose")

    own = trained(live(callbacks=[Fails()]), None)
    assert own.state == "stopped" and own.stopped == "RuntimeError: on purpose" and own.finished == 3


def test_whoever_watches_is_told(live):
    own, told = live(epochs=4), []
    own.told = lambda: told.append(own.state)
    trained(own, 2)
    trained(own, None)
    assert told[-1] == "finished" and "paused" in told
    own.reset()
    own.close()
    assert told[-2:] == ["paused", "closed"]
    with pytest.raises(ValueError, match=r"this one was closed. Call rs\.train_live again"):
        own.start()


def test_starting_and_pausing_from_many_threads_loses_no_start(live):
    own = live(new_model(2), epochs=100_000)
    for _ in range(50):
        own.start()
        threads = [threading.Thread(target=call) for call in (own.pause, own.start, own.pause)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        own.pause()
        own.wait(60)
        assert own.state == "paused"
    model = new_model(2)
    trace = model.fit(X, Y, epochs=own.finished, verbose=0, record=rs.Record(weights="newest"))
    assert_same_run(own, model, trace)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"epochs": 0}, "epochs: expected an integer of at least 1"),
        ({"record": False}, "got False: nothing could be shown"),
        ({"record": 3}, "record: expected True, False or an rs.Record"),
        ({"batch_siz": 3}, "did you mean 'batch_size'"),
    ],
)
def test_wrong_arguments(arguments, words):
    with pytest.raises((TypeError, ValueError), match=words):
        LiveTraining(new_model(), X, Y, **arguments)


def test_wrong_models_and_data():
    with pytest.raises(TypeError, match="model: expected a model of rnnscope"):
        LiveTraining(new_model().trace(X), X, Y)
    with pytest.raises(TypeError, match="x: expected arrays, or batches that can be gone through anew"):
        LiveTraining(new_model(), iter([(X, Y)]))
    with pytest.raises((TypeError, ValueError), match="compile"):
        LiveTraining(rs.Sequential([rs.LSTM(2, input_shape=(4, 1))]), X, Y)


# --------------------------------------------------------------------------------------------------- what it records


def test_by_default_all_samples_are_recorded_as_long_as_there_is_room(live):
    small, large = live(), live(new_model(300))
    assert small.epochs == 10_000
    assert 300 <= large.epochs < 10_000
    bytes_of = trained(large, 2).trace
    each = bytes_of.nbytes / 2 - bytes_of.snapshots.flat.nbytes / 2
    assert each * large.epochs < 2**30 < 1.1 * each * (large.epochs + 1)
    few = live(new_model(300), epochs=5_000)
    trace = trained(few, 9).trace
    assert len(trace.x) == len(X) and trace.epochs.tolist() == [0, 4, 8]
    assert len(trace.history["loss"]) == 9


def test_the_newest_weights_are_kept_and_evenly_spaced_ones(monkeypatch):
    model = new_model(3)
    monkeypatch.setattr("rnnscope.trace.record.NEWEST_WEIGHTS", 8 * model.count_params() * 4)
    found, expected = [], {}
    for epoch in model.train_steps(X, Y, epochs=60, record=rs.Record(weights="newest")):
        trace = epoch.trace
        assert trace.snapshots.epochs[-1] == epoch.number and trace.snapshots.epochs[0] == 0
        assert len(trace.snapshots) <= 8
        found.append((trace, trace.snapshots.flat.copy()))
        expected[epoch.number + 1] = np.concatenate([array.ravel() for array in model.get_weights()])
    for trace, flat in found:
        np.testing.assert_array_equal(trace.snapshots.flat, flat)
        for number, row in zip(trace.snapshots.epochs, flat, strict=True):
            if number:
                np.testing.assert_array_equal(row, expected[number])
    older = trace.snapshots.epochs[:4]
    assert len(set(np.diff(older))) == 1, "evenly spaced"


# ----------------------------------------------------------------------------------------------------- learning rates


def test_learning_rates_are_found_by_trying():
    model = new_model()
    before = model.get_weights()
    found = sweep(model, X, Y)
    for a, b in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert isinstance(found, Rates) and set(found.losses) == {0.0, *TRIED}
    for rate in (found.too_small, found.good, found.too_large):
        own = new_model(optimizer=rs.optimizers.Adam(rate))
        assert own.fit(X, Y, epochs=15, verbose=0).history["loss"][-1] == found.losses[rate]
    assert found.losses[found.too_large] > found.losses[0.0]
    fell = {rate: found.losses[0.0] - loss for rate, loss in found.losses.items()}
    assert fell[found.good] >= 0.9 * max(fell.values()) > 0.1 * max(fell.values()) > fell[found.too_small]


def test_where_no_learning_rate_helps_none_is_good():
    zeros = new_model()
    zeros.set_weights([np.zeros_like(array) for array in zeros.get_weights()])
    zeros.layers[0].trainable = zeros.layers[1].trainable = False
    with pytest.warns(UserWarning, match="all frozen"):
        found = sweep(zeros, X, Y, epochs=2)
    assert found.good is found.too_small is found.too_large is None


# ------------------------------------------------------------------------------------------------- one at a time


def test_nothing_else_trains_the_model_meanwhile(live):
    model = new_model(20)
    own, other = live(model, **LONG), live(model, **LONG)
    own.start()
    for call in (
        other.start,
        lambda: model.fit(X, Y),
        lambda: model.train_on_batch(X, Y),
        lambda: model.compile("sgd"),
    ):
        with pytest.raises(
            ValueError, match=r"expected a model at rest; a live training of it goes on\. Pause it first"
        ):
            call()
    copied = copy.deepcopy(model)
    copied.fit(X, Y, verbose=0)
    own.pause()
    own.wait(60)
    with pytest.raises(
        ValueError, match=r"start: expected the model as this training left it; it was trained elsewhere"
    ):
        other.start()
    other.reset()
    assert trained(other, 2).finished == 2
    model.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match=r"it was trained elsewhere\. Type reset\(\)"):
        own.start()


def test_what_is_over_is_not_changed(live):
    own = trained(live(epochs=2), None)
    with pytest.raises(ValueError, match=r"change: expected a training that can go on; all 2 epochs are finished"):
        own.change(noise=0.3)


# --------------------------------------------------------------------------------------------- what nobody thinks of


def test_its_script_writes_numbers_of_numpy_as_numbers_and_names_what_it_cannot_write(live):
    own = trained(live(), 1)
    own.change(learning_rate=np.float64(0.01), batch_size=np.int64(2))
    trained(own, 1)
    own.change(optimizer=rs.optimizers.SGD(0.1, momentum=0.9))
    trained(own, 1)
    assert "epoch.change(learning_rate=0.01, batch_size=2)" in own.script
    assert "epoch.change(optimizer=optimizer)" in own.script
    names = {"model": new_model(), "x": X, "y": Y, "optimizer": rs.optimizers.SGD(0.1, momentum=0.9)}
    exec(own.script, names)
    assert_same_run(own, names["model"], names["trace"])


def test_a_first_epoch_of_its_own_is_refused(live):
    with pytest.raises(ValueError, match=r"initial_epoch: expected none: a live training goes on .*; got 5"):
        live(initial_epoch=5)


@pytest.mark.parametrize("record", [{"gradients": False}, {"every": 2, "quantities": ["h"], "weights": True}])
def test_as_many_epochs_as_can_be_recorded_with_their_weights(live, record):
    """A record that was chosen is never refused because nobody said for how many epochs."""
    record = rs.Record(**record, budget=2**28)
    own = live(new_model(100), record=record)
    assert 300 < own.epochs < 10_000
    assert record.budget * 0.99 < own._steps.nbytes <= record.budget


def test_learning_rates_do_not_hang_on_that_of_the_model():
    """The loss before any step is that of the weights, however far the model's own steps would lead in an epoch."""
    found = [sweep(new_model(optimizer=rs.optimizers.SGD(rate)), X, Y, batch_size=2) for rate in (0.001, 5.0)]
    assert found[0] == found[1]
    assert found[0].losses[0.0] == pytest.approx(new_model().evaluate(X, Y), rel=1e-6)


def test_who_lets_it_stand_by_may_wait_for_it_and_take_it_back(live):
    own = live(new_model(20), **LONG)

    def work():
        for end in (own.reset, lambda: (own.pause(), own.wait())):
            own.start()
            until(lambda: own.finished > 2)
            with own.standing_by():
                time.sleep(0.2)
                end()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    worker.join(60)
    has_ended = not worker.is_alive()
    own._may_go_on.set()
    assert has_ended and own.state == "paused"
