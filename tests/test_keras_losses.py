"""Losses behind the last layer, momentum and start biases against stored runs of Keras on TensorFlow."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import rnnscope as rs

FOLDER = Path(__file__).parent / "golden" / "keras_losses"
HEADS, TRAININGS, BIASES = (dict(np.load(FOLDER / f"{name}.npz")) for name in ("heads", "trainings", "biases"))
NAMES = [str(name) for name in HEADS["names"]]
PAIRS = {"sigmoid": "BinaryCrossentropy", "softmax": "CategoricalCrossentropy"}
PRECISION = {"float64": 1e-12, "float32": 2e-6}
DTYPES = pytest.mark.parametrize("dtype", ["float64", "float32"])


def case(name, dtype):
    """Return a model that ends in the activation of a case, its loss, its inputs and its targets."""
    head, loss, from_logits = {"dead": "relu/Sparse/False", "odd": "softmax/Categorical/False"}.get(name, name).split(
        "/"
    )
    model = rs.Sequential([rs.Dense(3, activation=head, input_shape=(3,))], dtype=dtype)
    model.set_weights([np.eye(3), np.zeros(3)])
    kind = loss.removesuffix("Crossentropy") + "Crossentropy"
    kind = "SparseCategoricalCrossentropy" if kind == "SparseCrossentropy" else kind
    model.compile("sgd", getattr(rs.losses, kind)(from_logits=from_logits == "True"))
    x = HEADS[f"{dtype}/far"] if head in PAIRS else HEADS["near"]
    rows = {"Binary": "several", "Categorical": "rows", "Sparse": "classes"}
    y = HEADS[next(key for kind_name, key in rows.items() if kind.startswith(kind_name))]
    return model, -np.ones((5, 3)) if name == "dead" else x, HEADS["odd"] if name == "odd" else y


def words_for(name):
    """Return what a case warns of, or nothing."""
    head, _, rest = name.partition("/")
    if name == "odd":
        return "y: expected targets that sum to 1; got a sum of 1.5"
    if head in PAIRS and PAIRS[head][:6] not in rest.replace("SparseC", "C"):
        return f"expected activation='.*' in the last layer; got '{head}'"
    if head in PAIRS and rest.endswith("True"):
        return f"from_logits=True: expected a last layer that puts out logits; got activation='{head}'"
    return ""


def expected_warning(name):
    words = words_for(name)
    return pytest.warns(UserWarning, match=words) if words else nullcontext()


@DTYPES
@pytest.mark.parametrize("name", NAMES)
def test_loss_and_gradient_behind_every_head(name, dtype, relative_error):
    model, x, y = case(name, dtype)
    with expected_warning(name):
        trace = model.trace(x, y)
    k = NAMES.index(name)
    gradient = HEADS[f"{dtype}/gradient"][k]
    assert trace.loss[0] == pytest.approx(HEADS[f"{dtype}/loss"][k], rel=PRECISION[dtype])
    dense = trace["dense"]
    assert dense.grad_pre["y"].dtype == dense.grad["y"].dtype == dtype
    assert np.abs(dense.grad_pre["y"][0] - gradient).max() <= PRECISION[dtype] * max(np.abs(gradient).max(), 0.01)
    assert np.isfinite(dense.grad["y"]).all()
    with expected_warning(name):
        assert model.evaluate(x, y) == pytest.approx(trace.loss[0], rel=1e-6)
    with expected_warning(name):
        (kernel, bias) = model.gradients(x, y)
    np.testing.assert_allclose(bias, gradient.sum(axis=0), rtol=0, atol=PRECISION[dtype])
    np.testing.assert_allclose(kernel, x.T @ gradient, rtol=0, atol=1e3 * PRECISION[dtype])


@DTYPES
@pytest.mark.parametrize("head", PAIRS)
def test_the_gradient_by_the_prediction_goes_with_that_by_the_logits(head, dtype):
    """Wherever a probability is not rounded to 0 or 1, also where it is tiny."""
    rng = np.random.default_rng(0)
    model, _, _ = case(f"{head}/{PAIRS[head]}/False", dtype)
    x = rng.normal(size=(200, 3)) * np.geomspace(0.1, 600, 200)[:, None]
    y = np.eye(3)[rng.integers(0, 3, 200)]
    dense = model.trace(x, y)["dense"]
    p, by_p, by_logits = dense["y"][0], dense.grad["y"][0], dense.grad_pre["y"][0]
    if head == "sigmoid":
        back = by_p * (p * (1 - p))
        kept = (p > np.finfo(dtype).tiny) & (p < 1)
    else:
        back = p * (by_p - (by_p * p).sum(axis=-1, keepdims=True))
        kept = np.repeat((p > np.finfo(dtype).tiny).all(axis=-1, keepdims=True), 3, axis=-1)
    assert np.abs(by_logits).max() > 0.99 / y.size and 0.2 < kept.mean() < 1
    rounded = 8 * np.finfo(dtype).eps
    np.testing.assert_allclose(back[kept], by_logits[kept], rtol=rounded, atol=rounded / len(y))
    assert np.isfinite(by_p).all()


def test_a_logit_far_on_the_wrong_side_keeps_its_slope():
    model = rs.Sequential([rs.Dense(1, activation="sigmoid", input_shape=(1,))])
    model.set_weights([[[1]], [0]])
    model.compile("sgd", "binary_crossentropy")
    assert model.evaluate([[20]], [0]) == pytest.approx(20, rel=1e-6)
    assert model.evaluate([[15.5]], [0]) == pytest.approx(15.5, rel=1e-6)
    assert model.gradients([[20]], [0])[1] == pytest.approx(1, rel=1e-6)


LAYERS = {
    "lstm_softmax": lambda: rs.LSTM(4),
    "gru_sigmoid": lambda: rs.GRU(4),
    "rnn_relu": lambda: rs.SimpleRNN(4),
    "lstm_softmax_binary": lambda: rs.LSTM(4),
    "gru_sigmoid_categorical": lambda: rs.GRU(4, return_sequences=True),
    "integers": lambda: rs.Dense(8, activation="relu"),
}
COMPILED = {
    "lstm_softmax": (rs.optimizers.SGD(0.5, momentum=0.9), "sparse_categorical_crossentropy"),
    "gru_sigmoid": (rs.optimizers.SGD(0.2, momentum=0.8, nesterov=True), "binary_crossentropy"),
    "rnn_relu": (rs.optimizers.SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy"),
    "lstm_softmax_binary": (rs.optimizers.SGD(0.1, momentum=0.5), "binary_crossentropy"),
    "gru_sigmoid_categorical": (rs.optimizers.SGD(0.2, momentum=0.3), "categorical_crossentropy"),
    "integers": (rs.optimizers.Adam(0.05), "sparse_categorical_crossentropy"),
}


@pytest.mark.filterwarnings("ignore:.*expected activation=.* in the last layer")
@pytest.mark.parametrize("name", LAYERS)
def test_trainings(name, relative_error):
    stored = {key.partition("/")[2]: value for key, value in TRAININGS.items() if key.partition("/")[0] == name}
    head = next(
        head for head in ("relu", "sigmoid", "softmax") if head in name or name == "integers" != head == "softmax"
    )
    layers = [rs.Input(stored["x"].shape[1:]), LAYERS[name](), rs.Dense(3, activation=head)]
    model = rs.Sequential(layers, dtype="float64")
    optimizer, loss = COMPILED[name]
    model.compile(optimizer, loss)
    model.set_weights(split(stored["start"], model.get_weights()))
    trace = model.fit(
        stored["x"],
        stored["y"],
        batch_size=4 if len(stored["x"]) == 10 else 32,
        epochs=len(stored["losses"]),
        shuffle=False,
        verbose=0,
        record=False,
    )
    assert relative_error(np.array(trace.history["loss"]), stored["losses"]) < 1e-10
    assert relative_error(model.predict(stored["x"]), stored["prediction"]) < 1e-10
    ends = zip(model.get_weights(), split(stored["end"], model.get_weights()), strict=True)
    assert max(relative_error(*pair) for pair in ends) < 1e-10


def split(flat, like):
    """Return the numbers of a flat array in the shapes of some arrays."""
    parts = np.split(flat, np.cumsum([array.size for array in like])[:-1])
    return [part.reshape(array.shape) for part, array in zip(parts, like, strict=True)]


@DTYPES
def test_a_recorded_training_has_the_loss_and_the_gradients_of_the_logits(dtype):
    model, x, y = case("sigmoid/BinaryCrossentropy/False", dtype)
    trace = model.fit(x, y, epochs=3, verbose=0)
    np.testing.assert_allclose(trace.loss, trace.history["loss"], rtol=1e-6)
    with np.errstate(over="ignore"):
        p = 1 / (1 + np.exp(-trace["dense"].pre["y"].astype(float)))
    np.testing.assert_allclose(trace["dense"].grad_pre["y"], (p - y) / y.size, rtol=0, atol=PRECISION[dtype])
    some = model.fit(x, y, epochs=1, verbose=0, record=rs.Record(samples=[1, 3]))
    chosen = model.trace(x[[1, 3]], y[[1, 3]])
    assert some.predictions.shape[1] == 2 and some.loss[0] > 0 and np.isfinite(chosen.loss).all()


def test_what_fits_is_not_warned_of():
    for name in ("sigmoid/BinaryCrossentropy/False", "softmax/SparseCategoricalCrossentropy/False"):
        model, x, y = case(name, "float64")
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.fit(x, y, epochs=2, verbose=0)


def test_a_loss_belongs_to_no_head():
    """The same loss serves models with and without one."""
    loss = rs.losses.BinaryCrossentropy()
    models = [rs.Sequential([rs.Dense(1, activation=a, input_shape=(1,))], dtype="float64") for a in ("sigmoid", None)]
    for model in models:
        model.compile("sgd", loss)
        model.set_weights([[[1]], [0]])
    assert models[0].evaluate([[40]], [0]) == pytest.approx(40, rel=1e-12)
    assert models[1].evaluate([[40]], [0]) == pytest.approx(-np.log(1e-7), rel=1e-8)


STARTS = {"LSTM": rs.LSTM, "GRU": rs.GRU, "SimpleRNN": rs.SimpleRNN}


@pytest.mark.parametrize("name", BIASES)
def test_biases_are_drawn_by_blocks(name):
    initializer, cell, *options = name.split("/")
    chosen = {key: value == "True" for key, value in (option.split("=") for option in options)}
    layer = STARTS[cell](6, bias_initializer=initializer, input_shape=(4, 2), **chosen)
    rng = np.random.default_rng(0)
    drawn = [layer.start_weights(rng)["bias"] for _ in range(150)]
    rows = np.abs(drawn).reshape(150, -1, drawn[0].shape[-1] // 6, 6).max(axis=(0, 3))
    np.testing.assert_allclose(rows, BIASES[name], rtol=0.01)
