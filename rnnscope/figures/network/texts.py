"""What a net unrolled in time shows, in words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnscope.figures.network.unrolled import NetworkData
from rnnscope.figures.numbers import vector_text, written
from rnnscope.figures.scale import Scale
from rnnscope.trace import Trace

MOST_WRITTEN = 3
"""A prediction of more numbers is given by its norm."""


def in_words(trace: Trace, data: NetworkData, backward: bool) -> str:
    """Return the time steps, the input, and the norm of what every layer puts out at each."""
    sign, steps = "∂L/∂" if backward else "", ", ".join(str(time) for time in data.times)
    layers = "; ".join(
        f"{name} ({trace[name].kind}) {sign}{trace[name].output} "
        + ", ".join(vector_text(vector) for vector in row.vectors)
        for name, row in data.rows.items()
    )
    inputs = ", ".join(vector_text(vector) for vector in data.inputs)
    return f"Time steps {steps}; input {inputs}; norms over all units: {layers}."


def outcome(data: NetworkData, time: int) -> list[str]:
    """Return the prediction and what it should be, the longest way first; of sequences at a time step."""
    found, wanted, where = data.prediction, data.target, ""
    if found.ndim > 1:
        place = int(data.times.searchsorted(time))
        found, wanted = found[place], None if wanted is None else wanted[place]
        where = f" at time step {time}"
    pair = [_numbers(vector) for vector in (found, wanted) if vector is not None]
    if len(pair) == 1:
        return [f"prediction{where} {pair[0]}", pair[0]]
    return [f"prediction{where} {pair[0]}, target {pair[1]}", " for ".join(pair)]


def outputs(trace: Trace, data: NetworkData, backward: bool) -> str:
    """Return what the strips of the recurrent layers hold."""
    layers = [trace[name] for name in data.rows]
    names = dict.fromkeys(layer.output for layer in layers if layer.is_recurrent)
    return ", ".join(f"|∂L/∂{name}|" if backward else name for name in names)


def scale_words(scales: Mapping[str, Scale], backward: bool) -> list[str]:
    """Return how wide arrows are, the longest way first."""
    if backward:
        low, _, high = scales["gradient"].ends()
        what = f"{low} (thin) to {high} (wide)"
        return [f"width: norm over all units, logarithmic, {what}", f"width: norm, {what}", what, ""]
    high, x = scales["norm"].ends()[-1], scales["x"].ends()[-1]
    what = f"width: norm over all units, at most {high}"
    return [f"{what}; of the input, at most {x}", what, f"at most {high}", ""]


def _numbers(vector: np.ndarray) -> str:
    """Return a few numbers, or the norm of many."""
    if vector.size > MOST_WRITTEN:
        return f"of norm {vector_text(vector)}"
    text = ", ".join(written(value) for value in vector.ravel())
    return text if vector.size == 1 else f"({text})"
