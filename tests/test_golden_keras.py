"""The library against stored runs of the real Keras: every intermediate number, every gradient, whole trainings."""

import json
from pathlib import Path

import numpy as np
import pytest
from rows import over

import rnnscope as rs

FOLDER = Path(__file__).parent / "golden"
CASES = {
    name: options
    for name, options in json.loads((FOLDER / "keras" / "meta.json").read_text())["cases"].items()
    if (FOLDER / "keras" / f"{name}.npz").exists()
}
CELL_OPTIONS = ("reset_after", "use_bias", "activation", "recurrent_activation", "unit_forget_bias")
SEED_JOB = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}


FILES = [f"{name}.keras" for name in CASES if (FOLDER / "keras" / f"{name}.keras").exists()]
"""The models of some of the runs, as Keras saved them before training."""


class KerasRun:
    """A stored run, and a model of ours with the same start weights: made by hand, or read from a file."""

    def __init__(self, name):
        name, _, is_file = name.partition(".")
        self.data = dict(np.load(FOLDER / "keras" / f"{name}.npz"))
        case = CASES[name]
        self.x, self.y = self.data["x"], self.data["y"]
        self.epochs = case["epochs"]
        self.model = rs.load(FOLDER / "keras" / f"{name}.keras") if is_file else self.made(case)

    def made(self, case):
        """Return the model of a case, made by hand."""
        options = {key: case[key] for key in CELL_OPTIONS if key in case}
        layer = getattr(rs.layers, case["layer"])
        shape = (case["T"], case["D"])
        layers = [
            layer(case["H"], return_sequences=True, input_shape=shape, **options),
            layer(case["H"], **options),
            rs.layers.Dense(case["out_dim"]),
        ]
        model = rs.Sequential(layers, dtype="float64")
        model.compile(rs.optimizers.Adam(case["lr"]), "mse")
        model.set_weights(self.arrays("w"))
        return model

    def arrays(self, prefix):
        """Return the arrays `prefix0`, `prefix1` …, one per weight array."""
        return [self.data[f"{prefix}{k}"] for k in range(len(self.data["weight_paths"]))]

    def recorded(self):
        """Return the stored intermediate numbers, by number of the layer and name."""
        keys = [key for key in self.data if key.startswith("layer")]
        return {(int(key[5]), key.partition("/")[2]): self.data[key] for key in keys}


@pytest.fixture(params=[*CASES, *FILES])
def run(request):
    return KerasRun(request.param)


def ours(trace, number, name):
    """Return what the trace has under a name of the stored run."""
    layer = trace[trace.layers[number]]
    if name in ("tanh_c", "pre_tanh_c"):
        return np.tanh(layer["c"][0]) if name == "tanh_c" else layer["c"][0]
    part, _, quantity = name.rpartition("_")
    return {"": layer, "pre": layer.pre, "grad": layer.grad}[part][quantity][0]


def test_every_stored_case_is_compared():
    assert len(CASES) == len(list((FOLDER / "keras").glob("*.npz"))) == 9
    assert {case["layer"] for case in CASES.values()} == {"SimpleRNN", "LSTM", "GRU"}
    assert FILES == ["simple_rnn.keras", "lstm.keras", "gru.keras", "gru_reset_before.keras"]


def test_every_intermediate_number_and_gradient(run, relative_error):
    trace = run.model.trace(run.x, run.y)
    stored = run.recorded()
    quantities = {(number, name) for number in (0, 1) for name in trace[trace.layers[number]].quantities}
    assert quantities <= set(stored)
    assert {(number, "grad_h") for number in (0, 1)} <= set(stored)
    errors = {key: relative_error(ours(trace, *key), expected) for key, expected in stored.items()}
    assert {key: error for key, error in errors.items() if error > 1e-12} == {}


def test_prediction_loss_and_gradients_of_input_and_weights(run, relative_error):
    trace = run.model.trace(run.x, run.y)
    assert relative_error(trace.predictions[0], run.data["pred0"]) < 1e-12
    assert relative_error(trace.loss[0], run.data["loss0"]) < 1e-12
    assert relative_error(trace[trace.layers[0]].grad["x"][0], run.data["grad_x"]) < 1e-12
    gradients = run.model.gradients(run.x, run.y)
    errors = [relative_error(*pair) for pair in zip(gradients, run.arrays("gw"), strict=True)]
    assert max(errors) < 1e-12


def test_training(run, relative_error):
    trace = run.model.fit(run.x, run.y, epochs=run.epochs, verbose=0)
    assert len(run.data["losses"]) == run.epochs == 20
    assert relative_error(np.array(trace.history["loss"]), run.data["losses"]) < 1e-9
    assert relative_error(trace.loss, run.data["losses"]) < 1e-9
    assert relative_error(run.model.predict(run.x), run.data["pred"]) < 1e-9
    errors = [relative_error(*pair) for pair in zip(run.model.get_weights(), run.arrays("w_end"), strict=True)]
    assert max(errors) < 1e-9


def test_numbers_of_parameters(run):
    assert [layer.count_params() for layer in run.model.layers] == run.data["params"].tolist()


def seed_job_model(name, dtype, random_state):
    """Make the model of the counting task at full size, with the start weights of the recipe in `meta.json`."""
    layer = getattr(rs.layers, SEED_JOB[name])
    layers = [layer(300, return_sequences=True, input_shape=(4, 1)), layer(300), rs.layers.Dense(1)]
    model = rs.Sequential(layers, dtype=dtype)
    model.compile("adam", "mse")
    rng = np.random.RandomState(random_state)
    weights = []
    for layer in model.layers:
        *kernels, bias = layer.weight_shapes().values()
        for shape in kernels:
            limit = np.sqrt(6 / sum(shape))
            weights.append(rng.uniform(-limit, limit, shape).astype(np.float32))
        weights.append(np.zeros(bias))
        if layer.kind == "LSTM":
            weights[-1][300:600] = 1
    model.set_weights(weights)
    return model


def check_counting_at_full_size(name, dtype, relative_error):
    """Train the full model: every number is the stored one."""
    tolerance = {"float64": 1e-9, "float32": 2e-4}[dtype]
    data = np.load(FOLDER / "seed_job" / f"{name}.npz")
    model = seed_job_model(name, dtype, int(data["random_state"]))
    before = model.trace(data["x"])
    assert [layer.count_params() for layer in model.layers] == data["params"].tolist()
    trace = model.fit(data["x"], data["y"], epochs=100, verbose=0, record=False)
    numbers = {
        "layer0_h_unit0": before[before.layers[0]]["h"][0, :, :, 0],
        "pred0": before.predictions[0],
        "losses": np.array(trace.history["loss"]),
        "pred": model.predict(data["x"]),
        "unseen": model.predict(data["unseen_x"]),
        "evaluate": np.array(model.evaluate(data["x"], data["y"])),
    }
    errors = {key: relative_error(value, data[f"{key}_{dtype}"]) for key, value in numbers.items()}
    assert {key: error for key, error in errors.items() if error > tolerance} == {}


@over(name=list(SEED_JOB), dtype=("float32", "float64"))
def test_counting_at_full_size(name, dtype, relative_error):
    check_counting_at_full_size(name, dtype, relative_error)


@pytest.mark.slow
@over(("name", "dtype"), name=list(SEED_JOB), dtype=("float32", "float64"))
def test_counting_at_full_size_in_both_precisions(name, dtype, relative_error):
    check_counting_at_full_size(name, dtype, relative_error)
