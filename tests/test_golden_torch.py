"""The library against stored runs of the real PyTorch, with the weights mapped by hand."""

import json
from pathlib import Path

import numpy as np
import pytest

import rnnscope as rs

FOLDER = Path(__file__).parent / "golden" / "torch"
CASES = {
    name: case
    for name, case in json.loads((FOLDER / "meta.json").read_text())["cases"].items()
    if (FOLDER / f"{name}.npz").exists()
}
LAYERS = {"RNN": "SimpleRNN", "LSTM": "LSTM", "GRU": "GRU"}
GATE_ORDER = {"RNN": [0], "LSTM": [0, 1, 2, 3], "GRU": [1, 0, 2]}
"""Our gates among those of PyTorch: its GRU has r, z, n where we have z, r, g."""


class TorchAdam(rs.optimizers.Optimizer):
    """Adam as PyTorch does it: ε stands inside the bias correction.

    Its RNN and LSTM train two biases that have the same gradient, so each moves as any bias would; our one bias is
    their sum and has to move by both. `twice` holds the places of such biases among the weight arrays.
    """

    slots = ("m", "v")

    def __init__(self, learning_rate, epsilon, twice):
        super().__init__(learning_rate)
        self.epsilon, self.twice = epsilon, twice

    def update(self, weights, gradients, arrays, *parts):
        before = weights.copy()
        super().update(weights, gradients, arrays, *parts)
        stops = np.cumsum([array.size for array in arrays])
        for k in self.twice:
            own = slice(stops[k] - arrays[k].size, stops[k])
            weights[own] += weights[own] - before[own]

    def _step(self, rate, w, g, squares, m, v, *rooms):
        m[...] = 0.9 * m + 0.1 * g
        v[...] = 0.999 * v + 0.001 * g**2
        corrected = v / (1 - 0.999**self.iterations)
        w -= rate / (1 - 0.9**self.iterations) * m / (np.sqrt(corrected) + self.epsilon)


class TorchRun:
    """A stored run, and a model of ours with the same start weights."""

    def __init__(self, name):
        self.data, self.case = dict(np.load(FOLDER / f"{name}.npz")), CASES[name]
        self.kind, self.depth, self.has_bias = self.case["class"], self.case["num_layers"], self.case.get("bias", True)
        options = {"use_bias": self.has_bias}
        if self.kind == "RNN":
            options["activation"] = self.case.get("nonlinearity", "tanh")
        layer = getattr(rs.layers, LAYERS[self.kind])
        shape = (self.case["T"], self.case["D"])
        layers = [
            layer(self.case["H"], return_sequences=k < self.depth - 1, input_shape=None if k else shape, **options)
            for k in range(self.depth)
        ]
        self.model = rs.Sequential([*layers, rs.layers.Dense(self.case["out"])], dtype="float64")
        weights = self.mapped("w", add=True)
        twice = [k for k, w in enumerate(weights[:-2]) if w.ndim == 1]
        adam = self.case["adam"]
        self.model.compile(TorchAdam(adam["lr"], adam["eps"], twice), "mse")
        self.model.set_weights(weights)
        self.x, self.y = self.data["x"], self.data["y"]

    def gates(self, array):
        """Return an array whose first axis is PyTorch's gates with its last axis ours."""
        parts = np.split(array, len(GATE_ORDER[self.kind]))
        return np.concatenate([parts[k] for k in GATE_ORDER[self.kind]]).T

    def mapped(self, prefix, *, add):
        """Return weights (`w`) or gradients (`g`) in our order and shapes.

        A GRU keeps its two biases as rows; for the others there is one: the sum of two weights (`add`), but either of
        the two gradients, which are equal.
        """
        found = []
        for k in range(self.depth):
            names = [f"{prefix}/rnn.{name}_l{k}" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
            kernel, recurrent, *biases = [self.gates(self.data[name]) for name in names if name in self.data]
            found += [kernel, recurrent]
            if self.kind == "GRU" and biases:
                found.append(np.stack(biases))
            elif biases:
                found.append(biases[0] + biases[1] if add else biases[0])
        return [*found, self.data[f"{prefix}/head.weight"].T, self.data[f"{prefix}/head.bias"]]


@pytest.fixture(params=CASES)
def run(request):
    return TorchRun(request.param)


def test_every_stored_case_is_compared():
    assert set(CASES) == {"rnn_tanh", "rnn_relu", "lstm", "gru", "gru_no_bias", "lstm_one_layer"}


def test_states_and_prediction(run, relative_error):
    trace = run.model.trace(run.x, run.y)
    recurrent = trace.layers[:-1]
    assert relative_error(trace[recurrent[-1]]["h"][0], run.data["sequence"]) < 1e-12
    last = {state: np.stack([trace[name][state][0, :, -1] for name in recurrent]) for state in trace[recurrent[0]].prev}
    assert set(last) == ({"h", "c"} if run.kind == "LSTM" else {"h"})
    for state, values in last.items():
        assert relative_error(values, run.data[f"{state}_n"]) < 1e-12
    assert relative_error(trace.predictions[0], run.data["pred0"]) < 1e-12
    assert relative_error(trace.loss[0], run.data["loss0"]) < 1e-12


def test_gradients_of_input_and_weights(run, relative_error):
    trace = run.model.trace(run.x, run.y)
    assert relative_error(trace[trace.layers[0]].grad["x"][0], run.data["grad_x"]) < 1e-12
    gradients = run.model.gradients(run.x, run.y)
    errors = [relative_error(*pair) for pair in zip(gradients, run.mapped("g", add=False), strict=True)]
    assert max(errors) < 1e-12


def test_the_gradients_of_both_biases_are_equal(run):
    """What `TorchAdam` and `mapped` rely on; in a GRU they differ, since r scales one of them."""
    for k in range(run.depth if run.has_bias else 0):
        pair = [run.gates(run.data[f"g/rnn.{name}_l{k}"]) for name in ("bias_ih", "bias_hh")]
        assert np.allclose(*pair, rtol=1e-12) == (run.kind != "GRU")


def test_training(run, relative_error):
    trace = run.model.fit(run.x, run.y, epochs=20, verbose=0)
    assert relative_error(np.array(trace.history["loss"]), run.data["losses"]) < 1e-9
    assert trace.history["loss"][-1] < trace.history["loss"][0]
