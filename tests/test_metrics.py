"""Metrics of decisions and of the largest outputs: the numbers of Keras 3.15, and those of counting by hand."""

from __future__ import annotations

import copy

import numpy as np
import pytest

import rnnscope as rs

M = rs.metrics
Y = np.array([1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0])[:, None]
P = np.array([0.408, 0.045, 0.049, 0.5, 1.0, 0.0, 0.435, 0.974, 0.898, 0.844, 0.392, 0.493])[:, None]
WEIGHTS = np.array([1.42, 0.31, 1.2, 0.69, 1.78, 0.32, 1.42, 1.77, 0.61, 1.81, 1.77, 0.23])

KERAS = [
    (M.AUC(), 0.3055555555555556, 0.3355007935108446),
    (M.AUC(curve="PR"), 0.3791635832116984, 0.26772885814035874),
    (M.AUC(num_thresholds=5), 0.3194444444444444, 0.2872999079135563),
    (M.AUC(summation_method="minoring"), 0.3055555555555556, 0.3355007935108446),
    (M.AUC(curve="PR", summation_method="majoring"), 0.43607503607503606, 0.3173284852344882),
    (M.Precision(), 0.25, 0.10217755443886097),
    (M.Recall(), 0.16666666666666666, 0.12788259958071277),
    (M.Precision(thresholds=0.7), 0.25, 0.10217755443886097),
    (M.Recall(thresholds=0.7), 0.16666666666666666, 0.12788259958071277),
]


@pytest.mark.parametrize(("metric", "alike", "weighted"), KERAS)
def test_decisions_are_those_of_keras(metric, alike, weighted):
    assert metric(Y, P) == pytest.approx(alike, rel=1e-12)
    metric.reset_state()
    metric.update_state(Y[:6], P[:6], WEIGHTS[:6])
    between = copy.copy(metric)
    metric.update_state(Y[6:], P[6:], WEIGHTS[6:])
    assert metric.result() == pytest.approx(weighted, rel=1e-12)
    assert between.result() != metric.result()
    metric.reset_state()
    assert metric.result() == 0


def test_the_area_is_the_share_of_pairs_in_the_right_order():
    rng = np.random.default_rng(0)
    y, p = rng.integers(0, 2, 60), rng.permutation(60) / 60 + 1 / 240  # no two between the same thresholds
    pairs = np.mean([a > b for a in p[y == 1] for b in p[y == 0]])
    assert M.AUC(num_thresholds=241)(y[:, None], p[:, None]) == pytest.approx(pairs, rel=1e-12)


def test_steps_count_as_their_mask_says():
    y = np.array([[1, 0, 0, 1], [0, 1, 1, 0], [0, 1, 0, 1]])[..., None]
    p = np.array([[0.68, 0.46, 0.22, 0.64], [0.11, 0.69, 0.64, 0.38], [0.8, 0.19, 0.39, 0.8]])[..., None]
    mask = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]])
    assert [kind()(y, p, mask) for kind in (M.AUC, M.Precision, M.Recall)] == pytest.approx([0.675, 0.8, 0.8])


ROWS = np.array(
    [
        [0.3, 0.3, 0.3, 0.1],
        [0.2, 0.32, 0.81, 0.32],
        [0.15, 0.7, 0.45, 0.8],
        [0.24, 0.32, 0.8, 0.51],
        [0.51, 0.24, 0.01, 0.93],
        [0.09, 0.84, 0.37, 0.95],
    ]
)
CLASSES = np.array([0, 1, 2, 3, 1, 0])


@pytest.mark.parametrize(("k", "alike", "weighted"), [(1, 1 / 6, 2 / 17), (2, 1 / 2, 8 / 17), (3, 5 / 6, 15 / 17)])
def test_the_largest_outputs_are_those_of_keras(k, alike, weighted):
    weights = [1, 2, 3, 1, 0.5, 1]
    assert M.TopKCategoricalAccuracy(k=k)(np.eye(4)[CLASSES], ROWS) == pytest.approx(alike)
    assert M.SparseTopKCategoricalAccuracy(k=k)(CLASSES, ROWS, weights) == pytest.approx(weighted)
    assert M.SparseTopKCategoricalAccuracy(k=k)(CLASSES[:, None], ROWS, weights) == pytest.approx(weighted)


def test_a_training_measures_them(tmp_path):
    x, y = np.random.default_rng(1).normal(size=(12, 4, 1)), Y
    model = rs.Sequential([rs.layers.GRU(3, input_shape=(4, 1)), rs.layers.Dense(1, "sigmoid")], dtype="float64")
    model.compile(
        "adam", "binary_crossentropy", metrics=["AUC", "Precision", M.Recall(thresholds=0.4), M.AUC(curve="PR")]
    )
    trace = model.fit(x, y, batch_size=5, epochs=2, validation_split=0.25, verbose=0)
    assert list(trace.history)[:5] == ["loss", "AUC", "Precision", "recall", "auc"]
    found, p = model.evaluate(x, y, batch_size=5, return_dict=True), model.predict(x)
    right = ((p > 0.4) & (y == 1)).sum()
    assert found["recall"] == right / 6 and found["AUC"] == M.AUC()(y, p) and found["auc"] == M.AUC(curve="PR")(y, p)
    model.save(tmp_path / "model.keras")
    assert rs.load(tmp_path / "model.keras").evaluate(x, y, return_dict=True) == pytest.approx(found)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: M.AUC(curve="roc"), "did you mean 'ROC'"),
        (lambda: M.AUC(num_thresholds=1), "num_thresholds: expected an integer of at least 2"),
        (lambda: M.Precision(thresholds=1.5), "thresholds: expected a number of at least 0 and at most 1"),
        (lambda: M.TopKCategoricalAccuracy(k=0), "k: expected an integer of at least 1"),
        (lambda: M.AUC()([[1]], [[3.0]]), "probabilities from 0 to 1, such as a last layer with 'sigmoid'"),
        (lambda: M.AUC()([[1, 0]], [[0.5]]), "y_true: expected the shape of y_pred"),
    ],
)
def test_what_cannot_be_measured_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
