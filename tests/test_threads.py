"""One model in several threads: every thread gets right numbers, and nobody waits for ever."""

from __future__ import annotations

import io
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import rnnscope as rs

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(6, 4, 1)), RNG.normal(size=(6, 1))
WAIT = 60
"""Seconds after which a thread that does not come back fails its test."""


def new_model(cell="LSTM", units=8, **options):
    layers = [getattr(rs, cell)(units, return_sequences=True, input_shape=(4, 1), **options), rs.GRU(5), rs.Dense(1)]
    model = rs.Sequential(layers, seed=1, dtype="float64")
    model.compile(rs.optimizers.Adam(0.01), "mse")
    return model


@pytest.fixture(autouse=True)
def quick_switches():
    """Let threads take turns as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*jobs, each=50):
    """Run jobs in a thread each, again and again, and return what every one of them returned."""
    gate = threading.Barrier(len(jobs))

    def repeated(job):
        gate.wait(WAIT)
        return [job() for _ in range(each)]

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result(WAIT) for future in [pool.submit(repeated, job) for job in jobs]]


# --------------------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize("cell", ["LSTM", "GRU"])
def test_predictions_of_two_threads_are_those_of_one(cell):
    model = new_model(cell)
    inputs = [RNG.normal(size=(n, 4, 1)) for n in (6, 6, 3)]
    wanted = [model.predict(x) for x in inputs]
    for results, expected in zip(at_once(*(lambda x=x: model.predict(x) for x in inputs)), wanted, strict=True):
        for result in results:
            np.testing.assert_array_equal(result, expected)


def test_whatever_reads_a_model_may_do_so_at_once():
    model = new_model()
    loss, gradients = model.evaluate(X, Y), model.gradients(X, Y)
    trace = model.trace(X, Y)
    losses, slopes, traces, _ = at_once(
        lambda: model.evaluate(X, Y),
        lambda: model.gradients(X, Y),
        lambda: model.trace(X, Y),
        lambda: model.predict(X[:2]),
        each=15,
    )
    assert set(losses) == {loss}
    for found in slopes:
        for array, expected in zip(found, gradients, strict=True):
            np.testing.assert_array_equal(array, expected)
    for found in traces:
        np.testing.assert_array_equal(found["lstm"].grad["f"], trace["lstm"].grad["f"])
        np.testing.assert_array_equal(found["gru"]["h"], trace["gru"]["h"])


def test_a_model_that_is_not_built_yet_is_built_once():
    def fresh():
        model = rs.Sequential(seed=4, dtype="float64")
        model.add(rs.LSTM(8, input_shape=(4, 1)))
        model.add(rs.Dense(1))
        return model

    wanted = fresh().predict(X)
    for _ in range(10):
        model = fresh()
        for results in at_once(*[lambda model=model: model.predict(X)] * 3, each=1):
            np.testing.assert_array_equal(results[0], wanted)


# --------------------------------------------------------------------------------------------------------- training


def weights_of_steps(model, epochs):
    """Return the predictions of a model before each step of a training with one step an epoch, and after the last."""
    found = [model.predict(X)]
    for _ in range(epochs):
        model.fit(X, Y, epochs=1, verbose=0, record=False)
        found.append(model.predict(X))
    return found


def test_who_reads_while_another_thread_trains_sees_whole_steps():
    epochs = 120
    steps = np.array([p.ravel() for p in weights_of_steps(new_model(), epochs)])
    model, done = new_model(), threading.Event()
    seen, kept = [], []

    def read():
        while not done.is_set():
            seen.append(model.predict(X).ravel())
            kept.append(model.get_weights())

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    trace = model.fit(X, Y, epochs=epochs, verbose=0)
    done.set()
    reader.join(WAIT)
    assert not reader.is_alive()
    assert len({float(p[0]) for p in seen}) > 2, "it read in the middle of the training"
    for prediction in seen:
        assert (prediction == steps).all(axis=1).any()
    whole = [[a.tobytes() for a in trace.weights(epoch)] for epoch in range(epochs)]
    whole.append([a.tobytes() for a in model.get_weights()])
    for arrays in kept:
        assert [a.tobytes() for a in arrays] in whole
    np.testing.assert_array_equal(model.predict(X).ravel(), steps[-1])


def test_a_second_training_waits_for_the_first():
    alone = new_model()
    first, second = (alone.fit(X, Y, epochs=30, verbose=0) for _ in range(2))
    model = new_model()
    found = at_once(*[lambda: model.fit(X, Y, epochs=30, verbose=0)] * 2, each=1)
    losses = sorted([trace.history["loss"] for (trace,) in found], reverse=True)
    assert losses == sorted([first.history["loss"], second.history["loss"]], reverse=True)
    np.testing.assert_array_equal(model.predict(X), alone.predict(X))


def test_weights_set_by_another_thread_wait_for_the_end_of_training(monkeypatch):
    model = new_model()
    given = [array + 1 for array in model.get_weights()]
    started = threading.Event()

    def sets():
        started.wait(WAIT)
        model.set_weights(given)

    setter = threading.Thread(target=sets, daemon=True)
    setter.start()
    monkeypatch.setattr(sys, "stdout", Output(started.set))
    trace = model.fit(X, Y, epochs=50, verbose=2)
    setter.join(WAIT)
    assert not setter.is_alive()
    again = new_model().fit(X, Y, epochs=50, verbose=0)
    assert trace.history == again.history
    for array, expected in zip(model.get_weights(), given, strict=True):
        np.testing.assert_array_equal(array, expected)


class Output(io.StringIO):
    """A place to print to that runs something at every line."""

    def __init__(self, action):
        super().__init__()
        self.action = action

    def write(self, text):
        if "loss" in text:
            self.action()
        return len(text)


def test_what_runs_inside_of_a_training_may_use_the_model(monkeypatch):
    wanted = weights_of_steps(new_model(), 4)
    model, seen = new_model(), []

    def use():
        seen.append(model.predict(X))
        assert model.evaluate(X, Y) > 0 and len(model.gradients(X, Y)) == 8
        assert model.layers[0].get_weights()[0].shape == (1, 32)
        model.set_weights(model.get_weights())

    monkeypatch.setattr(sys, "stdout", Output(use))
    worker = threading.Thread(target=lambda: model.fit(X, Y, epochs=4, verbose=2), daemon=True)
    worker.start()
    worker.join(WAIT)
    assert not worker.is_alive()
    for prediction, expected in zip(seen, wanted[1:], strict=True):
        np.testing.assert_array_equal(prediction, expected)


def test_a_training_inside_of_a_training_does_not_wait_for_itself(monkeypatch):
    model = new_model()
    inner = [lambda: model.fit(X, Y, epochs=1, verbose=0, record=False)]
    monkeypatch.setattr(sys, "stdout", Output(lambda: inner and inner.pop()()))
    worker = threading.Thread(target=lambda: model.fit(X, Y, epochs=2, verbose=2), daemon=True)
    worker.start()
    worker.join(WAIT)
    assert not worker.is_alive() and not inner


def test_a_training_that_fails_lets_the_next_one_in(monkeypatch):
    model = new_model()

    def fail():
        raise RuntimeError("a callback that fails")

    monkeypatch.setattr(sys, "stdout", Output(fail))
    with pytest.raises(RuntimeError, match="a callback that fails"):
        model.fit(X, Y, epochs=2, verbose=2)
    ((trace,),) = at_once(lambda: model.fit(X, Y, epochs=2, verbose=0), each=1)
    assert len(trace.history["loss"]) == 2
