"""Metrics, callbacks, weights of samples, frozen layers and generators against stored trainings of Keras."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import rnnscope as rs

GOLDEN = Path(__file__).parent / "golden"
STORED = dict(np.load(GOLDEN / "keras_habits.npz"))


def _cases():
    spec = importlib.util.spec_from_file_location("keras_habits_cases", GOLDEN / "keras_habits_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.CASES


CASES = _cases()


@pytest.mark.parametrize("name", CASES)
def test_a_training_comes_to_what_it_comes_to_in_keras(name):
    found = {f"{name}/{key}": np.array(value) for key, value in CASES[name](rs).items()}
    expected = {key: value for key, value in STORED.items() if key.startswith(f"{name}/")}
    assert sorted(found) == sorted(expected)
    for key, value in expected.items():
        if value.dtype.kind == "U":
            assert found[key].tolist() == value.tolist(), key
        else:
            assert found[key].shape == value.shape, key
            np.testing.assert_allclose(found[key], value, rtol=1e-9, atol=1e-12, err_msg=key)
