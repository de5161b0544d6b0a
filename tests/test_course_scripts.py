"""Scripts of the kind found in courses run with their imports changed, and come to what they come to with Keras."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from course_scripts import SCRIPTS, assert_same, run, with_imports_of

import rnnscope as rs


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_comes_to_what_it_comes_to_with_keras(name, golden):
    assert_same(run(name, "rnnscope"), dict(np.load(golden / "course_scripts" / f"{name}.npz")))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_comes_to_what_it_comes_to_with_a_live_keras(name):
    pytest.importorskip("keras")
    assert_same(run(name, "rnnscope"), run(name, "keras"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_but_imports_changes(name):
    before = SCRIPTS[name].read_text(encoding="utf-8")
    after = with_imports_of("rnnscope", before)
    lines = list(zip(before.splitlines(), after.splitlines(), strict=True))
    changed = [line for line, other in lines if line != other]
    assert changed and all(line.startswith(("import keras", "from keras")) for line in changed)
    assert not any(line.startswith(("import keras", "from keras")) for line in after.splitlines())


def test_a_run_with_other_numbers_is_seen():
    found = run("airline_passengers", "rnnscope")
    moved = {key: value + 1e-7 if value.dtype.kind == "f" else value for key, value in found.items()}
    with pytest.raises(AssertionError):
        assert_same(moved, found)


# ------------------------------------------------------------------------------------------------- what they import

MODULES = ("callbacks", "initializers", "layers", "losses", "metrics", "models", "optimizers", "utils")


@pytest.mark.parametrize("name", MODULES)
def test_modules_are_imported_by_their_name_in_keras(name):
    found: dict[str, object] = {}
    exec(f"import rnnscope.{name}\nfrom rnnscope import {name} as own\nfrom rnnscope.{name} import *", found)
    assert found["own"] is getattr(rs, name) is getattr(found["rnnscope"], name)


def test_names_are_imported_as_in_keras():
    from rnnscope.layers import LSTM, Dense
    from rnnscope.models import Model, Sequential

    assert rs.preprocessing.sequence.pad_sequences is rs.utils.pad_sequences
    assert (LSTM, Dense, Model, Sequential) == (rs.layers.LSTM, rs.layers.Dense, rs.Model, rs.Sequential)
    with pytest.raises(ImportError, match="Conv1D"):
        from rnnscope.layers import Conv1D  # noqa: F401


# --------------------------------------------------------------------------------------------------------- the rest


def test_classes_become_rows():
    rows = rs.utils.to_categorical([[[1], [0]], [[3], [3]]], 5)
    assert rows.shape == (2, 2, 5) and rows.dtype == float
    assert rows.argmax(axis=-1).tolist() == [[1, 0], [3, 3]] and (rows.sum(axis=-1) == 1).all()
    assert rs.utils.to_categorical(np.array([2.0, 0.0])).shape == (2, 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([-1, 2],), "class numbers"),
        (([0.5],), "class numbers"),
        (([],), "class numbers"),
        (([0, 3], 3), "num_classes: expected at least 4; got 3"),
        ((["a"],), "class numbers"),
    ],
)
def test_what_is_no_class_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        rs.utils.to_categorical(*given)


def test_sequences_get_one_length():
    rows = [[1, 2, 3], [4], []]
    pad = rs.utils.pad_sequences
    assert pad(rows).tolist() == [[1, 2, 3], [0, 0, 4], [0, 0, 0]]
    assert pad(rows, 2, padding="post", value=9).tolist() == [[2, 3], [4, 9], [9, 9]]
    assert pad(rows, 2, truncating="post").tolist() == [[1, 2], [0, 4], [0, 0]]
    vectors = pad([[[1.5, 2.5]], [[3.0, 4.0], [5.0, 6.0]]], dtype="float32", padding="post")
    assert vectors.dtype == np.float32 and vectors.tolist() == [[[1.5, 2.5], [0, 0]], [[3, 4], [5, 6]]]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sequences": [1, 2]}, "expected a list of sequences"),
        ({"sequences": []}, "expected a list of sequences"),
        ({"sequences": 3}, "expected a list of sequences"),
        ({"sequences": [[1], [[2]]]}, "expected sequences of numbers"),
        ({"sequences": [[1]], "padding": "front"}, "padding: expected one of post, pre; got 'front'"),
        ({"sequences": [[1]], "maxlen": 0}, "maxlen: expected an integer of at least 1"),
    ],
)
def test_what_is_no_list_of_sequences_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        rs.utils.pad_sequences(**given)


def test_a_seed_lets_python_and_numpy_begin_anew():
    import random

    def drawn():
        rs.utils.set_random_seed(3)
        return random.random(), np.random.rand()  # noqa: NPY002

    before = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        assert drawn() == drawn()
    finally:
        random.setstate(before[0])
        np.random.set_state(before[1])  # noqa: NPY002


def stateful():
    both = rs.layers.Bidirectional(rs.layers.LSTM(2, stateful=True), merge_mode="sum")
    layers = [rs.layers.GRU(2, stateful=True, return_sequences=True, batch_input_shape=(3, 4, 1)), both]
    return rs.Sequential(layers, dtype="float64")


def test_layers_begin_anew_one_by_one():
    x = np.random.default_rng(0).normal(size=(3, 4, 1))
    model = stateful()
    first = model.predict(x)
    again = model.predict(x)
    for layer in model.layers:
        layer.reset_states()
    assert np.array_equal(model.predict(x), first)
    model.reset_states()
    assert np.array_equal(model.predict(x), first)
    model.layers[1].reset_states()
    only_first = model.predict(x)
    assert len({array.tobytes() for array in (first, again, only_first)}) == 3
    rs.layers.LSTM(2).reset_states()  # there is nothing to forget


def test_copies_keep_no_hold_of_the_model():
    x, model = np.ones((3, 4, 1)), stateful()
    first = model.predict(x)
    other = copy.deepcopy(model)
    again = model.predict(x)
    other.layers[0].reset_states()
    copy.deepcopy(model.layers[0]).reset_states()
    assert np.array_equal(other.predict(x), first) and not np.array_equal(again, first)
    third = model.predict(x)
    assert not np.array_equal(third, first)


def test_the_shape_of_a_batch_is_that_of_its_samples():
    assert rs.layers.LSTM(3, batch_input_shape=[8, None, 2]).input_shape == (None, 2)
    assert rs.Input((4, 2), 8).shape == rs.Input((4, 2), batch_size=8).shape == (4, 2)
    with pytest.raises(ValueError, match=r"LSTM: batch_input_shape: expected \(sample, time, feature\); got 8"):
        rs.layers.LSTM(3, batch_input_shape=8)


def test_a_model_is_read_as_in_keras(tmp_path):
    model = rs.Sequential([rs.layers.LSTM(2, input_shape=(4, 1)), rs.layers.Dense(1, "sigmoid")])
    measured = {
        "metrics": ["mae", rs.metrics.BinaryAccuracy("right", threshold=0.4)],
        "weighted_metrics": ["accuracy"],
    }
    model.compile("adam", "mse", **measured)
    model.save(tmp_path / "model.keras")
    x, y = np.random.default_rng(0).normal(size=(9, 4, 1)), np.arange(9) % 2
    found = rs.models.load_model(tmp_path / "model.keras")
    expected = model.evaluate(x, y, return_dict=True)
    assert list(expected) == ["loss", "mae", "right", "accuracy"]
    assert found.evaluate(x, y, return_dict=True) == expected
    with pytest.raises(TypeError, match="custom_objects: expected None; got Own"):
        rs.models.load_model(tmp_path / "model.keras", {"Own": object})


def test_epochs_of_a_training_have_their_numbers():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.layers.LSTM(2, input_shape=(4, 1)), rs.layers.Dense(1)])
    model.compile("adam", "mse")
    first = model.fit(task.x, task.y, epochs=3, verbose=0, record=rs.Record(every=2))
    second = model.fit(task.x, task.y, epochs=2, verbose=0)
    assert first.epoch == [0, 1, 2] and second.epoch == [3, 4] and (first + second).epoch == [0, 1, 2, 3, 4]
