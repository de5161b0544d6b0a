"""Losses against numbers worked out by hand, finite differences and PyTorch."""

from __future__ import annotations

import math

import numpy as np
import pytest

import rnnscope as rs

L = rs.losses


def log(value):
    return math.log(value)


@pytest.mark.parametrize(
    ("loss", "prediction", "y", "value"),
    [
        (L.MeanSquaredError(), [[1, 2], [3, 5]], [[0, 0], [3, 1]], (1 + 4 + 0 + 16) / 4),
        (L.MeanAbsoluteError(), [[1, 2], [3, 5]], [[0, 4], [3, 1]], (1 + 2 + 0 + 4) / 4),
        (L.MeanSquaredError(), [[[1], [2]], [[3], [5]]], [[[0], [0]], [[3], [1]]], (1 + 4 + 0 + 16) / 4),
        (L.BinaryCrossentropy(), [[0.8], [0.4]], [[1], [0]], -(log(0.8) + log(0.6)) / 2),
        (L.BinaryCrossentropy(), [[0.8, 0.5]], [[0.25, 1]], -(0.25 * log(0.8) + 0.75 * log(0.2) + log(0.5)) / 2),
        (L.BinaryCrossentropy(), [[0.0], [1.0]], [[1], [0]], -(log(1e-7) + log(1 - (1 - 1e-7))) / 2),
        (L.BinaryCrossentropy(), [[1.0], [0.0]], [[1], [0]], -math.log1p(-1e-7)),
        (L.BinaryCrossentropy(from_logits=True), [[0.0], [log(3)]], [[1], [0]], (log(2) + log(4)) / 2),
        (L.BinaryCrossentropy(from_logits=True), [[1000.0], [-1000]], [[0], [1]], 1000),
        (L.CategoricalCrossentropy(), [[0.2, 0.3, 0.5]], [[0, 0, 1]], -log(0.5)),
        (L.CategoricalCrossentropy(), [[2.0, 6.0]], [[0.5, 0.5]], -(log(0.25) + log(0.75)) / 2),
        (L.CategoricalCrossentropy(), [[0.0, 1.0]], [[1, 0]], -log(1e-7)),
        (L.CategoricalCrossentropy(), [[0.5, 0.5], [0.9, 0.1]], [[1, 0], [1, 0]], -(log(0.5) + log(0.9)) / 2),
        (L.CategoricalCrossentropy(from_logits=True), [[0.0, log(3)]], [[1, 0]], log(4)),
        (L.CategoricalCrossentropy(from_logits=True), [[1000.0, 0.0]], [[0, 1]], 1000),
        (L.BinaryCrossentropy(label_smoothing=0.2), [[0.8], [0.4]], [[1], [0]],
         -(0.9 * log(0.8) + 0.1 * log(0.2) + 0.1 * log(0.4) + 0.9 * log(0.6)) / 2),
        (L.CategoricalCrossentropy(label_smoothing=0.3), [[0.2, 0.3, 0.5]], [[0, 0, 1]],
         -(0.1 * log(0.2) + 0.1 * log(0.3) + 0.8 * log(0.5))),
        (L.CategoricalCrossentropy(from_logits=True, label_smoothing=1.0), [[0.0, 0.0]], [[1, 0]], log(2)),
        (L.MeanAbsolutePercentageError(), [[1, 3], [0.5, -4]], [[2, 4], [1, -2]], 100 * (0.5 + 0.25 + 0.5 + 1) / 4),
        (L.MeanAbsolutePercentageError(), [[1e-7]], [[0]], 100),
        (L.MeanSquaredLogarithmicError(), [[math.e - 1, 1]], [[math.e**3 - 1, 1]], 2),
        (L.MeanSquaredLogarithmicError(), [[-5.0]], [[1.0]], (log(1 + 1e-7) - log(2)) ** 2),
        (L.Huber(), [[0.5, 3]], [[0, 0]], (0.125 + 2.5) / 2),
        (L.Huber(delta=2), [[0.5, 3]], [[0, 0]], (0.125 + 4) / 2),
        (L.LogCosh(), [[0.3, -2]], [[0, 1]],
         (log(math.cosh(0.3)) + log(math.cosh(3))) / 2 + log(2) - float(np.float32(log(2)))),
        (L.LogCosh(), [[1000.0]], [[0]], 1000 - float(np.float32(log(2)))),
        (L.Poisson(), [[2.0, 1.0]], [[3, 0]], (2 - 3 * log(2 + 1e-7) + 1) / 2),
        (L.Hinge(), [[0.5, -2, 3]], [[1, 1, -1]], (0.5 + 3 + 4) / 3),
        (L.Hinge(), [[0.5, -2, 3]], [[1, 1, 0]], (0.5 + 3 + 4) / 3),
        (L.SquaredHinge(), [[0.5, -2, 3]], [[1, 1, 0]], (0.25 + 9 + 16) / 3),
        (L.KLDivergence(), [[0.2, 0.8]], [[0.5, 0.5]], 0.5 * log(0.5 / 0.2) + 0.5 * log(0.5 / 0.8)),
        (L.KLDivergence(), [[0.0, 1.0]], [[1.0, 0.0]], log(1 / 1e-7) + 1e-7 * log(1e-7)),
    ],
)  # fmt: skip
def test_values(loss, prediction, y, value):
    assert loss.value(np.array(prediction, float), np.array(y, float)) == pytest.approx(value, rel=1e-12)


def probabilities(rng, shape):
    weights = rng.uniform(0.1, 1, shape)
    return weights / weights.sum(axis=-1, keepdims=True)


CASES = {
    "mse": (L.MeanSquaredError(), "any"),
    "mae": (L.MeanAbsoluteError(), "any"),
    "binary": (L.BinaryCrossentropy(), "share"),
    "binary, logits": (L.BinaryCrossentropy(from_logits=True), "logit"),
    "categorical": (L.CategoricalCrossentropy(), "row"),
    "categorical, rows of another sum": (L.CategoricalCrossentropy(), "long row"),
    "categorical, logits": (L.CategoricalCrossentropy(from_logits=True), "logits"),
    "binary, smoothed": (L.BinaryCrossentropy(label_smoothing=0.2), "share"),
    "binary, smoothed logits": (L.BinaryCrossentropy(True, 0.2), "logit"),
    "categorical, smoothed": (L.CategoricalCrossentropy(label_smoothing=0.2), "row"),
    "categorical, smoothed logits": (L.CategoricalCrossentropy(True, 0.2), "logits"),
    "mape": (L.MeanAbsolutePercentageError(), "any"),
    "msle": (L.MeanSquaredLogarithmicError(), "any"),
    "huber": (L.Huber(0.7), "any"),
    "logcosh": (L.LogCosh(), "any"),
    "poisson": (L.Poisson(), "share"),
    "hinge": (L.Hinge(), "any"),
    "squared hinge": (L.SquaredHinge(), "any"),
    "kld": (L.KLDivergence(), "row"),
}


def draw(kind, shape, seed=0):
    """Return predictions and targets that suit a loss."""
    rng = np.random.default_rng(seed)
    prediction = {
        "any": lambda: rng.normal(size=shape),
        "logit": lambda: 4 * rng.normal(size=shape),
        "logits": lambda: 4 * rng.normal(size=shape),
        "share": lambda: rng.uniform(0.05, 0.95, shape),
        "row": lambda: probabilities(rng, shape),
        "long row": lambda: rng.uniform(0.2, 3, shape),
    }[kind]()
    y = probabilities(rng, shape) if kind in ("row", "long row", "logits") else rng.uniform(0, 1, shape)
    return prediction, y


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("shape", [(5, 3), (4, 5, 3), (1, 2)], ids=str)
def test_gradients_by_finite_differences(case, shape):
    loss, kind = CASES[case]
    prediction, y = draw(kind, shape)
    gradient, step = loss.gradient(prediction, y), 1e-6
    numeric = np.zeros(shape)
    for place in np.ndindex(*shape):
        moved = np.zeros(shape)
        moved[place] = step
        numeric[place] = (loss.value(prediction + moved, y) - loss.value(prediction - moved, y)) / (2 * step)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9)
    assert np.abs(numeric).max() > 1e-3


@pytest.mark.parametrize("case", CASES)
def test_float32_stays_float32(case):
    loss, kind = CASES[case]
    prediction, y = draw(kind, (5, 3))
    gradient = loss.gradient(prediction.astype(np.float32), y.astype(np.float32))
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, loss.gradient(prediction, y), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_beyond_the_clip_the_slope_is_zero_and_extreme_logits_stay_finite(dtype):
    ends = np.array([[0.0], [1.0], [0.5]], dtype)
    gradient = L.BinaryCrossentropy().gradient(ends, np.array([[1], [0], [1]], dtype))
    np.testing.assert_allclose(gradient, [[0], [0], [-2 / 3]], rtol=1e-6)
    rows = np.array([[0.0, 1.0]], dtype)
    np.testing.assert_array_equal(L.CategoricalCrossentropy().gradient(rows, rows[:, ::-1]), np.zeros((1, 2)))
    large = np.array([[1e4, -1e4]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        by_sigmoid = L.BinaryCrossentropy(from_logits=True).gradient(large, np.array([[0, 1]], dtype))
        by_softmax = L.CategoricalCrossentropy(from_logits=True).gradient(large, np.array([[0, 1]], dtype))
    np.testing.assert_allclose(by_sigmoid, [[0.5, -0.5]])
    np.testing.assert_allclose(by_softmax, [[1, -1]])


@pytest.mark.parametrize(
    "case", ["mse", "mae", "binary", "binary, logits", "categorical", "categorical, logits", "huber", "poisson", "kld"]
)
@pytest.mark.parametrize("shape", [(5, 3), (4, 5, 3)], ids=str)
def test_values_and_gradients_of_pytorch(case, shape):
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional

    def soft(log_probabilities, y):
        return -(y * log_probabilities).sum(-1).mean()

    theirs = {
        "mse": functional.mse_loss,
        "mae": functional.l1_loss,
        "binary": functional.binary_cross_entropy,
        "binary, logits": functional.binary_cross_entropy_with_logits,
        "categorical": lambda p, y: soft(torch.log(p / p.sum(-1, keepdim=True)), y),
        "categorical, logits": lambda z, y: functional.cross_entropy(z.reshape(-1, 3), y.reshape(-1, 3)),
        "huber": lambda p, y: functional.huber_loss(p, y, delta=0.7),
        "poisson": lambda p, y: functional.poisson_nll_loss(p, y, log_input=False, eps=1e-7),
        "kld": lambda p, y: functional.kl_div(torch.log(p), y, reduction="none").sum(-1).mean(),
    }[case]
    loss, kind = CASES[case]
    prediction, y = draw(kind, shape, seed=1)
    tensor = torch.tensor(prediction, requires_grad=True)
    value = theirs(tensor, torch.tensor(y))
    value.backward()
    assert loss.value(prediction, y) == pytest.approx(value.item(), rel=1e-12)
    np.testing.assert_allclose(loss.gradient(prediction, y), tensor.grad.numpy(), rtol=1e-10, atol=1e-14)


def identity(width, steps, loss):
    """A model that puts out what it reads."""
    shape = (width,) if steps is None else (steps, width)
    model = rs.Sequential([rs.Dense(width, input_shape=shape)], dtype="float64")
    model.set_weights([np.eye(width), np.zeros(width)])
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("steps", [None, 4])
def test_a_model_computes_them_on_its_predictions(case, steps):
    loss, kind = CASES[case]
    x, y = draw(kind, (7, 3) if steps is None else (7, steps, 3), seed=2)
    model = identity(3, steps, loss)
    assert model.evaluate(x, y, batch_size=3) == pytest.approx(loss.value(x, y), rel=1e-12)
    trace = model.trace(x, y)
    assert trace.loss[0] == pytest.approx(loss.value(x, y), rel=1e-12)
    np.testing.assert_allclose(trace["dense"].grad["y"][0], loss.gradient(x, y), rtol=1e-12)


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("shape", [(4,), (4, 1), (4, 5), (4, 5, 1)], ids=str)
def test_class_numbers_stand_for_rows_with_a_one(shape, from_logits):
    labels = np.random.default_rng(3).integers(0, 3, shape)
    steps = 5 if 5 in shape else None
    x, _ = draw("row", (4, 3) if steps is None else (4, 5, 3))
    rows = np.eye(3)[labels.reshape((4,) if steps is None else (4, 5))]
    sparse = identity(3, steps, L.SparseCategoricalCrossentropy(from_logits))
    full = identity(3, steps, L.CategoricalCrossentropy(from_logits))
    assert sparse.evaluate(x, labels) == pytest.approx(full.evaluate(x, rows), rel=1e-14)
    for mine, wanted in zip(sparse.gradients(x, labels), full.gradients(x, rows), strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize("steps", [None, 4])
def test_targets_without_the_axis_of_one_output(steps):
    x = np.random.default_rng(0).normal(size=(6, 1) if steps is None else (6, steps, 1))
    model = identity(1, steps, "mse")
    assert model.evaluate(x, 2 * x[..., 0]) == pytest.approx(np.mean(x**2), rel=1e-12)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (("mse", "MSE", "mean_squared_error"), L.MeanSquaredError),
        (("mae", "mean_absolute_error"), L.MeanAbsoluteError),
        (("binary_crossentropy",), L.BinaryCrossentropy),
        (("categorical_crossentropy",), L.CategoricalCrossentropy),
        (("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"), L.SparseCategoricalCrossentropy),
        (("mape", "MAPE", "mean_absolute_percentage_error", L.MAPE), L.MeanAbsolutePercentageError),
        (("msle", "MeanSquaredLogarithmicError"), L.MeanSquaredLogarithmicError),
        (("huber", "Huber", L.Huber, L.Huber()), L.Huber),
        (("log_cosh", "logcosh", "LogCosh"), L.LogCosh),
        (("kld", "KLD", "kl_divergence"), L.KLDivergence),
        (("bce", "BinaryCrossentropy"), L.BinaryCrossentropy),
        (("hinge",), L.Hinge),
        (("squared_hinge",), L.SquaredHinge),
        (("poisson",), L.Poisson),
    ],
)
def test_names(names, kind):
    for name in names:
        assert type(L.loss(name)) is kind
    assert not getattr(L.loss(names[0]), "from_logits", False)


def test_a_loss_is_called_with_targets_and_predictions():
    y, p = [[1.0, 0.0], [0.0, 2.0]], [[0.5, 0.0], [1.0, 5.0]]
    assert L.MSE()(y, p) == L.MeanSquaredError()(np.array(y), np.array(p)) == (0.25 + 0 + 1 + 9) / 4
    assert L.MAPE()([1, 2], [2, 2]) == 50
    assert L.MeanSquaredError()([1, 2], [[2], [2]]) == 0.5
    assert L.MSE()(y, p, sample_weight=[1, 0.5]) == (0.25 + 10 / 2) / 4
    assert L.SparseCategoricalCrossentropy()([1, 0], [[0.25, 0.75], [0.5, 0.5]]) == pytest.approx(-log(0.375) / 2)
    assert L.BinaryCrossentropy(from_logits=True)([0], [[1000]]) == 1000


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: L.MSE()([[1, 2]], [[1]]), r"y_true: expected the shape of the output, \(1, 1\); got \(1, 2\)"),
        (lambda: L.MSE()([[1], [2, 3]], [[1]]), "y_true: expected rows of equal length"),
        (lambda: L.MSE()([1], ["a"]), "y_pred: expected an array of numbers; got "),
        (lambda: L.MSE()([1, 2], [1, 2], [1, 2, 3]), "sample_weight: expected shape"),
        (
            lambda: L.BinaryCrossentropy(label_smoothing=1.5),
            "label_smoothing: expected a number of at least 0 and at most",
        ),
        (lambda: L.Huber(0), "delta: expected a number above 0"),
        (lambda: L.KLDivergence()([[2.0, 0]], [[0.5, 0.5]]), "expected probabilities between 0 and 1; got 2"),
        (lambda: L.loss("mean_square_error"), "did you mean 'mean_squared_error'"),
        (lambda: L.loss(3), "loss: expected one of .* or a Loss; got 3"),
    ],
)
def test_what_a_loss_cannot_be(make, words):
    with pytest.raises((TypeError, ValueError), match=words):
        make()


@pytest.mark.parametrize(
    ("loss", "width", "y", "words"),
    [
        ("mse", 3, np.ones((4, 2)), ["(4, 3)", "(4, 2)"]),
        ("mse", 3, np.ones(4), ["(4, 3)", "(4,)"]),
        ("binary_crossentropy", 1, [0, 1, 2, 1], ["between 0 and 1", "got 2"]),
        ("binary_crossentropy", 1, [0, 1, -0.5, 1], ["between 0 and 1", "got -0.5"]),
        ("categorical_crossentropy", 3, [0, 1, 2, 1], ["(4, 3)", "(4,)"]),
        ("categorical_crossentropy", 3, 2 * np.eye(3)[[0, 1, 2, 1]], ["between 0 and 1", "got 2"]),
        ("categorical_crossentropy", 1, [0, 1, 0, 1], ["two or more classes", "got 1"]),
        ("sparse_categorical_crossentropy", 1, [0, 0, 0, 0], ["two or more classes", "got 1"]),
        ("sparse_categorical_crossentropy", 3, [0, 1, 3, 1], ["0 to 2", "got 3"]),
        ("sparse_categorical_crossentropy", 3, [0, 1, -1, 1], ["0 to 2", "got -1"]),
        ("sparse_categorical_crossentropy", 3, [0, 1, 0.5, 1], ["0 to 2", "got 0.5"]),
        ("sparse_categorical_crossentropy", 3, np.eye(3)[[0, 1, 2, 1]], ["(4,)", "(4, 3)"]),
    ],
)
def test_targets_that_do_not_suit_the_loss(loss, width, y, words):
    with pytest.raises(ValueError, match="expect") as caught:
        identity(width, None, loss).fit(np.full((4, width), 0.5), y, verbose=0)
    for word in words:
        assert word in str(caught.value)
