"""Models that are there, in one line: converted, compared with their own predictions, and traced.

Keras is not needed here, except by the slow tests: a stand-in has of a model what is asked of it, and predicts what the
real one did.
"""

import json
import warnings
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import rnnscope as rs

FOLDER = Path(__file__).parent / "golden" / "keras"
CASES = json.loads((FOLDER / "meta.json").read_text())["cases"]
NAMES = ["gru", "gru_reset_before", "lstm", "simple_rnn"]


def numbers(path):
    """Return the numbers of a stored run."""
    with np.load(path.with_suffix(".npz")) as file:
        return dict(file)


class KerasModel:
    """What is asked of a model of Keras, with the numbers of a stored run."""

    def __init__(self, name, change=lambda entry: None):
        self.data = numbers(FOLDER / name)
        with zipfile.ZipFile(FOLDER / f"{name}.keras") as archive:
            self.entry = json.loads(archive.read("config.json"))
        change(self.entry)
        weights = [self.data[f"w{k}"] for k in range(len(self.data["weight_paths"]))]
        names = [layer["config"]["name"] for layer in self.entry["config"]["layers"][1:]]
        parts = (weights[:3], weights[3:6], weights[6:])
        self.layers = [SimpleNamespace(name=n, get_weights=lambda p=p: p) for n, p in zip(names, parts, strict=True)]

    optimizer = None  # it keeps nothing

    def to_json(self):
        return json.dumps(self.entry)

    def get_weights(self):
        raise NotImplementedError("the weights of the layers are asked for")

    def get_compile_config(self):
        return self.entry["compile_config"]

    def predict(self, x, verbose):
        assert (x == self.data["x"]).all() and verbose == 0
        return self.data["pred0"]


@pytest.mark.parametrize("name", NAMES)
def test_a_keras_model_in_one_line(name, relative_error):
    theirs = KerasModel(name)
    data = theirs.data
    trace = rs.look_inside(theirs, data["x"], data["y"])
    assert relative_error(trace.predictions[0], data["pred0"]) < 1e-12
    assert relative_error(trace.loss[0], data["loss0"]) < 1e-12
    for number, layer in enumerate(trace.layers[:-1]):
        for quantity in trace[layer].quantities:
            assert relative_error(trace[layer][quantity][0], data[f"layer{number}/{quantity}"]) < 1e-12
        assert relative_error(trace[layer].grad["h"][0], data[f"layer{number}/grad_h"]) < 1e-12
    assert trace.layers == tuple(layer.name for layer in theirs.layers)


def test_a_model_of_keras_2_says_its_version():
    def old(entry):
        entry["keras_version"] = "2.15.0"
        entry["config"]["layers"][1]["config"]["recurrent_activation"] = "hard_sigmoid"

    with pytest.raises(ValueError, match="the hard_sigmoid of Keras 2"):
        rs.from_keras(KerasModel("lstm", old))


def test_a_model_of_ones_own_class_is_refused():
    class Mine(KerasModel):
        def to_json(self):
            raise NotImplementedError

    with pytest.raises(ValueError, match=r"its class is 'Mine', one's own.*set_weights from model"):
        rs.from_keras(Mine("lstm"))


def test_predictions_that_differ_are_never_shown():
    theirs = KerasModel("lstm")
    theirs.data["pred0"] = theirs.data["pred0"] + 1e-6
    with pytest.raises(ValueError, match="its predictions are others than those of its layers"):
        rs.look_inside(theirs, theirs.data["x"])


def test_weights_of_other_shapes():
    theirs = KerasModel("lstm")
    theirs.layers[0].get_weights = lambda: [np.zeros((3, 20)), np.zeros((5, 20)), np.zeros(20)]
    with pytest.raises(ValueError, match=r"layer 'lstm' \(LSTM\): expected weights of shapes \(3, 24\)"):
        rs.from_keras(theirs)


def test_another_precision():
    theirs = KerasModel("lstm")
    assert rs.from_keras(theirs, dtype="float32").dtype == np.float32
    assert rs.look_inside(theirs, theirs.data["x"], dtype="float32").predictions.dtype == np.float32


def test_files_and_models_of_ones_own(tmp_path, relative_error):
    data = numbers(FOLDER / "lstm")
    trace = rs.look_inside(FOLDER / "lstm.keras", data["x"])
    assert relative_error(trace.predictions[0], data["pred0"]) < 1e-12
    model = rs.load(FOLDER / "lstm.keras")
    trace = rs.look_inside(model, data["x"], data["y"], loss="mae", record=rs.Record(quantities=["f"]))
    assert trace["lstm"].quantities == ("f",)
    assert relative_error(trace.loss[0], np.abs(data["pred0"] - data["y"]).mean()) < 1e-12
    assert isinstance(model._loss, rs.losses.MeanSquaredError)  # the model itself stays as it was


def test_several_inputs(relative_error):
    path = FOLDER.parent / "keras_models" / "masked_states.keras"
    data = numbers(path)
    trace = rs.look_inside(path, [data["x0"], data["x1"]])
    assert relative_error(trace.predictions[0], data["prediction"]) < 1e-12
    assert relative_error(trace["decoder"]["h"][0], data["output/decoder"]) < 1e-12


def test_states_of_a_stateful_model_are_not_those_of_the_comparison(relative_error):
    def stateful(entry):
        for layer in entry["config"]["layers"][1:3]:
            layer["config"]["stateful"] = True

    theirs = KerasModel("lstm", stateful)
    assert relative_error(rs.look_inside(theirs, theirs.data["x"]).predictions[0], theirs.data["pred0"]) < 1e-12


def test_labels_go_along():
    data = numbers(FOLDER / "lstm")
    labels = rs.Labels(time=list("abcdefg"), classes=["low", "high"])
    assert rs.look_inside(KerasModel("lstm"), data["x"], labels=labels).labels == labels


def test_targets_need_a_loss():
    model = rs.Sequential([rs.LSTM(2, input_shape=(4, 1)), rs.Dense(1)])
    with pytest.raises(ValueError, match=r'look_inside\(model, x, y, loss="mse"\)'):
        rs.look_inside(model, np.zeros((1, 4, 1)), np.zeros((1, 1)))


def test_what_is_no_model():
    with pytest.raises(TypeError, match=r"model: expected a model of Keras, a module of PyTorch.*got 3"):
        rs.look_inside(3, np.zeros((1, 4, 1)))
    with pytest.raises(TypeError, match=r"model: expected a model of Keras; got 3"):
        rs.from_keras(3)


def test_the_explorer_says_the_line():
    with pytest.raises(TypeError, match=r"Look inside the model first: rs.explore\(rs.look_inside\(model, x\)\)"):
        rs.explore(KerasModel("lstm"))
    with pytest.raises(TypeError, match=r"got 3 \(int\)$"):
        rs.explore(3)


# --------------------------------------------------------------------------------------------------------- with Keras


def random_layer(keras, rng, every):
    """Return a recurrent layer with options drawn at random."""
    units, activation = int(rng.integers(1, 5)), str(rng.choice(["tanh", "sigmoid", "relu", "softplus"]))
    kind = rng.choice(["SimpleRNN", "LSTM", "GRU"])
    cell = {"use_bias": bool(rng.integers(2)), "activation": activation}
    cell |= {"dropout": 0.2 * int(rng.integers(2)), "recurrent_dropout": 0.1 * int(rng.integers(2))}
    cell |= {"recurrent_activation": str(rng.choice(["sigmoid", "hard_sigmoid"]))} if kind != "SimpleRNN" else {}
    cell |= {"reset_after": bool(rng.integers(2))} if kind == "GRU" else {}
    how = {"return_sequences": every}
    form = rng.choice(["layer", "backwards", "both", "cell", "cells"])
    if form in ("cell", "cells"):
        cells = [getattr(keras.layers, f"{kind}Cell")(units + k, **cell) for k in range(1 + (form == "cells"))]
        return keras.layers.RNN(cells if form == "cells" else cells[0], go_backwards=bool(rng.integers(2)), **how)
    made = getattr(keras.layers, kind)(units, go_backwards=form == "backwards", **how, **cell)
    merge = str(rng.choice(["concat", "sum", "ave", "mul"]))
    return keras.layers.Bidirectional(made, merge_mode=merge) if form == "both" else made


def random_model(keras, rng):
    """Return a model with layers and options drawn at random, all weights and biases too, and inputs for it."""
    features, depth, every = int(rng.integers(1, 4)), int(rng.integers(1, 4)), bool(rng.integers(2))
    first = rng.choice(["plain", "tokens", "masked"])
    layers = {
        "plain": [],
        "tokens": [keras.layers.Embedding(6, 3, mask_zero=bool(rng.integers(2)))],
        "masked": [keras.layers.Masking(0.5)],
    }[first]
    layers += [random_layer(keras, rng, k < depth - 1 or every) for k in range(depth)]
    if rng.integers(2):
        layers.append(keras.layers.Dropout(0.3))
    if not every and rng.integers(3) == 0:
        layers += [keras.layers.RepeatVector(3), random_layer(keras, rng, True)]
        every = True
    if rng.integers(4):
        function = str(rng.choice(["linear", "sigmoid", "softmax", "tanh"]))
        dense = keras.layers.Dense(int(rng.integers(2, 4)), activation=function)
        layers.append(keras.layers.TimeDistributed(dense) if every and rng.integers(2) else dense)
    inputs = keras.Input((5,) if first == "tokens" else (5, features))
    if rng.integers(2):
        model = keras.Sequential([inputs, *layers])
    else:
        outputs = inputs
        for layer in layers:
            outputs = layer(outputs)
        model = keras.Model(inputs, outputs)
    model.set_weights([rng.normal(0, 0.4, w.shape) for w in model.get_weights()])
    if first == "tokens":
        return model, rng.integers(0, 6, (3, 5))
    x = rng.normal(size=(3, 5, features))
    x[1, 3:] = x[2, 1] = 0.5
    return model, x


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("seed", range(20))
def test_random_models_of_keras(seed, tmp_path, relative_error):
    keras = pytest.importorskip("keras")
    keras.config.set_floatx("float64")
    model, x = random_model(keras, np.random.default_rng(seed))
    expected = model.predict(x, verbose=0)
    trace = rs.look_inside(model, x)
    assert relative_error(trace.predictions[0], expected) < 1e-12
    ours = rs.from_keras(model)
    for ending in ("keras", "h5"):
        model.save(tmp_path / f"theirs.{ending}")
        assert (rs.load(tmp_path / f"theirs.{ending}").predict(x) == ours.predict(x)).all()
    rs.save_keras(ours, tmp_path / "ours.keras")
    assert relative_error(keras.models.load_model(tmp_path / "ours.keras").predict(x, verbose=0), expected) < 1e-12


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", ["Adam", "SGD", "SGD-momentum", "RMSprop", "RMSprop-momentum"])
def test_training_goes_on_where_the_other_side_stopped(name, tmp_path, relative_error):
    keras = pytest.importorskip("keras")
    keras.config.set_floatx("float64")
    kind, _, momentum = name.partition("-")
    more = {"momentum": 0.5} if momentum else {}
    more |= {"centered": True} if momentum and kind == "RMSprop" else {}
    layers = [keras.layers.Bidirectional(keras.layers.LSTM(3)), keras.layers.Dense(1)]
    theirs = keras.Sequential([keras.Input((4, 2)), *layers])
    theirs.compile(getattr(keras.optimizers, kind)(0.01, **more), "mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(6, 4, 2)), rng.normal(size=(6, 1))
    theirs.fit(x, y, epochs=3, shuffle=False, verbose=0)
    theirs.save(tmp_path / "theirs.keras")
    read, taken = rs.load(tmp_path / "theirs.keras"), rs.from_keras(theirs)
    more_epochs = {"epochs": 4, "shuffle": False, "verbose": 0}
    losses = np.array(theirs.fit(x, y, **more_epochs).history["loss"])
    for ours in (read, taken):
        assert relative_error(np.array(ours.fit(x, y, **more_epochs).history["loss"]), losses) < 1e-9
    read.save(tmp_path / "ours.keras")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        back = keras.models.load_model(tmp_path / "ours.keras")
    assert not any("variable loading for optimizer" in str(entry.message) for entry in told)
    expected = np.array(theirs.fit(x, y, **more_epochs).history["loss"])
    assert relative_error(np.array(back.fit(x, y, **more_epochs).history["loss"]), expected) < 1e-9


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_model_that_keras_trained_to_count(tmp_path, relative_error):
    keras = pytest.importorskip("keras")
    keras.config.set_floatx("float32")
    task = rs.tasks.counting()
    layers = [keras.layers.LSTM(20, return_sequences=True), keras.layers.GRU(20), keras.layers.Dense(1)]
    theirs = keras.Sequential([keras.Input((4, 1)), *layers])
    theirs.compile("adam", "mse")
    theirs.fit(task.x, task.y, epochs=20, verbose=0)
    theirs.save(tmp_path / "theirs.keras")
    trace = rs.look_inside(tmp_path / "theirs.keras", task.x, task.y)
    expected = theirs.predict(task.x, verbose=0)
    assert relative_error(trace.predictions[0], expected) < 1e-5
    assert abs(trace.loss[0] - theirs.evaluate(task.x, task.y, verbose=0)) < 1e-5 * trace.loss[0]
    explorer = rs.explore(trace)
    assert "lstm" in str(explorer.cursor) or "gru" in str(explorer.cursor)
    explorer.close()
    ours = rs.load(tmp_path / "theirs.keras")
    ours.fit(task.x, task.y, epochs=20, verbose=0, record=False)
    ours.save(tmp_path / "ours.keras")
    back = keras.models.load_model(tmp_path / "ours.keras").predict(task.x, verbose=0)
    assert relative_error(back, ours.predict(task.x)) < 1e-5
    assert relative_error(back, expected) > 1e-3  # it has gone on learning


@pytest.mark.slow
def test_a_module_that_pytorch_trained_to_count(relative_error):
    torch = pytest.importorskip("torch")
    task = rs.tasks.counting()

    class Counter(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = torch.nn.GRU(1, 20, num_layers=2, batch_first=True)
            self.head = torch.nn.Linear(20, 1)

        def forward(self, x):
            return self.head(self.rnn(x)[0][:, -1])

    module = Counter()
    optimizer = torch.optim.Adam(module.parameters(), 0.01)
    x, y = (torch.tensor(np.asarray(array, np.float32)) for array in (task.x, task.y))
    for _ in range(20):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(module(x), y.reshape(-1, 1))
        loss.backward()
        optimizer.step()
    trace = rs.look_inside(module, x, task.y, loss="mse")
    assert relative_error(trace.predictions[0], module(x).detach().numpy()) < 1e-5
    ours = rs.from_torch(module)
    ours.compile("adam", "mse")
    ours.fit(task.x, task.y, epochs=20, verbose=0, record=False)
    module.load_state_dict(ours.to_torch_state_dict())
    assert relative_error(module(x).detach().numpy(), ours.predict(task.x)) < 1e-5
    assert relative_error(ours.predict(task.x), trace.predictions[0]) > 1e-3  # it has gone on learning
