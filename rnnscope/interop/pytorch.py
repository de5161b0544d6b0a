"""PyTorch's layers, and tensors for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from rnnscope.interop.extras import library

if TYPE_CHECKING:
    import torch

LAYERS = {"SimpleRNN": "RNN", "LSTM": "LSTM", "GRU": "GRU"}
"""The class in `torch.nn` that computes a cell, by the cell's name; other cells have none."""


def tensors(arrays: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Return arrays as tensors of PyTorch."""
    from_numpy = library("torch", "torch", "to_torch_state_dict").from_numpy
    return {name: from_numpy(np.ascontiguousarray(array)) for name, array in arrays.items()}
