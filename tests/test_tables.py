"""Traces for xarray and pandas: the same numbers, on axes with names."""

import sys

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.interop.tables import table_of, whole_table

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 4, 2)), RNG.normal(size=(5, 1))


@pytest.fixture
def trace():
    layers = [
        rs.LSTM(3, return_sequences=True, go_backwards=True, input_shape=(4, 2)),
        rs.GRU(2, return_sequences=True),
        rs.GRU(2, go_backwards=True),
        rs.Dense(1),
    ]
    model = rs.Sequential(layers)
    model.compile()
    return model.fit(X, Y, epochs=5, verbose=0, record=rs.Record(every=2))


@pytest.fixture
def labelled(trace):
    time = [[f"{sample}{step}" for step in "abcd"] for sample in range(5)]
    return trace.with_labels(rs.Labels(time=time, samples=list("vwxyz")))


def test_the_recording_of_a_layer_on_named_axes(trace):
    table = table_of(trace, "lstm")
    layer = trace["lstm"]
    axes, array = table.arrays["f"]
    assert axes == ("epoch", "sample", "time", "unit") and array is layer["f"]
    assert table.arrays["grad_x"][0][-1] == "feature"
    groups = {"f": layer, "pre_f": layer.pre, "grad_f": layer.grad, "grad_pre_f": layer.grad_pre}
    assert all((table.arrays[key][1] == group["f"]).all() for key, group in groups.items())
    assert (table.arrays["prev_c"][1] == layer.prev["c"]).all()
    assert table_of(trace, "dense").arrays["y"][0] == ("epoch", "sample", "unit")
    assert table.labels == {}


def test_what_belongs_to_the_whole(trace):
    arrays = whole_table(trace).arrays
    assert {key: axes for key, (axes, _) in arrays.items()} == {
        "x": ("sample", "time", "input"),
        "predictions": ("epoch", "sample", "output"),
        "y": ("sample", "output"),
        "loss": ("epoch",),
        "prediction_gradients": ("epoch", "sample", "output"),
    }
    model = rs.Sequential([rs.GRU(3, return_sequences=True, input_shape=(4, 2)), rs.Dense(3, "softmax")])
    arrays = whole_table(model.trace(X)).arrays
    assert arrays["predictions"][0] == ("epoch", "sample", "time", "output") and "y" not in arrays


def test_axes_of_other_lengths_and_several_inputs():
    source, target = rs.Input((4, 2)), rs.Input((3, 1))
    _, *states = rs.LSTM(2, return_state=True)(source)
    decoded = rs.LSTM(2, return_sequences=True)(target, initial_state=states)
    trace = rs.Model([source, target], rs.Dense(2)(decoded)).trace([X, RNG.normal(size=(5, 3, 1))])
    trace = trace.with_labels(rs.Labels(time=list("abcd")))
    whole = whole_table(trace)
    assert whole.arrays["x_1"][0] == ("sample", "time_1", "input_1") and whole.arrays["x_1"][1].shape == (5, 3, 1)
    assert whole.arrays["predictions"][0] == ("epoch", "sample", "output_step", "output")
    assert table_of(trace, "lstm").arrays["c"][0][2] == "time" and table_of(trace, "lstm_1").arrays["c"][0][2] == "step"
    assert table_of(trace, "lstm_1").labels == {}
    model = rs.Sequential([rs.layers.Embedding(6, 3), rs.layers.Bidirectional(rs.GRU(2, return_sequences=True))])
    trace = model.trace(RNG.integers(0, 6, (5, 4)))
    trace = trace.with_labels(rs.Labels(time=list("abcd")))
    assert whole_table(trace).arrays["x"][0] == ("sample", "time")
    assert table_of(trace, "bidirectional.backward").labels["time_label"][1].tolist() == list("abcd")


def test_labels_stand_in_the_order_in_which_a_layer_reads(labelled):
    found = {name: table_of(labelled, name).labels for name in labelled}
    for name, first in (("lstm", "0d"), ("gru", "0d"), ("gru_1", "0a")):
        axes, names = found[name]["time_label"]
        assert axes == ("sample", "time") and names[0, 0] == first
    assert set(found["dense"]) == {"sample_label"}
    whole = whole_table(labelled).labels
    assert whole["time_label"][1][2, 1] == "2b" and "class_label" not in whole
    model = rs.Sequential([rs.GRU(3, input_shape=(4, 2)), rs.Dense(3, "softmax")])
    labels = whole_table(model.trace(X, labels=rs.Labels(classes=["no", "yes", "well"]))).labels
    assert labels["class_label"][0] == ("output",) and labels["class_label"][1].tolist() == ["no", "yes", "well"]


@pytest.mark.parametrize("name", ["xarray", "pandas"])
def test_a_library_is_asked_for_in_one_sentence(monkeypatch, trace, name):
    monkeypatch.setitem(sys.modules, name, None)
    call = {"xarray": trace.to_xarray, "pandas": lambda: trace.to_pandas("lstm", "f")}[name]
    with pytest.raises(ImportError, match=rf'to_{name} needs {name}: pip install "rnnscope\[{name}\]"'):
        call()


def test_xarray_has_the_same_numbers(labelled):
    xarray = pytest.importorskip("xarray")
    tree = labelled.to_xarray()
    assert isinstance(tree, xarray.DataTree) and list(tree.children) == list(labelled.layers)
    f = tree["lstm"]["f"]
    assert f.dims == ("epoch", "sample", "time", "unit") and f.epoch.values.tolist() == [0, 2, 4]
    np.testing.assert_array_equal(f.values, labelled["lstm"]["f"])
    assert f.time_label.values[1, 0] == "1d" and tree["lstm"].attrs["kind"] == "LSTM"
    assert float(f.sel(epoch=4)[2, 1, 0]) == labelled["lstm"]["f"][2, 2, 1, 0]
    np.testing.assert_array_equal(tree["predictions"].values, labelled.predictions)


def test_xarray_without_labels(trace):
    pytest.importorskip("xarray")
    tree = trace.to_xarray()
    np.testing.assert_array_equal(tree["dense"]["y"].values, trace["dense"]["y"])
    assert "time_label" not in tree["lstm"].coords


def test_pandas_has_the_same_numbers(labelled):
    pytest.importorskip("pandas")
    trace = labelled
    table = trace.to_pandas("lstm", "f")
    assert table.index.names == ["epoch", "sample", "time", "time_label", "sample_label"]
    assert table.columns.tolist() == [0, 1, 2] and table.columns.name == "unit"
    row = table.loc[(4, 2, 1)]
    np.testing.assert_array_equal(row.to_numpy()[0], trace["lstm"]["f"][2, 2, 1])
    assert row.index.tolist() == [("2c", "x")]
    assert len(table) == 3 * 5 * 4
    assert trace.to_pandas("dense", "grad_y").index.names == ["epoch", "sample", "sample_label"]


def test_quantities_that_are_not_there(trace):
    pytest.importorskip("pandas")
    with pytest.raises(ValueError, match=r"quantity of layer 'gru': expected one of .*got 'f'"):
        trace.to_pandas("gru", "f")
