"""Random modules of a live PyTorch, brought in by `rs.from_torch`: predictions, losses and gradients.

`RNNSCOPE_LIVE=300` makes two thirds as many modules, 200; a fifth of that by default.
"""

from __future__ import annotations

import os

import numpy as np
import pytest

import rnnscope as rs

torch = pytest.importorskip("torch")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

from random_torch import module_and_data  # noqa: E402 — it needs no PyTorch, but is of no use without

MODULES = int(os.environ.get("RNNSCOPE_LIVE", "60")) * 2 // 3


def distance(own, other):
    """Return the largest difference, as a share of the largest number if that is above 1."""
    return float(np.abs(own - other).max() / max(1.0, np.abs(other).max()))


@pytest.mark.parametrize("number", range(MODULES))
def test_predictions_loss_and_gradients_are_those_of_pytorch(number):
    theirs, x = module_and_data(torch, number)
    given = torch.from_numpy(x)
    prediction = theirs(given)
    ours = rs.from_torch(theirs, x)
    assert distance(ours.predict(x), prediction.detach().numpy()) < 1e-12
    y = np.random.default_rng(number).normal(size=prediction.shape)
    loss = torch.nn.functional.mse_loss(prediction, torch.from_numpy(y))
    loss.backward()
    ours.compile("sgd", "mse")
    assert distance(ours.evaluate(x, y), loss.item()) < 1e-12
    gradients = ours.gradients(x, y)
    step = [array - gradient for array, gradient in zip(ours.get_weights(), gradients, strict=True)]
    before = ours.to_torch_state_dict()
    ours.set_weights(step)
    after = ours.to_torch_state_dict()
    for (name, own), parameter in zip(before.items(), theirs.parameters(), strict=True):
        if "bias" in name and "hh" in name and "rnn" in name:
            continue  # of the two biases of PyTorch, which are only ever added, ours is the first
        assert distance(own - after[name], parameter.grad.numpy()) < 1e-12, name
