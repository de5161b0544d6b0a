"""What scripts of Keras take from `keras.backend` beside computing: a fresh start, the type, the learning rate."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnscope.habits import refuse_name

__all__ = ["clear_session", "epsilon", "floatx", "get_value", "set_value"]

NUMPY = "Else use NumPy, as in np.mean(a): inputs, outputs and traces are its arrays"


def clear_session(free_memory: bool = True) -> None:
    """Do nothing, as every model here is by itself: it has its own weights, names and seed.

    Examples
    --------
    >>> import rnnscope as rs
    >>> rs.backend.clear_session()
    """


def floatx() -> str:
    """Return what models compute in if they are not told otherwise."""
    return "float32"


def epsilon() -> float:
    """Return the small number of Keras that keeps quotients finite."""
    return 1e-7


def get_value(x: Any) -> Any:
    """Return the numbers of a weight or a learning rate."""
    return x.numpy() if hasattr(x, "numpy") else np.asarray(x)


def set_value(x: Any, value: Any) -> None:
    """Set a weight or a learning rate: `rs.backend.set_value(model.optimizer.learning_rate, 0.01)`."""
    if not hasattr(x, "assign"):
        raise TypeError(f"set_value: x: expected a weight, or the learning_rate of an optimizer; got {x!r}")
    x.assign(value)


def __getattr__(name: str) -> Any:
    refuse_name("rnnscope.backend", name, __all__, NUMPY)
