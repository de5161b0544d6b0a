"""Training one epoch at a time: the same numbers as `fit`, and what is changed on the way."""

import copy
import gc
import warnings

import numpy as np
import pytest

import rnnscope as rs

TASK = rs.tasks.counting()
X, Y = TASK.x, TASK.y


def new_model(units=4, optimizer="adam", dropout=0.2):
    layers = [rs.LSTM(units, return_sequences=True, dropout=dropout, input_shape=(4, 1)), rs.GRU(units), rs.Dense(1)]
    model = rs.Sequential(layers, seed=3)
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def assert_same(one, other):
    for a, b in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def assert_same_trace(one, other):
    assert one.history == other.history and one.epochs.tolist() == other.epochs.tolist()
    np.testing.assert_array_equal(one.predictions, other.predictions)
    np.testing.assert_array_equal(one.loss, other.loss)
    for name in one.layers:
        for key, array in one[name].arrays.items():
            np.testing.assert_array_equal(array, other[name].arrays[key], err_msg=f"{name} {key}")


@pytest.mark.parametrize("batch_size", [32, 4])
@pytest.mark.parametrize("record", [True, False, rs.Record(every=2, samples=[0, 3])])
def test_a_loop_has_the_numbers_of_fit(batch_size, record):
    options = {"epochs": 5, "batch_size": batch_size, "record": record, "validation_split": 0.2}
    looped, fitted = new_model(), new_model()
    epochs = list(looped.train_steps(X, Y, **options))
    trace = fitted.fit(X, Y, verbose=0, **options)
    assert_same(looped, fitted)
    assert_same_trace(epochs[-1].trace, trace)
    assert [epoch.number for epoch in epochs] == [0, 1, 2, 3, 4]
    assert [epoch.logs["val_mae"] for epoch in epochs] == trace.history["val_mae"]


def test_a_loop_that_is_left_keeps_weights_and_epochs_and_training_goes_on():
    looped, fitted = new_model(), new_model()
    for epoch in looped.train_steps(X, Y, epochs=9):
        if epoch.number == 3:
            break
    first = epoch.trace
    assert first.epochs.tolist() == [0, 1, 2, 3]
    del epoch
    gc.collect()
    second = looped.fit(X, Y, epochs=2, verbose=0)
    whole = fitted.fit(X, Y, epochs=6, verbose=0)
    assert_same(looped, fitted)
    assert_same_trace(first + second, whole)


def test_what_is_left_says_so_and_what_is_done_says_nothing():
    steps = new_model().train_steps(X, Y, epochs=3)
    next(steps)
    steps.close()
    assert steps.stopped == "ended by hand after epoch 0; 1 of 3 epochs are finished"
    assert new_model().train_steps(X, Y, epochs=2).drain().stopped is None


@pytest.mark.parametrize("own", [False, True], ids=["one batch", "several"])
def test_changes_act_from_the_next_epoch_on(own):
    size = 2 if own else 32
    looped, fitted = new_model(), new_model()
    steps = looped.train_steps(X, Y, epochs=6, batch_size=size)
    for epoch in steps:
        if epoch.number == 1:
            assert epoch.change(learning_rate=0.05, clipnorm=0.5) == "learning rate 0.05, clipnorm 0.5"
        if epoch.number == 3:
            epoch.change(clipnorm=None)
    one = fitted.fit(X, Y, epochs=2, batch_size=size, verbose=0)
    fitted.optimizer.learning_rate, fitted.optimizer.clipnorm = 0.05, 0.5
    two = fitted.fit(X, Y, epochs=2, batch_size=size, verbose=0)
    fitted.optimizer.clipnorm = None
    three = fitted.fit(X, Y, epochs=2, batch_size=size, verbose=0)
    assert_same(looped, fitted)
    assert_same_trace(steps.trace, one + two + three)
    assert steps.trace.marks == ((2, "learning rate 0.05, clipnorm 0.5"), (4, "no clipping"))
    assert steps.changes == [(2, {"learning_rate": 0.05, "clipnorm": 0.5}), (4, {"clipnorm": None})]


@pytest.mark.parametrize("samples", [None, [1, 4]])
@pytest.mark.parametrize("sizes", [(32, 2), (2, 32), (4, 3)])
def test_another_batch_size_is_that_of_a_fit_that_goes_on(sizes, samples):
    looped, fitted = new_model(dropout=0), new_model(dropout=0)
    options = {"record": rs.Record(samples=samples)}
    for epoch in looped.train_steps(X, Y, epochs=4, batch_size=sizes[0], **options):
        if epoch.number == 1:
            epoch.change(batch_size=sizes[1])
    parts = [fitted.fit(X, Y, epochs=2, batch_size=size, verbose=0, **options) for size in sizes]
    assert_same(looped, fitted)
    whole = parts[0] + parts[1]
    assert epoch.trace.history == whole.history
    np.testing.assert_allclose(epoch.trace.loss, whole.loss, rtol=1e-6)
    for name in whole.layers:
        for key, array in whole[name].arrays.items():
            np.testing.assert_allclose(epoch.trace[name].arrays[key], array, rtol=1e-5, atol=1e-7)


def test_another_optimizer_has_its_own_learning_rate_and_stays():
    looped, fitted = new_model(), new_model()
    for epoch in looped.train_steps(X, Y, epochs=4):
        if epoch.number == 1:
            assert epoch.change(optimizer="sgd") == "optimizer SGD, learning rate 0.01"
    fitted.fit(X, Y, epochs=2, verbose=0)
    fitted.learns_by(rs.optimizers.SGD())
    fitted.fit(X, Y, epochs=2, verbose=0)
    assert_same(looped, fitted)
    assert isinstance(looped.optimizer, rs.optimizers.SGD)
    with pytest.raises(ValueError, match="another one"):
        epoch.change(optimizer=trained_optimizer())


def trained_optimizer():
    model = new_model(units=2)
    model.fit(X, Y, verbose=0)
    return model.optimizer


def test_noise_is_in_the_training_and_not_in_the_recording():
    """Steps by hand: the same noise, drawn from the same generator, then `train_on_batch`."""
    layers = [rs.LSTM(3, input_shape=(4, 1)), rs.Dense(1)]
    looped, by_hand = rs.Sequential(layers, seed=1), None
    looped.compile("sgd", "mse")
    by_hand = copy.deepcopy(looped)
    rng = copy.deepcopy(looped._rng)
    for epoch in looped.train_steps(X, Y, epochs=3, shuffle=False):
        if epoch.number == 0:
            epoch.change(noise=0.5)
    by_hand.train_on_batch(X, Y)
    for number in (1, 2):
        expected = by_hand.trace(X, Y)
        np.testing.assert_array_equal(epoch.trace["lstm"]["f"][number], expected["lstm"]["f"][0])
        np.testing.assert_array_equal(epoch.trace["lstm"].grad["f"][number], expected["lstm"].grad["f"][0])
        noise = rng.normal(0, 0.5, (4, 1, len(X)))
        by_hand.train_on_batch(X + np.moveaxis(noise, -1, 0), Y)
    for a, b in zip(looped.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "expected some of optimizer, learning_rate, batch_size, noise, clipnorm"),
        ({"learning_rat": 1}, r"change: .*learning_rat.*did you mean 'learning_rate'"),
        ({"learning_rate": 0}, "learning_rate: expected a number above 0; got 0"),
        ({"learning_rate": float("nan")}, "learning_rate: expected a number above 0; got nan"),
        ({"batch_size": 0}, "batch_size: expected an integer of at least 1"),
        ({"noise": -1}, "noise: expected a number of at least 0"),
        ({"clipnorm": "a"}, "clipnorm: expected a number above 0"),
        ({"optimizer": "adm"}, "did you mean 'adam'"),
        ({"batch_size": 2, "optimizer": "adm"}, "did you mean 'adam'"),
    ],
)
def test_a_change_that_is_wrong_changes_nothing(changes, words):
    steps = new_model().train_steps(X, Y, epochs=2)
    next(steps)
    before = steps.hyperparameters
    with pytest.raises((TypeError, ValueError), match=words):
        steps.change(**changes)
    assert steps.hyperparameters == before and not steps.changes and not steps.trace.marks


def test_what_comes_in_batches_of_its_own_is_not_cut_anew():
    def batches():
        while True:
            yield X, Y

    steps = new_model().train_steps(batches(), epochs=2, steps_per_epoch=1)
    next(steps)
    with pytest.raises(ValueError, match="expected arrays x and y, which are cut here; got batches of one's own"):
        steps.change(batch_size=3)
    model = rs.Sequential([rs.layers.Embedding(5, 2, input_shape=(4,)), rs.LSTM(2), rs.Dense(1)])
    model.compile("adam", "mse")
    steps = model.train_steps(np.ones((3, 4), int), np.ones(3), epochs=2)
    next(steps)
    with pytest.raises(ValueError, match=r"noise: expected 0 for inputs that are numbers of tokens; got 0\.1"):
        steps.change(noise=0.1)


def test_a_schedule_of_learning_rates_is_not_overruled():
    decay = rs.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    steps = new_model(optimizer=rs.optimizers.Adam(decay)).train_steps(X, Y, epochs=3)
    next(steps)
    with pytest.raises(TypeError, match="expected a schedule"):
        steps.change(learning_rate=0.1)
    steps.change(batch_size=2)
    next(steps)


def test_marks_are_kept_in_files_and_in_what_is_joined(tmp_path):
    model = new_model()
    for epoch in model.train_steps(X, Y, epochs=3):
        if epoch.number == 0:
            epoch.change(learning_rate=0.5)
    joined = epoch.trace + model.fit(X, Y, epochs=2, verbose=0)
    joined.save(tmp_path / "a.npz")
    loaded = rs.load_trace(tmp_path / "a.npz")
    assert loaded.marks == joined.marks == joined.thin(2).marks == ((1, "learning rate 0.5"),)


def test_arguments_are_those_of_fit():
    with pytest.raises(TypeError, match="did you mean 'validation_split'"):
        new_model().train_steps(X, Y, validation_splits=0.1)
    with pytest.raises(ValueError, match="epochs"):
        new_model().train_steps(X, Y, epochs=0)


def test_a_nan_ends_the_loop_with_a_warning_for_its_line():
    model = new_model(optimizer=rs.optimizers.SGD(0.1))
    steps = model.train_steps(X, Y, epochs=50)
    epoch = next(steps)
    epoch.change(learning_rate=1e30)
    with pytest.warns(rs.TrainingStopped) as caught:
        assert len(list(steps)) < 50
    assert caught[0].filename == __file__ and "learning rate 1e+30" in epoch.trace.marks[0][1]
    assert "the first NaN or infinity" in epoch.trace.stopped
    assert all(np.isfinite(array).all() for array in model.get_weights())


def test_stopping_in_the_loop_ends_it():
    model = new_model()
    for epoch in model.train_steps(X, Y, epochs=9):
        model.stop_training = epoch.number == 2
    assert epoch.number == 2 and epoch.trace.stopped == "a callback ended it after epoch 2"
    steps = new_model().train_steps(X, Y, epochs=9, batch_size=2)
    next(steps)
    steps.stop()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(steps) == []
    assert steps.stopped == "interrupted after epoch 0; 1 of 9 epochs are finished"


# ------------------------------------------------------------------------------------ what an optimizer brings


def test_an_optimizer_takes_its_own_learning_rate_along_whatever_was_asked_for_before():
    steps = new_model().train_steps(X, Y, epochs=3)
    steps.change(learning_rate=0.5, noise=0.1)
    said = steps.change(optimizer="rmsprop")
    next(steps)
    assert said == "optimizer RMSprop, learning rate 0.001"
    assert steps.hyperparameters.learning_rate == 0.001 and steps.hyperparameters.noise == 0.1
    assert steps.trace.marks == ((0, "noise 0.1, optimizer RMSprop, learning rate 0.001"),)


def test_an_optimizer_takes_its_own_clip_norm_along_and_else_that_of_before_stays():
    steps = new_model().train_steps(X, Y, epochs=3)
    own = rs.optimizers.SGD(0.5, clipnorm=2.0)
    assert steps.change(optimizer=own) == "optimizer SGD, learning rate 0.5, clipnorm 2"
    next(steps)
    assert steps.hyperparameters.clipnorm == own.clipnorm == 2
    assert steps.change(optimizer="sgd") == "optimizer SGD, learning rate 0.01"
    next(steps)
    assert steps.hyperparameters.clipnorm == 2


def test_a_schedule_that_goes_on_meanwhile_is_no_change_of_the_learning_rate():
    """Another thread asks while steps are taken: the learning rate is another one from look to look."""
    falling = rs.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    steps = new_model(optimizer=rs.optimizers.SGD(falling)).train_steps(X, Y, epochs=3)
    own = steps.hyperparameters
    next(steps)
    assert own.learning_rate != own.optimizer.learning_rate
    own.check(steps._training.network, {"noise": 0.1})
    own.set({"noise": 0.1})
    assert own.optimizer.learning_rate == falling(1)


def test_noise_is_refused_where_numbers_stand_for_nothing():
    layers = [rs.layers.Masking(-1.0, input_shape=(4, 1)), rs.LSTM(4), rs.Dense(1)]
    model = rs.Sequential(layers)
    model.compile("adam", "mse")
    steps = model.train_steps(X, Y, epochs=2)
    with pytest.raises(
        ValueError, match="noise: expected 0 for inputs of which layer 'masking' masks those that are -1"
    ):
        steps.change(noise=0.1)
    assert steps.change(noise=0.0) == "noise 0"
