"""Which output is shown."""

from __future__ import annotations

import numpy as np

from rnnscope.checks import describe
from rnnscope.trace import Trace


def checked_output(value: object, trace: Trace) -> int | None:
    """Return the number of an output that was asked for, or None."""
    count = trace.predictions.shape[-1]
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise TypeError(f"output: expected the number of an output, 0 to {count - 1}, or None; got {describe(value)}")
    if not 0 <= value < count:
        raise ValueError(f"output: expected a number from 0 to {count - 1}; got {value}")
    return int(value)
