"""What is recorded, what it takes in memory, and what a budget allows."""

from __future__ import annotations

import dataclasses
import gc
import re
import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rnnscope as rs
from rnnscope.models.recorder import Recorder
from rnnscope.trace.record import AUTO_WEIGHTS


def data(samples=6, steps=4, features=2):
    rng = np.random.default_rng(0)
    return rng.normal(size=(samples, steps, features)), rng.normal(size=(samples, 1))


X, Y = data()


def new_model(units=3, cell="LSTM", dtype="float32", steps=4, features=2, **options):
    first = getattr(rs, cell)(units, return_sequences=True, input_shape=(steps, features), **options)
    model = rs.Sequential([first, rs.GRU(units), rs.Dense(1)], seed=0, dtype=dtype)
    model.compile("adam", "mse")
    return model


def fit(record, model=None, **options):
    return (model or new_model()).fit(X, Y, **{"epochs": 7, "verbose": 0, "record": record, **options})


def estimate(model, record, epochs, x, y, batch_size=32):
    """Return the bytes that the recorder expects, before anything is recorded."""
    recorder = Recorder(
        model._network,
        dataclasses.replace(record, budget=2**62),
        epochs,
        [x.astype(model.dtype)],
        y.astype(model.dtype),
        y.shape,
        own_pass=len(x) > batch_size,
    )
    return recorder._estimate(record)


# -------------------------------------------------------------------------------------------------------- what is kept


def test_the_defaults_record_everything():
    record = rs.Record()
    assert dataclasses.asdict(record) == {
        "every": 1,
        "quantities": None,
        "gradients": True,
        "weights": "auto",
        "samples": None,
        "budget": 2**30,
    }
    everything, default = fit(True), fit(record)
    assert [list(everything[n].arrays) for n in everything] == [list(default[n].arrays) for n in default]
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.every = 2


@pytest.mark.parametrize(("every", "epochs"), [(1, [0, 1, 2, 3, 4, 5, 6]), (3, [0, 3, 6]), (4, [0, 4]), (99, [0])])
@pytest.mark.parametrize("batch_size", [4, 32])
def test_every(every, epochs, batch_size):
    trace = fit(rs.Record(every=every), batch_size=batch_size)
    assert trace.epochs.tolist() == epochs
    assert trace["lstm"]["h"].shape == (len(epochs), 6, 4, 3)
    assert trace.loss.shape == (len(epochs),) and len(trace.predictions) == len(epochs)
    assert len(trace.history["loss"]) == 7
    assert np.isfinite(trace.loss).all()


@pytest.mark.parametrize("batch_size", [4, 32])
def test_quantities_bring_their_parts_and_gradients(batch_size):
    full, some = fit(True, batch_size=batch_size), fit(rs.Record(quantities=["f", "h"]), batch_size=batch_size)
    assert [some[n].quantities for n in some] == [("f", "h"), ("h",), ()]
    wanted = ["input/f", "recurrent/f", "pre/f", "value/f", "state/h", "grad_state/h", "grad/f", "grad_pre/f", "bias/f"]
    assert sorted(some["lstm"].arrays) == sorted(wanted)
    for name in some:
        for key, array in some[name].arrays.items():
            np.testing.assert_array_equal(array, full[name].arrays[key])
    one = fit(rs.Record(quantities="y"), batch_size=batch_size)
    assert [one[n].quantities for n in one] == [(), (), ("y",)]


@pytest.mark.parametrize("batch_size", [4, 32])
@pytest.mark.parametrize("quantities", [None, ["f", "y"]])
def test_without_gradients(batch_size, quantities):
    options = {"quantities": quantities, "gradients": False}
    full, bare = fit(True, batch_size=batch_size), fit(rs.Record(**options), batch_size=batch_size)
    for name in bare:
        assert not any(key.startswith("grad") for key in bare[name].arrays)
        for key, array in bare[name].arrays.items():
            np.testing.assert_array_equal(array, full[name].arrays[key])
    assert len(bare["lstm"].arrays) > 3 and bare.nbytes < full.nbytes


def test_samples_in_any_order_once_each():
    trace = fit(rs.Record(samples=[4, 1, 4]))
    full = fit(True)
    np.testing.assert_array_equal(trace.x, X[[4, 1]].astype(np.float32))
    np.testing.assert_array_equal(trace["lstm"]["c"], full["lstm"]["c"][:, [4, 1]])
    np.testing.assert_array_equal(fit(rs.Record(samples=np.array([4, 1])))["lstm"]["c"], trace["lstm"]["c"])
    assert rs.Record(samples=range(2)).samples == (0, 1)


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        ("auto", [0, 1, 2, 3, 4, 5, 6]),
        (True, [0, 1, 2, 3, 4, 5, 6]),
        (False, []),
        (2, [0, 6]),
        (3, [0, 3, 6]),
        (4, [0, 2, 4, 6]),
        (99, [0, 1, 2, 3, 4, 5, 6]),
        (1, [6]),
    ],
)
@pytest.mark.parametrize("batch_size", [4, 32])
def test_weights(weights, kept, batch_size):
    trace = fit(rs.Record(weights=weights), batch_size=batch_size)
    assert list(trace.snapshots) == kept and len(trace.snapshots) == len(kept)
    full = fit(rs.Record(weights=True), batch_size=batch_size)
    for epoch in kept:
        for mine, wanted in zip(trace.weights(epoch), full.weights(epoch), strict=True):
            np.testing.assert_array_equal(mine, wanted)
        assert [a.shape for a in trace.weights(epoch)] == [a.shape for a in new_model().get_weights()]
    assert np.array_equal(full.weights(0)[0], new_model().get_weights()[0])


@pytest.mark.parametrize(("every", "weights", "kept"), [(2, True, [0, 2, 4, 6]), (3, 2, [0, 6]), (4, "auto", [0, 4])])
def test_weights_are_kept_at_recorded_epochs_only(every, weights, kept):
    assert list(fit(rs.Record(every=every, weights=weights)).snapshots) == kept


@given(
    total=st.integers(1, 400),
    every=st.integers(1, 9),
    mebibytes=st.floats(0.01, 80),
)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_weights_auto_stays_under_64_mib_with_first_and_last(total, every, mebibytes):
    assert AUTO_WEIGHTS == 64 * 2**20
    size = int(mebibytes * 2**20)
    recorded = list(range(0, total, every))
    kept = rs.Record(every=every).weight_epochs(total, size).tolist()
    assert kept[0] == recorded[0] and kept[-1] == recorded[-1]
    assert set(kept) <= set(recorded) and kept == sorted(set(kept))
    assert len(kept) <= 2 or len(kept) * size <= 64 * 2**20
    fit_in = 64 * 2**20 // size
    assert len(kept) == (len(recorded) if len(recorded) <= max(fit_in, 2) else max(fit_in, 2))
    gaps = np.diff([recorded.index(epoch) for epoch in kept])
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1


def test_weights_auto_on_a_model_whose_weights_do_not_fit_at_every_epoch(monkeypatch):
    monkeypatch.setattr("rnnscope.trace.record.AUTO_WEIGHTS", 2**16)
    trace = fit(True, new_model(units=20), epochs=30)
    size = sum(a.nbytes for a in trace.weights(0))
    first, *_, last = trace.snapshots
    assert (first, last) == (0, 29)
    assert 2 < len(trace.snapshots) < 30 and len(trace.snapshots) * size <= 2**16
    assert f"at {len(trace.snapshots)} of 30 epochs" in repr(trace)
    assert trace["lstm"].parts["f"]["bias"].shape == (30, 20)


# ----------------------------------------------------------------------------------------------------- bytes and budget

configurations = st.fixed_dictionaries(
    {
        "cell": st.sampled_from(rs.cells.names()),
        "units": st.integers(1, 8),
        "use_bias": st.booleans(),
        "dtype": st.sampled_from(["float32", "float64"]),
        "shape": st.tuples(st.integers(1, 7), st.integers(1, 6), st.integers(1, 3)),
        "epochs": st.integers(1, 6),
        "batch_size": st.sampled_from([2, 32]),
        "every": st.integers(1, 4),
        "quantities": st.sampled_from([None, ["h"], ["f", "y"], ["c", "g", "h"]]),
        "gradients": st.booleans(),
        "weights": st.sampled_from(["auto", True, False, 2, 3]),
        "samples": st.sampled_from([None, [0]]),
    }
)


def run(config):
    """Return the bytes that were expected, and the trace, for one configuration."""
    samples, steps, features = config["shape"]
    x, y = data(samples, steps, features)
    names = {q.name for kind in (config["cell"], "GRU") for q in rs.cells.build(kind)} | {"y"}
    chosen = config["quantities"] and [name for name in config["quantities"] if name in names]
    options = {key: config[key] for key in ("every", "gradients", "weights", "samples")}
    record = rs.Record(quantities=chosen, **options)
    model = new_model(config["units"], config["cell"], config["dtype"], steps, features, use_bias=config["use_bias"])
    batch_size = config["batch_size"]
    expected = estimate(model, record, config["epochs"], x, y, batch_size)
    trace = model.fit(x, y, epochs=config["epochs"], batch_size=batch_size, verbose=0, record=record)
    return expected, trace


@given(config=configurations)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_estimate_is_the_bytes_of_the_trace(config):
    expected, trace = run(config)
    assert expected == trace.nbytes
    assert (trace.nbytes == 0) == (not trace.epochs.size)


@pytest.mark.parametrize("batch_size", [4, 32])
def test_the_budget_is_met_exactly(batch_size):
    record = rs.Record()
    needed = estimate(new_model(), record, 7, X, Y, batch_size)
    fit(dataclasses.replace(record, budget=needed), batch_size=batch_size)
    chosen = rs.Record(samples=range(len(X)), budget=needed - 1)
    with pytest.raises(ValueError, match=r"record: expected at most .* this recording takes"):
        fit(chosen, batch_size=batch_size)


def proposals(message):
    """Return the records that the lines of a message make, with the bytes that they are said to take."""
    found = re.findall(r"record=(rs\.Record\(.*\))  # ([\d.]+) (bytes|KiB|MiB)", message)
    return [(eval(line), float(n) * {"bytes": 1, "KiB": 2**10, "MiB": 2**20}[unit]) for line, n, unit in found]


@given(config=configurations, share=st.floats(0.02, 0.98))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_what_is_proposed_does_fit(config, share):
    samples, steps, features = config["shape"]
    x, y = data(samples, steps, features)
    model = new_model(config["units"], config["cell"], config["dtype"], steps, features)
    before = model.get_weights()
    chosen = {"every": config["every"], "weights": config["weights"], "samples": config["samples"]}
    record = rs.Record(**{**chosen, "samples": chosen["samples"] or range(samples)})
    needed = estimate(model, record, config["epochs"], x, y, config["batch_size"])
    tight = dataclasses.replace(record, budget=max(1, int(share * needed)))
    options = {"epochs": config["epochs"], "batch_size": config["batch_size"], "verbose": 0}
    with pytest.raises(ValueError, match="record: expected at most") as caught:
        model.fit(x, y, record=tight, **options)
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
    *smaller, (everything, all_bytes) = proposals(str(caught.value))
    for proposal, bytes_said in smaller:
        assert proposal.budget == tight.budget and proposal.every >= tight.every
        trace = model.fit(x, y, record=proposal, **options)
        assert trace.nbytes <= min(tight.budget, bytes_said * 1.01 + 60)
    assert dataclasses.replace(everything, budget=1) == dataclasses.replace(tight, budget=1)
    assert model.fit(x, y, record=everything, **options).nbytes == needed <= all_bytes * 1.01 + 60


def test_the_message_says_what_would_fit():
    needed = estimate(new_model(), rs.Record(), 7, X, Y)
    with pytest.raises(ValueError, match=r"budget\); this recording takes .*\. One of these instead") as caught:
        fit(rs.Record(weights=True, budget=needed - 1))
    lines = [line.partition("  #")[0].strip() for line in str(caught.value).splitlines()[1:]]
    assert lines == [
        f"record=rs.Record(weights=True, samples=range(0, 5, 2), budget={needed - 1})",
        f"record=rs.Record(gradients=False, weights=True, budget={needed - 1})",
        f"record=rs.Record(weights=False, budget={needed - 1})",
        f"record=rs.Record(weights=True, budget={needed})",
    ]
    with pytest.raises(
        ValueError, match=r"One of these instead:\n  record=rs.Record\(every=2, budget=\d+\)  # .*, all of it"
    ):
        fit(rs.Record(every=2, budget=1))


@pytest.mark.parametrize("batch_size", [4, 32])
@pytest.mark.parametrize("share", [0.9, 0.5, 0.3])
def test_a_recording_that_is_left_open_keeps_evenly_chosen_samples_that_fit(batch_size, share):
    x, y = data(40)
    needed = estimate(new_model(), rs.Record(), 7, x, y, batch_size)
    record = rs.Record(budget=int(share * needed))
    with pytest.warns(rs.SamplesLeftOut, match=r"record: \d+ of 40 samples, evenly chosen, are recorded") as caught:
        trace = new_model().fit(x, y, epochs=7, batch_size=batch_size, verbose=0, record=record)
    full = new_model().fit(x, y, epochs=7, batch_size=batch_size, verbose=0)
    count = len(trace.x)
    chosen = np.unique(np.linspace(0, 39, count).round().astype(int))
    np.testing.assert_array_equal(trace.x, full.x[chosen])
    np.testing.assert_array_equal(trace["lstm"]["f"], full["lstm"]["f"][:, chosen])
    np.testing.assert_allclose(trace["gru"].grad["h"], full["gru"].grad["h"][:, chosen], rtol=1e-5, atol=1e-9)
    assert trace.history == full.history and trace.epochs.tolist() == list(range(7))
    assert trace.nbytes <= record.budget
    one_more = rs.Record(samples=range(count + 1))
    assert estimate(new_model(), one_more, 7, x, y, batch_size) > record.budget
    assert f"{count} of 40 were recorded" in repr(trace) and len(caught) == 1 and caught[0].filename == __file__


def test_the_line_for_more_is_accepted_and_keeps_more():
    x, y = data(40)
    tight = rs.Record(budget=estimate(new_model(), rs.Record(), 7, x, y) // 3)
    with pytest.warns(rs.SamplesLeftOut) as caught:
        few = new_model().fit(x, y, epochs=7, verbose=0, record=tight)
    line = str(caught[0].message).rpartition("For more: ")[2]
    more = eval(f"new_model().fit(x, y, epochs=7, verbose=0, {line})", {**globals(), "x": x, "y": y})
    assert len(few.x) < 40 and len(more.x) == 40


def test_epochs_are_left_out_only_if_not_even_one_sample_fits():
    needed = estimate(new_model(), rs.Record(samples=[0]), 7, X, Y)
    with pytest.warns(rs.SamplesLeftOut, match=r"1 of 6 samples, .* are recorded at 1 of every 2 epochs"):
        trace = fit(rs.Record(budget=needed - 1))
    assert trace.epochs.tolist() == [0, 2, 4, 6] and len(trace.x) == 1
    with pytest.raises(ValueError, match="record: expected at most 1 bytes"):
        fit(rs.Record(budget=1))


def test_two_thousand_long_sequences_are_recorded_as_far_as_they_fit():
    x, y = data(2000, 100, 1)
    first = rs.LSTM(128, return_sequences=True, input_shape=(100, 1))
    model = rs.Sequential([first, rs.LSTM(128), rs.Dense(1)], seed=0)
    model.compile()
    with pytest.warns(rs.SamplesLeftOut, match=r"record: 7 of 2000 samples, .* the budget is 1.0 GiB") as caught:
        recorder = Recorder(model._network, rs.Record(), 50, [x], y, (2000, 1), own_pass=True)
    assert recorder.samples.tolist() == [0, 333, 666, 1000, 1333, 1666, 1999]
    assert str(caught[0].message).endswith("For more: record=rs.Record(budget=4 * 2**30)")


def test_one_pass_has_a_budget_too():
    with pytest.raises(ValueError, match="record: expected at most 10 bytes"):
        new_model().trace(X, Y, record=rs.Record(budget=10))
    with pytest.warns(rs.SamplesLeftOut, match="record: 3 of 6 samples") as caught:
        trace = new_model().trace(
            X, Y, record=rs.Record(budget=estimate(new_model(), rs.Record(samples=range(3)), 1, X, Y))
        )
    assert len(trace.x) == 3 and caught[0].filename == __file__


# -------------------------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize("batch_size", [4, 32])
@pytest.mark.parametrize("gradients", [True, False])
def test_gates_side_by_side_lie_in_one_array(batch_size, gradients):
    """The recording is the tape itself: its arrays are views of the blocks in which the passes ran."""
    trace = fit(rs.Record(gradients=gradients), batch_size=batch_size)
    layer = trace["lstm"]
    groups = {
        "values": [layer[name] for name in "ifgo"],
        "pre-activations": [layer.pre[name] for name in "ifgo"],
        "input parts": [layer.parts[name]["input"] for name in "ifgo"],
        "recurrent parts": [layer.parts[name]["recurrent"] for name in "ifgo"],
    }
    if gradients:
        groups["gradients"] = [layer.grad[name] for name in "ifgo"]
    owners = {}
    for group, arrays in groups.items():
        found = {id(owner(array)) for array in arrays}
        assert len(found) == 1, group
        owners[group] = found.pop()
        assert sum(a.nbytes for a in arrays) == owner(arrays[0]).nbytes
    assert len(set(owners.values())) == len(groups)
    assert np.shares_memory(layer["h"], layer.prev["h"])
    assert np.shares_memory(trace["gru"].x, layer["h"])


def owner(array):
    while array.base is not None:
        array = array.base
    return array


class Tapes(rs.losses.MeanSquaredError):
    """A loss that keeps the prediction of each step, a view of the tape on which the step ran."""

    def __init__(self):
        self.seen = []

    def gradient(self, prediction, y):
        self.seen.append(prediction)
        return super().gradient(prediction, y)


def test_the_training_pass_of_a_single_batch_ran_inside_the_recording():
    model, loss = new_model(), Tapes()
    model.compile("adam", loss)
    trace = fit(True, model)
    assert len(loss.seen) == 7
    for k, prediction in enumerate(loss.seen):
        assert np.shares_memory(prediction, trace["dense"]["y"][k])
        assert not np.shares_memory(prediction, trace["dense"]["y"][k - 1])


def test_what_is_only_partly_recorded_does_not_keep_the_rest_alive():
    trace = fit(rs.Record(quantities=["f"], samples=[0]))
    for array in trace["lstm"].arrays.values():
        assert owner(array).nbytes == array.nbytes


@pytest.mark.parametrize("batch_size", [16, 64])
@pytest.mark.parametrize(
    "record",
    [
        rs.Record(),
        rs.Record(gradients=False, weights=False),
        rs.Record(quantities=["f", "c"], samples=range(20), weights=3),
    ],
    ids=["all", "no gradients", "some"],
)
def test_peak_memory_is_that_of_the_arrays_kept(batch_size, record):
    x, y = data(48, 25, 3)
    model = new_model(24, steps=25, features=3)
    options = {"batch_size": batch_size, "verbose": 0}
    tracemalloc.start()
    model.fit(x, y, epochs=1, record=False, **options)
    tracemalloc.reset_peak()
    start = tracemalloc.get_traced_memory()[0]
    model.fit(x, y, epochs=1, record=False, **options)
    one_pass = tracemalloc.get_traced_memory()[1] - start
    tracemalloc.reset_peak()
    start = tracemalloc.get_traced_memory()[0]
    trace = model.fit(x, y, epochs=12, record=record, **options)
    peak = tracemalloc.get_traced_memory()[1] - start
    tracemalloc.stop()
    assert trace.nbytes > 4 * 2**20
    passes = 1 if batch_size == 64 else 4  # a pass over all samples beside that over a batch
    assert peak <= 1.05 * trace.nbytes + passes * one_pass


# ------------------------------------------------------------------------------------------------- what stays in memory


def test_a_model_lets_go_of_what_it_recorded():
    model = new_model()
    for record in (lambda: fit(rs.Record(), model), lambda: model.trace(X, Y), lambda: model.trace(X)):
        root = record()["lstm"].arrays["pre/f"]
        while root.base is not None:
            root = root.base
        seen = weakref.ref(root)
        del root
        assert seen() is None


def test_a_model_is_gone_with_its_last_name():
    model = new_model()
    fit(rs.Record(), model)
    model.predict(X)
    seen = weakref.ref(model._network.weights)
    gc.disable()
    try:
        del model
        assert seen() is None
    finally:
        gc.enable()
