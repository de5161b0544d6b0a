"""Files of traces: the same bits back, never half a file, and no file that can do harm."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import stat
import zipfile

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.cells import Cell, linear, previous, register, registry, state, tanh, x
from rnnscope.cells.functions import ACTIVATIONS
from rnnscope.trace import store

X, Y = np.random.default_rng(0).normal(size=(5, 3, 2)), np.random.default_rng(1).normal(size=(5, 1))


def new_model(dtype="float32", **options):
    first = rs.LSTM(2, return_sequences=True, input_shape=(3, 2), **options)
    model = rs.Sequential([first, rs.GRU(2, go_backwards=True, reset_after=False), rs.Dense(1)], dtype=dtype)
    model.compile("adam", "mse")
    return model


def fit(dtype="float32", **options):
    return new_model(dtype).fit(X, Y, **{"epochs": 3, "verbose": 0, **options})


@pytest.fixture(scope="module")
def trace():
    return fit(validation_split=0.3)


@pytest.fixture
def saved(trace, tmp_path):
    path = tmp_path / "run.npz"
    trace.save(path)
    return path


def assert_same_array(first, second):
    assert first.dtype == second.dtype and first.shape == second.shape
    assert np.ascontiguousarray(first).tobytes() == np.ascontiguousarray(second).tobytes()


def assert_same(first, second):
    """Two traces hold the same, bit by bit."""
    assert first.layers == second.layers
    for name in first:
        mine, other = first[name], second[name]
        assert (mine.name, mine.kind, mine.options, mine.units) == (other.name, other.kind, other.options, other.units)
        assert list(mine.arrays) == list(other.arrays) and mine.quantities == other.quantities
        for key, array in mine.arrays.items():
            assert_same_array(array, other.arrays[key])
        assert (mine.x is None) == (other.x is None)
        if mine.x is not None:
            assert_same_array(mine.x, other.x)
    for key in ("epochs", "predictions", "prediction_gradients", "x", "y", "loss"):
        mine, other = getattr(first, key), getattr(second, key)
        assert (mine is None) == (other is None)
        if mine is not None:
            assert_same_array(mine, other)
    assert list(first.history) == list(second.history)
    for key, values in first.history.items():
        assert np.array(values).tobytes() == np.array(second.history[key]).tobytes()
    assert first.training == second.training
    assert first.stopped == second.stopped and repr(first) == repr(second) and first.nbytes == second.nbytes
    assert list(first.snapshots) == list(second.snapshots)
    for epoch in first.snapshots:
        for mine, other in zip(first.weights(epoch), second.weights(epoch), strict=True):
            assert_same_array(mine, other)
        for name in first:
            assert list(first[name].weights(epoch)) == list(second[name].weights(epoch))


# ---------------------------------------------------------------------------------------------------------- round trip


def interrupted():
    class Stop(rs.optimizers.SGD):
        def update(self, *arrays):
            super().update(*arrays)
            if self.iterations == 2:
                raise KeyboardInterrupt

    model = new_model()
    model.compile(Stop(0.1), "mse")
    return model.fit(X, Y, epochs=5, verbose=0)


def diverged():
    model = new_model()
    weights = model.get_weights()
    weights[-2][...] = 3e38
    model.set_weights(weights)
    with pytest.warns(rs.TrainingStopped):
        return model.fit(100 * X, Y, epochs=3, verbose=0)


def dense_only():
    model = rs.Sequential([rs.Dense(2, "relu", input_shape=(3,)), rs.Dense(1, use_bias=False)])
    model.compile("sgd", "mae")
    return model.fit(X[..., 0], Y, epochs=2, verbose=0)


MAKERS = {
    "all": fit,
    "float64": lambda: fit("float64"),
    "several batches": lambda: fit(batch_size=2),
    "validation": lambda: fit(validation_data=(X, Y)),
    "nothing recorded": lambda: fit(record=False),
    "no weights": lambda: fit(record=rs.Record(weights=False, gradients=False)),
    "some": lambda: fit(record=rs.Record(quantities=["f", "h"], samples=[3, 1], weights=2, every=2)),
    "one pass": lambda: new_model().trace(X, Y),
    "one pass, no targets": lambda: new_model().trace(X),
    "interrupted": interrupted,
    "NaN": diverged,
    "dense": dense_only,
    "thin": lambda: fit(epochs=9).thin(3),
}


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("maker", MAKERS)
def test_a_round_trip_gives_the_same_bits(maker, compress, tmp_path):
    made = MAKERS[maker]()
    path = tmp_path / "run.npz"
    made.save(path, compress=compress)
    loaded = rs.load_trace(path)
    assert_same(made, loaded)
    if maker in ("interrupted", "NaN"):
        assert loaded.stopped
    loaded.save(tmp_path / "again.npz", compress=compress)
    assert_same(loaded, rs.load_trace(str(tmp_path / "again.npz")))
    assert sorted(os.listdir(tmp_path)) == ["again.npz", "run.npz"]


@pytest.mark.parametrize("cell", rs.cells.names())
def test_every_cell_comes_back_with_its_options(cell, tmp_path):
    functions = [key for key, default in rs.cells.options(cell).items() if default in ACTIVATIONS]
    options = {"use_bias": False, **dict.fromkeys(functions[:1], "relu")}
    layer = getattr(rs, cell)(2, input_shape=(3, 2), name="a.b c é", **options)
    model = rs.Sequential([layer, rs.Dense(1)])
    model.compile("adam", "mse")
    made = model.fit(X, Y, epochs=2, verbose=0)
    made.save(tmp_path / "run.npz")
    loaded = rs.load_trace(tmp_path / "run.npz")
    assert_same(made, loaded)
    assert loaded["a.b c é"].cell == layer.cell
    assert options.items() <= loaded["a.b c é"].options.items()


def test_compressing_makes_it_smaller(tmp_path):
    made = fit(epochs=30)
    for name, compress in (("a.npz", False), ("b.npz", True)):
        made.save(tmp_path / name, compress=compress)
    sizes = [(tmp_path / name).stat().st_size for name in ("a.npz", "b.npz")]
    assert sizes[1] < 0.97 * sizes[0]
    for name, kind in (("a.npz", zipfile.ZIP_STORED), ("b.npz", zipfile.ZIP_DEFLATED)):
        with zipfile.ZipFile(tmp_path / name) as archive:
            assert {entry.compress_type for entry in archive.infolist()} == {kind}


def test_what_is_loaded_does_not_hang_on_the_file(saved, trace):
    loaded = rs.load_trace(saved)
    saved.unlink()
    assert_same(trace, loaded)
    loaded["lstm"]["f"][...] = 0


def test_plain_numpy_reads_it_without_pickle(saved, trace):
    with np.load(saved, allow_pickle=False) as file:
        np.testing.assert_array_equal(file["layer/lstm/value/f"], trace["lstm"]["f"])
        assert json.loads(file["header"].tobytes())["layers"][1]["options"]["reset_after"] is False


# -------------------------------------------------------------------------------------------------------------- writing


def no_space(file, *arrays, **named):
    file.write(b"half")
    file.flush()
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("error", [no_space, KeyboardInterrupt])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(saved, monkeypatch, compress, error):
    before = saved.read_bytes()

    def fail(file, *arrays, **named):
        if error is no_space:
            no_space(file)
        raise error

    for name in ("savez", "savez_compressed"):
        monkeypatch.setattr(np, name, fail)
    kind = OSError if error is no_space else error
    with pytest.raises(kind):
        fit().save(saved, compress=compress)
    assert saved.read_bytes() == before
    with pytest.raises(kind):
        fit().save(saved.with_name("new.npz"), compress=compress)
    assert os.listdir(saved.parent) == ["run.npz"]


def test_a_rename_that_fails_leaves_the_old_file_and_nothing_else(saved, monkeypatch):
    before = saved.read_bytes()

    def refuse(source, target):
        raise PermissionError(13, "refused")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        fit().save(saved)
    assert saved.read_bytes() == before and os.listdir(saved.parent) == ["run.npz"]


def test_the_new_file_takes_the_place_of_the_old_one_in_one_step(saved, trace, monkeypatch):
    replace, seen = os.replace, []

    def watch(source, target):
        assert_same(trace, rs.load_trace(target))
        with open(source, "rb") as file:
            seen.append(zipfile.ZipFile(file).testzip())
        assert os.path.dirname(source) == os.path.dirname(target)
        replace(source, target)

    monkeypatch.setattr(os, "replace", watch)
    other = fit(epochs=2)
    other.save(saved)
    assert seen == [None]
    assert_same(other, rs.load_trace(saved))


def test_what_cannot_be_described_is_refused_before_anything_is_written(trace, tmp_path, monkeypatch):
    monkeypatch.setattr(trace["lstm"], "options", {"return_sequences": True, "odd": object()})
    with pytest.raises(TypeError):
        trace.save(tmp_path / "run.npz")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664), (0o000, 0o666)])
def test_permissions_follow_the_umask(trace, tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        trace.save(tmp_path / "run.npz")
        assert os.umask(mask) == mask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "run.npz").stat().st_mode) == mode


# -------------------------------------------------------------------------------------------------------------- damage


def refused(path):
    with pytest.raises(ValueError, match=r"path: expected a trace written by Trace\.save") as caught:
        rs.load_trace(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("compress", [False, True])
def test_a_file_cut_off_anywhere_is_refused(trace, tmp_path, compress):
    path = tmp_path / "run.npz"
    trace.save(path, compress=compress)
    content = path.read_bytes()
    for length in [0, 1, 3, 4, *range(10, len(content), len(content) // 60), len(content) - 22, len(content) - 1]:
        path.write_bytes(content[:length])
        refused(path)


def tiny():
    """A trace with few members, so that its file is small."""
    model = rs.Sequential([rs.SimpleRNN(1, input_shape=(1, 1))])
    model.compile("sgd", "mse")
    return model.fit([[[1.0]]], [[0.5]], epochs=1, verbose=0)


def check_changed_bits(path, made, compress, places):
    """Change one bit at a time: dates, attributes and the like may change; numbers and names may not."""
    made.save(path, compress=compress)
    content, refusals = path.read_bytes(), 0
    for place, bit in places(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << bit
        path.write_bytes(changed)
        try:
            loaded = rs.load_trace(path)
        except ValueError as error:
            said = str(error)
        else:
            said = None
            assert_same(made, loaded)
        if said is not None:
            assert said.startswith("path: ") and str(path) in said, (place, bit)
            refusals += 1
    return refusals


@pytest.mark.parametrize("compress", [False, True])
def test_a_changed_bit_is_refused_or_harmless(tmp_path, compress):
    rng = random.Random(1)
    places = [(rng.random(), rng.randrange(8)) for _ in range(300)]
    refusals = check_changed_bits(
        tmp_path / "run.npz", tiny(), compress, lambda size: ((int(share * size), bit) for share, bit in places)
    )
    assert refusals > 150


@pytest.mark.slow
@pytest.mark.parametrize("compress", [False, True])
def test_changed_bits_all_over_a_file_are_refused_or_harmless(tmp_path, compress):
    refusals = check_changed_bits(
        tmp_path / "run.npz", tiny(), compress, lambda size: ((k, k % 8) for k in range(0, size, 3))
    )
    assert refusals > 500


def test_random_bytes_are_refused(tmp_path):
    path, rng = tmp_path / "run.npz", random.Random(0)
    for start in (b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x93NUMPY\x01\x00", b"\x80\x04"):
        for _ in range(10):
            path.write_bytes(start + rng.randbytes(rng.randrange(1, 300)))
            refused(path)


def rewritten(path, change):
    """Write the members of a file again after `change` has been at them."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def as_npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=True)
    return file.getvalue()


MEMBERS = [
    "header",
    "epochs",
    "predictions",
    "prediction_gradients",
    "x",
    "weights",
    "weight_epochs",
    "loss",
    "y",
    "history/loss",
    "history/val_loss",
    "layer/lstm/value/f",
    "layer/gru/state/h",
    "layer/lstm/grad/x",
]


@pytest.mark.parametrize("name", MEMBERS)
def test_a_member_that_is_missing_is_noticed(saved, name):
    rewritten(saved, lambda members: members.pop(f"{name}.npy"))
    refused(saved)


def header(change):
    """Return a change of the members that replaces the header by another or changes it."""

    def rewrite(members):
        content = json.loads(np.lib.format.read_array(io.BytesIO(members["header.npy"])).tobytes())
        if callable(change):
            change(content)
        else:
            content = change
        members["header.npy"] = as_npy(np.frombuffer(json.dumps(content).encode(), np.uint8))

    return rewrite


def member(name, content):
    return lambda members: members.update({f"{name}.npy": content if isinstance(content, bytes) else as_npy(content)})


def consistent(name, array):
    """Return a change that replaces a member and says so in the header."""

    def change(members):
        member(name, array)(members)
        header(lambda content: content["arrays"].update({name: [array.dtype.str, list(array.shape)]}))(members)

    return change


class Alarm:
    """Unpickling this would set it off."""

    rang = False

    def __reduce__(self):
        return setattr, (Alarm, "rang", True)


def giant():
    """Return the start of an array that claims to be larger than any memory."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (2**50,)})
    return file.getvalue() + bytes(64)


@pytest.mark.parametrize(
    "change",
    [
        member("epochs", np.array([Alarm()] * 3, object)),
        member("layer/lstm/value/f", np.array([Alarm()] * 3, object)),
        member("header", np.array(Alarm(), object)),
        member("header", pickle.dumps(Alarm())),
        member("epochs", b""),
        member("epochs", b"\x93NUMPY\x01\x00\xff\xff"),
        member("epochs", b"\x93NUMPY\x09\x00v\x00{}"),
        member("epochs", as_npy(np.arange(3))[:-3]),
        member("epochs", np.arange(4)),
        member("layer/lstm/value/f", np.zeros((2, 3, 3, 2), np.float32)),
        member("layer/lstm/value/f", np.zeros(())),
        member("header", np.zeros(3)),
        header({}),
        header([1]),
        header("text"),
        header(lambda content: content.update(format=3)),
        header(lambda content: content.update(layers=3)),
        header(lambda content: content.update(layers=[1])),
        header(lambda content: content["layers"][0].pop("kind")),
        header(lambda content: content.update(weights=[["lstm"]])),
        header(lambda content: content.pop("arrays")),
        header(lambda content: content["arrays"].pop("x")),
        header(lambda content: content["arrays"].update(more=["<f4", [1]])),
        consistent("predictions", np.zeros((9, 9))),
        consistent("loss", np.zeros(9)),
        consistent("weights", np.zeros((3, 5), np.float32)),
        consistent("x", np.array(["a"])),
        consistent("layer/lstm/value/f", np.zeros((2, 3, 3, 2), np.float32)),
        member("epochs", giant()),
        member("predictions", np.zeros((9, 9))),
        member("weights", np.zeros((3, 5), np.float32)),
        member("weights", np.array(["a"])),
        member("loss", np.zeros(9)),
        member("x", np.array(["a"])),
        header(lambda content: content["layers"][0].update(options=3)),
        header(lambda content: content["layers"][0].update(name=3)),
        header(lambda content: content["layers"][0].update(reads=["lstm"])),
        header(lambda content: content["layers"][0].update(reads=[7])),
        header(lambda content: content["layers"][0].update(start="lstm")),
        header(lambda content: content["layers"][0].update(units="many")),
        header(lambda content: content.update(training=3)),
        header(lambda content: content.update(training={"samples": "many"})),
    ],
)
def test_members_that_make_no_trace(saved, change):
    rewritten(saved, change)
    refused(saved)
    assert not Alarm.rang


def test_a_zip_bomb_is_refused_before_it_unpacks(saved, monkeypatch):
    monkeypatch.setattr(store, "LARGEST_FILE", 10_000)
    assert "more than 10000" in refused(saved)


def test_other_archives_are_refused(tmp_path):
    path = tmp_path / "run.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../outside.txt", "text")
        archive.writestr("header.npy", "text")
    refused(path)
    assert os.listdir(tmp_path) == ["run.npz"] and not (tmp_path.parent / "outside.txt").exists()


def test_a_locked_archive_is_refused(saved):
    content = bytearray(saved.read_bytes())
    start = content.index(b"PK\x01\x02")
    while start >= 0:  # the flag of encryption, of every member
        content[start + 8] |= 1
        start = content.find(b"PK\x01\x02", start + 4)
    saved.write_bytes(content)
    refused(saved)


# ------------------------------------------------------------------------------------------------------- unknown cells


@pytest.fixture
def forgotten(tmp_path, monkeypatch):
    """A trace of a cell that was registered when it was saved and is not when it is loaded."""
    monkeypatch.setattr(registry, "_builders", dict(registry._builders))
    register(Cell("Passing", state("h", (previous("h") + tanh(linear(x, previous("h")))) / 2, "a blend")))
    model = rs.Sequential([rs.layers.Passing(2, input_shape=(3, 2)), rs.Dense(1)])
    model.compile("adam", "mse")
    made = model.fit(X, Y, epochs=2, verbose=0)
    made.save(tmp_path / "run.npz")
    del registry._builders["Passing"]
    return made, tmp_path / "run.npz"


def test_a_trace_of_an_unknown_cell_still_gives_its_arrays(forgotten):
    made, path = forgotten
    loaded = rs.load_trace(path)
    for name in made:
        for key, array in made[name].arrays.items():
            assert_same_array(loaded[name].arrays[key], array)
    assert_same_array(loaded["passing"]["h"], made["passing"]["h"])
    assert_same_array(loaded["dense"].x, made["dense"].x)
    assert "Passing" in repr(loaded)
    with pytest.raises(ValueError, match="Passing"):
        _ = loaded["passing"].cell
