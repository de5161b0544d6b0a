"""Files of safetensors: plain arrays by name; the state of a PyTorch module is written so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from rnnscope.interop.extras import library

WHAT = "a .safetensors file"


def read(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a file.

    Raises
    ------
    ValueError
        If the file is damaged, or has numbers of a type that NumPy does not have.
    """
    safetensors = library("safetensors.numpy", "models", WHAT)
    error = library("safetensors", "models", WHAT).SafetensorError
    try:
        return safetensors.load_file(path)
    except error as reason:
        raise ValueError(f"it is no .safetensors file, or is damaged or cut short ({reason})") from reason
    except (KeyError, TypeError, AttributeError) as reason:
        raise ValueError(f"it has numbers of a type that NumPy does not have ({reason}); save module.float()") from None


def serialized(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return the content of a file of arrays."""
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return library("safetensors.numpy", "models", WHAT).save(contiguous)
