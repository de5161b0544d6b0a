"""What a trace holds: labelled arrays of every pass, with the weights it ran with, and how it shows itself."""

from __future__ import annotations

import numpy as np
import pytest

import rnnscope as rs

X, Y = np.random.default_rng(0).normal(size=(10, 4, 2)), np.random.default_rng(1).normal(size=(10, 1))
MODES = {"one batch": 32, "several batches": 4}


def new_model(dtype="float64", seed=0, **options):
    layers = [
        rs.LSTM(3, return_sequences=True, input_shape=(4, 2)),
        rs.GRU(5, **options),
        rs.Dense(2, "tanh"),
        rs.Dense(1),
    ]
    model = rs.Sequential(layers, seed=seed, dtype=dtype)
    model.compile(rs.optimizers.Adam(0.05), "mse")
    return model


def fit(mode, *, epochs=3, model=None, **options):
    return (model or new_model()).fit(X, Y, epochs=epochs, batch_size=MODES[mode], verbose=0, **options)


@pytest.fixture(scope="module", params=MODES)
def trace(request):
    return fit(request.param)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def lstm(x, kernel, recurrent, bias):
    """Return every quantity of an LSTM, (sample, time, unit), from the textbook equations."""
    h, c, steps = 0.0, 0.0, []
    for t in range(x.shape[1]):
        part = np.zeros((len(x), recurrent.shape[0])) if t == 0 else h
        z = dict(zip("ifgo", np.split(x[:, t] @ kernel + part @ recurrent + bias, 4, axis=1), strict=True))
        gates = {k: np.tanh(v) if k == "g" else sigmoid(v) for k, v in z.items()}
        c = gates["f"] * c + gates["i"] * gates["g"]
        h = gates["o"] * np.tanh(c)
        steps.append({**gates, "c": c, "h": h})
    return {name: np.stack([step[name] for step in steps], axis=1) for name in steps[0]}


def gru(x, kernel, recurrent, bias):
    """Return every quantity of a GRU that resets after the product, (sample, time, unit)."""
    h, steps = np.zeros((len(x), recurrent.shape[0])), []
    for t in range(x.shape[1]):
        from_x = np.split(x[:, t] @ kernel + bias[0], 3, axis=1)
        from_h = np.split(h @ recurrent + bias[1], 3, axis=1)
        z, r = sigmoid(from_x[0] + from_h[0]), sigmoid(from_x[1] + from_h[1])
        g = np.tanh(from_x[2] + r * from_h[2])
        h = z * h + (1 - z) * g
        steps.append({"z": z, "r": r, "g": g, "h": h})
    return {name: np.stack([step[name] for step in steps], axis=1) for name in steps[0]}


def test_names_and_shapes(trace):
    assert trace.layers == tuple(trace) == ("lstm", "gru", "dense", "dense_1")
    assert "lstm" in trace and "lstm_1" not in trace
    assert [trace[name].quantities for name in trace] == [tuple("ifgoch"), tuple("zrgh"), ("y",), ("y",)]
    assert [trace[name].kind for name in trace] == ["LSTM", "GRU", "Dense", "Dense"]
    for name, units, features in (("lstm", 3, 2), ("gru", 5, 3)):
        layer = trace[name]
        assert layer.units == units and layer.name == name and list(layer) == list(layer.values)
        gates = [q.name for q in layer.cell if q.role != "state"]
        for quantity in layer:
            assert layer[quantity].shape == layer.grad[quantity].shape == (3, 10, 4, units)
        for state in layer.cell.states:
            assert layer.prev[state].shape == (3, 10, 4, units)
        for gate in gates:
            assert layer.pre[gate].shape == layer.grad_pre[gate].shape == (3, 10, 4, units)
            shapes = {part: array.shape for part, array in layer.parts[gate].items()}
            biases = {part: (3, units) for part in shapes if part.endswith("bias")}
            assert shapes == {"input": (3, 10, 4, units), "recurrent": (3, 10, 4, units), **biases}
            assert list(biases) == ["bias", "recurrent_bias"][: 2 if name == "gru" else 1]
        assert list(layer.prev) == list(layer.cell.states)
        assert sorted(layer.pre) == sorted(layer.parts) == sorted(gates)
        assert layer.x.shape == layer.grad["x"].shape == (3, 10, 4, features)
    for name, units, features in (("dense", 2, 5), ("dense_1", 1, 2)):
        layer = trace[name]
        assert layer["y"].shape == layer.pre["y"].shape == layer.grad["y"].shape == (3, 10, units)
        assert layer.grad_pre["y"].shape == (3, 10, units)
        assert layer.parts["y"]["bias"].shape == (3, units)
        assert layer.x.shape == layer.grad["x"].shape == (3, 10, features)
    assert trace.epochs.tolist() == [0, 1, 2]
    assert trace.predictions.shape == (3, 10, 1) and trace.loss.shape == (3,)
    np.testing.assert_array_equal(trace.x, X)
    np.testing.assert_array_equal(trace.y, Y)
    assert all(array.dtype == np.float64 for name in trace for array in trace[name].arrays.values())


def test_every_number_is_that_of_the_textbook_equations(trace):
    for k, epoch in enumerate(trace.epochs):
        weights = trace.weights(epoch)
        first = lstm(X, *weights[:3])
        second = gru(first["h"], *weights[3:6])
        third = np.tanh(second["h"][:, -1] @ weights[6] + weights[7])
        output = third @ weights[8] + weights[9]
        for name, expected in (("lstm", first), ("gru", second), ("dense", {"y": third}), ("dense_1", {"y": output})):
            for quantity, values in expected.items():
                np.testing.assert_allclose(trace[name][quantity][k], values, rtol=1e-11, atol=1e-14)
        np.testing.assert_allclose(trace.predictions[k], output, rtol=1e-11)
        assert trace.loss[k] == pytest.approx(np.mean((output - Y) ** 2), rel=1e-12)


def test_parts_add_up_to_the_pre_activation(trace):
    for k, epoch in enumerate(trace.epochs):
        layer, weights = trace["lstm"], trace["lstm"].weights(epoch)
        assert list(weights) == ["kernel", "recurrent_kernel", "bias"]
        for gate, kernel, recurrent, bias in zip(
            "ifgo", *(np.split(weights[n], 4, axis=-1) for n in weights), strict=True
        ):
            parts = {part: array[k] for part, array in layer.parts[gate].items()}
            np.testing.assert_allclose(parts["input"], layer.x[k] @ kernel, rtol=1e-12)
            np.testing.assert_allclose(parts["recurrent"], layer.prev["h"][k] @ recurrent, rtol=1e-11, atol=1e-15)
            np.testing.assert_array_equal(parts["bias"], bias)
            total = parts["input"] + parts["recurrent"] + parts["bias"]
            np.testing.assert_allclose(layer.pre[gate][k], total, rtol=1e-12, atol=1e-15)
        dense = trace["dense"]
        np.testing.assert_array_equal(dense.parts["y"]["bias"][k], trace["dense"].weights(epoch)["bias"])


def test_what_a_step_read(trace):
    for name in ("lstm", "gru"):
        layer = trace[name]
        for state in layer.prev:
            np.testing.assert_array_equal(layer.prev[state][:, :, 0], 0)
            np.testing.assert_array_equal(layer.prev[state][:, :, 1:], layer[state][:, :, :-1])
    np.testing.assert_array_equal(trace["lstm"].x, np.broadcast_to(X, (3, 10, 4, 2)))
    np.testing.assert_array_equal(trace["gru"].x, trace["lstm"]["h"])
    np.testing.assert_array_equal(trace["dense"].x, trace["gru"]["h"][:, :, -1])
    np.testing.assert_array_equal(trace["dense_1"].x, trace["dense"]["y"])
    np.testing.assert_array_equal(trace.predictions, trace["dense_1"]["y"])


def test_gradients_of_gates_follow_from_those_of_states(trace):
    """A gate's total gradient is local: only the states of its own step read it."""
    layer = trace["lstm"]
    grad, c = layer.grad, layer["c"]
    np.testing.assert_allclose(grad["o"], grad["h"] * np.tanh(c), rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(grad["i"], grad["c"] * layer["g"], rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(grad["f"], grad["c"] * layer.prev["c"], rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(layer.grad_pre["f"], grad["f"] * layer["f"] * (1 - layer["f"]), rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(layer.grad_pre["g"], grad["g"] * (1 - layer["g"] ** 2), rtol=1e-10, atol=1e-18)
    np.testing.assert_allclose(trace["dense_1"].grad["y"], (trace.predictions - Y) * 2 / 10, rtol=1e-12)
    np.testing.assert_array_equal(trace.prediction_gradients, trace["dense_1"].grad["y"])
    np.testing.assert_allclose(trace["gru"].grad["x"][:, :, -1], grad["h"][:, :, -1], rtol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_epoch_is_a_pass_with_the_weights_that_it_started_from(mode, dtype):
    model = new_model(dtype)
    trace, again = fit(mode, model=model), new_model(dtype)
    for k, epoch in enumerate(trace.epochs):
        again.set_weights(trace.weights(epoch))
        np.testing.assert_array_equal(trace.predictions[k], again.predict(X))
        assert trace.loss[k] == pytest.approx(again.evaluate(X, Y), rel=1e-12)
        single = again.trace(X, Y)
        assert trace.loss[k] == single.loss[0]
        for name in trace:
            assert list(trace[name].arrays) == list(single[name].arrays)
            for key, array in trace[name].arrays.items():
                np.testing.assert_array_equal(array[k], single[name].arrays[key][0], err_msg=f"{name} {key}")
    first, last = trace.weights(0), model.get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(first, new_model(dtype).get_weights(), strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(trace.weights(2), last, strict=True))
    if mode == "one batch":
        assert trace.history["loss"] == trace.loss.tolist()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("samples", [[1, 3], [7], [9, 0, 4], range(10)], ids=str)
@pytest.mark.parametrize("quantities", [None, ["f", "h", "y"]])
def test_some_samples_have_the_numbers_of_the_full_recording(mode, samples, quantities):
    full, some = fit(mode), fit(mode, record=rs.Record(samples=samples, quantities=quantities))
    chosen = list(samples)
    assert full.history == some.history
    np.testing.assert_array_equal(some.x, X[chosen])
    np.testing.assert_array_equal(some.y, Y[chosen])
    np.testing.assert_allclose(some.predictions, full.predictions[:, chosen], rtol=1e-11)
    np.testing.assert_allclose(some.prediction_gradients, full.prediction_gradients[:, chosen], rtol=1e-10)
    for name in full:
        for key, array in some[name].arrays.items():
            whole = full[name].arrays[key]
            is_bias = key.partition("/")[0] in ("bias", "recurrent_bias")
            wanted = whole if is_bias else whole[:, chosen]
            np.testing.assert_allclose(array, wanted, rtol=1e-10, atol=1e-16, err_msg=f"{name} {key}")
        assert sorted(some[name].quantities) == sorted(q for q in full[name] if quantities is None or q in quantities)


@pytest.mark.parametrize("mode", MODES)
def test_the_loss_of_a_record_is_that_of_the_recorded_samples(mode):
    some, full = fit(mode, record=rs.Record(samples=[1, 3])), fit(mode)
    squares = (full.predictions[:, [1, 3]] - Y[[1, 3]]) ** 2
    np.testing.assert_allclose(some.loss, squares.mean(axis=(1, 2)), rtol=1e-12)
    assert some.history == full.history
    single = new_model().trace(X, Y, record=rs.Record(samples=[1, 3]))
    assert single.loss[0] == pytest.approx(some.loss[0], rel=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_every_second_epoch(mode):
    full, half = fit(mode, epochs=5), fit(mode, epochs=5, record=rs.Record(every=2))
    assert half.epochs.tolist() == [0, 2, 4]
    assert len(half.history["loss"]) == 5
    for name in full:
        for key, array in half[name].arrays.items():
            np.testing.assert_array_equal(array, full[name].arrays[key][::2])
    np.testing.assert_array_equal(half.loss, full.loss[::2])
    np.testing.assert_array_equal(half.weights(4)[0], full.weights(4)[0])


def test_a_layer_that_goes_backwards_read_in_that_order():
    trace = fit("one batch", model=new_model(go_backwards=True))
    np.testing.assert_array_equal(trace["gru"].x, trace["lstm"]["h"][:, :, ::-1])
    second = gru(trace["gru"].x[1], *trace.weights(1)[3:6])
    np.testing.assert_allclose(trace["gru"]["h"][1], second["h"], rtol=1e-11)
    flow = trace["gru"].grad["x"][:, :, ::-1]
    np.testing.assert_allclose(flow[:, :, -1], trace["lstm"].grad["h"][:, :, -1], rtol=1e-12)


def test_what_a_layer_read_is_unknown_if_the_layer_below_was_not_recorded():
    trace = fit("one batch", record=rs.Record(quantities=["f"]))
    assert trace["gru"].x is None and trace["lstm"].x is not None
    assert trace["lstm"].quantities == ("f",)
    assert list(trace["lstm"].parts) == list(trace["lstm"].pre) == ["f"]


def test_one_pass_without_targets_has_no_gradients_and_says_so():
    model = new_model()
    before = model.get_weights()
    trace = model.trace(X)
    assert trace.loss is None and trace.y is None and trace.history == {} and trace.prediction_gradients is None
    assert trace.epochs.tolist() == [0]
    np.testing.assert_array_equal(trace.predictions[0], model.predict(X))
    assert all(not len(trace[name].grad) and not len(trace[name].grad_pre) for name in trace)
    assert "gradients" not in repr(trace)
    with pytest.raises(ValueError, match=r"gradient of layer 'lstm': .* Record with gradients=True and pass targets"):
        _ = trace["lstm"].grad["h"]
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_one_pass_with_targets_or_with_fewer_quantities():
    model = new_model()
    trace = model.trace(X, Y)
    assert trace.loss[0] == pytest.approx(model.evaluate(X, Y), rel=1e-12) and trace.history["loss"] == [trace.loss[0]]
    assert " with gradients" in repr(trace)
    np.testing.assert_array_equal(trace.weights(0)[0], model.get_weights()[0])
    small = model.trace(X, Y, record=rs.Record(quantities=["c"], gradients=False, samples=[2], weights=False))
    assert small["lstm"].quantities == ("c",) and not len(small["lstm"].grad)
    np.testing.assert_allclose(small["lstm"]["c"], trace["lstm"]["c"][:, [2]], rtol=1e-12)


def test_one_pass_needs_no_loss_if_there_are_no_targets():
    model = rs.Sequential([rs.LSTM(3, input_shape=(4, 2))])
    trace = model.trace(X)
    np.testing.assert_array_equal(trace["lstm"]["h"][0, :, -1], model.predict(X))


def test_data_of_a_run_without_a_recording_is_a_copy_too():
    x, y = X.copy(), Y.copy()
    trace = new_model().fit(x, y, epochs=2, verbose=0, record=False)
    x += 1
    y += 1
    np.testing.assert_array_equal(trace.x, X)
    np.testing.assert_array_equal(trace.y, Y)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_that_happens_later_changes_a_trace(mode):
    x, y, model = X.copy(), Y.copy(), new_model()
    trace = model.fit(x, y, epochs=2, batch_size=MODES[mode], verbose=0)
    kept = {name: {key: a.copy() for key, a in trace[name].arrays.items()} for name in trace}
    history = {key: list(values) for key, values in trace.history.items()}
    weights = trace.weights(1)
    x += 1
    y += 1
    model.fit(x, y, epochs=2, batch_size=MODES[mode], verbose=0)
    model.trace(x, y)
    model.predict(x)
    trace.weights(1)[0][...] = 99
    np.testing.assert_array_equal(trace.x, X)
    np.testing.assert_array_equal(trace.y, Y)
    np.testing.assert_array_equal(trace.weights(1)[0], weights[0])
    assert trace.history == history
    for name, arrays in kept.items():
        for key, array in arrays.items():
            np.testing.assert_array_equal(trace[name].arrays[key], array)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("record", [True, False, rs.Record(quantities=["f"], gradients=False), rs.Record(weights=2)])
def test_nbytes_is_the_sum_over_all_arrays(mode, record):
    model = new_model("float32")
    trace = fit(mode, model=model, epochs=5, record=record)
    numbers = sum(int(np.prod(a.shape)) for name in trace for a in trace[name].arrays.values())
    snapshots = {True: 5, False: 0}.get(record) if isinstance(record, bool) else {2: 2, "auto": 5}[record.weights]
    numbers += snapshots * model.count_params() + len(trace.epochs) * 10
    numbers += len(trace.epochs) * 10 if trace.prediction_gradients is not None else 0
    assert trace.nbytes == 4 * numbers
    assert (trace.nbytes > 0) == (record is not False)


def test_the_recording_of_no_epoch_still_has_history_and_data():
    trace = fit("several batches", record=False)
    assert len(trace.history["loss"]) == 3 and trace.epochs.tolist() == []
    assert trace.layers == ("lstm", "gru", "dense", "dense_1")
    np.testing.assert_array_equal(trace.x, X)
    assert "not kept" in repr(trace)


def test_repr_says_what_was_recorded(trace):
    lines = repr(trace).splitlines()
    assert lines[0].startswith("<rnnscope.Trace, ") and lines[0].endswith(" KiB>")
    facts = {line[2:24].strip(): line[24:] for line in lines[1:]}
    losses = trace.history["loss"]
    assert facts == {
        "epochs": "3 (0 to 2)",
        "x": "(10, 4, 2) (sample, time, feature)",
        "loss": f"{losses[0]:.4g} -> {losses[-1]:.4g}",
        "lstm (LSTM)": "i, f, g, o, c, h: 3 units with gradients",
        "gru (GRU)": "z, r, g, h: 5 units with gradients",
        "dense (Dense)": "y: 2 units with gradients",
        "dense_1 (Dense)": "y: 1 units with gradients",
        "weights": "at 3 of 3 epochs",
    }
    assert repr(trace["gru"]) == "<GRU layer 'gru': z, r, g, h of shape (3, 10, 4, 5)>"
    assert "f" in repr(trace["lstm"].pre) and "lstm" in repr(trace["lstm"].pre)


def test_html_has_the_same_facts_and_escapes_names():
    layer = rs.LSTM(3, input_shape=(4, 2), name="<b>&'\"")
    model = rs.Sequential([layer, rs.Dense(1)])
    model.compile("adam", "mse")
    html = model.fit(X, Y, epochs=2, verbose=0)._repr_html_()
    assert "<b>&'" not in html and "&lt;b&gt;&amp;" in html
    assert "i, f, g, o, c, h: 3 units with gradients" in html
    assert "0 to 1" in html and "-&gt;" in html and html.startswith("<table>") and html.endswith("</table>")
    assert html.count("<tr>") == html.count("</tr>") == 6


@pytest.mark.parametrize(
    ("most", "kept"), [(1, [9]), (2, [0, 9]), (4, [0, 3, 6, 9]), (10, list(range(10))), (99, list(range(10)))]
)
def test_thin_keeps_evenly_spaced_epochs(most, kept):
    trace = fit("one batch", epochs=10)
    thin = trace.thin(most)
    assert thin.epochs.tolist() == kept
    assert thin.history == trace.history
    np.testing.assert_array_equal(thin.loss, trace.loss[kept])
    np.testing.assert_array_equal(thin.predictions, trace.predictions[kept])
    np.testing.assert_array_equal(thin.prediction_gradients, trace.prediction_gradients[kept])
    for name in trace:
        for key, array in thin[name].arrays.items():
            np.testing.assert_array_equal(array, trace[name].arrays[key][kept])
    np.testing.assert_array_equal(thin["gru"].x, trace["gru"].x[kept])
    np.testing.assert_array_equal(thin.weights(9)[3], trace.weights(9)[3])
    with pytest.raises(ValueError, match=r"\(9\); got 0"):
        thin.weights(0)
    assert trace.epochs.tolist() == list(range(10)) and len(trace.weights(0)) == 10


def test_thin_without_weights_or_loss():
    assert fit("one batch", epochs=5, record=rs.Record(weights=False)).thin(2).epochs.tolist() == [0, 4]
    assert new_model().trace(X).thin(3).loss is None


# ------------------------------------------------------------------------------------------- a layer's recording stays


def test_a_second_trace_of_the_same_recordings_changes_nothing_in_the_first(trace):
    read, kept = trace["lstm"].x.copy(), trace["lstm"].weights(1)["kernel"].copy()
    layers = [trace[name] for name in trace]
    flat = np.zeros_like(trace.snapshots.flat)
    weights = type(trace.snapshots)(trace.snapshots.shapes, trace.snapshots.epochs, flat)
    second = rs.Trace(layers, trace.epochs, trace.predictions, trace.x + 1, weights=weights)
    np.testing.assert_array_equal(trace["lstm"].x, read)
    np.testing.assert_array_equal(trace["lstm"].weights(1)["kernel"], kept)
    np.testing.assert_array_equal(second["lstm"].x, read + 1)
    assert not second["lstm"].weights(1)["kernel"].any()
    assert np.shares_memory(second["gru"]["h"], trace["gru"]["h"])


def test_a_recording_by_itself_is_complete(trace):
    layer = trace["lstm"]
    alone = type(layer)(layer.name, layer.kind, layer.options, layer.units, layer.output, layer.arrays)
    assert alone.x is None and alone.quantities == layer.quantities
    with pytest.raises(ValueError, match="this trace has no weights"):
        alone.weights(0)
