"""Models in files of Keras: read without Keras and compared with stored runs of it, or refused in words."""

import inspect
import io
import json
import re
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest

import rnnscope as rs
from rnnscope.engine.dense import OUTPUT_ACTIVATIONS

FOLDER = Path(__file__).parent / "golden"
MODELS = sorted([*(FOLDER / "keras_models").glob("*.keras"), *(FOLDER / "keras_models").glob("*.h5")])
LSTM = FOLDER / "keras" / "lstm.keras"
OPTIONS = ("dropout", "recurrent_dropout", "stateful", "return_state", "zero_output_for_mask")
OTHER_NAMES = {"swish": "silu"}


def numbers(path):
    """Return the numbers beside a file."""
    with np.load(path.with_suffix(".npz")) as file:
        return dict(file)


# ------------------------------------------------------------------------------------------------- whole models


def configuration(path):
    """Return the configuration in a file, read by itself."""
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            return json.loads(file.attrs["model_config"])
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


def lacking(entry):
    """Return the names of what a model needs and this library does not have (yet)."""
    found = set()
    if isinstance(entry, list):
        return set().union(*map(lacking, entry))
    if not isinstance(entry, dict):
        return found
    kind, config = entry.get("class_name"), entry.get("config")
    if entry.get("module", "keras.layers") == "keras.layers" and isinstance(config, dict) and "trainable" in config:
        if kind not in ("Sequential", "Functional", "StackedRNNCells", "InputLayer") and not hasattr(rs.layers, kind):
            return {kind}
        names = {value for key, value in config.items() if key.endswith("activation")}
        found |= {name for name in names if not {name, OTHER_NAMES.get(name)} & set(OUTPUT_ACTIVATIONS)}
        taken = inspect.signature(getattr(rs.layers, kind)).parameters if hasattr(rs.layers, kind) else OPTIONS
        found |= {name for name in OPTIONS if config.get(name) and name not in taken}
    if "initial_state" in entry and not hasattr(rs, "Model"):
        found.add("initial_state")
    return found.union(*map(lacking, entry.values()))


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.name)
def test_a_model_predicts_as_keras_does_or_is_refused_by_name(path, relative_error):
    data = numbers(path)
    missing = lacking(configuration(path))
    if "initial_state" in missing:
        missing = {"initial_state"}  # that it is no straight line is said first
    if missing:
        with pytest.raises(ValueError, match="cannot") as refusal:
            rs.load(path)
        assert [name for name in missing if name not in str(refusal.value)] == []
        return
    model = rs.load(path)
    x = data["x"] if "x" in data else [data["x0"], data["x1"]]
    assert relative_error(model.predict(x), data["prediction" if "prediction" in data else "pred0"]) < 1e-12
    trace = model.trace(x)
    for key in data:
        if key.startswith("output/"):
            layer = trace[key.removeprefix("output/")]
            values = layer[layer.output][0]
            expected = data[key]
            assert relative_error(values if values.ndim == expected.ndim else values[:, -1], expected) < 1e-12


def test_every_stored_model_is_there():
    assert len(MODELS) == 20 and len({path.stem for path in MODELS}) == 15


KERAS_2 = sorted([*(FOLDER / "keras_2").glob("*l.keras"), *(FOLDER / "keras_2").glob("*l.h5")])


@pytest.mark.parametrize("path", KERAS_2, ids=lambda path: path.name)
def test_a_model_of_keras_2(path, relative_error):
    """Written by tf_keras 2.21, the last Keras 2; the sequential one was compiled."""
    data, model = numbers(path), rs.load(path)
    assert relative_error(model.predict(data["x"]), data["prediction"]) < 1e-12
    assert (model._optimizer is None) == (path.stem == "functional")
    assert path.stem == "functional" or float(model._optimizer.learning_rate) == np.float32(0.02)
    model.set_weights([0 * w for w in model.get_weights()])
    model.load_weights(path.with_name(f"{path.stem}_weights.h5"))
    assert relative_error(model.predict(data["x"]), data["prediction"]) < 1e-12


def test_the_hard_sigmoid_of_keras_2_is_another_function(tmp_path):
    path = tmp_path / "model.h5"
    path.write_bytes((FOLDER / "keras_2" / "sequential.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        text = file.attrs["model_config"]
        file.attrs["model_config"] = text.replace(
            '"recurrent_activation": "sigmoid"', '"recurrent_activation": "hard_sigmoid"'
        )
    assert len(KERAS_2) == 4
    assert "recurrent_activation: the hard_sigmoid of Keras 2" in refusal(path)


# ----------------------------------------------------------------------------------------- files that are made here


def entry(kind, module="keras.layers", **config):
    """Return an entry of a configuration as Keras 3 writes it."""
    return {"module": module, "class_name": kind, "config": config, "registered_name": None}


RECURRENT = {
    "return_sequences": False,
    "return_state": False,
    "go_backwards": False,
    "stateful": False,
    "unroll": False,
    "activation": "tanh",
    "use_bias": True,
    "dropout": 0.0,
    "recurrent_dropout": 0.0,
    "kernel_regularizer": None,
}


@pytest.fixture
def written(tmp_path):
    """Return a function that writes the file of `lstm.keras` with another configuration or other weights."""

    def write(change=lambda config: None, weights=lambda file: None, without=(), name="model.keras"):
        with zipfile.ZipFile(LSTM) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(entries["config.json"])
        change(config)
        entries["config.json"] = json.dumps(config).encode()
        content = io.BytesIO(entries["model.weights.h5"])
        with h5py.File(content, "r+") as file:
            weights(file)
        entries["model.weights.h5"] = content.getvalue()
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for own in entries.keys() - set(without):
                archive.writestr(own, entries[own])
        return tmp_path / name

    return write


def layers_of(config):
    return config["config"]["layers"]


def refusal(path, **arguments):
    """Return the words with which a file is refused."""
    with pytest.raises(ValueError, match="path: expected a model that can be read") as error:
        rs.load(path, **arguments)
    return str(error.value)


def test_the_type_of_numbers_is_that_of_the_file_or_another_one(written):
    assert rs.load(LSTM).dtype == np.float64
    assert rs.load(LSTM, dtype="float32").dtype == np.float32

    def half(config):
        for layer in layers_of(config)[1:]:
            layer["config"]["dtype"]["config"]["name"] = "mixed_float16"

    assert 'it computes in mixed_float16; give dtype="float32"' in refusal(written(half))
    assert rs.load(written(half), dtype="float32").predict(np.zeros((1, 7, 3))).shape == (1, 2)


def test_a_model_is_compiled_as_keras_compiled_it(written):
    model = rs.load(LSTM)
    assert model._optimizer.learning_rate == 0.01 and isinstance(model._loss, rs.losses.MeanSquaredError)

    def other(config):
        config["compile_config"]["optimizer"] = entry("SGD", "keras.optimizers", learning_rate=0.5, clipnorm=2.0)
        own = {"from_logits": True, "reduction": "sum_over_batch_size", "name": "b", "axis": -1}
        config["compile_config"]["loss"] = entry("BinaryCrossentropy", "keras.losses", **own)

    model = rs.load(written(other))
    assert model._loss.from_logits and isinstance(model._optimizer, rs.optimizers.SGD)
    assert model._optimizer.learning_rate == 0.5 and model._optimizer._clip == ("clipnorm", 2.0)


@pytest.mark.parametrize(
    ("what", "value", "words"),
    [
        ("optimizer", entry("Adafactor", "keras.optimizers"), "optimizer: rnnscope has no 'Adafactor'"),
        ("optimizer", entry("Adam", "keras.optimizers", use_ema=True), "Adam has no option use_ema"),
        ("loss", entry("MeanSquaredError", "keras.losses", reduction="sum"), "got another reduction"),
        ("loss", "my_loss", "expected one of"),
    ],
)
def test_what_was_compiled_otherwise_is_left_uncompiled_with_a_word(written, what, value, words):
    def change(config):
        config["compile_config"][what] = value

    with pytest.warns(UserWarning, match=f"the model is not compiled.*{words}"):
        model = rs.load(written(change))
    with pytest.raises(ValueError, match=r"expected model\.compile"):
        model.evaluate(np.zeros((1, 7, 3)), np.zeros((1, 2)))


def test_what_changes_training_only_is_left_out_with_a_word(written, relative_error):
    def regular(config):
        own = layers_of(config)[1]["config"]
        own["kernel_constraint"] = entry("NonNeg", "keras.constraints")
        own["bias_regularizer"] = entry("OrthogonalRegularizer", "keras.regularizers", factor=0.01)

    path, x = written(regular), numbers(LSTM)["x"]
    with pytest.warns(UserWarning, match="layer 'lstm': .* is left out") as caught:
        model = rs.load(path)
    assert {word for warning in caught for word in str(warning.message).split()} >= {
        "kernel_constraint",
        "bias_regularizer",
    }
    assert model.layers[0].regularizers == {}
    assert relative_error(model.predict(x), rs.load(LSTM).predict(x)) == 0


def test_regularizers_are_read_and_written(written, tmp_path):
    def regular(config):
        own = layers_of(config)[1]["config"]
        own["kernel_regularizer"] = entry("L2", "keras.regularizers", l2=0.5)
        own["recurrent_regularizer"] = entry("L1L2", "keras.regularizers", l1=0.25, l2=0.125)

    model, plain, x = rs.load(written(regular)), rs.load(LSTM), numbers(LSTM)["x"]
    model.save(tmp_path / "again.keras")
    kernel, recurrent = model.get_weights()[:2]
    penalty = 0.5 * np.sum(kernel**2) + 0.25 * np.sum(np.abs(recurrent)) + 0.125 * np.sum(recurrent**2)
    y = np.zeros_like(model.predict(x))
    for own in (model, rs.load(tmp_path / "again.keras")):
        assert own.evaluate(x, y) == pytest.approx(plain.evaluate(x, y) + penalty, rel=1e-12)


def functional(config, calls, inputs=("x",), outputs=("dense",), old=False):
    """Make a sequential configuration a functional one; `calls` says which layers each layer reads."""
    entries = {layer["config"]["name"]: layer for layer in layers_of(config)}
    for layer in list(entries.values()):
        layer["config"]["name"] = {"input_layer_1": "x", "dense_1": "dense"}.get(*[layer["config"]["name"]] * 2)
    entries = {layer["config"]["name"]: layer for layer in layers_of(config)}
    for name in calls.keys() - entries.keys():
        entries[name] = entry("Add", name=name) if name == "add" else json.loads(json.dumps(entries["x"]))
        entries[name]["config"]["name"] = name
    for name, layer in entries.items():
        reads = [(source, 0, 0) for source in calls.get(name, ())]
        tensors = [{"class_name": "__keras_tensor__", "config": {"keras_history": list(source)}} for source in reads]
        new = [{"args": tensors if len(tensors) < 2 else [tensors], "kwargs": {"training": False, "mask": None}}]
        layer |= {"name": name, "inbound_nodes": [[[*s, {}] for s in reads]] if old and reads else new if reads else []}
    ends = [[[name, 0, 0] for name in names] for names in (inputs, outputs)]
    config["class_name"] = "Functional"
    config["config"] = {
        "name": "m",
        "layers": list(entries.values()),
        "input_layers": ends[0],
        "output_layers": ends[1],
    }


LINE = {"lstm": ("x",), "lstm_1": ("lstm",), "dense": ("lstm_1",)}


@pytest.mark.parametrize("old", [False, True])
def test_a_functional_model_that_is_a_straight_line(written, relative_error, old):
    path = written(lambda config: functional(config, LINE, old=old))
    x = numbers(LSTM)["x"]
    assert [layer.name for layer in rs.load(path).layers] == ["lstm", "lstm_1", "dense"]
    assert relative_error(rs.load(path).predict(x), rs.load(LSTM).predict(x)) == 0


@pytest.mark.parametrize(
    ("calls", "ends", "words"),
    [
        ({**LINE, "dense": ("lstm",)}, {}, "'lstm' branches to 'lstm_1', 'dense'"),
        ({**LINE, "add": ("lstm_1", "x"), "dense": ("add",)}, {}, "'add' merges 'lstm_1', 'x'"),
        ({**LINE, "other": ()}, {"inputs": ("x", "other")}, "the input 'other' is read by no layer"),
        (LINE, {"outputs": ("dense", "lstm")}, "it has 2 outputs (dense, lstm)"),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_a_model_that_branches_or_merges_is_refused_in_words(written, calls, ends, words, old):
    found = refusal(written(lambda config: functional(config, calls, old=old, **ends)))
    assert words in found and "keras.Model(inputs, outputs)" in found


def test_a_call_that_is_no_plain_one_is_refused(written):
    def training(config):
        functional(config, LINE)
        layers_of(config)[1]["inbound_nodes"][0]["kwargs"]["training"] = True

    assert "'lstm' is called with training=True" in refusal(written(training))

    def twice(config):
        functional(config, LINE)
        layers_of(config)[1]["inbound_nodes"] *= 2

    assert "'lstm' is called 2 times" in refusal(written(twice))


MASK_CHANGES = {
    "another value": lambda layers: layers["not_equal"]["inbound_nodes"][0]["args"].__setitem__(1, 3),
    "no last axis": lambda layers: layers["any"]["config"].update(axis=0),
    "a layer that gives none": lambda layers: layers["nothing"]["config"].update(mask_value=0.25),
    "a layer without": lambda layers: layers["table"]["config"].update(mask_zero=False),
}


@pytest.mark.parametrize("name", MASK_CHANGES)
def test_a_mask_that_is_not_that_of_the_layer_below_is_refused(tmp_path, name):
    stem = "masked_states" if name in ("no last axis", "a layer that gives none") else "masked_tokens"
    with zipfile.ZipFile(FOLDER / "keras_models" / f"{stem}.keras") as archive:
        entries = {own: archive.read(own) for own in archive.namelist()}
    config = json.loads(entries["config.json"])
    layers = {layer["name"].rstrip("0123456789_"): layer for layer in layers_of(config)}
    MASK_CHANGES[name](layers)
    entries["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(tmp_path / "model.keras", "w") as archive:
        for own, content in entries.items():
            archive.writestr(own, content)
    assert re.search("takes mask from '(not_equal|any)", refusal(tmp_path / "model.keras"))


# --------------------------------------------------------------------------------------------- what cannot be read


def changed(number, **values):
    """Return a change of the configuration of a layer, by its number."""
    return lambda config: layers_of(config)[number]["config"].update(values)


def replaced(number, other):
    def change(config):
        layers_of(config)[number] = {**other, "config": {"name": "mine", **other["config"]}}

    return change


FUNCTION = entry("function", "builtins")
FUNCTION["config"] = "my_activation"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (replaced(1, entry("Lambda", function="code")), "mine (Lambda): a Lambda layer is code; nothing of it was run"),
        (replaced(1, entry("Mine", "my.module")), "mine (Mine): a class of one's own"),
        (replaced(1, {**entry("Mine"), "registered_name": "pack>Mine"}), "mine (Mine): a class of one's own"),
        (replaced(1, entry("Conv1D", filters=3)), "mine (Conv1D): rnnscope has no such layer"),
        (
            changed(1, activation=FUNCTION),
            "activation: a function of one's own, 'my_activation', whose code was not run",
        ),
        (changed(1, activation="tan"), "did you mean 'tanh'"),
        (changed(1, time_major=True), "it has no option time_major=True"),
        (changed(1, units=5), "layer 'lstm' (LSTM): expected weights of shapes (3, 20), (5, 20), (20,); got (3, 24)"),
        (changed(1, use_bias=False), "expected weights of shapes (3, 24), (6, 24); got (3, 24), (6, 24), (24,)"),
        (changed(1, units="many"), "units: expected an integer"),
        (changed(1, return_sequences=False), "expected sequences (time, feature) as input"),
        (changed(0, batch_shape=[None, 7, 5]), "expected weights of shapes (5, 24)"),
        (changed(0, batch_shape=None), "does not say the shape of the input"),
        (lambda config: layers_of(config).clear(), "it has no layers"),
        (lambda config: config.pop("config"), "it is not as its kind is written"),
        (lambda config: config.update(class_name="Mine", module="my.module"), "its class is 'Mine', one's own"),
        (lambda config: layers_of(config)[1]["config"].pop("activation"), "its configuration does not say activation"),
        (lambda config: layers_of(config).pop(), "it has weights that its layers do not have: layers/dense/vars/0"),
    ],
)
def test_a_configuration_that_cannot_be_read(written, change, words):
    assert words in refusal(written(change))


FUNCTIONS = {
    "ReLU": ({"max_value": None, "negative_slope": 0.0, "threshold": 0.0}, lambda z: np.maximum(z, 0)),
    "LeakyReLU": ({"negative_slope": 0.2}, lambda z: np.where(z > 0, z, np.float32(0.2) * z)),
    "ELU": ({"alpha": 1.0}, lambda z: np.where(z > 0, z, np.expm1(z))),
    "Softmax": ({"axis": -1}, lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)),
}


@pytest.mark.parametrize("kind", FUNCTIONS)
def test_functions_that_are_layers(written, kind, relative_error):
    options, function = FUNCTIONS[kind]
    path = written(lambda config: layers_of(config).append(entry(kind, name="last", **options)))
    data = numbers(LSTM)
    assert relative_error(rs.load(path).predict(data["x"]), function(data["pred0"])) < 1e-8  # 0.2 is rounded to float32
    other = {**options, next(iter(options)): 3.0}
    found = refusal(written(lambda config: layers_of(config).append(entry(kind, name="last", **other))))
    assert f"last ({kind}): expected {next(iter(options))}=" in found


def test_all_layers_that_cannot_be_read_are_listed_with_what_can_be_done(written):
    def change(config):
        replaced(1, entry("Conv1D"))(config)
        replaced(2, entry("Lambda"))(config)

    found = refusal(written(change))
    assert "Conv1D" in found and "Lambda" in found and "What can be done" in found


def test_options_that_older_versions_did_not_have(written):
    """A GRU without a word on `reset_after` is one from before, which resets before the product."""
    path = FOLDER / "keras" / "gru_reset_before.keras"
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["config.json"] = entries["config.json"].replace(b'"reset_after": false, ', b"")
    assert b"reset_after" not in entries["config.json"]
    with zipfile.ZipFile(written(), "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    x = numbers(path)["x"]
    assert (rs.load(archive.filename).predict(x) == rs.load(path).predict(x)).all()


def moved(file):
    file.move("layers/lstm_1", "layers/elsewhere")


def linked(file):
    del file["layers/lstm/cell/vars/0"]
    file["layers/lstm/cell/vars/0"] = h5py.ExternalLink("/etc/passwd", "/x")


def words_for_numbers(file):
    del file["layers/lstm/cell/vars/0"]
    file["layers/lstm/cell/vars/0"] = np.array([b"words"])


def swollen(file):
    del file["layers/lstm/cell/vars/0"]
    file.create_dataset("layers/lstm/cell/vars/0", (2**20, 2**10), "f8", chunks=(2**10, 2**10), compression="gzip")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (moved, "expected them in layers/lstm_1/cell/vars; it has layers/dense/vars/0"),
        (linked, "is a link to another place"),
        (words_for_numbers, "layers/lstm/cell/vars/0 is no array of numbers"),
        (swollen, "layers/lstm/cell/vars/0 unpacks to 8,589,934,592 bytes"),
    ],
)
def test_weights_that_are_not_where_keras_puts_them(written, change, words):
    assert words in refusal(written(weights=change))


def test_weights_that_are_no_numbers(written):
    def change(file):
        file["layers/dense/vars/1"][0] = np.nan

    assert "expected finite float64 numbers" in refusal(written(weights=change))


def without_group(file):
    del file["model_weights/first"]


def without_array(file):
    del file["model_weights/first/first/gru_cell/bias"]


def with_more(file):
    file.copy("model_weights/first", "model_weights/other")
    file["model_weights"].attrs["layer_names"] = [*file["model_weights"].attrs["layer_names"], "other"]


def with_code(file):
    text = file.attrs["model_config"].replace('"class_name": "Dropout"', '"class_name": "Lambda"')
    file.attrs["model_config"] = text


def without_model(file):
    del file.attrs["model_config"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without_group, "its weights lie elsewhere: expected the group model_weights/first"),
        (without_array, "model_weights/first/first/gru_cell/bias is no array of numbers"),
        (with_more, "it has weights of other, which its configuration does not have"),
        (with_code, "dropout_1 (Lambda): a Lambda layer is code; nothing of it was run"),
        (without_model, "it holds weights alone. Build the model with rs.Sequential, then model.load_weights(path)"),
        (lambda file: file.move("model_weights", "elsewhere"), "expected the group model_weights; it has elsewhere"),
    ],
)
def test_an_h5_file_that_is_not_as_keras_writes_it(tmp_path, change, words):
    path = tmp_path / "model.h5"
    path.write_bytes((FOLDER / "keras_models" / "functional.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        change(file)
    assert words in refusal(path)


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "metadata.json"])
def test_an_archive_without_a_part(written, name):
    assert f"it holds no {name}" in refusal(written(without=[name]))


def test_what_is_no_archive_or_is_damaged(tmp_path):
    path, content = tmp_path / "model.keras", LSTM.read_bytes()
    for damaged in (b"", b"no archive at all", content[: len(content) // 2], content[:-30]):
        path.write_bytes(damaged)
        assert "a .keras file is a zip archive" in refusal(path)
    place = content.index(b"model.weights.h5") + 5000
    path.write_bytes(content[:place] + bytes(255 - byte for byte in content[place : place + 9]) + content[place + 9 :])
    assert "damaged" in refusal(path)


def test_an_archive_that_unpacks_to_too_much(tmp_path):
    with zipfile.ZipFile(LSTM) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["config.json"] += b" " * (32 * 2**20)
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    assert "config.json unpacks to 33,5" in refusal(tmp_path / "bomb.keras")


@pytest.mark.parametrize("name", ["model.keras", "model.h5"])
def test_what_is_cut_short_at_any_place_is_refused(tmp_path, name):
    source = FOLDER / "keras_models" / "functional.h5" if name.endswith("h5") else LSTM
    content = source.read_bytes()
    for size in range(100, len(content) - 1, len(content) // 12):
        (tmp_path / name).write_bytes(content[:size])
        refusal(tmp_path / name)


def test_names_of_files():
    with pytest.raises(ValueError, match=r"is a pickle, which can run anything.*safetensors\.torch\.save_file"):
        rs.load("model.pt")
    with pytest.raises(ValueError, match=re.escape("expected a name that ends in .keras, .h5")):
        rs.load("model.onnx")
    with pytest.raises(FileNotFoundError, match=r"there is no file 'nothing.keras'"):
        rs.load("nothing.keras")
    with pytest.raises(TypeError, match="path: expected the name of a file; got 3"):
        rs.load(3)
    with pytest.raises(ValueError, match="dtype: expected one of float32, float64; got 'float16'"):
        rs.load(LSTM, dtype="float16")


def test_a_missing_library_is_one_sentence(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(ImportError, match=r'needs h5py: pip install "rnnscope\[models\]"'):
        rs.load(LSTM)


# ------------------------------------------------------------------------------------------------------- saving


def drawn(model, seed=0):
    """Return a model with all weights and biases drawn at random."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
    return model


def of_all_options():
    """Return models of every layer and option that Keras has too."""
    ours = rs.layers
    lstm, gru, simple, dense = ours.LSTM, ours.GRU, ours.SimpleRNN, ours.Dense
    cells = [ours.LSTMCell(3, recurrent_dropout=0.1), ours.GRUCell(2, reset_after=False), ours.SimpleRNNCell(4)]
    other = lstm(4, return_sequences=True, go_backwards=True, use_bias=False)
    shape = {"input_shape": (5, 2)}
    return {
        "stack": [lstm(3, return_sequences=True, **shape), lstm(4, name="mine"), dense(2, "softmax")],
        "gru": [gru(3, reset_after=False, input_shape=(None, 2)), dense(1, "sigmoid", use_bias=False)],
        "after": [gru(3, recurrent_activation="hard_sigmoid", go_backwards=True, **shape), dense(2)],
        "bare": [simple(3, activation="relu", use_bias=False, return_sequences=True, **shape)],
        "flags": [lstm(3, unit_forget_bias=False, activation="softplus", **shape), dense(2, "log_sigmoid")],
        "tokens": [ours.Embedding(6, 3, mask_zero=True), ours.Bidirectional(gru(2)), ours.Dropout(0.3), dense(2)],
        "merged": [
            ours.Masking(0.5, **shape),
            ours.Bidirectional(simple(3, return_sequences=True), "ave"),
            ours.Bidirectional(lstm(4, return_sequences=True, unit_forget_bias=False), backward_layer=other),
            ours.TimeDistributed(dense(2, "tanh")),
        ],
        "cells": [
            ours.RNN(cells, return_sequences=True, **shape),
            ours.RNN(ours.GRUCell(3, dropout=0.2), go_backwards=True),
            ours.RepeatVector(2),
            ours.Activation("tanh"),
            ours.Flatten(),
            dense(2),
        ],
        "averaged": [
            ours.Masking(0.5, **shape),
            ours.SpatialDropout1D(0.3),
            gru(3, return_sequences=True),
            ours.GlobalAveragePooling1D(),
            dense(2),
        ],
        "largest": [simple(3, return_sequences=True, **shape), ours.GlobalMaxPooling1D(), dense(2)],
        "dropped": [lstm(3, dropout=0.2, recurrent_dropout=0.1, **shape), dense(1)],
    }


def of_states():
    """Return a model in which the last states of one layer are the first of another."""
    source, target = rs.Input((5, 2)), rs.Input((3, 1))
    _, *states = rs.LSTM(4, return_state=True, name="encoder")(source)
    decoded = rs.LSTM(4, return_sequences=True, name="decoder")(target, initial_state=states)
    return drawn(rs.Model([source, target], rs.Dense(2)(decoded), dtype="float64"))


def inputs_of(model, seed=1):
    """Return inputs for a model; one of its time steps is masked by 0.5."""
    rng = np.random.default_rng(seed)
    if model.layers[0].kind == "Embedding":
        return rng.integers(0, 6, (3, 5))
    x = rng.normal(size=(3, 5, 2))
    x[1, 3] = 0.5
    return [x, rng.normal(size=(3, 3, 1))] if len(model.input_shapes) == 2 else x


@pytest.mark.parametrize("name", of_all_options())
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_saved_is_read_back(tmp_path, name, dtype):
    model = drawn(rs.Sequential(of_all_options()[name], dtype=dtype, name="own"))
    model.save(tmp_path / "model.keras")
    other = rs.load(tmp_path / "model.keras")
    x = inputs_of(model)
    assert (other.predict(x) == model.predict(x)).all() and other.dtype == model.dtype and other.name == "own"
    assert [layer.options() for layer in other.layers] == [layer.options() for layer in model.layers]
    assert [layer.name for layer in other.layers] == [layer.name for layer in model.layers]
    assert other._loss is None
    model.save_weights(tmp_path / "own.weights.h5")
    other.set_weights([0 * w for w in other.get_weights()])
    other.load_weights(tmp_path / "own.weights.h5")
    assert (other.predict(x) == model.predict(x)).all()


def test_an_encoder_and_a_decoder_are_read_back(tmp_path):
    model = of_states()
    model.save(tmp_path / "model.keras")
    other, x = rs.load(tmp_path / "model.keras"), inputs_of(model)
    assert isinstance(other, rs.Model) and (other.predict(x) == model.predict(x)).all()
    assert other.wires == model.wires and other.input_shapes == model.input_shapes
    model.save_weights(tmp_path / "own.weights.h5")
    drawn(other, seed=2).load_weights(tmp_path / "own.weights.h5")
    assert (other.predict(x) == model.predict(x)).all()


def test_the_same_model_is_the_same_file(tmp_path):
    for name in ("a.keras", "b.keras"):
        rs.save_keras(rs.load(LSTM), tmp_path / name)
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()


def test_a_compiled_model_is_compiled_when_it_is_read(tmp_path):
    model = rs.Sequential([rs.GRU(2, input_shape=(5, 2)), rs.Dense(1)])
    model.compile(rs.optimizers.RMSprop(0.02, rho=0.8, clipvalue=0.5), rs.losses.BinaryCrossentropy(from_logits=True))
    model.save(tmp_path / "model.keras")
    other = rs.load(tmp_path / "model.keras")
    assert (other._optimizer.learning_rate, other._optimizer.rho, other._optimizer._clip) == (
        0.02,
        0.8,
        ("clipvalue", 0.5),
    )
    assert other._loss.from_logits
    schedule = rs.optimizers.schedules.ExponentialDecay(0.1, 7, 0.5, staircase=True)
    model.compile(rs.optimizers.Nadam(schedule, weight_decay=0.25), rs.losses.BinaryCrossentropy(label_smoothing=0.5))
    model.save(tmp_path / "model.keras")
    other = rs.load(tmp_path / "model.keras")
    assert vars(other.optimizer.schedule) == vars(schedule) and type(other.optimizer) is rs.optimizers.Nadam
    assert (other.optimizer.weight_decay, other.loss.label_smoothing) == (0.25, 0.5)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: rs.optimizers.Adam(0.02),
        lambda: rs.optimizers.SGD(0.02),
        lambda: rs.optimizers.SGD(0.02, momentum=0.9),
        lambda: rs.optimizers.RMSprop(0.02),
        lambda: rs.optimizers.RMSprop(0.02, momentum=0.5, centered=True),
        lambda: rs.optimizers.AdamW(0.02, weight_decay=0.1, clipnorm=1.0),
        lambda: rs.optimizers.Adam(rs.optimizers.schedules.CosineDecay(0.05, 20, 0.1), weight_decay=0.02),
        lambda: rs.optimizers.SGD(rs.optimizers.schedules.PiecewiseConstantDecay([2, 5], [0.1, 0.05, 0.2]), 0.9),
        lambda: rs.optimizers.Adagrad(0.2, initial_accumulator_value=0.5),
    ],
)
def test_training_goes_on_where_it_stopped(tmp_path, optimizer, relative_error):
    model = rs.Sequential([rs.layers.Bidirectional(rs.GRU(2), input_shape=(5, 2)), rs.Dense(1)], dtype="float64")
    model.compile(optimizer(), "mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 5, 2)), rng.normal(size=(6, 1))
    how = {"epochs": 3, "verbose": 0, "record": False}
    model.fit(x, y, **how)
    model.save(tmp_path / "model.keras")
    other = rs.load(tmp_path / "model.keras")
    losses = [np.array(own.fit(x, y, **how).history["loss"]) for own in (other, model)]
    assert relative_error(*losses) < 1e-13
    fresh = rs.load(tmp_path / "model.keras")
    fresh.compile(optimizer(), "mse")
    if len(optimizer().slots):
        assert relative_error(np.array(fresh.fit(x, y, **how).history["loss"]), losses[1]) > 1e-6


def test_a_frozen_layer_stays_frozen(tmp_path, written):
    model = rs.load(written(changed(1, trainable=False)))
    assert [layer.trainable for layer in model.layers] == [False, True, True]
    model.save(tmp_path / "model.keras")
    assert [layer.trainable for layer in rs.load(tmp_path / "model.keras").layers] == [False, True, True]
    before = model.get_weights()
    data = numbers(LSTM)
    model.fit(data["x"], data["y"], epochs=2, verbose=0, record=False)
    stayed = [(a == b).all() for a, b in zip(model.get_weights(), before, strict=True)]
    assert stayed == [True] * 3 + [False] * 5


def test_averages_that_do_not_fit_are_left_out(tmp_path):
    """Keras says so too; here the optimizer begins anew."""
    model = rs.load(LSTM)  # compiled, and never trained: the file has no averages
    assert model._optimizer.iterations == 0 and model._optimizer._state == {}


def test_weights_of_other_layers_leave_the_model_as_it_is(tmp_path):
    rs.Sequential([rs.GRU(2, input_shape=(5, 2)), rs.Dense(1)]).save_weights(tmp_path / "gru.weights.h5")
    others = {
        "expected them in layers/lstm/cell/vars": [rs.LSTM(2, input_shape=(5, 2)), rs.Dense(1)],
        r"expected weights of shapes \(2, 9\)": [rs.GRU(3, input_shape=(5, 2)), rs.Dense(1)],
        "it has weights that its layers do not have: layers/dense": [rs.GRU(2, input_shape=(5, 2))],
    }
    for words, layers in others.items():
        model = rs.Sequential(layers)
        before = model.get_weights()
        with pytest.raises(ValueError, match=f"expected weights of this model.*{words}"):
            model.load_weights(tmp_path / "gru.weights.h5")
        assert all((w == b).all() for w, b in zip(model.get_weights(), before, strict=True))


def test_weights_that_keras_2_wrote(relative_error):
    """A file of a whole model holds them in the layout of Keras 2, by the names of layers."""
    path = FOLDER / "keras_models" / "masked_stack.h5"
    layers = [rs.LSTM(4, return_sequences=True, input_shape=(9, 2)), rs.GRU(3, reset_after=False), rs.Dense(1)]
    model = rs.Sequential(layers, dtype="float64")
    model.load_weights(path)
    with h5py.File(path) as file:
        for index, place in (
            (0, "lstm_1/sequential_2/lstm_1/lstm_cell/kernel"),
            (7, "dense_2/sequential_2/dense_2/bias"),
        ):
            assert (model.get_weights()[index] == file["model_weights"][place][()]).all()
    with pytest.raises(ValueError, match="expected weights of 1 layers; got those of 3"):
        rs.Sequential([rs.LSTM(4, input_shape=(9, 2))]).load_weights(path)


def test_long_lists_of_names_are_cut_in_pieces(tmp_path, relative_error):
    path = tmp_path / "cut.h5"
    path.write_bytes((FOLDER / "keras_models" / "masked_stack.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        group = file["model_weights"]
        names = group.attrs.pop("layer_names")
        for k, own in enumerate((names[:2], names[2:])):
            group.attrs[f"layer_names{k}"] = [str(name).encode() for name in own]
    model = rs.Sequential(
        [rs.LSTM(4, return_sequences=True, input_shape=(9, 2)), rs.GRU(3, reset_after=False), rs.Dense(1)]
    )
    model.load_weights(path)


def test_what_cannot_be_saved(tmp_path):
    model = rs.Sequential([rs.MinimalGatedUnit(2, input_shape=(5, 2)), rs.Dense(1)])
    with pytest.raises(ValueError, match=r"it has no MinimalGatedUnit \('minimal_gated_unit'\)"):
        model.save(tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match=r"layer 'lstm': stateful: Keras keeps it"):
        rs.Sequential([rs.LSTM(2, stateful=True, input_shape=(5, 2))]).save(tmp_path / "model.keras")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match=r"expected a name that ends in \.keras"):
        model.save("model.h5")
    with pytest.raises(ValueError, match=r"expected a name that ends in \.weights\.h5"):
        model.save_weights("model.h5")
    with pytest.raises(TypeError, match="model: expected a model"):
        rs.save_keras(3, "model.keras")


# --------------------------------------------------------------------------------------------------- with Keras


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", [*of_all_options(), "states"])
def test_keras_itself_predicts_the_same(tmp_path, name, relative_error):
    keras = pytest.importorskip("keras")
    keras.config.set_floatx("float64")
    model = of_states() if name == "states" else drawn(rs.Sequential(of_all_options()[name], dtype="float64"))
    model.compile("adam", "mse")
    model.save(tmp_path / "model.keras")
    model.save_weights(tmp_path / "own.weights.h5")
    theirs = keras.models.load_model(tmp_path / "model.keras")
    x = inputs_of(model)
    assert relative_error(theirs.predict(x, verbose=0), model.predict(x)) < 1e-12
    theirs.set_weights([0 * w for w in theirs.get_weights()])
    theirs.load_weights(tmp_path / "own.weights.h5")
    assert relative_error(theirs.predict(x, verbose=0), model.predict(x)) < 1e-12
    for ending in ("keras", "h5"):
        theirs.save(tmp_path / f"theirs.{ending}")
        assert (rs.load(tmp_path / f"theirs.{ending}").predict(x) == model.predict(x)).all()
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    other = of_states() if name == "states" else rs.Sequential(of_all_options()[name], dtype="float64")
    other = drawn(other, seed=1)
    other.load_weights(tmp_path / "theirs.weights.h5")
    assert (other.predict(x) == model.predict(x)).all()
