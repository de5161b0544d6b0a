"""The script that trains as a person did by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

SIMPLE = (bool, int, float, str, type(None))
"""What is written as it is; of anything else only the name of the argument is."""


def script_of(
    given: Mapping[str, Any], epochs: int, first: int, changes: Sequence[tuple[int, Mapping[str, Any]]]
) -> str:
    """Return the lines that train a model with the same changes before the same epochs.

    Parameters
    ----------
    given
        The arguments of `train_steps`.
    epochs, first
        How many epochs were trained, and the number of the first.
    changes
        What was changed, by the number of the first epoch with it.

    Examples
    --------
    >>> changes = [(0, {"noise": 0.1}), (7, {"learning_rate": 0.01})]
    >>> print(script_of({"x": [], "y": [], "batch_size": 4}, 20, 0, changes))
    steps = model.train_steps(x, y, epochs=20, batch_size=4)
    steps.change(noise=0.1)
    for epoch in steps:
        if epoch.number == 6:
            epoch.change(learning_rate=0.01)
    trace = steps.trace
    """
    options = {name: value for name, value in given.items() if name not in ("x", "y") and value is not None}
    named = "".join(f", {name}={_written(name, value)}" for name, value in options.items())
    data = "x" if given.get("y") is None else "x, y"
    taken = [(number, own) for number, own in changes if number < first + epochs]
    lines = [f"steps = model.train_steps({data}, epochs={max(epochs, 1)}{named})"]
    lines += [f"steps.change({_call(own)})" for number, own in taken if number == first]
    later = [(number, own) for number, own in taken if number > first]
    lines.append("for epoch in steps:")
    for number, own in later:
        lines += [f"    if epoch.number == {number - 1}:", f"        epoch.change({_call(own)})"]
    return "\n".join([*lines, *([] if later else ["    pass"]), "trace = steps.trace"])


def _call(changes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_written(name, value)}" for name, value in changes.items())


def _written(name: str, value: Any) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    return repr(value) if isinstance(value, SIMPLE) else name
