"""Live training with its controls, without a browser: what each control does, what follows, and what ends it."""

import asyncio
import os
import re
import signal

import ipywidgets
import numpy as np
import pytest
from pictures import pixels
from test_explorer import control, message, widgets_of

import rnnscope as rs
from rnnscope.figures.compare import drawn
from rnnscope.widgets import live_explorer

TASK = rs.tasks.counting()
X, Y = TASK.x, TASK.y


def new_model(units=6, optimizer="adam"):
    model = rs.Sequential([rs.LSTM(units, return_sequences=True, input_shape=(4, 1)), rs.LSTM(units), rs.Dense(1)])
    model.compile(optimizer, "mse")
    return model


@pytest.fixture
def live():
    made = []

    def make(model=None, **options):
        made.append(rs.train_live(model or new_model(), X, Y, **{"views": ["cell"], **options}))
        return made[-1]

    yield make
    for each in made:
        each.close()


def button(explorer, words):
    return next(b for b in widgets_of(explorer, ipywidgets.Button) if b.description == words)


def status(explorer):
    return re.sub(r"<[^>]*>", "", explorer._controls._status.value)


def trained(explorer, epochs):
    explorer.training.start(epochs)
    explorer.training.wait(60)
    explorer.refresh()


async def until(condition, seconds=60):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


# ------------------------------------------------------------------------------------------------------- the controls


def test_before_the_first_epoch_it_shows_the_net_as_it_is(live):
    own = live()
    assert status(own) == "Ready: it trains at most 10,000 epochs."
    expected = new_model().trace(X, Y)
    np.testing.assert_array_equal(own.trace.predictions, expected.predictions)
    assert own.cursor.epoch == 0


@pytest.mark.parametrize(("words", "epochs"), [("1 epoch", 1), ("10 epochs", 10)])
def test_buttons_train_so_many_epochs(live, words, epochs):
    own = live()
    button(own, words).click()
    own.training.wait(60)
    own.refresh()
    assert own.training.finished == epochs and own.cursor.epoch == epochs - 1
    assert status(own).startswith(f"Paused after epoch {epochs - 1}, loss ")
    assert own.trace.history == new_model().fit(X, Y, epochs=epochs, verbose=0).history


def test_the_pictures_are_those_of_the_trace(live):
    own = live(views=["network", "training"])
    for _ in range(2):
        trained(own, 7)
        (moment,) = own._session.moments
        assert moment.trace.epochs[-1] == own.training.finished - 1
        for view in own.views:
            shown, expected = own._session.png(view), drawn({"": moment}, view, most=own._session.widest)
            np.testing.assert_array_equal(pixels(shown), expected.frame(), err_msg=view)


def test_going_back_it_stays_there_and_at_the_newest_epoch_it_follows(live):
    own = live()
    trained(own, 5)
    own.cursor = rs.Cursor(epoch=2)
    trained(own, 5)
    assert own.cursor.epoch == 2 and control(own, "epoch").max == 9
    own.cursor = rs.Cursor(epoch=9)
    trained(own, 5)
    assert own.cursor.epoch == 14


def test_every_setting_changes_the_training_and_is_marked(live):
    own = live()
    trained(own, 2)
    changes = {"learning rate": 0.02, "optimizer": "rmsprop", "clip norm": 0.5, "batch size": 2, "noise": 0.1}
    for words, value in changes.items():
        control(own, words).value = value
        assert not message(own)
        trained(own, 1)
        shown = control(own, words).value
        assert shown == value or abs(shown - value) < 1e-3 * value
    assert [words for _, words in own.trace.marks] == [
        "learning rate 0.02",
        "optimizer RMSprop, learning rate 0.001",
        "clipnorm 0.5",
        "batch size 2",
        "noise 0.1",
    ]
    assert [epoch for epoch, _ in own.trace.marks] == [2, 3, 4, 5, 6]
    control(own, "clip norm").value = 0.0
    trained(own, 1)
    assert own.trace.marks[-1] == (7, "no clipping") and own.model.optimizer.clipnorm is None
    assert status(own).endswith("Last change: no clipping, from epoch 7 on.")
    names = {"model": new_model(), "x": X, "y": Y}
    exec(own.training.script, names)
    for a, b in zip(names["model"].get_weights(), own.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_showing_how_it_learns_changes_nothing(live):
    own = live(new_model(optimizer=rs.optimizers.Adam(0.0123, clipnorm=0.7)))
    trained(own, 3)
    own.cursor = rs.Cursor(epoch=1)
    assert not own.trace.marks and own.training.hyperparameters.learning_rate == 0.0123
    assert control(own, "clip norm").value == 0.7


def test_what_is_refused_is_a_message_and_the_control_shows_what_is(live):
    decay = rs.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    own = live(new_model(optimizer=rs.optimizers.Adam(decay)))
    control(own, "learning rate").value = 0.5
    assert "learning_rate: expected a schedule" in message(own)
    assert control(own, "learning rate").value == pytest.approx(0.1)


def test_back_to_the_start(live):
    own = live()
    trained(own, 4)
    first = own.trace.predictions.copy()
    button(own, "back to the start").click()
    own.refresh()
    assert own.training.finished == 0 and own.cursor.epoch == 0 and status(own).startswith("Ready")
    trained(own, 4)
    np.testing.assert_array_equal(own.trace.predictions, first)


def test_nan_says_where_and_how_to_go_on(live):
    own = live(new_model(optimizer="sgd"))
    trained(own, 2)
    own.training.change(learning_rate=1e30)
    trained(own, 20)
    assert re.match(r"Stopped: the first NaN or infinity: epoch \d.*Go back to the start to train again\.", status(own))
    assert button(own, "start").disabled and not button(own, "back to the start").disabled
    button(own, "back to the start").click()
    trained(own, 1)
    assert not button(own, "start").disabled


# ------------------------------------------------------------------------------------------- in the loop of a notebook


def test_it_follows_while_it_trains_and_pauses(live):
    own = live(new_model(20))

    async def run():
        own.cursor = "Cursor(epoch=0)"  # from within the loop
        button(own, "start").click()
        await until(lambda: own.cursor.epoch > 3)
        assert button(own, "pause").icon == "pause" and own.training.state == "training"
        await until(lambda: own.cursor.epoch > 6)
        button(own, "pause").click()
        await until(lambda: own.training.state == "paused")
        await until(lambda: own.cursor.epoch == own.training.finished - 1)
        await until(lambda: status(own).startswith("Paused"))
        await until(lambda: own._timer is None)

    asyncio.run(run())


def test_another_explorer_lives_while_it_trains(live):
    own = live(new_model(20), epochs=6_000)

    async def run():
        own.cursor = "Cursor(epoch=0)"
        own.training.start()
        other = rs.explore(own.trace, ["cell"])
        for _ in range(3):
            other.step("time", -1)
            await asyncio.sleep(0.01)
        before = own.training.finished
        await until(lambda: own.training.finished > before)
        assert own.training.state == "training"
        other.close()
        own.training.pause()

    asyncio.run(run())


def test_an_interrupt_of_the_idle_kernel_pauses_it(live):
    own = live(new_model(20), epochs=6_000)
    before = signal.getsignal(signal.SIGINT)

    async def run():
        own.cursor = "Cursor(epoch=0)"
        own.training.start()
        await until(lambda: own.training.finished > 3)
        os.kill(os.getpid(), signal.SIGINT)
        await until(lambda: own.training.state == "paused")
        await until(lambda: own._timer is None)

    asyncio.run(run())
    assert signal.getsignal(signal.SIGINT) == before
    assert len(own.trace.epochs) == own.training.finished


def test_learning_rates_are_found_and_taken(live):
    own = live()

    async def run():
        own.cursor = "Cursor(epoch=0)"
        button(own, "find learning rates").click()
        assert button(own, "find learning rates").disabled
        await until(lambda: not button(own, "find learning rates").disabled)

    asyncio.run(run())
    found = own.training.rates()
    button(own, f"good: {found.good:g}").click()
    assert own.training.hyperparameters.learning_rate == found.good


def test_closing_ends_it_and_keeps_model_and_trace(live):
    own = live(new_model(20), epochs=6_000)

    async def run():
        own.cursor = "Cursor(epoch=0)"
        own.training.start()
        await until(lambda: own.training.finished > 3)
        own.close()
        assert own.training.state == "closed" and own._timer is None
        trace, finished = own.trace, own.training.finished
        await asyncio.sleep(0.05)
        assert own.training.finished == finished == len(trace.epochs)
        own.model.predict(X)

    asyncio.run(run())
    with pytest.raises(ValueError, match=r"Call rs\.train_live again"):
        own.training.start()


def test_a_fault_while_it_follows_is_told(live, monkeypatch):
    own = live()
    monkeypatch.setattr(live_explorer.LiveExplorer, "refresh", lambda self: 1 / 0)

    async def run():
        own.cursor = "Cursor(epoch=0)"
        own.training.start(2)
        await until(lambda: "ZeroDivisionError" in message(own))

    asyncio.run(run())


def test_in_a_cell_that_runs_it_knows_what_was_trained(live):
    own = live()
    own.start(20)
    own.training.wait(60)
    own.cursor = rs.Cursor(epoch=3)
    assert own.cursor.epoch == 3
    own.change(learning_rate=0.02)
    own.change(rs.Hold("lstm", "f", 0.0))
    assert own.training.hyperparameters.learning_rate == 0.02 and len(own.changes) == 1
    own.start(5)
    own.training.wait(60)
    assert own.step("epoch") and own.cursor.epoch == 4
    own.reset()
    assert own.cursor.epoch == 0


def test_a_new_one_pauses_those_that_still_run(live):
    own = live(new_model(20), epochs=6_000)
    own.start()
    live()
    own.training.wait(60)
    assert own.training.state == "paused"


def test_the_same_cell_once_more_pauses_the_one_before(live):
    model = new_model(20)
    before = live(model, epochs=6_000)
    before.start()
    again = live(model)
    assert before.training.state == "paused"
    trained(again, 2)
    assert again.training.finished == 2


def test_a_model_that_takes_no_steps_can_be_shown(live):
    own = live(new_model(optimizer=rs.optimizers.SGD(0.0)))
    assert control(own, "learning rate").value == 0
    own.change(learning_rate=0.1)
    own.refresh()
    assert control(own, "learning rate").value == pytest.approx(0.1)


def test_what_is_changed_by_hand_stays_where_the_newest_weights_are_not_kept(live):
    own = live(epochs=100, record=rs.Record(weights=5))
    trained(own, 1)
    own.change(rs.Hold("lstm", "f", 0.0))
    trained(own, 30)
    assert len(own.changes) == 1 and not message(own)
    assert own.cursor.epoch == own.trace.snapshots.epochs[-1] == 25
