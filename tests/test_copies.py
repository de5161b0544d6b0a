"""Copies by `copy.copy`, `copy.deepcopy` and `pickle`: each a thing of its own that goes on like the original."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import threading

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.cells import Cell, linear, previous, state, tanh, x
from rnnscope.engine.initializers import INITIALIZERS
from rnnscope.engine.losses import LOSSES
from rnnscope.engine.optimizers import OPTIMIZERS

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(10, 4, 2)), RNG.normal(size=(10, 1))
MEANS = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.fixture(params=MEANS)
def copied(request):
    """What makes a copy."""
    return MEANS[request.param]


def new_model(cell="LSTM", optimizer="adam", **options):
    layers = [
        getattr(rs, cell)(4, return_sequences=True, input_shape=(4, 2)),
        rs.GRU(3, go_backwards=True),
        rs.Dense(2, "tanh"),
        rs.Dense(1),
    ]
    model = rs.Sequential(layers, seed=2, dtype="float64", **options)
    if optimizer is not None:
        model.compile(optimizer, "mse")
    return model


def fit(model, epochs=3, **options):
    return model.fit(X, Y, epochs=epochs, **{"batch_size": 4, "verbose": 0, "record": False, **options})


def assert_same_weights(first, second):
    for mine, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


def assert_independent_and_alike(original, other):
    """A copy has the original's numbers, stays when the original learns, and then learns the same."""
    assert_same_weights(original, other)
    before = other.get_weights()
    losses = fit(original).history["loss"]
    for mine, kept in zip(other.get_weights(), before, strict=True):
        np.testing.assert_array_equal(mine, kept)
    assert fit(other).history["loss"] == losses
    assert_same_weights(original, other)
    assert any(not np.array_equal(mine, kept) for mine, kept in zip(other.get_weights(), before, strict=True))
    np.testing.assert_array_equal(original.predict(X), other.predict(X))


# ---------------------------------------------------------------------------------------------------------- models


@pytest.mark.parametrize("epochs", [0, 3])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_copy_of_a_model_learns_as_the_original_does(copied, optimizer, epochs):
    made = OPTIMIZERS[optimizer](0.01, **({"momentum": 0.9} if optimizer == "sgd" else {}))
    model = new_model(optimizer=made)
    if epochs:
        fit(model, epochs)
    assert_independent_and_alike(model, copied(model))


def test_every_cell_can_be_copied(copied, default):
    model = new_model(default.name)
    fit(model, 1)
    other = copied(model)
    assert type(other.layers[0]) is type(model.layers[0]) and other.layers[0] is not model.layers[0]
    assert other.layers[0].cell == model.layers[0].cell
    assert_independent_and_alike(model, other)


def test_a_copy_of_a_copy_goes_on_too(copied):
    model = new_model()
    fit(model, 2)
    assert_independent_and_alike(model, copied(copied(model)))


def test_a_model_that_is_not_compiled_is_copied_as_such(copied):
    model = new_model(optimizer=None)
    other = copied(model)
    assert_same_weights(model, other)
    with pytest.raises(ValueError, match="compile"):
        fit(other)
    other.compile("adam", "mse")
    model.compile("adam", "mse")
    assert_independent_and_alike(model, other)


def test_a_model_without_weights_is_copied_as_such(copied):
    model = rs.Sequential(seed=3)
    model.add(rs.LSTM(4))
    other = copied(model)
    with pytest.raises(ValueError, match="input_shape"):
        other.get_weights()
    empty = copied(rs.Sequential(seed=3))
    for one in (model, other, empty):
        if not one.layers:
            one.add(rs.LSTM(4, input_shape=(4, 2)))
        one.add(rs.Dense(1))
    assert [layer.name for layer in empty.layers] == [layer.name for layer in other.layers] == ["lstm", "dense"]


def test_layers_of_a_copy_belong_to_the_copy(copied):
    model = new_model()
    fit(model, 1)
    other = copied(model)
    fit(other, 1)
    for layer, own in zip(other.layers, model.layers, strict=True):
        assert layer.is_attached and layer.name == own.name and layer.options() == own.options()
        assert not np.array_equal(layer.get_weights()[0], own.get_weights()[0])
    taken = other.get_layer("lstm").get_weights()
    for mine, whole in zip(taken, other.get_weights(), strict=False):
        np.testing.assert_array_equal(mine, whole)
    with pytest.raises(ValueError, match="'lstm' is part of this model"):
        other.add(other.layers[0])
    other.add(rs.Dense(1))
    assert len(model.layers) == 4 and len(other.layers) == 5


def test_a_copy_made_while_another_thread_trains_is_of_one_step(copied):
    model, found, done = new_model(), [], threading.Event()

    def copies():
        while not done.is_set():
            found.append(copied(model))

    worker = threading.Thread(target=copies, daemon=True)
    worker.start()
    trace = model.fit(X, Y, epochs=60, verbose=0)
    done.set()
    worker.join(60)
    assert not worker.is_alive()
    steps = [np.concatenate([array.ravel() for array in trace.weights(e)]).tobytes() for e in trace.epochs.tolist()]
    for other in found:
        flat = np.concatenate([array.ravel() for array in other.get_weights()]).tobytes()
        if flat in steps:
            again = other.fit(X, Y, epochs=2, verbose=0, record=False).history["loss"]
            start = steps.index(flat)
            assert again == trace.history["loss"][start : start + 2] or start > 58
        else:
            np.testing.assert_array_equal(other.predict(X), model.predict(X))


def test_an_optimizer_of_another_model_is_not_copied_as_one_s_own(copied):
    optimizer = rs.optimizers.Adam()
    first, second = new_model(optimizer=optimizer), new_model(optimizer=optimizer)
    fit(first)
    with pytest.raises(ValueError, match=r"optimizer: expected the model of .* that it began with"):
        copied(second)


READ = """
import pickle, sys
models, trace, x, y = pickle.load(sys.stdin.buffer)
print(trace["lstm"]["f"].sum(), trace["lstm"].weights(0)["kernel"].sum())
for model in models:
    print(*model.fit(x, y, epochs=3, batch_size=4, verbose=0, record=False).history["loss"])
"""


def test_another_process_goes_on_with_a_pickle():
    models = [new_model(cell) for cell in rs.cells.names()]
    for model in models:
        fit(model, 1)
    trace = fit(new_model(), 2, record=True)
    sent = pickle.dumps((models, trace, X, Y))
    run = subprocess.run([sys.executable, "-c", READ], input=sent, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    sums = [trace["lstm"]["f"].sum(), trace["lstm"].weights(0)["kernel"].sum()]
    wanted = [sums, *(fit(model).history["loss"] for model in models)]
    assert [[float(word) for word in line.split()] for line in run.stdout.splitlines()] == wanted


# --------------------------------------------------------------------------------------------------- registered cells


def leaky(share=0.5) -> Cell:
    h = previous("h")
    return Cell("Leaky", state("h", h + share * (tanh(linear(x, h)) - h), "a blend"))


def test_a_cell_of_one_s_own_is_found_by_its_name(copied, registry_restored):
    rs.register(leaky)
    model = new_model("Leaky")
    fit(model, 1)
    other = copied(model)
    assert type(other.layers[0]) is rs.layers.Leaky
    assert_independent_and_alike(model, other)


def test_a_pickle_of_a_cell_that_is_not_registered_says_so(registry_restored, monkeypatch):
    rs.register(leaky)
    sent = pickle.dumps(rs.layers.Leaky(3))
    monkeypatch.delitem(rs.cells.registry._builders, "Leaky")
    with pytest.raises(AttributeError, match="Leaky"):
        pickle.loads(sent)


# ------------------------------------------------------------------------------------------------------- single things


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_layer_draws_as_the_original_does(copied, name):
    of_bias = "ones" if name == "identity" else name
    layer = rs.LSTM(3, recurrent_initializer=name, bias_initializer=of_bias, input_shape=(4, 2), name="own")
    first, second = rs.Sequential([layer], seed=1), rs.Sequential([copied(layer)], seed=1)
    assert second.layers[0].name == "own" and second.layers[0] is not layer
    assert_same_weights(rs.Sequential([layer], seed=2), first)  # it has its weights already
    if name not in ("zeros", "constant"):
        assert first.get_weights()[1].any()
    assert_same_weights(first, second)


def test_a_copy_of_a_trained_layer_is_free_and_begins_with_its_weights(copied):
    model = new_model()
    fit(model, 1)
    layer = copied(model.layers[0])
    assert not layer.is_attached
    assert_same_weights(layer, model.layers[0])
    taken = layer.get_weights()
    fit(model, 1)
    other = rs.Sequential([layer], dtype="float64")
    other.add(rs.Dense(1))
    for mine, kept in zip(other.get_weights(), taken, strict=False):
        np.testing.assert_array_equal(mine, kept)


def test_losses_optimizers_and_what_describes_can_be_copied(copied, variant):
    for loss in (*(made() for made in LOSSES.values()), rs.losses.BinaryCrossentropy(from_logits=True)):
        assert vars(copied(loss)) == vars(loss) and type(copied(loss)) is type(loss)
    for made in OPTIMIZERS.values():
        optimizer = made(0.5, clipnorm=1.0)
        assert vars(copied(optimizer)) == vars(optimizer)
    assert copied(rs.Record(every=3, quantities=["f"])) == rs.Record(every=3, quantities=["f"])
    cursor = rs.Cursor(epoch=1, phase={"LSTM": "f"})
    assert copied(cursor) == cursor and hash(copied(cursor)) == hash(cursor)
    assert copied(rs.Input(shape=(4, 1))).shape == (4, 1)
    assert copied(variant.cell) == variant.cell and hash(copied(variant.cell)) == hash(variant.cell)


def test_an_optimizer_that_has_begun_keeps_its_averages(copied):
    optimizer = rs.optimizers.Adam(0.01)
    model = new_model(optimizer=optimizer)
    fit(model, 2)
    other = new_model(optimizer=copied(optimizer))
    other.set_weights(model.get_weights())
    x, y = X[:4], Y[:4]  # one batch: its order stays
    assert other.fit(x, y, epochs=2, verbose=0).history == model.fit(x, y, epochs=2, verbose=0).history


# --------------------------------------------------------------------------------------------------------------- traces


@pytest.mark.parametrize("record", [True, rs.Record(quantities=["h"], gradients=False, weights=False, samples=[1])])
def test_a_copy_of_a_trace_has_the_same_numbers(copied, record):
    trace = fit(new_model(), record=record)
    other = copied(trace)
    assert repr(other) == repr(trace) and other.history == trace.history and other.nbytes == trace.nbytes
    np.testing.assert_array_equal(other.predictions, trace.predictions)
    for name in trace:
        mine, own = other[name], trace[name]
        assert (mine.options, mine.equations, mine.units) == (own.options, own.equations, own.units)
        assert list(mine.arrays) == list(own.arrays) and mine is not own
        for key, array in own.arrays.items():
            np.testing.assert_array_equal(mine.arrays[key], array)
        assert (mine.x is None) == (own.x is None)
        if own.x is not None:
            np.testing.assert_array_equal(mine.x, own.x)
        for epoch in own.snapshots:
            np.testing.assert_array_equal(mine.weights(epoch)["kernel"], own.weights(epoch)["kernel"])


def test_a_pickle_of_a_trace_is_not_much_larger_than_the_trace():
    trace = fit(new_model(), 20, record=True)
    trace["lstm"].values, trace["gru"].cell, trace["gru"].prev, trace["gru"].grad  # made when asked, not written
    assert len(pickle.dumps(trace)) < 1.1 * trace.nbytes + 40_000


def test_a_deep_copy_of_a_trace_shares_no_memory():
    trace = fit(new_model(), record=True)
    other = copy.deepcopy(trace)
    assert not np.shares_memory(other["lstm"]["h"], trace["lstm"]["h"])
    assert np.shares_memory(other["gru"].x, other["lstm"]["h"])
    other["lstm"].arrays["state/h"][...] = 0
    assert not other["gru"].x.any() and trace["gru"].x.any()


def test_a_layer_of_a_trace_can_be_copied(copied):
    trace = fit(new_model(), record=True)
    layer, other = trace["gru"], copied(trace["gru"])
    np.testing.assert_array_equal(other["h"], layer["h"])
    np.testing.assert_array_equal(other.x, layer.x)
    np.testing.assert_array_equal(other.weights(1)["kernel"], layer.weights(1)["kernel"])
